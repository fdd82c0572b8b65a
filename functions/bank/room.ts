import { answer, cityRoom } from "../../shared/room.ts";
import { BankAccountById, BankAccountFacts, BankAccounts } from "./events.ts";
import { bankRoutes } from "./routes.tsx";
import { bankStore } from "./store.ts";

/** The city's accounts at banks: statements in, files of payouts out. */
export const bank = cityRoom("bank", {
  routes: bankRoutes,
  answers: [
    answer(BankAccountById, async (here, { id }) =>
      BankAccountFacts.parse((await bankStore(here).account(id)).account),
    ),
    answer(BankAccounts, async (here) => ({
      accounts: (await bankStore(here).accounts()).map((account) => BankAccountFacts.parse(account)),
    })),
  ],
  collections: { bank: (here) => bankStore(here).items() },
});
