import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";

/** On each receipt and in the ledger's account `cash:<code>`: short, as painted on the counter. */
export const TillCode = z.string().regex(/^[A-Z0-9]{1,8}$/, "1 to 8 capital letters and digits, such as T1");
export const ShiftId = Id("shf");
export const TakingId = Id("tak");
export const DepositId = Id("dep");
export const Day = z.iso.date("a day such as 2026-11-23").regex(/^[12]/, "a day such as 2026-11-23");

const Amount = z.int().positive().max(1_000_000_000_000);

export const NewTill = z
  .strictObject({ code: TillCode, name: z.string().trim().min(1).max(80) })
  .meta({ id: "NewTill" });
export type NewTill = z.infer<typeof NewTill>;

/** Open: takes cash. Counted: waits for the second person. Closed: nobody stands there. */
export const TillState = z.enum(["closed", "open", "counted"]);

export const Till = NewTill.extend({
  currency: Currency,
  state: TillState,
  /** The open or counted shift, or the last one. */
  shiftId: ShiftId.optional(),
  /** How many times cash was brought from here to the bank. */
  deposits: z.int(),
  createdAt: z.iso.datetime(),
}).meta({ id: "Till" });
export type Till = z.infer<typeof Till>;

/** Sent twice with one `id`, it is one shift. */
export const NewShift = z
  .strictObject({
    id: ShiftId.optional(),
    /** What lies in the drawer at the start; what that differs from the books is brought from the safe, or to it. */
    floatMinor: z.int().min(0).max(1_000_000_000_000),
  })
  .meta({ id: "NewShift" });
export type NewShift = z.infer<typeof NewShift>;

/** How many of each coin and note, by its value in minor units: `{ "500": 3 }`. */
export const Denominations = z
  .record(
    z.string().regex(/^[1-9][0-9]{0,11}$/, "a coin's or note's value in minor units"),
    z.int().min(0).max(100_000),
  )
  .refine((all) => Object.keys(all).length <= 60, "at most 60 coins and notes");
export type Denominations = z.infer<typeof Denominations>;

export const NewCount = z
  .strictObject({ denominations: Denominations, note: z.string().max(300).optional() })
  .meta({ id: "NewCount" });
export type NewCount = z.infer<typeof NewCount>;

export const Shift = z
  .object({
    id: ShiftId,
    till: TillCode,
    currency: Currency,
    state: z.enum(["open", "counted", "closed"]),
    floatMinor: z.int(),
    openedAt: z.iso.datetime(),
    openedBy: z.string(),
    denominations: Denominations.optional(),
    countedMinor: z.int().optional(),
    note: z.string().optional(),
    countedAt: z.iso.datetime().optional(),
    countedBy: z.string().optional(),
    /** What the books said when the second person signed, and what lay there more (or less). */
    expectedMinor: z.int().optional(),
    differenceMinor: z.int().optional(),
    closedAt: z.iso.datetime().optional(),
    closedBy: z.string().optional(),
  })
  .meta({ id: "Shift" });
export type Shift = z.infer<typeof Shift>;

/** Cash for a bill. `id` is the caller's, so that a second press takes nothing twice. */
export const NewTaking = z
  .strictObject({
    id: TakingId,
    reference: z.string().min(1).max(40),
    /** Without it, all that is due. */
    amountMinor: Amount.optional(),
    /** What the payer handed over; without it, exactly the amount. */
    givenMinor: Amount.optional(),
  })
  .meta({ id: "NewTaking" });
export type NewTaking = z.infer<typeof NewTaking>;

export const ReceiptState = z.enum(["taking", "taken", "reversal_asked", "reversing", "reversed"]);

export const CashReceipt = z
  .object({
    /** Of the till and the year, from 1 on and without a gap. */
    number: z.int().positive(),
    year: z.string(),
    till: TillCode,
    /** As printed: `T1-2026-000042`. */
    label: z.string(),
    takingId: TakingId,
    shiftId: ShiftId,
    reference: z.string(),
    /** For what: the service and its month; no name. */
    kind: z.string(),
    period: z.string(),
    amountMinor: z.int(),
    givenMinor: z.int(),
    changeMinor: z.int(),
    currency: Currency,
    state: ReceiptState,
    takenAt: z.iso.datetime(),
    takenBy: z.string(),
    /** Of the city, by its own clock. */
    day: Day,
    outcome: z.enum(["settled", "suspense"]).optional(),
    paymentId: Id("pay").optional(),
    reason: z.string().optional(),
    askedBy: z.string().optional(),
    askedAt: z.iso.datetime().optional(),
    approvedBy: z.string().optional(),
    reversedAt: z.iso.datetime().optional(),
    /** The day on which the money was handed back. */
    reversedOn: Day.optional(),
  })
  .meta({ id: "CashReceipt" });
export type CashReceipt = z.infer<typeof CashReceipt>;

export const NewReversal = z.strictObject({ reason: z.string().trim().min(3).max(200) }).meta({ id: "NewReversal" });

export const NewDeposit = z
  .strictObject({ id: DepositId, amountMinor: Amount, bankAccountId: Id("ban") })
  .meta({ id: "NewDeposit" });
export type NewDeposit = z.infer<typeof NewDeposit>;

export const Deposit = z
  .object({
    id: DepositId,
    till: TillCode,
    /** ISO 11649, to be written on the paying-in slip: by it the bank's line is known. */
    reference: z.string(),
    amountMinor: z.int(),
    currency: Currency,
    bankAccountId: Id("ban"),
    state: z.enum(["in_transit", "arrived"]),
    madeAt: z.iso.datetime(),
    madeBy: z.string(),
    arrivedAt: z.iso.datetime().optional(),
  })
  .meta({ id: "CashDeposit" });
export type Deposit = z.infer<typeof Deposit>;

export const DayReport = z
  .object({
    day: Day,
    tills: z.array(
      z.object({
        till: TillCode,
        currency: Currency,
        receipts: z.int(),
        takenMinor: z.int(),
        reversed: z.int(),
        reversedMinor: z.int(),
        netMinor: z.int(),
        /** Of the closings of this day. */
        differenceMinor: z.int(),
      }),
    ),
  })
  .meta({ id: "CashDayReport" });
export type DayReport = z.infer<typeof DayReport>;
