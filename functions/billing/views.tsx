import type { Child } from "hono/jsx";
import {
  Actions,
  ErrorSummary,
  Facts,
  Field,
  Form,
  LinkButton,
  Notice,
  Pager,
  Table,
  Tag,
} from "../../shared/components.tsx";
import { longCityDay, longDay, longPeriod } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import { decimalOf, formatMoney, formatPrice } from "../../shared/money.ts";
import { movable } from "../../shared/payable.ts";
import { RoundingField } from "../../shared/rounding-field.tsx";
import { type Lang, labelled } from "../../shared/texts.ts";
import { SHOWN_UNIT } from "../../shared/units.ts";
import type { BankAccountFacts } from "../bank/events.ts";
import { accountTexts } from "./account-texts.ts";
import { LinesTable, MetersTable, nameOf, purposeOf, units, vatRate, WhyThis } from "./bill-lines.tsx";
import { HoldForm, type Late, Offer, PenaltyTable } from "./late.tsx";
import { BillQr } from "./qr.tsx";
import { type Bill, isMetered, type KeptTariff, type Run, type Standing } from "./schema.ts";
import { ServiceKind } from "./terms-schema.ts";
import { type billTexts, kindName } from "./texts.ts";

export type Mistake = { field: string; detail: string };
export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof billTexts.in>;
}

/** A reference is never broken at its hyphens. */
export const Reference = ({ of }: { of: string }) => <bdi style="white-space:nowrap">{of}</bdi>;
const StateTag = ({ s, bill }: { s: Shown; bill: Bill }) => (
  <Tag kind={bill.state === "paid" ? "success" : "warning"}>{s.t(bill.state)}</Tag>
);

export const MyBillsPage = ({ s, bills, next }: { s: Shown; bills: readonly Bill[]; next?: string }) =>
  bills.length === 0 ? (
    <>
      <p>{s.t("noBills")}</p>
      <Actions>
        <LinkButton href={s.here.url("/pay")} second>
          {s.t("payByReference")}
        </LinkButton>
      </Actions>
    </>
  ) : (
    <>
      <BillTable s={s} bills={bills} />
      {next && <Pager next={[s.here.url(`/bills?cursor=${encodeURIComponent(next)}`), s.t("older")]} />}
    </>
  );

const BillTable = ({ s, bills, caption }: { s: Shown; bills: readonly Bill[]; caption?: string }) => (
  <Table
    caption={caption ?? s.t("bills")}
    head={[s.t("reference"), s.t("service"), s.t("month"), s.t("total"), s.t("due"), s.t("state")]}
    numeric={[3, 4]}
    rows={bills.map((bill) => [
      <a href={s.here.url(`/bills/${bill.id}`)}>
        <Reference of={bill.reference} />
      </a>,
      purposeOf(bill, s.lang),
      longPeriod(periodOf(bill), s.lang),
      formatMoney(bill.totalMinor, bill.currency, s.lang),
      formatMoney(bill.dueMinor, bill.currency, s.lang),
      <StateTag s={s} bill={bill} />,
    ])}
  />
);

const periodOf = (bill: Bill): string => (isMetered(bill) ? bill.month : bill.period);

