import { invalid } from "../../shared/errors.ts";
import { dayPlus } from "../../shared/time.ts";
import { type EntryChange, type Fact, type FactChange, Facts, type Said, type Spell } from "./schema.ts";

// What holds of an entry on which days: spells in order of time that do not overlap. A day before the first, after the
// last or in a gap is one on which the entry is not there.

const SPELLS_MAX = 100;
const LAST = "2999-12-31";

/** The spell of a day. */
export const spellOn = (spells: readonly Spell[], day: string): Spell | undefined =>
  spells.find(({ from, to }) => from <= day && day <= (to ?? LAST));

/** What holds of an entry on a day; of one that is over or not yet there, what held last or will hold first. */
export const factsOn = (spells: readonly Spell[], day: string): Facts =>
  (spellOn(spells, day) ?? spells.findLast(({ from }) => from <= day) ?? spells[0])?.facts ?? {};

/**
 * The timeline after a change. Facts that hold from a day on replace what was known for that day and every later one
 * (up to `to`, where it is given), fact by fact: a sale that is known for July stays when the area since May is mended.
 *
 * @throws {Fault} invalid: it ends before it begins
 */
export function applied(spells: readonly Spell[], change: EntryChange): Spell[] {
  if ("endsOn" in change) {
    const { endsOn } = change;
    const left = spells
      .filter(({ from }) => from <= endsOn)
      .map((spell) => ((spell.to ?? LAST) > endsOn ? { ...spell, to: endsOn } : spell));
    if (left.length === 0) throw invalid("#/endsOn", "It begins after this day.");
    return left;
  }
  const { from, to, facts } = change;
  if (to !== undefined && to < from) throw invalid("#/to", "The last day is before the first one.");
  const pieces = spells.flatMap((spell) => cut(spell, from, to));
  if (!spellOn(pieces, from)) {
    // It begins here: earlier than was known, again, or for the first time.
    const next = pieces.find((piece) => piece.from > from);
    const until = [to, next && dayPlus(next.from, -1)].filter((day) => day !== undefined).sort()[0];
    pieces.push({ from, ...(until === undefined ? {} : { to: until }), facts: factsOn(pieces, from) });
    pieces.sort((a, b) => (a.from < b.from ? -1 : 1));
  }
  const changed = pieces.map((piece) =>
    piece.from >= from && piece.from <= (to ?? LAST) ? { ...piece, facts: patched(piece.facts, facts) } : piece,
  );
  const after = joined(changed);
  if (after.length > SPELLS_MAX) throw invalid("#/from", `An entry changes at most ${SPELLS_MAX} times.`);
  return after;
}

/** A spell in up to three pieces: before the window, in it, after it. */
function cut(spell: Spell, from: string, to = LAST): Spell[] {
  const end = spell.to ?? LAST;
  if (end < from || spell.from > to) return [spell];
  const piece = (first: string, last: string): Spell[] =>
    first > last ? [] : [{ from: first, ...(last === LAST ? {} : { to: last }), facts: spell.facts }];
  const [, start = from] = [spell.from, from].sort();
  const [stop = to] = [end, to].sort();
  return [
    ...(spell.from < from ? piece(spell.from, dayPlus(from, -1)) : []),
    ...piece(start, stop),
    ...(end > to ? piece(dayPlus(to, 1), end) : []),
  ];
}

/** Facts in the schema's order, so that two of the same content read the same. */
function patched(facts: Facts, change: FactChange): Facts {
  const all: Record<string, unknown> = { ...facts };
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete all[name];
    else if (value !== undefined) all[name] = value;
  }
  return Facts.parse(all);
}

export const sameSpells = (a: readonly Spell[], b: readonly Spell[]): boolean => text(a) === text(b);
const text = (spells: readonly Spell[]) => JSON.stringify(spells.map(({ from, to, facts }) => [from, to, facts]));

/** Spells of the same facts that touch are one. */
function joined(spells: readonly Spell[]): Spell[] {
  const out: Spell[] = [];
  for (const spell of spells) {
    const last = out.at(-1);
    const touches = last?.to !== undefined && dayPlus(last.to, 1) === spell.from;
    if (last && touches && JSON.stringify(last.facts) === JSON.stringify(spell.facts)) {
      const { to: _, ...rest } = last;
      out[out.length - 1] = { ...rest, ...(spell.to === undefined ? {} : { to: spell.to }) };
    } else out.push(spell);
  }
  return out;
}

/** What a change made another, fact by fact, as it is told to people. */
export function told(before: readonly Spell[], change: EntryChange): Said[] {
  if ("endsOn" in change) {
    const was = before.at(-1)?.to;
    return was === change.endsOn
      ? []
      : [{ fact: "endsOn", from: change.endsOn, ...(was ? { was } : {}), now: change.endsOn }];
  }
  const { from, to, facts } = change;
  const held = before.length === 0 ? {} : factsOn(before, from);
  const span = { from, ...(to === undefined ? {} : { to }) };
  const touched = before.filter((spell) => spell.from <= (to ?? LAST) && (spell.to ?? LAST) >= from);
  const isNews = (fact: Fact, now: unknown) => [{ facts: held }, ...touched].some((one) => one.facts[fact] !== now);
  const changes = (Object.entries(facts) as [Fact, string | number | null | undefined][])
    .filter(([fact, now]) => now !== undefined && isNews(fact, now ?? undefined))
    .map(([fact, now]) => ({
      fact,
      ...span,
      ...(held[fact] === undefined ? {} : { was: held[fact] }),
      ...(now === null || now === undefined ? {} : { now }),
    }));
  const begins = before.length > 0 && !spellOn(before, from) ? [{ fact: "begins", ...span }] : [];
  return [...begins, ...changes];
}
