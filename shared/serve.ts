import { randomUUID } from "node:crypto";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { matchedRoutes } from "hono/route";
import type { House } from "./compose.ts";
import { compressed } from "./compressed.ts";
import { absent, Fault, outOfDate } from "./errors.ts";
import { readAs } from "./further.ts";
import { authenticate, type Credentials } from "./identity/authenticate.ts";
import { openApi } from "./openapi.ts";
import { problem } from "./problem.tsx";
import { RememberingRouter } from "./remembering-router.ts";
import {
  type CityApp,
  type CityEnv,
  type CityRoom,
  type HouseApp,
  type HouseEnv,
  type HouseRoom,
  isMachinePath,
  newApp,
} from "./room.ts";
import { newTally, tallied } from "./tally.ts";
import { cityOf } from "./tenancy.ts";
import { bestLang, LANGS, type Lang, offeredIn } from "./texts.ts";
import { HOUSE_AUDIENCE, LANG_COOKIE, OPERATOR_COOKIE, SESSION_COOKIE } from "./who.ts";

/** The largest body of all: an upload. JSON bodies have a smaller bound of their own. */
export const BODY_MAX = 32 * 1024 * 1024;

export interface Served {
  app: Hono<HouseEnv>;
  /** As mounted, without the city in front: for the test that every route says whom it admits. */
  cityApp: CityApp;
  houseApp: HouseApp;
}

/** Hangs the same coat on every room, and mounts them: cities' rooms below `/cities/{city}`, the house's at `/`. */
export function serve(house: House, cityRooms: readonly CityRoom[], houseRooms: readonly HouseRoom[]): Served {
  // A slash at the end is no other place: `/cities/abidjan/` and `/cities/abidjan` are one page.
  const app = new Hono<HouseEnv>({ strict: false, router: new RememberingRouter() });
  app.onError(problem);
  app.notFound((c) => problem(absent(), c));
  app.use(coat(house));
  const streams = new Set(cityRooms.flatMap((room) => room.streams));
  const isStreamed = (c: Context) =>
    c.req.method === "POST" && streams.has(c.req.path.replace(/^\/cities\/[^/]+/, "").replace(/\/$/, ""));
  const isEmbedded = house.settings.HANSA_HOME === "embedded";
  // One layer for all three: each that a request goes through costs as much as what these do with most of them.
  app.use((c, next) => {
    if (!isNameable(c.req.path)) return refuse(absent());
    const answered = isEmbedded ? () => compressed(c, next) : next;
    return isStreamed(c) ? answered() : bounded(c, answered);
  });

  const cityApp = newApp<CityEnv>();
  cityApp.use(tenancy(house));
  cityApp.use(formsComeFromHere(isStreamed));
  for (const room of cityRooms) room.routes(cityApp);
  openApi(cityApp, house.rooms);

  const houseApp = newApp<HouseEnv>();
  for (const room of houseRooms) room.routes(houseApp, house);

  app.route("/cities/:city", cityApp as unknown as Hono<HouseEnv>);
  // Below a city that is not, or at nothing: the same answer.
  app.use("/cities/*", async () => refuse(absent()));
  app.use(houseVisitor(house));
  app.use(formsComeFromHere(() => false));
  app.route("/", houseApp as unknown as Hono<HouseEnv>);
  return { app, cityApp, houseApp };
}

/** Bytes of a name in an address. The table keeps no longer key: at such an address there is nothing, and can be nothing. */
const NAME_MAX = 900;
// A sign takes three bytes at most, so the addresses of every day are not looked through.
const isNameable = (path: string): boolean =>
  path.length * 3 <= NAME_MAX || path.split("/").every((name) => Buffer.byteLength(name) <= NAME_MAX);

const tooLarge = () => refuse(new Fault("too_large", `At most ${BODY_MAX} bytes.`));
const counted = bodyLimit({ maxSize: BODY_MAX, onError: tooLarge });

