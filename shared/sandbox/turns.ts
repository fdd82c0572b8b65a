/** Whose turn it is where many want what there are few of. */
export interface Turns {
  /** @returns false: it had no turn in time, and must not go on */
  begin(whose: string): Promise<boolean>;
  /** After each turn that was had. */
  end(whose: string): void;
}

/**
 * So many turns at once, and one of them for each who asks, whose other wishes wait in a line of their own: however long
 * that is, whoever else comes waits for a turn or two and not for all of it.
 */
export function turns(atOnce: number, waitMs: number): Turns {
  const having = new Set<string>();
  /** By who has waited longest for the next turn. */
  const lines = new Map<string, Set<() => void>>();

  const gone = (whose: string, one: () => void) => {
    const line = lines.get(whose);
    line?.delete(one);
    if (line?.size === 0) lines.delete(whose);
  };
  return {
    async begin(whose) {
      if (having.size < atOnce && !having.has(whose)) {
        having.add(whose);
        return true;
      }
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          gone(whose, go);
          resolve(false);
        }, waitMs);
        const go = () => {
          clearTimeout(timer);
          gone(whose, go);
          having.add(whose);
          resolve(true);
        };
        lines.set(whose, (lines.get(whose) ?? new Set()).add(go));
      });
    },
    end(whose) {
      having.delete(whose);
      const own = lines.get(whose);
      if (own) {
        lines.delete(whose);
        lines.set(whose, own);
      }
      for (const [next, line] of lines) {
        if (having.has(next)) continue;
        const [go] = line;
        go?.();
        return;
      }
    },
  };
}
