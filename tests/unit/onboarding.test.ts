import { afterAll, beforeAll, expect, test } from "vitest";
import { openCity, retryCity } from "../../functions/control/onboarding.ts";
import { findCity } from "../../shared/cities.ts";
import type { House } from "../../shared/compose.ts";
import { Fault } from "../../shared/errors.ts";
import type { City, Here } from "../../shared/here.ts";
import { staff } from "../../shared/identity/persons.ts";
import { cityTable, houseTable } from "../../shared/table.ts";
import { testEngine } from "../setup/engine.ts";

let engine: Awaited<ReturnType<typeof testEngine>>;
beforeAll(async () => {
  engine = await testEngine();
});
afterAll(() => engine.engine.stop());

const order = (slug: string) => ({
  slug,
  name: "Bouaké",
  country: "CI",
  currency: "XOF",
  languages: ["fr" as const],
  timeZone: "Africa/Abidjan",
  isSynthetic: false,
  administrator: "mairie@bouake.example",
});

/** As much of a house as onboarding uses, on a real engine; `trouble` breaks one step as an outage would. */
function houseWith(trouble: { step?: "keys" | "administrator" | "profile"; together?: number }) {
  // So many give the role at the same instant: none has seen another's.
  let waiting: (() => void)[] = [];
  const meet = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length < (trouble.together ?? 1)) return;
      for (const go of waiting) go();
      waiting = [];
      trouble.together = 1;
    });
  const { client, tableName } = engine;
  const tableOf = (slug: string) => cityTable(client, tableName, slug);
  const away = () => new Fault("unavailable", "The data store does not answer at the moment.");
  const house = {
    control: houseTable(client, tableName, "CONTROL"),
    now: () => new Date("2026-11-23T12:00:00Z"),
    log: { error() {} },
    forget() {},
    makeHere(city: City) {
      const table = tableOf(city.slug);
      return {
        city,
        clock: { now: house.now },
        secrets: {
          async publicKey() {
            if (trouble.step === "keys") throw away();
          },
        },
        table: {
          ...table,
          async transact(writes: Parameters<typeof table.transact>[0]) {
            // The person is made, and then the store is gone before the role is given.
            const givesRole = JSON.stringify(writes).includes("administrator");
            if (trouble.step === "administrator" && givesRole) throw away();
            if (givesRole) await meet();
            return table.transact(writes);
          },
          async put(item: Parameters<typeof table.put>[0]) {
            if (trouble.step === "profile" && item.pk === "CITY") throw away();
            return table.put(item);
          },
        },
      } as unknown as Here;
    },
  };
  return { house: house as unknown as House, tableOf };
}

// Guards against a half-made city that answers, and against one that can never be finished.
test.each(["keys", "administrator", "profile"] as const)(
  "a city that stops at %s says why, stays a 404, and goes on from there",
  async (step) => {
    const slug = `stops-at-${step}`;
    const trouble: { step?: typeof step } = { step };
    const { house, tableOf } = houseWith(trouble);
    const profile = () => tableOf(slug).get({ pk: "CITY", sk: "CITY" });
    await expect(openCity(house, order(slug))).rejects.toMatchObject({ kind: "unavailable" });
    const failed = await findCity(house.control, slug);
    expect(failed).toMatchObject({ state: "failed", reason: expect.stringContaining(`${step}: The data store`) });
    expect(failed?.done).not.toContain(step);
    expect(await profile()).toBeUndefined();
    await expect(retryCity(house, slug)).rejects.toMatchObject({ kind: "unavailable" });

    delete trouble.step;
    const record = await retryCity(house, slug);
    expect(record).toMatchObject({ state: "open", done: ["keys", "administrator", "profile"] });
    expect(record.reason).toBeUndefined();
    expect(await profile()).toMatchObject({ city: { slug, name: "Bouaké" } });
    expect(await staff(tableOf(slug))).toMatchObject([{ contacts: ["mairie@bouake.example"] }]);
    await expect(retryCity(house, slug)).rejects.toMatchObject({ kind: "forbidden_transition" });
  },
);

test("the same order sent again goes on where the first one stopped", async () => {
  const trouble: { step?: "profile" } = { step: "profile" };
  const { house } = houseWith(trouble);
  await expect(openCity(house, order("goes-on"))).rejects.toThrow();
  delete trouble.step;
  expect((await openCity(house, order("goes-on"))).record.state).toBe("open");
  await expect(openCity(house, { ...order("goes-on"), currency: "EUR" })).rejects.toMatchObject({ kind: "conflict" });
});

// Guards against a city that is called failed because the same order was sent twice at once.
test("the same order, twice at once, brings in one city with one administrator", async () => {
  const { house, tableOf } = houseWith({ together: 2 });
  const wanted = order("at-once");
  const both = await Promise.all([openCity(house, wanted), openCity(house, wanted)]);
  expect(both.map(({ record }) => record.state)).toEqual(["open", "open"]);
  expect(await findCity(house.control, wanted.slug)).toMatchObject({ state: "open" });
  expect(await staff(tableOf(wanted.slug))).toMatchObject([{ roles: ["resident", "administrator"] }]);
});
