import type { Context } from "hono";
import { Temporal } from "temporal-polyfill";
import { latinDigits } from "../../../shared/amounts.ts";
import { invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import type { CityEnv } from "../../../shared/room.ts";
import type { Lang } from "../../../shared/texts.ts";
import { SHOWN_UNIT } from "../../../shared/units.ts";
import type { Kind } from "../schema.ts";
import { checkTexts } from "./texts.ts";

/** What every page of the checks is made with. */
export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof checkTexts.in>;
}

export const shown = ({ var: { here, lang, csrf } }: Context<CityEnv>): Shown => ({
  here,
  lang,
  csrf,
  t: checkTexts.in(lang),
});

/** Base units as people read them: kWh, and cubic metres. */
export const amount = (base: number, kind: Kind, { lang }: Pick<Shown, "lang">): string =>
  `${new Intl.NumberFormat(lang, { maximumFractionDigits: 3 }).format(base / 1000)} ${SHOWN_UNIT[kind][lang]}`;

/** An instant as a form shows it, by the city's clock; and back. */
export const typed = (iso: string, zone: string): string =>
  Temporal.Instant.from(iso)
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: "minute" })
    .replace("T", " ");
/** @throws {Fault} invalid */
export function instantTyped(text: string, zone: string, field: string): string {
  const plain = latinDigits(text.trim()).replace(" ", "T");
  try {
    const at = /(Z|[+-]\d{2}:\d{2})$/.test(plain)
      ? Temporal.Instant.from(plain)
      : Temporal.PlainDateTime.from(plain).toZonedDateTime(zone).toInstant();
    return at.toString({ smallestUnit: "second" });
  } catch {
    throw invalid(`#/${field}`, "A day and a time such as 2026-09-07 14:00.");
  }
}
/** A decimal with whatever digits and comma it was typed. */
export const decimalTyped = (text: string): string => latinDigits(text.trim()).replace(/[,٫]/, ".");
