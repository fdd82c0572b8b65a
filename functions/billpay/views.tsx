import { ErrorSummary, Field, Form, fieldOf, Notice, Table } from "../../shared/components.tsx";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import type { ThirdParty } from "./schema.ts";
import type { billpayTexts } from "./texts.ts";

export type Mistake = { field: string; detail: string };
export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof billpayTexts.in>;
}

interface Props {
  s: Shown;
  parties: readonly (ThirdParty & { owesMinor: number })[];
  /** The form as it was sent, where it came back. */
  given: Readonly<Record<string, string>>;
  mistakes: readonly Mistake[];
}

export function ThirdPartiesPage({ s, parties, given, mistakes }: Props) {
  const { t, here, lang } = s;
  const field = fieldOf(given, mistakes);
  const hint = t("limitHint", { currency: here.city.currency });
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {parties.length === 0 ? (
        <Notice kind="info">{t("none")}</Notice>
      ) : (
        <Table
          caption={t("thirdParties")}
          head={[t("name"), t("owes"), t("settleBy"), t("dayLimit")]}
          numeric={[1, 3]}
          rows={parties.map((party) => [
            party.name,
            formatMoney(party.owesMinor, party.currency, lang),
            <bdi style="white-space:nowrap">{party.settlementReference}</bdi>,
            formatMoney(party.dayLimitMinor, party.currency, lang),
          ])}
        />
      )}
      <h2>{t("add")}</h2>
      <Form action={here.url("/staff/third-parties")} csrf={s.csrf} submit={t("add")}>
        <Field {...field("name")} label={t("name")} required maxlength={80} />
        <Field {...field("keyId")} label={t("key")} required hint={t("keyHint")} maxlength={40} dir="ltr" />
        <Field {...field("hosts")} label={t("hosts")} hint={t("hostsHint")} maxlength={1_000} dir="ltr" />
        <Field {...field("payment")} label={t("paymentLimit")} hint={hint} inputmode="decimal" required />
        <Field {...field("day")} label={t("dayLimit")} hint={hint} inputmode="decimal" required />
      </Form>
    </>
  );
}
