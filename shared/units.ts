import type { Lang } from "./texts.ts";

/** What people read a thousand of a meter's base units (Wh, litres) as, by what it counts. */
export const SHOWN_UNIT: Record<"electricity" | "water" | "gas", Record<Lang, string>> = {
  electricity: { en: "kWh", fr: "kWh", ar: "كيلوواط ساعة" },
  water: { en: "m³", fr: "m³", ar: "م³" },
  gas: { en: "m³", fr: "m³", ar: "م³" },
};
