import type { Here } from "../../../shared/here.ts";
import type { CityApp, CityRoom } from "../../../shared/room.ts";
import type { Item } from "../../../shared/table.ts";
import { does, type Tasker } from "../../../shared/tasks.ts";
import { Look, look } from "../dropped/taking.ts";
import { SOURCE_READERS, sourceApi } from "./api.ts";
import { Backfill } from "./asked.ts";
import { backfill } from "./backfill.ts";
import { decoderPages } from "./decoder-pages.tsx";
import { Following, follow } from "./file-gaps.ts";
import { sourcePages } from "./pages.tsx";
import { GAPS } from "./shown.tsx";
import { sourceStore } from "./store.ts";
import { sourceTexts } from "./texts.ts";

import { Watch, watch } from "./watching.ts";
import { sourceWebhooks } from "./webhooks.ts";

export { fileReactions } from "./file-gaps.ts";
export { sourceLeaves } from "./store.ts";

/** Sources of readings: what the room mounts of them. */
export function sourceRoutes(app: CityApp): void {
  sourceApi(app);
  sourceWebhooks(app);
  sourcePages(app);
  decoderPages(app);
}
export const sourceTasks: readonly Tasker[] = [
  does(Watch, watch),
  does(Backfill, backfill),
  does(Following, follow),
  does(Look, look),
];
export const sourceCollections = { sources: (here: Here): AsyncIterable<Item> => sourceStore(here).all() };

/** So many are counted for the console. */
const WAITING_MAX = 20;
export const sourceWaits: CityRoom["waits"] = {
  roles: SOURCE_READERS,
  run: async (here, lang) => {
    const { items } = await sourceStore(here).gaps("open", { limit: WAITING_MAX });
    return items.length > 0 ? [{ path: GAPS, label: sourceTexts.in(lang)("openGaps"), count: items.length }] : [];
  },
};
