import { createHash } from "node:crypto";
import { Fault } from "../../../shared/errors.ts";
import { recalled, remember } from "../stored/cache.ts";

// A question that looks at millions of rows takes seconds of a process, and anybody may ask it. Such questions are
// answered one after the other, a few may wait, and what was found is remembered: a page at any offset is then at hand.

/** From so many rows on. */
export const HEAVY_ROWS = 200_000;
const WAITING_MAX = 8;
const AGAIN_S = 10;

let last: Promise<unknown> = Promise.resolve();
let waiting = 0;

/** @throws {Fault} unavailable: too many wait already */
export async function oneByOne<T>(work: () => Promise<T>): Promise<T> {
  if (waiting >= WAITING_MAX)
    throw new Fault("unavailable", "Others ask as much of this data: try again.", { retryAfterS: AGAIN_S });
  waiting += 1;
  const turn = last.then(work);
  last = turn.catch(() => undefined);
  try {
    return await turn;
  } finally {
    waiting -= 1;
  }
}

const names = new WeakMap<readonly number[], string>();
/** What rows that were found by a heavy question are remembered by. */
export const nameOfRows = (rows: readonly number[]): string | undefined => names.get(rows);

/** Rows that answer a heavy question about what `name` tells from all else; found once while they are remembered. */
export async function heavyRows(
  name: string,
  question: unknown,
  find: () => Promise<readonly number[]>,
): Promise<readonly number[]> {
  const key = `${name}#${createHash("sha256").update(JSON.stringify(question)).digest("base64")}`;
  const known = recalled<readonly number[]>(key);
  if (known) return known;
  return oneByOne(async () => {
    const meanwhile = recalled<readonly number[]>(key);
    if (meanwhile) return meanwhile;
    const rows = await find();
    names.set(rows, key);
    remember(key, rows, 200 + rows.length * 8);
    return rows;
  });
}
