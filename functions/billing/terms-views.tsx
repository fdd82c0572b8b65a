import { Actions, ErrorSummary, Field, Form, Pager, Table, Tag } from "../../shared/components.tsx";
import type { Here } from "../../shared/here.ts";
import { formatPrice } from "../../shared/money.ts";
import { RoundingField } from "../../shared/rounding-field.tsx";
import type { Lang } from "../../shared/texts.ts";
import { nameOf, vatRate } from "./bill-lines.tsx";
import { Exemption, type KeptFlatTariff, ServiceKind, type Subscription } from "./terms-schema.ts";
import type { termsTexts } from "./terms-texts.ts";

interface Desk {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof termsTexts.in>;
  path: string;
  next: string | undefined;
  mistakes: { field: string; detail: string }[];
  given: Record<string, string>;
}
const errorIn = (mistakes: Desk["mistakes"]) => (field: string) =>
  mistakes.find((mistake) => mistake.field === field)?.detail;

interface ExemptionsProps extends Desk {
  exemptions: readonly Exemption[];
  /** Accounts' numbers by their ids. */
  numbers: ReadonlyMap<string, string>;
  isDone: boolean;
  decidable: (exemption: Exemption) => boolean;
  mayEnd: boolean;
}

export function ExemptionsPage(props: ExemptionsProps) {
  const { here, lang, csrf, t, path, exemptions, numbers, next, isDone, mistakes, given, decidable, mayEnd } = props;
  const error = errorIn(mistakes);
  const field = (name: string) => ({ name, value: given[name], error: error(name) });
  const decide = (exemption: Exemption) => {
    if (exemption.state === "asked")
      return decidable(exemption) ? (
        <Actions>
          <Form action={here.url(`${path}/${exemption.id}/approve`)} csrf={csrf} submit={t("approve")} />
          <Form action={here.url(`${path}/${exemption.id}/refuse`)} csrf={csrf} submit={t("refuse")} />
        </Actions>
      ) : (
        t("anotherDecides")
      );
    return (
      <>
        <Tag kind="info">{t(exemption.state)}</Tag>
        {exemption.state === "approved" && mayEnd && (
          <Form action={here.url(`${path}/${exemption.id}/end`)} csrf={csrf} submit={t("end")}>
            <input type="month" name="toMonth" aria-label={t("to")} value={exemption.toMonth} required />
          </Form>
        )}
      </>
    );
  };
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {exemptions.length === 0 ? (
        <p>{t("noExemptions")}</p>
      ) : (
        <Table
          caption={t(isDone ? "decided" : "toDecide")}
          head={[t("account"), t("what"), t("from"), t("to"), t("reason"), t("evidence"), t("state")]}
          rows={exemptions.map((one) => [
            numbers.get(one.accountId) ?? one.accountId,
            [
              t(one.what),
              one.what === "social_tariff" ? undefined : vatRate(one.basisPoints, lang),
              one.kind && t(one.kind),
              one.meterId && t("meter"),
            ]
              .filter(Boolean)
              .join(", "),
            one.fromMonth,
            one.toMonth ?? "",
            one.reason,
            one.evidence,
            decide(one),
          ])}
        />
      )}
      {next && (
        <Pager next={[here.url(`${path}?${isDone ? "done=yes&" : ""}cursor=${encodeURIComponent(next)}`), t("more")]} />
      )}
      <p>
        <a href={here.url(isDone ? path : `${path}?done=yes`)}>{t(isDone ? "toDecide" : "decided")}</a>
      </p>
      <h2>{t("ask")}</h2>
      <Form action={here.url(path)} csrf={csrf} submit={t("ask")}>
        <Field
          label={t("account")}
          hint={t("accountHint")}
          {...field("number")}
          error={error("number") ?? error("accountId")}
          required
        />
        <Field
          label={t("what")}
          type="select"
          options={Exemption.shape.what.options.map((what) => [what, t(what)] as const)}
          {...field("what")}
        />
        <Field
          label={t("share")}
          hint={t("shareHint")}
          inputmode="decimal"
          {...field("percent")}
          value={given["percent"] ?? "100"}
          error={error("percent") ?? error("basisPoints")}
        />
        <Field
          label={t("service")}
          type="select"
          options={[["", t("anyService")], ...ServiceKind.options.map((kind) => [kind, t(kind)] as const)]}
          {...field("kind")}
        />
        <Field label={t("meter")} hint={t("meterHint")} {...field("meter")} />
        <Field label={t("from")} type="month" {...field("fromMonth")} required />
        <Field label={t("to")} hint={t("toHint")} type="month" {...field("toMonth")} />
        <Field label={t("reason")} hint={t("reasonHint")} {...field("reason")} maxlength={200} required />
        <Field label={t("evidence")} hint={t("evidenceHint")} {...field("evidence")} maxlength={200} required />
      </Form>
    </>
  );
}

