import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
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

const OrderId = Id("ord");
export const Payout = z.object({
  name: z.string(),
  iban: z.string(),
  bic: z.string().optional(),
  amountMinor: z.int(),
  text: z.string(),
  /** The ledger's account of what the city owes. */
  account: z.string(),
});

/**
 * Asks for a bank's file of payouts; nothing moves before another person agrees. Asked twice with one id it is one order.
 * `absent`: no such account of the city's; `invalid`: what no bank would take; `conflict`: another order has the id.
 */
export const AskPayouts = offer(
  "bank.ask_payouts",
  z.object({ id: OrderId, bankAccountId: z.string(), executeOn: z.string(), payouts: z.array(Payout), by: z.string() }),
  z.object({ orderId: OrderId }),
);

/** Told when the second person agreed to an order, or refused it. Agreed, its money has left what the city owes. */
export const PayoutsDecided = defineEvent(
  "bank.payouts_decided.v1",
  z.object({ orderId: OrderId, isAgreed: z.boolean(), accounts: z.array(z.string()) }),
);

/** Told when a statement of the bank shows a payout of ours. */
export const PayoutBooked = defineEvent(
  "bank.payout_booked.v1",
  z.object({ orderId: OrderId, account: z.string(), amountMinor: z.int().positive(), currency: Currency }),
);
