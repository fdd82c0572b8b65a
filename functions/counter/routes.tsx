import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { latinDigits, minorOf, positiveMinorOf } from "../../shared/amounts.ts";
import { absentIsNone, Fault, invalid } from "../../shared/errors.ts";
import { faults, fieldMistakes, form, givenIn, json, jsonBody, originOf } from "../../shared/http.ts";
import { newId } from "../../shared/ids.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { dayOf } from "../../shared/time.ts";
import { whoId } from "../../shared/who.ts";
import { BankAccounts } from "../bank/events.ts";
import { DuesByReference } from "../billing/events.ts";
import { BeingPaidNow, paidUntil } from "../payments/events.ts";
import { cashAccount, coinsOf, reportOf } from "./domain.ts";
import {
  CashReceipt,
  Day,
  DayReport,
  Deposit,
  NewCount,
  NewDeposit,
  NewReversal,
  NewShift,
  NewTaking,
  NewTill,
  Shift,
  Till,
  TillCode,
} from "./schema.ts";
import { counterStore } from "./store.ts";
import { counterTexts } from "./texts.ts";
import {
  askReversal,
  closeTill,
  countTill,
  decideReversal,
  depositCash,
  expectedIn,
  finished,
  openTill,
  takeCash,
} from "./till.ts";
import { CashReceiptPage, CounterPage, DayPage, type Given, type Mistake, type Shown, TillPage } from "./views.tsx";

const KEEPERS = ["treasurer", "administrator"] as const;
const CLERKS = ["agent", "treasurer", "administrator"] as const;
const refusals = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid", "unavailable");

const ByTill = z.object({ code: TillCode });
const ByReceipt = ByTill.extend({
  year: z.string().regex(/^[12][0-9]{3}$/),
  number: z.coerce.number().int().min(1).max(99_999_999),
});

