import { PLAIN, type Truth } from "../checks/truth.ts";
import { type Counted, counted, type DeliveredBlock, type Point, pointsOf } from "../domain.ts";
import { finest } from "../exact.ts";
import type { Flow } from "../packing.ts";
import type { Meter } from "../schema.ts";

/** A register as it was read. */
export interface Read {
  atS: number;
  digits: number;
  exponent: number;
  quality: string;
}

/** All that an export has of one channel: quantities of intervals, or registers. */
export interface Channel {
  name: string;
  flow: Flow;
  intervals: Counted[];
  reads: Read[];
}

/** What is exported of a meter, whatever it is written in. */
export interface Contents {
  meter: Meter;
  channels: Channel[];
  timeZone: string;
  madeAt: Date;
}

/**
 * What counts of a meter within a range: intervals that begin in it, registers that were read in it (its end
 * included), of consumption and of what was given back. What is only measured (volts, reactive power) is left out.
 */
export function channelsOf(
  delivered: readonly DeliveredBlock[],
  fromS: number,
  toS: number,
  truth: Truth = PLAIN,
): Channel[] {
  const intervals = counted(delivered, truth).filter(
    (one) => !one.isRegister && one.flow !== "other" && one.fromS >= fromS && one.fromS < toS,
  );
  const read = [...Map.groupBy(intervals, (one) => `${one.flow} ${one.channel}`).values()].map((all): Channel => {
    const { channel, flow } = all[0]!;
    return { name: channel, flow, intervals: all, reads: [] };
  });
  const dials = pointsOf(delivered, truth)
    .filter(([first]) => first !== undefined && first.flow !== "other")
    .flatMap((points) => runsOf(points, fromS, toS));
  return [...read, ...dials].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** A dial that falls (another meter, a roll-over) counts nothing there: it begins a channel of its own. */
function runsOf(points: readonly Point[], fromS: number, toS: number): Channel[] {
  const runs: Channel[] = [];
  for (const { atS, digits, exponent, quality, flow, channel } of points) {
    if (atS < fromS || atS > toS) continue;
    const last = runs.at(-1)?.reads.at(-1);
    if (!last || finest(digits, exponent) < finest(last.digits, last.exponent)) {
      const name = runs.length === 0 ? channel : `${channel}-${runs.length + 1}`;
      runs.push({ name, flow, intervals: [], reads: [] });
    }
    runs.at(-1)!.reads.push({ atS, digits, exponent, quality });
  }
  return runs;
}
