import { split } from "../../shared/money.ts";
import { rounded } from "../../shared/rounding.ts";
import type { Invoice, Line, Offset } from "./schema.ts";

// What lines come to, and who has how much of them. Amounts are rounded here alone, once for a line and once for its tax.

const POINTS = 10_000;
/** What is paid once is for so many days, from the first one in service on. */
export const ONCE_DAYS = 365;

/** `amount × of ÷ whole`, exact, rounded half up. */
export const partOf = (amountMinor: number, of: number, whole: number): number =>
  Number(rounded(BigInt(amountMinor) * BigInt(of), BigInt(whole), "half_up"));

/** Of how many units a line is: days, uses, or the days for which something was paid once. */
export const unitsOf = ({ what, counted }: Pick<Line, "what" | "counted">): number =>
  what === "once" ? ONCE_DAYS : counted;

/** What so many units of a line come to. */
export function grossFor({ what, unitMinor, of = 1 }: Pick<Line, "what" | "unitMinor" | "of">, units: number): number {
  return what === "use" ? unitMinor * units : partOf(unitMinor, units, what === "once" ? ONCE_DAYS : of);
}

export const taxOn = ({ tax }: Pick<Line, "tax">, netMinor: number): number =>
  partOf(netMinor, tax.basisPoints, POINTS);

/** A line with its tax and its shares, which follow from its amount. */
export function settledLine(line: Omit<Line, "taxMinor" | "shares">): Line {
  const amounts = split(
    line.netMinor,
    line.weights.map(({ weight }) => weight),
  );
  return {
    ...line,
    taxMinor: taxOn(line, line.netMinor),
    shares: line.weights.map(({ party, role }, i) => ({ party, role, amountMinor: amounts[i]! })),
  };
}

/**
 * What each gives back of a line when so much of it is taken off: by largest remainder of what each has of it. So nobody
 * gives back more than that, nobody gets more by a credit, and together they give back exactly the amount.
 */
export function reversed(shares: Line["shares"], amountMinor: number): Line["shares"] {
  const amounts = split(
    amountMinor,
    shares.map((share) => share.amountMinor),
  );
  return shares.map((share, i) => ({ ...share, amountMinor: amounts[i]! }));
}

/** A line of which so much is taken off; at most what it is. */
export function lessOf(line: Line, amountMinor: number): Line {
  if (amountMinor === 0) return line;
  const back = reversed(line.shares, amountMinor);
  const netMinor = line.netMinor - amountMinor;
  return {
    ...line,
    creditedMinor: line.creditedMinor + amountMinor,
    netMinor,
    taxMinor: taxOn(line, netMinor),
    shares: line.shares.map((share, i) => ({ ...share, amountMinor: share.amountMinor - back[i]!.amountMinor })),
  };
}

/** Whom a line's amounts go to: its shares, and to its seller the tax that it charges. */
export function partsOf({ shares, tax, taxMinor }: Pick<Line, "shares" | "tax" | "taxMinor">) {
  const parts = shares.map(({ party, amountMinor }) => ({ party, amountMinor }));
  const seller = shares.find(({ role }) => role === "publisher");
  return tax.kind === "charged" && seller ? [...parts, { party: seller.party, amountMinor: taxMinor }] : parts;
}

export type Sums = Pick<Invoice, "netMinor" | "taxMinor" | "totalMinor" | "offsets" | "payouts">;

/**
 * What the lines of one payer come to, and who is paid how much.
 * @param offsets  what is not paid out of it, as far as it is there: the rest stays with its credit notes
 */
export function summed(lines: readonly Line[], payer?: string, offsets: readonly Offset[] = []): Sums {
  const own = lines.filter(({ sponsor }) => sponsor === payer);
  const netMinor = sum(own.map((line) => line.netMinor));
  const taxMinor = sum(own.map((line) => line.taxMinor));
  const owed = new Map<string, number>();
  for (const { party, amountMinor } of own.flatMap(partsOf)) owed.set(party, (owed.get(party) ?? 0) + amountMinor);
  const fitting = offsets.flatMap((offset): Offset[] => {
    const left = owed.get(offset.party) ?? 0;
    const amountMinor = Math.min(offset.amountMinor, left);
    owed.set(offset.party, left - amountMinor);
    return amountMinor > 0 ? [{ ...offset, amountMinor }] : [];
  });
  return {
    ...{ netMinor, taxMinor, totalMinor: netMinor + taxMinor, offsets: fitting },
    payouts: [...owed]
      .filter(([, amountMinor]) => amountMinor > 0)
      .map(([party, amountMinor]) => ({ party, amountMinor, state: "owed" as const }))
      .sort((a, b) => (a.party < b.party ? -1 : 1)),
  };
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
