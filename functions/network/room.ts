import { answer, cityRoom } from "../../shared/room.ts";
import { analysing } from "./analysing.ts";
import { networkApi } from "./api.ts";
import { PointsOfAccounts, PointUsage } from "./events.ts";
import { goingOn } from "./importing.ts";
import { telling } from "./keeping.ts";
import { lossApi } from "./losses-api.ts";
import { lossStore } from "./losses-store.ts";
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
    "network.losses:read": {
      class: "household",
      says: {
        en: "See losses, leaks and which connection points are suspected of theft",
        fr: "Voir les pertes, les fuites et les points de raccordement soupçonnés de fraude",
        ar: "رؤية الفواقد والتسربات ونقاط التوصيل المشتبه في سرقتها",
      },
    },
    "network.losses:write": {
      class: "operational",
      says: {
        en: "Work out losses, send crews and say what they found",
        fr: "Calculer les pertes, envoyer des équipes et dire ce qu’elles ont trouvé",
        ar: "حساب الفواقد وإرسال الفرق وتسجيل ما وجدته",
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
    lossApi(app);
  },
  answers: [answer(PointsOfAccounts, pointsOfAccounts), answer(PointUsage, pointUsage)],
  tasks: [telling, goingOn, analysing],
  collections: { network: (here) => networkStore(here).graph(), losses: (here) => lossStore(here).items() },
  leaves: { "NETUSE#": "what an analysis has read stays three days, and is read again" },
});
