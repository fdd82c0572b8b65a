import { invalid } from "../../shared/errors.ts";
import { grossFor, partsOf, reversed, sum, taxOn, unitsOf } from "./lines.ts";
import type { Back, CreditNote, Line } from "./schema.ts";

// What a credit note is of a line: how much of it, and what each who was paid gives back.

/** How many units of a line are given back, at which price for one. */
export interface Due {
  units: number;
  unitMinor: number;
}
interface Left {
  takenUnits: number;
  /** Those of them that the rule gave, so that it gives nothing twice. */
  ruledUnits: number;
  netMinor: number;
}

/** What earlier notes leave of a line. @param notes  of its invoice; what is only asked for is set aside too */
export function leftOfLine(line: Line, n: number, notes: readonly CreditNote[]): Left {
  const own = notes.filter((note) => note.line === n && note.state !== "refused");
  return {
    takenUnits: sum(own.map(({ units }) => units)),
    ruledUnits: sum(own.filter(({ cause }) => cause !== "disputed").map(({ units }) => units)),
    netMinor: line.netMinor - sum(own.map(({ amountMinor }) => amountMinor)),
  };
}

/**
 * What so many units come to, as the difference that they make to what is left of the line: so that all credits of a
 * line together make it what it would have been without those units.
 * @throws {Fault} invalid: more than is left
 */
export function amountsOf(
  line: Line,
  { units, unitMinor }: Due,
  left: Omit<Left, "ruledUnits">,
): { amountMinor: number; taxMinor: number } {
  const unitsLeft = unitsOf(line) - left.takenUnits;
  if (units > unitsLeft) throw invalid("#/units", `Of this line ${unitsLeft} are left to give back.`);
  const of = { ...line, unitMinor };
  const amountMinor = Math.min(grossFor(of, unitsLeft) - grossFor(of, unitsLeft - units), left.netMinor);
  return { amountMinor, taxMinor: taxOn(line, left.netMinor) - taxOn(line, left.netMinor - amountMinor) };
}

/** The note as it is granted: with what each gives back. @param notes  of its invoice */
export function granted(asked: CreditNote, line: Line, notes: readonly CreditNote[]): CreditNote {
  const shares = reversed(sharesLeft(line, asked.line, notes), asked.amountMinor);
  const back = backOf({ shares, tax: line.tax, taxMinor: asked.taxMinor });
  return { ...asked, state: "granted", shares, back };
}

/** What each still has of a line, after the notes that were granted. */
export function sharesLeft(line: Line, n: number, notes: readonly CreditNote[]): Line["shares"] {
  const before = notes.filter((note) => note.line === n && note.state === "granted");
  return line.shares.map((share, i) => ({
    ...share,
    amountMinor: share.amountMinor - sum(before.map((note) => note.shares[i]!.amountMinor)),
  }));
}

/** Who gives back how much, with the tax that they had charged. */
function backOf(of: Pick<Line, "shares" | "tax" | "taxMinor">): Back[] {
  return [...Map.groupBy(partsOf(of), ({ party }) => party)]
    .map(([party, parts]) => ({
      party,
      amountMinor: sum(parts.map(({ amountMinor }) => amountMinor)),
      offsetMinor: 0,
    }))
    .filter(({ amountMinor }) => amountMinor > 0);
}
