import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { takeBatch } from "../../functions/meters/batch-intake.ts";
import type { Row } from "../../functions/meters/batch-rows.ts";
import { correct } from "../../functions/meters/checks/correcting.ts";
import { NewCorrection } from "../../functions/meters/checks/schema.ts";
import { countedOf } from "../../functions/meters/checks/store.ts";
import { compactWindow, mergeOne } from "../../functions/meters/compaction.ts";
import { buckets, cutsOf, totalsBy, usageBy } from "../../functions/meters/domain.ts";
import { whole } from "../../functions/meters/exact.ts";
import { takeIn } from "../../functions/meters/intake.ts";
import { usedByMany } from "../../functions/meters/many.ts";
import { Reading } from "../../functions/meters/schema.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { daySums, packSums, readSums } from "../../functions/meters/sums.ts";
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

const METERS = 4;
const delivery = fc.record({
  meter: fc.nat(METERS - 1),
  stepS: fc.constantFrom(900, 900, 900, 1_800, 3_600, 86_400, 0),
  /** In steps of a quarter of an hour; late ones begin before others that came before. */
  from: fc.nat(DAYS * 96),
  count: fc.integer({ min: 2, max: 200 }),
  quality: fc.constantFrom("A", "A", "A", "E52", "N"),
  value: fc.constantFrom("7", "0.25", "1000", "3.000001"),
  madeAt: fc.nat(3),
  isFile: fc.nat(5).map((n) => n === 0),
  /** What comes after it. */
  next: fc.constantFrom("nothing", "nothing", "compaction", "merge", "again", "correction"),
});

// Guards against a day, a month or a bill that is another one when it is read from sums.
test("what is read from sums is what the readings come to, whatever came when, wherever days begin", async () => {
  let fromSums = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ZONES),
      fc.array(delivery, { minLength: 3, maxLength: 10 }),
      async (timeZone, deliveries) => {
        // From when on somebody may see them: in the midst of the first.
        const sinceS = START_S + deliveries[0]!.from * 900 + Math.floor(deliveries[0]!.count / 2) * 900;
        const here = newHere(timeZone);
        const store = meterStore(here);
        const meters = await Promise.all(
          Array.from({ length: METERS }, async (_, i) => {
            const id = `mtr_01JD8Q6Z3W8M6W1YB1M0Q4S${String(i).padStart(3, "0")}`;
            const order = { id, serial: `M${i}`, kind: "electricity" as const, registerUnit: "kWh" as const };
            return (await store.create({ ...order, registeredAt: "2026-01-01T00:00:00.000Z" })).meter;
          }),
        );
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
              expect(seen(await countedOf(here, meter, ...whole, cutsS))).toEqual(
                seen(await countedOf(here, meter, ...whole)),
              );
              if ((await store.added(meter.id, cutsS))?.length) fromSums++;
            }
          }
        };
        for (const [i, one] of deliveries.entries()) {
          const step = Math.max(one.stepS, 900);
          const times = Array.from({ length: one.count }, (_, n) => START_S + one.from * 900 + n * step);
          const send = async () => {
            if (one.isFile) {
              const rows = times.map((atS) => `M${one.meter},${new Date(atS * 1000).toISOString()},${one.value}`);
              await takeIn(
                here,
                Buffer.from(`meter,time,kWh\n${rows.join("\n")}\n`),
                Reading.parse({}),
                "key_head_end",
              );
            } else
              await takeBatch(
                here,
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
          await send();
          if (one.next === "again") await send();
          if (one.next === "correction") {
            const asked = {
              ...{ kind: "withdraw", of: "intervals", reason: "It counted another's." },
              from: new Date(times[0]! * 1000).toISOString(),
              to: new Date((times[0]! + 3 * step) * 1000).toISOString(),
            };
            await correct(here, meters[one.meter]!, NewCorrection.parse(asked), "who");
          }
          if (one.next === "compaction" || one.next === "merge") await compactWindow(here);
          if (one.next === "merge") await mergeOne(here, 2);
        }
        await compared();
      },
    ),
    { numRuns: 20, endOnFailure: true },
  );
  expect(fromSums).toBeGreaterThan(20);
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
