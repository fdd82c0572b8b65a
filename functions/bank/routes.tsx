import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { latinDigits } from "../../shared/amounts.ts";
import { Fault, invalid } from "../../shared/errors.ts";
import { faults, fieldMistakes, form, json, jsonBody, parsed } from "../../shared/http.ts";
import { newId } from "../../shared/ids.ts";
import { exponentOf } from "../../shared/money.ts";
import { page } from "../../shared/page.tsx";
import { refusalIn } from "../../shared/refusals.ts";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { labelled } from "../../shared/texts.ts";
import { dayOf } from "../../shared/time.ts";
import { whoId } from "../../shared/who.ts";
import { XML_MAX } from "../../shared/xml.ts";
import { minorFrom } from "./camt.ts";
import { bankAccount, IN_TRANSIT } from "./domain.ts";
import { importStatement } from "./matching.ts";
import { askOrder, decideOrder, fileOf } from "./orders.ts";
import { BankAccount, Line, NewBankAccount, NewOrder, Order, Statement } from "./schema.ts";
import { bankStore } from "./store.ts";
import { bankTexts } from "./texts.ts";
import { BankPage, type Mistake, OrderPage, type Shown, StatementPage } from "./views.tsx";

const KEEPERS = ["treasurer", "administrator"] as const;
const refusals = faults(
  ...(["malformed", "unauthenticated", "forbidden", "absent", "conflict", "too_large"] as const),
  ...(["unsupported_media", "invalid", "unavailable"] as const),
);
const ById = z.object({ id: z.string().max(60) });

const addAccount = createRoute({
  method: "post",
  path: "/v1/bank-accounts",
  summary: "Keep one of the city's accounts at a bank; its IBAN is kept once",
  middleware: needs(...KEEPERS),
  ...secured(...KEEPERS),
  request: { body: jsonBody(NewBankAccount) },
  responses: { 201: json(BankAccount, "Kept"), 200: json(BankAccount, "Kept before"), ...refusals },
});
const listAccounts = createRoute({
  method: "get",
  path: "/v1/bank-accounts",
  summary: "The city's accounts at banks",
  middleware: needs(...KEEPERS, "scope:bank.statements:read", "scope:bank.statements:write"),
  ...secured(...KEEPERS, "scope:bank.statements:read", "scope:bank.statements:write"),
  responses: { 200: json(z.object({ accounts: z.array(BankAccount) }), "Accounts"), ...refusals },
});
const listStatements = createRoute({
  method: "get",
  path: "/v1/bank-accounts/{id}/statements",
  summary: "An account's statements, the latest first",
  middleware: needs(...KEEPERS, "scope:bank.statements:read"),
  ...secured(...KEEPERS, "scope:bank.statements:read"),
  request: { params: ById },
  responses: { 200: json(z.object({ statements: z.array(Statement) }), "The last 100"), ...refusals },
});
const getStatement = createRoute({
  method: "get",
  path: "/v1/bank-statements/{id}",
  summary: "One statement: how far it is settled, and what became of each line",
  middleware: needs(...KEEPERS, "scope:bank.statements:read"),
  ...secured(...KEEPERS, "scope:bank.statements:read"),
  request: { params: ById },
  responses: {
    200: json(
      z.object({
        statement: Statement,
        /** The ledger's balance of the account now: after the last statement is settled, its closing balance. */
        ledgerMinor: z.int(),
        lines: z.array(Line),
      }),
      "The statement",
    ),
    ...refusals,
  },
});
const newOrder = createRoute({
  method: "post",
  path: "/v1/payment-orders",
  summary: "Ask for payouts by bank transfer; another person decides",
  middleware: needs(...KEEPERS),
  ...secured(...KEEPERS),
  request: { body: jsonBody(NewOrder) },
  responses: { 201: json(Order, "Asked for"), 200: json(Order, "Asked for before"), ...refusals },
});
const listOrders = createRoute({
  method: "get",
  path: "/v1/payment-orders",
  summary: "Orders, the latest first",
  middleware: needs(...KEEPERS),
  ...secured(...KEEPERS),
  responses: { 200: json(z.object({ orders: z.array(Order) }), "The last 50"), ...refusals },
});
const getOrder = createRoute({
  method: "get",
  path: "/v1/payment-orders/{id}",
  summary: "One order",
  middleware: needs(...KEEPERS),
  ...secured(...KEEPERS),
  request: { params: ById },
  responses: { 200: json(Order, "The order"), ...refusals },
});
const Decision = z.strictObject({ agrees: z.boolean() }).meta({ id: "PaymentOrderDecision" });
const decide = createRoute({
  method: "post",
  path: "/v1/payment-orders/{id}/decision",
  summary: "The second person's word on an order",
  middleware: needs(...KEEPERS),
  ...secured(...KEEPERS),
  request: { params: ById, body: jsonBody(Decision) },
  responses: { 200: json(Order, "Decided"), ...refusals },
});

const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf } = c.var;
  return { here, lang, csrf, t: bankTexts.in(lang) };
};
const by = (c: Context<CityEnv>) => whoId(c.var.who);

