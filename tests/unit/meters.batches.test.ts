import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checked, type Known } from "../../functions/meters/batch.ts";
import { bodyOf, Lists } from "../../functions/meters/batch-body.ts";
import { frameOf } from "../../functions/meters/batch-frame.ts";
import { Grid } from "../../functions/meters/batch-grid.ts";
import { takeBatch } from "../../functions/meters/batch-intake.ts";
import { type Columns, packColumns, unpackColumns } from "../../functions/meters/batch-packing.ts";
import { blocksOfRows, type Row, resolved, undisputed } from "../../functions/meters/batch-rows.ts";
import { batchStore } from "../../functions/meters/batch-store.ts";
import { checkedTable } from "../../functions/meters/batch-table.ts";
import { countRefusal, spend } from "../../functions/meters/batch-throttle.ts";
import { readChunk } from "../../functions/meters/chunk.ts";
import { compact, compactWindow, mergeOne, runCompaction } from "../../functions/meters/compaction.ts";
import { counted } from "../../functions/meters/domain.ts";
import { readingsOf } from "../../functions/meters/reading.ts";
import { CHUNK_READINGS, packSegment } from "../../functions/meters/segment.ts";
import { watchStall } from "../../functions/meters/stalled.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { Fault } from "../../shared/errors.ts";
import type { NewEvent } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { groupedWrites } from "../../shared/local/grouped-writes.ts";
import type { Blobs } from "../../shared/ports.ts";
import { cityTable, type Item, type Table, type Write } from "../../shared/table.ts";
import { newTally, tallied } from "../../shared/tally.ts";
import { dyingAfter } from "../dying.ts";
import { testEngine } from "../setup/engine.ts";

const START_S = Date.UTC(2026, 10, 2) / 1000;
const STEP_S = 900;
const DAY_S = 86_400;

describe("columns", () => {
  // Guards against a batch that does not come back as it was sent.
  test("any columns come back, fast and small, and the same ones give the same bytes", () => {
    const row = fc.record({
      meter: fc.integer({ min: 1, max: 4_000_000 }),
      atS: fc.integer({ min: 0, max: 4_102_444_800 }),
      value: fc.oneof(fc.integer({ min: -(2 ** 51) + 1, max: 2 ** 51 - 1 }), fc.nat(500)),
      quality: fc.constantFrom("A", "E52", "F14:71", "N"),
      asOfS: fc.integer({ min: 0, max: 4_102_444_800 }),
    });
    const shape = fc.record({
      rows: fc.array(row, { minLength: 1, maxLength: 200 }),
      stepS: fc.constantFrom(0, 60, 900, 86_400),
      hasMore: fc.boolean(),
      isSmall: fc.boolean(),
    });
    fc.assert(
      fc.property(shape, ({ rows, stepS, hasMore, isSmall }) => {
        // Registers of one meter lie within what can be told apart; a delta of two must be safe as well.
        const sorted = [...rows].sort((a, b) => a.meter - b.meter || a.atS - b.atS);
        const columns: Columns = {
          stepS,
          exponent: -3,
          meters: sorted.map(({ meter }) => meter),
          timesS: sorted.map(({ atS }) => atS),
          values: sorted.map(({ value }) => (stepS === 0 ? Math.abs(value) : value)),
          asOfS: 7,
          ...(hasMore
            ? { qualities: sorted.map(({ quality }) => quality), asOfs: sorted.map(({ asOfS }) => asOfS) }
            : {}),
        };
        const bytes = packColumns(columns, isSmall);
        expect(unpackColumns(bytes)).toEqual(columns);
        expect(packColumns(columns, isSmall)).toEqual(bytes);
      }),
      { numRuns: 200 },
    );
  });

  test("a segment's chunk is at most 64 KB decoded, and says which meters it has", () => {
    const rows: Row[] = Array.from({ length: 30_000 }, (_, i) => ({
      meter: 1 + Math.floor(i / 96),
      atS: START_S + (i % 96) * STEP_S,
      stepS: STEP_S,
      value: i % 251,
      exponent: 0,
      quality: "A",
      asOfS: START_S,
    }));
    const { segment, bytes } = packSegment("2026-11", rows, "UTC");
    expect(packSegment("2026-11", rows, "UTC").segment.digest).toBe(segment.digest);
    expect(segment.chunks.length).toBe(Math.ceil(30_000 / (CHUNK_READINGS - (CHUNK_READINGS % 96))));
    // No meter lies in two.
    for (const [i, { firstMeter }] of segment.chunks.entries())
      if (i > 0) expect(firstMeter).toBe(segment.chunks[i - 1]!.lastMeter + 1);
    for (const { offset, length } of segment.chunks) {
      const count = readChunk(bytes.subarray(offset, offset + length)).reduce((sum, one) => sum + one.values.length, 0);
      expect(count * 8).toBeLessThanOrEqual(64 * 1024);
    }
  });
});

