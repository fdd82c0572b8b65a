import { houseRoom } from "../../shared/room.ts";
import { catalogueRoutes } from "./routes.tsx";

/** The house's marketplace: who publishes, what, and the signed static files that every city reads. */
export const catalogue = houseRoom("marketplace", { routes: catalogueRoutes });
