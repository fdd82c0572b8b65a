import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { z } from "zod";
import { minorOf } from "../../shared/amounts.ts";
import { Actions, Facts, Field, Form, Notice } from "../../shared/components.tsx";
import { form, givenIn } from "../../shared/http.ts";
import { StaffName } from "../../shared/identity/staff-name.tsx";
import { decimalOf } from "../../shared/money.ts";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { desk, money, READERS, sent, shown } from "./desk-shell.tsx";
import { askLimits, decideLimits, limitsOf } from "./limits.ts";
import { Limits } from "./schema.ts";
import type { Mistake } from "./views.tsx";

const PATH = "/staff/payments/limits";
const Typed = z.strictObject({ most: z.string().max(30).optional(), day: z.string().max(30).optional() });
const Seen = z.strictObject({ seen: z.string().max(40).optional() });

/** How much may be given back: an administrator sets it, and another person agrees to more. */
export function limitPages(app: CityApp): void {
  const show = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given?: Record<string, string>) => {
    const s = shown(c);
    const { here, t, csrf } = s;
    const { who } = c.var;
    const { currency } = here.city;
    const limits = await limitsOf(here);
    const error = (field: string) => mistakes.find((mistake) => mistake.field === field)?.detail;
    const said = (amountMinor: number | undefined) =>
      amountMinor === undefined ? t("noLimit") : money(amountMinor, currency, s);
    const facts = ({ refundMaxMinor, refundDayMaxMinor }: Limits): [Child, Child][] => [
      [t("limitMost"), said(refundMaxMinor)],
      [t("limitDay"), said(refundDayMaxMinor)],
    ];
    const typed = (name: "most" | "day", amountMinor: number | undefined) =>
      given ? given[name] : amountMinor === undefined ? "" : decimalOf(amountMinor, currency);
    const { asked } = limits;
    return desk(
      c,
      t("limits"),
      <>
        <p>{t("limitsLead")}</p>
        <Facts items={facts(limits)} />
        {asked && (
          <section>
            <h2>{t("limitsAsked")}</h2>
            <Facts items={[...facts(asked.limits), [t("askedBy"), <StaffName here={here} id={asked.by} />]]} />
            <Actions>
              {asked.by === whoId(who) ? (
                <Notice kind="info">{t("limitsFourEyes")}</Notice>
              ) : (
                <Form action={here.url(`${PATH}/approve`)} csrf={csrf} submit={t("approve")}>
                  <input type="hidden" name="seen" value={asked.at} />
                </Form>
              )}
              <Form action={here.url(`${PATH}/refuse`)} csrf={csrf} submit={t("refuse")}>
                <input type="hidden" name="seen" value={asked.at} />
              </Form>
            </Actions>
          </section>
        )}
        {who.kind === "person" && who.roles.includes("administrator") && (
          <>
            <h2>{t("limitsChange")}</h2>
            <Form action={here.url(PATH)} csrf={csrf} submit={t("limitsSet")}>
              <Field
                label={t("limitMost")}
                hint={t("limitHint", { currency })}
                name="most"
                inputmode="decimal"
                maxlength={30}
                value={typed("most", limits.refundMaxMinor)}
                error={error("most")}
              />
              <Field
                label={t("limitDay")}
                hint={t("limitHint", { currency })}
                name="day"
                inputmode="decimal"
                maxlength={30}
                value={typed("day", limits.refundDayMaxMinor)}
                error={error("day")}
              />
            </Form>
          </>
        )}
      </>,
      mistakes,
    );
  };
  app.get(PATH, needs(...READERS), (c) => show(c));
  app.post(PATH, needs("administrator"), (c) =>
    sent(
      c,
      async () => {
        const { most, day } = await form(c, Typed);
        const { currency } = c.var.city;
        const limits = Limits.parse({
          ...(most === undefined ? {} : { refundMaxMinor: minorOf(most, currency, "most") }),
          ...(day === undefined ? {} : { refundDayMaxMinor: minorOf(day, currency, "day") }),
        });
        await askLimits(c.var.here, limits, whoId(c.var.who));
      },
      PATH,
      async (mistakes) => show(c, mistakes, await givenIn(c)),
    ),
  );
  for (const [step, agrees] of [
    ["approve", true],
    ["refuse", false],
  ] as const)
    app.post(`${PATH}/${step}`, needs(...READERS), (c) =>
      sent(
        c,
        async () => decideLimits(c.var.here, whoId(c.var.who), agrees, (await form(c, Seen)).seen),
        PATH,
        (mistakes) => show(c, mistakes),
      ),
    );
}
