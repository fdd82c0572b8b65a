import "@hono/zod-openapi"; // first, as it teaches the schemas that are made after it
import { afterAll, beforeAll, expect, test } from "vitest";
import { accountStore } from "../../functions/accounts/store.ts";
import { comparisonOf, GroupHomes, groupHomes } from "../../functions/meters/home/grouping.ts";
import { setHousehold } from "../../functions/meters/home/household.ts";
import { takeIn } from "../../functions/meters/intake.ts";
import { type Meter, Reading } from "../../functions/meters/schema.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { newId } from "../../shared/ids.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

const MONTH = "2026-10";
const DAYS = Array.from({ length: 31 }, (_, i) => new Date(Date.UTC(2026, 9, i + 1)).toISOString());

// Guards against a home that is found among few of its size, and against a comparison with homes of another one.
test("a home is compared with those of as many people, where eleven households say so", async () => {
  const { here, at } = inner.newHere();
  const openedAt = "2026-01-01T00:00:00.000Z";
  const meters: Meter[] = [];
  for (let i = 0; i < 22; i++) {
    const accountId = newId("acc", at.now);
    await accountStore(here.table).open({ id: accountId, number: `H${i}`, name: "Home", openedAt });
    const serial = `W${i}`;
    const facts = { kind: "water", registerUnit: "L", registeredAt: openedAt } as const;
    const { meter } = await meterStore(here).create({ id: newId("mtr", at.now), serial, accountId, ...facts });
    meters.push(meter);
    // Two live in the first twelve, six in five more, and the rest say nothing.
    if (i < 17) await setHousehold(here, accountId, { people: i < 12 ? 2 : 6 });
  }
  const rows = meters.flatMap(({ serial }, i) => DAYS.map((day) => `${serial},${day},${i < 12 ? 100 : 300}`));
  const csv = new TextEncoder().encode(["meter,time,consumption (L)", ...rows].join("\n"));
  await takeIn(here, csv, Reading.parse({}), "key_1");
  let turn: Awaited<ReturnType<typeof groupHomes>> = { again: { at: at.now, data: {} } };
  while (turn.again) {
    turn = await groupHomes(here, `${MONTH}#water`, GroupHomes.data.parse(turn.again.data));
    await here.table.transact([...(turn.writes ?? [])]);
  }
  const compared = (people: number | undefined) => comparisonOf(here, meters[0]!, MONTH, 3_100, people);
  expect(await compared(2)).toMatchObject({ state: "shown", householdSize: 2, median: 3_100 });
  // Only five say that they are so many: the whole city is shown instead.
  for (const people of [6, 5, 3, undefined]) {
    const all = await compared(people);
    expect(all).toMatchObject({ state: "shown", upper: 9_300 });
    expect(all).not.toHaveProperty("householdSize");
  }
  await setHousehold(here, meters[0]!.accountId!, {});
  expect(await here.table.get({ pk: "HOMESIZE", sk: meters[0]!.accountId! })).toBeUndefined();
});
