import { byTime, latest, type Row } from "./batch-rows.ts";
import { isEstimated, TOTAL_CHANNEL } from "./domain.ts";
import { type Flow, flowCode, flowOf, numbers, Reader, readNumbers, skipNumbers, Writer } from "./packing.ts";
import { BaseUnit } from "./schema.ts";

/** What the intervals of a meter's channel that begin in one day come to, so that nobody has to read each of them. */
export interface DaySum {
  meter: number;
  channel: string;
  flow: Flow;
  /** The day's first instant, and the next one's. */
  dayS: number;
  nextDayS: number;
  /** The first interval's beginning and the last one's end. */
  fromS: number;
  toS: number;
  digits: number;
  exponent: number;
  /** Seconds that have a value, and how many of them were not read from the meter. Of none the rows themselves decide. */
  coveredS: number;
  estimatedS: number;
}

/** In the place of a sum: the rows of this day decide, those of others need not. */
const DISPUTED = { digits: 0, exponent: 0, coveredS: 0, estimatedS: 1 };
/** The rows of any day may decide on others'. */
const UNKNOWN = { digits: 0, exponent: 0, coveredS: 0, estimatedS: 0 };
export const isDisputed = ({ coveredS, estimatedS }: DaySum): boolean => coveredS === 0 && estimatedS > 0;
export const isUnknown = ({ coveredS, estimatedS }: DaySum): boolean => coveredS === 0 && estimatedS === 0;

/** So many sums lie together: what is unpacked for one meter, and read for many at a time. */
const BLOCK_SUMS = 2_048;

/**
 * Adds rows up by days. Of a channel that has registers it says that the rows decide, of a day whose intervals overlap
 * or do not add up exactly that its rows do; what is only measured it leaves out.
 *
 * @param rows  resolved
 * @param days  instants at which days begin, ascending; the first is at or before the first row, the last after the last
 */
export function daySums(rows: readonly Row[], days: readonly number[]): DaySum[] {
  const sums: DaySum[] = [];
  for (let at = 0, end = 0; at < rows.length; at = end) {
    const first = rows[at]!;
    for (end = at; end < rows.length && isOfOne(first, rows[end]!); ) end++;
    if (!isBeside(first)) sums.push(...sumsOfOne(latest(byTime(rows.slice(at, end))), days));
  }
  return sums;
}

const isOfOne = (a: Row, b: Row): boolean =>
  a.meter === b.meter &&
  (a.file === b.file ||
    (a.file?.channel === b.file?.channel && a.file?.flow === b.file?.flow && a.file?.unit === b.file?.unit));

/** What is measured beside what is counted, such as volts: it never takes the place of anything. */
const isBeside = ({ file }: Row): boolean =>
  file?.flow === "other" && !(BaseUnit.options as readonly string[]).includes(file.unit);

/** @param rows  of one channel of one meter, ascending by time */
function sumsOfOne(rows: readonly Row[], days: readonly number[]): DaySum[] {
  const sums: DaySum[] = [];
  const { meter, file } = rows[0]!;
  const { channel, flow } = file ?? { channel: TOTAL_CHANNEL, flow: "consumption" };
  let day = dayAt(days, rows[0]!.atS);
  let [beforeS, isKnown] = [Number.NEGATIVE_INFINITY, flow !== "other"];
  const disputed = new Set<DaySum>();
  for (const row of rows) {
    const { atS, stepS, value, exponent, quality } = row;
    if (quality.startsWith("N")) continue;
    if (atS >= days[day + 1]!) day = dayAt(days, atS);
    const toS = atS + stepS;
    const [dayS, nextDayS] = [days[day]!, days[day + 1]!];
    let last = sums.at(-1);
    if (last?.dayS !== dayS) {
      last = { meter, channel, flow, dayS, nextDayS, fromS: atS, toS, digits: 0, exponent, coveredS: 0, estimatedS: 0 };
      sums.push(last);
    }
    const sum = plus(last, value, exponent);
    if (stepS === 0) isKnown = false;
    if (!sum) disputed.add(last);
    if (atS < beforeS) for (const one of [last, ...sums.slice(-3).filter(({ toS }) => toS > atS)]) disputed.add(one);
    Object.assign(last, sum);
    last.toS = Math.max(last.toS, toS);
    last.coveredS += stepS;
    if (isEstimated(quality)) last.estimatedS += stepS;
    beforeS = Math.max(beforeS, toS);
  }
  if (!isKnown) return sums.map((one) => ({ ...one, ...UNKNOWN }));
  return disputed.size === 0 ? sums : sums.map((one) => (disputed.has(one) ? { ...one, ...DISPUTED } : one));
}

