import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import { ChartFrame, round, ValueAxis, WIDTH } from "../../shared/chart.tsx";

interface Props {
  title: string;
  desc: string;
  unit: string;
  lang: string;
  /** Drawn dashed, thin, and bold: told apart without colour. */
  series: readonly { label: string; values: readonly (number | null)[]; style: "solid" | "dashed" | "bold" }[];
  /** Shaded between the two, behind the lines. */
  band?: { label: string; low: readonly number[]; high: readonly number[] } | undefined;
  /** What stands below the line at these places. */
  marks: readonly { at: number; label: string }[];
}

const HEIGHT = 300;
const EDGE = { top: 38, bottom: 32, start: 66, end: 8 };
/** On a phone the words grow, and every second day makes room. */
const NARROW = {
  name: "lines",
  css: "@media(max-width:40em){.lines text{font-size:22px}.lines .every2{display:none}}",
};
const STROKES = {
  solid: { stroke: "var(--accent)", "stroke-width": 2 },
  dashed: { stroke: "var(--quiet)", "stroke-width": 1, "stroke-dasharray": "4 3" },
  bold: { stroke: "var(--ink)", "stroke-width": 3 },
} as const;

const SHADE = { fill: "var(--accent)", "fill-opacity": 0.15 };

/** Lines over hours as an SVG made on the server; from right to left where the language runs so. */
export function Lines({ title, desc, unit, lang, series, band, marks }: Props) {
  const isRtl = lang === "ar";
  const [left, right] = [isRtl ? EDGE.end : EDGE.start, WIDTH - (isRtl ? EDGE.start : EDGE.end)];
  const drawn = series.flatMap((one) => one.values.filter((value) => value !== null));
  const values = [...drawn, ...(band ? [...band.low, ...band.high] : [])];
  const count = Math.max(2, ...series.map((one) => one.values.length));
  const x = scaleLinear()
    .domain([0, count - 1])
    .range(isRtl ? [right, left] : [left, right]);
  const y = scaleLinear()
    .domain([Math.min(0, ...values), Math.max(0, ...values) || 1])
    .nice(4)
    .range([HEIGHT - EDGE.bottom, EDGE.top]);
  const path = line<number | null>()
    .defined((value) => value !== null)
    .x((_, i) => round(x(i)))
    .y((value) => round(y(value ?? 0)));
  const shade = area<number>()
    .x((_, i) => round(x(i)))
    .y0((_, i) => round(y(band?.low[i] ?? 0)))
    .y1((value) => round(y(value)));
  const figure = new Intl.NumberFormat(lang, { maximumFractionDigits: 3 });
  const legend = (
    <figcaption>
      {band && (
        <span style="margin-inline-end:1.5rem">
          <svg viewBox="0 0 28 10" style="display:inline-block;width:28px;vertical-align:2px" aria-hidden="true">
            <path d="M0 0H28V10H0Z" {...SHADE} />
          </svg>{" "}
          {band.label}
        </span>
      )}
      {series.map((one) => (
        <span style="margin-inline-end:1.5rem">
          <svg viewBox="0 0 28 10" style="display:inline-block;width:28px;vertical-align:2px" aria-hidden="true">
            <path d="M0 5H28" {...STROKES[one.style]} />
          </svg>{" "}
          {one.label}
        </span>
      ))}
    </figcaption>
  );
  return (
    <ChartFrame name="lines" {...{ title, desc }} height={HEIGHT} narrow={NARROW} legend={legend}>
      <ValueAxis {...{ unit, isRtl, left, right, y }} format={figure.format} />
      {band && <path d={shade([...band.high]) ?? ""} {...SHADE} />}
      {series.map((one) => (
        <path d={path([...one.values]) ?? ""} fill="none" {...STROKES[one.style]} />
      ))}
      {marks.map(({ at, label }, i) => (
        <text x={round(x(at))} y={HEIGHT - 8} text-anchor="middle" class={i % 2 === 1 ? "every2" : undefined}>
          {label}
        </text>
      ))}
    </ChartFrame>
  );
}
