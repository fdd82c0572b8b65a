import { geoIdentity, geoPath, geoTransform } from "d3-geo";
import { boxOf, type Geometry, positions } from "../geometry.ts";
import { drawnAt, HEIGHT, type View, WIDTH } from "./view.ts";

/** Paths are written in half pixels, as whole numbers: short, and finer than anybody sees. */
export const FINE = 2;
/** What ends beyond the drawing ends out of sight. */
const BEYOND = 8;
/** A shape that is smaller than this is a dot. */
const SMALL_PX = 2;

export interface Drawn {
  areas: string;
  lines: string;
  /** Points as strokes without length, round at both ends; one stands for those that lie too close to it. */
  dots: string;
  /** Shapes that are too small at this scale to be more than a dot. */
  specks: string;
}

/**
 * Geometries as paths of a drawing: clipped to it, and without the steps that are shorter than `step` pixels, which
 * do not show.
 */
export function drawn(geometries: readonly Geometry[], view: View, step: number): Drawn {
  const at = drawnAt(view);
  const [areas, lines] = [new Pen(step * FINE), new Pen(step * FINE)];
  const project = geoTransform({
    point(x, y) {
      const [px, py] = at([x, y]);
      this.stream.point(px * FINE, py * FINE);
    },
  });
  const clip = geoIdentity().clipExtent([
    [-BEYOND * FINE, -BEYOND * FINE],
    [(WIDTH + BEYOND) * FINE, (HEIGHT + BEYOND) * FINE],
  ]);
  const path = geoPath({ stream: (to) => project.stream(clip.stream(to)) });
  const [dots, specks] = [new Map<string, string>(), new Map<string, string>()];
  // One dot in each cell of a grid, where the first one is: what lies closer would not be told apart.
  const dot = ([x, y]: readonly [number, number], cell: number, to: Map<string, string>) => {
    if (x < -BEYOND || y < -BEYOND || x > WIDTH + BEYOND || y > HEIGHT + BEYOND) return;
    const name = `${Math.floor(x / cell)} ${Math.floor(y / cell)}`;
    if (!to.has(name)) to.set(name, `M${Math.round(x * FINE)} ${Math.round(y * FINE)}h0`);
  };
  for (const geometry of geometries) {
    if (geometry.type === "Point" || geometry.type === "MultiPoint") {
      for (const position of positions(geometry)) dot(at(position), Math.max(1, step), dots);
      continue;
    }
    const [west, south, east, north] = boxOf(geometry);
    const [left, top] = at([west, north]);
    const [right, bottom] = at([east, south]);
    if (Math.max(right - left, bottom - top) < SMALL_PX)
      dot([(left + right) / 2, (top + bottom) / 2], Math.max(SMALL_PX, step), specks);
    else path.context(geometry.type.endsWith("Polygon") ? areas : lines)(geometry as never);
  }
  return {
    areas: areas.done(),
    lines: lines.done(),
    dots: [...dots.values()].join(""),
    specks: [...specks.values()].join(""),
  };
}

/** Writes a path in whole numbers, each step from where the last one ended: half as long as d3's own. */
class Pen {
  #d = "";
  #at: [number, number] = [0, 0];
  /** A step that was too short to show: written only if the line ends with it. */
  #last: [number, number] | undefined;
  readonly #step: number;
  constructor(step: number) {
    this.#step = step;
  }
  moveTo(x: number, y: number): void {
    this.#flush();
    this.#at = [Math.round(x), Math.round(y)];
    this.#d += `M${this.#at.join(" ")}`;
  }
  lineTo(x: number, y: number): void {
    const [dx, dy] = [Math.abs(x - this.#at[0]), Math.abs(y - this.#at[1])];
    if (Math.max(dx, dy) < this.#step) this.#last = [x, y];
    else this.#write(x, y);
  }
  closePath(): void {
    this.#last = undefined;
    this.#d += "z";
  }
  /** Of d3's contract; points do not come here. */
  arc(): void {}
  beginPath(): void {}
  done(): string {
    this.#flush();
    return this.#d;
  }
  #write(x: number, y: number): void {
    const to: [number, number] = [Math.round(x), Math.round(y)];
    const [dx, dy] = [to[0] - this.#at[0], to[1] - this.#at[1]];
    this.#last = undefined;
    if (dx === 0 && dy === 0) return;
    this.#d += `l${dx}${dy < 0 ? "" : " "}${dy}`;
    this.#at = to;
  }
  #flush(): void {
    if (this.#last) this.#write(...this.#last);
  }
}