const addTill = createRoute({
  method: "post",
  path: "/v1/tills",
  summary: "Set up a till; sent twice, it is one",
  middleware: needs(...KEEPERS),
  ...secured(...KEEPERS),
  request: { body: jsonBody(NewTill) },
  responses: { 201: json(Till, "Set up"), 200: json(Till, "Set up before"), ...refusals },
});
const listTills = createRoute({
  method: "get",
  path: "/v1/tills",
  summary: "The city's tills",
  middleware: needs(...CLERKS),
  ...secured(...CLERKS),
  responses: { 200: json(z.object({ tills: z.array(Till) }), "Tills"), ...refusals },
});
const getTill = createRoute({
  method: "get",
  path: "/v1/tills/{code}",
  summary: "One till, its shift, and what the books say lies there",
  middleware: needs(...CLERKS),
  ...secured(...CLERKS),
  request: { params: ByTill },
  responses: {
    200: json(z.object({ till: Till, shift: Shift.optional(), bookMinor: z.int() }), "The till"),
    ...refusals,
  },
});
const open = createRoute({
  method: "post",
  path: "/v1/tills/{code}/shifts",
  summary: "Open a till with its float",
  middleware: needs(...CLERKS),
  ...secured(...CLERKS),
  request: { params: ByTill, body: jsonBody(NewShift) },
  responses: { 201: json(Shift, "Open"), 200: json(Shift, "Opened before"), ...refusals },
});
const take = createRoute({
  method: "post",
  path: "/v1/tills/{code}/receipts",
  summary: "Take cash for a bill, with a numbered receipt",
  description: "The caller chooses the id, so that sending it twice takes nothing twice.",
  middleware: needs(...CLERKS),
  ...secured(...CLERKS),
  request: { params: ByTill, body: jsonBody(NewTaking) },
  responses: { 201: json(CashReceipt, "Taken"), 200: json(CashReceipt, "Taken before"), ...refusals },
});
const listReceipts = createRoute({
  method: "get",
  path: "/v1/tills/{code}/receipts",
  summary: "A till's last 200 receipts of a year, the latest first",
  middleware: needs(...CLERKS),
  ...secured(...CLERKS),
  request: { params: ByTill, query: z.object({ year: ByReceipt.shape.year.optional() }) },
  responses: { 200: json(z.object({ receipts: z.array(CashReceipt) }), "Receipts"), ...refusals },
});
const getReceipt = createRoute({
  method: "get",
  path: "/v1/tills/{code}/receipts/{year}/{number}",
  summary: "One receipt",
  middleware: needs(...CLERKS),
  ...secured(...CLERKS),
  request: { params: ByReceipt },
  responses: { 200: json(CashReceipt, "The receipt"), ...refusals },
});
const reverse = createRoute({
  method: "post",
  path: "/v1/tills/{code}/receipts/{year}/{number}/reversal",
  summary: "Ask that a mistaken receipt be reversed; another person decides",
  middleware: needs(...CLERKS),
  ...secured(...CLERKS),
  request: { params: ByReceipt, body: jsonBody(NewReversal) },
  responses: { 200: json(CashReceipt, "Asked"), ...refusals },
});
const Decision = z.strictObject({ agrees: z.boolean() }).meta({ id: "CashReversalDecision" });
const decide = createRoute({
  method: "post",
  path: "/v1/tills/{code}/receipts/{year}/{number}/reversal/decision",
  summary: "The second person's word on a reversal",
  middleware: needs(...CLERKS),
  ...secured(...CLERKS),
  request: { params: ByReceipt, body: jsonBody(Decision) },
  responses: { 200: json(CashReceipt, "Decided"), ...refusals },
});
const count = createRoute({
  method: "post",
  path: "/v1/tills/{code}/count",
  summary: "Count the drawer; the till takes nothing more",
  middleware: needs(...CLERKS),
  ...secured(...CLERKS),
  request: { params: ByTill, body: jsonBody(NewCount) },
  responses: { 200: json(Shift, "Counted"), ...refusals },
});
const close = createRoute({
  method: "post",
  path: "/v1/tills/{code}/closing",
  summary: "A second person signs the count; the difference is posted",
  middleware: needs(...CLERKS),
  ...secured(...CLERKS),
  request: { params: ByTill },
  responses: { 200: json(Shift, "Closed"), ...refusals },
});
const deposit = createRoute({
  method: "post",
  path: "/v1/tills/{code}/deposits",
  summary: "Bring cash of a closed till on its way to the bank",
  middleware: needs(...CLERKS),
  ...secured(...CLERKS),
  request: { params: ByTill, body: jsonBody(NewDeposit) },
  responses: { 201: json(Deposit, "On its way"), 200: json(Deposit, "Sent before"), ...refusals },
});
const listDeposits = createRoute({
  method: "get",
  path: "/v1/tills/{code}/deposits",
  summary: "A till's last 50 deposits",
  middleware: needs(...CLERKS),
  ...secured(...CLERKS),
  request: { params: ByTill },
  responses: { 200: json(z.object({ deposits: z.array(Deposit) }), "Deposits"), ...refusals },
});
const dayReport = createRoute({
  method: "get",
  path: "/v1/cash-reports/{day}",
  summary: "What a day took and handed back, by till",
  middleware: needs(...CLERKS, "scope:counter.reports:read"),
  ...secured(...CLERKS, "scope:counter.reports:read"),
  request: { params: z.object({ day: Day }) },
  responses: { 200: json(DayReport, "The day"), ...refusals },
});

const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf } = c.var;
  return { here, lang, csrf, t: counterTexts.in(lang) };
};
const by = (c: Context<CityEnv>) => whoId(c.var.who);

async function standing(c: Context<CityEnv>, code: string) {
  const { here } = c.var;
  const store = counterStore(here);
  const till = await store.till(code);
  const shift = till.shiftId ? await store.shift(till.shiftId) : undefined;
  const bookMinor =
    till.state === "counted"
      ? await expectedIn(here, till)
      : await here.ledger.balance(cashAccount(code), till.currency);
  return { till, ...(shift ? { shift } : {}), bookMinor };
}
async function receiptIn(c: Context<CityEnv>, asked: unknown): Promise<CashReceipt> {
  const at = ByReceipt.safeParse(asked);
  if (!at.success) throw new Fault("absent", "There is nothing at this address.");
  return counterStore(c.var.here).receipt(at.data.code, at.data.year, at.data.number);
}
async function reportFor(c: Context<CityEnv>, day: string): Promise<DayReport> {
  const store = counterStore(c.var.here);
  const [taken, back, closed] = await Promise.all([store.takenOn(day), store.backOn(day), store.closedOn(day)]);
  return reportOf(day, taken, back, closed);
}

