import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ReadingsKept } from "../../functions/meters/events.ts";
import { homeReactions } from "../../functions/meters/home/index.ts";
import { checkHome, checkHomes, setRules } from "../../functions/meters/home/watching.ts";
import type { Meter } from "../../functions/meters/schema.ts";
import { meterStore } from "../../functions/meters/store.ts";
import type { Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { cityTable, type Write } from "../../shared/table.ts";
import { testEngine } from "../setup/engine.ts";

describe("looking at meters of which somebody is told", () => {
  let set: Awaited<ReturnType<typeof testEngine>>;
  let cities = 0;
  beforeAll(async () => {
    set = await testEngine();
  });
  afterAll(() => set.engine.stop());

  const accountId = "acc_01M8ACJTGYHGHQ2Z2TG8NSHD3Z";
  const meterId = (i: number) => `mtr_01M8ACJTGYHGHQ2Z2TG8NSHD${String(i).padStart(2, "0")}`;

  /** A city of its own, as the kernel would hand it over, with a carrier that the test watches. */
  function newHere() {
    const table = cityTable(set.client, set.tableName, `homes-${cities++}`);
    const sent: string[] = [];
    const carrier = { fails: false };
    const clock = { at: new Date("2026-11-20T12:00:00Z"), now: () => clock.at, wake: async () => {} };
    const here = {
      city: { name: "Test city", timeZone: "UTC", languages: ["en"], currency: "EUR" },
      table,
      clock,
      commit: (writes: readonly Write[]) => table.transact(writes),
      ask: async () => ({ contact: "home@example.org" }),
      messages: {
        send: async ({ text }: { text: string }) => {
          if (carrier.fails) throw new Error("the carrier does not answer");
          sent.push(text);
        },
      },
    } as unknown as Here;
    return { here, clock, sent, carrier };
  }
  async function watched(here: Here, i = 0): Promise<Meter & { accountId: string }> {
    const registeredAt = here.clock.now().toISOString();
    const facts = { id: meterId(i), serial: `W${i}`, kind: "water" as const, registerUnit: "L" as const };
    const { meter } = await meterStore(here).create({ ...facts, accountId, registeredAt });
    await setRules(here, { ...meter, accountId }, { silentDays: 2 });
    return { ...meter, accountId };
  }
  const kept = (meterIds?: string[]) => [
    {
      ...{ type: ReadingsKept.type, time: "2026-11-20T12:00:00Z" },
      data: {
        ...{ deliveryId: `dlv_${"0".repeat(64)}`, readings: 1, meterCount: 1, ...(meterIds ? { meterIds } : {}) },
        ...{ from: "2026-11-20T00:00:00Z", to: "2026-11-20T12:00:00Z" },
      },
    } as unknown as Told,
  ];
  const tasks = (writes: readonly Write[] | undefined) =>
    (writes ?? []).map((write) => ("put" in write ? `${write.put["name"]} ${write.put["id"]}` : "another"));

  // Guards against a delivery of a whole city's meters that wakes nobody, or each of them by itself.
  test("a delivery that names its meters wakes those, one that does not wakes all within the hour", async () => {
    const { here } = newHere();
    const [look] = homeReactions;
    expect(await look!.run(here, kept(), [])).toEqual([]);
    for (let i = 0; i < 53; i++) await watched(here, i);
    expect(tasks(await look!.run(here, kept([meterId(4), meterId(77)]), []))).toEqual([
      `meters.check_home ${meterId(4)}`,
    ]);
    const [sweep] = (await look!.run(here, kept(), []))!;
    expect(sweep).toMatchObject({ put: { name: "meters.check_homes" } });
    expect(String("put" in sweep! && sweep.put.gsi2sk)).toMatch(/^2026-11-20T13:00:00/);
    const first = await checkHomes(here, "1", {});
    const second = await checkHomes(here, "1", first.again!.data);
    expect([first.writes.length, second.writes.length, second.again]).toEqual([50, 3, undefined]);
    expect(new Set(tasks([...first.writes, ...second.writes])).size).toBe(53);
  });

  // Guards against two messages for one alarm, and against none because a carrier was away.
  test("two who look at one moment tell once, and what did not leave is told later", async () => {
    const { here, clock, sent, carrier } = newHere();
    const { id } = await watched(here);
    expect(await checkHome(here, id)).toEqual({ again: { at: new Date("2026-11-22T12:00:00Z"), data: {} } });
    clock.at = new Date("2026-11-23T13:00:00Z");
    carrier.fails = true;
    await expect(checkHome(here, id)).rejects.toThrow("carrier");
    carrier.fails = false;
    await Promise.allSettled([checkHome(here, id), checkHome(here, id), checkHome(here, id)]);
    await checkHome(here, id);
    expect(sent).toEqual(["Test city, meter W0: nothing was read for 3 days."]);
  });

  // Guards against a city that pays for a message with each change of a wish.
  test("an account has at most six messages a day, and the rest the day after", async () => {
    const { here, clock, sent } = newHere();
    const meter = await watched(here);
    clock.at = new Date("2026-11-25T13:00:00Z");
    for (let i = 0; i < 8; i++) {
      await setRules(here, meter, {});
      await setRules(here, meter, { silentDays: 2 });
      await checkHome(here, meter.id);
    }
    expect(sent.length).toBe(6);
    expect(await checkHome(here, meter.id)).toEqual({ again: { at: new Date("2026-11-26T00:00:00Z"), data: {} } });
    clock.at = new Date("2026-11-26T00:00:01Z");
    await checkHome(here, meter.id);
    expect(sent.length).toBe(7);
  });

  test("another account's wishes end with the meter's change of hands", async () => {
    const { here, clock, sent } = newHere();
    const { id } = await watched(here);
    await meterStore(here).tie(id, "acc_01M8ACJTGYHGHQ2Z2TG8NSHD3A", undefined);
    clock.at = new Date("2026-11-30T12:00:00Z");
    const { writes } = await checkHome(here, id);
    expect([writes?.length, sent]).toEqual([1, []]);
  });
});
