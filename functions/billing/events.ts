import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { offer } from "../../shared/room.ts";
import { LANGS } from "../../shared/texts.ts";
import { TariffPart } from "./tariff.ts";

export { TariffPart, type TariffSource } from "./tariff.ts";

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
  totalMinor: z.int(),
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
 * `lateMinor` is what should have been paid by now.
 */
export const BillById = offer(
  "billing.bill_by_id",
  z.object({ billId: z.string().max(60) }),
  BillFacts.extend({ issuedAt: z.iso.datetime(), lateMinor: z.int().optional() }),
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
    currency: Currency,
    expiresAt: z.iso.datetime().optional(),
  }),
  z.object({ billId: Id("bill"), reference: z.string() }),
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
  z.object({ creditedMinor: z.int().min(0) }),
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

/** What a tariff makes of a month's use: plain arithmetic, so that a trial and a bill cannot differ. */
export { charge } from "./charging.ts";
/** A kind's name. */
export { kindName } from "./texts.ts";
