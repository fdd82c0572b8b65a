import { basisPointsOf, latinDigits, minorOf } from "../../shared/amounts.ts";
import { Fault, invalid } from "../../shared/errors.ts";
import { parsed } from "../../shared/http.ts";
import { Day, type Fact, FactChange } from "./schema.ts";

// Facts as people type them, into files and forms: decimals with a comma, days as offices write them.

export type Column =
  | ("number" | "account" | "from" | "to" | "exempt" | "reason")
  | ("zone" | "use" | "market" | "category" | "area" | "value" | "persons" | "bins");

/** Columns and fields that are facts. */
export const FACT_OF: Readonly<Partial<Record<Column, Fact>>> = {
  ...{ zone: "zone", use: "use", market: "market", category: "category" },
  ...{ area: "areaM2", value: "valueMinor", persons: "persons", bins: "bins" },
};
/** The column or field of a fact. */
export const columnOf = (fact: string): string =>
  Object.entries(FACT_OF).find(([, known]) => known === fact)?.[0] ?? COMMON_COLUMNS[fact] ?? fact;
const COMMON_COLUMNS: Record<string, Column> = {
  ...{ accountId: "account", exemptBasisPoints: "exempt", exemptReason: "reason" },
};

/** What takes a fact away; an empty field says nothing. */
export const NONE = "-";

/**
 * What was typed, as a change of facts. The account is left to the caller, unless it is taken away.
 * @throws {Fault} invalid, by column
 */
export function typedFacts(text: (column: Column) => string, currency: string): FactChange {
  const facts: Record<string, unknown> = {};
  for (const [column, fact] of Object.entries(FACT_OF) as [Column, Fact][]) {
    const typed = text(column);
    if (typed === NONE) facts[fact] = null;
    else if (typed !== "") facts[fact] = read(column, () => typedFact(column, typed, currency));
  }
  const exempt = text("exempt");
  if (exempt === NONE || decimal(exempt.replace(/[%٪]/, "")) === "0")
    Object.assign(facts, { exemptBasisPoints: null, exemptReason: null });
  else if (exempt !== "") {
    facts["exemptBasisPoints"] = read("exempt", () => basisPoints(exempt));
    if (text("reason") !== "") facts["exemptReason"] = text("reason");
  }
  if (text("account") === NONE) facts["accountId"] = null;
  return read("facts", () => parsed(FactChange, facts));
}

/** Points to the column in what is refused. */
export function read<T>(column: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const [first] = error.members.errors ?? [];
    const fact = /^#\/(\w+)/.exec(first?.pointer ?? "")?.[1];
    throw invalid(`#/${fact ? columnOf(fact) : column}`, first?.detail ?? error.message);
  }
}

/** A refusal in one sentence, with what it is about. */
export function sayBy(error: Fault): string {
  const [first] = error.members.errors ?? [];
  return first ? `${columnOf(first.pointer.split("/").at(-1) ?? "")}: ${first.detail}` : error.message;
}

/** A decimal with a point, whatever digits and signs it was typed with. */
const decimal = (typed: string) =>
  latinDigits(typed)
    .replace(/[\s\u00a0\u202f]/g, "")
    .replace(/[,\u066b]/, ".");
const quoted = (typed: string) => `"${typed.slice(0, 40)}"`;

function typedFact(column: Column, typed: string, currency: string): unknown {
  if (column === "value") return minorOf(typed, currency, "value");
  if (column === "area") return decimal(typed);
  if (column !== "persons" && column !== "bins") return typed;
  const digits = decimal(typed);
  if (!/^[0-9]{1,5}$/.test(digits)) throw new Fault("invalid", `${quoted(typed)} is no whole number.`);
  return Number(digits);
}

function basisPoints(typed: string): number {
  const points = basisPointsOf(typed.replace(/[%٪]/, ""), "exempt");
  if (points < 1 || points > 10_000) throw new Fault("invalid", `${quoted(typed)} is no percentage up to 100.`);
  return points;
}

/** Basis points as a percentage: 1250 is "12.5". */
export const percentOf = (basisPoints: number): string =>
  `${Math.floor(basisPoints / 100)}.${String(basisPoints % 100).padStart(2, "0")}`.replace(/\.?0+$/, "");

/** A day as offices write it: 2026-07-31, 31/07/2026, 31.07.2026. */
export function typedDay(typed: string): string {
  const digits = latinDigits(typed);
  const found = /^(\d{2})[/.](\d{2})[/.](\d{4})$/.exec(digits);
  const day = Day.safeParse(found ? `${found[3]}-${found[2]}-${found[1]}` : digits);
  if (!day.success) throw new Fault("invalid", `${quoted(typed)} is no day such as 2026-07-31.`);
  return day.data;
}
