import { latinDigits, minorOf } from "../../shared/amounts.ts";
import type { FieldError } from "../../shared/errors.ts";
import type { Lang } from "../../shared/texts.ts";
import {
  askedFor,
  type CaseField,
  type CaseLines,
  type Column,
  type Draft,
  heardIn,
  isLines,
  linesOf,
  type ReadAs,
} from "./case-drafts.ts";
import { caseTexts } from "./case-texts.ts";

// What somebody typed, as the contract has a case. Figures are read as people write them.

/** How each is read; `undefined` is what cannot be. */
const READS: Record<ReadAs, (text: string, currency: string) => unknown> = {
  text: (text) => text,
  choice: (text) => text,
  number: numberIn,
  thousandths: (text) => {
    const thousands = (numberIn(text) ?? Number.NaN) * 1_000;
    return Math.abs(thousands - Math.round(thousands)) < 1e-6 ? Math.round(thousands) : undefined;
  },
  amount: (text, currency) => {
    try {
      return minorOf(text, currency, "");
    } catch {
      return undefined;
    }
  },
  day: (text) => (momentIn(text) && /^\d{4}-\d\d-\d\d$/.test(text) ? text : undefined),
  moment: (text) => momentIn(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`),
  truth: (text) => text === "true",
  names: namesIn,
};
const WRONG = { number: "number", thousandths: "thousandths", amount: "amount", day: "day", moment: "moment" } as const;

function numberIn(text: string): number | undefined {
  const plain = latinDigits(text)
    .replace(/[,\u066b]/, ".")
    .replace(/^\u2212/, "-");
  return /^-?\d{1,15}(?:\.\d{1,9})?$/.test(plain) ? Number(plain) : undefined;
}

function momentIn(text: string): string | undefined {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** Where nothing is declared: a list, or one value. */
export function guessed(text: string): unknown {
  const listed = /^\[(.*)\]$/s.exec(text)?.[1];
  return listed === undefined ? scalarIn(text) : namesIn(listed).map(scalarIn);
}

/** A number, a truth, else text. What begins with a zero is more likely somebody's number than a figure. */
function scalarIn(text: string): string | number | boolean {
  const quoted = /^"(.*)"$/s.exec(text)?.[1];
  if (quoted !== undefined) return quoted;
  if (text === "true" || text === "false") return text === "true";
  return /^-?0\d/.test(latinDigits(text)) ? text : (numberIn(text) ?? text);
}

function namesIn(text: string): string[] {
  return text.split(",").flatMap((name) => name.trim() || []);
}

export interface ReadCase {
  value: { kind: string; name: string };
  errors: FieldError[];
}

/** @param at  where the case stands in what is sent */
export function caseIn(draft: Draft, at: string, currency: string, lang: Lang): ReadCase {
  const t = caseTexts.in(lang);
  const errors: FieldError[] = [];
  const facts: Record<string, unknown> = {};
  for (const asked of askedFor(draft.kind)) {
    const tell = (detail: string) => errors.push({ pointer: `${at}/${asked.name}`, detail });
    if (isLines(asked))
      facts[asked.name] = tabled(draft, asked, (n, column) =>
        tell(t("lineMissing", { n: n + 1, column: t(`c_${column}`) })),
      );
    else facts[asked.name] = readField(draft, asked, currency, (key) => tell(t(key)));
  }
  return { value: asCase(draft, facts, currency), errors };
}

type Wrong = "missing" | (typeof WRONG)[keyof typeof WRONG];

function readField(
  { typed }: Draft,
  { name, as, isOptional }: CaseField,
  currency: string,
  tell: (key: Wrong) => void,
): unknown {
  const text = typed[name];
  if (text === undefined) {
    if (!isOptional) tell("missing");
    return as === "names" ? [] : undefined;
  }
  const value = READS[as](text, currency);
  if (value === undefined) tell(WRONG[as as keyof typeof WRONG]);
  return value;
}

type Lack = (n: number, column: Column) => void;

/** What stands in a list's lines, as the contract has it. */
function tabled(draft: Draft, asked: CaseLines, lack: Lack): unknown {
  const lines = linesOf(draft, asked);
  if (asked.name === "effects") return effectsIn(lines, lack);
  const [first, ...more] = asked.columns as [Column, ...Column[]];
  if (more.length === 1) return named(lines, first, lack);
  const tables = Map.groupBy(lines, ({ cells }) => cells[first] ?? "");
  for (const { n, cells } of lines) if (cells[first] === undefined) lack(n, first);
  return Object.fromEntries(
    [...tables].map(([table, its]) => [table, rowsOf(its, "row").map((row) => named(row, "column", lack))]),
  );
}

type Lines = ReturnType<typeof linesOf>;

/** Lines of one number are one row; without any they are the first. */
const rowsOf = (lines: Lines, by: "row" | "effect"): Lines[] => [
  ...Map.groupBy(lines, ({ cells }) => cells[by] ?? "1").values(),
];

function named(lines: Lines, by: Column, lack: Lack): Record<string, unknown> {
  for (const { n, cells } of lines)
    for (const column of [by, "value"] as const) if (cells[column] === undefined) lack(n, column);
  return Object.fromEntries(lines.map(({ cells }) => [cells[by] ?? "", guessed(cells.value ?? "")]));
}

function effectsIn(lines: Lines, lack: Lack): unknown[] {
  return rowsOf(lines, "effect").map((its) => {
    const scope = its.find(({ cells }) => cells.scope !== undefined)?.cells.scope;
    const about = its.find(({ cells }) => cells.about !== undefined)?.cells.about;
    if (scope === undefined) lack(its[0]!.n, "scope");
    const fields = its.filter(({ cells }) => cells.field !== undefined || cells.value !== undefined);
    return { scope, ...(about === undefined ? {} : { about }), fields: named(fields, "field", lack) };
  });
}

function asCase({ kind }: Draft, facts: Record<string, unknown>, currency: string): ReadCase["value"] {
  const name = String(facts["name"] ?? "");
  const on = heardIn(kind);
  if (on !== undefined) {
    const { reads, config, effects, now } = facts;
    const told = Object.entries(facts).flatMap(([field, value]) =>
      field.startsWith("event.") && value !== undefined ? [[field.slice("event.".length), value] as const] : [],
    );
    return { kind: "acts", name, ...{ on, event: Object.fromEntries(told), reads, config, now, effects } };
  }
  const { total, fee, ...rest } = facts;
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    ...{ kind, name },
    ...(total === undefined ? {} : { totalMinor: total }),
    ...(fee === undefined ? {} : { feeMinor: fee }),
    ...(kind === "indicator" ? {} : { currency }),
  };
}

/** Which field of a case a mistake of the contract's belongs to. */
const FIELDS: Record<string, string> = { totalMinor: "total", feeMinor: "fee" };
export const fieldOfCase = (name: string): string => FIELDS[name] ?? name;
