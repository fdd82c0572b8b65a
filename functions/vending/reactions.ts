import { on, type Reaction, type Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { BillCancelled, BillRelieved } from "../billing/events.ts";
import { DisputeLost, PaymentSettled, PaymentUndone, RefundApproved, RefundFailed } from "../payments/events.ts";
import { TokenIssued } from "./events.ts";
import { tokensSent } from "./messages.ts";
import { vendingStore } from "./store.ts";
import { vendNow } from "./vending.ts";

/** Whatever happens to a purchase's bill: how it stands is read of the ledger, not of what was told. */
async function looked(here: Here, { data: { billId } }: Told<{ billId?: string | undefined }>) {
  const id = billId === undefined ? undefined : await vendingStore(here).purchaseIdOf(billId);
  return id === undefined ? [] : [vendNow(here, id)];
}

export const vendingReactions: Reaction[] = [
  on(PaymentSettled, looked),
  on(PaymentUndone, looked),
  on(RefundApproved, looked),
  on(RefundFailed, looked),
  on(DisputeLost, looked),
  on(BillRelieved, looked),
  on(BillCancelled, looked),
  on(TokenIssued, async (here, { data: { purchaseId, kind } }) => {
    if (purchaseId !== undefined && kind === "credit") await tokensSent(here, purchaseId);
    return [];
  }),
];
