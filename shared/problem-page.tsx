import type { Context } from "hono";
import type { Fault } from "./errors.ts";
import { page } from "./page.tsx";
import { problemTexts } from "./problem-texts.ts";

/** A refusal, or a bug, as a page: what happened, what to do now, and the number to quote. */
export function problemPage(c: Context, fault: Fault | undefined, status: number): Response | Promise<Response> {
  const t = problemTexts.in(c.get("lang") ?? "en");
  const kind = fault?.kind ?? "bug";
  return page(
    c,
    { title: t(`${kind}.title`), status },
    <>
      <p>{t(`${kind}.now`)}</p>
      {fault?.members.errors && (
        <ul>
          {fault.members.errors.map((error) => (
            <li>
              <code>{error.pointer}</code> {error.detail}
            </li>
          ))}
        </ul>
      )}
      <p class="quiet">{t("quote", { id: c.get("requestId") ?? "" })}</p>
    </>,
  );
}
