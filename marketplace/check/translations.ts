import { coverageOf, textMistake } from "../contract/house-texts.ts";
import type { Module } from "../contract/module.ts";
import { type Found, type Outcome, pathOf } from "./report.ts";

/** Whether what it says for the house's own texts can stand for them: of texts that there are, with the same values. */
export function translations({ parts }: Module): Outcome {
  const packs = parts.flatMap((part, i) => (part.kind === "texts" && part.use === "pages" ? [{ part, i }] : []));
  const found: Found[] = packs.flatMap(({ part, i }) =>
    Object.entries(part.texts).flatMap(([key, text]) => {
      const mistake = textMistake(key, text);
      return mistake === undefined ? [] : [{ at: pathOf(["parts", i, "texts", key]), what: mistake.slice(0, 300) }];
    }),
  );
  if (found.length > 0) return { verdict: "fail", found, values: { n: found.length } };
  const languages = packs.map(({ part }) => {
    const { said, of } = coverageOf(part.texts);
    return `${part.language} ${said}/${of}`;
  });
  return { verdict: "pass", values: { n: packs.length, languages: languages.join(", ") } };
}
