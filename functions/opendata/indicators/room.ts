import type { RoomPart } from "../../../shared/room.ts";
import { indicatorApi } from "./api.ts";
import { measuring } from "./keeping.ts";
import { indicatorPages } from "./pages.tsx";
import { isOut, KEEPERS, WRITE } from "./schema.ts";
import { staffIndicatorPages } from "./staff-pages.tsx";
import { indicatorStore } from "./store.ts";
import { indicatorTexts } from "./texts.ts";

/** The city's figures, computed from its datasets, and an alarm when one leaves its band. */
export const indicators: RoomPart = {
  scopes: {
    [WRITE]: {
      class: "public",
      says: { en: "Make the city’s indicators", fr: "Définir les indicateurs de la ville", ar: "تحديد مؤشرات المدينة" },
    },
  },
  routes: (app) => {
    indicatorApi(app);
    indicatorPages(app);
    staffIndicatorPages(app);
  },
  collections: { indicators: (here) => indicatorStore(here).items() },
  tasks: [measuring],
  waits: {
    roles: KEEPERS,
    run: async (here, lang) => {
      const count = (await indicatorStore(here).all()).filter((one) => !one.isRetired && isOut(one)).length;
      return count > 0 ? [{ path: "/staff/indicators", label: indicatorTexts.in(lang)("waits"), count }] : [];
    },
  },
};