interface FlatProps extends Desk {
  tariffs: readonly KeptFlatTariff[];
  subscriptions: readonly Subscription[];
  kind: ServiceKind;
  mayEnter: boolean;
}

export function FlatPage(props: FlatProps) {
  const { here, lang, csrf, t, path, tariffs, subscriptions, kind, next, mistakes, given, mayEnter } = props;
  const error = errorIn(mistakes);
  const field = (name: string) => ({ name, value: given[name], error: error(name) });
  const kinds = ServiceKind.options.map((each) => [each, t(each)] as const);
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      <h2>{t("flatTariffs")}</h2>
      {tariffs.length === 0 ? (
        <p>{t("noFlat")}</p>
      ) : (
        <Table
          caption={t("flatTariffs")}
          head={[t("code"), t("name"), t("service"), t("price", { currency: here.city.currency }), t("vatAsk")]}
          numeric={[3, 4]}
          rows={tariffs.map(({ tariff }) => [
            <bdi>{tariff.code}</bdi>,
            nameOf(tariff.names, lang),
            t(tariff.kind),
            formatPrice(tariff.price, tariff.currency, lang),
            vatRate(tariff.vatBasisPoints, lang),
          ])}
        />
      )}
      {mayEnter && (
        <Form action={here.url(`${path}/tariffs`)} csrf={csrf} submit={t("enterFlat")}>
          <Field label={t("code")} hint={t("codeHint")} {...field("code")} maxlength={40} required />
          <Field label={t("name")} {...field("name")} error={error("name") ?? error("names")} maxlength={80} required />
          <Field label={t("service")} type="select" options={kinds} {...field("kind")} />
          <Field
            label={t("price", { currency: here.city.currency })}
            inputmode="decimal"
            {...field("price")}
            error={error("price") ?? error("tariff")}
            required
          />
          <Field label={t("vatAsk")} inputmode="decimal" {...field("vat")} value={given["vat"] ?? "0"} />
          <RoundingField {...{ lang, currency: here.city.currency, ...field("toMinor") }} />
        </Form>
      )}
      <h2>{t("subscriptions")}</h2>
      <Form action={here.url(path)} csrf="" method="get" submit={t("show")}>
        <Field label={t("service")} name="kind" id="shown" type="select" options={kinds} value={kind} />
      </Form>
      {subscriptions.length === 0 ? (
        <p>{t("noSubscriptions")}</p>
      ) : (
        <Table
          caption={t("subscriptions")}
          head={[t("account"), t("code"), t("quantity"), t("firstDay"), t("lastDay")]}
          numeric={[2]}
          rows={subscriptions.map((one) => [
            <a href={here.url(`/staff/bills?account=${one.accountId}`)}>
              <bdi>{one.accountId}</bdi>
            </a>,
            one.code,
            String(one.quantity),
            one.fromOn,
            one.toOn ?? (
              <Form action={here.url(`${path}/subscriptions/${one.id}/end`)} csrf={csrf} submit={t("endDay")}>
                <input type="date" name="toOn" aria-label={t("lastDay")} required />
              </Form>
            ),
          ])}
        />
      )}
      {next && <Pager next={[here.url(`${path}?kind=${kind}&cursor=${encodeURIComponent(next)}`), t("more")]} />}
      {tariffs.length > 0 && (
        <>
          <h3>{t("subscribe")}</h3>
          <Form action={here.url(`${path}/subscriptions`)} csrf={csrf} submit={t("subscribe")}>
            <Field label={t("account")} hint={t("accountHint")} {...field("number")} required />
            <Field
              label={t("code")}
              name="code"
              type="select"
              options={tariffs.map(({ tariff }) => [tariff.code, nameOf(tariff.names, lang)] as const)}
              value={given["code"]}
              error={error("code")}
            />
            <Field label={t("quantity")} inputmode="numeric" {...field("quantity")} value={given["quantity"] ?? "1"} />
            <Field label={t("firstDay")} type="date" {...field("fromOn")} required />
            <Field label={t("lastDay")} hint={t("toHint")} type="date" {...field("toOn")} />
          </Form>
        </>
      )}
    </>
  );
}
