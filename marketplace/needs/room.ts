import { cityRoom, houseRoom } from "../../shared/room.ts";
import { needApi, WRITE } from "./api.ts";
import { needRoutes } from "./house.tsx";
import { needPages } from "./pages.tsx";
import { needItems } from "./posting.ts";
import { needTexts } from "./texts.ts";

/** A city says what it needs, and what would prove an answer. */
export const cityNeeds = cityRoom("needs", {
  scopes: {
    [WRITE]: {
      class: "operational",
      says: {
        en: "Say what the city needs, under its key",
        fr: "Dire ce dont la ville a besoin, sous sa clé",
        ar: "إعلان احتياجات المدينة بمفتاحها",
      },
    },
  },
  routes: (app) => {
    needApi(app);
    needPages(app);
  },
  collections: { needs: needItems },
  nav: [{ path: "/staff/needs", label: (lang) => needTexts.in(lang)("own"), roles: ["administrator"] }],
});

/** All cities' needs, and who answers them. */
export const needsHouse = houseRoom("needs", { routes: needRoutes });
