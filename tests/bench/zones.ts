import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compact } from "../../functions/meters/compaction.ts";
import type { AreaUse } from "../../functions/network/schema.ts";
import { logWrites, type NewEvent } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { folderBlobs } from "../../shared/local/blobs.ts";
import { prefixed } from "../../shared/ports.ts";
import { cityTable, type Write } from "../../shared/table.ts";
import { testEngine } from "../setup/engine.ts";
import { runHouse } from "../setup/house.ts";
import { clientOf } from "./client.ts";
import { Wire } from "./wire.ts";

type Note = (what: string, value: number, unit: string, more?: string) => void;
const METERS = 10_000;
const DAYS = 4;
const QUARTERS = DAYS * 96;
const BATCH = 5_000;
const STEP_S = 900;
const FIRST = "2026-10-01";
const START_S = Date.parse(`${FIRST}T00:00Z`) / 1000;
const ASKED = 100;
const SLUG = "bench-zones";

const serial = (meter: number): string => `Z${String(meter).padStart(6, "0")}`;
const made = (meter: number, quarter: number): number => 20 + ((meter * 31 + quarter * 17) % 97);
const dayAt = (day: number): string => new Date((START_S + day * 86_400) * 1000).toISOString().slice(0, 10);

/** Days of a zone of ten thousand meters, by the route, on what the real compaction leaves and what is not compacted yet. */
export async function zoneFigures(note: Note): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), "hansa-bench-zones-"));
  try {
    const token = await filled(data);
    const house = await runHouse({ HANSA_DATA: data });
    try {
      const city = clientOf(house).cityAs(SLUG, token);
      const day = async (of: number): Promise<number> => {
        const started = performance.now();
        const { days } = await city.get<AreaUse>(`/v1/network/areas/TOWN/use?from=${dayAt(of)}`);
        const took = performance.now() - started;
        let expected = 0;
        for (let meter = 0; meter < METERS; meter++)
          for (let quarter = of * 96; quarter < (of + 1) * 96; quarter++) expected += made(meter, quarter);
        const [one] = days;
        if (one?.quantity !== expected || one.read !== METERS || one.coverage !== 1)
          throw new Error(`${dayAt(of)}: ${JSON.stringify(one)}, and not ${expected}`);
        return took;
      };
      const first = await day(0);
      const times: number[] = [];
      for (let i = 0; i < ASKED; i++) times.push(await day(i % DAYS));
      times.sort((a, b) => a - b);
      const what = `a zone's day over ${METERS} meters`;
      note(
        `${what}: p50`,
        times[ASKED / 2 - 1]!,
        "ms",
        `over HTTP, ${METERS * QUARTERS} quarter-hours, the last two batches not compacted`,
      );
      note(`${what}: p99`, times[ASKED - 2]!, "ms", "wanted 500");
      note(`${what}: the first after a start`, first, "ms", "with the network and the meters' numbers to be read");
    } finally {
      await house.stop();
    }
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** A city with all that in its folder. @returns the token of somebody who may see it */
async function filled(data: string): Promise<string> {
  const house = await runHouse({ HANSA_DATA: data });
  try {
    const city = await clientOf(house).city(SLUG);
    const meters = Array.from({ length: METERS }, (_, i) => i);
    const lines = meters.map((i) => `${serial(i)},2026-08-01T00:00Z,1\n${serial(i)},2026-08-01T00:15Z,1`);
    await city.upload("/v1/readings", "meters.csv", `meter,time,Wh\n${lines.join("\n")}\n`, { register: "true" });
    const areas = [
      "code,level,kind,within",
      "TOWN,zone,electricity,",
      "NORTH,zone,electricity,TOWN",
      "SOUTH,zone,electricity,TOWN",
    ];
    await city.upload("/v1/network/imports?of=areas", "areas.csv", areas.join("\n"));
    const points = meters.map((i) => `P${i},electricity,${i % 2 ? "NORTH" : "SOUTH"},${serial(i)}`);
    await city.upload("/v1/network/imports?of=points", "points.csv", ["code,kind,area,meter", ...points].join("\n"));
    const secrets: string[] = [];
    for (const name of ["A", "B", "C", "D"])
      secrets.push(
        (await city.post<{ secret: string }>("/v1/keys", { name, scopes: ["meters.readings:write"] })).secret,
      );
    let next = 0;
    const send = (until: number) =>
      Promise.all(
        secrets.map(async (secret) => {
          const wire = new Wire(Number(new URL(house.url).port));
          while (next < until) {
            const [quarter, part] = [Math.floor(next / (METERS / BATCH)), next % (METERS / BATCH)];
            const some = meters.slice(part * BATCH, (part + 1) * BATCH);
            const body = {
              ...{ delivery: `z-${next++}`, interval: STEP_S, unit: "Wh", start: START_S + quarter * STEP_S },
              meters: some.map(serial),
              values: [some.map((meter) => made(meter, quarter))],
            };
            const answer = await wire.post(
              `/cities/${SLUG}/v1/readings/batches`,
              { Authorization: `Bearer ${secret}` },
              JSON.stringify(body),
            );
            if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body}`);
          }
          wire.close();
        }),
      );
    const batches = (QUARTERS * METERS) / BATCH;
    await send(batches - 2);
    await house.stop();
    await compacted(data);
    const again = await runHouse({ HANSA_DATA: data });
    house.url = again.url;
    await send(batches);
    await again.stop();
    return city.token;
  } finally {
    await house.stop();
  }
}

/** What the house does by itself after each quarter of an hour. */
async function compacted(data: string): Promise<void> {
  const set = await testEngine("hansa-city", join(data, "table.db"));
  try {
    const table = cityTable(set.client, set.tableName, SLUG);
    const silent = () => {};
    const clock = { now: () => new Date(), wake: async () => {} };
    const here = {
      city: { timeZone: "UTC", slug: SLUG },
      ...{ table, clock, blobs: prefixed(folderBlobs(join(data, "blobs")), `cities/${SLUG}/`) },
      log: { debug: silent, info: silent, warn: silent, error: silent },
      commit: (writes: readonly Write[], events: readonly NewEvent[] = []) =>
        table.transact([...writes, ...logWrites(`/cities/${SLUG}`, events, clock.now())]),
    } as unknown as Here;
    for (let again: unknown = {}; again; ) again = (await compact(here)).again;
  } finally {
    await set.engine.stop();
  }
}
