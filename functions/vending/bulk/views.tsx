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
} from "../../../shared/components.tsx";
import { longCityMoment } from "../../../shared/dates.ts";
import { decimalOf, exponentOf, formatMoney } from "../../../shared/money.ts";
import { grouped } from "../domain.ts";
import { allTenths, unitsIn } from "../messages.ts";
import type { StaffShown } from "../staff-views.tsx";
import { Digits, type Mistake, type Shown, STATE_KIND } from "../views.tsx";
import type { Bulk, BulkQuote, BulkState, StaffBulk } from "./schema.ts";
import type { bulkTexts } from "./texts.ts";

export interface BulkShown extends Shown {
  bt: ReturnType<typeof bulkTexts.in>;
}
export interface GivenBulk {
  lines: string;
  contact?: string;
}

/** Where an order is typed, or a file chosen. */
export function BulkForm({ s, given, mistakes }: { s: BulkShown; given: GivenBulk; mistakes: readonly Mistake[] }) {
  const { bt, here, csrf } = s;
  const { currency } = here.city;
  const example = decimalOf(10 ** exponentOf(currency) * (exponentOf(currency) === 0 ? 5_000 : 20), currency);
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={s.t("mistakes")} errors={mistakes} />}
      <Form action={here.url("/prepaid/bulk/check")} csrf={csrf} enctype="multipart/form-data" submit={bt("check")}>
        <Field
          label={bt("lines")}
          hint={bt("linesHint", { currency, example: `12345678903;${example}` })}
          name="lines"
          type="textarea"
          dir="ltr"
          value={given.lines}
          error={mistakes.find(({ field }) => field === "lines")?.detail}
        />
        <Field label={bt("file")} hint={bt("fileHint", { currency })} name="file" type="file" accept=".csv,.txt" />
      </Form>
    </>
  );
}

interface CheckProps {
  s: BulkShown;
  quote: BulkQuote;
  given: GivenBulk;
  newId: string;
  mistakes: readonly Mistake[];
}

/** What an order is and what each meter gets, before anything is asked of anybody. */
export function CheckPage({ s, quote, given, newId, mistakes }: CheckProps) {
  const { t, bt, here, csrf } = s;
  const money = (minor: number) => formatMoney(minor, quote.currency, s.lang);
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {quote.lines.some(({ withKeyChange }) => withKeyChange) && <Notice kind="warning">{bt("withKeyChange")}</Notice>}
      <Facts
        items={[
          [t("service"), t(quote.resource)],
          [bt("count"), String(quote.lines.length)],
          [bt("total"), <strong>{money(quote.totalMinor)}</strong>],
        ]}
      />
      <Table
        caption={bt("lines")}
        head={[t("meter"), t("paying"), t("arrears"), t("units")]}
        numeric={[1, 2, 3]}
        rows={quote.lines.map(({ meter, amountMinor, quote: sale }) => [
          <Digits of={grouped(meter.number)} />,
          money(amountMinor),
          money(sale.arrearsMinor),
          unitsIn(allTenths(sale), meter.resource, s.lang),
        ])}
      />
      <Form action={here.url("/prepaid/bulk")} csrf={csrf} submit={t("buy")}>
        <input type="hidden" name="id" value={newId} />
        <input type="hidden" name="lines" value={given.lines} />
        <Field
          label={t("contact")}
          hint={bt("contactHint")}
          name="contact"
          autocomplete="tel"
          value={given.contact}
          error={mistakes.find(({ field }) => field === "contact")?.detail}
        />
      </Form>
      <p>{bt("tokensToo")}</p>
      <Form action={here.url("/prepaid/bulk/change")} csrf={csrf} submit={bt("change")} class="second">
        <input type="hidden" name="lines" value={given.lines} />
      </Form>
    </>
  );
}

const KIND: Record<BulkState, "info" | "success" | "warning"> = { quoted: "info", paid: "success", expired: "warning" };
const ENDED = ["vended", "refunded", "expired", "quoted"];

