import { createRoute, z } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { positiveMinorOf } from "../../shared/amounts.ts";
import { absent, Fault, invalid } from "../../shared/errors.ts";
import { body, faults, fieldMistakes, form, givenIn, json, jsonBody } from "../../shared/http.ts";
import { exponentOf } from "../../shared/money.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { planned } from "../../shared/tasks.ts";
import { DuesByReference } from "../billing/events.ts";
import { BeingPaidNow, paidUntil } from "../payments/events.ts";
import { failure, inquiryAnswer, markAnswer, statusAnswer } from "./govstack.ts";
import {
  billFrom,
  billObject,
  duplicate,
  errorObject,
  paymentObject,
  requestState,
  transactionObject,
} from "./gsma.ts";
import { addThirdParty, CallBack, callbackOf, finished, heldBy, note } from "./paying.ts";
import { NewThirdParty, ThirdParty } from "./schema.ts";
import { billpayStore } from "./store.ts";
import { billpayTexts } from "./texts.ts";
import { type Mistake, type Shown, ThirdPartiesPage } from "./views.tsx";

const KEEPERS = ["treasurer", "administrator"] as const;
const READ = "scope:billpay.bills:read";
const PAY = "scope:billpay.payments:write";
const refusals = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");

const Owing = ThirdParty.extend({ owesMinor: z.int() }).meta({ id: "ThirdPartyOwing" });
const add = createRoute({
  method: "post",
  path: "/v1/third-parties",
  summary: "Let a wallet, bank or shop take payments for the city, by the key that speaks for it",
  middleware: needs(...KEEPERS),
  ...secured(...KEEPERS),
  request: { body: jsonBody(NewThirdParty) },
  responses: { 201: json(ThirdParty, "Registered"), ...refusals },
});
const list = createRoute({
  method: "get",
  path: "/v1/third-parties",
  summary: "Third parties, and what each owes the city",
  middleware: needs(...KEEPERS),
  ...secured(...KEEPERS),
  responses: { 200: json(z.object({ thirdParties: z.array(Owing) }), "At most 200"), ...refusals },
});

type Ctx = Context<CityEnv>;

/** For whom this key speaks. @throws {Fault} forbidden: for no third party that the city has registered */
async function partyOf(c: Ctx): Promise<ThirdParty> {
  const { who, here } = c.var;
  const party = who.kind === "program" ? await billpayStore(here).byKey(who.keyId) : undefined;
  if (!party) throw new Fault("forbidden", "This key speaks for no third party that the city has registered.");
  return party;
}
const billOf = (c: Ctx, reference: string) => c.var.here.ask(DuesByReference, { reference: reference.slice(0, 40) });

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** @throws {Fault} invalid */
function correlationOf(c: Ctx): string {
  const given = c.req.header("x-correlationid") ?? "";
  if (!UUID.test(given)) throw invalid("header/X-CorrelationID", "A UUID, a new one for each intent.");
  return given.toLowerCase();
}

const Decimal = z.string().regex(/^(0|[1-9][0-9]{0,14})(\.[0-9]{0,4}[1-9])?$|^(0|[1-9][0-9]{0,14})\.[0-9]{1,5}$/);
const BillPayment = z.looseObject({
  amountPaid: Decimal,
  currency: z.string().length(3),
  requestingOrganisationTransactionReference: z.string().max(100).default(""),
});
/** @throws {Fault} invalid: not an amount of this currency, or not above 0 */
function toldMinorOf(amount: string, currency: string): number {
  const [whole = "", fraction = ""] = amount.split(".");
  let exponent: number;
  try {
    exponent = exponentOf(currency);
  } catch {
    throw invalid("#/currency", "An ISO 4217 currency code.");
  }
  if (/[1-9]/.test(fraction.slice(exponent))) throw invalid("#/amountPaid", "More decimals than the currency has.");
  const minor = Number(whole + fraction.slice(0, exponent).padEnd(exponent, "0"));
  if (minor <= 0 || minor > 1_000_000_000_000) throw invalid("#/amountPaid", "An amount above 0.");
  return minor;
}

export function billpayRoutes(app: CityApp): void {
  app.openapi(add, async (c) => c.json(await addThirdParty(c.var.here, c.req.valid("json")), 201));
  app.openapi(list, async (c) => c.json({ thirdParties: await owing(c) }, 200));
  gsma(app);
  govstack(app);
  pages(app);
}

async function owing(c: Ctx): Promise<z.infer<typeof Owing>[]> {
  const [parties, ledger] = await Promise.all([billpayStore(c.var.here).parties(), c.var.here.ledger.at()]);
  return parties.map((party) => ({ ...party, owesMinor: ledger.balance(heldBy(party), party.currency) }));
}

