import { z } from "zod";

export const Kind = z.enum(["electricity", "water", "gas"]);
export type Kind = z.infer<typeof Kind>;
export const UNIT: Record<Kind, "Wh" | "L"> = { electricity: "Wh", gas: "L", water: "L" };

/** A peak is expected when so much is used in an hour; it is told so many hours before. */
export const PeakRule = z
  .strictObject({ threshold: z.int().min(1).max(1e12), leadHours: z.int().min(1).max(168) })
  .meta({ id: "ForecastPeakRule" });
export type PeakRule = z.infer<typeof PeakRule>;

export const Following = z
  .strictObject({
    /** Made each night. */
    isDaily: z.boolean().default(true),
    /** Open to everyone, once enough accounts are behind it. */
    isPublic: z.boolean().default(false),
    peak: PeakRule.optional(),
  })
  .meta({ id: "ForecastFollowing" });
export type Following = z.infer<typeof Following>;

/** Hours one after the other in which the threshold is reached. */
export const Peak = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    highest: z.int(),
    highestAt: z.iso.datetime(),
    /** None: it was not told yet. */
    toldAt: z.iso.datetime().optional(),
    overAt: z.iso.datetime().optional(),
  })
  .meta({ id: "ForecastPeak" });
export type Peak = z.infer<typeof Peak>;

export const PROBLEMS = ["too_short", "too_many_gaps", "too_late", "too_many_points", "no_area"] as const;

export const Zone = z
  .object({
    code: z.string(),
    kind: Kind,
    level: z.enum(["zone", "feeder", "transformer"]),
    ...Following.shape,
    by: z.string(),
    /** When the latest forecast begins. */
    latest: z.iso.datetime().optional(),
    /** Whose use it is: accounts at the latest forecast. */
    accounts: z.int().optional(),
    /** Why the last try made none. */
    problem: z.enum(PROBLEMS).optional(),
    peaks: z.array(Peak),
  })
  .meta({ id: "ForecastZone" });
export type Zone = z.infer<typeof Zone>;

/** A forecast as it was made, and what came of it. Wh or litres an hour. */
export const Forecast = z
  .object({
    zone: z.string(),
    kind: Kind,
    unit: z.enum(["Wh", "L"]),
    /** The beginning of its first hour; 168 follow each other. */
    from: z.iso.datetime(),
    madeAt: z.iso.datetime(),
    points: z.array(z.int()),
    /** Between these each hour should lie, eight times of ten; absent: too little was known to say. */
    low: z.array(z.int()).optional(),
    high: z.array(z.int()).optional(),
    /** The same hour of the week before. */
    naive: z.array(z.int()),
    /** Null: not read yet, or too little. */
    actual: z.array(z.int().nullable()),
    /** Of how many of its hours somebody gave a temperature; absent: made without temperature. */
    temperatureHours: z.int().optional(),
    temperatureSource: z.string().optional(),
    accounts: z.int(),
  })
  .meta({ id: "Forecast" });
export type Forecast = z.infer<typeof Forecast>;

export const ErrorFigures = z
  .object({
    hours: z.int(),
    mae: z.number(),
    naiveMae: z.number(),
    wape: z.number().optional(),
    naiveWape: z.number().optional(),
    ratio: z.number().optional(),
    /** How many of the hours lay where they should eight times of ten; absent: the forecasts did not say where. */
    coverage: z.number().optional(),
  })
  .meta({ id: "ForecastError", description: "Beside the error of taking the same hour of the week before." });
export const Errors = z.object({
  hour: ErrorFigures.optional(),
  day: ErrorFigures.optional(),
  week: ErrorFigures.optional(),
});
export type Errors = z.infer<typeof Errors>;

export const Hour = z.iso
  .datetime({ offset: true })
  .refine((at) => Date.parse(at) % 3_600_000 === 0, "the beginning of an hour")
  .transform((at) => new Date(at).toISOString());

const Celsius = z.number().min(-90).max(60);
/** Thirteen weeks: their days fit one transaction. */
export const TEMPERATURES_MAX = 2_184;
/** Temperatures of hours one after the other, measured or forecast; what is known better later replaces them. */
export const Temperatures = z
  .strictObject({
    source: z.string().trim().min(1).max(80),
    from: Hour,
    celsius: z.array(Celsius.nullable()).min(1).max(TEMPERATURES_MAX),
  })
  .meta({ id: "ForecastTemperatures" });
export type Temperatures = z.infer<typeof Temperatures>;
