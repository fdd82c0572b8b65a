import { isDeepStrictEqual } from "node:util";
import { PublishedRows } from "../../functions/opendata/events.ts";
import { absentIsNone } from "../../shared/errors.ts";
import type { NewEvent, Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { keyOf, type Write } from "../../shared/table.ts";
import { askOfEffect, askOfRead } from "../contract/asks.ts";
import type { DatasetPart } from "../contract/dataset.ts";
import { fieldsOfEffect, isMessage } from "../contract/hook-mistakes.ts";
import type { Effect, HookPart } from "../contract/hooks.ts";
import { holds } from "../contract/language/index.ts";
import { OWN_ROWS, OWN_TABLES, offeredEffect, offeredEvent, offeredRead } from "../contract/offered.ts";
import type { Fields, IdKind } from "../contract/offers.ts";
import type { Part, ToldTexts } from "../contract/parts.ts";
import { ownRows, rowKeyOf } from "./own-rows.ts";
import type { Refused } from "./run-schema.ts";

import type { RunInput } from "./running.ts";
import type { Install } from "./schema.ts";

// What a part may read, and whether it may have done what it proposes: by what the city granted, and by nothing that
// the part says.

const ROWS_MAX = 10_000;
const VALUE_MAX = 500;

/** A run that is refused as a whole. */
export class RunRefused extends Error {
  override name = "RunRefused";
  constructor(readonly refused: Refused) {
    super(refused.why);
  }
}
const refuse = (why: Refused["why"], scope?: string, detail?: string): never => {
  throw new RunRefused({
    why,
    ...(scope === undefined ? {} : { scope }),
    ...(detail === undefined ? {} : { detail: detail.slice(0, 400) }),
  });
};

type Reads = RunInput["reads"];

/** What was declared and granted, with its filter. @throws {RunRefused} more rows than a run may read */
export async function readFor(
  here: Here,
  { module, settings: { declined } }: Pick<Install, "module" | "settings">,
  part: HookPart,
  fact: Told,
): Promise<Reads> {
  const reads: Reads = {};
  const event = fact.data as Record<string, unknown>;
  for (const read of part.reads) {
    if (read.optional && declined.includes(askOfRead(part, read))) continue;
    if (read.scope === OWN_TABLES) {
      reads[read.as] = await here.ask(PublishedRows, { table: `${module}/${read.about}`, most: ROWS_MAX + 1 });
      continue;
    }
    const offered = offeredRead(read.scope)!;
    const named = event[read.about];
    const ids = (Array.isArray(named) ? named : [named]).filter((id): id is string => typeof id === "string");
    const at = new Date(read.until === undefined ? fact.time : String(event[read.until] ?? fact.time));
    const rows = ids.length === 0 ? [] : await offered.run(here, { ids, grain: read.grain, days: read.days, at });
    const { where } = read;
    const context = { event, now: fact.time };
    reads[read.as] = where === undefined ? rows : rows.filter((row) => holds(where, { ...context, row }));
  }
  if (rowsIn(reads) > ROWS_MAX) refuse("too_much");
  return reads;
}

export const rowsIn = (reads: Reads): number => Object.values(reads).reduce((sum, rows) => sum + rows.length, 0);

/** Ids that the event or a row has named, by what they are of: about others nothing can be done. */
function namedIds(part: HookPart, input: RunInput): Map<IdKind, Set<string>> {
  const named = new Map<IdKind, Set<string>>();
  const note = (fields: Fields, record: Record<string, unknown>) => {
    for (const [name, { id }] of Object.entries(fields)) {
      if (id === undefined) continue;
      const all = named.get(id) ?? new Set();
      for (const value of [record[name]].flat()) if (typeof value === "string") all.add(value);
      named.set(id, all);
    }
  };
  note(offeredEvent(part.on.event)!.data, input.event as Record<string, unknown>);
  for (const { as, scope } of part.reads)
    for (const row of input.reads[as] ?? []) note(offeredRead(scope)?.rows ?? {}, row as Record<string, unknown>);
  return named;
}

interface Wanted {
  here: Here;
  install: Pick<Install, "id" | "data" | "module" | "settings">;
  part: HookPart;
  /** All of the module's. */
  parts: readonly Part[];
  fact: Told;
  input: RunInput;
}

/**
 * The writes of what is proposed, to be committed with the run's receipt.
 *
 * @returns  those that the city declined are left out
 * @throws {RunRefused} one of them may not be: then none is done
 */
export async function prepared(
  wanted: Wanted,
  effects: readonly Effect[],
): Promise<{ effects: Effect[]; writes: Write[]; events: NewEvent[] }> {
  const { part, install } = wanted;
  const named = namedIds(part, wanted.input);
  const [writes, events, kept]: [Write[], NewEvent[], Effect[]] = [[], [], []];
  for (const [i, effect] of effects.entries()) {
    if (effect.scope !== OWN_ROWS && effects.findIndex((one) => isAlike(one, effect)) < i)
      return refuse("bad_fields", knownScope(part, effect.scope), "twice about the same");
    const allowed = part.effects.find(({ scope }) => scope === effect.scope);
    if (!allowed) return refuse("not_granted", undefined, effect.scope);
    if (allowed.optional && install.settings.declined.includes(askOfEffect(part, effect.scope))) continue;
    const one = await (effect.scope === OWN_ROWS ? ownRow(wanted, effect, i) : ofRoom(wanted, effect, i, named));
    writes.push(...one.writes);
    events.push(...one.events);
    kept.push(effect);
  }
  return { effects: kept, writes: merged(writes), events };
}

/** A transaction changes an item once: what several effects put there is put once, as the last one has it. */
function merged(writes: readonly Write[]): Write[] {
  const byKey = new Map<string, Write>();
  for (const write of writes) {
    const { pk, sk } = keyOf(write);
    const before = byKey.get(`${pk} ${sk}`);
    byKey.set(`${pk} ${sk}`, before?.if === undefined ? write : { ...write, if: before.if });
  }
  return [...byKey.values()];
}

/** What a part calls a scope may be anything: only one that it asked for is told. */
const knownScope = (part: HookPart, scope: string) => part.effects.find((one) => one.scope === scope)?.scope;

const isAlike = (one: Effect, other: Effect) =>
  one.scope === other.scope &&
  one.about === other.about &&
  (!offeredEffect(one.scope)?.isForMany || isDeepStrictEqual(one.fields, other.fields));

const fits = (type: Fields[string]["type"], value: unknown): boolean =>
  (type === "number" && typeof value === "number" && Number.isFinite(value)) ||
  (type === "truth" && typeof value === "boolean") ||
  (type === "text" && typeof value === "string" && value.length <= VALUE_MAX && value.isWellFormed()) ||
  (type === "moment" && typeof value === "string" && value.length <= 40 && Number.isFinite(Date.parse(value)));

function demandFields(scope: string, given: Effect["fields"], fields: Fields): void {
  for (const [name, value] of Object.entries(given))
    if (!Object.hasOwn(fields, name) || !fits(fields[name]!.type, value)) refuse("bad_fields", scope, name);
  for (const [name, { isOptional }] of Object.entries(fields))
    if (!isOptional && !Object.hasOwn(given, name)) refuse("bad_fields", scope, `${name} is missing`);
}

async function ofRoom(
  { here, install, part, parts, fact }: Wanted,
  { scope, about, fields }: Effect,
  i: number,
  named: Map<IdKind, Set<string>>,
): Promise<{ writes: Write[]; events: NewEvent[] }> {
  const offered = offeredEffect(scope)!;
  demandFields(scope, fields, offered.fields);
  const kinds = offered.about ?? [];
  if (about === undefined ? kinds.length === 1 : !kinds.some((kind) => named.get(kind)?.has(about)))
    refuse("not_named", scope, about);
  const text = offered.text === undefined ? undefined : parts.find((one) => isMessage(one, fields[offered.text!]));
  if (offered.text !== undefined && !text) refuse("bad_fields", scope, offered.text);
  const words = text as ToldTexts | undefined;
  const done = await offered
    .run(here, {
      id: `${install.id}/${fact.id}/${part.id}/${i}`,
      about,
      fields,
      ...(words ? { text: { title: words.title, body: words.body } } : {}),
      by: { installId: install.id, module: install.module, part: part.id },
      at: fact.time,
    })
    .catch(absentIsNone);
  return done ?? refuse("not_there", scope, about);
}

async function ownRow(
  { here, install, parts, fact, part }: Wanted,
  { scope, about, fields }: Effect,
  i: number,
): Promise<{ writes: Write[]; events: NewEvent[] }> {
  const table = parts.find((one): one is DatasetPart => one.kind === "dataset" && one.id === about);
  if (!table) return refuse("not_named", scope, about);
  demandFields(scope, fields, fieldsOfEffect(scope, table.id, parts)!);
  const key = rowKeyOf(table, fields, `${fact.id}#${part.id}#${i}`);
  if (key.length > VALUE_MAX) return refuse("bad_fields", scope, "its key is too long");
  return { writes: ownRows(here).writes(install, table.id, key, fields, fact.time), events: [] };
}