export function BillPage({
  s,
  bill,
  account,
  banks,
  mayRelieve,
  standing,
  late,
  adjusted,
}: {
  s: Shown;
  bill: Bill;
  /** What corrects it, or what it corrects. */
  adjusted: Child;
  mayRelieve: boolean;
  late: Late;
  standing: Standing | undefined;
  /** Of nobody's bill: none. */
  account?: { name: string; number: string; address?: string };
  banks: readonly BankAccountFacts[];
}) {
  const { t, lang, here } = s;
  const money = (minor: number) => formatMoney(minor, bill.currency, lang);
  return (
    <>
      <Facts
        items={[
          [
            t("reference"),
            <strong>
              <Reference of={bill.reference} />
            </strong>,
          ],
          ...(account
            ? ([
                [t("forWhom"), [account.name, account.address].filter(Boolean).join(", ")],
                [t("account"), account.number],
              ] satisfies [string, Child][])
            : []),
          [t("service"), purposeOf(bill, lang)],
          [t(isMetered(bill) ? "month" : "period"), longPeriod(periodOf(bill), lang)],
          ...(isMetered(bill)
            ? ([[t("used"), units(bill.quantity, bill.kind, lang)]] satisfies [string, Child][])
            : []),
          [t("issuedOn"), longCityDay(bill.issuedAt, s)],
          ...(late.terms.dueOn ? ([[t("dueOn"), longDay(late.terms.dueOn, s.lang)]] satisfies [string, Child][]) : []),
          ...(bill.relievedMinor ? ([[t("relieved"), money(bill.relievedMinor)]] satisfies [string, Child][]) : []),
          ...(bill.fromCreditMinor
            ? ([[accountTexts.in(lang)("fromCredit"), money(bill.fromCreditMinor)]] satisfies [string, Child][])
            : []),
          [t("due"), <strong>{money(bill.dueMinor)}</strong>],
          [t("state"), <StateTag s={s} bill={bill} />],
        ]}
      />
      {isMetered(bill) && bill.estimatedShare > 0 && (
        <Notice kind="info">
          {t("estimated", {
            share: new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 }).format(
              bill.estimatedShare,
            ),
          })}
        </Notice>
      )}
      <MetersTable {...{ s, bill }} />
      <LinesTable {...{ s, bill }} />
      <WhyThis {...{ s, bill }} />
      {adjusted}
      <PenaltyTable {...{ s, bill, late }} />
      <Offer {...{ s, bill, late }} isPaying={false} />
      {standing && <InstalmentTable {...{ s, standing }} currency={bill.currency} />}
      <Actions>
        {bill.dueMinor > 0 && (
          <LinkButton href={here.url(`/pay?reference=${bill.reference}`)}>{t("payThis")}</LinkButton>
        )}
        {bill.accountId && (
          <LinkButton href={here.url(`/bills/of/${bill.accountId}`)} second>
            {accountTexts.in(lang)("withReceipts")}
          </LinkButton>
        )}
      </Actions>
      {bill.dueMinor > 0 && (
        <BillQr {...{ here, lang, bill, banks }} says={t("scan")} transfer={t("transferReference")} />
      )}
      {mayRelieve && bill.dueMinor > 0 && (
        <>
          <h2>{t("askRelief")}</h2>
          <ReliefForm {...{ s, bill }} />
          <h2>{t("instalments")}</h2>
          <Form
            action={here.url(`/staff/billing/bills/${bill.id}/instalments`)}
            csrf={s.csrf}
            submit={t("instalmentsDo")}
          >
            <Field label={t("instalmentCount")} name="count" type="number" value="3" />
            <Field label={t("instalmentFirst")} name="firstOn" type="date" required />
          </Form>
          <HoldForm {...{ s, bill }} isHeld={late.terms.isHeld} />
        </>
      )}
    </>
  );
}

/** What shall be due no more, typed in the currency's main unit. */
export function ReliefForm({
  s,
  bill,
  given = {},
  mistakes = [],
}: {
  s: Shown;
  bill: Bill;
  given?: Record<string, string>;
  mistakes?: readonly Mistake[];
}) {
  const { t, lang, here } = s;
  const error = (field: string) => mistakes.find((mistake) => mistake.field === field)?.detail;
  return (
    <Form action={here.url(`/staff/billing/bills/${bill.id}/reliefs`)} csrf={s.csrf} submit={t("reliefCheck")}>
      <Field
        label={t("reliefKind")}
        name="kind"
        type="select"
        options={[
          ["credit_note", t("credit_note")],
          ["write_off", t("write_off")],
        ]}
        value={given["kind"]}
        error={error("kind")}
      />
      <Field
        label={t("amountAsk", { most: formatMoney(bill.dueMinor, bill.currency, lang) })}
        name="amount"
        inputmode="decimal"
        maxlength={30}
        value={given["amount"] ?? decimalOf(bill.dueMinor, bill.currency)}
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
    </Form>
  );
}

