import type { Context } from "hono";
import { ErrorSummary } from "../../../shared/components.tsx";
import { fieldMistakes, givenIn, paged, parsed } from "../../../shared/http.ts";
import { page } from "../../../shared/page.tsx";
import type { CityEnv } from "../../../shared/room.ts";
import { NOTHING_TYPED, type Shown, SOURCES, type Typed } from "./shown.tsx";
import { sourceTexts } from "./texts.ts";

export const ON_A_PAGE = 20;

export const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf } = c.var;
  return { here, lang, csrf, t: sourceTexts.in(lang) };
};
export const mayChange = ({ var: { who } }: Context<CityEnv>): boolean =>
  who.kind === "person" && who.roles.includes("administrator");
export const cursorIn = (c: Context<CityEnv>) => ({
  limit: ON_A_PAGE,
  cursor: parsed(paged(), { cursor: c.req.query("cursor") }, "query").cursor,
});

interface Framed {
  title: string;
  lead?: string;
  typed?: Typed;
}
export function framed(c: Context<CityEnv>, { title, lead, typed = NOTHING_TYPED }: Framed, body: unknown) {
  const { here, t } = shown(c);
  const crumbs: [string, string][] = [
    [t("console"), here.url("/staff")],
    [t("meters"), here.url("/staff/meters")],
    ...(title === t("sources") ? [] : [[t("sources"), here.url(SOURCES)] as [string, string]]),
  ];
  const status = typed.mistakes.length > 0 ? 422 : 200;
  return page(
    c,
    { title, crumbs, wide: true, status, ...(lead ? { lead } : {}) },
    <>
      {typed.mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={[...typed.mistakes]} />}
      {body}
    </>,
  );
}

/** Does what a form asks for; a refusal comes back on its page with what was typed. */
export async function sent(
  c: Context<CityEnv>,
  work: () => Promise<string>,
  again: (c: Context<CityEnv>, typed: Typed) => Promise<Response>,
): Promise<Response> {
  let to: string;
  try {
    to = await work();
  } catch (error) {
    return again(c, { values: await givenIn(c), mistakes: fieldMistakes(error) });
  }
  return c.redirect(c.var.here.url(to), 303);
}
