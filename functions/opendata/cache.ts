import type { Loaded } from "./pack.ts";

const BYTES_MAX = 256 * 1024 * 1024;

// Versions never change, so what was opened once stays good; the least recently used go when it gets too much.
const opened = new Map<string, Loaded>();
let bytes = 0;

/** What `open` gives for this name, opened at most once while it is remembered. */
export async function remembered(name: string, open: () => Promise<Loaded>): Promise<Loaded> {
  const known = opened.get(name);
  if (known) {
    opened.delete(name);
    opened.set(name, known);
    return known;
  }
  const loaded = await open();
  if (!opened.has(name)) bytes += loaded.bytes;
  opened.set(name, loaded);
  for (const [oldest, { bytes: size }] of opened) {
    if (bytes <= BYTES_MAX || oldest === name) break;
    opened.delete(oldest);
    bytes -= size;
  }
  return loaded;
}
