import { type DatasetField, DatasetPart } from "../../marketplace/contract/dataset.ts";
import { InstalledParts } from "../../marketplace/installs/events.ts";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Mistake } from "./drafts/schema.ts";
import { type Note, type NoteCode, note, quoted } from "./formats/note.ts";
import type { Cell, Column, ColumnType } from "./schema.ts";

/** A table that an installed module describes and the city may fill with a dataset of its own. */
export interface ModuleTable {
  /** `publisher/module/part`: names it for good, whichever version is in service. */
  name: string;
  module: string;
  part: DatasetPart;
}

export async function moduleTables(here: Here): Promise<ModuleTable[]> {
  const installed = await here.ask(InstalledParts, { kind: "dataset" });
  return installed.map(({ module, part }) => ({ name: `${module}/${part.id}`, module, part: DatasetPart.parse(part) }));
}

/** The table of this name. @throws {Fault} invalid: no module that is in service describes it */
export async function moduleTable(here: Here, name: string): Promise<ModuleTable> {
  const found = (await moduleTables(here)).find((table) => table.name === name);
  if (found) return found;
  const detail = `No module in service describes a table ${name.slice(0, 120)}.`;
  throw new Fault("invalid", detail, { errors: [{ pointer: "#/fills", detail }] });
}

/** Which kinds of columns may stand for a field. Times, years and places are kept as they were written. */
const MAY_BE: Record<DatasetField["type"], readonly ColumnType[] | "any"> = {
  string: "any",
  integer: ["integer"],
  number: ["integer", "number"],
  boolean: ["boolean"],
  date: ["date"],
  datetime: ["datetime", "date"],
  time: ["text"],
  year: ["integer", "text"],
  yearmonth: ["text"],
  geopoint: ["text"],
  geojson: ["text"],
};

export interface ShapeCheck {
  /** What is wrong with the columns, whatever the rows hold. */
  columns: Mistake[];
  /** What is wrong with the next row, whose cells stand in the columns' order. */
  row(cells: readonly Cell[]): Mistake[];
}

/**
 * Looks whether rows are as a module's table wants them (Frictionless Table Schema), one after the other.
 * @param isEmpty  by column: no row has a value in it, so that it may be of any type
 */
export function shapeCheck({ part }: ModuleTable, columns: readonly Column[], isEmpty: readonly boolean[]): ShapeCheck {
  const mistakes: Mistake[] = [];
  const missing = new Set<Cell>(part.schema.missingValues ?? []);
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  const fields = part.schema.fields.flatMap((field) => {
    const mistake = (says: Note) => mistakes.push({ at: `#/file/column/${field.name}`, says });
    const column = at(field.name);
    if (column < 0) {
      if (field.constraints?.required) mistake(note("field.missing", { column: field.name }));
      return [];
    }
    const [may, { type }] = [MAY_BE[field.type], columns[column]!];
    if (may !== "any" && !isEmpty[column] && !may.includes(type)) {
      mistake(note("field.type", { column: field.name, type, wanted: field.type }));
      return [];
    }
    return [{ field, column, seen: new Set<Cell>() }];
  });
  const key = part.schema.primaryKey ?? [];
  const keys = key.map(at);
  const first = new Map<string, number>();
  let number = 0;
  return {
    columns: mistakes,
    row(cells) {
      number += 1;
      const found: Mistake[] = [];
      const mistake = (says: Note) => found.push({ at: `#/file/row/${number}`, says });
      for (const { field, column, seen } of fields) {
        const cell = cells[column] ?? null;
        const said = wrong(field, cell === "" || missing.has(cell) ? null : cell, seen);
        if (said) mistake(note(said.code, { row: String(number), column: field.name, ...said.values }));
      }
      if (key.length > 0) {
        const value = JSON.stringify(keys.map((column) => cells[column] ?? null));
        const before = first.get(value);
        if (before === undefined) first.set(value, number);
        else mistake(note("field.twice", { row: String(number), column: key.join(", "), before: String(before) }));
      }
      return found;
    },
  };
}

/** What of a value is not as its field wants it. */
function wrong({ constraints = {} }: DatasetField, value: Cell, seen: Set<Cell>): Note | undefined {
  if (value === null) return constraints.required ? note("field.empty") : undefined;
  const { unique, minimum, maximum, minLength, maxLength, enum: listed } = constraints;
  const shown = quoted(String(value));
  if (unique) {
    if (seen.has(value)) return note("field.unique", { value: shown });
    seen.add(value);
  }
  const bounded = (code: NoteCode, bound: number | string) => note(code, { value: shown, bound: String(bound) });
  if (minimum !== undefined && Number(value) < minimum) return bounded("field.below", minimum);
  if (maximum !== undefined && Number(value) > maximum) return bounded("field.above", maximum);
  const length = String(value).length;
  if (minLength !== undefined && length < minLength) return bounded("field.short", minLength);
  if (maxLength !== undefined && length > maxLength) return bounded("field.long", maxLength);
  if (listed && !listed.includes(String(value))) return bounded("field.listed", listed.join(", ").slice(0, 200));
  return undefined;
}
