import { answer, cityRoom } from "../../shared/room.ts";
import { networkApi } from "./api.ts";
import { PointsOfAccounts, PointUsage } from "./events.ts";
import { goingOn } from "./importing.ts";
import { telling } from "./keeping.ts";
import { networkStore } from "./store.ts";
import { pointsOfAccounts, pointUsage } from "./usage.ts";

/** What feeds whom, since when; and what is lost on the way. */
export const network = cityRoom("network", {
  scopes: {
    "network.graph:read": {
      class: "operational",
      says: {
        en: "See zones, feeders, connection points and which meter stands where",
        fr: "Voir les secteurs, départs, points de raccordement et l’emplacement des compteurs",
        ar: "رؤية القطاعات والمغذيات ونقاط التوصيل ومكان كل عداد",
      },
    },
    "network.graph:write": {
      class: "operational",
      says: {
        en: "Change zones, feeders and connection points, and exchange meters",
        fr: "Modifier secteurs, départs et points de raccordement, et échanger des compteurs",
        ar: "تعديل القطاعات والمغذيات ونقاط التوصيل واستبدال العدادات",
      },
    },
  },
  routes: (app) => {
    networkApi(app);
  },
  answers: [answer(PointsOfAccounts, pointsOfAccounts), answer(PointUsage, pointUsage)],
  tasks: [telling, goingOn],
  collections: { network: (here) => networkStore(here).graph() },
});
