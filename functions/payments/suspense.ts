import { absent, Fault, invalid } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { monthOf, monthPlus } from "../../shared/time.ts";
import { BillByReference } from "../billing/events.ts";
import { SUSPENSE } from "./domain.ts";
import { PaymentSettled } from "./events.ts";
import { type Payment, type Suggestion, Suspense } from "./schema.ts";
import { signatureOf } from "./signature.ts";
import { itemOf, monthItem, paymentStore, takenRefItem } from "./store.ts";

// question                        key
// money that waits for a match    pk SUSPENSE#<id>   sk SUSPENSE
// what waits, what was matched    gsi1pk SUSPENSE#open | SUSPENSE#done   gsi1sk <at>#<id>

export const suspenseKey = (id: string) => ({ pk: `SUSPENSE#${id}`, sk: "SUSPENSE" });
/** Of what a payment's money left over, or could not find. */
export const suspenseIdOf = (paymentId: string): string => paymentId.replace(/^pay_/, "sus_");

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

/** Which bills it may be for, the likeliest first, each with the reasons; somebody decides. */
export async function suggestions(here: Here, waiting: Suspense): Promise<Suggestion[]> {
  const found = new Map<string, Suggestion>();
  const add = (reference: string, score: number, reason: Suggestion["reasons"][number]) => {
    const known = found.get(reference) ?? { reference, dueMinor: 0, score: 0, reasons: [] };
    if (known.reasons.includes(reason)) return;
    found.set(reference, { ...known, score: known.score + score, reasons: [...known.reasons, reason] });
  };
  if (waiting.reference !== "") {
    const bill = await billOf(here, waiting.reference);
    if (bill) add(bill.reference, 60, "reference_typed");
  }
  const month = monthOf(new Date(waiting.at), "UTC");
  const store = paymentStore(here);
  for (const each of [month, monthPlus(month, -1)])
    for (const payment of (await store.ofMonth(each, { limit: LOOKED_AT })).payments) {
      if (payment.currency !== waiting.currency) continue;
      if (payment.id === waiting.paymentId) add(payment.reference, 50, "payment_named");
      const isUnpaid = ["created", "pending", "failed", "expired"].includes(payment.state);
      const total = payment.amountMinor + (payment.feeMinor ?? 0);
      const apartMs = Math.abs(Date.parse(payment.createdAt) - Date.parse(waiting.at));
      if (isUnpaid && total === waiting.amountMinor && payment.provider === waiting.rail)
        add(payment.reference, apartMs < DAY_MS ? 40 : 15, apartMs < DAY_MS ? "asked_that_day" : "asked_same_amount");
      if (waiting.reference !== "" && oneSignApart(waiting.reference, payment.reference))
        add(payment.reference, 30, "reference_one_sign_off");
    }
  const due: Suggestion[] = [];
  for (const suggestion of [...found.values()].sort((a, b) => b.score - a.score).slice(0, 10)) {
    const bill = await billOf(here, suggestion.reference);
    if (!bill || bill.dueMinor <= 0 || bill.currency !== waiting.currency) continue;
    const isExact = bill.dueMinor === waiting.amountMinor;
    due.push({
      ...suggestion,
      dueMinor: bill.dueMinor,
      score: suggestion.score + (isExact ? 30 : 0),
      reasons: isExact ? [...suggestion.reasons, "exact_amount"] : suggestion.reasons,
    });
  }
  return due.sort((a, b) => b.score - a.score);
}

async function billOf(here: Here, reference: string) {
  try {
    return await here.ask(BillByReference, { reference: reference.slice(0, 40) });
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
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
 * Pays a bill with what waits: from suspense to what is due, with a payment and a receipt of its own. What is beyond
 * what is due goes on waiting.
 * @throws {Fault} absent, invalid: no such bill, another currency; conflict: nothing is due, or it was used meanwhile
 */
export async function assign(here: Here, id: string, reference: string, by: string): Promise<Payment> {
  const waiting = await suspenseOf(here, id);
  if (waiting.state !== "open") throw new Fault("conflict", "This money was matched or given back already.");
  const bill = await billOf(here, reference);
  if (!bill) throw invalid("#/reference", "There is no bill with this reference.");
  if (bill.currency !== waiting.currency) throw invalid("#/reference", `That bill is in ${bill.currency}.`);
  const now = here.clock.now();
  const paymentId = newId("pay", now);
  const { amountMinor, currency } = waiting;
  const base: Omit<Payment, "amountMinor"> = {
    id: paymentId,
    billId: bill.billId,
    reference: bill.reference,
    kind: bill.kind,
    month: bill.month,
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
  const { dueMinor } = bill;
  if (dueMinor <= 0) throw new Fault("conflict", `The bill ${bill.reference} is paid; nothing is due.`);
  const forBill = Math.min(amountMinor, dueMinor);
  const settled: Payment = { ...base, amountMinor: forBill };
  const kept = { ...settled, signature: await signatureOf(here, settled) };
  const after: Suspense =
    amountMinor > forBill
      ? { ...waiting, amountMinor: amountMinor - forBill }
      : { ...waiting, state: "assigned", billId: bill.billId, assignedTo: paymentId, by, doneAt: now.toISOString() };
  const month = monthItem(kept);
  try {
    await here.ledger.post({
      id: `assign:${paymentId}`,
      content: { id, billId: bill.billId, forBill },
      plan: (at) => {
        if (at.balance(`due:${bill.billId}`, currency) < forBill)
          throw new Fault("conflict", "What is due of this bill changed meanwhile: look again.");
        return {
          transfers: [
            {
              debit: SUSPENSE,
              credit: `due:${bill.billId}`,
              amountMinor: forBill,
              currency,
              code: "assigned",
              memo: paymentId,
            },
          ],
          writes: [
            { put: waitingItem(after), if: { state: "open", amountMinor } },
            { put: itemOf(kept), if: "absent" },
            { put: month },
          ],
          events: [
            told(PaymentSettled, paymentId, {
              paymentId,
              billId: bill.billId,
              amountMinor: forBill,
              currency,
              settledAt: now.toISOString(),
              rail: waiting.rail,
              paidAt: waiting.at,
            }),
          ],
        };
      },
    });
  } catch (error) {
    if (error instanceof ConditionFailed) throw new Fault("conflict", "Somebody used this money meanwhile.");
    throw error;
  }
  return kept;
}
