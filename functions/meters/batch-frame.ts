import { invalid } from "../../shared/errors.ts";
import type { Known } from "./batch.ts";
import { Grid } from "./batch-grid.ts";

export const READINGS_MAX = 5_000;
const INTERVAL_MAX_S = 86_400;
export const [EARLIEST_S, LATEST_S] = [0, 4_102_444_800]; // 1970 to 2100
const DELIVERY = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** A delivery as it was sent, its frame checked and its readings not yet. */
export interface Sent {
  delivery: string;
  madeAtS: number | undefined;
  stepS: number;
  unit: string | undefined;
  isPartial: boolean;
  /** One by one; none where they come as a table. */
  readings: unknown[];
  table: Table | undefined;
}

/** Equal intervals down, meters across: what most head ends have, in a third of the bytes and without a row each. */
export interface Table {
  startS: number;
  meters: unknown[];
  /** For each interval from `startS` on, a value for each meter; null where there is none. */
  values: unknown[][] | Grid;
}

const FIELDS = new Set(["delivery", "readings", "interval", "unit", "madeAt", "partial", "start", "meters", "values"]);

/** The frame of a delivery. By hand, not by a schema: five thousand readings pass here many times a second. @throws {Fault} invalid */
export function frameOf(body: unknown): Sent {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalid("#", "Send an object with `delivery` and `readings`.");
  const sent = body as Record<string, unknown>;
  for (const name of Object.keys(sent))
    if (!FIELDS.has(name)) throw invalid(`#/${name.slice(0, 40)}`, "This field is not known here.");
  const { delivery, readings, interval, unit, madeAt, partial } = sent;
  if (typeof delivery !== "string" || !DELIVERY.test(delivery))
    throw invalid("#/delivery", "An id of your own choice: 1 to 80 letters, digits and . _ : -");
  const isTable = sent["meters"] !== undefined || sent["values"] !== undefined || sent["start"] !== undefined;
  if (!isTable && (!Array.isArray(readings) || readings.length === 0 || readings.length > READINGS_MAX))
    throw invalid("#/readings", `1 to ${READINGS_MAX} readings a delivery.`);
  if (
    interval !== undefined &&
    !(Number.isSafeInteger(interval) && Number(interval) >= 60 && Number(interval) <= INTERVAL_MAX_S)
  )
    throw invalid(
      "#/interval",
      "Seconds of each interval: a whole number from 60 to 86400. Without it, values are registers.",
    );
  if (unit !== undefined && typeof unit !== "string") throw invalid("#/unit", "A unit such as kWh or m3.");
  if (partial !== undefined && typeof partial !== "boolean") throw invalid("#/partial", "true or false.");
  const madeAtS = madeAt === undefined ? undefined : secondsOf(madeAt);
  if (madeAt !== undefined && madeAtS === undefined)
    throw invalid("#/madeAt", "An instant such as 2026-11-23T14:00:00Z.");
  return {
    delivery,
    madeAtS,
    stepS: interval === undefined ? 0 : Number(interval),
    unit,
    isPartial: partial === true,
    readings: isTable ? [] : (readings as unknown[]),
    table: isTable ? tableOf(sent) : undefined,
  };
}

/** The names that a delivery uses and nobody here remembers. */
export function unknownNames(sent: Sent, known: ReadonlyMap<string, Known>): string[] {
  const names = new Set<string>();
  const used = sent.table
    ? new Set(sent.table.meters)
    : sent.readings.map((one) => (Array.isArray(one) ? one[0] : undefined));
  for (const name of used) {
    if (typeof name === "string" && name.length > 0 && name.length <= 40 && !known.has(name)) names.add(name);
  }
  return [...names];
}

/** @throws {Fault} invalid: the table is not one */
function tableOf(sent: Record<string, unknown>): Table {
  const { start, meters, values, interval } = sent;
  if (sent["readings"] !== undefined) throw invalid("#/readings", "Send either `readings`, or `meters` and `values`.");
  if (interval === undefined) throw invalid("#/interval", "A table is of intervals: say how long they are.");
  const startS = typeof start === "number" ? start : secondsOf(start);
  if (startS === undefined || !Number.isSafeInteger(startS) || startS < 0)
    throw invalid("#/start", "When the first interval begins: seconds since 1970 or an instant.");
  if (!Array.isArray(meters) || meters.length === 0) throw invalid("#/meters", "A list of the meters' numbers or ids.");
  if (!(values instanceof Grid) && (!Array.isArray(values) || values.length === 0))
    throw invalid("#/values", "A list for each interval.");
  const height = values instanceof Grid ? values.height : values.length;
  if (height * meters.length > READINGS_MAX) throw invalid("#/values", `At most ${READINGS_MAX} readings a delivery.`);
  // The lines of a grid are all as long as its first.
  const wrong =
    values instanceof Grid
      ? values.width === meters.length
        ? -1
        : 0
      : values.findIndex((line) => !Array.isArray(line) || line.length !== meters.length);
  if (wrong >= 0) throw invalid(`#/values/${wrong}`, "A list of as many values as there are meters.");
  return { startS, meters, values };
}

export function secondsOf(time: unknown): number | undefined {
  if (typeof time !== "string" || time.length > 35 || !INSTANT.test(time)) return undefined;
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) return undefined;
  const atS = Math.floor(ms / 1000);
  return atS >= EARLIEST_S && atS <= LATEST_S ? atS : undefined;
}
