import { absent, Fault, invalid } from "../../shared/errors.ts";
import { type NewEvent, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import type { At, Posting, Transfer } from "../../shared/ledger.ts";
import { decimalOf } from "../../shared/money.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { planned, type Ran } from "../../shared/tasks.ts";
import { dayOf } from "../../shared/time.ts";
import { AccountById } from "../accounts/events.ts";
import { creditAccount } from "../billing/events.ts";
import { accountOf, connect } from "./accounts.ts";
import { creditOf, returnedUses, usesOf } from "./credit.ts";
import { heldIn, holderOf, paidMinor, SUSPENSE, waitMs } from "./domain.ts";
import { AccountCredited, RefundApproved, Refunded, RefundFailed, SendRefund } from "./events.ts";
import { creditTaken, factsOfParts } from "./facts.ts";
import { limitsOf } from "./limits.ts";
import { originFor } from "./questions.ts";
import type { RefundOrder, Word } from "./rail.ts";
import { type Account, type KeptPayment, type NewRefund, type Part, Refund } from "./schema.ts";
import { backTransfers, creditedBy, goneBack, partAccount, sumOf, withBack } from "./spreading.ts";
import { asRead, bookedDay, bookedWrite, itemOf, paymentStore, refundMark, type Source } from "./store.ts";
import { suspenseIdOf, suspenseOf, waitingItem } from "./suspense.ts";

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

/** Of what it is given back: a payment, money that waits, or what an account has paid ahead. */
export type RefundOf = { paymentId: string } | { suspenseId: string } | { accountId: string };

/** What somebody asks for, checked and not kept. @throws {Fault} absent, invalid: more than was paid; conflict: not settled */
export async function newRefund(here: Here, of: RefundOf, asks: NewRefund, by: string): Promise<Refund> {
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
    return { ...base, paymentId, ...(billId ? { billId } : {}), reference, amountMinor, currency };
  }
  if ("accountId" in of) {
    const { id: accountId, reference } = await here.ask(AccountById, { accountId: of.accountId.slice(0, 60) });
    const left = await creditOf(here, accountId);
    const { currency } = here.city;
    if (asks.currency !== undefined && asks.currency !== currency)
      throw invalid("#/currency", `This account is in ${currency}.`);
    if (left === 0) throw new Fault("conflict", "This account has no credit.");
    const amountMinor = asks.amountMinor ?? left;
    if (amountMinor > left)
      throw invalid("#/amountMinor", `Only ${written(left, currency)} of credit can be given back.`);
    return { ...base, accountId, amountMinor, currency, reference };
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
  of: RefundOf,
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

interface Decider {
  id: string;
  isAdministrator: boolean;
}

/**
 * The second pair of eyes: from here on the city owes it. The payment, the refund, the day's sum and the ledger change
 * in one transaction, so of two at once one wins, and never more goes back than was paid.
 * @throws {Fault} forbidden: the same person, or above the limits; conflict: decided, or used meanwhile
 */
export async function approveRefund(here: Here, id: string, by: Decider): Promise<Refund> {
  try {
    return await decideFor(here, id, by);
  } catch (error) {
    // Pressed twice, it is one approval: what the same person decided stands, and is no conflict with itself.
    const now = error instanceof Fault && error.kind === "conflict" ? await refundOf(here, id) : undefined;
    if (now === undefined || now.decidedBy !== by.id || now.state === "refused") throw error;
    return now;
  }
}

async function decideFor(here: Here, id: string, by: Decider): Promise<Refund> {
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
  const decided: Refund = { ...refund, decidedBy: by.id, decidedAt: now.toISOString() };
  const { account, taken } = await source(here, decided);
  const isSent = account !== undefined;
  const after: Refund = { ...decided, state: isSent ? "approved" : "to_pay_out" };
  let approved = after;
  try {
    await here.ledger.post({
      id: `refund:${id}`,
      content: { id, amountMinor },
      plan: (at) => {
        const { transfers, writes, events, parts } = taken(at);
        approved = parts ? { ...after, parts } : after;
        return {
          transfers,
          writes: [
            { put: refundItem(approved), if: { state: "asked", askedBy: refund.askedBy } },
            ...writes,
            day,
            ...(isSent ? [planned(SendRefund, id, now, { tries: 0 })] : []),
          ],
          events,
        };
      },
    });
  } catch (error) {
    if (error instanceof ConditionFailed) throw used("This payment or this refund");
    throw error;
  }
  return approved;
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

/** One fact for each bill that a refund is of; of one that is of no bill, one. */
function refundFacts(
  event: typeof RefundApproved,
  refund: Refund,
  parts: readonly Part[],
  more: { settledAt?: string | undefined } = {},
): NewEvent[] {
  const { billId: _named, ...fact } = { ...factOf(refund), ...more };
  const bills = parts.filter((part) => "billId" in part);
  if (bills.length === 0) return [told(event, refund.id, fact)];
  return factsOfParts(
    bills,
    (part) => told(event, refund.id, { ...fact, ...part }),
    () => told(event, refund.id, fact),
  );
}
const creditOfRefund = ({ id, paymentId, currency }: Refund) => ({
  refundId: id,
  ...(paymentId === undefined ? {} : { paymentId }),
  currency,
});

/** What a refund takes at the commit that approves it. */
interface Taken extends Required<Pick<Posting, "transfers" | "writes" | "events">> {
  /** From where, where that is not one bill. */
  parts?: Part[];
}

/** From what a refund is taken, and by which account the provider gives it back, if it can. */
async function source(here: Here, refund: Refund): Promise<{ account: Account | undefined; taken: (at: At) => Taken }> {
  const { id, amountMinor, currency } = refund;
  const common = { currency, code: "refund_approved", memo: id };
  const creditAt = (at: At, accountId: string) => 0 - at.balance(creditAccount(accountId), currency);
  if (refund.paymentId !== undefined) {
    const payment = await paymentStore(here).get(refund.paymentId);
    if (payment.state !== "settled" || amountMinor > paidMinor(payment)) throw used("This payment");
    const credited = creditedBy(payment);
    const uses = credited === undefined ? [] : await usesOf(here, credited);
    const taken = (at: At): Taken => {
      const gone = goneBack(payment, amountMinor, credited === undefined ? 0 : creditAt(at, credited), uses);
      if (gone.lackingMinor > 0 || sumOf(gone.parts) !== amountMinor) throw used("The account’s credit");
      const returned = returnedUses(gone, id);
      const { parts } = gone;
      const credits = parts.filter((part) => "accountId" in part);
      return {
        ...(payment.parts ? { parts } : {}),
        transfers: backTransfers(gone, owed(id), common),
        writes: [
          {
            put: itemOf({ ...withBack(payment, parts, 1), state: "refunding", refundId: id }),
            if: asRead(payment),
          },
          ...returned.writes,
        ],
        events: [
          ...refundFacts(RefundApproved, refund, parts, { settledAt: payment.settledAt }),
          ...credits.map((part) => creditTaken(creditOfRefund(refund), part)),
          ...returned.events,
        ],
      };
    };
    return { account: await refunder(here, payment.account, payment.provider), taken };
  }
  if (refund.accountId !== undefined) {
    const { accountId } = refund;
    const taken = (at: At): Taken => {
      if (creditAt(at, accountId) < amountMinor) throw used("The account’s credit");
      return {
        transfers: [{ ...common, debit: creditAccount(accountId), credit: owed(id), amountMinor }],
        writes: [],
        events: [
          told(RefundApproved, id, factOf(refund)),
          creditTaken(creditOfRefund(refund), { accountId, amountMinor }),
        ],
      };
    };
    return { account: undefined, taken };
  }
  const waiting = await suspenseOf(here, refund.suspenseId!);
  const taken = (at: At): Taken => {
    if (at.balance(SUSPENSE, currency) + amountMinor > 0) throw used("What waits");
    return {
      transfers: [{ ...common, debit: SUSPENSE, credit: owed(id), amountMinor }],
      writes: [
        {
          put: waitingItem({ ...waiting, state: "returning", assignedTo: id }),
          if: { state: "open", amountMinor },
        },
      ],
      events: [told(RefundApproved, id, factOf(refund))],
    };
  };
  return { account: await refunder(here, waiting.account, waiting.rail), taken };
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
    const { id: paymentId, alias = "", sessionId = alias, providerRef } = payment;
    const account = await accountOf(here, payment.account ?? "");
    return {
      account,
      origin: await originFor(here, account, payment.order),
      order: {
        ...{ refundId, paymentId, sessionId, amountMinor, currency, isToTelephone, ...sent },
        ...(providerRef === undefined ? {} : { providerRef }),
        ...(msisdn === undefined ? {} : { msisdn }),
        cameMinor:
          (await cameUnder(here, holderOf(payment), providerRef)) ??
          (payment.settledMinor ?? payment.amountMinor) + (payment.feeMinor ?? 0),
      },
    };
  }
  const waiting = await suspenseOf(here, refund.suspenseId!);
  const account = await accountOf(here, waiting.account);
  const cameMinor = await cameUnder(here, waiting.holder, waiting.providerRef);
  return {
    account,
    origin: await originFor(here, account),
    order: {
      ...{ refundId, paymentId: waiting.id, sessionId: "", providerRef: waiting.providerRef, amountMinor, currency },
      ...(cameMinor === undefined ? {} : { cameMinor }),
      ...sent,
      ...(refund.msisdn === undefined ? {} : { msisdn: refund.msisdn, isToTelephone }),
    },
  };
}

/** All that came by one number of a provider's: several bills may have got a part of it, and some of it may wait. */
const cameUnder = async (here: Here, holder: string, ref: string | undefined): Promise<number | undefined> =>
  ref === undefined ? undefined : (await paymentStore(here).booked(holder, ref))?.amountMinor;

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

/** From these a refund ends; so often it is tried at one instant. */
const UNDER_WAY: readonly Refund["state"][] = ["approved", "sent", "to_pay_out"];
const TRIES = 3;

interface Finish {
  says: "paid" | "failed";
  providerRef?: string;
  reason?: string;
  at?: string;
  account?: Account;
  /** Where the money went out, where no provider gave it back. */
  paidFrom?: string;
}

/**
 * The provider's answer, once: what the city owed is paid, or it is the money again of what it was taken from. What a
 * bill does not need any more waits in suspense.
 */
async function finished(here: Here, refund: Refund, finish: Finish): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (await finishedOnce(here, refund, finish)) return;
    // Another was faster; or the payment's own number has come meanwhile, and it is looked at once more.
    if (!UNDER_WAY.includes((await refundOf(here, refund.id)).state)) return;
  }
}

