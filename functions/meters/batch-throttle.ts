import { Fault } from "../../shared/errors.ts";

/** What a source may send at once, and a second; each process counts by itself, so nothing is written for it. */
const BURST = 1_000;
const PER_SECOND = 500;
/** One that is refused costs as much as many: who sends what cannot be taken is slowed first. */
const REFUSED = 50;
const SOURCES_MAX = 10_000;

const buckets = new Map<string, { left: number; atMs: number }>();

/**
 * Spends of what a city's source has left. Others have their own.
 *
 * @throws {Fault} too_many, with the seconds after which there is something again
 */
export function spend(source: string, what: number | "refused", nowMs = performance.now()): void {
  const before = buckets.get(source) ?? { left: BURST, atMs: nowMs };
  const left = Math.min(BURST, before.left + ((nowMs - before.atMs) / 1000) * PER_SECOND);
  if (what === "refused") {
    buckets.set(source, { left: Math.max(-BURST, left - REFUSED), atMs: nowMs });
    return;
  }
  buckets.delete(source); // the latest comes last, so that the first is who was longest quiet
  buckets.set(source, { left: left < what ? left : left - what, atMs: nowMs });
  if (buckets.size > SOURCES_MAX) buckets.delete(buckets.keys().next().value!);
  if (left < what)
    throw new Fault(
      "too_many",
      "This source sends faster than it may. What was acknowledged is kept; send the rest later.",
      {
        retryAfterS: Math.max(1, Math.ceil((what - left) / PER_SECOND)),
      },
    );
}
