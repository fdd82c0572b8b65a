import "@hono/zod-openapi"; // first, as it teaches the schemas that are made after it
import { afterAll, beforeAll, expect, test } from "vitest";
import { takeIn } from "../../functions/meters/intake.ts";
import { Reading } from "../../functions/meters/schema.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { addedAt } from "../../functions/network/adding.ts";
import { type Asked, atOnce, STEP } from "../../functions/network/area-asked.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

const COUNT = STEP + 5;

// Guards against an area that is refused, doubled or rounded in pieces because its readings are registers.
test("what is added up step by step is what is added up at once, to the millionth", async () => {
  const { here, at } = inner.newHere();
  const rows = Array.from({ length: COUNT }, (_, i) => {
    const day = (date: number, register: string) => `R-${i},2026-11-0${date}T00:00:00Z,${register}`;
    return [day(1, "1"), day(2, `${i + 1}.0000004`), day(3, `${i + 2}.5`)];
  });
  const csv = ["meter,time,register (m3)", ...rows.flat()].join("\n");
  await takeIn(here, new TextEncoder().encode(csv), Reading.parse({ register: "true", kind: "water" }), "key_1");
  const { meters } = await meterStore(here).list({ limit: 500 });
  const ids = meters.map(({ id }) => id).sort();
  const days = [1, 2].map((date) => ({
    day: `2026-11-0${date}`,
    from: `2026-11-0${date}T00:00:00.000Z`,
    to: `2026-11-0${date + 1}T00:00:00.000Z`,
  }));
  const area = { code: "Z", kind: "water", level: "zone" } as unknown as Asked["area"];
  const part = { meterId: ids[0]!, from: "2026-11-01T12:00:00.000Z", to: "2026-11-02T12:00:00.000Z" };
  const asked = { area, days, version: "1", whole: ids.slice(1), partly: [part as Asked["partly"][number]] };
  const whole = await atOnce(here, asked);
  expect(whole).toMatchObject([
    { meters: COUNT, read: COUNT },
    { meters: COUNT, read: COUNT },
  ]);

  // A step takes longer than a request may: what is left goes on as a task.
  const now = () => {
    at.now = new Date(at.now.getTime() + 6_000);
    return at.now;
  };
  const slow = { ...here, clock: { ...here.clock, now } };
  expect(await addedAt(slow, asked, "Z#2026-11-01#2026-11-02")).toEqual({ done: STEP, of: COUNT });
  expect(await addedAt(here, asked, "Z#2026-11-01#2026-11-02")).toEqual({ done: STEP, of: COUNT });
  // That task would find no area in this city's network: another question goes on with it.
  at.now = new Date(at.now.getTime() + 2 * 60_000);
  expect(await addedAt(here, asked, "Z#2026-11-01#2026-11-02")).toEqual(whole);
  // It stands for a while.
  expect(await addedAt(here, { ...asked, whole: [] }, "Z#2026-11-01#2026-11-02")).toEqual(whole);
});
