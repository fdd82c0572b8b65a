import { absent, Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Key, type Write } from "../../shared/table.ts";
import { shortId } from "./batch-rows.ts";
import { batchStore } from "./batch-store.ts";
import { noteMeters } from "./delivered-meters.ts";
import { deliveryKey, deliveryWrites, NEIGHBOURS, PREFIX } from "./deliveries.ts";
import { tied } from "./domain.ts";
import { ReadingsKept } from "./events.ts";
import { hearing } from "./hearing.ts";
import type { Block } from "./packing.ts";
import { numberKey, type Plan, type Pointer } from "./plan.ts";
import { Delivery, Meter } from "./schema.ts";

// question                                     key
// one meter                                    pk     METER#<id>           sk     METER
// the city's meters by serial                  gsi1pk METERS               gsi1sk <serial>#<id>
// whose is this serial or connection point     pk     METERNUMBER#<number> sk     METERNUMBER
// an account's meters                          pk     METERSOF#<account>   sk     <meter id>
// one delivery, and where its readings lie     deliveries.ts
// the latest deliveries                        gsi1pk DELIVERIES           gsi1sk <receivedAt>#<id>             (on sk LISTED)
// a file between preview and yes               pk     UPLOAD#<id>          sk     <nnnn>                        (for an hour)

const WRITES_MAX = 90;
const BYTES_MAX = 3_000_000;
const UPLOAD_CHUNK = 300_000;
const UPLOAD_KEPT_S = 3600;

const meterKey = (id: string): Key => ({ pk: `METER#${id}`, sk: "METER" });
const numberItemKey = (number: string): Key => ({ pk: `METERNUMBER#${numberKey(number)}`, sk: "METERNUMBER" });
const tieKey = (accountId: string, meterId: string): Key => ({ pk: `METERSOF#${accountId}`, sk: meterId });
const fourDigits = (number: number): string => String(number).padStart(4, "0");

