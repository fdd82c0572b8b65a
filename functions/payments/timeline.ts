import { absentIsNone } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { refundOf } from "./refunds.ts";
import type { KeptPayment, Refund, Suspense } from "./schema.ts";
import { paymentStore, type Source } from "./store.ts";
import { suspenseIdOf, suspenseOf } from "./suspense.ts";

type Said = `said_${"payment" | "refund" | "dispute"}_${"paid" | "open" | "failed" | "expired"}`;

/** One thing that happened to a payment, or that a witness said of it. */
export interface Moment {
  at: string;
  what:
    | Said
    | "was_opened"
    | "was_settled"
    | "was_left_over"
    | "was_asked_back"
    | "was_approved"
    | "was_refused"
    | "was_given_back"
    | "was_not_given_back";
  /** Which witness; or who of the staff; or neither: the city's books. */
  source?: Source;
  by?: string;
  amountMinor?: number;
  /** A provider's number, or one of ours with its page. */
  ref?: string;
  path?: string;
}

/**
 * All that is known of a payment, the first first. Providers count in seconds, so that a word may seem to be older than
 * the payment; what happened at one instant keeps the order of its cause.
 */
export async function timelineOf(here: Here, payment: KeptPayment): Promise<Moment[]> {
  const store = paymentStore(here);
  const [witnesses, refundIds, over] = await Promise.all([
    store.witnesses(payment.id),
    store.refundsOf(payment.id),
    suspenseOf(here, suspenseIdOf(payment.id)).catch(absentIsNone),
  ]);
  const refunds = await Promise.all(refundIds.map((id) => refundOf(here, id)));
  const { createdAt, settledAt, amountMinor, feeMinor = 0, settledMinor = amountMinor, providerRef } = payment;
  const moments: Moment[] = [
    { at: createdAt, what: "was_opened" as const, amountMinor: amountMinor + feeMinor, ref: undefined },
    ...witnesses.map(witnessed).map((said) => ({ ...said, at: [said.at, createdAt].sort()[1]! })),
    ...(settledAt
      ? [{ at: settledAt, what: "was_settled" as const, amountMinor: settledMinor + feeMinor, ref: providerRef }]
      : []),
    ...(over ? [leftOver(over)] : []),
    ...refunds.flatMap(stepsOf),
  ].map(({ ref, ...moment }) => ({ ...moment, ...(ref === undefined ? {} : { ref }) }));
  return moments.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

const witnessed = (said: Record<string, unknown>) => ({
  at: String(said["at"]),
  what: `said_${said["about"]}_${said["says"]}` as Said,
  source: said["source"] as Source,
  // Some callbacks name no amount.
  ...(said["amountMinor"] ? { amountMinor: Number(said["amountMinor"]) } : {}),
  ref: said["providerRef"] as string | undefined,
});

const leftOver = ({ at, amountMinor, id }: Suspense) => ({
  ...{ at, what: "was_left_over" as const, amountMinor, ref: id, path: `/staff/payments/suspense/${id}` },
});

function stepsOf({ id, askedAt, askedBy, decidedAt, decidedBy, doneAt, state, amountMinor, providerRef }: Refund) {
  const own = { amountMinor, ref: id, path: `/staff/payments/refunds/${id}` };
  const decided = state === "refused" ? ("was_refused" as const) : ("was_approved" as const);
  const done = state === "paid" ? ("was_given_back" as const) : ("was_not_given_back" as const);
  return [
    { ...own, at: askedAt, what: "was_asked_back" as const, by: askedBy },
    ...(decidedAt && decidedBy ? [{ ...own, at: decidedAt, what: decided, by: decidedBy }] : []),
    ...(doneAt ? [{ at: doneAt, what: done, amountMinor, ref: providerRef ?? id }] : []),
  ];
}
