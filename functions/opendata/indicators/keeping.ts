import type { z } from "zod";
import { inLang } from "../../../marketplace/contract/words.ts";
import { Fault } from "../../../shared/errors.ts";
import { type NewEvent, told } from "../../../shared/events.ts";
import type { Here } from "../../../shared/here.ts";
import { does, planned } from "../../../shared/tasks.ts";
import { IndicatorBack, IndicatorLeft } from "../events.ts";
import { findBySlug } from "../store.ts";
import { formulaMistakes, tablesRead, treeOf } from "./formula.ts";
import { datasetsOf, measured, ROWS_MAX, tableOf } from "./measuring.ts";
import { shapeOf, tableName } from "./names.ts";
import { Measure } from "./planning.ts";
import { type Definition, isOut, type Kept, type Latest, type Save } from "./schema.ts";
import { INDICATORS_MAX, indicatorStore } from "./store.ts";

/**
 * Makes an indicator, changes it, or brings one back that was retired, and computes its figure at once.
 * @throws {Fault} invalid: the formula, a bound, a dataset; conflict: another revision than the one that was read
 */
export async function save(here: Here, slug: string, given: z.infer<typeof Save>, by: string): Promise<Kept> {
  const { why, revision: read, ...definition } = given;
  const store = indicatorStore(here);
  const before = await store.find(slug);
  if (read !== undefined && read !== (before?.revision ?? 0))
    throw new Fault("conflict", `It is at revision ${before?.revision ?? 0}: look at it again.`);
  if (!before && (await store.all()).length >= INDICATORS_MAX)
    throw new Fault("conflict", `A city has at most ${INDICATORS_MAX} indicators, retired ones included.`);
  await demandSound(here, definition);
  const [revision, at] = [(before?.revision ?? 0) + 1, here.clock.now().toISOString()];
  const latest = await measured(here, definition, revision);
  const { after, events } = withFigure(here, {
    ...(before?.leftAt === undefined ? {} : { leftAt: before.leftAt }),
    ...(before?.backAt === undefined ? {} : { backAt: before.backAt }),
    ...{ slug, definition, revision, changedAt: at, isRetired: false },
    latest,
  });
  const change = { revision, at, by, why, definition };
  // A version that is published meanwhile may not have found it yet.
  return store.keep(before, after, { change, writes: [planned(Measure, slug, here.clock.now(), {})], events });
}

/** Takes it from the public; what it was stays. @throws {Fault} absent */
export async function retire(here: Here, slug: string, why: string, by: string): Promise<Kept> {
  const store = indicatorStore(here);
  const before = await store.get(slug);
  const [revision, at] = [before.revision + 1, here.clock.now().toISOString()];
  const events = isOut(before) ? [told(IndicatorBack, slug, { indicator: slug })] : [];
  const back = isOut(before) ? { backAt: at } : {};
  const after = { ...before, ...back, revision, changedAt: at, isRetired: true };
  return store.keep(before, after, { change: { revision, at, by, why }, events });
}

/** The indicator with its latest figure: a figure that leaves its band, or comes back, is told. */
function withFigure(here: Here, kept: Omit<Kept, "turn"> & { latest: Latest }) {
  const { slug, definition, latest } = kept;
  const { standing, value, asOf } = latest;
  const events: NewEvent[] = [];
  const after = { ...kept };
  const isOutside = standing === "below" || standing === "above";
  if (isOutside && !isOut(kept)) {
    after.leftAt = asOf;
    delete after.backAt;
    const title = inLang(definition.titles, here.city.languages[0] ?? "en");
    const facts = { indicator: slug, title, value: value!, unit: definition.unit, side: standing, asOf };
    events.push(told(IndicatorLeft, slug, facts));
  }
  // Without a figure nobody knows: it stays where it was.
  if ((standing === "within" || standing === "free") && isOut(kept)) {
    after.backAt = asOf;
    events.push(told(IndicatorBack, slug, { indicator: slug }));
  }
  return { after, events };
}

/** Only where something has changed since it was computed. */
export const measuring = does(Measure, async (here, slug) => {
  const store = indicatorStore(here);
  const before = await store.find(slug);
  if (!before || before.isRetired) return {};
  const latest = await measured(here, before.definition, before.revision);
  if (before.latest && isSame(before.latest, latest)) return {};
  const { after, events } = withFigure(here, { ...before, latest });
  await store.keep(before, after, { events });
  return {};
});

function isSame(one: Latest, other: Latest): boolean {
  const from = ({ sources, revision, k, problem }: Latest) =>
    JSON.stringify([revision, k, problem, sources.map(({ id, version }) => [id, version])]);
  return from(one) === from(other);
}

/** @throws {Fault} invalid, with a pointer to each mistake */
async function demandSound(here: Here, definition: Definition): Promise<void> {
  const { assumptions, band, breakdown, formula } = definition;
  const errors: { pointer: string; detail: string }[] = [];
  const wrong = (pointer: string, detail: string) => errors.push({ pointer: `#/${pointer}`, detail });
  if (band && band.low === undefined && band.high === undefined) wrong("band", "A band has a lower or an upper bound.");
  if (band?.low !== undefined && band.high !== undefined && band.low >= band.high)
    wrong("band/high", "The upper bound is above the lower one.");
  for (const [i, { name, low, value, high }] of assumptions.entries()) {
    if (assumptions.findIndex((one) => one.name === name) < i)
      wrong(`assumptions/${i}/name`, `There are two assumptions named ${name}.`);
    if (name === "row" || (await findBySlug(here, name)))
      wrong(`assumptions/${i}/name`, `In formulas ${name} means something else: choose another name.`);
    if (!(low <= value && value <= high && low < high))
      wrong(`assumptions/${i}/value`, "It lies between its least and its greatest value.");
  }
  const tree = treeOf(formula);
  const datasets = await datasetsOf(here, tree, definition);
  const missing = tablesRead(tree, assumptions).filter(
    (name) => !datasets.some(({ slug }) => tableName(slug) === name),
  );
  for (const name of missing) wrong("formula", `There is no dataset or assumption named ${name}.`);
  if (missing.length === 0)
    for (const { detail } of formulaMistakes(tree, shapeOf(datasets.map(tableOf), assumptions), assumptions))
      wrong("formula", detail);
  if (datasets.reduce((sum, { latest }) => sum + latest.rows, 0) > ROWS_MAX)
    wrong("formula", `Its datasets have more than ${ROWS_MAX} rows together.`);
  if (breakdown?.by === "column")
    for (const { slug, latest } of datasets)
      if (!latest.columns.some(({ name }) => name === breakdown.column))
        wrong("breakdown/column", `The dataset ${slug} has no column ${breakdown.column}.`);
  if (breakdown?.by === "places") {
    const areas = await findBySlug(here, breakdown.dataset);
    if (!areas?.latest.hasPlaces) wrong("breakdown/dataset", `There is no dataset ${breakdown.dataset} with areas.`);
    else if (!areas.latest.columns.some(({ name }) => name === breakdown.column))
      wrong("breakdown/column", `The dataset ${breakdown.dataset} has no column ${breakdown.column}.`);
    for (const { slug, latest } of datasets)
      if (!latest.hasPlaces) wrong("breakdown/dataset", `The rows of ${slug} have no places.`);
  }
  if (errors.length > 0) throw new Fault("invalid", errors[0]!.detail, { errors });
}
