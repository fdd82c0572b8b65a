import { stringify } from "csv-stringify/sync";
import { type Mistakes, quoted, type Row, refuseLine } from "../../shared/delimited.ts";
import { Fault } from "../../shared/errors.ts";
import { parsed } from "../../shared/http.ts";
import { decimalOf } from "../../shared/money.ts";
import { minorOf } from "../../shared/amounts.ts";
import { KINDS } from "./domain.ts";
import {
  Day,
  type Entry,
  type EntryChange,
  EntryNumber,
  type Fact,
  FactChange,
  type Facts,
  type RollKind,
} from "./schema.ts";

// A roll as a file of office programs: a line of headings, then a line for each entry, or for each time in which its
// facts were others.

type Role = "number" | "account" | "zone" | "use" | "market" | "category" | "area" | "value" | "persons" | "bins";
type Column = Role | "from" | "to" | "exempt" | "reason";

/** Words of headings in three languages, without accents; the first column that a heading fits is its own. */
const WORDS: [Column, string[]][] = [
  ["reason", ["reason", "motif", "raison", "سبب"]],
  ["exempt", ["exempt", "exemption", "exoneration", "exonere", "اعفاء", "إعفاء"]],
  ["account", ["account", "payer", "compte", "redevable", "حساب", "الحساب"]],
  ["from", ["from", "since", "start", "debut", "depuis", "من"]],
  ["to", ["to", "until", "end", "fin", "jusqu", "إلى", "الى"]],
  ["zone", ["zone", "منطقة", "المنطقة"]],
  ["use", ["use", "usage", "استعمال", "الاستعمال"]],
  ["market", ["market", "marche", "سوق", "السوق"]],
  ["category", ["category", "categorie", "class", "classe", "فئة", "الفئة"]],
  ["value", ["value", "valeur", "قيمة", "القيمة"]],
  ["area", ["area", "surface", "superficie", "m2", "m²", "مساحة", "المساحة"]],
  ["persons", ["persons", "people", "personnes", "habitants", "أشخاص", "الأشخاص"]],
  ["bins", ["bins", "bin", "bacs", "bac", "حاويات"]],
  ["number", ["number", "no", "id", "parcel", "stall", "numero", "num", "parcelle", "place", "رقم", "الرقم"]],
];
const FACT_OF: Partial<Record<Column, Fact>> = {
  ...{ zone: "zone", use: "use", market: "market", category: "category" },
  ...{ area: "areaM2", value: "valueMinor", persons: "persons", bins: "bins" },
};

const wordsOf = (heading: string): string[] =>
  heading
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC")
    .toLowerCase()
    .split(/[^\p{L}\p{N}²]+/u)
    .filter(Boolean);

interface Columns {
  at: Map<Column, number>;
  ignored: string[];
}

/** @throws {Fault} invalid: no column of numbers, or two that could be one thing */
export function columnsOf({ line, fields }: Row, kind: RollKind): Columns {
  const at = new Map<Column, number>();
  const ignored: string[] = [];
  for (const [i, heading] of fields.entries()) {
    const words = wordsOf(heading);
    const column = WORDS.find(([, known]) => words.some((word) => known.includes(word)))?.[0];
    const fact = column && FACT_OF[column];
    if (column === undefined || (fact && !KINDS[kind].facts.includes(fact))) {
      if (heading !== "") ignored.push(heading.slice(0, 60));
      continue;
    }
    const before = at.get(column);
    if (before !== undefined)
      refuseLine(line, `Two columns could be the ${column}: ${quoted(fields[before] ?? "")} and ${quoted(heading)}.`);
    at.set(column, i);
  }
  if (!at.has("number")) {
    const shown = fields.slice(0, 10).map(quoted).join(", ");
    refuseLine(line, `No column holds the numbers of the entries: the headings are ${shown}. Name one "number".`);
  }
  return { at, ignored };
}

export interface FileEntry {
  line: number;
  number: string;
  /** Since when the facts of this line hold. */
  from: string;
  steps: EntryChange[];
  /** As the file writes it. */
  account?: string;
}

/** What takes a fact away; an empty field says nothing. */
const NONE = "-";
const decimal = (text: string) => text.replace(/[\s\u00a0\u202f]/g, "").replace(",", ".");

