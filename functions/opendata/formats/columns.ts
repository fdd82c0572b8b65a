import type { Cell, ColumnType } from "../schema.ts";
import { dayOf, instantOf, isAnswer, numberOf, type Reading } from "./converting.ts";
import { type Note, note, quoted } from "./note.ts";
import type { SourceColumn } from "./source.ts";

interface Candidate {
  reading: Reading;
  fits: (text: string) => boolean;
}
const numeric = (type: "integer" | "number", decimal: "." | ",", percent: boolean): Candidate => {
  const reading: Reading = { type, ...(decimal === "," ? { decimal } : {}), ...(percent ? { percent } : {}) };
  const isOne: (number: number | undefined) => boolean = type === "integer" ? Number.isSafeInteger : Number.isFinite;
  return { reading, fits: (text) => isOne(numberOf(text, reading)) };
};
const numerics = (decimal: "." | ",", percent: boolean) => [
  numeric("integer", decimal, percent),
  numeric("number", decimal, percent),
];
const ORDERS = [undefined, "dmy", "mdy"] as const;
const dated = (type: "date" | "datetime", read: typeof dayOf): Candidate[] =>
  ORDERS.map((days) => ({
    reading: { type, ...(days ? { days } : {}) },
    fits: (text) => read(text, days) !== undefined,
  }));
const DATES = [...dated("date", dayOf), ...dated("datetime", instantOf)];

/** The readings that are thought of, in the order in which they are preferred where several fit all values. */
const candidatesOf = ({ values }: SourceColumn, decimal: "." | ","): Candidate[] => {
  if (values === "names") return [];
  const other = decimal === "." ? "," : ".";
  const answers: Candidate = { reading: { type: "boolean" }, fits: isAnswer };
  if (values === "texts")
    return [
      ...numerics(decimal, false),
      ...numerics(other, false),
      ...numerics(decimal, true),
      ...numerics(other, true),
      answers,
      ...DATES,
    ];
  // A text that looks like a number was a text to its author: a postcode, the number of a house.
  const never = () => false;
  return [
    ...numerics(".", false).map(({ reading }) => ({ reading, fits: never })),
    { ...answers, fits: never },
    ...DATES,
  ];
};

/** A candidate that does not fit so many values is thought of no more: the column is something else. */
const MISFITS_MAX = 100;
const MISFITS_SHARE = 0.01;
/** What fits at least so much of the values is told as what the column would be. */
const NEARLY = 0.9;

