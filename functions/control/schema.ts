import { z } from "@hono/zod-openapi";
import { isSupportedCountry } from "libphonenumber-js/min";
import { STEPS } from "../../shared/cities.ts";
import { City } from "../../shared/here.ts";

const RESERVED = new Set([
  "control",
  "marketplace",
  "healthz",
  "assets",
  "problems",
  "about",
  "www",
  "api",
  "admin",
  "house",
]);

type Boundary = NonNullable<City["boundary"]>;
const ringsOf = ({ type, coordinates }: Boundary): [number, number][][] =>
  type === "Polygon" ? coordinates : coordinates.flat();
const isClosed = (ring: [number, number][]): boolean => {
  const [first, last] = [ring[0], ring.at(-1)];
  return first?.[0] === last?.[0] && first?.[1] === last?.[1];
};

export const NewCity = z
  .strictObject({
    slug: City.shape.slug.refine((slug) => !RESERVED.has(slug), "this name is reserved"),
    name: City.shape.name,
    // Those that have a telephone code: people sign in by telephone, and a country without one has no city.
    country: City.shape.country.refine(isSupportedCountry, "an ISO 3166-1 country code"),
    currency: City.shape.currency,
    languages: City.shape.languages.refine((all) => new Set(all).size === all.length, "each language once"),
    timeZone: City.shape.timeZone,
    boundary: City.shape.boundary.refine(
      (boundary) => boundary === undefined || ringsOf(boundary).every(isClosed),
      "each ring ends where it begins",
    ),
    isSynthetic: z.boolean().default(false),
    administrator: z.string().min(3).max(200),
  })
  .meta({ id: "NewCity" });

export const CityStatus = z
  .object({
    slug: z.string(),
    name: z.string(),
    state: z.enum(["opening", "failed", "open", "closing", "closed"]),
    done: z.array(z.enum(STEPS)),
    reason: z.string().optional(),
    url: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "CityStatus" });
