import type { Context } from "hono";
import { Fault } from "../../shared/errors.ts";
import { addressOf } from "../../shared/http.ts";
import type { CityEnv } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import type { Dataset, Version } from "./schema.ts";
import { getBySlug, getVersion, load } from "./store.ts";
import type { Opened } from "./stored/opened.ts";

/** The dataset that a request names, at the version that it names. */
export async function asked(
  c: Context<CityEnv>,
  slug: string,
): Promise<{ data: Opened; version: Version; dataset: Dataset; slug: string }> {
  const here = c.get("here");
  const dataset = await getBySlug(here, slug);
  const number = c.req.query("version");
  const version = await getVersion(
    here,
    dataset,
    number === undefined ? undefined : numberIn(number, "version", 1, 1_000_000, 1),
  );
  return { data: await load(here, dataset, version), version, dataset, slug: dataset.slug };
}

/** Tells whoever asks from others, where what they have made is bounded. */
export function askerOf(c: Context<CityEnv>): string {
  const { who } = c.var;
  return who.kind === "anonymous" ? addressOf(c) : whoId(who);
}

/** Open data may be read by any page in the world. */
export function open(c: Context): void {
  c.header("Access-Control-Allow-Origin", "*");
  c.header(
    "Access-Control-Expose-Headers",
    "ETag, Link, Content-Range, X-Request-Id, RateLimit, RateLimit-Policy, Retry-After",
  );
}

/** Says which version an answer is made from; 304 when the asker has it already. */
export function unchanged(c: Context, version: Version): Response | undefined {
  open(c);
  const etag = `W/"${version.digest.slice(0, 32)}"`;
  c.header("ETag", etag);
  c.header("Last-Modified", new Date(version.publishedAt).toUTCString());
  c.header("Cache-Control", "public, max-age=60, must-revalidate");
  const given = c.req.header("if-none-match");
  return given?.split(",").some((one) => one.trim() === etag || one.trim() === "*") ? c.body(null, 304) : undefined;
}

export function numberIn(
  text: string | undefined,
  name: string,
  least: number,
  most: number,
  otherwise: number,
): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (/^\d{1,16}$/.test(text) && number >= least && number <= most) return number;
  throw new Fault("malformed", `${name} is a whole number from ${least} to ${most}.`);
}
