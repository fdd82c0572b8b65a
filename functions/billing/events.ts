import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { offer } from "../../shared/room.ts";
import { LANGS } from "../../shared/texts.ts";
import { TariffPart } from "./tariff.ts";

export { Price, TariffPart, type TariffSource } from "./tariff.ts";

export const Month = z.string().regex(/^[12][0-9]{3}-(0[1-9]|1[0-2])$/, "a month such as 2026-11");

/** Told once for each bill, in the transaction that makes it due. */
export const BillIssued = defineEvent(
  "billing.bill_issued.v1",
  z.object({
    billId: Id("bill"),
    accountId: Id("acc").optional(),
    /** That it is about, or in which it was raised. */
    month: Month,
    kind: z.string(),
    totalMinor: z.int(),
    currency: Currency,
    issuedAt: z.iso.datetime(),
  }),
);

/** What a city bills for. */
export const DueKind = z.enum([
  ...["electricity", "water", "gas", "prepaid_electricity", "prepaid_water"],
  ...["waste", "property_tax", "market", "parking", "fine", "permit", "other"],
] as const);
export type DueKind = z.infer<typeof DueKind>;

/** A bill is `cancelled` where nobody has to pay it any more, though it was never paid. */
export const BillState = z.enum(["due", "partly_paid", "paid", "cancelled"]);
export type BillState = z.infer<typeof BillState>;

/** What a bill is for in time: a month, a year or a day. */
export const Period = z
  .string()
  .regex(/^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$/, "a year, a month or a day such as 2026-11");

/** Told when a bill is taken back, by a reversing entry in the same transaction. */
export const BillCancelled = defineEvent(
  "billing.bill_cancelled.v1",
  z.object({
    billId: Id("bill"),
    accountId: Id("acc").optional(),
    kind: z.string(),
    totalMinor: z.int(),
    currency: Currency,
    why: z.enum(["expired"]),
  }),
);

/** What less of a bill is due: a credit note corrects it, a write-off gives up what will never be paid. */
export const ReliefKind = z.enum(["credit_note", "write_off"]);

/** Told when less of a bill is due, without a payment. */
export const BillRelieved = defineEvent(
  "billing.bill_relieved.v1",
  z.object({
    billId: Id("bill"),
    reliefId: Id("rlf"),
    kind: ReliefKind,
    amountMinor: z.int(),
    currency: Currency,
  }),
);

/** Told when what was paid of a bill turned out to be too much, and became its account's credit. */
export const CreditGiven = defineEvent(
  "billing.credit_given.v1",
  z.object({
    accountId: Id("acc"),
    billId: Id("bill"),
    reliefId: Id("rlf"),
    amountMinor: z.int().positive(),
    currency: Currency,
  }),
);

/** By what rule a penalty came to be: enough to say it in a sentence on the bill. */
export const PenaltyBasis = z.object({
  ruleId: Id("pru"),
  type: z.enum(["fixed", "once", "monthly"]),
  /** Of a share: 200 is 2 %. */
  basisPoints: z.int().optional(),
  /** What was late, and since when. */
  baseMinor: z.int(),
  dueOn: z.iso.date(),
  /** The day that it is charged for. */
  on: z.iso.date(),
});
/** Of one bill, which of its penalties: the same for ever, so that none is charged twice. */
export const PenaltyStep = z.string().regex(/^[a-z0-9.]{1,40}$/);
/** Why a penalty is taken back: it was reckoned anew by what was heard later, or an amnesty promised it. */
export const RemissionWhy = z.enum(["recomputed", "amnesty"]);

/** Told once for each penalty, in the transaction that makes it due. */
export const PenaltyCharged = defineEvent(
  "billing.penalty_charged.v1",
  z.object({
    billId: Id("bill"),
    kind: z.string(),
    step: PenaltyStep,
    amountMinor: z.int().positive(),
    currency: Currency,
    ruleId: Id("pru"),
  }),
);
/** Told when less of a bill's penalties is due, by an entry that takes it back. */
export const PenaltyRemitted = defineEvent(
  "billing.penalty_remitted.v1",
  z.object({
    billId: Id("bill"),
    kind: z.string(),
    remissionId: z.string(),
    why: RemissionWhy,
    amnestyId: Id("amn").optional(),
    amountMinor: z.int().positive(),
    currency: Currency,
  }),
);

/** Who let an account pay less, or ended it: by decision, with no word of why. */
export const ExemptionDecided = defineEvent(
  "billing.exemption_decided.v1",
  z.object({
    exemptionId: Id("exm"),
    accountId: Id("acc"),
    what: z.string(),
    to: z.enum(["approved", "refused", "ended"]),
    by: z.string(),
  }),
);

const AMOUNT_MAX = 1_000_000_000_000;
/** By language; no name. */
export const Titles = z.partialRecord(z.enum(LANGS), z.string().max(120));

