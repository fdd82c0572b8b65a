/** A decimal as a whole number of powers of ten: `266.100` is 2661 × 10⁻¹. Zero has the exponent 0. */
export interface Exact {
  digits: number;
  exponent: number;
}

/** The finest fraction of a base unit that is kept: a millionth of a watt-hour or of a litre. */
export const FINEST = -6;
/** No decimal of 15 digits needs more signs; without a bound, zeros could be made to take the square of their number. */
const SIGNS_MAX = 100;
const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?$|^([+-]?)\.(\d+)$/;

/**
 * Reads a decimal without passing through a float.
 *
 * @returns undefined for what is no plain decimal, or has more than 15 digits once its zeros are taken off
 */
export function exact(text: string): Exact | undefined {
  const found = text.length > SIGNS_MAX ? null : DECIMAL.exec(text);
  if (!found) return undefined;
  const fraction = found[3] ?? found[5] ?? "";
  const all = ((found[2] ?? "") + fraction).replace(/^0+/, "");
  const kept = all.replace(/0+$/, "");
  if (kept === "") return { digits: 0, exponent: 0 };
  if (kept.length > 15) return undefined;
  const negative = (found[1] ?? found[4]) === "-";
  return { digits: negative ? -Number(kept) : Number(kept), exponent: all.length - kept.length - fraction.length };
}

/** As a decimal without an exponent, the way `exact` reads it: 2661 × 10⁻¹ is `266.1`. */
export function decimalOf(digits: number, exponent: number): string {
  if (exponent >= 0) return `${digits}${digits === 0 ? "" : "0".repeat(exponent)}`;
  const all = String(Math.abs(digits)).padStart(1 - exponent, "0");
  const fraction = all.slice(exponent).replace(/0+$/, "");
  return `${digits < 0 ? "-" : ""}${all.slice(0, exponent)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Adds readings up exactly, whatever their exponents, and rounds once at the end. */
export class Sum {
  /** In powers of ten, from 10⁻⁶ up: few are in use, so most additions are of plain whole numbers. */
  private parts = new Map<number, number>();
  private carried = 0n;

  add(digits: number, exponent: number): void {
    const sum = (this.parts.get(exponent) ?? 0) + digits;
    if (Number.isSafeInteger(sum)) {
      this.parts.set(exponent, sum);
      return;
    }
    this.carried += finest(this.parts.get(exponent) ?? 0, exponent);
    this.parts.set(exponent, digits);
  }

  addFinest(amount: bigint): void {
    this.carried += amount;
  }

  /** In millionths of a base unit. */
  finest(): bigint {
    let total = this.carried;
    for (const [exponent, digits] of this.parts) total += finest(digits, exponent);
    return total;
  }

  /** In whole base units; a half is rounded away from zero. */
  whole(): number {
    return whole(this.finest());
  }
}

const MILLION = 1_000_000n;
export const finest = (digits: number, exponent: number): bigint => BigInt(digits) * 10n ** BigInt(exponent - FINEST);

export function whole(amount: bigint): number {
  const half = amount < 0n ? -MILLION / 2n : MILLION / 2n;
  return Number((amount + half) / MILLION);
}

/** Whole numbers of one common exponent, the largest at which none of them loses a digit. */
export function scaled(values: readonly Exact[]): { numbers: number[]; exponent: number } | undefined {
  let exponent = Number.POSITIVE_INFINITY;
  for (const value of values) if (value.digits !== 0 && value.exponent < exponent) exponent = value.exponent;
  if (exponent === Number.POSITIVE_INFINITY) exponent = 0;
  const numbers: number[] = [];
  for (const value of values) {
    const number = value.digits === 0 ? 0 : value.digits * 10 ** (value.exponent - exponent);
    if (!Number.isSafeInteger(number)) return undefined;
    numbers.push(number);
  }
  return { numbers, exponent };
}
