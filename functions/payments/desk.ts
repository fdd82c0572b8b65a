import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { csvFile, faults, idempotent, json, jsonBody, originOf, paged, parsed } from "../../shared/http.ts";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { accountOf, accountsOf, callbackPath, closeAccount, keepAccount } from "./accounts.ts";
import { silentProviders } from "./asking.ts";
import { exported, TABLES } from "./exports.ts";
import { askLimits, decideLimits, limitsOf } from "./limits.ts";
import { beginReconciling, comparisons, reconciliationOf, reconciliations } from "./reconciling.ts";
import { approveRefund, askRefund, paidOut, type RefundOf, refundList, refundOf, refuseRefund } from "./refunds.ts";
import {
  Account,
  AccountId,
  Comparing,
  KeptLimits,
  Limits,
  Month,
  NewAccount,
  NewCreditRefund,
  NewRefund,
  PaidOut,
  Payment,
  Reconciliation,
  Refund,
  Suggestion,
  Suspense,
  shownOf,
} from "./schema.ts";
import { paymentStore } from "./store.ts";
import { assign, suggestions, suspenseList, suspenseOf } from "./suspense.ts";

// The desk's side of payments: what staff decide about money, as JSON.

const READERS = ["treasurer", "administrator"] as const;
const READ = "scope:payments.payments:read";
const ASKERS = ["treasurer", "agent"] as const;
const DECIDERS = ["treasurer", "administrator"] as const;
const ById = z.object({ id: z.string().max(60) });
const Listed = paged().extend({ done: z.enum(["yes", "no"]).default("no") });
const Held = Account.extend({ callback: z.string() }).meta({ id: "KeptPaymentAccount" });
const REFUSALS = ["malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid"] as const;

const guarded = (...needed: Parameters<typeof needs>) => ({ middleware: needs(...needed), ...secured(...needed) });

const accounts = createRoute({
  method: "get",
  path: "/v1/payment-accounts",
  summary: "The city's accounts at providers, and which of these do not answer; keys are never shown",
  ...guarded(...READERS),
  responses: {
    200: json(
      z.object({
        accounts: z.array(Held),
        silent: z.array(z.object({ account: z.string(), since: z.string() })),
      }),
      "Accounts",
    ),
    ...faults("unauthenticated", "forbidden"),
  },
});
const putAccount = createRoute({
  method: "put",
  path: "/v1/payment-accounts/{id}",
  summary: "An account of the city at a provider; its keys are sealed, and left as they are when none are given",
  ...guarded("administrator"),
  request: { params: z.object({ id: AccountId }), body: jsonBody(NewAccount.omit({ id: true })) },
  responses: { 200: json(Held, "Kept"), ...faults("malformed", "unauthenticated", "forbidden", "invalid") },
});
const endAccount = createRoute({
  method: "delete",
  path: "/v1/payment-accounts/{id}",
  summary: "Nothing more is paid into it; what is under way is still heard of",
  ...guarded("administrator"),
  request: { params: ById },
  responses: { 204: { description: "Closed" }, ...faults("unauthenticated", "forbidden", "absent") },
});

