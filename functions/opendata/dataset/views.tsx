import type { Child } from "hono/jsx";
import { BarChart } from "../../../shared/chart.tsx";
import { Field, Form, Pager, Table } from "../../../shared/components.tsx";
import type { Box, Geometry } from "../geometry.ts";
import { PlacesMap } from "../map.tsx";
import type { Cell, Column, Dataset } from "../schema.ts";
import { type Common, shown } from "../showing.ts";
import type { Typed, Wrong } from "./form.ts";
import { type Bars, ROWS_A_PAGE, type ShownRows } from "./shown.ts";
import { EVERYTHING, HOWS, isFiltered, isNumber, isRanged, queryOf, type State, without } from "./state.ts";
import { datasetTexts } from "./texts.ts";

export interface Shown extends Common {
  dataset: Dataset;
  columns: readonly Column[];
  state: State;
  /** The path of the page that shows it: links of the table lead there, in another state. */
  here: string;
}

const titleOf = (columns: readonly Column[], name: string): string =>
  columns.find((column) => column.name === name)?.title ?? name;

/** A day does not break at its hyphens. */
export const Cells = ({ column, cell, common }: { column: Column; cell: Cell | undefined; common: Common }) =>
  column.type === "date" || column.type === "datetime" ? (
    <time dir="ltr">{shown(common, cell)}</time>
  ) : (
    <bdi>{shown(common, cell)}</bdi>
  );

export function RowsTable({ rows, dataset, columns, state, here, ...common }: Shown & { rows: ShownRows }) {
  const { t, lang } = common;
  const { sort, offset } = state;
  const number = new Intl.NumberFormat(lang);
  const at = (change: Partial<State>) => here + queryOf({ ...state, offset: 0, ...change });
  const caption = t("tablePage", {
    title: dataset.card.title,
    from: number.format(Math.min(offset + 1, rows.total)),
    to: number.format(offset + rows.records.length),
    total: number.format(rows.total),
  });
  return (
    <>
      <Table
        caption={caption}
        wide
        head={columns.map(({ name, title }) => (
          <a href={at({ sort: sort === name ? `-${name}` : name })}>
            {title ?? name}
            {sort === name ? " ↑" : sort === `-${name}` ? " ↓" : ""}
          </a>
        ))}
        rows={rows.records.map((record) =>
          columns.map((column) => <Cells column={column} cell={record[column.name]} common={common} />),
        )}
        numeric={columns.flatMap((column, i) => (isNumber(column) ? [i] : []))}
      />
      <Pager
        prev={offset > 0 ? [at({ offset: Math.max(0, offset - ROWS_A_PAGE) }), t("prev")] : undefined}
        next={offset + rows.records.length < rows.total ? [at({ offset: offset + ROWS_A_PAGE }), t("next")] : undefined}
      />
    </>
  );
}

interface FilterProps extends Shown {
  total: number;
  typed: Typed;
  wrong: readonly Wrong[];
  /** Where the dataset's places are. */
  area: Box | undefined;
}

/** Which rows are shown, and how to see others. */
export function RowFilter({ columns, state, here, lang, total, typed, wrong, area }: FilterProps) {
  const t = datasetTexts.in(lang);
  const { q, bbox, ...rest } = state;
  const ranges = columns.filter(isRanged);
  const named = (some: readonly Column[]) => [
    ["", t("anyColumn")] as const,
    ...some.map(({ name, title }) => [name, title ?? name] as const),
  ];
  const field = (name: Wrong) => ({
    name,
    value: typed[name],
    error: wrong.includes(name) ? t(`wrong.${name}`) : undefined,
  });
  return (
    <>
      {isFiltered(state) && <Chosen {...{ columns, state, here, lang, total }} />}
      <details open={wrong.length > 0}>
        <summary>{t("filter")}</summary>
        <Form action={here} csrf="" method="get" submit={t("show")}>
          <Kept state={{ ...rest, q: "", offset: 0 }} />
          <Field type="search" label={t("words")} name="q" value={q} />
          <Field type="select" label={t("column")} options={named(columns)} {...field("column")} />
          <Field label={t("value")} hint={t("valueHint")} name="value" value={typed.value} />
          {ranges.length > 0 && (
            <>
              <Field type="select" label={t("rangeColumn")} options={named(ranges)} {...field("range")} />
              <Field label={t("least")} hint={t("boundHint")} dir="ltr" {...field("least")} />
              <Field label={t("most")} hint={t("boundHint")} dir="ltr" {...field("most")} />
            </>
          )}
          {area && (
            <Field
              label={t("area")}
              hint={t("areaHint", { all: area.map((degrees) => degrees.toFixed(3)).join(", ") })}
              dir="ltr"
              {...field("area")}
              value={typed.area ?? bbox?.join(", ")}
            />
          )}
        </Form>
      </details>
    </>
  );
}

