import { z } from "zod";
import type { Here } from "../../../shared/here.ts";
import { ConditionFailed, type Write } from "../../../shared/table.ts";
import { defineTask, planned, type Ran } from "../../../shared/tasks.ts";
import { dayOf, monthPlus, monthRange } from "../../../shared/time.ts";
import { DistrictsOf } from "../../accounts/events.ts";
import { monthlyUsage } from "../reading.ts";
import type { Kind, Meter } from "../schema.ts";
import { meterStore } from "../store.ts";
import { added, type Group, isHomeSince, quartilesOf } from "./homes.ts";
import { peopleIn, sizeOf } from "./household.ts";
import type { Comparison } from "./schema.ts";

// question                                      key
// what homes of a district used in a month      pk HOMEGROUP#<yyyy-mm>#<kind>   sk IN#<district>   (without: the city's)
// the same of households of so many people      the same                        sk OF<size>#IN#<district>
// whether they are counted                      the same                        sk DONE
//
// Made when the first one asks, by a task that goes through the city's meters once; kept for a hundred days.

const Data = z.object({ run: z.string().optional(), cursor: z.string().optional() });
export const GroupHomes = defineTask("meters.group_homes", Data);

/** A page's districts, the city, both by size, the mark and the task fit one transaction. */
const METERS_AT_ONCE = 40;
const READ_AT_ONCE = 16;
const KEPT_S = 100 * 86_400;
/** A month's readings come in some days after it. */
const MONTH_IN_AFTER_DAYS = 3;
/** Where readings came late, too few homes are counted once more, at most once a day. */
const AGAIN_MS = 86_400_000;

const partition = (month: string, kind: Kind) => `HOMEGROUP#${month}#${kind}`;
const nameOf = (district = "", size?: number) => `${size === undefined ? "" : `OF${size}#`}IN#${district}`;
const groupKey = (pk: string, name: string) => ({ pk, sk: name });
const doneKey = (pk: string) => ({ pk, sk: "DONE" });

/** The latest month of which readings should be complete. */
export function comparedMonth(now: Date, zone: string): string {
  const today = dayOf(now, zone);
  return monthPlus(today.slice(0, 7), Number(today.slice(8)) > MONTH_IN_AFTER_DAYS ? -1 : -2);
}

/**
 * The nearest group that is large enough: of the district and of as many people, of the city and of as many, of the
 * district, of the city.
 *
 * @param own     what the meter counted in that month, if it was read on all its days
 * @param people  as the household says itself; undefined: it does not, or somebody else looks
 */
export async function comparisonOf(
  here: Here,
  meter: Meter,
  month: string,
  own: number | undefined,
  people: number | undefined,
): Promise<Comparison> {
  if (own === undefined || !isHomeSince(meter, monthRange(month, here.city.timeZone).from))
    return { state: "no_whole_month", month };
  const pk = partition(month, meter.kind);
  const [district] = await here.ask(DistrictsOf, { accountIds: [meter.accountId] });
  const householdSize = people === undefined ? undefined : sizeOf(people);
  const places = district ? [district.district, undefined] : [undefined];
  const groups = [householdSize, undefined].flatMap((size) => places.map((place) => ({ size, district: place })));
  const names = [...new Set(groups.map((one) => nameOf(one.district, one.size)))];
  const items = await here.table.getMany([doneKey(pk), ...names.map((name) => groupKey(pk, name))]);
  const found = new Map(items.map((item) => [item.sk, item]));
  const done = found.get("DONE");
  for (const { size, district: place } of done ? groups : []) {
    const item = found.get(nameOf(place, size));
    const shown = item && item["run"] === done!["run"] ? quartilesOf(item as unknown as Group) : undefined;
    if (!shown) continue;
    return {
      ...{ state: "shown", month, own, ...shown },
      ...(place === undefined ? {} : { district: place }),
      ...(size === undefined ? {} : { householdSize: size }),
    };
  }
  const isOld = done !== undefined && here.clock.now().getTime() - Date.parse(String(done["run"])) > AGAIN_MS;
  if (!done || isOld) await planGrouping(here, `${month}#${meter.kind}`);
  return { state: done ? "too_few_homes" : "being_computed", month };
}

/** Once, however many ask while it is under way. */
async function planGrouping(here: Here, id: string): Promise<void> {
  try {
    await here.commit([{ ...planned(GroupHomes, id, here.clock.now(), {}), if: "absent" } as Write]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** Some of the city's meters at each turn: each group gains what they used. */
export async function groupHomes(
  here: Here,
  id: string,
  { run = here.clock.now().toISOString(), cursor }: z.infer<typeof Data>,
): Promise<Ran<z.infer<typeof Data>>> {
  const [month = "", kind = ""] = id.split("#");
  const pk = partition(month, kind as Kind);
  const { meters, next } = await meterStore(here).list({ limit: METERS_AT_ONCE, cursor });
  const { from } = monthRange(month, here.city.timeZone);
  const homes = await usedBy(
    here,
    month,
    meters.filter((meter) => meter.kind === kind && isHomeSince(meter, from)),
  );
  const accountIds = [...new Set(homes.map(({ accountId }) => accountId))];
  const asked = accountIds.length > 0 ? await here.ask(DistrictsOf, { accountIds }) : [];
  const districts = new Map(asked.map(({ accountId, district }) => [accountId, district]));
  const people = await peopleIn(here, accountIds);
  const groups = new Map<string, typeof homes>();
  for (const home of homes) {
    const [district, many] = [districts.get(home.accountId), people.get(home.accountId)];
    for (const size of many === undefined ? [undefined] : [undefined, sizeOf(many)])
      for (const place of district === undefined ? [undefined] : [undefined, district]) {
        const name = nameOf(place, size);
        groups.set(name, [...(groups.get(name) ?? []), home]);
      }
  }
  if (!groups.has(nameOf())) groups.set(nameOf(), []);
  const before = await here.table.getMany([...groups.keys()].map((name) => groupKey(pk, name)));
  const expiresAt = Math.floor(here.clock.now().getTime() / 1000) + KEPT_S;
  const writes = [...groups].map(([name, some]): Write => {
    const item = before.find(({ sk }) => sk === name);
    const group = item?.["run"] === run ? (item as unknown as Group) : undefined;
    return { put: { ...groupKey(pk, name), run, expiresAt, ...added(group, some) } };
  });
  if (next !== undefined) return { writes, again: { at: here.clock.now(), data: { run, cursor: next } } };
  return { writes: [...writes, { put: { ...doneKey(pk), run, expiresAt } }] };
}

/** What was read of them on every day of the month. */
async function usedBy(here: Here, month: string, meters: readonly Meter[]) {
  const homes: { accountId: string; quantity: number }[] = [];
  for (let at = 0; at < meters.length; at += READ_AT_ONCE)
    await Promise.all(
      meters.slice(at, at + READ_AT_ONCE).map(async ({ id, accountId }) => {
        const { quantity, daysWithReadings, daysInMonth } = await monthlyUsage(here, id, month);
        if (daysWithReadings === daysInMonth) homes.push({ accountId: accountId!, quantity });
      }),
    );
  return homes;
}
