import { parsed } from "../../shared/http.ts";
import { answer, cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { AskPayouts, BankAccountById, BankAccountFacts, BankAccounts } from "./events.ts";
import { found } from "./finding.ts";
import { MatchStatement, matchPart } from "./matching.ts";
import { askOrder } from "./orders.ts";
import "./refusal-texts.ts";
import { bankRoutes } from "./routes.tsx";
import { RoomsOrder } from "./schema.ts";
import { bankStore } from "./store.ts";
import { bankTexts } from "./texts.ts";

/** The city's accounts at banks: statements that settle bills, files of payouts. */
export const bank = cityRoom("bank", {
  scopes: {
    "bank.statements:read": {
      class: "money",
      says: {
        en: "See bank statements and what they settled",
        fr: "Voir les relevés bancaires et ce qu’ils ont réglé",
        ar: "رؤية كشوف الحساب البنكية وما سدّدته",
      },
    },
    "bank.statements:write": {
      class: "money",
      says: {
        en: "Bring in bank statements, which settle bills",
        fr: "Importer des relevés bancaires, qui règlent des factures",
        ar: "إدخال كشوف الحساب البنكية التي تسدّد الفواتير",
      },
    },
  },
  routes: bankRoutes,
  answers: [
    answer(BankAccountById, async (here, { id }) =>
      BankAccountFacts.parse((await bankStore(here).account(id)).account),
    ),
    answer(BankAccounts, async (here) => ({
      accounts: (await bankStore(here).accounts()).map((account) => BankAccountFacts.parse(account)),
    })),
    answer(AskPayouts, async (here, { by, ...asked }) => ({
      orderId: (await askOrder(here, parsed(RoomsOrder, asked), by)).order.id,
    })),
  ],
  tasks: [does(MatchStatement, matchPart)],
  collections: { bank: (here) => bankStore(here).items() },
  find: { roles: ["treasurer", "administrator"], run: found },
  nav: [{ path: "/staff/bank", label: (lang) => bankTexts.in(lang)("bank"), roles: ["treasurer", "administrator"] }],
});
