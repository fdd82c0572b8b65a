import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { offer } from "../../shared/room.ts";

export const BankAccountId = Id("ban");

/** One of the city's own accounts at a bank. Its money is the ledger's account `bank:<id>`. */
export const BankAccountFacts = z.object({
  id: BankAccountId,
  name: z.string(),
  iban: z.string(),
  currency: Currency,
});
export type BankAccountFacts = z.infer<typeof BankAccountFacts>;

/** `absent` when it is not there. */
export const BankAccountById = offer("bank.account_by_id", z.object({ id: z.string().max(60) }), BankAccountFacts);

/** The city's accounts, at most 50. */
export const BankAccounts = offer("bank.accounts", z.object({}), z.object({ accounts: z.array(BankAccountFacts) }));
