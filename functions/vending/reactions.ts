import { on, type Reaction, type Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { BillCancelled, BillRelieved } from "../billing/events.ts";
import { DisputeLost, PaymentSettled, PaymentUndone, RefundApproved, RefundFailed } from "../payments/events.ts";
import { shareNow } from "./bulk/sharing.ts";
import { TokenIssued } from "./events.ts";
import { tokensSent } from "./messages.ts";
import { vendingStore } from "./store.ts";
import { vendNow } from "./vending.ts";

/** Whatever happens to the bill of a purchase, or of an order of many: how it stands is read of the ledger, not of what was told. */
async function looked(here: Here, { data: { billId } }: Told<{ billId?: string | undefined }>) {
  if (billId === undefined) return [];
  const { purchaseId, bulkId } = await vendingStore(here).boughtBy(billId);
  return [...(purchaseId ? [vendNow(here, purchaseId)] : []), ...(bulkId ? [shareNow(here, bulkId)] : [])];
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
