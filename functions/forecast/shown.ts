import type { Here } from "../../shared/here.ts";
import type { Lang } from "../../shared/texts.ts";
import type { forecastTexts } from "./texts.ts";

// What every page of the room is shown with, and how it says a time and a figure.

export interface Shown {
  t: ReturnType<typeof forecastTexts.in>;
  here: Here;
  lang: Lang;
  csrf: string;
  /** May ask for forecasts and set zones. */
  mayAct: boolean;
}
export interface Mistake {
  field: string;
  detail: string;
}

export const thousandth = (value: number, lang: Lang): string =>
  new Intl.NumberFormat(lang, { maximumFractionDigits: 3 }).format(value / 1000);
export const errorAt = (mistakes: readonly Mistake[], field: string): string | undefined =>
  mistakes.find((one) => one.field === field)?.detail;
