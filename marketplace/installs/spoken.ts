import { isDeepStrictEqual } from "node:util";
import type { Further } from "../../shared/further.ts";
import type { Here } from "../../shared/here.ts";
import type { Write } from "../../shared/table.ts";
import type { Part } from "../contract/parts.ts";
import { pageTextsIn } from "./domain.ts";

// The further languages of a city's pages stand beside its installs, as they were signed, so that no package is opened
// to show a page; and they are remembered, so that nothing is read for one either.

/** Another process may have changed it: then it shows so much later. */
const KEPT_MS = 10_000;
const remembered = new WeakMap<Here, { at: number; further: Promise<readonly Further[]> }>();

/** In what the pages of this city can be read beside the house's own languages. */
export function spokenIn(here: Here): Promise<readonly Further[]> {
  const kept = remembered.get(here);
  if (kept && Date.now() - kept.at < KEPT_MS) return kept.further;
  const further = readSpoken(here);
  remembered.set(here, { at: Date.now(), further });
  further.catch(() => remembered.delete(here));
  return further;
}

/** It has been changed here: the next page shows it. */
export const forgetSpoken = (here: Here): boolean => remembered.delete(here);

async function readSpoken(here: Here): Promise<readonly Further[]> {
  return (await here.table.queryStanding("SPOKEN")).map(({ sk, name, texts }) => ({
    ...{ tag: sk, name: String(name) },
    texts: new Map(Object.entries(texts as Record<string, string>)),
  }));
}

/** What the pages are said in from now on, and in what no longer. */
export function spokenWrites(module: string, before: readonly Part[], after: readonly Part[]): Write[] {
  const [spoke, speaks] = [pageTextsIn(before), pageTextsIn(after)];
  const key = (language: string) => ({ pk: "SPOKEN", sk: language });
  return [
    ...speaks
      .filter((part) => !spoke.some((one) => isDeepStrictEqual(one, part)))
      .map(({ language, name, texts }): Write => ({ put: { ...key(language), module, name, texts } })),
    ...spoke
      .filter(({ language }) => !speaks.some((one) => one.language === language))
      .map(({ language }): Write => ({ delete: key(language) })),
  ];
}
