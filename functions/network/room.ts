import { answer, cityRoom } from "../../shared/room.ts";
import { adding } from "./adding.ts";
import { analysing } from "./analysing.ts";
import { KEEPERS, networkApi, READERS } from "./api.ts";
import { areaDemand, areasNamed } from "./demand.ts";
import { AccountsAtPoint, AreaDemand, AreasNamed, PointsOfAccounts, PointUsage } from "./events.ts";
import { goingOn } from "./importing.ts";
import { telling } from "./keeping.ts";
import { lossApi } from "./losses-api.ts";
import { lossStore } from "./losses-store.ts";
import { nightly, nightlyReactions } from "./nightly.ts";
import { networkPages } from "./pages.tsx";
import { Code } from "./schema.ts";
import { networkStore } from "./store.ts";
import { networkTexts } from "./texts.ts";
import { pointsOfAccounts, pointUsage } from "./usage.ts";

/** Of the work orders, the console looks at the latest. */
const LATEST = 20;

/** What feeds whom, since when; and what is lost on the way. */
export const network = cityRoom("network", {
  scopes: {
    // Whose a point is since when, and what its meters showed at an exchange, tell of a home.
    "network.graph:read": {
      class: "household",
      says: {
        en: "See zones, feeders, connection points, whom they serve, and which meter stands where and what it showed",
        fr: "Voir les secteurs, départs, points de raccordement, qui ils desservent, l’emplacement et les index des compteurs",
        ar: "رؤية القطاعات والمغذيات ونقاط التوصيل ومن تخدمه ومكان كل عداد وما أظهره",
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
    // A work order is answered with what is lost at its point.
    "network.losses:write": {
      class: "household",
      says: {
        en: "Work out losses, send crews and say what they found",
        fr: "Calculer les pertes, envoyer des équipes et dire ce qu’elles ont trouvé",
        ar: "حساب الفواقد وإرسال الفرق وتسجيل ما وجدته",
      },
    },
    // A change is answered with the whole point.
    "network.graph:write": {
      class: "household",
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
    networkPages(app);
  },
  answers: [
    answer(PointsOfAccounts, pointsOfAccounts),
    answer(PointUsage, pointUsage),
    answer(AccountsAtPoint, async (here, { point }) => {
      const code = Code.safeParse(point);
      const [found] = code.success ? await networkStore(here).pointsNamed([code.data]) : [];
      const now = here.clock.now().toISOString();
      return (found?.is.accounts ?? [])
        .filter((one) => one.from <= now && (one.to ?? "9") > now)
        .map((one) => one.accountId);
    }),
    answer(AreaDemand, areaDemand),
    answer(AreasNamed, areasNamed),
  ],
  reactions: nightlyReactions,
  tasks: [telling, goingOn, analysing, nightly, adding],
  collections: { network: (here) => networkStore(here).graph(), losses: (here) => lossStore(here).items() },
  find: {
    roles: READERS,
    run: async (here, typed, lang) => {
      const code = Code.safeParse(typed);
      const [point] = code.success ? await networkStore(here).pointsNamed([code.data]) : [];
      const t = networkTexts.in(lang);
      return point
        ? [
            {
              path: `/staff/network/points/${point.is.code}`,
              title: `${t("point")} ${point.is.code}`,
              facts: t(point.is.kind),
            },
          ]
        : [];
    },
  },
  waits: {
    roles: KEEPERS,
    run: async (here, lang) => {
      const { orders } = await lossStore(here).orders({ limit: LATEST });
      const count = orders.filter(({ state }) => state === "open").length;
      return [{ path: "/staff/network/orders", label: networkTexts.in(lang)("orders"), count }];
    },
  },
  nav: [{ path: "/staff/network", label: (lang) => networkTexts.in(lang)("network"), roles: READERS }],
  leaves: {
    "NETUSE#": "what an analysis has read stays three days, and is read again",
    NETADDED: "what was added up of an area is added up anew after a quarter of an hour",
  },
});
