import type { Context } from "hono";
import { Actions, LinkButton } from "./components.tsx";
import type { Fault } from "./errors.ts";
import type { City } from "./here.ts";
import { cameFrom, page } from "./page.tsx";
import { problemTexts } from "./problem-texts.ts";
import { refusalIn } from "./refusals.ts";
import { shellTexts } from "./shell-texts.ts";
import "./refusal-texts.ts";
import "./schema-refusal-texts.ts";
import type { Lang } from "./texts.ts";

/** A refusal, or a bug, as a page: what happened, what to do now, and the number to quote. */
export function problemPage(c: Context, fault: Fault | undefined, status: number): Response | Promise<Response> {
  const lang = (c.get("lang") ?? "en") as Lang;
  const t = problemTexts.in(lang);
  const kind = fault?.kind ?? "bug";
  const city = c.get("city") as City | undefined;
  const from = cameFrom(c);
  const step =
    kind !== "unauthenticated" ? (
      from && (
        <LinkButton href={from} second>
          {t("back")}
        </LinkButton>
      )
    ) : city ? (
      <LinkButton href={`/cities/${city.slug}/sign-in?${new URLSearchParams({ next: from ?? "" })}`}>
        {shellTexts.in(lang)("signIn")}
      </LinkButton>
    ) : undefined;
  const why = fault && refusalIn(lang, fault.message);
  return page(
    c,
    { title: t(`${kind}.title`), status },
    <>
      {why && <p>{why}</p>}
      <p>{t(`${kind}.now`)}</p>
      {fault?.members.errors && (
        <ul>
          {fault.members.errors.map((error) => (
            <li>
              <code>{error.pointer}</code> {refusalIn(lang, error.detail) ?? error.detail}
            </li>
          ))}
        </ul>
      )}
      {step && <Actions>{step}</Actions>}
      <p class="quiet">{t("quote", { id: c.get("requestId") ?? "" })}</p>
    </>,
  );
}
