import type { Row } from "../batch-rows.ts";
import { numbers, Reader, readNumbers, Writer } from "../packing.ts";

// Which intervals of meters never came: arithmetic of spans, no waiting.

/** Intervals of a meter that are missing, one after the other; all of them begin on one UTC day. */
export interface Hole {
  meter: number;
  fromS: number;
  toS: number;
  stepS: number;
}
/** An interval of a meter, or `count` of them without a hole. */
export type Span = Pick<Row, "meter" | "atS" | "stepS"> & { count?: number };

const DAY_S = 86_400;
/** Who was away for longer begins anew: nobody fills a year, and nobody wants a gap for each of its days. */
export const AWAY_MAX_S = 14 * DAY_S;

export const endOf = ({ atS, stepS, count = 1 }: Span): number => atS + stepS * count;
export const spanOf = ({ meter, fromS, toS, stepS }: Hole): Span => ({
  ...{ meter, stepS, atS: fromS },
  count: Math.floor((toS - fromS) / stepS),
});

export const dayOf = (atS: number): string => new Date(atS * 1000).toISOString().slice(0, 10);

/** The first and last day under which holes can stand that these fill: an interval is at most a day long. */
export function daysAround(spans: readonly Span[]): [string, string] {
  const [fromS, toS] = reachOf(spans);
  return [dayOf(fromS - DAY_S), dayOf(toS - 1)];
}

/**
 * Goes along the intervals of meters from where each one's ended. What begins later leaves a hole, which is as many
 * intervals as fit into it, of the length of the one behind it; what begins earlier is late and may fill one.
 *
 * @param ends   where each meter's intervals end; moved along. A meter that is not there begins with its first one
 * @param spans  intervals, in any order
 */
export function walked(ends: Map<number, number>, spans: readonly Span[]): { holes: Hole[]; late: Span[] } {
  const holes: Hole[] = [];
  const late: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.meter - b.meter || a.atS - b.atS)) {
    const { meter, atS, stepS } = span;
    const endS = ends.get(meter) ?? atS;
    if (atS < endS) late.push(span);
    else if (atS - endS <= AWAY_MAX_S) {
      const fromS = atS - Math.floor((atS - endS) / stepS) * stepS;
      if (fromS < atS) holes.push(...byDays({ meter, fromS, toS: atS, stepS }));
    }
    ends.set(meter, Math.max(endS, endOf(span)));
  }
  return { holes, late };
}

/** From where the first of these begins to where the last one ends. */
export const reachOf = (spans: readonly Span[]): [fromS: number, toS: number] => [
  spans.reduce((least, { atS }) => Math.min(least, atS), Number.POSITIVE_INFINITY),
  spans.reduce((most, span) => Math.max(most, endOf(span)), Number.NEGATIVE_INFINITY),
];

/** What is missing between the intervals of one delivery, wherever their meters' end. */
export const holesBetween = (spans: readonly Span[]): Hole[] => walked(new Map(), spans).holes;

function byDays({ meter, fromS, toS, stepS }: Hole): Hole[] {
  const parts: Hole[] = [];
  for (let atS = fromS; atS < toS; ) {
    const midnightS = (Math.floor(atS / DAY_S) + 1) * DAY_S;
    const endS = Math.min(toS, atS + Math.ceil((midnightS - atS) / stepS) * stepS);
    parts.push({ meter, fromS: atS, toS: endS, stepS });
    atS = endS;
  }
  return parts;
}

/** What is left of holes when these came. A rest that is shorter than an interval is none. */
export function without(holes: readonly Hole[], came: readonly Span[]): Hole[] {
  const byMeter = Map.groupBy(came, ({ meter }) => meter);
  return holes.flatMap((hole) =>
    (byMeter.get(hole.meter) ?? []).reduce<Hole[]>(
      (left, span) =>
        left.flatMap((one) => {
          const [{ atS }, endS] = [span, endOf(span)];
          if (endS <= one.fromS || one.toS <= atS) return [one];
          const rests = [
            { ...one, toS: atS },
            { ...one, fromS: endS },
          ];
          return rests.filter(({ fromS, toS }) => toS - fromS >= one.stepS);
        }),
      [hole],
    ),
  );
}

/** How many intervals are missing, of how many meters. */
export const measured = (holes: readonly Hole[]): { meters: number; intervals: number } => ({
  meters: new Set(holes.map(({ meter }) => meter)).size,
  intervals: holes.reduce((sum, { fromS, toS, stepS }) => sum + Math.floor((toS - fromS) / stepS), 0),
});

/** Equal ones of neighbours, as after an outage, take next to no room. */
export function packHoles(holes: readonly Hole[]): Uint8Array {
  const sorted = [...holes].sort((a, b) => a.meter - b.meter || a.fromS - b.fromS);
  return packColumns([
    sorted.map(({ meter }, i) => meter - (sorted[i - 1]?.meter ?? 0)),
    sorted.map(({ fromS }) => fromS),
    sorted.map(({ fromS, toS }) => toS - fromS),
    sorted.map(({ stepS }) => stepS),
  ]);
}

export function unpackHoles(bytes: Uint8Array): Hole[] {
  const [steps, froms, lengths, stepsS] = unpackColumns(bytes, 4) as [number[], number[], number[], number[]];
  let meter = 0;
  return steps.map((step, i) => {
    meter += step;
    return { meter, fromS: froms[i]!, toS: froms[i]! + lengths[i]!, stepS: stepsS[i]! };
  });
}

export function packEnds(ends: ReadonlyMap<number, number>): Uint8Array {
  const sorted = [...ends].sort(([a], [b]) => a - b);
  return packColumns([sorted.map(([meter], i) => meter - (sorted[i - 1]?.[0] ?? 0)), sorted.map(([, endS]) => endS)]);
}

export function unpackEnds(bytes: Uint8Array): Map<number, number> {
  const [steps, ends] = unpackColumns(bytes, 2) as [number[], number[]];
  let meter = 0;
  return new Map(
    steps.map((step, i) => {
      meter += step;
      return [meter, ends[i]!];
    }),
  );
}

function packColumns(columns: readonly (readonly number[])[]): Uint8Array {
  const out = new Writer();
  out.unsigned(columns[0]!.length);
  for (const column of columns) numbers(out, column);
  return out.done();
}

function unpackColumns(bytes: Uint8Array, count: number): number[][] {
  const from = new Reader(bytes);
  const length = from.unsigned();
  return Array.from({ length: count }, () => readNumbers(from, length));
}
