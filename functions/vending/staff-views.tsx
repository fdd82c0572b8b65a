import type { Child } from "hono/jsx";
import { Actions, ErrorSummary, Facts, Field, Form, Notice, Pager, Table, Tag } from "../../shared/components.tsx";
import { longCityMoment } from "../../shared/dates.ts";
import { StaffName } from "../../shared/identity/staff-name.tsx";
import { formatMoney } from "../../shared/money.ts";
import type { StaffBulk } from "./bulk/schema.ts";
import { bulkTexts } from "./bulk/texts.ts";
import { BulkTable } from "./bulk/views.tsx";
import { grouped, isWaiting } from "./domain.ts";
import type { KeptPurchase, Meter, Order, VendingRule } from "./schema.ts";
import type { vendingStaffTexts } from "./staff-texts.ts";
import { Digits, type Mistake, PurchaseTable, type Shown, TokenList } from "./views.tsx";

export interface StaffShown extends Shown {
  st: ReturnType<typeof vendingStaffTexts.in>;
  /** May change meters and order tokens; may decide, set the rule, run campaigns. */
  mayKeep: boolean;
  mayRule: boolean;
  me: string;
}
export type Fields = Record<string, string>;
export const errorOf = (mistakes: readonly Mistake[], field: string) =>
  mistakes.find((one) => one.field === field)?.detail;
export const Mistakes = ({ s, mistakes }: { s: StaffShown; mistakes: readonly Mistake[] }) =>
  mistakes.length === 0 ? null : <ErrorSummary title={s.st("mistakes")} errors={mistakes} />;

const ORDER_KIND = {
  asked: "warning",
  ordered: "info",
  issued: "success",
  failed: "error",
  refused: "info",
} as const;
const orderState = (s: StaffShown, { state }: Order) => (
  <Tag kind={ORDER_KIND[state]}>{state === "issued" ? s.t("vended") : s.st(state)}</Tag>
);

export interface HubProps {
  s: StaffShown;
  waiting: { purchases: readonly KeptPurchase[]; orders: readonly Order[] };
  bulks: readonly StaffBulk[];
  meters: readonly Meter[];
  next?: string | undefined;
  rule: VendingRule;
  given: Fields;
  mistakes: readonly Mistake[];
}

export function HubPage({ s, waiting, bulks, meters, next, rule, given, mistakes }: HubProps) {
  const { st, here, csrf } = s;
  const isNone = waiting.purchases.length + waiting.orders.length + bulks.length === 0;
  const bt = bulkTexts.in(s.lang);
  return (
    <>
      <Mistakes {...{ s, mistakes }} />
      <h2>{st("waiting")}</h2>
      {isNone && <p>{st("waitingNone")}</p>}
      {waiting.orders.length > 0 && <OrderTable {...{ s }} orders={waiting.orders} />}
      {waiting.purchases.length > 0 && (
        <PurchaseTable {...{ s }} purchases={waiting.purchases} at="/staff/prepaid/purchases" />
      )}
      {bulks.length > 0 && <BulkTable s={{ ...s, bt }} bulks={bulks} />}
      <ul>
        <li>
          <a href={here.url("/staff/prepaid/purchases")}>{st("purchases")}</a>
        </li>
        <li>
          <a href={here.url("/staff/prepaid/bulk")}>{bt("staffTitle")}</a>
        </li>
        <li>
          <a href={here.url("/staff/prepaid/campaigns")}>{st("campaigns")}</a>
        </li>
      </ul>
      <h2>{st("meters")}</h2>
      <Form action={here.url("/staff/prepaid")} csrf="" method="get" submit={st("find")}>
        <Field
          label={st("findMeter")}
          name="number"
          id="find"
          inputmode="numeric"
          maxlength={40}
          value={given["find"]}
          error={errorOf(mistakes, "find")}
        />
      </Form>
      {meters.length === 0 ? <p>{st("none")}</p> : <MeterTable {...{ s, meters }} />}
      {next && <Pager next={[here.url(`/staff/prepaid?cursor=${encodeURIComponent(next)}`), st("more")]} />}
      {s.mayKeep && (
        <details open={mistakes.some(({ field }) => !["find", "share", "afterDays"].includes(field))}>
          <summary>{st("addMeter")}</summary>
          <Form action={here.url("/staff/prepaid/meters")} csrf={csrf} submit={st("add")}>
            <Field
              label={st("source")}
              name="source"
              type="select"
              value={given["source"]}
              options={[
                ["sts", st("sts")],
                ["openpaygo", st("openpaygo")],
              ]}
            />
            <Field
              label={st("number")}
              name="number"
              maxlength={40}
              value={given["number"]}
              error={errorOf(mistakes, "number")}
              required
            />
            <Field
              label={st("resource")}
              name="resource"
              type="select"
              value={given["resource"]}
              options={[
                ["electricity", st("electricity")],
                ["water", st("water")],
              ]}
            />
            <MeterFields {...{ s, given, mistakes }} />
            <KeyFields {...{ s, given, mistakes }} />
          </Form>
        </details>
      )}
      {s.mayRule && (
        <details open={mistakes.some(({ field }) => ["share", "afterDays"].includes(field))}>
          <summary>{st("rule")}</summary>
          <p>{st("ruleLead")}</p>
          <Form action={here.url("/staff/prepaid/rule")} csrf={csrf} submit={st("save")}>
            <Field
              label={st("share")}
              name="share"
              inputmode="decimal"
              value={given["share"] ?? String(rule.arrearsBasisPoints / 100)}
              error={errorOf(mistakes, "share")}
            />
            <Field
              label={st("afterDays")}
              name="afterDays"
              inputmode="numeric"
              value={given["afterDays"] ?? String(rule.arrearsAfterDays)}
              error={errorOf(mistakes, "afterDays")}
            />
          </Form>
        </details>
      )}
    </>
  );
}

