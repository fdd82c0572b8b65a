import { Mistakes, type Place } from "../../../shared/delimited.ts";
import { Fault, type FaultKind, type FieldError } from "../../../shared/errors.ts";
import { defineTexts, type Lang } from "../../../shared/texts.ts";
import * as elements from "./texts/elements.ts";
import * as lines from "./texts/lines.ts";
import * as nem from "./texts/nem.ts";
import * as plain from "./texts/plain.ts";

export const mistakeTexts = defineTexts({
  en: { ...lines.en, ...nem.en, ...plain.en, ...elements.en },
  fr: { ...lines.fr, ...nem.fr, ...plain.fr, ...elements.fr },
  ar: { ...lines.ar, ...nem.ar, ...plain.ar, ...elements.ar },
});

export type MistakeKey = keyof typeof mistakeTexts.catalogues.en;
type Values = Record<string, string | number>;
/** What is wrong, before it is known where: a text, and what stands in it. */
export type Wrong = readonly [key: MistakeKey, values?: Values];
export const isWrong = (found: object | undefined): found is Wrong => Array.isArray(found);

/** What files bring is quoted, and not at any length. */
const QUOTED_MAX = 40;
/** Lists and words of our own are not cut. */
const OWN = new Set(["known", "headings", "place", "reason", "address"]);
const cut = ([name, value]: [string, string | number]): [string, string] => {
  const text = String(value);
  return [name, OWN.has(name) || text.length <= QUOTED_MAX ? text : `${text.slice(0, QUOTED_MAX)}…`];
};

/** A mistake told in English, for programs, and what it says, for pages. */
function told([key, values = {}]: Wrong): Pick<FieldError, "detail"> & Required<Pick<FieldError, "says">> {
  const says = { key, values: Object.fromEntries(Object.entries(values).map(cut)) };
  return { detail: sentence("en", says), says };
}

/** Collects what is wrong with a file of readings: each mistake is a text of the catalogue. */
export class FileMistakes extends Mistakes {
  constructor(private readonly placeOf?: Place) {
    super(placeOf);
  }

  tell(line: number, ...wrong: Wrong): void {
    // A file that is nothing but mistakes is not put into words to its end.
    if (this.isFull) return;
    const { detail, says } = told(wrong);
    this.at(line, detail, says);
  }

  /** Where another line or element is, as a value of a text. */
  whereOf(line: number): string {
    return this.placeOf ? `/${this.placeOf(line)}` : `line/${line}`;
  }
}

/** A mistake that ends the reading of a file at once. @throws {Fault} invalid */
export function refuseFile(line: number, ...wrong: Wrong): never {
  const mistakes = new FileMistakes();
  mistakes.tell(line, ...wrong);
  mistakes.refuse();
  throw new Error("unreachable");
}

/** What is wrong with the file as a whole, or with how it is to be read. */
export function fileFault(kind: FaultKind, pointer: string, ...wrong: Wrong): Fault {
  const { detail, says } = told(wrong);
  return new Fault(kind, detail, { errors: [{ pointer, detail, says }] });
}

/** A mistake in the reader's language; one without a text as it is. */
export const saidIn = (lang: Lang, { detail, says }: Pick<FieldError, "detail" | "says">): string =>
  says && isKnown(says.key) ? sentence(lang, { key: says.key, values: says.values }) : detail;

const isKnown = (key: string): key is MistakeKey => Object.hasOwn(mistakeTexts.catalogues.en, key);

/** Values that are words themselves, by the beginning of their text. */
const WORDS: Record<string, string> = { kind: "", counts: "", role: "role_" };

function sentence(lang: Lang, { key, values }: { key: MistakeKey; values: Record<string, string> }): string {
  const t = mistakeTexts.in(lang);
  const word = ([name, value]: [string, string]): [string, string] => {
    const own = name in WORDS ? `${WORDS[name]}${value}` : "";
    const line = name === "place" ? /^line\/(\d+)$/.exec(value)?.[1] : undefined;
    return [name, isKnown(own) ? t(own) : line === undefined ? value : t("at_line", { line })];
  };
  const words: Record<string, string> = Object.fromEntries(Object.entries(values).map(word));
  const { place } = words;
  return t(key, place === undefined ? words : { ...words, Place: place.charAt(0).toUpperCase() + place.slice(1) });
}
