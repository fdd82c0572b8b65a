import type { Context, MiddlewareHandler } from "hono";
import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { addressOf } from "../../../shared/http.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { type KeptKey, QUOTA_A_DAY } from "../keys/schema.ts";
import { readKey, totalBeside } from "../keys/store.ts";
import { usedBy } from "./counted.ts";
import { useOf } from "./counting.ts";
import { ADDRESS, ADDRESS_WINDOW_S, AddressRates, type Left, ratedAddress } from "./fair.ts";

/** Whatever asks for open data, as patterns of Hono below a city. */
const ASKED = [
  ...["/data/*", "/v1/datasets/*", "/ogc/*", "/api/*", "/dataset/*"],
  ...["/catalog.ttl", "/catalog.jsonld", "/catalog.xml"],
];
/** What another process wrote of a key, and whether it was revoked, is looked up so often at most. */
const KEY_KNOWN_MS = 30_000;
const KEYS_KEPT = 2_000;

const rates = new AddressRates();
const slugs = new WeakMap<Context, string>();

/** Says which dataset a request used, where its path does not: its rows were asked for by a resource's id. */
export const rowsUsed = (c: Context, slug: string): void => void slugs.set(c, slug);

/** What a program may send along, and what it may read, from a page of another site. */
const PREFLIGHT = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD, POST",
  "Access-Control-Allow-Headers": "Authorization, X-API-Key, Content-Type, If-None-Match, If-Modified-Since, Range",
  "Access-Control-Max-Age": "86400",
};

/**
 * Counts who uses open data, and bounds how often: an address by a rate, a key by a quota of its own for each day.
 * Must be mounted before the routes that it is to see.
 */
export function meterRoutes(app: CityApp): void {
  for (const path of ASKED) {
    app.options(path, needs("public"), (c) => c.body(null, 204, PREFLIGHT));
    app.use(path, metered);
  }
}

const metered: MiddlewareHandler<CityEnv> = async (c, next) => {
  const here = c.get("here");
  const secret = keyIn(c);
  const known = secret === undefined ? undefined : await knownOf(here, secret);
  const refusal = known ? boundedByQuota(c, here, known) : boundedByRate(c, here, secret !== undefined);
  if (refusal) {
    c.header("Access-Control-Allow-Origin", "*");
    const answer = ckanRefusal(c, refusal);
    if (answer) return answer;
    throw refusal;
  }
  await next();
  // A page of another site is told why, too.
  if (c.res.status >= 400) c.header("Access-Control-Allow-Origin", "*");
  const slug = slugs.get(c);
  // A file that is too long for an answer is taken from where it lies.
  const isAnswered = c.req.method !== "HEAD" && ([200, 302, 304].includes(c.res.status) || isFirstRange(c));
  const used = slug === undefined ? usedBy(pathOf(c)) : { slug, kind: "calls" as const };
  // A key pays for whatever it asks; a dataset was used where it was answered.
  if (known || (isAnswered && used)) await useOf(here).count(isAnswered ? used : undefined, known?.key.id);
};

const pathOf = (c: Context<CityEnv>): string => c.req.path.slice(c.get("here").url("").length);

/**
 * `Authorization: Apikey …` as Opendatasoft's clients send it, the bare key as CKAN's do, or `Bearer`; and the header
 * that has no scheme. Not in the address: addresses are kept in logs and histories.
 */
function keyIn(c: Context): string | undefined {
  const given = c.req.header("x-api-key") ?? c.req.header("x-ckan-api-key") ?? c.req.header("authorization");
  if (given === undefined) return undefined;
  const bare = given.replace(/^(?:Apikey|Bearer)\s+/i, "").trim();
  return bare.startsWith("od_") ? bare : undefined;
}

interface Known {
  key: KeptKey;
  day: string;
  /** What other processes have counted of it. */
  beside: number;
  readAtMs: number;
}
const known = new WeakMap<Here, Map<string, Known>>();

/** Only what there is is remembered: guesses would drive it out. */
async function knownOf(here: Here, secret: string): Promise<Known | undefined> {
  const keys = known.get(here) ?? new Map<string, Known>();
  known.set(here, keys);
  const { day } = useOf(here).day();
  const found = keys.get(secret);
  if (found && found.day === day && Date.now() - found.readAtMs < KEY_KNOWN_MS) return found;
  keys.delete(secret);
  const key = await readKey(here, secret);
  if (!key) return undefined;
  const read = {
    key,
    day,
    beside: await totalBeside(here, key.id, day, useOf(here).ownOf(key.id).part),
    readAtMs: Date.now(),
  };
  keys.set(secret, read);
  if (keys.size > KEYS_KEPT) keys.delete(keys.keys().next().value!);
  return read;
}

function boundedByQuota(c: Context, here: Here, { key, beside }: Known): Fault | undefined {
  const use = useOf(here);
  const spent = beside + use.ownOf(key.id).total;
  const resetS = Math.ceil((use.day().toMs - here.clock.now().getTime()) / 1000);
  const left: Left = { isOver: spent >= QUOTA_A_DAY, remaining: Math.max(0, QUOTA_A_DAY - spent - 1), resetS };
  tell(c, "key", { quota: QUOTA_A_DAY, windowS: 86_400 }, left);
  return left.isOver ? tooMany("key", left, "This key has had its requests of the day.") : undefined;
}

/** Whoever reads a file by ranges asks for its beginning once. */
const isFirstRange = ({ res }: Context): boolean =>
  res.status === 206 && (res.headers.get("content-range") ?? "").startsWith("bytes 0-");

/** @param isWrong  a key was sent that is none here: to guess costs as much as to ask */
function boundedByRate(c: Context<CityEnv>, here: Here, isWrong: boolean): Fault | undefined {
  const address = ratedAddress(addressOf(c));
  const left =
    address === undefined ? undefined : rates.take(`${here.city.slug} ${address}`, here.clock.now().getTime());
  if (left) tell(c, "address", { quota: ADDRESS.burst, windowS: ADDRESS_WINDOW_S }, left);
  if (left?.isOver) return tooMany("address", left, "Too many requests from this address. A key allows more.");
  return isWrong ? new Fault("unauthenticated", "This is no key for open data of this city.") : undefined;
}

/** @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
function tell(c: Context, policy: string, { quota, windowS }: { quota: number; windowS: number }, left: Left): void {
  c.header("RateLimit-Policy", `"${policy}";q=${quota};w=${windowS}`);
  c.header("RateLimit", `"${policy}";r=${left.isOver ? 0 : left.remaining};t=${left.resetS}`);
}

const tooMany = (policy: string, { resetS }: Left, detail: string): Fault =>
  new Fault("too_many", detail, { retryAfterS: resetS, "violated-policies": [policy] });

/** CKAN's clients read refusals in CKAN's own envelope alone. */
function ckanRefusal(c: Context<CityEnv>, refusal: Fault): Response | undefined {
  const action = /^\/api\/(?:3\/)?action\/([a-z_]+)$/.exec(pathOf(c))?.[1];
  if (action === undefined) return undefined;
  const { retryAfterS } = refusal.members;
  if (retryAfterS !== undefined) c.header("Retry-After", String(retryAfterS));
  const isRate = refusal.kind === "too_many";
  return c.json(
    {
      help: `${c.var.here.url("/api/3/action/help_show")}?name=${action}`,
      success: false,
      error: { __type: isRate ? "Rate Limit Error" : "Authorization Error", message: refusal.message },
    },
    isRate ? 429 : 403,
  );
}
