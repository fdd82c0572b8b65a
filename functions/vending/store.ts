import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { isOrderWaiting, isWaiting } from "./domain.ts";
import { Campaign, KeptPurchase, Meter, Order, VendingRule } from "./schema.ts";

// question                              key
// one meter, its month and its count    pk     PREPAID_METER#<id>          sk     METER
// all meters by number                  gsi1pk PREPAID_METERS              gsi1sk <number>#<id>
// whose number is this                  pk     PREPAID_NUMBER#<number>     sk     NUMBER       (guards that it is one's)
// an account's meters                   pk     PREPAID_OF#<account>        sk     <meter>
// one purchase                          pk     PREPAID_PURCHASE#<id>       sk     PURCHASE
// the purchases of a month              gsi1pk PREPAID_PURCHASES#<month>   gsi1sk <createdAt>#<id>
// what a bill is for                    pk     PREPAID_BILL#<bill>         sk     BILL         (a purchase, an order of many)
// the purchases of a meter              gsi1pk PREPAID_BOUGHT#<meter>      gsi1sk <createdAt>#<id>   (on the bill's item)
// one order of tokens                   pk     PREPAID_ORDER#<id>          sk     ORDER
// the orders of a meter                 gsi1pk PREPAID_ORDERS#<meter>      gsi1sk <at>#<id>
// whose token is this                   pk     PREPAID_TOKEN#<digits>      sk     <order>
// what waits for somebody               pk     PREPAID_WAITING             sk     <id of a purchase or an order>
// one campaign                          pk     PREPAID_CAMPAIGN#<id>       sk     CAMPAIGN
// the meters of a campaign              pk     PREPAID_CAMPAIGN#<id>       sk     METER#<meter>
// campaigns, the latest last            gsi1pk PREPAID_CAMPAIGNS           gsi1sk <id>
// the city's rule of arrears            pk     PREPAID_RULE                sk     RULE
const meterKey = (id: string) => ({ pk: `PREPAID_METER#${id}`, sk: "METER" });
const numberKey = (number: string) => ({ pk: `PREPAID_NUMBER#${number.toUpperCase()}`, sk: "NUMBER" });
const ofKey = (accountId: string, id: string) => ({ pk: `PREPAID_OF#${accountId}`, sk: id });
const purchaseKey = (id: string) => ({ pk: `PREPAID_PURCHASE#${id}`, sk: "PURCHASE" });
export const billKey = (billId: string) => ({ pk: `PREPAID_BILL#${billId}`, sk: "BILL" });
const orderKey = (id: string) => ({ pk: `PREPAID_ORDER#${id}`, sk: "ORDER" });
export const waitingKey = (id: string) => ({ pk: "PREPAID_WAITING", sk: id });
const campaignKey = (id: string) => ({ pk: `PREPAID_CAMPAIGN#${id}`, sk: "CAMPAIGN" });
const RULE_KEY = { pk: "PREPAID_RULE", sk: "RULE" };
const TRIES = 12;

/** A thing as it was read, with the version that its next writer must find. */
export interface Read<T> {
  is: T;
  version: number;
}
export type At = { limit: number; cursor?: string | undefined };

export const versioned = <T>(
  item: Item | undefined,
  field: string,
  parse: (value: unknown) => T,
): Read<T> | undefined => item && { is: parse(item[field]), version: Number(item["version"]) };
export const put = (item: Item, before: Read<unknown> | undefined): Write => ({
  put: { ...item, version: (before?.version ?? 0) + 1 },
  if: before ? { version: before.version } : "absent",
});

/** Does something again from the beginning where somebody else changed the same meanwhile. */
export async function settled<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (tries === TRIES) throw new Fault("unavailable", "Too much at once; try again.", { retryAfterS: 1 });
      await new Promise((resume) => setTimeout(resume, Math.random() * 10 * tries));
    }
  }
}

