import { XMLValidator } from "fast-xml-parser";
import { describe, expect, test } from "vitest";
import { figuresBy, NO_FIGURE, plus } from "../../functions/collection/domain.ts";
import { forecast, historyOf } from "../../functions/collection/forecast.ts";
import { PairedBars } from "../../functions/collection/plot.tsx";
import type { Cohort, Figures, Intake } from "../../functions/collection/schema.ts";
import { collectionTexts } from "../../functions/collection/texts.ts";
import { DashboardPage, type Shown } from "../../functions/collection/views.tsx";
import { formatMoney } from "../../shared/money.ts";
import { LANGS, type Lang } from "../../shared/texts.ts";
import { monthPlus } from "../../shared/time.ts";

const draw = (lang: string, points: readonly { label: string; values: readonly [number, number] }[]) =>
  String(<PairedBars name="m" title="A <b>" desc="d" unit="EUR" series={["Due", "Collected"]} {...{ lang, points }} />);
const bars = (html: string) =>
  [...html.matchAll(/<rect x="([\d.-]+)" y="([\d.-]+)" width="[\d.]+" height="([\d.-]+)" fill="([^"]+)"><title>/g)].map(
    ([, x, , height, fill]) => ({ x: Number(x), height: Number(height), fill }),
  );

describe("pairs of bars", () => {
  const points = [
    { label: "Jan", values: [100, 50] as const },
    { label: "Feb", values: [200, -20] as const },
  ];
  test("are as high as their figures, told apart by more than colour, and never below the line", () => {
    const [due, collected, next, negative] = bars(draw("en", points));
    expect(due!.height).toBeCloseTo(collected!.height * 2, 0);
    expect(next!.height).toBeCloseTo(due!.height * 2, 0);
    expect(negative!.height).toBe(0);
    expect([due!.fill, collected!.fill]).toEqual(["var(--bar,currentColor)", "url(#hatch-m)"]);
    expect(draw("en", points)).toContain("A &lt;b&gt;");
  });

  test("run in the direction of reading", () => {
    const xs = (lang: string) => bars(draw(lang, points)).map(({ x }) => x);
    expect(xs("en")).toEqual([...xs("en")].sort((a, b) => a - b));
    expect(xs("ar")).toEqual([...xs("ar")].sort((a, b) => b - a));
  });

  test("are well-formed, also of nothing", () => {
    for (const some of [points, [], [{ label: "x", values: [0, 0] as const }]]) {
      const html = draw("fr", some);
      expect(XMLValidator.validate(html)).toBe(true);
      expect(html).not.toMatch(/NaN|Infinity|undefined/);
    }
  });
});

/** Months of bills, three quarters of which are paid in the next month. */
function shownFigures() {
  const cohorts: Cohort[] = [];
  const intakes: Intake[] = [];
  for (let i = 0; i < 10; i++) {
    const month = monthPlus("2025-01", i);
    const names = { kind: i % 2 ? "water" : "waste", district: i % 3 ? "North" : "unknown", currency: "XOF" };
    const billedMinor = 10_000 + 1_000 * i;
    const sums = { bills: 10, billedMinor, writtenOffMinor: 0, openBills: 3, openMinor: billedMinor / 4 };
    cohorts.push({ day: `${month}-05`, ...names, ...sums });
    intakes.push({ month: monthPlus(month, 1), issuedIn: month, ...names, collectedMinor: (billedMinor * 3) / 4 });
  }
  const byMonth = figuresBy(cohorts, intakes, ({ month }) => month);
  const figures: Figures = {
    currency: "XOF",
    asOf: "2025-11-20T00:00:00.000Z",
    totals: byMonth.reduce(({ ...sum }, { name: _name, ...one }) => plus(sum, one), { ...NO_FIGURE }),
    byMonth,
    byService: figuresBy(cohorts, intakes, ({ kind }) => kind),
    byDistrict: figuresBy(cohorts, intakes, ({ district }) => district),
    ageing: [{ age: "0-30", bills: 3, openMinor: 4_750 }],
    ledgerDueMinor: 1,
  };
  const ahead = forecast(historyOf(cohorts, intakes, "2025-11"))!;
  return { figures, forecast: { currency: "XOF", ...ahead } };
}
const dashboardIn = (lang: Lang, mayAct = true) => {
  const here = { url: (path: string) => `/cities/x${path}`, city: { timeZone: "UTC", currency: "XOF" } };
  const s = { here, lang, csrf: "c", t: collectionTexts.in(lang), mayAct } as unknown as Shown;
  return String(<DashboardPage s={s} {...shownFigures()} />);
};

// Guards against a plot whose figures nobody can read, and a page that needs script.
test("the dashboard gives each drawn figure in a table too, in every language, without script", () => {
  const { figures, forecast: ahead } = shownFigures();
  for (const lang of LANGS) {
    const html = dashboardIn(lang);
    expect(html).not.toContain("<script");
    expect(html).not.toMatch(/NaN|Infinity|undefined|\[object/);
    expect(html.match(/<svg class=/g)).toHaveLength(3);
    for (const table of ["month", "service", "district", "ageing", "forecast", "tested"])
      expect(html).toContain(`/staff/collection/csv?table=${table}`);
    for (const minor of [
      ...figures.byMonth.flatMap(({ billedMinor, collectedMinor }) => [billedMinor, collectedMinor]),
      ...ahead.ahead.map(({ forecastMinor }) => forecastMinor),
    ])
      expect(html).toContain(`${formatMoney(minor, "XOF", lang)}</td>`);
  }
});

// Guards against figures that look final where they differ from the ledger, and a forecast that hides its error.
test("the dashboard says that it differs from the ledger, and how far off its forecasts were", () => {
  const html = dashboardIn("en");
  expect(html).toContain("By the ledger");
  const { error } = shownFigures().forecast.ahead[0]!;
  expect(error!.months).toBeGreaterThan(3);
  const mean = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 }).format(error!.mean);
  expect(html).toContain(`${mean} in ${error!.months} months`);
});
