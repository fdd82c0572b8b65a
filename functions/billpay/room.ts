import { formatMoney } from "../../shared/money.ts";
import { answer, cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { ThirdPartySettles } from "./events.ts";
import { paymentObject } from "./gsma.ts";
import { CallBack, callBack, FinishTaken, finishTaken, settles } from "./paying.ts";
import "./refusal-texts.ts";
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
  // A third party's payment is a payment of the city's: what it is called there leads to it.
  find: {
    roles: ["treasurer", "administrator"],
    run: async (here, typed, lang) => {
      const store = billpayStore(here);
      const own = /^bpp_/i.test(typed) ? `bpp_${typed.slice(4).toUpperCase()}` : typed;
      const signs = typed.toUpperCase().replace(/\s/g, "");
      const [taken, settles] = await Promise.all([store.named(own), store.bySettlement(signs)]);
      return [
        ...taken.map(({ paymentId, reference, amountMinor, currency, id }) => ({
          path: paymentId ? `/staff/payments/of/${paymentId}` : "/staff/third-parties",
          title: `${reference} · ${formatMoney(amountMinor, currency, lang)}`,
          facts: id,
        })),
        ...(settles ? [{ path: "/staff/third-parties", title: settles.name, facts: signs }] : []),
      ];
    },
  },
  nav: [
    {
      path: "/staff/third-parties",
      label: (lang) => billpayTexts.in(lang)("thirdParties"),
      roles: ["treasurer", "administrator"],
    },
  ],
});
