import { afterAll, beforeAll, expect, test } from "vitest";
import { adjustmentsOf } from "../../functions/billing/adjustments.ts";
import { reliefOf } from "../../functions/billing/reliefs.ts";
import { billStore } from "../../functions/billing/store.ts";
import { correct } from "../../functions/meters/checks/correcting.ts";
import { NewCorrection } from "../../functions/meters/checks/schema.ts";
import { takeIn } from "../../functions/meters/intake.ts";
import { Reading } from "../../functions/meters/schema.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { cityRooms } from "../../functions/rooms.ts";
import { deliverDue } from "../../shared/courier.ts";
import { anyBill, innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

// Guards against somebody who approves the credit note of an own correction, since a file was told late.
test("what is reckoned at the fact of a file is the doing of whoever has set its readings right since", async () => {
  const { here, at } = inner.newHere();
  const upload = new TextEncoder().encode("meter,start,value,end\nW1,2026-10-01T00:00:00Z,5000,2026-10-01T01:00:00Z\n");
  await takeIn(here, upload, Reading.parse({ register: "true", kind: "water", unit: "L" }), "usr_meters");
  const meter = (await meterStore(here).byNumbers(["W1"])).get("W1")!;
  const bill = { ...anyBill(here, 5_00), meterId: meter.id, reference: "AAAA" };
  await billStore(here).issue(bill);
  // Facts are told by the house's own time: the correction is made a little after it.
  at.now = new Date(Date.now() + 1_000);
  const values = { kind: "values", from: "2026-10-01T00:00:00Z", interval: 3600, values: ["3000"], unit: "L" };
  const asked = NewCorrection.parse({ ...values, quality: "F", reason: "the dial was misread" });
  const { id } = await correct(here, meter, asked, "usr_corrector");
  at.now = new Date(Date.now() + 60_000);
  // The file's own fact first, as it may come; then the correction's.
  for (const fact of ["meters.readings_kept.v1", "meters.readings_corrected.v1"])
    await deliverDue(
      here,
      inner.house.listeners.filter(({ type }) => type === fact),
      cityRooms.flatMap(({ tasks }) => tasks),
    );
  const all = await adjustmentsOf(here, bill.id);
  expect(all).toMatchObject([{ causeId: id, reason: "the dial was misread", chargedMinor: 5_00, nowMinor: 3_00 }]);
  expect(await reliefOf(here, all[0]!.reliefId!)).toMatchObject({ askedBy: "usr_corrector", amountMinor: 2_00 });
});
