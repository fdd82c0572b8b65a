import { createHash } from "node:crypto";
import { absent } from "../../shared/errors.ts";
import type { NewEvent } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { planned } from "../../shared/tasks.ts";
import { holderOf, NEXT, nextIn, type Subject, type Turn, waitMs } from "./domain.ts";
import { AskProvider } from "./events.ts";
import type { Word } from "./rail.ts";
import { KeptPayment, type Payment } from "./schema.ts";

// question                             key
// one payment                          pk     PAYMENT#<id>               sk     PAYMENT
// who said what about it               pk     PAYMENT#<id>               sk     WITNESS#<source>#<says>#<ref>
// was its provider asked already       pk     PAYMENT#<id>               sk     ASKED     (of rails that open twice)
// a city's payments in a month         gsi1pk PAYMENTS#<yyyy-mm>         gsi1sk <createdAt>#<id>
// which months have payments           pk     PAYMENT_MONTHS             sk     <yyyy-mm>
// what is being paid of this bill      pk     PAYING#<bill | account>    sk     PAYING    (one that can be paid for each)
// what was opened last of an account   pk     TURN#<account>             sk     TURN      (of it, or of one of its bills)
// whose session at a provider it is    pk     SESSION#<holder>#<id>      sk     SESSION
// what a provider's number became      pk     PROVIDER_REF#<holder>#<n>  sk     REF       (each is booked once)
// what was booked on a day             gsi1pk BOOKED#<holder>#<day>      gsi1sk <n>
// what a third party's number became   pk     TAKEN_REF#<number>         sk     <payment or suspense>
// refunds of a payment                 pk     PAYMENT#<id>               sk     REFUND#<refund>
// on which days something was          pk     BOOKED_DAYS                sk     <holder>#<day>
export const paymentKey = (id: string) => ({ pk: `PAYMENT#${id}`, sk: "PAYMENT" });
export const payingKey = ({ billId, accountId = "" }: Subject) => ({
  pk: `PAYING#${billId ?? accountId}`,
  sk: "PAYING",
});
export const turnKey = (accountId: string) => ({ pk: `TURN#${accountId}`, sk: "TURN" });
/** A turn is of an instant: after this nobody looks at it any more. */
const TURN_KEPT_S = 24 * 3_600;
const sessionKey = (holder: string, id: string) => ({ pk: `SESSION#${holder}#${short(id)}`, sk: "SESSION" });
const refKey = (holder: string, ref: string) => ({ pk: `PROVIDER_REF#${holder}#${short(ref)}`, sk: "REF" });
/** A provider's name for something, short enough for a key. */
export const short = (name: string) =>
  name.length <= 100 ? name : createHash("sha256").update(name).digest("base64url");

export const itemOf = (payment: KeptPayment): Item => ({
  ...paymentKey(payment.id),
  gsi1pk: `PAYMENTS#${payment.createdAt.slice(0, 7)}`,
  gsi1sk: `${payment.createdAt}#${payment.id}`,
  state: payment.state,
  refundId: payment.refundId,
  refundedMinor: payment.refundedMinor ?? 0,
  providerRef: payment.providerRef,
  payment,
});
/**
 * It is still as it was read, in all that several witnesses change: what one of them brought meanwhile is not forgotten
 * over what is written now. (A session comes with the state `pending`; a number, once there, stays.)
 */
export const asRead = ({ state, refundedMinor = 0, providerRef }: KeptPayment): Record<string, unknown> => ({
  ...{ state, refundedMinor },
  ...(providerRef === undefined ? { providerRef } : {}),
});
export const monthItem = (payment: Payment): Item => ({ pk: "PAYMENT_MONTHS", sk: payment.createdAt.slice(0, 7) });
export const paymentOf = (item: Item): KeptPayment => KeptPayment.parse(item["payment"]);

/** What a provider's number was booked as. */
export interface Booked {
  /** The account of the ledger that holds it. */
  holder: string;
  ref: string;
  what: "payment" | "refund" | "suspense";
  /** The payment's, the refund's, or the waiting money's. */
  id: string;
  amountMinor: number;
  currency: string;
  /** When the provider says that it moved, or else when it was heard. */
  at: string;
}
export const bookedWrite = (booked: Booked): Write => ({
  put: {
    ...refKey(booked.holder, booked.ref),
    gsi1pk: `BOOKED#${booked.holder}#${booked.at.slice(0, 10)}`,
    gsi1sk: short(booked.ref),
    booked,
  },
  if: "absent",
});

