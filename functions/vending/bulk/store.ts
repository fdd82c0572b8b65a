import { absent } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import type { Item, Write } from "../../../shared/table.ts";
import type { KeptPurchase } from "../schema.ts";
import { type At, billKey, put, type Read, vendingStore, versioned, waitingKey } from "../store.ts";
import { type Bulk, KeptBulk, type StaffBulk } from "./schema.ts";

// question                          key
// one bulk order                    pk     PREPAID_BULK#<id>     sk     BULK
// all of them, the latest first     gsi1pk PREPAID_BULKS         gsi1sk <id>
// the order that a bill is for      pk     PREPAID_BILL#<bill>   sk     BILL
// what waits for somebody           pk     PREPAID_WAITING       sk     <id>
const key = (id: string) => ({ pk: `PREPAID_BULK#${id}`, sk: "BULK" });
const LIST = "PREPAID_BULKS";
const bulkOf = (item: Item): KeptBulk => KeptBulk.parse(item["bulk"]);

/** Somebody has to look: money of it came to no purchase, or went back in spite of its tokens. */
export const isBulkWaiting = ({ leftMinor, wentBackAt, seenBy }: KeptBulk): boolean =>
  leftMinor > 0 || (wentBackAt !== undefined && seenBy === undefined);

export function bulkStore(here: Pick<Here, "table">) {
  const { table } = here;
  async function read(id: string): Promise<Read<KeptBulk> | undefined> {
    return versioned(await table.get(key(id)), "bulk", (value) => KeptBulk.parse(value));
  }
  return {
    read,
    /** @throws {Fault} absent */
    async get(id: string): Promise<Read<KeptBulk>> {
      const found = await read(id);
      if (!found) throw absent();
      return found;
    },
    writes(bulk: KeptBulk, before?: Read<KeptBulk>): Write[] {
      const { id, billId } = bulk;
      const waited = before !== undefined && isBulkWaiting(before.is);
      const waits = isBulkWaiting(bulk);
      return [
        put({ ...key(id), gsi1pk: LIST, gsi1sk: id, bulk }, before),
        ...(before ? [] : [{ put: { ...billKey(billId), bulkId: id }, if: "absent" as const }]),
        ...(waited === waits ? [] : [waits ? { put: waitingKey(id) } : { delete: waitingKey(id) }]),
      ];
    },
    async list(at: At): Promise<{ bulks: KeptBulk[]; next?: string }> {
      const { items, cursor } = await table.query({ pk: LIST, index: "gsi1", reverse: true, ...at });
      return { bulks: items.map(bulkOf), ...(cursor === undefined ? {} : { next: cursor }) };
    },
    async waiting(limit: number): Promise<KeptBulk[]> {
      const { items } = await table.query({ pk: waitingKey("").pk, beginsWith: "ppb_", limit });
      const found = await Promise.all(items.map(({ sk }) => read(sk)));
      return found.flatMap((one) => (one ? [one.is] : []));
    },
    /** The purchases of its lines, in their order; before it is paid, none. */
    async purchasesOf({ lines }: KeptBulk): Promise<KeptPurchase[]> {
      const found = await vendingStore(here).purchases(lines.map(({ purchaseId }) => purchaseId));
      const byId = new Map(found.map((one) => [one.id, one]));
      return lines.flatMap(({ purchaseId }) => byId.get(purchaseId) ?? []);
    },
    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      for await (const item of table.all({ pk: LIST, index: "gsi1" })) {
        const { id, billId } = bulkOf(item);
        yield item;
        yield { ...billKey(billId), bulkId: id };
      }
    },
  };
}

export const bulkAsItIs = async (here: Here, bulk: KeptBulk): Promise<Bulk> =>
  shownBulk(bulk, await bulkStore(here).purchasesOf(bulk));

/** An order with what each line of it has become. */
export function shownBulk(bulk: KeptBulk, purchases: readonly KeptPurchase[] = []): Bulk {
  const byId = new Map(purchases.map((one) => [one.id, one]));
  const { tariff: _t, contact: _c, lang: _l, stayed, wentBackAt: _w, seenBy: _s, lines, ...facts } = bulk;
  const shown = lines.map(({ purchaseId, meterId: _m, accountId: _a, ...line }): Bulk["lines"][number] => {
    const purchase = byId.get(purchaseId);
    if (!purchase) return { ...line, state: bulk.state === "expired" ? "expired" : "quoted" };
    const { state, reference, sale, hindrance, tokens, vendedAt } = purchase;
    const isShared = bulk.state === "paid" && !stayed.includes(purchaseId);
    return {
      ...line,
      // Its money is there a moment before it says so.
      state: isShared && state === "quoted" ? "paid" : state,
      ...(sale ? { sale } : {}),
      ...(hindrance ? { hindrance } : {}),
      ...(tokens ? { tokens } : {}),
      ...(vendedAt ? { vendedAt } : {}),
      purchaseId,
      reference,
    };
  });
  return { ...facts, vended: shown.filter(({ state }) => state === "vended").length, lines: shown };
}

export const staffBulk = (bulk: KeptBulk): StaffBulk => {
  const { tariff: _t, contact: _c, lang: _l, stayed: _s, lines, ...facts } = bulk;
  return { ...facts, meters: lines.length };
};
