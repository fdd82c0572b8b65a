import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { does } from "../../shared/tasks.ts";
import { dayOf, dayPlus, hourOn, nextHourOn, weekdayOf } from "../../shared/time.ts";
import { Evening, EveningBegan } from "./events.ts";
import { runStore } from "./run-store.ts";

const HOUR = 18;

/** The next evening after this instant, in the city's zone. */
export const nextEvening = ({ clock, city }: Here): Date => nextHourOn(clock.now(), HOUR, city.timeZone).at;

// question                     key
// was this evening told        pk EVENINGS   sk <day>   kept a week
const KEPT_S = 7 * 86_400;

/** The first of several that hear it has it told, for all. Where nobody hears it any more it is told no more, and costs nothing. */
export const evenings = does(Evening, async (here, id) => {
  const hearers = await runStore(here).hearers(EveningBegan.type);
  if (!hearers.some(({ installId }) => installId === id)) return {};
  const now = here.clock.now();
  const day = dayOf(now, here.city.timeZone);
  const mark = { pk: "EVENINGS", sk: day };
  if (now >= hourOn(day, HOUR, here.city.timeZone) && !(await here.table.get(mark))) {
    const tomorrow = dayPlus(day, 1);
    const expiresAt = Math.floor(now.getTime() / 1000) + KEPT_S;
    await here.commit(
      [{ put: { ...mark, expiresAt }, if: "absent" }],
      [told(EveningBegan, day, { day, tomorrow, weekday: weekdayOf(tomorrow) })],
    );
  }
  return { again: { at: nextEvening(here), data: {} } };
});
