import { expect, test } from "vitest";
import { reported } from "../../functions/meters/file-reports.ts";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Item } from "../../shared/table.ts";

function city(slug: string) {
  const kept: Item[] = [];
  const here = {
    city: { slug },
    clock: { now: () => new Date("2026-11-26T12:00:00Z") },
    table: {
      put: async (item: Item) => void kept.push(item),
      get: async () => undefined,
      transact: async () => {},
    },
  } as unknown as Here;
  const delivery = { id: `dlv_${"0".repeat(64)}`, format: "csv" as const, readings: 2 };
  const send = (by: string, work: () => Promise<unknown> = async () => 1) =>
    reported(here, { by, bytes: 10 }, work, () => ({ outcome: "kept", delivery }));
  return { kept, send };
}

// Guards against one sender's loop that takes the readers of all files, and a report that grows with it.
test("who sends files without end is told when to go on; others and other cities are not slowed", async () => {
  const [one, other] = [city("one"), city("other")];
  const refusedOf = async (count: number) => {
    const all = await Promise.allSettled(Array.from({ length: count }, () => one.send("key_loop")));
    return all.flatMap((each) => (each.status === "rejected" ? [each.reason as Fault] : []));
  };
  const refused = await refusedOf(140);
  expect(refused.length).toBeGreaterThanOrEqual(19);
  expect(refused[0]).toMatchObject({ kind: "too_many", members: { retryAfterS: 1 } });
  expect(one.kept).toHaveLength(140 - refused.length);
  await one.send("key_calm");
  await other.send("key_loop");
  expect(other.kept).toMatchObject([{ pk: "FILEREPORTS#key_loop", expiresAt: Date.UTC(2027, 1, 24, 12) / 1000 }]);
});

test("a refusal is kept with its first fifty reasons; what failed by itself is not called one", async () => {
  const { kept, send } = city("reasons");
  const errors = Array.from({ length: 80 }, (_, i) => ({ pointer: `#/line/${i}`, detail: "wrong" }));
  const refuse = () => Promise.reject(new Fault("invalid", "Nothing was kept.", { errors }));
  await expect(send("per_a", refuse)).rejects.toThrow("Nothing was kept.");
  expect(kept[0]!["report"]).toMatchObject({ outcome: "refused", detail: "Nothing was kept." });
  expect((kept[0]!["report"] as { errors: unknown[] }).errors).toHaveLength(50);
  for (const error of [new Error("a bug"), new Fault("unavailable", "away")])
    await expect(send("per_a", () => Promise.reject(error))).rejects.toThrow();
  expect(kept).toHaveLength(1);
});
