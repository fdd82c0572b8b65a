import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import type { Box, Geometry } from "../geometry.ts";
import { type Place, placesIn } from "../places.ts";
import { readCql2Text } from "../query/cql2.ts";
import type { Filter } from "../query/filter.ts";
import { columnsIn } from "../query/matching.ts";
import { demandColumns } from "../query/select.ts";
import type { Column, Dataset } from "../schema.ts";
import { catalogue } from "../store.ts";
import type { LayerAsked, MapAsked } from "./asked.ts";
import { type Base, getBase, lying, type Role } from "./base.ts";
import { type Class, classed, KINDS } from "./classes.ts";
import { type Drawn, drawn } from "./draw.ts";
import { boxOfView, fitted, type View } from "./view.ts";

/** Features of one layer that are looked at for one drawing. */
const PLACES_MAX = 5_000;
/** Signs of all paths together: a page with them is still a small one. */
const SIGNS_MAX = 15_000;
const LAYERS_DEFAULT = 3;
/** What classes are made from: enough that their ends do not depend on which. */
const CLASSED_MAX = 5_000;

export interface Layer {
  dataset: Dataset;
  asked: LayerAsked;
  column: Column | undefined;
  filter: Filter | undefined;
  /** How it is told from the others, by colour and by form. */
  symbol: { colour: string; isRound: boolean; dash: string | undefined };
}

/** A map as it was asked for, before anything of it is drawn. */
export interface Plan {
  asked: MapAsked;
  view: View;
  layers: Layer[];
  base: { dataset: Dataset; role: Role }[];
  /** All datasets with places that are neither on the map nor of the base. */
  others: Dataset[];
}

/** @throws {Fault} malformed: a layer, column or condition that is not there */
export async function planned(here: Here, asked: MapAsked): Promise<Plan> {
  const placed = (await catalogue(here)).filter(({ latest }) => latest.bbox);
  const roles: Base = await getBase(here);
  const isBase = ({ id }: Dataset) => roles.roles[id] !== undefined;
  const wanted = asked.layers ?? newest(placed.filter((one) => !isBase(one))).map(({ slug }) => ({ slug }));
  const layers = wanted.map((one, i) => layerOf(placed, one, i));
  const base = asked.hasBase ? lying(placed, roles) : [];
  const shown = layers.length > 0 ? layers.map(({ dataset }) => dataset) : base.map(({ dataset }) => dataset);
  return {
    asked,
    layers,
    base,
    view: viewOf(asked, here, shown),
    others: placed.filter((one) => !isBase(one) && !layers.some(({ dataset }) => dataset.id === one.id)),
  };
}

const newest = (datasets: readonly Dataset[]): Dataset[] =>
  [...datasets].sort((a, b) => (a.latest.publishedAt < b.latest.publishedAt ? 1 : -1)).slice(0, LAYERS_DEFAULT);

function layerOf(placed: readonly Dataset[], asked: LayerAsked, i: number): Layer {
  const dataset = placed.find(({ slug }) => slug === asked.slug);
  if (!dataset) throw new Fault("malformed", `There is no layer ${asked.slug}.`);
  const { columns } = dataset.latest;
  const column = asked.by === undefined ? undefined : columns.find(({ name }) => name === asked.by);
  if (asked.by !== undefined && !column) throw new Fault("malformed", `There is no column ${asked.by}.`);
  const filter = asked.where === undefined ? undefined : readCql2Text(asked.where);
  if (filter) demandColumns({ columns }, columnsIn(filter, columns));
  return {
    dataset,
    asked,
    column,
    filter,
    symbol: {
      colour: KINDS[i % KINDS.length]!,
      isRound: i % 2 === 0,
      dash: [undefined, "12 6", "4 6"][i % 3],
    },
  };
}

function viewOf({ at }: MapAsked, { city }: Here, shown: readonly Dataset[]): View {
  if (Array.isArray(at)) return fitted(at);
  if (at) return at;
  const boxes = shown.map(({ latest }) => latest.bbox!);
  if (boxes.length === 0 && city.boundary) boxes.push(boxOfBoundary(city.boundary));
  if (boxes.length === 0) return { centre: [0, 20], zoom: 1 };
  return fitted([
    Math.min(...boxes.map(([west]) => west)),
    Math.min(...boxes.map(([, south]) => south)),
    Math.max(...boxes.map(([, , east]) => east)),
    Math.max(...boxes.map(([, , , north]) => north)),
  ]);
}