const BillFacts = z.object({
  billId: Id("bill"),
  accountId: Id("acc").optional(),
  reference: z.string(),
  kind: z.string(),
  /** Of what another room raised. */
  titles: Titles.optional(),
  /** As it was issued. */
  totalMinor: z.int(),
  /** What penalties have made due on top, less what was taken back of them. */
  penaltyMinor: z.int().optional(),
  /** The balance of the ledger's account `due:<billId>`: there is no second state. */
  dueMinor: z.int(),
  currency: Currency,
  /** What it is for in time; of what was raised, as it was raised. */
  month: Period,
  state: BillState,
});

/** The bill that carries this reference, however it was typed. One that is not there is `absent`. */
export const BillByReference = offer(
  "billing.bill_by_reference",
  z.object({ reference: z.string().max(40) }),
  BillFacts,
);

/**
 * One bill as it stands now, with when it was issued; `absent` when it is not there. Of one that is paid in parts,
 * `lateMinor` is what should have been paid by now; of one that a room raised, `raisedAs` is under which id.
 */
export const BillById = offer(
  "billing.bill_by_id",
  z.object({ billId: z.string().max(60) }),
  BillFacts.extend({
    issuedAt: z.iso.datetime(),
    lateMinor: z.int().optional(),
    raisedAs: z.string().optional(),
  }),
);

/** One bill of which something is due. */
const Due = BillFacts.pick({
  billId: true,
  reference: true,
  kind: true,
  month: true,
  titles: true,
  totalMinor: true,
  dueMinor: true,
});
export type Due = z.infer<typeof Due>;

/** What a reference asks for, and how money that names it is spread; no name. */
const Dues = z.object({
  of: z.enum(["bill", "account"]),
  /** Of a bill: its own. */
  billId: Id("bill").optional(),
  /** Of nobody's bill there is none. */
  accountId: Id("acc").optional(),
  reference: z.string(),
  /** Of an account: `account`. */
  kind: z.string(),
  month: Period,
  titles: Titles.optional(),
  currency: Currency,
  totalMinor: z.int(),
  /** Of the bill, or of all of the account's together. */
  dueMinor: z.int(),
  /** What the account has paid ahead. */
  creditMinor: z.int().min(0),
  state: BillState,
  /** What is paid by it, in this order. */
  dues: z.array(Due),
  /** What becomes of money beyond them. */
  beyond: z.enum(["account", "suspense"]),
  /** The version of the city's rule that this order is by. */
  rule: z.int(),
});
export type Dues = z.infer<typeof Dues>;

/** What is due by a bill's reference or an account's, however it was typed. One that is not there is `absent`. */
export const DuesByReference = offer("billing.dues_by_reference", z.object({ reference: z.string().max(40) }), Dues);

/** What is due of an account, in the order of the city's rule; of one that nobody has, nothing. */
export const DuesInOrder = offer(
  "billing.dues_in_order",
  z.object({
    accountId: z.string().max(60),
    /** A bill of it that was issued a moment ago. */
    billId: z.string().max(60).optional(),
  }),
  Dues.pick({ dues: true, dueMinor: true, creditMinor: true, currency: true, rule: true }),
);

/** Told with a bill that is issued to an account which has paid ahead: its credit is to be used. */
export const CreditMet = defineEvent("billing.credit_met.v1", z.object({ accountId: Id("acc"), billId: Id("bill") }));

/** Told when the city sets another rule by which payments are matched to dues. */
export const MatchingRuleSet = defineEvent(
  "billing.matching_rule_set.v1",
  z.object({ version: z.int().positive(), by: z.string() }),
);

/**
 * Makes something due that another room has to be paid for: a prepaid purchase, a permit's fee. Asked twice with one
 * `id`, it is one bill, and with another content a `conflict`. When `expiresAt` passes and nothing was paid of it, it is
 * cancelled by a reversing entry; what comes afterwards waits in suspense.
 */
export const RaiseDue = offer(
  "billing.raise_due",
  z.object({
    /** Of the room that asks, as `vending:<order>`. */
    id: z.string().max(80),
    accountId: Id("acc").optional(),
    kind: DueKind,
    /** Shown to the payer, by language; no name. */
    titles: Titles,
    period: Period,
    netMinor: z.int().min(0).max(AMOUNT_MAX),
    vatMinor: z.int().min(0).max(AMOUNT_MAX),
    /** What of the net is rounding, as `payable` made it: a line of its own on the bill. */
    roundingMinor: z.int().optional(),
    currency: Currency,
    expiresAt: z.iso.datetime().optional(),
  }),
  z.object({ billId: Id("bill"), reference: z.string() }),
);

/** The bill that was raised under this id, if there is one. */
export const BillRaised = offer(
  "billing.bill_raised",
  z.object({ id: z.string().max(80) }),
  z.object({ billId: Id("bill").optional() }),
);

