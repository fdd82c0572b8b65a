import type { Context } from "hono";
import type { City } from "../../shared/here.ts";
import type { CityEnv } from "../../shared/room.ts";
import type { Lang } from "../../shared/texts.ts";
import type { Cell } from "./schema.ts";
import { opendataTexts } from "./texts.ts";

/** What every page of the room is made with. */
export interface Common {
  t: ReturnType<typeof opendataTexts.in>;
  lang: Lang;
  csrf: string;
  city: City;
  url: (path: string) => string;
}

export const commonOf = (c: Context<CityEnv>): Common => ({
  t: opendataTexts.in(c.var.lang),
  lang: c.var.lang,
  csrf: c.var.csrf,
  city: c.var.city,
  url: c.var.here.url,
});

const CELL_SHOWN = 140;

export const day = ({ lang, city }: Pick<Common, "lang" | "city">, iso: string) =>
  new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeZone: city.timeZone }).format(new Date(iso));

/** A cell as people read it. */
export function shown({ t, lang }: Pick<Common, "t" | "lang">, cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "boolean") return t(cell ? "yes" : "no");
  if (typeof cell === "number")
    return new Intl.NumberFormat(lang, { maximumFractionDigits: 12, useGrouping: false }).format(cell);
  return cell.length > CELL_SHOWN ? `${cell.slice(0, CELL_SHOWN)}…` : cell;
}
