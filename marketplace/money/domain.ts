import { Fault, invalid } from "../../shared/errors.ts";
import type { Transfer } from "../../shared/ledger.ts";
import { split } from "../../shared/money.ts";
import { rounded } from "../../shared/rounding.ts";
import type { IsBasedOn } from "../contract/based-on.ts";
import { canonical, digestOf } from "../contract/canonical.ts";
import { publisherOf } from "../contract/manifest.ts";
import { amountOf, currenciesIn, isBySize, type Price } from "../contract/price.ts";
import {
  type Agreement,
  HOUSE,
  type Invoice,
  type InvoiceState,
  type Line,
  type Terms,
  type Weight,
} from "./schema.ts";

const POINTS = 10_000;
/** So many levels of what a module is based on are paid: each divides further. */
export const LEVELS = 3;
const WHOLE = POINTS ** LEVELS;
const PAYEES_MAX = 30;
/** The ledger's own bound. */
const AMOUNT_MAX = 1_000_000_000_000_000;

/** What a module is based on, as far down as it gives something. */
export interface Based {
  party: string;
  basisPoints: number;
  on: readonly Based[];
}

/**
 * Who gets how much. The house's share and the reviewer's come first, from the whole; of what is left each gives on to
 * those that it is based on. One party's shares of one kind are one.
 *
 * @param houseBasisPoints  at most 2000, as is a reviewer's: so the publisher always keeps something
 */
export function weightsOf(module: string, price: Price, based: readonly Based[], houseBasisPoints: number): Weight[] {
  const weights: Weight[] = [];
  const give = (party: string, role: Weight["role"], weight: number) => {
    const known = weights.find((one) => one.party === party && one.role === role);
    if (known) known.weight += weight;
    else if (weight > 0) weights.push({ party, role, weight });
  };
  const part = (of: number, basisPoints: number) => Math.floor((of / POINTS) * basisPoints);
  const [house, reviewer] = [part(WHOLE, houseBasisPoints), part(WHOLE, price.reviewer?.basisPoints ?? 0)];
  const rest = WHOLE - house - reviewer;
  /** What is left of a share after what it gives on. */
  const shared = (of: number, on: readonly Based[]): number =>
    on.reduce((left, { party, basisPoints, on: further }) => {
      const given = part(of, basisPoints);
      give(party, "contributor", shared(given, further));
      return left - given;
    }, of);
  const own = shared(rest, based);
  weights.unshift({ party: publisherOf(module), role: "publisher", weight: own });
  if (price.reviewer) give(price.reviewer.party, "reviewer", reviewer);
  give(HOUSE, "house", house);
  if (weights.length > PAYEES_MAX)
    throw new Fault(
      "invalid",
      `Its price is shared among more than ${PAYEES_MAX}. Such a module cannot be bought here.`,
    );
  return weights;
}

/** What was agreed to: a version with the same needs no new word. */
export const termsDigest = (price: Price, isBasedOn: IsBasedOn = []): string =>
  digestOf(canonical({ price, isBasedOn }));

/**
 * The price in this city's money, for its size.
 * @throws {Fault} invalid: it is not sold in that currency; forbidden_transition: the city has not said how large it is
 */
export function priceIn(price: Price, currency: string, { population }: Terms): number {
  if (isBySize(price) && population === undefined)
    throw new Fault("forbidden_transition", "Its price depends on how many people live here: say that first.");
  const amount = amountOf(price, currency, population ?? 1);
  if (amount === undefined)
    throw invalid(
      "#/module",
      `It has no price in ${currency}: its publisher sells it in ${currenciesIn(price).join(", ")}, and nothing is converted.`,
    );
  return amount;
}

/** What is to be paid of a line, with its tax and its shares; all of it follows from the net amount. */
export function settledLine(
  line: Omit<Line, "taxMinor" | "shares" | "netMinor">,
  grossMinor: number,
  taxBasisPoints: number,
): Line {
  const netMinor = grossMinor - line.creditedMinor;
  const amounts = split(
    netMinor,
    line.weights.map(({ weight }) => weight),
  );
  return {
    ...line,
    netMinor,
    taxMinor: line.sponsor === undefined ? partOf(netMinor, taxBasisPoints, POINTS) : 0,
    shares: line.weights.map(({ party, role }, i) => ({ party, role, amountMinor: amounts[i]! })),
  };
}

/** `amount × of ÷ whole`, exact, rounded half up. */
export const partOf = (amountMinor: number, of: number, whole: number): number =>
  Number(rounded(BigInt(amountMinor) * BigInt(of), BigInt(whole), "half_up"));

/** What was counted of one agreement in a month. */
export interface Counted {
  agreement: Agreement;
  /** Days in service. */
  days: number;
  uses: number;
  /** It was never paid before. */
  isFirst: boolean;
}

