import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { absent, Fault, invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import { isHere } from "../../../shared/outside.ts";
import { ConditionFailed, type Item, type Write } from "../../../shared/table.ts";
import { defineTask, dropped, planned, taskKey } from "../../../shared/tasks.ts";
import { slugOf } from "../domain.ts";
import { Corrections } from "../drafts/schema.ts";
import { findDraft, TitleTaken } from "../drafts/store.ts";
import { correctedKey, findBySlug, getById, getBySlug } from "../store.ts";
import { moduleTable } from "../tables.ts";
import { Asker } from "./asking.ts";
import { nextAfter } from "./schedule.ts";
import {
  isCatalogue,
  type Listed,
  type NewSource,
  Run,
  Seen,
  type ShownSource,
  Source,
  type SourceChange,
  Standing,
} from "./schema.ts";

// question                                key
// one source                              pk     HARVEST#<id>           sk     SOURCE
// what came of it, what was taken over    pk     HARVEST#<id>           sk     STANDING
// when it was asked, and what came        pk     HARVEST#<id>           sk     RUN#<when>        (30 days)
// a catalogue's source of this dataset    pk     HARVEST#<id>           sk     CHILD#<digest>
// the source of a module's part           pk     HARVESTED#<module>     sk     PART#<part>
// a city's sources                        gsi1pk HARVESTS               gsi1sk <id>

const SOURCES_MAX = 500;
const RUN_LIVES_S = 30 * 24 * 3600;

/** Asks a source; of a run that takes longer, what is known so far. */
export const Harvest = defineTask(
  "opendata.harvest",
  z.object({
    startedAt: z.iso.datetime().optional(),
    /** What came is being read as a draft. */
    reading: z.object({ attempt: z.int(), bytes: z.int(), seen: Seen }).optional(),
  }),
);

const key = (id: string) => ({ pk: `HARVEST#${id}`, sk: "SOURCE" });
const standingKey = (id: string) => ({ pk: `HARVEST#${id}`, sk: "STANDING" });
const childKey = (parent: string, named: string) => ({
  pk: `HARVEST#${parent}`,
  sk: `CHILD#${createHash("sha256").update(named).digest("hex").slice(0, 32)}`,
});
export const partKey = (module: string, part: string) => ({ pk: `HARVESTED#${module}`, sk: `PART#${part}` });

const itemOf = (source: Source): Item => ({
  ...key(source.id),
  gsi1pk: "HARVESTS",
  gsi1sk: source.id,
  revision: source.revision,
  source,
});
export const standingItem = (id: string, standing: Standing): Item => ({ ...standingKey(id), standing });
export const runItem = (id: string, run: Run): Item => ({
  ...{ pk: `HARVEST#${id}`, sk: `RUN#${run.startedAt}`, run },
  expiresAt: Math.floor(Date.parse(run.endedAt) / 1000) + RUN_LIVES_S,
});

export async function findSource(here: Here, id: string): Promise<{ source: Source; standing: Standing } | undefined> {
  const [found, standing] = await Promise.all([here.table.get(key(id)), here.table.get(standingKey(id))]);
  return (
    found && {
      source: Source.parse(found["source"]),
      standing: Standing.parse(standing?.["standing"] ?? { failures: 0 }),
    }
  );
}

/** @throws {Fault} absent */
export async function getSource(here: Here, id: string): Promise<{ source: Source; standing: Standing }> {
  const found = await findSource(here, id);
  if (!found) throw absent();
  return found;
}

/** How its files are read: as somebody corrected its last draft, else as the source says. */
export async function correctionsFor(here: Here, { datasetId, corrections }: Source): Promise<Corrections> {
  const item = await here.table.get(correctedKey(datasetId));
  return item ? Corrections.parse(item["corrections"]) : corrections;
}

export async function sources(here: Here): Promise<Source[]> {
  const found: Source[] = [];
  for await (const item of here.table.all({ pk: "HARVESTS", index: "gsi1" })) found.push(Source.parse(item["source"]));
  return found;
}

export async function sourcesPage(
  here: Here,
  limit: number,
  cursor?: string,
): Promise<{ found: ShownSource[]; next?: string }> {
  const page = await here.table.query({ pk: "HARVESTS", index: "gsi1", reverse: true, limit, cursor });
  const found: ShownSource[] = [];
  for (const item of page.items) {
    const one = await findSource(here, String(item.gsi1sk));
    if (one) found.push(await shownSource(here, one));
  }
  return { found, ...(page.cursor === undefined ? {} : { next: page.cursor }) };
}

export async function runs(here: Here, id: string, limit = 30): Promise<Run[]> {
  const { items } = await here.table.query({ pk: key(id).pk, beginsWith: "RUN#", reverse: true, limit });
  return items.map((item) => Run.parse(item["run"]));
}

/** Asks for a source. This machine is asked only by a synthetic city, and only for what was entered as being here. */
export const askerOf = (
  here: Here,
  { address, hosts }: Pick<Source, "address" | "hosts">,
  signal?: AbortSignal,
): Asker => {
  const { isSynthetic } = here.city;
  return new Asker({
    mayBeHere: isSynthetic && isHere(new URL(address)),
    ...{ hosts, signal },
    standIns: isSynthetic && hosts ? here.settings.HANSA_STAND_INS : undefined,
  });
};

/** What a new source must be, before anything of it is asked or kept. @throws {Fault} invalid, absent */
export async function demandRight(here: Here, given: NewSource): Promise<void> {
  try {
    askerOf(here, given).demand(given.address);
  } catch (error) {
    throw invalid("#/address", (error as Fault).message);
  }
  if (isCatalogue(given.kind)) {
    if (given.updates !== undefined) throw invalid("#/updates", "A catalogue brings datasets of its own.");
    if (given.fills !== undefined) throw invalid("#/fills", "A catalogue fills no table of a module.");
    if (given.columns !== undefined)
      throw invalid("#/columns", "The datasets of a catalogue have each their own columns.");
    return;
  }
  if (given.fills !== undefined) await moduleTable(here, given.fills);
  if (given.updates !== undefined || given.kind !== "file") return;
  // A file says nothing of itself.
  for (const name of ["title", "licence", "source"] as const)
    if (given.card[name] === undefined)
      throw invalid(`#/card/${name}`, "A file does not say this of itself: say it here.");
  const slug = slugOf(given.card.title!, "");
  if (await findBySlug(here, slug)) throw new TitleTaken(slug);
}

/** Keeps a new source, which is asked at once. @throws {Fault} invalid, absent, conflict */
export async function addSource(here: Here, given: NewSource): Promise<Source> {
  await demandRight(here, given);
  if ((await sources(here)).length >= SOURCES_MAX)
    throw new Fault("conflict", `A city has at most ${SOURCES_MAX} sources.`);
  const { updates, hints, columns, leavesOutWrong, personal, ...rest } = given;
  const now = here.clock.now();
  const source: Source = {
    ...rest,
    id: newId("hrv", now),
    corrections: { hints, columns, leavesOutWrong, personal },
    datasetId: updates === undefined ? newId("ds", now) : (await getBySlug(here, updates)).id,
    isPaused: false,
    revision: 0,
    createdAt: now.toISOString(),
  };
  await here.commit(newWrites(source, now));
  return source;
}

export const newWrites = (source: Source, at: Date): Write[] => [
  { put: itemOf(source), if: "absent" },
  { put: standingItem(source.id, { failures: 0 }) },
  planned(Harvest, source.id, at, {}),
];

/** @throws {Fault} absent; conflict: somebody was faster */
export async function changeSource(here: Here, id: string, change: SourceChange): Promise<Source> {
  const { source } = await getSource(here, id);
  const { schedule, card, publishesItself, isPaused, ...corrections } = change;
  const next: Source = {
    ...source,
    ...(schedule ? { schedule } : {}),
    ...(card ? { card } : {}),
    ...(publishesItself === undefined ? {} : { publishesItself }),
    ...(isPaused === undefined ? {} : { isPaused }),
    corrections: { ...source.corrections, ...corrections },
  };
  if (next.kind === "file" && source.parent === undefined)
    for (const name of ["title", "licence", "source"] as const)
      if (next.card[name] === undefined)
        throw invalid(`#/card/${name}`, "A file does not say this of itself: say it here.");
  return saveSource(here, source, next);
}

/** Keeps what was decided anew of a source, and when it is asked next. @throws {Fault} conflict */
export async function saveSource(here: Here, before: Source, next: Source): Promise<Source> {
  if (isDeepStrictEqual(before, next)) return before;
  const now = here.clock.now();
  const isResting = next.isPaused || next.isUnlisted === true;
  // Another time of day alone is no reason to ask at once.
  const isTimeAlone = isDeepStrictEqual({ ...before, schedule: 0 }, { ...next, schedule: 0 });
  const at = isTimeAlone ? nextAfter(next.schedule, next.id, now, here.city.timeZone) : now;
  const kept = { ...next, revision: before.revision + 1 };
  try {
    await here.commit([
      { put: itemOf(kept), if: { revision: before.revision } },
      isResting || !at ? dropped(Harvest, next.id) : planned(Harvest, next.id, at, {}),
      ...(isDeepStrictEqual(before.corrections, next.corrections) ? [] : [{ delete: correctedKey(next.datasetId) }]),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw new Fault("conflict", "Somebody else changed this source at the same moment: look at it again.");
  }
  return kept;
}

/** @throws {Fault} absent; conflict: it is paused */
export async function askNow(here: Here, id: string): Promise<void> {
  const { source } = await getSource(here, id);
  if (source.isPaused || source.isUnlisted) throw new Fault("conflict", "This source is paused: let it go on first.");
  await here.commit([planned(Harvest, id, here.clock.now(), {})]);
}

/** Removes a source, and of a catalogue those that it listed; what they brought stays. @throws {Fault} absent */
export async function removeSource(here: Here, id: string): Promise<void> {
  const { source } = await getSource(here, id);
  // First of all: a run that is under way makes no more sources of what it lists, and none begins.
  if (isCatalogue(source.kind) && !source.isPaused) await saveSource(here, source, { ...source, isPaused: true });
  const items: Item[] = [];
  for await (const item of here.table.all({ pk: key(id).pk })) items.push(item);
  for (const item of items)
    if (item.sk.startsWith("CHILD#") && (await findSource(here, String(item["id"]))))
      await removeSource(here, String(item["id"]));
  // The source itself goes last: until then all this can be done again.
  for (const { pk, sk } of items) if (sk !== "SOURCE") await here.table.delete({ pk, sk });
  await here.commit([dropped(Harvest, id), { delete: key(id) }]);
}

/** No catalogue from outside may lead to this machine. */
const leadsHere = (parent: Source, address: string): boolean =>
  isHere(new URL(address)) && !isHere(new URL(parent.address));

const CHILDREN_AT_ONCE = 15;
const CHILD_EVERY_MS = 3_000;

/**
 * Makes sources of what a catalogue lists, and lets those rest that it lists no more.
 * @throws {ConditionFailed} the catalogue was changed or removed meanwhile
 */
export async function takeListed(here: Here, parent: Source, listed: readonly Listed[]): Promise<void> {
  const known = new Map<string, string>();
  for await (const item of here.table.all({ pk: key(parent.id).pk, beginsWith: "CHILD#" }))
    known.set(item.sk, String(item["id"]));
  const now = here.clock.now();
  const room = SOURCES_MAX - (await sources(here)).length;
  const added: Write[][] = [];
  const { card, schedule, corrections, publishesItself } = parent;
  const { title: _, ...shared } = card;
  for (const { key: named, kind, address, card: own } of listed) {
    const said = { ...shared, ...own };
    const claim = childKey(parent.id, named);
    const id = known.get(claim.sk);
    known.delete(claim.sk);
    const before = id === undefined ? undefined : (await findSource(here, id))?.source;
    if (before) {
      const { isUnlisted: __, ...rest } = before;
      if (!leadsHere(parent, address)) await saveSource(here, before, { ...rest, kind, address, said });
      continue;
    }
    // One that somebody removed stays so.
    if (id !== undefined || added.length >= room || leadsHere(parent, address)) continue;
    const source: Source = {
      ...{ kind, address, schedule, corrections, publishesItself, said },
      id: newId("hrv", now),
      card: {},
      datasetId: newId("ds", now),
      isPaused: false,
      parent: parent.id,
      revision: 0,
      createdAt: now.toISOString(),
    };
    added.push([
      { put: { ...claim, id: source.id }, if: "absent" },
      ...newWrites(source, new Date(now.getTime() + added.length * CHILD_EVERY_MS)),
    ]);
  }
  for (let from = 0; from < added.length; from += CHILDREN_AT_ONCE)
    await here.commit([
      { check: key(parent.id), if: { revision: parent.revision } },
      ...added.slice(from, from + CHILDREN_AT_ONCE).flat(),
    ]);
  for (const id of known.values()) {
    const before = (await findSource(here, id))?.source;
    if (before && !before.isUnlisted) await saveSource(here, before, { ...before, isUnlisted: true });
  }
}

/** A source as a caller sees it, with when it is asked next and what waits for somebody. */
export async function shownSource(
  here: Here,
  { source, standing }: { source: Source; standing: Standing },
): Promise<ShownSource> {
  const [task, dataset, draft] = await Promise.all([
    here.table.get(taskKey(Harvest.name, source.id)),
    getById(here, source.datasetId),
    findDraft(here, source.datasetId),
  ]);
  const { revision: _, ...shown } = source;
  const { failures, last } = standing;
  const due = task?.gsi2pk === undefined ? undefined : task.gsi2sk!.split("#")[0];
  const isRunning = due !== undefined && Harvest.data.safeParse(task!["data"]).data?.startedAt !== undefined;
  return {
    ...shown,
    isRunning,
    failures,
    ...(dataset ? { dataset: dataset.slug } : {}),
    ...(draft && draft.state !== "reading" ? { draft: draft.id } : {}),
    ...(due === undefined || isRunning ? {} : { nextAt: due }),
    ...(last ? { last } : {}),
  };
}

/** For export. */
export async function* harvestItems(here: Here): AsyncIterable<Item> {
  const modules = new Set<string>();
  for (const { id, fills } of await sources(here)) {
    yield* here.table.all({ pk: key(id).pk });
    const module = fills?.split("/").slice(0, 2).join("/");
    if (module !== undefined) modules.add(module);
  }
  for (const module of modules) yield* here.table.all({ pk: partKey(module, "").pk });
}
