import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { offer } from "../../shared/room.ts";

/** Told once a version is public. May arrive twice and out of order; `version` tells which. */
export const DatasetPublished = defineEvent(
  "opendata.dataset_published.v1",
  z.object({ datasetId: Id("ds"), version: z.int().positive(), digest: z.string(), rows: z.int().nonnegative() }),
);

/** A published dataset's column, or how many rows it has: what an indicator is computed from. */
export const ColumnOf = offer(
  "opendata.column_of",
  z.object({ dataset: z.string().max(80), column: z.string().max(120).optional() }),
  z.object({
    rows: z.int().nonnegative(),
    publishedAt: z.iso.datetime(),
    /** Its numbers, where the column has any; empty cells are left out. */
    numbers: z.array(z.number()),
  }),
);
