import "@hono/zod-openapi"; // first, as it teaches the schemas that are made after it
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawing } from "../../functions/network/drawing.ts";
import { keep } from "../../functions/network/keeping.ts";
import { lossStore } from "../../functions/network/losses-store.ts";
import { nextNight, nightly, nightlyReactions } from "../../functions/network/nightly.ts";
import { NewArea } from "../../functions/network/schema.ts";
import { taskKey } from "../../shared/tasks.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

test("the next night is the city's own, also where a clock is changed", () => {
  const night = (now: string, zone: string) => {
    const { day, at } = nextNight(new Date(now), zone);
    return [day, at.toISOString()];
  };
  expect(night("2026-11-23T12:00:00Z", "UTC")).toEqual(["2026-11-24", "2026-11-24T04:00:00.000Z"]);
  expect(night("2026-11-23T03:59:00Z", "UTC")).toEqual(["2026-11-23", "2026-11-23T04:00:00.000Z"]);
  expect(night("2026-11-23T04:00:00Z", "UTC")).toEqual(["2026-11-24", "2026-11-24T04:00:00.000Z"]);
  expect(night("2026-03-28T12:00:00Z", "Europe/Paris")).toEqual(["2026-03-29", "2026-03-29T02:00:00.000Z"]);
});

// Guards against a morning without a ranking, a history that the next night overwrites, and a night in an idle city.
test("a night after readings came leaves its balance and ranking; without areas nothing is planned", async () => {
  const { here, at } = inner.newHere();
  const readings = nightlyReactions[0]!;
  const hear = async () => (await readings.run(here, [], [])) ?? [];
  expect(await hear()).toEqual([]);
  const drawn = await drawing(here, {});
  drawn.setArea("Z", NewArea.parse({ level: "zone", kind: "water" }));
  await keep(here, drawn, "Z", "test");
  const [planned, ...more] = await hear();
  expect(more).toEqual([]);
  expect(planned).toMatchObject({ put: { ...taskKey("network.nightly", "2026-11-24"), data: { day: "2026-11-24" } } });
  const store = lossStore(here);
  for (const day of ["2026-11-24", "2026-11-25"]) {
    at.now = new Date(`${day}T04:00:00Z`);
    expect(await nightly.run(here, day, { day })).toEqual({});
  }
  expect(await store.analysis("2026-11")).toMatchObject({ state: "done", by: "nightly" });
  const { history } = await store.past("Z", { limit: 10 });
  expect(history.map(({ on }) => on)).toEqual(["2026-11-24", "2026-11-23"]);
  expect((await store.rankings({ limit: 10 })).rankings).toMatchObject([
    { on: "2026-11-24", interventions: [] },
    { on: "2026-11-23", interventions: [] },
  ]);
  // On the first of a month the month before is finished.
  at.now = new Date("2026-12-01T04:00:00Z");
  await nightly.run(here, "2026-12-01", { day: "2026-12-01" });
  expect((await store.past("Z", { limit: 1 })).history).toMatchObject([{ on: "2026-11-30" }]);
});
