import { answer, cityRoom } from "../../shared/room.ts";
import { packageKey } from "../contract/canonical.ts";
import { installApi } from "./api.ts";
import { delivering } from "./deliveries.ts";
import { deliveryPages } from "./delivery-pages.tsx";
import { erasing, erasure } from "./erasing.ts";
import { evenings } from "./evening.ts";
import { EraseInModules, InstalledParts, ModulePages } from "./events.ts";
import { hearing } from "./hearing.ts";
import { heed, heedAtUse, heedingItems, warning } from "./heeding.ts";
import { heedingPages } from "./heeding-pages.tsx";
import { listPages } from "./list-pages.tsx";
import { installPages } from "./pages.tsx";
import { checkItems } from "./release.ts";
import { releaseRoutes } from "./release-pages.tsx";
import { remoteApi } from "./remote.ts";
import { spokenIn } from "./spoken.ts";
import { digestsOf, installStore } from "./store.ts";
import { lifeTasks } from "./tasks.ts";
import { installTexts } from "./texts.ts";
import { transparencyApi } from "./transparency.ts";
import { transparencyPages } from "./transparency-pages.tsx";

/** The front page leads to so many; the rest stands at `/modules`. */
const PAGES_SHOWN = 12;

/** What a city takes from the marketplace: it sees, tries, installs, goes back, removes; others ask what serves now. */
export const installs = cityRoom("marketplace", {
  scopes: {
    "marketplace.installs:read": {
      class: "operational",
      says: { en: "See the city’s modules", fr: "Voir les modules de la ville", ar: "رؤية وحدات المدينة" },
    },
    "marketplace.installs:write": {
      class: "operational",
      says: {
        en: "Try, install and remove modules",
        fr: "Essayer, installer et retirer des modules",
        ar: "تجربة الوحدات وتركيبها وإزالتها",
      },
    },
    "marketplace.runs:read": {
      class: "operational",
      says: {
        en: "See how a module’s rules and programs ran, without the data",
        fr: "Voir comment les règles et programmes d’un module ont tourné, sans les données",
        ar: "رؤية كيف عملت قواعد الوحدة وبرامجها، بلا البيانات",
      },
    },
  },
  routes: (app) => {
    installApi(app);
    // Before the pages of a module, whose forms take any last word of an address.
    deliveryPages(app);
    listPages(app);
    releaseRoutes(app);
    installPages(app);
    transparencyApi(app);
    transparencyPages(app);
    heedingPages(app);
    remoteApi(app);
  },
  reactions: hearing,
  tasks: [evenings, ...lifeTasks, warning, delivering, erasing],
  answers: [
    answer(InstalledParts, async (here, asked) => {
      await heedAtUse(here);
      return (await installStore(here).serving(asked)).map(({ install, part }) => ({
        installId: install.id,
        module: install.module,
        version: install.version,
        digest: install.digest,
        part,
        ...(install.settings.config[part.id] ? { config: install.settings.config[part.id] } : {}),
      }));
    }),
    answer(EraseInModules, async (here, { ids }) => ({ write: erasure(here, ids) })),
    answer(ModulePages, (here) => installStore(here).pages(PAGES_SHOWN)),
  ],
  // The key by which a house's marketplace is trusted stays behind: in another house the city sees another's first.
  collections: { installs: (here) => installStore(here).items(), heeding: heedingItems, checks: checkItems },
  heeds: heed,
  speaks: spokenIn,
  leaves: {
    EVENINGS: "that an evening was told is forgotten after a week",
    MARKET: "the key of this house's marketplace: in another house the city sees that one's key first",
  },
  blobs: async function* (here) {
    for (const install of await installStore(here).list())
      if (install.state !== "leaving") for (const digest of new Set(digestsOf(install))) yield packageKey(digest);
  },
  nav: [
    { path: "/modules", label: (lang) => installTexts.in(lang)("publicTitle") },
    {
      path: "/staff/modules",
      label: (lang) => installTexts.in(lang)("title"),
      roles: ["administrator", "data_officer"],
    },
  ],
});
