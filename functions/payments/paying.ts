import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import type { Write } from "../../shared/table.ts";
import { planned, type Ran } from "../../shared/tasks.ts";
import { DuesByReference } from "../billing/events.ts";
import { accountOf, connect, connectFirst, railOf, waysFor } from "./accounts.ts";
import { chargeHeard } from "./charging.ts";
import { amountAsked, heldIn, holderOf, isUnsettled, LATE_MS, move, waitMs } from "./domain.ts";
import { AskMoney, type MoneyAsked } from "./events.ts";
import { heard, named } from "./hearing.ts";
import { aboutOf, originFor } from "./questions.ts";
import type { About, Call, Connection, Heard, Opened, Order, Verdict, Word } from "./rail.ts";
import { refundHinted } from "./refunds.ts";
import type { Account, KeptPayment, NewPayment } from "./schema.ts";
import { paymentStore, short } from "./store.ts";
import { serviceOf, subjectOf } from "./targets.ts";
import { inTurn } from "./turns.ts";

const OPEN_MS = 60 * 60_000;

export interface Asked {
  order: NewPayment;
  lang: string;
  origin: string;
  /** What the provider's page says it is for. */
  titleOf: (payment: { kind: string; month: string; reference: string }) => string;
}

/**
 * A payment for a bill, with what the payer does next. Asked again, reloaded or tapped twice, it is the same payment,
 * as long as that can be paid.
 *
 * @param record  writes that keep the answer with the effect
 */
export async function openPayment(
  here: Here,
  { order, lang, origin, titleOf }: Asked,
  record: (payment: KeptPayment) => Write[] = () => [],
): Promise<KeptPayment> {
  const bill = await here.ask(DuesByReference, { reference: order.reference });
  const amountMinor = amountAsked(order, bill);
  const offered = await waysFor(here, serviceOf(bill), amountMinor, origin);
  if (offered.length === 0) throw new Fault("unavailable", "This city takes no payments of this kind here yet.");
  // Who names no way is asked for no more than is due, where one can move that.
  const usual = offered.find(({ overMinor }) => overMinor === undefined) ?? offered[0]!;
  const way = order.account === undefined ? usual : offered.find(({ account }) => account === order.account);
  if (!way) throw invalid("#/account", "This bill cannot be paid this way.");
  if (way.how === "prompt" && order.msisdn === undefined)
    throw invalid("#/msisdn", "The telephone number that confirms the payment is missing.");
  const account = await accountOf(here, way.account);
  const connection = await connectFirst(here, account, origin);
  const store = paymentStore(here);
  const wanted = { way, msisdn: order.msisdn };
  const create = (): KeptPayment => {
    const now = here.clock.now();
    const id = newId("pay", now);
    const { reference, kind, month, currency } = bill;
    const asked: Order = {
      paymentId: id,
      ...{ reference, currency, lang, amountMinor: way.totalMinor, title: titleOf({ kind, month, reference }) },
      expiresAt: new Date(now.getTime() + OPEN_MS).toISOString(),
      ...(order.msisdn === undefined ? {} : { msisdn: order.msisdn }),
      successUrl: `${origin}${here.url(`/payments/${id}`)}`,
      cancelUrl: `${origin}${here.url(`/pay?reference=${reference}`)}`,
    };
    const alias = connection.alias?.(asked);
    return {
      ...{ id, ...subjectOf(bill), reference, kind, month, currency, lang, order: asked },
      ...{ state: "created", provider: account.rail, account: account.id, how: way.how },
      amountMinor: way.amountMinor,
      ...(way.feeMinor === 0 ? {} : { feeMinor: way.feeMinor }),
      ...(alias === undefined ? {} : { alias }),
      createdAt: now.toISOString(),
      expiresAt: asked.expiresAt,
    };
  };
  const stillDue = async (): Promise<void> => {
    // What was just learnt of others may have paid it.
    const again = await here.ask(DuesByReference, { reference: order.reference });
    const isLess = order.amountMinor === undefined && again.dueMinor < amountMinor;
    if (again.of === "account" && isLess) throw new Fault("conflict", "Less is due by now: look again.");
    if (again.dueMinor !== bill.dueMinor) amountAsked({ ...order, amountMinor }, again);
  };
  const { payment, isNew } = await inTurn(here, bill, { wanted, isSure: order.isSure, create, stillDue });
  if (!(await isToAsk(here, account, payment, isNew))) {
    const now = await store.get(payment.id);
    const answer = record(now);
    if (answer.length > 0) await here.commit(answer);
    return now;
  }
  if (!payment.order) throw new Fault("conflict", "This payment was not asked of a provider.");
  try {
    return await opened(here, payment, await connection.open(payment.order), record);
  } catch (error) {
    // Refused for good: nothing was opened there, so nobody need be asked after it.
    if (error instanceof Fault && ["conflict", "invalid"].includes(error.kind)) await store.over(payment, "failed");
    // A page that nobody was given nobody pays on: the payer may go another way at once.
    else if (way.how === "page") await store.over(payment, "expired");
    throw error;
  }
}

