import type { Context } from "hono";
import { z } from "zod";
import { positiveMinorOf } from "../../shared/amounts.ts";
import { absent, absentIsNone, Fault } from "../../shared/errors.ts";
import { form } from "../../shared/http.ts";
import { newId } from "../../shared/ids.ts";
import { formatMoney } from "../../shared/money.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { AccountsOf } from "../accounts/events.ts";
import { BillById } from "../billing/events.ts";
import { buys, looks, purchaseBy } from "./api.ts";
import { buy, quoted } from "./buying.ts";
import { tokensSent } from "./messages.ts";
import { NewPurchase, type Quote } from "./schema.ts";
import { vendingStore } from "./store.ts";
import { vendingTexts } from "./texts.ts";
import { AgainPage, BuyPage, type Given, type Mistake, MyMetersPage, PurchasePage, type Shown } from "./views.tsx";

const LATEST = 6;
const Bought = NewPurchase.extend({ amountMinor: z.coerce.number().pipe(NewPurchase.shape.amountMinor) });

export const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf } = c.var;
  return { here, lang, csrf, t: vendingTexts.in(lang) };
};

/** A refusal in the reader's language, at the field that it is about. */
export function mistakeOf({ t, here, lang }: Shown, error: unknown): Mistake {
  if (!(error instanceof Fault)) throw error;
  const { errors = [], leastMinor, hindrance } = error.members;
  const field = errors[0]?.pointer.replace("#/", "");
  if (error.kind === "absent") return { field: "meter", detail: t("unknownMeter") };
  if (error.kind === "conflict" && typeof hindrance === "string")
    return { field: "meter", detail: t(hindrance as "meter_blocked") };
  if (error.kind !== "invalid") throw error;
  if (field === "contact") return { field, detail: t("notContact") };
  if (field === "amount") return { field, detail: t("notMoney", { currency: here.city.currency }) };
  if (typeof leastMinor === "number")
    return { field: "amount", detail: t("tooLittle", { least: formatMoney(leastMinor, here.city.currency, lang) }) };
  return { field: "amount", detail: t("tooMuch") };
}

async function buyPage(c: Context<CityEnv>, given: Given & { amountMinor?: number }, more: Mistake[] = []) {
  const s = shown(c);
  let quote: Quote | undefined;
  let mistakes = more;
  let { amountMinor } = given;
  if (given.meter !== undefined && (given.amount !== undefined || amountMinor !== undefined))
    try {
      await looks(c);
      amountMinor ??= positiveMinorOf(given.amount ?? "", s.here.city.currency, "amount");
      ({ quote } = await quoted(s.here, { meter: given.meter, amountMinor }));
    } catch (error) {
      mistakes = [mistakeOf(s, error)];
    }
  return page(
    c,
    {
      title: quote ? s.t("quoteTitle") : s.t("title"),
      ...(quote ? {} : { lead: s.t("lead") }),
      crumbs: quote ? [[s.t("title"), s.here.url("/prepaid")]] : [],
      status: mistakes.length > 0 ? 422 : 200,
    },
    <BuyPage
      {...{ s, given, mistakes, quote }}
      quoted={{ ...given, ...(amountMinor === undefined ? {} : { amountMinor }) }}
      newId={newId("ppp", s.here.clock.now())}
    />,
  );
}