const LONGEST = 60;
const STARTS_DIGITS = /^[+\-\u2212\u061c\u200e\u200f]*[.,]?[\d\u0660-\u0669\u06f0-\u06f9]/;
const PLAIN = /^-?(?:0|[1-9]\d{0,14})$/;
/** A fraction that no other reading takes for thousands. */
const FRACTION = /^-?(?:0|[1-9]\d{0,14})([.,])(?:\d{1,2}|\d{4,20})$/;
const CODE = /^[+-]?0\d+$/;
const GROUPED = { ".": /(?:[\s'’\u066c]\d{3}|,\d{3})/, ",": /[\s'’.\u066c]\d{3}/ };

const isNumeric = ({ reading }: Candidate) => reading.type === "integer" || reading.type === "number";
const isDated = ({ reading }: Candidate) => reading.type === "date" || reading.type === "datetime";

/**
 * Finds the narrowest type that all values of a column fit, value by value: it keeps a few counters, no values.
 * An empty value fits all. Leading zeros make a code, not a number. `decimal` decides where both signs are possible.
 */
export class ColumnGuess {
  private readonly candidates: Candidate[];
  /** By candidate: how many values it does not fit, and the first of them. */
  private readonly misfits: { n: number; value: string; at: string }[];
  private alive: number[];
  private given = 0;
  private first = "";
  private readonly grouped: Partial<Record<"." | ",", string>> = {};

  constructor(
    private readonly column: SourceColumn,
    decimal: "." | "," = ".",
  ) {
    this.candidates = candidatesOf(column, decimal);
    this.misfits = this.candidates.map(() => ({ n: 0, value: "", at: "" }));
    this.alive = this.candidates.map((_, i) => i);
  }

  /** @param at where it stands, to be named if it is the one that does not fit */
  add(value: Cell, at: string): void {
    const given = typeof value === "string" ? value.trim() : value;
    if (given === null || given === "") return;
    this.given += 1;
    if (this.alive.length === 0) return;
    if (typeof given !== "string") {
      const fits = (type: ColumnType) =>
        typeof given === "boolean"
          ? type === "boolean"
          : type === "number" || (type === "integer" && Number.isSafeInteger(given));
      this.weigh(({ reading }) => fits(reading.type), String(given), at);
    } else this.addText(given, at);
  }

  private addText(text: string, at: string): void {
    if (text.length > LONGEST) return this.weigh(() => false, text, at);
    if (!STARTS_DIGITS.test(text))
      return this.weigh((one) => one.reading.type === "boolean" && one.fits(text), text, at);
    if (this.first === "") this.first = text;
    const isTexts = this.column.values === "texts";
    // Most values are plain numbers and days: they need no trying out.
    if (isTexts && PLAIN.test(text)) return this.weigh((one) => isNumeric(one) && !one.reading.percent, text, at);
    if (isTexts && CODE.test(text)) this.alive = this.alive.filter((i) => !isNumeric(this.candidates[i]!));
    const fraction = isTexts && FRACTION.exec(text);
    if (fraction) {
      const decimal = fraction[1] === "." ? undefined : ",";
      return this.weigh(
        ({ reading: { type, ...how } }) => type === "number" && how.decimal === decimal && !how.percent,
        text,
        at,
      );
    }
    if (dayOf(text) !== undefined) return this.weigh(isDated, text, at);
    if (instantOf(text) !== undefined) return this.weigh((one) => one.reading.type === "datetime", text, at);
    for (const decimal of [".", ","] as const)
      if (this.grouped[decimal] === undefined && GROUPED[decimal].test(text)) this.grouped[decimal] = text;
    this.weigh((one) => one.fits(text), text, at);
  }

  private weigh(fits: (candidate: Candidate) => boolean, text: string, at: string): void {
    let isLost = false;
    for (const i of this.alive) {
      if (fits(this.candidates[i]!)) continue;
      const misfit = this.misfits[i]!;
      if (misfit.n === 0) Object.assign(misfit, { value: quoted(text), at });
      misfit.n += 1;
      if (misfit.n > MISFITS_MAX && misfit.n > this.given * MISFITS_SHARE) isLost = true;
    }
    if (isLost)
      this.alive = this.alive.filter((i) => {
        const { n } = this.misfits[i]!;
        return n <= MISFITS_MAX || n <= this.given * MISFITS_SHARE;
      });
  }

  /** How the column is best read, and what is to be said of it. May be asked before all values were seen. */
  decide(): { reading: Reading; notes: Note[] } {
    const fitting = this.given === 0 ? undefined : this.alive.find((i) => this.misfits[i]!.n === 0);
    if (fitting === undefined) return { reading: { type: "text" }, notes: this.nearly() };
    const { reading } = this.candidates[fitting]!;
    return { reading, notes: this.said(reading) };
  }

  private said(reading: Reading): Note[] {
    if (this.column.values === "typed" && !reading.days) return [];
    const { name: column } = this.column;
    const notes: Note[] = [];
    const { type, decimal = ".", percent, days } = reading;
    if (type === "integer" || type === "number") {
      const shown = (value: string) => ({ column, value, read: String(numberOf(value, reading)) });
      const grouped = this.grouped[decimal];
      if (decimal === "," && type === "number") notes.push(note("column.commas", { column }));
      if (grouped !== undefined) notes.push(note("column.thousands", shown(grouped)));
      if (percent) notes.push(note("column.percent", shown(this.first)));
    }
    if (days) {
      const isUnsure =
        days === "dmy" &&
        this.alive.some((i) => this.candidates[i]!.reading.days === "mdy" && this.misfits[i]!.n === 0);
      const read = type === "date" ? dayOf(this.first, days) : instantOf(this.first, days);
      notes.push(
        note(isUnsure ? "column.days.unsure" : "column.days", { column, value: this.first, read: read ?? "" }),
      );
    }
    return notes;
  }

  /** What the column would be, but for a few values. */
  private nearly(): Note[] {
    const nearest = this.alive.toSorted((a, b) => this.misfits[a]!.n - this.misfits[b]!.n)[0];
    if (nearest === undefined) return [];
    const { n, value, at } = this.misfits[nearest]!;
    if (n > this.given * (1 - NEARLY)) return [];
    const { type } = this.candidates[nearest]!.reading;
    return [note("column.but", { column: this.column.name, type, n, at, value })];
  }
}
