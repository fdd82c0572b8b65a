import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { absent, Fault } from "../../shared/errors.ts";
import { faults, fieldMistakes, form, idempotent, json, jsonBody, originOf, paged } from "../../shared/http.ts";
import { readContact } from "../../shared/identity/contacts.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { monthOf } from "../../shared/time.ts";
import { accountCalled, accountsOf, keepStripe, modeOf } from "./accounts.ts";
import { BeingPaidPage } from "./being-paid-page.tsx";
import { codeTyped } from "./codes.ts";
import { allWays } from "./elsewhere.ts";
import { callback, openPayment } from "./paying.ts";
import { asked } from "./questions.ts";
import { checked, receiptKey, receiptOf } from "./receipts.ts";
import {
  type Account,
  AMOUNT_MAX,
  Checked,
  Month,
  NewPayment,
  Payment,
  Receipt,
  StripeAccount,
  shownOf,
  TypedCode,
  WaysToPay,
} from "./schema.ts";
import { paymentStore } from "./store.ts";
import { paymentTexts } from "./texts.ts";
import { saysBeingPaid } from "./turns.ts";
import {
  CheckPage,
  type Given,
  type Mistake,
  PaymentPage,
  purposeOf,
  ReceiptPage,
  type Shown,
  StaffPaymentsPage,
  WaysPage,
} from "./views.tsx";

const READERS = ["treasurer", "administrator"] as const;
const READ = "scope:payments.payments:read";
const WEBHOOK_MAX = 256_000;
const ById = z.object({ id: z.string().max(60) });

const open = createRoute({
  method: "post",
  path: "/v1/payments",
  summary: "Pay a bill, or all that is due of an account, by its reference; no sign-in",
  description:
    "With an Idempotency-Key. Answers the provider's page to pay on. Of each, and of an account and its bills, one payment at a time can be paid: another that can be ended is ended; else this is a conflict, with `payableUntil` and Retry-After. Once others have waited for three minutes, it says `maySayIsSure`: with `isSure` this one is opened beside the other.",
  middleware: needs("public"),
  ...secured("public"),
  request: { body: jsonBody(NewPayment) },
  responses: {
    201: json(Payment, "Opened"),
    ...faults("malformed", "absent", "conflict", "invalid", "unavailable"),
  },
});
const get = createRoute({
  method: "get",
  path: "/v1/payments/{id}",
  summary: "How a payment stands, after asking the provider; whoever has its id may",
  middleware: needs("public"),
  ...secured("public"),
  request: { params: ById },
  responses: { 200: json(Payment, "The payment"), ...faults("absent") },
});
const typed = createRoute({
  method: "post",
  path: "/v1/payments/{id}/codes",
  summary: "The provider's number in the payer's own message; it is checked with the provider, never believed alone",
  middleware: needs("public"),
  ...secured("public"),
  request: { params: ById, body: jsonBody(TypedCode) },
  responses: { 200: json(Payment, "How it stands"), ...faults("malformed", "absent", "conflict", "invalid") },
});
const offered = createRoute({
  method: "get",
  path: "/v1/payment-ways",
  summary:
    "By what a bill can be paid, with the fee of each before anything is opened; also by transfer, and where in cash",
  middleware: needs("public"),
  ...secured("public"),
  request: {
    query: z.object({
      reference: z.string().min(1).max(40),
      amountMinor: z.coerce.number().int().positive().max(AMOUNT_MAX).optional(),
    }),
  },
  responses: { 200: json(WaysToPay, "Ways"), ...faults("absent", "conflict", "invalid") },
});
const list = createRoute({
  method: "get",
  path: "/v1/payments",
  summary: "Payments of a month, the latest first",
  middleware: needs(...READERS, READ),
  ...secured(...READERS, READ),
  request: { query: paged().extend({ month: Month.optional() }) },
  responses: {
    200: json(z.object({ payments: z.array(Payment), next: z.string().optional() }), "Payments"),
    ...faults("malformed", "unauthenticated", "forbidden", "invalid"),
  },
});
const Mode = z.object({
  mode: z.enum(["stripe_live", "stripe_test", "live", "test", "stand_in", "none"]),
  webhook: z.string(),
});
const getAccount = createRoute({
  method: "get",
  path: "/v1/payment-account",
  summary: "By what this city is paid; its keys are never shown",
  middleware: needs(...READERS),
  ...secured(...READERS),
  responses: { 200: json(Mode, "How"), ...faults("unauthenticated", "forbidden") },
});
const putAccount = createRoute({
  method: "put",
  path: "/v1/payment-account",
  summary: "The city's own account at Stripe; its keys are sealed",
  middleware: needs("administrator"),
  ...secured("administrator"),
  request: { body: jsonBody(StripeAccount) },
  responses: { 200: json(Mode, "Kept"), ...faults("malformed", "unauthenticated", "forbidden", "invalid") },
});
const getReceipt = createRoute({
  method: "get",
  path: "/v1/receipts/{id}",
  summary: "The signed receipt of a payment",
  middleware: needs("public"),
  ...secured("public"),
  request: { params: ById },
  responses: { 200: json(Receipt, "The receipt"), ...faults("absent") },
});
const checkReceipt = createRoute({
  method: "get",
  path: "/v1/receipts/{id}/check",
  summary: "Is this receipt genuine?",
  middleware: needs("public"),
  ...secured("public"),
  request: { params: ById, query: z.object({ signature: z.string().max(200).default("") }) },
  responses: { 200: json(Checked, "Whether it is") },
});
const getKey = createRoute({
  method: "get",
  path: "/v1/receipt-key",
  summary: "The Ed25519 key (JWK) that checks receipts without asking this house",
  middleware: needs("public"),
  ...secured("public"),
  responses: { 200: json(z.looseObject({ kty: z.string(), crv: z.string(), x: z.string() }), "The key") },
});
const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf } = c.var;
  return { here, lang, csrf, t: paymentTexts.in(lang) };
};

