import type { z } from "@hono/zod-openapi";
import { invalid } from "../../../shared/errors.ts";
import { parsed } from "../../../shared/http.ts";
import type { Reading } from "../formats/converting.ts";
import { Origin, Personal } from "../schema.ts";
import { type Correction, Corrections, Hints } from "./schema.ts";

/** The readings that a page offers, by the value of their option. */
export const READINGS: Record<string, Reading> = {
  text: { type: "text" },
  integer: { type: "integer" },
  number: { type: "number" },
  comma: { type: "number", decimal: "," },
  boolean: { type: "boolean" },
  date: { type: "date" },
  "date.dmy": { type: "date", days: "dmy" },
  "date.mdy": { type: "date", days: "mdy" },
  datetime: { type: "datetime" },
  "datetime.dmy": { type: "datetime", days: "dmy" },
  "datetime.mdy": { type: "datetime", days: "mdy" },
};

/** The option of a reading that was chosen; empty where none was. */
export const optionOf = (reading: Reading | undefined): string =>
  Object.entries(READINGS).find(([, one]) => JSON.stringify(one) === JSON.stringify(reading))?.[0] ?? "";

function chosen<T>(schema: z.ZodType<T>, value: string, pointer: string): T {
  const found = schema.safeParse(value);
  if (!found.success) throw invalid(pointer, "There is no such choice.");
  return found.data;
}

/** The fields of a draft's form as corrections. @throws {Fault} invalid, with the field */
export function correctionsIn(fields: Record<string, unknown>): Corrections {
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const columns: Correction[] = [];
  for (let i = 0; ; i++) {
    const from = fields[`from.${i}`];
    if (typeof from !== "string") break;
    const option = text(`type.${i}`);
    if (option !== undefined && !Object.hasOwn(READINGS, option))
      throw invalid(`#/type.${i}`, "There is no such type.");
    const [name, title, description] = [text(`name.${i}`), text(`title.${i}`), text(`description.${i}`)];
    const tags = { origin: text(`origin.${i}`), personal: text(`personal.${i}`) };
    const correction: Correction = {
      from,
      ...(name === undefined || name === from ? {} : { name }),
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      ...(tags.origin === undefined ? {} : { origin: chosen(Origin, tags.origin, `#/origin.${i}`) }),
      ...(tags.personal === undefined ? {} : { personal: chosen(Personal, tags.personal, `#/personal.${i}`) }),
      ...(option === undefined ? {} : { reading: READINGS[option]! }),
      ...(text(`out.${i}`) ? { isLeftOut: true } : {}),
    };
    if (Object.keys(correction).length > 1) columns.push(correction);
  }
  const delimiter = text("delimiter");
  const epsg = text("epsg");
  const header = text("header");
  const hints = parsed(Hints, {
    encoding: text("encoding"),
    delimiter: delimiter === "tab" ? "\t" : delimiter,
    decimal: text("decimal"),
    header: header === undefined ? undefined : header === "yes",
    layer: text("layer"),
    epsg: epsg === undefined ? undefined : Number(epsg),
  });
  return parsed(Corrections, { hints, columns, leavesOutWrong: text("leavesOutWrong") !== undefined });
}
