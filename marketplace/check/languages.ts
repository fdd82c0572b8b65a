import { isHook } from "../contract/hooks.ts";
import type { Module } from "../contract/module.ts";
import { wordsOf } from "../contract/page.ts";
import type { Part } from "../contract/parts.ts";
import { procedureWords } from "../contract/procedure-says.ts";
import { titleWords } from "../contract/says.ts";
import type { Words } from "../contract/words.ts";
import { type Found, type Outcome, pathOf } from "./report.ts";

type At = (string | number)[];

/** Whether all that people read is there in these languages; what is missing is shown in English, or in what there is. */
export function languages(module: Module, wanted: readonly string[]): Outcome {
  const found: Found[] = wordsIn(module).flatMap(([at, words]) =>
    wanted.filter((lang) => words[lang] === undefined).map((lang) => ({ at: pathOf(at), what: lang })),
  );
  const missing = [...new Set(found.map(({ what }) => what))];
  return missing.length > 0 ? { verdict: "warn", found, languages: missing } : { verdict: "pass", languages: wanted };
}

/** All that people read of a module, with its place. */
function wordsIn({ manifest, parts }: Module): [At, Words][] {
  const { title, summary, description, changes } = manifest;
  const said = Object.entries({ title, summary, description, changes });
  return [
    ...said.flatMap(([name, words]): [At, Words][] => (words ? [[["manifest", name], words]] : [])),
    ...parts.flatMap((part, i) => wordsInPart(part).map(([at, words]): [At, Words] => [["parts", i, ...at], words])),
  ];
}

function wordsInPart(part: Part): [At, Words][] {
  const own: [At, Words][] = [[[part.kind === "tariff" ? "tariff" : "title"], titleWords(part)]];
  if (part.kind === "texts" && part.use !== "pages") own.push([["body"], part.body]);
  if (part.kind === "page") {
    if (part.lead) own.push([["lead"], part.lead]);
    for (const [i, block] of part.blocks.entries())
      for (const words of wordsOf(block)) own.push([["blocks", i], words]);
  }
  if (part.kind === "procedure") for (const words of procedureWords(part)) own.push([[], words]);
  if (part.kind === "dataset") own.push([["card", "description"], part.card.description]);
  if (isHook(part)) {
    own.push([["on", "purpose"], part.on.purpose]);
    for (const list of ["reads", "effects"] as const)
      for (const [i, { purpose }] of part[list].entries()) own.push([[list, i, "purpose"], purpose]);
    for (const [i, setting] of part.config.entries()) own.push([["config", i, "title"], setting.title]);
  }
  return own;
}
