import type { Dataset, Version } from "../schema.ts";

/** A file that a dataset may be had as, as the catalogues of the world name its kind. */
export interface DataFile {
  extension: string;
  name: string;
  /** In the EU's authority table of file types. */
  fileType: string;
  mediaType: string;
  ofPlaces?: true;
  /** It is all tables of a timetable together. */
  ofFeed?: true;
}

/** What holds places well, for tables with places; what holds tables, for all. */
const FILES: readonly DataFile[] = [
  { extension: "csv", name: "CSV", fileType: "CSV", mediaType: "text/csv" },
  {
    ...{ extension: "geojson", name: "GeoJSON", fileType: "GEOJSON", mediaType: "application/geo+json" },
    ofPlaces: true,
  },
  {
    ...{ extension: "gpkg", name: "GeoPackage", fileType: "GPKG", mediaType: "application/geopackage+sqlite3" },
    ofPlaces: true,
  },
  {
    ...{ extension: "xlsx", name: "XLSX", fileType: "XLSX" },
    mediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  },
  { extension: "parquet", name: "Parquet", fileType: "PARQUET", mediaType: "application/vnd.apache.parquet" },
  { extension: "gtfs.zip", name: "GTFS", fileType: "GTFS", mediaType: "application/zip", ofFeed: true },
];

/** Timetables of which every table is public as it is, by their digests. */
export type WholeFeeds = ReadonlySet<string>;

export const filesOf = ({ bbox, feed }: Pick<Version, "bbox" | "feed">, feeds: WholeFeeds): readonly DataFile[] =>
  FILES.filter(
    ({ ofPlaces, ofFeed }) =>
      (!ofPlaces || bbox !== undefined) && (!ofFeed || (feed !== undefined && feeds.has(feed.digest))),
  );

// A catalogue that is remembered is one list for all who ask.
const known = new WeakMap<readonly Dataset[], WholeFeeds>();

export function wholeFeeds(datasets: readonly Dataset[]): WholeFeeds {
  const whole = known.get(datasets) ?? new Set(wholeIn(datasets));
  known.set(datasets, whole);
  return whole;
}

function* wholeIn(datasets: readonly Dataset[]): Iterable<string> {
  const missing = new Map<string, Set<string>>();
  for (const { feed } of datasets.map(({ latest }) => latest)) {
    if (!feed?.columns) continue;
    const tables = missing.get(feed.digest) ?? new Set(feed.tables);
    tables.delete(feed.table);
    missing.set(feed.digest, tables);
  }
  for (const [digest, tables] of missing) if (tables.size === 0) yield digest;
}
