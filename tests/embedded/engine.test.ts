import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningHouse, runHouse } from "../setup/house.ts";

let house: RunningHouse;
beforeAll(async () => {
  house = await runHouse();
});
afterAll(() => house.stop());

/** The table engine that keeps this house's file. */
function enginePids(data: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return command[0]?.endsWith("/dynoxide") && command.includes(`${data}/table.db`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

const addCity = (slug: string) =>
  fetch(`${house.url}/control/v1/cities`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${house.operatorToken}` },
    body: JSON.stringify({
      name: slug,
      slug,
      country: "CI",
      currency: "XOF",
      languages: ["fr"],
      timeZone: "Africa/Abidjan",
      isSynthetic: true,
      administrator: `a@${slug}.example`,
    }),
  });

// Guards against a house that stays down, or forgets, when its table engine dies.
test("a killed engine is a 503 with Retry-After at worst, comes back by itself, and has lost nothing", async () => {
  const acknowledged: string[] = [];
  const statuses = new Set<number>();
  let killed = 0;
  for (let i = 0; i < 12; i++) {
    const slug = `city-${i}`;
    if (i % 4 === 2) {
      for (const pid of enginePids(house.data)) process.kill(pid, "SIGKILL");
      killed += 1;
    }
    for (let tries = 0; tries < 40; tries++) {
      const answer = await addCity(slug);
      statuses.add(answer.status);
      if (answer.status === 503) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      if (answer.ok) {
        acknowledged.push(slug);
        break;
      }
      await new Promise((resume) => setTimeout(resume, 250));
    }
  }
  expect(killed).toBe(3);
  expect([...statuses].filter((status) => ![200, 201, 503].includes(status))).toEqual([]);
  expect(acknowledged).toHaveLength(12);
  for (const slug of acknowledged) expect((await fetch(`${house.url}/cities/${slug}/`)).status).toBe(200);
});

// Guards against losing what was acknowledged when the machine stops, and an engine left behind.
test("what was acknowledged survives kill -9 of the whole house, and nothing is left running", async () => {
  const first = await runHouse({ HANSA_DATA: `${house.data}/again` });
  const token = first.operatorToken;
  const made = await fetch(`${first.url}/control/v1/cities`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({
      name: "Kept",
      slug: "kept",
      country: "FR",
      currency: "EUR",
      languages: ["fr"],
      timeZone: "Europe/Paris",
      isSynthetic: true,
      administrator: "a@kept.example",
    }),
  });
  expect(made.status).toBe(201);
  first.process.kill("SIGKILL");
  await new Promise((resolve) => first.process.once("exit", resolve));
  for (let tries = 0; tries < 50 && enginePids(`${house.data}/again`).length > 0; tries++)
    await new Promise((resume) => setTimeout(resume, 100));
  expect(enginePids(`${house.data}/again`)).toEqual([]);

  const second = await runHouse({ HANSA_DATA: `${house.data}/again` });
  expect((await fetch(`${second.url}/cities/kept/`)).status).toBe(200);
  await second.stop();
  expect(enginePids(`${house.data}/again`)).toEqual([]);
});
