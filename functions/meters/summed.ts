import type { Here } from "../../shared/here.ts";
import { type Row, resolved, rowsOf } from "./batch-rows.ts";
import { batchStore } from "./batch-store.ts";
import { type Counted, TOTAL_CHANNEL } from "./domain.ts";
import { openChunks, type Segment, type Span } from "./segment.ts";
import { type DaySum, daySums, isDisputed, isUnknown, readSums } from "./sums.ts";

const DAY_S = 86_400;
/** How far registers of batches are looked for on both sides of a range. */
export const LOOK_AROUND_S = 62 * DAY_S;
/** Where a range is cut more often than this, no sum of a day fits between two cuts. */
const DENSE_S = 20 * 3_600;
const TRIES = 5;

export interface Summed {
  /** By meter, ascending; each lies between two neighbouring cuts, and none of a channel shares time with another. */
  sums: Map<number, DaySum[]>;
  /** What these used is not to be told from sums: registers, and segments that have none. */
  rowsDecide: Set<number>;
  /** Nor when these did, within a day: where words dispute a time, and on a day that a cut divides. */
  disputed: Map<number, Stretch[]>;
}
export interface Stretch {
  fromS: number;
  toS: number;
}

export const isDense = (cutsS: readonly number[]): boolean => (cutsS.length - 1) * DENSE_S > cutsS.at(-1)! - cutsS[0]!;

export const countedOfSum = (sum: DaySum): Counted => {
  const { channel, flow, fromS, toS, digits, exponent, coveredS, estimatedS } = sum;
  return { channel, flow, fromS, toS, digits, exponent, quality: "A", isRegister: false, coveredS, estimatedS };
};

/**
 * What batches and segments say that meters used between instants, by the sums that compactions kept and by what is not compacted
 * yet. It says the same as the rows, or that the rows decide.
 *
 * @param meters  by their small numbers
 * @param cutsS   ascending, at least two
 */
export async function summed(
  here: Pick<Here, "table" | "clock" | "blobs" | "log">,
  meters: ReadonlySet<number>,
  cutsS: readonly number[],
): Promise<Summed> {
  const store = batchStore(here);
  // An interval is at most a day long. What began a day before, and has ended, shares time with nothing of the range.
  const near = { fromS: cutsS[0]! - DAY_S, toS: cutsS.at(-1)! + DAY_S };
  const far = { fromS: cutsS[0]! - LOOK_AROUND_S, toS: cutsS.at(-1)! + LOOK_AROUND_S };
  const wanted = Float64Array.from(meters).sort();
  for (let tries = 1; ; tries++) {
    const found = new Found(cutsS);
    // The window before the segments: what a compaction moves meanwhile is then in both, never in neither.
    const entries = (await store.window()).filter(({ item }) =>
      isAnyIn(wanted, Number(item["lo"]), Number(item["hi"])),
    );
    const rows: Row[] = [];
    for (const columns of (await store.contents(entries)).values()) {
      if (columns instanceof RangeError) here.log.error("a batch cannot be read", { error: columns });
      else if (columns.stepS === 0 || columns.timesS.some((atS) => atS >= near.fromS && atS <= near.toS))
        for (const row of rowsOf(columns, meters.size === 1 ? wanted[0] : undefined)) {
          if (!meters.has(row.meter)) continue;
          if (row.stepS === 0) {
            if (row.atS >= far.fromS && row.atS <= far.toS) found.rowsDecide.add(row.meter);
          } else if (row.atS >= near.fromS && row.atS <= near.toS) rows.push(row);
        }
    }
    for (const sum of daySums(resolved(rows), [near.fromS, ...cutsS, near.toS + 1])) found.add(sum);

    const segments = await store.segmentsIn(monthAt(far.fromS), monthAt(far.toS));
    const reads = segments.map(async (segment) => {
      const isNear = segment.toS > near.fromS && segment.fromS <= near.toS;
      if (!isNear && !segment.hasRegisters) return true;
      const [fromS, toS] = segment.hasRegisters ? [far.fromS, far.toS] : [cutsS[0]!, near.toS];
      if (!segment.sums) return found.addUnsummed(segment, wanted);
      const spans = segment.sums.filter(({ firstMeter, lastMeter }) => isAnyIn(wanted, firstMeter, lastMeter));
      for (const run of runsOf(spans)) {
        const [first, last] = [run[0]!, run.at(-1)!];
        const length = last.offset + last.length - first.offset;
        const bytes = await here.blobs.get(segment.blob, { offset: first.offset, length });
        if (!bytes) return false;
        for (const span of run) {
          const begin = span.offset - first.offset;
          for (const sum of readSums(bytes.subarray(begin, begin + span.length), meters, fromS, toS)) found.add(sum);
        }
      }
      return true;
    });
    const areThere = (await Promise.all(reads)).every(Boolean);
    if (areThere) return found.done();
    // A merge put another in its place between the list and the read: look again.
    if (tries === TRIES) throw new Error("a segment of readings is missing");
  }
}