/** What the provider's page says it is for, in the payer's language. */
const order = (c: Context<CityEnv>, asks: z.infer<typeof NewPayment>) => {
  const { lang, city } = c.var;
  return {
    order: asks,
    lang,
    origin: originOf(c),
    titleOf: ({ kind, month, reference }: { kind: string; month: string; reference: string }) =>
      `${city.name} · ${purposeOf({ kind, month }, lang)} · ${reference}`,
  };
};

/** As it is written in the city's country, or with another's code. @throws {Fault} invalid */
const telephone = (typed: string, country: string): string =>
  readContact(typed.replaceAll("@", "?"), country, "#/msisdn");

async function account(c: Context<CityEnv>): Promise<z.infer<typeof Mode>> {
  const { here } = c.var;
  return { mode: await modeOf(here), webhook: `${originOf(c)}${here.url("/webhooks/stripe")}` };
}

export function paymentRoutes(app: CityApp): void {
  app.openapi(open, async (c) => {
    const asks = c.req.valid("json");
    return (await idempotent(c, asks, async (record) => {
      const answered = (payment: Payment) => ({ status: 201 as const, answer: shownOf(payment) });
      return answered(await openPayment(c.var.here, order(c, asks), (payment) => [record(answered(payment))]));
    })) as never;
  });
  app.openapi(get, async (c) => {
    const { here } = c.var;
    return c.json(shownOf(await asked(here, await paymentStore(here).get(c.req.valid("param").id))), 200);
  });
  app.openapi(typed, async (c) => {
    const { here } = c.var;
    const payment = await paymentStore(here).get(c.req.valid("param").id);
    return c.json(shownOf(await codeTyped(here, payment, c.req.valid("json").code)), 200);
  });
  app.openapi(offered, async (c) =>
    c.json(await allWays(c.var.here, c.req.valid("query"), originOf(c), "program"), 200),
  );
  app.openapi(list, async (c) => {
    const { month, ...at } = c.req.valid("query");
    const { here } = c.var;
    const found = await paymentStore(here).ofMonth(month ?? monthOf(here.clock.now(), "UTC"), at);
    return c.json({ ...found, payments: found.payments.map(shownOf) }, 200);
  });
  app.openapi(getAccount, async (c) => c.json(await account(c), 200));
  app.openapi(putAccount, async (c) => {
    await keepStripe(c.var.here, c.req.valid("json"), originOf(c));
    return c.json(await account(c), 200);
  });
  app.openapi(getReceipt, async (c) => c.json(await receiptOf(c.var.here, c.req.valid("param").id), 200));
  app.openapi(checkReceipt, async (c) =>
    c.json(await checked(c.var.here, c.req.valid("param").id, c.req.valid("query").signature), 200),
  );
  app.openapi(getKey, async (c) => c.json((await receiptKey(c.var.here)) as never, 200));

  // A signature is over the raw bytes: nothing parses them before it is checked.
  const calledBack = async (c: Context<CityEnv>, account: Account, path: string) => {
    const raw = c.req.method === "GET" ? "" : await c.req.text();
    if (raw.length > WEBHOOK_MAX) throw new Fault("too_large", `A callback has at most ${WEBHOOK_MAX} bytes.`);
    const call = { method: c.req.method, path, headers: c.req.raw.headers, body: raw };
    const reply = await callback(c.var.here, account, call, originOf(c));
    return c.json((reply?.body ?? {}) as object, (reply?.status ?? 200) as 200);
  };
  /** Stripe's own signature says whose it is, so that its address needs no secret. */
  app.post("/webhooks/stripe", needs("public"), async (c) => {
    const all = (await accountsOf(c.var.here)).filter(({ rail }) => rail === "stripe");
    const account = all.find(({ id }) => id === "main") ?? all[0];
    if (!account) throw absent();
    return calledBack(c, account, "");
  });
  for (const path of ["/webhooks/:rail/:account/:secret", "/webhooks/:rail/:account/:secret/:rest{.+}"])
    app.on(["GET", "POST", "PUT"], path, needs("public"), async (c) => {
      const { rail = "", account = "", secret = "", rest = "" } = c.req.param() as Record<string, string>;
      return calledBack(c as never, await accountCalled(c.var.here, rail, account, secret), rest);
    });

  // A part of a bill may be paid: the amount goes with the reference from page to page.
  const part = { amountMinor: z.coerce.number().int().positive().max(AMOUNT_MAX).optional() };
  const typedNumber = { msisdn: z.string().max(30).optional() };
  const sure = { isSure: z.literal("yes").optional() };
  const ordered = NewPayment.pick({ reference: true, account: true }).extend({ ...part, ...typedNumber, ...sure });
  const Wanted = NewPayment.pick({ reference: true }).extend(part);
  type Wanted = z.infer<typeof Wanted>;
  const waysPage = async (c: Context<CityEnv>, wanted: Wanted, given: Given = {}, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const found = await allWays(s.here, wanted, originOf(c), "page");
    const status = mistakes.length > 0 ? 422 : 200;
    const crumbs: [string, string][] = [[wanted.reference, s.here.url(`/pay?reference=${wanted.reference}`)]];
    return page(
      c,
      { title: s.t("waysTitle"), status, crumbs },
      <WaysPage {...{ s, ...wanted, given, mistakes }} {...found} />,
    );
  };
  app.get("/payments/ways", needs("public"), async (c) => {
    const typed = c.req.query("reference") ?? "";
    const asked = Wanted.safeParse({ reference: typed, amountMinor: c.req.query("amountMinor") });
    try {
      return await waysPage(c, asked.success ? asked.data : { reference: typed });
    } catch (error) {
      // An address that was kept: the page of the reference says that it is paid by now, or unknown.
      if (!(error instanceof Fault) || !["absent", "conflict"].includes(error.kind)) throw error;
      return c.redirect(c.var.here.url(`/pay?${new URLSearchParams({ reference: typed })}`), 303);
    }
  });
  app.post("/payments", needs("public"), async (c) => {
    const { here } = c.var;
    const asks = await form(c, Wanted.loose());
    const { reference, amountMinor } = asks;
    const wanted = { reference, ...(amountMinor === undefined ? {} : { amountMinor }) };
    const params = new URLSearchParams({ reference });
    if (amountMinor !== undefined) params.set("amountMinor", String(amountMinor));
    // With one way, and nothing to type, there is nothing to choose.
    if (asks["account"] === undefined) {
      const { ways, transfers, counters } = await allWays(here, wanted, originOf(c), "page");
      const isChoice = ways.length + transfers.length + counters.length > 1 || ways.length === 0;
      if (isChoice || ways.some(({ how, feeMinor, overMinor }) => how === "prompt" || feeMinor > 0 || overMinor))
        return c.redirect(here.url(`/payments/ways?${params}`), 303);
    }
    let payment: Payment;
    try {
      const { msisdn: typed, isSure, ...asked } = await form(c, ordered);
      const msisdn = typed === undefined ? {} : { msisdn: telephone(typed, here.city.country) };
      payment = await openPayment(here, order(c, { ...asked, ...msisdn, isSure: isSure === "yes" }));
    } catch (error) {
      const { account, msisdn } = asks as Record<string, unknown>;
      const given = { account: String(account ?? ""), msisdn: String(msisdn ?? "") };
      const says = saysBeingPaid(error);
      if (says) {
        const s = shown(c);
        return page(
          c,
          { title: s.t("beingPaidTitle"), status: 409 },
          <BeingPaidPage {...{ s, ...wanted, given, says }} />,
        );
      }
      if (account === undefined) throw error;
      const { t } = shown(c);
      const mistakes = fieldMistakes(error).map(({ field, detail }) => ({
        ...{ field, detail: field === "msisdn" ? t("telephoneWrong") : detail },
      }));
      return waysPage(c, wanted, given, mistakes);
    }
    return c.redirect(payment.checkoutUrl ?? here.url(`/payments/${payment.id}`), 303);
  });
  app.get("/payments/:id", needs("public"), async (c) => {
    const s = shown(c);
    const payment = await asked(s.here, await paymentStore(s.here).get(c.req.param("id")));
    if (payment.state === "settled") return c.redirect(s.here.url(`/receipts/${payment.id}`), 303);
    return page(c, { title: s.t(`${payment.state}Title`) }, <PaymentPage {...{ s, payment }} />);
  });
  app.post("/payments/:id/code", needs("public"), async (c) => {
    const s = shown(c);
    const payment = await paymentStore(s.here).get(c.req.param("id"));
    let mistakes: Mistake[];
    try {
      const { code } = await form(c, TypedCode);
      const now = await codeTyped(s.here, payment, code);
      return c.redirect(s.here.url(now.state === "settled" ? `/receipts/${now.id}` : `/payments/${now.id}`), 303);
    } catch (error) {
      mistakes = fieldMistakes(error).map(({ detail }) => ({ field: "code", detail }));
    }
    return page(c, { title: s.t(`${payment.state}Title`), status: 422 }, <PaymentPage {...{ s, payment, mistakes }} />);
  });
  app.get("/receipts/:id", needs("public"), async (c) => {
    const s = shown(c);
    const receipt = await receiptOf(s.here, c.req.param("id"));
    const checkUrl = `${originOf(c)}${s.here.url(`/receipts/${receipt.paymentId}/check?signature=${receipt.signature}`)}`;
    const payment = await paymentStore(s.here).get(receipt.paymentId);
    return page(
      c,
      { title: s.t("receipt"), lead: s.t("receiptLead") },
      <ReceiptPage {...{ s, receipt, payment, checkUrl }} />,
    );
  });
  app.get("/receipts/:id/check", needs("public"), async (c) => {
    const s = shown(c);
    const found = await checked(s.here, c.req.param("id"), c.req.query("signature") ?? "");
    return page(
      c,
      {
        title: s.t(found.isGenuine ? "genuine" : "notGenuine"),
        crumbs: found.isGenuine ? [[s.t("receipt"), s.here.url(`/receipts/${c.req.param("id")}`)]] : [],
      },
      <CheckPage {...{ s }} receipt={"receipt" in found ? found.receipt : undefined} />,
    );
  });

  const staff = async (c: Context<CityEnv>, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const { here, who } = c.var;
    const wanted = Month.safeParse(c.req.query("month"));
    const month = wanted.success ? wanted.data : monthOf(here.clock.now(), "UTC");
    const [found, ledger, how] = await Promise.all([
      paymentStore(here).ofMonth(month, { limit: 50, cursor: c.req.query("cursor") }),
      here.ledger.at(),
      account(c),
    ]);
    const mayKeep = who.kind === "person" && who.roles.includes("administrator");
    return page(
      c,
      {
        title: s.t("payments"),
        lead: s.t("paymentsLead"),
        crumbs: [[s.t("staff"), here.url("/staff")]],
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <StaffPaymentsPage
        {...{ s, month, how, mistakes, mayKeep }}
        {...found}
        suspense={ledger.list("suspense")}
        held={ledger.list("provider:")}
      />,
    );
  };
  app.get("/staff/payments", needs(...READERS), (c) => staff(c));
  app.post("/staff/payments/account", needs("administrator"), async (c) => {
    try {
      await keepStripe(c.var.here, await form(c, StripeAccount), originOf(c));
      return c.redirect(c.var.here.url("/staff/payments"), 303);
    } catch (error) {
      return staff(c, fieldMistakes(error));
    }
  });
}
