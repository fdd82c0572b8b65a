import { invalid } from "./errors.ts";
import { exponentOf } from "./money.ts";

// Spaces of all widths, the apostrophes of Switzerland, the thousands sign of Arabic.
const GROUPING = /[\s\u00a0\u2009\u202f'’\u066c\u200e\u200f\u061c]/g;
const ARABIC_ZEROES = [0x0660, 0x06f0];

/** Digits of the Arabic scripts as those that programs read; all else as it was. */
export const latinDigits = (typed: string): string =>
  typed.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => {
    const code = digit.codePointAt(0)!;
    return String(code - ARABIC_ZEROES.findLast((zero) => zero <= code)!);
  });

/**
 * An amount as people write it, in the currency's main unit: `12.50`, `12,5`, `1 250`, `1.234,50`, `١٢٫٥٠`. Read
 * exactly, and never guessed: `1,234` is no amount of euros, as it may be meant for either.
 * @param field  the form's, for the mistake
 * @throws {Fault} invalid: not an amount, or more decimals than the currency has
 */
export function minorOf(typed: string, currency: string, field: string): number {
  const exponent = exponentOf(currency);
  const plain = latinDigits(typed).replace(GROUPING, "").replaceAll("\u066b", ",");
  const { whole, fraction } = parts(plain, exponent) ?? {};
  if (whole === undefined || fraction === undefined || whole.length > 13 || fraction.length > exponent)
    throw invalid(
      `#/${field}`,
      exponent === 0 ? "A whole amount, such as 1250." : `An amount with at most ${exponent} decimal places.`,
    );
  return Number(whole + fraction.padEnd(exponent, "0"));
}

/** @throws {Fault} invalid: the same, or nothing at all */
export function positiveMinorOf(typed: string, currency: string, field: string): number {
  const amountMinor = minorOf(typed, currency, field);
  if (amountMinor === 0) throw invalid(`#/${field}`, "An amount above 0.");
  return amountMinor;
}

/**
 * A percentage as people write it, as a whole number of its hundredths: `12,5` is 1250.
 * @throws {Fault} invalid
 */
export function basisPointsOf(typed: string, field: string): number {
  const plain = latinDigits(typed.trim()).replace(/[,\u066b]/, ".");
  const [, whole, fraction = ""] = /^(\d{1,9})(?:\.(\d{0,2}))?$/.exec(plain) ?? [];
  if (whole === undefined) throw invalid(`#/${field}`, "A number with at most 2 decimal places.");
  return Number(whole + fraction.padEnd(2, "0"));
}

/** The digits before and after the sign of decimals; where there are points and commas, that is the last of them. */
function parts(plain: string, exponent: number): { whole: string; fraction: string } | undefined {
  const grouped = /^(\d{1,3}(?:\.\d{3})+)(?:,(\d*))?$/.exec(plain) ?? /^(\d{1,3}(?:,\d{3})+)(?:\.(\d*))?$/.exec(plain);
  // One group alone is clear only where there can be no decimals, or where they follow.
  if (grouped && (exponent === 0 || grouped[2] !== undefined || grouped[1]!.split(/[.,]/).length > 2))
    return { whole: grouped[1]!.replace(/[.,]/g, ""), fraction: grouped[2] ?? "" };
  const found = /^(\d+)(?:[.,](\d*))?$/.exec(plain);
  return found ? { whole: found[1]!, fraction: found[2] ?? "" } : undefined;
}
