import { cityRoom } from "../../shared/room.ts";
import { DECIDE, pilotApi } from "./api.ts";
import { pilotPages } from "./pages.tsx";
import { looking, pilotItems } from "./running.ts";
import { pilotTexts } from "./texts.ts";

/** What a city tries before it decides: judged as was signed before, and shown whatever comes of it. */
export const pilotRoom = cityRoom("pilots", {
  routes: (app) => {
    pilotApi(app);
    pilotPages(app);
  },
  tasks: [looking],
  collections: { pilots: pilotItems },
  nav: [
    { path: "/pilots", label: (lang) => pilotTexts.in(lang)("pilots") },
    { path: "/staff/pilots", label: (lang) => pilotTexts.in(lang)("pilots"), roles: [...DECIDE] },
  ],
});
