import { ErrorSummary } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import { SHOWN_UNIT } from "../../shared/units.ts";
import type { Kind } from "./schema.ts";
import type { networkTexts } from "./texts.ts";

export interface Mistake {
  field: string;
  detail: string;
}
/** What every page of the room is given. */
export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof networkTexts.in>;
  mayChange: boolean;
  mistakes: readonly Mistake[];
  given: Record<string, string>;
}

const THOUSAND = 1000;

export const number = (value: number, lang: Lang, digits = 1): string =>
  new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(value);
export const quantity = (base: number | undefined, kind: Kind, lang: Lang): string =>
  base === undefined ? "–" : `${number(base / THOUSAND, lang)} ${SHOWN_UNIT[kind][lang]}`;
export const percent = (share: number | undefined, lang: Lang): string =>
  share === undefined ? "–" : new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 }).format(share);
export const money = (minor: number | undefined, currency: string | undefined, lang: Lang): string =>
  minor === undefined || currency === undefined ? "–" : formatMoney(minor, currency, lang);
export const dayName = (day: string, lang: Lang): string =>
  new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(
    new Date(`${day}T00:00Z`),
  );
const EVER = "1970-01-01T00:00:00.000Z";
/** A bound of a spell, where it has one. */
export const bound = (at: string | undefined, s: Shown): string =>
  at === undefined ? s.t("still") : at === EVER ? s.t("ever") : cityMoment(at, s);

export const errorIn = ({ mistakes }: Shown, field: string): string | undefined =>
  mistakes.find((one) => one.field === field)?.detail;
export const Mistakes = ({ s }: { s: Shown }) =>
  s.mistakes.length > 0 ? <ErrorSummary title={s.t("mistakes")} errors={s.mistakes} /> : null;
