import type { Context } from "hono";
import type { Child } from "hono/jsx";
import type { ProcedurePart, Question } from "../../marketplace/contract/procedure.ts";
import { walk } from "../../marketplace/contract/procedure-engine.ts";
import { inLang, langOfWords, type Words } from "../../marketplace/contract/words.ts";
import { shortDay } from "../../shared/dates.ts";
import { pageTag } from "../../shared/further.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import type { CityEnv } from "../../shared/room.ts";
import { dirOf, isLang, type Lang } from "../../shared/texts.ts";
import { isFile, type Opened, termsOf } from "./filling.ts";
import type { Answer } from "./reading.ts";
import type { Definition } from "./schema.ts";
import { procedureTexts } from "./texts.ts";

// What the pages of this room have in common.

export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof procedureTexts.in>;
}
export const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf } = c.var;
  return { here, lang, csrf, t: procedureTexts.in(lang) };
};

/** A procedure's words, marked with the language that they are in where it is not the page's. */
export function Said({ words, lang }: { words: Words; lang: Lang }) {
  const own = langOfWords(words, lang);
  if (own === pageTag(lang)) return <>{inLang(words, lang)}</>;
  return (
    <span lang={own} dir={isLang(own) ? dirOf(own) : "auto"}>
      {inLang(words, lang)}
    </span>
  );
}

/** An answer as people read it. @param fileUrl  where its file is had */
export function answerSays(question: Question, answer: Answer | undefined, s: Shown, fileUrl?: string): Child {
  const { lang, here, t } = s;
  if (answer === undefined || answer === null) return t("notSaid");
  const option = (id: string) =>
    "options" in question ? inLang(question.options.find((one) => one.id === id)?.title ?? { en: id }, lang) : id;
  if (isFile(answer)) return fileUrl ? <a href={fileUrl}>{answer.name}</a> : answer.name;
  // A choice may itself have commas or an "and" in it.
  if (Array.isArray(answer)) return answer.map(option).join(" · ");
  switch (question.kind) {
    case "money":
      return formatMoney(Number(answer), here.city.currency, lang);
    case "number":
      return `${new Intl.NumberFormat(lang, { maximumFractionDigits: 3 }).format(Number(answer))} ${question.unit ?? ""}`.trim();
    case "date":
      return shortDay(String(answer), lang);
    case "yes_no":
      return t(answer === true ? "yes" : "no");
    case "choice":
      return option(String(answer));
    case "telephone":
    case "email":
    case "place":
      return <bdi dir="ltr">{String(answer)}</bdi>;
    default:
      return <span dir="auto">{String(answer)}</span>;
  }
}

/** The questions that are asked, with their answers. */
export function askedAnswers(here: Here, { kase, definition }: Opened): [Question, Answer | undefined][] {
  const { asked } = walk(definition.part, kase.answers, termsOf(here, definition));
  return asked.map((question) => [question, kase.answers[question.id]]);
}

export const titleIn = ({ part }: Definition | { part: ProcedurePart }, lang: Lang): string => inLang(part.title, lang);
