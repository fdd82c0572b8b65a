import { type Counted, TOTAL_CHANNEL } from "../domain.ts";
import { scaled } from "../exact.ts";
import { METHOD } from "../formats/nem.ts";
import type { Block } from "../packing.ts";
import { Calendar } from "./calendar.ts";
import type { Method } from "./schema.ts";
import { exactOf, millionths } from "./truth.ts";

// How a gap is filled: each interval as the same hour of like days, scaled to the registers around it where there are
// any; where there are no like days, straight between its neighbours. Always substituted, with its method.

/** Like days are looked for so far on both sides. */
export const LIKE_DAYS = 28;
const DAY_S = 86_400;
const QUALITY = { like: `S${METHOD.averageLikeDay}`, linear: `S${METHOD.linear}` } as const;

export interface Known {
  /** What counts, as the face shows it, about a month on both sides of the gap. */
  counts: readonly Counted[];
  /** What registers say, whether or not intervals count in their place. */
  registers: readonly Counted[];
  zone: string;
  /** What the meter's blocks are kept in. */
  unit: string;
}

export interface Estimate {
  blocks: Block[];
  channels: string[];
  methods: Method[];
  count: number;
}

interface Missing {
  atS: number;
  /** In millionths of a base unit. */
  guess: bigint;
  isLike: boolean;
  isScaled: boolean;
}

/** Fills what is missing from `fromS` to `toS`, of each channel that is billed. Nothing to go by: no blocks. */
export function estimated(known: Known, fromS: number, toS: number): Estimate {
  const consumed = known.counts.filter(({ flow, isRegister }) => flow === "consumption" && !isRegister);
  const byChannel = Map.groupBy(consumed, ({ channel }) => channel);
  // Where channels count, their total does not.
  const channels = [...byChannel.keys()].filter((channel) => channel !== TOTAL_CHANNEL || byChannel.size === 1);
  const blocks: Block[] = [];
  const methods = new Set<Method>();
  const filled = new Set<string>();
  let count = 0;
  for (const channel of channels) {
    const readings = byChannel.get(channel)!.sort((a, b) => a.fromS - b.fromS);
    const stepS = commonStep(readings);
    // Registers tell what all channels used together: only of one channel do they tell what it used.
    const spans = channels.length === 1 ? known.registers.filter(({ flow }) => flow === "consumption") : [];
    const missing = guesses(readings, stepS, fromS, toS, spans, known.zone).filter(isUncounted(known.counts, stepS));
    for (const run of runsOf(missing, stepS)) {
      blocks.push(blockOf(run, channel, known.unit, stepS));
      filled.add(channel);
      count += run.length;
    }
    for (const { isLike, isScaled } of missing)
      methods.add(`${isLike ? "like_days" : "linear"}${isScaled ? "_scaled" : ""}` as Method);
  }
  return { blocks, channels: [...filled].sort(), methods: [...methods].sort(), count };
}