const PART = { paid: "success", open: "info", late: "warning" } as const;
const InstalmentTable = ({ s, standing, currency }: { s: Shown; standing: Standing; currency: string }) => (
  <Table
    caption={s.t("instalments")}
    head={[s.t("dueOn"), s.t("amount"), s.t("state")]}
    numeric={[1]}
    rows={standing.parts.map((part) => [
      longDay(part.dueOn, s.lang),
      formatMoney(part.amountMinor, currency, s.lang),
      <Tag kind={PART[part.state]}>{s.t(`part_${part.state}`)}</Tag>,
    ])}
  />
);

interface PayProps {
  s: Shown;
  typed?: string;
  bill?: Bill;
  isUnknown: boolean;
  standing: Standing | undefined;
  late: Late | undefined;
}

export function PayPage({ s, typed, bill, isUnknown, standing, late }: PayProps) {
  // A part of which an odd sum was transferred goes on with the least that a way moves.
  const partMinor =
    bill && standing?.next && Math.min(bill.dueMinor, movable(standing.next.amountMinor, bill.currency));
  const { t, lang, here } = s;
  if (bill && bill.dueMinor > 0)
    return (
      <>
        <Facts
          items={[
            [
              t("reference"),
              <strong>
                <Reference of={bill.reference} />
              </strong>,
            ],
            [t("forWhat"), purposeOf(bill, lang)],
            [t(isMetered(bill) ? "month" : "period"), longPeriod(periodOf(bill), lang)],
            ...(late?.terms.dueOn
              ? ([[t("dueOn"), longDay(late.terms.dueOn, s.lang)]] satisfies [string, Child][])
              : []),
            ...(bill.penaltyMinor
              ? ([[t("penaltiesIn"), formatMoney(bill.penaltyMinor, bill.currency, lang)]] satisfies [string, Child][])
              : []),
            [t("due"), <strong>{formatMoney(bill.dueMinor, bill.currency, lang)}</strong>],
          ]}
        />
        <p>{t("payCheck")}</p>
        {late && <Offer {...{ s, bill, late }} isPaying />}
        {standing && <InstalmentTable {...{ s, standing }} currency={bill.currency} />}
        {partMinor !== undefined && (
          <Form
            action={here.url("/payments")}
            csrf={s.csrf}
            submit={t("payPart", { amount: formatMoney(partMinor, bill.currency, lang) })}
          >
            <input type="hidden" name="reference" value={bill.reference} />
            <input type="hidden" name="amountMinor" value={String(partMinor)} />
          </Form>
        )}
        <Form action={here.url("/payments")} csrf={s.csrf} submit={t(standing ? "payAll" : "payNow")}>
          <input type="hidden" name="reference" value={bill.reference} />
        </Form>
        <p>
          <a href={here.url("/pay")}>{t("otherBill")}</a>
        </p>
      </>
    );
  return (
    <>
      {isUnknown && (
        <ErrorSummary title={t("mistakes")} errors={[{ field: "reference", detail: t("unknownReference") }]} />
      )}
      {bill && (
        <Notice kind={bill.state === "cancelled" ? "info" : "success"}>
          {t(bill.state === "cancelled" ? "cancelledAlready" : "paidAlready", { reference: bill.reference })}
        </Notice>
      )}
      <Form action={here.url("/pay")} csrf="" method="get" submit={t("continue")}>
        <Field
          label={t("reference")}
          hint={t("referenceHint")}
          name="reference"
          value={bill ? undefined : typed}
          error={isUnknown ? t("unknownReference") : undefined}
          autocomplete="off"
          dir="ltr"
          required
          maxlength={40}
        />
      </Form>
    </>
  );
}

