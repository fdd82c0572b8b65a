import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { holderOf, paidMinor } from "./domain.ts";
import { DisputeLost, DisputeOpened, DisputeWon } from "./events.ts";
import type { Word } from "./rail.ts";
import type { KeptPayment } from "./schema.ts";
import { itemOf, paymentStore, type Source } from "./store.ts";

/** What a provider took back until a dispute is decided. */
const disputed = (payment: KeptPayment): string => `disputed:${payment.id}`;

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
  const id = word.sessionId || word.providerRef || payment.id;
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
  const fact = { paymentId, billId, amountMinor, currency, rail: payment.provider };
  const refundedMinor = (payment.refundedMinor ?? 0) + amountMinor;
  const isWhole = amountMinor >= paidMinor(payment);
  const [from, to, transfer, event, after] =
    step === "open"
      ? (["settled", "disputed", { debit: waits, credit: holder }, DisputeOpened, {}] as const)
      : step === "failed"
        ? (["disputed", "settled", { debit: holder, credit: waits }, DisputeWon, {}] as const)
        : ([
            "disputed",
            isWhole ? "refunded" : "settled",
            { debit: `due:${billId}`, credit: waits },
            DisputeLost,
            { refundedMinor },
          ] as const);
  if (payment.state !== from) return;
  try {
    await here.ledger.post({
      id: `dispute:${step}:${paymentId}:${disputeId}`,
      content: { amountMinor, currency },
      plan: () => ({
        transfers: [{ ...transfer, ...money, amountMinor, code: `dispute_${to}` }],
        writes: [{ put: itemOf({ ...payment, state: to, ...after }), if: { state: from } }],
        events: [told(event, paymentId, fact)],
      }),
    });
  } catch (error) {
    const isBeaten = error instanceof ConditionFailed || (error instanceof Fault && error.kind === "conflict");
    if (!isBeaten) throw error;
  }
}
