import { absent, Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { dayOf } from "../../shared/time.ts";
import type { Closing } from "./schema.ts";

// question                        key
// the closing of a day            pk CLOSINGS   sk <day>   { state, askedBy, askedAt, approvedBy }
const keyOf = (on: string) => ({ pk: "CLOSINGS", sk: on });

const closingOf = (item: Item): Closing => {
  const { pk: _, sk, ...rest } = item;
  return { on: sk, ...rest } as Closing;
};

/** All closings, the latest day first. */
export async function closings({ table }: Pick<Here, "table">): Promise<Closing[]> {
  const { items } = await table.query({ pk: "CLOSINGS", reverse: true, limit: 200 });
  return items.map(closingOf);
}

export async function* closingItems({ table }: Pick<Here, "table">): AsyncIterable<Item> {
  yield* table.all({ pk: "CLOSINGS" });
}

/** First of four eyes. Asked again by the same person, it is the same. @throws {Fault} invalid, conflict */
export async function askClosing(here: Here, on: string, by: string): Promise<Closing> {
  const { table, clock, ledger, city } = here;
  const now = clock.now();
  if (on >= dayOf(now, city.timeZone)) throw invalid("#/on", "A day that is over.");
  const { closedOn } = await ledger.at();
  if (closedOn !== undefined && on <= closedOn)
    throw new Fault("conflict", `The books are closed up to ${closedOn} already.`);
  const item = { ...keyOf(on), state: "asked", askedBy: by, askedAt: now.toISOString() };
  const { item: kept } = await table.putIfAbsent(item);
  return closingOf(kept);
}

/**
 * Second of four eyes: another person's. The entry in the journal and the approval are one transaction.
 * @throws {Fault} absent, forbidden, conflict
 */
export async function approveClosing(here: Here, on: string, by: string): Promise<Closing> {
  const { table, ledger, clock } = here;
  const item = await table.get(keyOf(on));
  if (!item) throw absent();
  if (item["state"] === "closed") return closingOf(item);
  if (item["askedBy"] === by) throw new Fault("forbidden", "Another person than the one who asked must approve it.");
  const approved = { state: "closed", approvedBy: by, approvedAt: clock.now().toISOString() };
  try {
    const { seq } = await ledger.close(on, {
      writes: [{ update: keyOf(on), set: approved, if: { state: "asked", askedBy: item["askedBy"] } }],
    });
    return { ...closingOf({ ...item, ...approved }), seq };
  } catch (error) {
    const now = error instanceof ConditionFailed ? await table.get(keyOf(on)) : undefined;
    if (now?.["state"] === "closed") return closingOf(now);
    throw error;
  }
}
