import { z } from "zod";
import { Id } from "../../shared/ids.ts";

export const Kind = z.enum(["electricity", "water", "gas"]);
export type Kind = z.infer<typeof Kind>;
export const LEVELS = ["zone", "feeder", "transformer"] as const;
export const Level = z.enum(LEVELS);
export type Level = z.infer<typeof Level>;
export const CLASSES = ["residential", "commercial", "industrial", "public", "own_use"] as const;
export const CustomerClass = z.enum(CLASSES);
export const AccountId = Id("acc");
export const MeterId = Id("mtr");
export const Month = z.string().regex(/^[12][0-9]{3}-(0[1-9]|1[0-2])$/, "a month such as 2026-11");

/** The city's own code of a place in the network, as it stands on plans; letters are the same large or small. */
export const Code = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z0-9][A-Z0-9._-]{0,39}$/, "1 to 40 letters, digits and . _ -")
  .meta({ example: "DMA-07" });

/** What a dial shows, in the unit on the meter's face. */
export const Register = z
  .string()
  .trim()
  .regex(/^[0-9]{1,9}([.][0-9]{1,3})?$/, "what the dial shows, such as 1234.5");

/** That of what is said without one: it has held ever since. */
export const EARLIEST = "1970-01-01T00:00:00.000Z";
/** An instant since when something holds: one that a reading can have, as what a dial showed then becomes one. */
export const Since = z.iso
  .datetime({ offset: true })
  .transform((at) => new Date(at).toISOString())
  .refine((at) => EARLIEST <= at && at < "2100", "an instant from 1970 until 2100");

const Spell = z.object({ from: z.iso.datetime(), to: z.iso.datetime().optional() });
/** A stretch of time in which something held; without `to` it still holds. */
export type Spell = z.infer<typeof Spell>;

export const Within = Spell.extend({ area: z.string() });
export const Input = Spell.extend({
  meterId: MeterId,
  serial: z.string(),
  /** Whether what it counts flows into the area, or out of it to another. */
  direction: z.enum(["in", "out"]),
});
export type Input = z.infer<typeof Input>;

const areaFacts = {
  level: Level,
  kind: Kind,
  name: z.string().trim().min(1).max(80).optional(),
};

/** A zone of water or gas, a feeder, or a transformer: what has an input and feeds connection points. */
export const NewArea = z.strictObject(areaFacts).meta({ id: "NewNetworkArea" });
export type NewArea = z.infer<typeof NewArea>;
export const Area = z
  .object({ code: z.string(), ...areaFacts, within: z.array(Within), inputs: z.array(Input) })
  .meta({ id: "NetworkArea" });
export type Area = z.infer<typeof Area>;

/** One change of an area. Without `at` it has held ever since. */
export const AreaChange = z
  .strictObject({
    at: Since.default(EARLIEST),
    /** The area that it is a part of; null: of none any more. */
    within: Code.nullable().optional(),
    /** A bulk meter that counts what flows in or out from `at` on. */
    input: z.strictObject({ meter: z.string().max(60), direction: z.enum(["in", "out"]).default("in") }).optional(),
    /** A bulk meter that does so no longer. */
    endsInput: z.string().max(60).optional(),
  })
  .meta({ id: "NetworkAreaChange" });
export type AreaChange = z.infer<typeof AreaChange>;

export const Day = z.iso.date().refine((day) => "1970-01-02" <= day && day < "2100", "a day from 1970 until 2100");

/** What the meters of an area counted, day by day. */
export const AreaUse = z
  .object({
    area: z.string(),
    kind: Kind,
    level: Level,
    timeZone: z.string(),
    days: z.array(
      z.object({
        day: z.iso.date(),
        from: z.iso.datetime(),
        to: z.iso.datetime(),
        /** Wh or litres. */
        quantity: z.int(),
        /** How many stood there, and of how many there is any reading. */
        meters: z.int(),
        read: z.int(),
        /** Of the time of all of them, and how much of that was not read from the meter: 0 to 1. */
        coverage: z.number(),
        estimatedShare: z.number(),
      }),
    ),
  })
  .meta({ id: "NetworkAreaUse" });
export type AreaUse = z.infer<typeof AreaUse>;

/** An area of which so many readings have to be looked at that it takes longer than an answer may. */
export const AreaAdding = z
  .object({ state: z.literal("adding"), area: z.string(), level: Level, done: z.int(), of: z.int() })
  .meta({ id: "NetworkAreaAdding" });
export type AreaAdding = z.infer<typeof AreaAdding>;

const pointFacts = {
  kind: Kind,
  customerClass: CustomerClass.default("residential"),
  /** Where it is, as a clerk finds it. */
  place: z.string().trim().min(1).max(120).optional(),
  /** WGS 84. */
  longitude: z.number().min(-180).max(180).optional(),
  latitude: z.number().min(-90).max(90).optional(),
};
/** A connection point: where the network ends and a customer begins. */
export const NewPoint = z.strictObject(pointFacts).meta({ id: "NewConnectionPoint" });
export type NewPoint = z.infer<typeof NewPoint>;

export const Standing = Spell.extend({
  meterId: MeterId,
  serial: z.string(),
  opening: Register.optional(),
  closing: Register.optional(),
});
export type Standing = z.infer<typeof Standing>;
export const Point = z
  .object({
    code: z.string(),
    ...pointFacts,
    areas: z.array(Within),
    accounts: z.array(Spell.extend({ accountId: AccountId })),
    meters: z.array(Standing),
  })
  .meta({ id: "ConnectionPoint" });
export type Point = z.infer<typeof Point>;

/** One change of a connection point. What is not named stays as it is; null ends it. */
export const PointChange = z
  .strictObject({
    at: Since.default(EARLIEST),
    area: Code.nullable().optional(),
    accountId: AccountId.nullable().optional(),
    /** The meter that stands there from `at` on, by serial or id; the one before it is taken away. */
    meter: z.string().trim().min(1).max(60).nullable().optional(),
    /** What the new meter showed when it was set, and the old one when it was taken away. */
    opening: Register.optional(),
    closing: Register.optional(),
  })
  .meta({ id: "ConnectionPointChange" });
export type PointChange = z.infer<typeof PointChange>;

/** Where a meter is, or was, in the network. */
export const MeterUse = z.object({
  meterId: MeterId,
  stands: z.array(Spell.extend({ point: z.string() })),
  measures: z.array(Spell.extend({ area: z.string(), direction: z.enum(["in", "out"]) })),
});
export type MeterUse = z.infer<typeof MeterUse>;

export const ImportQuery = z.object({
  of: z.enum(["areas", "points"]),
  /** Read and check, and keep nothing. */
  preview: z
    .enum(["true", "false"])
    .default("false")
    .transform((given) => given === "true"),
});
export const Imported = z
  .object({
    id: z.string(),
    of: z.enum(["areas", "points"]),
    lines: z.int(),
    /** Areas, points and meters that are new or other than before. */
    changed: z.int(),
    unchanged: z.int(),
    isPreview: z.boolean(),
  })
  .meta({ id: "NetworkImport" });
export type Imported = z.infer<typeof Imported>;
