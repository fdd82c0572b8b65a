import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Key, type Table, type Write } from "../../shared/table.ts";
import { together } from "../../shared/together.ts";
import type { Known } from "./batch.ts";
import { Lists } from "./batch-body.ts";
import { type Columns, type Packable, packColumns, unpackColumns } from "./batch-packing.ts";
import { type Row, rowsOf } from "./batch-rows.ts";
import { readChunk } from "./chunk.ts";
import { NEIGHBOURS } from "./deliveries.ts";
import { numberKey } from "./plan.ts";
import { Meter } from "./schema.ts";
import { openChunks, type Segment, segmentOf } from "./segment.ts";

// question                                  key
// which meter has this small number         pk METERNOS           sk <8 digits>
// one batch, whole, and its receipt         pk BATCHES#<source>   sk <delivery>       (90 days)
// which sources have ever delivered         pk BATCHSOURCES       sk <source>
// which batches are not in a segment yet    pk OPEN               sk <arrival>#<source>#<delivery>
// which could not be read                   pk BATCHPARKED        sk the same
// segments of a UTC month                   pk SEGMENTS           sk <yyyy-mm>#<digest>; the bytes are a blob
//
// A batch is two puts of their own: itself, on the condition that it is not there, and its OPEN entry. It is
// acknowledged after both. One that was cut off between them is not acknowledged, and sent again it is opened again.

const NUMBERED_AT_ONCE = 40;
const KEPT_DAYS = 90;
const DAY_MS = 86_400_000;
/** What stays in the window for so long that its compaction must have stopped. */
const STALLED_MS = DAY_MS;
/** A put that took longer than this may have lost its OPEN entry to a compaction that gave up waiting for it. */
const SLOW_MS = 60_000;
/** So many entries at a time, where the first one mostly says that there is nothing to do. */
const LOOKED_AT = 20;
const REMEMBERED = 400;
/** A bill run comes from one meter to its neighbour, which mostly lies in the same chunks: about 100 KB each. */
const CHUNKS_REMEMBERED = 24;
const SEPARATOR = "#";
/** As long as any month, and none that has segments. */
const NO_MONTH = "9999-99";
const NO_MONTH_BEFORE = "0000-00";

const endOf = (sinceMs: number): number => Math.floor((sinceMs + KEPT_DAYS * DAY_MS) / 1000);
const batchKey = (source: string, delivery: string): Key => ({ pk: `BATCHES#${source}`, sk: delivery });

/** What a process remembers of a city: facts that never change once they are written. */
interface Memory {
  meters: Map<string, Known>;
  sources: Set<string>;
  batches: Map<string, Columns>;
  /** By blob and offset; undefined where the blob is gone. */
  chunks: Map<string, Promise<Columns[] | undefined>>;
  /** Two lists that grow with the city, and are the same for all meters that are read at a time, as in a bill run. */
  window?: (what?: string) => Promise<Open[]>;
  segments?: (months?: string) => Promise<Segment[]>;
  lists: Lists;
  /** The learning under way: deliveries that come at once speak of the same meters. */
  learning: Promise<void>;
}
const memories = new WeakMap<Table, Memory>();
const memoryOf = (table: Table): Memory => {
  const found = memories.get(table) ?? {
    meters: new Map(),
    sources: new Set(),
    batches: new Map(),
    chunks: new Map(),
    lists: new Lists(),
    learning: Promise.resolve(),
  };
  memories.set(table, found);
  return found;
};

export interface Batch {
  source: string;
  delivery: string;
  digest: string;
  receivedAt: string;
  columns: Packable;
  /** What the answer says beside that. */
  report: Record<string, unknown>;
}

/** An entry of the open window. */
export interface Open {
  item: Item;
  source: string;
  delivery: string;
  arrivedMs: number;
}

const numberedKey = (no: number): Key => ({ pk: "METERNOS", sk: String(no).padStart(8, "0") });

/** The meters behind small numbers. */
export async function metersNumbered({ table }: Pick<Here, "table">, numbers: readonly number[]) {
  const items = await table.getMany(numbers.map(numberedKey));
  return new Map(items.map((item) => [Number(item.sk), String(item["meterId"])]));
}

