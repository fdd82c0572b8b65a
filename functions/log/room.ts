import { parked } from "../../shared/courier.ts";
import { replayItems } from "../../shared/replays.ts";
import { cityRoom } from "../../shared/room.ts";
import { logRoutes } from "./routes.tsx";
import { logTexts } from "./texts.ts";

/** The city's one log, for those who answer for it: what happened, what could not be delivered, and telling it again. */
export const log = cityRoom("log", {
  scopes: {
    "log.events:read": {
      class: "operational",
      says: { en: "Read the city’s log", fr: "Lire le journal de la ville", ar: "قراءة سجل المدينة" },
    },
  },
  routes: logRoutes,
  collections: {
    // Facts go out as the log keeps them; what was due to be delivered in the old house is not due in the new one.
    events: async function* (here) {
      for await (const item of here.table.all({ pk: "LOG", index: "gsi1" })) {
        const { gsi2pk: _due, gsi2sk: _when, ...fact } = item;
        yield fact;
      }
    },
    // Without these, a replay in the new house would repeat effects that stand.
    seen: async function* (here) {
      for await (const item of here.table.all({ pk: "LOG", index: "gsi1" }))
        yield* here.table.all({ pk: item.pk.replace("EVENT#", "SEEN#") });
    },
    // What is planned goes on in the new house; what was given up is still to be looked at there.
    tasks: async function* (here) {
      for await (const item of here.table.all({ pk: "DUE", index: "gsi2" })) if (item.sk === "TASK") yield item;
      for await (const item of here.table.all({ pk: "PARKED", index: "gsi1" })) if (item.sk === "TASK") yield item;
    },
    replays: replayItems,
  },
  waits: {
    roles: ["administrator"],
    run: async (here, lang) => [
      {
        path: "/staff/log",
        label: logTexts.in(lang)("parked"),
        count: (await parked(here)).items.length,
        isUrgent: true,
      },
    ],
  },
  leaves: { "DELIVERY#": "what was to be tried again is what a replay finds unseen" },
  nav: [{ path: "/staff/log", label: (lang) => logTexts.in(lang)("title"), roles: ["administrator"] }],
});
