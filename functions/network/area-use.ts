import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Table } from "../../shared/table.ts";
import { dayPlus, dayRange } from "../../shared/time.ts";
import { MANY_MAX, UsageOfMany } from "../meters/events.ts";
import { heldIn, type Stay, standingIn, subtree } from "./domain.ts";
import { type Span, usageOf } from "./reading.ts";
import type { Area, AreaUse, Point } from "./schema.ts";
import { networkStore } from "./store.ts";

export const USE_DAYS_MAX = 31;
/** So many areas' points are remembered of a city. */
const REMEMBERED = 4;
/** Meters that stood there for a part of the time are read for themselves. */
const PARTLY_MAX = 500;

type Fed = Pick<Point, "areas" | "meters">;
/** The network as it was read, for as long as it is the same: ten thousand points take longer than what they used. */
interface Memory {
  version: string;
  areas: readonly Area[];
  fed: Map<string, readonly Fed[]>;
}
const memories = new WeakMap<Table, Memory>();

/**
 * What the meters of an area counted on each day: of the points that it and its parts fed, whichever meter stood there.
 *
 * @param from,to  days, both included
 * @throws {Fault} absent; invalid: the days; conflict: too many meters
 */
export async function areaUse(here: Here, code: string, from: string, to: string): Promise<AreaUse> {
  const { timeZone } = here.city;
  if (to < from) throw invalid("query/to", "It is before `from`.");
  if (dayPlus(from, USE_DAYS_MAX) <= to) throw invalid("query/to", `Ask for at most ${USE_DAYS_MAX} days at once.`);
  const days: { day: string; from: string; to: string }[] = [];
  for (let day = from; day <= to; day = dayPlus(day, 1)) {
    const range = dayRange(day, timeZone);
    days.push({ day, from: range.from.toISOString(), to: range.to.toISOString() });
  }
  const [first, last] = [days[0]!.from, days.at(-1)!.to];
  const memory = await remembered(here);
  const area = memory.areas.find((one) => one.code === code);
  if (!area) throw new Fault("absent", "There is nothing at this address.");
  const parts = subtree(code, memory.areas, first, last);
  const [whole, partly] = staysOf(await fedBy(here, memory, [...parts.keys()]), parts, first, last);
  if (whole.size > MANY_MAX || partly.length > PARTLY_MAX)
    throw new Fault(
      "conflict",
      `${code} has more meters than are added up at once: at most ${MANY_MAX}, and ${PARTLY_MAX} that stood there for a part of the time. Ask for its parts, or for fewer days.`,
    );

  const spans = days.map((day) => ({ from: day.from, to: day.to }));
  const stood = partly.map((stay) => spans.map((day) => heldIn([day], stay.from, stay.to)[0]));
  const [many, few] = await Promise.all([
    here.ask(UsageOfMany, { meterIds: [...whole], spans }),
    usageOf(
      here,
      partly.map(({ meterId }, p) => ({
        meterId,
        spans: spans.map(({ from }, i) => stood[p]![i] ?? { from, to: from }),
      })),
    ),
  ]);
  return {
    ...{ area: code, kind: area.kind, level: area.level, timeZone },
    days: days.map((day, i) => {
      const all = many[i]!;
      let { quantity, meters, read } = all;
      let stoodS = meters * secondsOf(day);
      let coveredS = all.coverage * stoodS;
      let estimatedS = all.estimatedShare * coveredS;
      for (const [p, answers] of few.entries()) {
        const span = stood[p]![i];
        if (!span) continue;
        const one = answers[i]!;
        meters++;
        stoodS += secondsOf(span);
        if (one.coverage > 0) read++;
        quantity += one.quantity;
        coveredS += one.coverage * secondsOf(span);
        estimatedS += one.estimatedShare * one.coverage * secondsOf(span);
      }
      return {
        ...{ ...day, quantity, meters, read },
        coverage: share(coveredS, stoodS),
        estimatedShare: share(estimatedS, coveredS),
      };
    }),
  };
}

const secondsOf = ({ from, to }: Span): number => (Date.parse(to) - Date.parse(from)) / 1000;
const share = (part: number, all: number): number => (all === 0 ? 0 : Math.round((part / all) * 10_000) / 10_000);

async function remembered(here: Here): Promise<Memory> {
  const network = networkStore(here);
  // Before what it tells of: a change meanwhile makes it another one.
  const version = await network.version();
  const before = memories.get(here.table);
  if (before?.version === version) return before;
  const areas = [...(await network.areas()).values()].map(({ is }) => is);
  const memory = { version, areas, fed: new Map() };
  memories.set(here.table, memory);
  return memory;
}

/** The points that any of these areas ever fed. */
async function fedBy(here: Here, { fed }: Memory, areas: readonly string[]): Promise<readonly Fed[]> {
  const key = areas.join(" ");
  let found = fed.get(key);
  if (!found) {
    const network = networkStore(here);
    const codes = await network.fedBy(areas);
    found = (await network.pointsNamed(codes)).map(({ is }) => ({ areas: is.areas, meters: is.meters }));
  }
  fed.delete(key);
  fed.set(key, found);
  if (fed.size > REMEMBERED) fed.delete(fed.keys().next().value!);
  return found;
}

/** The meters that stood in an area all the time, and those that did for a part of it. */
function staysOf(
  points: readonly Fed[],
  parts: Parameters<typeof standingIn>[1],
  first: string,
  last: string,
): [Set<string>, Stay[]] {
  const whole = new Set<string>();
  const partly: Stay[] = [];
  for (const point of points)
    for (const stay of standingIn(point, parts, first, last))
      if (stay.from === first && stay.to === last) whole.add(stay.meterId);
      else partly.push(stay);
  return [whole, partly];
}
