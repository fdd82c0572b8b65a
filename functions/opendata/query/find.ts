import { timeColumn } from "../domain.ts";
import { type Box, unwrapped } from "../geometry.ts";
import type { Opened } from "../stored/opened.ts";
import type { Filter } from "./filter.ts";
import { countOf, matching, pageOf } from "./matching.ts";

/** What is asked of a dataset's rows. */
export interface Question {
  bbox?: Box | undefined;
  /** Column to the text that its cell must be equal to. */
  equals: Record<string, string>;
  /** First and last instant, both included; an open end is undefined. */
  when?: { from?: string | undefined; to?: string | undefined } | undefined;
  filter?: Filter | undefined;
  offset: number;
  limit: number;
}

/** The rows of one page, and how many there are in all. */
export async function find(data: Opened, question: Question): Promise<{ rows: readonly number[]; matched: number }> {
  const { equals, when, filter, bbox, offset, limit } = question;
  const all: Filter[] = Object.entries(equals).map(([column, wanted]) =>
    wanted === "" ? { op: "empty", column } : { op: "compare", column, by: "=", value: wanted },
  );
  const time = when && timeColumn(data.columns);
  // Where nothing has a time, everything is at any time.
  if (when && time !== undefined)
    all.push({ op: "during", column: data.columns[time]!.name, from: when.from, to: when.to });
  if (filter) all.push(filter);
  // Of a box alone the page is found without all the others in it.
  if (bbox && all.length === 0 && unwrapped(bbox).length === 1) return data.within(bbox, offset, limit);
  const rows = await matching(data, all.length === 0 ? undefined : { op: "and", of: all }, bbox);
  return { rows: pageOf(data, rows, offset, limit), matched: countOf(data, rows) };
}
