import type { Transfer } from "../../shared/ledger.ts";
import { creditAccount, type Due, dueAccount } from "../billing/events.ts";
import type { CreditUse, Part, Payment } from "./schema.ts";

/** So many dues are paid by one post at most: it is one transaction. What is over is credit, which pays the next ones. */
export const DUES_MAX = 60;

/** So many uses of credit are taken back by one post at most, for the same reason. */
export const RETURNED_MAX = 15;

/** Where money may go, in order, and what becomes of what is beyond that. */
export interface Target {
  dues: readonly Due[];
  /** Whose credit it becomes; without one it waits in suspense. */
  creditOf?: string;
}

/** Part by part: dues as far as each is due at the commit, then the account's credit. What is left waits. */
export function spread(amountMinor: number, { dues, creditOf }: Target, dueOf: (billId: string) => number) {
  const parts: Part[] = [];
  let left = amountMinor;
  for (const { billId, reference, kind, month } of dues) {
    const part = Math.min(left, Math.max(0, dueOf(billId)));
    if (part <= 0 || parts.length === DUES_MAX) continue;
    parts.push({ billId, reference, kind, month, amountMinor: part });
    left -= part;
  }
  if (left > 0 && creditOf !== undefined) {
    parts.push({ accountId: creditOf, amountMinor: left });
    left = 0;
  }
  return { parts, leftMinor: left };
}

/** The account of the ledger that a part is on. */
export const partAccount = (part: Part): string =>
  "billId" in part ? dueAccount(part.billId) : creditAccount(part.accountId);

/** Money that comes to these parts. */
export const partTransfers = (
  parts: readonly Part[],
  common: Pick<Transfer, "debit" | "currency" | "memo">,
  code = "settlement",
): Transfer[] =>
  parts.map((part) => ({
    ...common,
    credit: partAccount(part),
    amountMinor: part.amountMinor,
    code: "billId" in part ? code : "credited",
  }));

export const sumOf = (parts: readonly { amountMinor: number }[]): number =>
  parts.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

/** What a payment paid, part by part: of one that paid its bill and nothing else, that bill. */
export function partsOf(payment: Payment): Part[] {
  const { parts, billId, reference, kind, month, amountMinor, forBillMinor = amountMinor } = payment;
  if (parts) return parts;
  return billId !== undefined && forBillMinor > 0
    ? [{ billId, reference, kind, month, amountMinor: forBillMinor }]
    : [];
}

/** Whose credit a payment became, as far as it did. */
export const creditedBy = (payment: Payment): string | undefined =>
  payment.parts?.flatMap((part) => ("accountId" in part ? [part.accountId] : []))[0];

/** Are these the payment's own bill and nothing else? Then they need not be kept beside it. */
export const isPlain = (parts: readonly Part[], billId: string | undefined): boolean =>
  parts.every((part) => "billId" in part && part.billId === billId);

export interface GoneBack {
  /** What each part gives back, the last one first. */
  parts: Part[];
  /** Uses of the account's credit that are taken back with it: those bills are due again. */
  returned: { use: CreditUse; amountMinor: number }[];
  /** Credit that is not there any more: it was given back in another way, or has paid too many bills since. */
  lackingMinor: number;
}

/**
 * Where money comes back from: credit first, then the bill that was paid last. Credit that has paid other bills since
 * comes back from these, the latest first.
 *
 * @param creditMinor  what the account has at the commit
 * @param uses         of the account's credit, the latest first
 */
export function goneBack(
  payment: Payment,
  amountMinor: number,
  creditMinor: number,
  uses: readonly CreditUse[],
): GoneBack {
  const parts: Part[] = [];
  const returned: GoneBack["returned"] = [];
  let left = amountMinor;
  let lackingMinor = 0;
  for (const part of [...partsOf(payment)].reverse()) {
    const back = Math.min(left, part.amountMinor - (part.backMinor ?? 0));
    if (back <= 0) continue;
    const { backMinor: _before, ...rest } = part;
    parts.push({ ...rest, amountMinor: back });
    left -= back;
    if ("billId" in part) continue;
    lackingMinor = Math.max(0, back - creditMinor);
    for (const use of uses) {
      const some = Math.min(lackingMinor, use.amountMinor - use.backMinor);
      if (some <= 0 || returned.length === RETURNED_MAX) continue;
      returned.push({ use, amountMinor: some });
      lackingMinor -= some;
    }
  }
  return { parts, returned, lackingMinor };
}

/** The payment after this went back of its parts, or (with -1) came to them again. */
export function withBack<P extends Payment>(payment: P, gone: readonly Part[], sign: 1 | -1): P {
  if (!payment.parts) return payment;
  const of = (part: Part) =>
    sumOf(gone.filter((one) => partAccount(one) === partAccount(part))) * sign + (part.backMinor ?? 0);
  return { ...payment, parts: payment.parts.map((part) => ({ ...part, backMinor: of(part) })) };
}

/** Money that goes back from these parts to where it is owed. */
export const backTransfers = (
  { parts, returned }: Pick<GoneBack, "parts" | "returned">,
  to: string,
  common: Pick<Transfer, "currency" | "code" | "memo">,
): Transfer[] => [
  ...returned.map(({ use, amountMinor }) => ({
    ...common,
    debit: dueAccount(use.billId),
    credit: creditAccount(use.accountId),
    amountMinor,
    code: "credit_returned",
  })),
  ...parts.map((part) => ({ ...common, debit: partAccount(part), credit: to, amountMinor: part.amountMinor })),
];
