import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { offer } from "../../shared/room.ts";

/** Told when two people have signed a till's day. A difference above 0 was found, below 0 is missing. */
export const TillClosed = defineEvent(
  "counter.till_closed.v1",
  z.object({
    till: z.string(),
    shiftId: Id("shf"),
    countedMinor: z.int(),
    differenceMinor: z.int(),
    currency: Currency,
  }),
);

/** Told when a receipt was undone by a reversing entry, with both who asked and who agreed. */
export const ReceiptReversed = defineEvent(
  "counter.receipt_reversed.v1",
  z.object({
    label: z.string(),
    amountMinor: z.int(),
    currency: Currency,
    askedBy: z.string(),
    approvedBy: z.string(),
  }),
);

/** Where cash is taken, and whether somebody stands there now. */
export const Tills = offer(
  "counter.tills",
  z.object({}),
  z.object({
    tills: z.array(z.object({ code: z.string(), name: z.string(), currency: Currency, isOpen: z.boolean() })),
  }),
);

/**
 * A bank's line that carries the reference of cash on its way: the money leaves `in_transit` for the account at the
 * bank, once for each line. `unknown`: no such deposit, another account, amount or currency, or it arrived by another
 * line; then nothing moved.
 */
export const DepositArrived = offer(
  "counter.deposit_arrived",
  z.object({
    /** Of the line. */
    id: z.string().max(120),
    reference: z.string().max(40),
    amountMinor: z.int().positive(),
    currency: Currency,
    bankAccountId: Id("ban"),
    at: z.iso.datetime(),
  }),
  z.object({ outcome: z.enum(["arrived", "unknown"]) }),
);