async function add(c: Context<CityEnv>, asked: z.infer<typeof NewBankAccount>) {
  const { here, city } = c.var;
  const now = here.clock.now();
  const { currency = city.currency, ...more } = asked;
  return bankStore(here).addAccount({ id: newId("ban", now), ...more, currency, createdAt: now.toISOString() });
}
async function statementOf(c: Context<CityEnv>, id: string) {
  const store = bankStore(c.var.here);
  const statement = await store.statement(id);
  const [lines, ledgerMinor] = await Promise.all([
    store.lines(id),
    c.var.here.ledger.balance(bankAccount(statement.bankAccountId), statement.currency),
  ]);
  return { statement, lines, ledgerMinor };
}

export function bankRoutes(app: CityApp): void {
  app.openapi(addAccount, async (c) => {
    const { created, account } = await add(c, c.req.valid("json"));
    return c.json(account, created ? 201 : 200);
  });
  app.openapi(listAccounts, async (c) => c.json({ accounts: await bankStore(c.var.here).accounts() }, 200));
  app.openapi(listStatements, async (c) => {
    const store = bankStore(c.var.here);
    const { account } = await store.account(c.req.valid("param").id);
    return c.json({ statements: await store.statements(account.id, 100) }, 200);
  });
  app.openapi(getStatement, async (c) => c.json(await statementOf(c, c.req.valid("param").id), 200));
  app.openapi(newOrder, async (c) => {
    const { created, order } = await askOrder(c.var.here, c.req.valid("json"), by(c));
    return c.json(order, created ? 201 : 200);
  });
  app.openapi(listOrders, async (c) => c.json({ orders: await bankStore(c.var.here).orders(50) }, 200));
  app.openapi(getOrder, async (c) => c.json(await bankStore(c.var.here).order(c.req.valid("param").id), 200));
  app.openapi(decide, async (c) =>
    c.json(await decideOrder(c.var.here, c.req.valid("param").id, c.req.valid("json").agrees, by(c)), 200),
  );
  files(app);
  pages(app);
}

/** Files come and go as they are, so these contracts are registered by hand. */
function files(app: CityApp): void {
  const xml = { "application/xml": { schema: z.string().openapi({ format: "binary" }) } };
  const admitted = [...KEEPERS, "scope:bank.statements:write"] as const;
  app.openAPIRegistry.registerPath({
    method: "post",
    path: "/v1/bank-accounts/{id}/statements",
    summary: "Take in a statement: camt.053.001.02 or .08",
    description: "Whole or not at all; a mistake names its line (`#/line/7`). Its lines are settled afterwards.",
    ...secured(...admitted),
    request: { params: ById, body: { required: true, content: xml } },
    responses: { 202: json(Statement, "Taken in; its lines are being settled"), ...refusals },
  });
  app.post("/v1/bank-accounts/:id/statements", needs(...admitted), async (c) => {
    if (!/^(application|text)\/xml\b/i.test(c.req.header("content-type") ?? ""))
      throw new Fault("unsupported_media", "Send XML, with Content-Type: application/xml.");
    const declared = Number(c.req.header("content-length") ?? 0);
    if (declared > XML_MAX.bytes) throw new Fault("too_large", `A file has at most ${XML_MAX.bytes} bytes.`);
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    return c.json(await importStatement(c.var.here, c.req.param("id"), bytes, by(c)), 202);
  });
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/v1/payment-orders/{id}/file",
    summary: "The bank's file (pain.001) of an order that two people agreed on",
    ...secured(...KEEPERS),
    request: { params: ById },
    responses: { 200: { description: "The file", content: xml }, ...refusals },
  });
  app.get("/v1/payment-orders/:id/file", needs(...KEEPERS), (c) => sendFile(c, c.req.param("id")));
}

async function sendFile(c: Context<CityEnv>, id: string) {
  const { name, xml } = await fileOf(c.var.here, id);
  return c.body(xml, 200, {
    "Content-Type": "application/xml; charset=utf-8",
    "Content-Disposition": `attachment; filename="${name}"`,
  });
}

