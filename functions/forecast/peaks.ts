import type { Forecast, Peak, PeakRule } from "./schema.ts";
import { HOUR_MS, hourOf, instantOf } from "./wall.ts";

/** Hours above the threshold that are not farther apart than this are one peak. */
const APART_HOURS = 3;
/** A peak that was told is remembered for so long after its end. */
const REMEMBERED_MS = 7 * 24 * HOUR_MS;

/** The peaks of a forecast, in order. */
export function peaksIn({ from, points }: Pick<Forecast, "from" | "points">, threshold: number): Peak[] {
  const first = hourOf(from);
  const peaks: Peak[] = [];
  for (const [i, value] of points.entries()) {
    if (value < threshold) continue;
    const [at, to] = [instantOf(first + i), instantOf(first + i + 1)];
    const last = peaks.at(-1);
    if (!last || first + i - hourOf(last.to) >= APART_HOURS)
      peaks.push({ from: at, to, highest: value, highestAt: at });
    else {
      last.to = to;
      if (value > last.highest) Object.assign(last, { highest: value, highestAt: at });
    }
  }
  return peaks;
}

const isSame = (a: Peak, b: Peak): boolean =>
  hourOf(a.from) < hourOf(b.to) + APART_HOURS && hourOf(b.from) < hourOf(a.to) + APART_HOURS;

/**
 * The peaks of a zone after a new forecast or rule: what was told stays told, also when it is now expected an hour
 * earlier or longer; what was not told yet is as the newest forecast says.
 */
export function peaksAfter(
  before: readonly Peak[],
  forecast: Pick<Forecast, "from" | "points"> | undefined,
  rule: PeakRule | undefined,
  now: Date,
): Peak[] {
  const told = before.filter(
    ({ toldAt, to }) => toldAt !== undefined && Date.parse(to) > now.getTime() - REMEMBERED_MS,
  );
  const fresh = rule && forecast ? peaksIn(forecast, rule.threshold) : [];
  const ahead = fresh.filter(({ to }) => Date.parse(to) > now.getTime());
  return [...told, ...ahead.filter((one) => !told.some((other) => isSame(one, other)))].sort((a, b) =>
    a.from < b.from ? -1 : 1,
  );
}

const tellAt = ({ from }: Peak, { leadHours }: PeakRule): Date => new Date(Date.parse(from) - leadHours * HOUR_MS);

/** When there is something to tell next: a peak ahead, or that one is over. */
export function nextTelling(peaks: readonly Peak[], rule: PeakRule | undefined): Date | undefined {
  const times = peaks.flatMap((peak) => {
    if (peak.toldAt === undefined) return rule ? [tellAt(peak, rule)] : [];
    return peak.overAt === undefined ? [new Date(peak.to)] : [];
  });
  return times.sort((a, b) => a.getTime() - b.getTime())[0];
}

/** Those that are to be told by now, and are not over. */
export const dueBy = (peaks: readonly Peak[], rule: PeakRule, now: Date): Peak[] =>
  peaks.filter((peak) => peak.toldAt === undefined && tellAt(peak, rule) <= now && Date.parse(peak.to) > now.getTime());

/** Those that were told, and have come to their end by now. */
export const overBy = (peaks: readonly Peak[], now: Date): Peak[] =>
  peaks.filter(
    (peak) => peak.toldAt !== undefined && peak.overAt === undefined && Date.parse(peak.to) <= now.getTime(),
  );