export function counterRoutes(app: CityApp): void {
  app.openapi(addTill, async (c) => {
    const { created, till } = await addOne(c, c.req.valid("json"));
    return c.json(till, created ? 201 : 200);
  });
  app.openapi(listTills, async (c) => c.json({ tills: await counterStore(c.var.here).tills() }, 200));
  app.openapi(getTill, async (c) => c.json(await standing(c, c.req.valid("param").code), 200));
  app.openapi(open, async (c) => {
    const { created, shift } = await openTill(c.var.here, c.req.valid("param").code, c.req.valid("json"), by(c));
    return c.json(shift, created ? 201 : 200);
  });
  app.openapi(take, async (c) => {
    const { created, receipt } = await takeCash(c.var.here, c.req.valid("param").code, c.req.valid("json"), by(c));
    return c.json(receipt, created ? 201 : 200);
  });
  app.openapi(listReceipts, async (c) => {
    const { here } = c.var;
    const { code } = c.req.valid("param");
    await counterStore(here).till(code);
    const year = c.req.valid("query").year ?? dayOf(here.clock.now(), here.city.timeZone).slice(0, 4);
    return c.json({ receipts: await counterStore(here).lastOf(code, year, 200) }, 200);
  });
  app.openapi(getReceipt, async (c) =>
    c.json(await finished(c.var.here, await receiptIn(c, c.req.valid("param"))), 200),
  );
  app.openapi(reverse, async (c) => {
    const receipt = await receiptIn(c, c.req.valid("param"));
    return c.json(await askReversal(c.var.here, receipt, c.req.valid("json").reason, by(c)), 200);
  });
  app.openapi(decide, async (c) => {
    const receipt = await receiptIn(c, c.req.valid("param"));
    return c.json(await decideReversal(c.var.here, receipt, c.req.valid("json").agrees, by(c)), 200);
  });
  app.openapi(count, async (c) =>
    c.json(await countTill(c.var.here, c.req.valid("param").code, c.req.valid("json"), by(c)), 200),
  );
  app.openapi(close, async (c) => c.json(await closeTill(c.var.here, c.req.valid("param").code, by(c)), 200));
  app.openapi(deposit, async (c) => {
    const { created, deposit: made } = await depositCash(
      c.var.here,
      c.req.valid("param").code,
      c.req.valid("json"),
      by(c),
    );
    return c.json(made, created ? 201 : 200);
  });
  app.openapi(listDeposits, async (c) => {
    const store = counterStore(c.var.here);
    const { code } = await store.till(c.req.valid("param").code);
    return c.json({ deposits: await store.depositsOf(code, 50) }, 200);
  });
  app.openapi(dayReport, async (c) => c.json(await reportFor(c, c.req.valid("param").day), 200));
  pages(app);
}

const addOne = (c: Context<CityEnv>, asked: z.infer<typeof NewTill>) =>
  counterStore(c.var.here).addTill({
    ...asked,
    currency: c.var.city.currency,
    state: "closed",
    deposits: 0,
    createdAt: c.var.here.clock.now().toISOString(),
  });

