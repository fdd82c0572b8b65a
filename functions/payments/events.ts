import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";

/** Told once the money is the city's, in the transaction that settles it. `paymentId` tells which. */
export const PaymentSettled = defineEvent(
  "payments.settled.v1",
  z.object({
    paymentId: Id("pay"),
    billId: Id("bill"),
    amountMinor: z.int().positive(),
    currency: Currency,
    settledAt: z.iso.datetime(),
  }),
);

/** Told when money came that no payment here asked for; it waits in the ledger's account `suspense`. */
export const UnknownMoney = defineEvent(
  "payments.unknown_money.v1",
  z.object({ postId: z.string(), amountMinor: z.int().positive(), currency: Currency }),
);
