import { isDeepStrictEqual } from "node:util";
import { absent, Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { readReference } from "../../shared/reference.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { creditAccount, dueAccount, stateOf, transfersOf } from "./domain.ts";
import { BillCancelled, BillIssued, CreditMet, TariffPart } from "./events.ts";
import { type Bill, Issued, isMetered, KeptRun, KeptTariff, type Kind, type Metered } from "./schema.ts";

// question                          key
// one bill                          pk     BILL#<id>               sk     BILL
// an account's bills                gsi1pk BILLS_OF#<account>      gsi1sk <month>#<id>
//   of nobody's                     gsi1pk BILLS_OF#-
// was this meter's month billed     pk     BILLED#<meter>          sk     <month>          (guards that it is billed once)
//   of a connection point           pk     BILLED#point:<code>:<account>
//   by which a meter there is found pk     BILLED#<meter>          sk     <month>#<bill>
// was this raised before            pk     RAISED#<its id>         sk     RAISED           (the same for other dues)
// the bills of a month              gsi1pk BILLS#<month>           gsi1sk <kind>#<id>      (on either guard)
// whose reference is this           pk     BILL_REFERENCE#<ref>    sk     BILL_REFERENCE
// one tariff of the city            pk     TARIFF#<id>             sk     TARIFF
// its tariffs, the latest last      gsi1pk TARIFFS#<kind>          gsi1sk <id>
// runs, the latest last             pk     BILL_RUN#<id>, gsi1pk BILL_RUNS, gsi1sk <id>
// what is still due of a bill       the ledger's account due:<bill id>
const key = (id: string) => ({ pk: `BILL#${id}`, sk: "BILL" });
const guardKey = (place: string, month: string) => ({ pk: `BILLED#${place}`, sk: month });
/** What is billed once for a month: a meter; or a connection point, for each account that it served. */
export const placeOf = ({
  meterId,
  point,
  accountId,
}: {
  meterId: string;
  point?: string | undefined;
  accountId: string;
}) => (point === undefined ? meterId : `point:${point}:${accountId}`);
const referenceKey = (reference: string) => ({ pk: `BILL_REFERENCE#${reference}`, sk: "BILL_REFERENCE" });
const tariffKey = (id: string) => ({ pk: `TARIFF#${id}`, sk: "TARIFF" });

const raisedKey = (raisedAs: string) => ({ pk: `RAISED#${raisedAs}`, sk: "RAISED" });
const NOBODY = "-";

const billItems = (bill: Issued): [Item, Item, Item] => [
  {
    ...key(bill.id),
    gsi1pk: `BILLS_OF#${bill.accountId ?? NOBODY}`,
    gsi1sk: `${bill.month}#${bill.id}`,
    relievedMinor: bill.relievedMinor ?? 0,
    penaltyMinor: bill.penaltyMinor ?? 0,
    bill,
  },
  {
    ...(isMetered(bill) ? guardKey(placeOf(bill), bill.month) : raisedKey(bill.raisedAs)),
    gsi1pk: `BILLS#${bill.month}`,
    gsi1sk: `${bill.kind}#${bill.id}`,
    billId: bill.id,
  },
  { ...referenceKey(bill.reference), billId: bill.id },
];
/** Of a connection point: by each meter that stood there, where its bill is. */
const meterItems = (bill: Issued): Item[] =>
  isMetered(bill) && bill.point !== undefined
    ? [...new Set([bill.meterId, ...(bill.meters ?? []).map(({ meterId }) => meterId)])].map((meterId) => ({
        ...guardKey(meterId, `${bill.month}#${bill.id}`),
        billId: bill.id,
      }))
    : [];
const issuedOf = (item: Item): Issued => Issued.parse(item["bill"]);
const runKey = (id: string) => ({ pk: `BILL_RUN#${id}`, sk: "BILL_RUN" });
/** What the guard of a meter's month says of the run that billed it. */
export interface Billed {
  runId?: string | undefined;
  totalMinor?: number | undefined;
}
const billedBy = (guard: Item): Billed => ({
  runId: guard["runId"] as string | undefined,
  totalMinor: guard["totalMinor"] as number | undefined,
});
const runItem = (run: KeptRun): Item => ({
  ...runKey(run.id),
  gsi1pk: "BILL_RUNS",
  gsi1sk: run.id,
  run,
});

export function billStore({ table, ledger }: Pick<Here, "table" | "ledger">) {
  async function withDue(issued: readonly Issued[]): Promise<Bill[]> {
    if (issued.length === 0) return [];
    const now = await ledger.at();
    return issued.map((bill) => {
      const dueMinor = now.balance(dueAccount(bill.id), bill.currency);
      return { ...bill, dueMinor, state: stateOf(bill, dueMinor) };
    });
  }
  async function many(ids: readonly string[]): Promise<Bill[]> {
    const found = new Map((await table.getMany(ids.map(key))).map((item) => [item.pk, issuedOf(item)]));
    return withDue(ids.flatMap((id) => found.get(key(id).pk) ?? []));
  }
  async function get(id: string): Promise<Bill> {
    const [found] = await many([id]);
    if (!found) throw absent();
    return found;
  }

  async function* itemsOf(accountId: string): AsyncIterable<Item> {
    for await (const item of table.all({ pk: `BILLS_OF#${accountId}`, index: "gsi1" }))
      yield* [...billItems(issuedOf(item)), ...meterItems(issuedOf(item))];
  }

  return {
    get,

    /** A bill without what is due of it. @throws {Fault} absent */
    async issued(id: string): Promise<Issued> {
      const item = await table.get(key(id));
      if (!item) throw absent();
      return issuedOf(item);
    },

    /** @throws {Fault} absent: for a wrong check sign as for a reference that nobody has */
    async byReference(typed: string): Promise<Bill> {
      const reference = readReference(typed);
      const item = reference && (await table.get(referenceKey(reference)));
      if (!item) throw absent();
      return get(item["billId"] as string);
    },

    /**
     * Makes a bill due: its items, its transfers and its event in one transaction.
     * @param more  further writes of that transaction, and what its guard keeps
     * @returns false when this meter's month was billed, or this raised, before, or one of the further writes was made
     */
    async issue(bill: Issued, more: { also?: readonly Write[]; guarded?: Billed } = {}): Promise<boolean> {
      const [item, guard, reference] = billItems({ ...bill, penaltyMinor: 0 });
      const writes: Write[] = [
        { put: { ...guard, ...more.guarded }, if: "absent" },
        { put: item, if: "absent" },
        { put: reference, if: "absent" },
        ...(more.also ?? []),
        ...meterItems(bill).map((put): Write => ({ put })),
      ];
      const { id: billId, accountId, month, kind, totalMinor, currency, issuedAt } = bill;
      const transfers = transfersOf(bill);
      const issued = told(BillIssued, billId, { billId, accountId, month, kind, totalMinor, currency, issuedAt }, 1);
      try {
        await ledger.post({
          id: `bill:${billId}`,
          content: transfers,
          // Whether there is credit is known at the commit alone: so whichever of the two comes second sees the other.
          plan: (at) => {
            const hasCredit = accountId !== undefined && at.balance(creditAccount(accountId), currency) < 0;
            const met = hasCredit ? [told(CreditMet, billId, { accountId, billId })] : [];
            return { transfers, writes, events: [issued, ...met] };
          },
        });
        return true;
      } catch (error) {
        const isOfOthers = error instanceof ConditionFailed && (error.index === 0 || error.index > 2);
        if (isOfOthers) return false;
        if (error instanceof ConditionFailed)
          throw new Fault("unavailable", "Two bills drew one reference; try again.");
        throw error;
      }
    },

    async raised(raisedAs: string): Promise<Issued | undefined> {
      const guard = await table.get(raisedKey(raisedAs));
      const item = guard && (await table.get(key(guard["billId"] as string)));
      return item && issuedOf(item);
    },

    /**
     * Takes a bill back of which nothing was paid: what was due is reversed and the bill says so, in one transaction.
     * @returns false when something was paid of it, or it was taken back before
     */
    async cancel(bill: Issued, why: "expired", now: Date): Promise<boolean> {
      const { id: billId, accountId, kind, totalMinor, currency } = bill;
      if (bill.cancelledAt !== undefined) return false;
      const [item] = billItems({ ...bill, cancelledAt: now.toISOString() });
      const due = dueAccount(billId);
      // Whoever pays at this very moment is first or second: of a bill in part paid, the guard refuses to take all back.
      try {
        await ledger.reverse({
          postId: `bill:${billId}`,
          mayNotGoBelow: [{ account: due, currency, minMinor: 0 }],
          writes: [{ put: item }],
          events: [told(BillCancelled, billId, { billId, accountId, kind, totalMinor, currency, why }, 2)],
        });
        return true;
      } catch (error) {
        if (error instanceof ConditionFailed || (error instanceof Fault && error.kind === "conflict")) return false;
        throw error;
      }
    },

    /** Says on a bill how much less, or more, of it is due, if nobody else did so meanwhile. */
    changedWrite(bill: Issued, by: { relievedMinor?: number; penaltyMinor?: number }): Write {
      const before = { relievedMinor: bill.relievedMinor ?? 0, penaltyMinor: bill.penaltyMinor ?? 0 };
      const [item] = billItems(
        Issued.parse({
          ...bill,
          relievedMinor: before.relievedMinor + (by.relievedMinor ?? 0),
          penaltyMinor: before.penaltyMinor + (by.penaltyMinor ?? 0),
        }),
      );
      // A bill that was issued before there were penalties does not say that it has none.
      const { penaltyMinor: _none, ...old } = before;
      return { put: item, if: bill.penaltyMinor === undefined ? old : before };
    },

    /** Which of these meters were billed for this month, and by which run. */
    async billed(places: readonly string[], month: string): Promise<Map<string, Billed>> {
      const found = await table.getMany([...new Set(places)].map((place) => guardKey(place, month)));
      return new Map(found.map((item) => [item.pk.slice("BILLED#".length), billedBy(item)]));
    },
    /** Which of these were raised, and by which run. */
    async raisedAll(raisedAs: readonly string[]): Promise<Map<string, Billed>> {
      const found = await table.getMany(raisedAs.map(raisedKey));
      return new Map(found.map((item) => [item.pk.slice("RAISED#".length), billedBy(item)]));
    },

    /** The bills in which a meter's months were billed, from a month to a month, both included. */
    async ofMeter(meterId: string, from: string, to: string): Promise<Metered[]> {
      const ids: string[] = [];
      for await (const item of table.all({ pk: `BILLED#${meterId}`, from, to: `${to}#~` }))
        ids.push(item["billId"] as string);
      const items = await table.getMany([...new Set(ids)].map(key));
      return items.map(issuedOf).filter(isMetered);
    },

    async ofAccount(
      accountId: string,
      at: { limit: number; cursor?: string },
    ): Promise<{ bills: Bill[]; next?: string }> {
      const page = { pk: `BILLS_OF#${accountId}`, index: "gsi1" as const, reverse: true, ...at };
      const { items, cursor } = await table.query(page);
      return { bills: await withDue(items.map(issuedOf)), ...(cursor ? { next: cursor } : {}) };
    },

    /** Every bill of an account. */
    async allOf(accountId: string): Promise<Bill[]> {
      const issued: Issued[] = [];
      for await (const item of table.all({ pk: `BILLS_OF#${accountId}`, index: "gsi1" })) issued.push(issuedOf(item));
      return withDue(issued);
    },
    /** The bills of an account of which something is due, the oldest first. */
    async *duesOf(accountId: string): AsyncIterable<Bill> {
      const now = await ledger.at();
      for await (const item of table.all({ pk: `BILLS_OF#${accountId}`, index: "gsi1" })) {
        const bill = issuedOf(item);
        const dueMinor = now.balance(dueAccount(bill.id), bill.currency);
        if (dueMinor > 0) yield { ...bill, dueMinor, state: stateOf(bill, dueMinor) };
      }
    },

    async ofMonth(month: string, at: { limit: number; cursor?: string }): Promise<{ bills: Bill[]; next?: string }> {
      const { items, cursor } = await table.query({ pk: `BILLS#${month}`, index: "gsi1", ...at });
      return { bills: await many(items.map((item) => item["billId"] as string)), ...(cursor ? { next: cursor } : {}) };
    },

    /** What is due and unpaid, the dearest first: by the ledger alone. */
    async arrears(limit: number): Promise<{ bills: Bill[]; count: number; dueMinor: number }> {
      const due = (await ledger.at()).list("due:").filter(({ balanceMinor }) => balanceMinor > 0);
      const most = [...due].sort((a, b) => b.balanceMinor - a.balanceMinor).slice(0, limit);
      return {
        bills: await many(most.map(({ account }) => account.slice("due:".length))),
        count: due.length,
        dueMinor: due.reduce((sum, { balanceMinor }) => sum + balanceMinor, 0),
      };
    },

    /** Keeps a tariff once. @throws {Fault} conflict: the id holds another */
    async keepTariff(id: string, tariff: TariffPart, now: Date): Promise<{ created: boolean; kept: KeptTariff }> {
      const kept: KeptTariff = { source: { from: "city", tariffId: id }, tariff, enteredAt: now.toISOString() };
      const put = await table.putIfAbsent({
        ...tariffKey(id),
        gsi1pk: `TARIFFS#${tariff.kind}`,
        gsi1sk: id,
        kept,
      });
      const there = KeptTariff.parse(put.item["kept"]);
      if (!isDeepStrictEqual(there.tariff, TariffPart.parse(tariff)))
        throw new Fault("conflict", "There is another tariff under this id. A tariff never changes: enter a new one.");
      return { created: put.created, kept: there };
    },

    /** The city's own tariffs of a kind, the latest first. */
    async tariffs(kind: Kind, limit = 20): Promise<KeptTariff[]> {
      const { items } = await table.query({ pk: `TARIFFS#${kind}`, index: "gsi1", reverse: true, limit });
      return items.map((item) => KeptTariff.parse(item["kept"]));
    },

    runWrite: (run: KeptRun, condition?: "absent"): Write => ({
      put: runItem(run),
      ...(condition ? { if: condition } : {}),
    }),
    async run(id: string): Promise<KeptRun | undefined> {
      const item = await table.get(runKey(id));
      return item && KeptRun.parse(item["run"]);
    },
    async runs(limit: number): Promise<KeptRun[]> {
      const { items } = await table.query({ pk: "BILL_RUNS", index: "gsi1", reverse: true, limit });
      return items.map((item) => KeptRun.parse(item["run"]));
    },

    /** Every lasting item, for the city's export. `accounts` is asked for, as bills are listed by account. */
    async *items(accountIds: AsyncIterable<string>): AsyncIterable<Item> {
      for await (const accountId of accountIds) yield* itemsOf(accountId);
      yield* itemsOf(NOBODY);
      for (const kind of ["electricity", "water", "gas"]) yield* table.all({ pk: `TARIFFS#${kind}`, index: "gsi1" });
      yield* table.all({ pk: "BILL_RUNS", index: "gsi1" });
    },
  };
}
