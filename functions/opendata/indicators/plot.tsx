import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { ChartFrame, round, ValueAxis, WIDTH } from "../../../shared/chart.tsx";

interface Props {
  title: string;
  desc: string;
  unit: string;
  lang: string;
  /** In the order of time. */
  points: readonly { at: string; label: string; value: number }[];
  target: number | undefined;
  band: { low?: number | undefined; high?: number | undefined } | undefined;
  words: { figure: string; target: string; band: string };
}

const HEIGHT = 300;
const EDGE = { top: 38, bottom: 32, start: 66, end: 16 };
const NARROW = { name: "course", css: "@media(max-width:40em){.course text{font-size:22px}}" };
const FIGURE = { stroke: "var(--accent)", "stroke-width": 2, fill: "none" };
const TARGET = { stroke: "var(--ink)", "stroke-width": 1.5, "stroke-dasharray": "6 4", fill: "none" };
const BAND = { fill: "var(--bar2,#a9c7d0)", "fill-opacity": 0.45 };

/** How a figure went, its target and its band, as an SVG made on the server; the caller gives a table of the same. */
export function Course({ title, desc, unit, lang, points, target, band, words }: Props) {
  const isRtl = lang === "ar";
  const [left, right] = [isRtl ? EDGE.end : EDGE.start, WIDTH - (isRtl ? EDGE.start : EDGE.end)];
  const values = [...points.map(({ value }) => value), target, band?.low, band?.high].filter(
    (one) => one !== undefined,
  );
  const times = points.map(({ at }) => Date.parse(at));
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 0];
  const x = scaleLinear()
    .domain(first === last ? [first - 1, first + 1] : [first, last])
    .range(isRtl ? [right - 12, left + 12] : [left + 12, right - 12]);
  const y = scaleLinear()
    .domain([Math.min(0, ...values), Math.max(0, ...values) || 1])
    .nice(4)
    .range([HEIGHT - EDGE.bottom, EDGE.top]);
  const [top, bottom] = [y(band?.high ?? y.domain()[1]!), y(band?.low ?? y.domain()[0]!)];
  const path = line<number>()
    .x((_, i) => round(x(times[i]!)))
    .y((value) => round(y(value)));
  const figure = new Intl.NumberFormat(lang, { maximumFractionDigits: 3, notation: "compact" });
  const exact = new Intl.NumberFormat(lang, { maximumSignificantDigits: 6 });
  const ends = points.length < 2 ? points.slice(0, 1) : [points[0]!, points.at(-1)!];
  const key = (drawn: "figure" | "target" | "band", styles: object) => (
    <span style="margin-inline-end:1.5rem">
      <svg viewBox="0 0 28 10" style="display:inline-block;width:28px;vertical-align:2px" aria-hidden="true">
        {drawn === "band" ? <rect width="28" height="10" {...styles} /> : <path d="M0 5H28" {...styles} />}
      </svg>{" "}
      {words[drawn]}
    </span>
  );
  const legend = (
    <figcaption>
      {key("figure", FIGURE)}
      {target !== undefined && key("target", TARGET)}
      {band && key("band", BAND)}
    </figcaption>
  );
  return (
    <ChartFrame name="course" {...{ title, desc }} height={HEIGHT} narrow={NARROW} legend={legend}>
      {band && <rect x={left} width={right - left} y={round(top)} height={round(bottom - top)} {...BAND} />}
      <ValueAxis {...{ unit, isRtl, left, right, y }} format={figure.format} />
      {target !== undefined && <path d={`M${left} ${round(y(target))}H${right}`} {...TARGET} />}
      <path d={path(points.map(({ value }) => value)) ?? ""} {...FIGURE} />
      {points.map(({ label, value }, i) => (
        <circle cx={round(x(times[i]!))} cy={round(y(value))} r="4" fill="var(--accent)">
          <title>{`${label}: ${exact.format(value)} ${unit}`}</title>
        </circle>
      ))}
      {ends.map(({ label, at }, i) => (
        <text x={round(x(Date.parse(at)))} y={HEIGHT - 8} text-anchor={anchor(i, ends.length, isRtl)}>
          {/* The drawing reads from left to right; a day in Arabic reads by itself. */}
          {`\u2068${label}\u2069`}
        </text>
      ))}
    </ChartFrame>
  );
}

/** The first label begins below its point and the last ends there, so that neither leaves the drawing. */
const anchor = (i: number, of: number, isRtl: boolean) => (of === 1 ? "middle" : (i === 0) !== isRtl ? "start" : "end");