/** Each part of the filter, with a way to the rows without it. */
function Chosen({
  columns,
  state,
  here,
  lang,
  total,
}: Pick<FilterProps, "columns" | "state" | "here" | "lang" | "total">) {
  const t = datasetTexts.in(lang);
  const { q, equals, between, bbox, ...rest } = state;
  const at = (change: Partial<State>) => here + queryOf({ ...state, offset: 0, ...change });
  const titled = (name: string) => titleOf(columns, name);
  const tags: [href: string, text: Child][] = [
    ...(q ? [[at({ q: "" }), t("quoted", { q })] as [string, Child]] : []),
    ...equals.flatMap(([column, values]) =>
      values.map((value): [string, Child] => [
        here + queryOf(without(state, column, value)),
        `${titled(column)}: ${value}`,
      ]),
    ),
    ...between.map(([column, { from, to }]): [string, Child] => [
      at({ between: between.filter(([name]) => name !== column) }),
      t(from === undefined ? "upTo" : to === undefined ? "onwards" : "between", {
        column: titled(column),
        from: from ?? "",
        to: to ?? "",
      }),
    ]),
    ...(bbox
      ? [
          [
            here + queryOf({ ...rest, q, equals, between, offset: 0 }),
            <>
              {t("inArea")} <span dir="ltr">{bbox.join(", ")}</span>
            </>,
          ] as [string, Child],
        ]
      : []),
  ];
  return (
    <p>
      {t("fitting", { n: total })}{" "}
      {tags.map(([href, text]) => (
        <>
          <a class="tag" href={href}>
            <span aria-hidden="true">× </span>
            <bdi>{text}</bdi>
          </a>{" "}
        </>
      ))}
      <a href={here + queryOf({ ...EVERYTHING, ...(rest.version === undefined ? {} : { version: rest.version }) })}>
        {t("everyRow")}
      </a>
    </p>
  );
}

/** The state as fields of a form that changes the rest of it. */
const Kept = ({ state }: { state: State }) => (
  <>
    {[...new URLSearchParams(queryOf(state))].map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
  </>
);

export function RowsMap({
  places,
  dataset,
  t,
}: Pick<Shown, "dataset" | "t"> & { places: readonly (Geometry | null)[] }) {
  return <PlacesMap title={t("mapOf", { title: dataset.card.title })} places={places} />;
}

const LABEL_SHOWN = 14;

/** Bars, and below them the same figures. */
export function RowsChart({ bars, columns, state, ...common }: Shown & { bars: Bars }) {
  const { lang } = common;
  const t = datasetTexts.in(lang);
  const { by, how, of } = state.chart!;
  const [byTitle, ofTitle] = [titleOf(columns, by), of === undefined ? "" : titleOf(columns, of)];
  const title = t(`chart.${how}`, { by: byTitle, of: ofTitle });
  const label = (cell: Cell) => shown(common, cell);
  const number = new Intl.NumberFormat(lang, { maximumFractionDigits: 3 });
  const short = (text: string) => (text.length > LABEL_SHOWN ? `${text.slice(0, LABEL_SHOWN - 1)}…` : text);
  return (
    <>
      {bars.points.length > 0 && bars.points.every(({ value }) => value >= 0) && (
        <BarChart
          name="rows"
          title={title}
          desc={t("chartDesc", { n: bars.points.length })}
          unit={of === undefined ? t("rowsUnit") : ofTitle}
          lang={lang}
          points={bars.points.map((point) => ({ label: short(label(point.label)), value: point.value }))}
        />
      )}
      <Table
        caption={bars.total > bars.points.length ? t("chartSome", { title, n: bars.points.length }) : title}
        head={[byTitle, of === undefined ? t("rowsUnit") : ofTitle]}
        numeric={[1]}
        rows={bars.points.map((point) => [<bdi>{label(point.label)}</bdi>, number.format(point.value)])}
      />
    </>
  );
}

export function ChartForm({ columns, state, here, lang }: Shown) {
  const t = datasetTexts.in(lang);
  const { chart, ...rest } = state;
  const named = columns.map(({ name, title }) => [name, title ?? name] as const);
  const numbers = columns.filter(isNumber).map(({ name, title }) => [name, title ?? name] as const);
  return (
    <details open={chart !== undefined}>
      <summary>{t("chartOf")}</summary>
      <Form action={here} csrf="" method="get" submit={t("draw")}>
        <Kept state={rest} />
        <Field type="select" label={t("by")} name="by" value={chart?.by ?? ""} options={named} />
        {numbers.length > 0 && (
          <>
            <Field
              type="select"
              label={t("how")}
              name="how"
              value={chart?.how ?? "count"}
              options={HOWS.map((how) => [how, t(`how.${how}`)] as const)}
            />
            <Field
              type="select"
              label={t("of")}
              hint={t("ofHint")}
              name="of"
              value={chart?.of ?? ""}
              options={numbers}
            />
          </>
        )}
      </Form>
    </details>
  );
}

const EMBEDS = ["table", "map", "chart"] as const;
export type Embed = (typeof EMBEDS)[number];
export const isEmbed = (text: string): text is Embed => (EMBEDS as readonly string[]).includes(text);

/** What to put into another page to show this state there. */
export function EmbedSnippets({ dataset, columns: _, state, lang, at, has }: Shown & { at: string; has: Embed[] }) {
  const t = datasetTexts.in(lang);
  const snippet = (show: Embed) => {
    const query = new URLSearchParams(queryOf(state));
    query.set("show", show);
    query.set("lang", lang);
    const title = dataset.card.title.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
    const address = `${at}/data/${dataset.slug}/embed?${query}`.replaceAll("&", "&amp;");
    return `<iframe src="${address}" title="${title}" width="100%" height="520" loading="lazy" style="border:0"></iframe>`;
  };
  return (
    <details>
      <summary>{t("embed")}</summary>
      <p>{t("embedLead")}</p>
      {has.map((show) => (
        <>
          <h3>{t(`embed.${show}`)}</h3>
          <pre tabindex={0}>
            <code>{snippet(show)}</code>
          </pre>
        </>
      ))}
    </details>
  );
}
