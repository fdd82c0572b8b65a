import { cityRoom, type RoomPart, together } from "../../shared/room.ts";
import { athenaRoutes } from "./athena.ts";
import { cataloguePages } from "./catalogue/pages.tsx";
import { ckanRoutes } from "./ckan/routes.ts";
import { ARRANGED, arranging } from "./copies/arranged.ts";
import { datasetPages } from "./dataset/pages.tsx";
import { dcatRoutes } from "./dcat/routes.ts";
import { DESK } from "./desk.tsx";
import { drafts } from "./drafts/room.ts";
import { EXPLORED } from "./explore/exports.ts";
import { exploreRoutes } from "./explore/routes.ts";
import { feedRoutes } from "./exports/feed-routes.ts";
import { EXPORTS } from "./exports/kept.ts";
import { exportRoutes } from "./exports/routes.ts";
import { geoportal } from "./geoportal/room.ts";
import { mapTexts } from "./geoportal/texts.ts";
import { harvest } from "./harvest/room.ts";
import { harvestTexts } from "./harvest/texts.ts";
import { indicators } from "./indicators/room.ts";
import { KEEPERS } from "./indicators/schema.ts";
import { indicatorTexts } from "./indicators/texts.ts";
import { forgettingFiles, making } from "./making.ts";
import { modulesShown } from "./module-pages/room.ts";
import { ogcRoutes } from "./ogc.ts";
import { people } from "./people/room.ts";
import { deciders } from "./people/rule.ts";
import { peopleTexts } from "./people/texts.ts";
import { onPublished } from "./reactions.ts";
import { recordRoutes } from "./records/routes.ts";
import { requestTexts } from "./requests/texts.ts";
import { opendataRoutes } from "./routes.ts";
import { WRITE } from "./schema.ts";
import { blobs, items, startedHere } from "./store.ts";
import { opendataTexts } from "./texts.ts";
import { tileRoutes } from "./tiles/routes.ts";
import { use } from "./use/room.ts";
import { versionRoutes } from "./versions/routes.tsx";

/** What is published, and what reads it. */
const publishing: RoomPart = {
  scopes: {
    [WRITE]: {
      class: "public",
      says: { en: "Publish open datasets", fr: "Publier des jeux de données ouverts", ar: "نشر مجموعات بيانات مفتوحة" },
    },
  },
  routes: (app) => {
    opendataRoutes(app);
    // Before the collections: the catalogue is one of them.
    recordRoutes(app);
    ogcRoutes(app);
    tileRoutes(app);
    exportRoutes(app);
    feedRoutes(app);
    versionRoutes(app);
    athenaRoutes(app);
    dcatRoutes(app);
    ckanRoutes(app);
    exploreRoutes(app);
    cataloguePages(app);
    datasetPages(app);
  },
  collections: { datasets: items },
  reactions: [onPublished],
  tasks: [making({ ...EXPORTS, ...EXPLORED, [ARRANGED]: arranging }), forgettingFiles],
  leaves: { CATALOGUE: "it says only when something was last published, and comes with the next that is" },
  blobs,
};

/** What the city publishes: tables and places, for people, programs and maps. */
export const opendata = cityRoom("opendata", {
  // The first counts and bounds what comes after it.
  ...together(use, publishing, drafts, harvest, people, indicators, modulesShown, geoportal),
  readsAhead: startedHere,
  nav: [
    { path: "/map", label: (lang) => mapTexts.in(lang)("title") },
    { path: "/indicators", label: (lang) => indicatorTexts.in(lang)("title") },
    {
      path: "/staff/data",
      label: (lang) => opendataTexts.in(lang)("staffTitle"),
      roles: ["agent", "data_officer", "administrator"],
    },
    { path: "/staff/indicators", label: (lang) => indicatorTexts.in(lang)("title"), roles: KEEPERS },
    { path: "/staff/data-people", label: (lang) => peopleTexts.in(lang)("title"), roles: [...deciders] },
    { path: "/staff/data-requests", label: (lang) => requestTexts.in(lang)("staffTitle"), roles: [...DESK] },
    {
      path: "/staff/harvests",
      label: (lang) => harvestTexts.in(lang)("title"),
      roles: ["agent", "data_officer", "administrator"],
    },
    {
      path: "/staff/map",
      label: (lang) => mapTexts.in(lang)("baseTitle"),
      roles: ["agent", "data_officer", "administrator"],
    },
  ],
});
