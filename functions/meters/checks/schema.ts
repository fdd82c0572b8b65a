import { z } from "zod";
import { Id } from "../../../shared/ids.ts";
import { Kind, MeterId, RegisterUnit } from "../schema.ts";

// What crosses the border of validation, estimation and editing.

export const CorrectionId = Id("cor");
/** More than two months of quarters of an hour are corrected in parts. */
export const VALUES_MAX = 6_000;
const DAY_S = 86_400;

const At = z.iso.datetime({ offset: true });
/** As text, so that no float touches it. */
const Decimal = z
  .string()
  .regex(/^\d{1,15}(\.\d{1,6})?$/, "a decimal of at most 15 digits and six places, such as 1234.5")
  .meta({ example: "1234.5" });
const Reason = z.string().trim().min(3).max(200);
const Unit = RegisterUnit;
const Channel = z.string().min(1).max(20);

/** Why somebody sets something right. The original is kept; whoever asks sees both. */
const why = { reason: Reason, findingId: z.string().max(120).optional() };

const notBothEmpty = ({ digits, multiplier }: { digits?: unknown; multiplier?: unknown }) =>
  digits !== undefined || multiplier !== undefined;

/** Quantities of intervals that were not read, in place of what was delivered. `null` is none. */
const Values = z.strictObject({
  kind: z.literal("values"),
  from: At,
  /** Seconds of each interval. */
  interval: z.int().min(60).max(DAY_S),
  values: z.array(Decimal.nullable()).min(1).max(VALUES_MAX),
  /** Else the meter's own. */
  unit: Unit.optional(),
  /** Where the meter has more than one. */
  channel: Channel.optional(),
  /** Substituted, or finally so. */
  quality: z.enum(["S", "F"]).default("S"),
  ...why,
});
/** What the dial shows: read by somebody (A), or believed. */
const Register = z.strictObject({
  kind: z.literal("register"),
  at: At,
  value: Decimal,
  unit: Unit.optional(),
  channel: Channel.optional(),
  quality: z.enum(["A", "S", "F"]).default("A"),
  ...why,
});
/** What was delivered of this time counts no more. */
const Withdraw = z.strictObject({
  kind: z.literal("withdraw"),
  from: At,
  to: At,
  of: z.enum(["intervals", "registers"]),
  ...why,
});
/** Fills what is missing of this time by the meter's own habits; gives way as soon as it is read. */
const Estimate = z.strictObject({
  kind: z.literal("estimate"),
  from: At,
  to: At,
  /** What was delivered of this time is wrong, and not only missing: it is withdrawn first. */
  anew: z.boolean().default(false),
  ...why,
});
/** Another meter, or another dial, under the same number: what the old one showed last, and the new one first. */
const Exchange = z.strictObject({
  kind: z.literal("exchange"),
  at: At,
  last: Decimal,
  first: Decimal.default("0"),
  unit: Unit.optional(),
  channel: Channel.optional(),
  ...why,
});
/** From when on the dial has so many whole digits, and one unit of it stands for so much. */
const Dial = z.strictObject({
  kind: z.literal("dial"),
  from: At,
  digits: z.int().min(5).max(8).optional(),
  /** The ratio of current and voltage transformers, or the Wh or litres of a pulse. */
  multiplier: Decimal.refine(
    (text) => Number(text) > 0 && Number(text) <= 1_000_000,
    "above 0, at most 1000000",
  ).optional(),
  ...why,
});
/** Takes another correction back. One that took back is taken back the same way. */
const Undo = z.strictObject({ kind: z.literal("undo"), correctionId: CorrectionId, ...why });

const ORDERED = { path: ["to"], message: "after `from`" };
export const NewCorrection = z
  .discriminatedUnion("kind", [
    Values,
    Register,
    Withdraw.refine(({ from, to }) => Date.parse(from) < Date.parse(to), ORDERED),
    Estimate.refine(({ from, to }) => Date.parse(from) < Date.parse(to), ORDERED),
    Exchange,
    Dial.refine(notBothEmpty, { path: ["digits"], message: "its digits, its multiplier, or both" }),
    Undo,
  ])
  .meta({ id: "NewCorrection" });
export type NewCorrection = z.infer<typeof NewCorrection>;

/** How a gap was filled: as like days, those scaled to the registers around it, or straight between its neighbours. */
export const Method = z.enum(["like_days", "like_days_scaled", "linear", "linear_scaled"]);
export type Method = z.infer<typeof Method>;

