import { expect, test } from "vitest";
import { athenaTable } from "../../functions/opendata/athena.ts";
import type { Column } from "../../functions/opendata/schema.ts";

// Guards against a table whose columns are another's: Athena wants plain names, and finds the columns by their place.
test("a version is a table of Athena: every column in its place, under a plain name of its own", () => {
  const columns: Column[] = [
    { name: "Année", type: "integer" },
    { name: "annee", type: "date" },
    { name: "حي", type: "text" },
    { name: "l'état \\", type: "boolean" },
    { name: "at", type: "datetime" },
  ];
  const text = athenaTable(
    { id: "ds_1", slug: "arrets-de-bus" },
    { number: 2, columns, hasPlaces: true, file: "rows_1" },
    { city: "saint-denis", at: "s3://bucket/cities/saint-denis/" },
  );
  expect(text).toContain("TABLE IF NOT EXISTS `saint_denis_arrets_de_bus_v2` (");
  expect(text.split("\n").filter((line) => line.startsWith("  `"))).toEqual([
    "  `annee` bigint COMMENT 'Année',",
    "  `annee_` string COMMENT 'annee',",
    "  `column_3` string COMMENT 'حي',",
    "  `l_etat` boolean COMMENT 'l état ',",
    "  `at` timestamp COMMENT 'at',",
    "  `geometry` binary COMMENT 'geometry'",
  ]);
  expect(text).toContain("LOCATION 's3://bucket/cities/saint-denis/datasets/ds_1/rows_1/'");
});
