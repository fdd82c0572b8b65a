import type { Here } from "../../shared/here.ts";
import { demandAccount, drawing } from "./drawing.ts";
import { keep } from "./keeping.ts";
import type { Area, AreaChange, Point, PointChange } from "./schema.ts";
import { networkStore } from "./store.ts";

/** One change of an area, kept at once. @throws {Fault} absent, invalid, conflict */
export async function areaChanged(here: Here, code: string, change: AreaChange, by: string): Promise<Area> {
  await networkStore(here).area(code);
  const meters = [change.input?.meter, change.endsInput].filter((one) => one !== undefined);
  const drawn = await drawing(here, { meters });
  const area = drawn.changeArea(code, change);
  await keep(here, drawn, code, by);
  return area;
}

/** One change of a connection point, kept at once. @throws {Fault} absent, invalid, conflict */
export async function pointChanged(here: Here, code: string, change: PointChange, by: string): Promise<Point> {
  await networkStore(here).point(code);
  await demandAccount(here, change.accountId);
  const drawn = await drawing(here, { points: [code], meters: change.meter ? [change.meter] : [] });
  const point = drawn.changePoint(code, change);
  await keep(here, drawn, code, by);
  return point;
}

/** The points that an area ever fed, by code; the cursor is the last code. @throws {Fault} absent */
export async function pointsFedBy(
  here: Here,
  area: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ points: Point[]; next?: string }> {
  const store = networkStore(here);
  await store.area(area);
  const codes = (await store.fedBy([area])).filter((code) => cursor === undefined || code > cursor);
  const some = codes.slice(0, limit);
  const points = (await store.pointsNamed(some)).map(({ is }) => is).sort((a, b) => (a.code < b.code ? -1 : 1));
  return { points, ...(codes.length > limit ? { next: some.at(-1)! } : {}) };
}
