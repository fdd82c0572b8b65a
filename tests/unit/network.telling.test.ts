import "@hono/zod-openapi"; // first, as it teaches the schemas that are made after it
import { afterAll, beforeAll, expect, test } from "vitest";
import { TieMeter } from "../../functions/meters/events.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { drawing } from "../../functions/network/drawing.ts";
import { keep, telling } from "../../functions/network/keeping.ts";
import { NewPoint, PointChange } from "../../functions/network/schema.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

/** A meter that stands at a point, two accounts, and whose the point becomes from an instant on. */
async function served() {
  const { here, at } = inner.newHere();
  const meter = { id: newId("mtr", at.now), serial: "W-1", kind: "water", registerUnit: "m3" } as const;
  await meterStore(here).create({ ...meter, registeredAt: at.now.toISOString() });
  const [first, second] = [newId("acc", at.now), newId("acc", at.now)];
  const change = async (of: Here, said: object) => {
    const drawn = await drawing(of, { points: ["P"], meters: ["W-1"] });
    drawn.setPoint("P", NewPoint.parse({ kind: "water" }));
    drawn.changePoint("P", PointChange.parse(said));
    await keep(of, drawn, "P", "test");
  };
  await change(here, { meter: "W-1" });
  const becomes = (of: Here, accountId: string, at: string) => change(of, { at: `${at}T00:00:00Z`, accountId });
  return { here, first, second, becomes, tie: () => meterStore(here).get(meter.id) };
}
/** The same city, where whoever tells the meters something waits for this first. */
const asking = (here: Here, before: () => Promise<void>): Here => ({
  ...here,
  ask: async (offer, args) => {
    if (offer.name === TieMeter.name) await before();
    return here.ask(offer, args);
  },
});

// Guards against an account that gets a meter back which is another's by now, with what it counts in their home.
test("of two changes the one that is told last does not undo the one that was kept last", async () => {
  const { here, first, second, becomes, tie } = await served();
  const slow = asking(here, async () => {
    await becomes(here, second, "2026-11-10");
    slow.ask = here.ask;
  });
  await becomes(slow, first, "2026-11-01");
  expect(await tie()).toMatchObject({ accountId: second, accountFrom: "2026-11-10T00:00:00.000Z" });
});

test("a change whose process died is told by a task, and no more where another came after it", async () => {
  const { here, first, second, becomes, tie } = await served();
  const dying = asking(here, async () => {
    throw new Error("it died");
  });
  await expect(becomes(dying, first, "2026-11-01")).rejects.toThrow("it died");
  const task = async () => {
    const { items } = await here.table.query({ pk: "DUE", index: "gsi2" });
    const item = items.find(({ name }) => name === telling.name)!;
    return () => telling.run(here, String(item["id"]), item["data"]);
  };
  const late = await task();
  await becomes(here, second, "2026-11-10");
  await late();
  expect(await tie()).toMatchObject({ accountId: second, accountFrom: "2026-11-10T00:00:00.000Z" });
});
