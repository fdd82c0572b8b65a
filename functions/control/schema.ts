import { z } from "@hono/zod-openapi";
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

export const NewCity = z
  .strictObject({
    slug: City.shape.slug.refine((slug) => !RESERVED.has(slug), "this name is reserved"),
    name: City.shape.name,
    country: City.shape.country.refine(
      (code) => new Intl.DisplayNames("en", { type: "region", fallback: "none" }).of(code) !== undefined,
      "an ISO 3166-1 country code",
    ),
    currency: City.shape.currency,
    languages: City.shape.languages.refine((all) => new Set(all).size === all.length, "each language once"),
    timeZone: City.shape.timeZone,
    boundary: City.shape.boundary,
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