export function vendingPages(app: CityApp): void {
  const typed = (c: Context<CityEnv>, name: string) => {
    const value = c.req.query(name)?.trim().slice(0, 40);
    return value ? { [name]: value } : {};
  };
  app.get("/prepaid", needs("public"), (c) => {
    const given: Given = { ...typed(c, "meter"), ...typed(c, "amount") };
    const { t, here } = shown(c);
    const missing: Mistake[] = [];
    // A link may bring a meter alone; a form that was sent brings both.
    if (c.req.query("amount") !== undefined) {
      if (given.meter === undefined) missing.push({ field: "meter", detail: t("unknownMeter") });
      if (given.amount === undefined)
        missing.push({ field: "amount", detail: t("notMoney", { currency: here.city.currency }) });
    }
    return buyPage(c, given, missing);
  });

  app.post("/prepaid/purchases", needs("public"), async (c) => {
    const { here, lang } = c.var;
    // A contact is read below, and what is none comes back with the rest of the form.
    const asked = await form(c, Bought.extend({ contact: z.string().optional() }));
    try {
      await buys(c, asked.meter);
      const { purchase } = await buy(here, asked, lang);
      return c.redirect(here.url(`/prepaid/purchases/${purchase.id}`), 303);
    } catch (error) {
      const { meter, amountMinor, contact } = asked;
      return buyPage(c, { meter, amountMinor, ...(contact ? { contact } : {}) }, [mistakeOf(shown(c), error)]);
    }
  });

  app.get("/prepaid/purchases/:id", needs("public"), async (c) => {
    const s = shown(c);
    const { is: purchase } = await vendingStore(s.here).purchase(c.req.param("id"));
    const { dueMinor } = await s.here.ask(BillById, { billId: purchase.billId });
    const sent = c.req.query("sent");
    return page(
      c,
      {
        title: s.t(`${purchase.meter.resource}Title`, { number: purchase.meter.number }),
        crumbs: [[s.t("title"), s.here.url("/prepaid")]],
      },
      <PurchasePage {...{ s, purchase, dueMinor }} sent={sent === undefined ? undefined : Number(sent === "yes")} />,
    );
  });
  app.post("/prepaid/purchases/:id/message", needs("public"), async (c) => {
    const { here } = c.var;
    const { is: purchase } = await vendingStore(here).purchase(c.req.param("id"));
    await buys(c, purchase.meter.number);
    const sent = await tokensSent(here, purchase.id);
    return c.redirect(here.url(`/prepaid/purchases/${purchase.id}?sent=${sent > 0 ? "yes" : "no"}`), 303);
  });

  /** From a payment or its receipt, which know the bill alone. */
  app.get("/prepaid/of/:billId", needs("public"), async (c) => {
    const { here } = c.var;
    const { purchaseId, bulkId } = await vendingStore(here).boughtBy(c.req.param("billId"));
    if (purchaseId !== undefined) return c.redirect(here.url(`/prepaid/purchases/${purchaseId}`), 303);
    if (bulkId !== undefined) return c.redirect(here.url(`/prepaid/bulk/${bulkId}`), 303);
    throw absent();
  });

  app.get("/prepaid/again", needs("public"), async (c) => {
    const s = shown(c);
    const given = { ...typed(c, "meter"), ...typed(c, "reference") } as { meter?: string; reference?: string };
    const { meter, reference } = given;
    const isAsked = meter !== undefined && reference !== undefined;
    const found = isAsked ? await purchaseBy(c, meter, reference).catch(absentIsNone) : undefined;
    if (found) return c.redirect(s.here.url(`/prepaid/purchases/${found.id}`), 303);
    return page(
      c,
      {
        title: s.t("againTitle"),
        lead: s.t("againLead"),
        crumbs: [[s.t("title"), s.here.url("/prepaid")]],
        status: isAsked ? 404 : 200,
      },
      <AgainPage {...{ s, given }} isUnknown={isAsked} />,
    );
  });

  app.get("/prepaid/mine", needs("resident"), async (c) => {
    const s = shown(c);
    const { who } = c.var;
    const accounts = who.kind === "person" ? await s.here.ask(AccountsOf, { contacts: who.contacts }) : [];
    const store = vendingStore(s.here);
    const meters = (await Promise.all(accounts.map(({ id }) => store.metersOf(id))))
      .flat()
      .filter(({ state }) => state !== "removed");
    const all = await Promise.all(
      meters.map(async (meter) => ({
        meter,
        purchases: (await store.purchasesOfMeter(meter.id, { limit: LATEST })).purchases,
      })),
    );
    return page(
      c,
      { title: s.t("mine"), lead: s.t("mineLead"), crumbs: [[s.t("title"), s.here.url("/prepaid")]] },
      <MyMetersPage {...{ s }} meters={all} />,
    );
  });
}
