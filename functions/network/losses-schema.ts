import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { Code, Kind, Level, Month, Since } from "./schema.ts";

/** Water or energy that is used rightly and that no meter counts: flushing, fire-fighting, street lights, a flat rate. */
export const NewAllowance = z
  .strictObject({
    area: Code,
    month: Month,
    /** Wh or litres. */
    quantity: z.int().positive().max(1_000_000_000_000),
    reason: z.string().trim().min(3).max(200),
    /** It is paid for all the same, by a flat rate. */
    isBilled: z.boolean().default(false),
  })
  .meta({ id: "NewNetworkAllowance" });
export const Allowance = z
  .object({ id: Id("alw"), ...NewAllowance.shape, area: z.string(), by: z.string(), at: z.iso.datetime() })
  .meta({ id: "NetworkAllowance" });
export type Allowance = z.infer<typeof Allowance>;

export const NewAnalysis = z.strictObject({ month: Month }).meta({ id: "NewNetworkAnalysis" });
export const Analysis = z
  .object({
    month: Month,
    state: z.enum(["running", "done"]),
    /** Points are read first, then areas are judged. */
    phase: z.enum(["points", "areas"]),
    points: z.int(),
    areas: z.int(),
    by: z.string(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().optional(),
  })
  .meta({ id: "NetworkAnalysis" });
export type Analysis = z.infer<typeof Analysis>;
export const KeptAnalysis = Analysis.extend({
  /** Which of two analyses of a month this is: the one that began last goes on. */
  run: z.string(),
  cursor: z.string().optional(),
});
export type KeptAnalysis = z.infer<typeof KeptAnalysis>;

const Share = z.number();
export const Features = z.object({
  drop: Share,
  explains: Share,
  follows: Share,
  zeros: Share,
  tampered: Share,
});
export const Suspect = z.object({
  point: z.string(),
  /** 0 to 100. */
  score: z.int(),
  features: Features,
  missingPerDay: z.int(),
  sinceOn: z.iso.date().optional(),
});

/** What became of what flowed into an area in a month. Quantities are Wh or litres. */
export const AreaResult = z
  .object({
    area: z.string(),
    name: z.string().optional(),
    month: Month,
    level: Level,
    kind: Kind,
    /** The last day that is in it: a month that is not over is judged as far as it is. */
    toOn: z.iso.date(),
    points: z.int(),
    /** Of the time of its points, how much has no reading; and of what they used, how much is estimated. */
    gapShare: Share,
    estimatedShare: Share,
    billedQuantity: z.int(),
    /** Used rightly and not billed: by meters of nobody's account, or declared. */
    unbilledQuantity: z.int(),
    /** Absent: no bulk meter measures what flows in. */
    inputQuantity: z.int().optional(),
    inputGapShare: Share.optional(),
    /** Input less billed less unbilled. */
    lossQuantity: z.int().optional(),
    lossShare: Share.optional(),
    /** By the tariff in use, for what is used, before fixed charges and VAT; absent where there is no tariff. */
    currency: Currency.optional(),
    billedMinor: z.int().optional(),
    lossMinor: z.int().optional(),
    /** What a litre or Wh is worth, for the ranking: so many minor units a million of them. */
    minorPerMillion: z.number().optional(),
    /** Of zones of water that are measured by the hour. */
    night: z
      .object({
        firstOn: z.iso.date(),
        flow: z.array(z.number().nullable()),
        trend: z.number(),
        use: z.number(),
        leakPerDay: z.int(),
        share: Share,
        isLeak: z.boolean(),
        sinceOn: z.iso.date().optional(),
      })
      .optional(),
    /** No measured area lies within it: leaks and thefts are told here. */
    isLowest: z.boolean(),
    theftScore: z.int().optional(),
    /** The most suspect first, at most twenty. */
    suspects: z.array(Suspect),
    judgedAt: z.iso.datetime(),
  })
  .meta({ id: "NetworkBalance" });
export type AreaResult = z.infer<typeof AreaResult>;

/** What an area's balance said at the end of a day: how it came about. */
export const PastResult = AreaResult.pick({
  area: true,
  kind: true,
  gapShare: true,
  estimatedShare: true,
  inputQuantity: true,
  lossQuantity: true,
  lossShare: true,
  lossMinor: true,
  currency: true,
  theftScore: true,
  judgedAt: true,
})
  .extend({
    /** The last day that is in it, of its month so far. */
    on: z.iso.date(),
    /** Between 02:00 and 04:00 of that day, an hour; null where it was not read. */
    nightFlow: z.number().nullable().optional(),
    leakPerDay: z.int().optional(),
    suspects: z.int(),
  })
  .meta({ id: "NetworkPastBalance" });
export type PastResult = z.infer<typeof PastResult>;

export const ORDER_KINDS = ["leak", "theft"] as const;
export const FINDINGS = ["leak", "tampering", "meter_fault", "illegal_connection", "other", "nothing"] as const;
/** What a crew is to do. Where there is an open one for the same place, that one is answered. */
export const NewOrder = z
  .strictObject({
    kind: z.enum(ORDER_KINDS),
    area: Code,
    /** Of a theft. */
    point: Code.optional(),
    month: Month,
  })
  .refine(({ kind, point }) => (kind === "theft") === (point !== undefined), {
    path: ["point"],
    message: "a theft is looked for at a connection point, a leak in an area",
  })
  .meta({ id: "NewWorkOrder" });
export type NewOrder = z.infer<typeof NewOrder>;
export const Finding = z
  .strictObject({
    what: z.enum(FINDINGS),
    note: z.string().trim().max(500).optional(),
    crewDays: z.number().min(0.05).max(60).optional(),
  })
  .meta({ id: "WorkOrderFinding" });
export type Finding = z.infer<typeof Finding>;
export const Assignment = z.strictObject({ to: z.string().trim().min(1).max(80) }).meta({ id: "WorkOrderAssignment" });
export const Order = z
  .object({
    id: Id("wor"),
    kind: z.enum(ORDER_KINDS),
    area: z.string(),
    point: z.string().optional(),
    month: Month,
    state: z.enum(["open", "assigned", "done", "withdrawn"]),
    /** What the ranking said when it was ordered, for a month. */
    savingMinor: z.int().optional(),
    currency: Currency.optional(),
    crewDays: z.number(),
    orderedBy: z.string(),
    orderedAt: z.iso.datetime(),
    assignedTo: z.string().optional(),
    assignedAt: z.iso.datetime().optional(),
    finding: Finding.optional(),
    doneBy: z.string().optional(),
    doneAt: z.iso.datetime().optional(),
    /** Why nobody goes after all. */
    withdrawnFor: z.string().optional(),
    withdrawnBy: z.string().optional(),
    withdrawnAt: z.iso.datetime().optional(),
  })
  .meta({ id: "WorkOrder" });
export type Order = z.infer<typeof Order>;
export const isOver = ({ state }: Pick<Order, "state">): boolean => state === "done" || state === "withdrawn";
export const Withdrawal = z
  .strictObject({ reason: z.string().trim().min(3).max(200) })
  .meta({ id: "WorkOrderWithdrawal" });

/** One thing that a crew could do, with what it is worth. */
export const Intervention = z
  .object({
    kind: z.enum(ORDER_KINDS),
    area: z.string(),
    point: z.string().optional(),
    /** What is lost a month, and what of it is expected to be won. */
    lossMinor: z.int(),
    chance: Share,
    crewDays: z.number(),
    perCrewDayMinor: z.int(),
    currency: Currency,
    /** A work order for it that is not done. */
    orderId: z.string().optional(),
  })
  .meta({ id: "NetworkIntervention" });
export type Intervention = z.infer<typeof Intervention>;

/** Valves closed one after the other at night, while the zone's bulk meter is read every few minutes. */
export const NewStepTest = z
  .strictObject({
    area: Code,
    startedAt: Since,
    steps: z
      .array(z.strictObject({ valve: z.string().trim().min(1).max(40), closedAt: Since }))
      .min(1)
      .max(30),
    endedAt: Since,
  })
  .refine(
    ({ startedAt, steps, endedAt }) =>
      [startedAt, ...steps.map(({ closedAt }) => closedAt), endedAt].every((at, i, all) => i === 0 || all[i - 1]! < at),
    { path: ["steps"], message: "each valve is closed after the one before it, between the start and the end" },
  )
  .refine(({ startedAt, endedAt }) => Date.parse(endedAt) - Date.parse(startedAt) <= 86_400_000, {
    path: ["endedAt"],
    message: "a test takes at most a day",
  })
  .meta({ id: "NewStepTest" });
export type NewStepTest = z.infer<typeof NewStepTest>;
export const StepTest = z
  .object({ id: Id("stp"), ...NewStepTest.shape, area: z.string(), by: z.string(), at: z.iso.datetime() })
  .meta({ id: "KeptStepTest" });
export type StepTest = z.infer<typeof StepTest>;
export const StepTestResult = StepTest.extend({
  /** Litres an hour before the first valve, and what each valve took away; null where the bulk meter was not read. */
  flowBefore: z.number().nullable(),
  drops: z.array(z.object({ valve: z.string(), flow: z.number().nullable(), drop: z.number().nullable() })),
}).meta({ id: "StepTest" });
export type StepTestResult = z.infer<typeof StepTestResult>;

/** What came first on a morning. */
export const PastRanking = z
  .object({ on: z.iso.date(), rankedAt: z.iso.datetime(), interventions: z.array(Intervention).max(20) })
  .meta({ id: "NetworkPastRanking" });
export type PastRanking = z.infer<typeof PastRanking>;
