import { cityRoom, houseRoom } from "../../shared/room.ts";
import { cityGroupRoutes } from "./city.tsx";
import { groupRoutes } from "./house.tsx";
import { groupTexts } from "./texts.ts";

/** Clusters and incubators: parties that are groups, whose members say so too. */
export const groupsHouse = houseRoom("groups", { routes: groupRoutes });

/** Where a city says that it takes part. It keeps nothing: what it said stands in the marketplace. */
export const cityGroups = cityRoom("groups", {
  routes: cityGroupRoutes,
  nav: [{ path: "/staff/groups", label: (lang) => groupTexts.in(lang)("join"), roles: ["administrator"] }],
});
