import { inLang } from "../../../marketplace/contract/words.ts";
import { ErrorSummary, Field, Form, Notice, Table } from "../../../shared/components.tsx";
import { formatMoney } from "../../../shared/money.ts";
import type { Scenario } from "./schema.ts";
import type { CityIndicator } from "./shown.ts";
import { exactText, figureText, type Shown } from "./views.tsx";

interface Props {
  s: Shown;
  one: CityIndicator;
  /** What the address asks. */
  asked: { assumption?: string | undefined; value?: string | undefined };
  scenario: Scenario | undefined;
  mistakes: readonly { field: string; detail: string }[];
}

/** Each assumption has a form of its own: one is changed at a time, and each state is an address. */
export function ScenarioPage({ s, one, asked, scenario, mistakes }: Props) {
  const { t, lang, url } = s;
  if (one.assumptions.length === 0) return <p>{t("noWhatIf")}</p>;
  const fieldOf = (name: string) => `value-${name}`;
  return (
    <>
      {mistakes.length > 0 && (
        <ErrorSummary
          title={t("mistakes")}
          errors={mistakes.map(({ detail }) => ({ field: fieldOf(asked.assumption ?? ""), detail }))}
        />
      )}
      {scenario && <Outcome s={s} one={one} scenario={scenario} />}
      {one.assumptions.map(({ name, titles, unit, value, low, high }) => {
        const isAsked = asked.assumption === name;
        const range = { low: exactText(lang, low), high: exactText(lang, high), unit };
        return (
          <section>
            <h2>{inLang(titles, lang)}</h2>
            <Form
              action={url(`/indicators/${one.id}/scenario`)}
              csrf=""
              method="get"
              submit={t("reckon")}
              class="inline"
            >
              <input type="hidden" name="assumption" value={name} />
              <Field
                label={t("other", { value: exactText(lang, value), unit })}
                hint={t("range", range)}
                name="value"
                id={fieldOf(name)}
                inputmode="decimal"
                value={isAsked ? asked.value : String(value)}
                error={isAsked ? mistakes[0]?.detail : undefined}
                dir="ltr"
              />
            </Form>
          </section>
        );
      })}
    </>
  );
}

function Outcome({ s, one, scenario }: Pick<Props, "s" | "one"> & { scenario: Scenario }) {
  const { t, lang } = s;
  const { from, to, value, changed, difference, cost } = scenario;
  const { titles } = one.assumptions.find(({ name }) => name === scenario.assumption)!;
  const figure = (number: number | undefined) =>
    number === undefined ? "—" : <bdi>{`${figureText(lang, number)} ${one.unit}`}</bdi>;
  const signed = new Intl.NumberFormat(lang, { maximumSignificantDigits: 4, signDisplay: "exceptZero" });
  const assumed = (number: number) => <bdi>{`${exactText(lang, number)} ${scenario.unit}`}</bdi>;
  const isSaving = cost !== undefined && cost.amountMinor < 0;
  return (
    <>
      <Table
        caption={inLang(one.titles, lang)}
        head={["", t("now"), t("thereby"), t("difference")]}
        numeric={[1, 2, 3]}
        rows={[
          [inLang(titles, lang), assumed(from), assumed(to), ""],
          [
            inLang(one.titles, lang),
            figure(value),
            figure(changed),
            difference === undefined ? "—" : <bdi>{`${signed.format(difference)} ${one.unit}`}</bdi>,
          ],
        ]}
      />
      <p class="big">
        {cost
          ? `${t(isSaving ? "saving" : "cost")}: ${formatMoney(Math.abs(cost.amountMinor), cost.currency, lang)}`
          : t("noCost")}
      </p>
      <Notice kind="info">{t("estimate")}</Notice>
    </>
  );
}
