import { z } from "zod";
import { askSays, asksOf } from "./asks.ts";
import { shapeOfTables } from "./dataset.ts";
import { hostsOf } from "./harvest.ts";
import { shapeOfHook } from "./hook-mistakes.ts";
import { isHook, type RulePart, remoteHost } from "./hooks.ts";
import { coverageOf } from "./house-texts.ts";
import { type Formula, treeOf } from "./indicator.ts";
import { sentenceOf } from "./language/index.ts";
import type { Module } from "./module.ts";
import { partsShown, wordsOf } from "./page.ts";
import type { Part } from "./parts.ts";
import { priceSays } from "./price-says.ts";
import { procedureSays, procedureWords } from "./procedure-says.ts";
import { saysTexts } from "./says-texts.ts";
import { inLang, type Words } from "./words.ts";

/** Whether anything of the publisher's runs, and whether data leave. Computed from the parts, never claimed. */
export const Label = z.enum(["data_only", "code_stays", "data_leaves"]);
export type Label = z.infer<typeof Label>;

export function labelOf({ parts }: Pick<Module, "parts">): Label {
  const has = (kind: Part["kind"]) => parts.some((part) => part.kind === kind);
  return has("remote") ? "data_leaves" : has("function") ? "code_stays" : "data_only";
}

/** To which hosts data leave the city. */
export const hostsReached = ({ parts }: Pick<Module, "parts">): string[] => [
  ...new Set(parts.filter((part) => part.kind === "remote").map(remoteHost)),
];

type Lang = "en" | "fr" | "ar";

/** What a module may do in a city, in plain sentences, and what it cannot do. */
export function saysOf(module: Module, lang: Lang): string[] {
  const t = saysTexts.in(lang);
  const hosts = hostsReached(module);
  const touches = module.parts.some((part) => isHook(part) || part.kind === "procedure");
  const label = labelOf(module);
  return [
    ...module.parts.flatMap((part) => [...partSays(part, module.parts, lang), ...asksSay(part, lang)]),
    hosts.length > 0
      ? t("dataLeaves", { hosts: new Intl.ListFormat(lang).format(hosts) })
      : t(label === "code_stays" ? "codeStays" : touches ? "noProgram" : "dataOnly"),
    ...(module.manifest.price ? priceSays(module.manifest.price, lang) : []),
  ];
}

const asksSay = (part: Part, lang: Lang): string[] =>
  isHook(part) ? asksOf([part]).map((ask) => askSays(ask, part, lang)) : [];

/** When a rule acts, as a sentence's part. */
export const ruleSays = (part: RulePart, lang: Lang): string => sentenceOf(part.when, shapeOfHook(part), lang);

/** What one part may do. */
function partSays(part: Part, parts: readonly Part[], lang: Lang): string[] {
  return part.kind === "procedure" ? procedureSays(part, lang) : [sentenceOfPart(part, parts, lang)];
}

function sentenceOfPart(part: Exclude<Part, { kind: "procedure" }>, parts: readonly Part[], lang: Lang): string {
  const t = saysTexts.in(lang);
  const title = titleOf(part, lang);
  if (part.kind === "tariff") return t(`tariff_${part.tariff.kind}`, { title, currency: part.tariff.currency });
  if (part.kind === "dataset" && part.harvest) {
    const hosts = new Intl.ListFormat(lang, { type: "conjunction" }).format(hostsOf(part.harvest));
    return t(`harvest_${part.harvest.every}`, { title, hosts });
  }
  if (part.kind === "dataset") return t("dataset", { title, count: part.schema.fields.length });
  if (part.kind === "texts" && part.use === "pages") {
    const { of: total, said } = coverageOf(part.texts);
    return t("texts_pages", { title, language: part.name, tag: part.language, said, total });
  }
  if (part.kind === "texts") return t(`texts_${part.use}`, { title });
  if (part.kind === "page") {
    const shown = partsShown(part).flatMap((id) => parts.find((one) => one.id === id) ?? []);
    const what = new Intl.ListFormat(lang).format(shown.map((one) => t("quoted", { text: titleOf(one, lang) })));
    return shown.length === 0 ? t("page", { title }) : t("pageOf", { title, what });
  }
  if (part.kind === "function") return t("function", { title });
  if (part.kind === "remote") return t("remote", { title, host: remoteHost(part) });
  if (part.kind === "rule") return t("rule", { title, when: ruleSays(part, lang) });
  return t("indicator", { title, formula: formulaSays(part.formula, parts, lang) });
}

/** A formula as a sentence's part: “the sum of litres in Losses, divided by the number of rows of Meters”. */
export const formulaSays = (formula: Formula, parts: readonly Part[], lang: Lang): string =>
  sentenceOf(treeOf(formula), shapeOfTables(parts.filter((part) => part.kind === "dataset")), lang);

export const titleWords = (part: Part): Words => (part.kind === "tariff" ? part.tariff.names : part.title);
export const titleOf = (part: Part, lang: string): string => inLang(titleWords(part), lang);

/** The languages in which all words that people see are there. */
export function languagesOf(module: Module): string[] {
  const all: Words[] = [module.manifest.title, module.manifest.summary, ...module.parts.map(titleWords)];
  for (const part of module.parts) {
    if (part.kind === "texts" && part.use !== "pages") all.push(part.body);
    if (part.kind === "page") all.push(...(part.lead ? [part.lead] : []), ...part.blocks.flatMap(wordsOf));
    if (part.kind === "procedure") all.push(...procedureWords(part));
  }
  return Object.keys(all[0] ?? {})
    .filter((lang) => all.every((words) => words[lang] !== undefined))
    .sort();
}
