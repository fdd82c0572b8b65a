import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { At, Posting } from "../../shared/ledger.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { creditAccount } from "../billing/events.ts";
import { returnedUses, usesOf } from "./credit.ts";
import { holderOf, paidMinor } from "./domain.ts";
import { DisputeLost, DisputeOpened, DisputeWon } from "./events.ts";
import { creditTaken, factsOfParts } from "./facts.ts";
import { Word } from "./rail.ts";
import type { KeptPayment, State } from "./schema.ts";
import { backTransfers, creditedBy, goneBack, sumOf, withBack } from "./spreading.ts";
import { asRead, itemOf, paymentKey, paymentStore, type Source, short } from "./store.ts";

const TRIES = 5;

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
 * once. A decision that is heard first opens it too. While a refund or another dispute is under way, the word waits for
 * its end. What the provider takes is booked as it takes it, also where all of it, or a part, went
 * back before; lost, that is the city's loss, as it is due again since the refund.
 */
export async function disputeHeard(
  here: Here,
  payment: KeptPayment | undefined,
  word: Word,
  source: Source,
): Promise<void> {
  if (!payment) {
    here.log.warn("a dispute about a payment that is not known here", { providerRef: word.providerRef });
    return;
  }
  await paymentStore(here).witnessed(payment.id, source, word);
  await disputeBy(here, payment.id, word);
}

/** @returns whether it is booked, or waits */
async function disputeBy(here: Here, paymentId: string, word: Word): Promise<"booked" | "waits"> {
  const store = paymentStore(here);
  const steps = word.says === "open" ? (["open"] as const) : (["open", word.says] as const);
  for (let tries = 0; tries < TRIES; tries++) {
    const payment = await store.get(paymentId);
    const id = idOf(word, payment);
    if ((await isUndecided(here, payment, id)) && (await keptToWait(here, payment, id, word))) return "waits";
    let isAsRead = true;
    for (const step of steps) isAsRead &&= await moved(here, await store.get(paymentId), word, id, step);
    if (isAsRead) return "booked";
  }
  throw new Fault("unavailable", "This payment is changing at this instant; say it again.", { retryAfterS: 1 });
}

/** A refund is under way, or another dispute is: what either leaves is not known yet. */
async function isUndecided(here: Here, { id, state }: KeptPayment, disputeId: string): Promise<boolean> {
  if (state === "refunding") return true;
  return state === "disputed" && !(await here.ledger.entriesOf(postOf("open", id, disputeId)));
}

const waitingKey = (paymentId: string, name = "") => ({ pk: `PAYMENT#${paymentId}`, sk: `DISPUTE#${name}` });

/** @returns false when that has ended meanwhile */
async function keptToWait(here: Here, { id, state }: KeptPayment, disputeId: string, word: Word): Promise<boolean> {
  const put = { ...waitingKey(id, `${short(disputeId)}#${word.says}`), word };
  try {
    await here.commit([{ put }, { check: paymentKey(id), if: { state } }]);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/** Once a refund, or another dispute, has ended: what was heard of disputes meanwhile is booked. */
export async function disputesThatWaited(here: Here, paymentId: string | undefined): Promise<Write[]> {
  if (paymentId === undefined) return [];
  const { pk, sk: beginsWith } = waitingKey(paymentId);
  const { items } = await here.table.query({ pk, beginsWith, limit: 20 });
  const done: Write[] = [];
  for (const { sk, word } of items)
    if ((await disputeBy(here, paymentId, Word.parse(word))) === "booked") done.push({ delete: { pk, sk } });
  return done;
}

/** @returns false when the payment changed since it was read */
async function moved(
  here: Here,
  payment: KeptPayment,
  word: Word,
  disputeId: string,
  step: Word["says"],
): Promise<boolean> {
  const { amountMinor, currency } = word;
  const { id: paymentId, billId } = payment;
  const money = { currency, memo: `${paymentId} ${disputeId}`.slice(0, 100) };
  const [holder, waits] = [holderOf(payment), disputed(payment)];
  if (amountMinor <= 0 || currency !== payment.currency) return true;
  // Since it was looked at: another dispute's word was first, or a refund began.
  if (await isUndecided(here, payment, disputeId)) return false;
  const rail = payment.provider;
  const fact = { paymentId, ...(billId === undefined ? {} : { billId }), amountMinor, currency, rail };
  const from = step === "open" ? (["settled", "refunded"] as const) : (["disputed"] as const);
  if (!from.some((state) => state === payment.state)) return true;
  const credited = creditedBy(payment);
  const uses = credited === undefined ? [] : await usesOf(here, credited);
  const leftMinor = Math.max(paidMinor(payment), 0);
  const moves = (legs: { debit: string; credit: string }, to: State, event: typeof DisputeWon): Posting => ({
    transfers: [{ ...money, ...legs, amountMinor, code: `dispute_${to}` }],
    writes: [{ put: itemOf({ ...payment, state: to }), if: asRead(payment) }],
    events: [told(event, paymentId, fact)],
  });
  /** The provider keeps the money: what it paid is due again. Credit that is gone by now, the customer owes. */
  const lost = (at: At): Posting => {
    const has = credited === undefined ? 0 : 0 - at.balance(creditAccount(credited), currency);
    const takenMinor = at.balance(waits, currency);
    const backMinor = Math.min(takenMinor, leftMinor);
    const gone = goneBack(payment, backMinor, has, uses);
    const returned = returnedUses(gone, paymentId);
    const after = withBack({ ...payment, refundedMinor: (payment.refundedMinor ?? 0) + backMinor }, gone.parts, 1);
    const to = backMinor >= leftMinor ? "refunded" : "settled";
    const code = `dispute_${to}`;
    const lossMinor = takenMinor - sumOf(gone.parts);
    const loss = { ...money, debit: `dispute_losses:${rail}`, credit: waits, amountMinor: lossMinor, code };
    const { billId: _due, ...noBill } = fact;
    return {
      transfers: [...backTransfers(gone, waits, { ...money, code }), ...(lossMinor > 0 ? [loss] : [])],
      writes: [{ put: itemOf({ ...after, state: to }), if: asRead(payment) }, ...returned.writes],
      events: [
        ...factsOfParts(
          gone.parts,
          (part) => told(DisputeLost, paymentId, { ...fact, ...part }),
          (part) => creditTaken({ paymentId, currency }, part),
        ),
        // Nothing is due again by it.
        ...(gone.parts.length === 0 ? [told(DisputeLost, paymentId, noBill)] : []),
        ...returned.events,
      ],
    };
  };
  try {
    await here.ledger.post({
      id: postOf(step, paymentId, disputeId),
      content: { amountMinor, currency },
      plan: (at) => {
        if (step === "open") return moves({ debit: waits, credit: holder }, "disputed", DisputeOpened);
        if (step !== "failed") return lost(at);
        return moves({ debit: holder, credit: waits }, leftMinor > 0 ? "settled" : "refunded", DisputeWon);
      },
    });
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    // It was posted with another amount: the first word stands.
    if (error instanceof Fault && error.kind === "conflict") return true;
    throw error;
  }
}
