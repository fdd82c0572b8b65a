import { Conditions, wrong } from "./conditions.ts";
import type { Filter } from "./filter.ts";

/** What one SELECT asks of one table. */
export interface Select {
  table: string;
  /** `*`, columns, and aggregates; each with the name that it gets. */
  items: ("*" | { name: string; column: string } | { name: string; aggregate: Aggregate; column: string | "*" })[];
  where?: Filter;
  groupBy: string[];
  orderBy: { by: string; isDescending: boolean }[];
  limit?: number;
  offset: number;
}
export type Aggregate = "count" | "sum" | "avg" | "min" | "max";

const AGGREGATES = new Set<string>(["count", "sum", "avg", "min", "max"]);

/**
 * Reads a SELECT of one table: columns or aggregates, WHERE, GROUP BY, ORDER BY, LIMIT, OFFSET. There are no joins, no
 * subqueries, no functions beside the five aggregates, and nothing that writes.
 *
 * @throws {Fault} malformed, with what was expected
 */
export function readSelect(sql: string): Select {
  const read = new Statement(sql);
  const select = read.select();
  read.end();
  return select;
}

/** Reads a condition by itself. @throws {Fault} malformed */
export function readWhere(text: string): Filter {
  const read = new Conditions(text);
  const filter = read.condition(0);
  read.end();
  return filter;
}

export class Statement extends Conditions {
  select(): Select {
    this.word("select");
    const items = this.items();
    this.word("from");
    const table = this.name("a table");
    const where = this.hasWord("where") ? this.condition(0) : undefined;
    const groupBy = this.hasWords("group", "by") ? this.columns() : [];
    const orderBy = this.hasWords("order", "by") ? this.orders() : [];
    const limit = this.hasWord("limit") ? this.whole() : undefined;
    const offset = this.hasWord("offset") ? this.whole() : 0;
    return {
      table,
      items,
      ...(where ? { where } : {}),
      groupBy,
      orderBy,
      ...(limit === undefined ? {} : { limit }),
      offset,
    };
  }

  items(): Select["items"] {
    return this.listed(() => this.item());
  }
  columns(): string[] {
    return this.listed(() => this.name("a column"));
  }
  orders(): Select["orderBy"] {
    return this.listed(() => {
      const by = this.name("a column");
      const isDescending = this.hasWord("desc");
      if (!isDescending) this.hasWord("asc");
      return { by, isDescending };
    });
  }
  private listed<T>(one: () => T): T[] {
    const all = [one()];
    while (this.takes(",")) all.push(one());
    return all;
  }
  private hasWords(first: string, second: string): boolean {
    if (!this.hasWord(first)) return false;
    this.word(second);
    return true;
  }

  /** What a name stands for that was just read: a language may have more behind it. */
  protected called(name: string): string {
    return name;
  }
  private item(): Select["items"][number] {
    if (this.takes("*")) return "*";
    const token = this.next("a column");
    const called = token.value.toLowerCase();
    if (token.kind === "name" && AGGREGATES.has(called) && this.takes("(")) {
      const column = this.takes("*") ? "*" : this.name("a column");
      if (column === "*" && called !== "count") throw wrong(`${called} takes a column, only count takes *.`);
      this.sign(")");
      return { aggregate: called as Aggregate, column, name: this.hasWord("as") ? this.name("a name") : called };
    }
    if (token.kind !== "name" && token.kind !== "quoted") throw wrong(`Here a column is expected, not ${token.value}.`);
    const column = this.called(token.value);
    return { column, name: this.hasWord("as") ? this.name("a name") : column };
  }
}
