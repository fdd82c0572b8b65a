import { absent } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Item, Key, Write } from "../../shared/table.ts";
import {
  Allowance,
  AreaResult,
  isOver,
  KeptAnalysis,
  Order,
  PastRanking,
  PastResult,
  StepTest,
} from "./losses-schema.ts";
import type { PointUse } from "./reading.ts";

// question                                    key
// the analyses, the latest month last         pk NETANALYSES              sk <month>
// what a point used, while it is analysed     pk NETUSE#<month>#<point>   sk USE
// the results of a month, by area             pk NETRESULTS#<month>       sk <area>
// what is used rightly and not counted        pk NETALLOWED#<month>       sk <area>#<id>
// the months that have any                    pk NETALLOWED               sk <month>
// one work order                              pk NETORDER#<id>            sk ORDER
// work orders, the latest last                gsi1pk NETORDERS            gsi1sk <id>
// the order for a place that is not done      pk NETORDERAT#<kind>#<code> sk OPEN
// points that were found tampered with        pk NETTAMPERED              sk <point>
// what findings said of a kind of order       pk NETFOUND                 sk <kind>       (a version counts them)
// step tests, the latest last                 pk NETSTEPTESTS             sk <id>
// what an area's balance said at a day's end  pk NETPAST                  sk <area>#<day>
// what was ranked first at a day's end        pk NETRANKED                sk <day>
const PAST = "NETPAST";
const RANKED = "NETRANKED";
const orderKey = (id: string): Key => ({ pk: `NETORDER#${id}`, sk: "ORDER" });
const openKey = (kind: string, code: string): Key => ({ pk: `NETORDERAT#${kind}#${code}`, sk: "OPEN" });
const useKey = (month: string, point: string): Key => ({ pk: `NETUSE#${month}#${point}`, sk: "USE" });
/** What is read again where it is needed again; it does not stay. */
const USE_KEPT_S = 3 * 86_400;

/** How often a kind of order found what it was sent for. */
export interface Found {
  done: number;
  found: number;
}

