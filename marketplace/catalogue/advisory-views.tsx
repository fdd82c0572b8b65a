import { Table, Tag } from "../../shared/components.tsx";
import { shortDay } from "../../shared/dates.ts";
import type { Lang } from "../../shared/texts.ts";
import type { Advisory } from "../contract/advisory.ts";
import { Paragraphs, Said } from "../part-views.tsx";
import { advisoryTexts } from "./advisory-texts.ts";
import { moduleUrl } from "./views.tsx";

const SEVERITY_TONE = { low: "info", medium: "warning", high: "error", critical: "error" } as const;

/** Of whom it is, what it says, and what mends it. */
export const AdvisoryText = ({ advisory, lang }: { advisory: Advisory; lang: Lang }) => {
  const t = advisoryTexts.in(lang);
  return (
    <>
      <Said words={advisory.summary} lang={lang} />{" "}
      {advisory.fixedIn !== undefined && t("fixedIn", { version: advisory.fixedIn })}{" "}
      {advisory.link !== undefined && (
        <a href={advisory.link} rel="noreferrer">
          {t("more")}
        </a>
      )}
      {advisory.details && (
        <details>
          <summary>{t("more")}</summary>
          <Paragraphs words={advisory.details} lang={lang} />
        </details>
      )}
    </>
  );
};

export const SeverityTag = ({ advisory, lang }: { advisory: Advisory; lang: Lang }) => {
  const t = advisoryTexts.in(lang);
  return advisory.isWithdrawn ? (
    <Tag>{t("withdrawn")}</Tag>
  ) : (
    <Tag kind={SEVERITY_TONE[advisory.severity]}>{t(advisory.severity)}</Tag>
  );
};

export function AdvisoriesPage({ lang, advisories }: { lang: Lang; advisories: readonly Advisory[] }) {
  const t = advisoryTexts.in(lang);
  if (advisories.length === 0) return <p>{t("none")}</p>;
  const latestFirst = [...advisories].sort((a, b) => (a.signedAt < b.signedAt ? 1 : -1));
  return (
    <Table
      caption={t("title")}
      head={[t("module"), t("severity"), t("what"), t("by"), t("when")]}
      rows={latestFirst.map((advisory) => [
        <a href={moduleUrl(advisory.module)}>{advisory.module}</a>,
        <SeverityTag advisory={advisory} lang={lang} />,
        <AdvisoryText advisory={advisory} lang={lang} />,
        <a href={`/marketplace/parties/${advisory.by}`}>{advisory.by}</a>,
        shortDay(advisory.signedAt, lang),
      ])}
    />
  );
}
