import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import type { Ran } from "../../shared/tasks.ts";
import { accountOf, connectFirst, railOf } from "./accounts.ts";
import { isUnsettled, LATE_MS, mayStillAsk, waitMs } from "./domain.ts";
import { PaymentExpired, ProviderBack, ProviderSilent } from "./events.ts";
import { isToAsk, opened } from "./paying.ts";
import { askNow, originFor } from "./questions.ts";
import type { KeptPayment } from "./schema.ts";
import { paymentStore } from "./store.ts";

/** A provider that has not answered for this long is told of. */
const SILENT_MS = 30 * 60_000;
const silentKey = (account: string) => ({ pk: "PAYMENT_SILENT", sk: account });

/**
 * Asks after one payment until there is a final answer: at waits that grow, also after its time is over for as long as
 * the rail may still deliver. A provider that is away changes nothing but the next question.
 */
export async function askAgain(here: Here, id: string, { tries }: { tries: number }): Promise<Ran<{ tries: number }>> {
  const store = paymentStore(here);
  const payment = await store.find(id);
  if (!payment || !isUnsettled(payment)) return {};
  const wasDecided = payment.state === "failed" || payment.state === "expired";
  const now = here.clock.now();
  let isAway = false;
  try {
    if (await askOnce(here, payment)) await answered(here, payment);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    here.log.warn("the payment provider could not be asked", { paymentId: id, error });
    isAway = error.kind === "unavailable";
    if (isAway) await silent(here, payment);
  }
  const after = await store.get(id);
  if (!isUnsettled(after)) return {};
  // A word that it failed is asked after once more: callbacks come out of order.
  const isDecided = after.state === "failed" || after.state === "expired";
  if (isDecided && wasDecided && !isAway) return {};
  if (now.getTime() > Date.parse(payment.expiresAt) + LATE_MS) {
    if (isDecided) return {};
    const { billId, accountId, provider: rail } = after;
    if (await store.over(after, "expired", [told(PaymentExpired, id, { paymentId: id, billId, accountId, rail })]))
      return {};
  }
  return { again: { at: new Date(now.getTime() + waitMs(tries + 1, isAway)), data: { tries: tries + 1 } } };
}

/**
 * What the provider was asked for may stand there although its answer was lost: the same order opens the same one.
 * @returns whether the provider was asked, and has answered
 */
async function askOnce(here: Here, payment: KeptPayment): Promise<boolean> {
  if (payment.sessionId !== undefined) {
    await askNow(here, payment);
    return true;
  }
  if (!payment.order || payment.state !== "created") return false;
  const stands = (await paymentStore(here).payingFor(payment))?.id === payment.id;
  const now = here.clock.now();
  const isOver = Date.parse(payment.expiresAt) <= now.getTime();
  const account = await accountOf(here, payment.account ?? "");
  const { opensTwice } = railOf(account);
  // The payer has begun anew, or has gone: to open it now would ask them for money that they do not expect.
  if (!stands || isOver || (!opensTwice && !mayStillAsk(payment, now))) {
    if (payment.alias !== undefined && !opensTwice) return askByAlias(here, payment, isOver);
    await paymentStore(here).over(payment, "expired");
    return false;
  }
  // Of a rail that opens twice an answer that was lost comes by callback, or not at all.
  if (!(await isToAsk(here, account, payment))) return false;
  const connection = await connectFirst(here, account, await originFor(here, account, payment.order));
  try {
    const now = await opened(here, payment, await connection.open(payment.order));
    if (now.sessionId !== undefined) await askNow(here, now);
  } catch (error) {
    if (!(error instanceof Fault) || !["conflict", "invalid"].includes(error.kind)) throw error;
    await paymentStore(here).over(payment, "failed");
  }
  return true;
}

/** Yet it may have been asked for, and paid, although the answer was lost: its name there was known beforehand. */
async function askByAlias(here: Here, payment: KeptPayment, isOver: boolean): Promise<boolean> {
  try {
    await askNow(here, payment);
    return true;
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "absent") throw error;
  }
  // What the provider does not know yet it may still come to know, as long as the payer can answer.
  if (isOver) await paymentStore(here).over(payment, "expired");
  return true;
}

export async function silent(
  here: Here,
  { provider: rail, account = "" }: Pick<KeptPayment, "provider" | "account">,
): Promise<void> {
  const now = here.clock.now();
  const { item, created } = await here.table.putIfAbsent({
    ...silentKey(account),
    since: now.toISOString(),
    isTold: false,
  });
  const since = String(item["since"]);
  if (created || item["isTold"] || now.getTime() - Date.parse(since) < SILENT_MS) return;
  here.log.error("a payment provider is silent", { rail, account, since });
  await here
    .commit(
      [{ put: { ...silentKey(account), since, isTold: true }, if: { isTold: false } }],
      [told(ProviderSilent, account, { rail, account, since })],
    )
    .catch(() => undefined);
}
export async function answered(here: Here, payment: Pick<KeptPayment, "provider" | "account">): Promise<void> {
  const { provider: rail, account = "" } = payment;
  const item = await here.table.get(silentKey(account));
  if (!item) return;
  const { since, isTold } = item as { since: string; isTold: boolean } & Item;
  const events = isTold ? [told(ProviderBack, account, { rail, account, since })] : [];
  try {
    await here.commit([{ delete: silentKey(account), if: { since, isTold } }], events);
  } catch (error) {
    // That it is silent was told just then: so it is told that it is back.
    if (error instanceof ConditionFailed) await answered(here, payment);
  }
}

/** The providers that do not answer now, and since when. */
export async function silentProviders(here: Here): Promise<{ account: string; since: string }[]> {
  const { items } = await here.table.query({ pk: "PAYMENT_SILENT" });
  return items.filter((item) => item["isTold"]).map((item) => ({ account: item.sk, since: String(item["since"]) }));
}