export function lossStore({ table, clock }: Pick<Here, "table" | "clock">) {
  const all = async <T>(pk: string, of: (item: Item) => T): Promise<T[]> => {
    const found: T[] = [];
    for await (const item of table.all({ pk })) found.push(of(item));
    return found;
  };
  const store = {
    async analysis(month: string): Promise<KeptAnalysis | undefined> {
      const item = await table.get({ pk: "NETANALYSES", sk: month });
      return item && KeptAnalysis.parse(item["analysis"]);
    },
    /** The latest first. */
    async analyses(limit: number): Promise<KeptAnalysis[]> {
      const { items } = await table.query({ pk: "NETANALYSES", reverse: true, limit });
      return items.map((item) => KeptAnalysis.parse(item["analysis"]));
    },
    /** @param over  the run that it goes on with; without, it begins anew */
    analysisWrite: (analysis: KeptAnalysis, over?: string): Write => ({
      put: { pk: "NETANALYSES", sk: analysis.month, run: analysis.run, analysis },
      ...(over === undefined ? {} : { if: { run: over } }),
    }),

    useWrite: (month: string, use: PointUse): Write => ({
      put: {
        ...useKey(month, use.code),
        use: JSON.stringify(use),
        expiresAt: Math.floor(clock.now().getTime() / 1000) + USE_KEPT_S,
      },
    }),
    async uses(month: string, points: readonly string[]): Promise<PointUse[]> {
      const items = await table.getMany(points.map((point) => useKey(month, point)));
      return items.map((item) => JSON.parse(item["use"] as string) as PointUse);
    },

    pastWrite: (past: PastResult): Write => ({ put: { pk: PAST, sk: `${past.area}#${past.on}`, past } }),
    /** The latest first. */
    async past(area: string, page: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({ pk: PAST, beginsWith: `${area}#`, reverse: true, ...page });
      const history = items.map((item) => PastResult.parse(item["past"]));
      return { history, ...(cursor === undefined ? {} : { next: cursor }) };
    },
    rankedWrite: (ranking: PastRanking): Write => ({ put: { pk: RANKED, sk: ranking.on, ranking } }),
    async rankings(page: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({ pk: RANKED, reverse: true, ...page });
      const rankings = items.map((item) => PastRanking.parse(item["ranking"]));
      return { rankings, ...(cursor === undefined ? {} : { next: cursor }) };
    },
    resultWrite: (result: AreaResult): Write => ({
      put: { pk: `NETRESULTS#${result.month}`, sk: result.area, result },
    }),
    results: (month: string) => all(`NETRESULTS#${month}`, (item) => AreaResult.parse(item["result"])),
    /** @throws {Fault} absent */
    async result(month: string, area: string): Promise<AreaResult> {
      const item = await table.get({ pk: `NETRESULTS#${month}`, sk: area });
      if (!item) throw absent();
      return AreaResult.parse(item["result"]);
    },

    allowanceWrites: (one: Allowance): Write[] => [
      { put: { pk: `NETALLOWED#${one.month}`, sk: `${one.area}#${one.id}`, allowance: one } },
      { put: { pk: "NETALLOWED", sk: one.month } },
    ],
    allowances: (month: string) => all(`NETALLOWED#${month}`, (item) => Allowance.parse(item["allowance"])),

    async order(id: string): Promise<Order> {
      const item = await table.get(orderKey(id));
      if (!item) throw absent();
      return Order.parse(item["order"]);
    },
    async orders(at: { limit: number; cursor?: string | undefined }): Promise<{ orders: Order[]; next?: string }> {
      const { items, cursor } = await table.query({ pk: "NETORDERS", index: "gsi1", reverse: true, ...at });
      return { orders: items.map((item) => Order.parse(item["order"])), ...(cursor ? { next: cursor } : {}) };
    },
    /** Of these places, those with an order that is not done. */
    async openAt(places: readonly { kind: string; code: string }[]): Promise<Map<string, string>> {
      const keys = new Map(places.map(({ kind, code }) => [openKey(kind, code).pk, openKey(kind, code)]));
      const items = await table.getMany([...keys.values()]);
      return new Map(items.map((item) => [item.pk.slice("NETORDERAT#".length), item["orderId"] as string]));
    },
    orderWrite: (order: Order, from?: Order["state"]): Write => ({
      put: { ...orderKey(order.id), gsi1pk: "NETORDERS", gsi1sk: order.id, state: order.state, order },
      if: from === undefined ? "absent" : { state: from },
    }),
    openWrite: ({ kind, area, point, id }: Order): Write => ({
      put: { ...openKey(kind, point ?? area), orderId: id },
      if: "absent",
    }),
    closeWrite: ({ kind, area, point }: Order): Write => ({ delete: openKey(kind, point ?? area) }),
    tamperedWrite: (point: string, at: string): Write => ({ put: { pk: "NETTAMPERED", sk: point, at } }),
    tampered: async () => new Set(await all("NETTAMPERED", ({ sk }) => sk)),
    async found(kind: string): Promise<Found> {
      const item = await table.get({ pk: "NETFOUND", sk: kind });
      return { done: Number(item?.["done"] ?? 0), found: Number(item?.["found"] ?? 0) };
    },
    foundWrite: (kind: string, before: Found, found: boolean): Write => ({
      put: { pk: "NETFOUND", sk: kind, done: before.done + 1, found: before.found + (found ? 1 : 0) },
      if: before.done === 0 ? "absent" : { done: before.done },
    }),

    stepTestWrite: (test: StepTest): Write => ({ put: { pk: "NETSTEPTESTS", sk: test.id, test }, if: "absent" }),
    async stepTests(limit: number): Promise<StepTest[]> {
      const { items } = await table.query({ pk: "NETSTEPTESTS", reverse: true, limit });
      return items.map((item) => StepTest.parse(item["test"]));
    },
    async stepTest(id: string): Promise<StepTest> {
      const item = await table.get({ pk: "NETSTEPTESTS", sk: id });
      if (!item) throw absent();
      return StepTest.parse(item["test"]);
    },

    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      for await (const item of table.all({ pk: "NETANALYSES" })) {
        yield item;
        yield* table.all({ pk: `NETRESULTS#${item.sk}` });
      }
      for await (const item of table.all({ pk: "NETALLOWED" })) {
        yield item;
        yield* table.all({ pk: `NETALLOWED#${item.sk}` });
      }
      for await (const item of table.all({ pk: "NETORDERS", index: "gsi1" })) {
        yield item;
        const { kind, area, point, state } = Order.parse(item["order"]);
        if (!isOver({ state })) yield* await table.getMany([openKey(kind, point ?? area)]);
      }
      for (const pk of ["NETTAMPERED", "NETFOUND", "NETSTEPTESTS", PAST, RANKED]) yield* table.all({ pk });
    },
  };
  return store;
}
