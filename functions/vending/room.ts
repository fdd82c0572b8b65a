import { cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { READERS, vendingApi } from "./api.ts";
import { bulkApi } from "./bulk/api.ts";
import { bulkPages } from "./bulk/pages.tsx";
import { Share, share } from "./bulk/sharing.ts";
import { bulkStaffPages } from "./bulk/staff-pages.tsx";
import { bulkStore } from "./bulk/store.ts";
import { RunKeyCampaign, runKeyCampaign } from "./campaigns.ts";
import { Issue, issue } from "./engineering.ts";
import { found } from "./finding.ts";
import { vendingPages } from "./pages.tsx";
import { vendingReactions } from "./reactions.ts";
import { sourceLeaves } from "./sources/index.ts";
import { sourcesApi } from "./sources-api.ts";
import { vendingStaffApi } from "./staff-api.ts";
import { vendingStaffPages } from "./staff-pages.tsx";
import { vendingStaffTexts } from "./staff-texts.ts";
import { vendingStore } from "./store.ts";
import { vendingTexts } from "./texts.ts";
import { Vend, vend } from "./vending.ts";

/** So many are counted for the console. */
const WAITING_MAX = 20;

/** Prepaid electricity and water: money that is paid becomes units, and units a token, once. */
export const vending = cityRoom("vending", {
  scopes: {
    "vending.meters:read": {
      class: "household",
      says: {
        en: "See prepaid meters and what was bought for them",
        fr: "Voir les compteurs prépayés et ce qui a été acheté pour eux",
        ar: "رؤية العدّادات مسبقة الدفع وما اشتُري لها",
      },
    },
    "vending.meters:write": {
      class: "household",
      says: {
        en: "Take in and change prepaid meters, and say that one has its new key",
        fr: "Enregistrer et modifier des compteurs prépayés, et signaler qu’un compteur a sa nouvelle clé",
        ar: "تسجيل العدّادات مسبقة الدفع وتعديلها والإبلاغ بأن عدّادًا حصل على مفتاحه الجديد",
      },
    },
  },
  routes: (app) => {
    vendingApi(app);
    bulkApi(app);
    vendingStaffApi(app);
    sourcesApi(app);
    vendingPages(app);
    bulkPages(app);
    vendingStaffPages(app);
    bulkStaffPages(app);
  },
  reactions: vendingReactions,
  tasks: [does(Vend, vend), does(Share, share), does(Issue, issue), does(RunKeyCampaign, runKeyCampaign)],
  collections: { vending: (here) => vendingStore(here).items(), bulk_purchases: (here) => bulkStore(here).items() },
  leaves: sourceLeaves,
  find: { roles: READERS, run: found },
  waits: {
    roles: READERS,
    run: async (here, lang) => {
      const [{ purchases, orders }, bulks] = await Promise.all([
        vendingStore(here).waiting(WAITING_MAX),
        bulkStore(here).waiting(WAITING_MAX),
      ]);
      const count = purchases.length + orders.length + bulks.length;
      return count > 0 ? [{ path: "/staff/prepaid", label: vendingStaffTexts.in(lang)("toDecide"), count }] : [];
    },
  },
  nav: [
    { path: "/prepaid", label: (lang) => vendingTexts.in(lang)("title") },
    { path: "/prepaid/mine", label: (lang) => vendingTexts.in(lang)("mine"), roles: ["resident"] },
    { path: "/staff/prepaid", label: (lang) => vendingStaffTexts.in(lang)("title"), roles: READERS },
  ],
});
