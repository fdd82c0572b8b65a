import { invalid } from "./errors.ts";
import { decimalOf, exponentOf } from "./money.ts";

// What an amount must be a multiple of so that it can be paid: the one place that knows it. What ISO 4217 calls a
// currency's minor unit is often smaller than what a card, a wallet or a coin can move.
//
// One total is for whatever it is paid with. Where a law rounds at the till alone (Canada, Denmark, New Zealand, …), a
// bill is therefore rounded to the coin as well, unless its rule says its own `toMinor`: then there is no due of which a
// few cents can never be handed over.

/** Units in minor units, each for the currencies behind it. */
type Rules = readonly (readonly [unit: number, currencies: string])[];

/** By card and wallet. Each rail of `functions/payments` decides for itself what it takes; a law holds the two together. */
const BY_RAIL: Rules = [
  // Cards: of three decimals the last is 0 (docs.stripe.com/currencies, three-decimal currencies). Of others with more
  // than two, no card takes more than two.
  [10, "BHD IQD JOD KWD LYD OMR TND"],
  [100, "CLF UYW"],
  // The unit divides by five, which is no decimal: cards (docs.stripe.com/currencies, zero-decimal: MGA) and the
  // operators of GSMA Mobile Money take it whole.
  [100, "MGA MRU"],
  // M-Pesa's Daraja API takes whole shillings.
  [100, "KES"],
  // Orange Money Web Payment takes whole amounts of every currency. These units are worth less than five cents of a
  // dollar. Of BWP, JOD, MAD, TND and USD it takes only what happens to be whole: half a dinar is no rounding.
  [100, "CDF EGP LRD SLE"],
];

/** In coins: the smallest that is handed out. */
const BY_COIN: Rules = [
  // No part of the unit is in use (Unicode CLDR 45, supplemental currencyData: `_digits` or `_cashDigits` is 0).
  [100, "AFN ALL AMD COP CRC CZK GYD IDR IRR KPW LAK LBP MMK MNT MUR NOK PKR RSD SEK SOS SYP TWD TZS UZS YER"],
  [1_000, "IQD"],
  // CLDR's `_cashRounding`: Canada without its penny since 2013, Swiss invoices by custom, Denmark since 2008.
  [5, "CAD CHF"],
  [50, "DKK"],
  // Smaller coins were withdrawn or are struck no more: Australia 1992 (1 and 2 c), Malaysia 2008 (rounding mechanism of
  // its central bank), Singapore 2002 (1 c).
  [5, "AUD MYR SGD"],
  // Morocco (Bank Al-Maghrib's series of 2023 begins there), Hong Kong 1989 (5 c), Israel 2008 (5 agorot), New Zealand 2006 (5 c), South Africa 2012 (5 c).
  [10, "HKD ILS MAD NZD ZAR"],
  // Hungary 2008 (1 and 2 forint, Act III of 2008).
  [500, "HUF"],
  // Chile 2017 (1 and 5 pesos, Ley 20.956); Korea, whose public dues leave out what is below 10 won.
  [10, "CLP KRW"],
  // The smallest coins in use: 5 francs of the BCEAO (its notice of 31 July 2013 lists coins from there), and of the
  // IEOM's series of 2021. The BEAC strikes 1 franc (series of 2024), so that XAF is not here.
  [5, "XOF XPF"],
];

const unitsOf = (rules: Rules): ReadonlyMap<string, number> =>
  new Map(rules.flatMap(([unit, currencies]) => currencies.split(" ").map((currency) => [currency, unit] as const)));
const RAIL = unitsOf(BY_RAIL);
const COIN = unitsOf(BY_COIN);

/** Every rail that takes this currency takes a whole number of this many minor units. */
export const railUnit = (currency: string): number => RAIL.get(currency) ?? 1;

/** The least that every rail moves of what is at least this much. */
export const movable = (amountMinor: number, currency: string): number => {
  const unit = railUnit(currency);
  return Math.ceil(amountMinor / unit) * unit;
};

/** Of an amount that somebody chose to pay. @throws {Fault} invalid: there is a rail that could not move it */
export function demandMovable(amountMinor: number, currency: string): void {
  const unit = railUnit(currency);
  if (amountMinor % unit !== 0)
    throw invalid("#/amountMinor", `An amount in steps of ${decimalOf(unit, currency)} ${currency}.`);
}

/** Nothing smaller is handed out at a counter. */
export const coinUnit = (currency: string): number => COIN.get(currency) ?? 1;

/**
 * What a due is rounded to unless its rule says otherwise: a whole number of this many minor units can be paid by every
 * rail that takes the currency, and in coins.
 * @throws {RangeError} no currency of ISO 4217: a bug in the caller
 */
export function payableUnit(currency: string): number {
  exponentOf(currency);
  return Math.max(railUnit(currency), coinUnit(currency));
}

interface Amount {
  netMinor: number;
  vatMinor: number;
}

/**
 * An amount to be made due, its total rounded to what can be paid, half up; what is due never becomes nothing by it. As
 * on every bill, the VAT stays what it is, and the rounding is a part of the net.
 */
export function payable<A extends Amount>(amount: A, currency: string): A & { roundingMinor?: number } {
  const unit = payableUnit(currency);
  const total = amount.netMinor + amount.vatMinor;
  if (total % unit === 0) return amount;
  const over = total % unit;
  const roundingMinor = 2 * over >= unit || total < unit ? unit - over : -over;
  return { ...amount, netMinor: amount.netMinor + roundingMinor, roundingMinor };
}
