import { stringify } from "csv-stringify/sync";
import { strToU8, Zip, ZipDeflate } from "fflate";
import type { Here } from "../../../shared/here.ts";
import { isDay } from "../formats/gtfs-rules.ts";
import type { Passed } from "../query/only.ts";
import { wholly } from "../query/reading.ts";
import type { Cell, Dataset, FeedTable, Version } from "../schema.ts";
import { catalogue, load, versions } from "../store.ts";

// A timetable (GTFS) is published table by table. Where all tables of one feed are public, they are that feed again.

export const GTFS = { extension: "gtfs.zip", type: "application/zip" };

const ROWS_AT_ONCE = 2_000;

interface Published {
  dataset: Dataset;
  version: Version;
  columns: string[];
}

/** The tables of a feed that are published as they are in it, and the names of those that are not. */
export async function tablesOf(
  here: Here,
  { digest, tables }: FeedTable,
): Promise<{ published: Map<string, Published>; withheld: string[] }> {
  const published = new Map<string, Published>();
  for (const dataset of await catalogue(here)) {
    const version = await lastOf(here, dataset, digest);
    const { table, columns } = version?.feed ?? {};
    if (version && table !== undefined && columns) published.set(table, { dataset, version, columns });
  }
  return { published, withheld: tables.filter((table) => !published.has(table)) };
}

/** A dataset's last version of this feed: what an earlier one said may be withheld since. */
async function lastOf(here: Here, { id, latest }: Dataset, digest: string): Promise<Version | undefined> {
  if (latest.feed === undefined || latest.feed.digest === digest) return latest.feed && latest;
  return (await versions(here, id)).find(({ feed }) => feed?.digest === digest);
}

/** All of a feed as a zip file, table by table as they are read. */
export async function* feedZip(here: Here, published: ReadonlyMap<string, Published>): AsyncGenerator<Uint8Array> {
  const made: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    made.push(chunk);
  });
  for (const [table, { dataset, version, columns }] of published) {
    const file = new ZipDeflate(`${table}.txt`, { level: 6 });
    zip.add(file);
    for await (const lines of feedLines(await load(here, dataset, version), columns)) {
      file.push(strToU8(lines));
      yield* made.splice(0);
    }
    file.push(new Uint8Array(), true);
  }
  zip.end();
  yield* made.splice(0);
}

/**
 * A table as the standard wants it: UTF-8 without a mark, columns as the feed calls them. It is read by programs, which
 * take an apostrophe for a part of the name: nothing is done against formulas here.
 */
export async function* feedLines(data: Passed, columns: readonly string[]): AsyncGenerator<string> {
  yield line([columns]);
  const areDays = columns.map(isDay);
  for await (const { rows, cells } of wholly(data))
    for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, rows - from);
      yield line(
        Array.from({ length: count }, (_, i) => cells.map((column, c) => written(column![from + i]!, areDays[c]!))),
      );
    }
}

const line = (rows: readonly (readonly string[])[]): string => stringify([...rows], { record_delimiter: "windows" });

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
function written(cell: Cell, isOfDay: boolean): string {
  if (cell === null) return "";
  if (typeof cell === "number") return plain(cell);
  return isOfDay ? String(cell).replace(DAY, "$1$2$3") : String(cell);
}

/** The standard knows no powers of ten. */
function plain(number: number): string {
  const text = String(number);
  const [, sign, first, others = "", power] = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(text) ?? [];
  if (power !== undefined) return `${sign}0.${"0".repeat(Number(power) - 1)}${first}${others}`;
  return text.includes("e") ? BigInt(number).toString() : text;
}
