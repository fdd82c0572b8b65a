import { inLang } from "../../marketplace/contract/words.ts";
import { Card, Cards, ErrorSummary, Facts, Field, Form, Notice, Pager, Table } from "../../shared/components.tsx";
import { shellTexts } from "../../shared/shell-texts.ts";
import { Calls, DatasetCard } from "./calls.tsx";
import { Dictionary, MoreFields, moreFacts } from "./card/views.tsx";
import type { Geometry } from "./geometry.ts";
import { keyTexts } from "./keys/texts.ts";
import { PlacesMap } from "./map.tsx";
import { Protected } from "./people/views.tsx";
import { QualityTable } from "./quality/views.tsx";
import type { Cell, Dataset, Version } from "./schema.ts";
import { type Common, day, shown } from "./showing.ts";
import type { Opened } from "./stored/opened.ts";
import type { ModuleTable } from "./tables.ts";
import type { LateUse } from "./use/lately.ts";
import { useTexts } from "./use/texts.ts";
import { WhoUses } from "./use/views.tsx";

export function CataloguePage({
  q,
  datasets,
  isEmpty,
  ...common
}: Common & { q: string; datasets: readonly Dataset[]; isEmpty: boolean }) {
  const { t, url } = common;
  if (isEmpty) return <p>{t("none")}</p>;
  return (
    <>
      <Form action={url("/data")} csrf="" method="get" submit={t("find")} class="inline">
        <Field type="search" label={t("search")} name="q" value={q} />
      </Form>
      {datasets.length === 0 && <p>{t("noMatch", { q })}</p>}
      <Cards>
        {datasets.map(({ slug, card, latest }) => (
          <Card href={url(`/data/${slug}`)} title={card.title}>
            {card.description && <p>{card.description}</p>}
            <p class="quiet">
              {t("rows", { n: latest.rows })} · {t("updated")} {day(common, latest.publishedAt)} · {card.licence}
            </p>
          </Card>
        ))}
      </Cards>
    </>
  );
}

interface DatasetProps extends Common {
  dataset: Dataset;
  version: Version;
  versions: Version[];
  data: Pick<Opened, "columns" | "rows">;
  /** The page's rows. */
  records: Record<string, Cell>[];
  /** What the map draws, where the dataset has places. */
  places: readonly (Geometry | null)[] | undefined;
  offset: number;
  pageSize: number;
  sort: string;
  isNew: boolean;
  use: LateUse;
  now: Date;
  /** The city's address. */
  at: string;
}