/** A body that says its length is judged by that, untouched; only one that does not is counted as it comes. */
const bounded: MiddlewareHandler<HouseEnv> = (c, next) => {
  if (c.req.method === "GET" || c.req.method === "HEAD") return next();
  const length = c.req.header("content-length");
  if (length === undefined || c.req.header("transfer-encoding") !== undefined) return counted(c, next);
  return Number(length) <= BODY_MAX ? next() : tooLarge();
};

function refuse(fault: Fault): never {
  throw fault;
}

/** Request id, table tally, headers that every answer has, and one wide log line. */
function coat(house: House): MiddlewareHandler<HouseEnv> {
  const checkout = ["https://checkout.stripe.com", house.settings.HANSA_STAND_INS ?? ""].join(" ").trim();
  const policy = [
    "default-src 'none'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "script-src 'self'",
    "connect-src 'self'",
    `form-action 'self' ${checkout}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  const framed = policy.replace(/(?<=frame-ancestors) 'none'/, " *");
  const isSecure = house.settings.HANSA_ORIGIN?.startsWith("https:") ?? false;
  // Where no line is written, none is put together.
  const isTold = ["debug", "info"].includes(house.settings.HANSA_LOG);
  const always = Object.entries({
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    ...(isSecure ? { "Strict-Transport-Security": "max-age=31536000" } : {}),
  });
  const dress = (c: Context<HouseEnv>, requestId: string) => {
    c.header("X-Request-Id", requestId);
    for (const [name, value] of always) c.header(name, value);
  };
  return async (c, next) => {
    const started = performance.now();
    const tally = newTally();
    const requestId = randomUUID();
    // Before there is an answer: each header that is hung onto one afterwards makes another of it.
    dress(c, requestId);
    c.set("house", house);
    c.set("requestId", requestId);
    c.set("who", { kind: "anonymous" });
    c.set("csrf", "");
    c.set("lang", langOf(c, LANGS));
    await tallied(tally, next);
    // One that was made without the context knows none of them.
    if (!c.res.headers.has("x-request-id")) dress(c, requestId);
    const { headers } = c.res;
    // Onto the headers themselves: the context would make another answer, and a stream of what it says.
    if (headers.get("content-type")?.startsWith("text/html"))
      headers.set("Content-Security-Policy", c.get("isFramed") ? framed : policy);
    if (isTold)
      house.log.info("request", {
        requestId,
        city: c.get("city")?.slug,
        method: c.req.method,
        route: matchedRoutes(c).find(({ method }) => method !== "ALL")?.path,
        status: c.res.status,
        ms: Math.round((performance.now() - started) * 10) / 10,
        who: c.get("who").kind,
        readUnits: tally.readUnits,
        writeUnits: tally.writeUnits,
        tableCalls: tally.calls,
      });
  };
}

/** Resolves the city once, and who speaks in it. */
function tenancy(house: House): MiddlewareHandler<CityEnv> {
  const speaks = house.rooms.find((room) => room.speaks)?.speaks;
  return async (c, next) => {
    const here = await house.hereOf(cityOf(c, house.settings));
    if (!here) throw absent();
    c.set("here", here);
    c.set("city", here.city);
    const further = isMachinePath(c.req.path) ? [] : ((await speaks?.(here)) ?? []);
    const own = offeredIn(here.city);
    const asked = langOf(c, [...own, ...further.map(({ tag }) => tag)]);
    const read = further.find(({ tag }) => tag === asked);
    // Beside a further language stands one of the house's: for what it lacks, for figures, and for all that is kept.
    const lang = read ? bestLang(c.req.header("accept-language"), own) : (asked as Lang);
    c.set("further", further);
    c.set("lang", lang);
    const given = credentials(c, SESSION_COOKIE);
    if (given) {
      const { table, secrets, clock } = here;
      const { slug: audience, isSynthetic } = here.city;
      const who = await authenticate(given, { table, secrets, audience, clock, isSynthetic });
      c.set("who", who);
      if (who.kind === "person") c.set("csrf", await csrf(secrets, who.sid));
    }
    if (!read) return next();
    await readAs({ further: read, base: lang, isShown: SAFE.has(c.req.method), fallen: new Set() }, next);
  };
}

/** Who speaks to the house itself: an operator, or anyone. */
function houseVisitor(house: House): MiddlewareHandler<HouseEnv> {
  return async (c, next) => {
    // In the marketplace signatures speak, and nobody is known: its function has no right to the house's sessions.
    if (/^\/marketplace(?:\/|$)/.test(c.req.path)) return next();
    const given = credentials(c, OPERATOR_COOKIE);
    if (given) {
      const { control: table, secrets } = house;
      const clock = { now: house.now, wake: async () => {} };
      const who = await authenticate(given, { table, secrets, audience: HOUSE_AUDIENCE, clock, isSynthetic: false });
      c.set("who", who);
      if (who.kind === "operator") c.set("csrf", await csrf(secrets, who.sid));
    }
    await next();
  };
}

// A machine path never looks at a cookie, a page never at a bearer token: so no form elsewhere can use the first,
// and no stolen page address the second.
function credentials(c: Context, cookieName: string): Credentials | undefined {
  if (!isMachinePath(c.req.path)) {
    const cookie = getCookie(c, cookieName);
    return cookie === undefined ? undefined : { door: "page", cookie };
  }
  // A key for open data says who asks, and opens nothing; a vendor's token is looked at by the routes that take it.
  // Whoever sends one of these is nobody.
  const bearer = /^Bearer\s+(?!od_|rt_)(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  return bearer === undefined ? undefined : { door: "machine", bearer };
}

const csrf = async (secrets: { hmac(purpose: string, data: string): Promise<Uint8Array> }, sid: string) =>
  Buffer.from(await secrets.hmac("csrf", sid)).toString("base64url");

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * A page's form must come from our own page: by the browser's word, and by the token once somebody is signed in. The
 * token of a form that is read as it comes is looked at by whoever reads it.
 */
const formsComeFromHere =
  (isStreamed: (c: Context) => boolean): MiddlewareHandler<HouseEnv> =>
  (c, next) =>
    SAFE.has(c.req.method) || isMachinePath(c.req.path) ? next() : demandOurForm(c, isStreamed(c)).then(next);

/** @throws {Fault} forbidden, out_of_date */
async function demandOurForm(c: Context<HouseEnv>, isStreamed: boolean): Promise<void> {
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  const known = [c.get("house").settings.HANSA_ORIGIN, new URL(c.req.url).origin, `https://${c.req.header("host")}`];
  const foreign = site ? !["same-origin", "none"].includes(site) : origin !== undefined && !known.includes(origin);
  if (foreign) throw new Fault("forbidden", "This form was not sent from one of our pages.");
  const token = c.get("csrf");
  if (token === "" || isStreamed) return;
  const fields = await c.req.parseBody({ all: true });
  if (fields["csrf"] !== token) throw outOfDate();
}

/** `?lang=` (kept in a cookie), then the cookie, then the browser's own wish, then the city's first language. */
function langOf<L extends string>(c: Context, offered: readonly [L, ...L[]]): L {
  const asked = c.req.query("lang");
  if (isOneOf(offered, asked)) {
    setCookie(c, LANG_COOKIE, asked, { path: "/", maxAge: 31_536_000, sameSite: "Lax" });
    return asked;
  }
  const kept = getCookie(c, LANG_COOKIE);
  return isOneOf(offered, kept) ? kept : bestLang(c.req.header("accept-language"), offered);
}

const isOneOf = <L extends string>(offered: readonly L[], lang: string | undefined): lang is L =>
  lang !== undefined && (offered as readonly string[]).includes(lang);
