import { z } from "zod";
import { Fault } from "../../../../shared/errors.ts";
import type { Call, Word } from "../../rail.ts";
import { fromDecimal } from "../wire.ts";

// The objects of the mobile money API, and what they say in the house's words.

/** A number that becomes part of a path. */
const Reference = z.string().regex(/^(?!\.+$)[^/?#\\\s]{1,150}$/);
export const Problem = z.looseObject({
  errorCategory: z.string().default(""),
  errorCode: z.string().default(""),
  errorDescription: z.string().default(""),
});
export const RequestState = z.looseObject({
  serverCorrelationId: Reference,
  status: z.string(),
  objectReference: Reference.nullish(),
  errorReference: Problem.nullish(),
});
const Party = z.array(z.looseObject({ key: z.string(), value: z.string() }));
export const Transaction = z.looseObject({
  transactionReference: Reference,
  requestingOrganisationTransactionReference: z.string().nullish(),
  originalTransactionReference: z.string().nullish(),
  creditParty: Party.nullish(),
  type: z.string().nullish(),
  transactionStatus: z.string(),
  amount: z.string(),
  currency: z.string(),
  creationDate: z.string().nullish(),
  modificationDate: z.string().nullish(),
});
export type Transaction = z.infer<typeof Transaction>;
export const Link = z.looseObject({ link: z.string() });

/** A callback names what to ask after: it is signed by nobody. Our own address for it says whose it is. */
export function hint({ path, body }: Call): Word {
  let said: unknown;
  try {
    said = JSON.parse(body);
  } catch {
    throw new Fault("malformed", "This is not JSON.");
  }
  const transaction = Transaction.safeParse(said);
  const [paymentId, refundId] = path === "" ? [] : path.split("/");
  const base: Pick<Word, "sessionId" | "paymentId" | "amountMinor" | "currency"> = {
    sessionId: "",
    ...(paymentId === undefined ? {} : { paymentId: paymentId.slice(0, 60) }),
    amountMinor: 0,
    currency: transaction.success ? transaction.data.currency.slice(0, 3) : "",
  };
  if (refundId !== undefined) return { ...base, about: "refund", says: "open", refundId: refundId.slice(0, 60) };
  if (!transaction.success) {
    const problem = Problem.safeParse(said);
    if (paymentId === undefined || !problem.success)
      throw new Fault("malformed", "This is neither a transaction nor an error of the mobile money API.");
    return { ...base, about: "payment", says: "failed", reason: problem.data.errorCode.slice(0, 200) };
  }
  const { transactionReference: providerRef, requestingOrganisationTransactionReference: typed } = transaction.data;
  return {
    ...base,
    about: "payment",
    says: stands(transaction.data),
    // By this it can be asked after, should our own session have been lost.
    sessionId: providerRef,
    providerRef,
    // Begun from the wallet's own menu: what the payer typed there.
    ...(paymentId === undefined && typed ? { reference: typed.slice(0, 60) } : {}),
  };
}

export const openWord = (
  about: "payment" | "refund",
  sessionId: string,
  paymentId: string,
  currency: string,
): Word => ({
  about,
  says: "open",
  sessionId,
  ...(paymentId === "" ? {} : { paymentId }),
  amountMinor: 0,
  currency,
});
export const outcome = (found: { is: "open" } | { is: "failed"; reason: string }): Partial<Word> =>
  found.is === "failed" ? { says: "failed", reason: found.reason.slice(0, 200) } : {};

/** The states of a transaction are the operator's own words; what is not known to be an end is open. */
function stands({ transactionStatus }: Pick<Transaction, "transactionStatus">): "paid" | "open" | "failed" {
  const status = transactionStatus.toLowerCase();
  // What was given back afterwards had been paid.
  if (["completed", "successful", "success", "reversed"].includes(status)) return "paid";
  return ["failed", "rejected", "declined", "cancelled", "expired"].includes(status) ? "failed" : "open";
}

/** What we called it, or what a payer typed. */
const named = (typed: string): Partial<Word> =>
  typed.startsWith("pay_")
    ? { paymentId: typed }
    : typed.startsWith("rfd_")
      ? { refundId: typed }
      : { reference: typed };

export function movement(about: "payment" | "refund", transaction: Transaction): Word {
  const { transactionReference: providerRef, currency, creationDate, modificationDate } = transaction;
  const says = stands(transaction);
  const typed = transaction.requestingOrganisationTransactionReference?.slice(0, 60);
  // The day it is counted to, which a later reversal does not change.
  const at = Date.parse(creationDate ?? modificationDate ?? "");
  return {
    about,
    says,
    sessionId: "",
    ...(typed ? named(typed) : {}),
    providerRef,
    amountMinor: says === "paid" ? fromDecimal(transaction.amount, currency) : 0,
    currency,
    ...(Number.isNaN(at) ? {} : { at: new Date(at).toISOString() }),
  };
}
