import { on } from "../../shared/events.ts";
import { toArrange } from "./copies/arranged.ts";
import { DatasetPublished } from "./events.ts";
import { toMeasure } from "./indicators/planning.ts";
import { getById, getVersion } from "./store.ts";

/** A new version: what reads it is computed anew, and if it is large it is made ready for maps. */
export const onPublished = on(DatasetPublished, async (here, { data: { datasetId, version } }) => {
  const dataset = await getById(here, datasetId);
  const arranged = dataset ? toArrange(here, dataset, await getVersion(here, dataset, version)) : [];
  return [...(await toMeasure(here, datasetId)), ...arranged];
});
