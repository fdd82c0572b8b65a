import { z } from "zod";
import { MeterId } from "../schema.ts";

// What meters themselves, or those who read them, say of being tampered with.

/** A cover was opened, a magnet held to it, energy ran backwards, a seal is missing; or it says no more than that. */
export const TamperKind = z.enum(["cover_opened", "magnet", "reversed", "seal_missing", "tampered"]);
export type TamperKind = z.infer<typeof TamperKind>;

/** At the ends of the calendar an offset leads out of it, where a day has no name to be kept by. */
const isInCalendar = (at: string): boolean => {
  const year = new Date(at).getUTCFullYear();
  return year >= 1990 && year <= 9998;
};

export const NewTamperEvents = z
  .strictObject({
    events: z
      .array(
        z.strictObject({
          /** Number, connection point or id. */
          meter: z.string().trim().min(1).max(60),
          at: z.iso.datetime({ offset: true }).refine(isInCalendar, "a time of the years 1990 to 9998"),
          kind: TamperKind,
        }),
      )
      .min(1)
      .max(1_000),
  })
  .meta({ id: "NewTamperEvents" });

export const TamperEvent = z
  .object({
    meterId: MeterId,
    /** Of a kind that lasts, the first of the day. */
    at: z.iso.datetime(),
    kind: TamperKind,
    /** As its source names it: CIM's event type, or a decoder's field. */
    code: z.string().optional(),
  })
  .meta({ id: "TamperEvent" });
export type TamperEvent = z.infer<typeof TamperEvent>;

export const TamperAnswer = z
  .object({
    kept: z.int(),
    /** On this day the same was told before. */
    known: z.int(),
    /** Events that are about something else. */
    ignored: z.int(),
  })
  .meta({ id: "TamperAnswer" });
