import { z } from "zod";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Key } from "../../shared/table.ts";
import { defineTask, does, planned } from "../../shared/tasks.ts";
import { type Asked, askedOf, plus, STEP, stepAt, type Total, totalOf } from "./area-asked.ts";

// Areas of which thousands of readings have to be looked at are added up some meters at a time: what fits a request at
// once, the rest by a task, and what came of it stands for a quarter of an hour.
//
// question                           key
// how far an area's days are         pk  NETADDED   sk  <area>#<from>#<to>   (for a day)

const REQUEST_MS = 4_000;
const TURN_MS = 10_000;
/** Readings come all the time: what was added up longer ago is added up anew. */
const FRESH_MS = 15 * 60_000;
/** While its task is on its way, a question only asks how far it is. */
const ON_ITS_WAY_MS = 60_000;
const KEPT_S = 86_400;

const Kept = z.object({
  /** Of the network, without whose meters the rest would be counted with others. */
  version: z.string(),
  at: z.int(),
  totals: z.array(
    z.object({
      millionths: z.string().transform(BigInt),
      meters: z.int(),
      read: z.int(),
      stoodS: z.number(),
      coveredS: z.number(),
      estimatedS: z.number(),
    }),
  ),
  /** When it was gone on with last. */
  goneOnMs: z.number(),
  isDone: z.boolean(),
});
type Kept = z.infer<typeof Kept>;

/** What is left of an area's days; its id is their key. */
const Adding = defineTask("network.adding", z.object({ area: z.string(), from: z.iso.date(), to: z.iso.date() }));

const keyOf = (name: string): Key => ({ pk: "NETADDED", sk: name });

/** An area's days as they were added up lately, or how far that is. */
export async function addedAt(here: Here, asked: Asked, name: string): Promise<Total[] | { done: number; of: number }> {
  const item = await here.table.get(keyOf(name));
  const before = item && Kept.parse(item["kept"]);
  const agoMs = here.clock.now().getTime() - (before?.goneOnMs ?? 0);
  const stands = before?.version === asked.version && agoMs < (before.isDone ? FRESH_MS : ON_ITS_WAY_MS);
  const after = stands ? before : await goOn(here, asked, name, item, REQUEST_MS);
  if (after.isDone) return after.totals;
  if (!stands) {
    const [area = "", from = "", to = ""] = name.split("#");
    await here.commit([planned(Adding, name, here.clock.now(), { area, from, to })]);
  }
  return { done: after.at, of: asked.whole.length + asked.partly.length };
}

export const adding = does(Adding, async (here, name, data) => {
  const asked = await askedOf(here, data.area, data.from, data.to);
  const after = await goOn(here, asked, name, await here.table.get(keyOf(name)), TURN_MS);
  return after.isDone ? {} : { again: { at: here.clock.now(), data } };
});

/** Goes on for about so long, at least by one step; from the beginning where the network is another one by now. */
async function goOn(here: Here, asked: Asked, name: string, item: Item | undefined, forMs: number): Promise<Kept> {
  const nowMs = here.clock.now().getTime();
  const before = item && Kept.parse(item["kept"]);
  const goesOn = before && !before.isDone && before.version === asked.version && nowMs - before.goneOnMs < FRESH_MS;
  const totals = asked.days.map(() => totalOf());
  let kept: Kept = goesOn ? before : { version: asked.version, at: 0, totals, goneOnMs: nowMs, isDone: false };
  do {
    const step = await stepAt(here, asked, kept.at);
    const goneOnMs = here.clock.now().getTime();
    kept = step
      ? { ...kept, goneOnMs, at: kept.at + STEP, totals: kept.totals.map((total, i) => plus(total, step[i]!)) }
      : { ...kept, goneOnMs, isDone: true };
  } while (!kept.isDone && here.clock.now().getTime() < nowMs + forMs);
  const put: Item = {
    ...keyOf(name),
    kept: { ...kept, totals: kept.totals.map((one) => ({ ...one, millionths: String(one.millionths) })) },
    expiresAt: Math.floor(nowMs / 1000) + KEPT_S,
  };
  try {
    await here.table.transact([{ put, if: item ? { kept: item["kept"] } : "absent" }]);
  } catch (error) {
    // Somebody else went on from the same place: theirs stands, and says the same.
    if (!(error instanceof ConditionFailed)) throw error;
  }
  return kept;
}
