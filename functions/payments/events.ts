import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { offer } from "../../shared/room.ts";
import { defineTask } from "../../shared/tasks.ts";
import { RailName } from "./rail.ts";

/** Asks the provider after one payment until there is an answer; its id is the payment's. */
export const AskProvider = defineTask("payments.ask", z.object({ tries: z.int() }));
const MoneyAsked = z.object({
  account: z.string(),
  /** The provider's number for it. */
  session: z.string(),
  about: z.object({ paymentId: z.string(), currency: z.string(), reference: z.string().optional() }),
  since: z.iso.datetime(),
  tries: z.int(),
});
export type MoneyAsked = z.infer<typeof MoneyAsked>;
/** Asks after money that nobody here asked for, of which an unsigned callback told; its id is `<account>#<number>`. */
export const AskMoney = defineTask("payments.ask_money", MoneyAsked);
/** Ends at its provider a payment of what was paid by another way meanwhile; its id is the payment's. */
export const EndPayment = defineTask("payments.end", z.object({ tries: z.int() }));
/** Sends a refund to the provider and asks after it; its id is the refund's. */
export const SendRefund = defineTask("payments.refund", z.object({ tries: z.int() }));
/** Compares a day of one account with the provider's statement; its id is `<account>#<day>`. */
export const ReconcileDay = defineTask("payments.reconcile", z.object({ tries: z.int() }));

/** Has each day of a provider's file compared; its id is `<account>#<file>`. */
export const CompareFile = defineTask("payments.compare_file", z.object({}));

/** Told when a provider has not answered for half an hour, and when it does again. */
export const ProviderSilent = defineEvent(
  "payments.provider_silent.v1",
  z.object({ rail: z.string(), account: z.string(), since: z.iso.datetime() }),
);
export const ProviderBack = defineEvent(
  "payments.provider_back.v1",
  z.object({ rail: z.string(), account: z.string(), since: z.iso.datetime() }),
);

/** Told when a payment's time is over and the provider, asked for days, never said that it was paid. */
export const PaymentExpired = defineEvent(
  "payments.expired.v1",
  z.object({
    paymentId: Id("pay"),
    /** Of a payment for a whole account, that one instead. */
    billId: Id("bill").optional(),
    accountId: Id("acc").optional(),
    rail: z.string(),
  }),
);

/** Told when somebody has handed in a provider's file: what it says is believed as a statement is. */
export const StatementHandedIn = defineEvent(
  "payments.statement_handed_in.v1",
  z.object({ rail: z.string(), account: z.string(), fileId: z.string(), lines: z.int(), newLines: z.int() }),
);

/** Told when a day's statement and what was booked differ, each time that it is compared. */
export const MismatchFound = defineEvent(
  "payments.mismatch_found.v1",
  z.object({ account: z.string(), rail: z.string(), day: z.string(), count: z.int().positive() }),
);

/** Told when a day that differed was compared again and agrees. */
export const MismatchCleared = defineEvent(
  "payments.mismatch_cleared.v1",
  z.object({ account: z.string(), rail: z.string(), day: z.string() }),
);
/** One fact tells of one bill: of money for several there are as many, numbered. */
const ofSeveral = {
  /** What of it is this bill's. */
  forBillMinor: z.int().min(0).optional(),
  /** Which of several facts of one thing it is, from 2 on. */
  nth: z.int().min(2).optional(),
};

const RefundTold = z.object({
  refundId: Id("rfd"),
  paymentId: z.string().optional(),
  billId: z.string().optional(),
  ...ofSeveral,
  amountMinor: z.int().positive(),
  currency: Currency,
  askedBy: z.string().optional(),
  approvedBy: z.string().optional(),
  /** When the money came that goes back. */
  settledAt: z.iso.datetime().optional(),
});
export const RefundApproved = defineEvent("payments.refund_approved.v1", RefundTold);
/** Told once the provider said that it was given back. */
export const Refunded = defineEvent("payments.refunded.v1", RefundTold);
export const RefundFailed = defineEvent("payments.refund_failed.v1", RefundTold);

