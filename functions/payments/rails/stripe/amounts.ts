import { invalid } from "../../../../shared/errors.ts";
import { exponentOf } from "../../../../shared/money.ts";

// Stripe's own lists (docs.stripe.com/currencies), which differ from ISO 4217: some amounts are whole units although
// ISO has two decimals (MGA), some are written with two although ISO has none (ISK, UGX), and of three decimals the
// last must be 0.
const ZERO_DECIMALS = new Set("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(" "));
const THREE_DECIMALS = new Set(["BHD", "JOD", "KWD", "OMR", "TND"]);
const STRIPE_MAX = 99_999_999;

const stripeExponent = (currency: string) => (ZERO_DECIMALS.has(currency) ? 0 : THREE_DECIMALS.has(currency) ? 3 : 2);

/**
 * Our minor units as Stripe counts them.
 * @throws {Fault} invalid, when Stripe cannot take exactly this amount: it is never rounded
 */
export function toStripe(amountMinor: number, currency: string): number {
  const by = stripeExponent(currency) - exponentOf(currency);
  const amount = by >= 0 ? amountMinor * 10 ** by : amountMinor / 10 ** -by;
  const isExact = Number.isSafeInteger(amount) && (!THREE_DECIMALS.has(currency) || amount % 10 === 0);
  if (!isExact) throw invalid("#/amountMinor", `The provider cannot take exactly this amount of ${currency}.`);
  if (amount > STRIPE_MAX) throw invalid("#/amountMinor", "The provider takes no amount as large as this.");
  return amount;
}

/** The way back. @throws {RangeError} for an amount that has no whole number of our minor units */
export function fromStripe(amount: number, currency: string): number {
  const by = exponentOf(currency) - stripeExponent(currency);
  const amountMinor = by >= 0 ? amount * 10 ** by : amount / 10 ** -by;
  if (!Number.isSafeInteger(amountMinor))
    throw new RangeError(`${amount} ${currency} is no whole number of minor units`);
  return amountMinor;
}
