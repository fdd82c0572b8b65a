import { z } from "zod";
import { Currency } from "../../../shared/money.ts";
import { BaseUnit, Kind, MeterId, Month, Usage } from "../schema.ts";

/** What the people of an account want to be told of a meter; what is left out, they are not told. */
export const HomeRules = z
  .strictObject({
    /** Of water: told when it ran in each of so many hours. */
    flowHours: z.int().min(4).max(24).optional(),
    /** Told when nothing was heard of the meter for so many days. */
    silentDays: z.int().min(1).max(30).optional(),
    /** For a month, with VAT, in the city's currency: told at 80 % and at 100 % of it. */
    budgetMinor: z.int().min(1).max(1_000_000_000_000).optional(),
  })
  .meta({ id: "HomeAlarmRules" });
export type HomeRules = z.infer<typeof HomeRules>;

/** What a household says of itself, if it likes: homes are then compared with such of about as many people. */
export const Household = z.strictObject({ people: z.int().min(1).max(20).optional() }).meta({ id: "Household" });
export type Household = z.infer<typeof Household>;

/** By which the page judges where nobody has set another figure. */
export const USUAL = { flowHours: 24, silentDays: 3 } as const;

const Share = z.number().min(0).max(1);

const Cost = z.object({
  currency: Currency,
  /** Of what was used so far, with VAT and the whole fixed part of the month. */
  totalMinor: z.int(),
  vatMinor: z.int(),
  /** Before VAT. */
  fixedMinor: z.int(),
  isSocial: z.boolean(),
  isEstimated: z.boolean(),
});

/** Of the whole month. A forecast without a known error is not given. */
const Forecast = z.discriminatedUnion("state", [
  z.object({
    state: z.literal("given"),
    quantity: z.int(),
    lowQuantity: z.int(),
    highQuantity: z.int(),
    /** Eight of ten forecasts like this one were off by no more than this, for the days that were still to come. */
    pastError: z.number().min(0),
    /** So many forecasts of the past were compared with what came. */
    checked: z.int(),
    currency: Currency.optional(),
    lowMinor: z.int().optional(),
    highMinor: z.int().optional(),
  }),
  z.object({ state: z.literal("too_little_history") }),
]);
export type Forecast = z.infer<typeof Forecast>;

/** A quarter of the homes used at most `lower`, half of them `median`, three quarters `upper`: to two digits. */
const Comparison = z.discriminatedUnion("state", [
  z.object({
    state: z.literal("shown"),
    month: Month,
    /** Else homes of the whole city. */
    district: z.string().optional(),
    /** Of households of so many people, as they say themselves; 5 stands for five and more. Else of all. */
    householdSize: z.int().optional(),
    own: z.int(),
    lower: z.int(),
    median: z.int(),
    upper: z.int(),
  }),
  z.object({ state: z.enum(["no_whole_month", "being_computed", "too_few_homes"]), month: Month }),
]);
export type Comparison = z.infer<typeof Comparison>;

const Alarms = z.object({
  /** Of water with hourly readings: in how many hours up to the last reading it ran without a pause, at most a day. */
  flow: z.object({ hours: z.int(), leastPerHour: z.int(), isOn: z.boolean() }).optional(),
  silence: z.object({ days: z.int(), isOn: z.boolean() }),
  /** Only to the account's own people. */
  budget: z
    .object({ budgetMinor: z.int(), share: z.number().min(0), state: z.enum(["within", "near", "over"]) })
    .optional(),
});
export type Alarms = z.infer<typeof Alarms>;

export const MeterSummary = z
  .object({
    meterId: MeterId,
    kind: Kind,
    unit: BaseUnit,
    timeZone: z.string(),
    lastReadAt: z.iso.datetime().optional(),
    today: z.object({ on: z.iso.date(), quantity: z.int(), isEstimated: z.boolean(), hours: z.array(Usage) }),
    month: z.object({
      month: Month,
      quantity: z.int(),
      daysWithReadings: z.int(),
      isEstimated: z.boolean(),
      estimatedShare: Share,
    }),
    /** Where the city has a tariff. */
    cost: Cost.optional(),
    forecast: Forecast,
    comparison: Comparison,
    alarms: Alarms,
  })
  .meta({ id: "MeterSummary" });
export type MeterSummary = z.infer<typeof MeterSummary>;
