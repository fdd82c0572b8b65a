import type { Context } from "hono";
import { Fault } from "../../shared/errors.ts";
import { originOf } from "../../shared/http.ts";
import type { CityEnv } from "../../shared/room.ts";

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

/** A parameter that is not known is refused, as the standard wants: a filter that is mistyped must not look like all. */
export function only(c: Context, known: readonly string[]): Record<string, string> {
  const query = c.req.query();
  for (const name of Object.keys(query))
    if (!known.includes(name) && name !== "f") throw new Fault("malformed", `The parameter ${name} is not known here.`);
  const { f, ...rest } = query;
  if (f !== undefined && f !== "json") throw new Fault("malformed", "f can only be json.");
  return rest;
}
