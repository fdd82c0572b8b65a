import { z } from "zod";
import type { Here } from "../../../shared/here.ts";
import type { Write } from "../../../shared/table.ts";
import { defineTask, planned } from "../../../shared/tasks.ts";
import type { Gap } from "./schema.ts";

/** Asks a source for what a gap misses; its id is the gap's. */
export const Backfill = defineTask("meters.backfill", z.object({ tries: z.int() }));

/** What is on its way may come by itself: then nobody need ask. */
const ASKED_AFTER_MS = 60_000;

/** With a gap that opens its source is asked; with one that closes, a list that lies in its folder goes. */
export function askWrites(here: Pick<Here, "clock">, gap: Gap): Write[] {
  const afterMs = gap.state === "open" ? ASKED_AFTER_MS : 0;
  if (gap.state === "closed" && gap.asked?.by !== "folder") return [];
  return [planned(Backfill, gap.id, new Date(here.clock.now().getTime() + afterMs), { tries: 0 })];
}