const newRefund = createRoute({
  method: "post",
  path: "/v1/payments/{id}/refunds",
  summary: "Ask for a refund, whole or in part; another person approves it. With an Idempotency-Key",
  ...guarded(...ASKERS),
  request: { params: ById, body: jsonBody(NewRefund) },
  responses: { 201: json(Refund, "Asked"), ...faults(...REFUSALS) },
});
const refunds = createRoute({
  method: "get",
  path: "/v1/refunds",
  summary: "Refunds to decide, or (done=yes) those decided, the latest first",
  ...guarded(...READERS, "agent", READ),
  request: { query: Listed },
  responses: {
    200: json(z.object({ refunds: z.array(Refund), next: z.string().optional() }), "Refunds"),
    ...faults("malformed", "unauthenticated", "forbidden", "invalid"),
  },
});
const newCreditRefund = createRoute({
  method: "post",
  path: "/v1/refunds",
  summary: "Ask that an account’s credit be given back, whole or in part; another approves it. With an Idempotency-Key",
  ...guarded(...ASKERS),
  request: { body: jsonBody(NewCreditRefund) },
  responses: { 201: json(Refund, "Asked"), ...faults(...REFUSALS) },
});
const refund = createRoute({
  method: "get",
  path: "/v1/refunds/{id}",
  summary: "One refund",
  ...guarded(...READERS, "agent", READ),
  request: { params: ById },
  responses: { 200: json(Refund, "The refund"), ...faults("unauthenticated", "forbidden", "absent") },
});
const approve = createRoute({
  method: "post",
  path: "/v1/refunds/{id}/approval",
  summary: "Approve a refund that somebody else asked for: from here on the city owes it",
  ...guarded(...DECIDERS),
  request: { params: ById },
  responses: { 200: json(Refund, "Approved"), ...faults("unauthenticated", "forbidden", "absent", "conflict") },
});
const refuse = createRoute({
  method: "post",
  path: "/v1/refunds/{id}/refusal",
  summary: "Refuse a refund",
  ...guarded(...DECIDERS),
  request: { params: ById },
  responses: { 200: json(Refund, "Refused"), ...faults("unauthenticated", "forbidden", "absent", "conflict") },
});
const payOut = createRoute({
  method: "post",
  path: "/v1/refunds/{id}/payout",
  summary: "Say that an approved refund which no provider gives back was paid out, and from where",
  ...guarded("treasurer"),
  request: { params: ById, body: jsonBody(PaidOut) },
  responses: { 200: json(Refund, "Paid"), ...faults(...REFUSALS) },
});
const getLimits = createRoute({
  method: "get",
  path: "/v1/refund-limits",
  summary: "How much may be given back",
  ...guarded(...READERS),
  responses: { 200: json(KeptLimits, "Limits"), ...faults("unauthenticated", "forbidden") },
});
const putLimits = createRoute({
  method: "put",
  path: "/v1/refund-limits",
  summary: "Above which amount a refund needs an administrator, and how much goes back in a day at most",
  description: "Narrower limits are in force at once. Wider ones are asked for, and another person agrees to them.",
  ...guarded("administrator"),
  request: { body: jsonBody(Limits) },
  responses: {
    200: json(KeptLimits, "In force"),
    202: json(KeptLimits, "Asked for; those before are in force until another person agrees"),
    ...faults("malformed", "unauthenticated", "forbidden", "conflict", "invalid"),
  },
});
const agreeLimits = createRoute({
  method: "post",
  path: "/v1/refund-limits/approval",
  summary: "Agree to the wider limits that somebody else asked for",
  ...guarded(...DECIDERS),
  responses: { 200: json(KeptLimits, "In force"), ...faults("unauthenticated", "forbidden", "conflict") },
});
const refuseLimits = createRoute({
  method: "post",
  path: "/v1/refund-limits/refusal",
  summary: "Refuse them, or take them back",
  ...guarded(...DECIDERS),
  responses: { 200: json(KeptLimits, "As before"), ...faults("unauthenticated", "forbidden", "conflict") },
});

const ExportQuery = z.object({ table: z.enum(TABLES), month: Month });
const exportTable = createRoute({
  method: "get",
  path: "/v1/payments/export",
  summary: "Payments, refunds or money without a bill of a month, as CSV",
  ...guarded(...READERS, READ),
  request: { query: ExportQuery },
  responses: {
    200: { description: "CSV", content: { "text/csv": { schema: z.string() } } },
    ...faults("unauthenticated", "forbidden", "invalid"),
  },
});

