import { absent } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { dayOf } from "../../shared/time.ts";
import type { BillStory } from "./events.ts";
import type { Tracked } from "./schema.ts";
import { collectionStore } from "./store.ts";

// What others may ask of the bills that this room follows.

const AT_ONCE = 25;

function storyOf({ moves, entered: _none, ...bill }: Tracked, timeZone: string): BillStory {
  return {
    ...bill,
    moves: moves.map((move) => ({ ...move, on: dayOf(new Date(move.paidAt ?? move.at), timeZone) })),
  };
}

/** @throws {Fault} absent */
export async function billTold(here: Here, billId: string): Promise<BillStory> {
  const kept = await collectionStore(here).find(billId);
  if (!kept) throw absent();
  return storyOf(kept.bill, here.city.timeZone);
}

/** @param cursor  the month, and where in it the page before ended */
export async function openBills(here: Here, cursor: string | undefined) {
  const store = collectionStore(here);
  const months = await store.months();
  const [month = months[0], within] = cursor === undefined ? [] : (cursor.split(" ", 2) as [string, string?]);
  if (month === undefined) return { bills: [] };
  const { bills, next } = await store.openOf(month, { limit: AT_ONCE, cursor: within });
  const then = months.find((one) => one > month);
  const more = next === undefined ? then : `${month} ${next}`;
  return {
    bills: bills.map((bill) => storyOf(bill, here.city.timeZone)),
    ...(more === undefined ? {} : { cursor: more }),
  };
}