/**
 * A credit note over what another room found to be too much on a bill that it raised, or over what is still due where
 * that is less: what was paid is given back by a refund, not here. Asked twice with one id, it is one. Four eyes are
 * for who asks to see to; both names are kept.
 */
export const CreditBill = offer(
  "billing.credit_bill",
  z.object({
    id: Id("rlf"),
    billId: Id("bill"),
    amountMinor: z.int().positive().max(AMOUNT_MAX),
    reason: z.string().min(1).max(200),
    askedBy: z.string(),
    approvedBy: z.string(),
  }),
  z.object({
    creditedMinor: z.int().min(0),
    /** Of this bill by now. */
    paidMinor: z.int().min(0),
  }),
);

/**
 * What an account still owes, the oldest first; of a bill that is paid in parts, what is late. Purchases in advance are
 * nobody's debt.
 */
export const DuesOfAccount = offer(
  "billing.dues_of_account",
  z.object({ accountId: Id("acc"), limit: z.int().min(1).max(100) }),
  z.array(BillFacts.extend({ issuedAt: z.iso.datetime() })),
);

/** The tariff that new bills for this use today: a module's, else the city's own; none where neither is there. */
export const TariffInUse = offer(
  "billing.tariff_in_use",
  z.object({ kind: z.enum(["electricity", "water", "gas"]) }),
  z.object({ tariff: TariffPart.optional() }),
);

/**
 * What quantities of a month would cost on a bill that is drawn up today: by the tariff in use and what is granted to
 * the account, with VAT and the fixed part. No costs where there is no tariff.
 */
export const CostOfUse = offer(
  "billing.cost_of_use",
  z.object({
    kind: z.enum(["electricity", "water", "gas"]),
    accountId: Id("acc").optional(),
    meterId: z.string().max(60),
    month: Month,
    /** Whole Wh or litres. */
    quantities: z.array(z.int()).max(10),
  }),
  z.object({
    currency: Currency.optional(),
    /** The social tariff counts in them. */
    isSocial: z.boolean().optional(),
    /** In the order of the quantities; the fixed part before VAT. */
    costs: z.array(z.object({ totalMinor: z.int(), vatMinor: z.int(), fixedMinor: z.int() })).optional(),
  }),
);

export const Penalty = z.object({
  step: PenaltyStep,
  amountMinor: z.int().positive(),
  at: z.iso.datetime(),
  ...PenaltyBasis.shape,
});
export type Penalty = z.infer<typeof Penalty>;
export const Remission = z.object({
  id: z.string().regex(/^[A-Za-z0-9._~]{1,60}$/),
  why: RemissionWhy,
  /** Of what is reckoned anew: which penalty. */
  step: PenaltyStep.optional(),
  amnestyId: Id("amn").optional(),
  amountMinor: z.int().positive(),
  at: z.iso.datetime(),
});
export type Remission = z.infer<typeof Remission>;

/** What was charged on a bill for being late, what of it was taken back, and how the bill is to be paid. */
export const PenaltiesOf = offer(
  "billing.penalties_of",
  z.object({ billId: z.string().max(60) }),
  z.object({
    dueMinor: z.int(),
    penaltyMinor: z.int(),
    penalties: z.array(Penalty),
    remissions: z.array(Remission),
    /** In parts, as it was agreed; `penaltyMinor` of its sum were penalties, which the last parts pay. */
    plan: z
      .object({
        agreedAt: z.iso.datetime(),
        dueMinor: z.int(),
        penaltyMinor: z.int(),
        parts: z.array(z.object({ dueOn: z.iso.date(), amountMinor: z.int() })),
      })
      .optional(),
  }),
);

/**
 * Makes a penalty due on a bill that is not paid: once for its step, whoever asks how often. Of a bill of which nothing
 * but penalties is open, or that expires by itself, nothing is charged.
 */
export const ChargePenalty = offer(
  "billing.charge_penalty",
  z.object({
    billId: Id("bill"),
    step: PenaltyStep,
    amountMinor: z.int().positive().max(AMOUNT_MAX),
    currency: Currency,
    ...PenaltyBasis.shape,
  }),
  z.object({ outcome: z.enum(["charged", "charged_before", "nothing_late"]) }),
);

/** Takes back of a bill's penalties, by a new entry and once for its id: at most what is open of them. */
export const RemitPenalty = offer(
  "billing.remit_penalty",
  z.object({ billId: Id("bill"), ...Remission.omit({ at: true }).shape }),
  z.object({ remittedMinor: z.int() }),
);

/** What a tariff makes of a month's use: plain arithmetic, so that a trial and a bill cannot differ. */
export { charge } from "./charging.ts";
/** The ledger's accounts of what is due of a bill, and of what a customer has paid ahead. */
export { creditAccount, dueAccount } from "./domain.ts";
/** A kind's name. */
export { kindName } from "./texts.ts";
