import { Fault, invalid } from "../../shared/errors.ts";
import type { Transfer } from "../../shared/ledger.ts";
import { exponentOf } from "../../shared/money.ts";
import { coinUnit } from "../../shared/payable.ts";
import type { CashReceipt, DayReport, Denominations, NewTaking, Shift, Till } from "./schema.ts";

export const cashAccount = (till: string): string => `cash:${till}`;
/** Where floats come from and go to. A till's code is in capitals, so no till is called this. */
export const SAFE = "cash:safe";
export const IN_TRANSIT = "in_transit";
export const differenceAccount = (till: string): string => `cash_difference:${till}`;

export const labelOf = (till: string, year: string, number: number): string =>
  `${till}-${year}-${String(number).padStart(6, "0")}`;

interface Due {
  of: "bill" | "account";
  reference: string;
  dueMinor: number;
  currency: string;
}

/** @throws {Fault} conflict: nothing is due; invalid: more than is due, less given than taken, other money */
export function cashOf(asked: NewTaking, due: Due, till: Pick<Till, "currency">) {
  if (due.currency !== till.currency) throw invalid("#/reference", `This till takes ${till.currency} alone.`);
  // Whoever names an account may pay ahead, by saying how much.
  const isAhead = due.of === "account" && asked.amountMinor !== undefined;
  if (due.dueMinor <= 0 && !isAhead)
    throw new Fault("conflict", `The ${due.of} ${due.reference} is paid; nothing is due.`);
  const amountMinor = asked.amountMinor ?? due.dueMinor;
  if (amountMinor > due.dueMinor && !isAhead) throw invalid("#/amountMinor", `Only ${due.dueMinor} is due.`);
  const givenMinor = asked.givenMinor ?? amountMinor;
  if (givenMinor < amountMinor) throw invalid("#/givenMinor", "Less than the amount was handed over.");
  return { amountMinor, givenMinor, changeMinor: givenMinor - amountMinor };
}

/** @throws {Fault} invalid: beyond what is counted exactly */
export function countedOf(denominations: Denominations): number {
  const sum = Object.entries(denominations).reduce((all, [value, count]) => all + BigInt(value) * BigInt(count), 0n);
  if (sum > 1_000_000_000_000n) throw invalid("#/denominations", "No drawer holds as much as this.");
  return Number(sum);
}

/** A float that differs from the books comes from the safe, or goes there. */
export function floatTransfers(
  till: Pick<Till, "code" | "currency">,
  floatMinor: number,
  bookMinor: number,
): Transfer[] {
  const more = floatMinor - bookMinor;
  if (more === 0) return [];
  const [debit, credit] = more > 0 ? [cashAccount(till.code), SAFE] : [SAFE, cashAccount(till.code)];
  return [{ debit, credit, amountMinor: Math.abs(more), currency: till.currency, code: "float" }];
}

/** What was counted more than the books say is the city's gain, what is missing its loss, till by till. */
export function differenceTransfers(
  shift: Pick<Shift, "id" | "till" | "currency">,
  differenceMinor: number,
): Transfer[] {
  if (differenceMinor === 0) return [];
  const [cash, difference] = [cashAccount(shift.till), differenceAccount(shift.till)];
  const [debit, credit] = differenceMinor > 0 ? [cash, difference] : [difference, cash];
  const common = { amountMinor: Math.abs(differenceMinor), currency: shift.currency, code: "cash_difference" };
  return [{ debit, credit, ...common, memo: shift.id }];
}

// What circulates, in minor units; where a currency is not listed, 1, 2 and 5 of each power of ten, from its smallest
// coin on.
const CIRCULATING: Record<string, readonly number[]> = {
  EUR: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000],
  XOF: [1, 5, 10, 25, 50, 100, 200, 250, 500, 1_000, 2_000, 5_000, 10_000],
  XAF: [1, 2, 5, 10, 25, 50, 100, 500, 1_000, 2_000, 5_000, 10_000],
  MAD: [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000],
  TND: [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000],
  KES: [100, 500, 1_000, 2_000, 4_000, 5_000, 10_000, 20_000, 50_000, 100_000],
};
export function coinsOf(currency: string): number[] {
  const listed = CIRCULATING[currency];
  if (listed) return [...listed].reverse();
  const powers = Array.from({ length: exponentOf(currency) + 4 }, (_, i) => 10 ** i);
  const all = powers.flatMap((power) => [power, 2 * power, 5 * power]);
  return all.filter((coin) => coin >= coinUnit(currency)).reverse();
}

/** What a day took and handed back, by till. */
export function reportOf(
  day: string,
  taken: readonly CashReceipt[],
  reversed: readonly CashReceipt[],
  closed: readonly Shift[],
): DayReport {
  const codes = [...new Set([...taken, ...reversed, ...closed].map(({ till }) => till))].sort();
  const sum = (all: readonly { amountMinor: number }[]) => all.reduce((total, one) => total + one.amountMinor, 0);
  return {
    day,
    tills: codes.map((till) => {
      const [mine, back, shut] = [
        taken.filter((one) => one.till === till),
        reversed.filter((one) => one.till === till),
        closed.filter((one) => one.till === till),
      ];
      return {
        till,
        currency: [...mine, ...back, ...shut][0]?.currency ?? "",
        receipts: mine.length,
        takenMinor: sum(mine),
        reversed: back.length,
        reversedMinor: sum(back),
        netMinor: sum(mine) - sum(back),
        differenceMinor: shut.reduce((total, { differenceMinor = 0 }) => total + differenceMinor, 0),
      };
    }),
  };
}
