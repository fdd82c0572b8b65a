import { describe, expect, test } from "vitest";
import type { Counted } from "../../functions/meters/domain.ts";
import { alarmsOf, newsOf, steadyFlow } from "../../functions/meters/home/alarms.ts";
import { foretold } from "../../functions/meters/home/forecast.ts";
import { fits, plain, screensOf, smsOf } from "../../functions/meters/home/gsm.ts";
import { added, coarse, HOMES_LEAST, quartilesOf } from "../../functions/meters/home/homes.ts";
import { dayPlus } from "../../shared/time.ts";

const days = (from: string, quantities: readonly number[], coverage = 1) =>
  quantities.map((quantity, i) => ({ at: dayPlus(from, i), quantity, coverage }));
const START_S = Date.parse("2026-11-20T00:00:00Z") / 1000;
const hours = (litres: readonly number[], more: Partial<Counted> = {}): Counted[] =>
  litres.map((digits, i) => ({
    channel: "main",
    flow: "consumption",
    fromS: START_S + i * 3600,
    toS: START_S + (i + 1) * 3600,
    digits,
    exponent: 0,
    quality: "A",
    isRegister: false,
    ...more,
  }));

describe("a forecast", () => {
  // 2 November 2026 is a Monday; weekends use 300, other days 100.
  const usual = (day: string): number => ([0, 6].includes(new Date(`${day}T00:00Z`).getUTCDay()) ? 300 : 100);
  const past = (count: number, of = usual) => {
    const from = dayPlus("2026-11-16", -count);
    return days(
      from,
      Array.from({ length: count }, (_, i) => of(dayPlus(from, i))),
    );
  };
  const month = () => [
    ...days(
      "2026-11-01",
      Array.from({ length: 15 }, (_, i) => usual(dayPlus("2026-11-01", i))),
    ),
    ...days("2026-11-16", Array(15).fill(0), 0),
  ];

  test("knows the days of the week, and is sure of what always was so", () => {
    const whole = Array.from({ length: 30 }, (_, i) => usual(dayPlus("2026-11-01", i))).reduce((a, b) => a + b);
    expect(foretold(past(120), month())).toEqual({
      quantity: whole,
      low: whole,
      high: whole,
      pastError: 0,
      checked: 8,
    });
  });
  test("says how far it was off before, around what is still to come alone", () => {
    let use = 100;
    const said = foretold(
      past(120, () => use++),
      month(),
    )!;
    expect(said.pastError).toBeGreaterThan(0.05);
    const sofar = month().reduce((sum, { quantity }) => sum + quantity, 0);
    expect(said.low).toBeGreaterThanOrEqual(sofar);
    expect(said.low).toBeLessThan(said.quantity);
    expect(Math.abs(said.high - said.quantity - (said.quantity - said.low))).toBeLessThanOrEqual(2);
    expect(Math.abs(said.high - sofar - (said.quantity - sofar) * (1 + said.pastError))).toBeLessThan(2);
  });
  test("a day that is half read lacks the other half, and a gap is filled", () => {
    const halves = month().map((day) => (day.at === "2026-11-16" ? { ...day, coverage: 0.5, quantity: 70 } : day));
    expect(foretold(past(120), halves)!.quantity - foretold(past(120), month())!.quantity).toBe(20);
    // Also the last hour of a day that is nearly over.
    const evening = month().map((day) => (day.at === "2026-11-16" ? { ...day, quantity: 96, coverage: 0.96 } : day));
    expect(foretold(past(120), evening)!.quantity).toBe(foretold(past(120), month())!.quantity);
    const gap = month().map((day) => (day.at === "2026-11-03" ? { ...day, coverage: 0, quantity: 0 } : day));
    expect(foretold(past(120), gap)!.quantity).toBe(foretold(past(120), month())!.quantity);
  });
  test("is not given where its error cannot be known, and needs none at the month's end", () => {
    expect(foretold(past(20), month())).toBeUndefined();
    expect(foretold([], month())).toBeUndefined();
    const over = month().map((day) => ({ ...day, coverage: 1 }));
    expect(foretold([], over)).toMatchObject({ pastError: 0, checked: 0 });
  });
});

