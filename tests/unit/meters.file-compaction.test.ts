import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { takeBatch } from "../../functions/meters/batch-intake.ts";
import { resolved, rowsOfBlock, withoutRepeats } from "../../functions/meters/batch-rows.ts";
import { correct } from "../../functions/meters/checks/correcting.ts";
import { NewCorrection } from "../../functions/meters/checks/schema.ts";
import { compact, compactWindow, mergeOne } from "../../functions/meters/compaction.ts";
import { takeIn } from "../../functions/meters/intake.ts";
import { usedByMany } from "../../functions/meters/many.ts";
import { readingsOf } from "../../functions/meters/reading.ts";
import { type Meter, Reading } from "../../functions/meters/schema.ts";
import { follow } from "../../functions/meters/sources/file-gaps.ts";
import { meterStore } from "../../functions/meters/store.ts";
import type { NewEvent } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { Blobs } from "../../shared/ports.ts";
import { cityTable, type Item, type Table, type Write } from "../../shared/table.ts";
import { dyingAfter } from "../dying.ts";
import { testEngine } from "../setup/engine.ts";

const file = (path: string) => new Uint8Array(readFileSync(new URL(`../data/${path}`, import.meta.url)));
const bytes = (text: string) => new TextEncoder().encode(text);
const registering = (more: object = {}) => Reading.parse({ register: "true", ...more });
const BY = "key_head_end";

