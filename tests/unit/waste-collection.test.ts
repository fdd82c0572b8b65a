import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkModule } from "../../marketplace/contract/index.ts";
import { languagesOf } from "../../marketplace/contract/says.ts";
import { evenings, nextEvening } from "../../marketplace/installs/evening.ts";
import { Evening, EveningBegan } from "../../marketplace/installs/events.ts";
import { runStore } from "../../marketplace/installs/run-store.ts";
import { step } from "../../marketplace/installs/steps.ts";
import { installStore } from "../../marketplace/installs/store.ts";
import { messageFor, run, weekdayIn } from "../../marketplace/modules/rues-propres-collection-calendar/index.js";
import collections from "../../marketplace/modules/rues-propres-collection-calendar/manifest.ts";
import { deliverDue } from "../../shared/courier.ts";
import { planned } from "../../shared/tasks.ts";
import { letRun } from "../running.ts";
import { innerHouse } from "../setup/inner.ts";

const FRIDAY = { weekday: 5, tomorrow: "2026-11-27" };

// A module's own tests: its functions are called as they are, without a house.

test("days are read in four languages, and a kind of an unknown name is a collection", () => {
  expect(["Monday", " mardi ", "الجمعة", "7", "Àjjuma", "Firday", undefined].map(weekdayIn)).toEqual([
    1,
    2,
    5,
    7,
    5,
    undefined,
    undefined,
  ]);
  expect(["Recycling", "déchets verts", "paint"].map(messageFor)).toEqual([
    "put-out-recycling",
    "put-out-garden",
    "put-out",
  ]);
});

test("each zone is named once a kind, in pieces that a field can hold", () => {
  const rows = Array.from({ length: 400 }, (_, i) => ({ zone: 400 - (i % 300), weekday: "Friday", kind: "recycling" }));
  const effects = run(FRIDAY, { calendar: rows });
  expect(effects.length).toBeGreaterThan(1);
  expect(effects.every(({ fields }) => fields["answers"]!.length <= 500)).toBe(true);
  const zones = effects.flatMap(({ fields }) => fields["answers"]!.split(",").map(Number));
  expect(zones).toEqual(Array.from({ length: 300 }, (_, i) => 101 + i));
  expect(run(FRIDAY, {})).toEqual([]);
  expect(run(FRIDAY, { calendar: [{ zone: "3", weekday: "Friday", kind: "x" }, {}] })).toEqual([]);
});

test("its examples are complete in the house's languages, and it may read no table but its own", () => {
  expect(languagesOf(collections)).toEqual(["ar", "en", "fr"]);
  const mistakes = (change: object) =>
    checkModule({
      ...collections,
      parts: collections.parts.map((part) =>
        part.kind === "function" ? { ...part, reads: [{ ...part.reads[0]!, ...change }] } : part,
      ),
    }).mistakes.map(({ at }) => at);
  expect(mistakes({})).toEqual([]);
  expect(mistakes({ about: "other" })).toEqual(["/parts/3/reads/0/about"]);
  expect(mistakes({ days: 3, grain: "day" })).toEqual(["/parts/3/reads/0/grain", "/parts/3/reads/0/days"]);
});

describe("the evening of a city", () => {
  let inner: Awaited<ReturnType<typeof innerHouse>>;
  beforeAll(async () => {
    inner = await innerHouse();
  });
  afterAll(() => inner.stop());

  // Guards against reminders that come twice, at night, or in a city that asked for none.
  test("it is told once a day at six of the city's own time, for as long as a module hears it", async () => {
    const { here, at, id, listeners } = await letRun(inner, collections);
    const runs = async () =>
      (await runStore(here).runs(id, { limit: 50 })).runs.filter((one) => one.eventType === EveningBegan.type);
    const told = async () => {
      await deliverDue(here, listeners, [evenings]);
      await deliverDue(here, listeners, [evenings]);
      return (await runs()).length;
    };
    const first = nextEvening(here);
    expect(first.toISOString().slice(11)).toBe("18:00:00.000Z");
    at.now = new Date(first.getTime() - 1_000);
    expect(await told()).toBe(0);
    at.now = new Date(first.getTime() + 60_000);
    expect(await told()).toBe(1);
    // Planned anew on the same evening, as for another module that hears it, it is not told again.
    await here.commit([planned(Evening, id, at.now, {})]);
    at.now = new Date(first.getTime() + 7_200_000);
    expect(await told()).toBe(1);
    at.now = new Date(first.getTime() + 86_400_000 + 60_000);
    expect(await told()).toBe(2);
    await step(here, (await installStore(here).find(collections.manifest.name))!, "suspended", "per_a");
    at.now = new Date(first.getTime() + 2 * 86_400_000 + 60_000);
    await told();
    expect(await here.table.get({ pk: `TASK#marketplace.evening#${id}`, sk: "TASK" })).toBeUndefined();
    expect(await runs()).toHaveLength(2);
  });

  test("six is six in the city, in summer and in winter", () => {
    const { here, at } = inner.newHere({ timeZone: "Europe/Paris" });
    const next = (now: string) => {
      at.now = new Date(now);
      return nextEvening(here).toISOString();
    };
    expect(next("2026-07-01T15:59:00Z")).toBe("2026-07-01T16:00:00.000Z");
    expect(next("2026-07-01T16:00:00Z")).toBe("2026-07-02T16:00:00.000Z");
    expect(next("2026-12-31T17:30:00Z")).toBe("2027-01-01T17:00:00.000Z");
  });
});
