import type { CityRoom, HouseRoom } from "../shared/room.ts";

/** Every room below a city, in the order of its menus. */
export const cityRooms: readonly CityRoom[] = [];

/** The house's own rooms. */
export const houseRooms: readonly HouseRoom[] = [];
