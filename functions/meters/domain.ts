import { Temporal } from "temporal-polyfill";
import { monthRange } from "../../shared/time.ts";
import { dialSpans, multiplied, PLAIN, type Truth, without } from "./checks/truth.ts";
import { finest, Sum, whole } from "./exact.ts";
import type { Block } from "./packing.ts";
import type { Meter, Usage } from "./schema.ts";

/** A block with what decides between two values for one interval. */
export interface DeliveredBlock {
  block: Block;
  /** When its file was made, else when it came. */
  asOfS: number;
  deliveryId: string;
  /** What a person set right goes before what was delivered, whenever that came; an estimate gives way to both. */
  rank?: "corrected" | "estimated";
}
const RANK = { corrected: 1, delivered: 0, estimated: -1 } as const;
const rankOf = (one: DeliveredBlock): number => RANK[one.rank ?? "delivered"];

/** One quantity that counts: from its first instant to its last, exact. */
export interface Counted {
  channel: string;
  flow: Block["flow"];
  fromS: number;
  toS: number;
  digits: number;
  exponent: number;
  quality: string;
  /** Between two registers; may lie across days and months. */
  isRegister: boolean;
  /** Of intervals that were added up (`summed.ts`): seconds that have a value, and how many of them are estimated. */
  coveredS?: number;
  estimatedS?: number;
}

/** What a register showed at an instant. */
export interface Point extends Pick<Counted, "channel" | "flow" | "digits" | "exponent" | "quality"> {
  atS: number;
}

/** The channels of a plain file that names none: all that the meter counts. */
export const TOTAL_CHANNEL = "main";
export const TOTAL_DIAL = "register";
/** An export numbers the runs of a dial that fell. */
const isTotalDial = (channel: string): boolean => /^register(?:-\d+)?$/.test(channel);

/**
 * Says which readings count, out of all that was ever delivered for a meter.
 *
 * Of two deliveries for one time the one with the later `asOf` counts (of equal ones the larger id), whatever the
 * order in which they came: so any order, and any repetition, of the same deliveries gives the same totals. An
 * interval without a value (N) takes nothing away. An interval that is overlapped by a later delivery's is dropped
 * whole. A total (`main`, `register`) counts where no channels do, registers where no intervals do; one that is lower
 * than the one before it counts nothing, unless the dial went round or was exchanged.
 *
 * @param truth  what people set right, and what is known of the meter's dial
 * @returns ascending by channel and time, in base units: multipliers are in
 */
export function counted(delivered: readonly DeliveredBlock[], truth: Truth = PLAIN): Counted[] {
  return multiplied(faced(delivered, truth), truth);
}

/** The same as the meter's face shows it, before multipliers. */
export function faced(delivered: readonly DeliveredBlock[], truth: Truth): Counted[] {
  const channels = Map.groupBy(ranked(delivered, truth), ({ block }) => `${block.kind} ${block.channel} ${block.unit}`);
  const intervals: Counted[] = [];
  const registers: Counted[] = [];
  for (const blocks of channels.values()) {
    if (blocks[0]!.block.kind === "intervals") intervals.push(...latestIntervals(blocks));
    else registers.push(...spans(blocks, truth));
  }
  // What channels count together is not counted again by a total, nor by a dial.
  const consumed = (one: Counted) => one.flow === "consumption";
  const channelled = joined(
    [],
    intervals.filter((one) => consumed(one) && one.channel !== TOTAL_CHANNEL),
  );
  const once = intervals.filter(
    (one) => !(consumed(one) && one.channel === TOTAL_CHANNEL && overlaps(channelled, one.fromS, one.toS)),
  );
  const read = joined([], once.filter(consumed));
  const dials = joined(
    [],
    registers.filter((span) => consumed(span) && !isTotalDial(span.channel)),
  );
  const alone = registers.filter(
    (span) =>
      !consumed(span) ||
      !(overlaps(read, span.fromS, span.toS) || (isTotalDial(span.channel) && overlaps(dials, span.fromS, span.toS))),
  );
  return [...once, ...alone].sort((a, b) =>
    a.channel < b.channel ? -1 : a.channel > b.channel ? 1 : a.fromS - b.fromS,
  );
}

