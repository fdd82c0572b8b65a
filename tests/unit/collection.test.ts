import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  afterQuiet,
  ageing,
  ageOf,
  channelFor,
  enters,
  figuresBy,
  moved,
  stageDue,
} from "../../functions/collection/domain.ts";
import { forecast, type History, historyOf, predicted } from "../../functions/collection/forecast.ts";
import { type Cohort, DEFAULT_RULE, type Intake, Rule, type Tracked } from "../../functions/collection/schema.ts";
import { newId } from "../../shared/ids.ts";
import { daysBetween, monthPlus } from "../../shared/time.ts";

const now = new Date("2026-01-01T12:00:00Z");
const bill: Tracked = {
  billId: newId("bill", now),
  kind: "water",
  district: "North",
  currency: "EUR",
  totalMinor: 1_000,
  issuedAt: now.toISOString(),
  issuedOn: "2026-01-01",
  moves: [],
  entered: [],
};
const due = (one: Tracked, on: string) => stageDue(one, DEFAULT_RULE, on, "UTC");
const entered = (one: Tracked, stage: "reminder" | "second_reminder" | "formal_notice" | "handed_over", day: string) =>
  enters(one, { stage, campaignId: newId("cmp", now), at: `${day}T12:00:00.000Z` });

describe("stages", () => {
  test("come by the days since issue, one after the other, each once", () => {
    expect(due(bill, "2026-01-15")).toBeUndefined();
    expect(due(bill, "2026-01-16")).toBe("reminder");
    // However old: nobody gets a formal notice who was never reminded.
    expect(due(bill, "2027-01-01")).toBe("reminder");
    const first = entered(bill, "reminder", "2026-01-16");
    expect(due(first, "2026-01-30")).toBeUndefined();
    expect(due(first, "2026-01-31")).toBe("second_reminder");
    const all = (["second_reminder", "formal_notice", "handed_over"] as const).reduce(
      (one, stage, i) => entered(one, stage, ["2026-01-31", "2026-03-02", "2026-04-01"][i]!),
      first,
    );
    expect(due(all, "2030-01-01")).toBeUndefined();
    expect(enters(all, { stage: "reminder", campaignId: newId("cmp", now), at: now.toISOString() })).toBe(all);
  });

  // Guards against two stages on one day for a bill whose first reminder was late.
  test("keep their distance when the first was late", () => {
    const late = entered(bill, "reminder", "2026-06-01");
    expect(due(late, "2026-06-15")).toBeUndefined();
    expect(due(late, "2026-06-16")).toBe("second_reminder");
  });

  test("are never for a paid bill, nor for less than the rule's least amount", () => {
    const paid = moved(bill, { id: "paid:1", amountMinor: 1_000, at: "2026-01-05T00:00:00.000Z" });
    expect(due(paid, "2026-03-01")).toBeUndefined();
    const undone = moved(paid, { id: "undone:1", amountMinor: -1_000, at: "2026-02-05T00:00:00.000Z", paymentId: "1" });
    expect(due(undone, "2026-03-01")).toBe("reminder");
    expect(stageDue(bill, { ...DEFAULT_RULE, leastMinor: 1_001 }, "2026-03-01", "UTC")).toBeUndefined();
    expect(stageDue(bill, { ...DEFAULT_RULE, leastMinor: 1_000 }, "2026-03-01", "UTC")).toBe("reminder");
  });

  test("are never for a prepaid purchase that nobody finished", () => {
    expect(due({ ...bill, kind: "prepaid_electricity" }, "2026-03-01")).toBeUndefined();
  });

  test("a rule's stages follow each other", () => {
    const after = (days: Partial<Rule["afterDays"]>) => ({
      ...DEFAULT_RULE,
      afterDays: { ...DEFAULT_RULE.afterDays, ...days },
    });
    expect(Rule.safeParse(DEFAULT_RULE).success).toBe(true);
    expect(Rule.safeParse(after({ second_reminder: 15 })).success).toBe(false);
    expect(Rule.safeParse(after({ reminder: -1 })).success).toBe(false);
  });
});

