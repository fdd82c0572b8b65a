import { raw } from "hono/html";
import { renderSVG } from "uqr";
import {
  Actions,
  ErrorSummary,
  Facts,
  Field,
  Form,
  fieldOf,
  LinkButton,
  Notice,
  Table,
  Tag,
} from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import { decimalOf, formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import type { BankAccountFacts } from "../bank/events.ts";
import type { CashReceipt, DayReport, Deposit, Shift, Till } from "./schema.ts";
import type { counterTexts } from "./texts.ts";

export type Mistake = { field: string; detail: string };
export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof counterTexts.in>;
}
/** A form's fields as they were sent, where it came back with mistakes. */
export type Given = Readonly<Record<string, string>>;
type Kind = "info" | "success" | "warning" | "error";
const STATE: Record<Till["state"], Kind> = { closed: "info", open: "success", counted: "warning" };
const RECEIPT: Record<CashReceipt["state"], Kind> = {
  taking: "info",
  taken: "success",
  reversal_asked: "warning",
  reversing: "warning",
  reversed: "error",
};

const errorOf = (mistakes: readonly Mistake[], field: string) => mistakes.find((one) => one.field === field)?.detail;
const receiptUrl = (here: Here, { till, year, number }: CashReceipt) =>
  here.url(`/staff/counter/${till}/receipts/${year}/${number}`);

interface CounterProps {
  s: Shown;
  tills: readonly Till[];
  mayAdd: boolean;
  day: string;
  given: Given;
  mistakes: readonly Mistake[];
}

export function CounterPage({ s, tills, mayAdd, day, given, mistakes }: CounterProps) {
  const { t, here } = s;
  const field = fieldOf(given, mistakes);
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {tills.length === 0 ? (
        <Notice kind="info">{t("noTills")}</Notice>
      ) : (
        <Table
          caption={t("tills")}
          head={[t("till"), t("name"), t("state")]}
          rows={tills.map((till) => [
            <a href={here.url(`/staff/counter/${till.code}`)}>{till.code}</a>,
            till.name,
            <Tag kind={STATE[till.state]}>{t(till.state)}</Tag>,
          ])}
        />
      )}
      <Actions>
        <LinkButton href={here.url(`/staff/counter/day?day=${day}`)} second>
          {t("dayTitle")}
        </LinkButton>
      </Actions>
      {mayAdd && (
        <>
          <h2>{t("newTill")}</h2>
          <Form action={here.url("/staff/counter")} csrf={s.csrf} submit={t("addTill")}>
            <Field {...field("code")} label={t("code")} hint={t("codeHint")} required maxlength={8} dir="ltr" />
            <Field {...field("name")} label={t("name")} required maxlength={80} />
          </Form>
        </>
      )}
    </>
  );
}

interface TillProps {
  s: Shown;
  till: Till;
  shift?: Shift;
  bookMinor: number;
  typed: string | undefined;
  bill: { reference: string; kind: string; month: string; dueMinor: number; currency: string } | undefined;
  /** Until when somebody may be paying it online. */
  beingPaidUntil: string | undefined;
  receipts: readonly CashReceipt[];
  deposits: readonly Deposit[];
  accounts: readonly BankAccountFacts[];
  coins: readonly number[];
  me: string;
  newTaking: string;
  newDeposit: string;
  given: Given;
  mistakes: readonly Mistake[];
}

export function TillPage(props: TillProps) {
  const { s, till, shift, bookMinor, receipts, mistakes } = props;
  const { t, here, lang } = s;
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      <Facts
        items={[
          [t("state"), <Tag kind={STATE[till.state]}>{t(till.state)}</Tag>],
          [t("inBooks"), formatMoney(bookMinor, till.currency, lang)],
          ...(shift && till.state !== "closed" ? [[t("openedAt"), cityMoment(shift.openedAt, s)] as const] : []),
        ]}
      />
      {till.state === "closed" && <ClosedTill {...props} />}
      {till.state === "open" && <OpenTill {...props} />}
      {till.state === "counted" && shift && <CountedTill {...props} shift={shift} />}
      {receipts.length > 0 && (
        <Table
          caption={t("lastReceipts")}
          head={[t("number"), t("reference"), t("amount"), t("state")]}
          numeric={[2]}
          rows={receipts.map((receipt) => [
            <a href={receiptUrl(here, receipt)}>{receipt.label}</a>,
            <bdi>{receipt.reference}</bdi>,
            formatMoney(receipt.amountMinor, receipt.currency, lang),
            <Tag kind={RECEIPT[receipt.state]}>{t(receipt.state)}</Tag>,
          ])}
        />
      )}
    </>
  );
}

