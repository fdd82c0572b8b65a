import { afterAll, beforeAll, expect, test } from "vitest";
import { accountStore } from "../../functions/accounts/store.ts";
import { TariffPart } from "../../functions/billing/events.ts";
import { firstPart, goOn, newRun } from "../../functions/billing/run.ts";
import { billStore } from "../../functions/billing/store.ts";
import { takeBatch } from "../../functions/meters/batch-intake.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { cityRooms } from "../../functions/rooms.ts";
import { deliverDue } from "../../shared/courier.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { innerHouse } from "../setup/inner.ts";

const METERS = 130;
const OCTOBER_S = Date.UTC(2026, 9, 1) / 1000;
const order = { month: "2026-10", kind: "water" as const, includeIncomplete: false };
const taskers = cityRooms.flatMap(({ tasks }) => tasks);

let set: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  set = await innerHouse();
});
afterAll(() => set.stop());

/** A city whose accounts fill more than one page, each with one meter that was read every day of October. */
async function readCity() {
  const { here, at } = set.newHere();
  const registeredAt = "2026-09-01T00:00:00.000Z";
  const readings: [string, number, number][] = [];
  await Promise.all(
    Array.from({ length: METERS }, async (_, i) => {
      const accountId = newId("acc", at.now);
      const number = `C-${String(i).padStart(4, "0")}`;
      await accountStore(here.table).open({ id: accountId, number, name: number, openedAt: registeredAt });
      const serial = `W-${i}`;
      const id = newId("mtr", at.now);
      await meterStore(here).create({ id, serial, kind: "water", accountId, registerUnit: "L", registeredAt });
      for (let day = 0; day < 31; day++) readings.push([serial, OCTOBER_S + day * 86_400, 300]);
    }),
  );
  const batch = { delivery: "october", interval: 86_400, unit: "L", readings };
  await takeBatch(here, "test", Buffer.from(JSON.stringify(batch)));
  const tariff = TariffPart.parse({
    names: { en: "Water" },
    kind: "water",
    currency: "EUR",
    bands: [{ price: "1" }],
  });
  await billStore(here).keepTariff(newId("trf", at.now), tariff, at.now);
  return { here, at };
}
const issuedIn = async (here: Here) => (await here.ledger.at()).list("due:").length;

// Guards against a run that is cut off by a gateway's time and never finished, and against counts that lie afterwards.
test("a run that takes longer than a request goes on as a task, from where it was, and counts each bill once", async () => {
  const { here, at } = await readCity();
  // Time passes at each look at the clock: every page takes longer than a request may.
  const slow = Object.assign(here, {
    clock: { ...here.clock, now: () => (at.now = new Date(at.now.getTime() + 60_000)) },
  });
  const { run, writes } = await firstPart(slow, order);
  expect(run).toMatchObject({ state: "running", looked: 100, issued: 100 });
  await here.commit(writes);
  expect(await issuedIn(here)).toBe(100);

  await deliverDue(here, [], taskers);
  const done = await billStore(here).run(run.id);
  expect(done).toMatchObject({ state: "done", looked: METERS, issued: METERS, totalMinor: METERS * 930 });
  expect(await issuedIn(here)).toBe(METERS);
});

test("a part that was cut off before its progress was kept is not billed twice, and counted by the run that billed it", async () => {
  const { here } = await readCity();
  const begun = await newRun(here, order);
  await goOn(here, begun, 0); // cut off: what it returned is lost
  const done = await goOn(here, begun, 1e9);
  expect(done).toMatchObject({
    state: "done",
    issued: METERS,
    totalMinor: METERS * 930,
    skipped: { billed_before: 0 },
  });
  const other = await goOn(here, await newRun(here, order), 1e9);
  expect(other).toMatchObject({ issued: 0, totalMinor: 0, skipped: { billed_before: METERS } });
  expect(await here.ledger.prove()).toMatchObject({ isSound: true });
});
