import { expect, test } from "vitest";
import { BarChart } from "../../shared/chart.tsx";

const draw = (more: object = {}) =>
  String(
    <BarChart
      name="days"
      title="Use of <b>"
      desc="Two bars"
      unit="kWh"
      lang="en"
      points={[
        { label: "1", value: 10 },
        { label: "2", value: 20, isEstimated: true },
      ]}
      estimatedLabel="Hatched: estimated"
      {...more}
    />,
  );
const bars = (html: string) =>
  [...html.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="[\d.]+" height="([\d.]+)" fill="([^"]+)"/g)].map((m) => [
    Number(m[1]),
    Number(m[2]),
    m[3],
  ]);

// Guards against an estimate that looks as if it were read, and one that is told by colour alone.
test("estimated bars are hatched and said to be", () => {
  const [first, second] = bars(draw());
  expect(first![2]).toContain("var(--bar");
  expect(second![2]).toBe("url(#hatch-days)");
  expect(second![1]).toBeCloseTo((first![1] as number) * 2, 0);
  expect(draw()).toContain("Hatched: estimated");
  expect(draw({ points: [{ label: "1", value: 1 }] })).not.toContain("Hatched");
});

test("time runs from right to left where the language does", () => {
  const order = (lang: string) => bars(draw({ lang })).map(([x]) => x as number);
  expect(order("en")[0]).toBeLessThan(order("en")[1]!);
  expect(order("ar")[0]).toBeGreaterThan(order("ar")[1]!);
});

// Guards against an axis of "0 000" where "1 200 000" had no room.
test("large figures beside the axis are short, and exact ones stand in the bars", () => {
  const html = draw({ lang: "fr", points: [{ label: "1", value: 1_104_003 }] });
  expect(html).toMatch(/>1,2\sM</);
  expect(html).toMatch(/1: 1\s104\s003 kWh/u);
  expect(draw({ points: [{ label: "1", value: 9_400 }] })).toContain(">8,000<");
});

test("its words are escaped, tied to it, and an empty chart is drawn", () => {
  expect(draw()).toContain("Use of &lt;b&gt;");
  expect(draw()).toMatch(/aria-labelledby="title-days desc-days"/);
  for (const points of [[], [{ label: "1", value: 0 }]]) expect(draw({ points })).not.toMatch(/NaN|Infinity|undefined/);
});
