import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { takeBatch } from "../../functions/meters/batch-intake.ts";
import type { Row } from "../../functions/meters/batch-rows.ts";
import { compact, planCompaction } from "../../functions/meters/compaction.ts";
import { takeIn } from "../../functions/meters/intake.ts";
import { readingsOf } from "../../functions/meters/reading.ts";
import { Reading } from "../../functions/meters/schema.ts";
import { packSegment, segmentItem } from "../../functions/meters/segment.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { random } from "../../functions/synthetic/random.ts";
import { logWrites, type NewEvent } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { folderBlobs } from "../../shared/local/blobs.ts";
import { cityTable, type Write } from "../../shared/table.ts";
import { newTally, tallied } from "../../shared/tally.ts";
import { testEngine } from "../setup/engine.ts";
import { runHouse } from "../setup/house.ts";
import { clientOf } from "./client.ts";
import { copyBatches } from "./postgres.ts";
import { DOLLARS_PER_MILLION_PUTS, DOLLARS_PER_MILLION_READ_UNITS, DOLLARS_PER_MILLION_WRITE_UNITS } from "./prices.ts";
import { Wire } from "./wire.ts";

type Note = (what: string, value: number, unit: string, more?: string) => void;
const STEP_S = 900;
const START_S = Date.UTC(2026, 9, 1) / 1000;
const METERS = 5_000;
const SIZES = [500, 5_000] as const;
/** A city of a million meters, every quarter of an hour. */
const READINGS_AN_HOUR = 4_000_000;
const WINDOWS_AN_HOUR = 4;
const BATCHES_A_RUN = 400;

/** Made-up quarter-hours of a home: small at night, larger by day, and never twice the same. */
function made(meter: number, quarter: number): number {
  const hour = (quarter / 4) % 24;
  const level = 15 + ((meter * 7919) % 40);
  const shape = hour < 6 ? 1 : hour < 9 ? 2.5 : hour < 17 ? 1.6 : hour < 22 ? 3.4 : 1.4;
  const noise = (Math.imul(meter * 31 + quarter + 1, 2_654_435_761) >>> 8) / 2 ** 24;
  return Math.round(level * shape * (0.6 + 0.8 * noise));
}
const serial = (meter: number): string => `Q${String(meter).padStart(7, "0")}`;
const batchOf = (delivery: string, firstMeter: number, size: number, quarter: number): string =>
  JSON.stringify({
    delivery,
    interval: STEP_S,
    unit: "Wh",
    readings: Array.from({ length: size }, (_, i) => {
      const meter = (firstMeter + i) % METERS;
      return [serial(meter), START_S + quarter * STEP_S, made(meter, quarter)];
    }),
  });
const registering = (meters: number, day = "2026-09-01"): string =>
  `meter,time,Wh\n${Array.from({ length: meters }, (_, i) => `${serial(i)},${day}T00:00Z,1\n${serial(i)},${day}T00:15Z,1`).join("\n")}\n`;

