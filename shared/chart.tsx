import { type ScaleLinear, scaleBand, scaleLinear } from "d3-scale";
import { raw } from "hono/html";
import type { Child } from "hono/jsx";

export interface BarChartProps {
  /** Unique on its page; becomes part of ids. */
  name: string;
  title: string;
  /** In a sentence, what a reader of the bars would see. */
  desc: string;
  unit: string;
  lang: string;
  points: readonly { label: string; value: number; isEstimated?: boolean }[];
  /** What the hatched bars are, said below the chart where there are any. */
  estimatedLabel?: string;
}

/** Of every chart of the house. */
export const WIDTH = 720;
const HEIGHT = 300;
const EDGE = { top: 38, bottom: 32, end: 8 };
/** Room for the figures of the axis in the size that they have on a phone; Arabic writes thousands as a word. */
export const axisRoom = (isRtl: boolean): number => (isRtl ? 118 : 80);
/** On a phone the drawing shrinks, so its words grow, and every second long one makes room. */
const NARROW = { name: "bars", css: "@media(max-width:40em){.bars text{font-size:22px}.bars .every2{display:none}}" };
const LONG_LABEL = 3;
/** A tenth of a unit is finer than any screen. */
export const round = (value: number): number => Math.round(value * 10) / 10;
/** Room for a label of about four signs. */
const LABEL_WIDTH = 34;

/** From here on a figure of the axis is written short: `200 k`, `1.2 M`. */
const SHORT_FROM = 10_000;

/** Says the figures of an axis, all of them in one manner, short enough for the room that they have. */
export function axisFigures(lang: string, most: number): (value: number) => string {
  const short = { notation: "compact", maximumFractionDigits: 1 } as const;
  const figure = new Intl.NumberFormat(lang, most < SHORT_FROM ? { maximumFractionDigits: 3 } : short);
  // The drawing runs from left to right, a figure with its word does not.
  return (value) => (lang === "ar" ? `\u2067${figure.format(value)}\u2069` : figure.format(value));
}

interface FrameProps {
  /** Unique on its page; becomes part of ids. */
  name: string;
  title: string;
  desc: string;
  height: number;
  /** A class of the drawing, and how it differs on a phone. */
  narrow?: { name: string; css: string };
  /** Below the drawing. */
  legend?: Child;
  children?: Child;
}

/** What every chart is set in: an image with a title and a description, laid out by its own coordinates. */
export const ChartFrame = ({ name, title, desc, height, narrow, legend, children }: FrameProps) => (
  <figure style="max-width:54rem">
    <svg
      class={narrow?.name}
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-labelledby={`title-${name} desc-${name}`}
      direction="ltr"
      style="direction:ltr"
      font-size="13"
    >
      <title id={`title-${name}`}>{title}</title>
      <desc id={`desc-${name}`}>{desc}</desc>
      {narrow && <style>{raw(narrow.css)}</style>}
      {children}
    </svg>
    {legend}
  </figure>
);

/** The fill of hatched bars of a chart, which `Hatch` defines: told from plain ones without colour. */
export const hatchOf = (name: string): string => `url(#hatch-${name})`;
export const Hatch = ({ name }: { name: string }) => (
  <defs>
    <pattern id={`hatch-${name}`} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="6" height="6" fill="var(--bar2,#a9c7d0)" />
      <line x1="1" y1="0" x2="1" y2="6" stroke="var(--bar,#2a7f97)" stroke-width="2" />
    </pattern>
  </defs>
);

/** A fill's place in a legend. */
export const Swatch = ({ fill }: { fill: string }) => (
  <svg
    viewBox="0 0 14 14"
    width="14"
    height="14"
    style="display:inline-block;width:14px;vertical-align:-2px"
    aria-hidden="true"
  >
    <rect width="14" height="14" fill={fill} />
  </svg>
);

interface AxisProps {
  unit: string;
  isRtl: boolean;
  left: number;
  right: number;
  y: ScaleLinear<number, number>;
  format: (value: number) => string;
}

/** The unit above, and a line with its figure at each round value, on the side on which reading begins. */
export const ValueAxis = ({ unit, isRtl, left, right, y, format }: AxisProps) => (
  <>
    <text x={isRtl ? WIDTH - 2 : 2} y={18} text-anchor={isRtl ? "end" : "start"}>
      {unit}
    </text>
    {y.ticks(4).map((tick) => {
      const at = round(y(tick));
      return (
        <>
          <line x1={left} x2={right} y1={at} y2={at} stroke="var(--line,currentColor)" />
          <text x={isRtl ? right + 6 : left - 6} y={at + 4} text-anchor={isRtl ? "start" : "end"}>
            {format(tick)}
          </text>
        </>
      );
    })}
  </>
);

/**
 * Bars as an SVG made on the server: no script, colours by the page's own variables (so light, dark and print are
 * right), estimated bars hatched and not by colour alone, time from right to left where the language runs so. The
 * caller puts the same figures into a table below.
 */
export function BarChart({ name, title, desc, unit, lang, points, estimatedLabel }: BarChartProps) {
  const isRtl = lang === "ar";
  const left = isRtl ? EDGE.end : axisRoom(isRtl);
  const right = WIDTH - (isRtl ? axisRoom(isRtl) : EDGE.end);
  const x = scaleBand<number>()
    .domain(points.map((_, i) => i))
    .range(isRtl ? [right, left] : [left, right])
    .padding(0.18);
  const most = Math.max(0, ...points.map((point) => point.value)) || 1;
  const y = scaleLinear()
    .domain([0, most])
    .nice(4)
    .range([HEIGHT - EDGE.bottom, EDGE.top]);
  const figure = new Intl.NumberFormat(lang, { maximumFractionDigits: 3 });
  const every = Math.max(1, Math.ceil((points.length * LABEL_WIDTH) / (right - left)));
  const hasEstimated = points.some((point) => point.isEstimated);
  const legend = hasEstimated && estimatedLabel && (
    <figcaption>
      <Swatch fill={hatchOf(name)} /> {estimatedLabel}
    </figcaption>
  );
  return (
    <ChartFrame {...{ name, title, desc }} height={HEIGHT} narrow={NARROW} legend={legend}>
      {hasEstimated && <Hatch name={name} />}
      <g>
        <ValueAxis {...{ unit, isRtl, left, right, y }} format={axisFigures(lang, most)} />
        {points.map((point, i) => (
          <rect
            x={round(x(i)!)}
            y={round(y(point.value))}
            width={round(x.bandwidth())}
            height={round(y(0) - y(point.value))}
            fill={point.isEstimated ? hatchOf(name) : "var(--bar,currentColor)"}
          >
            <title>{`${point.label}: ${figure.format(point.value)} ${unit}`}</title>
          </rect>
        ))}
        {points.map((point, i) =>
          i % every === 0 ? (
            <text
              x={round(x(i)! + x.bandwidth() / 2)}
              y={HEIGHT - 8}
              text-anchor="middle"
              class={point.label.length >= LONG_LABEL && (i / every) % 2 === 1 ? "every2" : undefined}
            >
              {point.label}
            </text>
          ) : null,
        )}
      </g>
    </ChartFrame>
  );
}
