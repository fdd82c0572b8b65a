import { createHash } from "node:crypto";
import { absent, Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { Posting, Transfer } from "../../shared/ledger.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { creditAccount } from "../billing/events.ts";
import { returnedUses, usesOf } from "./credit.ts";
import { heldIn, SUSPENSE } from "./domain.ts";
import { PaymentUndone, type Taken, type Taking, UnknownMoney } from "./events.ts";
import { creditTaken, factsOfParts, settledFacts } from "./facts.ts";
import type { Payment, Suspense } from "./schema.ts";
import { postSigned } from "./signature.ts";
import { backTransfers, creditedBy, goneBack, partsOf, partTransfers, spread, sumOf } from "./spreading.ts";
import { type Booked, bookedWrite, itemOf, monthItem, paymentOf, takenRefItem } from "./store.ts";
import { suspenseIdOf, suspenseKey, waitingItem } from "./suspense.ts";
import { seemingly, subjectOf, targetOf } from "./targets.ts";

const postId = (id: string) => `take:${id}`;

const ULID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** The payment's id follows from the taking's: asked again, nobody needs to remember which payment it became. */
export function takenId({ id, at }: Pick<Taking, "id" | "at">): string {
  let ms = Date.parse(at);
  let time = "";
  for (let i = 0; i < 10; i++) {
    time = ULID[ms % 32] + time;
    ms = Math.floor(ms / 32);
  }
  const chance = createHash("sha256").update(id).digest().subarray(0, 16);
  return `pay_${time}${[...chance].map((byte) => ULID[byte % 32]).join("")}`;
}

export interface Heard {
  booked?: Omit<Booked, "what" | "id">;
  paymentId?: string;
  why?: "unknown" | "paid_twice" | "other_currency";
}

/**
 * Settles money that is here already against what has this reference: state, ledger and facts in one post. Of a bill
 * whose account is known, and of an account, the rest pays other dues by the city's rule and becomes credit; other
 * money, and what nobody is known for, waits in suspense. The first answer stands.
 * @param more  of a provider's word: what its number is booked as, and the payment that it seems to be for
 * @throws {Fault} conflict: the id was taken with other contents
 * @throws {ConditionFailed} the provider's number is booked already
 */
export async function take(here: Here, taking: Taking, more: Heard = {}): Promise<Taken> {
  const { amountMinor, currency, reference, via } = taking;
  const { table, clock } = here;
  const target = await targetOf(here, reference);
  const paymentId = takenId(taking);
  const common = { debit: heldIn(via), currency };
  // The cut may go through a sign that takes two places.
  const memo = `${via.providerRef} ${reference}`.trim().slice(0, 100).toWellFormed();
  const toSuspense = (code: string, amount: number): Transfer => ({
    ...common,
    credit: SUSPENSE,
    amountMinor: amount,
    code,
    memo,
  });
  const waiting = (waits: number, why: Suspense["why"], of?: string): Write => ({
    put: waitingItem({
      id: suspenseIdOf(paymentId),
      holder: heldIn(via),
      rail: via.rail,
      account: via.account,
      providerRef: via.providerRef,
      reference,
      amountMinor: waits,
      currency,
      at: taking.at,
      why,
      ...(of === undefined ? {} : { paymentId: of }),
      state: "open",
    }),
    if: "absent",
  });
  const booked = (what: Booked["what"], id: string): Write[] =>
    more.booked ? [bookedWrite({ ...more.booked, what, id })] : [];
  const numbered = (id: string): Write[] =>
    via.rail === "third_party" && via.providerRef !== "" ? [{ put: takenRefItem(via.providerRef, id) }] : [];
  const post = {
    id: postId(taking.id),
    content: [reference, amountMinor, currency, via.rail, via.account, via.providerRef, taking.at],
  };
  const why = more.why ?? (target && target.currency !== currency ? "other_currency" : "unknown");
  const nobodys: Posting = {
    transfers: [toSuspense("unknown", amountMinor)],
    writes: [
      waiting(amountMinor, why, more.paymentId),
      ...booked("suspense", suspenseIdOf(paymentId)),
      ...numbered(suspenseIdOf(paymentId)),
    ],
    events: [told(UnknownMoney, post.id, { postId: post.id, amountMinor, currency })],
  };

  if (!target || target.currency !== currency) await here.ledger.post({ ...post, plan: () => nobodys });
  else {
    const settled: Payment = {
      id: paymentId,
      ...subjectOf(target),
      reference: target.reference,
      kind: target.kind,
      month: target.month,
      amountMinor,
      currency,
      state: "settled",
      provider: via.rail,
      lang: here.city.languages[0] ?? "en",
      account: via.account,
      sessionId: via.providerRef,
      providerRef: via.providerRef,
      createdAt: taking.at,
      expiresAt: taking.at,
      settledAt: clock.now().toISOString(),
    };
    const month = monthItem(settled);
    // Written only by the month's first: two posts that touch one item cannot share a commit.
    const isFirst = !(await table.get(month));
    const { parts: seems } = spread(amountMinor, target, seemingly(target));
    await postSigned(here, { settled, parts: seems, rule: target.rule }, post, (at, kept) => {
      const { parts, leftMinor } = spread(amountMinor, target, (billId) => at.balance(`due:${billId}`, currency));
      if (parts.length === 0) return nobodys;
      return {
        transfers: [
          ...partTransfers(parts, { ...common, memo: paymentId }),
          ...(leftMinor > 0 ? [toSuspense("overpaid", leftMinor)] : []),
        ],
        writes: [
          { put: itemOf(kept(parts)), if: "absent" },
          ...(isFirst ? [{ put: month }] : []),
          ...(leftMinor > 0 ? [waiting(leftMinor, "overpaid", paymentId)] : []),
          ...booked("payment", paymentId),
          ...numbered(paymentId),
        ],
        events: settledFacts(settled, { amountMinor, at: taking.at }, parts),
      };
    });
  }
  const item = await table.get({ pk: `PAYMENT#${paymentId}`, sk: "PAYMENT" });
  return item
    ? { outcome: "settled", paymentId, receiptUrl: here.url(`/receipts/${paymentId}`) }
    : { outcome: "suspense" };
}

/**
 * Undoes a taking that was a mistake, by the reversing entries, all of it and once. What was settled is due again.
 * @throws {Fault} absent: never taken; conflict: what waited in suspense was used, or it was refunded meanwhile
 */
export async function undo(here: Here, { id, at, reason }: { id: string; at: string; reason: string }): Promise<void> {
  const { table, ledger } = here;
  const entries = await ledger.entriesOf(postId(id));
  if (!entries) throw absent();
  const item = await table.get({ pk: `PAYMENT#${takenId({ id, at })}`, sk: "PAYMENT" });
  const payment = item && paymentOf(item);
  const transfers = entries.map(({ transfer: { debit, credit, amountMinor, currency } }) => ({
    debit: credit,
    credit: debit,
    amountMinor,
    currency,
    code: "undone",
    memo: id.slice(0, 100),
  }));
  const back = sumOf(transfers.filter(({ debit }) => debit === SUSPENSE));
  const currency = transfers[0]?.currency ?? "";
  const credited = payment && creditedBy(payment);
  const uses = credited === undefined ? [] : await usesOf(here, credited);
  const gone: Write[] =
    back > 0
      ? [{ delete: suspenseKey(suspenseIdOf(takenId({ id, at }))), if: { state: "open", amountMinor: back } }]
      : [];
  try {
    await ledger.post({
      id: `undo:${id}`,
      content: [id, reason],
      plan: (now) => {
        // Suspense stands below 0 by what waits there: it cannot give back what somebody matched to a bill already.
        if (back > 0 && now.balance(SUSPENSE, currency) + back > 0)
          throw new Fault("conflict", "What waited in suspense was used meanwhile.");
        if (!payment) return { transfers, writes: gone };
        const { id: paymentId, amountMinor } = payment;
        const has = credited === undefined ? 0 : 0 - now.balance(creditAccount(credited), currency);
        const went = goneBack(payment, sumOf(partsOf(payment)), has, uses);
        if (went.lackingMinor > 0) throw new Fault("conflict", "What was credited to the account went back already.");
        const returned = returnedUses(went, paymentId);
        // What went back before is not undone a second time.
        const isWhole = { state: ["settled"], refundedMinor: 0 };
        const fact = { paymentId, amountMinor, currency };
        return {
          transfers: [
            ...backTransfers({ ...went, parts: [] }, SUSPENSE, { currency, memo: id.slice(0, 100) }),
            ...transfers,
          ],
          writes: [{ put: itemOf({ ...payment, state: "refunded" }), if: isWhole }, ...gone, ...returned.writes],
          events: [
            ...factsOfParts(
              went.parts,
              (part) => told(PaymentUndone, paymentId, { ...fact, ...part }),
              (part) => creditTaken({ paymentId, currency }, part),
            ),
            ...returned.events,
          ],
        };
      },
    });
  } catch (error) {
    if (error instanceof ConditionFailed)
      throw new Fault(
        "conflict",
        "This payment was given back or disputed meanwhile, or what waited in suspense was used.",
      );
    throw error;
  }
}
