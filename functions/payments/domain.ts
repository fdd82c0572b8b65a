import { Fault, invalid } from "../../shared/errors.ts";
import type { Transfer } from "../../shared/ledger.ts";
import { exponentOf } from "../../shared/money.ts";
import type { NewPayment, Payment, Receipt, State, Witness } from "./schema.ts";

/**
 * What may follow what, whichever rail the money came by. A word that comes late still counts: money that arrives
 * after a session expired is the city's all the same.
 */
export const NEXT: Record<State, readonly State[]> = {
  created: ["pending", "settled", "failed", "expired"],
  pending: ["settled", "failed", "expired"],
  failed: ["settled"],
  expired: ["settled"],
  settled: ["refunding", "refunded", "disputed"],
  refunding: ["refunded", "settled"],
  disputed: ["settled", "refunded"],
  refunded: [],
};

export function move(payment: Payment, to: State): Payment {
  if (NEXT[payment.state].includes(to)) return { ...payment, state: to };
  throw new Fault("forbidden_transition", `A payment that is ${payment.state} cannot become ${to}.`);
}

/** The states from which it may become this one. */
export const before = (to: State): State[] =>
  (Object.keys(NEXT) as State[]).filter((state) => NEXT[state].includes(to));

export interface Due {
  billId: string;
  reference: string;
  kind: string;
  month: string;
  dueMinor: number;
  currency: string;
}

/** Which amount a request asks for. @throws {Fault} conflict: nothing is due; invalid: more than is due, other money */
export function amountAsked(order: NewPayment, due: Due): number {
  if (due.dueMinor <= 0) throw new Fault("conflict", `The bill ${due.reference} is paid; nothing is due.`);
  if (order.currency !== undefined && order.currency !== due.currency)
    throw invalid("#/currency", `This bill is in ${due.currency}.`);
  const amountMinor = order.amountMinor ?? due.dueMinor;
  if (amountMinor > due.dueMinor) throw invalid("#/amountMinor", `Only ${due.dueMinor} is due.`);
  return amountMinor;
}

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

/** Money that a provider holds for the city until it pays it out. */
export const providerAccount = (provider: Payment["provider"]): string => `provider:${provider}`;
export const SUSPENSE = "suspense";

/** Pays off what is still due; what came beyond that waits in suspense for the treasurer. */
export function settlement(payment: Payment, witness: Witness, dueMinor: number): Transfer[] {
  const { currency, amountMinor } = witness;
  const forBill = currency === payment.currency ? Math.max(0, Math.min(amountMinor, dueMinor)) : 0;
  const common = { debit: providerAccount(payment.provider), currency, memo: payment.id };
  return [
    ...(forBill > 0 ? [{ ...common, credit: `due:${payment.billId}`, amountMinor: forBill, code: "settlement" }] : []),
    ...(amountMinor > forBill
      ? [{ ...common, credit: SUSPENSE, amountMinor: amountMinor - forBill, code: "overpaid" }]
      : []),
  ];
}

/** The bytes that a receipt's signature is over: one fact on each line, so that anyone can write them down again. */
export const receiptText = (receipt: Omit<Receipt, "signature">): string =>
  [
    "hansa-receipt/1",
    receipt.city,
    receipt.paymentId,
    receipt.reference,
    `${receipt.amountMinor} ${receipt.currency}`,
    receipt.settledAt,
  ].join("\n");
