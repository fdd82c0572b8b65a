import type { Child } from "hono/jsx";
import { Actions, ErrorSummary, Facts, Field, Form, LinkButton, Notice, Table, Tag } from "../../shared/components.tsx";
import { longCityMoment } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import { decimalOf, exponentOf, formatMoney, formatPrice } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import { bulkTexts } from "./bulk/texts.ts";
import { grouped } from "./domain.ts";
import { allTenths, unitsIn } from "./messages.ts";
import type { KeptPurchase, Meter, PurchaseState, Quote, Sale, TokenSet } from "./schema.ts";
import type { vendingTexts } from "./texts.ts";

export type Mistake = { field: string; detail: string };
export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof vendingTexts.in>;
}
type Kind = "info" | "success" | "warning" | "error";
export const STATE_KIND: Record<PurchaseState, Kind> = {
  quoted: "info",
  paid: "info",
  ordered: "info",
  vended: "success",
  failed: "warning",
  returned: "warning",
  refunded: "warning",
  expired: "warning",
};

const errorOf = (mistakes: readonly Mistake[], field: string) => mistakes.find((one) => one.field === field)?.detail;
/** Numbers and digits are read from left to right in every language, and never broken. */
export const Digits = ({ of }: { of: string }) => (
  <bdi dir="ltr" style="white-space:nowrap">
    {of}
  </bdi>
);

export interface Given {
  meter?: string;
  amount?: string;
  contact?: string;
}

export function BuyPage({
  s,
  given,
  mistakes,
  quote,
  quoted,
  newId,
}: {
  s: Shown;
  given: Given;
  mistakes: readonly Mistake[];
  quote?: Quote | undefined;
  quoted: Given & { amountMinor?: number };
  newId: string;
}) {
  const { t, here, csrf } = s;
  if (quote)
    return (
      <>
        <Notice kind="info">{t("quoteLead")}</Notice>
        {quote.withKeyChange && <Notice kind="warning">{t("withKeyChange")}</Notice>}
        <Bought
          s={s}
          number={quote.meter.number}
          resource={quote.meter.resource}
          sale={quote.sale}
          currency={quote.currency}
        />
        <Form action={here.url("/prepaid/purchases")} csrf={csrf} submit={t("buy")}>
          <input type="hidden" name="id" value={newId} />
          <input type="hidden" name="meter" value={quote.meter.number} />
          <input type="hidden" name="amountMinor" value={String(quoted.amountMinor)} />
          {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
          <Field
            label={t("contact")}
            hint={t("contactHint")}
            name="contact"
            autocomplete="tel"
            value={given.contact}
            error={errorOf(mistakes, "contact")}
          />
        </Form>
        <p>
          <a href={here.url(`/prepaid?meter=${encodeURIComponent(given.meter ?? "")}`)}>{t("changeAmount")}</a>
        </p>
      </>
    );
  const { currency } = here.city;
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      <Form action={here.url("/prepaid")} csrf="" method="get" submit={t("showQuote")}>
        <Field
          label={t("meter")}
          hint={t("meterHint")}
          name="meter"
          inputmode="numeric"
          autocomplete="off"
          maxlength={40}
          value={given.meter}
          error={errorOf(mistakes, "meter")}
          required
        />
        <Field
          label={t("amount", { currency })}
          hint={t("amountHint", {
            example: decimalOf(10 ** exponentOf(currency) * (exponentOf(currency) === 0 ? 5_000 : 20), currency),
          })}
          name="amount"
          inputmode="decimal"
          autocomplete="off"
          maxlength={20}
          value={given.amount}
          error={errorOf(mistakes, "amount")}
          required
        />
      </Form>
      <ul>
        <li>
          <a href={here.url("/prepaid/bulk")}>{bulkTexts.in(s.lang)("link")}</a>
        </li>
        <li>
          <a href={here.url("/prepaid/again")}>{t("againTitle")}</a>
        </li>
        <li>
          <a href={here.url("/prepaid/mine")}>{t("mine")}</a>
        </li>
      </ul>
    </>
  );
}

