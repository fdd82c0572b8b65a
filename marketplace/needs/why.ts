import { z } from "zod";
import { formatMoney } from "../../shared/money.ts";
import { defineTexts, type Lang } from "../../shared/texts.ts";

// Why a module does not pass a case: a sentence for programs, and what a page says it from in the reader's language.

const texts = defineTexts({
  en: {
    comesTo: "It comes to {$amount}.",
    inMoney: "It is in {$currency}.",
    noRows: "It reads a table {$table}, of which the case has no rows.",
    noPart: "No part of the module is for this.",
    other: "It proposes something else.",
  },
  fr: {
    comesTo: "Le résultat est {$amount}.",
    inMoney: "Il est en {$currency}.",
    noRows: "Il lit une table {$table} dont le cas n’a pas de lignes.",
    noPart: "Aucune partie du module ne sert à cela.",
    other: "Il propose autre chose.",
  },
  ar: {
    comesTo: "النتيجة {$amount}.",
    inMoney: "هي بعملة {$currency}.",
    noRows: "تقرأ جدولاً {$table} ليست له صفوف في الحالة.",
    noPart: "لا جزء في الوحدة لهذا.",
    other: "تقترح شيئاً آخر.",
  },
});
const KEYS = ["comesTo", "inMoney", "noRows", "noPart", "other"] as const;

export const Why = z.object({
  why: z.string(),
  says: z.object({ key: z.enum(KEYS), values: z.record(z.string(), z.union([z.string(), z.number()])) }).optional(),
});
export type Why = z.infer<typeof Why>;

/** What money comes to is in minor units. */
export const because = (key: (typeof KEYS)[number], values: Record<string, string | number> = {}): Why => ({
  why: texts.in("en")(key, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))),
  says: { key, values },
});

/** In the reader's language; what an engine said of an example is known in English alone. */
export function whyIn(lang: Lang, { says }: Partial<Why>): string | undefined {
  if (!says) return undefined;
  const { amount, currency } = says.values;
  const said =
    typeof amount !== "number"
      ? says.values
      : {
          amount:
            typeof currency === "string"
              ? formatMoney(amount, currency, lang)
              : new Intl.NumberFormat(lang, { maximumSignificantDigits: 12 }).format(amount),
        };
  return texts.in(lang)(says.key, said);
}
