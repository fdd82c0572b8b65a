import type { Cell, Column } from "../schema.ts";
import type { Between, Opened, Rows, Wanted } from "../stored/opened.ts";

/** A column that is worked out from a row, and is kept nowhere. */
export interface Derived {
  column: Column;
  /** The columns that it is worked out from, by their position. */
  from: readonly number[];
  cellOf(rows: Rows, at: number): Cell;
  /** What its cells of a row group lie between, where that is known without them. */
  between?(group: number): Between | undefined;
}

/** A version with such columns behind its own: to be chosen, compared, grouped and sorted by. */
export function withDerived(data: Opened, more: readonly Derived[]): Opened {
  if (more.length === 0) return data;
  const own = data.columns.length;
  const columns = [...data.columns, ...more.map(({ column }) => column)];
  const inner = (wanted: Wanted): Wanted => ({
    ...wanted,
    columns: [...new Set(wanted.columns.flatMap((at) => (at < own ? [at] : more[at - own]!.from)))],
  });
  const outer = (rows: Rows, wanted: Wanted | undefined): Rows => {
    const cells = rows.cells.slice(0, own);
    for (const [i, { cellOf }] of more.entries())
      if (!wanted || wanted.columns.includes(own + i))
        cells[own + i] = Array.from({ length: rows.rows }, (_, at) => cellOf(rows, at));
    return { ...rows, columns, cells };
  };
  return {
    ...data,
    // What is remembered of sorted rows is known by the positions of columns.
    name: `${data.name}+${more.map(({ column }) => column.name).join("+")}`,
    columns,
    group: async (index, wanted) => outer(await data.group(index, inner(wanted)), wanted),
    some: async (index, from, to, wanted) => outer(await data.some(index, from, to, inner(wanted)), wanted),
    passing: async (index, wanted) => outer(await data.passing(index, inner(wanted)), wanted),
    async *through(index, wanted) {
      for await (const rows of data.through(index, wanted && inner(wanted))) yield outer(rows, wanted);
    },
    between: (index, column) => (column < own ? data.between(index, column) : more[column - own]!.between?.(index)),
  };
}
