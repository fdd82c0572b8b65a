import { minorOf } from "../../shared/amounts.ts";
import { Fault } from "../../shared/errors.ts";
import { decimalOf } from "../../shared/money.ts";
import type { AlarmRule } from "./schema.ts";

/** The rule as a form asks for it: amounts in the currency's main unit, all else in whole numbers. */
export const NUMBERS = {
  refunds: ["dayCount", "weekTimesUsual", "weekAtLeast", "personWeekCount", "soonMinutes", "parts"],
  disputes: ["perThousand", "atLeast"],
} as const;

export function fieldsOf(rule: AlarmRule, currency: string): Record<string, string> {
  const numbers = [
    ...NUMBERS.refunds.map((name) => [name, rule.refunds[name]] as const),
    ...NUMBERS.disputes.map((name) => [name, rule.disputes[name]] as const),
    ["suspenseDays", rule.suspenseDays] as const,
  ];
  return {
    ...Object.fromEntries(numbers.map(([name, value]) => [name, String(value)])),
    dayAmount: decimalOf(rule.refunds.dayAmountMinor, currency),
    cashDifference: decimalOf(rule.cashDifferenceMinor, currency),
    isMailed: rule.isMailed ? "yes" : "",
  };
}

/** What was typed, as the rule has it; what is no number is left for the rule to refuse. @throws {Fault} invalid */
export function ruleFrom(typed: Record<string, string>, currency: string): unknown {
  const number = (name: string) => {
    const text = (typed[name] ?? "").trim();
    return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
  };
  const all = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, number(name)]));
  return {
    refunds: { ...all(NUMBERS.refunds), dayAmountMinor: minorOf(typed["dayAmount"] ?? "", currency, "dayAmount") },
    disputes: all(NUMBERS.disputes),
    suspenseDays: number("suspenseDays"),
    cashDifferenceMinor: minorOf(typed["cashDifference"] ?? "", currency, "cashDifference"),
    isMailed: typed["isMailed"] === "yes",
  };
}

/** The mistakes of a rule by the form's fields. What is not the visitor's mistake is thrown on. */
export function ruleMistakes(error: unknown): { field: string; detail: string }[] {
  if (!(error instanceof Fault) || error.kind !== "invalid") throw error;
  const field = (pointer: string) => (pointer.split("/").at(-1) ?? "").replace(/Minor$/, "");
  return (error.members.errors ?? []).map(({ pointer, detail }) => ({ field: field(pointer), detail }));
}
