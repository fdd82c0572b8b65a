import type { RoomPart } from "../../../shared/room.ts";
import { assetRoutes } from "./assets.ts";
import { baseItems } from "./base.ts";
import { mapPages } from "./pages.tsx";

/** Datasets as layers of one map. */
export const geoportal: RoomPart = {
  routes: (app) => {
    mapPages(app);
    assetRoutes(app);
  },
  collections: { "base-map": baseItems },
};
