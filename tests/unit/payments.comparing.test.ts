import { afterAll, beforeAll, expect, test } from "vitest";
import { keepAccount } from "../../functions/payments/accounts.ts";
import { ReconcileDay } from "../../functions/payments/events.ts";
import { comparedInTheNight } from "../../functions/payments/hearing.ts";
import { reconciliations } from "../../functions/payments/reconciling.ts";
import { FeeRule } from "../../functions/payments/schema.ts";
import { type StandIns, startStandIns } from "../../functions/payments/stand-in/hub.ts";
import { cityRooms } from "../../functions/rooms.ts";
import { deliverDue } from "../../shared/courier.ts";
import type { Here } from "../../shared/here.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
let hub: StandIns;
let now = new Date("2026-11-20T12:00:00Z");
beforeAll(async () => {
  inner = await innerHouse();
  hub = await startStandIns({ now: () => now });
});
afterAll(async () => {
  await hub.stop();
  await inner.stop();
});

const comparing = cityRooms.flatMap(({ tasks }) => tasks).filter(({ name }) => name === ReconcileDay.name);
async function until(here: Here, at: { now: Date }, when: string): Promise<string[]> {
  at.now = new Date(when);
  now = at.now;
  while ((await deliverDue(here, [], comparing)) > 0);
  return (await reconciliations(here, { limit: 50 })).days.map(({ day }) => day).sort();
}

// Guards against money of a quiet day, of which every callback was lost: nobody asked for a statement of such a day.
test("once a day of an account was compared, each following one is, also after a pause, until it is closed", async () => {
  const { here, at } = inner.newHere({ currency: "XOF", country: "CI" });
  Object.assign(here, { settings: { ...here.settings, HANSA_STAND_INS: hub.url } });
  const wallet = {
    id: "wallet",
    name: "Wallet",
    rail: "gsma" as const,
    kinds: [],
    fee: FeeRule.parse({}),
    isStandIn: true,
    isOpen: true,
  };
  await keepAccount(here, { ...wallet, setUp: false }, "http://localhost");
  at.now = now;
  await here.commit([comparedInTheNight("wallet", "2026-11-20")]);
  expect(await until(here, at, "2026-11-21T02:59:59Z")).toEqual([]);
  expect(await until(here, at, "2026-11-21T03:00:00Z")).toEqual(["2026-11-20"]);
  expect(await until(here, at, "2026-11-22T03:00:00Z")).toEqual(["2026-11-20", "2026-11-21"]);
  // The house was away for two nights.
  const all = ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"];
  expect(await until(here, at, "2026-11-25T12:00:00Z")).toEqual(all);
  await keepAccount(here, { ...wallet, isOpen: false, setUp: false }, "http://localhost");
  // That of the day on which it was closed is planned already; none follows.
  expect(await until(here, at, "2026-11-29T12:00:00Z")).toEqual([...all, "2026-11-25"]);
});
