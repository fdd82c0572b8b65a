import { createRoute, z } from "@hono/zod-openapi";
import { stringify } from "csv-stringify/sync";
import type { Here } from "../../shared/here.ts";
import { csvAnswer, faults, idempotent, json, jsonBody, parsed } from "../../shared/http.ts";
import { decimalOf } from "../../shared/money.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { READ, READERS, TREASURER } from "./api.ts";
import { askCredit, billBack, decideCredit } from "./credits.ts";
import { CreditNote, CreditNumber, InvoiceId, NewCreditNote, PayeeName } from "./schema.ts";
import { moneyStore } from "./store.ts";

const deciding = { middleware: needs(...TREASURER), ...secured(...TREASURER) };
const reading = { middleware: needs(...READ), ...secured(...READ) };
const refused = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");
const ById = z.object({ invoice: InvoiceId });
const ByNumber = z.object({ number: CreditNumber });
const base = "/v1/module-money";

const listNotes = createRoute({
  method: "get",
  path: `${base}/invoices/{invoice}/credit-notes`,
  summary: "What was given back of an invoice that is paid, and what is asked for",
  ...reading,
  request: { params: ById },
  responses: { 200: json(z.object({ creditNotes: z.array(CreditNote) }), "Credit notes"), ...refused },
});
const newNote = createRoute({
  method: "post",
  path: `${base}/invoices/{invoice}/credit-notes`,
  summary: "Ask that something of a paid line is given back (`Idempotency-Key`): the house reckons how much, by rule",
  ...deciding,
  request: { params: ById, body: jsonBody(NewCreditNote) },
  responses: { 201: json(CreditNote, "Asked for; nothing has moved"), ...refused },
});
const showNote = createRoute({
  method: "get",
  path: `${base}/credit-notes/{number}`,
  summary: "One credit note: of which invoice, who gives back what, and what of it came",
  ...reading,
  request: { params: ByNumber },
  responses: { 200: json(CreditNote, "The credit note"), ...refused },
});
const decision = createRoute({
  method: "post",
  path: `${base}/credit-notes/{number}/decision`,
  summary: "Grant or refuse a credit note; another person than who asked grants it",
  ...deciding,
  request: { params: ByNumber, body: jsonBody(z.strictObject({ agrees: z.boolean() })) },
  responses: { 200: json(CreditNote, "As it is now"), ...refused },
});
const back = createRoute({
  method: "post",
  path: `${base}/credit-notes/{number}/bills`,
  summary: "Ask one party to give back by a bill what no later invoice took off; asked again it is the same bill",
  ...deciding,
  request: { params: ByNumber, body: jsonBody(z.strictObject({ party: PayeeName })) },
  responses: { 200: json(CreditNote, "As it is now"), ...refused },
});

const COLUMNS = [
  ...["invoice", "line", "module", "version", "what", "counted", "net", "tax_kind", "tax_percent", "tax", "tax_why"],
  ...["party", "role", "share", "currency", "credit_note"],
];

/** The lines of an invoice with their tax and shares, and its credit notes as lines that take away. */
export async function linesFile(here: Here, id: string): Promise<string> {
  const store = moneyStore(here);
  const [invoice, notes] = await Promise.all([store.get(id), store.notesOf(id)]);
  const { currency } = invoice;
  const money = (minor: number) => decimalOf(minor, currency);
  const granted = notes.filter(({ state }) => state === "granted");
  const rows = invoice.lines.flatMap(({ module, version, what, counted, netMinor, tax, taxMinor, shares }, i) => {
    const head = [id, String(i + 1), module, version, what, String(counted)];
    const row = (net: number, taxed: number, of: typeof shares, note: string) =>
      of.map(({ party, role, amountMinor }) => [
        ...[...head, money(net), tax.kind, decimalOf(tax.basisPoints, "EUR"), money(taxed), tax.why],
        ...[party, role, money(amountMinor), currency, note],
      ]);
    const back = granted
      .filter(({ line }) => line === i + 1)
      .flatMap((note) =>
        row(
          0 - note.amountMinor,
          0 - note.taxMinor,
          note.shares.map((share) => ({ ...share, amountMinor: 0 - share.amountMinor })),
          note.number,
        ),
      );
    return [...row(netMinor, taxMinor, shares, ""), ...back];
  });
  return stringify([COLUMNS, ...rows]);
}

export function creditApi(app: CityApp): void {
  app.openapi(listNotes, async (c) => {
    const { invoice } = c.req.valid("param");
    const store = moneyStore(c.var.here);
    await store.get(invoice);
    return c.json({ creditNotes: await store.notesOf(invoice) }, 200);
  });
  app.openapi(newNote, async (c) => {
    const { here, who } = c.var;
    const asked = c.req.valid("json");
    const answer = await idempotent(c, asked, async (record) => {
      const note = await askCredit(here, c.req.valid("param").invoice, asked, whoId(who), {
        more: (kept) => [record({ status: 201, answer: kept })],
      });
      return { status: 201, answer: note };
    });
    return answer as never;
  });
  app.openapi(showNote, async (c) => c.json(await moneyStore(c.var.here).note(c.req.valid("param").number), 200));
  app.openapi(decision, async (c) => {
    const { number } = c.req.valid("param");
    return c.json(await decideCredit(c.var.here, number, c.req.valid("json").agrees, whoId(c.var.who)), 200);
  });
  app.openapi(back, async (c) =>
    c.json(await billBack(c.var.here, c.req.valid("param").number, c.req.valid("json").party), 200),
  );
  app.openAPIRegistry.registerPath({
    method: "get",
    path: `${base}/invoices/{invoice}/lines.csv`,
    summary: "The lines of an invoice, with tax and shares; credit notes take away",
    ...secured(...READERS),
    request: { params: ById },
    responses: { 200: { description: "The file", content: { "text/csv": { schema: z.string() } } }, ...refused },
  });
  app.get(`${base}/invoices/:invoice/lines.csv`, needs(...READERS), async (c) => {
    const { invoice } = parsed(ById, c.req.param(), "param");
    return csvAnswer(c, `modules-${invoice}-lines`, await linesFile(c.var.here, invoice));
  });
}
