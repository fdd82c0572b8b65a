import type { Tree } from "../../../marketplace/contract/language/index.ts";
import type { Here } from "../../../shared/here.ts";
import { peopleRule } from "../people/rule.ts";
import type { Dataset } from "../schema.ts";
import { catalogue, findBySlug, getById, load } from "../store.ts";
import {
  columnsRead,
  figureOf,
  formulaMistakes,
  type PeopleIn,
  peopleBehind,
  peopleIn,
  reckoned,
  type Tables,
  tablesRead,
  treeOf,
  valuesOf,
} from "./formula.ts";
import { columnNames, shapeOf, type TableOf, tableName } from "./names.ts";
import { areasOf, DISTRICTS_MAX, finder, type Parter, type Placed, placedRows } from "./parting.ts";
import type { Definition, District, Latest, Problem, Standing } from "./schema.ts";
import { isTooFew, withheldCells } from "./withholding.ts";

/** Of all datasets of a formula together: they are in memory at once. */
export const ROWS_MAX = 50_000;

export const tableOf = ({ slug, card, latest }: Dataset): TableOf => ({
  slug,
  title: card.title,
  columns: latest.columns,
});

/** The published datasets that a formula reads; one that is not there is missing from the list. */
export async function datasetsOf(here: Here, tree: Tree, { assumptions }: Definition): Promise<Dataset[]> {
  const find = async (name: string) => {
    // Most are called by their address; which of the others it is, only the catalogue tells.
    const found = await findBySlug(here, name);
    const listed = found ? undefined : (await catalogue(here)).find(({ slug }) => tableName(slug) === name);
    return found ?? (listed && getById(here, listed.id));
  };
  const found = await Promise.all(tablesRead(tree, assumptions).map(find));
  return found.filter((dataset) => dataset !== undefined);
}

/**
 * The figure of a definition with the latest versions of its datasets, and that of each district. What keeps it from
 * being computed is said; whatever stands in a file, it is no error.
 */
export async function measured(here: Here, definition: Definition, revision: number): Promise<Latest> {
  const tree = treeOf(definition.formula);
  const [datasets, { k }] = await Promise.all([datasetsOf(here, tree, definition), peopleRule(here)]);
  const districts = await districtsOf(here, definition);
  const used = [...datasets, ...(districts ? [districts] : [])];
  const times = used.map(({ latest }) => latest.publishedAt);
  const { unit, target, band = {} } = definition;
  const figure: Omit<Latest, "standing"> = {
    ...{ unit, ...band },
    ...(target ? { target: target.value } : {}),
    asOf: times.sort().at(-1) ?? here.clock.now().toISOString(),
    revision,
    sources: used.map(({ id, slug, card, latest: { number, publishedAt } }) => ({
      ...{ id, slug, title: card.title, version: number, publishedAt },
    })),
    k,
  };
  const without = (problem: Problem): Latest => ({ ...figure, problem, standing: "none" });
  if (datasets.length < tablesRead(tree, definition.assumptions).length) return without("gone");
  const shape = shapeOf(datasets.map(tableOf), definition.assumptions);
  if (formulaMistakes(tree, shape, definition.assumptions).length > 0) return without("unfit");
  if (datasets.reduce((sum, { latest }) => sum + latest.rows, 0) > ROWS_MAX) return without("too_many_rows");

  const by = await partedBy(here, definition, datasets, districts);
  const placed = new Map<string, Placed[]>();
  for (const dataset of datasets) {
    const name = tableName(dataset.slug);
    const read = columnsRead(tree, name, columnNames(dataset.latest.columns));
    const data = await load(here, dataset, dataset.latest);
    placed.set(name, await placedRows(data, read, typeof by === "string" ? undefined : by));
  }
  const people = datasets.map(({ slug, latest }) => peopleIn(slug, latest.columns));
  const all: Tables = Object.fromEntries([...placed].map(([name, rows]) => [name, rows.map(({ row }) => row)]));
  if (isTooFew(peopleBehind(tree, all, people), k)) return without("too_few_people");
  const rest = reckoned(tree, all);
  const value = figureOf(rest, valuesOf(definition.assumptions));
  if (value === undefined) return without("nothing");
  const parts =
    by === undefined
      ? {}
      : typeof by === "string"
        ? { districtsProblem: by }
        : broken(placed, (tables) => districtFigure(tree, tables, definition, people), k);
  return { ...figure, value, standing: standingOf(value, definition), rest, ...parts };
}

const districtsOf = async (here: Here, { breakdown }: Definition): Promise<Dataset | undefined> =>
  breakdown?.by === "places" ? findBySlug(here, breakdown.dataset) : undefined;

/** What tells a row's district; a problem, where nothing does any more. */
async function partedBy(
  here: Here,
  { breakdown }: Definition,
  datasets: readonly Dataset[],
  areas: Dataset | undefined,
): Promise<Parter | Problem | undefined> {
  if (!breakdown) return undefined;
  if (breakdown.by === "column") {
    const { column } = breakdown;
    const isThere = datasets.every(({ latest }) => latest.columns.some(({ name }) => name === column));
    return isThere ? { column } : "unfit";
  }
  if (!areas) return "gone";
  const at = areas.latest.columns.findIndex(({ name }) => name === breakdown.column);
  if (at < 0 || !datasets.every(({ latest }) => latest.hasPlaces)) return "unfit";
  const found = await areasOf(await load(here, areas, areas.latest), at);
  return found ? { find: finder(found) } : "too_many_districts";
}

const districtFigure = (tree: Tree, tables: Tables, { assumptions }: Definition, people: readonly PeopleIn[]) => ({
  people: peopleBehind(tree, tables, people),
  value: figureOf(reckoned(tree, tables), valuesOf(assumptions)),
});

/** The figure of each district, in the order of their names; what lies in none comes last. */
function broken(
  placed: ReadonlyMap<string, readonly Placed[]>,
  figure: (tables: Tables) => ReturnType<typeof districtFigure>,
  k: number,
): { districts: District[] } | { districtsProblem: Problem } {
  const byDistrict = new Map<string | undefined, Record<string, Placed["row"][]>>();
  for (const [table, rows] of placed)
    for (const { row, district } of rows) {
      const tables = byDistrict.get(district) ?? Object.fromEntries([...placed.keys()].map((name) => [name, []]));
      byDistrict.set(district, tables);
      tables[table]!.push(row);
      if (byDistrict.size > DISTRICTS_MAX + 1) return { districtsProblem: "too_many_districts" };
    }
  const names = [...byDistrict.keys()].sort((a, b) =>
    a === undefined || b === undefined ? Number(a === undefined) - Number(b === undefined) : a.localeCompare(b),
  );
  const figures = names.map((name) => figure(byDistrict.get(name)!));
  const withheld = withheldCells(
    figures.map(({ people }) => people),
    k,
  );
  if (!withheld) return { districtsProblem: "too_few_people" };
  return {
    districts: names.map((name, i) => ({
      ...(name === undefined ? {} : { name }),
      ...(withheld[i] || figures[i]!.value === undefined ? {} : { value: figures[i]!.value }),
      isWithheld: withheld[i]!,
    })),
  };
}

export function standingOf(value: number | undefined, { band }: Pick<Definition, "band">): Standing {
  if (value === undefined) return "none";
  if (!band) return "free";
  if (band.low !== undefined && value < band.low) return "below";
  return band.high !== undefined && value > band.high ? "above" : "within";
}
