import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { offer } from "../../shared/room.ts";

/** Told once a version is public. May arrive twice and out of order; `version` tells which. */
export const DatasetPublished = defineEvent(
  "opendata.dataset_published.v1",
  z.object({ datasetId: Id("ds"), version: z.int().positive(), digest: z.string(), rows: z.int().nonnegative() }),
);

/** Told once when one of the city's figures leaves its band, and once when it is back. `asOf` is that of its data. */
export const IndicatorLeft = defineEvent(
  "opendata.indicator_left_band.v1",
  z.object({
    indicator: z.string(),
    title: z.string(),
    value: z.number(),
    unit: z.string(),
    side: z.enum(["below", "above"]),
    asOf: z.iso.datetime(),
  }),
);
export const IndicatorBack = defineEvent("opendata.indicator_back.v1", z.object({ indicator: z.string() }));

/** How the people that the city's open data is about are protected: by which rule now, and dataset by dataset. */
export const PeopleInOpenData = offer(
  "opendata.people",
  z.object({}),
  z.object({
    k: z.int(),
    datasets: z.array(
      z.object({
        slug: z.string(),
        title: z.string(),
        publishedAt: z.iso.datetime(),
        k: z.int(),
        rowsWithheld: z.int(),
        cellsWithheld: z.int(),
        /** Those that were made coarser or withheld. */
        columns: z.array(z.string()),
      }),
    ),
  }),
);

/** Rows of what fills a module's table now, `publisher/module/part`; none where nothing is published. */
export const PublishedRows = offer(
  "opendata.published_rows",
  z.object({ table: z.string(), most: z.int().positive() }),
  z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))),
);

/** The city's own datasets as parts of a module, each `DatasetPart`: their shape, card and harvest, and no row. */
export const OwnDatasets = offer(
  "opendata.own_datasets",
  z.object({}),
  z.array(z.looseObject({ kind: z.literal("dataset"), id: z.string() })),
);

/** The columns and the first rows of what a dataset has published last; `absent` when it is not there. */
export const DatasetRows = offer(
  "opendata.dataset_rows",
  z.object({ slug: z.string(), most: z.int().positive() }),
  z.object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))),
    /** No row was left out. */
    isWhole: z.boolean(),
  }),
);
