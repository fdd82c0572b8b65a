import { featureOf } from "../feature.ts";
import type { Passed } from "../query/only.ts";
import { wholly } from "../query/reading.ts";

const FEATURES_AT_ONCE = 1_000;

/** The dataset as a GeoJSON FeatureCollection (RFC 7946), a thousand features at a time. */
export async function* geojsonOf(data: Passed): AsyncGenerator<string> {
  let before = '{"type":"FeatureCollection","features":[';
  for await (const rows of wholly(data))
    for (let from = 0; from < rows.rows; from += FEATURES_AT_ONCE) {
      const count = Math.min(FEATURES_AT_ONCE, rows.rows - from);
      const texts = Array.from({ length: count }, (_, i) => JSON.stringify(featureOf(rows, from + i)));
      yield before + texts.join(",");
      before = ",";
    }
  yield before.startsWith("{") ? `${before}]}` : "]}";
}
