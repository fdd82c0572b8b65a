import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { errorOf } from "../../functions/forecast/errors.ts";
import { intervalOf } from "../../functions/forecast/intervals.ts";
import { AHEAD_HOURS, type Expected, expected, HISTORY_HOURS } from "../../functions/forecast/model.ts";
import { scheduled } from "../../functions/forecast/scheduling.ts";
import { clearSkyW } from "../../functions/forecast/sun.ts";
import { ScheduleOrder } from "../../functions/forecast/supply-schema.ts";
import { hourOf, wallHours } from "../../functions/forecast/wall.ts";
import { random } from "../../functions/synthetic/random.ts";

const START = hourOf("2026-03-02T00:00Z"); // a Monday
const PARIS = "Europe/Paris";
/** What a small town uses: more by day, less on Sundays. */
const usual = (wall: number) => {
  const [hour, day] = [wall % 24, Math.floor(wall / 24 + 3) % 7];
  return 1000 + 600 * Math.sin((Math.PI * Math.max(0, hour - 5)) / 19) - (day === 6 ? 250 : 0);
};
const made = (found: ReturnType<typeof expected>): Expected => {
  if (typeof found === "string") throw new Error(found);
  return found;
};
const meanError = (points: readonly number[], truth: readonly number[]) =>
  points.reduce((sum, one, i) => sum + Math.abs(one - truth[i]!), 0) / points.length;

