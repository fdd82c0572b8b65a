import { afterAll, beforeAll, expect, test } from "vitest";
import { daily, follow, make, tellingPeaks } from "../../functions/forecast/making.ts";
import { Following } from "../../functions/forecast/schema.ts";
import { seen } from "../../functions/forecast/seeing.ts";
import { forecastStore } from "../../functions/forecast/store.ts";
import { KeepRegisters } from "../../functions/meters/events.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { networkStore } from "../../functions/network/store.ts";
import { factOf, type Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { innerHouse } from "../setup/inner.ts";

const HOUR_MS = 3_600_000;
let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

/** A feeder of water whose bulk meter counts 10 an hour, 50 at noon, and what is given more on top. */
async function feederOf(here: Here, now: Date, more = (_ms: number) => 0) {
  const id = newId("mtr", now);
  const from = "1970-01-01T00:00:00.000Z";
  await meterStore(here).create({ id, serial: "IN", kind: "water", registerUnit: "L", registeredAt: from });
  const input = { from, meterId: id, serial: "IN", direction: "in" as const };
  const area = { code: "F1", level: "zone" as const, kind: "water" as const, within: [], inputs: [input] };
  await here.commit([networkStore(here).areaWrite({ is: area, version: 0 })]);
  let dial = 0;
  let read = now.getTime() - 5 * 168 * HOUR_MS;
  return {
    /** Keeps what the dial showed up to an instant. */
    async readTo(to: Date): Promise<void> {
      const readings = [];
      for (; read <= to.getTime(); read += HOUR_MS) {
        readings.push({ meterId: id, at: new Date(read).toISOString(), value: String(dial) });
        dial += (new Date(read).getUTCHours() === 12 ? 50 : 10) + more(read);
      }
      await here.ask(KeepRegisters, { delivery: `to-${to.toISOString()}`, readings });
    },
  };
}
const factsOf = async (here: Here, type: string): Promise<Told[]> => {
  const facts: Told[] = [];
  for await (const item of here.table.all({ pk: "LOG", index: "gsi1" })) facts.push(factOf(item));
  return facts.filter((fact) => fact.type === type);
};

test("what came of a forecast is kept with it, beside what the week before would have said", async () => {
  const { here, at } = inner.newHere();
  const start = at.now.getTime();
  const feeder = await feederOf(here, at.now, (ms) => (ms >= start ? 2 : 0));
  await feeder.readTo(at.now);
  await follow(here, "F1", Following.parse({}), "per_x");
  const first = await make(here, "F1");
  expect(first.actual.every((one) => one === null)).toBe(true);
  expect((await seen(here, "F1")).errors).toEqual({});
  at.now = new Date(start + 25 * HOUR_MS);
  await feeder.readTo(at.now);
  // The night's task does what a request does, and comes again.
  const { again } = await daily.run(here, "F1", {});
  expect(again!.at.toISOString()).toBe("2026-11-25T02:00:00.000Z");
  const { forecasts } = await forecastStore(here).forecasts("F1", { limit: 10 });
  expect(forecasts.map(({ from }) => from)).toEqual(["2026-11-24T13:00:00.000Z", "2026-11-23T12:00:00.000Z"]);
  expect(forecasts[1]!.actual.slice(0, 26)).toEqual([52, ...Array(23).fill(12), 52, null]);
  const { errors, zone } = await seen(here, "F1");
  expect(zone.latest).toBe(forecasts[0]!.from);
  expect(errors.hour).toMatchObject({ hours: 1, naiveMae: 2 });
  expect(errors.day).toMatchObject({ hours: 24, naiveMae: 2 });
  expect(errors.week).toBeUndefined();
});

test("a peak is told so many hours before it, and once, also when it is expected anew or somebody turns the rule", async () => {
  const { here, at } = inner.newHere();
  const feeder = await feederOf(here, at.now);
  await feeder.readTo(at.now);
  at.now = new Date("2026-11-23T13:00:00Z");
  const rule = (leadHours: number) => Following.parse({ isDaily: false, peak: { threshold: 40, leadHours } });
  await follow(here, "F1", rule(3), "per_x");
  await make(here, "F1");
  const { again } = await tellingPeaks.run(here, "F1", {});
  expect(again!.at.toISOString()).toBe("2026-11-24T09:00:00.000Z");
  expect(await factsOf(here, "forecast.peak_expected.v1")).toEqual([]);
  at.now = again!.at;
  await tellingPeaks.run(here, "F1", {});
  await tellingPeaks.run(here, "F1", {});
  await make(here, "F1");
  await follow(here, "F1", rule(4), "per_x");
  await tellingPeaks.run(here, "F1", {});
  const told = await factsOf(here, "forecast.peak_expected.v1");
  expect(told.map(({ data }) => (data as { from: string }).from)).toEqual(["2026-11-24T12:00:00.000Z"]);
  expect(told[0]!.data).toMatchObject({ zone: "F1", unit: "L", threshold: 40 });
  expect(await factsOf(here, "forecast.peak_over.v1")).toEqual([]);
  at.now = new Date("2026-11-24T13:00:00Z");
  const after = await tellingPeaks.run(here, "F1", {});
  await tellingPeaks.run(here, "F1", {});
  const over = await factsOf(here, "forecast.peak_over.v1");
  expect(over.map(({ data }) => data)).toEqual([{ zone: "F1", from: "2026-11-24T12:00:00.000Z" }]);
  expect(after.again!.at.toISOString()).toBe("2026-11-25T08:00:00.000Z");
});
