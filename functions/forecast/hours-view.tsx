import { Table } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { dayOf } from "../../shared/time.ts";
import { SHOWN_UNIT } from "../../shared/units.ts";
import type { Forecast } from "./schema.ts";
import { type Shown, thousandth } from "./shown.ts";
import { hourOf, instantOf } from "./wall.ts";

/** The figures of a forecast by hour. A week of them is very long on a phone: each day opens by itself, the first is open. */
export function HoursByDay({ s, forecast }: { s: Shown; forecast: Forecast }) {
  const { t, here, lang } = s;
  const { timeZone } = here.city;
  const { kind, from, points, low, high, naive, actual } = forecast;
  const first = hourOf(from);
  const isUsed = actual.some((value) => value !== null);
  const unit = SHOWN_UNIT[kind][lang];
  const shown = (value: number) => thousandth(value, lang);
  const hours = points.map((point, i) => ({
    at: new Date(instantOf(first + i)),
    cells: [
      shown(point),
      ...(low && high ? [shown(low[i]!), shown(high[i]!)] : []),
      shown(naive[i]!),
      ...(isUsed ? [actual[i] == null ? "—" : shown(actual[i])] : []),
    ],
  }));
  const long = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeZone });
  return (
    <>
      {[...Map.groupBy(hours, ({ at }) => dayOf(at, timeZone)).values()].map((ofDay, i) => {
        const name = long.format(ofDay[0]!.at);
        return (
          <details open={i === 0}>
            <summary>{name}</summary>
            <Table
              wide
              caption={`${t("table")}, ${name} (${unit})`}
              head={[
                ...[t("hour"), t("forecast"), ...(low && high ? [t("from"), t("upTo")] : [])],
                ...[t("weekBefore"), ...(isUsed ? [t("used")] : [])],
              ]}
              numeric={[1, 2, 3, 4, 5]}
              rows={ofDay.map(({ at, cells }) => [cityMoment(at.toISOString(), s), ...cells])}
            />
          </details>
        );
      })}
    </>
  );
}
