import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { CashReceipt, Deposit, Shift, Till } from "./schema.ts";

// question                               key
// one till                               pk     TILL#<code>                 sk     TILL
// the city's tills                       gsi1pk TILLS                       gsi1sk <code>
// which number was the year's last       pk     TILL#<code>                 sk     NUMBERS#<year>   (the guard of the numbers)
// one receipt, a year's receipts         pk     CASH_RECEIPTS#<code>#<year> sk     <number, 8 digits>
// what a day took                        gsi1pk CASH_DAY#<day>              gsi1sk <code>#<number>
// which receipt a taking became          pk     CASH_TAKING#<taking>        sk     CASH_TAKING
// what a day handed back                 pk     CASH_BACK#<day>             sk     <label>
// what stopped half-way at a till        pk     CASH_OPEN#<code>            sk     <label>
// one shift                              pk     SHIFT#<id>                  sk     SHIFT
// a till's shifts                        gsi1pk SHIFTS#<code>               gsi1sk <openedAt>#<id>
// the shifts that a day closed           pk     SHIFTS_CLOSED#<day>         sk     <shift>
// one deposit                            pk     CASH_DEPOSIT#<id>           sk     CASH_DEPOSIT
// a till's deposits                      gsi1pk CASH_DEPOSITS#<code>        gsi1sk <madeAt>#<id>
// whose reference is this                pk     CASH_DEPOSIT_REF#<ref>      sk     CASH_DEPOSIT_REF
const tillKey = (code: string) => ({ pk: `TILL#${code}`, sk: "TILL" });
export const numbersKey = (code: string, year: string) => ({ pk: `TILL#${code}`, sk: `NUMBERS#${year}` });
const receiptKey = (code: string, year: string, number: number) => ({
  pk: `CASH_RECEIPTS#${code}#${year}`,
  sk: String(number).padStart(8, "0"),
});
const takingKey = (id: string) => ({ pk: `CASH_TAKING#${id}`, sk: "CASH_TAKING" });
const shiftKey = (id: string) => ({ pk: `SHIFT#${id}`, sk: "SHIFT" });
const depositKey = (id: string) => ({ pk: `CASH_DEPOSIT#${id}`, sk: "CASH_DEPOSIT" });
const depositRefKey = (reference: string) => ({ pk: `CASH_DEPOSIT_REF#${reference}`, sk: "CASH_DEPOSIT_REF" });

export const tillItem = (till: Till): Item => ({
  ...tillKey(till.code),
  gsi1pk: "TILLS",
  gsi1sk: till.code,
  state: till.state,
  shiftId: till.shiftId ?? "",
  deposits: till.deposits,
  till,
});
export const receiptItem = (receipt: CashReceipt): Item => ({
  ...receiptKey(receipt.till, receipt.year, receipt.number),
  gsi1pk: `CASH_DAY#${receipt.day}`,
  gsi1sk: `${receipt.till}#${String(receipt.number).padStart(8, "0")}`,
  state: receipt.state,
  askedBy: receipt.askedBy ?? "",
  receipt,
});
export const takingItem = (receipt: CashReceipt): Item => ({
  ...takingKey(receipt.takingId),
  till: receipt.till,
  year: receipt.year,
  number: receipt.number,
});
export const backItem = (receipt: CashReceipt): Item => ({
  pk: `CASH_BACK#${receipt.reversedOn}`,
  sk: receipt.label,
  till: receipt.till,
  year: receipt.year,
  number: receipt.number,
});
/** Stands as long as a receipt's money is not where the receipt says: nothing is closed over it. */
export const openItem = ({ till, label, year, number }: CashReceipt): Item => ({
  pk: `CASH_OPEN#${till}`,
  sk: label,
  till,
  year,
  number,
});
export const shiftItem = (shift: Shift): Item => ({
  ...shiftKey(shift.id),
  gsi1pk: `SHIFTS#${shift.till}`,
  gsi1sk: `${shift.openedAt}#${shift.id}`,
  state: shift.state,
  countedBy: shift.countedBy ?? "",
  shift,
});
export const closedItem = (day: string, shift: Shift): Item => ({ pk: `SHIFTS_CLOSED#${day}`, sk: shift.id });
export const depositItem = (deposit: Deposit): Item => ({
  ...depositKey(deposit.id),
  gsi1pk: `CASH_DEPOSITS#${deposit.till}`,
  gsi1sk: `${deposit.madeAt}#${deposit.id}`,
  state: deposit.state,
  deposit,
});
export const depositRefItem = (deposit: Deposit): Item => ({ ...depositRefKey(deposit.reference), id: deposit.id });

const receiptOf = (item: Item): CashReceipt => CashReceipt.parse(item["receipt"]);

