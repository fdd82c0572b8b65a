import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Here } from "../../../shared/here.ts";
import { defineTask, planned } from "../../../shared/tasks.ts";
import { dayOf, dayRange } from "../../../shared/time.ts";
import { RECORDS } from "../domain.ts";
import { DayCounts, type Used } from "./counted.ts";

// question                            key
// how datasets were used on a day     pk     USE             sk     <day>#<part>    (35 days)
// how a key was used on a day         pk     KEYUSE#<key>    sk     <day>#<part>    (400 days)

/** What a process has counted is written at most this often, whatever is asked of it meanwhile. */
const WRITTEN_EVERY_MS = 30_000;
const USE_LIVES_DAYS = 35;
const KEY_USE_LIVES_DAYS = 400;
/** A part with more datasets than this is ended and another one begun, so that none outgrows an item. */
const DATASETS_IN_A_PART = 2_000;
/** After a day's end, when nobody counts for it any more. */
const PUBLISHED_AFTER_MS = 3600_000;

/** Publishes the counts of the day that is its id. */
export const PublishUse = defineTask("opendata.publish_use", z.object({}));

export const keyUse = (keyId: string) => `KEYUSE#${keyId}`;

interface Day {
  day: string;
  fromMs: number;
  toMs: number;
}

/**
 * What one process has counted of a city's open data. A part of a day is one item that its process alone writes, whole
 * and with all that was counted until then: written twice it says the same, and nothing is added twice. What was counted
 * since it was last written goes with the process.
 */
export class CityUse {
  private part = randomUUID().slice(0, 13);
  private today: Day | undefined;
  private counts = new DayCounts();
  private keys = new Map<string, DayCounts>();
  private unwritten = new Set<string | undefined>();
  private isPlanned = false;
  private writtenAtMs = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly here: Here) {}

  /** The running day in the city. */
  day(): Day {
    const now = this.here.clock.now();
    if (!this.today || now.getTime() >= this.today.toMs || now.getTime() < this.today.fromMs) {
      const { timeZone } = this.here.city;
      const day = dayOf(now, timeZone);
      const { from, to } = dayRange(day, timeZone);
      this.today = { day, fromMs: from.getTime(), toMs: to.getTime() };
    }
    return this.today;
  }

  /**
   * Counts a use; the first after a while is written at once, what follows soon after together.
   * @param used  undefined where a key asked for something else than a dataset's rows or page
   */
  async count(used: Used | undefined, keyId: string | undefined): Promise<void> {
    const before = this.today;
    const { day } = this.day();
    if ((before && before.day !== day) || this.counts.bySlug.size >= DATASETS_IN_A_PART) {
      // What is to be written is taken at once: whoever asks meanwhile is counted in the part that begins.
      const writing = before && this.write(before);
      this.begin();
      await writing;
    }
    if (used) {
      this.counts.add(used);
      this.unwritten.add(undefined);
    }
    if (keyId !== undefined) {
      const own = this.keys.get(keyId) ?? new DayCounts();
      this.keys.set(keyId, own);
      own.add(used ?? { slug: RECORDS, kind: "calls" });
      this.unwritten.add(keyId);
    }
    if (this.timer) return;
    const inMs = this.writtenAtMs + WRITTEN_EVERY_MS - Date.now();
    if (inMs <= 0) return this.write(this.day());
    this.timer = setTimeout(() => void this.write(this.day()), inMs);
    this.timer.unref();
  }

  /** How often a key was used today: by this process, and by others as far as they have written it. */
  ownOf(keyId: string): { part: string; total: number } {
    return { part: this.part, total: this.keys.get(keyId)?.total() ?? 0 };
  }

  private begin(): void {
    this.part = randomUUID().slice(0, 13);
    this.counts = new DayCounts();
    this.keys = new Map();
    this.unwritten.clear();
    this.isPlanned = false;
  }

  /** Never in the way of an answer: what cannot be written now is written with what follows. */
  private async write({ day, toMs }: Day): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writtenAtMs = Date.now();
    const { here, part, isPlanned } = this;
    const going = [...this.unwritten];
    this.unwritten.clear();
    const expiresIn = (days: number) => Math.floor(toMs / 1000) + days * 86_400;
    try {
      await Promise.all(
        going.map((keyId) => {
          const counts = keyId === undefined ? this.counts : this.keys.get(keyId)!;
          return here.table.put({
            pk: keyId === undefined ? "USE" : keyUse(keyId),
            sk: `${day}#${part}`,
            use: counts.kept(),
            expiresAt: expiresIn(keyId === undefined ? USE_LIVES_DAYS : KEY_USE_LIVES_DAYS),
          });
        }),
      );
      if (!isPlanned) await here.commit([planned(PublishUse, day, new Date(toMs + PUBLISHED_AFTER_MS), {})]);
      if (this.part === part) this.isPlanned = true;
    } catch (error) {
      if (this.part === part) for (const one of going) this.unwritten.add(one);
      here.log.warn("use of open data was not written", { error: error as Error, city: here.city.slug });
    }
  }
}

const uses = new WeakMap<Here, CityUse>();

export function useOf(here: Here): CityUse {
  let use = uses.get(here);
  if (!use) {
    use = new CityUse(here);
    uses.set(here, use);
  }
  return use;
}

/** What all processes have written of a day. */
export async function dayCounts(here: Here, day: string): Promise<DayCounts> {
  const counts = new DayCounts();
  for await (const item of here.table.all({ pk: "USE", beginsWith: `${day}#` }))
    counts.take(item["use"] as Record<string, number[]>);
  return counts;
}
