import type { Lang } from "../../../shared/texts.ts";
import { inLang } from "../words.ts";
import { languageTexts } from "./says-texts.ts";
import { type Aggregate, isAggregate, type Shape, type Tree } from "./tree.ts";
import { typeOf } from "./types.ts";

const LIST_WORDS = { count: "listCount", sum: "listSum", mean: "listMean", min: "listMin", max: "listMax" } as const;
const IN_TIME = { "<": "before", "<=": "notAfter", ">": "after", ">=": "notBefore" } as const;
/** What is said in several words, and needs brackets among others of its like. */
const LONG = ["and", "or", "not", "if", "+", "-", "*", "/"];

/** A tree as part of a sentence: “the sum of litres in Losses is more than 10”. */
export function sentenceOf(tree: Tree, shape: Shape, lang: Lang): string {
  const t = languageTexts.in(lang);
  if (tree === null) return t("none");
  if (typeof tree === "boolean") return t(tree ? "true" : "false");
  if (typeof tree === "number") return numberText(tree, lang);
  if (typeof tree === "string") return t("quoted", { text: tree });
  const [operator, ...given] = tree;
  const said = (i: number) => sentenceOf(given[i]!, shape, lang);
  const bracketed = (i: number) => {
    const one = given[i]!;
    return one !== null && typeof one === "object" && LONG.includes(one[0]) ? `(${said(i)})` : said(i);
  };
  const condition = (i: number) => (isBare(given[i]!) ? t("holds", { a: bracketed(i) }) : bracketed(i));
  if (isAggregate(operator)) return aggregateSays(operator, given, shape, lang);
  switch (operator) {
    case "field":
      return fieldSays(given as string[], shape, lang);
    case "list":
      return new Intl.ListFormat(lang, { type: "disjunction" }).format(given.map((_, i) => said(i)));
    case "date":
      return dateText(given[0] as string, lang);
    case "and":
    case "or":
      return new Intl.ListFormat(lang, { type: operator === "and" ? "conjunction" : "disjunction" }).format(
        given.map((_, i) => condition(i)),
      );
    case "not":
      return t("not", { a: condition(0) });
    case "if":
      return t("if", { a: condition(0), b: bracketed(1), c: bracketed(2) });
    case "there":
      return t("there", { a: bracketed(0) });
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const isTime = given.some((one) => typeOf(one, shape).type === "moment");
      return t(isTime ? IN_TIME[operator] : operator, { a: said(0), b: said(1) });
    }
    default:
      return t(operator, { a: bracketed(0), b: bracketed(1) });
  }
}

/** A value that stands where a condition is wanted is no sentence by itself. */
const isBare = (tree: Tree): boolean => tree === null || typeof tree !== "object" || tree[0] === "field";

function aggregateSays(operator: Aggregate, given: readonly Tree[], shape: Shape, lang: Lang): string {
  const t = languageTexts.in(lang);
  const source = typeOf(given[0]!, shape).type;
  const table = sentenceOf(given[0]!, shape, lang);
  if (typeof source !== "object" || !("table" in source)) return t(LIST_WORDS[operator], { list: table });
  const withRow: Shape = { ...shape, row: { type: { record: source.table } } };
  const [value, where] = operator === "count" ? [undefined, given[1]] : [given[1], given[2]];
  const what = t(operator, { table, ...(value === undefined ? {} : { value: sentenceOf(value, withRow, lang) }) });
  if (where === undefined) return what;
  const said = sentenceOf(where, withRow, lang);
  return t("where", { what, where: isBare(where) ? t("holds", { a: said }) : said });
}

/** By the titles that were declared for it; a name that has none is said as it is written. */
function fieldSays(way: readonly string[], shape: Shape, lang: Lang): string {
  let within: Shape = shape;
  for (const [i, name] of way.entries()) {
    const declared = Object.hasOwn(within, name) ? within[name] : undefined;
    if (i === way.length - 1 && declared?.title) return inLang(declared.title, lang);
    const type = declared?.type;
    within = typeof type === "object" && "record" in type ? type.record : {};
  }
  return way.filter((name, i) => i > 0 || name !== "row").join(".");
}

const numberText = (value: number, lang: Lang): string =>
  new Intl.NumberFormat(lang, { maximumSignificantDigits: 15 }).format(value);

const dateText = (iso: string, lang: Lang): string =>
  new Intl.DateTimeFormat(lang, {
    dateStyle: "long",
    timeZone: "UTC",
    ...(iso.includes("T") ? { timeStyle: "short" as const } : {}),
  }).format(new Date(iso));
