import { z } from "zod";
import { furtherTag } from "../../shared/further.ts";
import { visible } from "./signs.ts";

/** A BCP 47 language tag in its usual spelling: `fr`, `ar`, `wo`, `pt-BR`. */
export const LangTag = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/, "a language tag such as fr or pt-BR");

/** The same words in one or more languages, by language tag. */
export const Words = (max: number) =>
  z
    .partialRecord(LangTag, z.string().trim().min(1).max(max))
    .refine((words) => Object.keys(words).length > 0, "write it in at least one language")
    .refine((words) => Object.keys(words).length <= 40, "at most 40 languages");
export type Words = Partial<Record<string, string>>;

/** The words in this language, or in the further one that the page is read in; else in English; else in whatever is there. */
export const inLang = (words: Words, lang: string): string => visible(words[langOfWords(words, lang)] ?? "");

/** The language in which `inLang` answers, for the `lang` attribute of what is shown. */
export const langOfWords = (words: Words, lang: string): string =>
  [furtherTag(lang), lang, "en"].find((one) => one !== undefined && words[one] !== undefined) ??
  Object.keys(words)[0] ??
  "en";

/** `{value}` and `{date}` as the reader writes them; what is not there leaves its place empty. */
export function filled(
  body: string,
  { value, date }: { value?: number | undefined; date?: string | undefined },
  lang: string,
): string {
  const figure = value === undefined ? "" : new Intl.NumberFormat(lang, { maximumFractionDigits: 2 }).format(value);
  const day =
    date === undefined
      ? ""
      : new Intl.DateTimeFormat(lang, { dateStyle: "long", timeZone: "UTC" }).format(new Date(date));
  return body.replaceAll("{value}", figure).replaceAll("{date}", day);
}