describe("quiet hours", () => {
  const quiet = { from: "20:00", to: "08:00" };
  const free = (at: string, zone: string, hours = quiet) => afterQuiet(new Date(at), hours, zone).toISOString();
  test("end in the city's own time, over midnight and over a change of clocks", () => {
    expect(free("2026-03-28T18:59:00Z", "Europe/Paris")).toBe("2026-03-28T18:59:00.000Z");
    // In this night, Paris puts its clocks forward: eight o'clock is six in UTC, not seven.
    expect(free("2026-03-28T19:00:00Z", "Europe/Paris")).toBe("2026-03-29T06:00:00.000Z");
    expect(free("2026-03-29T05:59:59Z", "Europe/Paris")).toBe("2026-03-29T06:00:00.000Z");
    expect(free("2026-03-29T06:00:00Z", "Europe/Paris")).toBe("2026-03-29T06:00:00.000Z");
    expect(free("2026-06-01T11:30:00Z", "UTC", { from: "11:00", to: "13:00" })).toBe("2026-06-01T13:00:00.000Z");
    expect(free("2026-06-01T11:30:00Z", "UTC", { from: "00:00", to: "00:00" })).toBe("2026-06-01T11:30:00.000Z");
  });
});

test("each resident is spoken to by the first way that reaches them", () => {
  const all = ["sms", "email", "letter"] as const;
  expect(channelFor(all, { contact: "+225", address: "x" })).toBe("sms");
  expect(channelFor(all, { contact: "a@b.ci", address: "x" })).toBe("email");
  expect(channelFor(["sms", "letter"], { contact: "a@b.ci", address: "x" })).toBe("letter");
  expect(channelFor(["sms"], { contact: "a@b.ci" })).toBeUndefined();
  expect(channelFor(all, {})).toBeUndefined();
});

const cohort = (day: string, billedMinor: number, openMinor: number, more: Partial<Cohort> = {}): Cohort => ({
  ...{ day, kind: "water", district: "North", currency: "EUR", bills: 1, billedMinor, writtenOffMinor: 0 },
  ...{ openBills: openMinor > 0 ? 1 : 0, openMinor },
  ...more,
});
const intake = (month: string, issuedIn: string, collectedMinor: number, more: Partial<Intake> = {}): Intake => ({
  ...{ month, issuedIn, kind: "water", district: "North", currency: "EUR", collectedMinor },
  ...more,
});

describe("figures", () => {
  test("are the same sum by month, service and district", () => {
    const kinds = fc.constantFrom("water", "waste", "market");
    const districts = fc.constantFrom("North", "South", "unknown");
    const months = fc.constantFrom("2026-01", "2026-02", "2026-03");
    const minor = fc.integer({ min: 0, max: 10_000 });
    const cohorts = fc.array(
      fc.record({ kind: kinds, district: districts, month: months, billed: minor, open: minor }),
    );
    fc.assert(
      fc.property(
        cohorts,
        fc.array(fc.record({ kind: kinds, district: districts, month: months, minor })),
        (bills, came) => {
          const all = bills.map((one) => cohort(`${one.month}-05`, one.billed, one.open, one));
          const money = came.map((one) => intake(one.month, "2026-01", one.minor, one));
          for (const name of ["month", "kind", "district"] as const) {
            const found = figuresBy(all, money, (one) => one[name]);
            const sum = (key: "billedMinor" | "openMinor" | "collectedMinor" | "bills") =>
              found.reduce((total, one) => total + one[key], 0);
            expect(sum("billedMinor")).toBe(bills.reduce((total, one) => total + one.billed, 0));
            expect(sum("openMinor")).toBe(bills.reduce((total, one) => total + one.open, 0));
            expect(sum("collectedMinor")).toBe(came.reduce((total, one) => total + one.minor, 0));
            expect(sum("bills")).toBe(bills.length);
          }
        },
      ),
    );
  });

  test("age by calendar days, each bucket with its edges", () => {
    expect(daysBetween("2026-01-01", "2026-03-01")).toBe(59);
    const ages = ["2026-03-31", "2026-03-01", "2026-02-28", "2026-01-30", "2026-01-29", "2025-12-31", "2025-12-30"];
    expect(ages.map((day) => ageOf(day, "2026-03-31"))).toEqual([
      ...["0-30", "0-30", "31-60", "31-60", "61-90", "61-90", "90+"],
    ]);
    const found = ageing(
      ages.map((day) => cohort(day, 100, 10)),
      "2026-03-31",
    );
    expect(found.map(({ openMinor }) => openMinor)).toEqual([20, 20, 20, 10]);
  });
});

