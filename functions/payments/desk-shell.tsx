import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { z } from "zod";
import { ErrorSummary, Field, Pager } from "../../shared/components.tsx";
import { fieldMistakes, sentForm } from "../../shared/http.ts";
import { formatMoney } from "../../shared/money.ts";
import { page } from "../../shared/page.tsx";
import type { CityEnv } from "../../shared/room.ts";
import { deskTexts } from "./desk-texts.ts";
import type { Refund } from "./schema.ts";
import { paymentTexts } from "./texts.ts";
import type { Mistake } from "./views.tsx";

// What the desk's pages have in common.

export const DESK = ["treasurer", "administrator", "agent"] as const;
export const READERS = ["treasurer", "administrator"] as const;
export const shown = (c: Context<CityEnv>) => {
  const { here, lang, csrf } = c.var;
  return { here, lang, csrf, t: deskTexts.in(lang), said: paymentTexts.in(lang) };
};
export type Shown = ReturnType<typeof shown>;

export const money = (amountMinor: number, currency: string, { lang }: Shown) =>
  formatMoney(amountMinor, currency, lang);

/** A page of the desk, with the mistakes of the form that was sent to it. */
export function desk(c: Context<CityEnv>, title: string, body: Child, mistakes: readonly Mistake[] = []) {
  const { here, t, said } = shown(c);
  const { who } = c.var;
  // An agent has single pages of the desk, not the list of payments.
  const mayList = who.kind === "person" && READERS.some((role) => who.roles.includes(role));
  return page(
    c,
    {
      title,
      crumbs: [
        [said("staff"), here.url("/staff")],
        ...(mayList ? [[said("payments"), here.url("/staff/payments")] as const] : []),
      ],
      status: mistakes.length > 0 ? 422 : 200,
      wide: true,
    },
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={[...mistakes]} />}
      {body}
    </>,
  );
}

/** Of what is given back: to which telephone, where it shall not go back the way it came. */
export const PayTo = ({
  t,
  value,
  error,
}: {
  t: Shown["t"];
  value?: string | undefined;
  error: string | undefined;
}) => <Field label={t("payTo")} name="msisdn" type="tel" hint={t("payToHint")} value={value} error={error} />;
/** Who approves must see where it goes. */
export const payToOf = ({ msisdn }: Pick<Refund, "msisdn">, { t }: Shown): [Child, Child][] =>
  msisdn ? [[t("payTo"), <bdi>{msisdn}</bdi>]] : [];

/** Runs a form and goes to a page; a refusal is shown on the page that it came from. */
export const sent = (
  c: Context<CityEnv>,
  run: () => Promise<unknown>,
  to: string,
  again: (mistakes: Mistake[]) => Promise<Response> | Response,
): Promise<Response> => sentForm(c, run, to, (error) => again(fieldMistakes(error)));

const More = z.object({ cursor: z.string().max(2_000).optional() });
export const after = (c: Context<CityEnv>) => More.safeParse({ cursor: c.req.query("cursor") }).data?.cursor;
export const next = (s: Shown, path: string, cursor: string | undefined) =>
  cursor ? <Pager next={[s.here.url(`${path}?cursor=${encodeURIComponent(cursor)}`), s.t("older")]} /> : null;
