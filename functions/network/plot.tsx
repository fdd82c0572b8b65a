import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { ChartFrame, round, ValueAxis, WIDTH } from "../../shared/chart.tsx";

interface Props {
  /** Unique on its page; becomes part of ids. */
  name: string;
  title: string;
  desc: string;
  unit: string;
  lang: string;
  labels: readonly string[];
  /** A gap where nothing was read. */
  values: readonly (number | null)[];
}

const HEIGHT = 260;
const EDGE = { top: 34, bottom: 30, start: 66, end: 12 };
const LABEL_WIDTH = 90;

/**
 * A line through days as an SVG made on the server, with gaps where there are some, from right to left where the
 * language runs so. The caller gives the same figures in a table below.
 */
export function DayLine({ name, title, desc, unit, lang, labels, values }: Props) {
  const isRtl = lang === "ar";
  const left = isRtl ? EDGE.end : EDGE.start;
  const right = WIDTH - (isRtl ? EDGE.start : EDGE.end);
  const x = scaleLinear()
    .domain([0, Math.max(1, values.length - 1)])
    .range(isRtl ? [right, left] : [left, right]);
  const y = scaleLinear()
    .domain([0, Math.max(0, ...values.map((one) => one ?? 0)) || 1])
    .nice(4)
    .range([HEIGHT - EDGE.bottom, EDGE.top]);
  const figure = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 });
  const path = line<number | null>()
    .defined((one) => one !== null)
    .x((_, i) => round(x(i)))
    .y((one) => round(y(one ?? 0)));
  const every = Math.max(1, Math.ceil((values.length * LABEL_WIDTH) / (right - left)));
  return (
    <ChartFrame {...{ name, title, desc }} height={HEIGHT}>
      <ValueAxis {...{ unit, isRtl, left, right, y }} format={figure.format} />
      <path d={path(values) ?? ""} fill="none" stroke="var(--bar,currentColor)" stroke-width="2.5" />
      {labels.map((label, i) =>
        i % every === 0 && i < labels.length - every / 2 ? (
          <text x={round(x(i))} y={HEIGHT - 8} text-anchor="middle">
            {label}
          </text>
        ) : null,
      )}
    </ChartFrame>
  );
}
