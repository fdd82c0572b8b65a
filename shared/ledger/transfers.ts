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

/** What is wrong with the first of these that is no transfer, where. Plain checks: it runs for each of a million. */
export function mistakeOf(transfers: readonly Transfer[]): { at: string; detail: string } | undefined {
  if (transfers.length === 0 || transfers.length > TRANSFERS_MAX)
    return { at: "", detail: `a post has 1 to ${TRANSFERS_MAX} transfers, not ${transfers.length}` };
  for (let i = 0; i < transfers.length; i++) {
    const wrong = mistakeIn(transfers[i]!);
    if (wrong) return { at: `/${i}/${wrong[0]}`, detail: wrong[1] };
  }
  return undefined;
}

/** What was sent may be anything: also what cannot be written as a text. */
const shown = (sent: unknown): string =>
  typeof sent === "object" && sent !== null ? "an object" : String(sent).slice(0, 120);

/** The field, and what is wrong with it. */
function mistakeIn({ debit, credit, amountMinor, currency, code, memo }: Transfer): [string, string] | undefined {
  if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0 || amountMinor > AMOUNT_MAX)
    return ["amountMinor", `${shown(amountMinor)} is no amount: whole minor units from 1 to ${AMOUNT_MAX}`];
  if (!isAccount(debit)) return ["debit", `no account name: ${shown(debit)}`];
  if (!isAccount(credit)) return ["credit", `no account name: ${shown(credit)}`];
  if (debit === credit) return ["credit", `${debit} cannot pay itself`];
  if (typeof currency !== "string" || !CURRENCY.test(currency)) return ["currency", `no currency: ${shown(currency)}`];
  if (code !== undefined && (typeof code !== "string" || code.length > 40 || !code.isWellFormed()))
    return ["code", "a code has at most 40 signs"];
  if (memo !== undefined && (typeof memo !== "string" || memo.length > 100 || !memo.isWellFormed()))
    return ["memo", "a memo has at most 100 signs"];
  return undefined;
}
