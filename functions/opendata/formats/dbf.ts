import type { Cell } from "../schema.ts";
import type { Bytes } from "./bytes.ts";
import { dayOf } from "./converting.ts";
import { refuse } from "./note.ts";
import { Pull } from "./pull.ts";
import { encodingAmong, known } from "./text.ts";

interface Field {
  name: string;
  type: string;
  length: number;
  offset: number;
}

/** A table of dBASE, as shapefiles have beside them. */
export interface Dbf {
  fields: string[];
  encoding: string;
  /** Rows of cells in the file's order; a deleted one is null. */
  rows(): AsyncIterable<Cell[] | null>;
}

const HEADER = 32;
// The code pages that the header may name; others are found out by the texts.
const DRIVERS: Record<number, string> = {
  3: "windows-1252",
  87: "windows-1252",
  125: "windows-1255",
  126: "windows-1256",
  200: "windows-1250",
  201: "windows-1251",
};

/** @param size of the file in bytes, to see whether it is whole @throws {Unreadable} */
export async function openDbf(bytes: Bytes, size: number, hint: string | undefined): Promise<Dbf> {
  const file = bytes.name;
  const at = `#/${encodeURIComponent(file)}`;
  const pull = new Pull(bytes);
  const head = await pull.take(HEADER);
  if (head.length < HEADER) refuse("shape.header", { file, value: `${head.length} bytes` }, at);
  const records = head.readUInt32LE(4);
  const start = head.readUInt16LE(8);
  const length = head.readUInt16LE(10);
  const described = await pull.take(Math.max(0, start - HEADER));
  await pull.close();
  if (start < HEADER + 1 || length < 1 || described.length < start - HEADER)
    refuse("shape.header", { file, value: `header ${start}, record ${length}` }, at);
  const whole = Math.floor((size - start) / length);
  if (whole < records)
    refuse("shape.cut", { file, at: `${at}/row/${whole + 1}`, value: String(records) }, `${at}/row/${whole + 1}`);
  const encoding = known(hint ?? DRIVERS[head[29]!] ?? (await encodingAmong(tail(bytes, start))));
  const fields = fieldsOf(described, encoding);
  if (fields.length === 0 || fields.at(-1)!.offset + fields.at(-1)!.length > length)
    refuse("shape.header", { file, value: `${fields.length} fields` }, at);
  return {
    fields: fields.map(({ name }) => name),
    encoding,
    async *rows() {
      const decoder = new TextDecoder(encoding);
      const decode = (part: Uint8Array) => decoder.decode(part);
      const source = new Pull(bytes);
      try {
        await source.take(start);
        for (let i = 0; i < records; i++) {
          const record = await source.take(length);
          yield record[0] === 0x2a
            ? null
            : fields.map((field) =>
                cellOf(record.subarray(field.offset, field.offset + field.length), field.type, decode),
              );
        }
      } finally {
        await source.close();
      }
    },
  };
}

async function* tail(bytes: Bytes, from: number): AsyncIterable<Uint8Array> {
  let skip = from;
  for await (const chunk of bytes.stream()) {
    if (chunk.length > skip) yield chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}

const END_OF_FIELDS = 0x0d;
function fieldsOf(described: Buffer, encoding: string): Field[] {
  const fields: Field[] = [];
  // The first byte of a record tells whether it is deleted.
  let offset = 1;
  for (let at = 0; at + HEADER <= described.length && described[at] !== END_OF_FIELDS; at += HEADER) {
    const name = described.subarray(at, at + 11);
    const end = name.indexOf(0);
    const length = described[at + 16]!;
    fields.push({
      name: new TextDecoder(encoding).decode(end < 0 ? name : name.subarray(0, end)),
      type: String.fromCharCode(described[at + 11]!),
      length,
      offset,
    });
    offset += length;
  }
  return fields;
}

function cellOf(bytes: Buffer, type: string, decode: (bytes: Uint8Array) => string): Cell {
  switch (type) {
    case "I":
    case "+":
      return bytes.length === 4 ? bytes.readInt32LE() : null;
    case "O":
      return bytes.length === 8 ? bytes.readDoubleLE() : null;
    case "M":
    case "G":
    case "P":
      return null;
  }
  const text = decode(bytes).replaceAll("\0", "").trim();
  if (text === "") return null;
  switch (type) {
    case "N":
    case "F": {
      const number = Number(text.replace(",", "."));
      // A number that was too long for its field is written as stars.
      return Number.isFinite(number) ? number : null;
    }
    case "L":
      return /^[TtYy]$/.test(text) ? true : /^[FfNn]$/.test(text) ? false : null;
    case "D":
      return dayOf(text.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3")) ?? (/^0+$/.test(text) ? null : text);
    default:
      return text;
  }
}