function pages(app: CityApp): void {
  const crumbs = (s: Shown, code?: string): [string, string][] => [
    [s.t("staff"), s.here.url("/staff")],
    [s.t("counter"), s.here.url("/staff/counter")],
    ...(code ? ([[s.t("tillTitle", { code }), s.here.url(`/staff/counter/${code}`)]] as [string, string][]) : []),
  ];
  const tills = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Given = {}) => {
    const s = shown(c);
    const { who } = c.var;
    const mayAdd = who.kind === "person" && who.roles.some((role) => KEEPERS.some((keeper) => keeper === role));
    const day = dayOf(s.here.clock.now(), s.here.city.timeZone);
    return page(
      c,
      {
        title: s.t("counter"),
        lead: s.t("counterLead"),
        crumbs: [[s.t("staff"), s.here.url("/staff")]],
        status: mistakes.length > 0 ? 422 : 200,
      },
      <CounterPage {...{ s, mayAdd, day, given, mistakes }} tills={await counterStore(s.here).tills()} />,
    );
  };
  const till = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Given = {}) => {
    const s = shown(c);
    const { here } = s;
    const code = TillCode.safeParse(c.req.param("code"));
    if (!code.success) throw new Fault("absent", "There is nothing at this address.");
    const found = await standing(c, code.data);
    const typed = c.req.query("reference") ?? given["reference"];
    const [bill, receipts, deposits, { accounts }] = await Promise.all([
      typed && found.till.state === "open"
        ? here.ask(DuesByReference, { reference: typed.slice(0, 40) }).catch(absentIsNone)
        : undefined,
      counterStore(here).lastOf(code.data, dayOf(here.clock.now(), here.city.timeZone).slice(0, 4), 15),
      counterStore(here).depositsOf(code.data, 5),
      here.ask(BankAccounts, {}),
    ]);
    const beingPaidUntil = bill && paidUntil(await here.ask(BeingPaidNow, { reference: bill.reference }));
    const accountsHere = accounts.filter(({ currency }) => currency === found.till.currency);
    return page(
      c,
      {
        title: s.t("tillTitle", { code: code.data }),
        lead: found.till.name,
        crumbs: crumbs(s),
        status: mistakes.length > 0 ? 422 : typed && !bill && found.till.state === "open" ? 404 : 200,
      },
      <TillPage
        {...{ s, typed, bill, beingPaidUntil, receipts, deposits, given, mistakes }}
        {...found}
        accounts={accountsHere}
        coins={coinsOf(found.till.currency)}
        me={by(c)}
        newTaking={newId("tak", here.clock.now())}
        newDeposit={newId("dep", here.clock.now())}
      />,
    );
  };

  app.get("/staff/counter", needs(...CLERKS), (c) => tills(c));
  app.post("/staff/counter", needs(...KEEPERS), async (c) => {
    try {
      const typed = NewTill.extend({ code: z.string().trim().toUpperCase().pipe(TillCode) });
      const { till: made } = await addOne(c, await form(c, typed));
      return c.redirect(c.var.here.url(`/staff/counter/${made.code}`), 303);
    } catch (error) {
      return tills(c, fieldMistakes(error), await givenIn(c));
    }
  });
  app.get("/staff/counter/day", needs(...CLERKS), async (c) => {
    const s = shown(c);
    const asked = Day.safeParse(c.req.query("day"));
    const day = asked.success ? asked.data : dayOf(s.here.clock.now(), s.here.city.timeZone);
    return page(
      c,
      { title: s.t("dayTitle"), lead: s.t("dayLead"), crumbs: crumbs(s), wide: true },
      <DayPage {...{ s, day }} report={await reportFor(c, day)} />,
    );
  });
  app.get("/staff/counter/:code", needs(...CLERKS), (c) => till(c));

  /** What a form of a till asks for; a mistake shows the till again with it. */
  const does = (path: string, run: (c: Context<CityEnv>, code: string) => Promise<string | undefined>) =>
    app.post(path, needs(...CLERKS), async (c) => {
      try {
        const code = TillCode.safeParse(c.req.param("code"));
        if (!code.success) throw new Fault("absent", "There is nothing at this address.");
        const to = (await run(c, code.data)) ?? `/staff/counter/${code.data}`;
        return c.redirect(c.var.here.url(to), 303);
      } catch (error) {
        if (error instanceof Fault && error.kind === "forbidden")
          return till(c, [{ field: "", detail: error.message }]);
        return till(c, fieldMistakes(error), await givenIn(c));
      }
    });
  const Text = z.string().max(30);
  does("/staff/counter/:code/open", async (c, code) => {
    const { float = "0" } = await form(c, z.strictObject({ float: Text.optional() }));
    await openTill(c.var.here, code, { floatMinor: minorOf(float, c.var.city.currency, "float") }, by(c));
    return undefined;
  });
  does("/staff/counter/:code/take", async (c, code) => {
    const fields = await form(
      c,
      z.strictObject({
        id: NewTaking.shape.id,
        reference: NewTaking.shape.reference,
        amount: Text.optional(),
        given: Text.optional(),
      }),
    );
    const { currency } = c.var.city;
    const { receipt } = await takeCash(
      c.var.here,
      code,
      {
        id: fields.id,
        reference: fields.reference,
        ...(fields.amount ? { amountMinor: positiveMinorOf(fields.amount, currency, "amount") } : {}),
        ...(fields.given ? { givenMinor: positiveMinorOf(fields.given, currency, "given") } : {}),
      },
      by(c),
    );
    return `/staff/counter/${code}/receipts/${receipt.year}/${receipt.number}`;
  });
  does("/staff/counter/:code/count", async (c, code) => {
    const fields = await c.req.parseBody();
    const { currency } = c.var.city;
    const given = coinsOf(currency).flatMap((coin) => {
      const typed = latinDigits(String(fields[`c${coin}`] ?? "").trim());
      if (typed === "" || typed === "0") return [];
      if (!/^[0-9]{1,5}$/.test(typed)) throw invalid(`#/c${coin}`, "A whole number of coins or notes.");
      return [[String(coin), Number(typed)] as const];
    });
    const note = String(fields["note"] ?? "").trim();
    const counted = { denominations: Object.fromEntries(given), ...(note ? { note: note.slice(0, 300) } : {}) };
    await countTill(c.var.here, code, NewCount.parse(counted), by(c));
    return undefined;
  });
  does("/staff/counter/:code/close", async (c, code) => {
    await closeTill(c.var.here, code, by(c));
    return undefined;
  });
  does("/staff/counter/:code/deposit", async (c, code) => {
    const fields = await form(
      c,
      z.strictObject({
        id: NewDeposit.shape.id,
        amount: Text,
        bankAccountId: NewDeposit.shape.bankAccountId,
      }),
    );
    const amountMinor = positiveMinorOf(fields.amount, c.var.city.currency, "amount");
    await depositCash(c.var.here, code, { id: fields.id, amountMinor, bankAccountId: fields.bankAccountId }, by(c));
    return undefined;
  });

  const receiptPage = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Given = {}) => {
    const s = shown(c);
    const receipt = await finished(s.here, await receiptIn(c, c.req.param()));
    const { paymentId } = receipt;
    const signedUrl = paymentId && `${originOf(c)}${s.here.url(`/receipts/${paymentId}`)}`;
    return page(
      c,
      {
        title: s.t("receiptTitle", { label: receipt.label }),
        crumbs: crumbs(s, receipt.till),
        status: mistakes.length > 0 ? 422 : 200,
      },
      <CashReceiptPage {...{ s, receipt, signedUrl, given, mistakes }} me={by(c)} />,
    );
  };
  app.get("/staff/counter/:code/receipts/:year/:number", needs(...CLERKS), (c) => receiptPage(c));
  const about = (path: string, run: (c: Context<CityEnv>, receipt: CashReceipt) => Promise<CashReceipt>) =>
    app.post(path, needs(...CLERKS), async (c) => {
      try {
        const { till: code, year, number } = await run(c, await receiptIn(c, c.req.param()));
        return c.redirect(c.var.here.url(`/staff/counter/${code}/receipts/${year}/${number}`), 303);
      } catch (error) {
        if (error instanceof Fault && ["forbidden", "forbidden_transition"].includes(error.kind))
          return receiptPage(c, [{ field: "", detail: error.message }]);
        return receiptPage(c, fieldMistakes(error), await givenIn(c));
      }
    });
  about("/staff/counter/:code/receipts/:year/:number/reverse", async (c, receipt) =>
    askReversal(c.var.here, receipt, (await form(c, NewReversal)).reason, by(c)),
  );
  about("/staff/counter/:code/receipts/:year/:number/decide", async (c, receipt) => {
    const { agrees } = await form(c, z.strictObject({ agrees: z.enum(["yes", "no"]) }));
    return decideReversal(c.var.here, receipt, agrees === "yes", by(c));
  });
}
