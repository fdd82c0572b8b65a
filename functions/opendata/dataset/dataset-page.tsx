import { Facts, Notice, Table } from "../../../shared/components.tsx";
import { Calls, DatasetCard } from "../calls.tsx";
import type { WholeFeeds } from "../card/files.ts";
import { Dictionary, moreFacts } from "../card/views.tsx";
import type { Geometry } from "../geometry.ts";
import { keyTexts } from "../keys/texts.ts";
import { Protected } from "../people/views.tsx";
import { qualityTexts } from "../quality/texts.ts";
import { QualityTable } from "../quality/views.tsx";
import type { KeptReuse } from "../reuses/schema.ts";
import { reuseTexts } from "../reuses/texts.ts";
import { Gallery } from "../reuses/views.tsx";
import type { Version } from "../schema.ts";
import { day } from "../showing.ts";
import type { LateUse } from "../use/lately.ts";
import { useTexts } from "../use/texts.ts";
import { WhoUses } from "../use/views.tsx";
import type { Typed, Wrong } from "./form.ts";
import { type Bars, ROWS_A_PAGE, type ShownRows } from "./shown.ts";
import { callOf, EVERYTHING, filterQueryOf, isFiltered, queryOf } from "./state.ts";
import { datasetTexts } from "./texts.ts";
import { ChartForm, EmbedSnippets, RowFilter, RowsChart, RowsMap, RowsTable, type Shown } from "./views.tsx";

interface Props extends Shown {
  version: Version;
  versions: Version[];
  rows: ShownRows;
  /** What the map draws, where the dataset has places. */
  places: readonly (Geometry | null)[] | undefined;
  bars: Bars | undefined;
  /** What the form that chooses rows was sent with, and which of its fields are wrong. */
  typed: Typed;
  wrong: readonly Wrong[];
  isNew: boolean;
  use: LateUse;
  reuses: readonly KeptReuse[];
  now: Date;
  feeds: WholeFeeds;
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
        <a href="#quality">{qualityTexts.in(lang)("title")}</a>
        <a href="#calls">{t("calls")}</a>
        <a href="#use">{useTexts.in(lang)("whoUses")}</a>
        {versions.length > 1 && <a href="#versions">{t("versions")}</a>}
      </nav>
      <RowFilter {...props} total={rows.total} area={version.bbox} />
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
        address={at + callOf(dataset.slug, state, props.columns, ROWS_A_PAGE)}
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
      <DatasetCard dataset={dataset} at={at} city={props.city} feeds={props.feeds} />
      {versions.length > 1 && (
        <>
          <h2 id="versions">{t("versions")}</h2>
          <Table
            caption={t("versions")}
            head={[t("version"), t("published"), t("size"), t("changes")]}
            numeric={[2]}
            rows={versions.map((one) => [
              <a href={here + queryOf({ ...EVERYTHING, version: one.number })}>{number.format(one.number)}</a>,
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

/** Files of the rows that are shown; what lies ready, or knows no cells, is of all of them. */
function Files({ here, version, state, lang, feeds }: Props) {
  const query = filterQueryOf(state);
  const whole = state.version === undefined ? "" : `?version=${state.version}`;
  const { bbox, ...rest } = state;
  const tiles: [string, string] = ["PMTiles", `${here}/export.pmtiles${isFiltered(rest) ? whole : query}`];
  const parquet: [string, string] = ["Parquet", `${here}/export.parquet${whole}`];
  // A timetable is all of its tables, whichever of its rows are shown.
  const gtfs: [string, string][] = feeds.has(version.feed?.digest ?? "")
    ? [["GTFS", `${here}/export.gtfs.zip${whole}`]]
    : [];
  const ofAll = [...(version.hasPlaces && isFiltered(rest) ? [tiles] : []), ...(isFiltered(state) ? [parquet] : [])];
  return (
    <>
      <Links
        of={[
          ["CSV", `${here}/export.csv${query}`],
          ...(version.hasPlaces ? [["GeoJSON", `${here}/export.geojson${query}`] as const] : []),
          ["XLSX", `${here}/export.xlsx${query}`],
          ["GeoPackage", `${here}/export.gpkg${query}`],
          ...[...(version.hasPlaces ? [tiles] : []), parquet].filter((one) => !ofAll.includes(one)),
          ...gtfs,
        ]}
      />
      {ofAll.length > 0 && (
        <>
          <br />
          {datasetTexts.in(lang)("ofEveryRow")} <Links of={ofAll} />
        </>
      )}
    </>
  );
}

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