export function DatasetPage({
  dataset,
  version,
  versions,
  data,
  records,
  places,
  offset,
  pageSize,
  sort,
  isNew,
  use,
  now,
  at,
  ...common
}: DatasetProps) {
  const { t, lang, url } = common;
  const here = url(`/data/${dataset.slug}`);
  const number = new Intl.NumberFormat(lang);
  const query = (more: Record<string, string>) => {
    const all = {
      ...(version.number === dataset.latest.number ? {} : { version: String(version.number) }),
      ...(sort ? { sort } : {}),
      ...more,
    };
    const text = new URLSearchParams(all).toString();
    return text ? `${here}?${text}` : here;
  };
  const numeric = data.columns.flatMap(({ type }, i) => (type === "integer" || type === "number" ? [i] : []));
  const caption = t("tablePage", {
    title: dataset.card.title,
    from: number.format(Math.min(offset + 1, data.rows)),
    to: number.format(offset + records.length),
    total: number.format(data.rows),
  });
  return (
    <>
      {isNew && <Notice kind="success">{t("publishedNow")}</Notice>}
      {places && (
        <>
          <h2>{t("map")}</h2>
          <PlacesMap title={t("mapOf", { title: dataset.card.title })} places={places} />
          <p>
            <a href={url(`/map?layers=${dataset.slug}`)}>{t("onMap")}</a>
          </p>
        </>
      )}
      <h2>{t("table")}</h2>
      <Table
        caption={caption}
        wide
        head={data.columns.map(({ name, title }) => (
          <a href={query({ sort: sort === name ? `-${name}` : name })}>
            {title ?? name}
            {sort === name ? " ↑" : sort === `-${name}` ? " ↓" : ""}
          </a>
        ))}
        rows={records.map((record) => data.columns.map(({ name }) => <bdi>{shown(common, record[name])}</bdi>))}
        numeric={numeric}
      />
      <Pager
        prev={offset > 0 ? [query({ offset: String(Math.max(0, offset - pageSize)) }), t("prev")] : undefined}
        next={
          offset + records.length < data.rows ? [query({ offset: String(offset + pageSize) }), t("next")] : undefined
        }
      />
      {version.protection && <Protected protection={version.protection} {...common} />}
      <h2>{t("formats")}</h2>
      <Facts
        items={[
          [
            t("files"),
            <>
              <a href={`${here}/export.csv`}>CSV</a>
              {version.hasPlaces && (
                <>
                  {" · "}
                  <a href={`${here}/export.geojson`}>GeoJSON</a>
                  {" · "}
                  <a href={`${here}/export.pmtiles`}>PMTiles</a>
                </>
              )}
              {" · "}
              <a href={`${here}/export.xlsx`}>XLSX</a>
              {" · "}
              <a href={`${here}/export.gpkg`}>GeoPackage</a>
              {" · "}
              <a href={`${here}/export.parquet`}>Parquet</a>
            </>,
          ],
          [
            t("interface"),
            <>
              <a href={url(`/v1/datasets/${dataset.slug}/records`)}>JSON</a>
              {version.hasPlaces && (
                <>
                  {" · "}
                  <a href={url(`/ogc/collections/${dataset.slug}/items`)}>OGC API Features</a>
                  {" · "}
                  <a href={url(`/ogc/collections/${dataset.slug}/tiles/WebMercatorQuad/tilejson.json`)}>TileJSON</a>
                </>
              )}
              {" · "}
              <a href={url(`/api/3/action/package_show?id=${dataset.slug}`)}>CKAN</a>
              {" · "}
              <a href={url(`/api/explore/v2.1/catalog/datasets/${dataset.slug}/records`)}>Explore</a>
              {" · "}
              <a href={url(`/dataset/${dataset.slug}.ttl`)}>DCAT-AP</a>
            </>,
          ],
          [t("licence"), dataset.card.licence],
          [t("source"), dataset.card.source],
          ...moreFacts(dataset, common),
          [t("updated"), day(common, version.publishedAt)],
          [t("version"), number.format(version.number)],
          [t("size"), number.format(version.rows)],
        ]}
      />
      <QualityTable dataset={dataset} now={now} {...common} />
      <Dictionary version={version} {...common} />
      <h2>{t("calls")}</h2>
      <Calls dataset={dataset} at={at} label={(language) => t("callIn", { language })} />
      <h2>{useTexts.in(lang)("whoUses")}</h2>
      <WhoUses {...use} {...common} />
      <p>
        <a href={url("/data-keys")}>{keyTexts.in(lang)("title")}</a>
      </p>
      <DatasetCard dataset={dataset} at={at} city={common.city} />
      {versions.length > 1 && (
        <>
          <h2>{t("versions")}</h2>
          <Table
            caption={t("versions")}
            head={[t("version"), t("published"), t("size"), t("changes")]}
            numeric={[2]}
            rows={versions.map((one) => [
              <a href={`${here}?version=${one.number}`}>{number.format(one.number)}</a>,
              day(common, one.publishedAt),
              number.format(one.rows),
              one.number > 1 && (
                <a href={`${here}/changes?from=${one.number - 1}&to=${one.number}`}>
                  {t("changesSince", { n: one.number - 1 })}
                </a>
              ),
            ])}
          />
        </>
      )}
    </>
  );
}

interface UploadProps extends Common {
  value: Record<string, string>;
  errors: { field: string; detail: string }[];
  datasets: readonly Dataset[];
  /** Tables of installed modules that the file may fill. */
  tables: ModuleTable[];
}

export function UploadPage({ value, errors, datasets, tables, ...common }: UploadProps) {
  const { t, lang, csrf, url } = common;
  const field = (name: string) => ({
    name,
    value: value[name],
    error: errors.find((error) => error.field === name)?.detail,
  });
  return (
    <>
      {errors.length > 0 && <ErrorSummary title={shellTexts.in(lang)("errors")} errors={errors} />}
      <Form action={url("/staff/data")} csrf={csrf} enctype="multipart/form-data" submit={t("look")}>
        <Field type="file" label={t("file")} hint={t("fileHint")} {...field("file")} required />
        <Field label={t("cardTitle")} {...field("title")} required maxlength={120} />
        <Field type="textarea" label={t("description")} {...field("description")} maxlength={2000} />
        <Field label={t("licence")} hint={t("licenceHint")} {...field("licence")} required maxlength={80} />
        <Field label={t("source")} hint={t("sourceHint")} {...field("source")} required maxlength={200} />
        <MoreFields field={field} isOpen={errors.length > 0} {...common} />
        <Field
          type="select"
          label={t("updates")}
          {...field("updates")}
          options={[["", t("updatesNone")], ...datasets.map(({ slug, card }) => [slug, card.title] as const)]}
        />
        {tables.length > 0 && (
          <Field
            type="select"
            label={t("fills")}
            hint={t("fillsHint")}
            {...field("fills")}
            options={[
              ["", t("fillsNone")],
              ...tables.map(({ name, module, part }) => [name, `${inLang(part.title, lang)} (${module})`] as const),
            ]}
          />
        )}
      </Form>
    </>
  );
}
