import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { DueKind } from "../billing/events.ts";
import { Order, RailName } from "./rail.ts";
import { StripeSettings } from "./rails/stripe/index.ts";

export const State = z.enum([
  "created",
  "pending",
  "settled",
  "failed",
  "expired",
  "refunding",
  "refunded",
  "disputed",
]);
export type State = z.infer<typeof State>;

export const PaymentId = Id("pay");
/** Of one payment, in minor units: ten million rupiah have a thousand million of them. A provider may take less. */
export const AMOUNT_MAX = 1_000_000_000_000;
export const Month = z.string().regex(/^[12][0-9]{3}-(0[1-9]|1[0-2])$/, "a month such as 2026-11");

/** One account of the city at a provider. */
export const AccountId = z.string().regex(/^[a-z][a-z0-9_]{0,29}$/, "small letters, digits and _, at most 30 signs");
/** E.164. */
export const Msisdn = z
  .string()
  .transform((typed) => typed.replace(/[\s().-]/g, ""))
  .pipe(z.string().regex(/^\+[1-9][0-9]{6,14}$/, "a telephone number such as +221771234567"));

/** Whoever has a bill's reference may pay it. Without an amount, what is due; less is possible, more is not. */
export const NewPayment = z
  .strictObject({
    reference: z.string().min(1).max(40),
    amountMinor: z.int().positive().max(AMOUNT_MAX).optional(),
    currency: Currency.optional(),
    /** Which of the city's ways to be paid; without one, the first that takes it. */
    account: AccountId.optional(),
    /** E.164: where the payment is confirmed on the telephone; elsewhere, where the receipt is sent. */
    msisdn: Msisdn.optional(),
    /** The payer was told that somebody else may be paying, and pays all the same. */
    isSure: z.boolean().optional(),
  })
  .meta({ id: "NewPayment" });
export type NewPayment = z.infer<typeof NewPayment>;

const back = {
  amountMinor: z.int().positive(),
  /** What of it went back. */
  backMinor: z.int().min(0).optional(),
};
/** What a payment paid of a bill, or what became an account's credit. */
export const Part = z
  .union([
    z.object({ billId: Id("bill"), reference: z.string(), kind: z.string(), month: z.string(), ...back }),
    z.object({ accountId: Id("acc"), ...back }),
  ])
  .meta({ id: "PaymentPart" });
export type Part = z.infer<typeof Part>;

