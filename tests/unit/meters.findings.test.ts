import "@hono/zod-openapi"; // first, as it teaches the schemas that are made after it
import { afterAll, beforeAll, expect, test } from "vitest";
import { decide } from "../../functions/meters/checks/deciding.ts";
import { findingsOf, keepFindings } from "../../functions/meters/checks/findings.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

// Guards against readings that are accepted as right and that nobody has seen: they are billed.
test("what was found is decided on as it was shown; what readings show since waits", async () => {
  const { here, at } = inner.newHere();
  const registeredAt = at.now.toISOString();
  const meter = { id: newId("mtr", at.now), serial: "M1", kind: "water", registerUnit: "m3", registeredAt } as const;
  const day = "2026-11-20";
  const found = async (perHour: number) => {
    at.now = new Date(at.now.getTime() + 60_000);
    const one = { rule: "range", day, facts: { perHour, limit: 10_000 } } as const;
    await keepFindings(here, meter, [{ ...one, from: `${day}T10:00:00Z`, to: `${day}T11:00:00Z` }], [day, day]);
    return (await findingsOf(here, meter.id))[0]!;
  };
  const accepted = { outcome: "accepted", reason: "a pool" } as const;
  const first = await found(12_000);
  const second = await found(900_000);
  expect(second).toMatchObject({ id: first.id, state: "open", facts: { perHour: 900_000 } });
  const late = decide(here, first.id, { ...accepted, seen: first.foundAt }, "per_1");
  await expect(late).rejects.toMatchObject({ kind: "conflict" });

  // Also where they come at that very moment.
  const slow: Here = {
    ...here,
    table: {
      ...here.table,
      async get(key) {
        const item = await here.table.get(key);
        if (key.pk.startsWith("FINDINGS#")) await found(950_000);
        return item;
      },
    },
  };
  await expect(decide(slow, first.id, accepted, "per_1")).rejects.toMatchObject({ kind: "conflict" });
  const [last] = await findingsOf(here, meter.id);
  expect(last).toMatchObject({ state: "open", facts: { perHour: 950_000 } });
  const done = await decide(here, first.id, { ...accepted, seen: last!.foundAt }, "per_1");
  expect(done).toMatchObject({ state: "accepted", facts: { perHour: 950_000 } });
});
