import { z } from "zod";
import { Code } from "../network/events.ts";
import { Hour } from "./schema.ts";

export const HOURS_MAX = 168;
const Watts = z.int().min(1).max(50_000_000);
const Litres = z.int().min(0).max(1e10);

/** In the currency's main unit a kWh, such as "0.1542". */
const Price = z
  .string()
  .trim()
  .regex(/^[0-9]{1,6}([.][0-9]{1,6})?$/, "a price such as 0.1542");
const ClockHour = z.int().min(0).max(24);
/** Hours of the day by the city's clock; 22 to 6 is over midnight, and belongs to the day on which it begins. */
const Daily = z
  .strictObject({
    from: ClockHour,
    to: ClockHour,
    /** On these days of the week, 1 for Monday to 7 for Sunday; without any, on all. */
    days: z.array(z.int().min(1).max(7)).min(1).max(7).optional(),
  })
  .refine(({ from, to }) => from !== to, "These are no hours.");

export const Sun = z.union([
  z.strictObject({
    /** Mean watts of each hour, as somebody forecasts them. */
    watts: z.array(z.int().min(0).max(50_000_000)).min(1).max(HOURS_MAX),
  }),
  z.strictObject({
    /** Level panels under a sky without clouds: an upper bound. */
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    panelW: Watts,
  }),
]);

export const Pump = z
  .strictObject({
    powerW: Watts,
    /** What it lifts at full power. */
    litresPerHour: z.int().min(1).max(1e9),
    startLitres: Litres,
    minLitres: Litres,
    maxLitres: Litres,
    /** What must be in the tank at the end; without it, as much as at the start. */
    endLitres: Litres.optional(),
    /** What flows out: hour by hour, or as the zone's latest forecast says. */
    demand: z.union([
      z.strictObject({ litres: z.array(Litres).min(1).max(HOURS_MAX) }),
      z.strictObject({ zone: Code }),
    ]),
  })
  .meta({ id: "ForecastPump" });
export type Pump = z.infer<typeof Pump>;

export const Load = z
  .strictObject({
    maxW: Watts,
    energyWh: z.int().min(1).max(1e10),
    /** Without any it may run at all hours. */
    windows: z.array(Daily).max(24).default([]),
  })
  .meta({ id: "ForecastLoad" });

export const ScheduleOrder = z
  .strictObject({
    from: Hour.optional(),
    hours: z.int().min(1).max(HOURS_MAX).default(24),
    tariff: z.strictObject({
      /** At all hours that no period names; of several periods the last counts. */
      price: Price,
      periods: z
        .array(Daily.safeExtend({ price: Price }))
        .max(48)
        .default([]),
      /** What a kWh of one's own sun brings when it is not used. */
      feedIn: Price.default("0"),
    }),
    sun: Sun.optional(),
    pump: Pump.optional(),
    load: Load.optional(),
  })
  .refine(({ pump, load }) => (pump === undefined) !== (load === undefined), {
    path: ["pump"],
    error: "Name a pump or a load, one of them.",
  })
  .meta({ id: "ForecastScheduleOrder" });
export type ScheduleOrder = z.infer<typeof ScheduleOrder>;

export const Schedule = z
  .object({
    currency: z.string(),
    from: z.iso.datetime(),
    hours: z.array(
      z.object({
        at: z.iso.datetime(),
        /** Of that hour at full power, in quarters of an hour. */
        minutes: z.int(),
        energyWh: z.number(),
        pricePerKwh: z.string(),
        sunW: z.int(),
        /** In the tank at the hour's end. */
        litres: z.number().optional(),
      }),
    ),
    costMinor: z.int(),
    /** What the same energy costs when it is spread evenly over the hours in which it may run. */
    evenCostMinor: z.int(),
    savingMinor: z.int(),
    /** Whether the tank would bear it evenly. */
    isEvenPossible: z.boolean(),
    /** Where the sun's figures come from. */
    sun: z.enum(["none", "given", "clear_sky"]),
  })
  .meta({
    id: "ForecastSchedule",
    description:
      "No way of whole quarter hours costs less within these limits; levels are looked at at the end of each hour, and one's own sun is set against an hour's use as a whole.",
  });
export type Schedule = z.infer<typeof Schedule>;
