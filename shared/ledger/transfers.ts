import type { Transfer } from "./journal.ts";

/** So many transfers are one post, at most. */
export const TRANSFERS_MAX = 1_000;
const AMOUNT_MAX = 1_000_000_000_000_000;
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
  if (transfers.length === 0 || transfers.length > TRANSFERS_MAX)
    throw new BadTransfers(`a post has 1 to ${TRANSFERS_MAX} transfers, not ${transfers.length}`);
  for (let index = 0; index < transfers.length; index++) {
    const wrong = mistakeIn(transfers[index]!);
    if (wrong) throw new BadTransfers(wrong[1], { index, field: wrong[0] });
  }
}

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

/** The field, and what is wrong with it. */
function mistakeIn({
  debit,
  credit,
  amountMinor,
  currency,
  code,
  memo,
}: Transfer): [keyof Transfer, string] | undefined {
  if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0 || amountMinor > AMOUNT_MAX)
    return ["amountMinor", `${shown(amountMinor)} is no amount: whole minor units from 1 to ${AMOUNT_MAX}`];
  if (!isAccount(debit)) return ["debit", `no account name: ${shown(debit)}`];
  if (!isAccount(credit)) return ["credit", `no account name: ${shown(credit)}`];
  if (debit === credit) return ["credit", `${debit} cannot pay itself`];
  if (!isCurrency(currency)) return ["currency", `no currency: ${shown(currency)}`];
  if (code !== undefined && (typeof code !== "string" || code.length > 40 || !code.isWellFormed()))
    return ["code", "a code has at most 40 signs"];
  if (memo !== undefined && (typeof memo !== "string" || memo.length > 100 || !memo.isWellFormed()))
    return ["memo", "a memo has at most 100 signs"];
  return undefined;
}
