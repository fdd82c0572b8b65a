import { match } from "@formatjs/intl-localematcher";
import { MessageFormat } from "messageformat";
import { isPlain, readingOf, saidFurther } from "./further.ts";

/** The languages in which every text of the house is complete. */
export const LANGS = ["en", "fr", "ar"] as const;
export type Lang = (typeof LANGS)[number];

/** Each language's name in itself. */
export const ENDONYMS: Record<Lang, string> = { en: "English", fr: "Français", ar: "العربية" };

type Catalogue = Record<string, string>;
type Values = Record<string, unknown>;

/** Says a text of one catalogue in one language. An unknown key is a type error. */
export type Say<K extends string = string> = (key: K, values?: Values) => string;

export interface Texts<K extends string> {
  readonly catalogues: Record<Lang, Record<K, string>>;
  in(lang: Lang): Say<K>;
  /** What packs may give further languages to, and what of it the house alone says. */
  opened?: { readonly name: string; readonly closed: readonly K[] };
  /**
   * Lets packs give it further languages: from then on its keys are known outside as `<name>.<key>`.
   *
   * @param closed  texts by which a lie would cost most, and those that are only sent
   */
  open(name: string, closed?: readonly K[]): Texts<K>;
}

const every: Texts<string>[] = [];
/** All catalogues that were defined; the texts test walks them. */
export const allTexts = (): readonly Texts<string>[] => every;

/**
 * A room's texts in MessageFormat 2. French and Arabic must have exactly the keys of English: one that is missing is
 * a type error, so `npm run check` fails. Syntax: "Hello {$name}", or
 * ".input {$n :number} .match $n one {{{$n} bill}} * {{{$n} bills}}".
 */
export function defineTexts<const E extends Catalogue>(catalogues: {
  en: E;
  fr: Record<keyof E & string, string>;
  ar: Record<keyof E & string, string>;
}): Texts<keyof E & string> {
  type K = keyof E & string;
  const texts: Texts<K> = {
    catalogues,
    in: (lang) => (key, values) => {
      const source = catalogues[lang][key];
      const reading = readingOf(lang);
      if (!reading) return say(lang, source, values);
      const isOpen = texts.opened && !texts.opened.closed.includes(key);
      const further = isOpen ? saidFurther(reading, `${texts.opened!.name}.${key}`, values) : undefined;
      if (further !== undefined) return further;
      const said = say(lang, source, values);
      reading.fallen.add(said);
      return said;
    },
    open: (name, closed = []) => {
      texts.opened = { name, closed };
      return texts;
    },
  };
  every.push(texts as Texts<string>);
  return texts;
}

/** What a sentence says that these texts hold, in the reader's language; any other sentence stands as it was said. */
export const saidBy = <K extends string>(
  texts: Texts<K>,
  lang: Lang,
  says: { key: string; values: Values } | undefined,
  otherwise: string,
): string =>
  says && Object.hasOwn(texts.catalogues.en, says.key) ? texts.in(lang)(says.key as K, says.values) : otherwise;

const compiled = new Map<string, MessageFormat>();

function say(lang: Lang, source: string, values?: Values): string {
  if (isPlain(source)) return source;
  const key = `${lang} ${source}`;
  let message = compiled.get(key);
  if (!message) {
    message = new MessageFormat([lang], source, { bidiIsolation: lang === "ar" ? "default" : "none" });
    compiled.set(key, message);
  }
  return message.format(values);
}

/** So many headers, each no longer than this, for which the best language is known: browsers say the same few. */
const WISHES_KEPT = 1_000;
const WISH_KEPT_MAX = 100;
const wishes = new Map<string, string>();

/** The best of the offered languages for a browser's Accept-Language header. */
export function bestLang<L extends string>(acceptLanguage: string | undefined, offered: readonly [L, ...L[]]): L {
  if (acceptLanguage === undefined) return offered[0];
  if (acceptLanguage.length > WISH_KEPT_MAX) return matched(acceptLanguage, offered);
  const wish = `${offered.join()} ${acceptLanguage}`;
  const known = wishes.get(wish);
  if (known !== undefined) return known as L;
  const best = matched(acceptLanguage, offered);
  if (wishes.size >= WISHES_KEPT) wishes.delete(wishes.keys().next().value!);
  wishes.set(wish, best);
  return best;
}

function matched<L extends string>(acceptLanguage: string, offered: readonly [L, ...L[]]): L {
  const wanted = acceptLanguage
    .split(",")
    .map((part) => part.split(";")[0]?.trim() ?? "")
    .filter((tag) => /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(tag));
  return wanted.length === 0 ? offered[0] : (match(wanted, offered, offered[0]) as L);
}

export const isLang = (value: unknown): value is Lang => (LANGS as readonly unknown[]).includes(value);

/** What it is, then which one: French sets a space before the colon, which no line is broken at. */
export const labelled = (lang: string, label: string, text: string | number): string =>
  `${label}${lang === "fr" ? "\u00a0" : ""}: ${text}`;

/** In which of the house's languages a city's pages are there: its own come first, English is always possible. */
export const offeredIn = ({ languages }: { languages: readonly Lang[] }): readonly [Lang, ...Lang[]] =>
  (languages.includes("en") ? languages : [...languages, "en"]) as readonly [Lang, ...Lang[]];

/** Arabic is written from right to left. */
export const dirOf = (lang: Lang): "rtl" | "ltr" => (lang === "ar" ? "rtl" : "ltr");
