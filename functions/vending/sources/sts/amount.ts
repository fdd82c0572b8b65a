// The 16 bits of an amount (IEC 62055-41, 6.3.6): an exponent of 2 and a mantissa of 14. The ranges follow one another
// without overlap, in steps of 1, 10, 100 and 1,000 tenths.
const MANTISSAS = 2 ** 14;
const RANGES = [0, 1, 2, 3].map((exponent) => {
  const step = 10 ** exponent;
  const from = (MANTISSAS * (step - 1)) / 9;
  return { exponent, step, from, to: from + (MANTISSAS - 1) * step };
});

/** 1,820,162.4 kWh or m³ in one token. */
export const AMOUNT_MAX = RANGES.at(-1)!.to;

const rangeOf = (amount: number) => RANGES.find(({ from, to }) => amount >= from && amount <= to);

/** The 16 bits, or undefined for what they cannot hold exactly. */
export function amountBits(amount: number): number | undefined {
  const range = rangeOf(amount);
  const mantissa = range && (amount - range.from) / range.step;
  return mantissa !== undefined && Number.isInteger(mantissa) ? range!.exponent * MANTISSAS + mantissa : undefined;
}

/**
 * Amounts that 16 bits each hold exactly and that add up to this one: the standard would round up in the customer's
 * favour, this house credits what was ordered.
 *
 * @param amount  a whole number from 1 to `AMOUNT_MAX`
 * @returns       one or two amounts, the larger first
 */
export function exactParts(amount: number): number[] {
  // Between two ranges lies what the lower one cannot reach in its steps.
  const range = RANGES.findLast(({ from }) => amount >= from)!;
  const first = Math.min(range.to, amount - ((amount - range.from) % range.step));
  return first === amount ? [amount] : [first, amount - first];
}
