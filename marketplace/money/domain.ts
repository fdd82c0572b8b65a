import { Fault, invalid } from "../../shared/errors.ts";
import { split } from "../../shared/money.ts";
import type { IsBasedOn } from "../contract/based-on.ts";
import { canonical, digestOf } from "../contract/canonical.ts";
import { publisherOf } from "../contract/manifest.ts";
import { amountOf, currenciesIn, isBySize, type Price } from "../contract/price.ts";
import { grossFor, ONCE_DAYS, settledLine } from "./lines.ts";
import {
  type Agreement,
  HOUSE,
  type Invoice,
  type InvoiceState,
  type Line,
  type Terms,
  type Weight,
} from "./schema.ts";
import type { Tax } from "./tax.ts";

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
  tax: Tax,
  /** What its sponsor's pledge has left here; of a city that pays itself there is no bound. */
  leftMinor = Number.POSITIVE_INFINITY,
): Line | undefined {
  const { price, module, title, version, weights, sponsoredUntil, installId, terms: digest } = agreement;
  const amount = priceIn(price, currency, terms);
  // Whoever promised to pay no longer does: the city agreed to nothing in its place, so it owes nothing.
  if (price.sponsor !== undefined && (sponsoredUntil === undefined || sponsoredUntil < month)) return undefined;
  const line = (more: Pick<Line, "what" | "counted" | "unitMinor" | "of">, units = more.counted): Line | undefined => {
    const grossMinor = grossFor(more, units);
    if (grossMinor > AMOUNT_MAX) throw new RangeError(`${units} at ${more.unitMinor} are more than the books take`);
    if (grossMinor === 0) return undefined;
    const netMinor = Math.min(grossMinor, Math.max(0, leftMinor));
    return settledLine({
      ...{ module, title, version, installId, terms: digest, weights, tax, ...more },
      ...{ creditedMinor: 0, netMinor },
      ...(netMinor < grossMinor ? { beyondPledgeMinor: grossMinor - netMinor } : {}),
      ...(price.sponsor ? { sponsor: price.sponsor } : {}),
    });
  };
  if (price.per === "once")
    return isFirst && days > 0 ? line({ what: "once", counted: 1, unitMinor: amount }, ONCE_DAYS) : undefined;
  if (price.per === "use") return uses === 0 ? undefined : line({ what: "use", counted: uses, unitMinor: amount });
  // A year's price is shared out over its months, so that twelve whole ones are exactly the year.
  const unitMinor = price.per === "month" ? amount : split(amount, Array(12).fill(1))[Number(month.slice(5)) - 1]!;
  if (days === 0 || unitMinor === 0) return undefined;
  return line({ what: price.per, counted: days, of: daysInMonth, unitMinor });
}

const NEXT: Record<InvoiceState, readonly InvoiceState[]> = {
  awaiting: ["drawn", "nothing_due"],
  // A sponsor's payment that is undone is due again: until then nobody is paid of it.
  drawn: ["approved", "awaiting", "nothing_due"],
  // What is credited after it was approved is approved anew.
  approved: ["paying", "drawn", "awaiting", "nothing_due"],
  // Back to the choice of a rail leads `unchosen` alone: an approval that did would leave an order behind that still pays.
  paying: ["paid"],
  paid: [],
  nothing_due: [],
};

/** @throws {Fault} forbidden_transition */
export function move(invoice: Invoice, to: InvoiceState): Invoice {
  if (!NEXT[invoice.state].includes(to))
    throw new Fault("forbidden_transition", `The invoice ${invoice.id} is ${SAID[invoice.state]}: ${CANNOT[to]}.`);
  return { ...invoice, state: to };
}
const SAID: Record<InvoiceState, string> = {
  awaiting: "not paid by its sponsor yet, so that there is nothing to pay anybody of",
  drawn: "drawn up and not approved yet",
  approved: "approved already",
  paying: "being paid",
  paid: "paid",
  nothing_due: "settled, with nothing due",
};
const CANNOT: Record<InvoiceState, string> = {
  awaiting: "it cannot wait for its sponsor",
  drawn: "it cannot be credited by this: a credit note gives back of what is paid",
  approved: "it cannot be approved",
  paying: "no rail can be chosen",
  paid: "it cannot be paid",
  nothing_due: "it cannot be credited any more",
};
