import { scaleBand, scaleLinear } from "d3-scale";
import {
  axisFigures,
  axisRoom,
  ChartFrame,
  Hatch,
  hatchOf,
  round,
  Swatch,
  ValueAxis,
  WIDTH,
} from "../../shared/chart.tsx";

interface Props {
  /** Unique on its page; becomes part of ids. */
  name: string;
  title: string;
  desc: string;
  unit: string;
  lang: string;
  /** What the first and the second bar of each pair are. */
  series: readonly [string, string];
  points: readonly { label: string; values: readonly [number, number] }[];
}

const HEIGHT = 300;
const EDGE = { top: 38, bottom: 32, end: 8 };
const NARROW = { name: "pairs", css: "@media(max-width:40em){.pairs text{font-size:22px}}" };
const LABEL_WIDTH = 74;

/**
 * Pairs of bars as an SVG made on the server: the second of a pair is hatched, so that colour is not needed to tell
 * them apart, and the whole runs from right to left where the language does. The caller gives the same figures in a
 * table below.
 */
export function PairedBars({ name, title, desc, unit, lang, series, points }: Props) {
  const isRtl = lang === "ar";
  const left = isRtl ? EDGE.end : axisRoom(isRtl);
  const right = WIDTH - (isRtl ? axisRoom(isRtl) : EDGE.end);
  const x = scaleBand<number>()
    .domain(points.map((_, i) => i))
    .range(isRtl ? [right, left] : [left, right])
    .padding(0.25);
  // Money that went back can make a month's sum negative: its bar is then not drawn below the line.
  const most = Math.max(0, ...points.flatMap(({ values }) => values)) || 1;
  const y = scaleLinear()
    .domain([0, most])
    .nice(4)
    .range([HEIGHT - EDGE.bottom, EDGE.top]);
  const exact = new Intl.NumberFormat(lang, { maximumFractionDigits: 4 });
  const every = Math.max(1, Math.ceil((points.length * LABEL_WIDTH) / (right - left)));
  const fills = ["var(--bar,currentColor)", hatchOf(name)] as const;
  const width = x.bandwidth() / 2;
  // The first of a pair comes first in the direction of reading.
  const startOf = (i: number, side: number) => x(i)! + (isRtl ? 1 - side : side) * width;
  const legend = (
    <figcaption>
      {series.map((one, side) => (
        <span style="margin-inline-end:1.5rem">
          <Swatch fill={fills[side as 0 | 1]} /> {one}
        </span>
      ))}
    </figcaption>
  );
  return (
    <ChartFrame {...{ name, title, desc }} height={HEIGHT} narrow={NARROW} legend={legend}>
      <Hatch name={name} />
      <ValueAxis {...{ unit, isRtl, left, right, y }} format={axisFigures(lang, most)} />
      {points.flatMap(({ label, values }, i) =>
        values.map((value, side) => (
          <rect
            x={round(startOf(i, side))}
            y={round(y(Math.max(0, value)))}
            width={round(width)}
            height={round(y(0) - y(Math.max(0, value)))}
            fill={fills[side as 0 | 1]}
          >
            <title>{`${label}, ${series[side as 0 | 1]}: ${exact.format(value)} ${unit}`}</title>
          </rect>
        )),
      )}
      {points.map(({ label }, i) =>
        i % every === 0 ? (
          <text x={round(x(i)! + width)} y={HEIGHT - 8} text-anchor="middle">
            {label}
          </text>
        ) : null,
      )}
    </ChartFrame>
  );
}
