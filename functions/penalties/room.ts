import { answer, cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { amnestyReactions, CountOffered, countOffered } from "./amnesties.ts";
import { DECIDERS, penaltyApi, READERS } from "./api.ts";
import { PenaltyTerms } from "./events.ts";
import { LookAtAll, LookAtBill, lookAtAll, lookAtBill, lookingReactions } from "./looking.ts";
import { penaltyPages } from "./pages.tsx";
import "./refusal-texts.ts";
import { penaltyStore } from "./store.ts";
import { termsOf } from "./terms.ts";
import { penaltyTexts } from "./texts.ts";

/** The console looks at the latest. */
const LATEST = 20;

/** By when bills are due, what being late costs, and when that is given up. */
export const penalties = cityRoom("penalties", {
  routes: (app) => {
    penaltyApi(app);
    penaltyPages(app);
  },
  answers: [answer(PenaltyTerms, termsOf)],
  reactions: [...lookingReactions, ...amnestyReactions],
  tasks: [
    does(LookAtAll, (here, _all, data) => lookAtAll(here, data)),
    does(LookAtBill, lookAtBill),
    does(CountOffered, countOffered),
  ],
  collections: { penalties: (here) => penaltyStore(here).items() },
  waits: {
    roles: DECIDERS,
    run: async (here, lang) => {
      const store = penaltyStore(here);
      const [{ rules }, { amnesties }] = await Promise.all([
        store.rules({ limit: LATEST }),
        store.amnesties({ limit: LATEST }),
      ]);
      const count = (all: readonly { state: string }[]) => all.filter(({ state }) => state === "proposed").length;
      const label = penaltyTexts.in(lang)("toApprove");
      return [
        { path: "/staff/billing/penalties", label, count: count(rules) },
        { path: "/staff/billing/amnesties", label, count: count(amnesties) },
      ].filter((one) => one.count > 0);
    },
  },
  nav: [{ path: "/staff/billing/penalties", label: (lang) => penaltyTexts.in(lang)("penalties"), roles: READERS }],
});
