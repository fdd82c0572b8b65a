import { absent } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { readReference } from "../../shared/reference.ts";
import { monthOf } from "../../shared/time.ts";
import { AccountNamed } from "../accounts/events.ts";
import { creditAccount, isAdvance } from "./domain.ts";
import type { Due, Dues } from "./events.ts";
import { ruleInForce } from "./rule.ts";
import { type Bill, isMetered, type MatchingRule } from "./schema.ts";
import { billStore } from "./store.ts";

/** Something that was offered and not taken yet, such as a prepaid purchase: it is no debt. */
export const lapses = (bill: Bill): boolean => isAdvance(bill) || (!isMetered(bill) && bill.expiresAt !== undefined);

const dueOf = (bill: Bill): Due => ({
  billId: bill.id,
  reference: bill.reference,
  kind: bill.kind,
  month: isMetered(bill) ? bill.month : bill.period,
  ...(isMetered(bill) ? {} : { titles: bill.titles }),
  totalMinor: bill.totalMinor,
  dueMinor: Math.max(0, bill.dueMinor),
});

type Ordered = Pick<Bill, "id" | "kind" | "issuedAt" | "dueMinor">;

/**
 * In which order money pays these, by the city's rule. Equal ones stand by age and then by id, so that nobody's order
 * depends on how they were found.
 */
export function inOrder<B extends Ordered>(bills: readonly B[], rule: MatchingRule, named?: string): B[] {
  const byAge = (a: B, b: B) => (a.issuedAt === b.issuedAt ? (a.id < b.id ? -1 : 1) : a.issuedAt < b.issuedAt ? -1 : 1);
  const place = ({ kind }: B) => {
    const found = (rule.kinds as readonly string[]).indexOf(kind);
    return found === -1 ? rule.kinds.length : found;
  };
  const first = (bill: B) => (rule.named === "first" && bill.id === named ? 0 : 1);
  const compared = {
    oldest_first: byAge,
    by_kind: (a: B, b: B) => place(a) - place(b) || byAge(a, b),
    smallest_first: (a: B, b: B) => a.dueMinor - b.dueMinor || byAge(a, b),
  }[rule.order];
  return [...bills].sort((a, b) => first(a) - first(b) || compared(a, b));
}

const sum = (dues: readonly Due[], field: "dueMinor" | "totalMinor") =>
  dues.reduce((total, due) => total + due[field], 0);

/** What of an account is due, in the order in which it is paid. @param named a bill that the payer named */
async function ofAccount(here: Here, accountId: string, named?: Bill) {
  const { currency } = here.city;
  const [rule, all, credit] = await Promise.all([
    ruleInForce(here),
    billStore(here).allOf(accountId),
    here.ledger.balance(creditAccount(accountId), currency),
  ]);
  // An index may not know yet what was issued a moment ago: what is named is there all the same.
  const missing = named && !all.some(({ id }) => id === named.id) ? [named] : [];
  const bills = [...all, ...missing].filter((bill) => bill.currency === currency && !lapses(bill) && bill.dueMinor > 0);
  const dues = inOrder(bills, rule, named?.id).map(dueOf);
  return { rule, dues, dueMinor: sum(dues, "dueMinor"), creditMinor: Math.max(0, 0 - credit) };
}

export async function duesInOrder(
  here: Here,
  { accountId, billId }: { accountId: string; billId?: string | undefined },
) {
  const named = billId === undefined ? undefined : await billStore(here).get(billId);
  const { rule, ...found } = await ofAccount(here, accountId, named);
  return { ...found, currency: here.city.currency, rule: rule.version };
}

/** An account as a whole, by its own reference. */
async function wholeAccount(here: Here, accountId: string, reference: string): Promise<Dues> {
  const { rule, dues, dueMinor, creditMinor } = await ofAccount(here, accountId);
  return {
    of: "account",
    accountId,
    reference,
    kind: "account",
    month: monthOf(here.clock.now(), here.city.timeZone),
    currency: here.city.currency,
    totalMinor: sum(dues, "totalMinor"),
    dueMinor,
    creditMinor,
    state: dueMinor > 0 ? "due" : "paid",
    dues,
    beyond: "account",
    rule: rule.version,
  };
}

/** What a bill's or an account's reference asks for, and how money that names it is spread. @throws {Fault} absent */
export async function duesByReference(here: Here, { reference: typed }: { reference: string }): Promise<Dues> {
  if (readReference(typed) === undefined) {
    if (readReference(typed, "A") === undefined) throw absent();
    const { accountId, reference } = await here.ask(AccountNamed, { reference: typed });
    return wholeAccount(here, accountId, reference);
  }
  const bill = await billStore(here).byReference(typed);
  const { accountId, reference, currency, state, kind } = bill;
  const due = dueOf(bill);
  const { totalMinor, dueMinor, month, titles } = due;
  const facts = {
    of: "bill" as const,
    billId: bill.id,
    reference,
    kind,
    month,
    titles,
    currency,
    totalMinor,
    dueMinor,
    state,
  };
  const alone = { ...facts, dues: dueMinor > 0 ? [due] : [], beyond: "suspense" as const };
  // Nobody's bill, or an offer that lapses: what is too much is not for other dues.
  if (accountId === undefined || lapses(bill) || currency !== here.city.currency)
    return { ...alone, ...(accountId ? { accountId } : {}), creditMinor: 0, rule: 0 };
  const { rule, dues, creditMinor } = await ofAccount(here, accountId, bill);
  if (rule.beyond === "suspense") return { ...alone, accountId, creditMinor, rule: rule.version };
  return {
    ...facts,
    accountId,
    creditMinor,
    dues,
    beyond: "account",
    rule: rule.version,
  };
}
