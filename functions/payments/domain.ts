import { Fault, invalid } from "../../shared/errors.ts";
import type { Transfer } from "../../shared/ledger.ts";
import { demandMovable, movable } from "../../shared/payable.ts";
import type { Dues } from "../billing/events.ts";
import type { Word } from "./rail.ts";
import type { FeeRule, KeptPayment, NewPayment, Part, Payment, Receipt, State } from "./schema.ts";
import { partsOf, partTransfers, spread, sumOf, type Target } from "./spreading.ts";

/**
 * What may follow what, whichever rail the money came by. A word that comes late still counts: money that arrives
 * after a session expired is the city's all the same.
 */
export const NEXT: Record<State, readonly State[]> = {
  created: ["pending", "settled", "failed", "expired"],
  pending: ["settled", "failed", "expired"],
  failed: ["settled"],
  expired: ["settled"],
  settled: ["refunding", "refunded", "disputed"],
  refunding: ["refunded", "settled"],
  disputed: ["settled", "refunded"],
  // What went back already can be taken once more.
  refunded: ["disputed"],
};

export function move(payment: Payment, to: State): Payment {
  if (NEXT[payment.state].includes(to)) return { ...payment, state: to };
  throw new Fault("forbidden_transition", `A payment that is ${payment.state} cannot become ${to}.`);
}

/** The states from which it may become this one. */
export const before = (to: State): State[] =>
  (Object.keys(NEXT) as State[]).filter((state) => NEXT[state].includes(to));

/** In these money may still come: what failed or ran out may be paid late. */
const UNSETTLED: readonly State[] = before("settled").filter((state) => state !== "refunding" && state !== "disputed");
export const isUnsettled = ({ state }: Pick<Payment, "state">): boolean => UNSETTLED.includes(state);

/** After this a question on a telephone has gone, whether or not anybody heard what became of it. */
export const PROMPT_MS = 3 * 60_000;
/** A provider has given its page before this, or its answer was lost and nobody has seen the page. */
const OPENING_MS = 60_000;

/** For so long after the payer wanted it a provider is asked for it; later, nobody waits for it any more. */
export const mayStillAsk = ({ how, createdAt }: Pick<Payment, "how" | "createdAt">, now: Date): boolean =>
  now.getTime() - Date.parse(createdAt) < (how === "prompt" ? PROMPT_MS : OPENING_MS);

/** Until when (ms since 1970) somebody may pay by it, as far as anybody can tell; what comes later is late. */
export function payableUntil(
  payment: Pick<KeptPayment, "state" | "how" | "createdAt" | "askedAt" | "expiresAt">,
): number {
  const { state, how, createdAt, askedAt = createdAt, expiresAt } = payment;
  if (state !== "created" && state !== "pending") return 0;
  if (how === "prompt") return Date.parse(askedAt) + PROMPT_MS;
  return state === "created" ? Date.parse(askedAt) + OPENING_MS : Date.parse(expiresAt);
}

/** Of what a payment is: a bill, or an account as a whole. */
export type Subject = Pick<Payment, "billId" | "accountId">;
/** What is being paid of a bill, or of an account as a whole. */
export interface Paying {
  subject: Subject;
  /** The last that was opened; it may be over. */
  payment: KeptPayment | undefined;
  series: Series | undefined;
}
/** When it began, and how many payments were opened in it. */
export interface Series {
  since: string;
  count: number;
}
export interface Turn {
  own: Paying;
  /** The same money by another reference: the account's, or its bills'. */
  others: Paying[];
  /** What was opened last of the account, so that of two at one instant one is opened. */
  last?: { accountId: string; paymentId: string | undefined };
}

/**
 * Payments of one bill that follow one another within this are one series, until one of them is paid. Who begins one
 * again and again keeps nobody from paying: in each series others are kept out for as long as one telephone rings, and
 * one payer's page is ended for another payer so often and no more.
 */
const SERIES_MS = 60 * 60_000;
export const ENDED_MAX = 5;

/** Its series, as long as it goes on. */
export const goesOn = ({ payment, series }: Paying, now: Date): Series | undefined =>
  series && !payment?.settledAt && now.getTime() - Date.parse(series.since) < SERIES_MS ? series : undefined;

export function nextIn(paying: Paying, now: Date): Series {
  const series = goesOn(paying, now);
  return series ? { ...series, count: series.count + 1 } : { since: now.toISOString(), count: 1 };
}

