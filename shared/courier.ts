import { factOf, type Reaction, type Told } from "./events.ts";
import type { Here } from "./here.ts";
import { ConditionFailed, type Item, type Write } from "./table.ts";
import { type Tasker, taskItem, taskKey } from "./tasks.ts";

/** A reaction with the name under which its deliveries and `SEEN` marks are kept: `<room>/<event type>`. */
export interface Listener extends Reaction {
  readonly name: string;
}

// Waits between the tries of one delivery, in seconds: 8 tries within 24 hours, then it is parked.
export const WAITS_S = [10, 60, 300, 900, 3_600, 10_800, 28_800];
const BATCH = 50;
/** So many facts of the log at one turn of a replay. */
const REPLAYED = 500;
/** What the index still shows as due, although it was handled, is looked at again after this. */
const LAG_MS = 1_000;
/** A long run of tasks makes room for others after this, and goes on at the next ring. */
const TURN_MS = 15_000;

const seenKey = (listener: string, eventId: string) => ({ pk: `SEEN#${eventId}`, sk: listener });
const deliveryKey = (listener: string, eventId: string) => ({ pk: `DELIVERY#${eventId}`, sk: listener });

/**
 * Tells a city's listeners what is due: new facts first told, failed deliveries tried again, and tasks whose time has
 * come. At least once; what a listener writes is committed together with its `SEEN` item, so an effect happens once.
 * What fails gets a later time of its own, so that nothing behind it waits. Leaves a wake-up call for what is next.
 *
 * @returns how many facts, deliveries and tasks were handled
 */
export async function deliverDue(
  here: Here,
  listeners: readonly Listener[],
  taskers: readonly Tasker[] = [],
): Promise<number> {
  let handled = 0;
  const endsAt = here.clock.now().getTime() + TURN_MS;
  do {
    const page = await here.table.query({
      pk: "DUE",
      index: "gsi2",
      to: `${here.clock.now().toISOString()}~`,
      limit: BATCH,
    });
    let moved = await tell(here, listeners, page.items.filter(isFact));
    for (const item of page.items.filter((one) => !isFact(one)))
      if (await (item.sk === "TASK" ? work(here, taskers, item) : retry(here, listeners, item))) moved += 1;
    handled += moved;
    // The index lags a little: what it still shows as due was handled already.
    if (moved === 0) break;
  } while (here.clock.now().getTime() < endsAt);
  const [next] = (await here.table.query({ pk: "DUE", index: "gsi2", limit: 1 })).items;
  if (next) await here.clock.wake(new Date(Math.max(dueAt(next), here.clock.now().getTime() + LAG_MS)));
  return handled;
}

const dueAt = (item: Item): number => Date.parse(item.gsi2sk!.split("#")[0]!);
const isFact = ({ sk }: Item): boolean => sk === "EVENT";

/** Runs a task whose time has come. @returns false when somebody else did, or moved it */
async function work(here: Here, taskers: readonly Tasker[], indexed: Item): Promise<boolean> {
  const item = await here.table.get(indexed);
  if (item?.gsi2pk === undefined || item.gsi2sk !== indexed.gsi2sk) return false;
  const [name, id, tries] = [String(item["name"]), String(item["id"]), Number(item["tries"] ?? 0) + 1];
  const turn = { turn: item["turn"] };
  let outcome: Write[];
  try {
    const tasker = taskers.find((one) => one.name === name);
    if (!tasker) throw new Error("nobody does this any more");
    const { writes = [], again } = await tasker.run(here, id, item["data"]);
    outcome = [
      again ? { put: taskItem(name, id, again.at, again.data), if: turn } : { delete: item, if: turn },
      ...writes,
    ];
  } catch (error) {
    here.log.warn("a task failed", { task: name, id, tries, error: error as Error });
    outcome = [{ put: failed(here, item, tries, reasonOf(error)), if: turn }];
  }
  try {
    await here.table.transact(outcome);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    // Done or planned anew meanwhile; or one of its own writes does not hold, which is for its next try to see.
    if (error.index === 0) return true;
    await here.table.transact([{ put: failed(here, item, tries, reasonOf(error)), if: turn }]);
  }
  return true;
}

