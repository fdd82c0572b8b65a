import { Fault } from "../../shared/errors.ts";

/** The lists of meters that a city's sources sent lately, as text and read. */
export class Lists {
  private readonly kept = new Map<string, { text: Buffer; names: unknown[] }>();
  private names = 0;

  find(text: Buffer): unknown[] | undefined {
    const list = this.kept.get(keyOf(text));
    return list?.text.equals(text) ? list.names : undefined;
  }

  keep(text: Buffer, names: unknown[]): void {
    this.kept.set(keyOf(text), { text: Buffer.from(text), names });
    this.names += names.length;
    for (const [key, { names: oldest }] of this.kept) {
      if (this.names <= NAMES_MAX) break;
      this.kept.delete(key);
      this.names -= oldest.length;
    }
  }
}
const NAMES_MAX = 200_000;
const keyOf = (text: Buffer): string => `${text.length} ${text.toString("latin1", 0, 40)}`;

const HEAD = Buffer.from('"meters":[');
const END = "]".charCodeAt(0);
const LIST_MIN = 200;

/**
 * The JSON of a delivery. A head end names the same meters each time, and to read their names is most of the work: a
 * list whose text is known to the byte is taken as it was read before.
 *
 * Within a string of JSON a quotation mark is never bare, so what looks like the field's beginning is one.
 *
 * @throws {Fault} malformed
 */
export function bodyOf(body: Buffer, lists: Lists): unknown {
  const from = body.indexOf(HEAD) + HEAD.length;
  const to = from < HEAD.length ? -1 : body.indexOf(END, from);
  if (to - from < LIST_MIN) return read(body.toString());
  const list = body.subarray(from, to);
  const names = lists.find(list);
  if (names) {
    const parsed = read(body.toString("utf8", 0, from) + body.toString("utf8", to));
    // Ours is the field of the delivery itself, and not of something within it.
    if (isRecord(parsed) && isEmpty(parsed["meters"])) return { ...parsed, meters: names };
  }
  const parsed = read(body.toString());
  const whole = names ? undefined : listOf(list);
  if (whole) lists.keep(list, whole);
  return parsed;
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault("malformed", "The body is not JSON.");
  }
}

/** A name may hold the sign that ends a list: then this is not all of it. */
function listOf(text: Buffer): unknown[] | undefined {
  try {
    return JSON.parse(`[${text}]`) as unknown[];
  } catch {
    return undefined;
  }
}
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