/** A refusal in the third party's own format; anything else that was thrown stays a bug. */
const spoken =
  (say: (c: Ctx, fault: Fault) => Response): MiddlewareHandler<CityEnv> =>
  async (c, next) => {
    await next();
    if (c.error instanceof Fault) c.res = say(c, c.error);
  };

/** GSMA Mobile Money API 1.2, as the service provider. */
function gsma(app: CityApp): void {
  app.use(
    "/v1/gsma/*",
    spoken((c, fault) => {
      const { status, body: said } = errorObject(fault, c.var.here.clock.now());
      return Response.json(said, { status });
    }),
  );
  const counted = (c: Ctx, all: readonly unknown[]) => {
    c.header("X-Records-Available-Count", String(all.length));
    c.header("X-Records-Returned-Count", String(all.length));
    return c.json(all);
  };
  app.get("/v1/gsma/heartbeat", needs(READ, PAY), (c) => c.json({ serviceStatus: "available" }));
  // Bills and accounts are known by their references alone: who has none learns nothing.
  const named = async (c: Ctx) => {
    const type = c.req.param("type");
    const found = await billOf(c, c.req.param("id") ?? "");
    if (type !== (found.of === "bill" ? "billreference" : "accountid")) throw absent();
    return found;
  };
  app.get("/v1/gsma/accounts/:type/:id/bills", needs(READ, PAY), async (c) => {
    await partyOf(c);
    const found = await named(c);
    const paying = await c.var.here.ask(BeingPaidNow, { reference: found.reference });
    return counted(
      c,
      found.of === "bill"
        ? [billObject(found, paidUntil(paying))]
        : found.dues.map((due) => billObject(billFrom(found, due), paidUntil(paying, due.billId))),
    );
  });
  const pay = async (c: Ctx, reference: string) => {
    const { here } = c.var;
    const party = await partyOf(c);
    const correlationId = correlationOf(c);
    const callbackUrl = callbackOf(here, party, c.req.header("x-callback-url"));
    const sent = await body(c, BillPayment);
    const { created, taken } = await note(here, party, {
      correlationId,
      reference,
      amountMinor: toldMinorOf(sent.amountPaid, sent.currency),
      currency: sent.currency,
      providerRef: sent.requestingOrganisationTransactionReference,
      callbackUrl,
    });
    // By the standard a repetition is an error; the first answer is had at /responses.
    if (!created) throw duplicate();
    if (callbackUrl) return c.json(requestState(taken), 202);
    return c.json(paymentObject(await finished(here, taken)), 201);
  };
  const paid = async (c: Ctx, reference: string) => {
    const party = await partyOf(c);
    const bill = await billOf(c, reference);
    return counted(c, (await billpayStore(c.var.here).ofBill(party.id, bill.reference)).map(paymentObject));
  };
  app.post("/v1/gsma/bills/:reference/payments", needs(PAY), (c) => pay(c, c.req.param("reference")));
  app.get("/v1/gsma/bills/:reference/payments", needs(READ, PAY), (c) => paid(c, c.req.param("reference")));
  /** The bill itself, or one of the account's; or all of them, by the account's own reference. */
  const billNamed = async (c: Ctx): Promise<string> => {
    const [account, bill] = [await named(c), await billOf(c, c.req.param("reference") ?? "")];
    const isOf =
      bill.reference === account.reference || (account.of === "account" && bill.accountId === account.accountId);
    if (!isOf) throw absent();
    return bill.reference;
  };
  app.post("/v1/gsma/accounts/:type/:id/bills/:reference/payments", needs(PAY), async (c) => {
    await partyOf(c);
    return pay(c, await billNamed(c));
  });
  app.get("/v1/gsma/accounts/:type/:id/bills/:reference/payments", needs(READ, PAY), async (c) => {
    await partyOf(c);
    return paid(c, await billNamed(c));
  });
  const taken = async (c: Ctx, id: string) => {
    const found = await billpayStore(c.var.here).byId((await partyOf(c)).id, id);
    if (!found) throw absent();
    return finished(c.var.here, found);
  };
  app.get("/v1/gsma/transactions/:id", needs(READ, PAY), async (c) =>
    c.json(transactionObject(await taken(c, c.req.param("id")))),
  );
  app.get("/v1/gsma/requeststates/:id", needs(READ, PAY), async (c) =>
    c.json(requestState(await taken(c, c.req.param("id")))),
  );
  app.get("/v1/gsma/responses/:correlation", needs(READ, PAY), async (c) => {
    const { here } = c.var;
    const found = await billpayStore(here).find((await partyOf(c)).id, c.req.param("correlation").toLowerCase());
    if (!found) throw absent();
    return c.json({ link: here.url(`/v1/gsma/transactions/${(await finished(here, found)).id}`) });
  });
}

