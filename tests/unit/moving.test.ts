import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_RULE } from "../../functions/alarms/schema.ts";
import { alarmStore } from "../../functions/alarms/store.ts";
import { RaiseDue } from "../../functions/billing/events.ts";
import { billStore } from "../../functions/billing/store.ts";
import { exportCity } from "../../functions/control/bundle.ts";
import { bundleOf, closeCity, importCity } from "../../functions/control/leaving.ts";
import { findCity } from "../../shared/cities.ts";
import type { House } from "../../shared/compose.ts";
import { cityRoom } from "../../shared/room.ts";
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

/** Something that waits until it is let go on. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

// Guards against people's work that is written over, as the operator's bundle was sent once more while it was taken in.
test("a bundle that is sent twice writes nothing over what people do once the city is open", async () => {
  const { here } = inner.newHere();
  const alarmed = alarmStore(here);
  await alarmed.setRule({ ...DEFAULT_RULE, suspenseDays: 5 }, "per_a");
  const { bytes } = await exportCity(here, inner.house.rooms);
  const { open, opened } = gate();
  const slowly: House = {
    ...inner.house,
    makeHere(city) {
      const slow = inner.house.makeHere(city);
      const transact: typeof slow.table.transact = async (writes) => {
        await opened;
        return slow.table.transact(writes);
      };
      return { ...slow, table: { ...slow.table, transact } };
    },
  };
  const second = importCity(slowly, bytes);
  const first = await importCity(inner.house, bytes);
  expect(first.record.state).toBe("open");
  await alarmed.setRule({ ...DEFAULT_RULE, suspenseDays: 9 }, "per_a");
  open();
  expect((await second).record.state).toBe("open");
  expect((await alarmed.rule()).suspenseDays).toBe(9);
  expect((await findCity(inner.house.control, here.city.slug))!.state).toBe("open");
});

// Guards against a name that no city can have any more: it is gone, and is said to be leaving.
test("a city that ends while it is exported once more has ended", async () => {
  const { here } = inner.newHere();
  const { slug } = here.city;
  await importCity(inner.house, (await exportCity(here, inner.house.rooms)).bytes);
  await closeCity(inner.house, slug, undefined);
  const { bytes, digest } = await bundleOf(inner.house, slug);
  const { open, opened } = gate();
  const once = bundleOf({ ...inner.house, deliver: () => opened.then(() => 0) }, slug);
  // By now it has been looked up.
  await new Promise((resume) => setTimeout(resume, 100));
  await closeCity(inner.house, slug, digest);
  open();
  await expect(once).rejects.toMatchObject({ kind: "absent" });
  expect((await findCity(inner.house.control, slug))!.state).toBe("closed");
  expect((await importCity(inner.house, bytes)).record.state).toBe("open");
});

// Guards against what people do as their city is looked at once more before it ends: it would be in no export.
test("a city that is compared with its last export takes nothing more, and answers again where it has changed", async () => {
  const { here } = inner.newHere();
  const { slug } = here.city;
  await importCity(inner.house, (await exportCity(here, inner.house.rooms)).bytes);
  let answers = true;
  const late = cityRoom("late", {
    collections: {
      // The last that is read.
      async *late() {
        answers = (await inner.house.hereOf(slug)) !== undefined;
        yield* [];
      },
    },
  });
  const house = { ...inner.house, rooms: [...inner.house.rooms, late] };
  await closeCity(house, slug, undefined);
  const { digest } = await bundleOf(house, slug);
  expect(answers).toBe(true);
  await alarmStore(here).setRule({ ...DEFAULT_RULE, suspenseDays: 9 }, "per_a");
  await expect(closeCity(house, slug, digest)).rejects.toMatchObject({ kind: "precondition_failed" });
  expect(answers).toBe(false);
  expect(await inner.house.hereOf(slug)).toBeDefined();
  // Cut off as it ended, it is ended all the same.
  const last = await bundleOf(house, slug);
  await here.table.delete({ pk: "CITY", sk: "CITY" });
  inner.house.forget(slug);
  expect((await closeCity(house, slug, last.digest)).state).toBe("closed");
});
