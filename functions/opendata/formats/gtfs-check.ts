import { NAMED_BY, NEEDED, RULES, type TableRules } from "./gtfs-rules.ts";
import { type Note, note, quoted, refuse } from "./note.ts";

export interface TableLine {
  line: number;
  fields: string[];
}
/** A table of a timetable: its columns, and its lines as often as wanted. */
export interface GtfsTable {
  name: string;
  columns: string[];
  lines(): AsyncIterable<TableLine>;
}

/** Of one kind of mistake in one file, so many are told; the others are counted. */
const TOLD_MAX = 5;
/** More names than this are not held in memory. */
const NAMES_MAX = 1_000_000;

/** What is wrong with a timetable. Held are the names that its tables give to their rows, nothing else. */
export class GtfsCheck {
  private readonly ids = new Map<string, Set<string>>();

  /** @throws {Unreadable} a table or a column without which there is no timetable */
  static async of(tables: Map<string, GtfsTable>): Promise<{ check: GtfsCheck; notes: Note[] }> {
    for (const name of NEEDED) if (!tables.has(name)) refuse("gtfs.file", { file: `${name}.txt` }, `#/${name}.txt`);
    if (!tables.has("calendar") && !tables.has("calendar_dates"))
      refuse("gtfs.either", { file: "calendar.txt", value: "calendar_dates.txt" });
    const check = new GtfsCheck();
    for (const [name, column] of Object.entries(NAMED_BY)) {
      const table = tables.get(name);
      if (table) check.ids.set(name, await idsOf(table, column));
    }
    const notes: Note[] = [];
    for (const [name, rules] of Object.entries(RULES)) {
      const table = tables.get(name);
      if (table) notes.push(...(await check.mistakes(table, rules)));
    }
    return { check, notes };
  }

  private async mistakes(table: GtfsTable, rules: TableRules): Promise<Note[]> {
    for (const column of rules.required)
      if (!table.columns.includes(column))
        refuse("gtfs.column", { file: `${table.name}.txt`, value: column }, `#/${table.name}.txt`);
    const told: Note[] = [];
    const counts = new Map<string, number>();
    const look = this.checker(table);
    for await (const line of table.lines()) {
      const mistake = look(line);
      if (!mistake) continue;
      const kind = `${mistake.code} ${mistake.values["column"] ?? ""}`;
      const n = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, n);
      if (n <= TOLD_MAX) told.push(mistake);
    }
    const more = [...counts.values()].reduce((sum, n) => sum + Math.max(0, n - TOLD_MAX), 0);
    return more > 0 ? [...told, note("gtfs.more", { n: more, file: `${table.name}.txt` })] : told;
  }

  /** Looks at one line after the other of a table: the first thing that is wrong with each. */
  checker({ name, columns }: GtfsTable): (line: TableLine) => Note | undefined {
    const { required, key, references = {}, values = {} } = RULES[name] ?? { required: [] };
    const at = (line: number) => `#/${name}.txt/line/${line}`;
    const index = (column: string) => columns.indexOf(column);
    const needed = required.map((column) => [column, index(column)] as const);
    const shaped = Object.entries(values).flatMap(([column, pattern]) =>
      index(column) < 0 ? [] : [[column, index(column), pattern] as const],
    );
    const named = Object.entries(references).flatMap(([column, tables]) => {
      const ids = tables.flatMap((table) => this.ids.get(table) ?? []);
      return index(column) < 0 || ids.length === 0 ? [] : [[column, index(column), ids, `${tables[0]}.txt`] as const];
    });
    const [keyColumn] = key ?? [];
    const keyIndex = keyColumn === undefined ? -1 : index(keyColumn);
    const seen = new Set<string>();
    return ({ line, fields }) => {
      if (fields.length > columns.length) return note("row.fields", { n: fields.length, columns: columns.length });
      const field = (i: number) => fields[i]?.trim() ?? "";
      for (const [column, i] of needed) if (field(i) === "") return note("gtfs.empty", { value: column, at: at(line) });
      for (const [column, i, pattern] of shaped)
        if (field(i) !== "" && !pattern.test(field(i)))
          return note("gtfs.value", { column, value: quoted(field(i)), at: at(line) });
      for (const [column, i, ids, file] of named)
        if (field(i) !== "" && !ids.some((one) => one.has(field(i))))
          return note("gtfs.reference", { column, value: quoted(field(i)), at: at(line), file });
      if (keyIndex < 0) return undefined;
      const id = field(keyIndex);
      if (seen.has(id)) return note("gtfs.twice", { column: keyColumn!, value: quoted(id), at: at(line) });
      seen.add(id);
      return undefined;
    };
  }
}

async function idsOf({ name, columns, lines }: GtfsTable, column: string): Promise<Set<string>> {
  const ids = new Set<string>();
  const index = columns.indexOf(column);
  if (index < 0) return ids;
  for await (const { fields } of lines()) {
    ids.add(fields[index]?.trim() ?? "");
    if (ids.size > NAMES_MAX) refuse("gtfs.large", { file: `${name}.txt` }, `#/${name}.txt`);
  }
  return ids;
}
