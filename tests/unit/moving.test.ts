import { afterAll, beforeAll, expect, test } from "vitest";
import { RaiseDue } from "../../functions/billing/events.ts";
import { billStore } from "../../functions/billing/store.ts";
import { exportCity } from "../../functions/control/bundle.ts";
import { importCity } from "../../functions/control/leaving.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

// Guards against a bill that never expires, or a run that stops in the middle, because its city has moved.
test("what was planned in the old house happens in the new one, by itself", async () => {
  const { here, at } = inner.newHere();
  at.now = new Date();
  const due = { kind: "permit" as const, period: "2026-11", netMinor: 500, vatMinor: 0, currency: "EUR" };
  const expiresAt = new Date(Date.now() + 1_500).toISOString();
  const { billId } = await here.ask(RaiseDue, { id: "permits:1", titles: { en: "A stall" }, ...due, expiresAt });
  const { bytes } = await exportCity(here, inner.house.rooms);
  // In the old house it is gone: what happens now was brought along.
  const [task] = (await here.table.query({ pk: `TASK#billing.expire#${billId}` })).items;
  await here.table.delete(task!);
  const { record } = await importCity(inner.house, bytes);
  expect(record.state).toBe("open");
  for (let tries = 0; (await billStore(here).get(billId)).state !== "cancelled"; tries++) {
    if (tries === 100) throw new Error("the bill did not expire");
    await new Promise((resume) => setTimeout(resume, 100));
  }
});
