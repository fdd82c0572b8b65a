import { answer, cityRoom } from "../../shared/room.ts";
import { athenaRoutes } from "./athena.ts";
import { cataloguePages } from "./catalogue/pages.tsx";
import { ckanRoutes } from "./ckan/routes.ts";
import { ARRANGED, arranging } from "./copies/arranged.ts";
import { datasetPages } from "./dataset/pages.tsx";
import { dcatRoutes } from "./dcat/routes.ts";
import { DESK, deskPages, waitingAtDesk } from "./desk.tsx";
import { draftPages } from "./drafts/pages.tsx";
import { draftRoutes } from "./drafts/routes.ts";
import { forgetting, reading } from "./drafts/running.ts";
import { DatasetRows, OwnDatasets, PeopleInOpenData, PublishedRows } from "./events.ts";
import { exploreRoutes } from "./explore/routes.ts";
import { EXPORTS } from "./exports/kept.ts";
import { exportRoutes } from "./exports/routes.ts";
import { assetRoutes } from "./geoportal/assets.ts";
import { baseItems } from "./geoportal/base.ts";
import { mapPages } from "./geoportal/pages.tsx";
import { mapTexts } from "./geoportal/texts.ts";
import { followingModules } from "./harvest/modules.ts";
import { ownDatasets } from "./harvest/packaged.ts";
import { harvestPages } from "./harvest/pages.tsx";
import { harvestRoutes } from "./harvest/routes.ts";
import { harvesting } from "./harvest/running.ts";
import { harvestItems } from "./harvest/store.ts";
import { harvestTexts } from "./harvest/texts.ts";
import { indicatorApi } from "./indicators/api.ts";
import { measuring } from "./indicators/keeping.ts";
import { indicatorPages } from "./indicators/pages.tsx";
import { WRITE as INDICATE, isOut, KEEPERS } from "./indicators/schema.ts";
import { staffIndicatorPages } from "./indicators/staff-pages.tsx";
import { indicatorStore } from "./indicators/store.ts";
import { indicatorTexts } from "./indicators/texts.ts";
import { keyPages } from "./keys/pages.tsx";
import { keyRoutes } from "./keys/routes.ts";
import { keyItems } from "./keys/store.ts";
import { forgettingFiles, making } from "./making.ts";
import { datasetRows, publishedRows } from "./module-pages/filling.ts";
import { modulePages } from "./module-pages/pages.tsx";
import { ogcRoutes } from "./ogc.ts";
import { peoplePages } from "./people/pages.tsx";
import { promisesToPeople } from "./people/promises.ts";
import { deciders, peopleRoutes, ruleItems } from "./people/rule.ts";
import { peopleTexts } from "./people/texts.ts";
import { onPublished } from "./reactions.ts";
import { recordRoutes } from "./records/routes.ts";
import { requestPages } from "./requests/pages.tsx";
import { requestRoutes } from "./requests/routes.ts";
import { requestItems } from "./requests/store.ts";
import { requestTexts } from "./requests/texts.ts";
import { reusePages } from "./reuses/pages.tsx";
import { reuseRoutes } from "./reuses/routes.ts";
import { reuseBlobs, reuseItems } from "./reuses/store.ts";
import { opendataRoutes } from "./routes.ts";
import { WRITE } from "./schema.ts";
import { blobs, items } from "./store.ts";
import { opendataTexts } from "./texts.ts";
import { tileRoutes } from "./tiles/routes.ts";
import { uploadRoutes } from "./uploads/routes.ts";
import { discardingUploads } from "./uploads/store.ts";
import { meterRoutes } from "./use/metering.ts";
import { publishingUse } from "./use/publishing.ts";
import { versionRoutes } from "./versions/routes.tsx";

/** What the city publishes: tables and places, for people, programs and maps. */
export const opendata = cityRoom("opendata", {
  scopes: {
    [WRITE]: {
      class: "public",
      says: { en: "Publish open datasets", fr: "Publier des jeux de données ouverts", ar: "نشر مجموعات بيانات مفتوحة" },
    },
    [INDICATE]: {
      class: "public",
      says: { en: "Make the city’s indicators", fr: "Définir les indicateurs de la ville", ar: "تحديد مؤشرات المدينة" },
    },
  },
  routes: (app) => {
    // First: it sees what comes after it.
    meterRoutes(app);
    keyRoutes(app);
    keyPages(app);
    requestRoutes(app);
    requestPages(app);
    reuseRoutes(app);
    reusePages(app);
    deskPages(app);
    opendataRoutes(app);
    recordRoutes(app);
    uploadRoutes(app);
    draftRoutes(app);
    harvestRoutes(app);
    peopleRoutes(app);
    peoplePages(app);
    exportRoutes(app);
    athenaRoutes(app);
    tileRoutes(app);
    versionRoutes(app);
    ogcRoutes(app);
    dcatRoutes(app);
    ckanRoutes(app);
    exploreRoutes(app);
    indicatorApi(app);
    indicatorPages(app);
    staffIndicatorPages(app);
    cataloguePages(app);
    datasetPages(app);
    draftPages(app);
    harvestPages(app);
    modulePages(app);
    mapPages(app);
    assetRoutes(app);
  },
  collections: {
    datasets: items,
    "base-map": baseItems,
    "people-rule": ruleItems,
    indicators: (here) => indicatorStore(here).items(),
    harvests: harvestItems,
    "data-keys": keyItems,
    "data-requests": requestItems,
    reuses: reuseItems,
  },
  reactions: [followingModules, onPublished],
  answers: [
    answer(PeopleInOpenData, promisesToPeople),
    answer(PublishedRows, publishedRows),
    answer(OwnDatasets, ownDatasets),
    answer(DatasetRows, datasetRows),
  ],
  tasks: [
    reading,
    forgetting,
    discardingUploads,
    harvesting,
    publishingUse,
    measuring,
    making({ ...EXPORTS, [ARRANGED]: arranging }),
    forgettingFiles,
  ],
  leaves: {
    "DRAFT#": "what nobody has published within a day is gone",
    CATALOGUE: "it says only when something was last published, and comes with the next that is",
    USE: "what of the running day is not published yet; the days before are a dataset",
    "KEYUSE#": "how much a key used is its owner's to see here; the new house counts anew",
    "DATAVOTE#": "that somebody voted is forgotten after a day",
    "UPLOAD#": "a file that was sent goes after a day; what was published of it stays",
  },
  blobs: async function* (here) {
    yield* blobs(here);
    yield* reuseBlobs(here);
  },
  // The form that brings a file of data.
  streams: ["/staff/data"],
  waits: {
    roles: [...new Set([...DESK, ...KEEPERS])],
    run: async (here, lang) => {
      const count = (await indicatorStore(here).all()).filter((one) => !one.isRetired && isOut(one)).length;
      const out = { path: "/staff/indicators", label: indicatorTexts.in(lang)("waits"), count };
      return [...(await waitingAtDesk(here, lang)), ...(count > 0 ? [out] : [])];
    },
  },
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