function ClosedTill({ s, till, bookMinor, deposits, accounts, newDeposit, given, mistakes }: TillProps) {
  const { t, here, lang } = s;
  const at = here.url(`/staff/counter/${till.code}`);
  return (
    <>
      <h2>{t("openTill")}</h2>
      <Form action={`${at}/open`} csrf={s.csrf} submit={t("openTill")}>
        <Field
          label={t("float")}
          name="float"
          hint={t("floatHint")}
          inputmode="decimal"
          value={given["float"] ?? decimalOf(Math.max(0, bookMinor), till.currency)}
          error={errorOf(mistakes, "float")}
        />
      </Form>
      {bookMinor > 0 && accounts.length > 0 && (
        <>
          <h2>{t("deposit")}</h2>
          <Form action={`${at}/deposit`} csrf={s.csrf} submit={t("sendDeposit")}>
            <input type="hidden" name="id" value={newDeposit} />
            <Field
              label={t("amount")}
              name="amount"
              inputmode="decimal"
              value={given["amount"] ?? decimalOf(bookMinor, till.currency)}
              error={errorOf(mistakes, "amount")}
            />
            <Field
              label={t("bankAccount")}
              name="bankAccountId"
              type="select"
              value={given["bankAccountId"]}
              options={accounts.map(({ id, name, iban }) => [id, `${name} (${iban.slice(-4)})`])}
            />
          </Form>
        </>
      )}
      {deposits.length > 0 && (
        <Table
          caption={t("deposits")}
          head={[t("slip"), t("amount"), t("state")]}
          numeric={[1]}
          rows={deposits.map((one) => [
            <bdi>{one.reference}</bdi>,
            formatMoney(one.amountMinor, one.currency, lang),
            <Tag kind={one.state === "arrived" ? "success" : "warning"}>{t(one.state)}</Tag>,
          ])}
        />
      )}
    </>
  );
}

function OpenTill({ s, till, typed, bill, beingPaidUntil, coins, newTaking, given, mistakes }: TillProps) {
  const { t, here, lang } = s;
  const counted = (coin: number) => fieldOf(given, mistakes)(`c${coin}`);
  const isRecount = coins.some((coin) => given[`c${coin}`] !== undefined);
  const at = here.url(`/staff/counter/${till.code}`);
  return (
    <>
      <h2>{t("takeCash")}</h2>
      <Form action={at} csrf={s.csrf} method="get" submit={t("findBill")}>
        <Field
          label={t("reference")}
          name="reference"
          value={typed}
          required
          maxlength={40}
          dir="ltr"
          error={typed && !bill ? t("unknownReference") : errorOf(mistakes, "reference")}
        />
      </Form>
      {bill && bill.dueMinor <= 0 && <Notice kind="success">{t("paidAlready")}</Notice>}
      {bill && bill.dueMinor > 0 && (
        <>
          <Notice kind="info">
            <strong>{t("dueNow", { sum: formatMoney(bill.dueMinor, bill.currency, lang) })}</strong>{" "}
            <bdi style="white-space:nowrap">{bill.reference}</bdi>
          </Notice>
          {beingPaidUntil && <Notice kind="warning">{t("beingPaid", { until: cityMoment(beingPaidUntil, s) })}</Notice>}
          <Form action={`${at}/take`} csrf={s.csrf} submit={t("takeCash")}>
            <input type="hidden" name="id" value={newTaking} />
            <input type="hidden" name="reference" value={bill.reference} />
            <Field
              label={t("amount")}
              name="amount"
              inputmode="decimal"
              value={given["amount"] ?? decimalOf(bill.dueMinor, bill.currency)}
              error={errorOf(mistakes, "amount") ?? errorOf(mistakes, "amountMinor")}
            />
            <Field
              label={t("given")}
              name="given"
              hint={t("givenHint")}
              inputmode="decimal"
              value={given["given"]}
              error={errorOf(mistakes, "given") ?? errorOf(mistakes, "givenMinor")}
            />
          </Form>
        </>
      )}
      <details open={isRecount}>
        <summary>{t("countDrawer")}</summary>
        <Form action={`${at}/count`} csrf={s.csrf} submit={t("countDrawer")}>
          <p>{t("countHint")}</p>
          {coins.map((coin) => (
            <Field
              {...counted(coin)}
              label={formatMoney(coin, till.currency, lang)}
              inputmode="numeric"
              maxlength={5}
            />
          ))}
          <Field label={t("note")} name="note" maxlength={300} value={given["note"]} />
        </Form>
      </details>
    </>
  );
}

function CountedTill({ s, till, shift, bookMinor, me }: TillProps & { shift: Shift }) {
  const { t, here, lang } = s;
  const money = (amountMinor: number) => formatMoney(amountMinor, till.currency, lang);
  const countedMinor = shift.countedMinor ?? 0;
  const differenceMinor = countedMinor - bookMinor;
  return (
    <>
      <h2>{t("closing")}</h2>
      <Table
        caption={t("counted_")}
        head={[t("coin"), t("pieces"), t("amount")]}
        numeric={[0, 1, 2]}
        rows={Object.entries(shift.denominations ?? {})
          .sort(([a], [b]) => Number(b) - Number(a))
          .map(([coin, pieces]) => [money(Number(coin)), String(pieces), money(Number(coin) * pieces)])}
      />
      <Facts
        items={[
          [t("countedSum"), money(countedMinor)],
          [t("inBooks"), money(bookMinor)],
          [t("difference"), <strong>{money(differenceMinor)}</strong>],
          ...(shift.note ? [[t("note"), shift.note] as const] : []),
        ]}
      />
      {shift.countedBy === me ? (
        <Notice kind="info">{t("anotherSigns")}</Notice>
      ) : (
        <Form action={here.url(`/staff/counter/${till.code}/close`)} csrf={s.csrf} submit={t("sign")} />
      )}
    </>
  );
}

