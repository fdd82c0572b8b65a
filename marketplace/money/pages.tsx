import type { Context } from "hono";
import { z } from "zod";
import { BankAccounts } from "../../functions/bank/events.ts";
import { basisPointsOf, minorOf, positiveMinorOf } from "../../shared/amounts.ts";
import { longMonth } from "../../shared/dates.ts";
import { absent, Fault } from "../../shared/errors.ts";
import { csvAnswer, fieldMistakes, form, givenIn, originOf, parsed } from "../../shared/http.ts";
import { staffNames } from "../../shared/identity/persons.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { ModuleName, Version } from "../contract/manifest.ts";
import { agreePrice } from "./agreeing.ts";
import { batchFile, drawnUp, invoicesOf, READERS, TREASURER, termsKept } from "./api.ts";
import { invoiceOf } from "./books.ts";
import { linesFile } from "./credit-api.ts";
import { creditTexts } from "./credit-texts.ts";
import { askCredit, billBack, decideCredit } from "./credits.ts";
import { approve, credit } from "./deciding.ts";
import { InvoicePage } from "./invoice-views.tsx";
import { batchPaid, cardsAsked, pay, unchoose } from "./paying.ts";
import { pricesOf } from "./prices.ts";
import {
  CreditNumber,
  InvoiceId,
  Month,
  NewCredit,
  NewCreditNote,
  NewPayee,
  NewPayment,
  PayeeName,
  Terms,
} from "./schema.ts";
import { moneyStore } from "./store.ts";
import { Country } from "./tax.ts";
import { moneyTexts } from "./texts.ts";
import { type Mistake, OverviewPage, type Shown } from "./views.tsx";

type C = Context<CityEnv>;
const HOME = "/staff/module-money";

const by = (c: C) => whoId(c.var.who);

function shown(c: C, given: Record<string, string> = {}, mistakes: readonly Mistake[] = []): Shown {
  const { here, lang, csrf, who } = c.var;
  const mayDecide = who.kind === "person" && who.roles.includes("treasurer");
  return { here, lang, csrf, t: moneyTexts.in(lang), tc: creditTexts.in(lang), mayDecide, given, mistakes };
}

async function overview(c: C, s: Shown) {
  const { here, lang, t } = s;
  const store = moneyStore(here);
  const [prices, { invoices, estimate }, terms, payees] = await Promise.all([
    pricesOf(here, lang),
    invoicesOf(here),
    store.terms(),
    store.payees(),
  ]);
  return page(
    c,
    {
      ...{ title: t("title"), lead: t("lead"), crumbs: [[t("console"), here.url("/staff")]], wide: true },
      status: s.mistakes.length > 0 ? 422 : 200,
    },
    <OverviewPage {...{ s, prices, invoices, estimate, terms, payees }} isDone={c.req.query("done") !== undefined} />,
  );
}

const idIn = (c: C): string => {
  const id = InvoiceId.safeParse(c.req.param("invoice"));
  if (!id.success) throw absent();
  return id.data;
};

async function invoicePage(c: C, s: Shown) {
  const { here, lang, t } = s;
  const store = moneyStore(here);
  const kept = await store.get(idIn(c));
  // Whoever comes back from paying by card sees that it is paid; a provider that is silent is asked again later.
  const invoice = await cardsAsked(here, kept).catch((error) => {
    if (error instanceof Fault) return kept;
    throw error;
  });
  const [{ accounts }, notes] = await Promise.all([here.ask(BankAccounts, {}), store.notesOf(invoice.id)]);
  const crumbs = [
    [t("console"), here.url("/staff")],
    [t("title"), here.url(HOME)],
  ] as const;
  return page(
    c,
    {
      ...{ title: t("invoiceTitle", { month: longMonth(invoice.month, lang) }), crumbs, wide: true },
      status: s.mistakes.length > 0 ? 422 : 200,
    },
    <InvoicePage
      {...{ s, invoice, notes }}
      nameOf={
        await staffNames(here.table, [...invoice.credits.map(({ by }) => by), ...notes.map(({ askedBy }) => askedBy)])
      }
      accounts={accounts.filter(({ currency }) => currency === invoice.currency)}
      isDone={c.req.query("done") !== undefined}
    />,
  );
}

/** Of what a treasurer can mend; anything else is thrown on. */
function mistakesIn(error: unknown): readonly Mistake[] {
  if (error instanceof Fault && ["forbidden", "forbidden_transition", "unavailable"].includes(error.kind))
    return [{ field: "", detail: error.message }];
  return fieldMistakes(error);
}

