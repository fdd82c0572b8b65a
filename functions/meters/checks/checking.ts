import { z } from "zod";
import { on, type Reaction } from "../../../shared/events.ts";
import type { Here } from "../../../shared/here.ts";
import { defineTask, planned, type Ran } from "../../../shared/tasks.ts";
import { dayOf, dayPlus, dayRange } from "../../../shared/time.ts";
import { counted, pointsOf } from "../domain.ts";
import { ReadingsKept } from "../events.ts";
import { type Meter, MeterId } from "../schema.ts";
import { unitOf } from "../series.ts";
import { meterStore } from "../store.ts";
import { tampersOf } from "../tamper/store.ts";
import { keepFindings } from "./findings.ts";
import { LOOK_BACK_DAYS, look } from "./looking.ts";
import { ruleSets, rulesOn } from "./rules.ts";
import { known } from "./store.ts";

// When meters are looked at: after what was kept, never while it comes in. Deliveries of up to a hundred meters are
// looked at as soon as they can be read; of larger ones all meters are, once in the night after. A city to which
// nothing comes plans nothing.

const Day = z.iso.date();
export const Checking = defineTask(
  "meters.checking",
  z.object({
    /** Else all. */
    meterIds: z.array(MeterId).max(100).optional(),
    from: Day,
    to: Day,
    cursor: z.string().optional(),
  }),
);
type Checks = z.infer<typeof Checking.data>;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const AT_ONCE = 10;
const TURN_MS = 5_000;
/** Of a delivery of years, the last days are looked at: nobody sends somebody for what was three years ago. */
const DAYS_MAX = 62;

/** The first day that is looked at, up to the last one. */
export const lookedFrom = (first: string, last: string): string => {
  const earliest = dayPlus(last, 1 - DAYS_MAX);
  return first < earliest ? earliest : first;
};

export const checkingReactions: Reaction[] = [
  on(ReadingsKept, async (here, { data: { deliveryId, meterIds, from, to } }) => {
    const now = here.clock.now();
    const { timeZone } = here.city;
    const last = dayOf(new Date(Math.min(now.getTime(), Date.parse(to))), timeZone);
    const range = { from: lookedFrom(dayOf(new Date(from), timeZone), last), to: last };
    if (range.from > last) return [];
    if (meterIds) return [planned(Checking, deliveryId, now, { ...range, meterIds })];
    // All that begins on one day shares one look, in the night: a large city has many deliveries a day.
    const today = dayOf(now, timeZone);
    const night = new Date(dayRange(today, timeZone).to.getTime() + HOUR_MS);
    return [planned(Checking, `${today}/${range.from}`, night, { ...range, to: today })];
  }),
];

/** One turn: some meters, then the next ones. */
export async function check(here: Here, _id: string, data: Checks): Promise<Ran<Checks>> {
  const untilMs = here.clock.now().getTime() + TURN_MS;
  const sets = await ruleSets(here);
  let left: Checks | undefined = data;
  while (left && here.clock.now().getTime() < untilMs) {
    const { meters, rest } = await some(here, left);
    for (const meter of meters) await checkMeter(here, meter, data, sets);
    left = rest;
  }
  return left ? { again: { at: here.clock.now(), data: left } } : {};
}

/** The next meters of a look, and what is left of it. */
async function some(here: Here, { cursor, ...look }: Checks): Promise<{ meters: Meter[]; rest?: Checks }> {
  const store = meterStore(here);
  const { meterIds } = look;
  if (!meterIds) {
    const { meters, next } = await store.list({ limit: AT_ONCE, cursor });
    return { meters, ...(next === undefined ? {} : { rest: { ...look, cursor: next } }) };
  }
  const [meters, left] = [await store.findAll(meterIds.slice(0, AT_ONCE)), meterIds.slice(AT_ONCE)];
  return { meters, ...(left.length === 0 ? {} : { rest: { ...look, meterIds: left } }) };
}

async function checkMeter(
  here: Here,
  meter: Meter,
  { from, to }: { from: string; to: string },
  sets: Awaited<ReturnType<typeof ruleSets>>,
): Promise<void> {
  const { timeZone } = here.city;
  const [start, end] = [dayRange(from, timeZone).from, dayRange(to, timeZone).to];
  const [fromS, toS] = [start.getTime() / 1000, end.getTime() / 1000];
  const back = fromS - (LOOK_BACK_DAYS * DAY_MS) / 1000;
  const [{ delivered, truth }, tampers] = await Promise.all([
    known(here, meter, back, toS),
    tampersOf(here, meter.id, dayPlus(from, -1), to),
  ]);
  const found = look({
    counted: counted(delivered, truth),
    points: pointsOf(delivered, truth),
    truth,
    tampers,
    facePower: unitOf(meter.registerUnit)![1],
    zone: timeZone,
    fromS,
    toS,
    rulesOn: (day) => rulesOn(sets, day, meter.kind),
  });
  await keepFindings(here, meter, found, [from, to]);
}
