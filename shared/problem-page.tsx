import type { Context } from "hono";
import type { Fault } from "./errors.ts";
import { page } from "./page.tsx";
import { problemTexts } from "./problem-texts.ts";
import { refusalIn } from "./refusals.ts";
import "./refusal-texts.ts";
import type { Lang } from "./texts.ts";

/** A refusal, or a bug, as a page: what happened, what to do now, and the number to quote. */
export function problemPage(c: Context, fault: Fault | undefined, status: number): Response | Promise<Response> {
  const lang = (c.get("lang") ?? "en") as Lang;
  const t = problemTexts.in(lang);
  const kind = fault?.kind ?? "bug";
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
      <p class="quiet">{t("quote", { id: c.get("requestId") ?? "" })}</p>
    </>,
  );
}
