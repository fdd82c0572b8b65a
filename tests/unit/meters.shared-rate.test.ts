import { expect, test } from "vitest";
import { SharedRate } from "../../functions/meters/shared-rate.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Key } from "../../shared/table.ts";

/** A table of counters, and a clock. */
function city() {
  const items = new Map<string, Item>();
  let asked = 0;
  const clock = { at: new Date("2026-11-26T12:00:10Z"), now: () => clock.at };
  const here = {
    city: { slug: "rates" },
    clock,
    table: {
      get: async ({ pk, sk }: Key) => {
        asked++;
        return items.get(`${pk} ${sk}`);
      },
      transact: async ([write]: [{ put: Item; if: "absent" | { spent: number } }]) => {
        const kept = items.get(`${write.put.pk} ${write.put.sk}`);
        const holds = write.if === "absent" ? !kept : kept?.["spent"] === write.if.spent;
        if (!holds) throw new ConditionFailed(0, kept);
        items.set(`${write.put.pk} ${write.put.sk}`, write.put);
      },
    },
  } as unknown as Here;
  return { here, clock, items, asked: () => asked };
}

const ALLOWANCE = { burst: 40, perSecond: 1 };

// Guards against a source that floods through many processes, each of which sees only a part of it.
test("a source is held to its rate through all processes, and a quiet one asks the table nothing", async () => {
  const { here, clock, items, asked } = city();
  const processes = Array.from({ length: 8 }, () => new SharedRate());
  await Promise.all(
    processes.flatMap((one) => Array.from({ length: 6 }, () => one.take(here, "key_quiet", ALLOWANCE))),
  );
  expect(asked()).toBe(0);
  const sent = await Promise.allSettled(
    processes.flatMap((one) => Array.from({ length: 100 }, () => one.take(here, "key_loop", ALLOWANCE))),
  );
  const taken = sent.filter(({ status }) => status === "fulfilled").length;
  // A hundred in common, and six of each process's own; near the end one may be let through while others ask.
  expect(taken).toBeGreaterThanOrEqual(96 + 8 * 6);
  expect(taken).toBeLessThanOrEqual(100 + 8 * 6 + 8 * 4);
  const refused = sent.find((one) => one.status === "rejected")!;
  expect(refused.reason).toMatchObject({ kind: "too_many", members: { retryAfterS: 50 } });
  await processes[0]!.take(here, "key_other", ALLOWANCE);
  clock.at = new Date("2026-11-26T12:01:00Z");
  await processes[0]!.take(here, "key_loop", ALLOWANCE);
  expect([...items.values()].every(({ expiresAt }) => expiresAt! > clock.at.getTime() / 1000)).toBe(true);
});
