import { z } from "zod";
import { type Listener, replay } from "./courier.ts";
import type { Here } from "./here.ts";
import type { Item } from "./table.ts";
import { defineTask, does, planned, type Tasker } from "./tasks.ts";

// question                      key
// how far is a replay           pk     REPLAY#<listener>   sk     REPLAY
// replays, the latest last      gsi1pk REPLAYS             gsi1sk <startedAt>#<listener>

export const ReplayState = z.object({
  listener: z.string(),
  /** How many facts of the log were looked at, told because they were not seen, and failed. */
  looked: z.int(),
  told: z.int(),
  failed: z.int(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
});
export type ReplayState = z.infer<typeof ReplayState>;

const Run = defineTask("log.replay", ReplayState.extend({ cursor: z.string().optional() }));

const itemOf = (state: ReplayState): Item => ({
  pk: `REPLAY#${state.listener}`,
  sk: "REPLAY",
  gsi1pk: "REPLAYS",
  gsi1sk: `${state.startedAt}#${state.listener}`,
  state,
});
const stateOf = (item: Item): ReplayState => ReplayState.parse(item["state"]);

/** Begins to tell a listener again, from the first fact on, all that it has not seen; one that runs begins anew. */
export async function startReplay(here: Here, { name: listener }: Listener): Promise<void> {
  const state = { listener, looked: 0, told: 0, failed: 0, startedAt: here.clock.now().toISOString() };
  await here.commit([{ put: itemOf(state) }, planned(Run, listener, here.clock.now(), state)]);
}

export async function replays({ table }: Pick<Here, "table">, limit: number): Promise<ReplayState[]> {
  const { items } = await table.query({ pk: "REPLAYS", index: "gsi1", reverse: true, limit });
  return items.map(stateOf);
}
export const replayItems = ({ table }: Here): AsyncIterable<Item> => table.all({ pk: "REPLAYS", index: "gsi1" });

/** Does a part of the log at each turn, so that no request and no function waits for all of it. */
export const replayer = (listeners: readonly Listener[]): Tasker =>
  does(Run, async (here, name, { cursor: from, ...before }) => {
    const listener = listeners.find((one) => one.name === name);
    if (!listener) throw new Error(`nobody is called ${name} any more`);
    const { looked, told, failed, cursor } = await replay(here, listener, from);
    const sums = { looked: before.looked + looked, told: before.told + told, failed: before.failed + failed };
    const now = here.clock.now();
    const state = { ...before, ...sums, ...(cursor === undefined ? { endedAt: now.toISOString() } : {}) };
    return {
      writes: [{ put: itemOf(state) }],
      ...(cursor === undefined ? {} : { again: { at: now, data: { ...state, cursor } } }),
    };
  });