/** @returns false when something has changed since it was looked at */
async function finishedOnce(here: Here, refund: Refund, finish: Finish): Promise<boolean> {
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
  const { holder, stands } = await ending(here, refund, isPaid);
  const common = { debit: owed(id), currency, memo: id };
  const ref = isPaid && finish.providerRef !== undefined ? await bookedAs(here, refund, finish, holder) : [];
  try {
    await here.ledger.post({
      id: `refund_end:${id}`,
      content: { id, says: finish.says },
      plan: (at) => {
        const { backs, parts, writes } = stands(at);
        return {
          transfers: isPaid
            ? [{ ...common, credit: finish.paidFrom ?? holder, amountMinor, code: "refunded" }]
            : backs.map((to) => ({ ...common, ...to, code: "refund_failed" })),
          writes: [{ put: refundItem(after), if: { state: UNDER_WAY } }, ...writes, ...ref],
          events: isPaid
            ? [told(Refunded, id, factOf(refund))]
            : [
                ...refundFacts(RefundFailed, refund, parts),
                ...parts.flatMap((part) =>
                  "accountId" in part ? [told(AccountCredited, id, { ...creditOfRefund(refund), ...part })] : [],
                ),
              ],
        };
      },
    });
    return true;
  } catch (error) {
    const isBeaten = error instanceof ConditionFailed || (error instanceof Fault && error.kind === "conflict");
    if (!isBeaten) throw error;
    return false;
  }
}