/** The provider has it. Its twin, or the provider's own word, may have been faster. */
export async function opened(
  here: Here,
  payment: KeptPayment,
  { sessionId, url, until }: Opened,
  record: (payment: KeptPayment) => Write[] = () => [],
): Promise<KeptPayment> {
  const store = paymentStore(here);
  const pending: KeptPayment = {
    ...move(payment, "pending"),
    ...(payment.order ? { order: payment.order } : {}),
    sessionId,
    ...(url === undefined ? {} : { checkoutUrl: url }),
    ...(until === undefined ? {} : { expiresAt: until }),
  };
  const session = store.sessionWrite(holderOf(payment), sessionId, payment.id);
  if (await store.moveTo(payment, pending, [session, ...record(pending)])) return pending;
  return store.get(payment.id);
}

/** Whether its provider is to be asked for it: of a rail that opens twice, once; elsewhere again, until it answers. */
export async function isToAsk(here: Here, account: Account, payment: KeptPayment, isNew = false): Promise<boolean> {
  if (payment.state !== "created") return false;
  const store = paymentStore(here);
  if (railOf(account).opensTwice && !(await store.mayAsk(payment.id))) return false;
  return isNew || store.askedAgain(payment);
}

/**
 * Takes a callback. What is signed is believed; an unsigned one is a hint: then the provider is asked.
 * @throws {Fault} absent: this rail is never called back; unauthenticated, malformed, invalid
 */
export async function callback(here: Here, account: Account, call: Call, origin: string): Promise<Heard["reply"]> {
  const connection = await connect(here, account, origin);
  if (!connection.hear) throw new Fault("absent", "There is nothing at this address.");
  const { words, elsewhere = [], isProof, reply, mayPay } = await connection.hear(call);
  if (mayPay) {
    const asks = { ...mayPay, reference: mayPay.reference.toWellFormed() };
    return { status: 200, body: mayPay.reply(await verdictOn(here, account, asks)) };
  }
  for (const word of words.map(whole)) {
    if (isProof) await heard(here, account, word, "callback");
    else await hinted(here, account, connection, word);
  }
  for (const one of elsewhere) await chargeHeard(here, one);
  return reply;
}

/** JSON can escape half a sign, which no table keeps: a payer's text may be cut so. */
const whole = (word: Word): Word =>
  Object.fromEntries(
    Object.entries(word).map(([name, value]) => [name, typeof value === "string" ? value.toWellFormed() : value]),
  ) as unknown as Word;

async function verdictOn(
  here: Here,
  account: Account,
  { reference, amountMinor, currency }: NonNullable<Heard["mayPay"]>,
): Promise<Verdict> {
  // What this house has asked for itself may come.
  if (await paymentStore(here).bySession(heldIn({ rail: account.rail, account: account.id }), reference)) return "yes";
  try {
    const found = await here.ask(DuesByReference, { reference: reference.slice(0, 40) });
    if (found.currency !== currency) return "no such bill";
    // What is too much for an account is paid ahead.
    return found.of === "bill" && amountMinor > found.dueMinor ? "more than is due" : "yes";
  } catch (error) {
    if (error instanceof Fault && error.kind === "absent") return "no such bill";
    throw error;
  }
}