describe("a forecast of hours", () => {
  // Guards against a week of forecasts that are an hour off after the clock was changed (29 March 2026).
  test("goes by the clock on the wall when it is changed", () => {
    const hours = 4 * 168;
    const wall = wallHours(START, hours + AHEAD_HOURS, PARIS);
    expect(wall[28 * 24]! - wall[0]!).toBe(28 * 24 + 1);
    const series = wall.map(usual);
    const from = { from: START, celsius: undefined, timeZone: PARIS };
    const found = made(expected({ ...from, demand: series.slice(0, hours) }));
    expect(found.points).toHaveLength(AHEAD_HOURS);
    expect(found.temperatureHours).toBeUndefined();
    expect(meanError(found.points, series.slice(hours))).toBeLessThan(10);
    expect(found.naive[0]).toBe(Math.round(usual(wall[hours]!)));
  });

  test("knows cold days ahead by the temperature that somebody gave", () => {
    const chance = random("cold");
    const celsius = Array.from({ length: HISTORY_HOURS + AHEAD_HOURS }, (_, i) => {
      const isCold = i >= HISTORY_HOURS ? 1 : Math.sin(i / 90);
      return 10 - 8 * isCold + chance.whole(-10, 10) / 10;
    });
    const demand = wallHours(START, celsius.length, "UTC").map(
      (wall, i) => usual(wall) + 40 * Math.max(0, 18 - celsius[i]!),
    );
    const known = { from: START, timeZone: "UTC", demand: demand.slice(0, HISTORY_HOURS) };
    const truth = demand.slice(HISTORY_HOURS);
    const given = made(expected({ ...known, celsius }));
    const persisted = made(
      expected({ ...known, celsius: celsius.map((one, i) => (i < HISTORY_HOURS ? one : undefined)) }),
    );
    const without = made(expected({ ...known, celsius: undefined }));
    expect([given.temperatureHours, persisted.temperatureHours, without.temperatureHours]).toEqual([168, 0, undefined]);
    expect(meanError(given.points, truth)).toBeLessThan(25);
    expect(meanError(without.points, truth)).toBeGreaterThan(4 * meanError(given.points, truth));
  });

  test("says why it makes none, and lives with gaps", () => {
    const series: (number | undefined)[] = wallHours(START, 5 * 168, "UTC").map(usual);
    const of = (demand: (number | undefined)[]) =>
      expected({ from: START, demand, celsius: undefined, timeZone: "UTC" });
    expect(of([])).toBe("too_short");
    expect(of(series.map((one, i) => (i < 3 * 168 ? undefined : one)))).toBe("too_short");
    expect(of(series.map((one, i) => (i > series.length - 75 ? undefined : one)))).toBe("too_late");
    expect(of(series.map((one, i) => (i % 2 === 1 && i > 24 ? undefined : one)))).toBe("too_many_gaps");
    const gaps = made(of(series.map((one, i) => (i % 9 === 0 || (i > 300 && i < 330) ? undefined : one))));
    expect(meanError(gaps.points, wallHours(START + series.length, AHEAD_HOURS, "UTC").map(usual))).toBeLessThan(20);
    // A day late, it still begins with the hour that runs.
    const late = made(of(series.map((one, i) => (i >= series.length - 24 ? undefined : one))));
    expect(meanError(late.points, wallHours(START + series.length, AHEAD_HOURS, "UTC").map(usual))).toBeLessThan(20);
  });

  // The measure, on one real file at five origins: the benchmark has 26, and gas, and all horizons.
  test("is nearer than the week before on real hours, without looking ahead", () => {
    const rows = (name: string) =>
      gunzipSync(readFileSync(`tests/data/meters/${name}.csv.gz`))
        .toString("utf8")
        .trim()
        .split("\n")
        .slice(1);
    const read = (name: string) =>
      new Map(rows(name).map((row) => [hourOf(row.split(",")[0]!), Number(row.split(",")[1])]));
    const [demand, fahrenheit] = [read("il-electricity-hourly"), read("il-temperature-f")];
    const end = Math.max(...demand.keys());
    const told = [40, 30, 20, 10, 1].map((week) => {
      const origin = end - week * 168;
      const at = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
      const { points, naive } = made(
        expected({
          from: origin - HISTORY_HOURS,
          demand: at(origin - HISTORY_HOURS, HISTORY_HOURS).map((hour) => Math.round(demand.get(hour)! * 1000)),
          celsius: at(origin - HISTORY_HOURS, HISTORY_HOURS + AHEAD_HOURS).map((hour) =>
            hour < origin ? (fahrenheit.get(hour)! - 32) / 1.8 : undefined,
          ),
          timeZone: "America/Chicago",
        }),
      );
      return { points, naive, actual: at(origin, AHEAD_HOURS).map((hour) => Math.round(demand.get(hour)! * 1000)) };
    });
    expect(errorOf(told, "week")!.ratio).toBeLessThan(0.95);
    expect(errorOf(told, "day")!.ratio).toBeLessThan(0.95);
  });

  // Guards against intervals that promise eight of ten and hold four, and against such as say nothing.
  test("says between which values an hour lies, and they hold about as often as they say", () => {
    const chance = random("chance");
    const hours = HISTORY_HOURS + AHEAD_HOURS;
    // Mornings are less certain than nights.
    const series = wallHours(START, hours, "UTC").map((wall) => {
      const spread = wall % 24 > 5 && wall % 24 < 12 ? 200 : 40;
      return usual(wall) + chance.whole(-spread, spread);
    });
    const known = { from: START, celsius: undefined, timeZone: "UTC", demand: series.slice(0, HISTORY_HOURS) };
    const { points, naive } = made(expected(known));
    const { low, high } = intervalOf(known, points)!;
    const actual = series.slice(HISTORY_HOURS);
    const { coverage } = errorOf([{ points, naive, actual, low, high }], "week")!;
    expect(coverage).toBeGreaterThan(0.7);
    expect(coverage).toBeLessThan(0.92);
    const width = (from: number) => high[from]! - low[from]!;
    expect(width(8)).toBeGreaterThan(2 * width(2));
    for (const [i, point] of points.entries()) expect(low[i]! <= point && point <= high[i]!).toBe(true);
    expect(intervalOf({ ...known, demand: series.slice(0, 4 * 168) }, points)).toBeUndefined();
  });

  test("its error is over what was read, beside the naive one's", () => {
    const actual = Array.from({ length: AHEAD_HOURS }, (_, i) => (i < 23 ? 10 : null));
    const told = { points: actual.map(() => 12), naive: actual.map(() => 5), actual };
    expect(errorOf([told], "day")).toEqual({ hours: 23, mae: 2, naiveMae: 5, wape: 0.2, naiveWape: 0.5, ratio: 0.4 });
    expect(errorOf([told], "week")).toBeUndefined();
    const nothing = { points: [0], naive: [0], actual: [0] };
    expect(errorOf([nothing], "hour")).toEqual({ hours: 1, mae: 0, naiveMae: 0 });
  });
});