// Guards against a shorter way of reading a body by which it says something else.
describe("a body", () => {
  const lists = new Lists();
  const asJson = (body: string) => {
    const { json } = bodyOf(Buffer.from(body), lists);
    const { values } = (json ?? {}) as { values?: unknown };
    return values instanceof Grid ? { ...(json as object), values: values.lines() } : json;
  };
  const names = Array.from({ length: 40 }, (_, i) => `Meter ${i}`);

  test("with a list of meters that was seen before reads as it is written", () => {
    const text = (meters: unknown, more = "") =>
      `{"delivery":"d",${more}"meters":${JSON.stringify(meters)},"values":[[1]]}`;
    const bodies = [
      text(names),
      text(names, '"unit":"\\"meters\\":[",'),
      text(names, '"unit":"values",'),
      text(names, '"un\\"values":[[7]],'),
      text(names).replace('"meters":', '"meters" :\n'),
      text([...names.slice(0, -1), "]"]),
      text([...names.slice(0, -1), ["x"]]),
      text([...names.slice(0, -1), { values: [[1]] }]),
      text([...names.slice(1), names[0]]),
      `{"delivery":"d","values":[{"meters":${JSON.stringify(names)}}]}`,
      `{"delivery":"d","values":[[1,2]],"meters":${JSON.stringify(names)}}`,
      `{"delivery":"d","meters":${JSON.stringify(names)},"meters":["x"]}`,
      `{"values":[[1]],"meters":${JSON.stringify(names)},"values":[]}`,
      `{"values":[[1]],"values":[[2]]}`,
      `{"a":{"values":[[1]]},"values":[]}`,
      JSON.stringify(names),
      '"values"',
    ];
    for (let round = 0; round < 3; round++)
      for (const body of bodies) expect(asJson(body), body).toEqual(JSON.parse(body));
    expect(() => asJson(text(names).slice(0, -1))).toThrow("not JSON");
  });

  test("has one digest for the same bytes, and another for any others", () => {
    const text = (more: string, meters: unknown = names) =>
      `{"delivery":"d","meters":${JSON.stringify(meters)},"values":[[1]]${more}}`;
    const bodies = [
      text(""),
      text(" "),
      text("", names.slice(1)),
      text("", [...names.slice(1), names[0]]),
      text("", []),
      `{"delivery":"d","values":[[1]],"meters":${JSON.stringify(names)}}`,
    ];
    const digests = bodies.map((body) => bodyOf(Buffer.from(body), new Lists()).digest);
    expect(new Set(digests).size).toBe(bodies.length);
    for (const [i, body] of bodies.entries()) expect(bodyOf(Buffer.from(body), lists).digest).toBe(digests[i]);
  });

  test("with a table of any numbers reads as JSON does, or is no JSON", () => {
    const digit = fc.nat(9).map(String);
    const number = fc.oneof(
      fc.nat(99_999).map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => JSON.stringify(one)),
      fc
        .tuple(fc.constantFrom("", "-"), fc.array(digit, { maxLength: 14 }), fc.array(digit, { maxLength: 5 }))
        .map(([sign, whole, part]) => `${sign}${whole.join("")}${part.length > 0 ? "." : ""}${part.join("")}`),
      fc.constantFrom("null", "-0", "0.5", "00", "1.", "-", "", "1e3", '"7"', "nul", "true", "[]", "-null"),
    );
    const blank = fc.constantFrom("", "", "", " ", "\n\t", "\r ", "\u000b");
    const cells = fc.array(fc.array(fc.tuple(blank, number, blank), { minLength: 1, maxLength: 4 }), { maxLength: 4 });
    let grids = 0;
    fc.assert(
      fc.property(cells, blank, fc.boolean(), (lines, gap, isPlain) => {
        const written = lines.map(
          (line) =>
            `[${line.map(([a, one, b]) => (isPlain ? a.trim() + (one.length % 5 ? (one.length * 37) / 1000 : null) : a + one + b)).join(",")}]${gap}`,
        );
        const body = `{"values"${gap}:${gap}[${written.join(",")}],"unit":"é"}`;
        let meant: { values: (number | null)[][] } | undefined;
        try {
          meant = JSON.parse(body) as { values: (number | null)[][] };
        } catch {}
        if (!meant) {
          expect(() => asJson(body), body).toThrow("not JSON");
          return;
        }
        if ((bodyOf(Buffer.from(body), lists).json as { values: unknown }).values instanceof Grid) grids++;
        // As text, where a zero below zero is a zero.
        expect(JSON.stringify(asJson(body)), body).toBe(JSON.stringify(meant));
      }),
      { numRuns: 500 },
    );
    expect(grids).toBeGreaterThan(20);
  });
});