interface BulkProps {
  s: BulkShown;
  bulk: Bulk;
  /** Of its bill, while it is not paid. */
  dueMinor: number;
  /** Its money is there a moment before it has come to its purchases. */
  isPaid: boolean;
}

/** How an order stands, told honestly; each meter with its tokens, on a page that can be printed. */
export function BulkPage({ s, bulk, dueMinor, isPaid }: BulkProps) {
  const { t, bt, here } = s;
  const { id, state, lines, vended, totalMinor, leftMinor, reference } = bulk;
  const money = (minor: number) => formatMoney(minor, bulk.currency, s.lang);
  const count = lines.length;
  const at = here.url(`/prepaid/bulk/${id}`);
  const isPart = state === "quoted" && dueMinor > 0 && dueMinor < totalMinor;
  const isOver = state === "paid" && lines.every((line) => ENDED.includes(line.state));
  const says = !isOver ? "workingSays" : vended === count ? "doneSays" : "endedSays";
  return (
    <>
      <Notice kind={KIND[isPaid ? "paid" : state]}>
        {isPart
          ? bt("partSays", { paid: money(totalMinor - dueMinor), total: money(totalMinor) })
          : bt(state === "paid" || isPaid ? says : `${state}Says`, {
              until: longCityMoment(bulk.expiresAt, s),
              vended,
              count,
            })}
      </Notice>
      {leftMinor > 0 && <Notice kind="warning">{bt("leftSays", { amount: money(leftMinor) })}</Notice>}
      {lines.some(({ tokens = [] }) => tokens.some(({ isTest }) => isTest)) && (
        <Notice kind="warning">{t("testToken")}</Notice>
      )}
      <Actions>
        {state === "quoted" && dueMinor > 0 && (
          <LinkButton href={here.url(`/pay?reference=${reference}`)}>
            {t("pay", { amount: money(dueMinor) })}
          </LinkButton>
        )}
        {state !== "expired" && !isOver && (
          <LinkButton href={at} second>
            {t("lookAgain")}
          </LinkButton>
        )}
        {vended > 0 && (
          <LinkButton href={`${at}/tokens.csv`} second>
            {bt("asCsv")}
          </LinkButton>
        )}
      </Actions>
      <Facts
        items={[
          [bt("reference"), <Digits of={reference} />],
          [t("service"), t(bulk.resource)],
          [bt("total"), <strong>{money(totalMinor)}</strong>],
          [bt("opened"), longCityMoment(bulk.createdAt, s)],
        ]}
      />
      {lines.some(({ tokens = [] }) => tokens.length > 1) && <p>{t("enterInOrder")}</p>}
      <LineTable {...{ s, bulk }} />
      {vended > 0 && <p>{bt("print")}</p>}
      <p>{bt("again")}</p>
      <p>
        <a href={here.url("/prepaid/bulk")}>{bt("another")}</a>
      </p>
    </>
  );
}

/** Each line with its tokens, in the order in which they are entered. */
export const LineTable = ({ s, bulk, at = "/prepaid/purchases" }: { s: BulkShown; bulk: Bulk; at?: string }) => (
  <Table
    caption={s.bt("lines")}
    head={[s.t("meter"), s.t("paying"), s.t("units"), s.t("state"), s.bt("tokens"), s.bt("own")]}
    numeric={[1, 2]}
    rows={bulk.lines.map((line) => [
      <Digits of={grouped(line.meter.number)} />,
      formatMoney(line.amountMinor, bulk.currency, s.lang),
      unitsIn(allTenths(line.sale ?? line.quote), line.meter.resource, s.lang),
      <>
        <Tag kind={STATE_KIND[line.state]}>{lineState(s, bulk, line)}</Tag>
        {line.hindrance && ["paid", "ordered"].includes(line.state) && <p>{s.t(line.hindrance)}</p>}
      </>,
      <div>
        {(line.tokens ?? []).flatMap(({ digits }) =>
          digits.map((each) => (
            <p>
              <strong>
                <Digits of={grouped(each)} />
              </strong>
            </p>
          )),
        )}
      </div>,
      line.purchaseId === undefined ? (
        ""
      ) : (
        <a href={s.here.url(`${at}/${line.purchaseId}`)}>
          <Digits of={line.reference ?? ""} />
        </a>
      ),
    ])}
  />
);

