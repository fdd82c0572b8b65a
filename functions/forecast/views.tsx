import { Actions, ErrorSummary, Facts, Field, Form, LinkButton, Notice, Table, Tag } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import type { Lang } from "../../shared/texts.ts";
import { SHOWN_UNIT } from "../../shared/units.ts";
import { HORIZONS, type Horizon } from "./errors.ts";
import { HoursByDay } from "./hours-view.tsx";
import { Lines } from "./plot.tsx";
import type { Errors, Forecast, Zone } from "./schema.ts";
import type { Seen } from "./seeing.ts";
import { errorAt, type Mistake, type Shown, thousandth } from "./shown.ts";
import { DAY_HOURS, hourOf, instantOf } from "./wall.ts";

const percent = (share: number | undefined, lang: Lang): string =>
  share === undefined ? "—" : new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 }).format(share);

interface ListProps {
  s: Shown;
  zones: readonly Zone[];
  areas: readonly { code: string; kind: Zone["kind"]; name?: string | undefined }[];
  given: Record<string, string>;
  mistakes: readonly Mistake[];
  /** Of so many hours the temperatures were just kept. */
  kept: string | undefined;
}

export function ZonesPage({ s, zones, areas, given, mistakes, kept }: ListProps) {
  const { t, here, csrf } = s;
  const left = areas.filter(({ code }) => !zones.some((zone) => zone.code === code));
  const error = (field: string) => errorAt(mistakes, field);
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {kept !== undefined && <Notice kind="success">{t("given", { hours: kept })}</Notice>}
      {zones.length === 0 ? (
        <p>{t(areas.length === 0 ? "noAreas" : "none")}</p>
      ) : (
        <Table
          caption={t("zones")}
          head={[t("zone"), t("kind"), t("latest"), t("state")]}
          rows={zones.map((zone) => [
            <a href={here.url(`/staff/forecasts/zones/${zone.code}`)}>{zone.code}</a>,
            t(zone.kind),
            zone.latest ? cityMoment(zone.latest, s) : "—",
            <>
              {zone.problem ? <Tag kind="error">{t(zone.problem)}</Tag> : t(zone.isDaily ? "daily" : "onRequest")}
              {zone.isPublic && (
                <>
                  {" "}
                  <Tag>{t("public")}</Tag>
                </>
              )}
            </>,
          ])}
        />
      )}
      <Actions>
        <LinkButton second href={here.url("/staff/forecasts/schedule")}>
          {t("schedule")}
        </LinkButton>
      </Actions>
      {s.mayAct && left.length > 0 && (
        <>
          <h2>{t("add")}</h2>
          <Form action={here.url("/staff/forecasts")} csrf={csrf} submit={t("ask")}>
            <Field
              name="code"
              label={t("zone")}
              type="select"
              error={error("code")}
              options={left.map(({ code, kind, name }) => [code, [code, name, t(kind)].filter(Boolean).join(" · ")])}
            />
          </Form>
        </>
      )}
      {s.mayAct && (
        <>
          <h2>{t("temperatures")}</h2>
          <p>{t("temperaturesSay")}</p>
          <Form action={here.url("/staff/forecasts/temperatures")} csrf={csrf} submit={t("give")}>
            <Field
              {...{ name: "source", label: t("source"), maxlength: 80 }}
              value={given["source"]}
              error={error("source")}
            />
            <Field
              {...{ name: "rows", label: t("rows"), hint: t("rowsHint"), type: "textarea", dir: "ltr" }}
              value={given["rows"]}
              error={error("rows")}
            />
          </Form>
        </>
      )}
    </>
  );
}