/** What stands and what was delivered, the word that counts first. */
const ranked = (delivered: readonly DeliveredBlock[], truth: Truth): DeliveredBlock[] =>
  [...without(delivered, truth.withdrawn), ...truth.blocks].sort(
    (a, b) =>
      rankOf(b) - rankOf(a) ||
      b.asOfS - a.asOfS ||
      (a.deliveryId < b.deliveryId ? 1 : a.deliveryId > b.deliveryId ? -1 : 0),
  );

function latestIntervals(newestFirst: readonly DeliveredBlock[]): Counted[] {
  let taken: (readonly [number, number])[] = [];
  const all: Counted[] = [];
  // The blocks of one delivery do not overlap each other: its file was refused otherwise.
  for (const blocks of Map.groupBy(newestFirst, (one) => one.deliveryId).values()) {
    const fresh: Counted[] = [];
    for (const { block } of blocks) {
      const { channel, flow, exponent, startS, stepS } = block;
      for (const [i, digits] of block.values.entries()) {
        const quality = block.qualities[i]!;
        const fromS = startS + i * stepS;
        if (quality.startsWith("N") || overlaps(taken, fromS, fromS + stepS)) continue;
        fresh.push({ channel, flow, fromS, toS: fromS + stepS, digits, exponent, quality, isRegister: false });
      }
    }
    fresh.sort((a, b) => a.fromS - b.fromS);
    all.push(...fresh);
    taken = joined(taken, fresh);
  }
  return all;
}

/** Quantities between registers, each against the one before it. */
const spans = (newestFirst: readonly DeliveredBlock[], truth: Truth): Counted[] =>
  dialSpans(latestPoints(newestFirst), truth);

/** The latest word on each instant of one channel's registers, ascending. */
function latestPoints(newestFirst: readonly DeliveredBlock[]): Point[] {
  const points = new Map<number, Point>();
  for (const { block } of newestFirst)
    for (const [i, digits] of block.values.entries()) {
      const quality = block.qualities[i]!;
      if (quality.startsWith("N")) continue;
      const atS = block.timesS![i]!;
      const { exponent, flow, channel } = block;
      if (!points.has(atS)) points.set(atS, { atS, digits, exponent, quality, flow, channel });
    }
  return [...points.values()].sort((a, b) => a.atS - b.atS);
}

/** What a meter's registers showed, by channel. */
export function pointsOf(delivered: readonly DeliveredBlock[], truth: Truth): Point[][] {
  const registers = ranked(delivered, truth).filter(({ block }) => block.kind === "registers");
  return [...Map.groupBy(registers, ({ block }) => `${block.channel} ${block.unit}`).values()].map(latestPoints);
}

/** What registers say was used, whether or not intervals count in its place; as the face shows it. */
export const registerSpans = (delivered: readonly DeliveredBlock[], truth: Truth): Counted[] =>
  pointsOf(delivered, truth).flatMap((points) => dialSpans(points, truth));

/** Does any of these disjoint, ascending ranges share time with this one? */
function overlaps(ranges: readonly (readonly [number, number])[], fromS: number, toS: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]![1] <= fromS) low = middle + 1;
    else high = middle;
  }
  const first = ranges[low];
  return first !== undefined && first[0] < toS;
}

function joined(
  ranges: readonly (readonly [number, number])[],
  fresh: readonly Counted[],
): (readonly [number, number])[] {
  const all = [...ranges, ...fresh.map(({ fromS, toS }) => [fromS, toS] as const)].sort((a, b) => a[0] - b[0]);
  const out: [number, number][] = [];
  for (const [fromS, toS] of all) {
    const last = out.at(-1);
    if (last && fromS <= last[1]) last[1] = Math.max(last[1], toS);
    else out.push([fromS, toS]);
  }
  return out;
}

/** Everything that was not read from the meter: estimated, or substituted (S, F). */
export const isEstimated = (quality: string): boolean => !quality.startsWith("A");

/**
 * Ties a meter to an account, or unties it. The first account sees all that the meter ever counted; one that takes it
 * over from another sees what is counted from then on, unless it is said since when.
 */
