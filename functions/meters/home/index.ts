import type { Here } from "../../../shared/here.ts";
import type { CityApp } from "../../../shared/room.ts";
import type { Item } from "../../../shared/table.ts";
import { does, type Tasker } from "../../../shared/tasks.ts";
import { homeApi } from "./api.ts";
import { GroupHomes, groupHomes } from "./grouping.ts";
import { households } from "./household.ts";
import { homePages } from "./pages.tsx";
import { homeStore } from "./store.ts";
import { CheckHome, CheckHomes, checkHome, checkHomes } from "./watching.ts";

export { homeReactions } from "./watching.ts";

/** What a resident sees of the own meter: what the room mounts of it. */
export function homeRoutes(app: CityApp): void {
  homeApi(app);
  homePages(app);
}
export const homeTasks: readonly Tasker[] = [
  does(CheckHome, checkHome),
  does(CheckHomes, checkHomes),
  does(GroupHomes, groupHomes),
];
export const homeCollections = {
  home_alarms: (here: Here): AsyncIterable<Item> => homeStore(here).all(),
  home_sizes: households,
};
export const homeLeaves = {
  "HOMEGROUP#": "what like homes used is counted again when somebody asks",
  HOMETOLD: "how many messages were sent today, which begins anew elsewhere",
};
