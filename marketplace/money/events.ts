import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Currency } from "../../shared/money.ts";
import { defineTask } from "../../shared/tasks.ts";
import { Month } from "./schema.ts";

const Told = z.object({ month: Month, totalMinor: z.int().min(0), currency: Currency });
/** Told once for a month, in the transaction that books what its modules cost. */
export const InvoiceDrawn = defineEvent("module_money.invoice_drawn.v1", Told);
/** Told once everybody of a month's invoice is paid. */
export const InvoicePaid = defineEvent("module_money.invoice_paid.v1", Told);

/** Draws up the invoices of all months that are over; there is one of it in a city that pays for modules. */
export const DrawMonths = defineTask("module_money.draw", z.object({}));
/** Tells the marketplace how an invoice stands with each party; its id is the invoice's. */
export const TellParties = defineTask("module_money.tell", z.object({}));
/** Makes a sponsor's invoice due; its id is the invoice's. */
export const BillSponsor = defineTask("module_money.bill_sponsor", z.object({}));
/** Asks the provider whether a month's payments by card were made; its id is the invoice's. */
export const AskCards = defineTask("module_money.ask_cards", z.object({ tries: z.int() }));