// Guards against a quick way through a table by which it holds something else than its readings do.
test("a table is its readings, one by one", () => {
  const known = new Map(
    [7, 3, 5, 9].map((number): [string, Known] => [
      `M${number}`,
      { id: `mtr_${number}`, number, kind: "electricity", registerUnit: "kWh" },
    ]),
  );
  const value = fc.oneof(fc.integer({ min: -9999, max: 9999 }), fc.constantFrom(0.125, 2.5, 1e-7, 1e13, null));
  const shape = fc.record({
    meters: fc.shuffledSubarray([...known.keys()], { minLength: 1 }),
    lines: fc.array(fc.array(value, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
    unit: fc.constantFrom("Wh", "kWh", undefined),
    nowS: fc.constantFrom(START_S + STEP_S, START_S + DAY_S),
  });
  fc.assert(
    fc.property(shape, ({ meters, lines, unit, nowS }) => {
      const values = lines.map((line) => line.slice(0, meters.length));
      const frame = { delivery: "d", interval: STEP_S, ...(unit ? { unit } : {}) };
      const readings = values.flatMap((line, i) =>
        line.flatMap((one, j) => (one === null ? [] : [[meters[j], START_S + i * STEP_S, one]])),
      );
      const outcome = (body: object) => {
        try {
          const sent = frameOf(bodyOf(Buffer.from(JSON.stringify(body)), new Lists()).json);
          const { columns, ...told } = sent.table
            ? checkedTable(sent, sent.table, known, nowS)
            : checked(sent, known, nowS);
          const { exponent, values: digits, ...where } = columns;
          return { ...where, amounts: Array.from(digits, (one) => Number(`${one}e${exponent}`)), ...told };
        } catch (error) {
          return error instanceof Fault ? error.kind : error;
        }
      };
      expect(outcome({ ...frame, start: START_S, meters, values })).toEqual(outcome({ ...frame, readings }));
    }),
    { numRuns: 300 },
  );
});

// Guards against a source that floods: what it may send comes back with time, and nobody else waits.
test("a source's allowance is its own, and grows again", () => {
  const now = 1_000;
  for (let i = 0; i < 1_000; i++) spend("city#flood", now);
  expect(() => spend("city#flood", now)).toThrow("faster than it may");
  spend("city#quiet", now);
  spend("city#flood", now + 1_000);
  for (let i = 0; i < 20; i++) countRefusal("city#wrong", now);
  expect(() => spend("city#wrong", now)).toThrow("could not be taken");
  expect(() => spend("city#wrong", now + 900)).toThrow("could not be taken");
  spend("city#wrong", now + 1_100);
});

describe("batches in the table", () => {
  let set: Awaited<ReturnType<typeof testEngine>>;
  let cities = 0;
  beforeAll(async () => {
    set = await testEngine();
  });
  afterAll(() => set.engine.stop());

  function newHere(home: "aws" | "embedded" = "aws") {
    const slug = `batches-${cities++}`;
    const writing = home === "embedded" ? groupedWrites(set.client) : undefined;
    const table = cityTable(set.client, set.tableName, slug, undefined, writing);
    const told: NewEvent[] = [];
    const kept = new Map<string, Uint8Array>();
    const blobs: Blobs = {
      put: async (key, bytes) => void kept.set(key, bytes),
      begin: () => Promise.reject(new Error("a batch is put whole")),
      get: async (key, range) => {
        const bytes = kept.get(key);
        return range ? bytes?.slice(range.offset, range.offset + range.length) : bytes;
      },
      delete: async (key) => void kept.delete(key),
      list: async function* (prefix) {
        yield* [...kept.keys()].filter((key) => key.startsWith(prefix));
      },
    };
    const clock = { at: new Date("2026-11-23T12:00:00Z"), now: () => clock.at, wake: async () => {} };
    const silent = () => {};
    const here = {
      city: { timeZone: "UTC", slug },
      table,
      blobs,
      clock,
      log: { debug: silent, info: silent, warn: silent, error: silent },
      commit: async (writes: readonly Write[], events: readonly NewEvent[] = []) => {
        await here.table.transact(writes);
        told.push(...events);
      },
    } as unknown as Here & { table: Table };
    return { here, told, clock, kept };
  }
  type Made = ReturnType<typeof newHere>;
  const register = async ({ here }: Made, count: number) => {
    const ids = [];
    for (let i = 0; i < count; i++) {
      const serial = `M${i}`;
      const id = `mtr_01JD8Q6Z3W8M6W1YB1M0Q4S${String(i).padStart(3, "0")}`;
      const order = { id, serial, kind: "electricity" as const, registerUnit: "Wh" as const };
      await meterStore(here).create({ ...order, registeredAt: "2026-01-01T00:00:00.000Z" });
      ids.push(id);
    }
    return ids;
  };
  const send = ({ here }: Made, delivery: string, readings: unknown[], more: object = {}) =>
    takeBatch(here, "key_1", Buffer.from(JSON.stringify({ delivery, interval: STEP_S, readings, ...more })));
  const values = async ({ here }: Made, id: string) =>
    (
      await readingsOf(
        here,
        await meterStore(here).get(id),
        new Date(START_S * 1000),
        new Date((START_S + 3 * 86_400) * 1000),
        "interval",
        0,
      )
    ).readings.map(({ at, quantity }) => `${at.slice(8, 16)} ${quantity}`);

  // Guards against totals that hang on the order in which deliveries came, or on when they were compacted.
  test("a hundred shuffles with compactions at random moments read the same", async () => {
    let expected: string | undefined;
    let seed = 11;
    const chance = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    // Late, repeated and corrected: some readings come in two or three deliveries with different values.
    const batches = Array.from({ length: 8 }, (_, b) => ({
      delivery: `d-${b}`,
      madeAt: new Date((START_S + 7_000 + (b % 4)) * 1000).toISOString(),
      readings: Array.from({ length: 12 }, (_, i) => [
        `M${(b + i) % 3}`,
        START_S + ((b * 5 + i) % 20) * STEP_S,
        100 + ((b * 7 + i) % 13),
      ]),
    }));
    for (let round = 0; round < 100; round++) {
      const made = newHere();
      const ids = await register(made, 3);
      const order = [...batches, batches[chance(8)]!];
      for (let i = order.length - 1; i > 0; i--) {
        const j = chance(i + 1);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      for (const { delivery, madeAt, readings } of order) {
        await send(made, delivery, readings, { madeAt });
        if (chance(4) === 0) await compact(made.here);
      }
      const read = JSON.stringify(await Promise.all(ids.map((id) => values(made, id))));
      expected ??= read;
      expect(read, `round ${round}`).toBe(expected);
    }
    expect(JSON.parse(expected!)[0].length).toBeGreaterThan(5);
  }, 240_000);

  // Guards against a reading that was acknowledged and is gone when the process dies in a compaction.
  test("a compaction that is cut off after any of its calls loses and doubles nothing", async () => {
    const made = newHere();
    const ids = await register(made, 3);
    for (let b = 0; b < 4; b++)
      await send(
        made,
        `d-${b}`,
        [0, 1, 2].map((m) => [`M${m}`, START_S + b * STEP_S, 10 * b + m + 1]),
      );
    const before = await Promise.all(ids.map((id) => values(made, id)));
    expect(before[2]).toEqual(["02T00:00 3", "02T00:15 13", "02T00:30 23", "02T00:45 33"]);
    let survived = 0;
    for (let dieAt = 0; survived === 0; dieAt++) {
      const broken = dyingAfter(made.here, dieAt);
      try {
        await compactWindow(broken);
        survived = dieAt;
      } catch (error) {
        expect((error as Error).message).toBe("the power is gone");
      }
      expect(await Promise.all(ids.map((id) => values(made, id))), `cut off after ${dieAt} calls`).toEqual(before);
    }
    expect(survived).toBeGreaterThan(3);
    expect(await batchStore(made.here).open()).toEqual([]);
    expect(
      await send(
        made,
        "d-0",
        [0, 1, 2].map((m) => [`M${m}`, START_S, m + 1]),
      ),
    ).toMatchObject({ created: false });
    expect(await Promise.all(ids.map((id) => values(made, id)))).toEqual(before);
  });

  // Guards against segments that pile up until a meter's year is thousands of them, and bytes that nobody removes.
  test("segments merge, tell of their readings once, and what was replaced goes", async () => {
    const made = newHere();
    const [id] = await register(made, 1);
    for (let b = 0; b < 20; b++) {
      await send(made, `d-${b}`, [["M0", START_S + b * STEP_S, b + 1]]);
      await compactWindow(made.here);
    }
    for (let again: unknown = {}; again; ) again = (await compact(made.here)).again;
    made.clock.at = new Date(made.clock.at.getTime() + 2 * 3_600_000);
    await compact(made.here);
    const segments = await batchStore(made.here).segments("0", "9");
    expect(segments.length).toBeLessThan(8);
    expect([...made.kept.keys()].sort()).toEqual(segments.map(({ blob }) => blob).sort());
    expect(made.told.map(({ type }) => type)).toEqual(Array(20).fill("meters.readings_kept.v1"));
    expect(made.told[0]).toMatchObject({ data: { readings: 1, meterIds: [id] } });
    expect(await values(made, id!)).toHaveLength(20);
    expect(await meterStore(made.here).lastReadAtS(id!)).toBe(START_S + 20 * STEP_S);
  });

  // Guards against readings that cannot be told any more since segments have sums.
  test("a segment of before, which has no sums, is added up by its readings", async () => {
    const made = newHere();
    const [id] = await register(made, 1);
    await send(
      made,
      "d-0",
      Array.from({ length: 96 }, (_, i) => ["M0", START_S + i * STEP_S, i]),
    );
    await compactWindow(made.here);
    const cutsS = [START_S, START_S + 86_400];
    const told = () => meterStore(made.here).counted(id!, START_S, START_S + 86_400, cutsS);
    expect(await told()).toMatchObject([{ digits: (96 * 95) / 2, coveredS: 86_400, estimatedS: 0 }]);
    const { items } = await made.here.table.query({ pk: "SEGMENTS" });
    const { sums: _, sumRanges, hasRegisters, ...before } = items[0]!;
    expect([sumRanges, hasRegisters]).toEqual([expect.any(Uint8Array), false]);
    await made.here.table.put(before as Item);
    const rows = await told();
    expect(rows).toHaveLength(96);
    expect(rows.reduce((sum, { digits }) => sum + digits, 0)).toBe((96 * 95) / 2);
  });

  // Guards against a compaction without end, where one segment has already all that the others say.
  test("segments that bring nothing new go", async () => {
    const made = newHere();
    const [id] = await register(made, 1);
    const readings = Array.from({ length: 7 }, (_, i) => ["M0", START_S + i * STEP_S, i + 1]);
    const madeAt = new Date(START_S * 1000 + 86_400_000).toISOString();
    for (let b = 0; b < 8; b++) {
      await send(made, `d-${b}`, b === 7 ? readings : readings.slice(0, b % 6 === 0 ? 6 : b), { madeAt });
      await compactWindow(made.here);
    }
    expect((await batchStore(made.here).segments("0", "9")).length).toBeGreaterThan(6);
    expect(await mergeOne(made.here, 2)).toBe(true);
    expect(await mergeOne(made.here, 2)).toBe(false);
    expect(await batchStore(made.here).segments("0", "9")).toMatchObject([{ readings: 7 }]);
    expect(await values(made, id!)).toHaveLength(7);
    made.clock.at = new Date(made.clock.at.getTime() + 2 * 3_600_000);
    await compact(made.here);
    expect(made.kept.size).toBe(1);
  });

  // Guards against bytes that one compaction removes while another has just made the same segment again.
  test("compactions at one moment lose nothing, and leave no bytes behind", async () => {
    const made = newHere();
    const [id] = await register(made, 1);
    const cutOff = { ...made.here, commit: () => Promise.reject(new Error("the power is gone")) } as unknown as Here;
    await send(made, "d-0", [["M0", START_S, 7]]);
    await expect(compactWindow(cutOff)).rejects.toThrow("the power is gone");
    made.clock.at = new Date(made.clock.at.getTime() + 2 * 3_600_000);
    const blobs: Blobs = {
      ...made.here.blobs,
      // At the worst moment: the bytes of the first are about to go.
      delete: async (key) => {
        await compactWindow(made.here);
        await made.here.blobs.delete(key);
      },
    };
    await compact({ ...made.here, blobs } as Here);
    expect(await values(made, id!)).toEqual(["02T00:00 7"]);

    for (let b = 1; b < 30; b++) await send(made, `d-${b}`, [["M0", START_S + b * STEP_S, 7]]);
    await Promise.all([1, 2, 3].map(() => compactWindow(made.here, 10)));
    await Promise.all([1, 2, 3].map(() => compactWindow(made.here)));
    expect(await values(made, id!)).toHaveLength(30);
    made.clock.at = new Date(made.clock.at.getTime() + 2 * 3_600_000);
    await compact(made.here);
    const segments = await batchStore(made.here).segments("0", "9");
    expect([...made.kept.keys()].sort()).toEqual(segments.map(({ blob }) => blob).sort());
  });

  // Guards against a merge that removes what another compaction has made again while it was packing.
  test("a segment that is made again while it is merged stays, with its bytes", async () => {
    const made = newHere();
    const [id] = await register(made, 1);
    const open = async () => {
      const items: Item[] = [];
      for await (const item of made.here.table.all({ pk: "OPEN" })) items.push(item);
      return items;
    };
    const window: Item[] = [];
    for (let b = 0; b < 3; b++) {
      await send(made, `d-${b}`, [["M0", START_S + b * STEP_S, 7]]);
      window.push(...(await open()));
      await compactWindow(made.here);
    }
    const blobs: Blobs = {
      ...made.here.blobs,
      put: async (key, bytes) => {
        await made.here.blobs.put(key, bytes);
        // Another merge, of one more, is faster, and a compaction that was cut off does its first batch again.
        await send(made, "d-3", [["M0", START_S + 3 * STEP_S, 7]]);
        await compactWindow(made.here);
        await mergeOne(made.here, 4);
        await made.here.table.put(window[0]!);
        await compactWindow(made.here);
      },
    };
    await mergeOne({ ...made.here, blobs } as Here, 3);
    expect(await batchStore(made.here).segments("0", "9")).toHaveLength(2);
    made.clock.at = new Date(made.clock.at.getTime() + 2 * 3_600_000);
    await compact(made.here);
    const segments = await batchStore(made.here).segments("0", "9");
    expect([...made.kept.keys()].sort()).toEqual(segments.map(({ blob }) => blob).sort());
    expect(await values(made, id!)).toHaveLength(4);
  });

  // Guards against a writer so slow that its bytes were taken for given up: it must not publish what is gone.
  test("a segment whose bytes were removed is not published, and made anew", async () => {
    const made = newHere();
    const [id] = await register(made, 1);
    await send(made, "d-0", [["M0", START_S, 7]]);
    const blobs: Blobs = {
      ...made.here.blobs,
      put: async (key, bytes) => {
        await made.here.blobs.put(key, bytes);
        made.clock.at = new Date(made.clock.at.getTime() + 2 * 3_600_000);
        await made.here.table.put({ pk: "OPEN", sk: "2026-11-23T11:00:00.000Z#key_1#none", lo: 0, hi: 0 });
        await compact({
          ...made.here,
          blobs: { ...made.here.blobs, put: () => Promise.reject(new Error("full")) },
        }).catch(() => {});
      },
    };
    await expect(compactWindow({ ...made.here, blobs } as Here)).rejects.toThrow("condition");
    await compact(made.here);
    expect(await values(made, id!)).toEqual(["02T00:00 7"]);
  });

  // Guards against readings that the table's time to live takes because no compaction came for so long.
  test("a batch that waits too long has no end of life until a segment holds it; a failing compaction goes on", async () => {
    const made = newHere();
    const [id] = await register(made, 1);
    await send(made, "d-0", [["M0", START_S, 7]]);
    const batch = () => batchStore(made.here).find("key_1", "d-0");
    expect(await batch()).toHaveProperty("expiresAt");
    const blobs = { ...made.here.blobs, put: () => Promise.reject(new Error("no space left")) } as Blobs;
    made.clock.at = new Date(made.clock.at.getTime() + 25 * 3_600_000);
    const failed = await runCompaction({ ...made.here, blobs } as Here, "1234");
    expect(failed).toMatchObject({ writes: [{ put: { pk: "TASK#meters.compaction#again" } }] });
    expect(await runCompaction({ ...made.here, blobs } as Here, "again")).toHaveProperty("again");
    expect(await batch()).not.toHaveProperty("expiresAt");
    expect(await runCompaction(made.here, "again")).toEqual({});
    const endsAt = Number((await batch())?.expiresAt);
    expect(endsAt).toBe(made.clock.at.getTime() / 1000 + 90 * 86_400);
    expect(await values(made, id!)).toEqual(["02T00:00 7"]);
    expect((await send(made, "d-0", [["M0", START_S, 7]])).created).toBe(false);
  });

  // Guards against readings of a source that fell silent, whose compaction was given up as its process died each time.
  test("where no compaction and no batch comes any more, a watch keeps what waits and tells of it until it moves", async () => {
    const made = newHere();
    const [id] = await register(made, 1);
    await send(made, "d-0", [["M0", START_S, 7]]);
    const { items } = await made.here.table.query({ pk: "DUE", index: "gsi2", from: "2026-11-25", to: "2026-11-26" });
    const day = String(Date.UTC(2026, 10, 23) / 86_400_000);
    expect(items.map((item) => [item["name"], item["id"]])).toEqual([["meters.stall_watch", day]]);
    // One for a day, however many batches come on it.
    made.clock.at = new Date("2026-11-23T18:00:00Z");
    await made.here.table.delete(items[0]!);
    await send(made, "d-1", [["M0", START_S + STEP_S, 8]]);
    expect(await made.here.table.get(items[0]!)).toBeUndefined();

    made.clock.at = new Date("2026-12-23T00:00:00Z");
    const away = {
      ...made.here.table,
      all: () => {
        throw new Error("away");
      },
    } as unknown as Table;
    expect(await watchStall({ ...made.here, table: away } as Here, day)).toHaveProperty("again");
    const batch = (delivery: string) => batchStore(made.here).find("key_1", delivery);
    expect(await batch("d-1")).toHaveProperty("expiresAt");
    expect(await watchStall(made.here, day)).toMatchObject({ writes: [{ put: { id: "again" } }] });
    for (const delivery of ["d-0", "d-1"]) expect(await batch(delivery)).not.toHaveProperty("expiresAt");
    expect(await watchStall(made.here, "again")).toHaveProperty("again");
    const since = "2026-11-23T12:00:00.000Z";
    const facts = () => made.told.map(({ type, data }) => [type, data]);
    expect(facts()).toEqual(Array(2).fill(["meters.readings_stalled.v1", { since }]));
    await compact(made.here);
    made.told.length = 0;
    expect(await watchStall(made.here, "again")).toEqual({});
    expect(facts()).toEqual([["meters.readings_moving.v1", {}]]);
    expect(await watchStall(made.here, day)).toEqual({});
    expect(made.told).toHaveLength(1);
    expect(await values(made, id!)).toEqual(["02T00:00 7", "02T00:15 8"]);
  });

  // Guards against an engine that was off for a season, and clears away what nobody has compacted yet.
  test("on a machine of one's own a batch has no end of life until a segment holds it", async () => {
    const made = newHere("embedded");
    const [id] = await register(made, 1);
    await send(made, "d-0", [["M0", START_S, 7]]);
    const batch = () => batchStore(made.here).find("key_1", "d-0");
    expect(await batch()).not.toHaveProperty("expiresAt");
    // A writer that died before its batch was there.
    await made.here.table.put({ pk: "OPEN", sk: "2026-11-23T11:00:00.000Z#key_1#none", lo: 0, hi: 0, isKept: true });
    await compact(made.here);
    expect(Number((await batch())?.expiresAt)).toBe(made.clock.at.getTime() / 1000 + 90 * 86_400);
    expect(await batchStore(made.here).open()).toEqual([]);
    expect(await values(made, id!)).toEqual(["02T00:00 7"]);
    expect((await send(made, "d-0", [["M0", START_S, 7]])).created).toBe(false);
  });

  // Guards against a window that grows faster than it is compacted.
  test("a window of more batches than one run takes is compacted to its end", async () => {
    const made = newHere();
    await register(made, 1);
    await Promise.all(Array.from({ length: 5 }, (_, b) => send(made, `d-${b}`, [["M0", START_S + b * 60, 1]])));
    let runs = 0;
    for (let isMore = true; isMore; runs++) isMore = await compactWindow(made.here, 2);
    expect(runs).toBe(3);
    expect(await batchStore(made.here).open()).toEqual([]);
    expect((await batchStore(made.here).rows(1, "2026-11", "2026-11")).length).toBe(5);
  });

  // Guards against one broken delivery behind which all others wait.
  test("a batch that cannot be read is parked, and the rest goes on", async () => {
    const made = newHere();
    const [id] = await register(made, 1);
    await send(made, "good", [["M0", START_S, 5]]);
    const item: Item = {
      ...(await batchStore(made.here).find("key_1", "good"))!,
      sk: "bad",
      b: new Uint8Array([9, 9, 9]),
    };
    await made.here.table.put(item);
    await made.here.table.put({ pk: "OPEN", sk: "2026-11-23T11:00:00.000Z#key_1#bad", lo: 0, hi: 9 });
    expect(await values(made, id!)).toEqual(["02T00:00 5"]);
    await compact(made.here);
    expect(await batchStore(made.here).open()).toEqual([]);
    expect((await made.here.table.query({ pk: "BATCHPARKED" })).items).toHaveLength(1);
    expect(await made.here.table.get({ pk: "BATCHES#key_1", sk: "bad" })).not.toHaveProperty("expiresAt");
    expect(await values(made, id!)).toEqual(["02T00:00 5"]);
  });

  // Guards against two first deliveries of the same meters that give them two numbers each.
  test("meters get one small number each, whoever comes first", async () => {
    const made = newHere();
    await register(made, 30);
    const one = (b: number) =>
      send(
        made,
        `d-${b}`,
        Array.from({ length: 30 }, (_, m) => [`M${m}`, START_S + b, 1]),
      );
    await Promise.all([0, 1, 2, 3].map(one));
    const { items } = await made.here.table.query({ pk: "METERNOS" });
    expect(items.map(({ sk }) => Number(sk))).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(new Set(items.map((item) => item["meterId"])).size).toBe(30);
  });

  // Guards against a batch that costs more than its own bytes and its entry in the window.
  test("a batch is two puts", async () => {
    const made = newHere();
    await register(made, 100);
    const readings = (b: number) =>
      Array.from({ length: 500 }, (_, i) => [
        `M${i % 100}`,
        START_S + (b * 5 + Math.floor(i / 100)) * STEP_S,
        100 + ((i * 37) % 150),
      ]);
    await send(made, "d-0", readings(0));
    const tally = newTally();
    await tallied(tally, () => send(made, "d-1", readings(1)));
    expect(tally.calls).toBe(2);
    expect(tally.writeUnits).toBeLessThanOrEqual(3);
    expect(tally.readUnits).toBe(0);
  });
});

// Guards against a choice among equals that hangs on their order.
test("the resolved rows are the same for any order and grouping", () => {
  const row = fc.record({
    meter: fc.integer({ min: 1, max: 3 }),
    atS: fc.integer({ min: 0, max: 4 }),
    stepS: fc.constantFrom(0, 900),
    value: fc.integer({ min: 0, max: 3 }),
    exponent: fc.constantFrom(0, -1),
    quality: fc.constantFrom("A", "E52", "N"),
    asOfS: fc.integer({ min: 0, max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), fc.nat(), fc.nat(40), (rows, seed, cut) => {
      const shuffled = [...rows].sort(
        (a, b) => ((a.value * 7 + a.atS * 3 + seed) % 11) - ((b.value * 7 + b.atS * 3 + seed) % 11),
      );
      const once = resolved([...rows]);
      expect(resolved(shuffled)).toEqual(once);
      expect(resolved([...resolved(shuffled.slice(0, cut)), ...resolved(shuffled.slice(cut)), ...once])).toEqual(once);
    }),
  );
});

// Guards against a short way to the figures of most meters that gives other figures.
test("rows that none disputes count as their blocks would", () => {
  const rows = fc.array(
    fc.record({
      meter: fc.constant(1),
      atS: fc.integer({ min: 0, max: 40 }).map((i) => START_S + i * 1_800),
      stepS: fc.constantFrom(900, 900, 900, 1_800, 3_600, 0),
      value: fc.nat(9),
      exponent: fc.constantFrom(0, -1),
      quality: fc.constantFrom("A", "A", "E52", "N"),
      asOfS: fc.nat(2),
    }),
    { maxLength: 12 },
  );
  let short = 0;
  fc.assert(
    fc.property(rows, (some) => {
      const once = resolved([...some]);
      const plain = undisputed(once);
      if (!plain) return;
      short++;
      expect(plain).toEqual(counted(blocksOfRows(once, "Wh")));
    }),
    { numRuns: 300 },
  );
  expect(short).toBeGreaterThan(20);
});
