import { inLang } from "../../../marketplace/contract/words.ts";
import { Actions, Card, Cards, Facts, LinkButton, Notice, Pager, Table, Tag } from "../../../shared/components.tsx";
import type { City } from "../../../shared/here.ts";
import type { Lang } from "../../../shared/texts.ts";
import { day } from "../showing.ts";
import type { ModuleIndicator } from "./modules.ts";
import { Course } from "./plot.tsx";
import type { Figure, Standing } from "./schema.ts";
import type { CityIndicator, WholeIndicator } from "./shown.ts";
import type { indicatorTexts } from "./texts.ts";

export interface Shown {
  t: ReturnType<typeof indicatorTexts.in>;
  lang: Lang;
  csrf: string;
  city: City;
  url: (path: string) => string;
}

export const figureText = (lang: Lang, value: number): string =>
  new Intl.NumberFormat(lang, { maximumSignificantDigits: 4 }).format(value);
/** As many digits as it has: of bounds, which somebody has written. */
export const exactText = (lang: Lang, value: number): string =>
  new Intl.NumberFormat(lang, { maximumSignificantDigits: 15 }).format(value);

const KINDS: Record<Standing, "success" | "error" | "info" | "warning"> = {
  within: "success",
  below: "error",
  above: "error",
  free: "info",
  none: "warning",
};
export const StandingTag = ({ t, standing }: Pick<Shown, "t"> & { standing: Standing }) =>
  standing === "free" ? null : <Tag kind={KINDS[standing]}>{t(`standing.${standing}`)}</Tag>;

const Big = ({ value, unit, lang }: { value: number | undefined; unit: string; lang: Lang }) => (
  <p class="big">{value === undefined ? "—" : <bdi>{`${figureText(lang, value)} ${unit}`}</bdi>}</p>
);
export function IndicatorsPage({ s, own, modules }: { s: Shown; own: CityIndicator[]; modules: ModuleIndicator[] }) {
  const { t } = s;
  if (own.length + modules.length === 0) return <p>{t("none")}</p>;
  return (
    <>
      {own.length > 0 && (
        <Cards>
          {own.map((one) => (
            <OwnCard one={one} s={s} />
          ))}
        </Cards>
      )}
      {modules.length > 0 && (
        <>
          <h2>{t("ofModules")}</h2>
          <Cards>
            {modules.map((one) => (
              <ModuleCard one={one} s={s} />
            ))}
          </Cards>
        </>
      )}
    </>
  );
}

function OwnCard({ one, s }: { one: CityIndicator; s: Shown }) {
  const { t, lang, url } = s;
  const { id, titles, unit, value, standing, target, better, isMet, sources, asOf, problem } = one;
  return (
    <Card title={inLang(titles, lang)} href={url(`/indicators/${id}`)}>
      <Big {...{ value, unit, lang }} />
      <p>
        <StandingTag {...{ t, standing }} />{" "}
        {target && isMet !== undefined && (
          <Tag kind={isMet ? "success" : "warning"}>{t(isMet ? "targetMet" : "targetNotMet")}</Tag>
        )}
      </p>
      {target && <p>{t(`target.${better}`, { value: exactText(lang, target.value), unit })}</p>}
      <p class="quiet">
        {problem
          ? t(`problem.${problem}`)
          : asOf && t("from", { datasets: sources.map(({ title }) => title).join(", "), date: day(s, asOf) })}
      </p>
    </Card>
  );
}

export function ModuleCard({ one, s, level = 3 }: { one: ModuleIndicator; s: Shown; level?: 2 | 3 }) {
  const { t, lang, url } = s;
  const { titles, unit, value, target, isMet, datasets, asOf } = one;
  return (
    <Card level={level} title={inLang(titles, lang)} href={url(datasets[0] ? `/data/${datasets[0].slug}` : "/data")}>
      <Big {...{ value, unit, lang }} />
      {target && (
        <p>
          {t(`target.${target.better}`, { value: exactText(lang, target.value), unit })}{" "}
          {isMet !== undefined && <Tag kind={isMet ? "success" : "warning"}>{t(isMet ? "met" : "notMet")}</Tag>}
        </p>
      )}
      <p class="quiet">
        {value === undefined
          ? t("noData")
          : t("from", { datasets: datasets.map(({ title }) => title).join(", "), date: day(s, asOf!) })}
      </p>
    </Card>
  );
}

export function bandText({ t, lang }: Shown, { band, unit }: Pick<CityIndicator, "band" | "unit">): string {
  const [low, high] = [band?.low, band?.high].map((one) => (one === undefined ? "" : exactText(lang, one)));
  return t(low && high ? "bandBoth" : low ? "bandLow" : "bandHigh", { low, high, unit });
}

interface OneProps {
  s: Shown;
  one: WholeIndicator;
  /** The latest first. */
  figures: readonly Figure[];
  next: string | undefined;
}