describe("alarms of a home", () => {
  test("water that no hour was shut, with its least flow; one hour at zero ends it", () => {
    expect(steadyFlow(hours(Array.from({ length: 30 }, (_, i) => 5 + (i % 3))))).toEqual({
      hours: 24,
      leastPerHour: 5,
    });
    expect(steadyFlow(hours([...Array(20).fill(9), 0, 7, 8]))).toEqual({ hours: 2, leastPerHour: 7 });
    expect(steadyFlow(hours([9, 9, 0]))).toEqual({ hours: 0, leastPerHour: 0 });
  });
  test("a gap, an estimate and a day's sum do not say that water ran without a pause", () => {
    const gap = hours(Array(24).fill(5)).filter((_, i) => i !== 20);
    expect(steadyFlow(gap)).toEqual({ hours: 3, leastPerHour: 5 });
    expect(steadyFlow(hours(Array(24).fill(5), { quality: "E" }))).toBeUndefined();
    expect(steadyFlow(hours([500], { toS: START_S + 86_400 }))).toBeUndefined();
  });

  const now = new Date((START_S + 24 * 3600) * 1000);
  const standing = { kind: "water" as const, now, heardAt: now, readings: hours(Array(24).fill(5)), costMinor: 850 };
  const rules = { flowHours: 12, silentDays: 2, budgetMinor: 1_000 };
  const alarms = alarmsOf(standing, rules);
  const month = "2026-11";

  test("each is told once while it lasts, and again when it begins anew", () => {
    const first = newsOf(alarms, rules, {}, month);
    expect(first.news).toEqual(["flow", "budget_near"]);
    expect(newsOf(alarms, rules, first.told, month).news).toEqual([]);
    const dry = alarmsOf({ ...standing, readings: hours([5, 0]) }, rules);
    const second = newsOf(dry, rules, first.told, month);
    expect(second.news).toEqual([]);
    expect(newsOf(alarms, rules, second.told, month).news).toEqual(["flow"]);
    const over = alarmsOf({ ...standing, costMinor: 1_200 }, rules);
    const third = newsOf(over, rules, first.told, month);
    expect(third.news).toEqual(["budget_over"]);
    // An estimate that was corrected downwards tells nothing twice.
    expect(newsOf(alarms, rules, third.told, month).news).toEqual([]);
    expect(newsOf(alarms, rules, third.told, "2026-12").news).toEqual(["budget_near"]);
  });
  test("silence is one alarm, and what ran before it is no news", () => {
    const later = { ...standing, now: new Date(now.getTime() + 3 * 86_400_000) };
    const silent = alarmsOf(later, rules);
    expect(silent).toMatchObject({ silence: { days: 3, isOn: true }, flow: { isOn: false } });
    const { news, told } = newsOf(silent, { flowHours: 12, silentDays: 2 }, { flow: true }, month);
    expect([news, told]).toEqual([["silence"], { flow: true, silence: true }]);
  });
  test("nothing is told of what nobody asked for", () => {
    expect(newsOf(alarms, {}, { flow: true }, month)).toEqual({ news: [], told: {} });
    expect(alarmsOf({ ...standing, kind: "electricity" }, {})).not.toHaveProperty("flow");
    expect(alarmsOf(standing, {})).not.toHaveProperty("budget");
  });
});

describe("like homes", () => {
  const homes = (count: number, accounts = count) =>
    Array.from({ length: count }, (_, i) => ({ accountId: `acc_${i % accounts}`, quantity: (i + 1) * 1_000 }));

  test("quartiles of eleven, and none of ten, nor of a landlord's many", () => {
    expect(quartilesOf(added(undefined, homes(HOMES_LEAST)))).toEqual({ lower: 3_000, median: 6_000, upper: 9_000 });
    expect(quartilesOf(added(undefined, homes(HOMES_LEAST - 1)))).toBeUndefined();
    expect(quartilesOf(added(undefined, homes(40, 5)))).toBeUndefined();
  });
  test("a group is the same however its homes are dealt out, and knows none of them exactly", () => {
    const all = homes(23);
    const parts = added(added(undefined, all.slice(0, 7)), all.slice(7));
    expect(quartilesOf(parts)).toEqual(quartilesOf(added(undefined, all)));
    expect([12_345, 987, 5, 0, -3].map(coarse)).toEqual([12_000, 990, 5, 0, 0]);
  });
});

describe("a telephone's signs", () => {
  test("accents that its alphabet lacks give way, and what has no other form stays", () => {
    expect(plain("Coût à ce jour : 12,50\u202f€ – l’été, 3\u00a0m³, œuf, ça")).toBe(
      "Cout à ce jour : 12,50 € - l'été, 3 m3, oeuf, ca",
    );
    expect(plain("\u2068عداد\u2069 1")).toBe("عداد 1");
  });
  test("160 of its alphabet fit, 70 of another; some count twice", () => {
    expect([fits("a".repeat(160)), fits("a".repeat(161)), fits("€".repeat(80)), fits("€".repeat(81))]).toEqual([
      ...[true, false, true, false],
    ]);
    expect([fits("ع".repeat(70)), fits("ع".repeat(71))]).toEqual([true, false]);
  });
  test("lines are not broken between screens, and an SMS takes those that fit", () => {
    const lines = ["a".repeat(100), "b".repeat(50), "c".repeat(200), "d"];
    expect(screensOf(lines)).toEqual([`${lines[0]}\n${lines[1]}`, "c".repeat(160), "d"]);
    expect(smsOf(lines)).toBe(`${lines[0]}. ${lines[1]}. d`);
  });
});
