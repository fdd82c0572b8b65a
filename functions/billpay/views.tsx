import { ErrorSummary, Field, Form, Notice, Table } from "../../shared/components.tsx";
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
  mistakes: readonly Mistake[];
}

export function ThirdPartiesPage({ s, parties, mistakes }: Props) {
  const { t, here, lang } = s;
  const error = (field: string) => mistakes.find((one) => one.field === field)?.detail;
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
        <Field label={t("name")} name="name" required maxlength={80} error={error("name")} />
        <Field label={t("key")} name="keyId" required hint={t("keyHint")} maxlength={40} error={error("keyId")} />
        <Field label={t("hosts")} name="hosts" hint={t("hostsHint")} maxlength={1_000} error={error("hosts")} />
        <Field label={t("paymentLimit")} name="payment" inputmode="decimal" required error={error("payment")} />
        <Field label={t("dayLimit")} name="day" inputmode="decimal" required error={error("day")} />
      </Form>
    </>
  );
}
