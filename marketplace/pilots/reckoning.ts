import { DatasetRows } from "../../functions/opendata/events.ts";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { dayOf, dayPlus } from "../../shared/time.ts";
import { evaluate, mistakesOf, NotRead, parse, type Shape, type Tree } from "../contract/language/index.ts";
import type { Scalar } from "../contract/language/tree.ts";
import { effectOf, stoppedOn, verdictOf } from "./effect.ts";
import { mistaken } from "./refusals.ts";
import type { Plan, Result } from "./schema.ts";

// From the rows of a dataset to a figure of each day, and from these to what is published.

/** More rows than this are not reckoned with: the city publishes a dataset of its own with fewer. */
const ROWS_MAX = 100_000;
type Row = Record<string, unknown>;

const TYPES: Record<string, Scalar> = {
  integer: "number",
  number: "number",
  boolean: "truth",
  date: "moment",
  datetime: "moment",
};

/** @throws {Fault} invalid: it cannot be measured so */
export async function demandMeasurable(here: Here, { metric }: Plan): Promise<void> {
  const data = await here.ask(DatasetRows, { slug: metric.dataset, most: 1 }).catch((error: unknown) => {
    if (error instanceof Fault && error.kind === "absent")
      throw mistaken("#/metric/dataset", "noDataset", { dataset: metric.dataset });
    throw error;
  });
  const typeOf = (column: string) => data.columns.find(({ name }) => name === column)?.type;
  const dayType = typeOf(metric.dayColumn);
  if (dayType !== "date" && dayType !== "datetime")
    throw mistaken("#/metric/dayColumn", "noDays", { dataset: metric.dataset, column: metric.dayColumn });
  if (typeOf(metric.districtColumn) === undefined)
    throw mistaken("#/metric/districtColumn", "noColumn", { dataset: metric.dataset, column: metric.districtColumn });
  const row: Shape = Object.fromEntries(data.columns.map(({ name, type }) => [name, { type: TYPES[type] ?? "text" }]));
  const [mistake] = mistakesOf(treeOf(metric.formula), { rows: { type: { table: row } } }, "number");
  if (mistake) throw invalid("#/metric/formula", mistake.detail);
}

function treeOf(formula: string): Tree {
  try {
    return parse(formula);
  } catch (error) {
    if (error instanceof NotRead) throw invalid("#/metric/formula", error.message);
    throw error;
  }
}

export interface Measured {
  pilot: ReadonlyMap<string, number>;
  control: ReadonlyMap<string, number>;
  isWhole: boolean;
}

/** The metric of each day, in the pilot's and in the control's districts. */
export async function measured(here: Here, plan: Plan): Promise<Measured> {
  const { metric, pilotDistricts, controlDistricts } = plan;
  const { rows, isWhole } = await here.ask(DatasetRows, { slug: metric.dataset, most: ROWS_MAX });
  const tree = treeOf(metric.formula);
  const of = (districts: readonly string[]) => {
    const own = rows.filter((row) => districts.includes(String(row[metric.districtColumn])));
    const byDay = Map.groupBy(own, (row) => dayIn(row, metric.dayColumn, here.city.timeZone));
    const figures = [...byDay].flatMap(([day, ofDay]) => {
      const value = evaluate(tree, { rows: ofDay });
      return day !== "" && typeof value === "number" ? [[day, value] as const] : [];
    });
    return new Map(figures);
  };
  return { pilot: of(pilotDistricts), control: of(controlDistricts), isWhole };
}

function dayIn(row: Row, column: string, zone: string): string {
  const value = String(row[column] ?? "");
  return /^\d{4}-\d{2}-\d{2}$/.test(value) || Number.isNaN(Date.parse(value))
    ? value.slice(0, 10)
    : dayOf(new Date(value), zone);
}

/** The day on which the stop rule was met; undefined: it was not, by what is published. */
export function stopOf(plan: Plan, { pilot }: Measured): string | undefined {
  const figures = [...pilot]
    .filter(([day]) => day >= plan.startOn && day <= plan.endOn)
    .map(([day, value]) => ({ day, value }));
  return stoppedOn(plan.stop, figures, (day) => dayPlus(day, 1));
}

/** What is published, whatever it is. @param lastOn  the last day that counts */
export function resultOf(plan: Plan, data: Measured, outcome: Result["outcome"], lastOn: string, now: Date): Result {
  const facts = { reckonedAt: now.toISOString(), outcome, lastOn };
  const not = (why: string): Result => ({ ...facts, verdict: "not_reckoned", why });
  if (!data.isWhole) return not(`The dataset has more than ${ROWS_MAX} rows.`);
  const points = [...data.pilot].flatMap(([day, pilot]) => {
    const control = data.control.get(day);
    return control === undefined || day < plan.beforeOn || day > lastOn ? [] : [{ day, pilot, control }];
  });
  const found = effectOf(points, plan.startOn);
  if ("missing" in found) return not(`There is no day ${found.missing} the start with a figure in both districts.`);
  return { ...facts, verdict: verdictOf(found, plan.metric.better, plan.wanted), ...found };
}
