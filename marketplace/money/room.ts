import { cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { moneyApi, READERS } from "./api.ts";
import { creditApi } from "./credit-api.ts";
import { creditTexts } from "./credit-texts.ts";
import { drawMonths } from "./drawing.ts";
import { AskCards, BillSponsor, DrawMonths, TellParties } from "./events.ts";
import { moneyPages } from "./pages.tsx";
import { askCards } from "./paying.ts";
import { reactions } from "./reactions.ts";
import { billSponsor } from "./sponsor-bills.ts";
import { moneyStore } from "./store.ts";
import { tellParties } from "./telling.ts";
import { moneyTexts } from "./texts.ts";

/** What a city's modules cost: prices agreed to, one invoice a month, shared out and paid. */
export const moduleMoney = cityRoom("module_money", {
  scopes: {
    "module_money.invoices:read": {
      class: "money",
      says: {
        en: "See what modules cost the city",
        fr: "Voir ce que les modules coûtent à la ville",
        ar: "رؤية ما تكلّفه الوحدات للمدينة",
      },
    },
  },
  routes: (app) => {
    moneyApi(app);
    creditApi(app);
    moneyPages(app);
  },
  reactions,
  tasks: [
    ...[does(DrawMonths, drawMonths), does(TellParties, tellParties), does(AskCards, askCards)],
    does(BillSponsor, async (here, id) => {
      await billSponsor(here, id);
      return {};
    }),
  ],
  collections: { module_money: (here) => moneyStore(here).items() },
  waits: {
    roles: ["treasurer"],
    run: async (here, lang) => {
      const store = moneyStore(here);
      const [latest, notes] = await Promise.all([store.latest(), store.notes()]);
      const [t, path] = [moneyTexts.in(lang), "/staff/module-money"];
      const open = latest.filter(({ state }) => state === "drawn" || state === "approved");
      return [
        { path, label: t("toApprove"), count: open.length },
        { path, label: creditTexts.in(lang)("toGrant"), count: notes.filter(({ state }) => state === "asked").length },
      ].filter(({ count }) => count > 0);
    },
  },
  nav: [{ path: "/staff/module-money", label: (lang) => moneyTexts.in(lang)("title"), roles: READERS }],
});
