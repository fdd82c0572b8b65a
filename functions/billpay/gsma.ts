import { Fault, type FaultKind } from "../../shared/errors.ts";
import { decimalOf } from "../../shared/money.ts";
import type { Taken } from "./schema.ts";

// GSMA Mobile Money API 1.2 as a service provider: its objects and its error envelope.

/** The part of a bill, or of an account as a whole, that a third party is told: no name. */
export interface Bill {
  reference: string;
  kind: string;
  month: string;
  totalMinor: number;
  dueMinor: number;
  currency: string;
  state: "due" | "partly_paid" | "paid" | "cancelled";
}
/** One of the dues of an account, as a bill. */
export const billFrom = ({ currency }: Pick<Bill, "currency">, due: Omit<Bill, "currency" | "state">): Bill => ({
  ...due,
  currency,
  state: due.dueMinor < due.totalMinor ? "partly_paid" : "due",
});

const BILL_STATUS = { due: "unpaid", partly_paid: "partialpaid", paid: "paid", cancelled: "paid" } as const;

/** @param beingPaidUntil  somebody may be paying it in another way until then */
export const billObject = (bill: Bill, beingPaidUntil?: string | undefined) => ({
  billReference: bill.reference,
  billStatus: BILL_STATUS[bill.state],
  amountDue: decimalOf(Math.max(0, bill.dueMinor), bill.currency),
  currency: bill.currency,
  billDescription: `${bill.kind} ${bill.month}`,
  ...(beingPaidUntil === undefined ? {} : { metadata: [{ key: "beingPaidUntil", value: beingPaidUntil }] }),
});

export const paymentObject = (taken: Taken) => ({
  serviceProviderPaymentReference: taken.id,
  requestingOrganisationTransactionReference: taken.providerRef,
  paymentType: taken.isFull ? "fullpayment" : "partialpayment",
  billPaymentStatus: taken.state,
  amountPaid: decimalOf(taken.amountMinor, taken.currency),
  currency: taken.currency,
  customerReference: taken.reference,
  creationDate: taken.createdAt,
  ...(taken.completedAt ? { modificationDate: taken.completedAt } : {}),
  ...(taken.outcome === "suspense"
    ? { serviceProviderComment: "The bill was paid meanwhile; the money waits with the city's treasurer." }
    : {}),
});

export const transactionObject = (taken: Taken) => ({
  transactionReference: taken.id,
  requestingOrganisationTransactionReference: taken.providerRef,
  type: "billpay",
  transactionStatus: taken.state,
  amount: decimalOf(taken.amountMinor, taken.currency),
  currency: taken.currency,
  creditParty: [{ key: "billreference", value: taken.reference }],
  creationDate: taken.createdAt,
  ...(taken.completedAt ? { modificationDate: taken.completedAt } : {}),
});

export const requestState = (taken: Taken) => ({
  serverCorrelationId: taken.id,
  status: taken.state,
  notificationMethod: taken.callbackUrl ? "callback" : "polling",
  objectReference: taken.id,
  pollLimit: 100,
});

const ERRORS: Partial<Record<FaultKind, readonly [number, string, string]>> = {
  malformed: [400, "validation", "formatError"],
  invalid: [400, "validation", "formatError"],
  unsupported_media: [400, "validation", "formatError"],
  too_large: [400, "validation", "lengthError"],
  unauthenticated: [401, "authorisation", "authorisationError"],
  forbidden: [401, "authorisation", "authorisationError"],
  absent: [404, "identification", "identifierError"],
  conflict: [400, "businessRule", "genericError"],
  idempotency_mismatch: [409, "businessRule", "duplicateRequest"],
  unavailable: [503, "serviceUnavailable", "genericError"],
};

export function errorObject(fault: Fault, now: Date): { status: number; body: Record<string, unknown> } {
  const [status, errorCategory, errorCode] = ERRORS[fault.kind] ?? [500, "internal", "genericError"];
  return {
    status,
    body: {
      errorCategory,
      errorCode,
      errorDescription: fault.message,
      errorDateTime: now.toISOString(),
      errorParameters: (fault.members.errors ?? []).map(({ pointer, detail }) => ({ key: pointer, value: detail })),
    },
  };
}

export const duplicate = (): Fault =>
  new Fault("idempotency_mismatch", "This X-CorrelationID was sent before: ask /responses/{clientCorrelationId}.");
