import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import type { Write } from "../../shared/table.ts";
import { orderTime } from "./domain.ts";
import { TokenIssued, TokenRefused } from "./events.ts";
import type { Meter, Order } from "./schema.ts";
import { sourceFor } from "./sources/index.ts";
import { settled, vendingStore } from "./store.ts";
import type { MeterFacts, Wanted } from "./token-source.ts";

type More = Partial<Pick<Order, "purchaseId" | "campaignId" | "reason" | "askedBy" | "decidedBy">>;

/** Draws the next order of a meter: no two have one count, and each is later than the one before. */
export function nextOrder(
  meter: Meter,
  { facts, wants, id, ...more }: More & { facts: MeterFacts; wants: Wanted; id?: string },
  now: Date,
): { order: Order; meter: Meter } {
  const at = orderTime(meter, now);
  return {
    order: {
      id: id ?? newId("tko", now),
      meterId: meter.id,
      facts,
      wants,
      count: meter.orders,
      at,
      state: "ordered",
      ...more,
    },
    meter: { ...meter, orders: meter.orders + 1, orderedAt: at },
  };
}

/** An order for the change of a meter's key that stands, once; its tokens go before every other until they are seen. */
export function keyChangeOrder(before: Meter, now: Date, more: More = {}): { order?: Order; meter: Meter } {
  const { facts, keyChange } = before;
  if (!keyChange || keyChange.state === "confirmed" || keyChange.orderId !== undefined) return { meter: before };
  const { campaignId, to } = keyChange;
  const { order, meter } = nextOrder(
    before,
    { facts, wants: { kind: "key_change", to }, ...more, ...(campaignId === undefined ? {} : { campaignId }) },
    now,
  );
  return { order, meter: { ...meter, keyChange: { ...keyChange, orderId: order.id } } };
}

/**
 * Asks the meter's source for an order's tokens and keeps them. Asked again, it is the same order to the source, and
 * what is kept already is answered.
 * @throws {Fault} unavailable: the source has no answer now
 */
export async function issued(here: Here, orderId: string): Promise<Order> {
  const store = vendingStore(here);
  const { is: order } = await store.order(orderId);
  if (order.state !== "ordered" || order.count === undefined) return order;
  const { id, facts, wants, count, at, meterId, purchaseId } = order;
  let after: Order;
  try {
    const source = await sourceFor(here, facts.source);
    const { digits, receipt, isTest } = await source.issue({ id, meter: facts, wants, count, at });
    const issuedAt = here.clock.now().toISOString();
    const tokens = { orderId: id, what: wants.kind, digits, isTest, issuedAt, ...(receipt ? { receipt } : {}) };
    after = { ...order, state: "issued", tokens };
  } catch (error) {
    if (!(error instanceof Fault) || !["invalid", "conflict"].includes(error.kind)) throw error;
    after = { ...order, state: "failed", failure: error.message.slice(0, 300) };
  }
  const names = { orderId: id, meterId, ...(purchaseId === undefined ? {} : { purchaseId }) };
  const events =
    after.state === "failed"
      ? [told(TokenRefused, id, names)]
      : wants.kind === "credit"
        ? [] // told when the purchase has all that goes before it, too
        : [told(TokenIssued, id, { ...names, kind: wants.kind, isTest: after.tokens!.isTest })];
  return settled(async () => {
    const now = await store.order(orderId);
    if (now.is.state !== "ordered") return now.is;
    await here.commit([...store.orderWrites(after, now), ...(await keyWrites(here, after))], events);
    return after;
  });
}

/** What an order's end changes on its meter and its campaign, beside itself. */
async function keyWrites(here: Here, order: Order): Promise<Write[]> {
  if (order.wants.kind !== "key_change") return [];
  const store = vendingStore(here);
  const { state, campaignId, meterId, id } = order;
  const isIssued = state === "issued";
  const counted =
    campaignId === undefined ? [] : await campaignWrites(here, campaignId, isIssued ? "issued" : "failed", 1);
  const meter = await store.meter(meterId);
  const { keyChange } = meter.is;
  if (!isIssued || keyChange?.orderId !== id || keyChange.state !== "to_do") return counted;
  const changedAt = here.clock.now().toISOString();
  return [
    ...counted,
    ...store.meterWrites({ ...meter.is, keyChange: { ...keyChange, state: "issued", changedAt } }, meter),
  ];
}

/** One meter more, or less, in a figure of a campaign. */
export async function campaignWrites(
  here: Here,
  campaignId: string,
  figure: "issued" | "confirmed" | "failed",
  by: 1 | -1,
): Promise<Write[]> {
  const store = vendingStore(here);
  const campaign = await store.readCampaign(campaignId);
  if (!campaign) return [];
  return [store.campaignWrite({ ...campaign.is, [figure]: campaign.is[figure] + by }, campaign)];
}