/** Of a paid order a line that took no share is not unpaid: nothing was bought for it. */
const lineState = (s: BulkShown, bulk: Bulk, { state }: Bulk["lines"][number]): string =>
  bulk.state === "paid" && ["quoted", "expired"].includes(state) ? s.bt("stayed") : s.t(state);

export type BulkStaffShown = BulkShown & StaffShown;

export const BulkTable = ({ s, bulks }: { s: BulkStaffShown; bulks: readonly StaffBulk[] }) => (
  <Table
    caption={s.bt("staffTitle")}
    head={[s.bt("opened"), s.t("service"), s.bt("count"), s.bt("total"), s.t("state"), s.bt("left"), s.bt("reference")]}
    numeric={[2, 3, 5]}
    rows={bulks.map(({ id, createdAt, resource, meters, totalMinor, currency, state, leftMinor, reference }) => [
      longCityMoment(createdAt, s),
      s.t(resource),
      String(meters),
      formatMoney(totalMinor, currency, s.lang),
      <Tag kind={KIND[state]}>{state === "paid" ? s.bt("paid") : s.t(state)}</Tag>,
      leftMinor > 0 ? formatMoney(leftMinor, currency, s.lang) : "",
      <a href={s.here.url(`/staff/prepaid/bulk/${id}`)}>
        <Digits of={reference} />
      </a>,
    ])}
  />
);

export const BulksPage = ({
  s,
  bulks,
  next,
}: {
  s: BulkStaffShown;
  bulks: readonly StaffBulk[];
  next?: string | undefined;
}) => (
  <>
    {bulks.length === 0 ? (
      <p>
        {s.bt("staffNone")} {s.bt("staffHow")} <a href={s.here.url("/prepaid/bulk")}>{s.bt("title")}</a>
      </p>
    ) : (
      <BulkTable {...{ s, bulks }} />
    )}
    {next && <Pager next={[s.here.url(`/staff/prepaid/bulk?cursor=${encodeURIComponent(next)}`), s.st("older")]} />}
  </>
);

interface StaffBulkProps {
  s: BulkStaffShown;
  bulk: Bulk;
  wentBack: boolean;
  isToSee: boolean;
}
export function StaffBulkPage({ s, bulk, wentBack, isToSee }: StaffBulkProps) {
  const { bt, st, t, here } = s;
  const { id, billId, reference, leftMinor, currency, state } = bulk;
  const money = (minor: number) => formatMoney(minor, currency, s.lang);
  return (
    <>
      {wentBack && <Notice kind="error">{bt("wentBack")}</Notice>}
      {leftMinor > 0 && <Notice kind="warning">{bt("leftHint")}</Notice>}
      <Facts
        items={[
          [st("state"), state === "paid" ? bt("paid") : t(state)],
          [bt("total"), money(bulk.totalMinor)],
          ...(leftMinor > 0 ? ([[bt("left"), <strong>{money(leftMinor)}</strong>]] satisfies [string, Child][]) : []),
          [
            bt("reference"),
            <a href={here.url(`/bills/${billId}`)}>
              <Digits of={reference} />
            </a>,
          ],
          [bt("payment"), <a href={here.url(`/staff/find?q=${reference}`)}>{st("find")}</a>],
          [bt("opened"), longCityMoment(bulk.createdAt, s)],
          [st("payerPage"), <a href={here.url(`/prepaid/bulk/${id}`)}>{st("show")}</a>],
        ]}
      />
      <LineTable {...{ s, bulk }} at="/staff/prepaid/purchases" />
      {isToSee && s.mayRule && (
        <Form action={here.url(`/staff/prepaid/bulk/${id}/seen`)} csrf={s.csrf} submit={st("seen")} />
      )}
    </>
  );
}