/** What an amount buys, and where each part of it goes. */
function Bought({
  s,
  number,
  resource,
  sale,
  currency,
}: {
  s: Shown;
  number: string;
  resource: "electricity" | "water";
  sale: Sale;
  currency: string;
}) {
  const { t, lang } = s;
  const money = (minor: number) => formatMoney(minor, currency, lang);
  const units = (tenths: number) => unitsIn(tenths, resource, lang);
  const parts: [string, number][] = [
    [t("arrears"), sale.arrearsMinor],
    [t("fixed"), sale.fixedMinor],
    [t("energy"), sale.energyMinor],
    [t("vat"), sale.vatMinor],
    [t("kept"), sale.keptMinor],
  ];
  return (
    <>
      <p class="big">{units(allTenths(sale))}</p>
      <Facts
        items={[
          [t("meter"), <Digits of={grouped(number)} />],
          [t("service"), t(resource)],
          [t("paying"), <strong>{money(sale.paidMinor)}</strong>],
          ...(sale.carriedMinor > 0 ? ([[t("carried"), money(sale.carriedMinor)]] satisfies [string, Child][]) : []),
          ...(sale.freeTenths > 0 ? ([[t("freeUnits"), units(sale.freeTenths)]] satisfies [string, Child][]) : []),
        ]}
      />
      <Table
        caption={t("where")}
        head={[t("what"), t("paying")]}
        numeric={[1]}
        rows={parts.filter(([, minor]) => minor > 0).map(([what, minor]) => [what, money(minor)])}
      />
      {sale.steps.length > 0 && (
        <ul>
          {sale.steps.map((step) => (
            <li>{t("step", { quantity: units(step.tenths), price: formatPrice(step.price, currency, lang) })}</li>
          ))}
        </ul>
      )}
    </>
  );
}

export const TokenList = ({ s, tokens }: { s: Pick<Shown, "t">; tokens: readonly TokenSet[] }) => (
  <>
    {tokens.some(({ isTest }) => isTest) && <Notice kind="warning">{s.t("testToken")}</Notice>}
    <ol>
      {tokens.flatMap(({ what, digits }) =>
        digits.map((each) => (
          <li>
            {s.t(what)}
            <p class="big">
              <bdi dir="ltr" style="font-variant-numeric:tabular-nums">
                {grouped(each)}
              </bdi>
            </p>
          </li>
        )),
      )}
    </ol>
  </>
);

/** How a purchase stands, told honestly; once there is a token, it is what the page shows first. */
export function PurchasePage({
  s,
  purchase,
  dueMinor,
  sent,
}: {
  s: Shown;
  purchase: KeptPurchase;
  /** Of its bill, while it is not paid. */
  dueMinor: number;
  sent?: number | undefined;
}) {
  const { t, here, lang, csrf } = s;
  const { id, state, tokens, sale, quote, meter, currency, reference, amountMinor } = purchase;
  const money = (minor: number) => formatMoney(minor, currency, lang);
  const isPart = state === "quoted" && dueMinor > 0 && dueMinor < amountMinor;
  const isWaiting = state === "paid" || state === "ordered";
  return (
    <>
      {sent !== undefined && (
        <Notice kind={sent > 0 ? "success" : "warning"}>{t(sent > 0 ? "messageSent" : "messageNone")}</Notice>
      )}
      <Notice kind={STATE_KIND[state]}>
        {isPart
          ? t("partSays", { paid: money(amountMinor - dueMinor), total: money(amountMinor) })
          : t(`${state}Says`, { until: longCityMoment(purchase.expiresAt, s) })}
      </Notice>
      {isWaiting && purchase.hindrance && <p>{t(purchase.hindrance)}</p>}
      {tokens && (
        <>
          {tokens.length > 1 && <p>{t("enterInOrder")}</p>}
          <TokenList {...{ s, tokens }} />
        </>
      )}
      {state === "quoted" && dueMinor > 0 && !purchase.bulk && (
        <Actions>
          <LinkButton href={here.url(`/pay?reference=${reference}`)}>
            {t("pay", { amount: money(dueMinor) })}
          </LinkButton>
          <LinkButton href={here.url(`/prepaid/purchases/${id}`)} second>
            {t("lookAgain")}
          </LinkButton>
        </Actions>
      )}
      {isWaiting && (
        <Actions>
          <LinkButton href={here.url(`/prepaid/purchases/${id}`)}>{t("lookAgain")}</LinkButton>
        </Actions>
      )}
      {sale && !sameUnits(sale, quote) && <Notice kind="info">{t("changedSays")}</Notice>}
      <Bought {...{ s, currency }} number={meter.number} resource={meter.resource} sale={sale ?? quote} />
      <Facts
        items={[
          [t("reference"), <Digits of={reference} />],
          [t("bought"), longCityMoment(purchase.vendedAt ?? purchase.createdAt, s)],
        ]}
      />
      {tokens && <Form action={here.url(`/prepaid/purchases/${id}/message`)} csrf={csrf} submit={t("messageAgain")} />}
      {["vended", "expired", "refunded"].includes(state) && (
        <Actions>
          <LinkButton href={here.url(`/prepaid?meter=${meter.number}`)} second>
            {t("startAgain")}
          </LinkButton>
        </Actions>
      )}
    </>
  );
}
const sameUnits = (a: Sale, b: Sale) => allTenths(a) === allTenths(b) && a.arrearsMinor === b.arrearsMinor;

