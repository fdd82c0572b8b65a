import { answer, cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { askedOfMany } from "./asked.ts";
import { batchStore } from "./batch-store.ts";
import { checkAnswers, checkCollections, checkRoutes, checkTasks, checkWaits } from "./checks/index.ts";
import { Compaction, runCompaction } from "./compaction.ts";
import { deliveredLeaves, metersOfDelivery } from "./delivered-meters.ts";
import { MetersOfAccounts, MonthlyUsage } from "./events.ts";
import { fileReportLeaves } from "./file-reports.ts";
import { handCollections, handLeaves, handRoutes, handTasks } from "./hand/index.ts";
import { handStore } from "./hand/store.ts";
import { homeCollections, homeLeaves, homeRoutes, homeTasks } from "./home/index.ts";
import { mappingStore } from "./mapping-store.ts";
import { meterReactions } from "./reactions.ts";
import { monthlyUsage } from "./reading.ts";
import { meterRoutes } from "./routes.tsx";
import { sharedRateLeaves } from "./shared-rate.ts";
import { sourceCollections, sourceLeaves, sourceRoutes, sourceTasks, sourceWaits } from "./sources/index.ts";
import { StallWatch, watchStall } from "./stalled.ts";
import { meterStore } from "./store.ts";
import { tamperAnswers, tamperRoutes } from "./tamper/index.ts";
import { meterTexts } from "./texts.ts";

/** Meters and what they counted: files in, packed, read by day and month. */
export const meters = cityRoom("meters", {
  scopes: {
    "meters.readings:read": {
      class: "household",
      says: {
        en: "See what homes use, meter by meter and hour by hour",
        fr: "Voir ce que les logements consomment, compteur par compteur et heure par heure",
        ar: "رؤية استهلاك المنازل، عداداً بعداد وساعة بساعة",
      },
    },
    "meters.readings:write": {
      class: "operational",
      says: {
        en: "Deliver meter readings, and register the meters that they name",
        fr: "Livrer des relevés et enregistrer les compteurs qu’ils nomment",
        ar: "تسليم قراءات العدادات وتسجيل العدادات التي تسميها",
      },
    },
    "meters.meters:write": {
      class: "operational",
      says: {
        en: "Register meters and tie them to accounts",
        fr: "Enregistrer des compteurs et les rattacher à des comptes",
        ar: "تسجيل العدادات وربطها بالحسابات",
      },
    },
  },
  routes: (app) => {
    checkRoutes(app);
    meterRoutes(app);
    tamperRoutes(app);
    sourceRoutes(app);
    homeRoutes(app);
    handRoutes(app);
  },
  answers: [
    answer(MonthlyUsage, (here, { meterId, month }) => monthlyUsage(here, meterId, month)),
    answer(MetersOfAccounts, async (here, { accountIds }) =>
      [...(await meterStore(here).ofAccounts(accountIds))].flatMap(([accountId, meters]) =>
        meters.map(({ id, serial, kind }) => ({ accountId, meterId: id, serial, kind })),
      ),
    ),
    ...askedOfMany,
    metersOfDelivery,
    ...checkAnswers,
    ...tamperAnswers,
  ],
  find: {
    roles: ["agent", "treasurer", "administrator"],
    run: async (here, typed, lang) =>
      [...(await meterStore(here).byNumbers([typed])).values()].map(({ id, serial, kind }) => ({
        path: `/meters/${id}`,
        title: meterTexts.in(lang)("meter", { serial }),
        facts: meterTexts.in(lang)(kind),
      })),
  },
  collections: {
    meters: (here) => meterStore(here).allMeters(),
    deliveries: (here) => meterStore(here).allDeliveries(),
    batches: (here) => batchStore(here).all(),
    mappings: (here) => mappingStore(here).all(),
    ...sourceCollections,
    ...checkCollections,
    ...homeCollections,
    ...handCollections,
  },
  async *blobs(here) {
    yield* batchStore(here).blobs();
    yield* handStore(here).photos();
  },
  reactions: meterReactions,
  waits: {
    roles: checkWaits.roles,
    run: async (here, lang) => {
      const all = await Promise.all([sourceWaits, checkWaits].map((one) => one?.run(here, lang)));
      return all.flatMap((some) => some ?? []);
    },
  },
  tasks: [
    does(Compaction, runCompaction),
    does(StallWatch, watchStall),
    ...sourceTasks,
    ...checkTasks,
    ...homeTasks,
    ...handTasks,
  ],
  leaves: {
    ...sourceLeaves,
    ...homeLeaves,
    ...handLeaves,
    ...deliveredLeaves,
    ...fileReportLeaves,
    ...sharedRateLeaves,
    "UPLOAD#": "a file between preview and yes lives an hour",
    SEGMENTDRAFTS: "bytes to be removed, which do not go along",
  },
  nav: [
    { path: "/meters", label: (lang) => meterTexts.in(lang)("myMeters"), roles: ["resident"] },
    {
      path: "/staff/meters",
      label: (lang) => meterTexts.in(lang)("meters"),
      roles: ["agent", "treasurer", "administrator"],
    },
  ],
});
