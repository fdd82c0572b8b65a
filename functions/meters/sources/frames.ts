import type { Frames, Gap } from "./schema.ts";

/** Of a longer hole only the latest are told one by one: no storage keeps more. */
const TRACKED_MAX = 5_000;
/** Of a gap's holes the latest are told one by one: an item of the table holds no endless list. */
const RANGES_MAX = 1_000;
/** Sessions whose gaps may still be filled. */
const SESSIONS_MAX = 4;

type Range = [from: number, to: number];

export interface Heard {
  session: string;
  frame: number;
  at: string;
}

export interface Counted {
  /** Undefined when nothing of it changed. */
  frames?: Frames;
  /** Frames that are missing since now, from and to. */
  hole?: Range;
  /** A frame that was missing is there. */
  filled?: number;
}

/**
 * Counts a frame. Frames may come late, twice and out of order; a session counts from 0 again, and so does a device
 * that was activated by hand and lost its count.
 *
 * @param missing  what is missing of its session so far
 */
export function counted(before: Frames | undefined, heard: Heard, missing: readonly Range[]): Counted {
  const { session, frame, at } = heard;
  if (!before) return { frames: { session, top: frame, lastAt: at, open: {} } };
  const isLater = at > before.lastAt;
  if (session !== before.session) {
    // A late frame of a session that is over fills what it missed, and begins nothing.
    if (!isLater) return missing.some((range) => within(range, frame)) ? { filled: frame } : {};
    const frames = { ...before, session, top: frame, lastAt: at };
    return frame === 0 ? { frames } : { frames, hole: lately([0, frame - 1]) };
  }
  const lastAt = isLater ? at : before.lastAt;
  if (frame > before.top) {
    const frames = { ...before, top: frame, lastAt };
    return frame === before.top + 1 ? { frames } : { frames, hole: lately([before.top + 1, frame - 1]) };
  }
  const heardNow = isLater ? { frames: { ...before, lastAt } } : {};
  if (missing.some((range) => within(range, frame))) return { ...heardNow, filled: frame };
  // Lower than what came before, later, and not missed: its counter began again.
  if (frame < before.top && isLater) return { frames: { ...before, top: frame, lastAt } };
  return heardNow;
}

const within = ([from, to]: Range, frame: number): boolean => from <= frame && frame <= to;
const lately = ([from, to]: Range): Range => [Math.max(from, to - TRACKED_MAX + 1), to];

/** The ranges without one frame. */
export const without = (ranges: readonly Range[], frame: number): Range[] =>
  ranges.flatMap(([from, to]): Range[] =>
    within([from, to], frame)
      ? [...(from < frame ? [[from, frame - 1] as Range] : []), ...(frame < to ? [[frame + 1, to] as Range] : [])]
      : [[from, to]],
  );

export const sizeOf = (ranges: readonly Range[]): number => ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);

/** A gap with one more hole. */
export const widened = (gap: Gap, hole: Range, to: string): Gap => ({
  ...gap,
  missing: [...gap.missing, hole].slice(-RANGES_MAX),
  frames: gap.frames + sizeOf([hole]),
  to,
});

/** A gap with a frame that came after all; closed when it was the last. */
export function filled(gap: Gap, frame: number, now: Date): Gap {
  const missing = without(gap.missing, frame).slice(-RANGES_MAX);
  return { ...gap, missing, ...(missing.length === 0 ? closedAt(now) : {}) };
}

export const closedAt = (now: Date) => ({ state: "closed" as const, closedAt: now.toISOString() });

/** The open gaps of a device, with one more; those of its oldest sessions are no longer waited for. */
export function opened(open: Frames["open"], session: string, gapId: string): Frames["open"] {
  const { [session]: _, ...others } = open;
  return Object.fromEntries([...Object.entries(others), [session, gapId]].slice(-SESSIONS_MAX));
}

/** When a device is missed: silent for twice as long as it should be. */
export const missedAt = (lastAt: string, everyS: number): Date => new Date(Date.parse(lastAt) + 2_000 * everyS);
