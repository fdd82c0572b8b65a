import type { Here } from "../../../shared/here.ts";
import type { CityApp } from "../../../shared/room.ts";
import type { Item } from "../../../shared/table.ts";
import { does, type Tasker } from "../../../shared/tasks.ts";
import { sourceApi } from "./api.ts";
import { backfill } from "./backfill.ts";
import { Backfill } from "./gaps.ts";
import { sourceStore } from "./store.ts";
import { Watch, watch } from "./watching.ts";
import { sourceWebhooks } from "./webhooks.ts";

export { sourceLeaves } from "./store.ts";

/** Sources of readings: what the room mounts of them. */
export function sourceRoutes(app: CityApp): void {
  sourceApi(app);
  sourceWebhooks(app);
}
export const sourceTasks: readonly Tasker[] = [does(Watch, watch), does(Backfill, backfill)];
export const sourceCollections = { sources: (here: Here): AsyncIterable<Item> => sourceStore(here).all() };
