import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { initSync, MSTL } from "@bsull/augurs/mstl";

/** The library's compiled half: beside a bundle, or in its own package. */
const COMPILED = "mstl_bg.wasm";
/** Hours in a day and in a week: what people's use of energy and water repeats by. */
const PERIODS = [24, 168];

let isLoaded = false;

/** Read at the first forecast: most requests make none. */
function load(): void {
  if (isLoaded) return;
  const beside = join(import.meta.dirname, COMPILED);
  const inPackage = () => join(dirname(createRequire(import.meta.url).resolve("@bsull/augurs/mstl")), COMPILED);
  initSync({ module: readFileSync(existsSync(beside) ? beside : inPackage()) });
  isLoaded = true;
}

/**
 * How a series goes on: a daily and a weekly season by MSTL, the rest by exponential smoothing.
 *
 * @param values  one an hour, at least two weeks, none missing
 */
export function continued(values: readonly number[], hours: number): number[] {
  load();
  const model = MSTL.ets(PERIODS);
  try {
    model.fit(Float64Array.from(values));
    return model.predict(hours).point;
  } finally {
    model.free();
  }
}
