import type { PropsWithChildren } from "hono/jsx";
import type { Role } from "./base.ts";
import { type Drawn, FINE } from "./draw.ts";
import type { Layer, LayerDrawn, Picture } from "./layers.ts";
import { drawnAt, HEIGHT, scaleBar, WIDTH } from "./view.ts";

// Colours of their own, not the page's: a map is light in the dark too, and on paper, and as a file.
const PAPER = "#f4f3ee";
const INK = "#222";

interface Look {
  fill?: string;
  stroke?: string;
  width?: number;
}
export const GROUND: Record<Role, Look> = {
  green: { fill: "#d5e6c8" },
  water: { fill: "#b3d5e8", stroke: "#8fbdd6", width: 2 },
  buildings: { fill: "#ddd6cb", stroke: "#c6bfb2", width: 1 },
  roads: { fill: "#fff", stroke: "#c4beb2", width: 3 },
  boundary: { stroke: "#7d8590", width: 3 },
};

const Ground = ({ role, drawn }: Picture["ground"][number]) => {
  const { fill = "none", stroke = "none", width = 0 } = GROUND[role];
  return (
    <g fill={fill} stroke={stroke} stroke-width={width} stroke-linejoin="round">
      {drawn.areas && <path d={drawn.areas} fill-rule="evenodd" />}
      {drawn.lines && <path d={drawn.lines} fill="none" />}
      {(drawn.specks || drawn.dots) && (
        <path
          d={drawn.specks + drawn.dots}
          stroke={fill === "none" ? stroke : fill}
          stroke-width={4}
          stroke-linecap="round"
        />
      )}
    </g>
  );
};

type Symbol_ = Layer["symbol"];

const Shapes = ({ drawn, colour, symbol }: { drawn: Drawn; colour: string; symbol: Symbol_ }) => {
  const cap = symbol.isRound ? ("round" as const) : ("square" as const);
  return (
    <g stroke={colour} stroke-linejoin="round" fill="none">
      {drawn.areas && <path d={drawn.areas} fill={colour} fill-opacity="0.55" fill-rule="evenodd" stroke-width={3} />}
      {drawn.lines && <path d={drawn.lines} stroke-width={5} stroke-dasharray={symbol.dash} />}
      {drawn.specks && <path d={drawn.specks} stroke-width={5} stroke-linecap={cap} />}
      {drawn.dots && (
        <>
          <path d={drawn.dots} stroke="#fff" stroke-width={15} stroke-linecap={cap} />
          <path d={drawn.dots} stroke-width={11} stroke-linecap={cap} />
        </>
      )}
    </g>
  );
};

/** What stands for a layer, or for a class of it, beside its name. */
export const Key = ({ layer, colour }: { layer: Pick<LayerDrawn, "symbol" | "has">; colour?: string }) => {
  const { symbol, has } = layer;
  const shown = colour ?? symbol.colour;
  return (
    <svg viewBox="0 0 20 14" style="display:inline-block;width:20px;height:14px;vertical-align:-2px" aria-hidden="true">
      <rect width="20" height="14" fill={PAPER} />
      {has.areas && <rect x="2" y="2" width="16" height="10" fill={shown} fill-opacity="0.55" stroke={shown} />}
      {has.lines && <path d="M1 7h18" stroke={shown} stroke-width="3" stroke-dasharray={symbol.dash} />}
      {(has.dots || !(has.areas || has.lines)) && (
        <path d="M10 7h0" stroke={shown} stroke-width="7" stroke-linecap={symbol.isRound ? "round" : "square"} />
      )}
    </svg>
  );
};

interface Props {
  picture: Picture;
  title: string;
  desc: string;
  lang: string;
  /** It stands alone, in no page. Its children lie above its layers. */
  isFile?: boolean;
}

/** The drawing: ground, layers from the bottom up, what is asked and measured, scale and north. */
export function MapPicture({ picture, title, desc, lang, isFile = false, children }: PropsWithChildren<Props>) {
  const { view, ground, drawn, asked } = picture;
  const at = drawnAt(view);
  const fine = (position: readonly number[]) => at(position).map((one) => Math.round(one * FINE));
  const { metres, px } = scaleBar(view);
  const distance = new Intl.NumberFormat(lang, {
    style: "unit",
    unit: metres >= 1000 ? "kilometer" : "meter",
  }).format(metres >= 1000 ? metres / 1000 : metres);
  const way = asked.points.map((point) => fine(point).join(" "));
  const bottom = (HEIGHT - 14) * FINE;
  return (
    <svg
      {...(isFile ? { xmlns: "http://www.w3.org/2000/svg", width: WIDTH, height: HEIGHT } : {})}
      viewBox={`0 0 ${WIDTH * FINE} ${HEIGHT * FINE}`}
      role="img"
      aria-labelledby="map-title map-desc"
      direction="ltr"
      style={`direction:ltr;background:${PAPER}`}
    >
      <title id="map-title">{title}</title>
      <desc id="map-desc">{desc}</desc>
      <rect width={WIDTH * FINE} height={HEIGHT * FINE} fill={PAPER} />
      {ground.map((one) => (
        <Ground {...one} />
      ))}
      {[...drawn]
        .reverse()
        .map(({ parts, symbol }) =>
          parts.map((part) => (
            <Shapes drawn={part.drawn} colour={part.class?.colour ?? symbol.colour} symbol={symbol} />
          )),
        )}
      {children}
      {way.length > 0 && (
        <g stroke={INK} stroke-width={4} fill={asked.shape === "area" ? INK : "none"} fill-opacity="0.15">
          <path d={`M${way.join("L")}${asked.shape === "area" ? "z" : ""}`} stroke-dasharray="12 8" />
          <path d={way.map((one) => `M${one}h0`).join("")} stroke-width={14} stroke-linecap="round" />
        </g>
      )}
      {asked.point && (
        <g transform={`translate(${fine(asked.point).join(" ")})`} fill="none">
          <path d="M-24 0h48M0-24v48" stroke="#fff" stroke-width={10} />
          <path d="M-24 0h48M0-24v48" stroke={INK} stroke-width={4} />
        </g>
      )}
      <g stroke={INK} fill="none" stroke-width={3}>
        <rect x={8} y={bottom - 34} width={px * FINE + 24} height={50} fill={PAPER} fill-opacity="0.85" stroke="none" />
        <path d={`M20 ${bottom - 10}v14h${px * FINE}v-14`} />
        <path d={`M${WIDTH * FINE - 44} 76V24m-14 18l14-20 14 20`} />
      </g>
      <g font-size="26" font-family="sans-serif" style={`fill:${INK}`}>
        <text x={24} y={bottom - 6} style={`fill:${INK}`}>
          {distance}
        </text>
        <text x={WIDTH * FINE - 44} y={104} text-anchor="middle" style={`fill:${INK}`}>
          N
        </text>
      </g>
    </svg>
  );
}
