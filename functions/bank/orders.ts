import { Fault } from "../../shared/errors.ts";
import { type NewEvent, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { IN_TRANSIT } from "./domain.ts";
import { PayoutsDecided } from "./events.ts";
import { endToEndId, painOf } from "./pain.ts";
import { type NewOrder, Order } from "./schema.ts";
import { bankStore, orderItem } from "./store.ts";

/** Keeps an order once; no money moves before another person agrees. @throws {Fault} absent; conflict: another order */
export async function askOrder(here: Here, asked: NewOrder, by: string): Promise<{ created: boolean; order: Order }> {
  const store = bankStore(here);
  const { account } = await store.account(asked.bankAccountId);
  const payouts = asked.payouts.map((payout, i) => ({ ...payout, endToEndId: endToEndId(asked.id, i + 1) }));
  const order = Order.parse({
    ...asked,
    payouts,
    currency: account.currency,
    totalMinor: payouts.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    state: "asked",
    askedAt: here.clock.now().toISOString(),
    askedBy: by,
  });
  try {
    await here.commit(store.orderWrites(order));
    return { created: true, order };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const kept = await store.order(asked.id);
    const content = ({ payouts: all, bankAccountId, executeOn, format }: Order) =>
      JSON.stringify([all, bankAccountId, executeOn, format]);
    if (content(kept) !== content(order)) throw new Fault("conflict", "There is another order under this id.");
    return { created: false, order: kept };
  }
}

/**
 * The second person's word. Agreed, what the city owes leaves its account in the ledger, and the file can be fetched.
 * @throws {Fault} forbidden: the same person; conflict: decided, or an account owes less than is to be paid
 */
export async function decideOrder(here: Here, id: string, agrees: boolean, by: string): Promise<Order> {
  const order = await bankStore(here).order(id);
  if (order.state === (agrees ? "approved" : "refused") && order.decidedBy === by) return order;
  if (order.state !== "asked") throw new Fault("forbidden_transition", `The order is ${order.state}.`);
  if (order.askedBy === by) throw new Fault("forbidden", "Another person must agree: four eyes.");
  const decided: Order = {
    ...order,
    state: agrees ? "approved" : "refused",
    decidedAt: here.clock.now().toISOString(),
    decidedBy: by,
  };
  const writes = [{ put: orderItem(decided), if: { state: "asked", askedBy: order.askedBy } }];
  const accounts = [...new Set(order.payouts.map(({ account }) => account))];
  const fact = told(PayoutsDecided, id, { orderId: id, isAgreed: agrees, accounts });
  try {
    if (agrees) await pay(here, order, writes, fact);
    else await here.commit(writes, [fact]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw new Fault("conflict", "The order was decided meanwhile.");
    throw error;
  }
  return decided;
}

async function pay(
  here: Here,
  order: Order,
  writes: { put: ReturnType<typeof orderItem>; if: Record<string, string> }[],
  fact: NewEvent,
) {
  const { currency, payouts } = order;
  const byAccount = Map.groupBy(payouts, ({ account }) => account);
  await here.ledger.post({
    id: `order:${order.id}`,
    content: payouts,
    plan: (at) => {
      for (const [account, all] of byAccount) {
        const asked = all.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
        // What is owed stands below 0.
        if (at.balance(account, currency) + asked > 0)
          throw new Fault("conflict", `The city owes less than this on ${account}.`);
      }
      return {
        transfers: payouts.map(({ account, amountMinor, endToEndId: memo }) => ({
          debit: account,
          credit: IN_TRANSIT,
          amountMinor,
          currency,
          code: "payout",
          memo,
        })),
        writes,
        events: [fact],
      };
    },
  });
}

/** @throws {Fault} conflict: nobody has agreed yet */
export async function fileOf(here: Here, id: string): Promise<{ name: string; xml: string }> {
  const store = bankStore(here);
  const order = await store.order(id);
  if (order.state !== "approved")
    throw new Fault("conflict", `The order is ${order.state}: another person agrees first.`);
  const { account } = await store.account(order.bankAccountId);
  return { name: `${order.format}-${order.id}.xml`, xml: painOf(order, account, here.city.name) };
}
