import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { absent, absentIsNone, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { faults, fieldMistakes, form, givenIn, idempotent, json, jsonBody, paged } from "../../shared/http.ts";
import { newId } from "../../shared/ids.ts";
import { page } from "../../shared/page.tsx";
import { readReference } from "../../shared/reference.ts";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { monthOf, monthPlus } from "../../shared/time.ts";
import { AccountById } from "../accounts/events.ts";
import { BankAccounts } from "../bank/events.ts";
import { accountRoutes } from "./account-routes.tsx";
import { AccountsDue, PayAccount } from "./account-views.tsx";
import { Adjustments, billAdjustments } from "./adjust-views.tsx";
import { adjustmentsShown } from "./adjustments.ts";
import { duesByReference, duesInOrder } from "./dues.ts";
import { type Dues, Month, Penalty, Remission, type TariffPart } from "./events.ts";
import { exemptionRoutes } from "./exemption-routes.tsx";
import { flatRoutes } from "./flat-routes.tsx";
import { TariffForm as TariffFields, tariffFrom } from "./form.ts";
import { instalmentRoutes } from "./instalment-routes.ts";
import { standingOf } from "./instalments.ts";
import { lateOf } from "./late.tsx";
import { entriesOf } from "./penalties.ts";
import { reliefRoutes } from "./relief-routes.tsx";
import { ruleRoutes } from "./rule-routes.tsx";
import { firstPart, tariffInUse } from "./run.ts";
import { AccountInquiry, Bill, Inquiry, KeptTariff, Kind, NewRun, NewTariff, Run } from "./schema.ts";
import { hasRole, isStaff, myAccounts, READ, READERS } from "./seeing.ts";
import { paidFromCredit } from "./statement.ts";
import { billStore } from "./store.ts";
import { ServiceKind } from "./terms-schema.ts";
import { billTexts } from "./texts.ts";
import {
  BillPage,
  type Mistake,
  MyBillsPage,
  PayPage,
  type Shown,
  StaffBillingPage,
  StaffBillsPage,
} from "./views.tsx";

const KEEPERS = ["treasurer", "administrator"] as const;
const WRITE = "scope:billing.bills:write";

const enterTariff = createRoute({
  method: "post",
  path: "/v1/tariffs",
  summary: "Enter a tariff",
  description:
    "Bills that are issued from now on use it, unless an installed module brings one. Sent twice, kept once.",
  middleware: needs(...KEEPERS, WRITE),
  ...secured(...KEEPERS, WRITE),
  request: { body: jsonBody(NewTariff) },
  responses: {
    201: json(KeptTariff, "Entered"),
    200: json(KeptTariff, "Entered before"),
    ...faults("malformed", "unauthenticated", "forbidden", "conflict", "invalid"),
  },
});
const listTariffs = createRoute({
  method: "get",
  path: "/v1/tariffs",
  summary: "The tariffs that new bills use, by kind",
  middleware: needs("public"),
  ...secured("public"),
  responses: { 200: json(z.object({ tariffs: z.array(KeptTariff) }), "Tariffs in use") },
});
const runBills = createRoute({
  method: "post",
  path: "/v1/bill-runs",
  summary: "Bill every meter of a kind for a month that is over",
  description:
    "With an Idempotency-Key. A meter's month is billed once, however often runs are asked for. What takes longer than some seconds goes on by itself.",
  middleware: needs(...KEEPERS, WRITE),
  ...secured(...KEEPERS, WRITE),
  request: { body: jsonBody(NewRun) },
  responses: {
    201: json(Run, "What was billed so far; while its state is running, ask for it again"),
    ...faults("malformed", "unauthenticated", "forbidden", "conflict", "invalid"),
  },
});
const listRuns = createRoute({
  method: "get",
  path: "/v1/bill-runs",
  summary: "Bill runs, the latest first",
  middleware: needs(...READERS, READ),
  ...secured(...READERS, READ),
  responses: { 200: json(z.object({ runs: z.array(Run) }), "Runs"), ...faults("unauthenticated", "forbidden") },
});
const getRun = createRoute({
  method: "get",
  path: "/v1/bill-runs/{id}",
  summary: "How far a bill run is",
  middleware: needs(...READERS, READ),
  ...secured(...READERS, READ),
  request: { params: z.object({ id: z.string().max(60) }) },
  responses: { 200: json(Run, "The run"), ...faults("unauthenticated", "forbidden", "absent") },
});
const Bills = z.object({ bills: z.array(Bill), next: z.string().optional() });
const listBills = createRoute({
  method: "get",
  path: "/v1/bills",
  summary: "Bills of an account or a month; to residents those of their own accounts",
  middleware: needs("resident", ...READERS, READ),
  ...secured("resident", ...READERS, READ),
  request: { query: paged().extend({ account: z.string().max(60).optional(), month: Month.optional() }) },
  responses: { 200: json(Bills, "Bills"), ...faults("malformed", "unauthenticated", "forbidden", "absent", "invalid") },
});
const getBill = createRoute({
  method: "get",
  path: "/v1/bills/{id}",
  summary: "One bill",
  middleware: needs("resident", ...READERS, READ),
  ...secured("resident", ...READERS, READ),
  request: { params: z.object({ id: z.string().max(60) }) },
  responses: { 200: json(Bill, "The bill"), ...faults("unauthenticated", "forbidden", "absent") },
});
const billPenalties = createRoute({
  method: "get",
  path: "/v1/bills/{id}/penalties",
  summary: "What was charged on a bill for being late, and what of it was taken back",
  middleware: needs("resident", ...READERS, READ),
  ...secured("resident", ...READERS, READ),
  request: { params: z.object({ id: z.string().max(60) }) },
  responses: {
    200: json(z.object({ penalties: z.array(Penalty), remissions: z.array(Remission) }), "Each with its reason"),
    ...faults("unauthenticated", "forbidden", "absent"),
  },
});
const inquire = createRoute({
  method: "get",
  path: "/v1/bill-inquiries/{reference}",
  summary: "What is due by a bill's reference, or an account's; no name, no sign-in",
  middleware: needs("public"),
  ...secured("public"),
  request: { params: z.object({ reference: z.string().max(40) }) },
  responses: { 200: json(z.union([Inquiry, AccountInquiry]), "What is due"), ...faults("absent") },
});

/** A bill that this visitor may see. Another's is as absent as one that is not there. @throws {Fault} absent */
async function visibleBill(c: Context<CityEnv>, id: string): Promise<Bill> {
  const { here } = c.var;
  const bill = await billStore(here).get(id);
  if (!isStaff(c) && !(await myAccounts(c)).some((account) => account.id === bill.accountId)) throw absent();
  const fromCreditMinor = await paidFromCredit(here, bill);
  return fromCreditMinor > 0 ? { ...bill, fromCreditMinor } : bill;
}

async function billsFor(
  c: Context<CityEnv>,
  wanted: { account?: string; month?: string; limit: number; cursor?: string },
) {
  const { account, month, ...at } = wanted;
  const store = billStore(c.var.here);
  if (isStaff(c)) {
    if (account !== undefined) return store.ofAccount(account, at);
    const { here } = c.var;
    return store.ofMonth(month ?? monthPlus(monthOf(here.clock.now(), here.city.timeZone), -1), at);
  }
  const mine = await myAccounts(c);
  if (account !== undefined && !mine.some(({ id }) => id === account)) throw absent();
  const chosen = mine.filter(({ id }) => account === undefined || id === account);
  if (chosen.length === 1) return store.ofAccount(chosen[0]!.id, at);
  // Of several accounts, the latest of each; one account's own list goes on from there.
  const pages = await Promise.all(chosen.map(({ id }) => store.ofAccount(id, { limit: at.limit })));
  return { bills: pages.flatMap(({ bills }) => bills).sort((a, b) => (a.month < b.month ? 1 : -1)) };
}

/** So many accounts are summed up above their bills; each has a page of its own. */
const ACCOUNTS_SHOWN = 10;

/** What is due of an account by its own reference; none where it is no account's. */
async function accountDue(here: Here, typed: string): Promise<Dues | undefined> {
  if (readReference(typed, "A") === undefined) return undefined;
  return duesByReference(here, { reference: typed }).catch(absentIsNone);
}

/** A tariff in another currency than the city's would never be used. */
function fits(c: Context<CityEnv>, tariff: TariffPart): TariffPart {
  if (tariff.currency === c.var.city.currency) return tariff;
  const detail = `This city's currency is ${c.var.city.currency}.`;
  throw new Fault("invalid", detail, { errors: [{ pointer: "#/tariff/currency", detail }] });
}

async function inUse(c: Context<CityEnv>): Promise<KeptTariff[]> {
  const found = await Promise.all(Kind.options.map((kind) => tariffInUse(c.var.here, kind)));
  return found.filter((tariff) => tariff !== undefined);
}

const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf } = c.var;
  return { here, lang, csrf, t: billTexts.in(lang) };
};

