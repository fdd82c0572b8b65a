import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Table } from "../../shared/table.ts";
import { dayPlus, dayRange } from "../../shared/time.ts";
import { MANY_MAX, UsageOfMany } from "../meters/events.ts";
import { heldIn, type Stay, standingIn, subtree } from "./domain.ts";
import { usageOf } from "./reading.ts";
import type { Area, Point } from "./schema.ts";
import { networkStore } from "./store.ts";

export const USE_DAYS_MAX = 31;
/** So many areas' points are remembered of a city. */
const REMEMBERED = 4;
/** So many meters are added up in one step where their readings have to be looked at: below `LOOKED_MAX` of meters. */
export const STEP = 200;

type Fed = Pick<Point, "areas" | "meters">;
/** The network as it was read, for as long as it is the same: ten thousand points take longer than what they used. */
interface Memory {
  version: string;
  areas: readonly Area[];
  fed: Map<string, readonly Fed[]>;
}
const memories = new WeakMap<Table, Memory>();

interface Day {
  day: string;
  from: string;
  to: string;
}
/** Whose use is asked for, and when. */
export interface Asked {
  area: Area;
  days: Day[];
  version: string;
  /** In one order, so that it can be gone through in steps. */
  whole: string[];
  partly: Stay[];
}

/** What meters counted in one stretch of time, as it is added up. */
export interface Total {
  /** Of Wh or litres: exact, so that it is rounded once. */
  millionths: bigint;
  meters: number;
  read: number;
  stoodS: number;
  coveredS: number;
  estimatedS: number;
}
interface Many {
  millionths: string;
  meters: number;
  read: number;
  coverage: number;
  estimatedShare: number;
}

/** @param lengthS  of the stretch */
export function totalOf(many?: Many, lengthS = 0, more?: Total): Total {
  const stoodS = (many?.meters ?? 0) * lengthS;
  const coveredS = (many?.coverage ?? 0) * stoodS;
  const own = {
    ...{ millionths: BigInt(many?.millionths ?? 0), meters: many?.meters ?? 0, read: many?.read ?? 0 },
    ...{ stoodS, coveredS, estimatedS: (many?.estimatedShare ?? 0) * coveredS },
  };
  return more ? plus(own, more) : own;
}

export const plus = (a: Total, b: Total): Total => ({
  millionths: a.millionths + b.millionths,
  meters: a.meters + b.meters,
  read: a.read + b.read,
  stoodS: a.stoodS + b.stoodS,
  coveredS: a.coveredS + b.coveredS,
  estimatedS: a.estimatedS + b.estimatedS,
});

/** @throws {Fault} absent; invalid: the days */
export async function askedOf(here: Here, code: string, from: string, to: string): Promise<Asked> {
  const { timeZone } = here.city;
  if (to < from) throw invalid("query/to", "It is before `from`.");
  if (dayPlus(from, USE_DAYS_MAX) <= to) throw invalid("query/to", `Ask for at most ${USE_DAYS_MAX} days at once.`);
  const days: Day[] = [];
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
  return { area, days, version: memory.version, whole: [...whole].sort(), partly };
}

/** All of it, where sums of days say most; undefined: too many readings have to be looked at. */
export async function atOnce(here: Here, { days, whole, partly }: Asked): Promise<Total[] | undefined> {
  if (whole.length > MANY_MAX || partly.length > STEP) return undefined;
  const { spans } = await here.ask(UsageOfMany, { meterIds: whole, spans: spansOf(days) });
  if (!spans) return undefined;
  const few = await partlyOf(here, days, partly);
  return spans.map((one, i) => totalOf(one, secondsOf(days[i]!), few[i]));
}

/** One step of the way through an area's meters. @returns undefined: there is nothing left */
export async function stepAt(here: Here, { days, whole, partly }: Asked, at: number): Promise<Total[] | undefined> {
  if (at >= whole.length + partly.length) return undefined;
  const some = whole.slice(at, at + STEP);
  const { spans } = await here.ask(UsageOfMany, { meterIds: some, spans: spansOf(days) });
  const rest = partly.slice(Math.max(0, at - whole.length), Math.max(0, at + STEP - whole.length));
  const few = await partlyOf(here, days, rest);
  return spans!.map((one, i) => totalOf(one, secondsOf(days[i]!), few[i]));
}

/** What meters counted that stood there for a part of the time. */
async function partlyOf(here: Here, days: readonly Day[], partly: readonly Stay[]): Promise<Total[]> {
  const stood = partly.map((stay) => days.map((day) => heldIn([day], stay.from, stay.to)[0]));
  const answers = await usageOf(
    here,
    partly.map(({ meterId }, p) => ({
      meterId,
      spans: days.map(({ from }, i) => stood[p]![i] ?? { from, to: from }),
    })),
  );
  return days.map((_, i) => {
    const total = totalOf();
    for (const [p, all] of answers.entries()) {
      const span = stood[p]![i];
      if (!span) continue;
      const { quantity, coverage, estimatedShare } = all[i]!;
      const [stoodS, coveredS] = [secondsOf(span), coverage * secondsOf(span)];
      total.millionths += BigInt(quantity) * MILLION;
      total.meters += 1;
      total.read += coverage > 0 ? 1 : 0;
      total.stoodS += stoodS;
      total.coveredS += coveredS;
      total.estimatedS += estimatedShare * coveredS;
    }
    return total;
  });
}

const MILLION = 1_000_000n;
const spansOf = (days: readonly Day[]) => days.map(({ from, to }) => ({ from, to }));
const secondsOf = ({ from, to }: { from: string; to: string }): number => (Date.parse(to) - Date.parse(from)) / 1000;
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
