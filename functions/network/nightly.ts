import { z } from "zod";
import { onMany, type Reaction } from "../../shared/events.ts";
import { defineTask, does, planned } from "../../shared/tasks.ts";
import { dayPlus, nextHourOn } from "../../shared/time.ts";
import { ReadingsKept } from "../meters/events.ts";
import { analyse } from "./analysing.ts";
import { networkStore } from "./store.ts";

// Losses are worked out each night in which there is something new: a city to which no readings come plans nothing.

/** After the night's flow, before the morning. */
const HOUR = 4;
const BY = "nightly";

/** Works out the month of the day before; its id is the day on which it runs. */
const Nightly = defineTask("network.nightly", z.object({ day: z.iso.date() }));

/** The next night's day and moment in the city. */
export const nextNight = (now: Date, timeZone: string): { day: string; at: Date } => nextHourOn(now, HOUR, timeZone);

export const nightlyReactions: Reaction[] = [
  onMany(ReadingsKept, async (here) => {
    if (!(await networkStore(here).hasAreas())) return [];
    const { day, at } = nextNight(here.clock.now(), here.city.timeZone);
    return [planned(Nightly, day, at, { day })];
  }),
];

export const nightly = does(Nightly, async (here, _day, { day }) => {
  await analyse(here, dayPlus(day, -1).slice(0, 7), BY);
  return {};
});