export function tied(meter: Meter, accountId: string | undefined, now: Date, from?: string): Meter {
  const { accountId: before, accountFrom, ...rest } = meter;
  const wasTied = before !== undefined || accountFrom !== undefined;
  const since = from ?? (wasTied ? now.toISOString() : undefined);
  return {
    ...rest,
    ...(accountId === undefined ? {} : { accountId }),
    ...(since === undefined ? {} : { accountFrom: since }),
  };
}

interface Bucket {
  at: string;
  fromS: number;
  toS: number;
}

/**
 * The days or months of a range in a zone; each with its own length, 23 and 25 hours included.
 *
 * @param fromS,toS  seconds; a day or month that is only touched is taken whole
 */
export function buckets(grain: "day" | "month", fromS: number, toS: number, zone: string): Bucket[] {
  const { year, month, day } = Temporal.Instant.fromEpochMilliseconds(fromS * 1000).toZonedDateTimeISO(zone);
  const at = new Date(Date.UTC(year, month - 1, grain === "day" ? day : 1));
  const out: Bucket[] = [];
  for (let beginS = beginOf(at, zone); beginS < toS; beginS = out.at(-1)!.toS) {
    const name = at.toISOString().slice(0, grain === "day" ? 10 : 7);
    if (grain === "day") at.setUTCDate(at.getUTCDate() + 1);
    else at.setUTCMonth(at.getUTCMonth() + 1);
    out.push({ at: name, fromS: beginS, toS: beginOf(at, zone) });
  }
  return out;
}

/** When days begin, by zone: to ask the calendar is most of the work, and very many ask for the same ones. */
const begun = new Map<string, number>();
const BEGUN_MAX = 20_000;

/** @param day  as a date of UTC */
function beginOf(day: Date, zone: string): number {
  const name = `${day.getTime()} ${zone}`;
  const known = begun.get(name);
  if (known !== undefined) return known;
  if (begun.size === BEGUN_MAX) begun.clear();
  const date = Temporal.PlainDate.from(day.toISOString().slice(0, 10));
  const beginS = date.toZonedDateTime({ timeZone: zone }).epochMilliseconds / 1000;
  begun.set(name, beginS);
  return beginS;
}

export class Total {
  readonly sum = new Sum();
  readonly fedIn = new Sum();
  hasFedIn = false;
  /** Seconds that have readings, and how many of them are estimated, by channel. */
  readonly covered = new Map<string, number>();
  coveredS = 0;
  estimatedS = 0;
}

/**
 * Adds what counts up by days or months of a zone. An interval belongs where it begins. What lies between two
 * registers is shared out by time, in whole millionths so that nothing is lost; a part of it is estimated.
 */
export const usageBy = (buckets: readonly Bucket[], readings: readonly Counted[]): Usage[] =>
  totalsBy(buckets, readings).map((total, i) => usageOf(buckets[i]!, total));

