import { isDeepStrictEqual } from "node:util";

// Three trees of JSON (what both began with, one's own, what came from upstream) become one, part by part and field by
// field. Lists whose things have names are merged by these; all other lists are one value.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
/** What is not there at all. */
type Maybe = Json | undefined;

/** Both changed the same place, and differently: somebody chooses. */
export interface Conflict {
  /** `/parts/water/tariff/bands`; things of a named list stand by their name. */
  at: string;
  base?: Json;
  own?: Json;
  theirs?: Json;
}
export type Side = "own" | "theirs";

export interface Merged {
  value: Json;
  /** Those that nobody has chosen yet; until then one's own stands there. */
  conflicts: Conflict[];
}

const same = isDeepStrictEqual;
const isRecord = (value: Maybe): value is { [name: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a list's things are called by; undefined where they have no names, or one name twice. */
export function nameIn(list: readonly Json[]): string | undefined {
  return ["id", "name", "as", "module"].find((key) => {
    const names = list.map((one) => (isRecord(one) ? one[key] : undefined));
    return names.every((name) => typeof name === "string") && new Set(names).size === names.length;
  });
}

/** @param choices  by the place of a conflict, whose word counts */
export function merge(base: Json, own: Json, theirs: Json, choices: Readonly<Record<string, Side>> = {}): Merged {
  const conflicts: Conflict[] = [];
  const value = merged(base, own, theirs, "", { choices, conflicts });
  return { value: value as Json, conflicts };
}

interface Chosen {
  choices: Readonly<Record<string, Side>>;
  conflicts: Conflict[];
}

function merged(base: Maybe, own: Maybe, theirs: Maybe, at: string, chosen: Chosen): Maybe {
  if (same(own, base)) return theirs;
  if (same(theirs, base) || same(own, theirs)) return own;
  if (isRecord(own) && isRecord(theirs) && (base === undefined || isRecord(base)))
    return mergedRecords(base ?? {}, own, theirs, at, chosen);
  if (Array.isArray(own) && Array.isArray(theirs) && (base === undefined || Array.isArray(base))) {
    const key = commonName(base ?? [], own, theirs);
    if (key !== undefined) return mergedLists(key, base ?? [], own, theirs, at, chosen);
  }
  return choose({ base, own, theirs }, at, chosen);
}

function choose(sides: { base: Maybe; own: Maybe; theirs: Maybe }, at: string, { choices, conflicts }: Chosen): Maybe {
  const choice = Object.hasOwn(choices, at) ? choices[at] : undefined;
  if (choice === undefined) {
    const there = Object.entries(sides).filter(([, value]) => value !== undefined);
    conflicts.push({ at, ...Object.fromEntries(there) });
  }
  return choice === "theirs" ? sides.theirs : sides.own;
}

const step = (name: string) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;

function mergedRecords(
  base: Record<string, Json>,
  own: Record<string, Json>,
  theirs: Record<string, Json>,
  at: string,
  chosen: Chosen,
): Record<string, Json> {
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(own), ...Object.keys(base)])];
  const fields = names.flatMap((name) => {
    const of = (side: Record<string, Json>) => (Object.hasOwn(side, name) ? side[name] : undefined);
    const value = merged(of(base), of(own), of(theirs), at + step(name), chosen);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(fields);
}

/** The name by which the things of all three lists are called. */
function commonName(...lists: readonly Json[][]): string | undefined {
  const keys = new Set(lists.filter((list) => list.length > 0).map(nameIn));
  const [key] = keys;
  return keys.size === 1 ? key : undefined;
}

function mergedLists(key: string, base: Json[], own: Json[], theirs: Json[], at: string, chosen: Chosen): Maybe {
  const namesOf = (list: Json[]) => list.map((one) => (one as Record<string, string>)[key]!);
  const order = orderOf(namesOf(base), namesOf(own), namesOf(theirs));
  // Both put the same things into another order: as one value, or its things would jump about.
  if (order === undefined) return choose({ base, own, theirs }, at, chosen);
  const of = (list: Json[], name: string) => list.find((one) => (one as Record<string, Json>)[key] === name);
  return order.flatMap((name) => {
    const value = merged(of(base, name), of(own, name), of(theirs, name), at + step(name), chosen);
    return value === undefined ? [] : [value];
  });
}

/** All names in the order of whoever changed the order; what the other added stands behind what it stood behind. */
function orderOf(base: string[], own: string[], theirs: string[]): string[] | undefined {
  const among = (names: string[], others: string[]) => names.filter((name) => others.includes(name));
  const isMoved = (names: string[]) => !same(among(names, base), among(base, names));
  if (isMoved(own) && isMoved(theirs) && !same(among(own, theirs), among(theirs, own))) return undefined;
  const [first, second] = isMoved(own) ? [own, theirs] : [theirs, own];
  const order = [...first];
  for (const [i, name] of second.entries()) {
    if (order.includes(name)) continue;
    const before = second.slice(0, i).findLast((one) => order.includes(one));
    order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, name);
  }
  return order;
}

/** A place at which two trees differ, with what each has there. */
export interface Change {
  at: string;
  before?: Json;
  after?: Json;
}

/** Every place at which they differ, as deep as both have the same shape. */
export function changesOf(before: Maybe, after: Maybe, at = ""): Change[] {
  if (same(before, after)) return [];
  if (isRecord(before) && isRecord(after))
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
      changesOf(own(before, name), own(after, name), at + step(name)),
    );
  if (Array.isArray(before) && Array.isArray(after)) {
    const key = commonName(before, after);
    if (key !== undefined) {
      const byName = (list: Json[]) =>
        Object.fromEntries(list.map((one) => [(one as Record<string, string>)[key]!, one]));
      const found = changesOf(byName(before), byName(after), at);
      // The same things in another order.
      return found.length > 0 ? found : [{ at, before, after }];
    }
  }
  return [{ at, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

const own = (record: Record<string, Json>, name: string): Maybe =>
  Object.hasOwn(record, name) ? record[name] : undefined;