interface StaffProps {
  s: Shown;
  tariffs: readonly KeptTariff[];
  runs: readonly Run[];
  arrears: { bills: Bill[]; count: number; dueMinor: number };
  given: Record<string, string>;
  mistakes: Mistake[];
  mayBill: boolean;
  lastMonth: string;
}

export function StaffBillingPage({ s, tariffs, runs, arrears, given, mistakes, mayBill, lastMonth }: StaffProps) {
  const { t, lang, here, csrf } = s;
  const { currency } = here.city;
  const error = (field: string) => mistakes.find((mistake) => mistake.field === field)?.detail;
  const kinds = (["electricity", "water", "gas"] as const).map((kind) => [kind, t(kind)] as const);
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      <h2>{t("arrears")}</h2>
      <p>{t("arrearsSum", { count: arrears.count, sum: formatMoney(arrears.dueMinor, currency, lang) })}</p>
      {arrears.bills.length > 0 && <BillTable s={s} bills={arrears.bills} caption={t("largestDue")} />}
      <p>
        <a href={here.url("/staff/bills")}>{t("allBills")}</a>
      </p>
      <ul>
        {(
          [
            ["/staff/billing/reliefs", t("reliefs")],
            ["/staff/billing/exemptions", t("exemptions")],
            ["/staff/billing/flat", t("flat")],
            ["/staff/billing/penalties", t("penaltyRules")],
            ["/staff/billing/amnesties", t("amnesties")],
            ["/staff/billing/matching", accountTexts.in(lang)("rule")],
          ] as const
        ).map(([path, label]) => (
          <li>
            <a href={here.url(path)}>{label}</a>
          </li>
        ))}
      </ul>

      <h2>{t("runs")}</h2>
      {runs.length > 0 && (
        <Table
          caption={t("runs")}
          head={[t("month"), t("service"), t("state"), t("issued"), t("total"), t("skipped"), t("tariff")]}
          numeric={[3, 4]}
          rows={runs.map((run) => [
            longPeriod(run.month, lang),
            kindName(run.kind, lang),
            t(run.state === "running" ? "runningSoFar" : "runDone", { count: run.looked }),
            String(run.issued),
            formatMoney(run.totalMinor, run.currency, lang),
            Object.entries(run.skipped)
              .filter(([, count]) => count > 0)
              .map(([reason, count]) => labelled(lang, t(reason as "incomplete"), count))
              .join("; "),
            run.tariff ? nameOf(run.tariff.tariff.names, lang) : t("flatTariffs"),
          ])}
        />
      )}
      {mayBill && (
        <Form action={here.url("/staff/billing/runs")} csrf={csrf} submit={t("runDo")}>
          <Field
            label={t("month")}
            name="month"
            type="month"
            value={given["month"] ?? lastMonth}
            error={error("month")}
          />
          <Field
            label={t("service")}
            name="kind"
            id="runKind"
            type="select"
            options={ServiceKind.options.map((kind) => [kind, kindName(kind, lang)] as const)}
            value={given["kind"]}
            error={error("kind")}
          />
          <Field label={t("incompleteAsk")} name="incomplete" type="checkbox" options={[["yes", t("incompleteYes")]]} />
        </Form>
      )}

      <h2>{t("tariffs")}</h2>
      {tariffs.length === 0 && <p>{t("noTariffs")}</p>}
      {tariffs.map((kept) => (
        <TariffTable s={s} kept={kept} />
      ))}
      {mayBill && (
        <>
          <h3>{t("newTariff")}</h3>
          <Form action={here.url("/staff/billing/tariffs")} csrf={csrf} submit={t("newTariffDo")}>
            <Field
              label={t("tariffName")}
              name="name"
              value={given["name"]}
              error={error("name") ?? error("names")}
              maxlength={80}
            />
            <Field
              label={t("service")}
              name="kind"
              type="select"
              options={kinds}
              value={given["kind"]}
              error={error("kind")}
            />
            <Field
              label={t("bands")}
              hint={t("bandsHint", { currency })}
              name="bands"
              type="textarea"
              value={given["bands"]}
              error={error("bands")}
            />
            <Field
              label={t("socialBandsAsk")}
              hint={t("socialBandsHint")}
              name="socialBands"
              type="textarea"
              value={given["socialBands"]}
              error={error("socialBands") ?? error("classes")}
            />
            <Field
              label={t("socialUpToAsk")}
              hint={t("socialUpToHint")}
              name="socialUpTo"
              inputmode="numeric"
              value={given["socialUpTo"]}
              error={error("socialUpTo")}
            />
            <Field
              label={t("fixedAsk", { currency })}
              name="fixed"
              inputmode="decimal"
              value={given["fixed"] ?? "0"}
              error={error("fixed")}
            />
            <Field
              label={t("vatAsk")}
              name="vat"
              inputmode="decimal"
              value={given["vat"] ?? "0"}
              error={error("vat")}
            />
            <RoundingField
              {...{ lang, currency }}
              value={given["toMinor"]}
              error={error("toMinor") ?? error("rounding")}
            />
          </Form>
        </>
      )}
    </>
  );
}

