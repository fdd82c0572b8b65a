import type { Fault } from "../../shared/errors.ts";
import type { Bill } from "./gsma.ts";
import type { Taken } from "./schema.ts";

// GovStack Payments building block, P2G: the biller's side of inquiry, payment and its status.

/** Twelve signs, as long as its field. */
const short = (id: string): string => id.slice(-12);

export const inquiryAnswer = (
  bill: Bill,
  correlationId: string,
  city: { slug: string; name: string },
  beingPaidUntil: string | undefined,
) => ({
  code: "00",
  reason: beingPaidUntil === undefined ? "" : `Somebody may be paying it until ${beingPaidUntil} at most.`,
  requestId: short(correlationId.replace(/[^0-9A-Za-z]/g, "")),
  billId: bill.reference,
  billDetails: [
    {
      billerId: city.slug.slice(0, 10),
      billerName: city.name.slice(0, 10),
      billStatus: bill.state === "paid" ? "PAID" : bill.state === "due" ? "UNPAID" : "PARTIAL",
      amountonDueDate: Math.max(0, bill.dueMinor),
      amountAfterDueDate: Math.max(0, bill.dueMinor),
      currency: bill.currency,
    },
  ],
});

export const markAnswer = (taken: Taken) => ({
  code: "00",
  reason: "",
  requestId: short(taken.id),
  billId: taken.reference,
  paymentStatus: taken.state === "completed" ? "PAID" : "PENDING",
});

export const statusAnswer = (taken: Taken) => ({
  code: "00",
  reason: "",
  RTPId: short(taken.id),
  billId: taken.reference,
  status: taken.state === "completed" ? "ACCEPTED" : "PENDING",
});

export const failure = (fault: Fault) => ({
  responseCode: "01",
  responseDescription: fault.message.slice(0, 200),
  requestId: "",
});