/** The chart of a forecast, how far off such forecasts were, and the table of the same figures. */
export function ForecastView({
  s,
  forecast,
  errors,
  csv,
}: {
  s: Shown;
  forecast: Forecast;
  errors: Errors;
  csv: string;
}) {
  const { t, here, lang } = s;
  const { kind, from, points, low, high, naive, actual, zone } = forecast;
  const first = hourOf(from);
  const unit = SHOWN_UNIT[kind][lang];
  const shown = (value: number) => thousandth(value, lang);
  const highest = points.indexOf(Math.max(...points));
  const day = new Intl.DateTimeFormat(lang, { weekday: "short", timeZone: here.city.timeZone });
  const inUnits = (value: number) => value / 1000;
  const units = (values: readonly (number | null)[]) => values.map((value) => (value === null ? null : inUnits(value)));
  const hasActual = actual.some((value) => value !== null);
  const horizons = (Object.keys(HORIZONS) as Horizon[]).flatMap((horizon) => {
    const error = errors[horizon];
    return error ? [{ horizon, error }] : [];
  });
  const marks = Array.from({ length: 7 }, (_, i) => i * DAY_HOURS + DAY_HOURS / 2);
  return (
    <>
      <Lines
        title={t("chart", { zone })}
        desc={t("chartSays", {
          highest: `${shown(points[highest]!)} ${unit}`,
          at: cityMoment(instantOf(first + highest), s),
          lowest: `${shown(Math.min(...points))} ${unit}`,
        })}
        {...{ unit, lang }}
        band={low && high && { label: t("likely"), low: low.map(inUnits), high: high.map(inUnits) }}
        series={[
          { label: t("weekBefore"), values: units(naive), style: "dashed" },
          { label: t("forecast"), values: units(points), style: "solid" },
          ...(hasActual ? [{ label: t("used"), values: units(actual), style: "bold" as const }] : []),
        ]}
        marks={marks.map((at) => ({ at, label: day.format(new Date(instantOf(first + at))) }))}
      />
      <h2>{t("errors")}</h2>
      {horizons.length === 0 ? (
        <p>{t("noErrors")}</p>
      ) : (
        <>
          <p>{t("errorsSay")}</p>
          <Table
            caption={t("errors")}
            head={[t("ahead"), t("error"), t("naiveError"), t("ratio"), t("coverage")]}
            numeric={[1, 2, 3, 4]}
            rows={horizons.map(({ horizon, error }) => [
              t(`ahead_${horizon}`),
              percent(error.wape, lang),
              percent(error.naiveWape, lang),
              error.ratio === undefined ? "—" : new Intl.NumberFormat(lang).format(error.ratio),
              percent(error.coverage, lang),
            ])}
          />
        </>
      )}
      <p>
        <a href={csv}>{t("csv")}</a>
      </p>
      <HoursByDay s={s} forecast={forecast} />
    </>
  );
}

interface ZoneProps {
  s: Shown;
  seen: Seen;
  given: Record<string, string>;
  mistakes: readonly Mistake[];
  isKept: boolean;
}

export function ZonePage({ s, seen: { zone, forecast, errors }, given, mistakes, isKept }: ZoneProps) {
  const { t, here, lang, csrf } = s;
  const at = here.url(`/staff/forecasts/zones/${zone.code}`);
  const ahead = zone.peaks.filter(({ to }) => Date.parse(to) > here.clock.now().getTime());
  const unit = SHOWN_UNIT[zone.kind][lang];
  const { temperatureHours: hours, temperatureSource: source = "" } = forecast ?? {};
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {isKept && <Notice kind="success">{t("kept")}</Notice>}
      {zone.problem && <Notice kind="warning">{t(zone.problem)}</Notice>}
      {ahead.length > 0 && (
        <Table
          caption={t("peaks")}
          head={[t("peakFrom"), t("peakTo"), `${t("highest")} (${unit})`, t("told")]}
          numeric={[2]}
          rows={ahead.map(({ from, to, highest, toldAt }) => [
            cityMoment(from, s),
            cityMoment(to, s),
            thousandth(highest, lang),
            toldAt ? cityMoment(toldAt, s) : "—",
          ])}
        />
      )}
      {forecast ? (
        <>
          <Facts
            items={[
              [t("madeAt"), cityMoment(forecast.madeAt, s)],
              [t("accounts"), String(forecast.accounts)],
              [t("temperature"), hours === undefined ? t("noTemperature") : t("withTemperature", { source, hours })],
            ]}
          />
          <ForecastView {...{ s, forecast, errors }} csv={`${at}/csv`} />
        </>
      ) : (
        <p>{t("notYet")}</p>
      )}
      {s.mayAct && (
        <>
          <Form action={`${at}/forecasts`} csrf={csrf} submit={t("make")} />
          <h2>{t("settings")}</h2>
          <Form action={at} csrf={csrf} submit={t("keep")}>
            {(["isDaily", "isPublic"] as const).map((name) => (
              <Field
                {...{ name, label: t(name), type: "checkbox", options: [["yes", t("yes")]] }}
                value={given[name] ?? (zone[name] ? "yes" : "")}
              />
            ))}
            <Field
              {...{
                name: "threshold",
                label: t("threshold", { unit }),
                hint: t("thresholdHint"),
                inputmode: "decimal",
              }}
              value={given["threshold"] ?? (zone.peak ? String(zone.peak.threshold / 1000) : "")}
              error={errorAt(mistakes, "threshold")}
            />
            <Field
              {...{ name: "leadHours", label: t("leadHours"), inputmode: "numeric" }}
              value={given["leadHours"] ?? String(zone.peak?.leadHours ?? 12)}
              error={errorAt(mistakes, "leadHours")}
            />
          </Form>
        </>
      )}
    </>
  );
}

export const PublicList = ({ s, zones }: { s: Shown; zones: readonly Zone[] }) =>
  zones.length === 0 ? (
    <p>{s.t("nonePublic")}</p>
  ) : (
    <Table
      caption={s.t("zones")}
      head={[s.t("zone"), s.t("kind")]}
      rows={zones.map(({ code, kind }) => [<a href={s.here.url(`/forecasts/${code}`)}>{code}</a>, s.t(kind)])}
    />
  );
