import { createHash } from "node:crypto";
import type { Here } from "../../../shared/here.ts";
import type { Item } from "../../../shared/table.ts";
import { planned } from "../../../shared/tasks.ts";
import { dayOf } from "../../../shared/time.ts";
import { Checking, lookedFrom } from "../checks/checking.ts";
import { TamperEvent } from "./schema.ts";

// question                                  key
// what was told of a meter's tampering      pk METER#<id>   sk TAMPER#<day>#<kind>   (one a day: an alarm that lasts is one)

const PREFIX = "TAMPER#";
const WRITES_AT_ONCE = 20;
const METERS_AT_ONCE = 100;

const itemOf = (event: TamperEvent, zone: string): Item => ({
  pk: `METER#${event.meterId}`,
  sk: `${PREFIX}${dayOf(new Date(event.at), zone)}#${event.kind}`,
  event,
});
const keyOf = ({ pk, sk }: Item): string => `${pk} ${sk}`;

/**
 * Keeps what is new of events, and has the days looked at. Told again, it is not new.
 *
 * @returns how many were
 */
export async function keepTampers(here: Here, events: readonly TamperEvent[]): Promise<number> {
  const { timeZone } = here.city;
  const first = new Map<string, Item>();
  for (const event of [...events].sort((a, b) => (a.at < b.at ? -1 : 1))) {
    const item = itemOf(event, timeZone);
    if (!first.has(keyOf(item))) first.set(keyOf(item), item);
  }
  const items = [...first.values()];
  const before = new Set((await here.table.getMany(items)).map(keyOf));
  const fresh = items.filter((item) => !before.has(keyOf(item)));
  for (let at = 0; at < fresh.length; at += WRITES_AT_ONCE)
    await here.commit(fresh.slice(at, at + WRITES_AT_ONCE).map((put) => ({ put })));
  await lookAgain(
    here,
    fresh.map((item) => item["event"] as TamperEvent),
  );
  return fresh.length;
}

async function lookAgain(here: Here, events: readonly TamperEvent[]): Promise<void> {
  const now = here.clock.now();
  const day = (at: string) => dayOf(new Date(at), here.city.timeZone);
  const ids = [...new Set(events.map(({ meterId }) => meterId))];
  for (let at = 0; at < ids.length; at += METERS_AT_ONCE) {
    const meterIds = ids.slice(at, at + METERS_AT_ONCE);
    const days = events
      .filter(({ meterId }) => meterIds.includes(meterId))
      .map((one) => day(one.at))
      .sort();
    const to = days.at(-1)!;
    const from = lookedFrom(days[0]!, to);
    const id = createHash("sha256")
      .update(JSON.stringify([meterIds, from, to]))
      .digest("hex")
      .slice(0, 32);
    await here.commit([planned(Checking, `tamper-${id}`, now, { meterIds, from, to })]);
  }
}

/** What was told of a meter from a day of the city to another one, both included; the oldest first. */
export async function tampersOf(
  { table }: Pick<Here, "table">,
  meterId: string,
  from = "0",
  to = "9",
): Promise<TamperEvent[]> {
  const all: TamperEvent[] = [];
  for await (const item of table.all({ pk: `METER#${meterId}`, from: PREFIX + from, to: `${PREFIX}${to}#~` }))
    all.push(TamperEvent.parse(item["event"]));
  return all;
}
