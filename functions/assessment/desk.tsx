import type { Context } from "hono";
import { Fault, type FieldError } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { fieldMistakes } from "../../shared/http.ts";
import { formatMoney } from "../../shared/money.ts";
import type { CityEnv } from "../../shared/room.ts";
import type { Lang } from "../../shared/texts.ts";
import { type Who, whoId } from "../../shared/who.ts";
import { deskTexts } from "./desk-texts.ts";
import type { Names, Roll } from "./schema.ts";
import { assessmentTexts } from "./texts.ts";
import { columnOf } from "./typing.ts";

// What all pages of this room have in common.

export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  who: Who;
  /** What staff read. */
  t: ReturnType<typeof deskTexts.in>;
  /** What payers read too. */
  a: ReturnType<typeof assessmentTexts.in>;
}
export const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf, who } = c.var;
  return { here, lang, csrf, who, t: deskTexts.in(lang), a: assessmentTexts.in(lang) };
};

export type Mistake = { field: string; detail: string };
export type Given = Record<string, string>;

export const BASE = "/staff/assessment";
/** The way to a page below the desk: `[label, path]`. */
export const crumbs = ({ t, here }: Shown, ...more: readonly (readonly [string, string])[]) =>
  [[t("staff"), "/staff"] as const, [t("title"), BASE] as const, ...more].map(
    ([label, path]) => [label, here.url(path)] as const,
  );

export const rollPath = (code: string): string => `${BASE}/rolls/${code}`;
export const rollCrumb = (s: Shown, roll: Roll) => [nameIn(roll.names, s.lang), rollPath(roll.code)] as const;

export const money = ({ here, lang }: Shown, amountMinor: number, currency = here.city.currency) =>
  formatMoney(amountMinor, currency, lang);
export const nameIn = (names: Names, lang: Lang): string => names[lang] ?? names.en ?? Object.values(names)[0] ?? "";
export const isMine = ({ who }: Shown, by: string): boolean => whoId(who) === by;

/**
 * Does what a form asks for and goes on to a page; a mistake shows the form again with it and with what was typed.
 * @param run  answers the path to go on to
 */
export async function attempt(
  c: Context<CityEnv>,
  run: () => Promise<string>,
  again: (mistakes: Mistake[], given: Given) => Response | Promise<Response>,
): Promise<Response> {
  try {
    return c.redirect(c.var.here.url(await run()), 303);
  } catch (error) {
    if (error instanceof Fault && error.kind === "forbidden") return again([{ field: "", detail: error.message }], {});
    if (error instanceof Fault)
      for (const one of error.members.errors ?? []) Object.assign(one, shownAt(one, shown(c)));
    const fields = Object.entries(await c.req.parseBody());
    const given = fields.filter((field): field is [string, string] => typeof field[1] === "string");
    return again(fieldMistakes(error), Object.fromEntries(given));
  }
}

/** What is wrong with a fact is shown at its field, what is wrong with a line at its file. */
function shownAt({ pointer, detail }: FieldError, { t }: Shown): FieldError {
  const fact = /^#\/(?:change\/)?facts\/(\w+)$/.exec(pointer)?.[1];
  if (fact) return { pointer: `#/${columnOf(fact)}`, detail };
  const line = /^#\/line\/(\d+)$/.exec(pointer)?.[1];
  return line ? { pointer: "#/file", detail: `${t("line")} ${line}: ${detail}` } : { pointer, detail };
}