export function meterStore(here: Pick<Here, "table" | "commit" | "clock" | "blobs" | "log">) {
  const { table } = here;

  const numbersOf = (meter: Meter) => [
    ...new Set([meter.serial, ...(meter.point === undefined ? [] : [meter.point])].map(numberKey)),
  ];
  const creation = (meter: Meter): Write[] => [
    {
      put: { ...meterKey(meter.id), gsi1pk: "METERS", gsi1sk: `${numberKey(meter.serial)}#${meter.id}`, meter },
      if: "absent",
    },
    ...numbersOf(meter).map(
      (number): Write => ({ put: { ...numberItemKey(number), meterId: meter.id }, if: "absent" }),
    ),
    ...(meter.accountId === undefined ? [] : [{ put: { ...tieKey(meter.accountId, meter.id), meterId: meter.id } }]),
  ];

  const store = {
    ...hearing(here),

    async get(id: string): Promise<Meter> {
      const found = await store.find(id);
      if (!found) throw absent();
      return found;
    },
    async find(id: string): Promise<Meter | undefined> {
      const item = await table.get(meterKey(id));
      return item && Meter.parse(item["meter"]);
    },
    async findAll(ids: readonly string[]): Promise<Meter[]> {
      const items = await table.getMany([...new Set(ids)].map(meterKey));
      return items.map((item) => Meter.parse(item["meter"])).sort((a, b) => (a.serial < b.serial ? -1 : 1));
    },

    /** Registers a meter once. `conflict` if its id or a number of it is another's. */
    async create(meter: Meter): Promise<{ created: boolean; meter: Meter }> {
      try {
        await here.commit(creation(meter));
        return { created: true, meter };
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        const kept = await store.find(meter.id);
        if (kept && same(kept, meter)) return { created: false, meter: kept };
        throw new Fault(
          "conflict",
          kept
            ? `Meter ${meter.id} is registered with other facts.`
            : "This serial or connection point is another meter's already.",
        );
      }
    },

    async list(page: { limit: number; cursor?: string | undefined }): Promise<{ meters: Meter[]; next?: string }> {
      const { items, cursor } = await table.query({
        pk: "METERS",
        index: "gsi1",
        limit: page.limit,
        cursor: page.cursor,
      });
      return {
        meters: items.map((item) => Meter.parse(item["meter"])),
        ...(cursor === undefined ? {} : { next: cursor }),
      };
    },

    async ofAccount(accountId: string): Promise<Meter[]> {
      return (await store.ofAccounts([accountId])).get(accountId)!;
    },
    async ofAccounts(accountIds: readonly string[]): Promise<ReadonlyMap<string, Meter[]>> {
      const ids = await Promise.all(
        accountIds.map(async (accountId) => {
          const { items } = await table.query({ pk: `METERSOF#${accountId}`, limit: 200 });
          return [accountId, new Set(items.map((item) => item.sk))] as const;
        }),
      );
      const meters = await store.findAll(ids.flatMap(([, some]) => [...some]));
      return new Map(ids.map(([accountId, some]) => [accountId, meters.filter(({ id }) => some.has(id))]));
    },

    /** Ties a meter to an account or unties it; what it was tied to before counts no more. */
    async tie(id: string, accountId: string | undefined, from?: string): Promise<Meter> {
      for (let tries = 1; ; tries++) {
        const meter = await store.get(id);
        const before = meter.accountId;
        if (before === accountId && (from === undefined || from === meter.accountFrom)) return meter;
        const changed = tied(meter, accountId, here.clock.now(), from);
        try {
          await here.commit([
            { update: meterKey(id), set: { meter: changed }, if: { meter } },
            ...(before === undefined || before === accountId ? [] : [{ delete: tieKey(before, id) }]),
            ...(accountId === undefined ? [] : [{ put: { ...tieKey(accountId, id), meterId: id } }]),
          ]);
          return changed;
        } catch (error) {
          if (!(error instanceof ConditionFailed) || tries === 3) throw error;
        }
      }
    },

    /** The meters behind the names that a file uses: ids, serials, connection points. Unknown names are left out. */
    async byNumbers(names: readonly string[]): Promise<Map<string, Meter>> {
      const keys = [...new Set(names.map(numberKey))];
      const numbers = await table.getMany(keys.map(numberItemKey));
      const ids = new Map(numbers.map((item) => [item.pk.slice("METERNUMBER#".length), item["meterId"] as string]));
      for (const name of names) if (/^mtr_/.test(name)) ids.set(numberKey(name), name);
      const meters = new Map((await store.findAll([...ids.values()])).map((meter) => [meter.id, meter]));
      return new Map([...ids].flatMap(([number, id]) => (meters.has(id) ? [[number, meters.get(id)!] as const] : [])));
    },

    async findDelivery(id: string): Promise<Delivery | undefined> {
      const item = await table.get(deliveryKey(id));
      return item && Delivery.parse(item["delivery"]);
    },
    async latestDeliveries(limit: number): Promise<Delivery[]> {
      const { items } = await table.query({ pk: "DELIVERIES", index: "gsi1", limit, reverse: true });
      const found = await table.getMany(items.map((item) => deliveryKey(item["deliveryId"] as string)));
      return found
        .map((item) => Delivery.parse(item["delivery"]))
        .sort((a, b) => (a.receivedAt < b.receivedAt ? 1 : -1));
    },

    /**
     * Keeps a delivery once; the first one stands. In one transaction where it fits, else its DELIVERY item comes
     * last, alone: what was written before it is not read, and the same file sent again completes it.
     *
     * @throws {ConditionFailed} a meter of the plan was registered by somebody else meanwhile: plan again
     */
    async keep(plan: Plan): Promise<{ created: boolean; delivery: Delivery }> {
      const { delivery } = plan;
      const meters = plan.newMeters.flatMap(creation);
      const { body, last } = deliveryWrites(plan);
      const ids = [...new Set(plan.index.map((entry) => entry.meterId))];
      const event = told(ReadingsKept, delivery.id, {
        deliveryId: delivery.id,
        readings: delivery.readings,
        meterCount: delivery.meterCount,
        ...(ids.length <= 100 ? { meterIds: ids } : {}),
        from: delivery.from,
        to: delivery.to,
      });
      if (ids.length > 100) await noteMeters(here, delivery.id, ids);
      try {
        if (meters.length + body.length + last.length <= WRITES_MAX && delivery.packedBytes <= BYTES_MAX)
          await here.commit([...last, ...meters, ...body], [event]);
        else {
          for (const some of inChunks([...meters, ...body])) await table.transact(some);
          await here.commit(last, [event]);
        }
        return { created: true, delivery };
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        const kept = await store.findDelivery(delivery.id);
        if (!kept) throw error;
        return { created: false, delivery: kept };
      }
    },

    /** The intervals that a delivery has of some of its meters, block by block. */
    async *blocksIn({ id, from, to }: Delivery, meterIds: readonly string[]): AsyncIterable<[string, Block]> {
      const [fromS, toS] = [Date.parse(from) / 1000, Date.parse(to) / 1000];
      for (const meterId of meterIds)
        for (const { block, deliveryId } of await store.filed(meterId, fromS, toS))
          if (deliveryId === shortId(id) && block.kind === "intervals") yield [meterId, block];
    },

    /** The last instant for which a meter has readings; undefined if it has none. */
    async lastReadAtS(meterId: string): Promise<number | undefined> {
      const latest: number[] = [];
      for (const prefix of Object.values(PREFIX)) {
        const { items } = await table.query({
          pk: `METER#${meterId}`,
          from: prefix,
          to: `${prefix}~`,
          reverse: true,
          limit: NEIGHBOURS,
        });
        for (const item of items)
          if (item.sk.startsWith(prefix)) latest.push(...(item["pointers"] as Pointer[]).map((one) => one.toS));
      }
      const item = await table.get(meterKey(meterId));
      if (item?.["no"] !== undefined) {
        const lastS = await batchStore(here).lastS(Number(item["no"]));
        if (lastS !== undefined) latest.push(lastS);
      }
      return latest.length === 0 ? undefined : Math.max(...latest);
    },

    /** Keeps a checked file for the hour in which somebody says yes to it. */
    async stage(id: string, file: Uint8Array): Promise<void> {
      const expiresAt = Math.floor(here.clock.now().getTime() / 1000) + UPLOAD_KEPT_S;
      const chunks = Math.max(1, Math.ceil(file.length / UPLOAD_CHUNK));
      for (let i = 0; i < chunks; i++)
        await table.put({
          pk: `UPLOAD#${id}`,
          sk: fourDigits(i),
          bytes: file.slice(i * UPLOAD_CHUNK, (i + 1) * UPLOAD_CHUNK),
          chunks,
          expiresAt,
        });
    },
    /** @throws {Fault} absent: more than an hour has gone by, or there was none */
    async staged(id: string): Promise<Uint8Array> {
      const chunks: Item[] = [];
      for await (const item of table.all({ pk: `UPLOAD#${id}` })) chunks.push(item);
      const now = here.clock.now().getTime() / 1000;
      if (chunks.length === 0 || chunks.length !== chunks[0]!["chunks"] || (chunks[0]!.expiresAt ?? 0) < now)
        throw absent();
      return new Uint8Array(Buffer.concat(chunks.map((chunk) => chunk["bytes"] as Uint8Array)));
    },
    async unstage(id: string): Promise<void> {
      for await (const item of table.all({ pk: `UPLOAD#${id}` })) await table.delete(item);
    },

    /** Every lasting item, for export. */
    async *allMeters(): AsyncIterable<Item> {
      for await (const listed of table.all({ pk: "METERS", index: "gsi1" })) {
        const meter = Meter.parse(listed["meter"]);
        for await (const item of table.all({ pk: `METER#${meter.id}` })) yield item;
        const ties = meter.accountId === undefined ? [] : [tieKey(meter.accountId, meter.id)];
        yield* await table.getMany([...numbersOf(meter).map(numberItemKey), ...ties]);
      }
    },
    async *allDeliveries(): AsyncIterable<Item> {
      for await (const listed of table.all({ pk: "DELIVERIES", index: "gsi1" }))
        for await (const item of table.all({ pk: `DELIVERY#${listed["deliveryId"] as string}` })) yield item;
    },
  };
  return store;
}

const same = (a: Meter, b: Meter): boolean =>
  (["serial", "kind", "point", "accountId", "registerUnit"] as const).every((field) => a[field] === b[field]);

function inChunks(writes: readonly Write[]): Write[][] {
  const chunks: Write[][] = [[]];
  let bytes = 0;
  for (const write of writes) {
    const size = "put" in write ? ((write.put["bytes"] as Uint8Array | undefined)?.length ?? 1000) : 1000;
    if (chunks.at(-1)!.length >= WRITES_MAX || bytes + size > BYTES_MAX) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)!.push(write);
    bytes += size;
  }
  return chunks;
}
