import { folded } from "./domain.ts";
import type { Cell, Column } from "./schema.ts";

// What a search for words finds: the index of a version and a look at its rows both ask here, and so agree.

/** A month or a day; else letters and digits, where a point between two digits divides nothing. */
const WORD =
  /(?<![\p{L}\p{N}-])\p{Nd}{4}-\p{Nd}{2}(?:-\p{Nd}{2})?(?![\p{L}\p{N}-])|[\p{L}\p{N}]+(?:(?<=\p{N})\.(?=\p{N})[\p{L}\p{N}]+)*/gu;
/** With "the" before them, Arabic words are the same words. */
const ARTICLE = /^ال(?=\p{L}{3})/u;
/** A text's words behind so many signs are not searched, nor is a word's end. */
const TEXT_MAX = 1_000_000;
const WORD_MAX = 40;

/** The words of a text, folded. */
export function wordsIn(text: string): string[] {
  return folded(text.slice(0, TEXT_MAX)).match(WORD)?.map(cut) ?? [];
}

function cut(word: string): string {
  const bare = word.startsWith("ال") ? word.replace(ARTICLE, "") : word;
  if (bare.length <= WORD_MAX) return bare;
  const short = bare.slice(0, WORD_MAX);
  return short.isWellFormed() ? short : short.slice(0, -1);
}

/** What is asked for; a text without a word in it stays as it is, and is found nowhere. */
export function askedWords(text: string): string[] {
  const words = [...new Set(wordsIn(text))];
  return words.length > 0 || text.trim() === "" ? words : [text.trim()];
}

const NUMBER = /^[\p{N}.-]+$/u;
/** Whether a number, which is found by itself alone, and not as the beginning of another word. */
export const isNumber = (word: string): boolean => NUMBER.test(word);

/** So many cells' words are remembered, of all columns together, where the cells are as short as this. */
const KEPT = 40_000;
const KEPT_SIGNS = 60;

/** As `wordsIn` divides it, and most numbers are one word. */
const numbersWords = (text: string): string[] => (text.includes("e") ? wordsIn(text) : [text.replace("-", "")]);

/**
 * The words of cells, column by column; many cells come again and again. Of an instant its day, month and year count,
 * of a number its sign does not, and what is true or false is no word.
 */
export function wordsByColumn(columns: readonly Pick<Column, "type">[]): ((cell: Cell) => readonly string[])[] {
  const kept = KEPT / columns.length;
  return columns.map(({ type }) => {
    if (type === "boolean") return () => [];
    if (type === "integer" || type === "number") return (cell) => (cell === null ? [] : numbersWords(String(cell)));
    const isTime = type === "date" || type === "datetime";
    const known = new Map<string, readonly string[]>();
    return (cell) => {
      if (cell === null) return [];
      const text = isTime ? String(cell).slice(0, 10) : String(cell);
      let found = known.get(text);
      if (!found) {
        found = isTime ? [text.slice(0, 4), text.slice(0, 7), text] : wordsIn(text);
        if (known.size < kept && text.length <= KEPT_SIGNS) known.set(text, found);
      }
      return found;
    };
  });
}

/** Whether a word is what was asked for: the same, or where that is no number, one that begins with it. */
export const fitsWord = (asked: string): ((word: string) => boolean) =>
  isNumber(asked) ? (word) => word === asked : (word) => word.startsWith(asked);
