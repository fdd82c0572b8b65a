import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { takeBatch } from "../../functions/meters/batch-intake.ts";
import type { Row } from "../../functions/meters/batch-rows.ts";
import { correct } from "../../functions/meters/checks/correcting.ts";
import { NewCorrection } from "../../functions/meters/checks/schema.ts";
import { countedOf } from "../../functions/meters/checks/store.ts";
import { compactWindow, mergeOne } from "../../functions/meters/compaction.ts";
import { deliveredIn } from "../../functions/meters/deliveries.ts";
import { buckets, cutsOf, totalsBy, usageBy } from "../../functions/meters/domain.ts";
import { whole } from "../../functions/meters/exact.ts";
import { takeIn } from "../../functions/meters/intake.ts";
import { usedByMany } from "../../functions/meters/many.ts";
import { type Meter, Reading } from "../../functions/meters/schema.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { daySums, isUnknown, packSums, readSums } from "../../functions/meters/sums.ts";
import type { Here } from "../../shared/here.ts";
import { groupedWrites } from "../../shared/local/grouped-writes.ts";
import type { Blobs } from "../../shared/ports.ts";
import { cityTable, type Write } from "../../shared/table.ts";
import { testEngine } from "../setup/engine.ts";

const DAY_S = 86_400;
// The clock changes within it, in Paris and on Lord Howe Island (there by half an hour, on another day).
const START_S = Date.UTC(2026, 2, 27) / 1000;
const DAYS = 10;
const ZONES = ["Europe/Paris", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"];

let set: Awaited<ReturnType<typeof testEngine>>;
beforeAll(async () => {
  set = await testEngine();
});
afterAll(() => set.engine.stop());

const silent = () => {};
let cities = 0;
function newHere(timeZone: string) {
  const table = cityTable(set.client, set.tableName, `sums-${++cities}`, undefined, groupedWrites(set.client));
  const kept = new Map<string, Uint8Array>();
  const blobs = {
    put: async (key: string, bytes: Uint8Array) => void kept.set(key, bytes),
    get: async (key: string, range?: { offset: number; length: number }) => {
      const bytes = kept.get(key);
      return range ? bytes?.subarray(range.offset, range.offset + range.length) : bytes;
    },
    delete: async (key: string) => void kept.delete(key),
  } as Blobs;
  const clock = { at: new Date("2026-05-01T12:00:00Z"), now: () => clock.at, wake: async () => {} };
  return {
    city: { timeZone, slug: "sums" },
    ...{ table, blobs, clock },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    commit: async (writes: readonly Write[]) => table.transact(writes),
  } as unknown as Here;
}

/** How many words of files segments have: those that are heard, and do not lie in deliveries any more. */
async function filesIn({ table }: Here, store: ReturnType<typeof meterStore>, meters: readonly Meter[]) {
  let count = 0;
  for (const { id } of meters) {
    const heard = await store.heard(id, START_S, START_S + DAYS * DAY_S);
    const lying = await deliveredIn(table, await store.look(id, START_S), START_S, START_S + DAYS * DAY_S);
    count += heard.filter(({ deliveryId }) => deliveryId.startsWith("dlv_")).length - lying.length;
  }
  return count;
}

const METERS = 4;
const delivery = fc.record({
  meter: fc.nat(METERS - 1),
  stepS: fc.constantFrom(900, 900, 900, 1_800, 3_600, 86_400, 0),
  /** In steps of a quarter of an hour; late ones begin before others that came before. */
  from: fc.oneof(fc.nat(DAYS * 96), fc.constantFrom(96, 144, 192)),
  count: fc.integer({ min: 2, max: 200 }),
  quality: fc.constantFrom("A", "A", "A", "E52", "N"),
  value: fc.constantFrom("7", "0.25", "1000", "3.000001"),
  madeAt: fc.nat(3),
  /** As what it comes: files of plain columns, of channels of which one is given back, of registers. */
  as: fc.constantFrom("batch", "batch", "batch", "columns", "channels", "registers"),
  /** What comes after it. */
  next: fc.constantFrom("nothing", "nothing", "compaction", "merge", "again", "correction"),
});

type Sent = typeof delivery extends fc.Arbitrary<infer T> ? T : never;

/** A delivery of a file, in words that a city's meters are called by. */
function fileOf({ as, meter, from, count, stepS, value }: Sent): string {
  const step = Math.max(stepS, 900);
  const at = (n: number) => new Date((START_S + from * 900 + n * step) * 1000).toISOString();
  const lines = Array.from({ length: count }, (_, n) => `M${meter},${at(n)},${as === "registers" ? n : value}`);
  if (as !== "channels") return `meter,time,${as === "registers" ? "register_kWh" : "kWh"}\n${lines.join("\n")}\n`;
  const day = at(0).slice(0, 10).replace(/-/g, "");
  const channel = (name: string, quality: string) =>
    `200,M${meter},${name},,${name},,M${meter},kWh,30,\n300,${day},${Array(48).fill(value).join(",")},${quality},,,,\n`;
  // Half of a day's consumption is estimated; what is given back has no value for some of it.
  return `100,NEM12,202604301200,A,B\n${channel("E1", "V")}400,1,24,A,,\n400,25,48,E52,,\n${count % 2 ? channel("B1", "A") : ""}900\n`;
}

// Guards against a day, a month or a bill that is another one when it is read from sums, or from segments.
test("what is read from sums is what the readings come to, whatever came when, wherever days begin", async () => {
  let [fromSums, compacted] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ZONES),
      fc.array(delivery, { minLength: 3, maxLength: 10 }),
      async (timeZone, deliveries) => {
        // From when on somebody may see them: in the midst of the first.
        const sinceS = START_S + deliveries[0]!.from * 900 + Math.floor(deliveries[0]!.count / 2) * 900;
        const here = newHere(timeZone);
        // The same comes to another city, which compacts nothing: there each word is read as it was delivered.
        const naive = newHere(timeZone);
        const store = meterStore(here);
        const meters: Meter[] = Array.from({ length: METERS }, (_, i) => ({
          ...{ id: `mtr_01JD8Q6Z3W8M6W1YB1M0Q4S${String(i).padStart(3, "0")}`, serial: `M${i}` },
          ...{ kind: "electricity", registerUnit: "kWh", registeredAt: "2026-01-01T00:00:00.000Z" },
        }));
        for (const one of [here, naive]) await Promise.all(meters.map((meter) => meterStore(one).create(meter)));
        const compared = async () => {
          const days = buckets("day", START_S, START_S + DAYS * DAY_S, timeZone);
          const amounts = days.map(() => 0n);
          for (const meter of meters) {
            const all = await countedOf(here, meter, days[0]!.fromS, days.at(-1)!.toS);
            for (const [i, { sum }] of totalsBy(days, all).entries()) amounts[i]! += sum.finest();
          }
          const ids = meters.map(({ id }) => id);
          expect((await usedByMany(here, ids, days))!.map(({ quantity }) => quantity)).toEqual(amounts.map(whole));
          for (const meter of meters) {
            const days = buckets("day", START_S - DAY_S, START_S + (DAYS + 4) * DAY_S, timeZone);
            const months = buckets("month", START_S - DAY_S, START_S + (DAYS + 4) * DAY_S, timeZone);
            for (const [ranges, also] of [[days], [months], [days, sinceS]] as const) {
              const whole = [ranges[0]!.fromS, ranges.at(-1)!.toS] as const;
              const cutsS = cutsOf(ranges, also);
              const seen = (all: Awaited<ReturnType<typeof countedOf>>) =>
                usageBy(
                  ranges,
                  all.filter(({ fromS }) => also === undefined || fromS >= also),
                );
              const plain = seen(await countedOf(here, meter, ...whole));
              expect(seen(await countedOf(here, meter, ...whole, cutsS))).toEqual(plain);
              if (ranges === days) expect(seen(await countedOf(naive, meter, ...whole))).toEqual(plain);
              const all = await store.counted(meter.id, ...whole, cutsS);
              if (all.some(({ coveredS }) => coveredS !== undefined)) fromSums++;
            }
          }
        };
        for (const [i, one] of deliveries.entries()) {
          const step = Math.max(one.stepS, 900);
          const times = Array.from({ length: one.count }, (_, n) => START_S + one.from * 900 + n * step);
          const send = async (to: Here) => {
            (to.clock as { at?: Date }).at = new Date(Date.UTC(2026, 4, 1, 12) + i * 60_000);
            if (one.as !== "batch") await takeIn(to, Buffer.from(fileOf(one)), Reading.parse({}), "key_head_end");
            else
              await takeBatch(
                to,
                "key_1",
                Buffer.from(
                  JSON.stringify({
                    delivery: `d-${i}`,
                    madeAt: new Date((START_S + (40 + one.madeAt) * DAY_S) * 1000).toISOString(),
                    ...(one.stepS === 0 ? {} : { interval: one.stepS }),
                    readings: times.map((atS, n) => [
                      `M${one.meter}`,
                      atS,
                      one.stepS === 0 ? String(n) : one.value,
                      one.stepS === 0 ? "A" : one.quality,
                    ]),
                  }),
                ),
              );
          };
          await send(here);
          await send(naive);
          if (one.next === "again") await send(here);
          if (one.next === "correction") {
            const asked = {
              ...{ kind: "withdraw", of: "intervals", reason: "It counted another's." },
              from: new Date(times[0]! * 1000).toISOString(),
              to: new Date((times[0]! + 3 * step) * 1000).toISOString(),
            };
            for (const to of [here, naive]) await correct(to, meters[one.meter]!, NewCorrection.parse(asked), "who");
          }
          if (one.next === "compaction" || one.next === "merge") await compactWindow(here);
          if (one.next === "merge") await mergeOne(here, 2);
        }
        await compared();
        compacted += await filesIn(here, store, meters);
      },
    ),
    // A busy machine does fewer of them.
    { numRuns: 14, endOnFailure: true, interruptAfterTimeLimit: 150_000 },
  );
  expect(fromSums).toBeGreaterThan(5);
  expect(compacted).toBeGreaterThan(5);
}, 240_000);

