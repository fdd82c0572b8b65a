import { apiKeys } from "../../shared/identity/api-keys.ts";
import { personItems } from "../../shared/identity/persons.ts";
import { cityRoom } from "../../shared/room.ts";
import { identityPages } from "./pages.tsx";
import { identityRoutes } from "./routes.ts";
import { identityTexts } from "./texts.ts";

/** Who somebody is in a city: one-time codes, the city's own provider, roles, keys of programs. */
export const identity = cityRoom("identity", {
  routes: (app) => {
    identityRoutes(app);
    identityPages(app);
  },
  collections: {
    persons: (here) => personItems(here.table),
    keys: async function* (here) {
      for (const { item } of await apiKeys(here.table)) yield item;
    },
  },
  leaves: {
    "CODE#": "one-time codes live ten minutes",
    "LIMIT#": "counts of tries live half an hour",
    "PERSON# SESSION#": "a session is signed for this house: everyone signs in again",
    "OIDC#": "a sign-in under way lives ten minutes",
    PROVIDER: "its client secret is sealed for this house, and its return address is this house's: set it again",
  },
  nav: [
    { path: "/staff/people", label: (lang) => identityTexts.in(lang)("people"), roles: ["administrator"] },
    { path: "/staff/keys", label: (lang) => identityTexts.in(lang)("keys"), roles: ["administrator"] },
    { path: "/staff/sign-in-provider", label: (lang) => identityTexts.in(lang)("provider"), roles: ["administrator"] },
  ],
});
