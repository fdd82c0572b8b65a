import { defineTexts, type Lang, labelled, type Say } from "./texts.ts";

interface Known {
  in(lang: Lang): Say;
  key: string;
}
const plain = new Map<string, Known>();
/** The longest first: what says more is not taken for what says less. */
const patterns: (Known & { length: number; says: RegExp })[] = [];

/**
 * What is refused, as pages say it. A refusal is thrown in English, which programs read; its words there are `en`, with a
 * `{$name}` for what varies and `…` for what varies and is said to nobody else, as a state's name in the code. Who reads
 * a page is told the same in the page's language.
 */
export function defineRefusals<const E extends Record<string, string>>(catalogues: {
  en: E;
  fr: Record<keyof E & string, string>;
  ar: Record<keyof E & string, string>;
}): void {
  const texts = defineTexts(catalogues);
  for (const [key, says] of Object.entries<string>(catalogues.en)) {
    const known = { in: (lang: Lang) => texts.in(lang) as Say, key };
    if (VARIES.test(says)) patterns.push({ ...known, length: says.length, says: patternOf(says) });
    else plain.set(says, known);
  }
  patterns.sort((a, b) => b.length - a.length);
}

/** The refusal in this language; undefined where no room has told how it is said. @param detail  as it was thrown */
export function refusalIn(lang: Lang, detail: string): string | undefined {
  const of = plain.get(detail);
  if (of) return of.in(lang)(of.key);
  // In English a part that varies stands as it was thrown.
  for (const { says, key, ...pattern } of patterns) {
    const found = says.exec(detail);
    if (found) return lang === "en" ? detail : pattern.in(lang)(key, found.groups);
  }
  const [, key, sentence] = ABOUT.exec(detail) ?? [];
  const said = sentence === undefined ? undefined : refusalIn(lang, sentence);
  return said && labelled(lang, key!, said);
}

/** Which key of a document a sentence is about may stand before it. */
const ABOUT = /^([\w.]+): (.+)$/s;
const VARIES = /\{\$(\w+)\}|…/;
/** What varies is a number, a sum with its currency, a day or a name: longer, and it is another sentence. */
const VALUE = "\\S+(?: \\S+){0,2}";

/** Parts between what varies, and, of each that has one, its name. */
function patternOf(says: string): RegExp {
  const source = says.split(new RegExp(VARIES, "g")).map((part, i) => {
    if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return part === undefined ? `(?:${VALUE})` : `(?<${part}>${VALUE})`;
  });
  return new RegExp(`^${source.join("")}$`);
}