export function counterStore({ table }: Pick<Here, "table">) {
  async function findReceipt(code: string, year: string, number: number): Promise<CashReceipt | undefined> {
    const item = await table.get(receiptKey(code, year, number));
    return item && receiptOf(item);
  }
  async function pointed(items: readonly Item[]): Promise<CashReceipt[]> {
    const keys = items.map((item) =>
      receiptKey(item["till"] as string, item["year"] as string, item["number"] as number),
    );
    return (await table.getMany(keys)).map(receiptOf);
  }
  const collected = async (query: AsyncIterable<Item>): Promise<Item[]> => {
    const all: Item[] = [];
    for await (const item of query) all.push(item);
    return all;
  };

  return {
    async tills(): Promise<Till[]> {
      return (await collected(table.all({ pk: "TILLS", index: "gsi1" }))).map((item) => Till.parse(item["till"]));
    },
    /** @throws {Fault} absent */
    async till(code: string): Promise<Till> {
      const item = await table.get(tillKey(code));
      if (!item) throw absent();
      return Till.parse(item["till"]);
    },
    /** Keeps a till once. @throws {Fault} conflict: the code is another till's */
    async addTill(till: Till): Promise<{ created: boolean; till: Till }> {
      const { created, item } = await table.putIfAbsent(tillItem(till));
      const kept = Till.parse(item["till"]);
      if (kept.name !== till.name) throw new Fault("conflict", `There is another till ${till.code}.`);
      return { created, till: kept };
    },

    /** @throws {Fault} absent */
    async shift(id: string): Promise<Shift> {
      const item = await table.get(shiftKey(id));
      if (!item) throw absent();
      return Shift.parse(item["shift"]);
    },
    async findShift(id: string): Promise<Shift | undefined> {
      const item = await table.get(shiftKey(id));
      return item && Shift.parse(item["shift"]);
    },
    async shiftsOf(code: string, limit: number): Promise<Shift[]> {
      const { items } = await table.query({ pk: `SHIFTS#${code}`, index: "gsi1", reverse: true, limit });
      return items.map((item) => Shift.parse(item["shift"]));
    },
    async closedOn(day: string): Promise<Shift[]> {
      const ids = await collected(table.all({ pk: `SHIFTS_CLOSED#${day}` }));
      return (await table.getMany(ids.map(({ sk }) => shiftKey(sk)))).map((item) => Shift.parse(item["shift"]));
    },

    findReceipt,
    /** @throws {Fault} absent */
    async receipt(code: string, year: string, number: number): Promise<CashReceipt> {
      const found = await findReceipt(code, year, number);
      if (!found) throw absent();
      return found;
    },
    async byTaking(id: string): Promise<CashReceipt | undefined> {
      const item = await table.get(takingKey(id));
      return item && (await pointed([item]))[0];
    },
    async lastNumber(code: string, year: string): Promise<number> {
      return Number((await table.get(numbersKey(code, year)))?.["last"] ?? 0);
    },
    /** The year's last receipts, the latest first. */
    async lastOf(code: string, year: string, limit: number): Promise<CashReceipt[]> {
      const { items } = await table.query({ pk: `CASH_RECEIPTS#${code}#${year}`, reverse: true, limit });
      return items.map(receiptOf);
    },
    async takenOn(day: string): Promise<CashReceipt[]> {
      return (await collected(table.all({ pk: `CASH_DAY#${day}`, index: "gsi1" }))).map(receiptOf);
    },
    async backOn(day: string): Promise<CashReceipt[]> {
      return pointed(await collected(table.all({ pk: `CASH_BACK#${day}` })));
    },

    /** Receipts between their number and their money, or between a decision and its entry. */
    async unfinished(code: string): Promise<CashReceipt[]> {
      return pointed(await collected(table.all({ pk: `CASH_OPEN#${code}` })));
    },

    async findDeposit(id: string): Promise<Deposit | undefined> {
      const item = await table.get(depositKey(id));
      return item && Deposit.parse(item["deposit"]);
    },
    async depositByReference(reference: string): Promise<Deposit | undefined> {
      const item = await table.get(depositRefKey(reference));
      const found = item && (await table.get(depositKey(item["id"] as string)));
      return found && Deposit.parse(found["deposit"]);
    },
    async depositsOf(code: string, limit: number): Promise<Deposit[]> {
      const { items } = await table.query({ pk: `CASH_DEPOSITS#${code}`, index: "gsi1", reverse: true, limit });
      return items.map((item) => Deposit.parse(item["deposit"]));
    },

    /** Commits, or answers false when a condition does not hold. */
    async tried(writes: readonly Write[], commit: (writes: readonly Write[]) => Promise<void>): Promise<boolean> {
      try {
        await commit(writes);
        return true;
      } catch (error) {
        if (error instanceof ConditionFailed) return false;
        throw error;
      }
    },

    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      for await (const till of table.all({ pk: "TILLS", index: "gsi1" })) {
        yield* table.all({ pk: `CASH_OPEN#${till.gsi1sk}` });
        for await (const item of table.all({ pk: till.pk })) {
          yield item;
          if (!item.sk.startsWith("NUMBERS#")) continue;
          const year = item.sk.slice("NUMBERS#".length);
          for await (const kept of table.all({ pk: `CASH_RECEIPTS#${till.gsi1sk}#${year}` })) {
            yield kept;
            const receipt = receiptOf(kept);
            yield takingItem(receipt);
            if (receipt.reversedOn) yield backItem(receipt);
          }
        }
        for await (const item of table.all({ pk: `SHIFTS#${till.gsi1sk}`, index: "gsi1" })) {
          yield item;
          const closedOn = item["closedOn"] as string | undefined;
          if (closedOn) yield closedItem(closedOn, Shift.parse(item["shift"]));
        }
        for await (const item of table.all({ pk: `CASH_DEPOSITS#${till.gsi1sk}`, index: "gsi1" })) {
          yield item;
          yield depositRefItem(Deposit.parse(item["deposit"]));
        }
      }
    },
  };
}
