import { cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { moneyApi, READERS } from "./api.ts";
import { drawMonths } from "./drawing.ts";
import { AskCards, DrawMonths, TellParties } from "./events.ts";
import { moneyPages } from "./pages.tsx";
import { askCards } from "./paying.ts";
import { reactions } from "./reactions.ts";
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
    moneyPages(app);
  },
  reactions,
  tasks: [does(DrawMonths, drawMonths), does(TellParties, tellParties), does(AskCards, askCards)],
  collections: { module_money: (here) => moneyStore(here).items() },
  waits: {
    roles: ["treasurer"],
    run: async (here, lang) => {
      const open = (await moneyStore(here).latest()).filter(({ state }) => state === "drawn" || state === "approved");
      const waiting = { path: "/staff/module-money", label: moneyTexts.in(lang)("toApprove"), count: open.length };
      return open.length > 0 ? [waiting] : [];
    },
  },
  nav: [{ path: "/staff/module-money", label: (lang) => moneyTexts.in(lang)("title"), roles: READERS }],
});
