import type { Opened } from "../stored/opened.ts";
import type { Filter } from "./filter.ts";
import { HEAVY_ROWS, heavyRows } from "./heavy.ts";

/** An index that takes more is not asked at once; one that takes far more, not at all: the rows are looked at. */
const LIGHT_BYTES = 4 * 1024 * 1024;
const BYTES_MAX = 64 * 1024 * 1024;

/** What an index of words says of a filter. */
export interface Told {
  /** The only rows that may fit. */
  rows: readonly number[] | undefined;
  /** What they must be tested on still: the index does not say in which column a word stands. */
  rest: Filter | undefined;
}

/**
 * Finds by the index what can be found by it: words that every row must hold.
 * @throws {Fault} unavailable: it takes long, and others wait already
 */
export async function told(data: Opened, filter: Filter): Promise<Told> {
  const all = demanded(filter);
  const words = new Set(all.flatMap((one) => (one.op === "words" ? one.words : [])));
  const asked = words.size === 0 ? undefined : await data.holding([...words]);
  if (!asked || asked.bytes > BYTES_MAX) return { rows: undefined, rest: filter };
  const rest = all.filter((one) => one.op !== "words" || one.columns !== "any");
  let rows: readonly number[];
  if (asked.bytes > LIGHT_BYTES) rows = await heavyRows(data.name, [...words], asked.rows);
  else {
    const found = await asked.rows();
    // They are remembered under a name, so that what is sorted of them is remembered as well.
    rows = found.length < HEAVY_ROWS ? found : await heavyRows(data.name, [...words], async () => found);
  }
  return { rows, rest: rest.length === 0 ? undefined : { op: "and", of: rest } };
}

/** Conditions of which a row must fit each. */
const demanded = (filter: Filter): readonly Filter[] => (filter.op === "and" ? filter.of.flatMap(demanded) : [filter]);
