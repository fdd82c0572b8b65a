import { z } from "zod";
import { ENDONYMS, isLang } from "../../shared/texts.ts";
import { PartId } from "./dataset.ts";
import { LangTag, Words } from "./words.ts";

/**
 * Nothing that a reader cannot see or that turns the writing around, also what only joins or parts words: it could hide a
 * number from the check. The two joiners that some languages are written with may stand.
 */
const isVisible = (text: string): boolean => !/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u.test(text);
/** It would be shown as it stands, for no markup is read; whoever writes it expects something else. */
const isBare = (text: string): boolean => !/<[a-z/!?]|&(#\w+|[a-z]+\d*);/i.test(text);

const Line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine(isVisible, "it has signs that cannot be seen or that turn the writing around")
    .refine(isBare, "it has markup");

/** A language that has a name by the rules, and none of the house's, however it is spelled: `wo`, `bm`, `ff-Adlm`. */
const FurtherTag = LangTag.refine((tag) => {
  try {
    return Intl.getCanonicalLocales(tag)[0] === tag;
  } catch {
    return false;
  }
}, "a language tag in its usual spelling, such as wo or ff-Adlm").refine(
  (tag) => !isLang(tag.split("-")[0]),
  `the house itself has ${Object.values(ENDONYMS).join(", ")}`,
);

/** The house's own pages in one further language. A text that is not there is said in a language of the city's. */
export const PageTexts = z
  .strictObject({
    kind: z.literal("texts"),
    id: PartId,
    use: z.literal("pages"),
    title: Words(120),
    language: FurtherTag,
    /** The language's name in itself, as the city's pages offer it. */
    name: Line(40).refine((name) => !(Object.values(ENDONYMS) as string[]).includes(name), "this is another language"),
    /** MessageFormat 2 by the keys of `hansa texts`; the check holds them against the house's own. */
    texts: z
      .record(z.string().regex(/^[a-z]{1,20}\.[A-Za-z0-9_.]{1,60}$/, "a key of `hansa texts`"), Line(1_500))
      .refine((texts) => Object.keys(texts).length > 0, "it has no text")
      .refine((texts) => Object.keys(texts).length <= 3_000, "at most 3000 texts"),
  })
  .meta({ id: "PageTexts" });
export type PageTexts = z.infer<typeof PageTexts>;
