import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { Fault, invalid } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { defineTask, planned, type Ran } from "../../shared/tasks.ts";
import { factsNow, waitMs } from "./domain.ts";
import { KeyConfirmed } from "./events.ts";
import { campaignWrites, issued, keyChangeOrder, nextOrder } from "./ordering.ts";
import type { Meter, NewOrder, Order } from "./schema.ts";
import { checkSts } from "./sources/sts/checks.ts";
import { settled, vendingStore } from "./store.ts";
import type { KeyRef, MeterFacts } from "./token-source.ts";

const Data = z.object({ tries: z.int() });
/** Has the tokens of one order made that no purchase waits for; its id is the order's. */
export const Issue = defineTask("vending.issue", Data);
export const issueNow = (here: Here, orderId: string) => planned(Issue, orderId, here.clock.now(), { tries: 0 });

export async function issue(
  here: Here,
  orderId: string,
  { tries }: z.infer<typeof Data>,
): Promise<Ran<{ tries: number }>> {
  try {
    await issued(here, orderId);
    return {};
  } catch (error) {
    here.log.warn("a token source gave no answer", { orderId, tries, error: error as Error });
    return { again: { at: new Date(here.clock.now().getTime() + waitMs(tries)), data: { tries: tries + 1 } } };
  }
}

/** The tokens at once, where their source answers; else the task goes on asking. */
async function soonIssued(here: Here, orderId: string): Promise<Order> {
  try {
    return await issued(here, orderId);
  } catch (error) {
    here.log.warn("a token source gave no answer", { orderId, error: error as Error });
    return (await vendingStore(here).order(orderId)).is;
  }
}

/** What takes credit off a meter, or gives it away for good, needs a second pair of eyes. */
const needsTwo = ({ wants }: Pick<NewOrder, "wants">): boolean => ["clear_credit", "unlock"].includes(wants.kind);

/** What no source could make a token of is refused before it is ordered. @throws {Fault} invalid */
export function checkWanted(facts: MeterFacts, wants: NewOrder["wants"], now: Date): void {
  if (facts.source === "sts") return void checkSts(facts, wants, now);
  if (!["clear_credit", "unlock", "sync_counter"].includes(wants.kind))
    throw invalid("#/wants/kind", "There is no such token for OpenPAYGO devices.");
}

/**
 * Orders tokens for a meter, or asks that somebody else do.
 * @throws {Fault} absent; invalid: this meter cannot take it; conflict: the id is another's, or a key is being changed
 */
export async function ordered(
  here: Here,
  meterId: string,
  asked: NewOrder,
  by: string,
): Promise<{ created: boolean; order: Order }> {
  const store = vendingStore(here);
  const now = here.clock.now();
  const id = asked.id ?? newId("tko", now);
  const { wants, reason } = asked;
  const made = await settled(async () => {
    const before = asked.id === undefined ? undefined : await store.readOrder(id);
    if (before) {
      if (before.is.meterId === meterId && isDeepStrictEqual(before.is.wants, wants))
        return { created: false, order: before.is };
      throw new Fault("conflict", "There is another order under this id.");
    }
    const meter = await store.meter(meterId);
    const order = { id, reason, askedBy: by };
    checkWanted(wants.kind === "key_change" ? meter.is.facts : factsNow(meter.is), wants, now);
    if (needsTwo(asked)) {
      const only: Order = {
        ...order,
        meterId,
        facts: factsNow(meter.is),
        wants,
        at: now.toISOString(),
        state: "asked",
      };
      await here.commit(store.orderWrites(only));
      return { created: true, order: only };
    }
    const drawn =
      wants.kind === "key_change"
        ? keyChangeOrder(withKeyChange(meter.is, wants.to, now), now, order)
        : nextOrder(meter.is, { facts: factsNow(meter.is), wants, ...order }, now);
    if (!drawn.order) throw new Error("a change of key without its order");
    await here.commit([
      ...store.meterWrites(drawn.meter, meter),
      ...store.orderWrites(drawn.order),
      issueNow(here, id),
    ]);
    return { created: true, order: drawn.order };
  });
  return made.order.state === "ordered" ? { ...made, order: await soonIssued(here, id) } : made;
}

/** @throws {Fault} invalid: it has no such key; conflict: one is under way */
export function withKeyChange(meter: Meter, to: KeyRef, now: Date, campaignId?: string): Meter {
  const { facts, keyChange } = meter;
  if (facts.source !== "sts") throw invalid("#/wants/kind", "This meter has no key that tokens change.");
  if (keyChange && keyChange.state !== "confirmed")
    throw new Fault("conflict", "This meter's key is being changed already.");
  const changedAt = now.toISOString();
  return {
    ...meter,
    keyChange: {
      state: "to_do",
      from: facts.key,
      to,
      changedAt,
      ...(campaignId === undefined ? {} : { campaignId }),
    },
  };
}

/** The second pair of eyes. @throws {Fault} absent, forbidden: the same person; conflict: decided already */
export async function decided(here: Here, orderId: string, agrees: boolean, by: string): Promise<Order> {
  const store = vendingStore(here);
  const now = here.clock.now();
  const after = await settled(async () => {
    const before = await store.order(orderId);
    const { is: order } = before;
    if (order.state !== "asked") throw new Fault("conflict", `This is ${order.state}.`);
    if (agrees && order.askedBy === by) throw new Fault("forbidden", "Who asked for it cannot approve it.");
    if (!agrees) {
      const refused: Order = { ...order, state: "refused", decidedBy: by };
      await here.commit(store.orderWrites(refused, before));
      return refused;
    }
    const meter = await store.meter(order.meterId);
    const drawn = nextOrder(meter.is, { facts: factsNow(meter.is), wants: order.wants, id: order.id }, now);
    const next: Order = { ...order, ...drawn.order, decidedBy: by };
    await here.commit([
      ...store.meterWrites(drawn.meter, meter),
      ...store.orderWrites(next, before),
      issueNow(here, orderId),
    ]);
    return next;
  });
  return after.state === "ordered" ? soonIssued(here, orderId) : after;
}

/**
 * Somebody saw that the meter works with its new key: from now on its tokens come alone.
 * @throws {Fault} absent; conflict: no tokens for a new key were given out
 */
export async function keyConfirmed(here: Here, meterId: string): Promise<Meter> {
  const store = vendingStore(here);
  return settled(async () => {
    const before = await store.meter(meterId);
    const { facts, keyChange } = before.is;
    if (keyChange?.state === "confirmed") return before.is;
    if (facts.source !== "sts" || keyChange?.state !== "issued")
      throw new Fault("conflict", "No tokens for a new key were given out for this meter.");
    const { campaignId } = keyChange;
    const changedAt = here.clock.now().toISOString();
    const after: Meter = {
      ...before.is,
      facts: { ...facts, key: keyChange.to },
      keyChange: { ...keyChange, state: "confirmed", changedAt },
    };
    await here.commit(
      [
        ...store.meterWrites(after, before),
        ...(campaignId === undefined ? [] : await campaignWrites(here, campaignId, "confirmed", 1)),
      ],
      [told(KeyConfirmed, meterId, { meterId, ...(campaignId === undefined ? {} : { campaignId }) })],
    );
    return after;
  });
}
