import { absent, Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { monthOf, monthPlus } from "../../shared/time.ts";
import { AccountNamed } from "../accounts/events.ts";
import { isUnsettled, nothingDue, SUSPENSE } from "./domain.ts";
import { settledFacts } from "./facts.ts";
import { type Payment, type Suggestion, Suspense } from "./schema.ts";
import { postSigned } from "./signature.ts";
import { partTransfers, spread, sumOf, type Target } from "./spreading.ts";
import { itemOf, monthItem, paymentStore, takenRefItem } from "./store.ts";
import { seemingly, subjectOf, targetOf } from "./targets.ts";

// question                        key
// money that waits for a match    pk SUSPENSE#<id>   sk SUSPENSE
// what waits, what was matched    gsi1pk SUSPENSE#open | SUSPENSE#done   gsi1sk <at>#<id>

export const suspenseKey = (id: string) => ({ pk: `SUSPENSE#${id}`, sk: "SUSPENSE" });
/** Of what a payment's or a refund's money left over, or could not find. */
export const suspenseIdOf = (id: string): string => id.replace(/^(pay|rfd)_/, "sus_");

export const waitingItem = (waiting: Suspense): Item => ({
  ...suspenseKey(waiting.id),
  gsi1pk: waiting.state === "open" ? "SUSPENSE#open" : "SUSPENSE#done",
  gsi1sk: `${waiting.at}#${waiting.id}`,
  state: waiting.state,
  amountMinor: waiting.amountMinor,
  waiting: { ...waiting, ...(waiting.reference ? {} : { reference: "" }) },
});
const waitingOf = (item: Item): Suspense => Suspense.parse(item["waiting"]);

/** @throws {Fault} absent */
export async function suspenseOf(here: Here, id: string): Promise<Suspense> {
  const item = await here.table.get(suspenseKey(id));
  if (!item) throw absent();
  return waitingOf(item);
}

export async function suspenseList(here: Here, at: { limit: number; cursor?: string; isDone?: boolean }) {
  const { isDone, ...page } = at;
  const pk = isDone ? "SUSPENSE#done" : "SUSPENSE#open";
  const { items, cursor } = await here.table.query({ pk, index: "gsi1", reverse: true, ...page });
  return { suspense: items.map(waitingOf), ...(cursor ? { next: cursor } : {}) };
}

/** What has waited longest, for whoever watches that nothing waits for ever. */
export async function oldestSuspense({ table }: Here) {
  const [item] = (await table.query({ pk: "SUSPENSE#open", index: "gsi1", limit: 1 })).items;
  if (!item) return {};
  const { id: suspenseId, at, amountMinor, currency } = waitingOf(item);
  return { oldest: { suspenseId, at, amountMinor, currency } };
}

/** What came in a month (UTC), whatever became of it. */
export async function* suspenseOfMonth({ table }: Here, month: string): AsyncIterable<Suspense> {
  for (const pk of ["SUSPENSE#open", "SUSPENSE#done"])
    for await (const item of table.all({ pk, index: "gsi1", beginsWith: month })) yield waitingOf(item);
}

export async function* suspenseItems({ table }: Here): AsyncIterable<Item> {
  for (const pk of ["SUSPENSE#open", "SUSPENSE#done"])
    for await (const item of table.all({ pk, index: "gsi1" })) {
      yield item;
      const { id, rail, providerRef } = waitingOf(item);
      if (rail === "third_party" && providerRef !== "") yield* await table.getMany([takenRefItem(providerRef, id)]);
    }
}

const LOOKED_AT = 300;
const DAY_MS = 24 * 3_600_000;

/** Which bills and accounts it may be for, the likeliest first, each with the reasons; somebody decides. */
export async function suggestions(here: Here, waiting: Suspense): Promise<Suggestion[]> {
  const likely = new Map<string, Suggestion>();
  const add = (reference: string, score: number, reason: Suggestion["reasons"][number]) => {
    const known = likely.get(reference) ?? { reference, dueMinor: 0, score: 0, reasons: [] };
    if (known.reasons.includes(reason)) return;
    likely.set(reference, { ...known, score: known.score + score, reasons: [...known.reasons, reason] });
  };
  if (waiting.reference !== "") {
    const named = await targetOf(here, waiting.reference.slice(0, 40));
    if (named) add(named.reference, 60, "reference_typed");
  }
  for (const reference of await accountsNumbered(here, waiting)) add(reference, 50, "account_number");
  const month = monthOf(new Date(waiting.at), "UTC");
  const store = paymentStore(here);
  for (const each of [month, monthPlus(month, -1)])
    for (const payment of (await store.ofMonth(each, { limit: LOOKED_AT })).payments) {
      if (payment.currency !== waiting.currency) continue;
      if (payment.id === waiting.paymentId) add(payment.reference, 50, "payment_named");
      const total = payment.amountMinor + (payment.feeMinor ?? 0);
      const apartMs = Math.abs(Date.parse(payment.createdAt) - Date.parse(waiting.at));
      if (isUnsettled(payment) && total === waiting.amountMinor && payment.provider === waiting.rail)
        add(payment.reference, apartMs < DAY_MS ? 40 : 15, apartMs < DAY_MS ? "asked_that_day" : "asked_same_amount");
      if (waiting.reference !== "" && oneSignApart(waiting.reference, payment.reference))
        add(payment.reference, 30, "reference_one_sign_off");
    }
  const due: Suggestion[] = [];
  for (const suggestion of [...likely.values()].sort((a, b) => b.score - a.score).slice(0, 10)) {
    const found = await targetOf(here, suggestion.reference);
    if (!found || found.currency !== waiting.currency) continue;
    // An account takes money also when nothing is due of it: as credit.
    if (found.of === "bill" && found.dueMinor <= 0) continue;
    const isExact = found.dueMinor === waiting.amountMinor;
    due.push({
      ...suggestion,
      dueMinor: found.dueMinor,
      score: suggestion.score + (isExact ? 30 : 0),
      reasons: isExact ? [...suggestion.reasons, "exact_amount"] : suggestion.reasons,
    });
  }
  return due.sort((a, b) => b.score - a.score);
}

const NUMBERS_MAX = 12;
/** Accounts whose number a payer wrote, beside other words, or instead of a reference. */
async function accountsNumbered(here: Here, { reference, providerRef }: Suspense): Promise<string[]> {
  const words = `${reference} ${providerRef}`
    .split(/[\s,;:]+/)
    .filter((word) => word.length >= 3 && /[0-9]/.test(word));
  const found = await Promise.all(
    [...new Set(words)].slice(0, NUMBERS_MAX).map((number) =>
      here.ask(AccountNamed, { number: number.slice(0, 40) }).catch((error: unknown) => {
        if (error instanceof Fault && error.kind === "absent") return undefined;
        throw error;
      }),
    ),
  );
  return found.flatMap((one) => one?.reference ?? []);
}

const bare = (reference: string) => reference.toUpperCase().replace(/[^0-9A-Z]/g, "");
/** One sign wrong, missing, too many, or two neighbours swapped. */
export function oneSignApart(one: string, other: string): boolean {
  const [a, b] = [bare(one), bare(other)];
  if (a === b || Math.abs(a.length - b.length) > 1) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const same = (x: string, y: string) => x === y;
  return (
    same(a.slice(i + 1), b.slice(i + 1)) ||
    same(a.slice(i + 1), b.slice(i)) ||
    same(a.slice(i), b.slice(i + 1)) ||
    (a[i] === b[i + 1] && a[i + 1] === b[i] && same(a.slice(i + 2), b.slice(i + 2)))
  );
}

/**
 * Pays with what waits: from suspense to what is due, with a payment and a receipt of its own. Beyond a bill it goes on
 * waiting; for an account it is spread by the city's rule, and the rest is its credit.
 * @throws {Fault} absent; invalid: nobody has this reference, another currency; conflict: nothing is due, or it was used
 *         meanwhile
 */
export async function assign(here: Here, id: string, reference: string, by: string): Promise<Payment> {
  const waiting = await suspenseOf(here, id);
  if (waiting.state !== "open") throw new Fault("conflict", "This money was matched or given back already.");
  const found = await targetOf(here, reference.slice(0, 40));
  if (!found) throw invalid("#/reference", "There is no bill and no account with this reference.");
  if (found.currency !== waiting.currency) throw invalid("#/reference", `That ${found.of} is in ${found.currency}.`);
  if (found.of === "bill" && found.dueMinor <= 0) throw nothingDue(found);
  const target: Target =
    found.of === "account" ? found : { dues: found.dues.filter((due) => due.billId === found.billId) };
  const { amountMinor, currency } = waiting;
  const { parts: seems, leftMinor } = spread(amountMinor, target, seemingly(target));
  const now = here.clock.now();
  const paymentId = newId("pay", now);
  const settled: Payment = {
    id: paymentId,
    ...subjectOf(found),
    reference: found.reference,
    kind: found.kind,
    month: found.month,
    amountMinor: amountMinor - leftMinor,
    currency,
    state: "settled",
    provider: waiting.rail,
    account: waiting.account,
    lang: here.city.languages[0] ?? "en",
    sessionId: waiting.providerRef,
    providerRef: waiting.providerRef,
    createdAt: now.toISOString(),
    expiresAt: now.toISOString(),
    settledAt: now.toISOString(),
  };
  const after: Suspense =
    leftMinor > 0
      ? { ...waiting, amountMinor: leftMinor }
      : {
          ...waiting,
          state: "assigned",
          ...(found.billId === undefined ? {} : { billId: found.billId }),
          assignedTo: paymentId,
          by,
          doneAt: now.toISOString(),
        };
  const post = { id: `assign:${paymentId}`, content: { id, reference: found.reference, amountMinor } };
  let kept: Payment = settled;
  try {
    await postSigned(here, { settled, parts: seems, rule: found.rule }, post, (at, keptWith) => {
      const { parts } = spread(settled.amountMinor, target, (billId) => at.balance(`due:${billId}`, currency));
      if (sumOf(parts) < settled.amountMinor)
        throw new Fault("conflict", "What is due of this bill changed meanwhile: look again.");
      kept = keptWith(parts);
      return {
        transfers: partTransfers(parts, { debit: SUSPENSE, currency, memo: paymentId }, "assigned"),
        writes: [
          { put: waitingItem(after), if: { state: "open", amountMinor } },
          { put: itemOf(kept), if: "absent" },
          { put: monthItem(kept) },
        ],
        events: settledFacts(settled, { amountMinor: settled.amountMinor, at: waiting.at }, parts),
      };
    });
  } catch (error) {
    if (error instanceof ConditionFailed) throw new Fault("conflict", "Somebody used this money meanwhile.");
    throw error;
  }
  return kept;
}
