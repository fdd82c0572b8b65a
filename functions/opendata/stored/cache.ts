// Versions never change, so what was opened once stays good; the least recently used go when it gets too much.
const MB = 1024 * 1024;

class Shelf {
  private readonly held = new Map<string, { value: unknown; bytes: number }>();
  private readonly bytesMax: number;
  private total = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  recalled<T>(name: string): T | undefined {
    const known = this.held.get(name);
    if (!known) return undefined;
    this.held.delete(name);
    this.held.set(name, known);
    return known.value as T;
  }

  remember(name: string, value: unknown, bytes: number): void {
    this.total += bytes - (this.held.get(name)?.bytes ?? 0);
    this.held.delete(name);
    this.held.set(name, { value, bytes });
    for (const [oldest, { bytes: size }] of this.held) {
      if (this.total <= this.bytesMax || oldest === name) break;
      this.held.delete(oldest);
      this.total -= size;
    }
  }
}

const made = new Shelf(112 * MB);
/** Bytes as they lie in a file have room of their own: they are soon read again, and drive out nothing that was found. */
const read = new Shelf(32 * MB);

/** What is remembered under this name. */
export const recalled = <T>(name: string): T | undefined => made.recalled<T>(name);

/** Keeps a value, which is about so big, or says anew how big it is. */
export const remember = (name: string, value: unknown, bytes: number): void => made.remember(name, value, bytes);

/** Bytes of a file that were read not long ago. */
export const recalledBytes = (name: string): Uint8Array | undefined => read.recalled<Uint8Array>(name);
export const rememberBytes = (name: string, bytes: Uint8Array): void => read.remember(name, bytes, bytes.byteLength);
