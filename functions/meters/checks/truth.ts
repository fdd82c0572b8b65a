import type { Counted, DeliveredBlock, Point } from "../domain.ts";
import { type Exact, finest } from "../exact.ts";

// What people know of a meter beside its readings: what they set right, how its dial goes round, when it was exchanged,
// and what one of its units stands for. It is put together from the corrections that stand, in whatever order.

/** The dial starts again: what the old one showed last, and the new one first. */
export interface Exchange {
  channel: string;
  atS: number;
  /** In base units. */
  last: Exact;
  first: Exact;
}

/** From an instant on. */
export interface Dial {
  fromS: number;
  /** Ten to this power, in base units, is where the register starts again at zero. */
  roundPower?: number;
  /** What one unit of the face stands for: the ratio of transformers, or the quantity of a pulse. */
  multiplier?: Exact;
}

/** What deliveries say of this time counts no more. */
export interface Withdrawn {
  kind: "intervals" | "registers";
  fromS: number;
  toS: number;
}

export interface Truth {
  blocks: readonly DeliveredBlock[];
  withdrawn: readonly Withdrawn[];
  /** Ascending. */
  exchanges: readonly Exchange[];
  /** Ascending. */
  dials: readonly Dial[];
  /** Its face counts pulses, which are nothing until somebody says what one of them stands for. */
  isPulses?: boolean;
}

export const PLAIN: Truth = { blocks: [], withdrawn: [], exchanges: [], dials: [] };

/** Deliveries without what was withdrawn of them: a value in whose place there is none (N). */
export function without(delivered: readonly DeliveredBlock[], withdrawn: readonly Withdrawn[]): DeliveredBlock[] {
  if (withdrawn.length === 0) return [...delivered];
  return delivered.map((one) => {
    const { block } = one;
    const gone = withdrawn.filter(({ kind }) => kind === block.kind);
    if (gone.length === 0) return one;
    const isGone = (i: number) => {
      const atS = block.timesS?.[i] ?? block.startS + i * block.stepS;
      const endS = Math.max(atS + 1, atS + block.stepS);
      return gone.some(({ fromS, toS }) => atS < toS && endS > fromS);
    };
    return { ...one, block: { ...block, qualities: block.qualities.map((quality, i) => (isGone(i) ? "N" : quality)) } };
  });
}

/** What of a meter's dial was known at an instant: the latest word on each. */
export function dialAt(dials: readonly Dial[], atS: number): Omit<Dial, "fromS"> {
  let known: Omit<Dial, "fromS"> = {};
  for (const { fromS, ...dial } of dials) if (fromS <= atS) known = { ...known, ...dial };
  return known;
}

/**
 * Quantities between registers, each against the one before it; over an exchange, up to what the old dial showed last
 * and from what the new one showed first.
 *
 * @param points  ascending
 */
export function dialSpans(points: readonly Point[], truth: Truth): Counted[] {
  const out: Counted[] = [];
  for (let i = 1; i < points.length; i++) {
    let before = points[i - 1]!;
    const end = points[i]!;
    for (const { channel, atS, last, first } of truth.exchanges) {
      if (channel !== end.channel || atS <= before.atS || atS > end.atS) continue;
      const at = { ...end, atS, quality: "A" };
      out.push(...span(before, { ...at, ...last }, truth));
      before = { ...at, ...first };
    }
    out.push(...span(before, end, truth));
  }
  return out;
}

function span(start: Point, end: Point, { dials }: Truth): Counted[] {
  if (end.atS === start.atS) return [];
  const exponent = Math.min(start.exponent, end.exponent);
  const scaledTo = (point: Point) => point.digits * 10 ** (point.exponent - exponent);
  let digits = scaledTo(end) - scaledTo(start);
  if (digits < 0) {
    const wrapped = wentRound(digits, exponent, dialAt(dials, end.atS - 1).roundPower);
    if (wrapped === undefined) return [];
    digits = wrapped;
  }
  if (!Number.isSafeInteger(digits)) return [];
  const quality = start.quality.startsWith("A") ? end.quality : start.quality;
  const { channel, flow, atS: toS } = end;
  return [{ channel, flow, fromS: start.atS, toS, digits, exponent, quality, isRegister: true }];
}

/** A register that is lower than before went round if that is less than half of its way; else it went back. */
function wentRound(digits: number, exponent: number, roundPower: number | undefined): number | undefined {
  if (roundPower === undefined || roundPower < exponent) return undefined;
  const round = 10 ** (roundPower - exponent);
  const wrapped = digits + round;
  return wrapped >= 0 && wrapped * 2 < round ? wrapped : undefined;
}

/** What the face shows, as what it stands for. A multiplier changes where a reading begins, or with the dial. */
export function multiplied(readings: Counted[], { dials, isPulses }: Truth): Counted[] {
  if (!isPulses && !dials.some(({ multiplier }) => multiplier)) return readings;
  return readings.flatMap((one) => {
    const by = dialAt(dials, one.fromS).multiplier;
    if (by) return [{ ...one, ...times(one, by) }];
    return isPulses ? [] : [one];
  });
}

/** Exact up to fifteen digits; beyond them, and beyond a millionth of a base unit, rounded. */
function times(a: Exact, b: Exact): Exact {
  let product = BigInt(a.digits) * BigInt(b.digits);
  let exponent = a.exponent + b.exponent;
  while (exponent < -6 || product > SAFE || product < -SAFE) {
    const half = product < 0n ? -5n : 5n;
    product = (product + half) / 10n;
    exponent++;
  }
  return { digits: Number(product), exponent };
}
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** A whole number of millionths of a base unit, as digits and a power of ten. */
export function exactOf(millionths: bigint): Exact {
  let [digits, exponent] = [millionths, -6];
  while (digits !== 0n && digits % 10n === 0n) {
    digits /= 10n;
    exponent++;
  }
  return digits === 0n ? { digits: 0, exponent: 0 } : { digits: Number(digits), exponent };
}

export const millionths = ({ digits, exponent }: Exact): bigint => finest(digits, exponent);