describe("supply matched to demand", () => {
  const city = { currency: "EUR", timeZone: "UTC" };
  const NIGHT = { price: "0.30", periods: [{ from: 22, to: 6, price: "0.10" }] };
  const asked = (order: object) => {
    const { from: _f, pump, ...rest } = ScheduleOrder.parse(order);
    const { demand, ...tank } = pump ?? {};
    const litres = demand && "litres" in demand ? demand.litres : [];
    return scheduled({ ...rest, from: START, ...(pump ? { pump: { ...tank, litres } as never } : {}) }, city);
  };

  test("the pump runs in the cheap hours, as far as the tank bears it", () => {
    const pump = {
      ...{ powerW: 10_000, litresPerHour: 4_000, startLitres: 20_000, minLitres: 5_000, maxLitres: 30_000 },
      demand: { litres: Array.from({ length: 24 }, () => 1_000) },
    };
    const plan = asked({ tariff: NIGHT, pump });
    // 24 m³ take six hours; eight of the hours are cheap, and the tank has room for them.
    expect(plan.hours.reduce((sum, { minutes }) => sum + minutes, 0)).toBe(360);
    expect(plan.costMinor).toBe(600);
    expect(plan.evenCostMinor).toBe(Math.round((60 * (8 * 10 + 16 * 30)) / 24));
    expect(plan.savingMinor).toBe(plan.evenCostMinor - 600);
    expect(plan.isEvenPossible).toBe(true);
    for (const { litres } of plan.hours) expect(litres! >= 5_000 && litres! <= 30_000).toBe(true);
    expect(plan.hours.at(-1)!.litres).toBe(20_000);
  });

  test("a load takes its own sun before the grid, and only in its windows", () => {
    const watts = Array.from({ length: 24 }, (_, hour) => (hour >= 10 && hour < 14 ? 3_000 : 0));
    const load = { maxW: 4_000, energyWh: 14_000, windows: [{ from: 9, to: 16 }] };
    const plan = asked({ tariff: { price: "0.20" }, sun: { watts }, load });
    expect(plan.sun).toBe("given");
    expect(plan.hours.filter(({ minutes }) => minutes > 0).every(({ at }) => at >= "2026-03-02T09")).toBe(true);
    // 12 kWh of sun, and 2 kWh bought.
    expect(plan.costMinor).toBe(40);
    expect(plan.savingMinor).toBeGreaterThan(0);
  });

  test("a period is of its days of the week, and over midnight of the day on which it begins", () => {
    // From a Friday's noon; nights are cheap from Friday and Saturday on, and Sundays at all hours.
    const from = "2026-03-06T12:00:00Z";
    const periods = [
      { from: 22, to: 6, price: "0.10", days: [5, 6] },
      { from: 0, to: 24, price: "0.05", days: [7] },
    ];
    const load = { maxW: 1_000, energyWh: 1_000 };
    const { hours } = scheduled(
      {
        ...ScheduleOrder.parse({ hours: 72, tariff: { price: "0.30", periods }, load }),
        from: hourOf(from),
        pump: undefined,
      } as never,
      city,
    );
    const price = (day: number, hour: number) => hours[day * 24 + hour - 12]!.pricePerKwh;
    expect([price(0, 21), price(0, 22), price(1, 5), price(1, 6), price(1, 22)]).toEqual([
      "0.30",
      "0.10",
      "0.10",
      "0.30",
      "0.10",
    ]);
    expect([price(2, 0), price(2, 23), price(3, 0)]).toEqual(["0.05", "0.05", "0.30"]);
    const wrong = ScheduleOrder.safeParse({
      tariff: { price: "1", periods: [{ from: 1, to: 2, price: "1", days: [8] }] },
      load,
    });
    expect(wrong.success).toBe(false);
  });

  test("a clear sky gives nothing at night, most at noon, and more in summer", () => {
    const panel = { latitude: 48.1, longitude: -1.7, panelW: 10_000 };
    const [march, june] = [START, hourOf("2026-06-21T00:00Z")].map((from) => clearSkyW(panel, from, 24));
    expect([march![0], june![1]]).toEqual([0, 0]);
    expect(march!.indexOf(Math.max(...march!))).toBe(12);
    const sum = (all: number[]) => all.reduce((a, b) => a + b, 0);
    expect(sum(june!)).toBeGreaterThan(1.7 * sum(march!));
    expect(Math.max(...june!)).toBeLessThan(7_500);
  });

  test("what cannot be is said with the field", () => {
    const tank = { powerW: 1_000, litresPerHour: 1_000, minLitres: 100, maxLitres: 5_000 };
    const litres = Array.from({ length: 24 }, () => 2_000);
    const refusal = (order: object) => {
      try {
        asked(order);
        return undefined;
      } catch (error) {
        return (error as { members?: { errors?: { pointer: string }[] } }).members?.errors?.[0]?.pointer;
      }
    };
    const tariff = { price: "0.2" };
    expect(refusal({ tariff, pump: { ...tank, startLitres: 1_000, demand: { litres } } })).toBe("#/pump");
    expect(refusal({ tariff, pump: { ...tank, startLitres: 9, demand: { litres } } })).toBe("#/pump/startLitres");
    expect(refusal({ tariff, pump: { ...tank, startLitres: 200, demand: { litres: [1] } } })).toBe("#/pump/demand");
    expect(refusal({ tariff, load: { maxW: 10, energyWh: 1_000 } })).toBe("#/load/energyWh");
    expect(refusal({ tariff: { price: "0.000001" }, load: { maxW: 10, energyWh: 1 } })).toBe("#/tariff/price");
    expect(ScheduleOrder.safeParse({ tariff }).success).toBe(false);
  });
});
