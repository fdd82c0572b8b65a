import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { planned } from "../../shared/tasks.ts";
import { dayPlus } from "../../shared/time.ts";
import { disputeHeard } from "./disputes.ts";
import { heldIn, holderOf, isUnsettled, settlement } from "./domain.ts";
import { ReconcileDay } from "./events.ts";
import { settledFacts } from "./facts.ts";
import type { Word } from "./rail.ts";
import { refundHeard } from "./refunds.ts";
import { type Account, AMOUNT_MAX, type KeptPayment, PaymentId } from "./schema.ts";
import { postSigned } from "./signature.ts";
import type { Target } from "./spreading.ts";
import { asRead, type Booked, bookedDay, bookedWrite, itemOf, paymentStore, type Source, short } from "./store.ts";
import { suspenseIdOf, waitingItem } from "./suspense.ts";
import { take } from "./taking.ts";
import { seemingly, targetOf } from "./targets.ts";

/**
 * What a witness says becomes what is so: by one rule for all rails, once, in whatever order they speak. Whether the
 * witness is to be believed was decided before.
 */
export async function heard(here: Here, account: Account, word: Word, source: Source): Promise<void> {
  if (!Number.isSafeInteger(word.amountMinor) || word.amountMinor < 0 || word.amountMinor > AMOUNT_MAX)
    throw invalid("#/amountMinor", "That is no amount of money.");
  if (word.about === "refund") return refundHeard(here, account, word, source);
  const holder = heldIn({ rail: account.rail, account: account.id });
  const payment = await named(here, holder, word);
  if (word.about === "dispute") return disputeHeard(here, payment, word, source);
  if (word.says === "open") return;
  const store = paymentStore(here);
  if (payment) await store.witnessed(payment.id, source, word);
  if (word.says === "paid") {
    if (word.amountMinor > 0) await paid(here, { account, holder, source }, payment, word);
    return;
  }
  if (payment) await over(here, payment, word.says, word.sessionId);
}

/** Nobody pays by it any more, as it seems. A word of another session says nothing about the one that stands. */
async function over(here: Here, payment: KeptPayment, state: "failed" | "expired", sessionId: string): Promise<void> {
  if (sessionId !== "" && payment.sessionId !== undefined && payment.sessionId !== sessionId) return;
  const store = paymentStore(here);
  if (await store.over(payment, state)) return;
  const now = await store.get(payment.id);
  if (now.state !== payment.state) await over(here, now, state, sessionId);
}

/** Which of our payments it is about, by its own number, by the provider's session, by the provider's number. */
export async function named(here: Here, holder: string, word: Word): Promise<KeptPayment | undefined> {
  const store = paymentStore(here);
  const isOurs = (payment: KeptPayment | undefined) => (payment && holderOf(payment) === holder ? payment : undefined);
  if (word.paymentId !== undefined && PaymentId.safeParse(word.paymentId).success) {
    const found = isOurs(await store.find(word.paymentId));
    if (found) return found;
  }
  if (word.sessionId !== "") {
    const found = isOurs(await store.bySession(holder, word.sessionId));
    if (found) return found;
  }
  const number = word.paymentRef ?? word.providerRef;
  const booked = number === undefined ? undefined : await store.booked(holder, number);
  return booked?.what === "payment" ? isOurs(await store.find(booked.id)) : undefined;
}

/** Who says it, and of which account. */
interface Said {
  account: Account;
  holder: string;
  source: Source;
}

async function paid(here: Here, said: Said, payment: KeptPayment | undefined, word: Word): Promise<void> {
  const { holder } = said;
  const store = paymentStore(here);
  const ref = word.providerRef;
  // What its number was booked as stands, whatever it is called now.
  if (ref !== undefined && (await store.booked(holder, ref))) return;
  if (payment && payment.currency === word.currency && isUnsettled(payment)) {
    const outcome = await settle(here, said, payment, word);
    if (outcome === "settled") return;
    return paid(here, said, await store.find(payment.id), word);
  }
  if (payment?.settledAt !== undefined) {
    // Of one that was settled by its number no session may be known: then the first that is named is its own.
    const isItsName =
      payment.sessionId === undefined || ["", payment.sessionId, payment.alias].includes(word.sessionId);
    const came = (payment.settledMinor ?? payment.amountMinor) + (payment.feeMinor ?? 0);
    if (ref === undefined ? isItsName : payment.providerRef === ref) return;
    if (payment.providerRef === undefined && isItsName && word.amountMinor === came) {
      if (await numbered(here, said, payment, word)) return;
      return paid(here, said, await store.find(payment.id), word);
    }
  }
  await unknown(here, said, word, payment);
}

