import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { Fault } from "../../shared/errors.ts";
import { originOf } from "../../shared/http.ts";
import type { CityEnv } from "../../shared/room.ts";
import { demandKnown } from "./known.ts";

// What all parts of the OGC's interfaces share: addresses, links, and parameters that must be known.

export const SPEC = "http://www.opengis.net/spec";
export const REL = "http://www.opengis.net/def/rel/ogc/1.0";
export const SCHEMA = "application/schema+json";
export const GEOJSON = "application/geo+json";

/** How many features, or records, a page of them has. */
export const LIMIT = { default: 100, max: 10_000 };

/** The address of the city's landing page, without a slash at the end. */
export const ogcOf = (c: Context<CityEnv>): string => originOf(c) + c.get("here").url("/ogc");

/** The address of the very request, as the answer's own. */
export const askedOf = (c: Context): string => {
  const { url } = c.req;
  return originOf(c) + url.slice(url.indexOf("/", "https://".length)).replace(/#.*/, "");
};

export interface Link {
  href: string;
  rel: string;
  type: string;
  title: string;
  templated?: true;
}
export const link = (href: string, rel: string, type: string, title: string): Link => ({ href, rel, type, title });

/**
 * A parameter that is not known is refused, as the standard wants: a filter that is mistyped must not look like all.
 * What can be had as a page takes its language as well, as every page does, unless a column is called so.
 */
export function only(c: Context, known: readonly string[], hasPage = false): Record<string, string> {
  const query = c.req.query();
  demandKnown(Object.keys(query), (name) => known.includes(name) || name === "f" || (hasPage && name === "lang"));
  if (hasPage && query["lang"] !== undefined && !known.includes("lang")) delete query["lang"];
  const { f } = query;
  if (f === undefined) return query;
  if (f !== "json" && !(hasPage && f === "html"))
    throw new Fault("malformed", hasPage ? "f is json or html." : "f can only be json.");
  delete query["f"];
  return query;
}

/** Whether a page for people is asked for: by `f`, else by what a browser says it prefers. */
export function wantsPage(c: Context): boolean {
  const f = c.req.query("f");
  if (f !== undefined) return f === "html";
  c.header("Vary", "Accept", { append: true });
  // Programs say nothing of pages: no more is read of what they accept.
  if (!c.req.header("accept")?.includes("text/html")) return false;
  const supports = ["application/json", GEOJSON, "text/html"];
  return accepts(c, { header: "Accept", supports, default: "application/json" }) === "text/html";
}

/** The very answer as a page: the standard wants an answer to name each of its forms. */
export function pageLink(c: Context): Link {
  const asked = askedOf(c).replace(/([?&])f=json(?:&|$)/, "$1");
  const sign = /[?&]$/.test(asked) ? "" : asked.includes("?") ? "&" : "?";
  return link(`${asked}${sign}f=html`, "alternate", "text/html", "This, for people");
}
