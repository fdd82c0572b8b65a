const BYTES_MAX = 96 * 1024 * 1024;

// Versions never change, so what was opened once stays good; the least recently used go when it gets too much.
const opened = new Map<string, { value: unknown; bytes: number }>();
let total = 0;

/** What is remembered under this name. */
export function recalled<T>(name: string): T | undefined {
  const known = opened.get(name);
  if (!known) return undefined;
  opened.delete(name);
  opened.set(name, known);
  return known.value as T;
}

/** Keeps a value, which is about so big, or says anew how big it is. */
export function remember(name: string, value: unknown, bytes: number): void {
  total += bytes - (opened.get(name)?.bytes ?? 0);
  opened.delete(name);
  opened.set(name, { value, bytes });
  for (const [oldest, { bytes: size }] of opened) {
    if (total <= BYTES_MAX || oldest === name) break;
    opened.delete(oldest);
    total -= size;
  }
}