/** What was set right, by whom, when and why. It never changes: another correction undoes it. */
export const Correction = z
  .object({
    id: CorrectionId,
    meterId: MeterId,
    kind: z.enum(["values", "register", "withdraw", "estimate", "exchange", "dial", "undo"]),
    by: z.string(),
    at: z.iso.datetime(),
    ...why,
    /** What it is about: a time, or an instant. */
    from: z.iso.datetime(),
    to: z.iso.datetime().optional(),
    /** The time whose totals it may change, if that is another one; without an end, all that follows. */
    reach: z.object({ from: z.iso.datetime(), to: z.iso.datetime().optional() }).optional(),
    /** Of what is about some of the meter's channels. */
    channels: z.array(z.string()).optional(),
    count: z.int().optional(),
    methods: z.array(Method).optional(),
    quality: z.string().optional(),
    withdrawn: z.enum(["intervals", "registers"]).optional(),
    /** In base units. */
    register: z.string().optional(),
    last: z.string().optional(),
    first: z.string().optional(),
    digits: z.int().optional(),
    multiplier: z.string().optional(),
    correctionId: CorrectionId.optional(),
    /** What counted in this time before it was made, in whole base units; of what has an end. */
    quantityBefore: z.int().optional(),
  })
  .meta({ id: "Correction" });
export type Correction = z.infer<typeof Correction>;

export const CorrectionShown = Correction.extend({
  /** The one that took it back. */
  undoneBy: CorrectionId.optional(),
}).meta({ id: "CorrectionShown" });
export type CorrectionShown = z.infer<typeof CorrectionShown>;

// --- rules

export const RuleName = z.enum([
  "range",
  "negative",
  "spike",
  "zero_run",
  "gap",
  "reversed",
  "roll_over",
  "exchange",
  "clock_shift",
  "daylight_saving",
  "unit",
  "tampered",
]);
export type RuleName = z.infer<typeof RuleName>;

const on = { isOn: z.boolean().default(true) };
const Rate = z.int().min(1).max(1_000_000_000_000);
/** The rules for one kind of meter. Quantities are Wh or litres. */
export const Rules = z
  .strictObject({
    /** More than this in an hour cannot be. */
    range: z.strictObject({ ...on, mostPerHour: Rate }),
    /** A consumption below zero. */
    negative: z.strictObject(on),
    /** So many times what the meter used at this hour on like days, and at least so much in an hour. */
    spike: z.strictObject({ ...on, times: z.int().min(2).max(1_000), leastPerHour: Rate }),
    /** Nothing at all for so many hours, by a meter that counts otherwise. */
    zero_run: z.strictObject({
      ...on,
      hours: z.int().min(1).max(600),
    }),
    /** Intervals that are missing within a day that has some. */
    gap: z.strictObject(on),
    /** A register that went back. */
    reversed: z.strictObject(on),
    /** A register that seems to have gone round, of a dial whose digits nobody told. */
    roll_over: z.strictObject(on),
    /** A register that starts again near zero, and no exchange is known. */
    exchange: z.strictObject(on),
    /** The day's course fits the meter's usual one better when it is moved by up to so many hours. */
    clock_shift: z.strictObject({ ...on, hours: z.int().min(1).max(12) }),
    /** A day of 23 or 25 hours that was read as if it had 24. */
    daylight_saving: z.strictObject(on),
    /** A day near a thousand times, or a thousandth of, what is usual. */
    unit: z.strictObject(on),
    /** The meter, or whoever read it, told that it was tampered with. */
    tampered: z.strictObject(on),
  })
  .meta({ id: "ReadingRules" });
export type Rules = z.infer<typeof Rules>;

const Day = z.iso.date();
const resources = { electricity: Rules, water: Rules, gas: Rules };
/** What is left out stays as it is in the rules before it. */
export const NewRuleSet = z
  .strictObject({
    /** The first day that is judged by it. */
    from: Day,
    electricity: Rules.partial().optional(),
    water: Rules.partial().optional(),
    gas: Rules.partial().optional(),
  })
  .meta({ id: "NewReadingRuleSet" });
export type NewRuleSet = z.infer<typeof NewRuleSet>;
export const RuleSet = z
  .object({
    version: z.int().min(0),
    from: Day,
    ...resources,
    /** The first one is the house's. */
    setBy: z.string().optional(),
    setAt: z.iso.datetime().optional(),
  })
  .meta({ id: "ReadingRuleSet" });
export type RuleSet = z.infer<typeof RuleSet>;

// --- findings

/** What becomes of a finding: it is right as it is, was estimated or edited, somebody goes and looks, or it is gone. */
export const Outcome = z.enum(["accepted", "estimated", "edited", "sent", "gone"]);
export const Finding = z
  .object({
    id: z.string(),
    meterId: MeterId,
    serial: z.string(),
    kind: Kind,
    day: Day,
    rule: RuleName,
    /** What is wrong, in numbers: filled into the sentence of its rule. */
    facts: z.record(z.string(), z.union([z.string(), z.number()])),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    state: z.enum(["open", ...Outcome.options]),
    foundAt: z.iso.datetime(),
    reason: z.string().optional(),
    by: z.string().optional(),
    decidedAt: z.iso.datetime().optional(),
    correctionId: CorrectionId.optional(),
  })
  .meta({ id: "ReadingFinding" });
export type Finding = z.infer<typeof Finding>;

/** Edited is told by a correction that names the finding; the rest is said here. */
export const Decision = z
  .strictObject({ outcome: z.enum(["accepted", "estimated", "sent"]), reason: Reason })
  .meta({ id: "FindingDecision" });
export type Decision = z.infer<typeof Decision>;