export function moneyPages(app: CityApp): void {
  const treasurer = needs(...TREASURER);
  /** A form's page comes back with what was wrong in it. */
  const does = (
    path: string,
    guard: ReturnType<typeof needs>,
    again: (c: C, s: Shown) => Promise<Response>,
    run: (c: C) => Promise<string>,
  ) =>
    app.post(path, guard, async (c) => {
      try {
        return c.redirect(c.var.here.url(`${await run(c)}?done`), 303);
      } catch (error) {
        return again(c, shown(c, await givenIn(c), mistakesIn(error)));
      }
    });

  app.get(HOME, needs(...READERS), (c) => overview(c, shown(c)));
  app.get(`${HOME}/:invoice`, needs(...READERS), (c) => invoicePage(c, shown(c)));
  app.get(`${HOME}/:invoice/mobile-money.csv`, needs(...READERS), async (c) =>
    csvAnswer(c, `modules-${idIn(c)}`, await batchFile(c.var.here, idIn(c))),
  );
  app.get(`${HOME}/:invoice/lines.csv`, needs(...READERS), async (c) =>
    csvAnswer(c, `modules-${idIn(c)}-lines`, await linesFile(c.var.here, idIn(c))),
  );

  does(`${HOME}/prices`, treasurer, overview, async (c) => {
    const asked = await form(c, z.strictObject({ module: ModuleName, version: Version }));
    await agreePrice(c.var.here, asked, by(c));
    return HOME;
  });
  does(`${HOME}/terms`, needs(...READERS), overview, async (c) => {
    const { population, tax = "0" } = await form(
      c,
      z.strictObject({ population: z.string().optional(), tax: z.string().optional() }),
    );
    const terms = {
      // A whole number, as people write it: XOF has no smaller unit.
      ...(population === undefined ? {} : { population: minorOf(population, "XOF", "population") }),
      taxBasisPoints: basisPointsOf(tax, "tax"),
    };
    await termsKept(c.var.here, parsed(Terms, terms));
    return HOME;
  });
  does(`${HOME}/payees`, treasurer, overview, async (c) => {
    const { party, country, taxNumber, taxRate, isExempt, ...payee } = await form(
      c,
      z.looseObject({
        ...{ party: PayeeName, country: z.string().optional(), taxNumber: z.string().optional() },
        ...{ taxRate: z.string().optional(), isExempt: z.string().optional() },
      }),
    );
    const tax = country && {
      ...parsed(z.object({ country: Country }), { country: country.toUpperCase() }),
      ...(taxNumber ? { number: taxNumber } : {}),
      ...(taxRate ? { basisPoints: basisPointsOf(taxRate, "taxRate") } : {}),
      isExempt: isExempt !== undefined,
    };
    await moneyStore(c.var.here).keepPayee({ ...parsed(NewPayee, { ...payee, ...(tax ? { tax } : {}) }), party });
    return HOME;
  });
  does(`${HOME}/invoices`, treasurer, overview, async (c) => {
    const { month } = await form(c, z.strictObject({ month: Month }));
    await drawnUp(c.var.here, month);
    return `${HOME}/${month}`;
  });

  /** What a treasurer does with one invoice. */
  const decides = (does_: string, run: (c: C, month: string) => Promise<unknown>) =>
    does(`${HOME}/:invoice/${does_}`, treasurer, invoicePage, async (c) => {
      await run(c, idIn(c));
      return `${HOME}/${idIn(c)}`;
    });
  decides("approval", (c, month) => approve(c.var.here, month, by(c)));
  decides("payment", async (c, month) => {
    const asked = await form(c, NewPayment);
    await pay(c.var.here, month, asked, by(c), { origin: originOf(c), lang: c.var.lang });
  });
  decides("other-way", (c, month) => unchoose(c.var.here, month));
  decides("mobile-money", async (c, month) => {
    const { reference } = await form(c, z.strictObject({ reference: z.string().min(1).max(60) }));
    await batchPaid(c.var.here, month, reference, by(c));
  });
  decides("credits", async (c, month) => {
    const { line, amount, reason, revision } = await form(
      c,
      z.strictObject({
        line: z.coerce.number(),
        amount: z.string().max(30),
        reason: NewCredit.shape.reason,
        revision: z.coerce.number(),
      }),
    );
    const { here, city } = c.var;
    const asked = parsed(NewCredit, { line, amountMinor: positiveMinorOf(amount, city.currency, "amount"), reason });
    await credit(here, month, asked, by(c), { seen: revision });
  });
  decides("credit-notes", async (c, id) => {
    const { line, cause, units, reason, revision } = await form(
      c,
      z.strictObject({
        ...{ line: z.coerce.number(), cause: z.string(), revision: z.coerce.number() },
        ...{ units: z.coerce.number().optional(), reason: z.string().optional() },
      }),
    );
    const asked = parsed(NewCreditNote, { line, cause, reason, ...(units === undefined ? {} : { units }) });
    await askCredit(c.var.here, id, asked, by(c), { seen: revision });
  });
  decides("credit-decision", async (c, id) => {
    const { number, agrees } = await form(c, z.strictObject({ number: CreditNumber, agrees: z.enum(["yes", "no"]) }));
    if (invoiceOf(number) !== id) throw absent();
    await decideCredit(c.var.here, number, agrees === "yes", by(c));
  });
  decides("credit-back", async (c, id) => {
    const { number, party } = await form(c, z.strictObject({ number: CreditNumber, party: PayeeName }));
    if (invoiceOf(number) !== id) throw absent();
    await billBack(c.var.here, number, party);
  });
}
