import { code, codes } from "currency-codes";
import { z } from "zod";

// ISO 4217 by the package currency-codes. Codes without an amount of minor units (gold, test codes) are left out.
const EXPONENTS: ReadonlyMap<string, number> = new Map(
  codes().flatMap((name) => {
    const entry = code(name);
    return !entry || /^X(A[UGU]|P[TD]|B[ABCD]|TS|XX|DR|SU|UA)$/.test(name) ? [] : [[name, entry.digits] as const];
  }),
);

export const isCurrency = (name: string): boolean => EXPONENTS.has(name);

/** An ISO 4217 currency code whose exponent is known. */
export const Currency = z.string().refine(isCurrency, "an ISO 4217 currency code").meta({ example: "XOF" });

/** A sum of money: a whole number of minor units of its currency. 1250 is 12.50 EUR, 1250 XOF, 1.250 TND. */
export const Money = z.strictObject({ amountMinor: z.int(), currency: Currency }).meta({ id: "Money" });
export type Money = z.infer<typeof Money>;

/**
 * Decimal places of a currency's minor unit by ISO 4217: XOF 0, MAD 2, TND 3.
 * @throws {RangeError} for a code that ISO 4217 does not list: a bug in the caller
 */
export function exponentOf(currency: string): number {
  const exponent = EXPONENTS.get(currency);
  if (exponent === undefined) throw new RangeError(`No ISO 4217 currency: ${currency}`);
  return exponent;
}

/** The amount as an exact decimal string without grouping: 1250 TND is "1.250". */
export function decimalOf(amountMinor: number, currency: string): string {
  const exponent = exponentOf(currency);
  const digits = Math.abs(amountMinor)
    .toString()
    .padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const sign = amountMinor < 0 ? "-" : "";
  return exponent === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-exponent)}`;
}

/** The amount as the reader's language writes it, with the currency's own number of decimals. */
export function formatMoney(amountMinor: number, currency: string, lang: string): string {
  const exponent = exponentOf(currency);
  const format = new Intl.NumberFormat(lang, {
    style: "currency",
    currency,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  });
  // A decimal string keeps amounts exact that a float would not.
  return format.format(decimalOf(amountMinor, currency) as unknown as number);
}

/** A price with as many places as it has, up to six, as the reader's language writes it. @param price  exact, as text */
export const formatPrice = (price: string, currency: string, lang: string): string =>
  new Intl.NumberFormat(lang, {
    style: "currency",
    currency,
    minimumFractionDigits: exponentOf(currency),
    maximumFractionDigits: 6,
  }).format(price as unknown as number);

/**
 * Divides an amount among payees so that nothing is lost to rounding.
 *
 * @param totalMinor  minor units, a whole number, 0 or more
 * @param weights     one per payee, whole numbers, 0 or more, at least one above 0
 * @returns           minor units in the order of `weights`; they add up to `totalMinor`,
 *                    and each is less than one unit from its exact share
 * @throws {RangeError} outside these bounds: a bug in the caller, not the resident's mistake
 * @see largest-remainder method (Hamilton); equal remainders go to the earlier payee
 */
export function split(totalMinor: number, weights: readonly number[]): number[] {
  const all = [totalMinor, ...weights];
  if (!all.every((n) => Number.isSafeInteger(n) && n >= 0)) throw new RangeError("whole numbers from 0 up");
  const sum = weights.reduce((a, w) => a + BigInt(w), 0n);
  if (sum === 0n) throw new RangeError("at least one weight above 0");
  const shares = weights.map((weight, i) => {
    const exact = BigInt(totalMinor) * BigInt(weight);
    return { i, whole: exact / sum, rest: exact % sum };
  });
  let left = BigInt(totalMinor) - shares.reduce((a, s) => a + s.whole, 0n);
  for (const share of [...shares].sort((a, b) => (a.rest === b.rest ? a.i - b.i : a.rest > b.rest ? -1 : 1))) {
    if (left === 0n) break;
    share.whole += 1n;
    left -= 1n;
  }
  return shares.map((share) => Number(share.whole));
}
