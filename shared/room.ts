import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import type { z } from "zod";
import type { House } from "./compose.ts";
import { Fault } from "./errors.ts";
import type { Reaction } from "./events.ts";
import type { Further } from "./further.ts";
import type { City, Here, Offer } from "./here.ts";
import type { Item } from "./table.ts";
import type { Tasker } from "./tasks.ts";
import type { Lang } from "./texts.ts";
import { admits, type Needed, type Role, type Who } from "./who.ts";

interface Everywhere {
  house: House;
  who: Who;
  lang: Lang;
  /** What else the city's pages can be read in. */
  further?: readonly Further[];
  requestId: string;
  /** The token that a form must send back; empty for who is not signed in. */
  csrf: string;
  /** Signed-in operator, or a house page: undefined. Below a city: its profile. */
  city?: City;
  /** A page that may stand in a page of another site; all others may not. */
  isFramed?: boolean;
}
export interface HouseEnv {
  Variables: Everywhere;
}
export interface CityEnv {
  Variables: Everywhere & { here: Here; city: City };
}
export type HouseApp = OpenAPIHono<HouseEnv>;
export type CityApp = OpenAPIHono<CityEnv>;

/** What a scope opens, said to whoever grants it. Its class decides how many must approve. */
export interface Scope {
  class: "public" | "operational" | "household" | "identity" | "money";
  says: Record<Lang, string>;
}

export interface Answer {
  readonly offer: Offer<unknown, unknown>;
  readonly run: (here: Here, args: unknown) => Promise<unknown>;
}

/** What a number that somebody read out names: a page of this city. */
export interface Hit {
  path: string;
  title: string;
  facts?: string;
}

/** What waits for a person: something to approve, to match, to mend. */
export interface Waiting {
  path: string;
  label: string;
  count: number;
  /** It should not wait until tomorrow. */
  isUrgent?: boolean;
}

export interface CityRoom {
  readonly name: string;
  readonly scopes: Record<string, Scope>;
  readonly answers: readonly Answer[];
  readonly reactions: readonly Reaction[];
  /** Who does what falls due at a time. */
  readonly tasks: readonly Tasker[];
  /** Every lasting item of the room by collection, for export; what is left out must be made again by itself. */
  readonly collections: Record<string, (here: Here) => AsyncIterable<Item>>;
  /** Beginnings of the partition keys that an export leaves behind, each with why it is not missed afterwards. */
  readonly leaves: Record<string, string>;
  /** The keys of the room's lasting blobs. */
  readonly blobs?: (here: Here) => AsyncIterable<string>;
  /** Entries of the city's menu (for residents) and of the staff console (for these roles). */
  readonly nav: readonly { path: string; label: (lang: Lang) => string; roles?: readonly Role[] }[];
  /** For the staff's search: what exactly this typed text names in this room, whatever case and spaces it has. */
  readonly find?: {
    roles: readonly Role[];
    run: (here: Here, typed: string, lang: Lang) => Promise<Hit[]>;
  };
  /** For the staff console: what waits for these roles. Asked at each view, so it reads a handful of items at most. */
  readonly waits?: { roles: readonly Role[]; run: (here: Here, lang: Lang) => Promise<Waiting[]> };
  /** Further languages of the city's pages. Asked at each page, so it remembers. */
  readonly speaks?: (here: Here) => Promise<readonly Further[]>;
  /** What it does when the marketplace's files have changed; may be told for nothing. */
  readonly heeds?: (here: Here) => Promise<void>;
  /** Once a house that runs by itself has started: reads what whoever comes first would wait for. */
  readonly readsAhead?: (here: Here) => Promise<void>;
  readonly routes: (app: CityApp) => void;
  /** Paths of pages whose forms may be of any length: `sentParts` reads them as they come, and looks at their token. */
  readonly streams: readonly string[];
}

export interface HouseRoom {
  readonly name: string;
  readonly routes: (app: HouseApp, house: House) => void;
}

export const cityRoom = (name: string, room: Partial<Omit<CityRoom, "name">>): CityRoom => ({
  name,
  scopes: {},
  answers: [],
  reactions: [],
  tasks: [],
  collections: {},
  leaves: {},
  nav: [],
  streams: [],
  routes: () => {},
  ...room,
});

/** What one family of a large room's files offers. */
export type RoomPart = Partial<Omit<CityRoom, "name" | "nav" | "find" | "heeds" | "readsAhead">>;

/** A room that is made of several families: what each of them offers, one after the other. */
export function together(...parts: readonly RoomPart[]): RoomPart {
  const waits = parts.flatMap((part) => part.waits ?? []);
  return {
    scopes: Object.assign({}, ...parts.map(({ scopes }) => scopes)),
    collections: Object.assign({}, ...parts.map(({ collections }) => collections)),
    leaves: Object.assign({}, ...parts.map(({ leaves }) => leaves)),
    answers: parts.flatMap(({ answers = [] }) => answers),
    reactions: parts.flatMap(({ reactions = [] }) => reactions),
    tasks: parts.flatMap(({ tasks = [] }) => tasks),
    streams: parts.flatMap(({ streams = [] }) => streams),
    routes: (app) => {
      for (const part of parts) part.routes?.(app);
    },
    blobs: async function* (here) {
      for (const part of parts) if (part.blobs) yield* part.blobs(here);
    },
    waits: {
      roles: [...new Set(waits.flatMap(({ roles }) => roles))],
      run: async (here, lang) => (await Promise.all(waits.map(({ run }) => run(here, lang)))).flat(),
    },
  };
}