interface ReceiptProps {
  s: Shown;
  receipt: CashReceipt;
  /** Where whoever scans it finds the signed receipt: a whole address. */
  signedUrl: string | undefined;
  me: string;
  given: Given;
  mistakes: readonly Mistake[];
}

export function CashReceiptPage({ s, receipt, signedUrl, me, given, mistakes }: ReceiptProps) {
  const { t, here, lang } = s;
  const money = (amountMinor: number) => formatMoney(amountMinor, receipt.currency, lang);
  const at = receiptUrl(here, receipt);
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {receipt.state !== "taken" && <Notice kind={RECEIPT[receipt.state]}>{t(receipt.state)}</Notice>}
      {receipt.outcome === "suspense" && <Notice kind="warning">{t("inSuspense")}</Notice>}
      <Facts
        items={[
          [t("number"), <strong>{receipt.label}</strong>],
          [t("city"), here.city.name],
          [t("reference"), <bdi style="white-space:nowrap">{receipt.reference}</bdi>],
          [t("amount"), <strong>{money(receipt.amountMinor)}</strong>],
          [t("given"), money(receipt.givenMinor)],
          [t("change"), <strong>{money(receipt.changeMinor)}</strong>],
          [t("takenAt"), cityMoment(receipt.takenAt, s)],
          ...(receipt.reason ? [[t("reason"), receipt.reason] as const] : []),
        ]}
      />
      {signedUrl && (
        <>
          <p>
            <a href={signedUrl}>{t("signedReceipt")}</a>
          </p>
          <figure style="max-inline-size:10rem" role="img" aria-label={t("signedReceipt")}>
            {raw(renderSVG(signedUrl, { border: 2, ecc: "L" }))}
          </figure>
        </>
      )}
      <Actions>
        <LinkButton href={here.url(`/staff/counter/${receipt.till}`)}>{t("nextPayer")}</LinkButton>
      </Actions>
      {receipt.state === "taken" && (
        <details open={mistakes.length > 0}>
          <summary>{t("askReversal")}</summary>
          <Form action={`${at}/reverse`} csrf={s.csrf} submit={t("askReversal")}>
            <Field
              label={t("reason")}
              name="reason"
              required
              maxlength={200}
              hint={t("reversalHint")}
              value={given["reason"]}
              error={errorOf(mistakes, "reason")}
            />
          </Form>
        </details>
      )}
      {receipt.state === "reversal_asked" &&
        (receipt.askedBy === me ? (
          <Notice kind="info">{t("anotherDecides")}</Notice>
        ) : (
          <Form action={`${at}/decide`} csrf={s.csrf} submit={t("decide")}>
            <Field
              label={t("agreeQuestion")}
              name="agrees"
              error={errorOf(mistakes, "agrees")}
              type="radio"
              options={[
                ["yes", t("agree")],
                ["no", t("refuse")],
              ]}
            />
          </Form>
        ))}
    </>
  );
}

export function DayPage({ s, day, report }: { s: Shown; day: string; report: DayReport }) {
  const { t, here, lang } = s;
  const { tills } = report;
  const sums = ["takenMinor", "reversedMinor", "netMinor", "differenceMinor"] as const;
  const currencies = [...new Set(tills.map(({ currency }) => currency))];
  const inAll = (currency: string) => {
    const those = tills.filter((one) => one.currency === currency);
    const sum = (of: (typeof sums)[number]) => those.reduce((all, one) => all + one[of], 0);
    return [
      <strong>{t("allTills")}</strong>,
      String(those.reduce((all, { receipts }) => all + receipts, 0)),
      ...sums.map((of) => <strong>{formatMoney(sum(of), currency, lang)}</strong>),
    ];
  };
  return (
    <>
      <Form action={here.url("/staff/counter/day")} csrf={s.csrf} method="get" submit={t("show")}>
        <Field label={t("day")} name="day" type="date" value={day} />
      </Form>
      {tills.length === 0 ? (
        <Notice kind="info">{t("emptyDay")}</Notice>
      ) : (
        <Table
          caption={t("dayTitle")}
          head={[t("till"), t("receipts"), t("takenSum"), t("reversedSum"), t("net"), t("difference")]}
          numeric={[1, 2, 3, 4, 5]}
          rows={[
            ...tills.map((one) => [
              one.till,
              String(one.receipts),
              ...sums.map((of) => formatMoney(one[of], one.currency, lang)),
            ]),
            ...(tills.length > 1 ? currencies.map(inAll) : []),
          ]}
        />
      )}
    </>
  );
}