export const MeterFields = ({ s, given, mistakes }: { s: StaffShown; given: Fields; mistakes: readonly Mistake[] }) => (
  <>
    <Field
      label={s.st("account")}
      hint={s.st("accountHint")}
      name="account"
      value={given["account"]}
      error={errorOf(mistakes, "account")}
    />
    <Field
      label={s.st("free")}
      name="free"
      inputmode="decimal"
      value={given["free"] ?? "0"}
      error={errorOf(mistakes, "free")}
    />
  </>
);
interface KeyFieldsProps {
  s: StaffShown;
  given: Fields;
  mistakes: readonly Mistake[];
  /** Before the names, where another form of the page asks for a key too and holds the mistakes. */
  before?: string;
}
export const KeyFields = ({ s, given, mistakes, before = "" }: KeyFieldsProps) => (
  <fieldset>
    <legend>{s.st("onlySts")}</legend>
    <Field
      label={s.st("supplyGroup")}
      name="supplyGroup"
      id={`${before}supplyGroup`}
      inputmode="numeric"
      maxlength={6}
      value={given["supplyGroup"]}
      error={errorOf(mistakes, "supplyGroup") ?? errorOf(mistakes, "key")}
    />
    <Field
      label={s.st("keyRevision")}
      name="keyRevision"
      id={`${before}keyRevision`}
      inputmode="numeric"
      maxlength={1}
      value={given["keyRevision"] ?? "2"}
      error={errorOf(mistakes, "keyRevision")}
    />
    <Field
      label={s.st("tariffIndex")}
      name="tariffIndex"
      id={`${before}tariffIndex`}
      inputmode="numeric"
      maxlength={2}
      value={given["tariffIndex"] ?? "01"}
      error={errorOf(mistakes, "tariffIndex")}
    />
    <Field
      label={s.st("baseYear")}
      name="baseYear"
      id={`${before}baseYear`}
      type="select"
      value={given["baseYear"] ?? "2014"}
      error={errorOf(mistakes, "baseYear")}
      options={["1993", "2014", "2035"].map((year) => [year, year] as const)}
    />
  </fieldset>
);

const MeterTable = ({ s, meters }: { s: StaffShown; meters: readonly Meter[] }) => (
  <Table
    caption={s.st("meters")}
    head={[s.st("number"), s.st("resource"), s.st("state"), s.st("baseYear"), s.st("keyRevision"), s.st("keyChange")]}
    rows={meters.map(({ id, facts, state, keyChange }) => [
      <a href={s.here.url(`/staff/prepaid/meters/${id}`)}>
        <Digits of={facts.number} />
      </a>,
      s.st(facts.resource),
      <Tag kind={state === "active" ? "success" : "warning"}>{s.st(state)}</Tag>,
      facts.source === "sts" ? String(facts.key.baseYear) : "",
      facts.source === "sts" ? String(facts.key.keyRevision) : "",
      keyChange ? s.st(keyChange.state) : "",
    ])}
  />
);

export const OrderTable = ({ s, orders }: { s: StaffShown; orders: readonly Order[] }) => (
  <Table
    caption={s.st("orders")}
    head={[s.st("when"), s.st("kind"), s.st("state"), s.st("reason")]}
    rows={orders.map((order) => [
      <a href={s.here.url(`/staff/prepaid/orders/${order.id}`)}>{longCityMoment(order.at, s)}</a>,
      s.t(order.wants.kind),
      orderState(s, order),
      order.reason ?? "",
    ])}
  />
);

