import { answer, type RoomPart } from "../../../shared/room.ts";
import { OwnDatasets } from "../events.ts";
import { followingModules } from "./modules.ts";
import { ownDatasets } from "./packaged.ts";
import { harvestPages } from "./pages.tsx";
import { harvestRoutes } from "./routes.ts";
import { harvesting } from "./running.ts";
import { harvestItems } from "./store.ts";

/** Datasets that other servers keep, fetched by a schedule. */
export const harvest: RoomPart = {
  routes: (app) => {
    harvestRoutes(app);
    harvestPages(app);
  },
  collections: { harvests: harvestItems },
  reactions: [followingModules],
  answers: [answer(OwnDatasets, ownDatasets)],
  tasks: [harvesting],
};
