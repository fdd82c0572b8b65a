import { answer, cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { ThirdPartySettles } from "./events.ts";
import { paymentObject } from "./gsma.ts";
import { CallBack, callBack, FinishTaken, finishTaken, settles } from "./paying.ts";
import { billpayRoutes } from "./routes.tsx";
import { billpayStore } from "./store.ts";
import { billpayTexts } from "./texts.ts";

/** A wallet, a bank or a shop pays a city's bill: GSMA Mobile Money 1.2 and GovStack P2G, as the biller. */
export const billpay = cityRoom("billpay", {
  scopes: {
    "billpay.bills:read": {
      class: "money",
      says: {
        en: "As a registered third party, see what is due by a reference",
        fr: "En tant que tiers enregistré, voir ce qui est dû par référence",
        ar: "بصفته طرفًا ثالثًا مسجَّلًا، رؤية المستحق حسب المرجع",
      },
    },
    "billpay.payments:write": {
      class: "money",
      says: {
        en: "As a registered third party, take payments of bills for the city",
        fr: "En tant que tiers enregistré, encaisser des factures pour la ville",
        ar: "بصفته طرفًا ثالثًا مسجَّلًا، تحصيل الفواتير للمدينة",
      },
    },
  },
  routes: billpayRoutes,
  answers: [answer(ThirdPartySettles, settles)],
  tasks: [
    does(FinishTaken, (here, _id, at) => finishTaken(here, at, paymentObject)),
    does(CallBack, (here, _id, told) => callBack(here, told)),
  ],
  collections: { billpay: (here) => billpayStore(here).items() },
  nav: [
    {
      path: "/staff/third-parties",
      label: (lang) => billpayTexts.in(lang)("thirdParties"),
      roles: ["treasurer", "administrator"],
    },
  ],
});
