import { Fault } from "../../../shared/errors.ts";
import { readEarthBox } from "../domain.ts";
import type { Box } from "../geometry.ts";
import type { Column } from "../schema.ts";
import { isBound, ranged, type State, widened } from "./state.ts";

/** Fields of the form that says which rows are shown; each is a part of a state once it was understood. */
export const FIELDS = ["column", "value", "range", "least", "most", "area"] as const;
export type Typed = Partial<Record<(typeof FIELDS)[number], string>>;

/** A field that can be wrong. */
export type Wrong = Exclude<keyof Typed, "value">;

/** What the form was sent with; undefined where an address is none of the form's. */
export const typedIn = (query: URLSearchParams): Typed | undefined =>
  FIELDS.some((name) => query.has(name))
    ? Object.fromEntries(FIELDS.map((name) => [name, (query.get(name) ?? "").trim().slice(0, 400)]))
    : undefined;

/** The state that is asked for, or which fields are wrong. */
export function chosenBy(
  state: State,
  typed: Typed,
  columns: readonly Column[],
): { state: State } | { wrong: Wrong[] } {
  const { column, value, range, least, most, area } = typed;
  const known = (name: string | undefined) => columns.find((one) => one.name === name);
  const wrong: Wrong[] = [];
  let next = state;
  if (value && known(column)) next = widened(next, column!, value);
  else if (value) wrong.push("column");
  const ranging = known(range);
  if ((least || most) && !ranging) wrong.push("range");
  for (const [name, bound] of [["least", least] as const, ["most", most] as const])
    if (bound && ranging && !isBound(ranging, bound)) wrong.push(name);
  if (ranging && (least || most))
    next = ranged(next, ranging.name, { ...(least ? { from: least } : {}), ...(most ? { to: most } : {}) });
  if (area) {
    const bbox = boxIn(area);
    if (bbox) next = { ...next, bbox };
    else wrong.push("area");
  }
  return wrong.length > 0 ? { wrong } : { state: { ...next, offset: 0 } };
}

function boxIn(area: string): Box | undefined {
  try {
    return readEarthBox(area.replaceAll(/\s+/g, ""));
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}
