import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { counted, monthly } from "../../functions/meters/domain.ts";
import { readMeterFile } from "../../functions/meters/formats/file.ts";
import { look, takeIn } from "../../functions/meters/intake.ts";
import { planOf } from "../../functions/meters/plan.ts";
import { monthlyUsage, readingsOf } from "../../functions/meters/reading.ts";
import { Reading } from "../../functions/meters/schema.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { Fault } from "../../shared/errors.ts";
import type { NewEvent } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { cityTable, type Item, type Table, type Write } from "../../shared/table.ts";
import { testEngine } from "../setup/engine.ts";

const file = (path: string) => new Uint8Array(readFileSync(new URL(`../data/${path}`, import.meta.url)));
const options = (more: object = {}) => Reading.parse(more);
const bytes = (text: string) => new TextEncoder().encode(text);

describe("readings in the table", () => {
  let set: Awaited<ReturnType<typeof testEngine>>;
  let cities = 0;
  beforeAll(async () => {
    set = await testEngine();
  });
  afterAll(() => set.engine.stop());

  /** A city of its own, as the kernel would hand it over, with a clock that the test sets. */
  function newHere(zone = "Australia/Brisbane") {
    const table = cityTable(set.client, set.tableName, `meters-${cities++}`);
    const told: NewEvent[] = [];
    const clock = { at: new Date("2026-11-23T12:00:00Z"), now: () => clock.at, wake: async () => {} };
    const here = {
      city: { timeZone: zone },
      table,
      clock,
      commit: async (writes: readonly Write[], events: readonly NewEvent[] = []) => {
        await table.transact(writes);
        told.push(...events);
      },
    } as unknown as Here;
    return { here, table, told, clock };
  }
  const only = async (here: Here, number: string) =>
    (await meterStore(here).byNumbers([number])).get(number.toUpperCase())!;
  const read = async (
    here: Here,
    number: string,
    from: string,
    to: string,
    grain: "interval" | "day" | "month" = "day",
  ) => (await readingsOf(here, await only(here, number), new Date(from), new Date(to), grain, 0)).readings;

  // Guards against a file that is read but not kept as it was: the table gives back what the parser gave.
  test.each([
    ["nem12/NEM12_000000000000001_CNRGYMDP_NEMMCO.zip", "NEM1201002", "2005-03", {}],
    ["nem12/NEM12_000000000000004_CNRGYMDP_NEMMCO.zip", "NEM1204062", "2004-05", {}],
    ["nem12/NEM12_NEM1201005Scenario1_GLOBALM_NEMMCO.ZIP", "NEM1201005", "2005-01", {}],
    ["nem12/NEM12_SCENARIO3_UNITEDDP_NEMMCO.zip", "NEM1203049", "2005-03", {}],
    ["nem12/Example_different_intervals.zip", "C123", "2004-04", {}],
    ["meters/il-electricity-hourly.csv.gz", "M1", "2016-03", { meter: "M1", unit: "kWh", kind: "electricity" }],
    ["meters/il-gas-hourly.csv.gz", "M1", "2016-11", { meter: "M1", unit: "m3", kind: "gas" }],
  ])("%s comes back to the unit", async (path, number, month, more) => {
    const { here, told } = newHere(path.startsWith("meters") ? "America/Chicago" : "Australia/Brisbane");
    const chosen = options({ register: "true", ...more });
    const { plan } = await look(here, file(path), chosen);
    const { created, delivery } = await takeIn(here, file(path), chosen, "key_head_end");
    expect({ created, readings: delivery.readings }).toEqual({ created: true, readings: plan.delivery.readings });
    expect(told).toMatchObject([{ type: "meters.readings_kept.v1", subject: delivery.id }]);
    const meter = await only(here, number);
    const blocks = await meterStore(here).heard(meter.id, 0, 4e9);
    const all = counted(blocks);
    expect(all.length).toBe(delivery.readings);
    const usage = await monthlyUsage(here, meter.id, month);
    const { quantity, estimatedShare } = monthly(month, all, here.city.timeZone);
    expect(usage).toMatchObject({ meterId: meter.id, kind: meter.kind, quantity, estimatedShare });
    expect(usage.quantity).toBeGreaterThan(0);
    const months = await readingsOf(
      here,
      meter,
      new Date(`${month}-10T00:00Z`),
      new Date(`${month}-11T00:00Z`),
      "month",
      0,
    );
    expect(months.readings).toMatchObject([{ at: month, quantity }]);
  });

  // Guards against a file that counts twice because it came twice, in another zip, or under another name.
  test("the same file is one delivery, zipped or not, and gets the same answer", async () => {
    const { here, told, clock } = newHere();
    const text = "meter,time,Wh\nM1,2026-01-01T00:00Z,5\nM1,2026-01-01T01:00Z,7\n";
    const chosen = options({ register: "true" });
    const first = await takeIn(here, bytes(text), chosen, "key_head_end");
    clock.at = new Date("2026-11-24T12:00:00Z");
    for (const again of [bytes(text), gzipSync(text), zipSync({ "readings.csv": bytes(text) })])
      expect(await takeIn(here, new Uint8Array(again), options(), "key_head_end")).toEqual({
        created: false,
        delivery: first.delivery,
      });
    expect(told).toHaveLength(1);
    expect(await read(here, "M1", "2026-01-01T00:00Z", "2026-01-01T12:00Z", "interval")).toMatchObject([
      { quantity: 5 },
      { quantity: 7 },
    ]);
  });

  // Guards against two senders of one file who are both counted.
  test("twenty at once leave one delivery and one meter", async () => {
    const { here, told } = newHere();
    const text = bytes("meter,time,Wh\nM1,2026-01-01T00:00Z,5\nM1,2026-01-01T01:00Z,7\n");
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => takeIn(here, text, options({ register: "true" }), "key_head_end")),
    );
    expect(answers.filter((one) => one.created)).toHaveLength(1);
    expect(new Set(answers.map((one) => JSON.stringify(one.delivery))).size).toBe(1);
    expect(told).toHaveLength(1);
    expect((await meterStore(here).list({ limit: 50 })).meters).toHaveLength(1);
  });

  // Guards against readings of which nobody knows whose they are, and a refused file that leaves something behind.
  test("an unknown meter is refused by its line, and nothing is kept", async () => {
    const { here, table } = newHere();
    const text =
      "meter,time,Wh\nM1,2026-01-01T00:00Z,5\nM1,2026-01-01T01:00Z,7\nM2,2026-01-01T00:00Z,5\nM2,2026-01-01T01:00Z,5\n";
    const refused = takeIn(here, bytes(text), options(), "key_head_end");
    await expect(refused).rejects.toBeInstanceOf(Fault);
    await expect(refused).rejects.toMatchObject({
      kind: "invalid",
      members: {
        errors: [
          { pointer: "#/line/2", detail: 'No meter "M1" is registered here. Register it first, or with the file.' },
          { pointer: "#/line/4", detail: 'No meter "M2" is registered here. Register it first, or with the file.' },
        ],
      },
    });
    const broken = takeIn(
      here,
      bytes(text.replace("M2,2026-01-01T01:00Z,5", "M2,2026-01-01T01:00Z,x")),
      options({ register: "true" }),
      "key_head_end",
    );
    await expect(broken).rejects.toMatchObject({ kind: "invalid" });
    expect(await everything(table)).toEqual([]);
  });

  // Guards against litres that are billed as kilowatt-hours.
  test("a unit that is not the meter's is refused", async () => {
    const { here } = newHere();
    await takeIn(
      here,
      bytes("meter,time,m3\nW1,2026-01-01T00:00Z,5\nW1,2026-01-01T01:00Z,7\n"),
      options({ register: "true", kind: "water" }),
      "key_head_end",
    );
    await expect(
      takeIn(
        here,
        bytes("meter,time,kWh\nW1,2026-01-02T00:00Z,5\nW1,2026-01-02T01:00Z,7\n"),
        options(),
        "key_head_end",
      ),
    ).rejects.toMatchObject({
      members: { errors: [{ pointer: "#/line/2", detail: '"kwh" is no unit of a water meter, and "W1" is one.' }] },
    });
    expect(await read(here, "W1", "2026-01-01T00:00Z", "2026-01-02T00:00Z", "interval")).toMatchObject([
      { quantity: 5000 },
      { quantity: 7000 },
    ]);
  });

  // Guards against a correction that is lost because it came first, and an original that is gone once it is corrected.
  test("a later file counts for its intervals, whichever comes first, and the original stays", async () => {
    const made = (at: string, value: string) =>
      bytes(
        `100,NEM12,${at},A,B\n200,N1,E1,,E1,,,kWh,30,\n300,20260115,${Array(48).fill(value).join(",")},A,,,,\n900\n`,
      );
    const [early, late] = [made("202601160900", "1"), made("202602010900", "2.5")];
    for (const order of [
      [early, late],
      [late, early],
    ]) {
      const { here } = newHere();
      const kept = [];
      for (const one of order)
        kept.push((await takeIn(here, one, options({ register: "true" }), "key_head_end")).delivery.id);
      expect(await read(here, "N1", "2026-01-14T14:00Z", "2026-01-15T14:00Z")).toMatchObject([
        { at: "2026-01-15", quantity: 120_000, coverage: 1 },
      ]);
      for (const id of kept) expect(await meterStore(here).findDelivery(id)).toMatchObject({ readings: 48 });
    }
  });

  // Guards against a bill for twice the use: the utility's channels and the city's own total of the same hours.
  test("a total and a dial count only where no channels do", async () => {
    const { here } = newHere("UTC");
    const hours = (channel: string, from: number, value: number) =>
      [0, 1, 2].map((h) => `M1,2026-01-01T${String(from + h).padStart(2, "0")}:00Z,${value},${channel}`);
    const channels = ["meter,time,Wh,channel", ...hours("E1", 0, 5), ...hours("E2", 0, 2)].join("\n");
    const total = ["meter,time,Wh,channel", ...hours("main", 1, 7), ...hours("main", 4, 7)].join("\n");
    const dial = "meter,time,index_Wh\nM1,2026-01-01T02:00Z,100\nM1,2026-01-01T06:00Z,110\nM1,2026-01-02T00:00Z,140";
    for (const text of [dial, total, channels])
      await takeIn(here, bytes(text), options({ register: "true" }), "key_head_end");
    // Channels 3 × 7; of the total the hours from 3 to 6; both spans of the dial touch these, so neither counts again.
    const [day] = await read(here, "M1", "2026-01-01T00:00Z", "2026-01-02T00:00Z");
    expect(day!.quantity).toBe(3 * 7 + 4 * 7);
  });

  // Guards against half a delivery that is billed: the process dies between two of its transactions.
  test("a delivery of many transactions is seen whole or not at all, and completed when it is sent again", async () => {
    const { here, table } = newHere("UTC");
    const meters = 150;
    const rows = Array.from({ length: meters }, (_, m) =>
      Array.from({ length: 24 }, (_, h) => `M${m},2026-01-01T${String(h).padStart(2, "0")}:00Z,${m + h}`),
    );
    const text = bytes(`meter,time,Wh\n${rows.flat().join("\n")}\n`);
    let transactions = 0;
    const dying: Table = {
      ...table,
      transact: async (writes) => {
        if (++transactions === 4) throw new Error("the power is gone");
        return table.transact(writes);
      },
    };
    const broken = {
      ...here,
      table: dying,
      commit: async (writes: readonly Write[]) => dying.transact(writes),
    } as Here;
    await expect(takeIn(broken, text, options({ register: "true" }), "key_head_end")).rejects.toThrow(
      "the power is gone",
    );
    const some = await only(here, "M3");
    expect(await meterStore(here).heard(some.id, 0, 4e9)).toEqual([]);
    const { created, delivery } = await takeIn(here, text, options({ register: "true" }), "key_head_end");
    expect({ created, meterCount: delivery.meterCount, readings: delivery.readings }).toEqual({
      created: true,
      meterCount: meters,
      readings: meters * 24,
    });
    expect((await meterStore(here).list({ limit: 500 })).meters).toHaveLength(meters);
    for (const m of [0, 3, 149]) {
      const hours = Array.from({ length: 24 }, (_, h) => m + h).reduce((a, b) => a + b, 0);
      expect(await read(here, `M${m}`, "2026-01-01T00:00Z", "2026-01-02T00:00Z")).toMatchObject([
        { quantity: hours, coverage: 1 },
      ]);
    }
  });

  // Guards against items that grow past what the table takes, and a month that costs the reading of everything.
  test("a large delivery lies in parts under 64 KB, and a month reads one or two of them", async () => {
    const { here, table } = newHere("UTC");
    let seed = 7;
    const chance = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const start = Date.UTC(2025, 0, 1);
    const rows = Array.from({ length: 12 }, (_, m) =>
      Array.from(
        { length: 365 * 24 },
        (_, h) => `M${m},${new Date(start + h * 3_600_000).toISOString()},${Math.floor(chance() * 9000)}`,
      ),
    );
    const { delivery } = await takeIn(
      here,
      bytes(`meter,time,Wh\n${rows.flat().join("\n")}\n`),
      options({ register: "true" }),
      "key_head_end",
    );
    expect(delivery.readings).toBe(12 * 365 * 24);
    const items = (await everything(table)).filter((item) => item.pk.startsWith("DELIVERY#"));
    const sizes = items.flatMap((item) => (item["bytes"] ? [(item["bytes"] as Uint8Array).length] : []));
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64 * 1024);
    const asked: string[] = [];
    const watched = {
      ...here,
      table: {
        ...table,
        getMany: (keys: Parameters<Table["getMany"]>[0]) => {
          asked.push(...keys.map((key) => key.sk));
          return table.getMany(keys);
        },
      },
    } as Here;
    const meter = await only(here, "M11");
    await monthlyUsage(watched, meter.id, "2025-06");
    expect(asked.filter((sk) => sk.startsWith("PART")).length).toBeLessThanOrEqual(2);
  });

  // Guards against a bill from registers that forgets what lies between two files.
  test("registers of different deliveries are counted from one to the next", async () => {
    const { here } = newHere("UTC");
    for (const [month, register] of [
      ["01", "100"],
      ["02", "131"],
      ["03", "159"],
    ])
      await takeIn(
        here,
        bytes(`meter,time,index_m3\nG1,2026-${month}-01T00:00Z,${register}\n`),
        options({ register: "true", kind: "gas" }),
        "key_head_end",
      );
    const meter = await only(here, "G1");
    expect(await monthlyUsage(here, meter.id, "2026-01")).toMatchObject({
      unit: "L",
      quantity: 31_000,
      daysWithReadings: 31,
      estimatedShare: 0,
    });
    expect(await monthlyUsage(here, meter.id, "2026-02")).toMatchObject({ quantity: 28_000, daysWithReadings: 28 });
    expect(await monthlyUsage(here, meter.id, "2026-03")).toMatchObject({ quantity: 0, daysWithReadings: 0 });
  });

  // Guards against a meter that leaves the house when its city does, without its readings.
  test("export yields every lasting item", async () => {
    const { here, table } = newHere();
    await takeIn(
      here,
      file("nem12/NEM12_000000000000001_CNRGYMDP_NEMMCO.zip"),
      options({ register: "true" }),
      "key_head_end",
    );
    const meter = await only(here, "NEM1201002");
    await meterStore(here).tie(meter.id, "acc_01JD8Q6Z3W8M6W1YB1M0Q4S7XK");
    const exported: Item[] = [];
    for await (const item of meterStore(here).allMeters()) exported.push(item);
    for await (const item of meterStore(here).allDeliveries()) exported.push(item);
    const keys = (items: Item[]) => items.map(({ pk, sk }) => `${pk} ${sk}`).sort();
    expect(keys(exported)).toEqual(keys(await everything(table)));
  });

  // Guards against a zip that unpacks into more than there is memory, or into something else than one file.
  test("a zip of two files, a damaged one and an empty one are refused", async () => {
    const { here } = newHere();
    const two = zipSync({ "a.csv": bytes("a"), "b.csv": bytes("b") });
    const damaged = zipSync({ "a.csv": bytes("a".repeat(1000)) }).slice(0, 60);
    for (const [sent, detail] of [
      [two, "The zip holds 2 files; send one at a time."],
      [damaged, "The zip file is damaged, encrypted, or packed in a way that is not known here."],
      [new Uint8Array([0x1f, 0x8b, 1, 2, 3]), "The gzip file is damaged."],
      [new Uint8Array(), "The file is empty."],
    ] as const)
      await expect(takeIn(here, sent, options(), "key_head_end")).rejects.toMatchObject({
        kind: "invalid",
        members: { errors: [{ pointer: "#/line/1", detail }] },
      });
    await expect(
      takeIn(here, new Uint8Array(gzipSync(new Uint8Array(65 * 1024 * 1024))), options(), "key_head_end"),
    ).rejects.toMatchObject({ kind: "too_large" });
  });

  // Guards against a clock that runs ahead and wins over every later word.
  test("a file from the future counts as of now", () => {
    const text = `100,NEM12,203001010000,A,B\n200,N1,E1,,E1,,,kWh,30,\n300,20260115,${Array(48).fill("1").join(",")},A,,,,\n900\n`;
    const now = new Date("2026-11-23T12:00:00Z");
    const plan = planOf(readMeterFile(bytes(text), { timeZone: "UTC" }), {
      deliveryId: "dlv",
      known: new Map(),
      register: true,
      timeZone: "UTC",
      now,
    });
    expect(plan.delivery.asOf).toBe(now.toISOString());
  });

  /** All items of one city's table, by walking what the tests' meters and deliveries may have written. */
  async function everything(table: Table): Promise<Item[]> {
    const items: Item[] = [];
    const seen = new Set<string>();
    const walk = async (pk: string) => {
      if (seen.has(pk)) return;
      seen.add(pk);
      for await (const item of table.all({ pk })) items.push(item);
    };
    for await (const listed of table.all({ pk: "METERS", index: "gsi1" })) {
      const meter = listed["meter"] as { id: string; serial: string; point?: string; accountId?: string };
      await walk(`METER#${meter.id}`);
      for (const number of [meter.serial, meter.point]) if (number) await walk(`METERNUMBER#${number.toUpperCase()}`);
      if (meter.accountId) await walk(`METERSOF#${meter.accountId}`);
    }
    for await (const listed of table.all({ pk: "DELIVERIES", index: "gsi1" }))
      await walk(`DELIVERY#${listed["deliveryId"] as string}`);
    for (const number of ["M1", "M2"]) await walk(`METERNUMBER#${number}`);
    return items;
  }
});
