import { AsyncLocalStorage } from "node:async_hooks";
import { MessageFormat } from "messageformat";
import type { Lang } from "./texts.ts";

/** A language beyond the house's own, in which a city shows its pages as far as there are texts. */
export interface Further {
  /** BCP 47. */
  readonly tag: string;
  /** The language's name in itself, for the switch. */
  readonly name: string;
  /** MessageFormat 2 by `<catalogue>.<key>`; what is not there is said in one of the house's languages. */
  readonly texts: ReadonlyMap<string, string>;
}

/** How one request is read: its page in a further language, and what that one lacks in a language of the house. */
export interface Reading {
  readonly further: Further;
  readonly base: Lang;
  /**
   * Only what is shown is said in it. What a request keeps or sends is read by others, in languages of the house: so a
   * request that changes something says nothing in it but in the page that answers it.
   */
  readonly isShown: boolean;
  /** What was said in `base`, so that the page can tell it apart. */
  readonly fallen: Set<string>;
}

const current = new AsyncLocalStorage<Reading | undefined>();

export const readAs = <T>(reading: Reading, work: () => T): T => current.run(reading, work);
/** For what a request only sets off, and nobody reads: a reaction, a task. */
export const unread = <T>(work: () => T): T => current.run(undefined, work);
export const readingNow = (): Reading | undefined => current.getStore();

/** How a text of the house in this language is read, if it is read in a further one. */
export function readingOf(lang: string): Reading | undefined {
  const reading = current.getStore();
  return reading?.base === lang ? reading : undefined;
}

/** The further language in which whoever asks for this one is shown what there is. */
export function furtherTag(lang: string): string | undefined {
  const reading = readingOf(lang);
  return reading?.isShown ? reading.further.tag : undefined;
}

/** The language of the page itself, for whoever asks for this one. */
export const pageTag = (lang: string): string => furtherTag(lang) ?? lang;

/** The text in the further language; undefined where it has none, or one that cannot be said with these values. */
export function saidFurther({ further, base, isShown }: Reading, key: string, values?: Record<string, unknown>) {
  const source = isShown ? further.texts.get(key) : undefined;
  if (source === undefined || isPlain(source)) return source;
  try {
    let isWhole = true;
    const said = messageOf(further, base, source).format(values, () => {
      isWhole = false;
    });
    return isWhole ? said : undefined;
  } catch {
    return undefined;
  }
}

/** Most texts are plain: no compiling, no formatting. */
export const isPlain = (source: string): boolean => !source.includes("{") && !source.startsWith(".");

const compiled = new WeakMap<Further, Map<string, MessageFormat>>();

function messageOf(further: Further, base: Lang, source: string): MessageFormat {
  const messages = compiled.get(further) ?? new Map<string, MessageFormat>();
  compiled.set(further, messages);
  const key = `${base} ${source}`;
  const message =
    messages.get(key) ??
    // Where nobody has told how the language writes figures, they are written as in the other one.
    new MessageFormat([further.tag, base], source, {
      bidiIsolation: directionOf(further.tag) === "rtl" ? "default" : "none",
    });
  messages.set(key, message);
  return message;
}

/** How a language is written; from left to right where nobody has told. */
export function directionOf(tag: string): "rtl" | "ltr" {
  try {
    // The types that we compile against do not know it yet.
    const locale = new Intl.Locale(tag) as Intl.Locale & { getTextInfo(): { direction?: string } };
    return locale.getTextInfo().direction === "rtl" ? "rtl" : "ltr";
  } catch {
    return "ltr";
  }
}
