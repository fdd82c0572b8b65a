import { numberOf } from "../feature.ts";
import { withDerived } from "../query/derived.ts";
import type { Opened } from "../stored/opened.ts";

/** A row's number, from 1 on, as CKAN's clients call it. A table that has a column of this name keeps its own. */
export const ID = "_id";

export const hasOwnId = ({ columns }: Pick<Opened, "columns">): boolean => columns.some(({ name }) => name === ID);

/** A version whose rows have their number in a column behind all others. */
export const numbered = (data: Opened): Opened =>
  withDerived(
    data,
    hasOwnId(data)
      ? []
      : [
          {
            column: { name: ID, type: "integer" },
            from: [],
            cellOf: (rows, at) => numberOf(rows, at) + 1,
            between(group) {
              const { from, rows } = data.groups[group]!;
              return { least: from + 1, most: from + rows, empty: 0 };
            },
          },
        ],
  );
