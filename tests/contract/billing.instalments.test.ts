import { describe, expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { newCity, soon, target } from "../city.ts";

const agent = { as: "agent" } as const;
const soonOn = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);

describe(`bills paid in parts, ${target.name}`, () => {
  test("a bill is agreed to be paid in parts, and its payer pays the next one", async () => {
    const { city, bills } = await billedCity([12_500]);
    const { id, reference, totalMinor } = bills[0]!;
    const path = `/v1/bills/${id}/instalments`;
    const plan = await ok<{ parts: { amountMinor: number; state: string }[]; next: { amountMinor: number } }>(
      city.put(path, { count: 3, firstOn: soonOn }, agent),
    );
    expect(plan.parts).toHaveLength(3);
    expect(plan.parts.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(totalMinor);
    expect(plan).toMatchObject({ lateMinor: 0, next: { dueOn: soonOn, amountMinor: 390 } });

    const payer = await city.browser();
    const page = await (await payer.get(`/pay?reference=${reference}`)).text();
    expect(page).toContain('name="amountMinor" value="390"');
    const opened = await payer.submit("/payments", { reference, amountMinor: "390" }, `/pay?reference=${reference}`);
    expect(opened.status).toBe(303);
    await fetch(opened.headers.get("location")!, {
      method: "POST",
      body: new URLSearchParams({ outcome: "pay" }),
      redirect: "manual",
    });
    const after = await soon(
      () => ok<{ parts: { state: string }[] }>(city.get(path, agent)),
      ({ parts }) => parts[0]!.state === "paid",
    );
    expect(after.parts.map(({ state }) => state)).toEqual(["paid", "open", "open"]);
    expect(after).toMatchObject({ next: { amountMinor: 390 } });

    expect((await city.delete(path, agent)).status).toBe(204);
    expect((await city.get(path, agent)).status).toBe(404);
  });

  test("what is not right is refused, and another city's is absent", async () => {
    const { city, bills } = await billedCity([5_000]);
    const path = `/v1/bills/${bills[0]!.id}/instalments`;
    for (const wrong of [
      { count: 1, firstOn: soonOn },
      { count: 2.5, firstOn: soonOn },
      { count: 99, firstOn: soonOn },
      { count: 3, firstOn: "2020-01-01" },
      { count: 3, firstOn: "2999-01-01" },
      { count: 3, firstOn: "tomorrow" },
      { count: 3 },
    ])
      expect((await city.put(path, wrong, agent)).status).toBe(422);
    expect((await city.put(path, { count: 3, firstOn: soonOn }, { as: "resident" })).status).toBe(403);
    expect((await city.get(path, agent)).status).toBe(404);
    const other = await newCity();
    for (const answer of [
      await other.put(path, { count: 3, firstOn: soonOn }, agent),
      await other.get(path, agent),
      await other.delete(path, agent),
    ])
      expect(answer.status).toBe(404);
  });
});