export function billRoutes(app: CityApp): void {
  reliefRoutes(app);
  instalmentRoutes(app);
  ruleRoutes(app);
  accountRoutes(app);
  exemptionRoutes(app);
  flatRoutes(app);
  app.openapi(enterTariff, async (c) => {
    const { id, tariff } = c.req.valid("json");
    const { clock } = c.var.here;
    const now = clock.now();
    const { created, kept } = await billStore(c.var.here).keepTariff(id ?? newId("trf", now), fits(c, tariff), now);
    return c.json(kept, created ? 201 : 200);
  });
  app.openapi(listTariffs, async (c) => c.json({ tariffs: await inUse(c) }, 200));
  app.openapi(runBills, async (c) => {
    const order = c.req.valid("json");
    return (await idempotent(c, order, (record) => run(c, order, record))) as never;
  });
  app.openapi(listRuns, async (c) => c.json({ runs: z.array(Run).parse(await billStore(c.var.here).runs(50)) }, 200));
  app.openapi(getRun, async (c) => {
    const found = await billStore(c.var.here).run(c.req.valid("param").id);
    if (!found) throw absent();
    return c.json(Run.parse(found), 200);
  });
  app.openapi(listBills, async (c) => c.json(await billsFor(c, c.req.valid("query")), 200));
  app.openapi(getBill, async (c) => c.json(await visibleBill(c, c.req.valid("param").id), 200));
  app.openapi(billPenalties, async (c) => {
    const bill = await visibleBill(c, c.req.valid("param").id);
    return c.json(await entriesOf(c.var.here, bill.id), 200);
  });
  app.openapi(billAdjustments, async (c) => {
    const bill = await visibleBill(c, c.req.valid("param").id);
    return c.json({ adjustments: await adjustmentsShown(c.var.here, bill.id) }, 200);
  });
  app.openapi(inquire, async (c) => {
    const { reference } = c.req.valid("param");
    const account = await accountDue(c.var.here, reference);
    if (account) return c.json(AccountInquiry.parse(account), 200);
    return c.json(Inquiry.parse(await billStore(c.var.here).byReference(reference)), 200);
  });

  app.get("/bills", needs("resident"), async (c) => {
    const s = shown(c);
    const mine = await myAccounts(c);
    const [{ bills, next }, ...dues] = await Promise.all([
      billsFor(c, { limit: 24, cursor: c.req.query("cursor"), account: c.req.query("account") }),
      ...mine.slice(0, ACCOUNTS_SHOWN).map(async (account) => ({
        account,
        due: await duesInOrder(s.here, { accountId: account.id }),
      })),
    ]);
    return page(
      c,
      { title: s.t("myBills"), lead: s.t("myBillsLead") },
      <>
        <AccountsDue {...{ s, dues }} />
        <MyBillsPage {...{ s, bills, next }} />
      </>,
    );
  });
  app.get("/bills/:id", needs("resident", ...READERS), async (c) => {
    const s = shown(c);
    const bill = await visibleBill(c, c.req.param("id"));
    const [account, { accounts: banks }, late, adjustments] = await Promise.all([
      bill.accountId === undefined ? undefined : s.here.ask(AccountById, { accountId: bill.accountId }),
      s.here.ask(BankAccounts, {}),
      lateOf(s.here, bill),
      adjustmentsShown(s.here, bill.id),
    ]);
    const crumb: [string, string] = isStaff(c)
      ? [s.t("billing"), s.here.url("/staff/billing")]
      : [s.t("myBills"), s.here.url("/bills")];
    return page(
      c,
      { title: s.t("billTitle", { reference: bill.reference }), crumbs: [crumb] },
      <BillPage
        {...{
          s,
          bill,
          account,
          banks,
          late,
          mayRelieve: hasRole(c, "agent", "treasurer"),
          standing: await standingOf(s.here, bill),
          adjusted: <Adjustments {...{ s, bill, adjustments }} />,
        }}
      />,
    );
  });

  // Paying needs no account: the reference is enough, and it shows no name.
  app.get("/pay", needs("public"), async (c) => {
    const s = shown(c);
    const typed = c.req.query("reference");
    const account = typed ? await accountDue(s.here, typed) : undefined;
    if (account) return page(c, { title: s.t("pay"), lead: s.t("payLead") }, <PayAccount {...{ s }} due={account} />);
    const found = typed ? await billStore(s.here).byReference(typed).catch(absentIsNone) : undefined;
    const isUnknown = typed !== undefined && !found;
    const [standing, late] = await Promise.all([
      found && standingOf(s.here, found),
      found && found.dueMinor > 0 ? lateOf(s.here, found) : undefined,
    ]);
    return page(
      c,
      { title: s.t("pay"), lead: s.t("payLead"), status: isUnknown ? 404 : 200 },
      <PayPage {...{ s, typed, bill: found, isUnknown, standing, late }} />,
    );
  });

  const staff = async (c: Context<CityEnv>, given: Record<string, string> = {}, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const { here, who } = c.var;
    const store = billStore(here);
    const [tariffs, runs, arrears] = await Promise.all([inUse(c), store.runs(10), store.arrears(10)]);
    const mayBill = who.kind === "person" && who.roles.some((role) => KEEPERS.some((keeper) => keeper === role));
    const lastMonth = monthPlus(monthOf(here.clock.now(), here.city.timeZone), -1);
    return page(
      c,
      {
        title: s.t("billing"),
        lead: s.t("billingLead"),
        crumbs: [[s.t("staff"), here.url("/staff")]],
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <StaffBillingPage {...{ s, tariffs, runs, arrears, given, mistakes, mayBill, lastMonth }} />,
    );
  };
  app.get("/staff/billing", needs(...READERS), (c) => staff(c));
  app.post("/staff/billing/tariffs", needs(...KEEPERS), async (c) => {
    try {
      const tariff = tariffFrom(await form(c, TariffFields), c.var.lang, c.var.city.currency);
      const now = c.var.here.clock.now();
      await billStore(c.var.here).keepTariff(newId("trf", now), tariff, now);
      return c.redirect(c.var.here.url("/staff/billing"), 303);
    } catch (error) {
      return staff(c, await givenIn(c), fieldMistakes(error));
    }
  });
  app.post("/staff/billing/runs", needs(...KEEPERS), async (c) => {
    try {
      const fields = await form(
        c,
        z.strictObject({ month: Month, kind: ServiceKind, incomplete: z.literal("yes").optional() }),
      );
      const { month, kind, incomplete } = fields;
      await run(c, { month, kind, includeIncomplete: incomplete === "yes" });
      return c.redirect(c.var.here.url("/staff/billing"), 303);
    } catch (error) {
      return staff(c, await givenIn(c), fieldMistakes(error));
    }
  });
  app.get("/staff/bills", needs(...READERS), async (c) => {
    const s = shown(c);
    const query = z
      .object({
        account: z.string().max(60).optional(),
        month: Month.optional(),
        cursor: z.string().max(2_000).optional(),
      })
      .safeParse(c.req.query());
    const wanted = query.success ? query.data : {};
    const { bills, next } = await billsFor(c, { limit: 50, ...wanted });
    return page(
      c,
      {
        title: s.t("bills"),
        crumbs: [
          [s.t("staff"), s.here.url("/staff")],
          [s.t("billing"), s.here.url("/staff/billing")],
        ],
        wide: true,
      },
      <StaffBillsPage {...{ s, bills, next, wanted }} />,
    );
  });
}

/** Runs, and keeps what was done, together with the answer where it has a key. */
async function run(
  c: Context<CityEnv>,
  order: NewRun,
  record?: (answered: { status: 201; answer: unknown }) => import("../../shared/table.ts").Write,
) {
  const { here } = c.var;
  const { run, writes } = await firstPart(here, order);
  const answered = { status: 201 as const, answer: Run.parse(run) };
  await here.commit([...writes, ...(record ? [record(answered)] : [])]);
  return answered;
}
