import { Facts, Notice, Table } from "../../../shared/components.tsx";
import { Calls, DatasetCard } from "../calls.tsx";
import { Dictionary, moreFacts } from "../card/views.tsx";
import type { Geometry } from "../geometry.ts";
import { keyTexts } from "../keys/texts.ts";
import { Protected } from "../people/views.tsx";
import { QualityTable } from "../quality/views.tsx";
import type { KeptReuse } from "../reuses/schema.ts";
import { reuseTexts } from "../reuses/texts.ts";
import { Gallery } from "../reuses/views.tsx";
import type { Version } from "../schema.ts";
import { day } from "../showing.ts";
import type { LateUse } from "../use/lately.ts";
import { useTexts } from "../use/texts.ts";
import { WhoUses } from "../use/views.tsx";
import { type Bars, ROWS_A_PAGE, type ShownRows } from "./shown.ts";
import { callOf, queryOf } from "./state.ts";
import { datasetTexts } from "./texts.ts";
import { ChartForm, EmbedSnippets, RowFilter, RowsChart, RowsMap, RowsTable, type Shown } from "./views.tsx";

interface Props extends Shown {
  version: Version;
  versions: Version[];
  rows: ShownRows;
  /** What the map draws, where the dataset has places. */
  places: readonly (Geometry | null)[] | undefined;
  bars: Bars | undefined;
  isNew: boolean;
  use: LateUse;
  reuses: readonly KeptReuse[];
  now: Date;
  /** The city's address. */
  at: string;
}

export function DatasetPage(props: Props) {
  const { dataset, version, versions, rows, places, bars, isNew, use, reuses, at, state, here } = props;
  const { t, lang, url } = props;
  const words = datasetTexts.in(lang);
  const made = reuseTexts.in(lang);
  const number = new Intl.NumberFormat(lang);
  return (
    <>
      {isNew && <Notice kind="success">{t("publishedNow")}</Notice>}
      <nav class="actions" aria-label={words("parts")}>
        {places && <a href="#map">{t("map")}</a>}
        <a href="#table">{t("table")}</a>
        <a href="#chart">{words("chart")}</a>
        <a href="#files">{t("formats")}</a>
        <a href="#calls">{t("calls")}</a>
        <a href="#use">{useTexts.in(lang)("whoUses")}</a>
        {versions.length > 1 && <a href="#versions">{t("versions")}</a>}
      </nav>
      <RowFilter {...props} total={rows.total} />
      {places && (
        <>
          <h2 id="map">{t("map")}</h2>
          <RowsMap {...props} places={places} />
          <p>
            <a href={url(`/map?layers=${dataset.slug}`)}>{t("onMap")}</a>
          </p>
        </>
      )}
      <h2 id="table">{t("table")}</h2>
      <RowsTable {...props} />
      <h2 id="chart">{words("chart")}</h2>
      {bars && <RowsChart {...props} bars={bars} />}
      <ChartForm {...props} />
      <EmbedSnippets
        {...props}
        has={["table", ...(places ? ["map" as const] : []), ...(bars ? ["chart" as const] : [])]}
      />
      {version.protection && <Protected protection={version.protection} {...props} />}
      <h2 id="files">{t("formats")}</h2>
      <Facts
        items={[
          [t("files"), <Files {...props} />],
          [t("interface"), <Interfaces {...props} />],
          [t("licence"), dataset.card.licence],
          [t("source"), dataset.card.source],
          ...moreFacts(dataset, props),
          [t("updated"), <time datetime={version.publishedAt}>{day(props, version.publishedAt)}</time>],
          [t("version"), number.format(version.number)],
          [t("size"), number.format(version.rows)],
        ]}
      />
      <QualityTable {...props} />
      <Dictionary {...props} />
      <h2 id="calls">{t("calls")}</h2>
      <Calls
        address={at + callOf(dataset.slug, dataset.id, state, ROWS_A_PAGE)}
        label={(language) => t("callIn", { language })}
      />
      <p>
        <a href={url("/data-keys")}>{keyTexts.in(lang)("title")}</a>
      </p>
      <h2 id="use">{useTexts.in(lang)("whoUses")}</h2>
      <WhoUses {...use} {...props} />
      {reuses.length > 0 && (
        <>
          <h3>{made("ofThis")}</h3>
          <Gallery {...props} level={4} reuses={reuses} datasets={[[dataset.slug, dataset.card.title]]} />
        </>
      )}
      <p>
        <a href={url(`/data-reuses?dataset=${dataset.slug}`)}>{made("tellOfThis")}</a>
      </p>
      <DatasetCard dataset={dataset} at={at} city={props.city} />
      {versions.length > 1 && (
        <>
          <h2 id="versions">{t("versions")}</h2>
          <Table
            caption={t("versions")}
            head={[t("version"), t("published"), t("size"), t("changes")]}
            numeric={[2]}
            rows={versions.map((one) => [
              <a href={here + queryOf({ q: "", equals: [], sort: "", offset: 0, version: one.number })}>
                {number.format(one.number)}
              </a>,
              day(props, one.publishedAt),
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

const Links = ({ of }: { of: (readonly [label: string, href: string])[] }) => (
  <>
    {of.map(([label, href], i) => (
      <>
        {i > 0 && " · "}
        <a href={href}>{label}</a>
      </>
    ))}
  </>
);

const Files = ({ here, version }: Props) => (
  <Links
    of={[
      ["CSV", `${here}/export.csv`],
      ...(version.hasPlaces
        ? ([
            ["GeoJSON", `${here}/export.geojson`],
            ["PMTiles", `${here}/export.pmtiles`],
          ] as const)
        : []),
      ["XLSX", `${here}/export.xlsx`],
      ["GeoPackage", `${here}/export.gpkg`],
      ["Parquet", `${here}/export.parquet`],
    ]}
  />
);

const Interfaces = ({ dataset: { slug }, version, url }: Props) => (
  <Links
    of={[
      ["JSON", url(`/v1/datasets/${slug}/records`)],
      ...(version.hasPlaces
        ? ([
            ["OGC API Features", url(`/ogc/collections/${slug}/items`)],
            ["TileJSON", url(`/ogc/collections/${slug}/tiles/WebMercatorQuad/tilejson.json`)],
          ] as const)
        : []),
      ["CKAN", url(`/api/3/action/package_show?id=${slug}`)],
      ["Explore", url(`/api/explore/v2.1/catalog/datasets/${slug}/records`)],
      ["DCAT-AP", url(`/dataset/${slug}.ttl`)],
    ]}
  />
);