export function vendingStore({ table }: Pick<Here, "table">) {
  async function readMeter(id: string): Promise<Read<Meter> | undefined> {
    return versioned(await table.get(meterKey(id)), "meter", (value) => Meter.parse(value));
  }
  async function readPurchase(id: string): Promise<Read<KeptPurchase> | undefined> {
    return versioned(await table.get(purchaseKey(id)), "purchase", (value) => KeptPurchase.parse(value));
  }
  async function readOrder(id: string): Promise<Read<Order> | undefined> {
    return versioned(await table.get(orderKey(id)), "order", (value) => Order.parse(value));
  }
  async function readCampaign(id: string): Promise<Read<Campaign> | undefined> {
    return versioned(await table.get(campaignKey(id)), "campaign", (value) => Campaign.parse(value));
  }
  const there = <T>(found: T | undefined): T => {
    if (found === undefined) throw absent();
    return found;
  };
  const waits = (id: string, does: boolean): Write => (does ? { put: waitingKey(id) } : { delete: waitingKey(id) });
  const nextOf = (cursor: string | undefined) => (cursor === undefined ? {} : { next: cursor });

  return {
    readMeter,
    readPurchase,
    readOrder,
    readCampaign,
    /** @throws {Fault} absent */
    meter: async (id: string): Promise<Read<Meter>> => there(await readMeter(id)),
    purchase: async (id: string): Promise<Read<KeptPurchase>> => there(await readPurchase(id)),
    order: async (id: string): Promise<Read<Order>> => there(await readOrder(id)),
    campaign: async (id: string): Promise<Read<Campaign>> => there(await readCampaign(id)),

    /** @throws {Fault} absent: for what is no number as for one that no meter has */
    async meterByNumber(number: string): Promise<Read<Meter>> {
      const item = await table.get(numberKey(number));
      return there(item && (await readMeter(item["meterId"] as string)));
    },
    meterWrites(meter: Meter, before?: Read<Meter>): Write[] {
      const { id, facts, accountId } = meter;
      const item = { ...meterKey(id), gsi1pk: "PREPAID_METERS", gsi1sk: `${facts.number}#${id}`, meter };
      const was = before?.is.accountId;
      return [
        put(item, before),
        ...(before ? [] : [{ put: { ...numberKey(facts.number), meterId: id }, if: "absent" as const }]),
        ...(was !== undefined && was !== accountId ? [{ delete: ofKey(was, id) }] : []),
        ...(accountId !== undefined && was !== accountId ? [{ put: ofKey(accountId, id) }] : []),
      ];
    },
    async meters(at: At): Promise<{ meters: Meter[]; next?: string }> {
      const { items, cursor } = await table.query({ pk: "PREPAID_METERS", index: "gsi1", ...at });
      return { meters: items.map((item) => Meter.parse(item["meter"])), ...nextOf(cursor) };
    },
    async metersOf(accountId: string): Promise<Meter[]> {
      const { items } = await table.query({ pk: `PREPAID_OF#${accountId}`, limit: 100 });
      const found = await table.getMany(items.map(({ sk }) => meterKey(sk)));
      return found.map((item) => Meter.parse(item["meter"])).sort((a, b) => (a.id < b.id ? -1 : 1));
    },

    purchaseWrites(purchase: KeptPurchase, before?: Read<KeptPurchase>): Write[] {
      const { id, billId, meterId, createdAt } = purchase;
      const month = `PREPAID_PURCHASES#${createdAt.slice(0, 7)}`;
      const item = { ...purchaseKey(id), gsi1pk: month, gsi1sk: `${createdAt}#${id}`, purchase };
      const of = { gsi1pk: `PREPAID_BOUGHT#${meterId}`, gsi1sk: `${createdAt}#${id}` };
      const waited = before !== undefined && isWaiting(before.is);
      return [
        put(item, before),
        ...(before ? [] : [{ put: { ...billKey(billId), ...of, purchaseId: id }, if: "absent" as const }]),
        ...(waited === isWaiting(purchase) ? [] : [waits(id, !waited)]),
      ];
    },
    /** Those of these that are there, in no order. */
    async purchases(ids: readonly string[]): Promise<KeptPurchase[]> {
      const found = await table.getMany(ids.map(purchaseKey));
      return found.map((item) => KeptPurchase.parse(item["purchase"]));
    },
    /** What a bill is for: a purchase, or an order of many. */
    async boughtBy(billId: string): Promise<{ purchaseId?: string | undefined; bulkId?: string | undefined }> {
      const item = await table.get(billKey(billId));
      return {
        purchaseId: item?.["purchaseId"] as string | undefined,
        bulkId: item?.["bulkId"] as string | undefined,
      };
    },
    async purchasesOfMonth(month: string, at: At): Promise<{ purchases: KeptPurchase[]; next?: string }> {
      const pk = `PREPAID_PURCHASES#${month}`;
      const { items, cursor } = await table.query({ pk, index: "gsi1", reverse: true, ...at });
      return { purchases: items.map((item) => KeptPurchase.parse(item["purchase"])), ...nextOf(cursor) };
    },
    async purchasesOfMeter(meterId: string, at: At): Promise<{ purchases: KeptPurchase[]; next?: string }> {
      const pk = `PREPAID_BOUGHT#${meterId}`;
      const { items, cursor } = await table.query({ pk, index: "gsi1", reverse: true, ...at });
      const found = await Promise.all(items.map((item) => readPurchase(item["purchaseId"] as string)));
      return { purchases: found.flatMap((one) => (one ? [one.is] : [])), ...nextOf(cursor) };
    },

    orderWrites(order: Order, before?: Read<Order>): Write[] {
      const { id, meterId, at, tokens } = order;
      const item = { ...orderKey(id), gsi1pk: `PREPAID_ORDERS#${meterId}`, gsi1sk: `${at}#${id}`, order };
      const waited = before !== undefined && isOrderWaiting(before.is);
      const isNew = tokens !== undefined && before?.is.tokens === undefined;
      return [
        put(item, before),
        ...(waited === isOrderWaiting(order) ? [] : [waits(id, !waited)]),
        ...(isNew ? tokens.digits.map((digits): Write => ({ put: { pk: `PREPAID_TOKEN#${digits}`, sk: id } })) : []),
      ];
    },
    async ordersOf(meterId: string, at: At): Promise<{ orders: Order[]; next?: string }> {
      const pk = `PREPAID_ORDERS#${meterId}`;
      const { items, cursor } = await table.query({ pk, index: "gsi1", reverse: true, ...at });
      return { orders: items.map((item) => Order.parse(item["order"])), ...nextOf(cursor) };
    },
    /** The orders of which this is a token: of short tokens there may be several. */
    async ordersWithToken(digits: string): Promise<Order[]> {
      const { items } = await table.query({ pk: `PREPAID_TOKEN#${digits}`, limit: 20 });
      const found = await Promise.all(items.map(({ sk }) => readOrder(sk)));
      return found.flatMap((one) => (one ? [one.is] : []));
    },

    async waiting(limit: number): Promise<{ purchases: KeptPurchase[]; orders: Order[] }> {
      const { items } = await table.query({ pk: "PREPAID_WAITING", limit });
      const [purchases, orders] = await Promise.all([
        Promise.all(items.filter(({ sk }) => sk.startsWith("ppp_")).map(({ sk }) => readPurchase(sk))),
        Promise.all(items.filter(({ sk }) => sk.startsWith("tko_")).map(({ sk }) => readOrder(sk))),
      ]);
      return {
        purchases: purchases.flatMap((one) => (one ? [one.is] : [])),
        orders: orders.flatMap((one) => (one ? [one.is] : [])),
      };
    },

    campaignWrite: (campaign: Campaign, before?: Read<Campaign>): Write =>
      put({ ...campaignKey(campaign.id), gsi1pk: "PREPAID_CAMPAIGNS", gsi1sk: campaign.id, campaign }, before),
    campaignMeterWrite: (id: string, meterId: string): Write => ({
      put: { ...campaignKey(id), sk: `METER#${meterId}` },
    }),
    async metersOfCampaign(id: string, at: At): Promise<{ meters: Meter[]; next?: string }> {
      const { items, cursor } = await table.query({ pk: campaignKey(id).pk, beginsWith: "METER#", ...at });
      const ids = items.map(({ sk }) => sk.slice("METER#".length));
      const found = new Map((await table.getMany(ids.map(meterKey))).map((item) => [item.pk, item]));
      const meters = ids.flatMap((each) => {
        const item = found.get(meterKey(each).pk);
        return item ? [Meter.parse(item["meter"])] : [];
      });
      return { meters, ...nextOf(cursor) };
    },
    async campaigns(limit: number): Promise<Campaign[]> {
      const { items } = await table.query({ pk: "PREPAID_CAMPAIGNS", index: "gsi1", reverse: true, limit });
      return items.map((item) => Campaign.parse(item["campaign"]));
    },

    async rule(): Promise<VendingRule> {
      return VendingRule.parse((await table.get(RULE_KEY))?.["rule"] ?? {});
    },
    ruleWrite: (rule: VendingRule): Write => ({ put: { ...RULE_KEY, rule } }),

    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      for await (const item of table.all({ pk: "PREPAID_METERS", index: "gsi1" })) {
        const { id, facts, accountId } = Meter.parse(item["meter"]);
        yield item;
        yield { ...numberKey(facts.number), meterId: id };
        if (accountId !== undefined) yield ofKey(accountId, id);
        for await (const bill of table.all({ pk: `PREPAID_BOUGHT#${id}`, index: "gsi1" })) {
          yield bill;
          const purchase = await table.get(purchaseKey(bill["purchaseId"] as string));
          if (purchase) yield purchase;
        }
        for await (const order of table.all({ pk: `PREPAID_ORDERS#${id}`, index: "gsi1" })) {
          yield order;
          const { tokens } = Order.parse(order["order"]);
          for (const digits of tokens?.digits ?? []) yield { pk: `PREPAID_TOKEN#${digits}`, sk: order.pk.slice(14) };
        }
      }
      yield* table.all({ pk: "PREPAID_WAITING" });
      for await (const campaign of table.all({ pk: "PREPAID_CAMPAIGNS", index: "gsi1" }))
        yield* table.all({ pk: campaign.pk });
      const rule = await table.get(RULE_KEY);
      if (rule) yield rule;
    },
  };
}
