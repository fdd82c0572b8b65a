import { cityRoom } from "../../shared/room.ts";
import { closingItems } from "./closings.ts";
import "./refusal-texts.ts";
import { ledgerRoutes } from "./routes.tsx";
import { ledgerTexts } from "./texts.ts";

/** The city's journal, for the treasurer and the accountant: proof, balances, entries. Programs with the right may post. */
export const ledger = cityRoom("ledger", {
  scopes: {
    "ledger.entries:read": {
      class: "money",
      says: {
        en: "See the ledger’s entries, balances and proof",
        fr: "Voir les écritures, les soldes et la preuve du grand livre",
        ar: "رؤية قيود دفتر الأستاذ وأرصدته وبرهانه",
      },
    },
    "ledger.transfers:write": {
      class: "money",
      says: {
        en: "Post transfers between any accounts of the ledger",
        fr: "Passer des écritures entre tous les comptes du grand livre",
        ar: "تسجيل تحويلات بين أي حسابات في دفتر الأستاذ",
      },
    },
  },
  routes: ledgerRoutes,
  collections: { journal: (here) => here.ledger.items(), closings: closingItems },
  nav: [
    {
      path: "/staff/ledger",
      label: (lang) => ledgerTexts.in(lang)("ledger"),
      roles: ["treasurer", "administrator"],
    },
  ],
});
