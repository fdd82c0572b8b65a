import { Fault } from "../../shared/errors.ts";
import { on, type Reaction, type Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { Write } from "../../shared/table.ts";
import { dayOf } from "../../shared/time.ts";
import { AccountById } from "../accounts/events.ts";
import { BillById, BillCancelled, BillIssued, BillRelieved } from "../billing/events.ts";
import { DisputeLost, PaymentSettled, PaymentUndone, RefundApproved, RefundFailed } from "../payments/events.ts";
import { moved } from "./domain.ts";
import { type Move, type Tracked, UNKNOWN_DISTRICT } from "./schema.ts";
import { collectionStore } from "./store.ts";

/** The district of an account as it is known now; figures do not move when it changes later. */
async function districtOf(here: Here, accountId: string | undefined): Promise<string> {
  if (accountId === undefined) return UNKNOWN_DISTRICT;
  try {
    return (await here.ask(AccountById, { accountId })).district?.replaceAll("#", " ") ?? UNKNOWN_DISTRICT;
  } catch (error) {
    if (error instanceof Fault && error.kind === "absent") return UNKNOWN_DISTRICT;
    throw error;
  }
}

type Issue = Pick<Tracked, "billId" | "kind" | "currency" | "totalMinor" | "issuedAt"> & {
  accountId?: string | undefined;
};

async function tracked(here: Here, issue: Issue): Promise<Tracked> {
  const { billId, accountId, kind, currency, totalMinor, issuedAt } = issue;
  const issuedOn = dayOf(new Date(issuedAt), here.city.timeZone);
  const district = await districtOf(here, accountId);
  return {
    billId,
    kind,
    district,
    currency,
    totalMinor,
    issuedAt,
    issuedOn,
    moves: [],
    entered: [],
    ...(accountId ? { accountId } : {}),
  };
}

/** Money for a bill, counted once. One whose issue was not told yet is asked for: events come out of order. */
async function counted(here: Here, billId: string, move: Move, seen: Write): Promise<undefined> {
  await collectionStore(here).change(
    billId,
    async (kept) => moved(kept ?? (await tracked(here, await here.ask(BillById, { billId }))), move),
    [seen],
  );
}

const back = (here: Here, { data, time }: Told<Back>, seen: Write, id: string, sign: 1 | -1) => {
  const { billId, paymentId, forBillMinor, amountMinor } = data;
  if (billId === undefined) return Promise.resolve([]);
  const move: Move = {
    id,
    amountMinor: sign * (forBillMinor ?? amountMinor),
    at: time,
    ...(paymentId ? { paymentId } : {}),
  };
  return counted(here, billId, move, seen);
};
interface Back {
  billId?: string | undefined;
  paymentId?: string | undefined;
  forBillMinor?: number | undefined;
  amountMinor: number;
}

/** What others tell becomes this room's running figures, in the transaction that notes that it was seen. */
export const collectionReactions: Reaction[] = [
  on(BillIssued, async (here, { data }, seen) => {
    await collectionStore(here).change(data.billId, async (kept) => kept ?? tracked(here, data), [seen]);
    return undefined;
  }),
  on(BillCancelled, (here, { data: { billId, totalMinor }, time }, seen) =>
    counted(here, billId, { id: "cancelled", amountMinor: totalMinor, at: time, relief: "credit" }, seen),
  ),
  on(BillRelieved, (here, { data: { billId, reliefId, kind, amountMinor }, time }, seen) => {
    const relief = kind === "write_off" ? "write_off" : "credit";
    return counted(here, billId, { id: `relief:${reliefId}`, amountMinor, at: time, relief }, seen);
  }),
  on(PaymentSettled, (here, { data }, seen) =>
    counted(
      here,
      data.billId,
      { id: `paid:${data.paymentId}`, amountMinor: data.forBillMinor ?? data.amountMinor, at: data.settledAt },
      seen,
    ),
  ),
  on(PaymentUndone, (here, told, seen) => back(here, told, seen, `undone:${told.data.paymentId}`, -1)),
  on(RefundApproved, (here, told, seen) => back(here, told, seen, `refund:${told.data.refundId}`, -1)),
  on(RefundFailed, (here, told, seen) => back(here, told, seen, `kept:${told.data.refundId}`, 1)),
  on(DisputeLost, (here, told, seen) => back(here, told, seen, `lost:${told.data.paymentId}`, -1)),
];