function boxOfBoundary(boundary: NonNullable<Here["city"]["boundary"]>): Box {
  const rings = boundary.type === "Polygon" ? boundary.coordinates : boundary.coordinates.flat();
  const [xs, ys] = [0, 1].map((i) => rings.flat().map((position) => position[i]!)) as [number[], number[]];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

export interface LayerDrawn extends Layer {
  /** In view, and drawn of those. */
  matched: number;
  shown: number;
  /** What geometries there are among what is drawn. */
  has: { areas: boolean; lines: boolean; dots: boolean };
  parts: { class: Counted | undefined; drawn: Drawn }[];
}
/** A class with how many of those drawn are in it. */
export type Counted = Class & { count: number };
export interface Picture extends Plan {
  /** The top first, as they were asked. */
  drawn: LayerDrawn[];
  ground: { role: Role; drawn: Drawn }[];
}

interface Read {
  layer: Layer;
  matched: number;
  shown: number;
  parts: { class: Counted | undefined; geometries: Geometry[] }[];
}

/** Draws all layers, as finely as the page has room for. */
export async function pictured(here: Here, plan: Plan): Promise<Picture> {
  const bbox = boxOfView(plan.view);
  const read = await Promise.all(plan.layers.map((layer) => readLayer(here, layer, bbox, plan.asked.how)));
  const ground: { role: Role; geometries: Geometry[] }[] = [];
  for (const { dataset, role } of plan.base) {
    const { places } = await placesIn(here, dataset, dataset.latest, { bbox, most: PLACES_MAX, columns: [] });
    ground.push({ role, geometries: places.map(({ geometry }) => geometry) });
  }
  if (here.city.boundary) ground.push({ role: "boundary", geometries: [here.city.boundary as Geometry] });
  for (let step = 0.6; ; step *= 1.6) {
    const picture: Picture = {
      ...plan,
      ground: ground.map(({ role, geometries }) => ({ role, drawn: drawn(geometries, plan.view, step) })),
      drawn: read.map(({ layer, matched, shown, parts }) => {
        const paths = parts.map((part) => ({ class: part.class, drawn: drawn(part.geometries, plan.view, step) }));
        const any = (name: keyof Drawn) => paths.some((path) => path.drawn[name] !== "");
        const has = { areas: any("areas") || any("specks"), lines: any("lines"), dots: any("dots") };
        return { ...layer, matched, shown, has, parts: paths };
      }),
    };
    if (signsOf(picture) <= SIGNS_MAX || step > 40) return picture;
  }
}

const signsOf = ({ ground, drawn: layers }: Picture): number =>
  [...ground.map((one) => one.drawn), ...layers.flatMap(({ parts }) => parts.map((part) => part.drawn))]
    .flatMap((one) => Object.values(one) as string[])
    .reduce((sum, { length }) => sum + length, 0);

async function readLayer(here: Here, layer: Layer, bbox: Box, how: MapAsked["how"]): Promise<Read> {
  const { dataset, column, filter } = layer;
  const ask = (box: Box, most: number) =>
    placesIn(here, dataset, dataset.latest, { bbox: box, most, filter, columns: column ? [column.name] : [] });
  const { matched, places } = await ask(bbox, PLACES_MAX);
  const base = { layer, matched, shown: places.length };
  if (!column) return { ...base, parts: [{ class: undefined, geometries: places.map(({ geometry }) => geometry) }] };
  // The ends of classes are those of the whole layer, so that a place keeps its colour when the map is moved.
  const whole = await ask(dataset.latest.bbox!, CLASSED_MAX);
  const cellOf = ({ properties }: Place) => properties[column.name];
  const { classes, classOf } = classed(whole.places.map(cellOf), column.type, how);
  const parts = classes.map((one) => ({ class: { ...one, count: 0 }, geometries: [] as Geometry[] }));
  for (const place of places) {
    const part = parts[classOf(cellOf(place))]!;
    part.class.count += 1;
    part.geometries.push(place.geometry);
  }
  return { ...base, parts: parts.filter((part) => part.class.count > 0 || part.class.from !== undefined) };
}
