import { z } from "zod";
import { BankText, Bic, Iban } from "../../shared/bank-details.ts";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { BankAccountFacts, Payout as PayoutFacts } from "./events.ts";

export const NewBankAccount = z
  .strictObject({
    name: z.string().trim().min(1).max(80),
    iban: Iban,
    bic: Bic.optional(),
    /** The city's, where it is left out. */
    currency: Currency.optional(),
  })
  .meta({ id: "NewBankAccount" });

export const BankAccount = BankAccountFacts.extend({ bic: z.string().optional(), createdAt: z.iso.datetime() }).meta({
  id: "BankAccount",
});
export type BankAccount = z.infer<typeof BankAccount>;

/** What became of a line. */
export const Outcome = z.enum([
  // Credits: paid its bill; waits in suspense; cash from a till; what a third party owed.
  ...["settled", "suspense", "deposit", "third_party"],
  // Debits: an order of ours; another one, which stands unexplained.
  ...["payout", "debit"],
] as const);
export type Outcome = z.infer<typeof Outcome>;

export const Line = z.object({
  /** From 1 on, in the order of the statement; entries of several payments are several lines. */
  n: z.int(),
  side: z.enum(["credit", "debit"]),
  amountMinor: z.int(),
  bookedOn: z.string(),
  /** The bank's number for it. */
  bankRef: z.string(),
  endToEndId: z.string(),
  /** Structured creditor references. */
  structured: z.array(z.string()),
  /** What the payer wrote, cut to 140 signs. */
  text: z.string(),
  outcome: Outcome.optional(),
  /** By which reference it was matched. */
  reference: z.string().optional(),
  paymentId: Id("pay").optional(),
});
export type Line = z.infer<typeof Line>;

export const Statement = z
  .object({
    id: Id("stm"),
    bankAccountId: Id("ban"),
    /** As the bank numbers it. */
    bankId: z.string(),
    format: z.enum(["camt.053.001.02", "camt.053.001.08"]),
    currency: Currency,
    openedOn: z.string(),
    closedOn: z.string(),
    openingMinor: z.int(),
    closingMinor: z.int(),
    credits: z.int(),
    debits: z.int(),
    lines: z.int(),
    /** How many lines were handled; all of them when `state` is done. */
    handled: z.int(),
    state: z.enum(["matching", "done"]),
    matched: z.int(),
    unmatched: z.int(),
    importedAt: z.iso.datetime(),
    importedBy: z.string(),
  })
  .meta({ id: "BankStatement" });
export type Statement = z.infer<typeof Statement>;

export const NewPayout = z.strictObject({
  name: BankText(70),
  iban: Iban,
  bic: Bic.optional(),
  amountMinor: z.int().positive().max(99_999_999_999),
  /** What the receiver reads. */
  text: BankText(140),
  /** The ledger's account of what the city owes: a refund, a customer's credit. */
  account: z
    .string()
    .max(100)
    .regex(/^(refunds_owed|credit):[A-Za-z0-9_.-]+$/, "an account such as refunds_owed:ref_01J…"),
});
export const NewOrder = z
  .strictObject({
    id: Id("ord"),
    bankAccountId: Id("ban"),
    executeOn: z.iso.date("a day such as 2026-11-30").regex(/^[12]/, "a day such as 2026-11-30"),
    format: z.enum(["pain.001.001.03", "pain.001.001.09"]).default("pain.001.001.09"),
    payouts: z.array(NewPayout).min(1).max(90),
  })
  .meta({ id: "NewPaymentOrder" });
export type NewOrder = z.infer<typeof NewOrder>;

/** What a room asks for may also pay an invoice: that room has seen to it that it was approved. */
export const RoomsOrder = NewOrder.extend({
  payouts: z
    .array(NewPayout.extend({ account: z.string().regex(/^[a-z_]+(:[A-Za-z0-9_.-]+){1,2}$/) }))
    .min(1)
    .max(90),
});

export const Payout = PayoutFacts.extend({
  /** On the bank's line too: by it the payout is known again. */
  endToEndId: z.string(),
});
export const Order = z
  .object({
    id: Id("ord"),
    bankAccountId: Id("ban"),
    executeOn: z.string(),
    format: z.enum(["pain.001.001.03", "pain.001.001.09"]),
    currency: Currency,
    totalMinor: z.int(),
    payouts: z.array(Payout),
    state: z.enum(["asked", "approved", "refused"]),
    askedAt: z.iso.datetime(),
    askedBy: z.string(),
    decidedAt: z.iso.datetime().optional(),
    decidedBy: z.string().optional(),
  })
  .meta({ id: "PaymentOrder" });
export type Order = z.infer<typeof Order>;
