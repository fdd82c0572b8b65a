import { Fault } from "../../../shared/errors.ts";
import { readEarthBox } from "../domain.ts";
import type { Box } from "../geometry.ts";
import { ZOOM_MOST } from "./view.ts";

export type Position = [longitude: number, latitude: number];

export interface LayerAsked {
  slug: string;
  /** The column whose values its colours show. */
  by?: string;
  /** A condition in CQL2 text. */
  where?: string;
}

/** All that the address of a map says: whoever has it sees the same map. */
export interface MapAsked {
  /** From the top down; not given, the page chooses. */
  layers?: LayerAsked[] | undefined;
  hasBase: boolean;
  how: "quantile" | "equal";
  /** A centre and a zoom, or a box to fit in. */
  at?: { centre: Position; zoom: number } | Box | undefined;
  /** Where it is asked what is there. */
  point?: Position | undefined;
  /** What is measured: a way, or what it goes round. */
  points: Position[];
  shape: "line" | "area";
  /** What a click on the drawing does. */
  tool?: "look" | "measure" | undefined;
  isLive: boolean;
}

const LAYERS_MAX = 8;
const POINTS_MAX = 200;
const TEXT_MAX = 500;

/** @throws {Fault} malformed, with a sentence of what is wrong with which part */
export function readAsked(query: Record<string, string>): MapAsked {
  const text = (name: string): string | undefined => {
    const value = query[name]?.trim();
    if (value !== undefined && value.length > TEXT_MAX * 10) throw new Fault("malformed", `${name} is too long.`);
    return value === "" ? undefined : value;
  };
  const layers = query["layers"] === undefined ? undefined : slugsIn(query["layers"]);
  const at = text("at");
  const bbox = text("bbox");
  const point = text("point");
  return {
    ...(layers && { layers: layers.map((slug) => layerOf(slug, text(`by.${slug}`), text(`where.${slug}`))) }),
    hasBase: query["base"] !== "no",
    how: query["how"] === "equal" ? "equal" : "quantile",
    ...(at !== undefined ? { at: readAt(at) } : bbox !== undefined ? { at: flat(readEarthBox(bbox)) } : {}),
    ...(point !== undefined && { point: readPosition(point) }),
    points: readPoints(text("points") ?? ""),
    shape: query["shape"] === "area" ? "area" : "line",
    ...((query["tool"] === "look" || query["tool"] === "measure") && { tool: query["tool"] }),
    isLive: query["live"] === "1",
  };
}

/** The address of a map, without what goes without saying. */
export function addressOf(asked: MapAsked): string {
  const query = new URLSearchParams();
  if (asked.layers) {
    query.set("layers", asked.layers.map(({ slug }) => slug).join(","));
    for (const { slug, by, where } of asked.layers) {
      if (by !== undefined) query.set(`by.${slug}`, by);
      if (where !== undefined) query.set(`where.${slug}`, where);
    }
  }
  if (!asked.hasBase) query.set("base", "no");
  if (asked.how === "equal") query.set("how", "equal");
  if (Array.isArray(asked.at)) query.set("bbox", asked.at.map(rounded).join(","));
  else if (asked.at)
    query.set("at", [...asked.at.centre.map(rounded), Math.round(asked.at.zoom * 100) / 100].join(","));
  if (asked.point) query.set("point", asked.point.map(rounded).join(","));
  if (asked.points.length > 0) query.set("points", pointsText(asked.points));
  if (asked.shape === "area") query.set("shape", "area");
  if (asked.tool) query.set("tool", asked.tool);
  if (asked.isLive) query.set("live", "1");
  const all = query.toString().replaceAll("%2C", ",").replaceAll("%3B", ";");
  return all === "" ? "" : `?${all}`;
}

/** Positions as a text that a form can hold. */
export const pointsText = (points: readonly Position[]): string =>
  points.map((one) => one.map(rounded).join(",")).join(";");

/** A hundred-thousandth of a degree is about a metre. */
export const rounded = (degrees: number): number => Math.round(degrees * 1e5) / 1e5;

const layerOf = (slug: string, by: string | undefined, where: string | undefined): LayerAsked => {
  if (where !== undefined && where.length > TEXT_MAX) throw new Fault("malformed", `where.${slug} is too long.`);
  return { slug, ...(by !== undefined && { by }), ...(where !== undefined && { where }) };
};

function slugsIn(text: string): string[] {
  const slugs = [...new Set(text.split(",").filter(Boolean))];
  if (slugs.length > LAYERS_MAX) throw new Fault("malformed", `A map has at most ${LAYERS_MAX} layers.`);
  return slugs;
}

function readAt(text: string): { centre: Position; zoom: number } {
  const [longitude, latitude, zoom = "", ...more] = text.split(",");
  const centre = readPosition(`${longitude},${latitude}`);
  if (more.length > 0 || !/^\d{1,2}(?:\.\d{1,6})?$/.test(zoom) || Number(zoom) > ZOOM_MOST)
    throw new Fault("malformed", `at is a longitude, a latitude and a zoom from 0 to ${ZOOM_MOST}.`);
  return { centre, zoom: Number(zoom) };
}

/** Longitude before latitude, with a comma or blanks between. @throws {Fault} malformed */
export function readPosition(text: string): Position {
  const [longitude, latitude, ...more] = text.trim().split(/\s*,\s*|\s+/);
  const isRight =
    more.length === 0 &&
    [longitude, latitude].every((part) => /^-?\d{1,3}(?:\.\d{1,15})?$/.test(part ?? "")) &&
    Math.abs(Number(longitude)) <= 180 &&
    Math.abs(Number(latitude)) <= 90;
  if (!isRight) throw new Fault("malformed", "A point is a longitude and a latitude in degrees, such as -1.55,47.22.");
  return [Number(longitude), Number(latitude)];
}

function readPoints(text: string): Position[] {
  const parts = text.split(/[;\n]/).filter((part) => part.trim() !== "");
  if (parts.length > POINTS_MAX) throw new Fault("malformed", `At most ${POINTS_MAX} points are measured.`);
  return parts.map(readPosition);
}

/** @throws {Fault} malformed: a map shows no box across the antimeridian */
function flat(box: Box): Box {
  if (box[0] >= box[2] || box[1] >= box[3])
    throw new Fault("malformed", "bbox is west,south,east,north, and not empty.");
  return box;
}
