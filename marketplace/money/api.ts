import { createRoute, z } from "@hono/zod-openapi";
import { stringify } from "csv-stringify/sync";
import { invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { csvAnswer, faults, idempotent, json, jsonBody, originOf, parsed } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { monthOf } from "../../shared/time.ts";
import { whoId } from "../../shared/who.ts";
import { ModuleName, Version } from "../contract/manifest.ts";
import { Price } from "../contract/price.ts";
import { Words } from "../contract/words.ts";
import { agreePrice } from "./agreeing.ts";
import { approve, credit } from "./deciding.ts";
import { drawMonth, estimateFor } from "./drawing.ts";
import { batchOf, batchPaid, pay, unchoose } from "./paying.ts";
import { pricesOf } from "./prices.ts";
import {
  Agreement,
  Invoice,
  InvoiceId,
  Month,
  NewCredit,
  NewPayee,
  NewPayment,
  Payee,
  PayeeName,
  Terms,
} from "./schema.ts";
import { moneyStore } from "./store.ts";

export const READERS = ["treasurer", "administrator"] as const;
/** Whose word money is. */
export const TREASURER = ["treasurer"] as const;
export const READ = [...READERS, "scope:module_money.invoices:read"] as const;
const reading = { middleware: needs(...READ), ...secured(...READ) };
const deciding = { middleware: needs(...TREASURER), ...secured(...TREASURER) };
const keeping = { middleware: needs(...READERS), ...secured(...READERS) };

const refused = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");
const ByMonth = z.strictObject({ month: Month });
const ById = z.object({ invoice: InvoiceId });
const base = "/v1/module-money";

const listPrices = createRoute({
  method: "get",
  path: `${base}/prices`,
  summary: "What the modules cost that the city has taken, and to which prices it agreed",
  ...reading,
  responses: {
    200: json(
      z.object({
        prices: z.array(
          z.object({
            module: ModuleName,
            title: Words(80),
            version: Version,
            price: Price,
            says: z.array(z.string()),
            amountMinor: z.int().optional(),
            agreement: Agreement.optional(),
          }),
        ),
      }),
      "Prices",
    ),
    ...refused,
  },
});
const newAgreement = createRoute({
  method: "post",
  path: `${base}/prices`,
  summary: "Agree to the price of a module, or of another version of it: without that it does not come into service",
  ...deciding,
  request: { body: jsonBody(z.strictObject({ module: ModuleName, version: Version.optional() })) },
  responses: { 201: json(Agreement, "Agreed"), 200: json(Agreement, "Agreed before"), ...refused },
});
const showTerms = createRoute({
  method: "get",
  path: `${base}/terms`,
  summary: "How large the city says it is, and what tax it owes on modules",
  ...reading,
  responses: { 200: json(Terms, "Terms"), ...refused },
});
const keepTerms = createRoute({
  method: "put",
  path: `${base}/terms`,
  summary: "Say how large the city is, and what tax it owes on modules; for invoices that are drawn up from now on",
  ...keeping,
  request: { body: jsonBody(Terms) },
  responses: { 200: json(Terms, "Kept"), ...refused },
});
const listPayees = createRoute({
  method: "get",
  path: `${base}/payees`,
  summary: "Where the money of those is sent who are paid for modules",
  ...keeping,
  responses: { 200: json(z.object({ payees: z.array(Payee) }), "Payees"), ...refused },
});
const keepPayee = createRoute({
  method: "put",
  path: `${base}/payees/{party}`,
  summary: "Keep where somebody's money is sent; `_house` is the house",
  ...deciding,
  request: { params: z.object({ party: PayeeName }), body: jsonBody(NewPayee) },
  responses: { 200: json(Payee, "Kept"), ...refused },
});
const listInvoices = createRoute({
  method: "get",
  path: `${base}/invoices`,
  summary:
    "The invoices of all months, the latest first, sponsors’ too, and what has been counted in this month so far",
  ...reading,
  responses: {
    200: json(z.object({ invoices: z.array(Invoice), estimate: Invoice }), "Invoices"),
    ...refused,
  },
});
const draw = createRoute({
  method: "post",
  path: `${base}/invoices`,
  summary: "Draw up the invoice of a month that is over; it is done by itself in the first night of the next one",
  ...deciding,
  request: { body: jsonBody(ByMonth) },
  responses: { 201: json(Invoice, "Drawn up"), 200: json(Invoice, "Drawn up before"), ...refused },
});
const showInvoice = createRoute({
  method: "get",
  path: `${base}/invoices/{invoice}`,
  summary:
    "One invoice, of a month or of a sponsor’s month: each line with what was counted, its price, its tax, and who gets what",
  ...reading,
  request: { params: ById },
  responses: { 200: json(Invoice, "The invoice"), ...refused },
});
const approval = createRoute({
  method: "post",
  path: `${base}/invoices/{invoice}/approval`,
  summary: "Say that what is on it is due",
  ...deciding,
  request: { params: ById },
  responses: { 200: json(Invoice, "As it is now"), ...refused },
});
const newCredit = createRoute({
  method: "post",
  path: `${base}/invoices/{invoice}/credits`,
  summary: "Take something off a line before it is paid (`Idempotency-Key`); the whole month, line by line",
  ...deciding,
  request: { params: ById, body: jsonBody(NewCredit) },
  responses: { 201: json(Invoice, "As it is now"), ...refused },
});
const payment = createRoute({
  method: "post",
  path: `${base}/invoices/{invoice}/payment`,
  summary: "Choose how it is paid: by transfer (bank file, mobile money batch) or by card",
  ...deciding,
  request: { params: ById, body: jsonBody(NewPayment) },
  responses: { 200: json(Invoice, "As it is now"), ...refused, ...faults("unavailable") },
});
const otherPayment = createRoute({
  method: "delete",
  path: `${base}/invoices/{invoice}/payment`,
  summary: "Take the choice of how it is paid back, while nobody was paid by it",
  ...deciding,
  request: { params: ById },
  responses: { 200: json(Invoice, "As it is now"), ...refused },
});
const batch = createRoute({
  method: "post",
  path: `${base}/invoices/{invoice}/mobile-money`,
  summary: "Say that the operator paid the batch; another person than who chose the rail",
  ...deciding,
  request: {
    params: ById,
    body: jsonBody(z.strictObject({ reference: z.string().trim().min(1).max(60) })),
  },
  responses: { 200: json(Invoice, "As it is now"), ...refused },
});

/** @throws {Fault} invalid: it would leave prices without what they depend on */
export async function termsKept(here: Here, terms: Terms): Promise<Terms> {
  const store = moneyStore(here);
  if (terms.population === undefined && (await store.terms()).population !== undefined)
    throw invalid("#/population", "Prices depend on it: it can be changed, and not left out.");
  await store.keepTerms(terms);
  return terms;
}

/** The batch as operators' portals take it: amounts in whole minor units, and the currency beside them. */
export async function batchFile(here: Here, id: string): Promise<string> {
  const head = ["msisdn", "amount_minor", "currency", "name", "reference"];
  // What an office program would run as a formula is written as text; a telephone number keeps its sign.
  const safe = (cell: string) =>
    /^[=@-]/.test(cell) || (/^\+/.test(cell) && !/^\+\d+$/.test(cell)) ? `'${cell}` : cell;
  return stringify([head, ...(await batchOf(here, id)).map((row) => row.map(safe))]);
}

export async function invoicesOf(here: Here): Promise<{ invoices: Invoice[]; estimate: Invoice }> {
  const [invoices, estimate] = await Promise.all([
    moneyStore(here).invoices(),
    estimateFor(here, monthOf(here.clock.now(), here.city.timeZone)),
  ]);
  return { invoices: invoices.reverse(), estimate };
}

/** @throws {Fault} invalid: it is not over, or nothing cost anything in it */
export async function drawnUp(here: Here, month: string): Promise<{ created: boolean; invoice: Invoice }> {
  const { created, invoice } = await drawMonth(here, month);
  if (!invoice) throw invalid("#/month", `No module cost anything in ${month}.`);
  return { created, invoice };
}

export function moneyApi(app: CityApp): void {
  app.openapi(listPrices, async (c) => c.json({ prices: await pricesOf(c.var.here, c.var.lang) }, 200));
  app.openapi(newAgreement, async (c) => {
    const { created, agreement } = await agreePrice(c.var.here, c.req.valid("json"), whoId(c.var.who));
    return c.json(agreement, created ? 201 : 200);
  });
  app.openapi(showTerms, async (c) => c.json(await moneyStore(c.var.here).terms(), 200));
  app.openapi(keepTerms, async (c) => c.json(await termsKept(c.var.here, c.req.valid("json")), 200));
  app.openapi(listPayees, async (c) => c.json({ payees: await moneyStore(c.var.here).payees() }, 200));
  app.openapi(keepPayee, async (c) => {
    const payee = { ...c.req.valid("json"), party: c.req.valid("param").party };
    await moneyStore(c.var.here).keepPayee(payee);
    return c.json(payee, 200);
  });
  app.openapi(listInvoices, async (c) => c.json(await invoicesOf(c.var.here), 200));
  app.openapi(draw, async (c) => {
    const { created, invoice } = await drawnUp(c.var.here, c.req.valid("json").month);
    return c.json(invoice, created ? 201 : 200);
  });
  app.openapi(showInvoice, async (c) => c.json(await moneyStore(c.var.here).get(c.req.valid("param").invoice), 200));
  app.openapi(approval, async (c) =>
    c.json(await approve(c.var.here, c.req.valid("param").invoice, whoId(c.var.who)), 200),
  );
  app.openapi(newCredit, async (c) => {
    const { here, who } = c.var;
    const asked = c.req.valid("json");
    const answer = await idempotent(c, asked, async (record) => {
      const invoice = await credit(here, c.req.valid("param").invoice, asked, whoId(who), {
        more: (kept) => [record({ status: 201, answer: kept })],
      });
      return { status: 201, answer: invoice };
    });
    return answer as never;
  });
  app.openapi(payment, async (c) => {
    const { here, who, lang } = c.var;
    const page = { origin: originOf(c), lang };
    return c.json(await pay(here, c.req.valid("param").invoice, c.req.valid("json"), whoId(who), page), 200);
  });
  app.openapi(otherPayment, async (c) => c.json(await unchoose(c.var.here, c.req.valid("param").invoice), 200));
  app.openapi(batch, async (c) =>
    c.json(
      await batchPaid(c.var.here, c.req.valid("param").invoice, c.req.valid("json").reference, whoId(c.var.who)),
      200,
    ),
  );
  app.openAPIRegistry.registerPath({
    method: "get",
    path: `${base}/invoices/{invoice}/mobile-money.csv`,
    summary: "The batch for an operator of mobile money",
    ...secured(...READERS),
    request: { params: ById },
    responses: { 200: { description: "The file", content: { "text/csv": { schema: z.string() } } }, ...refused },
  });
  app.get(`${base}/invoices/:invoice/mobile-money.csv`, needs(...READERS), async (c) => {
    const { invoice } = parsed(ById, c.req.param(), "param");
    return csvAnswer(c, `modules-${invoice}`, await batchFile(c.var.here, invoice));
  });
}
