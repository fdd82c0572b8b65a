import "@hono/zod-openapi"; // first, as it teaches the schemas that are made after it
import { afterAll, beforeAll, expect, test } from "vitest";
import { newRound, stopMade, stopOf } from "../../functions/meters/hand/rounds.ts";
import { meterStore } from "../../functions/meters/store.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

// Guards against a reader who is sent again to a meter that was read, as two of them were there at once.
test("a stop that is read while somebody skips it stays read", async () => {
  const { here, at } = inner.newHere();
  const now = at.now.toISOString();
  const meter = {
    id: newId("mtr", at.now),
    serial: "W-1",
    kind: "water",
    registerUnit: "m3",
    registeredAt: now,
  } as const;
  await meterStore(here).create(meter);
  const { round } = await newRound(here, { name: "Port", meters: ["W-1"] }, "per_1");
  const readingId = newId("hnd", at.now);
  let isFirst = true;
  const slow: Here = {
    ...here,
    table: {
      ...here.table,
      // What was read of the stop is there; then the other one reads the meter.
      async *all(query) {
        yield* here.table.all(query);
        if (isFirst) {
          isFirst = false;
          await stopMade(here, round.id, 1, "per_2", { readingId });
        }
      },
    },
  };
  expect(await stopMade(slow, round.id, 1, "per_1", { reason: "no_access" })).toMatchObject({
    state: "read",
    readingId,
  });
  expect((await stopOf(here, round.id, 1)).stop).toMatchObject({ state: "read", readingId, by: "per_2" });
  // Read again, it is as it was read last.
  const again = newId("hnd", at.now);
  await stopMade(here, round.id, 1, "per_1", { readingId: again });
  expect((await stopOf(here, round.id, 1)).stop).toMatchObject({ readingId: again, by: "per_1" });
});
