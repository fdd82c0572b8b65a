import type { Bell } from "../ports.ts";

const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The bell of one process: after a commit the city's readers run at once, one run per city at a time. What a crash
 * left unrung is found by the sweep at the start.
 */
export function localBell(deliver: (slug: string) => Promise<number>): Bell {
  const running = new Set<string>();
  const again = new Set<string>();
  const wakes = new Map<string, { at: number; timer: NodeJS.Timeout }>();

  const ring = (slug: string): void => {
    if (running.has(slug)) {
      again.add(slug);
      return;
    }
    running.add(slug);
    setImmediate(async () => {
      try {
        do {
          again.delete(slug);
          await deliver(slug);
        } while (again.has(slug));
      } catch {
        // The table is away for a moment; nothing is lost, the log keeps what is due.
        setTimeout(() => ring(slug), 2_000).unref();
      } finally {
        running.delete(slug);
      }
    });
  };
  return {
    ring,
    async wake(slug, at) {
      // The next ring asks for the one after it: one timer for each city is enough.
      const before = wakes.get(slug);
      if (before && before.at <= at.getTime()) return;
      clearTimeout(before?.timer);
      const timer = setTimeout(
        () => {
          wakes.delete(slug);
          ring(slug);
        },
        Math.min(Math.max(0, at.getTime() - Date.now()), MAX_TIMER_MS),
      );
      wakes.set(slug, { at: at.getTime(), timer: timer.unref() });
    },
  };
}
