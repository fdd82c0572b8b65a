import { answer, cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { DepositArrived, Tills } from "./events.ts";
import { found } from "./finding.ts";
import "./refusal-texts.ts";
import { counterRoutes } from "./routes.tsx";
import { counterStore } from "./store.ts";
import { counterTexts } from "./texts.ts";
import { arrived, FinishReceipt, finished } from "./till.ts";

/** Cash over the counter: tills, receipts numbered without a gap, and a closing that two people sign. */
export const counter = cityRoom("counter", {
  scopes: {
    "counter.reports:read": {
      class: "money",
      says: {
        en: "See what the tills took each day",
        fr: "Voir ce que les caisses encaissent chaque jour",
        ar: "رؤية ما تقبضه الصناديق كل يوم",
      },
    },
  },
  routes: counterRoutes,
  answers: [
    answer(DepositArrived, arrived),
    answer(Tills, async (here) => ({
      tills: (await counterStore(here).tills()).map(({ code, name, currency, state }) => ({
        ...{ code, name, currency },
        isOpen: state === "open",
      })),
    })),
  ],
  tasks: [
    does(FinishReceipt, async (here, _id, { till, year, number }) => {
      const receipt = await counterStore(here).findReceipt(till, year, number);
      if (receipt) await finished(here, receipt);
      return {};
    }),
  ],
  collections: { counter: (here) => counterStore(here).items() },
  find: { roles: ["agent", "treasurer", "administrator"], run: found },
  nav: [
    {
      path: "/staff/counter",
      label: (lang) => counterTexts.in(lang)("counter"),
      roles: ["agent", "treasurer", "administrator"],
    },
  ],
});