/** The line of one agreement; undefined: nothing is due for this month. */
export function lineOf(
  { agreement, days, uses, isFirst }: Counted,
  month: string,
  daysInMonth: number,
  currency: string,
  terms: Terms,
): Line | undefined {
  const { price, module, title, version, weights, sponsoredUntil } = agreement;
  const amount = priceIn(price, currency, terms);
  // Whoever promised to pay no longer does: the city agreed to nothing in its place, so it owes nothing.
  if (price.sponsor !== undefined && (sponsoredUntil === undefined || sponsoredUntil < month)) return undefined;
  const common = {
    module,
    title,
    version,
    weights,
    creditedMinor: 0,
    ...(price.sponsor ? { sponsor: price.sponsor } : {}),
  };
  const line = (more: Pick<Line, "what" | "counted" | "unitMinor" | "of">, grossMinor: number) =>
    grossMinor === 0 ? undefined : settledLine({ ...common, ...more }, grossMinor, terms.taxBasisPoints);
  if (price.per === "once")
    return isFirst && days > 0 ? line({ what: "once", counted: 1, unitMinor: amount }, amount) : undefined;
  if (price.per === "use") {
    if (uses === 0) return undefined;
    if (uses * amount > AMOUNT_MAX) throw new RangeError(`${uses} uses at ${amount} are more than the books take`);
    return line({ what: "use", counted: uses, unitMinor: amount }, uses * amount);
  }
  // A year's price is shared out over its months, so that twelve whole ones are exactly the year.
  const unitMinor = price.per === "month" ? amount : split(amount, Array(12).fill(1))[Number(month.slice(5)) - 1]!;
  if (days === 0 || unitMinor === 0) return undefined;
  return line({ what: price.per, counted: days, of: daysInMonth, unitMinor }, partOf(unitMinor, days, daysInMonth));
}

/** What the lines come to, and whom the city pays how much. */
export function summed(lines: readonly Line[]): Pick<Invoice, "netMinor" | "taxMinor" | "totalMinor" | "payouts"> {
  const own = lines.filter(({ sponsor }) => sponsor === undefined);
  const netMinor = sum(own.map((line) => line.netMinor));
  const taxMinor = sum(own.map((line) => line.taxMinor));
  const parties = Map.groupBy(
    own.flatMap(({ shares }) => shares),
    ({ party }) => party,
  );
  return {
    netMinor,
    taxMinor,
    totalMinor: netMinor + taxMinor,
    payouts: [...parties]
      .map(([party, shares]) => ({
        party,
        amountMinor: sum(shares.map((one) => one.amountMinor)),
        state: "owed" as const,
      }))
      .filter(({ amountMinor }) => amountMinor > 0)
      .sort((a, b) => (a.party < b.party ? -1 : 1)),
  };
}

export const costsOf = (module: string): string => `module_costs:${module.replace("/", ":")}`;
export const payableTo = (month: string, party: string): string => `payable:${month}:${party}`;
const VAT = "vat";

/** What each account of the books moves by for these lines: what modules cost, and to whom that is owed. */
function movesOf(
  month: string,
  lines: readonly Line[],
): Map<string, { cost: string; owed: string; amountMinor: number }> {
  const moves = new Map<string, { cost: string; owed: string; amountMinor: number }>();
  const add = (cost: string, owed: string, amountMinor: number) => {
    const key = `${cost} ${owed}`;
    moves.set(key, { cost, owed, amountMinor: (moves.get(key)?.amountMinor ?? 0) + amountMinor });
  };
  for (const { module, shares, taxMinor, sponsor } of lines) {
    if (sponsor !== undefined) continue;
    for (const { party, amountMinor } of shares) add(costsOf(module), payableTo(month, party), amountMinor);
    add(costsOf(module), VAT, taxMinor);
  }
  return moves;
}

/** The transfers that take the books from these lines to those: of a new invoice all, of a credit the difference. */
export function transfersOf(
  { month, currency }: Pick<Invoice, "month" | "currency">,
  before: readonly Line[],
  after: readonly Line[],
): Transfer[] {
  const [from, to] = [movesOf(month, before), movesOf(month, after)];
  return [...new Set([...from.keys(), ...to.keys()])].sort().flatMap((key): Transfer[] => {
    const { cost, owed } = (to.get(key) ?? from.get(key))!;
    const difference = (to.get(key)?.amountMinor ?? 0) - (from.get(key)?.amountMinor ?? 0);
    if (difference === 0) return [];
    const [debit, credit] = difference > 0 ? [cost, owed] : [owed, cost];
    return [{ debit, credit, amountMinor: Math.abs(difference), currency, code: "module_invoice", memo: month }];
  });
}

const NEXT: Record<InvoiceState, readonly InvoiceState[]> = {
  drawn: ["approved", "nothing_due"],
  // What is credited after it was approved is approved anew.
  approved: ["paying", "drawn", "nothing_due"],
  // Back to the choice of a rail leads `unchosen` alone: an approval that did would leave an order behind that still pays.
  paying: ["paid"],
  paid: [],
  nothing_due: [],
};

/** @throws {Fault} forbidden_transition */
export function move(invoice: Invoice, to: InvoiceState): Invoice {
  if (!NEXT[invoice.state].includes(to))
    throw new Fault(
      "forbidden_transition",
      `The invoice of ${invoice.month} is ${SAID[invoice.state]}: ${CANNOT[to]}.`,
    );
  return { ...invoice, state: to };
}
const SAID: Record<InvoiceState, string> = {
  drawn: "drawn up and not approved yet",
  approved: "approved already",
  paying: "being paid",
  paid: "paid",
  nothing_due: "settled, with nothing due",
};
const CANNOT: Record<InvoiceState, string> = {
  drawn: "it cannot be credited any more",
  approved: "it cannot be approved",
  paying: "no rail can be chosen",
  paid: "it cannot be paid",
  nothing_due: "it cannot be credited any more",
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
