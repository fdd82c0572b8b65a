import geodesic from "geographiclib-geodesic";
import type { Box } from "../geometry.ts";
import { clamped, inSquare, onEarth } from "../tiles/grid.ts";
import type { Position } from "./asked.ts";

/** Of the drawing, in its own units: pixels of a map whose world is 256 of them wide at zoom 0. */
export const WIDTH = 720;
export const HEIGHT = 480;
export const ZOOM_MOST = 20;
/** One single point is shown with what is around it. */
const ZOOM_FITTED_MOST = 16;
const MARGIN = 0.92;

export interface View {
  centre: Position;
  zoom: number;
}

const worldPx = (zoom: number): number => 256 * 2 ** zoom;

/** The view that a box just fits in. */
export function fitted([west, south, east, north]: Box): View {
  const [left, top] = inSquare(west, north);
  const [right, bottom] = inSquare(east, south);
  const zoom = Math.log2(MARGIN * Math.min(WIDTH / (right - left), HEIGHT / (bottom - top))) - 8;
  const isPoint = !Number.isFinite(zoom);
  return {
    centre: onEarth((left + right) / 2, (top + bottom) / 2),
    // A tenth of a zoom is seen by nobody, and addresses stay short.
    zoom: Math.floor(clamped(isPoint ? ZOOM_FITTED_MOST : zoom, 0, ZOOM_FITTED_MOST) * 10) / 10,
  };
}

/** Longitude and latitude as a place in the drawing. */
export function drawnAt({ centre, zoom }: View): (position: readonly number[]) => [number, number] {
  const [cx, cy] = inSquare(...centre);
  const scale = worldPx(zoom);
  return ([longitude = 0, latitude = 0]) => {
    const [x, y] = inSquare(longitude, latitude);
    return [(x - cx) * scale + WIDTH / 2, (y - cy) * scale + HEIGHT / 2];
  };
}

/** What lies at a place in the drawing. */
export function lyingAt({ centre, zoom }: View, x: number, y: number): Position {
  const [cx, cy] = inSquare(...centre);
  const scale = worldPx(zoom);
  const [longitude, latitude] = onEarth(
    clamped(cx + (x - WIDTH / 2) / scale, 0, 1),
    clamped(cy + (y - HEIGHT / 2) / scale, 0, 1),
  );
  return [clamped(longitude, -180, 180), latitude];
}

export function boxOfView(view: View): Box {
  const [west, north] = lyingAt(view, 0, 0);
  const [east, south] = lyingAt(view, WIDTH, HEIGHT);
  return [west, south, east, north];
}

/** Moved by parts of what is seen, and zoomed. */
export const moved = (view: View, { right = 0, down = 0, closer = 0 }): View => ({
  centre: lyingAt(view, WIDTH / 2 + right * WIDTH, HEIGHT / 2 + down * HEIGHT),
  zoom: clamped(view.zoom + closer, 0, ZOOM_MOST),
});

const BAR_MOST_PX = 160;

/** The longest round distance that a scale bar has room for, true at the middle of the map. */
export function scaleBar(view: View): { metres: number; px: number } {
  const [west, east] = [lyingAt(view, WIDTH / 2 - 50, HEIGHT / 2), lyingAt(view, WIDTH / 2 + 50, HEIGHT / 2)];
  const { s12 = 0 } = geodesic.Geodesic.WGS84.Inverse(west[1], west[0], east[1], east[0]);
  const room = (s12 / 100) * BAR_MOST_PX;
  const power = 10 ** Math.floor(Math.log10(room));
  const metres = power * (room / power >= 5 ? 5 : room / power >= 2 ? 2 : 1);
  return { metres, px: Math.round((metres / s12) * 100) };
}
