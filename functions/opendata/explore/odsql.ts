import type { Filter } from "../query/filter.ts";
import { type Select, Statement } from "../query/sql.ts";
import type { Cell } from "../schema.ts";
import { askedWords } from "../words.ts";

/**
 * The part of ODSQL, the query language of Opendatasoft's Explore API, that clients use most: its texts stand in
 * either quotes, its names in backticks, a date is `date'2026-11-23'`, `like` looks for a text inside, and
 * a text by itself, or in `search(column, text)`, for its words.
 */
class Odsql extends Statement {
  constructor(text: string) {
    super(text, { hasBackticks: true });
  }
  protected override one(depth: number): Filter {
    const text = this.takesText();
    if (text !== undefined) return { op: "words", columns: "any", words: askedWords(text) };
    if (!this.hasWord("search")) return super.one(depth);
    return this.takes("(") ? this.search() : this.about("search");
  }
  private search(): Filter {
    const columns: string[] = [];
    let text = this.takesText();
    for (; text === undefined; text = this.takesText()) {
      columns.push(this.name("a column or a text"));
      this.sign(",");
    }
    this.sign(")");
    return { op: "words", columns: columns.length > 0 ? columns : "any", words: askedWords(text) };
  }
  protected override value(): Cell {
    this.hasWord("date"); // what follows is a text, as days are kept
    return super.value();
  }
  protected override about(column: string): Filter {
    return inside(super.about(column));
  }
}

function inside(filter: Filter): Filter {
  if (filter.op === "not") return { op: "not", of: inside(filter.of) };
  if (filter.op !== "like") return filter;
  return { ...filter, pattern: `%${filter.pattern.replaceAll(/[\\%_]/g, "\\$&")}%`, ignoresCase: true };
}

function all<T>(text: string, read: (statement: Odsql) => T): T {
  const statement = new Odsql(text);
  const result = read(statement);
  statement.end();
  return result;
}

export interface Clauses {
  select?: string | undefined;
  where?: string | undefined;
  group_by?: string | undefined;
  order_by?: string | undefined;
}

/** @throws {Fault} malformed, with what was expected */
export function readClauses(clauses: Clauses, page: { limit: number; offset: number }): Omit<Select, "table"> {
  const { select, where, group_by, order_by } = clauses;
  const groupBy = group_by === undefined ? [] : all(group_by, (read) => read.columns());
  const items = select === undefined ? (["*"] as Select["items"]) : all(select, (read) => read.items());
  return {
    // Grouped rows show what they are grouped by, whether it was asked for or not.
    items: [
      ...groupBy
        .filter((column) => !items.some((item) => item !== "*" && "column" in item && item.column === column))
        .map((column) => ({ name: column, column })),
      ...items.filter((item) => groupBy.length === 0 || item !== "*"),
    ],
    ...(where === undefined ? {} : { where: all(where, (read) => read.condition(0)) }),
    groupBy,
    orderBy: order_by === undefined ? [] : all(order_by, (read) => read.orders()),
    ...page,
  };
}
