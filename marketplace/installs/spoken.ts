import { isDeepStrictEqual } from "node:util";
import type { Further } from "../../shared/further.ts";
import type { Here } from "../../shared/here.ts";
import type { Item, Write } from "../../shared/table.ts";
import { textMistake } from "../contract/house-texts.ts";
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
  const further = readSpoken(here, kept?.further);
  remembered.set(here, { at: Date.now(), further });
  further.catch(() => remembered.delete(here));
  return further;
}

/** It has been changed here: the next page shows it. */
export const forgetSpoken = (here: Here): boolean => remembered.delete(here);

/** Of what each was made. */
const madeOf = new WeakMap<Further, Item>();

async function readSpoken(here: Here, before: Promise<readonly Further[]> | undefined): Promise<readonly Further[]> {
  const items = await here.table.queryStanding("SPOKEN");
  const known = (await before) ?? [];
  // One that says the same stays, and with it what was compiled of it.
  return items.map((item) => known.find((one) => isDeepStrictEqual(madeOf.get(one), item)) ?? furtherOf(item));
}

/** With those texts that can stand for the house's as they are now: when they were signed it may have had other ones. */
function furtherOf(item: Item): Further {
  const texts = Object.entries(item["texts"] as Record<string, string>);
  const further = {
    ...{ tag: item.sk, name: String(item["name"]) },
    texts: new Map(texts.filter(([key, text]) => textMistake(key, text) === undefined)),
  };
  madeOf.set(further, item);
  return further;
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