export const Payment = z
  .object({
    id: PaymentId,
    /** The bill that it is for; of one that is for an account, none. */
    billId: Id("bill").optional(),
    accountId: Id("acc").optional(),
    reference: z.string(),
    /** For what: the service and its month; no name. */
    kind: z.string(),
    month: z.string(),
    amountMinor: z.int().positive(),
    currency: Currency,
    state: State,
    provider: z.enum([...RailName.options, "stand_in", "third_party"]),
    /** The city's account there. */
    account: z.string().optional(),
    /** What the payer pays on top, where the city's rule says so. */
    feeMinor: z.int().min(0).optional(),
    /** What the payer does. */
    how: z.enum(["page", "prompt", "transfer", "counter"]).optional(),
    /** Of the payer, for the provider's page. */
    lang: z.string(),
    sessionId: z.string().optional(),
    /** The provider's page, as long as it can be paid there. */
    checkoutUrl: z.string().optional(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    settledAt: z.iso.datetime().optional(),
    /** What came in, where the provider says something else than what was asked. */
    settledMinor: z.int().optional(),
    /** The provider's number, as the payer's own message shows it. */
    providerRef: z.string().optional(),
    /** What the bill got of it, where that is less than the amount: the rest is in suspense. */
    forBillMinor: z.int().min(0).optional(),
    /** Where it did not pay its own bill alone: what it paid, in order. */
    parts: z.array(Part).optional(),
    /** The version of the city's rule by which it was spread over them. */
    rule: z.int().optional(),
    /** What went back, of several refunds together. */
    refundedMinor: z.int().min(0).optional(),
    /** The refund that is under way. */
    refundId: z.string().optional(),
    /** The receipt's, made when it was settled: it outlives the key, and a move to another house. */
    signature: z.string().optional(),
  })
  .meta({ id: "Payment" });
export type Payment = z.infer<typeof Payment>;

/**
 * With what the provider was asked for, which may hold a telephone number, when it was asked last, and by what else it
 * names it: never shown.
 */
export const KeptPayment = Payment.extend({
  order: Order.optional(),
  askedAt: z.iso.datetime().optional(),
  alias: z.string().optional(),
});
export type KeptPayment = z.infer<typeof KeptPayment>;
export function shownOf({ order, askedAt: _when, alias: _inner, ...payment }: KeptPayment): Payment {
  // M-Pesa names a session after the payer's telephone.
  const isTelling = order?.msisdn !== undefined && payment.sessionId?.includes(order.msisdn.slice(-9));
  const { sessionId: _private, ...rest } = payment;
  return isTelling ? rest : payment;
}

/** What the payer pays on top of the bill, or the city bears: a share and a fixed part, in minor units. */
export const FeeRule = z
  .strictObject({
    basisPoints: z.int().min(0).max(2_000).default(0),
    fixedMinor: z.int().min(0).max(1_000_000).default(0),
    borneBy: z.enum(["city", "payer"]).default("city"),
  })
  .meta({ id: "FeeRule" });
export type FeeRule = z.infer<typeof FeeRule>;

export const Account = z
  .object({
    id: AccountId,
    rail: RailName,
    /** What payers and staff read. */
    name: z.string().trim().min(1).max(60),
    /** What may be paid into it; empty: all that no other account of the same rail is for. */
    kinds: z.array(DueKind).max(20).default([]),
    fee: FeeRule.default({ basisPoints: 0, fixedMinor: 0, borneBy: "city" }),
    /** A made-up account at the house's stand-in of the provider; in a synthetic city alone. */
    isStandIn: z.boolean().default(false),
    isOpen: z.boolean().default(true),
  })
  .meta({ id: "PaymentAccount" });
export type Account = z.infer<typeof Account>;

export const NewAccount = z
  .strictObject({
    ...Account.shape,
    /** What the rail asks for; sealed, never shown again. None for a stand-in, or to leave it as it is. */
    settings: z.record(z.string().max(60), z.unknown()).optional(),
    /** Ask the provider at once to call back here, where it can be asked. */
    setUp: z.boolean().default(false),
  })
  .meta({ id: "NewPaymentAccount" });
export type NewAccount = z.infer<typeof NewAccount>;

/** The number in the payer's own message. */
export const TypedCode = z.strictObject({ code: z.string().trim().min(4).max(60) }).meta({ id: "TypedCode" });

export const Way = z
  .object({
    account: AccountId,
    rail: RailName,
    name: z.string(),
    how: z.enum(["page", "prompt", "transfer", "counter"]),
    amountMinor: z.int(),
    /** How much of it is more than is due, as this way moves no smaller sum. It is kept as credit. */
    overMinor: z.int().optional(),
    /** What the payer pays on top. */
    feeMinor: z.int(),
    totalMinor: z.int(),
    currency: Currency,
  })
  .meta({ id: "WayToPay" });
export type Way = z.infer<typeof Way>;

const Noted = { name: z.string(), reference: z.string(), amountMinor: z.int(), currency: Currency };
export const WaysToPay = z
  .object({
    ways: z.array(Way),
    /** By a bank, with the structured creditor reference (ISO 11649) by which it is matched. */
    transfers: z.array(z.object({ how: z.literal("transfer"), receiver: z.string(), iban: z.string(), ...Noted })),
    /** In cash, where somebody stands or not. */
    counters: z.array(z.object({ how: z.literal("counter"), isOpen: z.boolean(), ...Noted })),
  })
  .meta({ id: "WaysToPay" });
export type WaysToPay = z.infer<typeof WaysToPay>;

/** The city's own account at Stripe. Kept sealed; never shown again. */
export const StripeAccount = StripeSettings.extend({
  webhookSecret: StripeSettings.shape.webhookSecret.unwrap(),
}).meta({ id: "StripeAccount" });
export type StripeAccount = z.infer<typeof StripeAccount>;

/** Money that came and could not be matched, or was too much. */
export const Suspense = z
  .object({
    id: Id("sus"),
    /** The account of the ledger that holds it. */
    holder: z.string(),
    rail: z.enum([...RailName.options, "stand_in", "third_party"]),
    account: z.string(),
    providerRef: z.string(),
    /** What the payer typed. */
    reference: z.string(),
    amountMinor: z.int().positive(),
    currency: Currency,
    at: z.iso.datetime(),
    why: z.enum(["unknown", "overpaid", "paid_twice", "other_currency"]),
    /** The payment that it seems to be for. */
    paymentId: z.string().optional(),
    state: z.enum(["open", "assigned", "returning", "returned"]),
    billId: z.string().optional(),
    /** The payment that it became, or the refund that gives it back. */
    assignedTo: z.string().optional(),
    by: z.string().optional(),
    doneAt: z.iso.datetime().optional(),
  })
  .meta({ id: "Suspense" });
export type Suspense = z.infer<typeof Suspense>;

/** Whole without an amount. */
export const NewRefund = z
  .strictObject({
    amountMinor: z.int().positive().max(AMOUNT_MAX).optional(),
    currency: Currency.optional(),
    reason: z.string().trim().min(1).max(200),
    /** Where it is given back to, on a rail of telephones; else the payer's own. */
    msisdn: Msisdn.optional(),
  })
  .meta({ id: "NewRefund" });
export type NewRefund = z.infer<typeof NewRefund>;
/** Of what an account has paid ahead. */
export const NewCreditRefund = NewRefund.omit({ msisdn: true })
  .extend({ accountId: Id("acc") })
  .meta({ id: "NewCreditRefund" });

/** What an account had paid ahead pays one of its bills. */
export const CreditUse = z
  .object({
    id: Id("use"),
    accountId: Id("acc"),
    billId: Id("bill"),
    reference: z.string(),
    amountMinor: z.int().positive(),
    /** What was taken back of it, because the money itself went back. */
    backMinor: z.int().min(0),
    currency: Currency,
    /** The version of the city's rule that chose the bill. */
    rule: z.int(),
    at: z.iso.datetime(),
  })
  .meta({ id: "CreditUse" });
export type CreditUse = z.infer<typeof CreditUse>;

export const Refund = z
  .object({
    id: Id("rfd"),
    paymentId: PaymentId.optional(),
    /** Of what waited in suspense. */
    suspenseId: z.string().optional(),
    /** Of what an account has paid ahead. */
    accountId: z.string().optional(),
    billId: z.string().optional(),
    /** From what it was taken, where that is not one bill. */
    parts: z.array(Part).optional(),
    reference: z.string(),
    amountMinor: z.int().positive(),
    currency: Currency,
    reason: z.string(),
    /** `to_pay_out`: approved, and no provider gives it back by itself. */
    state: z.enum(["asked", "refused", "approved", "sent", "to_pay_out", "paid", "failed"]),
    askedBy: z.string(),
    askedAt: z.iso.datetime(),
    decidedBy: z.string().optional(),
    decidedAt: z.iso.datetime().optional(),
    doneAt: z.iso.datetime().optional(),
    providerRef: z.string().optional(),
    failure: z.string().optional(),
    msisdn: z.string().optional(),
  })
  .meta({ id: "Refund" });
export type Refund = z.infer<typeof Refund>;

/** From which account of the ledger somebody paid a refund out, and by what number. */
export const PaidOut = z
  .strictObject({
    holder: z.string().regex(/^(bank|cash):[A-Za-z0-9_.-]{1,50}$/, "an account such as bank:main or cash:till1"),
    providerRef: z.string().trim().min(1).max(100),
  })
  .meta({ id: "PaidOut" });

/** How much may be given back. Without a number there is no limit. */
export const Limits = z
  .strictObject({
    /** Above this, a refund needs an administrator. */
    refundMaxMinor: z.int().min(0).optional(),
    /** All refunds of a day together, in one currency. */
    refundDayMaxMinor: z.int().min(0).optional(),
  })
  .meta({ id: "RefundLimits" });
export type Limits = z.infer<typeof Limits>;

/** The limits that are in force, and what somebody asked for instead that another person has not agreed to yet. */
export const KeptLimits = Limits.extend({
  asked: z.object({ limits: Limits, by: z.string(), at: z.iso.datetime() }).optional(),
}).meta({ id: "KeptRefundLimits" });
export type KeptLimits = z.infer<typeof KeptLimits>;

export const Mismatch = z.object({
  /** `heard_now`: nobody had told of it before the statement; it is booked since. */
  why: z.enum(["not_booked", "not_stated", "other_amount", "heard_now"]),
  providerRef: z.string(),
  id: z.string().optional(),
  oursMinor: z.int().optional(),
  theirsMinor: z.int().optional(),
  currency: z.string(),
});
export type Mismatch = z.infer<typeof Mismatch>;
export const Reconciliation = z
  .object({
    account: z.string(),
    rail: RailName,
    /** In UTC, as providers count. */
    day: z.iso.date(),
    at: z.iso.datetime(),
    lines: z.int(),
    /** What came in less what went back; fees are apart. */
    statedMinor: z.int(),
    bookedMinor: z.int(),
    feesMinor: z.int(),
    /** What else went out of an account whose lines are handed in as files, such as to the bank. */
    outMinor: z.int().optional(),
    /** No file covers this whole day yet: what was booked beyond is not compared. */
    awaitsFile: z.literal(true).optional(),
    mismatchCount: z.int(),
    heardNow: z.int(),
    mismatches: z.array(Mismatch),
  })
  .meta({ id: "Reconciliation" });
export type Reconciliation = z.infer<typeof Reconciliation>;

/** A day that is being compared: how many of the statement's lines were looked at, of how many once that is known. */
export const Comparing = z
  .object({
    account: z.string(),
    day: z.iso.date(),
    since: z.iso.datetime(),
    looked: z.int(),
    lines: z.int().optional(),
  })
  .meta({ id: "Comparing" });
export type Comparing = z.infer<typeof Comparing>;

export const Suggestion = z
  .object({
    reference: z.string(),
    dueMinor: z.int(),
    score: z.int(),
    reasons: z.array(
      z.enum([
        ...["reference_typed", "payment_named", "asked_that_day"],
        ...["asked_same_amount", "reference_one_sign_off", "exact_amount", "account_number"],
      ] as const),
    ),
  })
  .meta({ id: "Suggestion" });
export type Suggestion = z.infer<typeof Suggestion>;

export const Receipt = z
  .object({
    paymentId: PaymentId,
    city: z.string(),
    reference: z.string(),
    amountMinor: z.int(),
    currency: Currency,
    settledAt: z.iso.datetime(),
    /** Of a payment that paid several dues, or an account's credit: what it paid, in order; they add up to the amount. */
    parts: z.array(z.object({ reference: z.string(), amountMinor: z.int() })).optional(),
    /** Ed25519 over the receipt's text, base64url. */
    signature: z.string(),
  })
  .meta({ id: "Receipt" });
export type Receipt = z.infer<typeof Receipt>;

export const Checked = z
  .object({ isGenuine: z.boolean(), receipt: Receipt.omit({ signature: true }).optional() })
  .meta({ id: "CheckedReceipt" });