/** The larger exponent gives way. @returns undefined where no whole number holds it */
function plus(sum: DaySum, value: number, exponent: number): { digits: number; exponent: number } | undefined {
  const common = Math.min(sum.exponent, exponent);
  const digits = sum.digits * 10 ** (sum.exponent - common) + value * 10 ** (exponent - common);
  // A Writer takes numbers up to 2^52.
  return Math.abs(digits) < 2 ** 51 ? { digits, exponent: common } : undefined;
}

function dayAt(days: readonly number[], atS: number): number {
  let [low, high] = [0, days.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (days[middle]! <= atS) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A run of sums, of whole meters. */
export interface SumsBlock {
  firstMeter: number;
  lastMeter: number;
  bytes: Uint8Array;
}

/** Packs sums into blocks of whole meters. What is as expected, a day without a gap, takes next to no room. */
export function packSums(sums: readonly DaySum[], days: readonly number[]): SumsBlock[] {
  const blocks: SumsBlock[] = [];
  for (let at = 0, end = 0; at < sums.length; at = end) {
    end = Math.min(sums.length, at + BLOCK_SUMS);
    while (end < sums.length && sums[end]!.meter === sums[end - 1]!.meter) end++;
    const some = sums.slice(at, end);
    blocks.push({ firstMeter: some[0]!.meter, lastMeter: some.at(-1)!.meter, bytes: packBlock(some, days) });
  }
  return blocks;
}

/**
 * Of one channel that is all, as batches have it, and of any. In the one between, sums of a channel that batches and files
 * both speak of did not stand where they were looked for, if another channel came between: there the rows decide.
 */
const [FORMAT, FORMAT_MIXED, FORMAT_OF_CHANNELS] = [1, 2, 3];

function packBlock(given: readonly DaySum[], days: readonly number[]): Uint8Array {
  const out = new Writer();
  const owners = [...Map.groupBy(given, ({ meter, channel, flow }) => JSON.stringify([meter, channel, flow])).values()];
  const sums = owners.flat();
  const names = [...new Set(sums.map(nameOf))];
  const hasChannels = names.length > 1 || names[0] !== nameOf({ channel: TOTAL_CHANNEL, flow: "consumption" });
  out.unsigned(hasChannels ? FORMAT_OF_CHANNELS : FORMAT);
  if (hasChannels) {
    out.unsigned(names.length);
    for (const name of names) out.text(name);
    const numberOf = new Map(names.map((name, i) => [name, i]));
    out.unsigned(owners.length);
    numbers(
      out,
      owners.map(([first]) => numberOf.get(nameOf(first!))!),
    );
  }
  out.unsigned(days.length);
  out.signed(days[0]!);
  numbers(out, differences(days));
  out.unsigned(owners.length);
  numbers(out, differences([0, ...owners.map(([first]) => first!.meter)]));
  numbers(
    out,
    owners.map((own) => own.length),
  );
  const dayOf = new Map(days.map((atS, i) => [atS, i]));
  const column = (of: (sum: DaySum, i: number) => number) => numbers(out, sums.map(of));
  column((sum, i) => {
    const before = sums[i - 1];
    const isSame = before?.meter === sum.meter && nameOf(before) === nameOf(sum);
    return dayOf.get(sum.dayS)! - (isSame ? dayOf.get(before.dayS)! + 1 : 0);
  });
  column(({ fromS, dayS }) => fromS - dayS);
  column(({ toS, nextDayS }) => nextDayS - toS);
  column(({ coveredS, fromS, toS }) => toS - fromS - coveredS);
  column(({ estimatedS }) => estimatedS);
  column(({ exponent }) => exponent);
  // A meter's days are like each other, and it may count in steps of ten.
  for (const own of owners) {
    let factor = 0;
    for (const { digits } of own) for (let rest = Math.abs(digits); rest > 0; ) [factor, rest] = [rest, factor % rest];
    factor = Math.max(1, factor);
    out.unsigned(factor);
    numbers(
      out,
      own.map(({ digits }) => digits / factor),
    );
  }
  return out.done();
}

const nameOf = ({ channel, flow }: Pick<DaySum, "channel" | "flow">): string => `${flowCode(flow)}${channel}`;

const differences = (values: readonly number[]): number[] => values.slice(1).map((value, i) => value - values[i]!);

/**
 * The sums of a block that have to do with some meters and a range of time.
 *
 * @throws {RangeError} bytes that `packSums` did not write
 */
export function readSums(
  bytes: Uint8Array,
  wanted: { has(meter: number): boolean },
  fromS: number,
  toS: number,
): DaySum[] {
  const from = new Reader(bytes);
  const format = from.unsigned();
  if (![FORMAT, FORMAT_MIXED, FORMAT_OF_CHANNELS].includes(format))
    throw new RangeError(`sums packed in format ${format} are not known here`);
  const names: Pick<DaySum, "channel" | "flow">[] = [{ channel: TOTAL_CHANNEL, flow: "consumption" }];
  let channels: number[] | undefined;
  if (format !== FORMAT) {
    names.length = 0;
    for (let left = from.unsigned(); left > 0; left--) {
      const name = from.text();
      names.push({ channel: name.slice(1), flow: flowOf(Number(name[0])) });
    }
    channels = readNumbers(from, from.unsigned());
  }
  const dayCount = from.unsigned();
  const days = [from.signed()];
  for (const lengthS of readNumbers(from, dayCount - 1)) days.push(days.at(-1)! + lengthS);
  const meterCount = from.unsigned();
  const gaps = readNumbers(from, meterCount);
  const counts = readNumbers(from, meterCount);
  const length = counts.reduce((all, one) => all + one, 0);
  const [dayGaps, starts, ends, missing, estimated, exponents] = Array.from({ length: 6 }, () =>
    readNumbers(from, length),
  ) as [number[], number[], number[], number[], number[], number[]];
  const sums: DaySum[] = [];
  let [meter, at] = [0, 0];
  for (let m = 0; m < meterCount; m++) {
    meter += gaps[m]!;
    const count = counts[m]!;
    const { channel, flow } = names[channels?.[m] ?? 0]!;
    const factor = from.unsigned();
    if (!wanted.has(meter)) {
      skipNumbers(from);
      at += count;
      continue;
    }
    const digits = readNumbers(from, count);
    if (format === FORMAT_MIXED) {
      const day = { dayS: days[0]!, nextDayS: days[1]!, fromS: days[0]!, toS: days[1]! };
      sums.push({ ...{ meter, channel, flow }, ...day, ...UNKNOWN });
      at += count;
      continue;
    }
    for (let i = 0, day = -1; i < count; i++, at++) {
      day += dayGaps[at]! + 1;
      const dayS = days[day]!;
      const nextDayS = days[day + 1]!;
      const beginS = dayS + starts[at]!;
      const endS = nextDayS - ends[at]!;
      if (endS <= fromS || beginS >= toS) continue;
      sums.push({
        ...{ meter, channel, flow },
        dayS,
        nextDayS,
        fromS: beginS,
        toS: endS,
        digits: digits[i]! * factor,
        exponent: exponents[at]!,
        coveredS: endS - beginS - missing[at]!,
        estimatedS: estimated[at]!,
      });
    }
  }
  return sums;
}