test("sums come back as they were packed, and only those that are asked for", () => {
  const row = fc.record({
    meter: fc.integer({ min: 1, max: 6 }),
    atS: fc.nat(30 * 96).map((n) => START_S + n * 900),
    value: fc.integer({ min: -5, max: 2_000_000_000 }),
    exponent: fc.constantFrom(0, -1, -3),
    quality: fc.constantFrom("A", "A", "E52"),
  });
  const days = Array.from({ length: 32 }, (_, i) => START_S + i * DAY_S - 3_600);
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 300 }), (given) => {
      const once = new Map(given.map((one) => [`${one.meter} ${one.atS}`, one]));
      const rows: Row[] = [...once.values()]
        .map((one) => ({ ...one, stepS: 900, asOfS: 0 }))
        .sort((a, b) => a.meter - b.meter || a.atS - b.atS);
      const sums = daySums(rows, days);
      const [block] = packSums(sums, days);
      const of = (wanted: Set<number>, fromS: number, toS: number) => readSums(block!.bytes, wanted, fromS, toS);
      const all = new Set([1, 2, 3, 4, 5, 6]);
      expect(of(all, 0, Number.POSITIVE_INFINITY)).toEqual(sums);
      expect(of(new Set([2, 5]), days[9]!, days[10]!)).toEqual(
        sums.filter((one) => [2, 5].includes(one.meter) && one.fromS < days[10]! && one.toS > days[9]!),
      );
      const seconds = sums.reduce((total, one) => total + one.coveredS, 0);
      expect(seconds).toBe(rows.length * 900);
    }),
  );
});