/** Months of bills of which shares come in after so many months. */
function habit(billed: readonly number[], shares: readonly number[], first = "2025-01"): { c: Cohort[]; i: Intake[] } {
  const month = (i: number) => monthPlus(first, i);
  return {
    c: billed.map((minor, i) => cohort(`${month(i)}-05`, minor, 0)),
    i: billed.flatMap((minor, i) => shares.map((share, lag) => intake(month(i + lag), month(i), minor * share))),
  };
}

describe("the forecast", () => {
  test("learns the habit of payers, and says how far off it was", () => {
    const billed = [1_000, 3_000, 500, 2_500, 800, 2_000, 1_500, 400, 2_200, 900];
    const { c, i } = habit(billed, [0.1, 0.8]);
    const history = historyOf(c, i, "2025-11");
    expect(history.months).toHaveLength(10);
    expect(history.collected[1]).toBe(0.1 * 3_000 + 0.8 * 1_000);
    const found = forecast(history)!;
    expect(found.ahead.map(({ month }) => month)).toEqual(["2025-11", "2025-12", "2026-01"]);
    expect(found.ahead[0]).toMatchObject({ method: "curve", forecastMinor: 837 }); // 0.8 × 900 + 0.1 × 1,167
    // The error is that of the past, when the bills to come were not known: above nothing, and its range holds it.
    const { error, lowMinor, highMinor } = found.ahead[0]!;
    expect(error!.months).toBe(7);
    expect(error!.mean).toBeGreaterThan(0.05);
    expect(lowMinor!).toBeLessThan(837);
    expect(highMinor!).toBeGreaterThan(837);
    const misses = found.tested.map(({ forecastMinor, actualMinor }) => Math.abs(forecastMinor - actualMinor));
    const came = found.tested.reduce((sum, { actualMinor }) => sum + actualMinor, 0);
    expect(error!.mean).toBeCloseTo(misses.reduce((sum, one) => sum + one, 0) / came, 10);
  });

  test("says nothing of too few months, and no range of too few tests", () => {
    const of = (months: number) => {
      const { c, i } = habit(Array(months).fill(100), [1]);
      return forecast(historyOf(c, i, monthPlus("2025-01", months)));
    };
    expect(of(0)).toBeUndefined();
    expect(of(2)).toBeUndefined();
    expect(of(3)!.ahead[0]!.error).toBeUndefined();
    expect(of(4)!.ahead[0]!.error).toMatchObject({ months: 1, mean: 0 });
    expect(of(5)!.ahead[0]!.highMinor).toBeUndefined();
    expect(of(6)!.ahead[0]!.highMinor).toBe(100);
    // The month that is not over is no month of the past.
    const { c, i } = habit([100, 100, 100], [1]);
    expect(forecast(historyOf(c, i, "2025-03"))).toBeUndefined();
  });

  // Guards against a back-test that has seen the future, and so looks better than the forecast will be.
  test("of the past is made of what was known then alone", () => {
    const minor = fc.integer({ min: 0, max: 100_000 });
    const share = fc.double({ min: 0, max: 0.5, noNaN: true });
    const billed = fc.array(minor, { minLength: 6, maxLength: 14 });
    fc.assert(
      fc.property(billed, fc.tuple(share, share), fc.nat(), minor, (all, shares, at, other) => {
        const cut = 4 + (at % (all.length - 4));
        const was = habit(all, shares);
        // From the cut on, everything is otherwise: other bills, and other payments of the old ones.
        const is = habit(
          all.map((one, i) => (i < cut ? one : other)),
          shares,
        );
        const last = monthPlus("2025-01", all.length);
        const months = (data: typeof was) => historyOf(data.c, data.i, last);
        const [known, changed] = [months(was), months(is)];
        const strange: History = {
          ...changed,
          cameAfter: (i, lag) => (i + lag < cut ? known.cameAfter(i, lag) : 7),
        };
        for (const method of ["curve", "last_month"] as const)
          expect(predicted(strange, method, cut, 1)).toBe(predicted(known, method, cut, 1));
        const [before, after] = [forecast(known)!, forecast(strange)!];
        const month = known.months[cut]!;
        const foretold = (found: typeof before) => found.tested.find((one) => one.month === month)?.forecastMinor;
        expect(foretold(after)).toBe(foretold(before));
      }),
      { numRuns: 100 },
    );
  });
});