export function IndicatorPage({ s, one, figures, next }: OneProps) {
  const { t, lang, url } = s;
  const { id, unit, value, target, better, band, owner, standing, problem, isMet, assumptions, sources } = one;
  const at = `/indicators/${id}`;
  return (
    <>
      <Big {...{ value, unit, lang }} />
      <p>
        <StandingTag {...{ t, standing }} />
      </p>
      {problem && <Notice kind="warning">{t(`problem.${problem}`)}</Notice>}
      {one.leftAt &&
        (one.backAt ? (
          <Notice kind="info">{t("isBack", { left: day(s, one.leftAt), back: day(s, one.backAt) })}</Notice>
        ) : (
          <Notice kind="warning">{t("isOut", { date: day(s, one.leftAt) })}</Notice>
        ))}
      <Facts
        items={[
          [t("better"), t(`better.${better}`)],
          ...(target
            ? ([
                [
                  t("target"),
                  <>
                    {t(`targetOn.${better}`, {
                      value: exactText(lang, target.value),
                      unit,
                      date: dayText(lang, target.on),
                    })}{" "}
                    {isMet !== undefined && (
                      <Tag kind={isMet ? "success" : "warning"}>{t(isMet ? "met" : "notMet")}</Tag>
                    )}
                  </>,
                ],
              ] as const)
            : []),
          ...(band ? ([[t("band"), bandText(s, one)]] as const) : []),
          [t("owner"), owner],
        ]}
      />
      {one.districts && <DistrictTable s={s} one={one} />}
      {one.districtsProblem && <Notice kind="warning">{t(`problem.${one.districtsProblem}`)}</Notice>}
      <CourseAndTable s={s} one={one} figures={figures} />
      {next && <Pager next={[url(`${at}?cursor=${encodeURIComponent(next)}`), t("older")]} />}
      {assumptions.length > 0 && (
        <Actions>
          <LinkButton href={url(`${at}/scenario`)}>{t("whatIf")}</LinkButton>
        </Actions>
      )}
      <h2>{t("formula")}</h2>
      <p>{one.says}</p>
      <p class="quiet">
        {t("asFormula")}: <code dir="ltr">{one.formula}</code>
      </p>
      {assumptions.length > 0 && (
        <>
          <h3>{t("assumed")}</h3>
          <ul>
            {assumptions.map(({ titles, value: assumed, unit: of }) => (
              <li>{t("assumedValue", { title: inLang(titles, lang), value: exactText(lang, assumed), unit: of })}</li>
            ))}
          </ul>
        </>
      )}
      <Table
        caption={t("sources")}
        head={[t("dataset"), t("version"), t("published")]}
        numeric={[1]}
        rows={sources.map(({ slug, title, version, publishedAt }) => [
          <a href={url(`/data/${slug}?version=${version}`)}>{title}</a>,
          exactText(lang, version),
          day(s, publishedAt),
        ])}
      />
      <h2>{t("downloads")}</h2>
      <ul>
        <li>
          <a href={url(`${at}/figures.csv`)}>{t("figuresCsv")}</a>
        </li>
        <li>
          <a href={url(`/v1${at}/figures`)}>{t("figuresJson")}</a>
        </li>
        <li>
          <a href={url(`/v1${at}`)}>{t("asJson")}</a>
        </li>
      </ul>
    </>
  );
}

/** A day of the calendar, wherever one is. */
const dayText = (lang: Lang, iso: string): string =>
  new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(iso));

function DistrictTable({ s, one }: { s: Shown; one: WholeIndicator }) {
  const { t, lang } = s;
  return (
    <>
      <Table
        caption={t("districts")}
        head={[t("district"), `${t("value")} (${one.unit})`]}
        numeric={[1]}
        rows={one.districts!.map(({ name, value, isWithheld }) => [
          name === undefined ? <em>{t("noDistrict")}</em> : <bdi>{name}</bdi>,
          isWithheld ? <em>{t("withheld")}</em> : value === undefined ? "—" : figureText(lang, value),
        ])}
      />
      {one.districts!.some(({ isWithheld }) => isWithheld) && <p class="quiet">{t("withheldWhy")}</p>}
    </>
  );
}

function CourseAndTable({ s, one, figures }: Pick<OneProps, "s" | "one" | "figures">) {
  const { t, lang } = s;
  const { unit, band, target } = one;
  const points = [...figures].reverse().flatMap(({ asOf, value, revision }) =>
    // What another formula gave is another thing, and stands in the table alone.
    value === undefined || revision !== one.revision ? [] : [{ at: asOf, label: day(s, asOf), value }],
  );
  const values = points.map(({ value }) => value);
  const says = {
    n: points.length,
    unit,
    value: figureText(lang, values.at(-1) ?? 0),
    least: figureText(lang, Math.min(...values)),
    most: figureText(lang, Math.max(...values)),
  };
  const words = { figure: t("lineFigure"), target: t("lineTarget"), band: t("lineBand") };
  return (
    <>
      {points.length > 0 && (
        <Course
          title={t("history")}
          desc={t("chartSays", says)}
          {...{ unit, lang, points, band, words }}
          target={target?.value}
        />
      )}
      {figures.length > 0 && (
        <Table
          caption={t("history")}
          head={[t("date"), t("value"), t("standing"), t("version")]}
          numeric={[1]}
          rows={figures.map(({ asOf, value, unit: then, standing, problem, sources }) => [
            day(s, asOf),
            value === undefined ? "—" : <bdi>{`${figureText(lang, value)} ${then}`}</bdi>,
            problem ? t(`problem.${problem}`) : t(`standing.${standing}`),
            sources.map(({ title, version }) => `${title} ${exactText(lang, version)}`).join(", "),
          ])}
        />
      )}
    </>
  );
}
