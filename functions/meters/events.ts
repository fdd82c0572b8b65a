import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { offer } from "../../shared/room.ts";
import { Correction } from "./checks/schema.ts";
import { AccountId, BaseUnit, DeliveryId, Kind, MeterId, Month } from "./schema.ts";

/** Told once for each delivery, when all of it can be read. A correction is another delivery. */
export const ReadingsKept = defineEvent(
  "meters.readings_kept.v1",
  z.object({
    deliveryId: DeliveryId,
    readings: z.int(),
    meterCount: z.int(),
    /** Only of deliveries of up to a hundred meters: of more, a listener asks `MetersOfDelivery`. */
    meterIds: z.array(MeterId).max(100).optional(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
  }),
);

/**
 * The meters of a delivery of more than a hundred, in parts: ask again from `next` on until there is none. They are
 * known for thirty days.
 */
export const MetersOfDelivery = offer(
  "meters.of_delivery",
  z.object({ deliveryId: DeliveryId, skip: z.int().min(0), limit: z.int().min(1).max(100) }),
  z.object({ meterIds: z.array(MeterId), next: z.int().optional() }),
);

/** Told each day on which batches have waited for their compaction for more than a day, and when none does any more. */
export const ReadingsStalled = defineEvent("meters.readings_stalled.v1", z.object({ since: z.iso.datetime() }));
export const ReadingsMoving = defineEvent("meters.readings_moving.v1", z.object({}));

/** Told when somebody set readings right: from `from` on, to `to` where it has an end, a meter's totals may be others. */
export const ReadingsCorrected = defineEvent(
  "meters.readings_corrected.v1",
  z.object({
    meterId: MeterId,
    correctionId: Id("cor"),
    from: z.iso.datetime(),
    to: z.iso.datetime().optional(),
  }),
);

/** What was set right: by whom, when and why. */
export const CorrectionById = offer(
  "meters.correction_by_id",
  z.object({ meterId: MeterId, correctionId: Id("cor") }),
  Correction,
);

/** What was set right of these meters at or after an instant that may change a month's totals, the oldest first. */
export const CorrectionsSince = offer(
  "meters.corrections_since",
  z.object({ meterIds: z.array(MeterId), since: z.iso.datetime(), month: Month }),
  z.array(Correction),
);

/** A month of a meter in the city's zone, as a bill needs it. A meter that is not there is `absent`. */
export const MonthlyUsage = offer(
  "meters.monthly_usage",
  z.object({ meterId: MeterId, month: Month }),
  z.object({
    meterId: MeterId,
    kind: Kind,
    unit: BaseUnit,
    /** Whole base units, rounded once. */
    quantity: z.int(),
    daysWithReadings: z.int(),
    daysInMonth: z.int(),
    /** How much of the time with readings was not read from the meter: 0 to 1. */
    estimatedShare: z.number().min(0).max(1),
  }),
);

/** The meters that are tied to accounts, by account and serial. */
export const MetersOfAccounts = offer(
  "meters.of_accounts",
  z.object({ accountIds: z.array(AccountId).max(100) }),
  z.array(z.object({ accountId: AccountId, meterId: MeterId, serial: z.string(), kind: Kind })),
);

/** Which of these meters told of tampering, or were told of, on a day of the city in a range; both days included. */
export const TamperedMeters = offer(
  "meters.tampered",
  z.object({ meterIds: z.array(MeterId).max(200), from: z.iso.date(), to: z.iso.date() }),
  z.array(MeterId),
);

const gapFields = {
  gapId: Id("gap"),
  /** Or the key whose batches they are. */
  sourceId: z.string(),
  /** What the source calls it: a number of a radio module, no name of a person. Missing intervals have none. */
  device: z.string().optional(),
  kind: z.enum(["frames", "silence", "intervals"]),
};

/** Frames of a device are missing (again, when the gap was open), it is silent for too long, or intervals are missing. */
export const GapOpened = defineEvent(
  "meters.gap_opened.v1",
  z.object({ ...gapFields, frames: z.int(), from: z.iso.datetime() }),
);

/** All that was missing has come, or the device speaks again. */
export const GapClosed = defineEvent("meters.gap_closed.v1", z.object(gapFields));
/** What is asked of many meters at once. */
export {
  ASKED_MAX,
  FilesDropped,
  KeepRegisters,
  MANY_MAX,
  MetersNamed,
  TieMeter,
  UsageInSpans,
  UsageOfMany,
} from "./questions.ts";
