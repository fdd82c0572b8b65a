import { Table } from "../../../shared/components.tsx";
import type { Lang } from "../../../shared/texts.ts";
import type { Dataset } from "../schema.ts";
import type { Common } from "../showing.ts";
import { type Quality, qualityOf, type Reason } from "./quality.ts";
import { qualityTexts } from "./texts.ts";

/** A reason in words. */
export const sayReason = ({ about, value }: Reason, { card }: Pick<Dataset, "card">, lang: Lang): string => {
  const t = qualityTexts.in(lang);
  return t(about, { value, promise: t(`frequency.${card.frequency ?? "none"}`) });
};

/** A score as programs read it. */
export function shownQuality(dataset: Dataset, now: Date, lang: Lang) {
  const { score, reasons }: Quality = qualityOf(dataset, now);
  return {
    score,
    reasons: reasons.map((reason) => ({ ...reason, says: sayReason(reason, dataset, lang) })),
  };
}

export function QualityTable({ dataset, now, lang }: { dataset: Dataset; now: Date } & Common) {
  const t = qualityTexts.in(lang);
  const { score, reasons } = qualityOf(dataset, now);
  const number = new Intl.NumberFormat(lang);
  return (
    <details id="quality">
      <summary>
        {t("title")}: {t("score", { score: number.format(score) })}
      </summary>
      <Table
        caption={t("title")}
        head={[t("reason"), t("points")]}
        numeric={[1]}
        rows={reasons.map((reason) => [
          sayReason(reason, dataset, lang),
          `${number.format(reason.points)} / ${number.format(reason.most)}`,
        ])}
      />
    </details>
  );
}
