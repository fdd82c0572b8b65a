import { cityRoom } from "../../shared/room.ts";
import { forecastApi, READERS } from "./api.ts";
import { daily, tellingPeaks } from "./making.ts";
import { forecastPages } from "./pages.tsx";
import { forecastStore } from "./store.ts";
import { forecastTexts } from "./texts.ts";

/** What zones will need, kept with its error; and the cheapest hours for what can wait. */
export const forecast = cityRoom("forecast", {
  scopes: {
    "forecast.forecasts:read": {
      class: "operational",
      says: {
        en: "See what zones used and are expected to use hour by hour",
        fr: "Voir ce que les secteurs ont consommé et devraient consommer heure par heure",
        ar: "رؤية ما استهلكته القطاعات وما يُتوقع أن تستهلكه ساعة بساعة",
      },
    },
    "forecast.zones:write": {
      class: "operational",
      says: {
        en: "Ask for forecasts, make them public, set peak alerts and give temperatures",
        fr: "Demander des prévisions, les rendre publiques, régler les alertes de pointe et fournir des températures",
        ar: "طلب التوقعات ونشرها وضبط تنبيهات الذروة وتقديم درجات الحرارة",
      },
    },
  },
  routes: (app) => {
    forecastApi(app);
    forecastPages(app);
  },
  tasks: [daily, tellingPeaks],
  collections: { forecasts: (here) => forecastStore(here).items() },
  nav: [
    { path: "/forecasts", label: (lang) => forecastTexts.in(lang)("title") },
    { path: "/staff/forecasts", label: (lang) => forecastTexts.in(lang)("title"), roles: READERS },
  ],
});