const Mark = z.looseObject({
  billInquiryRequestId: z.string().max(40).optional(),
  billId: z.string().min(1).max(40),
  paymentReferenceID: z.string().min(1).max(100),
});

/** GovStack Payments building block, person to government: the biller's side. */
function govstack(app: CityApp): void {
  app.use(
    "/v1/govstack/*",
    spoken((_c, fault) => {
      const status =
        fault.kind === "unauthenticated"
          ? 401
          : fault.kind === "forbidden"
            ? 403
            : fault.kind === "absent"
              ? 404
              : fault.kind === "unavailable"
                ? 503
                : 400;
      return Response.json(failure(fault), { status });
    }),
  );
  app.get("/v1/govstack/bills/:billId", needs(READ, PAY), async (c) => {
    const { here, city } = c.var;
    const party = await partyOf(c);
    const correlationId = correlationOf(c);
    const callbackUrl = callbackOf(here, party, c.req.header("x-callback-url"));
    if (c.req.query("fields") !== "inquiry") throw invalid("query/fields", "`inquiry`.");
    const bill = await billOf(c, c.req.param("billId"));
    const paying = await here.ask(BeingPaidNow, { reference: bill.reference });
    const answer = inquiryAnswer(bill, correlationId, city, paidUntil(paying));
    if (callbackUrl) {
      const url = `${callbackUrl.replace(/\/$/, "")}/bills/${answer.billId}`;
      const told = { url, method: "POST" as const, correlationId, body: answer };
      await here.commit([planned(CallBack, `${party.id}.${correlationId}`, here.clock.now(), told)]);
    }
    return c.json(answer, 202);
  });
  app.post("/v1/govstack/billTransferRequests", needs(PAY), async (c) => {
    const { here } = c.var;
    const party = await partyOf(c);
    const correlationId = correlationOf(c);
    const callbackUrl = callbackOf(here, party, c.req.header("x-callback-url"));
    const sent = await body(c, Mark);
    // The message knows no amount: it says that the bill is paid.
    const { taken } = await note(here, party, {
      correlationId,
      reference: sent.billId,
      providerRef: sent.paymentReferenceID,
    });
    const done = await finished(here, taken);
    if (callbackUrl) {
      const told = { url: callbackUrl, method: "POST" as const, correlationId, body: markAnswer(done) };
      await here.commit([planned(CallBack, done.id, here.clock.now(), told)]);
    }
    return c.json(markAnswer(done), 202);
  });
  app.get("/v1/govstack/transferRequests/:correlation", needs(READ, PAY), async (c) => {
    const { here } = c.var;
    const found = await billpayStore(here).find((await partyOf(c)).id, c.req.param("correlation").toLowerCase());
    if (!found) throw absent();
    return c.json(statusAnswer(await finished(here, found)), 202);
  });
}

function pages(app: CityApp): void {
  const shown = (c: Ctx): Shown => {
    const { here, lang, csrf } = c.var;
    return { here, lang, csrf, t: billpayTexts.in(lang) };
  };
  const all = async (c: Ctx, mistakes: Mistake[] = [], given: Record<string, string> = {}) => {
    const s = shown(c);
    return page(
      c,
      {
        title: s.t("thirdParties"),
        lead: s.t("lead"),
        crumbs: [[s.t("staff"), s.here.url("/staff")]],
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <ThirdPartiesPage {...{ s, given, mistakes }} parties={await owing(c)} />,
    );
  };
  app.get("/staff/third-parties", needs(...KEEPERS), (c) => all(c));
  app.post("/staff/third-parties", needs(...KEEPERS), async (c) => {
    try {
      const { currency } = c.var.city;
      const Text = z.string().max(30);
      const fields = await form(
        c,
        z.strictObject({
          name: NewThirdParty.shape.name,
          keyId: NewThirdParty.shape.keyId,
          hosts: z.string().max(1_000).default(""),
          payment: Text,
          day: Text,
        }),
      );
      const asked = NewThirdParty.safeParse({
        name: fields.name,
        keyId: fields.keyId,
        callbackHosts: fields.hosts.split(/[\s,;]+/).filter(Boolean),
        paymentLimitMinor: positiveMinorOf(fields.payment, currency, "payment"),
        dayLimitMinor: positiveMinorOf(fields.day, currency, "day"),
      });
      if (!asked.success) throw invalid("#/hosts", asked.error.issues[0]?.message ?? "");
      await addThirdParty(c.var.here, asked.data);
      return c.redirect(c.var.here.url("/staff/third-parties"), 303);
    } catch (error) {
      return all(c, fieldMistakes(error), await givenIn(c));
    }
  });
}