async function hinted(here: Here, account: Account, connection: Connection, hint: Word): Promise<void> {
  if (hint.about === "refund") return refundHinted(here, account, hint);
  const holder = heldIn({ rail: account.rail, account: account.id });
  const payment = await named(here, holder, hint);
  if (payment) {
    await paymentStore(here).witnessed(payment.id, "callback", hint);
    return hintedOf(here, account, connection, payment, hint);
  }
  if (hint.providerRef !== undefined && (await paymentStore(here).booked(holder, hint.providerRef))) return;
  // What the payer began without this house has no session of ours: the provider's number is asked after.
  const session = hint.sessionId || hint.providerRef;
  if (!session) return;
  const { paymentId = "", currency, reference } = hint;
  const about = { paymentId, currency, ...(reference === undefined ? {} : { reference }) };
  if (await moneyIs(here, account, connection, session, about)) return;
  const since = here.clock.now();
  const askAt = new Date(since.getTime() + waitMs(0, false));
  const data = { ...{ account: account.id, session, about, tries: 0 }, since: since.toISOString() };
  await here.commit([planned(AskMoney, `${account.id}#${short(session)}`, askAt, data)]);
}

/** A hint about a payment of ours. The provider's own word may lack its number; then the hint's is taken with it. */
async function hintedOf(
  here: Here,
  account: Account,
  connection: Connection,
  payment: KeptPayment,
  hint: Word,
): Promise<void> {
  const lacksNumber = payment.settledAt !== undefined && payment.providerRef === undefined;
  if (!isUnsettled(payment) && !(lacksNumber && hint.providerRef !== undefined)) return;
  const store = paymentStore(here);
  const session = payment.sessionId ?? hint.sessionId;
  if (session === "") return;
  if (payment.sessionId === undefined) {
    // The answer to the order was lost, and this brings it. Another payment's session is not taken for its own.
    const other = await store.bySession(holderOf(payment), session);
    if (other && other.id !== payment.id) return;
    // Elsewhere the same order is asked for again and brings it by itself, which nobody can forge.
    if (payment.state === "created" && railOf(account).opensTwice) await opened(here, payment, { sessionId: session });
  }
  try {
    const word = await connection.ask(session, aboutOf(payment));
    const isSame = word.says === "paid" && word.providerRef === undefined && hint.sessionId === session;
    const number = isSame && hint.providerRef !== undefined ? { providerRef: hint.providerRef } : {};
    await heard(here, account, { ...word, ...number }, "query");
  } catch (error) {
    if (!(error instanceof Fault) || !["unavailable", "conflict", "absent"].includes(error.kind)) throw error;
    here.log.warn("the payment provider could not be asked", { paymentId: payment.id, error });
  }
}

/** Asks after money that nobody here asked for. @returns whether the provider has said what it is */
async function moneyIs(
  here: Here,
  account: Account,
  connection: Connection,
  session: string,
  about: About,
): Promise<boolean> {
  try {
    const word = await connection.ask(session, about);
    const { reference = word.reference } = about;
    await heard(here, account, reference === undefined ? word : { ...word, reference }, "query");
    return word.says !== "open";
  } catch (error) {
    if (!(error instanceof Fault) || !["absent", "unavailable"].includes(error.kind)) throw error;
    // The provider does not know of it: it was made up.
    if (error.kind === "absent")
      here.log.warn("an unsigned callback that the provider does not confirm", { account: account.id });
    return error.kind === "absent";
  }
}

/** Asks the provider after the number in a payer's message, where it can be asked so. */
export async function numberAsked(here: Here, payment: KeptPayment, code: string): Promise<void> {
  const account = await accountOf(here, payment.account ?? "");
  const connection = await connect(here, account, await originFor(here, account, payment.order));
  if (!connection.knowsNumber?.(code)) return;
  await moneyIs(here, account, connection, code, { paymentId: "", currency: payment.currency });
}

/** Asks once more after money of which a hint told, until the provider has said what it is. */
export async function askMoney(here: Here, _id: string, data: MoneyAsked): Promise<Ran<MoneyAsked>> {
  const { account: id, session, about, since, tries } = data;
  const account = await accountOf(here, id);
  const holder = heldIn({ rail: account.rail, account: id });
  const now = here.clock.now().getTime();
  if (await paymentStore(here).booked(holder, session)) return {};
  if (now - Date.parse(since) > LATE_MS) return {};
  const connection = await connect(here, account, await originFor(here, account));
  if (await moneyIs(here, account, connection, session, about as About)) return {};
  return { again: { at: new Date(now + waitMs(tries + 1, false)), data: { ...data, tries: tries + 1 } } };
}
