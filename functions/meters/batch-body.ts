import { hash, randomUUID } from "node:crypto";
import { Fault } from "../../shared/errors.ts";
import { READINGS_MAX } from "./batch-frame.ts";
import { type Grid, gridAt, pastBlanks } from "./batch-grid.ts";

/** A list of meters as a source sent it. */
interface List {
  text: Buffer;
  digest: Buffer;
  names: unknown[];
}

/** The lists of meters that a city's sources sent lately, as text and read. */
export class Lists {
  private readonly kept = new Map<string, List>();
  private bytes = 0;

  /** @returns undefined for what is no list: a name may hold the sign that ends one */
  read(text: Buffer): List | undefined {
    const key = `${text.length} ${text.toString("latin1", 0, 40)}`;
    const found = this.kept.get(key);
    if (found?.text.equals(text)) return found;
    try {
      const names = JSON.parse(`[${text}]`) as unknown[];
      const list = { text: Buffer.from(text), digest: Buffer.from(hash("sha256", text), "hex"), names };
      this.bytes += text.length - (found?.text.length ?? 0);
      this.kept.set(key, list);
      for (const [oldest, { text: gone }] of this.kept) {
        if (this.bytes <= BYTES_MAX) break;
        this.kept.delete(oldest);
        this.bytes -= gone.length;
      }
      return list;
    } catch {
      return undefined;
    }
  }
}
const BYTES_MAX = 4_000_000;

const METERS = Buffer.from('"meters"');
const VALUES = Buffer.from('"values"');
const [COLON, OPEN, CLOSE] = [0x3a, 0x5b, 0x5d];
const LIST_MIN = 200;
/** Stands for what is read otherwise. Nobody knows it, so where it is found it is ours. */
const MARK = randomUUID();

export interface Body {
  /** As JSON has it, `values` perhaps as a grid. */
  json: unknown;
  /** The same for the same bytes, and for these alone. */
  digest: string;
}

/**
 * The JSON of a delivery. A head end names the same meters each time, and to read their names and the numbers of its
 * table is most of the work: a list whose text is known to the byte is taken as it was read before, and a table of plain
 * numbers is read without making a text of it. JSON reads the rest, with a mark in the place of each; where a mark does
 * not turn up as the field that it stands for, JSON reads the whole.
 *
 * @throws {Fault} malformed
 */
export function bodyOf(body: Buffer, lists: Lists): Body {
  const at = openedBy(METERS, body, 0);
  const end = at === undefined ? -1 : body.indexOf(CLOSE, at);
  const list = at !== undefined && end - at > LIST_MIN ? lists.read(body.subarray(at + 1, end)) : undefined;
  const names: Cut[] = list ? [{ name: "meters", from: at!, to: end + 1, is: list.names }] : [];
  const digest = list
    ? hash("sha256", Buffer.concat([list.digest, body.subarray(0, at), body.subarray(end)]))
    : hash("sha256", body);
  const grid = gridOf(body, end + 1) ?? (at === undefined ? undefined : gridOf(body.subarray(0, at), 0));
  return { json: put([...names, ...(grid ? [grid] : [])], body), digest: digest.slice(0, 32) };
}

/** A part of a body that is read already. */
interface Cut {
  name: "meters" | "values";
  from: number;
  to: number;
  is: unknown[] | Grid;
}

function gridOf(body: Buffer, after: number): Cut | undefined {
  const from = openedBy(VALUES, body, after);
  const found = from === undefined ? undefined : gridAt(body, from, READINGS_MAX);
  return found && { name: "values", from: from!, to: found.to, is: found.grid };
}

/** Where the list begins that a field holds. Within a string of JSON a quotation mark is never bare. */
function openedBy(name: Buffer, body: Buffer, after: number): number | undefined {
  const found = body.indexOf(name, after);
  const colon = found < 0 ? body.length : pastBlanks(body, found + name.length);
  const at = pastBlanks(body, colon + 1);
  return body[colon] === COLON && body[at] === OPEN ? at : undefined;
}

function put(cuts: Cut[], body: Buffer): unknown {
  if (cuts.length > 0) {
    let [text, at] = ["", 0];
    for (const { from, to } of cuts.sort((a, b) => a.from - b.from)) {
      text += `${body.toString("utf8", at, from)}"${MARK}"`;
      at = to;
    }
    const rest = read(text + body.toString("utf8", at)) as Record<string, unknown> | null;
    if (cuts.every(({ name }) => rest?.[name] === MARK)) {
      for (const { name, is } of cuts) rest![name] = is;
      return rest;
    }
  }
  return read(body.toString());
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault("malformed", "The body is not JSON.");
  }
}