export const houseRoom = (name: string, room: Omit<HouseRoom, "name">): HouseRoom => ({ name, ...room });

export const offer = <A, R>(name: string, args: z.ZodType<A>, answer: z.ZodType<R>): Offer<A, R> => ({
  name,
  args,
  answer,
});

export const answer = <A, R>(of: Offer<A, R>, run: (here: Here, args: A) => Promise<R>): Answer => ({
  offer: of as Offer<unknown, unknown>,
  run: run as Answer["run"],
});

const guards = new WeakMap<object, readonly Needed[]>();
/** What a guard admits; the test that lists routes without one asks here. */
export const neededBy = (handler: object): readonly Needed[] | undefined => guards.get(handler);

/**
 * Admits a request if any of these fits: a role, a scope of a program's key, the house's operator, or everyone.
 * Every route has one. A page sends whoever is not signed in to sign in and back.
 */
export function needs(...needed: Needed[]): MiddlewareHandler<HouseEnv> {
  const guard: MiddlewareHandler<HouseEnv> = (c, next) => (admits(needed, c.get("who")) ? next() : turnedAway(c));
  guards.set(guard, needed);
  return guard;
}

/** @throws {Fault} forbidden, unauthenticated */
async function turnedAway(c: Context<HouseEnv>): Promise<Response> {
  const city = c.get("city");
  if (c.get("who").kind !== "anonymous") throw new Fault("forbidden", "Your role or scope does not allow this.");
  const url = new URL(c.req.url);
  if (isMachinePath(url.pathname) || !["GET", "HEAD"].includes(c.req.method))
    throw new Fault("unauthenticated", "Sign in, or send a valid token.");
  const signIn = city ? `/cities/${city.slug}/sign-in` : "/control/sign-in";
  return c.redirect(`${signIn}?next=${encodeURIComponent(url.pathname + url.search)}`, 303);
}

/** The OpenAPI side of `needs`: a bearer token, unless everyone is admitted. */
export const secured = (...needed: Needed[]) => ({
  security: needed.includes("public")
    ? []
    : [{ bearer: needed.filter((n) => n.startsWith("scope:")).map((n) => n.slice(6)) }],
});

// Machine paths take bearer tokens and speak JSON; all others are pages, take the session cookie and speak HTML.
const MACHINE =
  /^\/(?:cities\/[^/]+\/(?:v1|ogc|api|webhooks|open311)(?:\/|$)|cities\/[^/]+\/(?:openapi\.json|catalog\.|dataset\/)|(?:control|marketplace)\/v1(?:\/|$)|healthz$)/;
export const isMachinePath = (path: string): boolean => MACHINE.test(path);

export const newApp = <E extends HouseEnv>(): OpenAPIHono<E> =>
  new OpenAPIHono<E>({
    defaultHook: (result) => {
      if (result.success) return demandWhole(result.data, result.target);
      throw new Fault("invalid", "Some of it is not valid.", {
        errors: fieldErrors(result.error.issues, result.target),
      });
    },
  });

const pointerBase = (target: string): string => (target === "json" || target === "form" ? "#" : target);
const step = (part: PropertyKey): string => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`;

/**
 * JSON can escape one half of a sign that takes two (a lone surrogate): it is no Unicode, and no table keeps it.
 * @throws {Fault} invalid, with a pointer to the text
 */
export function demandWhole(value: unknown, target = "json"): void {
  const left: [at: string, value: unknown][] = [[pointerBase(target), value]];
  for (let next = left.pop(); next; next = left.pop()) {
    const [pointer, one] = next;
    if (typeof one === "string" && !one.isWellFormed())
      throw new Fault("invalid", "Some of it is not valid.", {
        errors: [{ pointer, detail: "This text has half a sign in it." }],
      });
    if (typeof one !== "object" || one === null) continue;
    for (const [name, field] of Object.entries(one)) {
      if (!name.isWellFormed()) left.push([pointer, name]);
      left.push([pointer + step(name), field]);
    }
  }
}

/** zod's issues as JSON pointers into the body, or the name of the parameter. */
export function fieldErrors(issues: readonly z.core.$ZodIssue[], target = "json") {
  const base = pointerBase(target);
  return issues.slice(0, 50).flatMap((issue) => {
    const at = issue.path.map(step).join("");
    const unknown = issue.code === "unrecognized_keys" ? issue.keys : undefined;
    return unknown
      ? unknown.map((name) => ({ pointer: `${base}${at}/${name}`, detail: "This field is not known here." }))
      : [{ pointer: `${base}${at}`, detail: issue.message }];
  });
}
