import { houseRoom } from "../../shared/room.ts";
import { mirrorRoutes } from "./house.tsx";

/** Between houses: what one offers as signed files, another takes over. */
export const mirrorsHouse = houseRoom("mirrors", { routes: mirrorRoutes });