function TariffTable({ s, kept }: { s: Shown; kept: KeptTariff }) {
  const { t, lang } = s;
  const { tariff, source } = kept;
  const unit = SHOWN_UNIT[tariff.kind][lang];
  const from = (i: number) => tariff.bands[i - 1]?.upTo ?? 0;
  return (
    <>
      <h3>{labelled(lang, t(tariff.kind), nameOf(kept.tariff.names, lang))}</h3>
      <Table
        caption={
          source.from === "module" ? t("ofModule", { module: source.module, version: source.version }) : t("ofCity")
        }
        head={[t("band"), t("price", { unit })]}
        numeric={[1]}
        rows={[
          ...tariff.bands.map(({ upTo, price }, i): Child[] => [
            upTo === undefined
              ? t("bandFrom", { from: from(i), unit })
              : t("bandTo", { from: from(i), to: upTo, unit }),
            formatPrice(price, tariff.currency, lang),
          ]),
          [t("fixed"), formatMoney(tariff.fixedMinor, tariff.currency, lang)],
          [t("vatName"), vatRate(tariff.vatBasisPoints, lang)],
          ...(tariff.rounding.toMinor === 1
            ? []
            : [[t("rounding"), formatMoney(tariff.rounding.toMinor, tariff.currency, lang)]]),
          ...(tariff.classes?.social?.bands ?? []).map(({ upTo, price }, i, bands): Child[] => [
            labelled(
              lang,
              t("socialTariff"),
              upTo === undefined
                ? t("bandFrom", { from: bands[i - 1]?.upTo ?? 0, unit })
                : t("bandTo", { from: bands[i - 1]?.upTo ?? 0, to: upTo, unit }),
            ),
            formatPrice(price, tariff.currency, lang),
          ]),
          ...(tariff.classes?.social?.upTo === undefined
            ? []
            : [[t("socialUpTo", { upTo: tariff.classes.social.upTo, unit }), ""]]),
        ]}
      />
    </>
  );
}

interface BillsProps {
  s: Shown;
  bills: readonly Bill[];
  next?: string;
  wanted: { account?: string; month?: string };
}

export function StaffBillsPage({ s, bills, next, wanted }: BillsProps) {
  const { t, here } = s;
  const more = new URLSearchParams({ ...wanted, ...(next ? { cursor: next } : {}) });
  return (
    <>
      {wanted.account === undefined && (
        <Form action={here.url("/staff/bills")} csrf="" method="get" submit={t("show")}>
          <Field label={t("month")} name="month" type="month" value={wanted.month} />
        </Form>
      )}
      {bills.length === 0 ? <p>{t("noBillsHere")}</p> : <BillTable s={s} bills={bills} />}
      {next && <Pager next={[here.url(`/staff/bills?${more}`), t("more")]} />}
    </>
  );
}
