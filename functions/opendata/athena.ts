import { absent } from "../../shared/errors.ts";
import { type CityApp, needs } from "../../shared/room.ts";
import { asked, unchanged } from "./asking.ts";
import { folded } from "./domain.ts";
import type { ColumnType, Dataset, Version } from "./schema.ts";
import { keysOf } from "./store.ts";
import { placeColumnOf } from "./stored/columns.ts";

// On AWS the Parquet of a version is what Athena reads. A table there is a description only: this writes it.

/** As `stored/columns.ts` keeps them; a day is a text there. */
const TYPES: Record<ColumnType, string> = {
  text: "string",
  date: "string",
  integer: "bigint",
  number: "double",
  boolean: "boolean",
  datetime: "timestamp",
};

/**
 * The statement that makes a version a table of Athena.
 * @param at  the folder of the city's blobs, as `s3://…/`
 */
export function athenaTable(
  { id, slug }: Pick<Dataset, "id" | "slug">,
  version: Pick<Version, "number" | "columns" | "hasPlaces" | "file">,
  { city, at }: { city: string; at: string },
): string {
  const columns = version.columns.map(({ name, type }) => ({ name, type: TYPES[type] }));
  if (version.hasPlaces) columns.push({ name: placeColumnOf(version.columns), type: "binary" });
  const taken = new Set<string>();
  const lines = columns.map(({ name, type }, i) => {
    let plain = plainOf(name) || `column_${i + 1}`;
    while (taken.has(plain)) plain += "_";
    taken.add(plain);
    return `  \`${plain}\` ${type} COMMENT '${name.replaceAll(/['\\\s]+/g, " ")}'`;
  });
  const folder = keysOf({ id } as Dataset, version as Version).rows.replace(/[^/]*$/, "");
  return `CREATE EXTERNAL TABLE IF NOT EXISTS \`${plainOf(`${city}_${slug}_v${version.number}`)}\` (
${lines.join(",\n")}
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
WITH SERDEPROPERTIES ('parquet.column.index.access'='true')
STORED AS PARQUET
LOCATION '${at}${folder}'
`;
}

/** Athena's names are of small Latin letters, digits and underscores; the columns are then found by their place. */
const plainOf = (name: string): string =>
  folded(name)
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .slice(0, 120);

export function athenaRoutes(app: CityApp): void {
  app.get("/v1/datasets/:slug/athena.sql", needs("public"), async (c) => {
    const { dataset, version } = await asked(c, c.req.param("slug"));
    const { city, blobs } = c.get("here");
    // Only where the files lie in a bucket that others may be admitted to.
    if (!blobs.at) throw absent();
    return (
      unchanged(c, version) ??
      c.body(athenaTable(dataset, version, { city: city.slug, at: blobs.at }), 200, {
        "Content-Type": "application/sql",
      })
    );
  });
}