export const AgainPage = ({
  s,
  given,
  isUnknown,
}: {
  s: Shown;
  given: { meter?: string; reference?: string };
  isUnknown: boolean;
}) => (
  <>
    {isUnknown && <ErrorSummary title={s.t("mistakes")} errors={[{ field: "reference", detail: s.t("againNone") }]} />}
    <Form action={s.here.url("/prepaid/again")} csrf="" method="get" submit={s.t("againDo")}>
      <Field label={s.t("meter")} name="meter" inputmode="numeric" maxlength={40} value={given.meter} required />
      <Field
        label={s.t("reference")}
        name="reference"
        maxlength={40}
        dir="ltr"
        value={given.reference}
        error={isUnknown ? s.t("againNone") : undefined}
        required
      />
    </Form>
  </>
);

export const MyMetersPage = ({
  s,
  meters,
}: {
  s: Shown;
  meters: readonly { meter: Meter; purchases: readonly KeptPurchase[] }[];
}) =>
  meters.length === 0 ? (
    <p>{s.t("mineNone")}</p>
  ) : (
    <div>
      {meters.map(({ meter: { facts, freeTenths }, purchases }) => (
        <section>
          <h2>
            {s.t(facts.resource)} <Digits of={grouped(facts.number)} />
          </h2>
          {freeTenths > 0 && (
            <p>
              {s.t("freeMonth")}: {unitsIn(freeTenths, facts.resource, s.lang)}
            </p>
          )}
          <Actions>
            <LinkButton href={s.here.url(`/prepaid?meter=${facts.number}`)}>{s.t("startAgain")}</LinkButton>
          </Actions>
          {purchases.length === 0 ? (
            <p>{s.t("noPurchases")}</p>
          ) : (
            <PurchaseTable {...{ s, purchases }} at="/prepaid/purchases" />
          )}
        </section>
      ))}
    </div>
  );

export const PurchaseTable = ({ s, purchases, at }: { s: Shown; purchases: readonly KeptPurchase[]; at: string }) => (
  <Table
    caption={s.t("lastPurchases")}
    head={[s.t("bought"), s.t("meter"), s.t("paying"), s.t("units"), s.t("state"), s.t("reference")]}
    numeric={[2, 3]}
    rows={purchases.map(({ id, createdAt, amountMinor, currency, sale, quote, meter, state, reference }) => [
      longCityMoment(createdAt, s),
      <Digits of={meter.number} />,
      formatMoney(amountMinor, currency, s.lang),
      unitsIn(allTenths(sale ?? quote), meter.resource, s.lang),
      <Tag kind={STATE_KIND[state]}>{s.t(state)}</Tag>,
      <a href={s.here.url(`${at}/${id}`)}>
        <Digits of={reference} />
      </a>,
    ])}
  />
);
