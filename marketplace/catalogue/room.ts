import { houseRoom } from "../../shared/room.ts";
import { publiccodeRoutes } from "../publiccode/routes.ts";
import { useRoutes } from "../uses/house.ts";
import { advisoryRoutes } from "./advisory-routes.tsx";
import { catalogueRoutes } from "./routes.tsx";
import { translatingRoutes } from "./translating.tsx";

/** The house's marketplace: who publishes, what, who warns of it, and the signed static files that every city reads. */
export const catalogue = houseRoom("marketplace", {
  routes: (app, house) => {
    catalogueRoutes(app, house);
    advisoryRoutes(app, house);
    publiccodeRoutes(app, house);
    useRoutes(app, house);
    translatingRoutes(app);
  },
});
