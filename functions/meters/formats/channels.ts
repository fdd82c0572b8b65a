import type { Series } from "../series.ts";

/** A series under a name of its own, before it is known what else the file has of its meter. */
export interface Named {
  series: Series;
  /** All that the meter counts in its direction: no tier, no time of use, no single phase. */
  isWhole: boolean;
}

/** What plain files call the total, and NEM12 what is given back: a meter told in several formats is one all the same. */
const TOTALS = {
  intervals: { consumption: "main", feedIn: "B1", other: "other" },
  registers: { consumption: "register", feedIn: "B1", other: "other" },
} as const;

/**
 * Sees to it that nothing counts twice: of several series of one meter and direction that each hold the whole, the
 * finest is the total and the others are only measured; and parts count only where there is no whole.
 */
export function withTotals(all: readonly Named[]): Series[] {
  const groups = Map.groupBy(all, ({ series }) => `${series.names[0]}\n${series.kind}\n${series.flow}`);
  return [...groups.values()].flatMap((group) => {
    const whole = group
      .filter(({ isWhole, series }) => isWhole && series.flow !== "other")
      .reduce<Named | undefined>(
        (finest, one) => (finest && grainOf(finest) <= grainOf(one) ? finest : one),
        undefined,
      );
    if (!whole) return group.map(({ series }) => series);
    return group.map(({ series }) =>
      series === whole.series
        ? { ...series, channel: TOTALS[series.kind][series.flow] }
        : { ...series, flow: "other" as const },
    );
  });
}

const grainOf = ({ series }: Named): number => series.readings[0]?.stepS ?? Number.POSITIVE_INFINITY;
