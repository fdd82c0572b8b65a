import { setTimeout as wait } from "node:timers/promises";

// Asking a source may take minutes. It goes on in this process, while the task that wants it comes back in slices: what
// else is due in the city has its turn between. Should the next slice come to another process, it begins anew there.

const SLICE_MS = 5_000;
/** At a time in one process; each holds a part of a file in memory. */
const AT_ONCE = 4;
/** Of one city: its sources may be slow, and others ask, too. */
const AT_ONCE_OF_A_CITY = 2;
/** What takes longer does not end: a server that gives a page now and then would keep its place for days. */
const LASTS_MS = 30 * 60_000;
/** Nobody has come back for it: its city is served elsewhere now. */
const GIVEN_UP_MS = 120_000;

interface Going {
  work: Promise<unknown>;
  stop: AbortController;
  touchedAt: number;
}
const going = new Map<string, Going>();

export type Sliced<T> = { done: T } | { goesOn: true } | { isFull: true };

/**
 * What a long work of a city gives, or that it still goes on; asked again under the same name, it is the same work.
 * @throws whatever it throws, once
 */
export async function inSlices<T>(
  city: string,
  what: string,
  begin: (signal: AbortSignal) => Promise<T>,
): Promise<Sliced<T>> {
  const name = `${city}/${what}`;
  const now = Date.now();
  for (const [other, { stop, touchedAt }] of going)
    if (now - touchedAt > GIVEN_UP_MS) {
      stop.abort();
      going.delete(other);
    }
  let one = going.get(name);
  if (!one) {
    const ofCity = [...going.keys()].filter((other) => other.startsWith(`${city}/`)).length;
    if (going.size >= AT_ONCE || ofCity >= AT_ONCE_OF_A_CITY) return { isFull: true };
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(LASTS_MS)]);
    one = { work: begin(signal), stop, touchedAt: now };
    // Whoever comes back for it is told; until then it is nobody's.
    one.work.catch(() => undefined);
    going.set(name, one);
  }
  const { work } = one;
  const over = new AbortController();
  try {
    const done = await Promise.race([
      work.then((value) => ({ done: value as T })),
      wait(SLICE_MS, undefined, { signal: over.signal }).then(() => undefined),
    ]);
    if (done) {
      going.delete(name);
      return done;
    }
    one.touchedAt = Date.now();
    return { goesOn: true };
  } catch (error) {
    going.delete(name);
    throw error;
  } finally {
    over.abort();
  }
}
