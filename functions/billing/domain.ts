import type { Transfer } from "../../shared/ledger.ts";
import { drawReference } from "../../shared/reference.ts";
import type { BillState } from "./events.ts";
import type { Issued, Relief } from "./schema.ts";

/** A bill's reference, such as `K7M2-9QXR-4`, from the chance that is in its id. */
export const referenceOf = (billId: string): string => drawReference(billId);

/** The ledger's account of what is still due of a bill: above 0 as long as something is. */
export const dueAccount = (billId: string): string => `due:${billId}`;

/** The ledger's account of what a customer has paid ahead: below 0 as long as there is some. */
export const creditAccount = (accountId: string): string => `credit:${accountId}`;

/** What is paid in advance is the payer's until something is handed over for it; all else is revenue at once. */
export const isAdvance = ({ kind }: Pick<Issued, "kind">): boolean => kind.startsWith("prepaid_");
export const advanceAccount = (billId: string): string => `credit:${billId}`;

/** Makes a bill due: the net is the service's revenue or an advance, the VAT is owed to the state. */
export function transfersOf(bill: Issued): Transfer[] {
  const { id, kind, netMinor, vatMinor, currency } = bill;
  const due = { debit: dueAccount(id), currency, memo: bill.month };
  return [
    ...(netMinor > 0
      ? [
          {
            ...due,
            credit: isAdvance(bill) ? advanceAccount(id) : `revenue:${kind}`,
            amountMinor: netMinor,
            code: "bill",
          },
        ]
      : []),
    ...(vatMinor > 0 ? [{ ...due, credit: "vat", amountMinor: vatMinor, code: "vat" }] : []),
  ];
}

/** Of what is due, what is not a penalty: what is paid counts for the bill itself first. */
export const principalOf = (dueMinor: number, penaltyMinor = 0): number => Math.max(0, dueMinor - penaltyMinor);

/** The city's revenue from penalties, of whatever kind the bill is. */
export const PENALTIES = "revenue:penalties";

/** What the ledger says of a bill: what is due of it, and what is left of an advance paid for it. */
export interface Standing {
  dueMinor: number;
  advanceMinor: number;
}

/**
 * Makes less of a bill due. As far as an advance is not used, nothing was handed over and nothing is lost: there is
 * less of it. A credit note then takes revenue and VAT back, the VAT by its share of the bill, cut down to whole minor
 * units here and nowhere else; beyond the bill itself it takes penalties back. A write-off is the city's loss, and its
 * VAT stays owed.
 */
export function reliefTransfers(
  bill: Issued,
  relief: Pick<Relief, "id" | "kind" | "amountMinor">,
  { dueMinor, advanceMinor }: Standing,
): Transfer[] {
  const { currency, vatMinor, totalMinor, kind, penaltyMinor } = bill;
  const due = { credit: dueAccount(bill.id), currency, code: relief.kind, memo: relief.id };
  const unused = Math.min(relief.amountMinor, Math.max(0, advanceMinor));
  const rest = relief.amountMinor - unused;
  const ofBill = Math.min(rest, Math.max(0, principalOf(dueMinor, penaltyMinor) - unused));
  const vat = Number((BigInt(ofBill) * BigInt(vatMinor)) / BigInt(totalMinor));
  const parts: [string, number][] = [
    [advanceAccount(bill.id), unused],
    ...(relief.kind === "write_off"
      ? [[`written_off:${kind}`, rest] as [string, number]]
      : ([
          [`revenue:${kind}`, ofBill - vat],
          ["vat", vat],
          [PENALTIES, rest - ofBill],
        ] as [string, number][])),
  ];
  return parts.flatMap(([debit, amountMinor]) => (amountMinor > 0 ? [{ ...due, debit, amountMinor }] : []));
}

/**
 * Takes an adjustment off: what is still due of the bill first, and what was paid already becomes the account's credit.
 *
 * @param principalMinor  of what is due, what is no penalty
 */
export function adjustmentTransfers(
  bill: Pick<Issued, "id" | "kind" | "currency" | "accountId">,
  { id, amountMinor, vatMinor }: { id: string; amountMinor: number; vatMinor: number },
  principalMinor: number,
): { transfers: Transfer[]; ofBillMinor: number; creditMinor: number } {
  const ofBillMinor = bill.accountId === undefined ? amountMinor : Math.min(amountMinor, principalMinor);
  const creditMinor = amountMinor - ofBillMinor;
  const vatOfBill = Number((BigInt(vatMinor) * BigInt(ofBillMinor)) / BigInt(amountMinor));
  const common = { currency: bill.currency, code: "adjustment", memo: id };
  const parts: [debit: string, credit: string, amountMinor: number][] = [
    [`revenue:${bill.kind}`, dueAccount(bill.id), ofBillMinor - vatOfBill],
    ["vat", dueAccount(bill.id), vatOfBill],
    [`revenue:${bill.kind}`, creditAccount(bill.accountId ?? ""), creditMinor - (vatMinor - vatOfBill)],
    ["vat", creditAccount(bill.accountId ?? ""), vatMinor - vatOfBill],
  ];
  const transfers = parts.flatMap(([debit, credit, minor]) =>
    minor > 0 ? [{ ...common, debit, credit, amountMinor: minor }] : [],
  );
  return { transfers, ofBillMinor, creditMinor };
}

/** How a bill stands, by what the ledger says is due of it. */
export function stateOf(
  bill: Pick<Issued, "totalMinor" | "cancelledAt" | "relievedMinor" | "penaltyMinor">,
  dueMinor: number,
): BillState {
  const { totalMinor, penaltyMinor = 0, relievedMinor = 0 } = bill;
  const owedMinor = totalMinor + penaltyMinor - relievedMinor;
  if (bill.cancelledAt !== undefined || owedMinor <= 0) return "cancelled";
  if (dueMinor <= 0) return "paid";
  return dueMinor < owedMinor ? "partly_paid" : "due";
}