/** By which number it went out of which account, and that something was booked there on this day. */
async function bookedAs(here: Here, { id, amountMinor, currency }: Refund, finish: Finish, holder: string) {
  const at = finish.at ?? here.clock.now().toISOString();
  const from = finish.paidFrom ?? holder;
  const day = bookedDay(from, at);
  const isKnown = await here.table.get(day);
  const booked = { holder: from, ref: finish.providerRef!, what: "refund" as const, id, amountMinor, currency, at };
  return [bookedWrite(booked), ...(isKnown ? [] : [{ put: day }])];
}

/** What stands when a refund is over. */
interface Stands {
  writes: Write[];
  /** Of one that failed: where its money goes, and what of that is dues and credit again. */
  backs: Pick<Transfer, "credit" | "amountMinor">[];
  parts: Part[];
}

/** Where a refund's money lies, and what stands of what it was taken from when it is paid, or failed. */
async function ending(
  here: Here,
  refund: Refund,
  isPaid: boolean,
): Promise<{ holder: string; stands: (at: At) => Stands }> {
  const { amountMinor, currency } = refund;
  const now = here.clock.now().toISOString();
  if (refund.paymentId !== undefined) {
    const payment = await paymentStore(here).get(refund.paymentId);
    const { refundId: _over, ...rest } = payment;
    // Of one that paid its bill alone, that is where it came from.
    const taken = refund.parts ?? goneBack(payment, amountMinor, 0, []).parts;
    const stands = (at: At): Stands => {
      // A bill that was paid in another way meanwhile takes no more than it needs.
      const dueOf = (part: Part) => Math.max(0, at.balance(partAccount(part), currency));
      const landed = taken.map((part) =>
        "billId" in part ? { ...part, amountMinor: Math.min(part.amountMinor, dueOf(part)) } : part,
      );
      const parts = isPaid ? [] : landed.filter((part) => part.amountMinor > 0);
      const goneMinor = amountMinor - sumOf(parts);
      const after: KeptPayment = {
        ...withBack(rest, parts, -1),
        state: paidMinor(payment) <= goneMinor ? "refunded" : "settled",
        ...(goneMinor > 0 ? { refundedMinor: (payment.refundedMinor ?? 0) + goneMinor } : {}),
      };
      const write: Write = { put: itemOf(after), if: { ...asRead(payment), state: "refunding", refundId: refund.id } };
      const backs = parts.map((part) => ({ credit: partAccount(part), amountMinor: part.amountMinor }));
      if (isPaid || goneMinor === 0) return { parts, backs, writes: [write] };
      const waiting = waitingItem({
        ...{
          id: suspenseIdOf(refund.id),
          holder: holderOf(payment),
          rail: payment.provider,
          account: payment.account ?? "",
        },
        ...{ providerRef: payment.providerRef ?? "", reference: payment.reference, amountMinor: goneMinor, currency },
        ...{ at: now, why: "paid_twice", paymentId: payment.id, state: "open" },
      });
      return {
        parts,
        backs: [...backs, { credit: SUSPENSE, amountMinor: goneMinor }],
        writes: [write, { put: waiting, if: "absent" }],
      };
    };
    return { holder: holderOf(payment), stands };
  }
  if (refund.accountId !== undefined) {
    const { accountId } = refund;
    const stands = {
      parts: [{ accountId, amountMinor }],
      backs: [{ credit: creditAccount(accountId), amountMinor }],
      writes: [],
    };
    return { holder: "", stands: () => stands };
  }
  const waiting = await suspenseOf(here, refund.suspenseId!);
  const after = isPaid
    ? { ...waiting, state: "returned" as const, doneAt: now }
    : { ...waiting, state: "open" as const };
  const stands: Stands = {
    parts: [],
    backs: [{ credit: SUSPENSE, amountMinor }],
    writes: [{ put: waitingItem(after), if: { state: "returning" } }],
  };
  return { holder: waiting.holder, stands: () => stands };
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
  const after = await refundOf(here, id);
  if (after.state === "to_pay_out")
    throw invalid("#/providerRef", "Something else was paid out of this account by this number.");
  return after;
}
