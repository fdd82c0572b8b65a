import type { Module } from "../contract/module.ts";
import type { Block, PagePart } from "../contract/page.ts";
import type { Words } from "../contract/words.ts";
import { type Found, type Outcome, pathOf, worst } from "./report.ts";

// The house itself makes the pages: without script, by keyboard, each kind of block looked at with axe. What is left to
// a module is what things are called; whoever listens to a page goes by that alone.

/** A link is heard alone, in a list of links: such a name says nothing there. */
const VAGUE = new Set(
  [
    ...["here", "click here", "more", "read more", "learn more", "link", "this page", "go"],
    ...["ici", "cliquez ici", "cliquer ici", "plus", "en savoir plus", "lire la suite", "lien", "voir"],
    ...["هنا", "اضغط هنا", "انقر هنا", "المزيد", "اقرأ المزيد", "رابط"],
  ].map(folded),
);
const MARKUP = /<\/?[a-z][^>]*>|^#{1,6} |\*\*[^*]+\*\*|!?\[[^\]]*\]\([^)]*\)/im;

export function pages({ parts }: Module): Outcome {
  const shown = parts.flatMap((part, i) => (part.kind === "page" ? [{ part, i }] : []));
  const [wrong, doubtful]: [Found[], Found[]] = [[], []];
  for (const { part, i } of shown) {
    const at = (n: number) => pathOf(["parts", i, "blocks", n]);
    for (const [n, block] of part.blocks.entries()) {
      if (vagueName(block)) wrong.push({ at: at(n), what: "link name" });
      if (sameName(part, block, n)) doubtful.push({ at: at(n), what: "same name twice" });
      if (block.block === "text" && Object.values(block.body).some((body) => MARKUP.test(body ?? "")))
        doubtful.push({ at: at(n), what: "markup" });
      if ("title" in block && block.title && isSaid(block.title, part.title))
        doubtful.push({ at: at(n), what: "heading repeats the page’s" });
      if (block.block === "table")
        for (const column of unnamed(parts, block)) doubtful.push({ at: at(n), what: `column ${column}` });
    }
  }
  const verdict = worst([wrong.length > 0 ? "fail" : "pass", doubtful.length > 0 ? "warn" : "pass"]);
  const found = wrong.length > 0 ? wrong : doubtful;
  return { verdict, found, values: { n: verdict === "pass" ? shown.length : found.length } };
}

function folded(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[\p{M}\p{P}\p{S}]/gu, "")
    .trim();
}

const vagueName = (block: Block): boolean =>
  block.block === "link" && Object.values(block.label).some((label) => VAGUE.has(folded(label ?? "")));

const isSaid = (one: Words, other: Words): boolean =>
  Object.entries(one).some(([lang, words]) => words !== undefined && other[lang] === words);

/** Two links to different places, or two pictures of the same table, that cannot be told apart by their names. */
function sameName({ blocks }: PagePart, block: Block, n: number): boolean {
  return blocks.slice(0, n).some((other) => {
    if (block.block === "link" && other.block === "link")
      return other.to !== block.to && isSaid(block.label, other.label);
    if (block.block !== other.block || !("dataset" in block) || !("dataset" in other)) return false;
    // Without a title of its own a block is called as its table is.
    return block.title && other.title
      ? isSaid(block.title, other.title)
      : block.title === other.title && block.dataset === other.dataset;
  });
}

/** Columns of a table that have no title: their heads are names for programs. */
function unnamed(parts: Module["parts"], block: Extract<Block, { block: "table" }>): string[] {
  const dataset = parts.find((part) => part.kind === "dataset" && part.id === block.dataset);
  if (dataset?.kind !== "dataset") return [];
  return block.columns.filter((column) => !dataset.schema.fields.find(({ name }) => name === column)?.title);
}
