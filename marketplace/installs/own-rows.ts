import type { Here } from "../../shared/here.ts";
import type { Item, Write } from "../../shared/table.ts";
import { converted, type Fields } from "../contract/converting.ts";
import type { DatasetPart } from "../contract/dataset.ts";
import type { Module } from "../contract/module.ts";
import type { Install } from "./schema.ts";

// The rows that a module's parts keep in tables of its own. Each version of a module has its own copy of them: the one
// before stays as it was while one can go back to it.

// question                                        key
// a row of a module's own table                   pk ROWS#<install>#<shelf>    sk <its primary key>
// an install's tables that have rows              pk ROWTABLES#<install>       sk <shelf>
// a shelf is <dataset>, of later copies <copy>.<dataset>

type Copy = Pick<Install, "id" | "data">;

const shelfOf = (data: number | undefined, dataset: string): string =>
  data === undefined ? dataset : `${data}.${dataset}`;
const rowsPk = (installId: string, shelf: string): string => `ROWS#${installId}#${shelf}`;
const tableKey = (installId: string, shelf: string) => ({ pk: `ROWTABLES#${installId}`, sk: shelf });

/** The name of a row in its table: what its primary key says, else `otherwise`. */
export function rowKeyOf({ schema: { primaryKey } }: DatasetPart, fields: Fields, otherwise: string): string {
  const key = primaryKey?.map((name) => encodeURIComponent(String(fields[name] ?? ""))).join("#") ?? otherwise;
  return key || "-";
}

/** The version that wrote rows, and the one that is to have them. */
export interface Between {
  older: Module;
  newer: Module;
}
const tableIn = ({ parts }: Module, dataset: string) =>
  parts.find((part): part is DatasetPart => part.kind === "dataset" && part.id === dataset);

/** A row as the newer version has it, under the name that it gives; nothing if it has no such table. */
function rowFor(
  { older, newer }: Between,
  dataset: string,
  key: string,
  row: Fields,
): { key: string; row: Fields } | { column: string } | undefined {
  const [was, is] = [tableIn(older, dataset), tableIn(newer, dataset)];
  if (!was || !is) return undefined;
  const made = converted(is, was, row);
  return "column" in made ? made : { key: rowKeyOf(is, made.row, key), row: made.row };
}

/** A row that is none of the newer version's, and the column by which it is not. */
export interface NotConverted {
  table: string;
  key: string;
  column: string;
}

export interface WrittenSince {
  table: string;
  count: number;
  /** The first of them. */
  rows: Fields[];
}
const SHOWN_MAX = 100;
const AT_ONCE = 100;

/** How far a copy has come. */
export interface CopyAt {
  shelf: string;
  cursor?: string | undefined;
}

export function ownRows({ table }: Pick<Here, "table">) {
  /** The tables of one copy that have rows. */
  async function* datasets({ id, data }: Copy): AsyncIterable<string> {
    const prefix = shelfOf(data, "");
    for await (const { sk } of table.all({ pk: `ROWTABLES#${id}`, ...(data ? { beginsWith: prefix } : {}) }))
      if (data || !sk.includes(".")) yield sk.slice(prefix.length);
  }

  return {
    /** Puts a row into a module's own table; one with the same key takes its place. */
    writes({ id, data }: Copy, dataset: string, key: string, row: unknown, at: string): Write[] {
      const shelf = shelfOf(data, dataset);
      return [{ put: { pk: rowsPk(id, shelf), sk: key, row, at } }, { put: tableKey(id, shelf) }];
    },

    async page({ id, data }: Copy, dataset: string, page: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({ pk: rowsPk(id, shelfOf(data, dataset)), ...page });
      return { rows: items.map((item) => item["row"] as Fields), ...(cursor ? { next: cursor } : {}) };
    },

    /** All rows of all copies, each before the item by which it is found. */
    async *ofInstall(installId: string): AsyncIterable<Item> {
      for await (const item of table.all({ pk: `ROWTABLES#${installId}` })) {
        yield* table.all({ pk: rowsPk(installId, item.sk) });
        yield item;
      }
    },

    /** The first row that the newer version cannot have; only one that says how rows are converted refuses any. */
    async notConverted(from: Copy, between: Between): Promise<NotConverted | undefined> {
      for await (const dataset of datasets(from)) {
        if (!tableIn(between.newer, dataset)?.converts) continue;
        for await (const { sk, row } of table.all({ pk: rowsPk(from.id, shelfOf(from.data, dataset)) })) {
          const made = rowFor(between, dataset, sk, row as Fields);
          if (made && "column" in made) return { table: dataset, key: sk, column: made.column };
        }
      }
      return undefined;
    },

    /**
     * Copies rows for another version, so many at most. To do a part of it twice changes nothing.
     *
     * @returns where to go on, or nothing once all of it is there
     */
    async copy(from: Copy, to: number, between: Between, most: number, at?: CopyAt): Promise<CopyAt | undefined> {
      let left = most;
      for await (const dataset of datasets(from)) {
        if (at && dataset < at.shelf) continue;
        let cursor = at?.shelf === dataset ? at.cursor : undefined;
        do {
          if (left <= 0) return { shelf: dataset, cursor };
          const page = await table.query({
            pk: rowsPk(from.id, shelfOf(from.data, dataset)),
            limit: Math.min(AT_ONCE - 1, left),
            cursor,
          });
          await table.transact(copies(from.id, to, between, dataset, page.items));
          left -= page.items.length;
          cursor = page.cursor;
        } while (cursor !== undefined);
      }
      return undefined;
    },

    /** What was written since this copy was made. */
    async since(copy: Copy): Promise<WrittenSince[]> {
      const found: WrittenSince[] = [];
      for await (const dataset of datasets(copy)) {
        const rows: Fields[] = [];
        let count = 0;
        for await (const item of table.all({ pk: rowsPk(copy.id, shelfOf(copy.data, dataset)) })) {
          if (item["isCopied"]) continue;
          count += 1;
          if (rows.length < SHOWN_MAX) rows.push(item["row"] as Fields);
        }
        if (count > 0) found.push({ table: dataset, count, rows });
      }
      return found;
    },

    /** One copy that nobody goes back to. */
    async drop(copy: Copy): Promise<void> {
      for await (const dataset of datasets(copy)) {
        const shelf = shelfOf(copy.data, dataset);
        for await (const { pk, sk } of table.all({ pk: rowsPk(copy.id, shelf) })) await table.delete({ pk, sk });
        await table.delete(tableKey(copy.id, shelf));
      }
    },
  };
}

function copies(id: string, to: number, between: Between, dataset: string, items: readonly Item[]): Write[] {
  const shelf = shelfOf(to, dataset);
  // Two rows that the other version gives one name to are one there: the later one stands.
  const byKey = new Map<string, Write>();
  for (const { sk, row, at } of items) {
    const made = rowFor(between, dataset, sk, row as Fields);
    if (made && "row" in made)
      byKey.set(made.key, { put: { pk: rowsPk(id, shelf), sk: made.key, row: made.row, at, isCopied: true } });
  }
  return byKey.size === 0 ? [] : [...byKey.values(), { put: tableKey(id, shelf) }];
}