const sessionWrite = (holder: string, sessionId: string, paymentId: string): Write => ({
  put: { ...sessionKey(holder, sessionId), paymentId },
});

/** Third parties number as they like, so that one number may be several things: it is for finding alone. */
export const takenRefItem = (ref: string, id: string): Item => ({ pk: `TAKEN_REF#${short(ref)}`, sk: id });

/** So that a payment shows what was asked back of it. */
export const refundMark = (paymentId: string, refundId: string): Item => ({
  pk: `PAYMENT#${paymentId}`,
  sk: `REFUND#${refundId}`,
});

export type Source = "callback" | "query" | "statement" | "code";

export function paymentStore({ table, commit, clock }: Here) {
  async function find(id: string): Promise<KeptPayment | undefined> {
    const item = await table.get(paymentKey(id));
    return item && paymentOf(item);
  }
  async function get(id: string): Promise<KeptPayment> {
    const found = await find(id);
    if (!found) throw absent();
    return found;
  }
  /** Becomes `after`, if it may and is as it was read. @returns false when a later word stands already */
  async function moveTo(
    read: KeptPayment,
    after: KeptPayment,
    more: readonly Write[] = [],
    events: readonly NewEvent[] = [],
  ): Promise<boolean> {
    if (!NEXT[read.state].includes(after.state)) return false;
    try {
      await commit([{ put: itemOf(after), if: asRead(read) }, ...more], events);
      return true;
    } catch (error) {
      if (error instanceof ConditionFailed && error.index === 0) return false;
      throw error;
    }
  }

  return {
    find,
    get,
    moveTo,

    /** Nobody pays by it any more, as it seems; what a twin of the request has opened stands. @returns as `moveTo` */
    over(read: KeptPayment, state: "failed" | "expired", events: readonly NewEvent[] = []): Promise<boolean> {
      const { checkoutUrl: _gone, ...kept } = read;
      return moveTo(read, { ...kept, state }, [], events);
    },

    /** The payment that was last opened for a bill, or for all that is due of an account. */
    async payingFor(subject: Subject): Promise<KeptPayment | undefined> {
      const item = await table.get(payingKey(subject));
      return item && find(item["paymentId"] as string);
    },

    /**
     * Opens a payment in its turn. Somebody asks after it from then on.
     * @returns false when another was opened since the turn was looked at: of it, of its account, or of a bill of it
     */
    async open(payment: KeptPayment, { own, last }: Turn): Promise<boolean> {
      const now = clock.now();
      const askAt = new Date(now.getTime() + waitMs(0, false));
      const paying = { ...payingKey(payment), paymentId: payment.id, ...nextIn(own, now) };
      const expiresAt = Math.floor(now.getTime() / 1000) + TURN_KEPT_S;
      try {
        await commit([
          { put: paying, if: own.payment ? { paymentId: own.payment.id } : "absent" },
          ...(last
            ? [
                {
                  put: { ...turnKey(last.accountId), paymentId: payment.id, expiresAt },
                  if: last.paymentId === undefined ? ("absent" as const) : { paymentId: last.paymentId },
                },
              ]
            : []),
          { put: itemOf(payment), if: "absent" },
          { put: monthItem(payment) },
          planned(AskProvider, payment.id, askAt, { tries: 0 }),
          ...(payment.alias === undefined ? [] : [sessionWrite(holderOf(payment), payment.alias, payment.id)]),
        ]);
        return true;
      } catch (error) {
        if (error instanceof ConditionFailed) return false;
        throw error;
      }
    },

    /**
     * Keeps that its provider is asked for it once more, before it is: until then nobody was told that it is over.
     * @returns false when another stands in its place, or an answer came
     */
    async askedAgain(payment: KeptPayment): Promise<boolean> {
      try {
        await commit([
          { put: itemOf({ ...payment, askedAt: clock.now().toISOString() }), if: { state: "created" } },
          { check: payingKey(payment), if: { paymentId: payment.id } },
        ]);
        return true;
      } catch (error) {
        if (error instanceof ConditionFailed) return false;
        throw error;
      }
    },

    /** Whether nobody has asked the provider for it yet: says yes once. */
    async mayAsk(id: string): Promise<boolean> {
      return (await table.putIfAbsent({ pk: `PAYMENT#${id}`, sk: "ASKED" })).created;
    },

    sessionWrite,
    async bySession(holder: string, sessionId: string): Promise<KeptPayment | undefined> {
      const item = await table.get(sessionKey(holder, sessionId));
      return item && find(item["paymentId"] as string);
    },

    async booked(holder: string, ref: string): Promise<Booked | undefined> {
      return (await table.get(refKey(holder, ref)))?.["booked"] as Booked | undefined;
    },
    async bookedOn(holder: string, day: string): Promise<Booked[]> {
      const found: Booked[] = [];
      for await (const item of table.all({ pk: `BOOKED#${holder}#${day}`, index: "gsi1" }))
        found.push(item["booked"] as Booked);
      return found;
    },

    /** Keeps who said what; the same said twice is one witness. */
    async witnessed(paymentId: string, source: Source, word: Word): Promise<void> {
      const { says, about, amountMinor, currency, providerRef, reason } = word;
      const name = `${source}#${about}#${says}#${short(providerRef ?? "")}`;
      const at = word.at ?? clock.now().toISOString();
      const said = { source, about, says, amountMinor, currency, providerRef, reason, at };
      await table.putIfAbsent({ pk: `PAYMENT#${paymentId}`, sk: `WITNESS#${name}`, said });
    },
    async witnesses(paymentId: string): Promise<Record<string, unknown>[]> {
      const { items } = await table.query({ pk: `PAYMENT#${paymentId}`, beginsWith: "WITNESS#", limit: 100 });
      return items.map((item) => item["said"] as Record<string, unknown>);
    },

    async refundsOf(paymentId: string): Promise<string[]> {
      const { items } = await table.query({ pk: `PAYMENT#${paymentId}`, beginsWith: "REFUND#", limit: 100 });
      return items.map(({ sk }) => sk.slice("REFUND#".length));
    },
    /** What a third party's number became: payments, or money that waits. */
    async takenAs(ref: string): Promise<string[]> {
      const { items } = await table.query({ pk: `TAKEN_REF#${short(ref)}`, limit: 10 });
      return items.map(({ sk }) => sk);
    },

    async ofMonth(month: string, at: { limit: number; cursor?: string }) {
      const { items, cursor } = await table.query({ pk: `PAYMENTS#${month}`, index: "gsi1", reverse: true, ...at });
      return { payments: items.map(paymentOf), ...(cursor ? { next: cursor } : {}) };
    },

    /** Every lasting item, for the city's export. The accounts stay behind: they are sealed by this house. */
    async *items(): AsyncIterable<Item> {
      for await (const month of table.all({ pk: "PAYMENT_MONTHS" })) {
        yield month;
        for await (const { pk } of table.all({ pk: `PAYMENTS#${month.sk}`, index: "gsi1" })) {
          let payment: KeptPayment | undefined;
          for await (const item of table.all({ pk })) {
            yield item;
            if (item.sk === "PAYMENT") payment = paymentOf(item);
          }
          if (!payment) continue;
          if (payment.provider === "third_party" && payment.providerRef)
            yield* await table.getMany([takenRefItem(payment.providerRef, payment.id)]);
          // Which payment stands for the bill travels with it, or the new house would open a second one beside it.
          const { id, sessionId, alias } = payment;
          const paying = await table.get(payingKey(payment));
          if (paying?.["paymentId"] === id) yield paying;
          for (const name of [sessionId, alias]) {
            const session = name && (await table.get(sessionKey(holderOf(payment), name)));
            if (session) yield session;
          }
        }
      }
    },
    /** What was booked under which number, by the days on which something was. */
    async *bookedItems(): AsyncIterable<Item> {
      for await (const day of table.all({ pk: "BOOKED_DAYS" })) {
        yield day;
        yield* table.all({ pk: `BOOKED#${String(day["holder"])}#${String(day["day"])}`, index: "gsi1" });
      }
    },
  };
}

/** On which day of which account something was booked: for the export and the day's reconciliation. */
export const bookedDay = (holder: string, at: string): Item => ({
  pk: "BOOKED_DAYS",
  sk: `${holder}#${at.slice(0, 10)}`,
  holder,
  day: at.slice(0, 10),
});
