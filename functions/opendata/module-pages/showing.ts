import { DatasetPart } from "../../../marketplace/contract/dataset.ts";
import type { Block, PagePart } from "../../../marketplace/contract/page.ts";
import { inLang } from "../../../marketplace/contract/words.ts";
import type { InstalledPart } from "../../../marketplace/installs/events.ts";
import type { Here } from "../../../shared/here.ts";
import type { Lang } from "../../../shared/texts.ts";
import { alike, type Bars, barsOf } from "../dataset/shown.ts";
import { EVERYTHING, type State } from "../dataset/state.ts";
import { type Geometry, positions, wrongGeometry } from "../geometry.ts";
import { figuresOf, type ModuleIndicator } from "../indicators/modules.ts";
import { evenly } from "../places.ts";
import type { Filter } from "../query/filter.ts";
import { countOf, type Matched, matching, pageOf } from "../query/matching.ts";
import { columnAt, made, recordsOf, sorted } from "../query/reading.ts";
import type { Cell, Column, Dataset } from "../schema.ts";
import { catalogue, load } from "../store.ts";
import type { Opened } from "../stored/opened.ts";
import { fillingOf } from "./filling.ts";

/** A drawn map looks at so many rows, and draws so many places with so many positions in all: a page stays small. */
const ROWS_LOOKED = 5_000;
const PLACES_MAX = 200;
const POSITIONS_MAX = 1_500;

type Of<K extends Block["block"]> = Extract<Block, { block: K }>;
/** What is published of a table, its columns with the module's own titles. */
interface Filled {
  part: DatasetPart;
  /** Without it nothing is published yet. */
  dataset?: Dataset;
}
/** A block with what the city has published of it. */
export type ShownBlock =
  | { block: "text"; of: Of<"text"> }
  | ({
      block: "table";
      of: Of<"table">;
      columns: readonly Column[];
      records: Record<string, Cell>[];
      total: number;
    } & Filled)
  | { block: "indicator"; figure: ModuleIndicator }
  | ({ block: "chart"; of: Of<"chart">; columns: readonly Column[]; state: State; bars: Bars | undefined } & Filled)
  | ({ block: "map"; of: Of<"map">; places: readonly Geometry[]; isAll: boolean } & Filled)
  | { block: "link"; of: Of<"link">; href: string };

/** All blocks of a page that can be shown; one about a part that the city does not use is left out. */
export async function shownBlocks(
  here: Here,
  page: PagePart,
  installed: readonly InstalledPart[],
  lang: Lang,
): Promise<ShownBlock[]> {
  const datasets = await catalogue(here);
  const blocks = await Promise.all(page.blocks.map((block) => shownBlock(here, block, installed, datasets, lang)));
  return blocks.filter((block) => block !== undefined);
}

async function shownBlock(
  here: Here,
  block: Block,
  installed: readonly InstalledPart[],
  datasets: readonly Dataset[],
  lang: Lang,
): Promise<ShownBlock | undefined> {
  const inUse = (id: string) => installed.find(({ part }) => part.id === id);
  if (block.block === "text") return { block: "text", of: block };
  if (block.block === "indicator") {
    const found = inUse(block.indicator);
    const [figure] = found ? await figuresOf(here, [found]) : [];
    return figure && { block: "indicator", figure };
  }
  if (block.block === "link") {
    const found = inUse(block.to);
    const path = found && pathTo(found, datasets);
    return path === undefined ? undefined : { block: "link", of: block, href: here.url(path) };
  }
  const found = inUse(block.dataset);
  if (!found) return undefined;
  const part = DatasetPart.parse(found.part);
  const dataset = fillingOf(datasets, `${found.module}/${part.id}`);
  const data = dataset && (await load(here, dataset, dataset.latest));
  const filled: Filled = { part, ...(dataset ? { dataset } : {}) };
  const columns = titled(data?.columns ?? [], part, lang);
  if (block.block === "chart") {
    const { by, how, of } = block;
    const chart = { by, how: how === "mean" ? ("avg" as const) : how, ...(of === undefined ? {} : { of }) };
    const state: State = { ...EVERYTHING, chart };
    const isThere = [by, of].every((name) => name === undefined || columns.some((column) => column.name === name));
    const bars = data && isThere ? await barsOf(data, state) : undefined;
    return { block: "chart", of: block, columns, state, bars, ...filled };
  }
  const rows = data && (await rowsWith(data, block.only));
  if (block.block === "map") {
    const { places, isAll } = data ? await placesOf(data, rows, part) : { places: [], isAll: true };
    return { block: "map", of: block, places, isAll, ...filled };
  }
  const shows = block.columns.flatMap((name) => columns.find((column) => column.name === name) ?? []);
  const records = data ? await recordsIn(data, rows, block) : [];
  return { block: "table", of: block, columns: shows, records, total: data ? countOf(data, rows) : 0, ...filled };
}

