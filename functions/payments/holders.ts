import type { Here } from "../../shared/here.ts";
import { BankAccounts } from "../bank/events.ts";
import { Tills } from "../counter/events.ts";
import { accountsOf } from "./accounts.ts";
import { heldIn } from "./domain.ts";

interface Holder {
  /** In the ledger. */
  account: string;
  name: string;
  currency: string;
}

/** Where people pay money in and out by hand: the city's accounts at banks, and its tills. */
async function holdersOf(here: Here): Promise<Holder[]> {
  const [{ accounts }, { tills }] = await Promise.all([here.ask(BankAccounts, {}), here.ask(Tills, {})]);
  return [
    ...accounts.map(({ id, name, iban, currency }) => ({
      ...{ account: `bank:${id}`, currency },
      name: `${name} (${iban.slice(-4)})`,
    })),
    ...tills.map(({ code, name, currency }) => ({ account: `cash:${code}`, currency, name: `${name} (${code})` })),
  ];
}

/** What money of a currency can be paid out of by hand, with what people call it. */
export const paidFrom = async (here: Here, inCurrency: string): Promise<[account: string, name: string][]> =>
  (await holdersOf(here)).filter(({ currency }) => currency === inCurrency).map(({ account, name }) => [account, name]);

/** What people call whoever holds money: an account at a provider or a bank, or a till; any other by its own name. */
export async function holderNames(here: Here): Promise<(account: string) => string> {
  const [byHand, providers] = await Promise.all([holdersOf(here), accountsOf(here)]);
  const names = new Map([
    ...providers.map(({ id, rail, name }) => [heldIn({ rail, account: id }), name] as const),
    ...byHand.map(({ account, name }) => [account, name] as const),
  ]);
  return (account) => names.get(account) ?? account;
}