function pages(app: CityApp): void {
  const bank = async (c: Context<CityEnv>, given: Record<string, string> = {}, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const store = bankStore(s.here);
    const [accounts, orders, ledger] = await Promise.all([store.accounts(), store.orders(10), s.here.ledger.at()]);
    const statements = (await Promise.all(accounts.map(({ id }) => store.statements(id, 10)))).flat();
    return page(
      c,
      {
        title: s.t("bank"),
        lead: s.t("bankLead"),
        crumbs: [[s.t("staff"), s.here.url("/staff")]],
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <BankPage
        {...{ s, accounts, statements, orders, given, mistakes }}
        balanceOf={({ id, currency }) => ledger.balance(bankAccount(id), currency)}
        inTransit={ledger.list(IN_TRANSIT).filter(({ account }) => account === IN_TRANSIT)}
        today={dayOf(s.here.clock.now(), s.here.city.timeZone)}
        newOrder={newId("ord", s.here.clock.now())}
      />,
    );
  };
  /** A form's page comes back with what was wrong in it. */
  const does = (path: string, run: (c: Context<CityEnv>) => Promise<string>) =>
    app.post(path, needs(...KEEPERS), async (c) => {
      try {
        return c.redirect(c.var.here.url(await run(c)), 303);
      } catch (error) {
        // What is wrong with a line is wrong with the file.
        const field = c.req.path.endsWith("/statements") ? "file" : "";
        const fields = Object.entries(await c.req.parseBody()).filter(
          (one): one is [string, string] => typeof one[1] === "string",
        );
        if (
          error instanceof Fault &&
          ["malformed", "too_large", "forbidden", "forbidden_transition"].includes(error.kind)
        )
          return bank(c, Object.fromEntries(fields), [{ field, detail: said(c, error) }]);
        return bank(
          c,
          Object.fromEntries(fields),
          fieldMistakes(error).map((one) => ({
            ...(one.field === "line" ? { field, detail: said(c, error as Fault) } : one),
          })),
        );
      }
    });

  app.get("/staff/bank", needs(...KEEPERS), (c) => bank(c));
  does("/staff/bank/accounts", async (c) => {
    await add(c, await form(c, NewBankAccount));
    return "/staff/bank";
  });
  does("/staff/bank/statements", async (c) => {
    const fields = await c.req.parseBody();
    const { file } = fields;
    if (!(file instanceof File) || file.size === 0) throw invalid("#/file", "Choose the bank's file.");
    if (file.size > XML_MAX.bytes) throw new Fault("too_large", `A file has at most ${XML_MAX.bytes} bytes.`);
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { id } = await importStatement(c.var.here, String(fields["account"] ?? ""), bytes, by(c));
    return `/staff/bank/statements/${id}`;
  });
  does("/staff/bank/orders", async (c) => {
    const fields = await form(
      c,
      z.strictObject({
        id: z.string().max(60),
        account: z.string().max(60),
        on: z.string().max(10),
        format: z.string().max(20),
        payouts: z.string().max(20_000),
      }),
    );
    const { account } = await bankStore(c.var.here).account(fields.account);
    const { order } = await askOrder(
      c.var.here,
      parsed(NewOrder, {
        id: fields.id,
        bankAccountId: account.id,
        executeOn: fields.on,
        format: fields.format,
        payouts: payoutsFrom(fields.payouts, account.currency),
      }),
      by(c),
    );
    return `/staff/bank/orders/${order.id}`;
  });
  app.get("/staff/bank/statements/:id", needs(...KEEPERS), async (c) => {
    const s = shown(c);
    const found = await statementOf(c, c.req.param("id"));
    const { account } = await bankStore(s.here).account(found.statement.bankAccountId);
    return page(
      c,
      {
        title: s.t("statementTitle", { id: found.statement.bankId }),
        lead: account.name,
        crumbs: crumbs(s),
        wide: true,
      },
      <StatementPage {...{ s }} {...found} />,
    );
  });
  app.get("/staff/bank/orders/:id", needs(...KEEPERS), async (c) => {
    const s = shown(c);
    const order = await bankStore(s.here).order(c.req.param("id"));
    return page(
      c,
      { title: s.t("order"), crumbs: crumbs(s), wide: true },
      <OrderPage {...{ s, order }} me={by(c)} paid={await bankStore(s.here).paid(order)} />,
    );
  });
  app.get("/staff/bank/orders/:id/file", needs(...KEEPERS), (c) => sendFile(c, c.req.param("id")));
  does("/staff/bank/orders/:id/decide", async (c) => {
    const { agrees } = await form(c, z.strictObject({ agrees: z.enum(["yes", "no"]) }));
    const id = c.req.param("id") ?? "";
    await decideOrder(c.var.here, id, agrees === "yes", by(c));
    return `/staff/bank/orders/${id}`;
  });
}

const crumbs = (s: Shown): [string, string][] => [
  [s.t("staff"), s.here.url("/staff")],
  [s.t("bank"), s.here.url("/staff/bank")],
];
function said(c: Context<CityEnv>, error: Fault): string {
  const { lang } = c.var;
  const line = /^#\/line\/(\d+)$/.exec(error.members.errors?.[0]?.pointer ?? "")?.[1];
  const why = refusalIn(lang, error.message) ?? error.message;
  return line ? labelled(lang, `${bankTexts.in(lang)("line")} ${line}`, why) : why;
}

/** Lines of `name; IBAN; amount; text; account`. @throws {Fault} invalid, with the line */
function payoutsFrom(text: string, currency: string) {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line, i) => {
      const [name = "", iban = "", amount = "", what = "", account = "", ...more] = line
        .split(";")
        .map((one) => one.trim());
      const amountMinor = minorFrom(latinDigits(amount).replace(/[,\u066b]/, "."), currency);
      if (more.length > 0 || account === "" || amountMinor === undefined)
        throw invalid(
          "#/payouts",
          `Line ${i + 1}: name; IBAN; amount (at most ${exponentOf(currency)} decimals); text; account.`,
        );
      return { name, iban, amountMinor, text: what, account };
    });
}
