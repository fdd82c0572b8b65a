import type { Context } from "hono";
import { z } from "zod";
import { ErrorSummary, Field, Form, Notice, Table } from "../../../shared/components.tsx";
import { fieldMistakes, form, givenIn, sentForm } from "../../../shared/http.ts";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { shellTexts } from "../../../shared/shell-texts.ts";
import { type Common, commonOf, day } from "../showing.ts";
import { type Decided, decideRule, deciders, decisions, K_DEFAULT, K_LEAST, PeopleRule, peopleRule } from "./rule.ts";
import { peopleTexts } from "./texts.ts";

type C = Context<CityEnv>;
const AT = "/staff/data-people";
const RuleForm = PeopleRule.extend({ k: z.coerce.number().int().min(K_LEAST).max(1_000) });

/** Where it is decided how small a group of people may be published, and everybody reads why. */
export function peoplePages(app: CityApp): void {
  const rulePage = async (
    c: C,
    more: { value?: Record<string, string>; errors?: { field: string; detail: string }[] } = {},
  ) => {
    const t = peopleTexts.in(c.var.lang);
    const common = commonOf(c);
    return page(
      c,
      {
        title: t("title"),
        lead: t("lead"),
        crumbs: [[common.t("staff"), c.var.here.url("/staff")]],
        status: more.errors ? 422 : 200,
      },
      <RulePage
        {...common}
        rule={await peopleRule(c.var.here)}
        decided={await decisions(c.var.here)}
        isSaved={c.req.query("saved") === "1"}
        {...more}
      />,
    );
  };
  app.get(AT, needs(...deciders), (c) => rulePage(c));
  app.post(AT, needs(...deciders), (c) =>
    sentForm(
      c,
      async () => decideRule(c.var.here, await form(c, RuleForm)),
      `${AT}?saved=1`,
      async (error) => {
        const t = peopleTexts.in(c.var.lang);
        const errors = fieldMistakes(error).map(({ field }) => ({
          field,
          detail: t(field === "reason" ? "reasonMissing" : "kWrong", { k: field === "reason" ? K_DEFAULT : K_LEAST }),
        }));
        return rulePage(c, { value: await givenIn(c), errors });
      },
    ),
  );
}

interface Props extends Common {
  rule: PeopleRule;
  decided: readonly Decided[];
  isSaved: boolean;
  value?: Record<string, string>;
  errors?: { field: string; detail: string }[];
}

function RulePage({ rule, decided, isSaved, value = {}, errors = [], ...common }: Props) {
  const { lang, csrf, url } = common;
  const t = peopleTexts.in(lang);
  const number = new Intl.NumberFormat(lang);
  const error = (name: string) => errors.find(({ field }) => field === name)?.detail;
  return (
    <>
      {errors.length > 0 && <ErrorSummary title={shellTexts.in(lang)("errors")} errors={errors} />}
      {isSaved && <Notice kind="success">{t("saved")}</Notice>}
      <Form action={url(AT)} csrf={csrf} submit={t("save")}>
        <Field
          label={t("k")}
          hint={t("kHint", { least: K_LEAST, usual: K_DEFAULT })}
          name="k"
          inputmode="numeric"
          value={value["k"] ?? String(rule.k)}
          error={error("k")}
          required
        />
        <Field
          type="textarea"
          label={t("reason")}
          hint={t("reasonHint", { usual: K_DEFAULT })}
          name="reason"
          value={value["reason"] ?? rule.reason}
          error={error("reason")}
          maxlength={500}
        />
      </Form>
      <p>{t("later")}</p>
      {decided.length > 0 && (
        <Table
          caption={t("decided")}
          head={[t("on"), t("k"), t("reason")]}
          numeric={[1]}
          rows={decided.map(({ rule: one, decidedAt }) => [
            decidedAt ? <time datetime={decidedAt}>{day(common, decidedAt)}</time> : "",
            number.format(one.k),
            <bdi>{one.reason ?? ""}</bdi>,
          ])}
        />
      )}
    </>
  );
}
