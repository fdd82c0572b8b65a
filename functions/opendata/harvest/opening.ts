import type { Asker, Conditions } from "./asking.ts";
import { noPage } from "./asking.ts";
import { openCkan, openCkanCatalogue } from "./ckan.ts";
import { openDcat } from "./dcat.ts";
import { openCollection } from "./ogc.ts";
import type { Kind, Listed, OwnCard } from "./schema.ts";

/** What is at an address: rows to be read from a file, or a catalogue's datasets. */
export type Opened =
  | { is: "unchanged" }
  | ({ is: "rows"; name: string; chunks: AsyncIterable<Uint8Array>; card: OwnCard } & Conditions)
  | { is: "catalogue"; listed: Listed[]; passedOver: number };

/** So many datasets of a catalogue become sources. */
export const LISTED_MAX = 200;

/** Opens a source. @throws {Fault} unavailable, invalid: in a sentence what is wrong with it */
export function open(asker: Asker, kind: Kind, address: string, known: Conditions = {}, lang = "en"): Promise<Opened> {
  switch (kind) {
    case "file":
      return openFile(asker, address, {}, known);
    case "ogc_features":
      return openCollection(asker, address);
    case "ckan":
      return openCkan(asker, address, known);
    case "ckan_catalogue":
      return openCkanCatalogue(asker, address);
    case "dcat":
      return openDcat(asker, address, lang);
  }
}

export async function openFile(asker: Asker, address: string, card: OwnCard, known: Conditions): Promise<Opened> {
  const answer = await asker.file(address, known);
  if (!answer) return { is: "unchanged" };
  const [etag, lastModified] = [answer.headers.get("etag"), answer.headers.get("last-modified")];
  return {
    is: "rows",
    name: decoded(answer.url.pathname.split("/").at(-1) ?? "").slice(0, 200) || "file",
    chunks: noPage(answer),
    card,
    ...(etag ? { etag: etag.slice(0, 500) } : {}),
    ...(lastModified ? { lastModified: lastModified.slice(0, 100) } : {}),
  };
}

/** What stands in an address, in plain; as it is where it is no such writing. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// What can be read, the best first: with places before without, and types before texts.
const READABLE: [name: string, pattern: RegExp][] = [
  ["GeoJSON", /geo\+?json/i],
  ["GeoPackage", /gpkg|geopackage/i],
  ["Shapefile", /\bshp\b|shapefile|shape\b/i],
  ["KML", /\bkmz?\b|google-earth/i],
  ["GTFS", /\bgtfs\b/i],
  ["CSV", /\bcsv\b|tab-separated|\btsv\b/i],
  ["XLSX", /\bxlsx\b|spreadsheetml/i],
  ["JSON", /(?<!ld\+)json\b(?!-?ld)/i],
];

export interface Form {
  address: string;
  /** Whatever is said of what it is: a format, a media type. */
  said: string;
}

/** The one of several forms of a dataset that is best read here, and what it is; undefined where none can be. */
export function bestOf<F extends Form>(forms: readonly F[]): { form: F; format: string } | undefined {
  for (const [format, pattern] of READABLE) {
    const form = forms.find(({ said, address }) => pattern.test(said.trim() === "" ? extensionOf(address) : said));
    if (form) return { form, format };
  }
  return undefined;
}

const extensionOf = (address: string): string => /\.([a-z0-9]{2,8})(?:[?#]|$)/i.exec(address)?.[1] ?? "";