export function commonStep(readings: readonly Counted[]): number {
  const counts = new Map<number, number>();
  for (const { fromS, toS } of readings) counts.set(toS - fromS, (counts.get(toS - fromS) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]![0];
}

/** The intervals of a range in which a channel has nothing at all, on the grid of its readings. */
export function missingAt(readings: readonly Counted[], stepS: number, fromS: number, toS: number): number[] {
  const offset = readings[0]!.fromS % stepS;
  const out: number[] = [];
  let next = 0;
  for (let atS = Math.ceil((fromS - offset) / stepS) * stepS + offset; atS + stepS <= toS; atS += stepS) {
    while (next < readings.length && readings[next]!.toS <= atS) next++;
    if (next === readings.length || readings[next]!.fromS >= atS + stepS) out.push(atS);
  }
  return out;
}

/** Where registers count in the place of intervals nothing is missing: to fill a part would take the rest away. */
export const isUncounted = (counts: readonly Counted[], stepS: number) => {
  const dials = counts.filter(({ flow, isRegister }) => flow === "consumption" && isRegister);
  return ({ atS }: { atS: number }): boolean => !dials.some((span) => span.fromS < atS + stepS && span.toS > atS);
};

function guesses(
  readings: readonly Counted[],
  stepS: number,
  fromS: number,
  toS: number,
  spans: readonly Counted[],
  zone: string,
): Missing[] {
  // Of a span of registers all that is missing is shared out together, also what was not asked for.
  const around = spans.filter((span) => span.fromS < toS && span.toS > fromS);
  const [first, last] = [
    Math.min(fromS, ...around.map((span) => span.fromS)),
    Math.max(toS, ...around.map((span) => span.toS)),
  ];
  const calendar = new Calendar(first - LIKE_DAYS * DAY_S, last + LIKE_DAYS * DAY_S, zone);
  const like = new Map<string, { atS: number; amount: bigint }[]>();
  const keyOf = (atS: number) => `${calendar.dayAt(atS)?.isWeekend} ${calendar.minuteAt(atS)}`;
  for (const one of readings) {
    if (one.toS - one.fromS !== stepS || !one.quality.startsWith("A")) continue;
    const key = keyOf(one.fromS);
    const held = like.get(key);
    if (held) held.push({ atS: one.fromS, amount: millionths(one) });
    else like.set(key, [{ atS: one.fromS, amount: millionths(one) }]);
  }
  const all = missingAt(readings, stepS, first, last).flatMap((atS): Missing[] => {
    const near = (like.get(keyOf(atS)) ?? []).filter((one) => Math.abs(one.atS - atS) <= LIKE_DAYS * DAY_S);
    const isLike = near.length > 0;
    const guess = isLike
      ? rounded(
          near.reduce((sum, { amount }) => sum + amount, 0n),
          BigInt(near.length),
        )
      : between(readings, atS, stepS);
    return guess === undefined ? [] : [{ atS, guess: guess < 0n ? 0n : guess, isLike, isScaled: false }];
  });
  for (const span of around) scaleTo(span, all, readings, stepS);
  return all.filter(({ atS }) => atS >= fromS && atS + stepS <= toS);
}

/** What the registers say was used, less what was read of it, shared out by the guesses so that nothing is lost. */
function scaleTo(span: Counted, all: Missing[], readings: readonly Counted[], stepS: number): void {
  const inside = all.filter(({ atS }) => atS >= span.fromS && atS + stepS <= span.toS);
  let left = millionths(span);
  for (const one of readings) {
    const seconds = Math.min(one.toS, span.toS) - Math.max(one.fromS, span.fromS);
    if (seconds > 0) left -= (millionths(one) * BigInt(seconds)) / BigInt(one.toS - one.fromS);
  }
  // Less than nothing is left: the two contradict each other, and the guesses stand as they are.
  if (left < 0n || inside.length === 0) return;
  const sum = inside.reduce((total, { guess }) => total + guess, 0n);
  const weights = inside.map(({ guess }) => (sum === 0n ? 1n : guess));
  const whole = sum === 0n ? BigInt(inside.length) : sum;
  let before = 0n;
  for (const [i, one] of inside.entries()) {
    const after = before + weights[i]!;
    one.guess = (left * after) / whole - (left * before) / whole;
    one.isScaled = true;
    before = after;
  }
}

/** Straight from the last interval before a gap to the first after it; where there is but one of them, as that one. */
function between(readings: readonly Counted[], atS: number, stepS: number): bigint | undefined {
  const perStep = (one: Counted) => rounded(millionths(one) * BigInt(stepS), BigInt(one.toS - one.fromS));
  const before = readings.findLast((one) => one.toS <= atS);
  const after = readings.find((one) => one.fromS >= atS + stepS);
  if (!before || !after) {
    const only = before ?? after;
    return only && perStep(only);
  }
  const [start, end] = [perStep(before), perStep(after)];
  const [way, all] = [BigInt(atS + stepS - before.toS), BigInt(after.fromS + stepS - before.toS)];
  return start + rounded((end - start) * way, all);
}

/** To the nearest, halves away from zero. */
function rounded(part: bigint, by: bigint): bigint {
  const half = part < 0n ? -by / 2n : by / 2n;
  return (part + half) / by;
}

function runsOf(missing: readonly Missing[], stepS: number): Missing[][] {
  const runs: Missing[][] = [];
  for (const one of missing) {
    const run = runs.at(-1);
    if (run && run.at(-1)!.atS + stepS === one.atS) run.push(one);
    else runs.push([one]);
  }
  return runs;
}

function blockOf(run: readonly Missing[], channel: string, unit: string, stepS: number): Block {
  // A guess that cannot be kept to a millionth beside its neighbours is kept to the whole unit.
  const exact =
    scaled(run.map(({ guess }) => exactOf(guess))) ??
    ({ numbers: run.map(({ guess }) => Number(rounded(guess, 1_000_000n))), exponent: 0 } as const);
  return {
    kind: "intervals",
    channel,
    unit,
    flow: "consumption",
    startS: run[0]!.atS,
    stepS,
    exponent: exact.exponent,
    values: exact.numbers,
    qualities: run.map(({ isLike }) => (isLike ? QUALITY.like : QUALITY.linear)),
  };
}
