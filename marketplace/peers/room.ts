import { cityRoom, houseRoom } from "../../shared/room.ts";
import { peerApi, READ, WRITE } from "./api.ts";
import { peerPages } from "./pages.tsx";
import { sentRoutes } from "./sent.tsx";
import { peerStore } from "./store.ts";
import { peerTexts } from "./texts.ts";

/** From city to city: what works here is packaged, what others made is adapted and merged. */
export const peers = cityRoom("peers", {
  scopes: {
    [READ]: {
      class: "operational",
      says: {
        en: "See what could be packaged for other cities",
        fr: "Voir ce qui pourrait servir à d’autres villes",
        ar: "رؤية ما يمكن حزمه لمدن أخرى",
      },
    },
    [WRITE]: {
      class: "operational",
      says: {
        en: "Package services under the city’s key, and adapt others’",
        fr: "Faire des paquets sous la clé de la ville, et adapter ceux des autres",
        ar: "حزم الخدمات بمفتاح المدينة وتكييف حزم الآخرين",
      },
    },
  },
  routes: (app) => {
    peerApi(app);
    peerPages(app);
  },
  collections: { packages: (here) => peerStore(here).items() },
  blobs: (here) => peerStore(here).files(),
  nav: [
    { path: "/staff/packages", label: (lang) => peerTexts.in(lang)("packages"), roles: ["administrator"] },
    { path: "/staff/adoptions", label: (lang) => peerTexts.in(lang)("adoptions"), roles: ["administrator"] },
  ],
});

/** Where a page brings what a city signed. */
export const peersHouse = houseRoom("peers", { routes: sentRoutes });
