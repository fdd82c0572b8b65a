import { Table, Tag } from "../../shared/components.tsx";
import { longMonth, shortDay } from "../../shared/dates.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import type { PayoutStatement } from "../contract/payout-statement.ts";
import { payoutTexts } from "./payouts-texts.ts";

type Payment = Pick<PayoutStatement, "amountMinor" | "state" | "paidAt">;

export function PayoutsPage({ lang, statements }: { lang: Lang; statements: readonly PayoutStatement[] }) {
  const t = payoutTexts.in(lang);
  if (statements.length === 0) return <p>{t("none")}</p>;
  const state = ({ state: is, paidAt }: Payment) =>
    is === "paid" && paidAt ? t("paid", { day: shortDay(paidAt, lang) }) : t(is as "drawn");
  const row = (one: PayoutStatement, city: string, payment: Payment) => [
    longMonth(one.month, lang),
    city,
    formatMoney(payment.amountMinor, one.currency, lang),
    <Tag kind={payment.state === "paid" ? "success" : "info"}>{state(payment)}</Tag>,
  ];
  return (
    <>
      <Table
        caption={t("amounts")}
        head={[t("month"), t("city"), t("amount"), t("state")]}
        numeric={[2]}
        rows={statements.flatMap((one) => [
          row(one, one.city.name, one),
          ...one.sponsored.map((paid) =>
            row(one, t("ofSponsor", { city: one.city.name, sponsor: paid.sponsor }), paid),
          ),
        ])}
      />
      <Bills {...{ lang, statements }} />
      <Credits {...{ lang, statements }} />
      <Table
        caption={t("lines")}
        head={[t("month"), t("city"), t("module"), t("role"), t("counted"), t("of"), t("share"), t("tax")]}
        numeric={[5, 6]}
        rows={statements.flatMap((one) =>
          one.lines.map((line) => [
            longMonth(one.month, lang),
            one.city.name,
            `${line.module} ${line.version}`,
            line.sponsor && line.role !== "sponsor"
              ? `${t(line.role)} (${t("bySponsor", { sponsor: line.sponsor })})`
              : t(line.role),
            line.what === "once" ? t("once") : `${line.counted} ${t(line.what === "month" ? "month_" : line.what)}`,
            formatMoney(line.netMinor, one.currency, lang),
            formatMoney(line.amountMinor, one.currency, lang),
            line.tax === undefined
              ? ""
              : `${formatMoney(line.taxMinor ?? 0, one.currency, lang)} (${t(line.tax === "none" ? "none_" : line.tax)})`,
          ]),
        )}
      />
    </>
  );
}

interface Props {
  lang: Lang;
  statements: readonly PayoutStatement[];
}

/** What a sponsor pays, and where. */
function Bills({ lang, statements }: Props) {
  const t = payoutTexts.in(lang);
  const bills = statements.flatMap(({ bills: all, city, currency }) => all.map((bill) => ({ bill, city, currency })));
  if (bills.length === 0) return null;
  return (
    <>
      <p>{t("billsLead")}</p>
      <Table
        caption={t("bills")}
        head={[t("invoice"), t("city"), t("amount"), t("dueOn"), t("state")]}
        numeric={[2]}
        rows={bills.map(({ bill, city, currency }) => [
          <bdi>{bill.invoice}</bdi>,
          city.name,
          formatMoney(bill.amountMinor, currency, lang),
          shortDay(bill.dueOn, lang),
          bill.isPaid ? <Tag kind="success">{t("isPaid")}</Tag> : <PayLink {...{ lang, of: bill }} />,
        ])}
      />
    </>
  );
}

/** What somebody gives back of what they were paid. */
function Credits({ lang, statements }: Props) {
  const t = payoutTexts.in(lang);
  const credits = statements.flatMap(({ credits: all, city, currency }) => all.map((one) => ({ one, city, currency })));
  if (credits.length === 0) return null;
  return (
    <Table
      caption={t("credits")}
      head={[t("number"), t("city"), t("cause"), t("amount"), t("state")]}
      numeric={[3]}
      rows={credits.map(({ one, city, currency }) => [
        <bdi>{one.number}</bdi>,
        city.name,
        t(one.cause),
        formatMoney(one.amountMinor, currency, lang),
        one.isGivenBack ? (
          <Tag kind="success">{t("returned")}</Tag>
        ) : one.path ? (
          <PayLink {...{ lang, of: one }} />
        ) : (
          t("next", { amount: formatMoney(one.offsetMinor, currency, lang) })
        ),
      ])}
    />
  );
}

function PayLink({ lang, of: { reference, path } }: { lang: Lang; of: { reference?: string; path?: string } }) {
  const t = payoutTexts.in(lang);
  if (!path || !reference) return <span>{t("raising")}</span>;
  return <a href={path}>{t("pay", { reference })}</a>;
}
