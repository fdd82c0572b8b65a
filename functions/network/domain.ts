import { Fault } from "../../shared/errors.ts";
import type { Area, Level, Point, Spell } from "./schema.ts";

// What holds when: a slot (the meter of a point, the account, the area that feeds it) has one thing at a time.

/** Of one slot; and of all bulk meters of an area, or all areas of a bulk meter. */
export const SPELLS_MAX = 200;

/**
 * A slot after another thing was put into it from an instant on, or (with no `next`) after it was emptied. The same
 * change told again changes nothing, so that a file can be sent twice. History is told in order: what was said of a
 * later time is not silently undone.
 *
 * @param ended  what is noted on the spell that ends by this
 * @throws {Fault} conflict: something is said of a later time; invalid: too many
 */
export function changed<T extends Spell>(
  spells: readonly T[],
  at: string,
  next: Omit<T, "from" | "to"> | undefined,
  isSame: (a: T) => boolean,
  ended: Partial<T> = {},
): readonly T[] {
  const known = next ? spells.some((one) => one.from === at && isSame(one)) : spells.some((one) => one.to === at);
  if (known) return spells;
  const last = spells.at(-1);
  const isOpen = last !== undefined && last.to === undefined;
  if (isOpen && next && last.from <= at && isSame(last)) return spells;
  if (!next && !isOpen) return spells;
  if (last && (last.from >= at || (last.to !== undefined && last.to > at)))
    throw new Fault("conflict", `Something else is said of ${last.to ?? last.from} already: tell changes in order.`, {
      hindrance: "told_later",
    });
  if (next && spells.length >= SPELLS_MAX) throw new Fault("conflict", `At most ${SPELLS_MAX} changes are kept here.`);
  const before = isOpen ? [...spells.slice(0, -1), { ...last, ...ended, to: at }] : spells;
  return next ? [...before, { ...next, from: at } as T] : before;
}

/** What held at an instant. */
export const heldAt = <T extends Spell>(spells: readonly T[], at: string): T | undefined =>
  spells.find(({ from, to }) => from <= at && (to === undefined || at < to));

/** Those that held at some time of a range, cut to it. */
export const heldIn = <T extends Spell>(
  spells: readonly T[],
  from: string,
  to: string,
): (T & { from: string; to: string })[] =>
  spells.flatMap((one) => {
    const cut = { from: one.from > from ? one.from : from, to: one.to !== undefined && one.to < to ? one.to : to };
    return cut.from < cut.to ? [{ ...one, ...cut }] : [];
  });

/** The spells of two slots as they held together, such as a meter while an account was served. */
export const together = <A extends Spell, B extends Spell>(
  a: readonly A[],
  b: readonly B[],
  from: string,
  to: string,
): { from: string; to: string; a: A; b: B }[] =>
  heldIn(a, from, to).flatMap((one) =>
    heldIn(b, one.from, one.to).map((two) => ({ from: two.from, to: two.to, a: one, b: two })),
  );

/** Of all that an area may lie within, at any time: more than that is no network, and each change looks at all of them. */
const WITHIN_MAX = 100;
const DEPTH: Record<Level, number> = { zone: 0, feeder: 1, transformer: 2 };

/**
 * Whether an area may be a part of another: zones of zones, feeders of zones, transformers of either, of one kind.
 *
 * @param areaOf  any of them, by its code
 * @returns why not; undefined: it may
 */
export function hindrance(
  child: Area,
  parent: Area | undefined,
  areaOf: (code: string) => Area | undefined,
): string | undefined {
  if (!parent) return "There is no such area.";
  if (parent.kind !== child.kind) return `${parent.code} is of ${parent.kind}, and ${child.code} of ${child.kind}.`;
  const [above, below] = [DEPTH[parent.level], DEPTH[child.level]];
  if (above > below || (above === below && parent.level !== "zone"))
    return `A ${child.level} is no part of a ${parent.level}.`;
  // At any time: a circle that holds only in some years is one too.
  const seen = new Set<string>();
  const left = [parent.code];
  for (let code = left.pop(); code !== undefined; code = left.pop()) {
    if (code === child.code) return `${parent.code} is itself a part of ${child.code}.`;
    if (seen.has(code)) continue;
    if (seen.size === WITHIN_MAX) return `${parent.code} lies within more than ${WITHIN_MAX} areas.`;
    seen.add(code);
    left.push(...(areaOf(code)?.within.map(({ area }) => area) ?? []));
  }
  return undefined;
}

/** An area and all that is a part of it at some time of a range, each with the stretches in which it was. */
export function subtree(
  root: string,
  areas: readonly Area[],
  from: string,
  to: string,
): Map<string, { from: string; to: string }[]> {
  const found = new Map([[root, [{ from, to }]]]);
  const parts = Map.groupBy(
    areas.flatMap((child) => [...new Set(child.within.map(({ area }) => area))].map((area) => ({ area, child }))),
    ({ area }) => area,
  );
  const left = [root];
  for (let code = left.pop(); code !== undefined; code = left.pop()) {
    const spans = found.get(code)!;
    for (const { child } of parts.get(code) ?? []) {
      const held = spans.flatMap((span) =>
        heldIn(child.within, span.from, span.to).filter(({ area }) => area === code),
      );
      if (held.length === 0 || found.has(child.code)) continue;
      found.set(
        child.code,
        held.map((one) => ({ from: one.from, to: one.to })),
      );
      left.push(child.code);
    }
  }
  return found;
}

export interface Stay {
  meterId: string;
  from: string;
  to: string;
}

/** While which meters stood at a point and an area fed it, by itself or by any of its parts (`subtree`). */
export function standingIn(
  { areas, meters }: Pick<Point, "areas" | "meters">,
  parts: ReadonlyMap<string, readonly { from: string; to: string }[]>,
  from: string,
  to: string,
): Stay[] {
  const fed = areas.flatMap((spell) =>
    together([spell], parts.get(spell.area) ?? [], from, to).map((one) => ({ from: one.from, to: one.to })),
  );
  const stays: Stay[] = [];
  for (const { a, ...span } of together(meters, fed, from, to)) {
    const last = stays.at(-1);
    // From one part into another.
    if (last?.meterId === a.meterId && last.to === span.from) last.to = span.to;
    else stays.push({ meterId: a.meterId, from: span.from, to: span.to });
  }
  return stays;
}
