import { Actions, LinkButton, Notice, Table } from "../../shared/components.tsx";
import { SHOWN_UNIT } from "../../shared/units.ts";
import { MonthForm } from "./loss-views.tsx";
import { DayLine } from "./plot.tsx";
import type { AreaAdding, AreaUse } from "./schema.ts";
import { dayName, number, percent, quantity, type Shown } from "./shown.tsx";

/** Below this, a day's line would tell of missing readings rather than of what was used. */
const ENOUGH = 0.5;

/** What an area's meters counted, as a chart and a table of days. */
export function AreaUsePage({ s, month, use }: { s: Shown; month: string; use: AreaUse }) {
  const { t, lang, here } = s;
  const { kind, days, area } = use;
  const home = `/staff/network/areas/${area}`;
  const short = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", timeZone: "UTC" });
  const known = days.filter(({ coverage }) => coverage >= ENOUGH);
  const all = known.map((one) => one.quantity);
  return (
    <>
      <MonthForm {...{ s, month }} action={`${home}/use`} />
      {known.length === 0 ? (
        <p>{t("useNone")}</p>
      ) : (
        <DayLine
          name="use"
          title={t("use")}
          desc={t("useDesc", {
            from: dayName(days[0]!.day, lang),
            to: dayName(days.at(-1)!.day, lang),
            least: quantity(Math.min(...all), kind, lang),
            most: quantity(Math.max(...all), kind, lang),
          })}
          unit={SHOWN_UNIT[kind][lang]}
          lang={lang}
          labels={days.map(({ day }) => short.format(new Date(`${day}T00:00Z`)))}
          values={days.map((one) => (one.coverage >= ENOUGH ? one.quantity / 1000 : null))}
        />
      )}
      <Table
        caption={t("use")}
        numeric={[1, 2, 3, 4, 5]}
        head={[t("day"), t("used"), t("metersThere"), t("metersRead"), t("gaps"), t("estimated")]}
        rows={days.map((one) => [
          dayName(one.day, lang),
          quantity(one.quantity, kind, lang),
          number(one.meters, lang),
          number(one.read, lang),
          percent(1 - one.coverage, lang),
          percent(one.estimatedShare, lang),
        ])}
      />
      <Actions>
        <LinkButton second href={here.url(`${home}?month=${month}`)}>
          {t("backToArea")}
        </LinkButton>
      </Actions>
    </>
  );
}

/** Where it takes longer than a page may. */
export const AddingPage = ({ s, month, use }: { s: Shown; month: string; use: AreaAdding }) => (
  <>
    <Notice kind="info">{s.t("useAdding", { done: number(use.done, s.lang), of: number(use.of, s.lang) })}</Notice>
    <Actions>
      <LinkButton href={s.here.url(`/staff/network/areas/${use.area}/use?month=${month}`)}>
        {s.t("lookAgain")}
      </LinkButton>
    </Actions>
  </>
);
