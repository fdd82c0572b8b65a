import { afterAll, beforeAll, expect, test } from "vitest";
import { adjustmentsOf, adjustmentsShown } from "../../functions/billing/adjustments.ts";
import { approveRelief, refuseRelief, reliefOf } from "../../functions/billing/reliefs.ts";
import { billStore } from "../../functions/billing/store.ts";
import { correct } from "../../functions/meters/checks/correcting.ts";
import { NewCorrection } from "../../functions/meters/checks/schema.ts";
import { CorrectionsSince } from "../../functions/meters/events.ts";
import { takeIn } from "../../functions/meters/intake.ts";
import { Reading } from "../../functions/meters/schema.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { cityRooms } from "../../functions/rooms.ts";
import { deliverDue } from "../../shared/courier.ts";
import type { Here } from "../../shared/here.ts";
import { anyBill, innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

const told = (here: Here, fact: string) =>
  deliverDue(
    here,
    inner.house.listeners.filter(({ type }) => type === fact),
    cityRooms.flatMap(({ tasks }) => tasks).filter(({ name }) => name.startsWith("billing.")),
  );
/** A file of one hour of the first meter, and of one of each other. */
const file = (litres: number, meters = 1) =>
  new TextEncoder().encode(
    ["meter,start,value,end", `W1,2026-10-01T00:00:00Z,${litres},2026-10-01T01:00:00Z`]
      .concat(Array.from({ length: meters - 1 }, (_, i) => `A${i},2026-10-02T00:00:00Z,0,2026-10-02T01:00:00Z`))
      .join("\n"),
  );
const asWater = Reading.parse({ register: "true", kind: "water", unit: "L" });

// Guards against readings that no bill ever holds: a run had read the month before them, and issued its bill after.
test.each([
  ["a file of one meter", 1],
  ["a file of more meters than its fact names", 101],
  ["a correction", 0],
])("what comes between a run's look and its bill is adjusted: %s", async (_, meters) => {
  const { here, at } = inner.newHere();
  // Facts are told by the house's own time.
  at.now = new Date();
  await takeIn(here, file(5000), asWater, "usr_meters");
  const meter = (await meterStore(here).byNumbers(["W1"])).get("W1")!;
  at.now = new Date(Date.now() + 1_000);
  await told(here, "meters.readings_kept.v1");
  const drawn = { ...anyBill(here, 5_00), meterId: meter.id, reference: "AAAA" };
  if (meters > 0) await takeIn(here, file(8000, meters), asWater, "usr_meters");
  else await correct(here, meter, NewCorrection.parse({ ...FIRST_HOUR, values: ["8000"] }), "usr_corrector");
  at.now = new Date(Date.now() + 2_000);
  await told(here, meters > 0 ? "meters.readings_kept.v1" : "meters.readings_corrected.v1");
  await billStore(here).issue(drawn);
  expect(await adjustmentsOf(here, drawn.id)).toEqual([]);
  at.now = new Date(at.now.getTime() + 4 * 60_000);
  for (let turns = 0; turns < 2; turns++) await told(here, "nothing new");
  const all = await adjustmentsOf(here, drawn.id);
  expect(all).toMatchObject([{ chargedMinor: 5_00, nowMinor: 8_00, raisedBillId: expect.any(String) }]);
});

const FIRST_HOUR = {
  ...{ kind: "values", from: "2026-10-01T00:00:00Z", interval: 3600, unit: "L", quality: "F" },
  reason: "the dial was misread",
};

// Guards against somebody who approves the credit note of an own correction, since a file was told late.
test("what is reckoned at the fact of a file is the doing of whoever has set its readings right since", async () => {
  const { here, at } = inner.newHere();
  await takeIn(here, file(5000), asWater, "usr_meters");
  const meter = (await meterStore(here).byNumbers(["W1"])).get("W1")!;
  const bill = { ...anyBill(here, 5_00), meterId: meter.id, reference: "AAAA" };
  await billStore(here).issue(bill);
  // Facts are told by the house's own time: the correction is made a little after it.
  at.now = new Date(Date.now() + 1_000);
  const asked = NewCorrection.parse({ ...FIRST_HOUR, values: ["3000"] });
  const { id } = await correct(here, meter, asked, "usr_corrector");
  at.now = new Date(Date.now() + 60_000);
  // The file's own fact first, as it may come; then the correction's.
  for (const fact of ["meters.readings_kept.v1", "meters.readings_corrected.v1"]) await told(here, fact);
  const all = await adjustmentsOf(here, bill.id);
  expect(all).toMatchObject([{ causeId: id, reason: "the dial was misread", chargedMinor: 5_00, nowMinor: 3_00 }]);
  expect(await reliefOf(here, all[0]!.reliefId!)).toMatchObject({ askedBy: "usr_corrector", amountMinor: 2_00 });
});

// Guards against a correction whose bill is never set right, as it is taken for adjusted by what was read before it.
test("a correction that comes between the readings and the question whose doing they are is reckoned", async () => {
  const { here, at } = inner.newHere();
  at.now = new Date();
  await takeIn(here, file(5000), asWater, "usr_meters");
  const meter = (await meterStore(here).byNumbers(["W1"])).get("W1")!;
  const bill = { ...anyBill(here, 5_00), meterId: meter.id, reference: "AAAA" };
  await billStore(here).issue(bill);
  at.now = new Date(Date.now() + 1_000);
  await told(here, "meters.readings_kept.v1");
  await takeIn(here, file(8000), asWater, "usr_meters");
  let isFirst = true;
  const ask: Here["ask"] = async (offer, args) => {
    if (offer.name === CorrectionsSince.name && isFirst) {
      isFirst = false;
      await correct(here, meter, NewCorrection.parse({ ...FIRST_HOUR, values: ["3000"] }), "usr_corrector");
    }
    return here.ask(offer, args);
  };
  at.now = new Date(Date.now() + 2_000);
  await told({ ...here, ask }, "meters.readings_kept.v1");
  await told(here, "meters.readings_corrected.v1");
  expect(isFirst).toBe(false);
  const all = await adjustmentsOf(here, bill.id);
  expect(all.at(-1)).toMatchObject({ reason: "the dial was misread", quantity: 3000, nowMinor: 3_00 });
});

/** A bill of 5.00 for 5000 litres, and how its readings are set right. */
async function billed() {
  const { here, at } = inner.newHere();
  // Facts are told by the house's own time.
  at.now = new Date();
  await takeIn(here, file(5000), asWater, "usr_meters");
  const meter = (await meterStore(here).byNumbers(["W1"])).get("W1")!;
  at.now = new Date(Date.now() + 1_000);
  await told(here, "meters.readings_kept.v1");
  const bill = { ...anyBill(here, 5_00), meterId: meter.id, reference: "AAAA" };
  await billStore(here).issue(bill);
  const heard = async (as: Here = here) => {
    at.now = new Date(at.now.getTime() + 10_000);
    await told(as, "meters.readings_corrected.v1");
  };
  const set = async (litres: number, by: string, as: Here = here) => {
    at.now = new Date(at.now.getTime() + 10_000);
    await correct(here, meter, NewCorrection.parse({ ...FIRST_HOUR, values: [String(litres)] }), by);
    await heard(as);
  };
  const all = () =>
    adjustmentsShown(here, bill.id).then((found) =>
      found.map(({ state, netMinor, vatMinor }) => [state, netMinor + vatMinor]),
    );
  const reliefId = async (nth: number) => (await adjustmentsOf(here, bill.id))[nth]!.reliefId!;
  const due = async () =>
    (await here.ledger.at()).list("due:").reduce((sum, { balanceMinor }) => sum + balanceMinor, 0);
  return { here, set, heard, all, reliefId, due };
}

// Guards against a bill that is wrong for ever, since what was counted on a credit note was not reckoned anew without it.
test.each([
  ["more", 4000],
  ["still less", 2000],
])("a correction starts from what stands, and takes the place of a credit note that waits: %s", async (_, litres) => {
  const { here, set, all, reliefId, due } = await billed();
  await set(3000, "usr_1");
  await set(litres, "usr_2");
  await expect(refuseRelief(here, await reliefId(0), "usr_3")).rejects.toMatchObject({ kind: "conflict" });
  // Who set the readings right before has a part in what is asked now.
  for (const by of ["usr_1", "usr_2"])
    await expect(approveRelief(here, await reliefId(1), by)).rejects.toMatchObject({ kind: "forbidden" });
  await approveRelief(here, await reliefId(1), "usr_3");
  expect(await due()).toBe(litres / 10);
  expect(await all()).toEqual([
    ["withdrawn", -2_00],
    ["approved", litres / 10 - 5_00],
  ]);
});

test("a credit note that a correction makes needless is withdrawn; one that stays right goes on waiting", async () => {
  const { set, heard, all, due } = await billed();
  await set(3000, "usr_1");
  await set(3000, "usr_2");
  expect(await all()).toEqual([["asked", -2_00]]);
  await set(5000, "usr_2");
  await heard();
  expect(await all()).toEqual([["withdrawn", -2_00]]);
  expect(await due()).toBe(5_00);
});

// Guards against a difference that is counted twice, as somebody approves a credit note while the next is reckoned.
test.each([
  ["more", 4000, ["billed", 1_00]],
  ["still less", 2000, ["asked", -1_00]],
  ["as billed", 5000, ["billed", 2_00]],
] as const)("what is approved at the moment of the next correction stands: %s", async (_, litres, expected) => {
  const { here, set, all, reliefId } = await billed();
  await set(3000, "usr_1");
  const first = await reliefId(0);
  let isFirst = true;
  const approving = async () => {
    if (!isFirst) return;
    isFirst = false;
    await approveRelief(here, first, "usr_3");
  };
  const commit: Here["commit"] = async (...of) => {
    await approving();
    return here.commit(...of);
  };
  const post: Here["ledger"]["post"] = async (entry) => {
    await approving();
    return here.ledger.post(entry);
  };
  await set(litres, "usr_2", { ...here, commit, ledger: { ...here.ledger, post } });
  expect(isFirst).toBe(false);
  expect(await all()).toEqual([["approved", -2_00], expected]);
});
