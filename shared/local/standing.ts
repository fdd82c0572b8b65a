import type { Standing } from "../ports.ts";

const KEPT_MAX = 10_000;

/**
 * The embedded house is the only process that speaks to its engine, so what it has read stands until it writes it
 * itself. Reading would otherwise wait behind the commit under way: the engine does one thing at a time.
 */
export function standing(): Standing {
  const kept = new Map<string, Promise<unknown>>();
  return {
    read<T>(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
      const before = kept.get(key) as Promise<T | undefined> | undefined;
      if (before) return before;
      if (kept.size >= KEPT_MAX) kept.clear();
      const found = read();
      kept.set(key, found);
      const forgotten = () => {
        if (kept.get(key) === found) kept.delete(key);
      };
      // What is not there is asked for anew: guesses fill nothing.
      found.then((item) => item === undefined && forgotten(), forgotten);
      return found;
    },
    async changing(keys, write) {
      const forget = () => {
        if (kept.size > 0) for (const key of keys) kept.delete(key);
      };
      // Before it, so that no older answer is given afterwards; after it, for what was read meanwhile.
      forget();
      try {
        return await write();
      } finally {
        forget();
      }
    },
  };
}