/** What an hour of a city costs. */
export async function meterCost(note: Note): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "hansa-bench-meters-"));
  const { here, clock, counts, stop } = await houseIn(folder);
  try {
    await takeIn(here, Buffer.from(registering(METERS)), Reading.parse({ register: "true" }), "key_head_end");
    const send = (body: string) => takeBatch(here, "key_bench", Buffer.from(body));
    await send(batchOf("warm", 0, METERS, 0));
    for (let again: unknown = {}; again; ) again = (await compact(here)).again;
    // Planning a window's task, and as much again for its end, once in each window.
    clock.at = new Date(clock.at.getTime() + STEP_S * 1000);
    const planning = newTally();
    await tallied(planning, () => planCompaction(here));
    for (const size of SIZES) {
      const batches = 100_000 / size;
      const intake = newTally();
      await tallied(intake, async () => {
        for (let b = 0; b < batches; b++)
          await send(batchOf(`${size}-${b}`, (b * size) % METERS, size, 1 + Math.floor((b * size) / METERS)));
      });
      Object.assign(counts, { puts: 0, deletes: 0 });
      const compaction = newTally();
      await tallied(compaction, () => compact(here));
      const { puts, deletes } = counts;
      if (deletes !== batches) throw new Error(`${deletes} of ${batches} batches left the window`);
      // A delete of an entry is a unit for each batch; all else of a compaction is for each run of up to 400.
      const fixedUnits = compaction.writeUnits - deletes;
      const batchesAnHour = READINGS_AN_HOUR / size;
      const runs = WINDOWS_AN_HOUR * Math.ceil(batchesAnHour / WINDOWS_AN_HOUR / BATCHES_A_RUN);
      const writes =
        (intake.writeUnits / batches + 1) * batchesAnHour +
        fixedUnits * runs +
        planning.writeUnits * 2 * WINDOWS_AN_HOUR;
      // Each batch's key is looked up: one unit more than the intake itself reads.
      const reads = ((intake.readUnits + compaction.readUnits) / batches + 1) * batchesAnHour;
      const dollars =
        (writes * DOLLARS_PER_MILLION_WRITE_UNITS +
          reads * DOLLARS_PER_MILLION_READ_UNITS +
          puts * runs * DOLLARS_PER_MILLION_PUTS) /
        1e6;
      note(
        `readings in batches of ${size}: cost`,
        (dollars / READINGS_AN_HOUR) * 1e6 * 1000,
        "$/billion",
        `${((batches * size) / READINGS_AN_HOUR) * 100} % of an hour of 1,000,000 meters was run; a batch ${intake.writeUnits / batches} write units, ${runs} compactions an hour of ${fixedUnits} units and ${puts} puts; wanted ${size === 500 ? 8 : 1.5}`,
      );
    }
  } finally {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A city in a table and a folder of its own, without HTTP: what it puts into the folder, and what leaves its window. */
async function houseIn(folder: string) {
  const set = await testEngine("hansa-bench", join(folder, "table.db"));
  const table = cityTable(set.client, set.tableName, "bench");
  // In the month of the readings: of one that is over, it is noted meter by meter what may have been billed.
  const clock = { at: new Date("2026-10-01T12:00:01Z"), now: () => clock.at, wake: async () => {} };
  const files = folderBlobs(join(folder, "blobs"));
  const counts = { puts: 0, deletes: 0 };
  const silent = () => {};
  const here = {
    city: { timeZone: "UTC", slug: "bench" },
    table: {
      ...table,
      delete: (key: Parameters<typeof table.delete>[0]) => {
        if (key.pk === "OPEN") counts.deletes++;
        return table.delete(key);
      },
    },
    blobs: {
      ...files,
      put: (key: string, bytes: Uint8Array) => {
        counts.puts++;
        return files.put(key, bytes);
      },
    },
    clock,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    commit: (writes: readonly Write[], events: readonly NewEvent[] = []) =>
      table.transact([...writes, ...logWrites("/cities/bench", events, clock.at)]),
  } as unknown as Here;
  return { here, clock, counts, stop: () => set.engine.stop() };
}

const YEAR_METERS = 10;
const YEAR_QUARTERS = 365 * 96;
const YEAR_S = START_S - 366 * 86_400;

/** How long it takes to tell a meter's year, compacted among others', of batches and of files. */
export async function meterYear(note: Note): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "hansa-bench-year-"));
  const { here, clock, stop } = await houseIn(folder);
  try {
    await takeIn(
      here,
      Buffer.from(registering(METERS, "2025-09-01")),
      Reading.parse({ register: "true" }),
      "key_head_end",
    );
    const settle = async () => {
      for (let again: unknown = {}; again; ) again = (await compact(here)).again;
    };
    for (let from = 0; from < YEAR_QUARTERS; from += 500)
      await takeBatch(
        here,
        "key_bench",
        Buffer.from(
          JSON.stringify({
            ...{ delivery: `year-${from}`, interval: STEP_S, unit: "Wh" },
            readings: Array.from({ length: Math.min(500, YEAR_QUARTERS - from) * YEAR_METERS }, (_, i) => {
              const [meter, quarter] = [i % YEAR_METERS, from + Math.floor(i / YEAR_METERS)];
              return [serial(meter), YEAR_S + quarter * STEP_S, made(meter, quarter)];
            }),
          }),
        ),
      );
    await settle();
    // Others' years came as files, one for each month of all of them.
    const others = Array.from({ length: YEAR_METERS }, (_, m) => YEAR_METERS + m);
    for (let from = 0; from < YEAR_QUARTERS; from += 30 * 96) {
      const quarters = Array.from({ length: Math.min(30 * 96, YEAR_QUARTERS - from) }, (_, i) => from + i);
      const lines = others.flatMap((meter) =>
        quarters.map(
          (q) => `${serial(meter)},${new Date((YEAR_S + q * STEP_S) * 1000).toISOString()},${made(meter, q)}`,
        ),
      );
      clock.at = new Date(clock.at.getTime() + 60_000);
      await takeIn(here, Buffer.from(`meter,time,Wh\n${lines.join("\n")}\n`), Reading.parse({}), "key_head_end");
    }
    await settle();
    for (const [what, first] of [
      ["of batches", 0],
      ["of files", YEAR_METERS],
    ] as const) {
      const serials = Array.from({ length: YEAR_METERS }, (_, m) => serial(first + m));
      const asked = [...new Set((await meterStore(here).byNumbers(serials)).values())];
      const times: number[] = [];
      let before = process.cpuUsage();
      // Each time another meter, so that nothing of it is remembered; the first ten make the machine warm.
      for (let i = -10; i < 100; i++) {
        const started = performance.now();
        const { readings } = await readingsOf(
          here,
          asked[(i + 10) % asked.length]!,
          new Date(YEAR_S * 1000),
          new Date((START_S - 86_400) * 1000),
          "day",
          0,
        );
        JSON.stringify(readings);
        if (i >= 0) times.push(performance.now() - started);
        else before = process.cpuUsage();
        if (readings.length !== 365 || readings.some(({ coverage }) => coverage !== 1))
          throw new Error("the year is not whole");
      }
      const { user, system } = process.cpuUsage(before);
      times.sort((a, b) => a - b);
      const year = `a meter's year of 35,040 readings ${what}, by days`;
      note(`${year}: processor`, (user + system) / 1000 / times.length, "ms each");
      note(`${year}: p50`, times[49]!, "ms");
      note(`${year}: p99`, times[98]!, "ms", "in process, from segments, each another meter; wanted 50");
    }
  } finally {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const venv = join(import.meta.dirname, "../../.venv/chdb");

/** Bytes of the best of ClickHouse's codecs for each column. */
function clickhouseBytes(rows: readonly Row[]): number {
  if (!existsSync(join(venv, "bin/python"))) {
    if (spawnSync("python3", ["-m", "venv", venv]).status !== 0) throw new Error("The peer needs python3-venv.");
    if (spawnSync(join(venv, "bin/pip"), ["install", "-q", "chdb"]).status !== 0)
      throw new Error("pip install chdb failed.");
  }
  const folder = mkdtempSync(join(tmpdir(), "hansa-bench-chdb-"));
  try {
    const file = join(folder, "readings.csv");
    writeFileSync(file, rows.map(({ meter, atS, value }) => `${meter},${atS},${value}\n`).join(""));
    const { status, stdout, stderr } = spawnSync(
      join(venv, "bin/python"),
      [join(import.meta.dirname, "codecs.py"), file],
      {
        encoding: "utf8",
        cwd: folder,
      },
    );
    if (status !== 0) throw new Error(`chDB: ${stderr.slice(-1_000)}`);
    return Number(stdout.trim());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The real files of the repository, by the hour: one meter each. */
function realRows(name: string): Row[] {
  const text = gunzipSync(readFileSync(join(import.meta.dirname, "../data/meters", name))).toString();
  const rows: Row[] = [];
  for (const line of text.split("\n")) {
    const found = /(\d{4}-\d{2}-\d{2})[ T](\d{2}):(\d{2})(?::\d{2})?[^,]*,.*?(-?\d+(?:\.\d+)?)\s*$/.exec(line.trim());
    if (!found) continue;
    const atS = Date.parse(`${found[1]}T${found[2]}:${found[3]}:00Z`) / 1000;
    const value = Math.round(Number(found[4]) * 1000);
    if ((rows.at(-1)?.atS ?? 0) < atS)
      rows.push({ meter: 1, atS, stepS: 3600, value, exponent: 0, quality: "A", asOfS: atS + 3600 });
  }
  return rows;
}

export async function metersAtRest(note: Note): Promise<void> {
  const chance = random("at-rest");
  const generated = Array.from({ length: 200 * 30 * 96 }, (_, i): Row => {
    const [meter, quarter] = [Math.floor(i / 2880), i % 2880];
    const value = Math.max(0, made(meter, quarter) + chance.whole(-5, 5));
    const atS = START_S + quarter * STEP_S;
    return { meter: meter + 1, atS, stepS: STEP_S, value, exponent: 0, quality: "A", asOfS: atS + STEP_S };
  });
  const sets: [string, Row[]][] = [["200 made-up meters, a month of quarter-hours", generated]];
  for (const name of ["il-electricity-hourly.csv.gz", "il-gas-hourly.csv.gz"]) sets.push([name, realRows(name)]);
  for (const [what, rows] of sets) {
    if (rows.length < 1_000) throw new Error(`${what}: only ${rows.length} readings`);
    const { segment, bytes } = packSegment("2026-10", rows, "Europe/Paris");
    const item = segmentItem(segment);
    const index = (item["ranges"] as Uint8Array).length + (item["sumRanges"] as Uint8Array).length;
    const ours = (bytes.length + index) / rows.length;
    note(
      `at rest, ${what}`,
      ours,
      "bytes each",
      `${rows.length} readings, with qualities, ages, sums by day and index of ranges`,
    );
    const theirs = clickhouseBytes(rows) / rows.length;
    note(
      "  ClickHouse's best codecs by chDB",
      theirs,
      "bytes each",
      "meter, time and value alone; best of each column",
    );
    note("  ratio, ours to ClickHouse's", ours / theirs, "×", "wanted 0.8");
  }
}

/** As its source sends it: a table of one interval, or readings one by one. */
const FORMS = {
  table: (delivery: string, firstMeter: number, size: number, quarter: number) => {
    const meters = Array.from({ length: size }, (_, i) => (firstMeter + i) % METERS);
    return JSON.stringify({
      delivery,
      interval: STEP_S,
      unit: "Wh",
      start: START_S + quarter * STEP_S,
      meters: meters.map(serial),
      values: [meters.map((meter) => made(meter, quarter))],
    });
  },
  "readings one by one": batchOf,
};
const ROUNDS = 3;
const IN_FLIGHT = { 500: 32, 5000: 16 };
const A_ROUND = { 500: 400_000, 5000: 2_000_000 };
const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

export async function metersOverHttp(note: Note): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), "hansa-bench-http-"));
  const house = await runHouse({ HANSA_DATA: data });
  try {
    const city = await clientOf(house).city("bench-batches");
    await city.upload("/v1/readings", "meters.csv", registering(METERS), { register: "true" });
    // Several sources: each has an allowance of its own.
    const secrets: string[] = [];
    for (const name of ["A", "B", "C", "D"]) {
      const key = { name: `Head end ${name}`, scopes: ["meters.readings:write"] };
      secrets.push((await city.post<{ secret: string }>("/v1/keys", key)).secret);
    }
    const { meters } = await city.get<{ meters: { id: string }[] }>(`/v1/meters?number=${serial(7)}`);
    const port = Number(new URL(house.url).port);
    let quarter = 0;
    const send = async (size: 500 | 5_000, form: keyof typeof FORMS, total: number) => {
      const bodies: string[] = [];
      const rows: string[][] = [];
      for (let sent = 0; sent < total; sent += size) {
        if (sent % METERS === 0) quarter++;
        const first = sent % METERS;
        bodies.push(FORMS[form](`${form.length}-${quarter}-${first}`, first, size, quarter));
        rows.push(
          Array.from(
            { length: size },
            (_, i) => `${first + i},${START_S + quarter * STEP_S},${made(first + i, quarter)}`,
          ),
        );
      }
      let next = 0;
      const started = performance.now();
      await Promise.all(
        Array.from({ length: IN_FLIGHT[size] }, async (_, i) => {
          const wire = new Wire(port);
          const secret = secrets[i % secrets.length]!;
          for (let body = bodies[next++]; body; body = bodies[next++]) {
            const headers = { Authorization: `Bearer ${secret}` };
            const { status, body: said } = await wire.post("/cities/bench-batches/v1/readings/batches", headers, body);
            if (status !== 201) throw new Error(`${status} ${said}`);
          }
          wire.close();
        }),
      );
      return { perSecond: total / ((performance.now() - started) / 1000), rows };
    };
    for (const size of SIZES) {
      const total = A_ROUND[size];
      // A house runs for months: it is measured when it has taken as much before, in either form.
      await send(size, "table", total);
      await send(size, "readings one by one", total / 5);
      const figures: Record<string, number[]> = {};
      for (let round = 0; round < ROUNDS; round++) {
        const { perSecond, rows } = await send(size, "table", total);
        const lastS = START_S + quarter * STEP_S;
        const asked = performance.now();
        const at = (s: number) => new Date(s * 1000).toISOString();
        const { readings } = await city.get<{ readings: { at: string }[] }>(
          `/v1/meters/${meters[0]!.id}/readings?grain=interval&from=${at(lastS - 86_400)}&to=${at(lastS + STEP_S)}`,
        );
        const readMs = performance.now() - asked;
        if (readings.at(-1)?.at !== at(lastS)) throw new Error("the last acknowledged reading cannot be read");
        const byOne = await send(size, "readings one by one", total / 5);
        const theirs = copyBatches(rows, [1, 4]).map((one) => one.perSecond);
        const all = {
          ours: perSecond,
          byOne: byOne.perSecond,
          readMs,
          one: theirs[0]!,
          four: theirs[1]!,
          ratioToOne: perSecond / theirs[0]!,
          ratioToFour: perSecond / theirs[1]!,
        };
        for (const [name, value] of Object.entries(all)) figures[name] = [...(figures[name] ?? []), value];
      }
      const of = (name: string) => middle(figures[name]!);
      const how = `middle of ${ROUNDS} rounds in turn; ${IN_FLIGHT[size]} in flight; checked, durable, once`;
      note(`readings over HTTP in batches of ${size}, as tables`, of("ours"), "/s", how);
      note(`readings over HTTP in batches of ${size}, one by one`, of("byOne"), "/s");
      note("  the last one read back", Math.max(...figures["readMs"]!), "ms", "the slowest; wanted 2,000");
      const same = "a commit each, key of numbers; no HTTP, no check of meters";
      note(`  PostgreSQL: COPY of ${size} each, one connection`, of("one"), "/s", same);
      note(`  PostgreSQL: COPY of ${size} each, four connections`, of("four"), "/s", same);
      note("  ratio, ours to one connection", of("ratioToOne"), "×", `wanted ${size === 500 ? 2.5 : 8}`);
      note("  ratio, ours to four connections", of("ratioToFour"), "×");
    }
  } finally {
    await house.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

const KILLS = Number(process.env["HANSA_BENCH_KILLS"] ?? 50);

/** Batches one after the other; the house is killed without warning among them; what was acknowledged must be there. */
export async function meterKills(note: Note): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), "hansa-bench-kill-"));
  const env = { HANSA_DATA: data };
  const acknowledged: number[] = [];
  let house = await runHouse(env);
  try {
    const first = await clientOf(house).city("bench-kills");
    await first.upload("/v1/readings", "meters.csv", registering(20), { register: "true" });
    const { secret } = await first.post<{ secret: string }>("/v1/keys", {
      name: "Head end",
      scopes: ["meters.readings:write", "meters.readings:read"],
    });
    const ask = (path: string, body?: string) =>
      fetch(`${house.url}/cities/bench-kills${path}`, {
        method: body === undefined ? "GET" : "POST",
        body,
        headers: { Authorization: `Bearer ${secret}`, "Content-Type": "application/json" },
      });
    let quarter = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const ended = new Promise((resolve) => house.process.once("exit", resolve));
      let isArmed = false;
      for (;;) {
        quarter++;
        const body = batchOf(`k-${quarter}`, 0, 20, quarter);
        const answer = await ask("/v1/readings/batches", body).catch(() => undefined);
        if (!answer) break;
        if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
        acknowledged.push(quarter);
        if (!isArmed) setTimeout(() => house.process.kill("SIGKILL"), 20 + (kill % 10) * 15);
        isArmed = true;
      }
      await ended;
      house = await runHouse(env);
    }
    const { meters } = (await (await ask(`/v1/meters?number=${serial(7)}`)).json()) as { meters: { id: string }[] };
    const there = new Map<number, number>();
    for (let day = 0; day * 96 <= quarter; day += 30) {
      const at = (of: number) => new Date((START_S + of * 86_400) * 1000).toISOString();
      const answer = await ask(
        `/v1/meters/${meters[0]!.id}/readings?grain=interval&from=${at(day)}&to=${at(day + 30)}`,
      );
      for (const one of ((await answer.json()) as { readings: { at: string; quantity: number }[] }).readings)
        there.set((Date.parse(one.at) / 1000 - START_S) / STEP_S, one.quantity);
    }
    const lost = acknowledged.filter((one) => there.get(one) !== made(7, one));
    note(`acknowledged batches lost over ${KILLS} × kill -9`, lost.length, "", `of ${acknowledged.length}; wanted 0`);
    if (lost.length > 0) throw new Error(`lost: ${lost.slice(0, 10).join(", ")}`);
  } finally {
    await house.stop();
    rmSync(data, { recursive: true, force: true });
  }
}
