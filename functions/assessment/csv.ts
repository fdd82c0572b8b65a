import { stringify } from "csv-stringify/sync";
import { type Mistakes, quoted, type Row, refuseLine } from "../../shared/delimited.ts";
import { Fault } from "../../shared/errors.ts";
import { parsed } from "../../shared/http.ts";
import { decimalOf } from "../../shared/money.ts";
import { KINDS } from "./domain.ts";
import { type Entry, type EntryChange, EntryNumber, type Fact, type Facts, type RollKind } from "./schema.ts";
import { type Column, FACT_OF, NONE, percentOf, read, sayBy, typedDay, typedFacts } from "./typing.ts";

// A roll as a file of office programs: a line of headings, then a line for each entry, or for each time in which its
// facts were others.

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
    const facts = typedFacts(text, city.currency);
    const account = text("account");
    const since = text("from") === "" ? from : read("from", () => typedDay(text("from")));
    const until = text("to") === "" ? undefined : read("to", () => typedDay(text("to")));
    return {
      line: row.line,
      number,
      from: since,
      steps: [{ from: since, facts }, ...(until === undefined ? [] : [{ endsOn: until }])],
      ...(account === "" || account === NONE ? {} : { account }),
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    mistakes.at(row.line, sayBy(error));
    return undefined;
  }
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
