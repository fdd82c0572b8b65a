import type { Here } from "../../shared/here.ts";
import type { AreaResult, Intervention, Order } from "./losses-schema.ts";
import { type Found, lossStore } from "./losses-store.ts";
import { SUSPECT } from "./theft.ts";

type Kind = Order["kind"];
/** What a crew needs on average: to find and close a leak, to look at one meter. */
export const CREW_DAYS: Record<Kind, number> = { leak: 2, theft: 0.25 };
/** How often the benchmark's told leaks and thefts were there; findings of the city's own crews outweigh it by and by. */
export const CHANCE: Record<Kind, number> = { leak: 0.9, theft: 0.8 };
/** The benchmark counts as so many findings. */
const PRIOR = 10;
const MONTH_DAYS = 30;
const SHOWN_MAX = 200;

/** How likely a work order of a kind finds what it is sent for: the benchmark's word and the city's own findings. */
export const chanceOf = (kind: Kind, { done, found }: Found): number =>
  Math.round(((CHANCE[kind] * PRIOR + found) / (PRIOR + done)) * 1000) / 1000;

/**
 * What crews could do, by money per crew-day: what is lost in a month × the chance that it is there ÷ crew-days. Leaks
 * and suspects are told of the smallest measured area alone, so that nothing is counted twice.
 */
export function ranked(results: readonly AreaResult[], found: Record<Kind, Found>): Intervention[] {
  const worth = (perDay: number, { minorPerMillion = 0 }: AreaResult) =>
    Math.round((perDay * MONTH_DAYS * minorPerMillion) / 1_000_000);
  const all = results.flatMap((result): Omit<Intervention, "perCrewDayMinor">[] => {
    const { area, currency, night, suspects, isLowest } = result;
    if (currency === undefined || !isLowest) return [];
    const leak = night?.isLeak
      ? [
          {
            kind: "leak" as const,
            area,
            currency,
            lossMinor: worth(night.leakPerDay, result),
            chance: chanceOf("leak", found.leak),
          },
        ]
      : [];
    const thefts = suspects
      .filter(({ score, missingPerDay }) => score >= SUSPECT && missingPerDay > 0)
      .map(({ point, missingPerDay, score }) => ({
        ...{ kind: "theft" as const, area, point, currency, lossMinor: worth(missingPerDay, result) },
        // A score well above the least one says more.
        chance: Math.round(Math.min(1, (chanceOf("theft", found.theft) * score) / 60) * 1000) / 1000,
      }));
    return [...leak, ...thefts].map((one) => ({ ...one, crewDays: CREW_DAYS[one.kind] }));
  });
  return all
    .map((one) => ({ ...one, perCrewDayMinor: Math.round((one.lossMinor * one.chance) / one.crewDays) }))
    .sort((a, b) => b.perCrewDayMinor - a.perCrewDayMinor)
    .slice(0, SHOWN_MAX);
}

/** The ranking of a month, with the work orders that are on their way. */
export async function interventions(here: Here, month: string): Promise<Intervention[]> {
  const store = lossStore(here);
  const [results, leak, theft] = await Promise.all([store.results(month), store.found("leak"), store.found("theft")]);
  const all = ranked(results, { leak, theft });
  const open = await store.openAt(all.map(({ kind, area, point }) => ({ kind, code: point ?? area })));
  return all.map((one) => {
    const orderId = open.get(`${one.kind}#${one.point ?? one.area}`);
    return orderId === undefined ? one : { ...one, orderId };
  });
}
