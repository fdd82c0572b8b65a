import { invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { known } from "../checks/store.ts";
import type { ExportFormat, Meter } from "../schema.ts";
import { type Contents, channelsOf } from "./contents.ts";
import { csvOf } from "./csv.ts";
import { greenButtonOf } from "./green-button.ts";
import { nem12Of } from "./nem12.ts";

const DAY_S = 86_400;
const RANGE_DAYS_MAX = 800;
/** Five and a half years of quarter-hours, or four months of minutes: what one answer holds. */
const READINGS_MAX = 200_000;

const WRITERS: Record<ExportFormat, { write(contents: Contents): string; type: string; ending: string }> = {
  "green-button": { write: greenButtonOf, type: "application/atom+xml; charset=utf-8", ending: "xml" },
  nem12: { write: nem12Of, type: "text/csv; charset=utf-8", ending: "nem12.csv" },
  csv: { write: csvOf, type: "text/csv; charset=utf-8", ending: "csv" },
};

/**
 * A meter's readings as a file that this house, and others, can read again.
 *
 * @param sinceS  what was read or began before is left out (`visibleFromS`)
 * @throws {Fault} invalid: a range too long, or what the format cannot say
 */
export async function exportOf(
  here: Here,
  meter: Meter,
  asked: { format: ExportFormat; from: Date; to: Date; sinceS: number },
): Promise<{ text: string; type: string; fileName: string }> {
  const fromS = Math.floor(asked.from.getTime() / 1000);
  const toS = Math.ceil(asked.to.getTime() / 1000);
  if (asked.to <= asked.from) throw invalid("query/to", "It is not after `from`.");
  if (toS - fromS > (RANGE_DAYS_MAX + 1) * DAY_S)
    throw invalid("query/to", `Ask for at most ${RANGE_DAYS_MAX} days at once.`);
  const { delivered, truth } = await known(here, meter, fromS, toS);
  const channels = channelsOf(delivered, Math.max(fromS, asked.sinceS), toS, truth);
  const count = channels.reduce((sum, { intervals, reads }) => sum + intervals.length + reads.length, 0);
  if (count > READINGS_MAX)
    throw invalid(
      "query/to",
      `There are ${count} readings; an export has at most ${READINGS_MAX}. Ask for fewer days.`,
    );
  const { write, type, ending } = WRITERS[asked.format];
  const text = write({ meter, channels, timeZone: here.city.timeZone, madeAt: here.clock.now() });
  const name = meter.serial.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "") || meter.id;
  return { text, type, fileName: `${name}.${ending}` };
}
