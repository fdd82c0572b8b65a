import { folded } from "../../shared/folding.ts";

const WORDS_MAX = 8;

/** The words of a name as they are searched for, each once. */
export const wordsOf = (name: string): string[] =>
  [
    ...new Set(
      folded(name)
        .split(/[^\p{L}\p{N}]+/u)
        .filter((word) => word !== ""),
    ),
  ].slice(0, WORDS_MAX);

/** Is each word that was typed the beginning of a word of the name? */
export const isNamed = (name: string, typed: readonly string[]): boolean => {
  const words = wordsOf(name);
  return typed.length > 0 && typed.every((one) => words.some((word) => word.startsWith(one)));
};