class Found {
  readonly rowsDecide = new Set<number>();
  private readonly disputed = new Map<number, Stretch[]>();
  private readonly sums = new Map<number, DaySum[]>();
  constructor(private readonly cutsS: readonly number[]) {}

  add(sum: DaySum): void {
    const { meter, fromS, toS } = sum;
    if (isUnknown(sum)) this.rowsDecide.add(meter);
    else if (toS > this.cutsS[0]! && fromS <= this.cutsS.at(-1)! + DAY_S) {
      if (isDisputed(sum) || this.isDivided(sum)) put(this.disputed, meter, { fromS, toS });
      put(this.sums, meter, sum);
    }
  }

  /** Of the first segments, which have no sums. */
  addUnsummed(segment: Segment, wanted: Float64Array): true {
    for (const meter of wanted) if (openChunks(segment, meter).length > 0) this.rowsDecide.add(meter);
    return true;
  }

  /** Whether some of its intervals begin before a cut, and some may begin after it. */
  private isDivided({ fromS, toS, nextDayS }: DaySum): boolean {
    const cut = this.cutsS[firstAfter(this.cutsS, fromS)];
    return cut !== undefined && cut < Math.min(toS, nextDayS);
  }

  done(): Summed {
    const { rowsDecide, disputed, sums, cutsS } = this;
    const [fromS, toS] = [cutsS[0]!, cutsS.at(-1)!];
    for (const [meter, own] of sums) {
      if (own.length > 1) own.sort((a, b) => a.fromS - b.fromS);
      for (const stretch of sharedBy(own)) put(disputed, meter, stretch);
      // What begins outside was looked at for the time that it may share.
      while (own.length > 0 && own.at(-1)!.fromS >= toS) own.pop();
      while (own.length > 0 && own[0]!.fromS < fromS) own.shift();
    }
    for (const meter of rowsDecide) sums.delete(meter);
    return { sums, rowsDecide, disputed };
  }
}

/**
 * Where two of a channel share time, or a total with a channel that counts a part of it: what is given back counts
 * beside all else.
 *
 * @param own  of one meter, ascending
 */
function sharedBy(own: readonly DaySum[]): Stretch[] {
  const shared: Stretch[] = [];
  const ends = new Map<string, number>();
  const reach = (name: string) => ends.get(name) ?? Number.NEGATIVE_INFINITY;
  for (const { channel, flow, fromS, toS } of own) {
    const isTotal = channel === TOTAL_CHANNEL;
    const names = [`channel ${channel}`, ...(flow === "consumption" ? [isTotal ? "total" : "part"] : [])];
    const endS = Math.max(
      reach(names[0]!),
      flow === "consumption" ? reach(isTotal ? "part" : "total") : reach(names[0]!),
    );
    if (fromS < endS) shared.push({ fromS, toS: Math.max(toS, endS) });
    for (const name of names) ends.set(name, Math.max(toS, reach(name)));
  }
  return shared;
}

function put<T>(lists: Map<number, T[]>, meter: number, one: T): void {
  const own = lists.get(meter);
  if (own) own.push(one);
  else lists.set(meter, [one]);
}

/** The first place whose number is larger. */
function firstAfter(ascending: ArrayLike<number>, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const isAnyIn = (ascending: Float64Array, least: number, most: number): boolean =>
  (ascending[firstAfter(ascending, least - 1)] ?? Number.POSITIVE_INFINITY) <= most;

/** Those that lie side by side are read at once. */
function runsOf(spans: readonly Span[]): Span[][] {
  const runs: Span[][] = [];
  for (const span of spans) {
    const last = runs.at(-1)?.at(-1);
    if (last && last.offset + last.length === span.offset) runs.at(-1)!.push(span);
    else runs.push([span]);
  }
  return runs;
}

const monthAt = (atS: number): string => new Date(atS * 1000).toISOString().slice(0, 7);
