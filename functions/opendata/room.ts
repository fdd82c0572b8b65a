import { cityRoom } from "../../shared/room.ts";
import { ckanRoutes } from "./ckan/routes.ts";
import { dcatRoutes } from "./dcat/routes.ts";
import { exploreRoutes } from "./explore/routes.ts";
import { exportRoutes } from "./exports/routes.ts";
import { indicatorRoutes } from "./indicators.tsx";
import { ogcRoutes } from "./ogc.ts";
import { opendataPages } from "./pages.tsx";
import { recordRoutes } from "./records/routes.ts";
import { opendataRoutes, WRITE } from "./routes.ts";
import { blobs, items } from "./store.ts";
import { opendataTexts } from "./texts.ts";
import { tileRoutes } from "./tiles/routes.ts";

/** What the city publishes: tables and places, for people, programs and maps. */
export const opendata = cityRoom("opendata", {
  scopes: {
    [WRITE]: {
      class: "public",
      says: { en: "Publish open datasets", fr: "Publier des jeux de données ouverts", ar: "نشر مجموعات بيانات مفتوحة" },
    },
  },
  routes: (app) => {
    opendataRoutes(app);
    recordRoutes(app);
    exportRoutes(app);
    tileRoutes(app);
    ogcRoutes(app);
    dcatRoutes(app);
    ckanRoutes(app);
    exploreRoutes(app);
    indicatorRoutes(app);
    opendataPages(app);
  },
  collections: { datasets: items },
  leaves: { "DRAFT#": "what nobody has published within a day is gone" },
  blobs,
  nav: [
    { path: "/indicators", label: (lang) => opendataTexts.in(lang)("indicators") },
    {
      path: "/staff/data",
      label: (lang) => opendataTexts.in(lang)("staffTitle"),
      roles: ["agent", "data_officer", "administrator"],
    },
  ],
});
