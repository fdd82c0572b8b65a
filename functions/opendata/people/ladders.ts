import { folded } from "../domain.ts";
import { boxOf, type Geometry } from "../geometry.ts";
import type { Cell, ColumnType, Generalised } from "../schema.ts";

// How values are made coarser, step by step. A value climbs one step after the other and never skips one: only so do
// rows that were counted before a step was taken end in the same group as rows that were counted after it.

/** A value on its way up. A place is the middle of its square; a band is its lower bound. */
export type Rung = Cell | [lon: number, lat: number];

export interface Step {
  to: Generalised["to"];
  by?: number;
  of(value: Rung): Rung;
  /** As it is published. */
  shown?(value: Rung): Cell;
}

/** How often each value occurs, as far as rows were counted. */
export type Tally = () => Map<Rung, number>;

const WITHHELD: Step = { to: "withheld", of: () => null };
const onNumbers = (of: (value: number) => number) => (value: Rung) => {
  if (typeof value !== "number") return value;
  const climbed = of(value);
  return Number.isFinite(climbed) ? climbed : null; // at the ends of what numbers can be
};
const onTexts = (of: (value: string) => string) => (value: Rung) => (typeof value === "string" ? of(value) : value);

const exact = (value: number): number => Number(value.toPrecision(12));
const floorTo = (value: number, width: number): number => exact(Math.floor(value / width + 1e-9) * width);

const classShown = (type: ColumnType, width: (low: number) => number) => (value: Rung) => {
  if (typeof value !== "number") return null;
  const wide = width(value);
  if (type === "integer") return wide <= 1 ? String(value) : `${value}–${exact(value + wide - 1)}`;
  return `[${value}, ${exact(value + wide)})`;
};
const band = (type: ColumnType, width: number): Step => ({
  to: "band",
  by: width,
  of: onNumbers((value) => floorTo(value, width)),
  shown: classShown(type, () => width),
});
/** 34,567 with two digits lies between 34,000 and 35,000. */
function digits(type: ColumnType, kept: number): Step {
  const width = (value: number) => {
    if (value === 0) return 1;
    const power = Number(value.toExponential().split("e")[1]) - kept + 1;
    return 10 ** (type === "integer" ? Math.max(0, power) : power);
  };
  return {
    to: "digits",
    by: kept,
    of: onNumbers((value) => floorTo(value, width(value))),
    shown: classShown(type, width),
  };
}
const firstOf = (to: Step["to"], signs: number, shown?: Step["shown"]): Step => ({
  to,
  ...(to === "prefix" ? { by: signs } : {}),
  of: onTexts((value) => [...value].slice(0, signs).join("")),
  ...(shown ? { shown } : {}),
});
const prefix = (signs: number) => firstOf("prefix", signs, onTexts((value) => `${value}*`) as Step["shown"]);
const DATES: Step[] = [
  firstOf("month", 7),
  firstOf("year", 4),
  firstOf("decade", 3, onTexts((value) => `${value}0–${value}9`) as Step["shown"]),
  WITHHELD,
];

export const OTHER = "*";
const COMMON_MAX = 500;
/** Values that are rarer than one in so many become one. */
const COMMON_SHARE = 200;

function common(tally: Map<Rung, number>, k: number): Step {
  let rows = 0;
  for (const n of tally.values()) rows += n;
  const enough = Math.max(k, rows / COMMON_SHARE);
  const kept = new Set(
    [...tally]
      .filter(([, n]) => n >= enough)
      .sort((a, b) => b[1] - a[1])
      .slice(0, COMMON_MAX)
      .map(([value]) => value),
  );
  return { to: "common", of: (value) => (value === null || kept.has(value) ? value : OTHER) };
}

const AGE = /(?:^|[^a-z])(?:ages?|العمر)(?:$|[^a-z])/i;

/** The steps of a column, the finest first; the last withholds it. */
export function ladderOf(
  { name, type }: { name: string; type: ColumnType },
  isCode: boolean,
  k: number,
): ((tally: Tally) => Step)[] {
  const steps = (): Step[] => {
    if (type === "date" || type === "datetime") return DATES;
    if (type === "boolean") return [WITHHELD];
    if (type === "text") return [prefix(3), prefix(2), prefix(1), WITHHELD];
    if (AGE.test(folded(name))) return [band(type, 5), band(type, 10), band(type, 20), WITHHELD];
    return [digits(type, 2), digits(type, 1), WITHHELD];
  };
  if (type === "text" && !isCode) return [(tally) => common(tally(), k), () => WITHHELD];
  return steps().map((step) => () => step);
}

const grid = (degrees: number): Step => ({
  to: "grid",
  by: degrees,
  of: (value) =>
    Array.isArray(value)
      ? [exact(floorTo(value[0], degrees) + degrees / 2), exact(floorTo(value[1], degrees) + degrees / 2)]
      : value,
});
/** Where somebody is, is never published finer than the first of these squares, which is about a kilometre wide. */
export const PLACE_LADDER = [grid(0.01), grid(0.05), grid(0.2), WITHHELD].map((step) => () => step);

export function middleOf(place: Geometry | null | undefined): Rung {
  if (!place) return null;
  const [west, south, east, north] = boxOf(place);
  return [(west + east) / 2, (south + north) / 2];
}
export const placeOf = (value: Rung): Geometry | null =>
  Array.isArray(value) ? { type: "Point", coordinates: value } : null;
