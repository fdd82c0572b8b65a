import { z } from "@hono/zod-openapi";
import type { Here } from "../../shared/here.ts";
import { idsOf } from "../../shared/ids.ts";
import { canonical, Digest, digestOf } from "../contract/canonical.ts";
import { ownRows } from "./own-rows.ts";
import { runStore } from "./run-store.ts";
import type { Install } from "./schema.ts";

/** What was written since the present version took the place of the one before, and what becomes of it. */
export const Lost = z
  .object({
    /** To which version one can go back, and until when. */
    version: z.string(),
    until: z.iso.datetime(),
    /** Rows of its own that go with the present version: the one before has its rows as they were. */
    tables: z.array(
      z.object({
        table: z.string(),
        count: z.int(),
        /** The first hundred. */
        rows: z.array(z.record(z.string(), z.unknown())),
      }),
    ),
    /** What it had the city do: that stays done. */
    effects: z.array(z.object({ scope: z.string(), count: z.int() })),
    /** There was more than was counted. */
    isMore: z.boolean(),
    isAny: z.boolean(),
    /** Names exactly this: whoever goes back says it. */
    seen: Digest,
  })
  .meta({ id: "WrittenSinceUpgrade" });
export type Lost = z.infer<typeof Lost>;

const RUNS_LOOKED = 10_000;
const PAGE = 500;
/** Facts that waited were dealt with later than they were told. */
const WAITED_MS = 86_400_000;

export async function lostByGoingBack(here: Here, install: Install): Promise<Lost> {
  const { version = "", until = "", since, data } = install.previous ?? {};
  // Where both versions have the same rows, nothing of the module wrote any.
  const tables = install.data === data ? [] : await ownRows(here).since(install);
  const { effects, isMore } =
    since === undefined ? { effects: [], isMore: false } : await done(here, install.id, since);
  const isAny = tables.length > 0 || effects.length > 0;
  const counts = { version, tables: tables.map(({ table, count }) => ({ table, count })), effects };
  return { version, until, tables, effects, isMore, isAny, seen: digestOf(canonical(counts)) };
}

/** What it had done, by scope, from this instant on. */
async function done(here: Here, id: string, since: string) {
  const counts = new Map<string, number>();
  const from = idsOf("evt", new Date(Date.parse(since) - WAITED_MS));
  let [looked, cursor]: [number, string | undefined] = [0, undefined];
  do {
    const page = await runStore(here).runs(id, { limit: PAGE, cursor, from, to: "evt_~" });
    for (const run of page.runs)
      if (run.outcome === "done" && run.at >= since)
        for (const { scope } of run.effects) counts.set(scope, (counts.get(scope) ?? 0) + 1);
    looked += page.runs.length;
    cursor = page.next;
  } while (cursor !== undefined && looked < RUNS_LOOKED);
  const effects = [...counts].map(([scope, count]) => ({ scope, count })).sort((a, b) => (a.scope < b.scope ? -1 : 1));
  return { effects, isMore: cursor !== undefined };
}