/** Told when other limits of refunds are in force; wider ones name who agreed. */
export const LimitsSet = defineEvent(
  "payments.limits_set.v1",
  z.object({
    refundMaxMinor: z.int().optional(),
    refundDayMaxMinor: z.int().optional(),
    by: z.string(),
    agreedBy: z.string().optional(),
  }),
);

const DisputeTold = z.object({
  paymentId: Id("pay"),
  /** Of a payment that paid no bill, but an account's credit, there is none. */
  billId: Id("bill").optional(),
  ...ofSeveral,
  amountMinor: z.int().positive(),
  currency: Currency,
  rail: z.string().optional(),
});
export const DisputeOpened = defineEvent("payments.dispute_opened.v1", DisputeTold);
export const DisputeWon = defineEvent("payments.dispute_won.v1", DisputeTold);
export const DisputeLost = defineEvent("payments.dispute_lost.v1", DisputeTold);

/**
 * Told once the money is the city's, in the transaction that settles it. `paymentId` tells which. Of a payment that paid
 * several bills it is told for each.
 */
export const PaymentSettled = defineEvent(
  "payments.settled.v1",
  z.object({
    paymentId: Id("pay"),
    billId: Id("bill"),
    /** What came, with the payer's fee and what was paid beyond the bill. */
    amountMinor: z.int().positive(),
    /** What of it paid the bill. */
    ...ofSeveral,
    currency: Currency,
    settledAt: z.iso.datetime(),
    rail: z.string().optional(),
    /** When the payer's money came, by whoever took it: before it was heard of here. Whether it was late goes by this. */
    paidAt: z.iso.datetime().optional(),
  }),
);

const CreditTold = z.object({
  accountId: Id("acc"),
  amountMinor: z.int().positive(),
  currency: Currency,
  paymentId: z.string().optional(),
  refundId: z.string().optional(),
  nth: ofSeveral.nth,
});
/** Told when money became an account's credit: by a payment, or by a refund that failed. */
export const AccountCredited = defineEvent("payments.account_credited.v1", CreditTold);
/** Told when an account's credit went back to whoever had paid it. */
export const CreditTaken = defineEvent("payments.credit_taken.v1", CreditTold);

const UseTold = z.object({
  useId: Id("use"),
  accountId: Id("acc"),
  billId: Id("bill"),
  amountMinor: z.int().positive(),
  currency: Currency,
});
/** Told when an account's credit paid one of its bills. */
export const CreditUsed = defineEvent("payments.credit_used.v1", UseTold);
/** Told when a bill is due again, because the credit that had paid it went back. `by` is the refund, or what undid it. */
export const CreditReturned = defineEvent("payments.credit_returned.v1", UseTold.extend({ by: z.string() }));

/** Told when money came that no payment here asked for; it waits in the ledger's account `suspense`. */
export const UnknownMoney = defineEvent(
  "payments.unknown_money.v1",
  z.object({ postId: z.string(), amountMinor: z.int().positive(), currency: Currency }),
);

/** The money without a bill that has waited longest; nothing where none waits. */
export const OldestSuspense = offer(
  "payments.oldest_suspense",
  z.object({}),
  z.object({
    oldest: z
      .object({ suspenseId: z.string(), at: z.iso.datetime(), amountMinor: z.int(), currency: Currency })
      .optional(),
  }),
);

/** Told when a payment that was taken by mistake was undone by reversing entries: what it settled is due again. */
export const PaymentUndone = defineEvent(
  "payments.undone.v1",
  z.object({
    paymentId: Id("pay"),
    billId: Id("bill"),
    amountMinor: z.int().positive(),
    /** What of it is due of the bill again. */
    ...ofSeveral,
    currency: Currency,
  }),
);

/**
 * What somebody may be paying online of a bill, or of an account and its bills; without a bill it is the account as a
 * whole. Whoever takes money in another way may do so, and says it.
 */