/** A payment that was settled by a word without the provider's number is booked under it, once that is said. */
async function numbered(here: Here, said: Said, payment: KeptPayment, word: Word): Promise<boolean> {
  const { holder } = said;
  const { providerRef = "", amountMinor, currency } = word;
  const at = word.at ?? payment.settledAt ?? here.clock.now().toISOString();
  const booked: Booked = { holder, ref: providerRef, what: "payment", id: payment.id, amountMinor, currency, at };
  try {
    await here.commit([
      { put: itemOf({ ...payment, providerRef }), if: asRead(payment) },
      bookedWrite(booked),
      ...(await dayOf(here, said, booked)),
    ]);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/**
 * The money is there: the payment's state, the ledger, the provider's number and the fact change in one transaction,
 * once, however often and in whatever order it is said.
 */
async function settle(
  here: Here,
  said: Said,
  payment: KeptPayment,
  word: Word,
): Promise<"settled" | "another word was faster"> {
  const { holder } = said;
  const { amountMinor, currency, sessionId, providerRef } = word;
  const now = here.clock.now();
  const settledAt = now.toISOString();
  const settled: KeptPayment = {
    ...payment,
    state: "settled",
    settledAt,
    ...(payment.sessionId === undefined && sessionId !== "" && sessionId !== payment.alias ? { sessionId } : {}),
    ...(providerRef === undefined ? {} : { providerRef }),
    ...(amountMinor === payment.amountMinor + (payment.feeMinor ?? 0)
      ? {}
      : { settledMinor: Math.max(1, amountMinor - (payment.feeMinor ?? 0)) }),
  };
  const { checkoutUrl: _used, ...unsigned } = settled;
  const target: Target & { rule: number } = (await targetOf(here, payment.reference)) ?? { dues: [], rule: 0 };
  const came = { amountMinor, currency };
  const { parts: seems } = settlement(payment, came, target, seemingly(target));
  const cameAt = word.at ?? settledAt;
  const booked: Booked = {
    holder,
    ref: providerRef ?? "",
    what: "payment",
    id: payment.id,
    amountMinor,
    currency,
    at: cameAt,
  };
  const more: Write[] = [
    ...(providerRef === undefined ? [] : [bookedWrite(booked)]),
    ...(await dayOf(here, said, booked)),
  ];
  const reference = payment.reference;
  try {
    const post = {
      id: `settle:${payment.id}`,
      // With the number: of two words at once, the one that brings it must not pass for the one that lacks it.
      content: { paymentId: payment.id, amountMinor, currency, providerRef },
    };
    await postSigned(here, { settled: unsigned, parts: seems, rule: target.rule }, post, (at, kept) => {
      const dueOf = (billId: string) => at.balance(`due:${billId}`, currency);
      const { transfers, parts, beyondMinor } = settlement(payment, came, target, dueOf);
      const waits = waitingItem({
        id: suspenseIdOf(payment.id),
        holder,
        rail: payment.provider,
        account: payment.account ?? "",
        providerRef: providerRef ?? sessionId,
        reference,
        amountMinor: Math.max(1, beyondMinor),
        currency,
        at: cameAt,
        why: "overpaid",
        paymentId: payment.id,
        state: "open",
      });
      return {
        transfers,
        writes: [
          { put: itemOf(kept(parts)), if: asRead(payment) },
          ...more,
          ...(beyondMinor > 0 ? [{ put: waits, if: "absent" as const }] : []),
        ],
        events: settledFacts(settled, { amountMinor, at: cameAt }, parts),
      };
    });
    return "settled";
  } catch (error) {
    const isBeaten = error instanceof ConditionFailed || (error instanceof Fault && error.kind === "conflict");
    if (!isBeaten) throw error;
    return "another word was faster";
  }
}

/**
 * The day is compared with the provider's statement in the night after it; each day is planned once. What is heard of it
 * after that night, as it was under way for so long, was not on that statement yet: the day is compared once more. What a
 * statement says first is being compared with it now.
 */
async function dayOf(here: Here, { account, source }: Said, { holder, at }: Pick<Booked, "holder" | "at">) {
  const item = bookedDay(holder, at);
  const day = at.slice(0, 10);
  const now = here.clock.now();
  const isPast = nightAfter(day) <= now;
  const isCompared = source === "statement" && isPast;
  if (await here.table.get(item)) {
    const again = new Date(now.getTime() + ONCE_MORE_MS);
    return isPast && !isCompared ? [planned(ReconcileDay, `${account.id}#${day}`, again, { tries: 0 })] : [];
  }
  return [{ put: item }, ...(isCompared ? [] : [comparedInTheNight(account.id, day)])];
}
/** What is heard of one day within this is compared together. */
const ONCE_MORE_MS = 3_600_000;
const nightAfter = (day: string): Date => new Date(`${dayPlus(day, 1)}T03:00:00Z`);
/** In the night after it; each day is planned once. */
export const comparedInTheNight = (account: string, day: string): Write =>
  planned(ReconcileDay, `${account}#${day}`, nightAfter(day), { tries: 0 });

/** Money that nobody here asked for: to the bill whose reference was typed, or else to suspense, once for its number. */
async function unknown(here: Here, said: Said, word: Word, payment: KeptPayment | undefined): Promise<void> {
  const { account, holder } = said;
  const { amountMinor, currency, reference = "", sessionId } = word;
  const ref = word.providerRef ?? sessionId;
  if (ref === "") throw invalid("#/providerRef", "Money without a number of the provider's cannot be booked.");
  const at = word.at ?? here.clock.now().toISOString();
  const booked = { holder, ref, amountMinor, currency, at };
  if (await paymentStore(here).booked(holder, ref)) return;
  const day = await dayOf(here, said, booked);
  if (day.length > 0) await here.commit(day);
  const why = !payment ? undefined : payment.currency === currency ? "paid_twice" : "other_currency";
  try {
    await take(
      here,
      {
        id: `${holder}:${short(ref)}`,
        // Paid twice is not paid for another bill.
        reference: payment ? "" : reference.slice(0, 40),
        amountMinor,
        currency,
        via: { rail: account.rail, account: account.id, providerRef: ref },
        at,
      },
      { booked, ...(payment ? { paymentId: payment.id } : {}), ...(why ? { why } : {}) },
    );
  } catch (error) {
    const isBeaten = error instanceof ConditionFailed || (error instanceof Fault && error.kind === "conflict");
    if (!isBeaten || !(await paymentStore(here).booked(holder, ref))) throw error;
  }
}