// Guards against a day that counts what another channel counted on another day: rows come by their length, so a channel
// of which batches and files speak may come twice, with another between.
test("sums stand by their own channel, whatever came between; where they once did not, the rows decide", () => {
  const rowsOf = (channel: string | undefined, stepS: number, day: number, value: number): Row[] =>
    Array.from({ length: DAY_S / stepS }, (_, n) => ({
      ...{ meter: 1, atS: START_S + day * DAY_S + n * stepS, stepS, value, exponent: 0, quality: "A", asOfS: 0 },
      ...(channel === undefined
        ? {}
        : { file: { deliveryId: "dlv_1", channel, flow: "consumption" as const, unit: "kWh" } }),
    }));
  const rows = [...rowsOf("main", 900, 3, 2), ...rowsOf("E1", 1_800, 1, 1_000), ...rowsOf(undefined, 1_800, 4, 5)];
  const days = Array.from({ length: 8 }, (_, i) => START_S + i * DAY_S);
  const [block] = packSums(daySums(rows, days), days);
  const seen = readSums(block!.bytes, new Set([1]), days[0]!, days[7]!);
  expect(seen.map(({ channel, dayS, digits }) => [channel, (dayS - START_S) / DAY_S, digits])).toEqual([
    ["main", 3, 192],
    ["main", 4, 240],
    ["E1", 1, 48_000],
  ]);
  const before = Uint8Array.from(block!.bytes);
  before[0] = 2;
  const unsure = readSums(before, new Set([1]), days[6]!, days[7]!);
  expect(unsure.length).toBeGreaterThan(0);
  expect(unsure.every(isUnknown)).toBe(true);
  expect(readSums(before, new Set([2]), days[0]!, days[7]!)).toEqual([]);
});
