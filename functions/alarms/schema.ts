import { z } from "zod";
import { Id } from "../../shared/ids.ts";

export const AlarmId = Id("alm");

export const KINDS = [
  "mismatch",
  "provider_silent",
  "refunds_day",
  "refunds_week",
  "refunds_person",
  "refund_soon",
  "refunds_repeated",
  "cash_difference",
  "suspense_old",
  "ledger_unsound",
  "disputes",
  "peak_expected",
  "readings_stalled",
  "module",
  "indicator",
] as const;
export const Kind = z.enum(KINDS);
export type Kind = z.infer<typeof Kind>;

/** What an alarm says: which of these there are, depends on its kind. Ids and figures, no names. */
export const AlarmFacts = z
  .object({
    account: z.string(),
    rail: z.string(),
    day: z.string(),
    /** The Monday of the week. */
    week: z.string(),
    month: z.string(),
    count: z.int(),
    /** What a week has as a rule, or of how many payments. */
    usual: z.int(),
    amountMinor: z.int(),
    currency: z.string(),
    /** Who asked for it. */
    person: z.string(),
    refundId: z.string(),
    paymentId: z.string(),
    suspenseId: z.string(),
    till: z.string(),
    minutes: z.int(),
    at: z.iso.datetime(),
    problem: z.string(),
    /** Of the network. */
    zone: z.string(),
    /** Wh or litres in an hour. */
    highest: z.int(),
    unit: z.enum(["Wh", "L"]),
    /** Of the marketplace, what it says, and about which meter, account or bill. */
    module: z.string(),
    what: z.string(),
    about: z.string(),
    value: z.number(),
    /** Of the city's own figures, by its name in addresses; `what` is its title. */
    indicator: z.string(),
    measure: z.string(),
  })
  .partial();
export type AlarmFacts = z.infer<typeof AlarmFacts>;

export const Alarm = z
  .object({
    id: AlarmId,
    kind: Kind,
    /** Of what: an account's day, a till's shift, a person's week. One cause raises one alarm. */
    cause: z.string(),
    facts: AlarmFacts,
    state: z.enum(["open", "closed"]),
    /** When the fact happened that raised it. */
    since: z.iso.datetime(),
    seenBy: z.string().optional(),
    seenAt: z.iso.datetime().optional(),
    closedAt: z.iso.datetime().optional(),
    /** None: its cause is over, and it closed by itself. */
    closedBy: z.string().optional(),
    note: z.string().optional(),
  })
  .meta({ id: "Alarm" });
export type Alarm = z.infer<typeof Alarm>;

export const Closing = z.strictObject({ note: z.string().trim().min(3).max(300) }).meta({ id: "AlarmClosing" });

const Count = z.int().min(1).max(1_000_000);

/** From when on the city is alarmed. */
export const AlarmRule = z
  .strictObject({
    refunds: z.strictObject({
      /** More refunds than this in a day. */
      dayCount: Count,
      /** More given back than this in a day, in the city's currency; 0: no matter. */
      dayAmountMinor: z.int().min(0).max(1_000_000_000_000),
      /** So many times as much in a week as in the weeks before, and at least so many refunds. */
      weekTimesUsual: z.int().min(2).max(100),
      weekAtLeast: Count,
      /** More in a week that one person asked for, cash receipts undone at a till included. */
      personWeekCount: Count,
      /** Sooner after the payment than this; 0: no matter. */
      soonMinutes: z.int().min(0).max(10_080),
      /** So many parts of one payment given back. */
      parts: z.int().min(2).max(100),
    }),
    /** More or less than this at the closing of a till. */
    cashDifferenceMinor: z.int().min(0).max(1_000_000_000_000),
    /** Money that has waited without a bill for longer than this. */
    suspenseDays: z.int().min(1).max(365),
    /** Of a thousand payments by one rail, in this month and the last; and at least so many disputes. */
    disputes: z.strictObject({ perThousand: z.int().min(1).max(1_000), atLeast: Count }),
    /** Whether each alarm goes to the treasurers by e-mail. */
    isMailed: z.boolean(),
  })
  .meta({ id: "AlarmRule" });
export type AlarmRule = z.infer<typeof AlarmRule>;

export const DEFAULT_RULE: AlarmRule = {
  refunds: {
    dayCount: 20,
    dayAmountMinor: 0,
    weekTimesUsual: 3,
    weekAtLeast: 5,
    personWeekCount: 10,
    soonMinutes: 15,
    parts: 3,
  },
  cashDifferenceMinor: 0,
  suspenseDays: 7,
  // Card schemes warn a merchant at 6.5 to 9 of a thousand.
  disputes: { perThousand: 6, atLeast: 3 },
  isMailed: true,
};
