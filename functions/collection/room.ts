import { answer, cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { collectionApi, KEEPERS, READERS } from "./api.ts";
import { RunCampaign, runCampaign } from "./campaigns.ts";
import { BillTold, OpenBills } from "./events.ts";
import { collectionPages } from "./pages.tsx";
import { collectionReactions } from "./reactions.ts";
import { collectionStore } from "./store.ts";
import { billTold, openBills } from "./telling.ts";
import { collectionTexts } from "./texts.ts";

/** Of the campaigns, the console looks at the latest. */
const LATEST = 10;

/** Getting in what is due: arrears, stages, reminders with their yield, and the treasurer's figures. */
export const collection = cityRoom("collection", {
  scopes: {
    "collection.figures:read": {
      class: "operational",
      says: {
        en: "See what is due, collected and open, and what reminders brought",
        fr: "Voir ce qui est dû, encaissé et ouvert, et ce que les relances ont rapporté",
        ar: "رؤية المستحق والمحصَّل والمتبقي، وما عادت به التذكيرات",
      },
    },
    "collection.campaigns:write": {
      class: "identity",
      says: {
        en: "Remind residents of unpaid bills, and see who was reminded",
        fr: "Relancer les habitants pour leurs factures impayées, et voir qui a été relancé",
        ar: "تذكير السكان بفواتير غير مدفوعة، ورؤية من ذُكّر",
      },
    },
  },
  routes: (app) => {
    collectionApi(app);
    collectionPages(app);
  },
  answers: [
    answer(BillTold, (here, { billId }) => billTold(here, billId)),
    answer(OpenBills, (here, { cursor }) => openBills(here, cursor)),
  ],
  reactions: collectionReactions,
  tasks: [does(RunCampaign, runCampaign)],
  collections: { collection: (here) => collectionStore(here).items() },
  find: {
    roles: READERS,
    run: async (here, typed, lang) => {
      if (!/^cmp_/i.test(typed)) return [];
      const found = await collectionStore(here).findCampaign(`cmp_${typed.slice(4).toUpperCase()}`);
      const t = collectionTexts.in(lang);
      return found
        ? [
            {
              path: `/staff/collection/campaigns/${found.campaign.id}`,
              title: t("campaign"),
              facts: t(found.campaign.stage),
            },
          ]
        : [];
    },
  },
  waits: {
    roles: KEEPERS,
    run: async (here, lang) => {
      const { campaigns } = await collectionStore(here).campaigns({ limit: LATEST });
      const count = campaigns.filter(({ state }) => state === "ready").length;
      const label = collectionTexts.in(lang)("readyToStart");
      return count > 0 ? [{ path: "/staff/collection/campaigns", label, count }] : [];
    },
  },
  nav: [{ path: "/staff/collection", label: (lang) => collectionTexts.in(lang)("title"), roles: READERS }],
});
