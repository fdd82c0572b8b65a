import { type EventType, onMany, type Reaction, type Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { dayOf } from "../../shared/time.ts";
import { DistrictsOf } from "../accounts/events.ts";
import {
  BillById,
  BillCancelled,
  BillIssued,
  BillRelieved,
  PenaltyCharged,
  PenaltyRemitted,
} from "../billing/events.ts";
import {
  CreditReturned,
  CreditUsed,
  DisputeLost,
  PaymentSettled,
  PaymentUndone,
  RefundApproved,
  RefundFailed,
} from "../payments/events.ts";
import { ShareMoved } from "../vending/events.ts";
import { moved } from "./domain.ts";
import { type Move, type Tracked, UNKNOWN_DISTRICT } from "./schema.ts";
import { collectionStore } from "./store.ts";

/** The districts of accounts as they are known now; figures do not move when they change later. */
async function districtsOf(here: Here, issues: readonly Issue[]): Promise<(accountId: string | undefined) => string> {
  const accountIds = [...new Set(issues.flatMap(({ accountId }) => accountId ?? []))];
  const known = new Map((await here.ask(DistrictsOf, { accountIds })).map((one) => [one.accountId, one.district]));
  return (accountId) => known.get(accountId ?? "")?.replaceAll("#", " ") ?? UNKNOWN_DISTRICT;
}

type Issue = Pick<Tracked, "billId" | "kind" | "currency" | "totalMinor" | "issuedAt"> & {
  accountId?: string | undefined;
};

function tracked(here: Here, issue: Issue, district: string): Tracked {
  const { billId, accountId, kind, currency, totalMinor, issuedAt } = issue;
  return {
    ...{ billId, kind, district, currency, totalMinor, issuedAt },
    issuedOn: dayOf(new Date(issuedAt), here.city.timeZone),
    moves: [],
    entered: [],
    ...(accountId ? { accountId } : {}),
  };
}

/** Money for a bill, counted once. One whose issue was not told yet is asked for: events come out of order. */
const counted = (here: Here, billId: string, move: Move) => ({
  billId,
  make: async (kept: Tracked | undefined) => moved(kept ?? (await asked(here, billId)), move),
});
async function asked(here: Here, billId: string): Promise<Tracked> {
  const bill = await here.ask(BillById, { billId });
  return tracked(here, bill, (await districtsOf(here, [bill]))(bill.accountId));
}

interface Back {
  billId?: string | undefined;
  paymentId?: string | undefined;
  forBillMinor?: number | undefined;
  amountMinor: number;
}
const back = (here: Here, { data, time: at }: Told<Back>, id: string, sign: 1 | -1) => {
  const { billId, paymentId, forBillMinor, amountMinor } = data;
  if (billId === undefined) return undefined;
  const move = { id, amountMinor: sign * (forBillMinor ?? amountMinor), at, ...(paymentId ? { paymentId } : {}) };
  return counted(here, billId, move);
};

type Step = ReturnType<typeof counted>;

/** What such facts change, many in the one transaction that notes that they were seen. */
const changing = <T>(event: EventType<T>, stepOf: (here: Here, told: Told<T>) => Step | undefined): Reaction =>
  onMany(event, async (here, facts, seen) => {
    await collectionStore(here).change(
      facts.flatMap((fact) => stepOf(here, fact) ?? []),
      seen,
    );
    return undefined;
  });

/** What others tell becomes this room's running figures, in the transaction that notes that it was seen. */
export const collectionReactions: Reaction[] = [
  onMany(BillIssued, async (here, facts, seen) => {
    const issues = facts.map(({ data }) => data);
    const districtOf = await districtsOf(here, issues);
    const steps = issues.map((issue) => ({
      billId: issue.billId,
      make: async (kept: Tracked | undefined) => kept ?? tracked(here, issue, districtOf(issue.accountId)),
    }));
    await collectionStore(here).change(steps, seen);
    return undefined;
  }),
  changing(BillCancelled, (here, { data: { billId, totalMinor }, time }) =>
    counted(here, billId, { id: "cancelled", amountMinor: totalMinor, at: time, relief: "credit" }),
  ),
  changing(BillRelieved, (here, { data: { billId, reliefId, kind, amountMinor }, time }) => {
    const relief = kind === "write_off" ? "write_off" : "credit";
    return counted(here, billId, { id: `relief:${reliefId}`, amountMinor, at: time, relief });
  }),
  changing(PenaltyCharged, (here, { data: { billId, step, amountMinor }, time }) =>
    counted(here, billId, { id: `penalty:${step}`, amountMinor: -amountMinor, at: time, relief: "credit" }),
  ),
  changing(PenaltyRemitted, (here, { data: { billId, remissionId, amountMinor }, time }) =>
    counted(here, billId, { id: `remission:${remissionId}`, amountMinor, at: time, relief: "credit" }),
  ),
  changing(
    PaymentSettled,
    (here, { data: { billId, paymentId, forBillMinor, amountMinor, settledAt: at, paidAt } }) => {
      const move: Move = { id: `paid:${paymentId}`, amountMinor: forBillMinor ?? amountMinor, at };
      return counted(here, billId, paidAt !== undefined && paidAt < at ? { ...move, paidAt } : move);
    },
  ),
  changing(ShareMoved, (here, { data: { moveId, billId, amountMinor, isCredit }, time }) =>
    counted(here, billId, { id: moveId, amountMinor, at: time, ...(isCredit ? { relief: "credit" } : {}) }),
  ),
  changing(PaymentUndone, (here, told) => back(here, told, `undone:${told.data.paymentId}`, -1)),
  changing(RefundApproved, (here, told) => back(here, told, `refund:${told.data.refundId}`, -1)),
  changing(RefundFailed, (here, told) => back(here, told, `kept:${told.data.refundId}`, 1)),
  // What was paid ahead is collected for a bill when it pays it, and not before.
  changing(CreditUsed, (here, { data: { useId, billId, amountMinor }, time }) =>
    counted(here, billId, { id: `credit:${useId}`, amountMinor, at: time }),
  ),
  changing(CreditReturned, (here, { data: { useId, billId, amountMinor, by }, time }) =>
    counted(here, billId, { id: `returned:${useId}:${by}`, amountMinor: -amountMinor, at: time }),
  ),
  changing(DisputeLost, (here, told) => back(here, told, `lost:${told.data.paymentId}`, -1)),
];
