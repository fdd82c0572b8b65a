import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { DEMO_CITIES } from "../../functions/local/demo-cities.ts";
import { isInside } from "../../functions/synthetic/events.ts";
import { PROGRAM, runHouse } from "../setup/house.ts";

const data = mkdtempSync(join(tmpdir(), "hansa-demo-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** Starts a house for the first time and kills it once it has said so much. */
const killedAfter = (said: RegExp) =>
  new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, PROGRAM, {
      env: { ...process.env, PORT: "0", HANSA_LOG: "warn", HANSA_DATA: data },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (said.test(output)) child.kill("SIGKILL");
      });
    child.once("exit", () => (said.test(output) ? resolve() : reject(new Error(output))));
  });

// Guards against a first start that was cut off and leaves half a demo, or everything twice.
test("a first start that is killed half-way is finished by the next, and the third makes nothing more", async () => {
  await killedAfter(/meters \(/);
  const house = await runHouse({ HANSA_DATA: data, HANSA_DEMO: "yes" });
  try {
    expect(house.output()).not.toContain("not complete");
    for (const { order, places, rolls } of DEMO_CITIES) {
      const at = `${house.url}/cities/${order.slug}`;
      const outline = order.boundary.coordinates[0]!;
      const home = await (await fetch(`${at}/`, { headers: { Accept: "text/html" } })).text();
      expect(home).toContain(`lang="${order.languages[0]}"`);
      const { datasets } = (await (await fetch(`${at}/v1/datasets`)).json()) as {
        datasets: { slug: string; latest: { rows: number; number: number; bbox?: number[] } }[];
      };
      expect(datasets).toHaveLength(4);
      expect(datasets.every(({ latest }) => latest.number === 1)).toBe(true);
      const { indicators } = (await (await fetch(`${at}/v1/indicators`)).json()) as {
        indicators: { value?: number; revision: number }[];
      };
      expect(indicators.map(({ value, revision }) => [value !== undefined, revision])).toEqual(
        Array(2).fill([true, 1]),
      );
      const withPlaces = datasets.filter(({ latest }) => latest.bbox);
      expect(withPlaces.map(({ latest }) => latest.rows).sort()).toEqual(
        Object.values(places)
          .map(({ length }) => length)
          .sort(),
      );
      for (const { slug } of withPlaces) {
        const items = (await (await fetch(`${at}/ogc/collections/${slug}/items`)).json()) as {
          features: { geometry: { coordinates: [number, number] } }[];
        };
        for (const { geometry } of items.features) expect(isInside(geometry.coordinates, outline)).toBe(true);
      }
      const token = await signIn(house, order.slug, order.administrator);
      const get = async <T>(path: string) =>
        (await (await fetch(`${at}${path}`, { headers: { Authorization: `Bearer ${token}` } })).json()) as T;
      // A meter that told of a magnet: found by the checks, and a crew is on its way.
      const { orders } = await get<{ orders: object[] }>("/v1/network/work-orders");
      expect(orders).toMatchObject([{ kind: "theft", state: "open" }]);
      const found = async () =>
        (await get<{ findings: { rule: string }[] }>("/v1/readings/findings?limit=100")).findings.map(
          ({ rule }) => rule,
        );
      await vi.waitUntil(async () => (await found()).includes("tampered"), { timeout: 20_000, interval: 200 });
      expect((await get<{ accounts: object[] }>("/v1/accounts?limit=100")).accounts).toHaveLength(12);
      expect((await get<{ meters: object[] }>("/v1/meters?limit=100")).meters).toHaveLength(24);
      const { bills } = await get<{ bills: { currency: string; totalMinor: number }[] }>("/v1/bills?limit=100");
      expect(bills).toHaveLength(24);
      expect(bills.every(({ currency, totalMinor }) => currency === order.currency && totalMinor > 0)).toBe(true);
      if (!rolls) continue;
      const taxed = `/v1/assessment/assessments?roll=PARCELS&period=${new Date().getUTCFullYear()}`;
      expect((await get<{ assessments: object[] }>(taxed)).assessments).toHaveLength(6);
      expect((await get<{ runs: object[] }>("/v1/assessment/runs")).runs).toHaveLength(1);
    }
  } finally {
    await house.stop();
  }
  const again = await runHouse({ HANSA_DATA: data, HANSA_DEMO: "yes" });
  expect(again.output()).not.toContain("First start");
  await again.stop();
}, 120_000);

async function signIn(house: { url: string; operatorToken: string }, slug: string, contact: string): Promise<string> {
  const post = (path: string, body: object) =>
    fetch(`${house.url}/cities/${slug}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  await post("/v1/sign-in-codes", { contact });
  const outbox = await fetch(`${house.url}/control/v1/outbox?city=${slug}`, {
    headers: { Authorization: `Bearer ${house.operatorToken}` },
  });
  const { messages } = (await outbox.json()) as { messages: { to: string; text: string }[] };
  const code = /\d{6}/.exec(messages.find(({ to }) => to === contact)!.text)![0];
  return ((await (await post("/v1/sessions", { contact, code })).json()) as { token: string }).token;
}
