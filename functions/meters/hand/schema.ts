import { z } from "zod";
import { Id } from "../../../shared/ids.ts";
import { MeterId, RegisterUnit } from "../schema.ts";

export const HandReadingId = Id("hnd");
export const RoundId = Id("rnd");

const UTF8_DIGITS = /[\u0660-\u0669\u06F0-\u06F9]/g;
/** As people type a number: Arabic digits, a comma, spaces between thousands. */
export const plainNumber = (typed: string): string =>
  typed
    .trim()
    .replace(UTF8_DIGITS, (digit) => String(digit.charCodeAt(0) & 0xf))
    .replace(/[\s\u00A0\u202F\u2009]/g, "")
    .replace(/[,\u066B]/g, ".");

/** What the dial shows, in the unit on the meter's face. */
export const DialValue = z
  .string()
  .max(40)
  .transform(plainNumber)
  .pipe(z.string().regex(/^\d{1,12}(\.\d{1,6})?$/, "the figures on the dial, such as 4711 or 4711,5"));

/** What is strange about a value: less than the dial showed before, or far more than this meter uses. */
export const Doubt = z.enum(["below", "above"]);
export type Doubt = z.infer<typeof Doubt>;

export const NewHandReading = z
  .strictObject({
    /** Of the caller's own choice: sent twice, it counts once. */
    id: HandReadingId.optional(),
    value: DialValue,
    /** The same value again, after the question whether it is right. */
    confirmed: DialValue.optional(),
  })
  .meta({ id: "NewHandReading" });
export type NewHandReading = z.infer<typeof NewHandReading>;

export const HandReading = z
  .object({
    id: HandReadingId,
    meterId: MeterId,
    at: z.iso.datetime(),
    value: z.string(),
    unit: RegisterUnit,
    /** Who stood before the meter: the city's staff, or the customer, on a page or by SMS. */
    by: z.enum(["staff", "customer", "sms"]),
    /** Their id; of an SMS its source. */
    who: z.string(),
    /** NEM12's letter and method. */
    quality: z.string(),
    /** It looked wrong, and whoever read it said that it is right. */
    doubt: Doubt.optional(),
    /** The staff's reading that showed it to be wrong: theirs counts in its place. */
    setAsideBy: HandReadingId.optional(),
    photo: z.object({ type: z.string(), bytes: z.int() }).optional(),
  })
  .meta({ id: "HandReading" });
export type HandReading = z.infer<typeof HandReading>;

/** What became of a value: kept, or asked about, and then nothing of it is kept. */
export const HandAnswer = z
  .discriminatedUnion("state", [
    z.object({ state: z.literal("kept"), reading: HandReading, usedSince: z.string().optional() }),
    z.object({ state: z.literal("asked"), doubt: Doubt, last: z.string().optional() }),
  ])
  .meta({ id: "HandReadingAnswer" });

export const SkipReason = z.enum(["no_access", "dog", "nobody_home", "broken", "unreadable", "not_found"]);
export type SkipReason = z.infer<typeof SkipReason>;

const STOPS_MAX = 500;
export const NewRound = z
  .strictObject({
    id: RoundId.optional(),
    name: z.string().trim().min(1).max(80),
    /** Serials, connection points or ids, in the order of the way. */
    meters: z.array(z.string().trim().min(1).max(40)).min(1).max(STOPS_MAX),
  })
  .meta({ id: "NewReadingRound" });
export type NewRound = z.infer<typeof NewRound>;

export const Round = z
  .object({
    id: RoundId,
    name: z.string(),
    meters: z.array(MeterId),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
  })
  .meta({ id: "ReadingRound" });
export type Round = z.infer<typeof Round>;

export const Stop = z
  .object({
    /** Its place on the way, from 1. */
    number: z.int(),
    meterId: MeterId,
    serial: z.string(),
    state: z.enum(["open", "read", "skipped"]),
    reason: SkipReason.optional(),
    readingId: HandReadingId.optional(),
    at: z.iso.datetime().optional(),
    by: z.string().optional(),
  })
  .meta({ id: "ReadingRoundStop" });
export type Stop = z.infer<typeof Stop>;

/** A message of a telephone, as any gateway may hand it on. */
export const Sms = z
  .object({
    from: z.string().min(3).max(40),
    text: z.string().max(1_600),
    id: z.string().min(1).max(200),
    at: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: "ReadingSms" });
export type Sms = z.infer<typeof Sms>;

/** What became of a message: the same each time that it comes. The sender learns it by SMS. */
export const SmsAnswer = z
  .object({ id: z.string(), state: z.enum(["kept", "asked", "refused", "unread", "ignored"]) })
  .meta({ id: "ReadingSmsAnswer" });
export type SmsAnswer = z.infer<typeof SmsAnswer>;
