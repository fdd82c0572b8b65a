import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { defineTask } from "../../shared/tasks.ts";

/** Told once for each peak, so many hours before it as the zone's rule says. Wh or litres in an hour. */
export const PeakExpected = defineEvent(
  "forecast.peak_expected.v1",
  z.object({
    zone: z.string(),
    unit: z.enum(["Wh", "L"]),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    highest: z.int(),
    highestAt: z.iso.datetime(),
    threshold: z.int(),
  }),
);

/** Told once at its end, of each peak that was told. */
export const PeakOver = defineEvent("forecast.peak_over.v1", z.object({ zone: z.string(), from: z.iso.datetime() }));

export const ZoneSet = defineEvent(
  "forecast.zone_set.v1",
  z.object({ zone: z.string(), isDaily: z.boolean(), isPublic: z.boolean(), by: z.string() }),
);

/** Each night, of a zone that somebody asked for. Its id is the zone's code. */
export const MakeDaily = defineTask("forecast.daily", z.object({}));
/** When the zone's next peak, or that it is over, is to be told. Its id is the zone's code. */
export const TellPeaks = defineTask("forecast.peaks", z.object({}));
