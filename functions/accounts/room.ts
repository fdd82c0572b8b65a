import { absent } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newChance } from "../../shared/reference.ts";
import { answer, cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { labelled } from "../../shared/texts.ts";
import { MetersOfAccounts } from "../meters/events.ts";
import {
  AccountById,
  type AccountFacts,
  AccountNamed,
  AccountsByNumber,
  AccountsFound,
  AccountsOf,
  AllAccounts,
  DistrictsOf,
  PrepareTelling,
  TellHolder,
} from "./events.ts";
import { accountsFound, NoteNames, noteNames } from "./finding.ts";
import "./refusal-texts.ts";
import { accountRoutes } from "./routes.tsx";
import type { Account } from "./schema.ts";
import { accountStore } from "./store.ts";
import { prepareTelling, tellHolder } from "./telling.ts";
import { accountTexts } from "./texts.ts";

const PAGE = 100;

/** Which meters are an account's is said by the meters: there is no second list that could differ. */
async function factsOf(here: Here, known: readonly Account[]): Promise<AccountFacts[]> {
  const all: AccountFacts[] = [];
  for (let at = 0; at < known.length; at += PAGE) {
    const some = known.slice(at, at + PAGE);
    const [meters, accounts] = await Promise.all([
      here.ask(MetersOfAccounts, { accountIds: some.map(({ id }) => id) }),
      Promise.all(some.map((account) => referenced(here, account))),
    ]);
    const byAccount = Map.groupBy(meters, ({ accountId }) => accountId);
    for (const { openedAt: _at, ...account } of accounts)
      all.push({ ...account, meterIds: (byAccount.get(account.id) ?? []).map(({ meterId }) => meterId) });
  }
  return all;
}
const facts = async (here: Here, known: Account): Promise<AccountFacts> => (await factsOf(here, [known]))[0]!;
const referenced = (here: Here, account: Account) => accountStore(here.table).referenced(account, newChance());

/** Customers of the city: who is billed, and who may see it. */
export const accounts = cityRoom("accounts", {
  scopes: {
    "accounts.accounts:read": {
      class: "identity",
      says: {
        en: "See customers’ names, addresses and contacts",
        fr: "Voir les noms, adresses et contacts des clients",
        ar: "رؤية أسماء المشتركين وعناوينهم ووسائل الاتصال بهم",
      },
    },
    "accounts.accounts:write": {
      class: "identity",
      says: {
        en: "Open and change customer accounts",
        fr: "Ouvrir et modifier des comptes clients",
        ar: "فتح حسابات المشتركين وتعديلها",
      },
    },
  },
  routes: accountRoutes,
  tasks: [does(TellHolder, tellHolder), does(NoteNames, noteNames)],
  leaves: { "TOLD#": "what modules had said to households, of the last 90 days, so that it is not said twice" },
  answers: [
    answer(PrepareTelling, prepareTelling),
    answer(AccountsOf, async (here, { contacts }) => {
      const store = accountStore(here.table);
      const found = (await Promise.all(contacts.map((contact) => store.ofContact(contact)))).flat();
      const once = [...new Map(found.map((account) => [account.id, account])).values()];
      return factsOf(here, once);
    }),
    answer(AccountById, async (here, { accountId }) => facts(here, await accountStore(here.table).get(accountId))),
    answer(DistrictsOf, async (here, { accountIds }) =>
      (await accountStore(here.table).findMany(accountIds)).flatMap(({ id: accountId, district }) =>
        district === undefined ? [] : [{ accountId, district }],
      ),
    ),
    answer(AccountsByNumber, (here, { numbers }) => accountStore(here.table).idsOf(numbers)),
    answer(AccountsFound, async (here, { typed }) =>
      (await accountsFound(here, typed)).map(({ id, number, name }) => ({ id, number, name })),
    ),
    answer(AccountNamed, async (here, asked) => {
      const store = accountStore(here.table);
      const found = "reference" in asked ? store.byReference(asked.reference) : store.byNumber(asked.number.trim());
      const account = await found;
      if (!account) throw absent();
      const { id: accountId, reference } = await referenced(here, account);
      return { accountId, reference };
    }),
    answer(AllAccounts, async (here, { cursor }) => {
      const { accounts: found, next } = await accountStore(here.table).list({ limit: PAGE, cursor });
      return { accounts: await factsOf(here, found), cursor: next };
    }),
  ],
  find: {
    roles: ["agent", "treasurer", "administrator"],
    run: async (here, typed, lang) => {
      const found = await accountsFound(here, typed);
      return found.map(({ id, name, number }) => ({
        path: `/staff/accounts/${id}`,
        title: name,
        facts: labelled(lang, accountTexts.in(lang)("number"), number),
      }));
    },
  },
  collections: { accounts: (here) => accountStore(here.table).items() },
  nav: [
    {
      path: "/staff/accounts",
      label: (lang) => accountTexts.in(lang)("title"),
      roles: ["agent", "treasurer", "administrator"],
    },
  ],
});
