import { factOf, type Reaction, type Told } from "./events.ts";
import type { Here } from "./here.ts";
import { ConditionFailed, type Item, type Write } from "./table.ts";

/** A reaction with the name under which its deliveries and `SEEN` marks are kept: `<room>/<event type>`. */
export interface Listener extends Reaction {
  readonly name: string;
}

// Waits between the tries of one delivery, in seconds: 8 tries within 24 hours, then it is parked.
const WAITS_S = [10, 60, 300, 900, 3_600, 10_800, 28_800];
const BATCH = 50;

const seenKey = (listener: string, eventId: string) => ({ pk: `SEEN#${eventId}`, sk: listener });
const deliveryKey = (listener: string, eventId: string) => ({ pk: `DELIVERY#${eventId}`, sk: listener });

/**
 * Tells a city's listeners what is due: new facts first told, and failed deliveries tried again. At least once;
 * what a listener writes is committed together with its `SEEN` item, so an effect happens once. A listener that
 * fails gets a delivery of its own, so that nothing behind it waits.
 *
 * @returns how many facts and deliveries were handled
 */
export async function deliverDue(here: Here, listeners: readonly Listener[]): Promise<number> {
  let handled = 0;
  const now = here.clock.now();
  for (;;) {
    const page = await here.table.query({ pk: "DUE", index: "gsi2", to: `${now.toISOString()}~`, limit: BATCH });
    if (page.items.length === 0) return handled;
    let moved = 0;
    for (const item of page.items) moved += (await (item.sk === "EVENT" ? tell : retry)(here, listeners, item)) ? 1 : 0;
    handled += moved;
    // The index lags a little: what it still shows as due was handled already.
    if (moved === 0) return handled;
  }
}

async function tell(here: Here, listeners: readonly Listener[], indexed: Item): Promise<boolean> {
  const item = await here.table.get({ pk: indexed.pk, sk: "EVENT" });
  if (item?.gsi2pk === undefined) return false;
  const fact = factOf(item);
  for (const listener of listeners) {
    if (listener.type !== fact.type) continue;
    const reason = await attempt(here, listener, fact);
    if (reason === undefined) continue;
    await here.table.putIfAbsent(delivery(listener, fact, 1, reason, here.clock.now()));
    await here.clock.wake(new Date(here.clock.now().getTime() + WAITS_S[0]! * 1000));
  }
  await here.table.transact([{ update: { pk: item.pk, sk: item.sk }, remove: ["gsi2pk", "gsi2sk"] }]);
  return true;
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
      : await attempt(here, listener, factOf(event));
  if (reason === undefined) {
    await here.table.delete(item);
    return true;
  }
  const next = delivery({ name: item.sk }, { id: item["eventId"] as string }, tries, reason, here.clock.now());
  await here.table.put(next);
  if (next.gsi2sk) await here.clock.wake(new Date(next.gsi2sk.split("#")[0]!));
  return true;
}

/** Runs one listener on one fact. @returns why it failed, or nothing when its effect stands */
async function attempt(here: Here, listener: Listener, fact: Told): Promise<string | undefined> {
  const key = seenKey(listener.name, fact.id);
  const seen: Write = { put: { ...key, at: here.clock.now().toISOString() }, if: "absent" };
  try {
    if (await here.table.get(key)) return undefined;
    const writes = await listener.run(here, fact, seen);
    if (writes) await here.table.transact([...writes, seen]);
    return undefined;
  } catch (error) {
    if (error instanceof ConditionFailed && (await here.table.get(key))) return undefined;
    here.log.warn("a delivery failed", { listener: listener.name, eventId: fact.id, error: error as Error });
    return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : "unknown";
  }
}

function delivery(listener: { name: string }, fact: { id: string }, tries: number, reason: string, now: Date): Item {
  const wait = WAITS_S[tries - 1];
  const base = { ...deliveryKey(listener.name, fact.id), eventId: fact.id, tries, reason, triedAt: now.toISOString() };
  if (wait === undefined)
    return { ...base, state: "parked", gsi1pk: "PARKED", gsi1sk: `${now.toISOString()}#${fact.id}` };
  const due = new Date(now.getTime() + wait * 1000).toISOString();
  return { ...base, state: "waiting", gsi2pk: "DUE", gsi2sk: `${due}#${fact.id}#${listener.name}` };
}

/** The deliveries that were given up, the latest first. */
export const parked = (here: Here, limit = 50) =>
  here.table.query({ pk: "PARKED", index: "gsi1", reverse: true, limit });

/**
 * Tells one listener again all facts from an instant on that it has not yet seen: after a mend, or for a listener
 * that is new. @returns how many it had not seen, and of them how many failed
 */
export async function replay(here: Here, listener: Listener, since: Date): Promise<{ told: number; failed: number }> {
  const result = { told: 0, failed: 0 };
  for await (const item of here.table.all({ pk: "LOG", index: "gsi1" })) {
    const fact = factOf(item);
    if (fact.type !== listener.type || fact.time < since.toISOString()) continue;
    if (await here.table.get(seenKey(listener.name, fact.id))) continue;
    result.told += 1;
    if ((await attempt(here, listener, fact)) === undefined)
      await here.table.delete(deliveryKey(listener.name, fact.id));
    else result.failed += 1;
  }
  return result;
}
