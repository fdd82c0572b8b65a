import type { Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { Write } from "../../shared/table.ts";
import { dayOf, dayPlus, dayRange, monthOf, monthPlus } from "../../shared/time.ts";
import type { Module } from "../contract/module.ts";
import { termsDigest } from "./domain.ts";
import { type Service, useWrite } from "./store.ts";

// What is counted, by the house alone: days in service and uses. Nobody is asked, and nothing is believed.

/** Of a module with a price its terms. */
export const termsOf = ({ manifest: { price, isBasedOn } }: Module): string | undefined =>
  price && termsDigest(price, isBasedOn);

/**
 * A run in service, or a case that was handed in, of a module that is paid by use: for the transaction of its receipt.
 * @param what  by which it is known, so that it is counted once
 */
export function usedWrites(here: Here, installId: string, module: Module, what: string): Write[] {
  if (module.manifest.price?.per !== "use") return [];
  const now = here.clock.now();
  return [useWrite(monthOf(now, here.city.timeZone), installId, what, termsOf(module)!, now)];
}

/** Which module a case belongs to; undefined: the city's own procedure, or one that only moved on. */
export function moduleOfCase({ data }: Told<{ procedure: string; from?: string | undefined }>): string | undefined {
  const [publisher, module, part] = data.procedure.split(".");
  return data.from === undefined && part !== undefined ? `${publisher}/${module}` : undefined;
}

/** The days of a month in a zone. */
export function daysOf(month: string): string[] {
  const days: string[] = [];
  const next = `${monthPlus(month, 1)}-01`;
  for (let day = `${month}-01`; day < next; day = dayPlus(day, 1)) days.push(day);
  return days;
}

/**
 * On which days of a month an install served, and at which terms. A day on which it changed counts once, at the terms
 * that stood last on it.
 */
function termsByDay(services: readonly Service[], month: string, zone: string, now: Date): Map<string, string> {
  const changes = [...services].sort((a, b) => a.revision - b.revision);
  const found = new Map<string, string>();
  const today = dayOf(now, zone);
  for (const day of daysOf(month)) {
    if (day > today) break;
    const { from, to } = dayRange(day, zone);
    const [start, end] = [from.toISOString(), to.toISOString()];
    const before = changes.findLast(({ at }) => at < start);
    const within = changes.filter(({ at }) => at >= start && at < end);
    const terms = [before, ...within].findLast((one) => one?.terms !== undefined)?.terms;
    if (terms !== undefined) found.set(day, terms);
  }
  return found;
}

/** On how many days of a month it served, by terms. @param on  only of these days */
export function daysServed(
  services: readonly Service[],
  month: string,
  zone: string,
  now: Date,
  on?: ReadonlySet<string>,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [day, terms] of termsByDay(services, month, zone, now))
    if (!on || on.has(day)) counts.set(terms, (counts.get(terms) ?? 0) + 1);
  return counts;
}
