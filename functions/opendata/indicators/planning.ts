import { z } from "zod";
import type { Here } from "../../../shared/here.ts";
import type { Write } from "../../../shared/table.ts";
import { defineTask, planned } from "../../../shared/tasks.ts";
import type { Latest } from "./schema.ts";
import { indicatorStore } from "./store.ts";

/** Computes a figure anew; its id is the indicator's. */
export const Measure = defineTask("opendata.measure", z.object({}));

/** All of them, or those that read a dataset, are to be computed anew. */
export async function toMeasure(here: Here, datasetId?: string): Promise<Write[]> {
  const all = await indicatorStore(here).all();
  const concerned = all.filter(
    ({ isRetired, latest }) =>
      !isRetired &&
      // One that misses a dataset may have got it now.
      (datasetId === undefined || !latest || latest.problem === "gone" || readsIt(latest, datasetId)),
  );
  return concerned.map(({ slug }) => planned(Measure, slug, here.clock.now(), {}));
}
const readsIt = ({ sources }: Latest, datasetId: string): boolean => sources.some(({ id }) => id === datasetId);
