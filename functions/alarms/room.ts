import { answer, cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { alarmApi, KEEPERS } from "./api.ts";
import { Prove, RaiseForModule, Watch } from "./events.ts";
import { figureItems } from "./figures.ts";
import { alarmPages } from "./pages.tsx";
import { alarmReactions } from "./reactions.ts";
import { saysOf } from "./says.ts";
import { alarmStore } from "./store.ts";
import { alarmTexts } from "./texts.ts";
import { prove, watch } from "./watching.ts";

/** The console counts no further. */
const COUNTED = 50;

/** What does not look right with the city's money: told once for its cause, until it is over or somebody closes it. */
export const alarms = cityRoom("alarms", {
  scopes: {
    "alarms.alarms:read": {
      class: "money",
      says: {
        en: "See what does not look right with the city’s money",
        fr: "Voir ce qui semble anormal dans l’argent de la ville",
        ar: "رؤية ما لا يبدو سليمًا في أموال المدينة",
      },
    },
  },
  routes: (app) => {
    alarmApi(app);
    alarmPages(app);
  },
  answers: [
    answer(RaiseForModule, (here, { installId, part, module, what, about, value, on, at }) =>
      alarmStore(here).prepared(
        {
          kind: "module",
          cause: `${installId}#${part}#${about ?? ""}`,
          facts: { module, what, ...(about === undefined ? {} : { about }), ...(value === undefined ? {} : { value }) },
          ...(on === undefined ? {} : { variant: on }),
        },
        at,
      ),
    ),
  ],
  reactions: alarmReactions,
  tasks: [does(Watch, watch), does(Prove, prove)],
  collections: { alarms: (here) => alarmStore(here).items(), figures: figureItems },
  find: {
    roles: KEEPERS,
    run: async (here, typed, lang) => {
      if (!/^alm_/i.test(typed)) return [];
      const alarm = await alarmStore(here).find(`alm_${typed.slice(4).toUpperCase()}`);
      if (!alarm) return [];
      const title = alarmTexts.in(lang)(alarm.kind);
      return [{ path: `/staff/alarms/${alarm.id}`, title, facts: saysOf(alarm, here.city, lang) }];
    },
  },
  waits: {
    roles: KEEPERS,
    run: async (here, lang) => {
      const { alarms: open } = await alarmStore(here).list("open", { limit: COUNTED });
      const label = alarmTexts.in(lang)("standing");
      return open.length > 0 ? [{ path: "/staff/alarms", label, count: open.length, isUrgent: true }] : [];
    },
  },
  nav: [{ path: "/staff/alarms", label: (lang) => alarmTexts.in(lang)("title"), roles: KEEPERS }],
});
