import { Fault } from "../../shared/errors.ts";
import type { Box } from "./geometry.ts";
import type { Column } from "./schema.ts";

/** The first column of days or instants: what `datetime` asks about. */
export const timeColumn = (columns: readonly Column[]): number | undefined => {
  const at = columns.findIndex(({ type }) => type === "date" || type === "datetime");
  return at < 0 ? undefined : at;
};

/**
 * `minLon,minLat,maxLon,maxLat`, or with heights between, which are passed over. `turned` makes it one in degrees,
 * where it is given in another system: only then can it be told what is south of what.
 * @throws {Fault} malformed
 */
export function readBox(text: string, turned = (box: Box): Box => box): Box {
  const numbers = text.split(",").map(Number);
  const given = numbers.length === 6 ? [0, 1, 3, 4].map((i) => numbers[i]!) : numbers;
  const isRight =
    given.length === 4 && text.split(",").every((part) => part.trim() !== "") && given.every(Number.isFinite);
  const box = isRight ? turned(given as Box) : undefined;
  if (!box || box[1] > box[3])
    throw new Fault("malformed", "bbox is four numbers: west,south,east,north, in the order of its system's axes.");
  return box;
}

/** The same, and on the Earth: what a map or a tile can be made of. @throws {Fault} malformed */
export function readEarthBox(text: string): Box {
  const box = readBox(text);
  const [west, south, east, north] = box;
  if (Math.min(west, east) < -180 || Math.max(west, east) > 180 || south < -90 || north > 90)
    throw new Fault("malformed", "bbox is in degrees: longitudes from -180 to 180, latitudes from -90 to 90.");
  return box;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i;

/** In UTC, as instants are kept; as it was written where it is that already. */
const inUtc = (instant: string): string =>
  instant.endsWith("Z") ? instant : new Date(instant).toISOString().replace(".000Z", "Z");

/** A day or an instant (RFC 3339) as it is kept; undefined where a text is neither. */
export function momentIn(text: string): string | undefined {
  const given = text.toUpperCase();
  if (Number.isNaN(Date.parse(given))) return undefined;
  if (DAY.test(given)) return given;
  return INSTANT.test(given) ? inUtc(given) : undefined;
}

/** An instant, or an interval with `/` whose open end is `..`. @throws {Fault} malformed */
export function readWhen(text: string): { from?: string | undefined; to?: string | undefined } {
  const [from = "", to = from, ...more] = text.split("/");
  const end = (part: string): string | undefined => {
    if (part === ".." || (part === "" && text.includes("/"))) return undefined;
    // In an address a plus sign is a blank.
    const moment = momentIn(part.replace(" ", "+"));
    if (moment !== undefined) return moment;
    throw new Fault("malformed", "datetime is a day, an instant (RFC 3339), or an interval such as 2026-01-01/.. .");
  };
  if (more.length > 0) throw new Fault("malformed", "datetime has at most one slash.");
  return { from: end(from), to: end(to) };
}

/** Among the collections that clients list, this one is the catalogue itself: no dataset has its name. */
export const RECORDS = "catalogue";
/** How each dataset is used is a dataset itself, and no other has its name. */
export const USE = "dataset-use";
const TAKEN: readonly string[] = [RECORDS, USE];

/** A title as a name in addresses: Latin letters without accents, digits, hyphens. */
export function slugOf(title: string, id: string): string {
  const plain = title
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60)
    .replace(/-+$/, "");
  // A title in another script keeps its dataset's own id as its address.
  return plain.length >= 3 && !TAKEN.includes(plain) ? plain : `dataset-${id.slice(-8).toLowerCase()}`;
}

export { folded } from "../../shared/folding.ts";