export function batchStore(here: Pick<Here, "table" | "clock" | "blobs" | "log">) {
  const { table } = here;
  const memory = memoryOf(table);

  const openOf = (item: Item): Open => {
    const [arrived = "", source = "", ...rest] = item.sk.split(SEPARATOR);
    return { item, source, delivery: rest.join(SEPARATOR), arrivedMs: Date.parse(arrived) };
  };

  /** Gives meters that have none their small numbers. @throws {ConditionFailed} somebody else did meanwhile */
  async function number(ids: readonly string[]): Promise<void> {
    const { items } = await table.query({ pk: "METERNOS", reverse: true, limit: 1 });
    let next = items[0] ? Number(items[0].sk) + 1 : 1;
    for (let at = 0; at < ids.length; at += NUMBERED_AT_ONCE)
      await table.transact(
        ids.slice(at, at + NUMBERED_AT_ONCE).flatMap((meterId): Write[] => {
          const no = next++;
          return [
            { put: { ...numberedKey(no), meterId }, if: "absent" },
            { update: { pk: `METER#${meterId}`, sk: "METER" }, set: { no }, if: { no: undefined } },
          ];
        }),
      );
  }

  /** What a chunk holds: a blob is named by its bytes, so they never change. */
  function chunkOf(blob: string, range: { offset: number; length: number }): Promise<Columns[] | undefined> {
    const name = `${blob} ${range.offset}`;
    const read =
      memory.chunks.get(name) ?? here.blobs.get(blob, range).then((bytes) => (bytes ? readChunk(bytes) : undefined));
    memory.chunks.delete(name);
    memory.chunks.set(name, read);
    if (memory.chunks.size > CHUNKS_REMEMBERED) memory.chunks.delete(memory.chunks.keys().next().value!);
    const forget = () => memory.chunks.get(name) === read && memory.chunks.delete(name);
    read.then((chunk) => chunk ?? forget(), forget);
    return read;
  }

  /** What segments say of a meter in a range of UTC months. */
  async function inSegments(meter: number, fromMonth: string, toMonth: string): Promise<Row[]> {
    for (let tries = 1; ; tries++) {
      const chunks = await Promise.all(
        (await store.segmentsIn(fromMonth, toMonth)).flatMap((one) =>
          openChunks(one, meter).map((chunk) => chunkOf(one.blob, chunk)),
        ),
      );
      // A merge put another in its place between the list and the read: look again.
      if (chunks.some((chunk) => chunk === undefined) && tries < 5) continue;
      return chunks.flatMap((chunk) => {
        if (!chunk) throw new Error("a segment of readings is missing");
        return chunk.flatMap((columns) => [...rowsOf(columns, meter)]);
      });
    }
  }

  async function learn(names: readonly string[]): Promise<void> {
    for (let tries = 1; names.length > 0; tries++) {
      const byKey = Map.groupBy(names, numberKey);
      const numbers = await table.getMany(
        [...byKey.keys()].map((key) => ({ pk: `METERNUMBER#${key}`, sk: "METERNUMBER" })),
      );
      const ids = new Map(numbers.map((item) => [item.pk.slice("METERNUMBER#".length), String(item["meterId"])]));
      for (const name of names) if (/^mtr_/.test(name)) ids.set(numberKey(name), name);
      const items = await table.getMany([...new Set(ids.values())].map((id) => ({ pk: `METER#${id}`, sk: "METER" })));
      const missing = items.filter((item) => item["no"] === undefined);
      if (missing.length > 0) {
        try {
          await number(missing.map((item) => item.pk.slice("METER#".length)));
        } catch (error) {
          if (!(error instanceof ConditionFailed) || tries === 8) throw error;
          await new Promise((resume) => setTimeout(resume, Math.random() * 10 * 2 ** tries));
        }
        continue;
      }
      const found = new Map(items.map((item) => [item.pk.slice("METER#".length), item]));
      for (const [key, id] of ids) {
        const item = found.get(id);
        if (!item) continue;
        const { kind, registerUnit } = Meter.parse(item["meter"]);
        for (const name of byKey.get(key) ?? [])
          memory.meters.set(name, { id, number: Number(item["no"]), kind, registerUnit });
      }
      return;
    }
  }

  const store = {
    get known(): ReadonlyMap<string, Known> {
      return memory.meters;
    },
    get lists(): Lists {
      return memory.lists;
    },

    /** Learns the meters behind names that are not remembered; what nobody has registered stays unknown. */
    async learn(names: readonly string[]): Promise<void> {
      const before = memory.learning;
      const learning = before.then(() => learn(names.filter((name) => !memory.meters.has(name))));
      memory.learning = learning.catch(() => {});
      return learning;
    },

    /** @returns undefined for a meter that no batch ever named */
    async numberOf(meterId: string): Promise<number | undefined> {
      const item = await table.get({ pk: `METER#${meterId}`, sk: "METER" });
      return item?.["no"] as number | undefined;
    },

    /**
     * Keeps a batch once, and opens it to readers. When this returns it is durable and readable.
     *
     * @throws {Fault} conflict: the source has used this delivery id for other content
     */
    async keep(batch: Batch): Promise<{ created: boolean; item: Item }> {
      const startedMs = performance.now();
      const { source, delivery, digest, receivedAt, columns, report } = batch;
      if (!memory.sources.has(source)) {
        await table.put({ pk: "BATCHSOURCES", sk: source });
        memory.sources.add(source);
      }
      const arrivedMs = Date.parse(receivedAt);
      // Where writes have their price, an end of life given afterwards costs a batch's size again. A machine of one's own
      // may be off for longer, and its engine clears away what has ended before anything else runs: there, a segment
      // comes first.
      const endsAtOnce = table.isPriced;
      const item: Item = {
        ...batchKey(source, delivery),
        b: packColumns(columns),
        h: Buffer.from(digest, "hex"),
        at: arrivedMs,
        ...report,
        ...(endsAtOnce ? { expiresAt: endOf(arrivedMs) } : {}),
      };
      const open: Item = {
        pk: "OPEN",
        sk: [receivedAt, source, delivery].join(SEPARATOR),
        lo: columns.meters[0],
        hi: columns.meters.at(-1),
        ...(endsAtOnce ? {} : { isKept: true }),
      };
      const [kept] = await Promise.all([table.putIfAbsent(item), table.put(open)]);
      if (!kept.created) {
        const isSame = Buffer.from(kept.item["h"] as Uint8Array).toString("hex") === digest;
        if (!isSame) {
          await table.delete(open);
          throw new Fault("conflict", `Delivery ${delivery} was kept with other content. Nothing of this one was.`);
        }
        // Opened again above: the first one may have died before its own entry. Twice in the window counts once.
      } else if (performance.now() - startedMs > SLOW_MS) await table.put(open);
      return kept;
    },

    async find(source: string, delivery: string): Promise<Item | undefined> {
      return table.get(batchKey(source, delivery));
    },

    /** The open window, oldest first. */
    async open(limit?: number): Promise<Open[]> {
      const all: Open[] = [];
      for await (const item of table.all({ pk: "OPEN" })) {
        all.push(openOf(item));
        if (all.length === limit) break;
      }
      return all;
    },

    /**
     * Takes their end of life from batches that wait for longer than a day: nothing that was acknowledged goes away
     * unless a segment holds it. To write each without one, and give it one afterwards, would cost its size again.
     *
     * @returns since when the oldest waits; undefined where none waits for so long
     */
    async keepStalled(): Promise<Date | undefined> {
      const nowMs = here.clock.now().getTime();
      let since: number | undefined;
      for await (const item of table.all({ pk: "OPEN", limit: LOOKED_AT })) {
        const entry = openOf(item);
        if (nowMs - entry.arrivedMs <= STALLED_MS) break;
        since ??= entry.arrivedMs;
        if (item["isKept"]) continue;
        const { source, delivery } = entry;
        try {
          await table.transact([
            { update: batchKey(source, delivery), remove: ["expiresAt"], if: "present" },
            { update: item, set: { isKept: true }, if: "present" },
          ]);
        } catch (error) {
          // Never finished, or compacted meanwhile.
          if (!(error instanceof ConditionFailed)) throw error;
        }
      }
      if (since === undefined) return undefined;
      here.log.error("readings wait to be compacted", { since: new Date(since).toISOString() });
      return new Date(since);
    },

    /** A batch whose readings are in segments leaves the window; it is its receipt for as long as others are. */
    async close({ item, source, delivery }: Open): Promise<void> {
      if (!item["isKept"]) return table.delete(item);
      const expiresAt = endOf(here.clock.now().getTime());
      try {
        await table.transact([
          { delete: item },
          { update: batchKey(source, delivery), set: { expiresAt }, if: "present" },
        ]);
      } catch (error) {
        // It was never finished.
        if (!(error instanceof ConditionFailed)) throw error;
        await table.delete(item);
      }
    },

    /** What batches of the window hold, by the window's key; what was never finished is left out. */
    async contents(entries: readonly Open[]): Promise<Map<string, Columns | RangeError>> {
      const name = ({ source, delivery }: Open) => `${source}${SEPARATOR}${delivery}`;
      const found = new Map<string, Columns | RangeError>();
      const missing = new Map<string, Open>();
      for (const entry of entries) {
        const kept = memory.batches.get(name(entry));
        if (kept) found.set(entry.item.sk, kept);
        else missing.set(name(entry), entry);
      }
      const items = await table.getMany(
        [...missing.values()].map(({ source, delivery }) => batchKey(source, delivery)),
      );
      for (const item of items) {
        const at = `${item.pk.slice("BATCHES#".length)}${SEPARATOR}${item.sk}`;
        let columns: Columns | RangeError;
        try {
          columns = unpackColumns(item["b"] as Uint8Array);
          memory.batches.set(at, columns);
        } catch (error) {
          columns = new RangeError(`batch ${at}: ${(error as Error).message}`);
        }
        for (const entry of entries) if (name(entry) === at) found.set(entry.item.sk, columns);
      }
      while (memory.batches.size > REMEMBERED) memory.batches.delete(memory.batches.keys().next().value!);
      return found;
    },

    async segments(fromMonth: string, toMonth: string): Promise<Segment[]> {
      const all: Segment[] = [];
      for await (const item of table.all({ pk: "SEGMENTS", from: fromMonth, to: `${toMonth}#~` }))
        all.push(segmentOf(item));
      return all;
    },

    /** The open window, and the segments of some months: read once for all who ask at a time. */
    window: (): Promise<Open[]> => window(),
    segmentsIn: (fromMonth: string, toMonth: string): Promise<Segment[]> => segmentsOf(`${fromMonth} ${toMonth}`),
    inSegments,

    /**
     * All that batches say of a meter in a range of UTC months. The window is read before the segments: what a
     * compaction moves meanwhile is then in both, never in neither.
     */
    async rows(meter: number, fromMonth: string, toMonth: string): Promise<Row[]> {
      const rows: Row[] = [];
      const entries = (await window()).filter(({ item }) => Number(item["lo"]) <= meter && meter <= Number(item["hi"]));
      for (const columns of (await store.contents(entries)).values()) {
        if (columns instanceof RangeError) here.log.error("a batch cannot be read", { error: columns });
        else rows.push(...rowsOf(columns, meter));
      }
      return [...rows, ...(await inSegments(meter, fromMonth, toMonth))];
    },

    /** The registers of files that are in segments of the nearest few months before and after some, however far away. */
    async dials(meter: number, first: string, last: string): Promise<Row[]> {
      const segments = await store.segmentsIn(NO_MONTH_BEFORE, NO_MONTH);
      const may = segments.filter((one) => one.hasRegisters && openChunks(one, meter).length > 0);
      const months = [...new Set(may.map(({ month }) => month))].sort();
      const [before, after] = [months.filter((one) => one < first).reverse(), months.filter((one) => one > last)];
      const nearest = async (some: readonly string[]) => {
        const found: Row[][] = [];
        for (const month of some) {
          if (found.length === NEIGHBOURS) break;
          const rows = await inSegments(meter, month, month);
          const own = rows.filter(({ stepS, file }) => stepS === 0 && file);
          if (own.length > 0) found.push(own);
        }
        return found.flat();
      };
      return (await Promise.all([nearest(before), nearest(after)])).flat();
    },

    /** The keys of the segments' blobs. */
    async *blobs(): AsyncIterable<string> {
      for (const { blob } of await store.segments("0", "9")) yield blob;
    },

    /** The end of a meter's latest reading that came in a batch. */
    async lastS(meter: number): Promise<number | undefined> {
      const months = [...new Set((await store.segments("0", "9")).map(({ month }) => month))].sort().reverse();
      // The window lies in no month of its own: it is read with the latest.
      for (const month of [months[0] ?? NO_MONTH, ...months.slice(1)]) {
        const rows = await store.rows(meter, month, month);
        if (rows.length > 0) return rows.reduce((last, row) => Math.max(last, row.atS + row.stepS), 0);
      }
      return undefined;
    },

    /** Every lasting item, for export. */
    async *all(): AsyncIterable<Item> {
      for await (const source of table.all({ pk: "BATCHSOURCES" })) {
        yield source;
        yield* table.all({ pk: `BATCHES#${source.sk}` });
      }
      for (const pk of ["METERNOS", "OPEN", "OPENFILES", "BATCHPARKED", "SEGMENTS", "APART"]) yield* table.all({ pk });
    },
  };
  memory.window ??= together(() => store.open());
  memory.segments ??= together((months) => store.segments(months.slice(0, 7), months.slice(8)));
  const { window, segments: segmentsOf } = memory;
  return store;
}
