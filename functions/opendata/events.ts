import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";

/** Told once a version is public. May arrive twice and out of order; `version` tells which. */
export const DatasetPublished = defineEvent(
  "opendata.dataset_published.v1",
  z.object({ datasetId: Id("ds"), version: z.int().positive(), digest: z.string(), rows: z.int().nonnegative() }),
);
