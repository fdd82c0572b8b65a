import { type DatasetField, DatasetPart } from "../../marketplace/contract/dataset.ts";
import { InstalledParts } from "../../marketplace/installs/events.ts";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { type Frame, rowsOf } from "./frame.ts";
import type { Cell, ColumnType } from "./schema.ts";

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

const MISTAKES_MAX = 50;
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

/**
 * Refuses rows that are not as a module's table wants them (Frictionless Table Schema).
 * @throws {Fault} invalid, by row and column: the first fifty
 */
export function demandShape(frame: Frame, { part }: ModuleTable): void {
  const errors: { pointer: string; detail: string }[] = [];
  const mistake = (at: string, detail: string) =>
    errors.length < MISTAKES_MAX && errors.push({ pointer: `#/file/${at}`, detail });
  const cellsOf = (name: string) => frame.cells[frame.columns.findIndex((column) => column.name === name)];
  for (const field of part.schema.fields) {
    const column = frame.columns.find(({ name }) => name === field.name);
    const cells = cellsOf(field.name);
    if (!column || !cells) {
      if (field.constraints?.required) mistake(`column/${field.name}`, `The column ${field.name} is missing.`);
      continue;
    }
    const may = MAY_BE[field.type];
    const isEmpty = cells.every((cell) => cell === null);
    if (may !== "any" && !isEmpty && !may.includes(column.type)) {
      mistake(`column/${field.name}`, `The column ${field.name} holds ${column.type}, the table wants ${field.type}.`);
      continue;
    }
    const missing = new Set<Cell>(part.schema.missingValues ?? []);
    const seen = new Set<Cell>();
    for (const [row, cell] of cells.entries()) {
      const value = cell === "" || missing.has(cell) ? null : cell;
      const said = wrong(field, value, seen);
      if (said) mistake(`row/${row + 1}`, `Row ${row + 1}, ${field.name}: ${said}`);
    }
  }
  const key = part.schema.primaryKey ?? [];
  if (key.length > 0) {
    const seen = new Map<string, number>();
    for (let row = 0; row < rowsOf(frame); row++) {
      const value = JSON.stringify(key.map((name) => cellsOf(name)?.[row] ?? null));
      const first = seen.get(value);
      if (first !== undefined)
        mistake(`row/${row + 1}`, `Row ${row + 1} has the same ${key.join(", ")} as row ${first + 1}.`);
      else seen.set(value, row);
    }
  }
  if (errors.length > 0) throw new Fault("invalid", "The file is not as the module's table wants it.", { errors });
}

function wrong({ constraints = {} }: DatasetField, value: Cell, seen: Set<Cell>): string | undefined {
  if (value === null) return constraints.required ? "it is empty, and must not be." : undefined;
  const { unique, minimum, maximum, minLength, maxLength, enum: listed } = constraints;
  if (unique && seen.has(value)) return `${value} stands in a row before.`;
  seen.add(value);
  if (minimum !== undefined && Number(value) < minimum) return `${value} is below ${minimum}.`;
  if (maximum !== undefined && Number(value) > maximum) return `${value} is above ${maximum}.`;
  const length = String(value).length;
  if (minLength !== undefined && length < minLength) return `it has fewer than ${minLength} signs.`;
  if (maxLength !== undefined && length > maxLength) return `it has more than ${maxLength} signs.`;
  if (listed && !listed.includes(String(value)))
    return `${String(value).slice(0, 40)} is none of ${listed.join(", ").slice(0, 200)}.`;
  return undefined;
}