export function OrderPage({
  s,
  order,
  meter,
  mistakes,
}: {
  s: StaffShown;
  order: Order;
  meter: Meter;
  mistakes: readonly Mistake[];
}) {
  const { st, here, csrf } = s;
  const at = here.url(`/staff/prepaid/orders/${order.id}`);
  const isMine = order.askedBy === s.me;
  return (
    <>
      <Mistakes {...{ s, mistakes }} />
      <Facts
        items={[
          [st("kind"), s.t(order.wants.kind)],
          [st("state"), orderState(s, order)],
          [
            st("meter"),
            <a href={here.url(`/staff/prepaid/meters/${meter.id}`)}>
              <Digits of={grouped(meter.facts.number)} />
            </a>,
          ],
          [st("when"), longCityMoment(order.at, s)],
          ...(order.wants.kind === "power_limit"
            ? ([[st("watts"), String(order.wants.watts)]] satisfies [string, Child][])
            : []),
          ...(order.reason ? ([[st("reason"), order.reason]] satisfies [string, Child][]) : []),
          ...(order.askedBy
            ? ([[st("askedBy"), <StaffName here={s.here} id={order.askedBy} />]] satisfies [string, Child][])
            : []),
          ...(order.decidedBy
            ? ([[st("decidedBy"), <StaffName here={s.here} id={order.decidedBy} />]] satisfies [string, Child][])
            : []),
          ...(order.failure ? ([[st("hindrance"), order.failure]] satisfies [string, Child][]) : []),
        ]}
      />
      {order.tokens && <TokenList {...{ s }} tokens={[order.tokens]} />}
      {order.state === "asked" && s.mayRule && (
        <Actions>
          {isMine ? <p>{st("notYours")}</p> : <Form action={`${at}/agree`} csrf={csrf} submit={st("agree")} />}
          <Form action={`${at}/refuse`} csrf={csrf} submit={st("refuse")} />
        </Actions>
      )}
      {order.state === "failed" && s.mayKeep && (
        <Actions>
          <Form action={`${at}/retry`} csrf={csrf} submit={st("retry")} />
        </Actions>
      )}
    </>
  );
}

export function StaffPurchasePage({
  s,
  purchase,
  orders,
  mistakes,
}: {
  s: StaffShown;
  purchase: KeptPurchase;
  orders: readonly Order[];
  mistakes: readonly Mistake[];
}) {
  const { st, t, here, csrf } = s;
  const at = here.url(`/staff/prepaid/purchases/${purchase.id}`);
  const { state, hindrance, meter, meterId, amountMinor, currency, reference, billId, bulk } = purchase;
  const bt = bulkTexts.in(s.lang);
  const mayUndo = s.mayRule && (state === "failed" || (state === "paid" && bulk !== undefined));
  return (
    <>
      <Mistakes {...{ s, mistakes }} />
      {purchase.wentBackAt && <Notice kind="error">{st("wentBack")}</Notice>}
      {hindrance && <Notice kind="warning">{t(hindrance)}</Notice>}
      <Facts
        items={[
          [st("state"), t(state)],
          [t("paying"), formatMoney(amountMinor, currency, s.lang)],
          [
            t("reference"),
            <a href={here.url(`/bills/${billId}`)}>
              <Digits of={reference} />
            </a>,
          ],
          [
            st("meter"),
            <a href={here.url(`/staff/prepaid/meters/${meterId}`)}>
              <Digits of={grouped(meter.number)} />
            </a>,
          ],
          [t("bought"), longCityMoment(purchase.vendedAt ?? purchase.createdAt, s)],
          ...(bulk
            ? ([[bt("ofBulk"), <a href={here.url(`/staff/prepaid/bulk/${bulk.id}`)}>{st("show")}</a>]] satisfies [
                string,
                Child,
              ][])
            : []),
          [st("payerPage"), <a href={here.url(`/prepaid/purchases/${purchase.id}`)}>{st("show")}</a>],
        ]}
      />
      {purchase.tokens && <TokenList {...{ s }} tokens={purchase.tokens} />}
      {orders.length > 0 && <OrderTable {...{ s, orders }} />}
      {mayUndo && <p>{st("undoSays")}</p>}
      <Actions>
        {hindrance && s.mayKeep && <Form action={`${at}/retry`} csrf={csrf} submit={st("goOn")} />}
        {mayUndo && <Form action={`${at}/undo`} csrf={csrf} submit={st("undo")} />}
        {purchase.wentBackAt && isWaiting(purchase) && s.mayRule && (
          <Form action={`${at}/seen`} csrf={csrf} submit={st("seen")} />
        )}
      </Actions>
    </>
  );
}