function failed(here: Here, item: Item, tries: number, reason: string): Item {
  const now = here.clock.now();
  const wait = WAITS_S[tries - 1];
  const [name, id] = [String(item["name"]), String(item["id"])];
  const next = taskItem(name, id, new Date(now.getTime() + (wait ?? 0) * 1000), item["data"], { tries, reason });
  if (wait !== undefined) return next;
  const { gsi2pk: _due, gsi2sk: _when, ...kept } = next;
  return { ...kept, ...parkedAt(now, `${name}#${id}`) };
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : "unknown";

/** Tells new facts to whoever listens, each listener as many at once as it takes. @returns how many were still due */
async function tell(here: Here, listeners: readonly Listener[], indexed: readonly Item[]): Promise<number> {
  if (indexed.length === 0) return 0;
  const kept = new Map((await here.table.getMany(indexed)).map((item) => [item.pk, item]));
  const items = indexed.flatMap(({ pk }) => kept.get(pk) ?? []).filter(({ gsi2pk }) => gsi2pk !== undefined);
  const facts = items.map(factOf);
  for (const listener of listeners) {
    const failed = await attempt(
      here,
      listener,
      facts.filter(({ type }) => type === listener.type),
    );
    for (const { fact, reason } of failed)
      await here.table.putIfAbsent(delivery(listener, fact, 1, reason, here.clock.now()));
  }
  await here.table.transact(items.map(({ pk, sk }) => ({ update: { pk, sk }, remove: ["gsi2pk", "gsi2sk"] })));
  return items.length;
}

async function retry(here: Here, listeners: readonly Listener[], indexed: Item): Promise<boolean> {
  const item = await here.table.get(indexed);
  if (item?.gsi2pk === undefined || item.gsi2sk !== indexed.gsi2sk) return false;
  const listener = listeners.find((one) => one.name === item.sk);
  const event = await here.table.get({ pk: `EVENT#${item["eventId"]}`, sk: "EVENT" });
  const tries = (item["tries"] as number) + 1;
  const reason = !listener
    ? "no such listener any more"
    : !event
      ? "no such event"
      : (await attempt(here, listener, [factOf(event)]))[0]?.reason;
  if (reason === undefined) {
    await here.table.delete(item);
    return true;
  }
  const next = delivery({ name: item.sk }, { id: item["eventId"] as string }, tries, reason, here.clock.now());
  await here.table.put(next);
  return true;
}

interface Failed {
  fact: Told;
  reason: string;
}

/** Runs one listener on facts of its type that it has not seen. @returns which of them failed, each with the reason */
async function attempt(here: Here, listener: Listener, facts: readonly Told[]): Promise<Failed[]> {
  const failed: Failed[] = [];
  for (let from = 0; from < facts.length; from += listener.atOnce)
    failed.push(...(await together(here, listener, facts.slice(from, from + listener.atOnce))));
  return failed;
}

async function unseen(here: Here, { name }: Listener, facts: readonly Told[]): Promise<Told[]> {
  const marks = await here.table.getMany(facts.map(({ id }) => seenKey(name, id)));
  const seen = new Set(marks.map(({ pk }) => pk));
  return facts.filter(({ id }) => !seen.has(seenKey(name, id).pk));
}

/** In one transaction if it can be; otherwise in halves, so that one that cannot be taken in stops no other. */
async function together(here: Here, listener: Listener, facts: readonly Told[]): Promise<Failed[]> {
  const at = here.clock.now().toISOString();
  try {
    const fresh = await unseen(here, listener, facts);
    if (fresh.length === 0) return [];
    const seen = fresh.map(({ id }): Write => ({ put: { ...seenKey(listener.name, id), at }, if: "absent" }));
    const writes = await listener.run(here, fresh, seen);
    if (writes) await here.table.transact([...writes, ...seen]);
    return [];
  } catch (error) {
    if (facts.length > 1) {
      const half = Math.ceil(facts.length / 2);
      const first = await together(here, listener, facts.slice(0, half));
      return [...first, ...(await together(here, listener, facts.slice(half)))];
    }
    const [fact] = facts as [Told];
    if (error instanceof ConditionFailed && (await unseen(here, listener, facts)).length === 0) return [];
    here.log.warn("a delivery failed", { listener: listener.name, eventId: fact.id, error: error as Error });
    return [{ fact, reason: reasonOf(error) }];
  }
}

function delivery(listener: { name: string }, fact: { id: string }, tries: number, reason: string, now: Date): Item {
  const wait = WAITS_S[tries - 1];
  const base = { ...deliveryKey(listener.name, fact.id), eventId: fact.id, tries, reason };
  if (wait === undefined) return { ...base, ...parkedAt(now, fact.id) };
  const due = new Date(now.getTime() + wait * 1000).toISOString();
  return { ...base, state: "waiting", gsi2pk: "DUE", gsi2sk: `${due}#${fact.id}#${listener.name}` };
}

const parkedAt = (now: Date, id: string) => ({
  state: "parked",
  triedAt: now.toISOString(),
  gsi1pk: "PARKED",
  gsi1sk: `${now.toISOString()}#${id}`,
});

/** Plans a task that was given up to run now. @throws {ConditionFailed} it is not parked any more */
export async function resume(here: Here, task: { name: string; id: string }): Promise<void> {
  const item = await here.table.get(taskKey(task.name, task.id));
  await here.commit([
    {
      put: taskItem(task.name, task.id, here.clock.now(), item?.["data"]),
      if: { state: "parked", turn: item?.["turn"] },
    },
  ]);
}

/** The deliveries and tasks that were given up, the latest first. */
export const parked = (here: Here, limit = 50) =>
  here.table.query({ pk: "PARKED", index: "gsi1", reverse: true, limit });

export interface Replayed {
  /** Of whatever type. */
  looked: number;
  /** Had not been seen, and of them failed. */
  told: number;
  failed: number;
  /** Where the rest of the log begins. */
  cursor?: string;
}

/**
 * Tells one listener again, of a part of the log, the facts that it has not yet seen: after a mend, or for a listener
 * that is new.
 */
export async function replay(here: Here, listener: Listener, from?: string): Promise<Replayed> {
  const page = await here.table.query({
    pk: "LOG",
    index: "gsi1",
    limit: REPLAYED,
    ...(from === undefined ? {} : { cursor: from }),
  });
  const facts = page.items.map(factOf).filter(({ type }) => type === listener.type);
  const fresh = await unseen(here, listener, facts);
  const failed = new Set((await attempt(here, listener, fresh)).map(({ fact }) => fact.id));
  for (const { id } of fresh) if (!failed.has(id)) await here.table.delete(deliveryKey(listener.name, id));
  return {
    ...{ looked: page.items.length, told: fresh.length, failed: failed.size },
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
  };
}