export const BeingPaidNow = offer(
  "payments.being_paid_now",
  z.object({ reference: z.string().max(40) }),
  z.object({ paying: z.array(z.object({ billId: Id("bill").optional(), until: z.iso.datetime() })) }),
);
/** Until when at most, of this bill or of all of them. */
export const paidUntil = (
  { paying }: { paying: readonly { billId?: string | undefined; until: string }[] },
  bill?: string | undefined,
): string | undefined =>
  paying
    .filter(({ billId }) => bill === undefined || billId === undefined || billId === bill)
    .map(({ until }) => until)
    .sort()
    .at(-1);

const TakingId = z.string().min(1).max(120);
const Taking = z.object({
  /** Of the room that asks, as `cash:<till>:<number>`. */
  id: TakingId,
  /** As the payer gave it; one that no bill and no account has sends the money to suspense. */
  reference: z.string().max(40),
  amountMinor: z.int().positive().max(1_000_000_000_000),
  currency: Currency,
  via: z.object({
    /** A third party is a wallet, bank or shop that took the money for the city and owes it. */
    rail: z.enum([...RailName.options, "third_party"]),
    /** The till, the city's account at a bank, or the third party. */
    account: z.string().regex(/^[A-Za-z0-9_.-]{0,50}$/),
    providerRef: z.string().max(200),
  }),
  /** When the money came. */
  at: z.iso.datetime(),
});
export type Taking = z.infer<typeof Taking>;

const Taken = z.object({
  outcome: z.enum(["settled", "suspense"]),
  /** Of what was settled: its payment and the page of its receipt. */
  paymentId: Id("pay").optional(),
  receiptUrl: z.string().optional(),
});
export type Taken = z.infer<typeof Taken>;

/**
 * Money that has already arrived (cash, a line of a statement, a third party's word) pays the bill with this
 * reference, or all that is due of the account with it, in one ledger post. Asked twice with one `id` it is one payment; with other contents, `conflict`.
 */
export const TakePayment = offer("payments.take", Taking, Taken);

/** Undoes what was taken by mistake. `at` is the taking's own. Four eyes are for who asks to see to. */
export const UndoTaken = offer(
  "payments.undo_taken",
  z.object({ id: TakingId, at: z.iso.datetime(), reason: z.string().min(1).max(200) }),
  z.object({}),
);

const Charge = z.object({
  /** Of the room that asks; the same id opens the same page. */
  id: z.string().max(60),
  /** On whose account at the provider it is charged. */
  connectedAccount: z.string(),
  reference: z.string(),
  amountMinor: z.int().positive(),
  /** What of it the house gets. */
  feeMinor: z.int().min(0),
  currency: Currency,
  title: z.string(),
  lang: z.string(),
  /** Where whoever paid comes back to. */
  backUrl: z.string(),
});
export type Charge = z.infer<typeof Charge>;
const ChargeAsked = Charge.pick({ id: true, connectedAccount: true, currency: true }).extend({ sessionId: z.string() });
export type ChargeAsked = z.infer<typeof ChargeAsked>;
const ChargeState = z.object({
  says: z.enum(["paid", "open", "failed", "expired"]),
  amountMinor: z.int().optional(),
  currency: Currency.optional(),
});
export type ChargeState = z.infer<typeof ChargeState>;

/** Opens a page on which the city pays somebody by card. `invalid`: the provider cannot take exactly this. */
export const OpenCharge = offer("payments.open_charge", Charge, z.object({ sessionId: z.string(), url: z.string() }));
/** How such a payment stands, by the provider's own word. */
export const AskCharge = offer("payments.ask_charge", ChargeAsked, ChargeState);

/** Told when the provider called back, signed, about a charge on an account that is connected to the house's. */
export const ChargeHeard = defineEvent(
  "payments.charge_heard.v1",
  ChargeState.extend({ id: z.string(), connectedAccount: z.string(), sessionId: z.string() }),
);

/** What the static EMVCo QR code of a bill says: plain text, for whoever shows the bill. */
export { billQr } from "./emvco.ts";