function pathTo({ module, part }: InstalledPart, datasets: readonly Dataset[]): string | undefined {
  if (part.kind === "page") return `/modules/${module}/${part.id}`;
  if (part.kind === "procedure") return `/procedures/about/${module.replace("/", ".")}.${part.id}`;
  const dataset = fillingOf(datasets, `${module}/${part.id}`);
  return dataset && `/data/${dataset.slug}`;
}

/** Where the module has a title for a column in the reader's language, that one is read. */
const titled = (columns: readonly Column[], part: DatasetPart, lang: Lang): Column[] =>
  columns.map((column) => {
    const title = part.schema.fields.find(({ name }) => name === column.name)?.title;
    return title ? { ...column, title: inLang(title, lang) } : column;
  });

/** The rows whose cells are these; a column that was left out of the file has no such cell. */
async function rowsWith(data: Opened, only: Of<"map">["only"]): Promise<Matched> {
  const wanted = Object.entries(only);
  if (wanted.length === 0) return undefined;
  if (wanted.some(([name]) => !data.columns.some((column) => column.name === name))) return [];
  return matching(data, {
    op: "and",
    of: wanted.map(([column, value]): Filter => ({ op: "compare", column, by: "=", value })),
  });
}

async function recordsIn(data: Opened, rows: Matched, { sort, limit }: Of<"table">): Promise<Record<string, Cell>[]> {
  const orders =
    sort && data.columns.some(({ name }) => name === sort.column)
      ? [{ column: columnAt(data, sort.column), isDescending: sort.descending }]
      : [];
  return recordsOf(data, pageOf(data, await sorted(data, rows, orders, alike, "always"), 0, limit));
}

/** Each place once: of readings hour by hour, the few places where they were taken. */
async function placesOf(
  data: Opened,
  rows: Matched,
  { schema }: DatasetPart,
): Promise<{ places: readonly Geometry[]; isAll: boolean }> {
  // A file may bring its places as such; else they stand in the module's own column, as texts.
  const field = schema.fields.find(({ type }) => type === "geopoint" || type === "geojson");
  const at = data.hasPlaces ? -1 : data.columns.findIndex(({ name }) => name === field?.name);
  if (!field || (!data.hasPlaces && at < 0)) return { places: [], isAll: true };
  const wanted = data.hasPlaces ? { columns: [], places: true } : { columns: [at] };
  const looked = evenly(rows ?? pageOf(data, undefined, 0, data.rows), ROWS_LOOKED);
  const all = await made(data, looked, wanted, ({ places, cells }, row) =>
    data.hasPlaces ? places?.[row] : geometryIn(field.type, cells[at]![row]),
  );
  const apart = new Map(all.flatMap((place) => (place ? [[JSON.stringify(place), place] as const] : [])));
  const places: Geometry[] = [];
  let size = 0;
  for (const place of evenly([...apart.values()], PLACES_MAX)) {
    size += [...positions(place)].length;
    if (size > POSITIONS_MAX && places.length > 0) break;
    places.push(place);
  }
  return { places, isAll: places.length === apart.size && looked.length === countOf(data, rows) };
}

/** A place as Frictionless writes it: a geopoint is `longitude, latitude`. What is none is nowhere. */
export function geometryIn(type: string, cell: Cell | undefined): Geometry | undefined {
  if (typeof cell !== "string") return undefined;
  const parts = cell.split(",");
  const place =
    type === "geojson"
      ? parsed(cell)
      : {
          type: "Point",
          coordinates: parts.length === 2 && parts.every((part) => part.trim()) ? parts.map(Number) : [],
        };
  return wrongGeometry(place) === undefined ? (place as Geometry) : undefined;
}

function parsed(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return undefined;
  }
}
