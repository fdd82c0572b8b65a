import { Fault } from "../../shared/errors.ts";
import { type Allowance, refilled, secondsUntilOne } from "./rate.ts";

/** What a source may send at once, and a second: each process counts by itself, and by shares all together. */
export const DELIVERIES = { burst: 1_000, perSecond: 500 };
/** Who sends what cannot be taken is slowed long before: it will not be right the next time either. */
const REFUSALS = { burst: 20, perSecond: 1 };
const SOURCES_MAX = 10_000;

interface Left {
  deliveries: number;
  refusals: number;
  atMs: number;
}
const sources = new Map<string, Left>();

/**
 * Spends one delivery of what a city's source has left. Others have their own.
 *
 * @throws {Fault} too_many, with the seconds after which there is something again
 */
export function spend(source: string, nowMs = performance.now()): void {
  const left = leftTo(source, nowMs);
  sources.delete(source); // the latest comes last, so that the first is who was longest quiet
  sources.set(source, left);
  if (sources.size > SOURCES_MAX) sources.delete(sources.keys().next().value!);
  if (left.refusals < 1)
    throw tooMany(
      "This source sent too much that could not be taken. Mend it; then send again.",
      left.refusals,
      REFUSALS,
    );
  if (left.deliveries < 1)
    throw tooMany(
      "This source sends faster than it may. What was acknowledged is kept; send the rest later.",
      left.deliveries,
      DELIVERIES,
    );
  left.deliveries -= 1;
}

/** A delivery of this source was refused. */
export function countRefusal(source: string, nowMs = performance.now()): void {
  const left = leftTo(source, nowMs);
  sources.set(source, { ...left, refusals: left.refusals - 1 });
}

function leftTo(source: string, nowMs: number): Left {
  const before = sources.get(source);
  if (!before) return { deliveries: DELIVERIES.burst, refusals: REFUSALS.burst, atMs: nowMs };
  const passedMs = nowMs - before.atMs;
  return {
    deliveries: refilled(before.deliveries, passedMs, DELIVERIES),
    refusals: refilled(before.refusals, passedMs, REFUSALS),
    atMs: nowMs,
  };
}

const tooMany = (reason: string, left: number, allowance: Allowance) =>
  new Fault("too_many", reason, { retryAfterS: secondsUntilOne(left, allowance) });
