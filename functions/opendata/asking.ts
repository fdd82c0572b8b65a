import { createHash } from "node:crypto";
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
    "ETag, Link, Content-Crs, Content-Disposition, Content-Range, X-Request-Id, RateLimit, RateLimit-Policy, Retry-After",
  );
}

/** Says which version an answer is made from; 304 when the asker has it already. */
export const unchanged = (c: Context, version: Version): Response | undefined =>
  had(c, version.digest.slice(0, 32), version.publishedAt);

/** The same of an answer that is made from the whole catalogue: it changes with whatever is published. */
export function unchangedCatalogue(c: Context<CityEnv>, datasets: readonly Dataset[]): Response | undefined {
  const { name, languages } = c.var.city;
  const changedAt = datasets.map(({ latest }) => latest.publishedAt).sort();
  return had(c, digestOf([name, languages, digestOfAll(datasets)]), changedAt.at(-1));
}

/** The same of what is said about a dataset: of a table of a timetable it depends on which other tables are public. */
export const unchangedAbout = (c: Context<CityEnv>, { latest }: Dataset, datasets: readonly Dataset[]) =>
  latest.feed ? unchangedCatalogue(c, datasets) : unchanged(c, latest);

const digestOf = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 22);

// A catalogue that is remembered is one list for all who ask.
const digests = new WeakMap<readonly Dataset[], string>();
function digestOfAll(datasets: readonly Dataset[]): string {
  const digest = digests.get(datasets) ?? digestOf(datasets.map(({ id, latest }) => [id, latest.number]));
  digests.set(datasets, digest);
  return digest;
}

function had(c: Context, digest: string, changedAt: string | undefined): Response | undefined {
  open(c);
  c.header("ETag", `W/"${digest}"`);
  if (changedAt !== undefined) c.header("Last-Modified", new Date(changedAt).toUTCString());
  c.header("Cache-Control", "public, max-age=60, must-revalidate");
  const given = c.req.header("if-none-match");
  const isHad =
    given === undefined
      ? isSince(c.req.header("if-modified-since"), changedAt)
      : given.split(",").some((one) => ["*", `"${digest}"`].includes(one.trim().replace(/^W\//, "")));
  return isHad ? c.body(null, 304) : undefined;
}

/** Nothing has changed after this moment, which is told in whole seconds; what is no moment is passed over. */
const isSince = (given: string | undefined, changedAt: string | undefined): boolean =>
  given !== undefined &&
  changedAt !== undefined &&
  Math.floor(Date.parse(changedAt) / 1000) <= Date.parse(given) / 1000;

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