/** Which amount a request asks for. @throws {Fault} conflict: nothing is due; invalid: more than is due, other money */
export function amountAsked(order: NewPayment, due: Pick<Dues, "of" | "reference" | "dueMinor" | "currency">): number {
  // Whoever names an account may pay ahead, by saying how much.
  const isAhead = due.of === "account" && order.amountMinor !== undefined;
  if (due.dueMinor <= 0 && !isAhead) throw nothingDue(due);
  if (order.currency !== undefined && order.currency !== due.currency)
    throw invalid("#/currency", `This ${due.of} is in ${due.currency}.`);
  const amountMinor = order.amountMinor ?? due.dueMinor;
  if (amountMinor > due.dueMinor && !isAhead) throw invalid("#/amountMinor", `Only ${due.dueMinor} is due.`);
  // Of a part that no rail moves, nothing would be left that one does.
  if (amountMinor !== due.dueMinor) demandMovable(amountMinor, due.currency);
  return amountMinor;
}

export const nothingDue = ({ of, reference }: Pick<Dues, "of" | "reference">): Fault =>
  new Fault("conflict", `The ${of} ${reference} is paid; nothing is due.`);

export const SUSPENSE = "suspense";

/** Where money lies that a provider, a till or a bank holds for the city, or that a third party owes it. */
export function heldIn({ rail, account }: { rail: Payment["provider"]; account: string }): string {
  if (rail === "cash" || rail === "bank") return `${rail}:${account}`;
  if (rail === "third_party") return `provider:${account}`;
  return account === "" ? `provider:${rail}` : `provider:${rail}:${account}`;
}
export const holderOf = (payment: Pick<Payment, "provider" | "account">): string =>
  heldIn({ rail: payment.provider, account: payment.account ?? "" });

/** What a payer pays on top, rounded up so that the sum is still one that every rail takes; 0 where the city bears it. */
export function feeFor(rule: FeeRule, amountMinor: number, currency: string): number {
  if (rule.borneBy === "city") return 0;
  return movable(Math.ceil((amountMinor * rule.basisPoints) / 10_000) + rule.fixedMinor, currency);
}

export interface Settled {
  transfers: Transfer[];
  /** Dues, and the account's credit. */
  parts: Part[];
  /** Beyond what is due: it waits in suspense. */
  beyondMinor: number;
}

/**
 * Pays off what is still due, then the payer's fee; what came beyond that is the account's credit, or waits in suspense
 * for the treasurer.
 * @param dueOf  what is due of a bill at this commit
 */
export function settlement(
  payment: Payment,
  { currency, amountMinor }: Pick<Word, "amountMinor" | "currency">,
  target: Target,
  dueOf: (billId: string) => number,
): Settled {
  const { feeMinor = 0 } = payment;
  const fits = currency === payment.currency;
  const isDue = target.dues.some(({ billId }) => dueOf(billId) > 0);
  // The dues come first; who paid for nothing is owed the fee as well.
  const most = isDue ? Math.min(amountMinor, Math.max(payment.amountMinor, amountMinor - feeMinor)) : amountMinor;
  const parts = fits ? spread(most, target, dueOf).parts : [];
  const fee = fits && isDue ? Math.min(amountMinor - sumOf(parts), feeMinor) : 0;
  const beyondMinor = amountMinor - sumOf(parts) - fee;
  const common = { debit: holderOf(payment), currency, memo: payment.id };
  return {
    beyondMinor,
    parts,
    transfers: [
      ...partTransfers(parts, common),
      ...(fee > 0 ? [{ ...common, credit: `fees:${payment.provider}`, amountMinor: fee, code: "payer_fee" }] : []),
      ...(beyondMinor > 0 ? [{ ...common, credit: SUSPENSE, amountMinor: beyondMinor, code: "overpaid" }] : []),
    ],
  };
}

/** What dues and an account's credit get by a payment: what may be given back of it. */
export const paidMinor = (payment: Payment): number => sumOf(partsOf(payment)) - (payment.refundedMinor ?? 0);

// Seconds between the questions about one payment. A payer waits for the first ones; the last one repeats.
const WAITS_S = [60, 120, 300, 600, 1_800, 3_600, 3 * 3_600, 6 * 3_600];
/** A provider that is away is asked at least this often, to hear of its return. */
const AWAY_MAX_S = 1_800;
/** After its session's end a rail may still deliver for this long. */
export const LATE_MS = 7 * 24 * 3_600_000;

export function waitMs(tries: number, isAway: boolean): number {
  const wait = WAITS_S[Math.min(tries, WAITS_S.length - 1)]!;
  return (isAway ? Math.min(wait, AWAY_MAX_S) : wait) * 1_000;
}

/**
 * The bytes that a receipt's signature is over: one fact on each line, so that anyone can write them down again. The
 * first line says which they are: `/1` are six lines, `/2` the same six and one for each due that was paid.
 */
export const receiptText = (receipt: Omit<Receipt, "signature">): string =>
  [
    receipt.parts ? "hansa-receipt/2" : "hansa-receipt/1",
    receipt.city,
    receipt.paymentId,
    receipt.reference,
    `${receipt.amountMinor} ${receipt.currency}`,
    receipt.settledAt,
    ...(receipt.parts ?? []).map(({ reference, amountMinor }) => `${reference} ${amountMinor}`),
  ].join("\n");
