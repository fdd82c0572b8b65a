import { numberOf } from "../feature.ts";
import type { Column } from "../schema.ts";
import type { Opened, Rows, Wanted } from "../stored/opened.ts";

/** A row's number, from 1 on, as CKAN's clients call it. A table that has a column of this name keeps its own. */
export const ID = "_id";
const COLUMN: Column = { name: ID, type: "integer" };

export const hasOwnId = ({ columns }: Pick<Opened, "columns">): boolean => columns.some(({ name }) => name === ID);

/** A version whose rows have their number in a column behind all others, to be chosen, compared and sorted by. */
export function numbered(data: Opened): Opened {
  if (hasOwnId(data)) return data;
  const at = data.columns.length;
  const columns = [...data.columns, COLUMN];
  const inner = (wanted: Wanted): Wanted => ({ ...wanted, columns: wanted.columns.filter((column) => column !== at) });
  const outer = (rows: Rows, wanted: Wanted | undefined): Rows => {
    const cells = rows.cells.slice(0, at);
    if (!wanted || wanted.columns.includes(at))
      cells[at] = Array.from({ length: rows.rows }, (_, i) => numberOf(rows, i) + 1);
    return { ...rows, columns, cells };
  };
  return {
    ...data,
    columns,
    group: async (index, wanted) => outer(await data.group(index, inner(wanted)), wanted),
    some: async (index, from, to, wanted) => outer(await data.some(index, from, to, inner(wanted)), wanted),
    passing: async (index, wanted) => outer(await data.passing(index, inner(wanted)), wanted),
    async *through(index, wanted) {
      for await (const rows of data.through(index, wanted && inner(wanted))) yield outer(rows, wanted);
    },
    between(index, column) {
      if (column !== at) return data.between(index, column);
      const { from, rows } = data.groups[index]!;
      return { least: from + 1, most: from + rows, empty: 0 };
    },
  };
}