/** One line; what is wrong with it is noted. @param from the day from which facts hold where the line names none */
export function entryOf(
  row: Row,
  { at }: Columns,
  city: { currency: string },
  from: string,
  mistakes: Mistakes,
): FileEntry | undefined {
  const text = (column: Column) => {
    const place = at.get(column);
    // An apostrophe before a sign is how a formula is made text.
    return place === undefined ? "" : (row.fields[place] ?? "").trim().replace(/^'(?=[-=+@])/, "");
  };
  try {
    const number = read("number", () => parsed(EntryNumber, text("number")));
    const facts: Record<string, unknown> = {};
    for (const [column, fact] of Object.entries(FACT_OF) as [Column, Fact][]) {
      const typed = text(column);
      if (typed === NONE) facts[fact] = null;
      else if (typed !== "") facts[fact] = read(column, () => typedFact(column, typed, city.currency));
    }
    const exempt = text("exempt");
    if (exempt === NONE || decimal(exempt.replace("%", "")) === "0")
      Object.assign(facts, { exemptBasisPoints: null, exemptReason: null });
    else if (exempt !== "") {
      facts["exemptBasisPoints"] = read("exempt", () => basisPoints(exempt));
      if (text("reason") !== "") facts["exemptReason"] = text("reason");
    }
    const account = text("account");
    if (account === NONE) facts["accountId"] = null;
    const since = text("from") === "" ? from : read("from", () => dayIn(text("from")));
    const until = text("to") === "" ? undefined : read("to", () => dayIn(text("to")));
    const change = read("facts", () => parsed(FactChange, facts));
    return {
      line: row.line,
      number,
      from: since,
      steps: [{ from: since, facts: change }, ...(until === undefined ? [] : [{ endsOn: until }])],
      ...(account === "" || account === NONE ? {} : { account }),
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    mistakes.at(row.line, error.message);
    return undefined;
  }
}

/** Names the column in what is refused. */
function read<T>(column: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const [first] = error.members.errors ?? [];
    const fact = /^#\/(\w+)/.exec(first?.pointer ?? "")?.[1];
    throw new Fault("invalid", `${fact ?? column}: ${first?.detail ?? error.message}`);
  }
}

function typedFact(column: Column, typed: string, currency: string): unknown {
  if (column === "value") return minorOf(typed, currency, "value");
  if (column === "area") return decimal(typed);
  if (column !== "persons" && column !== "bins") return typed;
  if (!/^[0-9]{1,5}$/.test(typed)) throw new Fault("invalid", `${quoted(typed)} is no whole number.`);
  return Number(typed);
}

function basisPoints(typed: string): number {
  const found = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(decimal(typed.replace("%", "")));
  const points = found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : 0;
  if (points < 1 || points > 10_000) throw new Fault("invalid", `${quoted(typed)} is no percentage up to 100.`);
  return points;
}

/** Basis points as a percentage: 1250 is "12.5". */
export const percentOf = (basisPoints: number): string =>
  `${Math.floor(basisPoints / 100)}.${String(basisPoints % 100).padStart(2, "0")}`.replace(/\.?0+$/, "");

/** A day as offices write it: 2026-07-31, 31/07/2026, 31.07.2026. */
function dayIn(typed: string): string {
  const found = /^(\d{2})[/.](\d{2})[/.](\d{4})$/.exec(typed);
  const read = Day.safeParse(found ? `${found[3]}-${found[2]}-${found[1]}` : typed);
  if (!read.success) throw new Fault("invalid", `${quoted(typed)} is no day such as 2026-07-31.`);
  return read.data;
}

const HEADINGS = ["number", "account", "valid_from", "valid_to"] as const;

/**
 * A roll as a file that can be taken in again: a line for each spell. What a spreadsheet would take for a formula is
 * given as text.
 */
export function rollCsv(
  entries: readonly Entry[],
  kind: RollKind,
  currency: string,
  numbers: Map<string, string>,
): string {
  const names = (Object.entries(FACT_OF) as [Column, Fact][]).filter(([, fact]) => KINDS[kind].facts.includes(fact));
  const cell = (facts: Facts, fact: Fact): string => {
    const value = facts[fact];
    if (value === undefined) return NONE;
    return fact === "valueMinor" ? decimalOf(Number(value), currency) : String(value);
  };
  const rows = entries.flatMap(({ number, spells }) =>
    spells.map(({ from, to, facts }) => [
      ...[number, facts.accountId ? (numbers.get(facts.accountId) ?? facts.accountId) : NONE, from, to ?? ""],
      ...names.map(([, fact]) => cell(facts, fact)),
      facts.exemptBasisPoints === undefined ? NONE : percentOf(facts.exemptBasisPoints),
      facts.exemptReason ?? "",
    ]),
  );
  const head = [...HEADINGS, ...names.map(([column]) => column), "exemption_percent", "exemption_reason"];
  return stringify([head, ...rows], { escape_formulas: true, record_delimiter: "\r\n" });
}
