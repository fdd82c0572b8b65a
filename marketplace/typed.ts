import { z } from "zod";
import { Fault } from "../shared/errors.ts";
import { parsed } from "../shared/http.ts";
import { problemTexts } from "../shared/problem-texts.ts";
import { defineTexts, type Lang } from "../shared/texts.ts";

// What staff's forms of the marketplace's rooms send, and how a refusal comes back to the form.

/** A form's fields, whatever they are called. */
export const Typed = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
export type Typed = z.infer<typeof Typed>;

export const firstOf = (typed: Typed, name: string): string | undefined => [typed[name] ?? []].flat()[0];

/** As its fields show it again. */
export const shownAgain = (typed: Typed): Record<string, string> =>
  Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, [value].flat().join(",")]));

const texts = defineTexts({
  en: {
    notFit: "What stands here does not fit.",
    notContact: "This is not an e-mail address.",
    notJson: "This is not JSON.",
    tooLong: "This is too long: at most {$most}.",
  },
  fr: {
    notFit: "Ce qui figure ici ne convient pas.",
    notContact: "Ce n’est pas une adresse électronique.",
    notJson: "Ce n’est pas du JSON.",
    tooLong: "C’est trop long : au plus {$most}.",
  },
  ar: {
    notFit: "ما كُتب هنا لا يصلح.",
    notContact: "هذا ليس بريداً إلكترونياً.",
    notJson: "هذا ليس بصيغة JSON.",
    tooLong: "هذا طويل جداً: {$most} على الأكثر.",
  },
});

interface ReaderOf {
  var: { lang: Lang };
}

const isEmpty = (input: unknown): boolean =>
  input === undefined || input === "" || (Array.isArray(input) && input.length === 0);

/**
 * What a form's fields come to. A mistake is said in the language of whoever typed it, unless the schema has a sentence
 * of its own for it.
 * @throws {Fault} invalid, with a pointer to each mistake
 */
export const typedAs = <T>({ var: { lang } }: ReaderOf, schema: z.ZodType<T>, value: unknown): T =>
  parsed(schema, value, "json", (issue) => {
    const t = texts.in(lang);
    if (isEmpty(issue.input)) return problemTexts.in(lang)("missing");
    if (issue.code === "invalid_format" && issue.format === "email") return t("notContact");
    if (issue.code === "too_big" && issue.origin === "string") return t("tooLong", { most: String(issue.maximum) });
    return t("notFit");
  });

/** JSON that somebody typed into a field. @throws {Fault} invalid */
export function typedJson({ var: { lang } }: ReaderOf, text: string | undefined, field: string): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    const detail = text === undefined ? problemTexts.in(lang)("missing") : texts.in(lang)("notJson");
    throw new Fault("invalid", detail, { errors: [{ pointer: `#/${field}`, detail }] });
  }
}

export interface Refusal {
  message: string;
  errors: readonly { field: string; detail: string }[];
}

const MENDED = ["conflict", "invalid", "unavailable", "forbidden_transition"];

/** The field of a form that is called like the first step of a pointer. */
const firstStep = (pointer: string): string => pointer.replace(/^#\//, "").split("/")[0] ?? "";

/**
 * What somebody can mend is said on the page that they came from; all else is thrown on.
 * @param fieldAt  the field of the form that is meant
 */
export function refusalOf(error: unknown, fieldAt = firstStep): Refusal {
  if (!(error instanceof Fault) || !MENDED.includes(error.kind)) throw error;
  const errors = (error.members.errors ?? []).map(({ pointer, detail }) => ({
    field: fieldAt(pointer),
    detail,
  }));
  return { message: error.message, errors };
}

/** All that hinders, for the summary at the top of the page. */
export const hindrances = ({ message, errors }: Refusal): Refusal["errors"] =>
  errors.length > 0 ? errors : [{ field: "", detail: message }];