/** The same, before anything is rounded. */
export function totalsBy(buckets: readonly Pick<Bucket, "fromS" | "toS">[], readings: readonly Counted[]): Total[] {
  const totals = buckets.map(() => new Total());
  const find = (atS: number) => {
    let low = 0;
    let high = buckets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (buckets[middle]!.toS <= atS) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  let at = 0;
  for (const one of readings) {
    if (one.flow === "other") continue;
    if (!begins(one, buckets[at])) at = find(one.fromS);
    if (!one.isRegister) {
      if (!begins(one, buckets[at])) continue;
      const total = totals[at]!;
      (one.flow === "feedIn" ? total.fedIn : total.sum).add(one.digits, one.exponent);
      cover(total, one, one.coveredS ?? one.toS - one.fromS, one.estimatedS ?? isEstimated(one.quality));
      continue;
    }
    const amount = finest(one.digits, one.exponent);
    const upTo = (atS: number) => (amount * BigInt(atS - one.fromS)) / BigInt(one.toS - one.fromS);
    for (let i = find(one.fromS); i < buckets.length && buckets[i]!.fromS < one.toS; i++) {
      const fromS = Math.max(buckets[i]!.fromS, one.fromS);
      const toS = Math.min(buckets[i]!.toS, one.toS);
      const total = totals[i]!;
      (one.flow === "feedIn" ? total.fedIn : total.sum).addFinest(upTo(toS) - upTo(fromS));
      const isPart = fromS > one.fromS || toS < one.toS;
      cover(total, one, toS - fromS, isPart || isEstimated(one.quality));
    }
  }
  return totals;
}

const begins = ({ fromS }: Counted, within: Pick<Bucket, "fromS" | "toS"> | undefined): boolean =>
  within !== undefined && within.fromS <= fromS && fromS < within.toS;

/** @param estimated  all of it, none, or so many seconds */
function cover(total: Total, one: Counted, seconds: number, estimated: boolean | number): void {
  if (one.flow === "feedIn") {
    total.hasFedIn = true;
    return;
  }
  total.covered.set(one.channel, (total.covered.get(one.channel) ?? 0) + seconds);
  total.coveredS += seconds;
  total.estimatedS += typeof estimated === "number" ? estimated : estimated ? seconds : 0;
}

function usageOf({ at, fromS, toS }: Bucket, total: Total): Usage {
  const longest = Math.max(0, ...total.covered.values());
  return {
    at,
    from: iso(fromS),
    to: iso(toS),
    quantity: total.sum.whole(),
    ...(total.hasFedIn ? { fedIn: total.fedIn.whole() } : {}),
    isEstimated: total.estimatedS > 0,
    estimatedShare: total.coveredS === 0 ? 0 : share(total.estimatedS, total.coveredS),
    coverage: share(longest, toS - fromS),
  };
}

const share = (part: number, all: number): number => Math.min(1, Math.round((part / all) * 10_000) / 10_000);
export const iso = (atS: number): string => new Date(atS * 1000).toISOString();

/** Every interval as it was read, oldest first. */
export const intervalsOf = (readings: readonly Counted[]): Usage[] =>
  [...readings]
    .filter((one) => one.flow !== "other")
    .sort((a, b) => a.fromS - b.fromS)
    .map((one) => {
      const quantity = whole(finest(one.digits, one.exponent));
      return {
        at: iso(one.fromS),
        from: iso(one.fromS),
        to: iso(one.toS),
        quantity: one.flow === "consumption" ? quantity : 0,
        ...(one.flow === "feedIn" ? { fedIn: quantity } : {}),
        quality: one.quality.split(":")[0]!,
        channel: one.channel,
        isEstimated: isEstimated(one.quality),
        estimatedShare: isEstimated(one.quality) ? 1 : 0,
        coverage: 1,
      };
    });

/** Where spans that are in order begin and end, and, if it lies among them, one instant more. */
export function cutsOf(spans: readonly Pick<Bucket, "fromS" | "toS">[], also?: number): number[] {
  const all = spans.flatMap(({ fromS, toS }) => [fromS, toS]);
  if (also !== undefined && also > all[0]! && also < all.at(-1)!)
    all.splice(
      all.findIndex((atS) => atS >= also),
      0,
      also,
    );
  return all.filter((atS, i) => atS !== all[i - 1]);
}

/** A month and its days; a bill run asks for the same one of very many meters. */
export function daysOfMonth(month: string, zone: string) {
  if (last?.month !== month || last.zone !== zone) {
    const range = monthRange(month, zone);
    const whole = { at: month, fromS: range.from.getTime() / 1000, toS: range.to.getTime() / 1000 };
    last = { month, zone, whole, days: buckets("day", whole.fromS, whole.toS, zone) };
  }
  return last;
}
let last: { month: string; zone: string; whole: Bucket; days: readonly Bucket[] } | undefined;

/** A month of a meter as bills need it: its quantity, on how many days anything was read, how much was estimated. */
export function monthly(month: string, readings: readonly Counted[], zone: string) {
  const { whole, days } = daysOfMonth(month, zone);
  const all = usageBy([whole], readings)[0]!;
  return {
    quantity: all.quantity,
    daysWithReadings: usageBy(days, readings).filter((day) => day.coverage > 0).length,
    daysInMonth: days.length,
    estimatedShare: all.estimatedShare,
  };
}
