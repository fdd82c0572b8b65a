import type { Lang } from "../../shared/texts.ts";
import type { Type } from "../contract/language/index.ts";
import { OFFERED_EFFECTS, OFFERED_EVENTS, OWN_ROWS, offeredEvent } from "../contract/offered.ts";
import { inLang } from "../contract/words.ts";
import { firstOf, type Typed } from "../typed.ts";
import type { caseTexts } from "./case-texts.ts";

// A need's proof cases while somebody types them: what there is to fill in for each kind, and what stands there.

export const CASES_MAX = 20;
/** Beyond these nothing more is read of one list of a case. */
const LINES_MAX = 200;

type TextKey = keyof (typeof caseTexts.catalogues)["en"];
export type ReadAs = "text" | "number" | "thousandths" | "amount" | "day" | "moment" | "truth" | "names" | "choice";

/** One value. */
export interface CaseField {
  name: string;
  as: ReadAs;
  /** A text of the form, or what the fact that is heard calls it. */
  label: { text: TextKey } | { words: Readonly<Record<string, string | undefined>> };
  isOptional?: boolean;
  choices?: readonly TextKey[];
}
/** As many lines as somebody fills in, of these columns: where nothing is declared, names stand beside values. */
export interface CaseLines {
  name: "rows" | "answers" | "reads" | "config" | "effects";
  columns: readonly Column[];
}
export type Column =
  | "table"
  | "row"
  | "column"
  | "value"
  | "question"
  | "setting"
  | "effect"
  | "scope"
  | "about"
  | "field"
  | "as";

const one = (name: TextKey, as: ReadAs, more: Partial<CaseField> = {}): CaseField => ({
  name,
  as,
  label: { text: name },
  ...more,
});
const maybe = { isOptional: true };
const NAME = one("name", "text");

const PLAIN: Record<string, readonly (CaseField | CaseLines)[]> = {
  tariff: [
    NAME,
    one("of", "choice", { choices: ["electricity", "water", "gas"] }),
    one("quantity", "thousandths"),
    one("total", "amount"),
  ],
  indicator: [
    NAME,
    { name: "rows", columns: ["table", "row", "column", "value"] },
    one("value", "number"),
    one("tolerance", "number", maybe),
  ],
  procedure: [
    NAME,
    one("today", "day"),
    { name: "answers", columns: ["question", "value"] },
    one("wrong", "names", maybe),
    one("fee", "amount", maybe),
    one("moves", "names", maybe),
    one("state", "text", maybe),
  ],
};

const ACTS = "acts:";
/** What an example can be of: of what acts by itself each fact that it may hear. */
export const CASE_KINDS: readonly string[] = [
  ...Object.keys(PLAIN),
  ...OFFERED_EVENTS.map(({ event }) => ACTS + event.type),
];
/** What is heard, where an example is of what acts by itself. */
export const heardIn = (kind: string): string | undefined =>
  kind.startsWith(ACTS) ? kind.slice(ACTS.length) : undefined;

/** What an example of this kind is asked for. */
export function askedFor(kind: string): readonly (CaseField | CaseLines)[] {
  const heard = heardIn(kind);
  if (heard === undefined) return PLAIN[kind] ?? [];
  const told = Object.entries(offeredEvent(heard)?.data ?? {}).map(
    ([name, { type, title }]): CaseField => ({
      name: `event.${name}`,
      as: readsAs(type),
      label: { words: title },
      ...maybe,
    }),
  );
  return [
    NAME,
    one("now", "moment"),
    ...told,
    { name: "reads", columns: ["as", "row", "column", "value"] },
    { name: "config", columns: ["setting", "value"] },
    { name: "effects", columns: ["effect", "scope", "about", "field", "value"] },
  ];
}

function readsAs(type: Type): ReadAs {
  if (typeof type === "object") return "names";
  return type === "number" || type === "truth" || type === "moment" ? type : "text";
}

export const isLines = (asked: CaseField | CaseLines): asked is CaseLines => "columns" in asked;
export const labelOf = ({ label }: CaseField, t: (key: TextKey) => string, lang: Lang): string =>
  "text" in label ? t(label.text) : inLang(label.words, lang);

/** What can be done: the scopes of effects. */
export const EFFECT_SCOPES: readonly string[] = [...OFFERED_EFFECTS.map(({ scope }) => scope), OWN_ROWS];

/** A case as it is typed: by the names of what it is asked for. */
export interface Draft {
  kind: string;
  typed: Readonly<Record<string, string>>;
}

/** Where a field of a case stands in the form. */
export const nameIn = (i: number, name: string) => `case.${i}.${name}`;

/** The cases that are typed, without those that are left out, and with one more where it was asked for. */
export function draftsIn(typed: Typed): Draft[] {
  const byNumber = new Map<number, Map<string, string>>();
  for (const name of Object.keys(typed)) {
    const [, i, rest] = /^case\.(\d{1,2})\.(.{1,120})$/.exec(name) ?? [];
    if (i === undefined || rest === undefined) continue;
    const fields = byNumber.get(Number(i)) ?? new Map<string, string>();
    byNumber.set(Number(i), fields.set(rest, firstOf(typed, name) ?? ""));
  }
  const drafts = [...byNumber]
    .sort(([a], [b]) => a - b)
    .map(([, fields]) => ({ kind: fields.get("kind") ?? "", typed: Object.fromEntries(fields) }));
  const added = firstOf(typed, "do") === "add" ? [{ kind: firstOf(typed, "add") ?? "", typed: {} }] : [];
  return [...drafts, ...added]
    .filter(({ kind, typed: its }) => CASE_KINDS.includes(kind) && (its as Record<string, string>)["out"] === undefined)
    .slice(0, CASES_MAX);
}

/** The lines of a list that hold anything, each with its number in the form. */
export function linesOf(
  { typed }: Draft,
  { name, columns }: CaseLines,
): { n: number; cells: Partial<Record<Column, string>> }[] {
  const numbers = new Set<number>();
  for (const field of Object.keys(typed)) {
    const [, of, n] = /^(\w+)\.(\d{1,3})\./.exec(field) ?? [];
    if (of === name) numbers.add(Number(n));
  }
  return [...numbers]
    .sort((a, b) => a - b)
    .slice(0, LINES_MAX)
    .map((n) => ({
      n,
      cells: Object.fromEntries(
        columns.flatMap((column) => {
          const text = typed[`${name}.${n}.${column}`];
          return text === undefined ? [] : [[column, text]];
        }),
      ),
    }));
}
