import type { Transfer } from "./journal.ts";

/** So many transfers are one post, at most. */
export const TRANSFERS_MAX = 1_000;
const AMOUNT_MAX = 1_000_000_000_000_000;
const CODE_MAX = 40;
const MEMO_MAX = 100;
const ACCOUNT = /^[a-z_]+(:[A-Za-z0-9_.-]+){0,4}$/;
const CURRENCY = /^[A-Z]{3}$/;

// A journal names the same accounts again and again: a name that was good once is good.
const good = new Set<string>();
const GOOD_MAX = 50_000;

function isAccount(name: unknown): name is string {
  if (typeof name !== "string") return false;
  if (good.has(name)) return true;
  if (name.length > 100 || !ACCOUNT.test(name)) return false;
  if (good.size >= GOOD_MAX) good.clear();
  good.add(name);
  return true;
}

/** What no caller may ask: a bug in a room, never the resident's mistake, unless the room took it from outside. */
export class BadTransfers extends RangeError {
  constructor(
    message: string,
    /** Which one is no transfer, by which field; nothing, where their number is wrong. */
    readonly at?: { index?: number; field: keyof Transfer },
  ) {
    super(message);
  }
}

/**
 * Plain checks: they run for each of a million.
 * @throws {BadTransfers} for the first of these that is no transfer
 */
export function demandTransfers(transfers: readonly Transfer[]): void {
  demandCount(transfers.length);
  for (let index = 0; index < transfers.length; index++) {
    const { debit, credit, amountMinor, currency, code, memo } = transfers[index]!;
    demandTransfer(index, debit, credit, amountMinor, currency, code, memo);
  }
}

export function demandCount(count: number): void {
  if (count === 0 || count > TRANSFERS_MAX)
    throw new BadTransfers(`a post has 1 to ${TRANSFERS_MAX} transfers, not ${count}`);
}

/** Field by field, so that nothing needs to be made of them first. @throws {BadTransfers} */
export function demandTransfer(
  index: number,
  debit: unknown,
  credit: unknown,
  amountMinor: unknown,
  currency: unknown,
  code: unknown,
  memo: unknown,
): void {
  const wrong = mistakeIn(debit, credit, amountMinor, currency, code, memo);
  if (wrong) throw new BadTransfers(wrong[1], { index, field: wrong[0] });
}

/** The field, and what is wrong with it. */
function mistakeIn(
  debit: unknown,
  credit: unknown,
  amountMinor: unknown,
  currency: unknown,
  code: unknown,
  memo: unknown,
): [keyof Transfer, string] | undefined {
  if (!isAmount(amountMinor))
    return ["amountMinor", `${shown(amountMinor)} is no amount: whole minor units from 1 to ${AMOUNT_MAX}`];
  if (!isAccount(debit)) return ["debit", `no account name: ${shown(debit)}`];
  if (!isAccount(credit)) return ["credit", `no account name: ${shown(credit)}`];
  if (debit === credit) return ["credit", `${debit} cannot pay itself`];
  if (!isCurrency(currency)) return ["currency", `no currency: ${shown(currency)}`];
  if (code !== undefined && !isText(code, CODE_MAX)) return ["code", `a code has at most ${CODE_MAX} signs`];
  if (memo !== undefined && !isText(memo, MEMO_MAX)) return ["memo", `a memo has at most ${MEMO_MAX} signs`];
  return undefined;
}

/** All but its accounts and its currency, at a glance; `demandTransfer` says what is wrong. */
export const isSound = (amountMinor: unknown, code: unknown, memo: unknown): boolean =>
  isAmount(amountMinor) &&
  (code === undefined || isText(code, CODE_MAX)) &&
  (memo === undefined || isText(memo, MEMO_MAX));

const isAmount = (sent: unknown): boolean =>
  Number.isSafeInteger(sent) && (sent as number) > 0 && (sent as number) <= AMOUNT_MAX;

const isText = (sent: unknown, max: number): boolean =>
  typeof sent === "string" && sent.length <= max && sent.isWellFormed();

// Three letters have at most 17,576 forms: it cannot grow beyond them.
const currencies = new Set<string>();

function isCurrency(name: unknown): name is string {
  if (typeof name !== "string") return false;
  if (currencies.has(name)) return true;
  if (!CURRENCY.test(name)) return false;
  currencies.add(name);
  return true;
}

/** What was sent may be anything: also what cannot be written as a text. */
const shown = (sent: unknown): string =>
  typeof sent === "object" && sent !== null ? "an object" : String(sent).slice(0, 120);
