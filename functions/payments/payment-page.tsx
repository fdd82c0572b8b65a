import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { z } from "zod";
import { positiveMinorOf } from "../../shared/amounts.ts";
import { Facts, Field, Form, Table } from "../../shared/components.tsx";
import { longCityMoment } from "../../shared/dates.ts";
import { fieldMistakes, form, givenIn, sentBefore, sentOnce } from "../../shared/http.ts";
import { StaffName } from "../../shared/identity/staff-name.tsx";
import { decimalOf } from "../../shared/money.ts";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { DESK, desk, money, PayTo, payToOf, type Shown, shown } from "./desk-shell.tsx";
import { paidMinor } from "./domain.ts";
import { askRefund, newRefund } from "./refunds.ts";
import { NewRefund, type Refund } from "./schema.ts";
import { factsOf } from "./signature.ts";
import { paymentStore } from "./store.ts";
import { type Moment, timelineOf } from "./timeline.ts";
import { type Mistake, PartsTable } from "./views.tsx";

/** Who may ask for a refund; only they are shown the form. */
const ASKERS = ["treasurer", "agent"] as const;

/** One payment: how it came to what it is, in order of time with every witness, and the asking for a refund. */
export function paymentPages(app: CityApp): void {
  const payment = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Record<string, string> = {}) => {
    const s = shown(c);
    const { here, t, csrf, said } = s;
    const found = await paymentStore(here).get(c.req.param("id") ?? "");
    const moments = await timelineOf(here, found);
    const error = (field: string) => mistakes.find((mistake) => mistake.field === field)?.detail;
    const left = found.state === "settled" ? paidMinor(found) : 0;
    const { who } = c.var;
    const mayAsk = who.kind === "person" && who.roles.some((role) => ASKERS.some((asker) => asker === role));
    return desk(
      c,
      t("payment"),
      <>
        <Facts
          items={[
            [t("amount"), money(found.amountMinor, found.currency, s)],
            [t("reference"), <bdi>{found.reference}</bdi>],
            [t("state"), said(found.state)],
            [t("providerRef"), <code>{found.providerRef ?? "–"}</code>],
            [t("number"), <code>{found.id}</code>],
            [t("givenBack"), money(found.refundedMinor ?? 0, found.currency, s)],
          ]}
        />
        <PartsTable s={{ t: said, lang: s.lang }} parts={factsOf(here, found).parts} currency={found.currency} />
        <Table
          caption={t("timeline")}
          head={[t("when"), t("who"), t("what"), t("amount"), t("number")]}
          numeric={[3]}
          rows={moments.map((moment) => [
            longCityMoment(moment.at, s),
            saidBy(moment, s),
            t(moment.what),
            moment.amountMinor === undefined ? "–" : money(moment.amountMinor, found.currency, s),
            numberOf(moment, s),
          ])}
        />
        {left > 0 && mayAsk && (
          <>
            <h2>{t("askRefund")}</h2>
            <Form action={here.url(`/staff/payments/of/${found.id}/refunds`)} csrf={csrf} submit={t("refundCheck")}>
              <Field
                label={t("amountAsk", { most: money(left, found.currency, s) })}
                name="amount"
                inputmode="decimal"
                maxlength={30}
                value={given["amount"] ?? decimalOf(left, found.currency)}
                error={error("amount")}
              />
              <Field
                label={t("reason")}
                name="reason"
                maxlength={200}
                required
                value={given["reason"]}
                error={error("reason")}
              />
              <PayTo t={t} value={given["msisdn"]} error={error("msisdn")} />
            </Form>
          </>
        )}
      </>,
      mistakes,
    );
  };
  app.get("/staff/payments/of/:id", needs(...DESK), (c) => payment(c));
  // The amount is read back as it was understood before anything is kept.
  const check = (c: Context<CityEnv>, asked: Refund) => {
    const s = shown(c);
    const { here, t, csrf } = s;
    const sum = money(asked.amountMinor, asked.currency, s);
    return desk(
      c,
      t("refundSure"),
      <>
        <Facts
          items={[
            [t("amount"), <strong>{sum}</strong>],
            [t("reference"), <bdi>{asked.reference}</bdi>],
            [t("reason"), asked.reason],
            ...payToOf(asked, s),
          ]}
        />
        <Form
          action={here.url(`/staff/payments/of/${asked.paymentId}/refunds`)}
          csrf={csrf}
          submit={t("refundDo", { amount: sum })}
        >
          <input type="hidden" name="amount" value={decimalOf(asked.amountMinor, asked.currency)} />
          <input type="hidden" name="reason" value={asked.reason} />
          {asked.msisdn && <input type="hidden" name="msisdn" value={asked.msisdn} />}
          <input type="hidden" name="sure" value="yes" />
          <input type="hidden" name="form" value={randomUUID()} />
        </Form>
        <p>
          <a href={here.url(`/staff/payments/of/${asked.paymentId}`)}>{t("refundBack")}</a>
        </p>
      </>,
    );
  };
  const Typed = NewRefund.omit({ amountMinor: true }).extend({
    amount: z.string().max(30).optional(),
    sure: z.literal("yes").optional(),
    /** Of the page that it was read back on: sent twice from there, it is asked for once. */
    form: z.uuid().optional(),
  });
  app.post("/staff/payments/of/:id/refunds", needs(...ASKERS), async (c) => {
    const { here, who } = c.var;
    const { id: paymentId, currency } = await paymentStore(here).get(c.req.param("id"));
    try {
      const { amount, sure, form: sent, ...more } = await form(c, Typed);
      const asks = amount === undefined ? more : { ...more, amountMinor: positiveMinorOf(amount, currency, "amount") };
      if (sure === undefined) return check(c, await newRefund(here, { paymentId }, asks, whoId(who)));
      await askRefund(here, { paymentId }, asks, whoId(who), () => sentOnce(c, sent)).catch(sentBefore);
      return c.redirect(here.url("/staff/payments/refunds"), 303);
    } catch (error) {
      const mistakes = fieldMistakes(error).map(({ field, detail }) => ({
        field: field === "amountMinor" ? "amount" : field,
        detail,
      }));
      return payment(c, mistakes, await givenIn(c));
    }
  });
}

const saidBy = ({ source, by }: Moment, { here, t }: Shown): Child =>
  source ? t(`source_${source}`) : by ? <StaffName here={here} id={by} /> : t("thisCity");

/** Our own number as a link to its page, a provider's as it is. */
function numberOf({ ref, path }: Moment, { here }: Shown): Child {
  if (ref === undefined) return "–";
  const number = <code>{ref}</code>;
  return path ? <a href={here.url(path)}>{number}</a> : number;
}
