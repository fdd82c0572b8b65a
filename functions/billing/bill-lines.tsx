import type { Child } from "hono/jsx";
import { Table } from "../../shared/components.tsx";
import { cityDay } from "../../shared/dates.ts";
import { formatMoney, formatPrice } from "../../shared/money.ts";
import { type Lang, labelled } from "../../shared/texts.ts";
import { SHOWN_UNIT } from "../../shared/units.ts";
import { type Bill, isMetered, type Kind, type Line, type Raised } from "./schema.ts";
import { kindName } from "./texts.ts";
import type { Shown } from "./views.tsx";

// A bill that explains itself: what each line is, and by which tariff and decision.

export const units = (base: number, kind: Kind, lang: Lang) =>
  `${new Intl.NumberFormat(lang, { maximumFractionDigits: 3 }).format(base / 1000)} ${SHOWN_UNIT[kind][lang]}`;
export const nameOf = (names: Readonly<Record<string, string | undefined>>, lang: Lang): string =>
  names[lang] ?? names["en"] ?? Object.values(names)[0] ?? "";
export const vatRate = (basisPoints: number, lang: Lang) =>
  new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 2 }).format(basisPoints / 10_000);

/** What a bill is for: of what another room raised, in its words. */
export const purposeOf = (bill: Bill, lang: Lang): string =>
  isMetered(bill)
    ? kindName(bill.kind, lang)
    : (bill.titles[lang] ?? Object.values(bill.titles)[0] ?? kindName(bill.kind, lang));

export const LinesTable = ({ s, bill }: { s: Shown; bill: Bill }) => {
  const money = (minor: number) => formatMoney(minor, bill.currency, s.lang);
  const explained = (lines: readonly Line[]): Child[][] =>
    lines.map((line) => [lineName(s, bill, line), money(line.amountMinor)]);
  const raised = ({ netMinor, vatMinor, roundingMinor = 0 }: Raised): Child[][] => [
    [purposeOf(bill, s.lang), money(netMinor - roundingMinor)],
    ...(vatMinor > 0 ? [[s.t("vatName"), money(vatMinor)]] : []),
    ...(roundingMinor === 0 ? [] : [[s.t("rounding"), money(roundingMinor)]]),
  ];
  return (
    <Table
      caption={s.t("lines")}
      head={[s.t("what"), s.t("amount")]}
      numeric={[1]}
      rows={[
        ...(isMetered(bill) ? explained(bill.lines) : bill.flat ? explained(bill.flat.lines) : raised(bill)),
        [<strong>{s.t("total")}</strong>, <strong>{money(bill.totalMinor)}</strong>],
      ]}
    />
  );
};

/** Of a connection point where meters were exchanged: what each of them counted, and what its dial showed. */
export const MetersTable = ({ s, bill }: { s: Shown; bill: Bill }) => {
  if (!isMetered(bill) || (bill.meters?.length ?? 0) < 2) return null;
  return (
    <Table
      caption={s.t("metersOfBill")}
      head={[s.t("meterName"), s.t("meterFrom"), s.t("meterTo"), s.t("registers"), s.t("used")]}
      numeric={[4]}
      rows={(bill.meters ?? []).map(({ serial, from, to, opening, closing, quantity }) => [
        <bdi>{serial}</bdi>,
        cityDay(from, s),
        cityDay(to, s),
        <bdi>{[opening, closing].map((register) => register ?? "–").join(" → ")}</bdi>,
        units(quantity, bill.kind, s.lang),
      ])}
    />
  );
};

function lineName({ t, lang }: Shown, bill: Bill, line: Line): Child {
  const price = () => formatPrice(line.price ?? "0", bill.currency, lang);
  if (line.what === "exemption")
    return t("exemptionLine", {
      share: vatRate(line.basisPoints ?? 0, lang),
      of: t(`of_${line.of ?? "whole"}`),
      reason: line.reason ?? "",
    });
  if (line.what === "flat") {
    const { quantity = 1, days = 0, daysInMonth: all = 0 } = line;
    return days === all
      ? t("flatLine", { quantity, price: price() })
      : t("flatDays", { quantity, price: price(), days, all });
  }
  if (line.what === "band" && isMetered(bill)) {
    const quantity = units(line.quantity ?? 0, bill.kind, lang);
    const says = t("bandLine", { quantity, price: price(), unit: SHOWN_UNIT[bill.kind][lang] });
    return line.isSocial ? labelled(lang, t("socialTariff"), says) : says;
  }
  // Of bills that were made before rates stood on their lines, the tariff says it.
  const rate = line.basisPoints ?? (isMetered(bill) ? bill.tariff.tariff.vatBasisPoints : 0);
  return t(line.what as "vat", { rate: vatRate(rate, lang) });
}

/** By which tariff, from where, and by which decision about the account. */
export const WhyThis = ({ s: { t, lang }, bill }: { s: Shown; bill: Bill }) => {
  if (!isMetered(bill))
    return bill.flat ? <p>{t("byTariff", { name: nameOf(bill.flat.tariff.tariff.names, lang) })}</p> : null;
  const { source, tariff } = bill.tariff;
  return (
    <>
      <p>
        {t("byTariff", { name: nameOf(tariff.names, lang) })}{" "}
        {source.from === "module" && t("ofModule", { module: source.module, version: source.version })}
      </p>
      {bill.social && <p>{t("bySocial", { reason: bill.social.reason })}</p>}
    </>
  );
};
