/**
 * A stream of chance from a seed. Our own, because the same seed must give the same city in every house and in every
 * later version: a trial's digest depends on it.
 * @see splitmix32 (public domain), seeded by FNV-1a
 */
export interface Random {
  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number;
  pick<T>(from: readonly T[]): T;
}

export function random(seed: string): Random {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(seed)) state = Math.imul(state ^ byte, 0x01000193);
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let t = state ^ (state >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
  const whole = (min: number, max: number) => min + (next() % (max - min + 1));
  return { whole, pick: (from) => from[whole(0, from.length - 1)]! };
}