// Guards against readings of files that are another thing once they are compacted, or are kept twice for ever.
describe("files in segments", () => {
  let set: Awaited<ReturnType<typeof testEngine>>;
  let cities = 0;
  beforeAll(async () => {
    set = await testEngine();
  });
  afterAll(() => set.engine.stop());

  function newHere(timeZone = "UTC") {
    const table = cityTable(set.client, set.tableName, `files-${cities++}`);
    const kept = new Map<string, Uint8Array>();
    const told: NewEvent[] = [];
    const blobs = {
      put: async (key: string, content: Uint8Array) => void kept.set(key, content),
      get: async (key: string, range?: { offset: number; length: number }) => {
        const content = kept.get(key);
        return range ? content?.subarray(range.offset, range.offset + range.length) : content;
      },
      delete: async (key: string) => void kept.delete(key),
    } as unknown as Blobs;
    const clock = { at: new Date("2026-11-23T12:00:00Z"), now: () => clock.at, wake: async () => {} };
    const silent = () => {};
    const here = {
      city: { timeZone, slug: "files" },
      ...{ table, blobs, clock },
      log: { debug: silent, info: silent, warn: silent, error: silent },
      commit: async (writes: readonly Write[], events: readonly NewEvent[] = []) => {
        await table.transact(writes);
        told.push(...events);
      },
    } as unknown as Here & { table: Table };
    return { here, table, clock, told, kept };
  }
  const metersIn = async (here: Here): Promise<Meter[]> => (await meterStore(here).list({ limit: 300 })).meters;
  /** Every word of every delivery on a meter, whatever the blocks in which it lies; what another repeats, once. */
  const words = async (here: Here, { id }: Meter) =>
    withoutRepeats(resolved((await meterStore(here).heard(id, 0, 4e9)).flatMap((block) => rowsOfBlock(1, block))));
  const wordsOfAll = async (here: Here) => {
    const all = [];
    for (const meter of await metersIn(here)) all.push({ serial: meter.serial, rows: await words(here, meter) });
    return all;
  };
  /** What is left of packed deliveries. */
  const packed = async (here: Here & { table: Table }, deliveryIds: readonly string[]): Promise<string[]> => {
    const items: Item[] = [];
    for (const id of deliveryIds) for await (const item of here.table.all({ pk: `DELIVERY#${id}` })) items.push(item);
    for (const { id } of await metersIn(here))
      for await (const item of here.table.all({ pk: `METER#${id}` })) items.push(item);
    for (const pk of ["OPENFILES", "APART"]) for await (const item of here.table.all({ pk })) items.push(item);
    return items
      .filter(
        (item) => /^(?:PART|SLICE|BLOCKS|DIALS|\d{4}-\d\d)#/.test(item.sk) || item["bytes"] || item.pk === "OPENFILES",
      )
      .map(({ sk }) => sk);
  };

  test.each([
    ["nem12/NEM12_000000000000004_CNRGYMDP_NEMMCO.zip", {}],
    ["nem12/NEM12_SCENARIO3_UNITEDDP_NEMMCO.zip", {}],
    ["nem12/Example_different_intervals.zip", {}],
    ["meters/il-gas-hourly.csv.gz", { meter: "M1", unit: "m3", kind: "gas" }],
  ])("%s says word by word what it said before", async (path, more) => {
    const { here, told } = newHere("Australia/Brisbane");
    if ("meter" in more) {
      const order = { serial: more.meter, kind: "gas", registerUnit: "m3", registeredAt: "2015-01-01T00:00:00.000Z" };
      await meterStore(here).create({ id: "mtr_01JD8Q6Z3W8M6W1YB1M0Q4S000", ...order } as Meter);
    }
    const { delivery } = await takeIn(here, file(path), registering(more), BY);
    const before = await wordsOfAll(here);
    expect(before.flatMap(({ rows }) => rows).length).toBeGreaterThanOrEqual(delivery.readings);
    expect((await packed(here, [delivery.id])).length).toBeGreaterThan(3);
    const lastReadAtS = await meterStore(here).lastReadAtS((await metersIn(here))[0]!.id);
    for (let again: unknown = {}; again; ) again = (await compact(here)).again;
    expect(await packed(here, [delivery.id])).toEqual([]);
    expect(await wordsOfAll(here)).toEqual(before);
    expect(await meterStore(here).lastReadAtS((await metersIn(here))[0]!.id)).toBe(lastReadAtS);
    // It is told once, and the same file gets the same answer for ever.
    expect(told).toHaveLength(1);
    expect(await takeIn(here, file(path), registering(more), BY)).toEqual({ created: false, delivery });
    expect(await meterStore(here).latestDeliveries(5)).toEqual([delivery]);
  });

  // Guards against a crash that loses or doubles what a file said; of two files, one of many months, with a batch between.
  test("cut off after any call, compactions and merges of files lose and double nothing", async () => {
    const made = newHere();
    const { here } = made;
    const lines = (month: number, more: number) =>
      [0, 1, 2].flatMap((m) =>
        [1, 2, 19].map((day) => `M${m},2026-0${month}-${String(day).padStart(2, "0")}T00:00Z,${m + day + more}`),
      );
    const send = (month: number, more: number) =>
      takeIn(
        here,
        bytes(`meter,time,Wh\n${[...lines(month, more), ...lines(month + 1, more)].join("\n")}\n`),
        registering(),
        BY,
      );
    const ids = [(await send(1, 0)).delivery.id];
    await takeIn(
      here,
      bytes("meter,time,register_kWh\nM0,2026-01-01T00:00Z,5\nM0,2026-02-01T00:00Z,9\n"),
      registering(),
      BY,
    );
    made.clock.at = new Date("2026-11-23T12:01:00Z");
    ids.push((await send(2, 50)).delivery.id);
    await takeBatch(
      here,
      "key_1",
      bytes(JSON.stringify({ delivery: "d", interval: 900, readings: [["M1", "2026-01-01T00:30:00Z", 4]] })),
    );
    const before = await wordsOfAll(here);
    let survived = 0;
    for (let dieAt = 0; survived === 0; dieAt++) {
      const broken = dyingAfter(here, dieAt);
      try {
        await compactWindow(broken);
        while (await mergeOne(broken, 2));
        survived = dieAt;
      } catch (error) {
        expect((error as Error).message).toBe("the power is gone");
      }
      expect(await wordsOfAll(here), `cut off after ${dieAt} calls`).toEqual(before);
    }
    expect(survived).toBeGreaterThan(8);
    expect(await packed(here, ids)).toEqual([]);
  }, 240_000);

  // Guards against a source that brings the same week each day, and is kept and read seven times for it.
  test("words that a later file repeats are kept once, those that it changes twice, and neither slows a sum", async () => {
    const { here, clock } = newHere();
    const send = async (value: number) => {
      clock.at = new Date(clock.at.getTime() + 3_600_000);
      const lines = Array.from({ length: 48 }, (_, h) => {
        const at = new Date(Date.UTC(2026, 0, 1, h)).toISOString();
        return `M1,${at},${h === 7 ? value : h}`;
      });
      await takeIn(here, bytes(`meter,time,Wh\n${lines.join("\n")}\n`), registering(), BY);
      await compactWindow(here);
    };
    for (const value of [100, 200, 300]) await send(value);
    while (await mergeOne(here, 2));
    const [meter] = await metersIn(here);
    const all = await words(here, meter!);
    expect(all).toHaveLength(48 + 2);
    const [from, to] = [Date.UTC(2026, 0, 1) / 1000, Date.UTC(2026, 0, 3) / 1000];
    const days = await meterStore(here).counted(meter!.id, from, to, [from, from + 86_400, to]);
    const first = (24 * 23) / 2 - 7 + 300;
    expect(days).toMatchObject([
      { digits: first, coveredS: 86_400 },
      { digits: (48 * 47) / 2 - (24 * 23) / 2, coveredS: 86_400 },
    ]);
  });

  // Guards against a delivery too large to be moved at once.
  test("a file of more than a slice is moved slice by slice, and its meters are added up at once", async () => {
    const { here } = newHere();
    const meters = 130;
    const rows = Array.from({ length: meters }, (_, m) =>
      Array.from({ length: 9 }, (_, month) =>
        [0, 1].map((h) => `M${m},2026-0${month + 1}-05T0${h}:00Z,${m + month + h}`),
      ),
    ).flat(2);
    const { delivery } = await takeIn(here, bytes(`meter,time,Wh\n${rows.join("\n")}\n`), registering(), BY);
    const ids = (await metersIn(here)).map(({ id }) => id);
    const day = { fromS: Date.UTC(2026, 5, 5) / 1000, toS: Date.UTC(2026, 5, 6) / 1000 };
    const all = Array.from({ length: meters }, (_, m) => 2 * (m + 5) + 1).reduce((sum, one) => sum + one);
    const slices = (await packed(here, [delivery.id])).filter((sk) => sk.startsWith("SLICE"));
    expect(slices).toHaveLength(2);
    expect((await usedByMany(here, ids, [day]))![0]).toMatchObject({ quantity: all, read: meters });
    await compactWindow(here);
    expect(await packed(here, [delivery.id])).toEqual([]);
    // Without a look at any meter: the table is asked for none.
    const asked: string[] = [];
    const get = (key: Item) => {
      asked.push(key.pk);
      return here.table.get(key);
    };
    const watched = { ...here, table: { ...here.table, get } } as Here;
    expect((await usedByMany(watched, ids, [day]))![0]).toMatchObject({ quantity: all, read: meters, meters });
    expect(asked).toEqual([]);
  }, 240_000);

  // Guards against a bill from registers that forgets what lies between two files, many months apart.
  test("registers of files are counted from one to the next, however far, compacted or not", async () => {
    const { here } = newHere();
    const months = ["2025-01", "2025-09", "2026-01", "2026-02", "2026-10"];
    for (const [i, month] of months.entries()) {
      await takeIn(
        here,
        bytes(`meter,time,index_m3\nG1,${month}-01T00:00Z,${100 * i}\n`),
        registering({ kind: "gas" }),
        BY,
      );
      if (i % 2 === 0) await compactWindow(here);
    }
    const [meter] = await metersIn(here);
    const year = async (from: string, to: string) =>
      (await readingsOf(here, meter!, new Date(from), new Date(to), "month", 0)).readings.reduce(
        (sum, one) => sum + one.quantity,
        0,
      );
    const check = async () => {
      // Each month is rounded once.
      expect(Math.abs((await year("2025-01-01", "2026-10-31")) - 400_000)).toBeLessThan(10);
      expect(await year("2025-03-01", "2025-04-01")).toBe(Math.round((100_000 * 31) / 243));
      expect(await year("2026-05-01", "2026-06-01")).toBe(Math.round((100_000 * 31) / 242));
    };
    await check();
    await compactWindow(here);
    await check();
  });

  // Guards against what is done with a file afterwards, when it was compacted before.
  test("corrections hold, and its intervals are followed all the same", async () => {
    const { here, table } = newHere();
    const hours = [0, 1, 2, 5, 6].map((h) => `M1,2026-01-01T0${h}:00Z,2026-01-01T0${h + 1}:00Z,${10 + h}`);
    const { delivery } = await takeIn(here, bytes(`meter,start,end,Wh\n${hours.join("\n")}\n`), registering(), BY);
    await compactWindow(here);
    await follow(here, delivery.id, { deliveryId: delivery.id, skip: 0 });
    const gaps: Item[] = [];
    for await (const item of table.all({ pk: "INTERVALGAPS" })) gaps.push(item);
    expect(gaps.map(({ sk }) => sk)).toEqual([`2026-01-01#${BY}`]);
    const [meter] = await metersIn(here);
    const order = { kind: "withdraw", of: "intervals", reason: "It counted another's." };
    const range = { from: "2026-01-01T01:00:00Z", to: "2026-01-01T02:00:00Z" };
    await correct(here, meter!, NewCorrection.parse({ ...order, ...range }), "who");
    const { readings } = await readingsOf(here, meter!, new Date("2026-01-01"), new Date("2026-01-02"), "day", 0);
    expect(readings[0]!.quantity).toBe(10 + 12 + 15 + 16);
  });

  // Guards against one delivery that cannot be read and holds all others back.
  test("a delivery whose bytes are none is parked, and the next ones are moved", async () => {
    const { here, table } = newHere();
    const send = (meter: string) =>
      takeIn(
        here,
        bytes(`meter,time,Wh\n${meter},2026-01-01T00:00Z,5\n${meter},2026-01-01T01:00Z,7\n`),
        registering(),
        BY,
      );
    const { delivery } = await send("M1");
    const key = { pk: `DELIVERY#${delivery.id}`, sk: "DELIVERY" };
    await table.transact([{ update: key, set: { bytes: new Uint8Array(100).fill(255) } }]);
    const good = (await send("M2")).delivery;
    await compactWindow(here);
    expect(await packed(here, [good.id])).toHaveLength((await packed(here, [delivery.id, good.id])).length - 2);
    const parked: Item[] = [];
    for await (const item of table.all({ pk: "BATCHPARKED" })) parked.push(item);
    expect(parked.map(({ sk }) => sk)).toEqual([`${delivery.receivedAt}#${delivery.id}`]);
  });
});
