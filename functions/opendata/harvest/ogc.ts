import { type Asker, linkedTo } from "./asking.ts";
import { cardOf } from "./cards.ts";
import { amiss, whereOf } from "./mistakes.ts";
import type { Opened } from "./opening.ts";

const GEOJSON = "application/geo+json";
/** So many features are asked for at a time; a server that gives fewer says where the next are. */
const LIMIT = 1_000;

interface Link {
  rel: string;
  href: string;
  type: string;
}

/** A collection of OGC API Features, by its own address or by that of its items, which may have a filter in it. */
export async function openCollection(asker: Asker, address: string): Promise<Opened> {
  const given = new URL(address);
  const [, at, isItems] = /^(.*?)(\/items)?\/?$/.exec(given.pathname)!;
  const own = new URL(given);
  own.pathname = at!;
  if (isItems) own.search = "";
  const { value, url } = await asker.json(own.href);
  const collection = objectOf(value);
  const links = linksOf(collection, url);
  const items = links.filter(({ rel }) => rel === "items");
  const first = isItems
    ? given
    : new URL((items.find(({ type }) => type.startsWith(GEOJSON)) ?? items[0])?.href ?? `${at}/items`, url);
  if (first.origin !== url.origin) throw elsewhere(first);
  if (!first.searchParams.has("limit")) first.searchParams.set("limit", String(LIMIT));
  const { title, description, attribution, keywords } = collection;
  const licence = links.find(({ rel }) => rel === "license")?.href;
  return {
    is: "rows",
    name: `${at!.split("/").at(-1)}.geojson`,
    chunks: features(asker, first),
    card: cardOf({
      ...{ title, description, licence, source: attribution },
      ...(Array.isArray(keywords) ? { keywords } : {}),
    }),
  };
}

/**
 * All features as one document, page by page as the links say.
 * @throws {Fault} unavailable: a page that was there already, or fewer features than there are said to be;
 *   invalid: a link that leads to another host
 */
async function* features(asker: Asker, first: URL): AsyncGenerator<Uint8Array> {
  const text = new TextEncoder();
  const seen = new Set<string>();
  let next: URL | undefined = first;
  let count = 0;
  yield text.encode('{"type":"FeatureCollection","features":[\n');
  while (next) {
    if (seen.has(next.href)) throw amiss("ogc.circle", { where: whereOf(next) });
    seen.add(next.href);
    const { value, url } = await asker.json(next.href, `${GEOJSON}, application/json;q=0.5`);
    const page = objectOf(value);
    if (!Array.isArray(page["features"])) throw amiss("ogc.features", { where: whereOf(url) });
    const lines = page["features"].map((feature) => JSON.stringify(feature));
    if (lines.length > 0) yield text.encode(`${count === 0 ? "" : ",\n"}${lines.join(",\n")}`);
    count += lines.length;
    const link = linksOf(page, url).find(({ rel }) => rel === "next");
    if (link && lines.length === 0) throw amiss("ogc.empty", { where: whereOf(url) });
    next = link && new URL(link.href, url);
    if (next && next.origin !== first.origin) throw elsewhere(next);
    const matched = Number(page["numberMatched"] ?? 0);
    if (!next && count < matched)
      throw amiss("ogc.short", { where: whereOf(url), matched: String(matched), count: String(count) });
  }
  yield text.encode("\n]}\n");
}

const elsewhere = ({ host }: URL) => amiss("elsewhere", { host }, "invalid");

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

function linksOf({ links }: Record<string, unknown>, base: URL): Link[] {
  if (!Array.isArray(links)) return [];
  return links.map(objectOf).flatMap(({ rel, href, type }) => {
    const url = linkedTo(href, base);
    return url ? [{ rel: String(rel), href: url.href, type: String(type ?? "") }] : [];
  });
}
