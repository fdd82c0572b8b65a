import { ErrorSummary, Facts, Field, Form, Notice, Table } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { formatMoney } from "../../shared/money.ts";
import { errorAt, type Mistake, type Shown, thousandth } from "./shown.ts";
import type { Schedule } from "./supply-schema.ts";

interface Props {
  s: Shown;
  given: Record<string, string>;
  mistakes: readonly Mistake[];
  plan: Schedule | undefined;
}

export function SchedulePage({ s, given, mistakes, plan }: Props) {
  const { t, here } = s;
  const field = (name: string, label: string, more: object = {}) => (
    <Field {...{ name, label, inputmode: "decimal", value: given[name], error: errorAt(mistakes, name), ...more }} />
  );
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {plan && <Plan {...{ s, plan }} />}
      <Form action={here.url("/staff/forecasts/schedule")} csrf="" method="get" submit={t("plan")}>
        {field("what", t("whatFor"), {
          type: "radio",
          value: given["what"] ?? "pump",
          options: (["pump", "load"] as const).map((what) => [what, t(what)]),
        })}
        {field("hours", t("hours"), { value: given["hours"] ?? "24" })}
        {field("price", t("price", { currency: here.city.currency }))}
        {field("periods", t("periods"), { type: "textarea", hint: t("periodsHint"), dir: "ltr" })}
        {field("power", t("power"))}
        {field("pumped", t("pumped"))}
        {field("start", t("start"))}
        {field("least", t("least"))}
        {field("most", t("most"))}
        {field("out", t("out"), { inputmode: "text" })}
        {field("energy", t("energy"))}
        {field("sunW", t("sunW"), { hint: t("sunHint") })}
        {field("latitude", t("latitude"))}
        {field("longitude", t("longitude"))}
        {field("feedIn", t("feedIn"))}
      </Form>
    </>
  );
}

function Plan({ s, plan }: { s: Shown; plan: Schedule }) {
  const { t, lang } = s;
  const money = (minor: number) => formatMoney(minor, plan.currency, lang);
  const hasTank = plan.hours.some(({ litres }) => litres !== undefined);
  const hasSun = plan.sun !== "none";
  return (
    <>
      <Facts
        items={[
          [t("cost"), <strong>{money(plan.costMinor)}</strong>],
          [t("evenCost"), money(plan.evenCostMinor)],
          [t("saving"), <strong>{money(plan.savingMinor)}</strong>],
        ]}
      />
      {!plan.isEvenPossible && <Notice kind="info">{t("evenNot")}</Notice>}
      <p>{t("scheduleSays")}</p>
      <Table
        wide
        caption={t("schedule")}
        head={[
          t("hour"),
          t("minutes"),
          t("price", { currency: plan.currency }),
          ...(hasTank ? [t("tank")] : []),
          ...(hasSun ? [t("sun")] : []),
        ]}
        numeric={[1, 2, 3, 4]}
        rows={plan.hours.map(({ at, minutes, pricePerKwh, litres = 0, sunW }) => [
          cityMoment(at, s),
          minutes === 0 ? "—" : <strong>{String(minutes)}</strong>,
          pricePerKwh,
          ...(hasTank ? [thousandth(litres, lang)] : []),
          ...(hasSun ? [thousandth(sunW, lang)] : []),
        ])}
      />
    </>
  );
}
