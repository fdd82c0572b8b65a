import { creditorReference } from "../../shared/creditor-reference.ts";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { BankAccounts } from "../bank/events.ts";
import { DuesByReference } from "../billing/events.ts";
import { Tills } from "../counter/events.ts";
import { waysFor } from "./accounts.ts";
import { amountAsked } from "./domain.ts";
import type { NewPayment, WaysToPay } from "./schema.ts";
import { serviceOf } from "./targets.ts";

/**
 * All by which a bill can be paid: the ways that open a payment here, and those that open nothing, as the money is
 * found by its reference: a bank transfer, and cash at a counter.
 * @param reader  a page says itself that there is none; a program is told why the only way cannot take this
 * @throws {Fault} absent, conflict: nothing is due; invalid: more than is due; of a program, the only way's reason
 */
export async function allWays(
  here: Here,
  order: NewPayment,
  origin: string,
  reader: "page" | "program",
): Promise<WaysToPay> {
  const bill = await here.ask(DuesByReference, { reference: order.reference });
  const amountMinor = amountAsked(order, bill);
  const [{ accounts }, { tills }] = await Promise.all([here.ask(BankAccounts, {}), here.ask(Tills, {})]);
  const inItsCurrency = ({ currency }: { currency: string }) => currency === bill.currency;
  const transfers = accounts.filter(inItsCurrency).map(({ name, iban }) => ({
    ...{ how: "transfer" as const, name, receiver: here.city.name, iban },
    ...{ reference: creditorReference(bill.reference), amountMinor, currency: bill.currency },
  }));
  const counters = tills.filter(inItsCurrency).map(({ name, isOpen }) => ({
    ...{ how: "counter" as const, name, isOpen },
    ...{ reference: bill.reference, amountMinor, currency: bill.currency },
  }));
  try {
    return { ways: await waysFor(here, serviceOf(bill), amountMinor, origin), transfers, counters };
  } catch (error) {
    // What no provider takes can still be brought or transferred.
    const isElsewhere = reader === "page" || transfers.length + counters.length > 0;
    if (!(error instanceof Fault) || error.kind !== "invalid" || !isElsewhere) throw error;
    return { ways: [], transfers, counters };
  }
}
