import type { Version } from "../schema.ts";

/** A file that a dataset may be had as, as the catalogues of the world name its kind. */
export interface DataFile {
  extension: string;
  name: string;
  /** In the EU's authority table of file types. */
  fileType: string;
  mediaType: string;
  ofPlaces?: true;
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
];

export const filesOf = ({ bbox }: Pick<Version, "bbox">): readonly DataFile[] =>
  FILES.filter(({ ofPlaces }) => !ofPlaces || bbox !== undefined);
