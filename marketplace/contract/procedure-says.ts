import { sentenceOf } from "./language/index.ts";
import type { ProcedurePart } from "./procedure.ts";
import { shapeOfProcedure } from "./procedure-engine.ts";
import { saysTexts } from "./says-texts.ts";
import { inLang, type Words } from "./words.ts";

type Lang = "en" | "fr" | "ar";

/** What a procedure asks of whom, what it costs, who decides, what comes out and how long is kept: a sentence each. */
export function procedureSays(part: ProcedurePart, lang: Lang): string[] {
  const t = saysTexts.in(lang);
  const list = (all: readonly Words[]) =>
    new Intl.ListFormat(lang).format(all.map((words) => t("quoted", { text: inLang(words, lang) })));
  const byTwo = part.transitions.filter(({ by }) => by === "two_agents");
  return [
    t("procedure", { title: inLang(part.title, lang), count: part.questions.length }),
    t("procedureAsks", { questions: list(part.questions.map(({ title }) => title)) }),
    ...(part.fee
      ? [
          t("procedureFee", {
            title: inLang(part.fee.title, lang),
            formula: sentenceOf(part.fee.amount, shapeOfProcedure(part, part.questions), lang),
          }),
        ]
      : []),
    ...(byTwo.length > 0 ? [t("procedureTwo", { moves: list(byTwo.map(({ title }) => title)) })] : []),
    ...part.papers.map(({ title }) => t("procedurePaper", { title: inLang(title, lang) })),
    t("procedureKeeps", { count: part.keepMonths }),
  ];
}

/** All words of it that people read. */
export function* procedureWords(part: ProcedurePart): Generator<Words> {
  yield* [part.summary, ...part.needs, ...(part.fee ? [part.fee.title] : [])];
  for (const question of part.questions) {
    yield question.title;
    if (question.label) yield question.label;
    if (question.hint) yield question.hint;
    for (const check of question.checks) yield check.says;
    if ("options" in question) for (const { title } of question.options) yield title;
  }
  for (const { title, says } of part.states) yield* [title, says];
  for (const { title, reasons } of part.transitions) yield* [title, ...reasons.map((reason) => reason.title)];
  for (const { title, says } of part.papers) yield* [title, says];
}