const suspense = createRoute({
  method: "get",
  path: "/v1/suspense",
  summary: "Money that could not be matched, or (done=yes) what became of it",
  ...guarded(...READERS, "agent", READ),
  request: { query: Listed },
  responses: {
    200: json(z.object({ suspense: z.array(Suspense), next: z.string().optional() }), "What waits"),
    ...faults("malformed", "unauthenticated", "forbidden", "invalid"),
  },
});
const oneSuspense = createRoute({
  method: "get",
  path: "/v1/suspense/{id}",
  summary: "One sum that waits, with the bills and accounts that it may be for, the likeliest first",
  ...guarded(...READERS, "agent"),
  request: { params: ById },
  responses: {
    200: json(z.object({ suspense: Suspense, suggestions: z.array(Suggestion) }), "The sum"),
    ...faults("unauthenticated", "forbidden", "absent"),
  },
});
const assignment = createRoute({
  method: "post",
  path: "/v1/suspense/{id}/assignment",
  summary: "Pay a bill with it, as far as it is due; or all that is due of an account, and the rest is its credit",
  ...guarded("treasurer", "agent"),
  request: { params: ById, body: jsonBody(z.strictObject({ reference: z.string().min(1).max(40) })) },
  responses: { 200: json(Payment, "The payment that it became"), ...faults(...REFUSALS) },
});
const giveBack = createRoute({
  method: "post",
  path: "/v1/suspense/{id}/refunds",
  summary: "Ask that it is given back; another person approves it. With an Idempotency-Key",
  ...guarded(...ASKERS),
  request: { params: ById, body: jsonBody(NewRefund) },
  responses: { 201: json(Refund, "Asked"), ...faults(...REFUSALS) },
});

const Day = z.strictObject({ account: z.string().max(30), day: z.iso.date() });
const days = createRoute({
  method: "get",
  path: "/v1/reconciliations",
  summary: "Days compared with the providers' statements, the latest first",
  ...guarded(...READERS, READ),
  request: { query: paged() },
  responses: {
    200: json(
      z.object({
        days: z.array(Reconciliation),
        comparing: z.array(Comparing).meta({ description: "Days that are being compared now" }),
        next: z.string().optional(),
      }),
      "Days",
    ),
    ...faults("malformed", "unauthenticated", "forbidden", "invalid"),
  },
});
const day = createRoute({
  method: "get",
  path: "/v1/reconciliations/{account}/{day}",
  summary: "One day of one account: what differs, line by line",
  ...guarded(...READERS, READ),
  request: { params: z.object({ account: z.string().max(30), day: z.string().max(10) }) },
  responses: { 200: json(Reconciliation, "The day"), ...faults("unauthenticated", "forbidden", "absent") },
});
const compare = createRoute({
  method: "post",
  path: "/v1/reconciliations",
  summary: "Have a day compared with the provider's statement now; the list of days says how far it is",
  ...guarded(...READERS),
  request: { body: jsonBody(Day) },
  responses: {
    202: json(Comparing, "It is being compared"),
    ...faults("malformed", "unauthenticated", "forbidden", "absent", "invalid"),
  },
});
const Witnesses = z.object({ witnesses: z.array(z.record(z.string(), z.unknown())) });
const witnesses = createRoute({
  method: "get",
  path: "/v1/payments/{id}/witnesses",
  summary: "Who said what about a payment: callback, query, statement, the payer's number",
  ...guarded(...READERS, "agent", READ),
  request: { params: ById },
  responses: { 200: json(Witnesses, "Witnesses"), ...faults("unauthenticated", "forbidden", "absent") },
});

export const deciderOf = (c: Context<CityEnv>) => {
  const { who } = c.var;
  return { id: whoId(who), isAdministrator: who.kind === "person" && who.roles.includes("administrator") };
};

