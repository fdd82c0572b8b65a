import { Field } from "./components.tsx";
import { decimalOf } from "./money.ts";
import { payableUnit } from "./payable.ts";
import { defineTexts, type Lang } from "./texts.ts";

const texts = defineTexts({
  en: {
    label: "Round totals to",
    hint: "In the smallest unit of the currency. With {$usual} ({$amount}) every total can be paid by card, wallet and coin; 1 keeps each of those units.",
  },
  fr: {
    label: "Arrondir les totaux à",
    hint: "Dans la plus petite unité de la monnaie. Avec {$usual} ({$amount}), tout total peut être payé par carte, portefeuille mobile et pièces ; 1 garde chacune de ces unités.",
  },
  ar: {
    label: "تقريب المجاميع إلى",
    hint: "بأصغر وحدة من العملة. مع {$usual} ({$amount}) يمكن دفع كل مجموع بالبطاقة والمحفظة والنقود المعدنية؛ و1 يُبقي كل وحدة منها.",
  },
});

/** How a rule rounds what it charges (`toMinor`), as it is typed: at first so that it can be paid. */
export function RoundingField({
  lang,
  currency,
  value,
  error,
}: {
  lang: Lang;
  currency: string;
  value: string | undefined;
  error: string | undefined;
}) {
  const t = texts.in(lang);
  const usual = payableUnit(currency);
  const amount = `${decimalOf(usual, currency)} ${currency}`;
  return (
    <Field
      label={t("label")}
      hint={t("hint", { usual: String(usual), amount })}
      name="toMinor"
      inputmode="numeric"
      value={value ?? String(usual)}
      error={error}
    />
  );
}
