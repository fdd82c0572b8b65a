import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { At, Posting } from "../../shared/ledger.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { creditAccount } from "../billing/events.ts";
import { returnedUses, usesOf } from "./credit.ts";
import { holderOf, paidMinor } from "./domain.ts";
import { DisputeLost, DisputeOpened, DisputeWon } from "./events.ts";
import { creditTaken, factsOfParts } from "./facts.ts";
import type { Word } from "./rail.ts";
import type { KeptPayment } from "./schema.ts";
import { backTransfers, creditedBy, goneBack, withBack } from "./spreading.ts";
import { itemOf, paymentStore, type Source } from "./store.ts";

/** What a provider took back until a dispute is decided. */
const disputed = (payment: KeptPayment): string => `disputed:${payment.id}`;

const postOf = (step: Word["says"], paymentId: string, disputeId: string) =>
  `dispute:${step}:${paymentId}:${disputeId}`;
const idOf = (word: Word, payment: KeptPayment): string => word.sessionId || word.providerRef || payment.id;

/** As what a line of a statement is booked that says that a dispute took money away, or gave it back. */
export async function disputeBooked(here: Here, payment: KeptPayment, word: Word) {
  const [entry] = (await here.ledger.entriesOf(postOf(word.says, payment.id, idOf(word, payment)))) ?? [];
  return entry && { id: payment.id, amountMinor: entry.transfer.amountMinor, currency: entry.transfer.currency };
}

/**
 * A dispute is opened (the provider takes the money back), won (it comes again), or lost (the bill is due again), each
 * once. A decision that is heard first opens it too.
 */
export async function disputeHeard(
  here: Here,
  payment: KeptPayment | undefined,
  word: Word,
  source: Source,
): Promise<void> {
  const store = paymentStore(here);
  if (!payment) {
    here.log.warn("a dispute about a payment that is not known here", { providerRef: word.providerRef });
    return;
  }
  await store.witnessed(payment.id, source, word);
  const id = idOf(word, payment);
  const steps = word.says === "open" ? (["open"] as const) : (["open", word.says] as const);
  for (const step of steps) {
    const now = await store.get(payment.id);
    await moved(here, now, word, id, step);
  }
}

async function moved(
  here: Here,
  payment: KeptPayment,
  word: Word,
  disputeId: string,
  step: Word["says"],
): Promise<void> {
  const { currency } = word;
  const { id: paymentId, billId } = payment;
  const money = { currency, memo: `${paymentId} ${disputeId}`.slice(0, 100) };
  const [holder, waits] = [holderOf(payment), disputed(payment)];
  const amountMinor = Math.min(word.amountMinor, Math.max(paidMinor(payment), 0));
  if (amountMinor <= 0 || currency !== payment.currency) return;
  const fact = {
    paymentId,
    ...(billId === undefined ? {} : { billId }),
    amountMinor,
    currency,
    rail: payment.provider,
  };
  const isWhole = amountMinor >= paidMinor(payment);
  const [from, to] =
    step === "open"
      ? (["settled", "disputed"] as const)
      : (["disputed", step !== "failed" && isWhole ? "refunded" : "settled"] as const);
  if (payment.state !== from) return;
  const credited = creditedBy(payment);
  const uses = credited === undefined ? [] : await usesOf(here, credited);
  // As it was read: what went back meanwhile is not forgotten.
  const asRead = { state: from, refundedMinor: payment.refundedMinor ?? 0 };
  const moves = (legs: { debit: string; credit: string }, event: typeof DisputeWon): Posting => ({
    transfers: [{ ...money, ...legs, amountMinor, code: `dispute_${to}` }],
    writes: [{ put: itemOf({ ...payment, state: to }), if: asRead }],
    events: [told(event, paymentId, fact)],
  });
  /** The provider keeps the money: what it paid is due again. Credit that is gone by now, the customer owes. */
  const lost = (at: At): Posting => {
    const has = credited === undefined ? 0 : 0 - at.balance(creditAccount(credited), currency);
    const gone = goneBack(payment, amountMinor, has, uses);
    const returned = returnedUses(gone, paymentId);
    const after = withBack({ ...payment, refundedMinor: (payment.refundedMinor ?? 0) + amountMinor }, gone.parts, 1);
    return {
      transfers: backTransfers(gone, waits, { ...money, code: `dispute_${to}` }),
      writes: [{ put: itemOf({ ...after, state: to }), if: asRead }, ...returned.writes],
      events: [
        ...factsOfParts(
          gone.parts,
          (part) => told(DisputeLost, paymentId, { ...fact, ...part }),
          (part) => creditTaken({ paymentId, currency }, part),
        ),
        ...returned.events,
      ],
    };
  };
  try {
    await here.ledger.post({
      id: postOf(step, paymentId, disputeId),
      content: { amountMinor, currency },
      plan: (at) => {
        if (step === "open") return moves({ debit: waits, credit: holder }, DisputeOpened);
        return step === "failed" ? moves({ debit: holder, credit: waits }, DisputeWon) : lost(at);
      },
    });
  } catch (error) {
    const isBeaten = error instanceof ConditionFailed || (error instanceof Fault && error.kind === "conflict");
    if (!isBeaten) throw error;
    const now = await paymentStore(here).get(paymentId);
    const isElse = (now.refundedMinor ?? 0) !== asRead.refundedMinor;
    if (now.state === from && isElse) await moved(here, now, word, disputeId, step);
  }
}