export function deskRoutes(app: CityApp): void {
  const held = async (c: Context<CityEnv>, account: Account) => ({
    ...account,
    callback: `${originOf(c)}${await callbackPath(c.var.here, account)}`,
  });
  app.openapi(accounts, async (c) => {
    const { here } = c.var;
    const found = await Promise.all((await accountsOf(here)).map((each) => held(c, each)));
    return c.json({ accounts: found, silent: await silentProviders(here) }, 200);
  });
  app.openapi(putAccount, async (c) => {
    const { id } = c.req.valid("param");
    const given = { ...c.req.valid("json"), id };
    return c.json(await held(c, await keepAccount(c.var.here, given, originOf(c))), 200);
  });
  app.openapi(endAccount, async (c) => {
    await closeAccount(c.var.here, c.req.valid("param").id);
    return c.body(null, 204);
  });

  const asksFor = (c: Context<CityEnv>, target: RefundOf, asks: NewRefund) =>
    idempotent(c, [...Object.values(target), asks], async (record) => {
      const answered = (made: Refund) => ({ status: 201 as const, answer: made });
      const by = whoId(c.var.who);
      return answered(await askRefund(c.var.here, target, asks, by, (made) => [record(answered(made))]));
    });
  app.openapi(
    newRefund,
    async (c) => (await asksFor(c, { paymentId: c.req.valid("param").id }, c.req.valid("json"))) as never,
  );
  app.openapi(
    giveBack,
    async (c) => (await asksFor(c, { suspenseId: c.req.valid("param").id }, c.req.valid("json"))) as never,
  );
  app.openapi(newCreditRefund, async (c) => {
    const { accountId, ...asks } = c.req.valid("json");
    return (await asksFor(c, { accountId }, asks)) as never;
  });
  app.openapi(refunds, async (c) => {
    const { done, ...at } = c.req.valid("query");
    return c.json(await refundList(c.var.here, { ...at, isDone: done === "yes" }), 200);
  });
  app.openapi(refund, async (c) => c.json(await refundOf(c.var.here, c.req.valid("param").id), 200));
  app.openapi(approve, async (c) =>
    c.json(await approveRefund(c.var.here, c.req.valid("param").id, deciderOf(c)), 200),
  );
  app.openapi(refuse, async (c) =>
    c.json(await refuseRefund(c.var.here, c.req.valid("param").id, whoId(c.var.who)), 200),
  );
  app.openapi(payOut, async (c) =>
    c.json(await paidOut(c.var.here, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  app.openapi(getLimits, async (c) => c.json(await limitsOf(c.var.here), 200));
  app.openapi(putLimits, async (c) => {
    const kept = await askLimits(c.var.here, c.req.valid("json"), whoId(c.var.who));
    return c.json(kept, kept.asked ? 202 : 200);
  });
  app.openapi(agreeLimits, async (c) => c.json(await decideLimits(c.var.here, whoId(c.var.who), true), 200));
  app.openapi(refuseLimits, async (c) => c.json(await decideLimits(c.var.here, whoId(c.var.who), false), 200));

  const csvOf = (c: Context<CityEnv>, { table, month }: z.infer<typeof ExportQuery>) =>
    csvFile(c, `${table}-${month}`, exported(c.var.here, table, month));
  app.openapi(exportTable, (c) => csvOf(c, c.req.valid("query")) as never);
  app.get("/staff/payments/export", needs(...READERS), (c) => csvOf(c, parsed(ExportQuery, c.req.query(), "query")));
  app.openapi(suspense, async (c) => {
    const { done, ...at } = c.req.valid("query");
    return c.json(await suspenseList(c.var.here, { ...at, isDone: done === "yes" }), 200);
  });
  app.openapi(oneSuspense, async (c) => {
    const { here } = c.var;
    const found = await suspenseOf(here, c.req.valid("param").id);
    return c.json({ suspense: found, suggestions: await suggestions(here, found) }, 200);
  });
  app.openapi(assignment, async (c) => {
    const { reference } = c.req.valid("json");
    return c.json(shownOf(await assign(c.var.here, c.req.valid("param").id, reference, whoId(c.var.who))), 200);
  });

  app.openapi(days, async (c) => {
    const { here } = c.var;
    const [found, comparing] = await Promise.all([reconciliations(here, c.req.valid("query")), comparisons(here)]);
    return c.json({ ...found, comparing }, 200);
  });
  app.openapi(day, async (c) => {
    const { account, day: on } = c.req.valid("param");
    return c.json(await reconciliationOf(c.var.here, account, on), 200);
  });
  app.openapi(compare, async (c) => {
    const { account, day: on } = c.req.valid("json");
    return c.json(await beginReconciling(c.var.here, await accountOf(c.var.here, account), on), 202);
  });
  app.openapi(witnesses, async (c) => {
    const { here } = c.var;
    const { id } = await paymentStore(here).get(c.req.valid("param").id);
    return c.json({ witnesses: await paymentStore(here).witnesses(id) }, 200);
  });
}
