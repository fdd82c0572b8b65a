import { z } from "zod";
import { offer } from "../../shared/room.ts";
import { AccountId, BaseUnit, Kind, MeterId } from "./schema.ts";

// What rooms ask that look at many meters at once, or at a meter only while it stood somewhere.

/** At most so many of anything in one question. */
export const ASKED_MAX = 200;

/** The meters behind serials, connection points or ids; a name that is nobody's is left out. */
export const MetersNamed = offer(
  "meters.named",
  z.object({ names: z.array(z.string().max(60)).max(ASKED_MAX) }),
  z.array(
    z.object({
      name: z.string(),
      meterId: MeterId,
      serial: z.string(),
      kind: Kind,
      accountId: AccountId.optional(),
    }),
  ),
);

const Span = z.object({ from: z.iso.datetime(), to: z.iso.datetime() });

const InSpan = z.object({
  /** Whole base units, rounded once. */
  quantity: z.int(),
  /** How much of it has readings, and how much of that was not read from the meter: 0 to 1. */
  coverage: z.number(),
  estimatedShare: z.number(),
});

/**
 * What meters counted in stretches of time: hours, nights, days, or the part of a month in which a meter stood
 * somewhere. The spans of a part are in order and do not overlap; a meter that is not there is left out.
 */
export const UsageInSpans = offer(
  "meters.usage_in_spans",
  z.object({
    parts: z.array(z.object({ meterId: MeterId, spans: z.array(Span).min(1).max(2_000) })).max(ASKED_MAX),
  }),
  z.array(
    z.object({
      meterId: MeterId,
      serial: z.string(),
      kind: Kind,
      unit: BaseUnit,
      /** From the first span's beginning to the last one's end. */
      whole: InSpan,
      spans: z.array(InSpan),
    }),
  ),
);

/** At most so many meters are added up in one question. */
export const MANY_MAX = 50_000;

/** Of so many meters the readings are looked at in one question: each takes some milliseconds. */
export const LOOKED_MAX = 500;

/**
 * What many meters used together in stretches of time, such as days: exact, and rounded once. A meter that is not there
 * is left out. Where more than `LOOKED_MAX` of them have to be looked at reading by reading, as they are registers, came
 * in files or dispute each other, there are no spans: ask for fewer of them at a time, and add the millionths up.
 */
export const UsageOfMany = offer(
  "meters.usage_of_many",
  z.object({ meterIds: z.array(MeterId).max(MANY_MAX), spans: z.array(Span).min(1).max(62) }),
  z.object({
    spans: z
      .array(
        InSpan.extend({
          meters: z.int(),
          /** Of how many there is any reading. */
          read: z.int(),
          /** The same quantity before it is rounded. */
          millionths: z.string().regex(/^-?\d+$/),
        }),
      )
      .optional(),
  }),
);

/** Keeps what dials showed, once for each delivery id: at an exchange the old meter's last and the new one's first. */
export const KeepRegisters = offer(
  "meters.keep_registers",
  z.object({
    delivery: z.string().max(80),
    /** `value` as the dial shows it, in the unit on the meter's face. */
    readings: z.array(z.object({ meterId: MeterId, at: z.iso.datetime(), value: z.string() })).min(1),
  }),
  z.object({}),
);

/** Something was laid down in the folder of a source. */
export const FilesDropped = offer("meters.files_dropped", z.object({ sourceId: z.string().max(60) }), z.object({}));

/**
 * Ties a meter to an account from an instant on, so that its people see what it counts; null: to none. Without an
 * instant it is theirs ever since, or from now on where it was somebody else's.
 */
export const TieMeter = offer(
  "meters.tie",
  z.object({ meterId: MeterId, accountId: AccountId.nullable(), from: z.iso.datetime().optional() }),
  z.object({}),
);
