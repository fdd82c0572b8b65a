import type { Context } from "hono";
import { basisPointsOf, minorOf } from "../../shared/amounts.ts";
import { Actions, Field, Form, Table, Tag } from "../../shared/components.tsx";
import { form, parsed } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { LANGS } from "../../shared/texts.ts";
import { whoId } from "../../shared/who.ts";
import { has, MONEY, STAFF } from "./access.ts";
import { attempt, BASE, crumbs, type Given, isMine, type Mistake, money, nameIn, type Shown, shown } from "./desk.tsx";
import { catalogue, fees, proposeFee } from "./dues.ts";
import { Typed } from "./entry-pages.tsx";
import { type Fee, FeeKind, NewFee } from "./schema.ts";
import { languageName, Mistakes, Press } from "./views.tsx";

const FEES = `${BASE}/fees`;
const kindText = (s: Shown, kind: FeeKind): string => (kind === "market" ? s.t("marketFee") : s.t(kind));

/** The catalogue of what can be raised one by one. */
export function feePages(app: CityApp): void {
  const list = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Given = {}) => {
    const s = shown(c);
    const all = await catalogue(s.here);
    return page(
      c,
      {
        title: s.t("fees"),
        lead: s.t("feesLead"),
        crumbs: crumbs(s),
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <>
        <Mistakes {...{ s, mistakes }} />
        {all.length === 0 ? (
          <p>{s.t("noFees")}</p>
        ) : (
          <Table
            caption={s.t("fees")}
            head={[s.t("code"), s.t("fee"), s.t("kind"), s.t("netAmount"), s.t("state")]}
            numeric={[3]}
            rows={all.map((fee) => [
              fee.code,
              nameIn(fee.names, s.lang),
              kindText(s, fee.kind),
              <>
                {money(s, fee.netMinor, fee.currency)}
                {fee.reduced && (
                  <p>
                    {s.t("reducedShort", {
                      amount: money(s, fee.reduced.netMinor, fee.currency),
                      days: fee.reduced.withinDays,
                    })}
                  </p>
                )}
              </>,
              <FeeState {...{ s, fee }} />,
            ])}
          />
        )}
        {has(s.who, MONEY) && <FeeForm {...{ s, mistakes, given }} />}
      </>,
    );
  };
  app.get(FEES, needs(...STAFF), (c) => list(c));
  app.post(FEES, needs(...MONEY), (c) =>
    attempt(
      c,
      async () => {
        await proposeFee(c.var.here, feeFrom(await form(c, Typed), c.var.city.currency), whoId(c.var.who));
        return FEES;
      },
      (mistakes, given) => list(c, mistakes, given),
    ),
  );
  for (const [verb, state] of [
    ["approve", "approved"],
    ["refuse", "refused"],
  ] as const)
    app.post(`${FEES}/:id/${verb}`, needs(...MONEY), (c) =>
      attempt(
        c,
        async () => {
          await fees.decide(c.var.here, c.req.param("id"), state, whoId(c.var.who));
          return FEES;
        },
        (mistakes) => list(c, mistakes),
      ),
    );
}

/** A fee as a clerk types it. @throws {Fault} invalid, by field */
function feeFrom(fields: Given, currency: string): NewFee {
  const { code, kind, net = "", vat = "0", reduced, days } = fields;
  return parsed(NewFee, {
    ...{ code, kind, currency, netMinor: minorOf(net, currency, "net"), vatBasisPoints: basisPointsOf(vat, "vat") },
    names: Object.fromEntries(LANGS.flatMap((lang) => (fields[lang] ? [[lang, fields[lang]]] : []))),
    ...(reduced === undefined && days === undefined
      ? {}
      : { reduced: { netMinor: minorOf(reduced ?? "", currency, "reduced"), withinDays: Number(days) } }),
  });
}

function FeeState({ s, fee }: { s: Shown; fee: Fee }) {
  const tag = { proposed: "warning", approved: "success", refused: "info" } as const;
  if (fee.state !== "proposed" || !has(s.who, MONEY) || isMine(s, fee.proposedBy))
    return <Tag kind={tag[fee.state]}>{s.t(fee.state)}</Tag>;
  return (
    <Actions>
      <Press {...{ s }} to={`${FEES}/${fee.id}/approve`} says={s.t("approve")} />
      <Press {...{ s }} to={`${FEES}/${fee.id}/refuse`} says={s.t("refuse")} />
    </Actions>
  );
}

function FeeForm({ s, mistakes, given }: { s: Shown; mistakes: Mistake[]; given: Given }) {
  const { t } = s;
  const error = (...names: string[]) => mistakes.find(({ field }) => names.includes(field))?.detail;
  return (
    <>
      <h2>{t("newFee")}</h2>
      <p>{t("newRuleLead")}</p>
      <Form action={s.here.url(FEES)} csrf={s.csrf} submit={t("propose")}>
        <Field label={t("code")} name="code" value={given["code"]} error={error("code")} required maxlength={20} />
        <Field
          label={t("kind")}
          name="kind"
          type="select"
          value={given["kind"]}
          options={FeeKind.options.map((kind) => [kind, kindText(s, kind)] as const)}
        />
        {s.here.city.languages.map((lang, i) => (
          <Field
            label={t("nameIn", { language: languageName(lang, s.lang) })}
            name={lang}
            value={given[lang]}
            error={i === 0 ? error("names") : undefined}
            maxlength={80}
          />
        ))}
        <Field
          label={t("netAmount")}
          name="net"
          inputmode="decimal"
          value={given["net"]}
          error={error("net", "netMinor")}
          required
        />
        <Field
          label={t("vatRate")}
          name="vat"
          inputmode="decimal"
          value={given["vat"] ?? "0"}
          error={error("vat", "vatBasisPoints")}
        />
        <Field
          label={t("reducedAmount")}
          hint={t("reducedHint")}
          name="reduced"
          inputmode="decimal"
          value={given["reduced"]}
          error={error("reduced")}
        />
        <Field label={t("reducedDays")} name="days" inputmode="numeric" value={given["days"]} />
      </Form>
    </>
  );
}
