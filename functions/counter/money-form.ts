import { invalid } from "../../shared/errors.ts";
import { exponentOf } from "../../shared/money.ts";

/**
 * An amount as a clerk types it, in the currency's main unit: `12.50`, `12,5`, `1 250`.
 * @throws {Fault} invalid: not an amount, or more decimals than the currency has
 */
export function minorOf(typed: string, currency: string, field: string): number {
  const exponent = exponentOf(currency);
  const found = /^(\d{1,13})(?:\.(\d*))?$/.exec(typed.replace(/[\s\u00a0\u202f]/g, "").replace(",", "."));
  const fraction = found?.[2] ?? "";
  if (!found || fraction.length > exponent)
    throw invalid(
      `#/${field}`,
      exponent === 0 ? "A whole amount." : `An amount with at most ${exponent} decimal places.`,
    );
  return Number(found[1]! + fraction.padEnd(exponent, "0"));
}
