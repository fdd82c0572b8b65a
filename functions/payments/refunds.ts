import { absent, Fault, invalid } from "../../shared/errors.ts";
import { type NewEvent, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import type { Transfer } from "../../shared/ledger.ts";
import { decimalOf } from "../../shared/money.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { planned, type Ran } from "../../shared/tasks.ts";
import { dayOf } from "../../shared/time.ts";
import { accountOf, connect } from "./accounts.ts";
import { heldIn, holderOf, paidMinor, SUSPENSE, waitMs } from "./domain.ts";
import { RefundApproved, Refunded, RefundFailed, SendRefund } from "./events.ts";
import { limitsOf } from "./limits.ts";
import { originOfOrder } from "./paying.ts";
import type { RefundOrder, Word } from "./rail.ts";
import { type Account, type KeptPayment, type NewRefund, Refund } from "./schema.ts";
import { bookedWrite, itemOf, paymentStore, refundMark, type Source } from "./store.ts";
import { suspenseOf, waitingItem } from "./suspense.ts";

// question                               key
// one refund                             pk     REFUND#<id>        sk     REFUND
// a city's refunds, those to decide      gsi1pk REFUNDS#<asked | done>   gsi1sk <askedAt>#<id>
// what was approved on a day             pk     REFUND_DAY#<day>   sk     <currency>
// how much may be given back             see limits.ts
const key = (id: string) => ({ pk: `REFUND#${id}`, sk: "REFUND" });

const refundItem = (refund: Refund): Item => ({
  ...key(refund.id),
  gsi1pk: refund.state === "asked" ? "REFUNDS#asked" : "REFUNDS#done",
  gsi1sk: `${refund.askedAt}#${refund.id}`,
  state: refund.state,
  askedBy: refund.askedBy,
  refund,
});
const refundOfItem = (item: Item): Refund => Refund.parse(item["refund"]);

/** @throws {Fault} absent */
export async function refundOf(here: Here, id: string): Promise<Refund> {
  const item = await here.table.get(key(id));
  if (!item) throw absent();
  return refundOfItem(item);
}
export async function refundList(here: Here, at: { limit: number; cursor?: string; isDone?: boolean }) {
  const { isDone, ...page } = at;
  const pk = isDone ? "REFUNDS#done" : "REFUNDS#asked";
  const { items, cursor } = await here.table.query({ pk, index: "gsi1", reverse: true, ...page });
  return { refunds: items.map(refundOfItem), ...(cursor ? { next: cursor } : {}) };
}
/** Those that were asked for in a month (UTC), whatever became of them. */
export async function* refundsOfMonth({ table }: Here, month: string): AsyncIterable<Refund> {
  for (const pk of ["REFUNDS#asked", "REFUNDS#done"])
    for await (const item of table.all({ pk, index: "gsi1", beginsWith: month })) yield refundOfItem(item);
}
export async function* refundItems({ table }: Here): AsyncIterable<Item> {
  for (const pk of ["REFUNDS#asked", "REFUNDS#done"]) yield* table.all({ pk, index: "gsi1" });
}

const used = (what: string) => new Fault("conflict", `${what} changed meanwhile: look again.`);

type Of = { paymentId: string } | { suspenseId: string };

/** What somebody asks for, checked and not kept. @throws {Fault} absent, invalid: more than was paid; conflict: not settled */
export async function newRefund(here: Here, of: Of, asks: NewRefund, by: string): Promise<Refund> {
  const now = here.clock.now();
  const base = {
    id: newId("rfd", now),
    state: "asked" as const,
    reason: asks.reason,
    askedBy: by,
    askedAt: now.toISOString(),
    ...(asks.msisdn === undefined ? {} : { msisdn: asks.msisdn }),
  };
  if ("paymentId" in of) {
    const payment = await paymentStore(here).get(of.paymentId);
    if (payment.state !== "settled")
      throw new Fault("conflict", `A payment that is ${payment.state} cannot be given back.`);
    const left = paidMinor(payment);
    const amountMinor = asks.amountMinor ?? left;
    if (asks.currency !== undefined && asks.currency !== payment.currency)
      throw invalid("#/currency", `This payment is in ${payment.currency}.`);
    if (amountMinor <= 0 || amountMinor > left)
      throw invalid("#/amountMinor", `Only ${written(left, payment.currency)} of this payment can be given back.`);
    const { id: paymentId, billId, currency, reference } = payment;
    return { ...base, paymentId, billId, reference, amountMinor, currency };
  }
  const waiting = await suspenseOf(here, of.suspenseId);
  if (waiting.state !== "open") throw new Fault("conflict", "This money was matched or given back already.");
  if (asks.amountMinor !== undefined && asks.amountMinor !== waiting.amountMinor)
    throw invalid(
      "#/amountMinor",
      `What waits is given back whole: ${written(waiting.amountMinor, waiting.currency)}.`,
    );
  const { id: suspenseId, amountMinor, currency, reference } = waiting;
  return { ...base, suspenseId, amountMinor, currency, reference };
}
const written = (amountMinor: number, currency: string) => `${decimalOf(amountMinor, currency)} ${currency}`;

/** Asks for a refund; nothing moves. @throws {Fault} as `newRefund` */
export async function askRefund(
  here: Here,
  of: Of,
  asks: NewRefund,
  by: string,
  record: (refund: Refund) => Write[] = () => [],
): Promise<Refund> {
  const refund = await newRefund(here, of, asks, by);
  const marks = refund.paymentId === undefined ? [] : [{ put: refundMark(refund.paymentId, refund.id) }];
  await here.commit([{ put: refundItem(refund), if: "absent" }, ...marks, ...record(refund)]);
  return refund;
}

/** @throws {Fault} conflict: decided already */
export async function refuseRefund(here: Here, id: string, by: string): Promise<Refund> {
  const refund = await refundOf(here, id);
  const after: Refund = { ...refund, state: "refused", decidedBy: by, decidedAt: here.clock.now().toISOString() };
  try {
    await here.commit([{ put: refundItem(after), if: { state: "asked" } }]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw used("This refund");
    throw error;
  }
  return after;
}

/**
 * The second pair of eyes: from here on the city owes it. The payment, the refund, the day's sum and the ledger change
 * in one transaction, so of two at once one wins, and never more goes back than was paid.
 * @throws {Fault} forbidden: the same person, or above the limits; conflict: decided, or used meanwhile
 */
export async function approveRefund(
  here: Here,
  id: string,
  by: { id: string; isAdministrator: boolean },
): Promise<Refund> {
  const refund = await refundOf(here, id);
  if (refund.state !== "asked") throw new Fault("conflict", `This refund is ${refund.state}.`);
  if (refund.askedBy === by.id) throw new Fault("forbidden", "Who asked for a refund cannot approve it.");
  const limits = await limitsOf(here);
  const { amountMinor, currency } = refund;
  if (!by.isAdministrator && limits.refundMaxMinor !== undefined && amountMinor > limits.refundMaxMinor)
    throw new Fault("forbidden", "A refund of this size needs an administrator.");
  const now = here.clock.now();
  const dayKey = { pk: `REFUND_DAY#${dayOf(now, here.city.timeZone)}`, sk: currency };
  const sofar = Number((await here.table.get(dayKey))?.["sumMinor"] ?? 0);
  if (limits.refundDayMaxMinor !== undefined && sofar + amountMinor > limits.refundDayMaxMinor)
    throw new Fault("forbidden", "The day's limit of refunds would be passed.");
  const day: Write = {
    put: { ...dayKey, sumMinor: sofar + amountMinor, expiresAt: Math.floor(now.getTime() / 1000) + 40 * 86_400 },
    if: sofar === 0 ? "absent" : { sumMinor: sofar },
  };
  const { debit, write, account, settledAt } = await source(here, refund);
  const isSent = account !== undefined;
  const after: Refund = {
    ...refund,
    state: isSent ? "approved" : "to_pay_out",
    decidedBy: by.id,
    decidedAt: now.toISOString(),
  };
  const common = { credit: owed(id), amountMinor, currency, code: "refund_approved", memo: id };
  try {
    await here.ledger.post({
      id: `refund:${id}`,
      content: { id, amountMinor },
      plan: (at) => {
        if (debit === SUSPENSE && at.balance(SUSPENSE, currency) + amountMinor > 0) throw used("What waits");
        return {
          transfers: [{ debit, ...common }],
          writes: [
            { put: refundItem(after), if: { state: "asked", askedBy: refund.askedBy } },
            write,
            day,
            ...(isSent ? [planned(SendRefund, id, now, { tries: 0 })] : []),
          ],
          events: [told(RefundApproved, id, { ...factOf(after), ...(settledAt === undefined ? {} : { settledAt }) })],
        };
      },
    });
  } catch (error) {
    if (error instanceof ConditionFailed) throw used("This payment or this refund");
    throw error;
  }
  return after;
}

const owed = (refundId: string) => `refunds_owed:${refundId}`;
const factOf = ({ id, paymentId, billId, amountMinor, currency, askedBy, decidedBy }: Refund) => ({
  refundId: id,
  askedBy,
  ...(decidedBy === undefined ? {} : { approvedBy: decidedBy }),
  ...(paymentId === undefined ? {} : { paymentId }),
  ...(billId === undefined ? {} : { billId }),
  amountMinor,
  currency,
});

/** From what a refund is taken, what marks it, and by which account the provider gives it back, if it can. */
async function source(
  here: Here,
  refund: Refund,
): Promise<{ debit: string; write: Write; account: Account | undefined; settledAt?: string | undefined }> {
  if (refund.paymentId !== undefined) {
    const payment = await paymentStore(here).get(refund.paymentId);
    if (payment.state !== "settled" || refund.amountMinor > paidMinor(payment)) throw used("This payment");
    const write: Write = {
      put: itemOf({ ...payment, state: "refunding", refundId: refund.id }),
      if: { state: "settled", refundedMinor: payment.refundedMinor ?? 0 },
    };
    const account = await refunder(here, payment.account, payment.provider);
    return { debit: `due:${payment.billId}`, write, account, settledAt: payment.settledAt };
  }
  const waiting = await suspenseOf(here, refund.suspenseId!);
  const write: Write = {
    put: waitingItem({ ...waiting, state: "returning", assignedTo: refund.id }),
    if: { state: "open", amountMinor: refund.amountMinor },
  };
  return { debit: SUSPENSE, write, account: await refunder(here, waiting.account, waiting.rail) };
}

/** The account that can give money back by itself; none: somebody pays it out, and says so. */
async function refunder(here: Here, id: string | undefined, rail: string): Promise<Account | undefined> {
  try {
    const account = await accountOf(here, id ?? "");
    if (account.rail !== rail) return undefined;
    return (await connect(here, account, "http://localhost")).refund ? account : undefined;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

interface Told {
  order: RefundOrder;
  account: Account;
  origin: string;
}
async function orderOf(here: Here, refund: Refund): Promise<Told> {
  const { id: refundId, amountMinor, currency } = refund;
  const sent = refund.providerRef === undefined ? {} : { refundRef: refund.providerRef };
  const isToTelephone = refund.msisdn !== undefined;
  if (refund.paymentId !== undefined) {
    const payment = await paymentStore(here).get(refund.paymentId);
    const msisdn = refund.msisdn ?? payment.order?.msisdn;
    const { id: paymentId, sessionId = "", providerRef } = payment;
    return {
      account: await accountOf(here, payment.account ?? ""),
      origin: originOfOrder(here, payment),
      order: {
        ...{ refundId, paymentId, sessionId, amountMinor, currency, isToTelephone, ...sent },
        ...(providerRef === undefined ? {} : { providerRef }),
        ...(msisdn === undefined ? {} : { msisdn }),
        cameMinor: (payment.settledMinor ?? payment.amountMinor) + (payment.feeMinor ?? 0),
      },
    };
  }
  const waiting = await suspenseOf(here, refund.suspenseId!);
  return {
    account: await accountOf(here, waiting.account),
    origin: originOfOrder(here, {}),
    order: {
      ...{ refundId, paymentId: waiting.id, sessionId: "", providerRef: waiting.providerRef, amountMinor, currency },
      // What waits may be the rest of a payment of which the bill got its part.
      ...(waiting.why === "overpaid" ? {} : { cameMinor: amountMinor }),
      ...sent,
      ...(refund.msisdn === undefined ? {} : { msisdn: refund.msisdn, isToTelephone }),
    },
  };
}

/** Sends an approved refund, and asks after it until the provider has an answer. */
export async function sendRefund(
  here: Here,
  id: string,
  { tries }: { tries: number },
): Promise<Ran<{ tries: number }>> {
  const refund = await refundOf(here, id);
  if (refund.state !== "approved" && refund.state !== "sent") return {};
  const again = (isAway: boolean) => ({
    again: { at: new Date(here.clock.now().getTime() + waitMs(tries, isAway)), data: { tries: tries + 1 } },
  });
  const { order, account, origin } = await orderOf(here, refund);
  const connection = await connect(here, account, origin);
  try {
    // The same refund id is given back once, so that an answer that was lost is asked for by sending it again.
    const word =
      refund.state === "sent" && connection.askRefund
        ? await connection.askRefund(order)
        : await connection.refund!(order);
    await refundSaid(here, refund, account, word, "query");
    return word.says === "open" ? again(false) : {};
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.kind === "conflict" || error.kind === "invalid") {
      await finished(here, refund, { says: "failed", reason: error.message });
      return {};
    }
    return again(true);
  }
}

/** A callback about a refund. One that is not known here is nobody's: the statement will show it. */
export async function refundHeard(here: Here, account: Account, word: Word, from: Source): Promise<void> {
  const refund = await refundMeant(here, account, word);
  if (refund) await refundSaid(here, refund, account, word, from);
}
/** An unsigned one: the provider is asked at once. */
export async function refundHinted(here: Here, account: Account, word: Word): Promise<void> {
  const refund = await refundMeant(here, account, word);
  if (refund && (refund.state === "approved" || refund.state === "sent"))
    await here.commit([planned(SendRefund, refund.id, here.clock.now(), { tries: 0 })]);
}
async function refundMeant(here: Here, account: Account, word: Word): Promise<Refund | undefined> {
  if (word.refundId !== undefined) {
    const item = await here.table.get(key(word.refundId));
    const refund = item && refundOfItem(item);
    // A refund has its account since it was approved.
    return refund && refund.state !== "asked" && (await orderOf(here, refund)).account.id === account.id
      ? refund
      : undefined;
  }
  const holder = heldIn({ rail: account.rail, account: account.id });
  const store = paymentStore(here);
  const booked = word.providerRef === undefined ? undefined : await store.booked(holder, word.providerRef);
  if (booked?.what === "refund") return refundOf(here, booked.id);
  const payment = word.paymentId === undefined ? undefined : await store.find(word.paymentId);
  if (!payment?.refundId || holderOf(payment) !== holder) return undefined;
  return refundOf(here, payment.refundId);
}

async function refundSaid(here: Here, refund: Refund, account: Account, word: Word, from: Source): Promise<void> {
  if (refund.paymentId !== undefined) await paymentStore(here).witnessed(refund.paymentId, from, word);
  const isSame =
    word.currency === refund.currency && (word.amountMinor === 0 || word.amountMinor === refund.amountMinor);
  if (!isSame) {
    here.log.warn("a refund of another amount", { refundId: refund.id, says: word.says });
    return;
  }
  if (word.says === "open") {
    if (refund.state !== "approved") return;
    await here
      .commit([{ put: refundItem({ ...refund, state: "sent", ...refs(word) }), if: { state: "approved" } }])
      .catch(passed);
    return;
  }
  await finished(here, refund, {
    says: word.says === "paid" ? "paid" : "failed",
    ...refs(word),
    ...(word.reason === undefined ? {} : { reason: word.reason }),
    ...(word.at === undefined ? {} : { at: word.at }),
    account,
  });
}
const refs = ({ providerRef }: Word) => (providerRef === undefined ? {} : { providerRef });
const passed = (error: unknown): void => {
  if (!(error instanceof ConditionFailed)) throw error;
};

interface Finish {
  says: "paid" | "failed";
  providerRef?: string;
  reason?: string;
  at?: string;
  account?: Account;
  /** Where the money went out, where no provider gave it back. */
  paidFrom?: string;
}

/** The provider's answer, once: what the city owed is paid, or it is the bill's money again. */
async function finished(here: Here, refund: Refund, finish: Finish): Promise<void> {
  const { id, amountMinor, currency } = refund;
  const isPaid = finish.says === "paid";
  const now = here.clock.now().toISOString();
  const after: Refund = {
    ...refund,
    state: finish.says,
    doneAt: now,
    ...(finish.providerRef === undefined ? {} : { providerRef: finish.providerRef }),
    ...(finish.reason === undefined ? {} : { failure: finish.reason.slice(0, 200) }),
  };
  const { back, holder, write } = await ending(here, refund, isPaid);
  const transfer: Transfer = {
    debit: owed(id),
    credit: isPaid ? (finish.paidFrom ?? holder) : back,
    amountMinor,
    currency,
    code: isPaid ? "refunded" : "refund_failed",
    memo: id,
  };
  const events: NewEvent[] = [told(isPaid ? Refunded : RefundFailed, id, factOf(refund))];
  const ref =
    isPaid && finish.providerRef !== undefined
      ? [
          bookedWrite({
            ...{ holder, ref: finish.providerRef, what: "refund" as const, id, amountMinor, currency },
            at: finish.at ?? now,
          }),
        ]
      : [];
  try {
    await here.ledger.post({
      id: `refund_end:${id}`,
      content: { id, says: finish.says },
      plan: () => ({
        transfers: [transfer],
        writes: [{ put: refundItem(after), if: { state: ["approved", "sent", "to_pay_out"] } }, write, ...ref],
        events,
      }),
    });
  } catch (error) {
    const isBeaten = error instanceof ConditionFailed || (error instanceof Fault && error.kind === "conflict");
    if (!isBeaten) throw error;
  }
}

async function ending(here: Here, refund: Refund, isPaid: boolean) {
  if (refund.paymentId !== undefined) {
    const payment = await paymentStore(here).get(refund.paymentId);
    const { refundId: _over, ...rest } = payment;
    const refundedMinor = (payment.refundedMinor ?? 0) + (isPaid ? refund.amountMinor : 0);
    const isWhole = isPaid && paidMinor(payment) <= refund.amountMinor;
    const after: KeptPayment = {
      ...rest,
      state: isWhole ? "refunded" : "settled",
      ...(refundedMinor > 0 ? { refundedMinor } : {}),
    };
    const write: Write = { put: itemOf(after), if: { state: "refunding", refundId: refund.id } };
    return { back: `due:${payment.billId}`, holder: holderOf(payment), write };
  }
  const waiting = await suspenseOf(here, refund.suspenseId!);
  const after = isPaid
    ? { ...waiting, state: "returned" as const, doneAt: here.clock.now().toISOString() }
    : { ...waiting, state: "open" as const };
  return { back: SUSPENSE, holder: waiting.holder, write: { put: waitingItem(after), if: { state: "returning" } } };
}

/** Somebody paid it out (cash, a bank transfer): from which account of the ledger, and by what number. */
export async function paidOut(
  here: Here,
  id: string,
  { holder, providerRef }: { holder: string; providerRef: string },
): Promise<Refund> {
  const refund = await refundOf(here, id);
  if (refund.state !== "to_pay_out") throw new Fault("conflict", `This refund is ${refund.state}.`);
  await finished(here, refund, { says: "paid", providerRef, paidFrom: holder });
  return refundOf(here, id);
}
