import { latinDigits } from "../../shared/amounts.ts";
import { Fault } from "../../shared/errors.ts";
import type { Hindrance, KeptPurchase, Meter, Order, Purchase, PurchaseState, TokenSet } from "./schema.ts";
import { endOf } from "./sources/sts/identifier.ts";
import type { KeyRef, MeterFacts } from "./token-source.ts";

/**
 * What may follow what. A token is ordered in one transaction with the money's way to its ends, so a purchase that went
 * beyond `paid` has used the money up: from there it comes back by reversing entries alone.
 */
export const NEXT: Record<PurchaseState, readonly PurchaseState[]> = {
  quoted: ["paid", "expired"],
  paid: ["ordered", "quoted", "returned"],
  ordered: ["vended", "failed"],
  failed: ["ordered", "returned"],
  returned: ["refunded"],
  vended: [],
  refunded: [],
  expired: [],
};

/** @throws {Fault} forbidden_transition */
export function moved(purchase: KeptPurchase, to: PurchaseState, more: Partial<KeptPurchase> = {}): KeptPurchase {
  if (!NEXT[purchase.state].includes(to))
    throw new Fault("forbidden_transition", `A purchase that is ${purchase.state} cannot become ${to}.`);
  const { hindrance: _over, ...rest } = purchase;
  return { ...rest, state: to, ...more };
}

/** Somebody has to look: something hinders its token, or its money went back in spite of it. */
export const isWaiting = ({ state, hindrance, wentBackAt, seenBy }: KeptPurchase): boolean =>
  hindrance !== undefined ||
  state === "failed" ||
  state === "returned" ||
  (wentBackAt !== undefined && seenBy === undefined);

/** The same of an order: to be decided, or refused by the source with no purchase that says so. */
export const isOrderWaiting = ({ state, purchaseId, retriedAs }: Order): boolean =>
  state === "asked" || (state === "failed" && purchaseId === undefined && retriedAs === undefined);

export const shownPurchase = ({
  tariff: _tariff,
  contact: _contact,
  lang: _lang,
  orderIds: _orders,
  arrears: _arrears,
  wentBackAt: _back,
  seenBy: _seen,
  bulk: _bulk,
  ...shown
}: KeptPurchase): Purchase => shown;

/** A number as it stands on a meter, however it was typed: hyphens between digits alone are the reader's. */
export function readNumber(typed: string): string {
  const signs = latinDigits(typed).replace(/[\s.–—_\u200e\u200f\u061c]/g, "");
  return /^[0-9-]+$/.test(signs) ? signs.replaceAll("-", "") : signs.toUpperCase();
}

export const isUsedUp = ({ baseYear }: KeyRef, now: Date): boolean => endOf(baseYear) <= now;

/** The key that a meter's credit is made with: the new one from the moment that its key-change tokens go along. */
export function factsNow({ facts, keyChange }: Pick<Meter, "facts" | "keyChange">): MeterFacts {
  if (facts.source !== "sts" || !keyChange || keyChange.state === "confirmed") return facts;
  return { ...facts, key: keyChange.to };
}

/** Why this meter can be sold nothing now, if so. */
export function hindranceOf(meter: Meter, now: Date): Hindrance | undefined {
  if (meter.state === "blocked") return "meter_blocked";
  if (meter.state === "removed") return "meter_removed";
  const facts = factsNow(meter);
  return facts.source === "sts" && isUsedUp(facts.key, now) ? "key_expired" : undefined;
}

/**
 * What one purchase's token carries, in tenths: of STS a tenth and more, and no more than a household could use; of
 * OpenPAYGO whole units, as many as its short tokens hold.
 */
export const carriedBy = ({ source }: MeterFacts): { grainTenths: number; mostTenths: number } =>
  source === "sts" ? { grainTenths: 1, mostTenths: 10_000_000 } : { grainTenths: 10, mostTenths: 9_950 };

/** What an order says for so many tenths. */
export const creditOf = (facts: MeterFacts, tenths: number) => ({
  kind: "credit" as const,
  tenths: tenths / carriedBy(facts).grainTenths,
});

// Tokens carry the minute in which they were made, and a credit may become two tokens: orders of one meter are apart.
const APART_MS = 5 * 60_000;
export function orderTime({ orderedAt }: Pick<Meter, "orderedAt">, now: Date): string {
  const least = orderedAt === undefined ? 0 : Date.parse(orderedAt) + APART_MS;
  return new Date(Math.max(now.getTime(), least)).toISOString();
}

/** Digits as they are read from a slip and typed: in groups of four, or of three where they divide by that alone. */
export const grouped = (digits: string): string =>
  digits.replace(digits.length % 4 === 0 ? /[0-9]{4}(?=[0-9])/g : /[0-9]{3}(?=[0-9])/g, "$& ");

/** A token as a menu or message of few signs shows it: what is entered, in its order. */
export const tokenLines = (sets: readonly TokenSet[]): string[] => sets.flatMap(({ digits }) => digits.map(grouped));

// Seconds until a source that is away is asked again; the last one repeats.
const WAITS_S = [5, 15, 60, 300, 900, 1_800];
export const waitMs = (tries: number): number => WAITS_S[Math.min(tries, WAITS_S.length - 1)]! * 1_000;
