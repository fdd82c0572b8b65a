import { absent, absentIsNone, Fault, invalid } from "../../shared/errors.ts";
import { on, type Reaction, type Told, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { payable } from "../../shared/payable.ts";
import { rounded } from "../../shared/rounding.ts";
import { ConditionFailed, type Item, type Table, type Write } from "../../shared/table.ts";
import { does, planned } from "../../shared/tasks.ts";
import { dayOf, dayPlus, dayRange } from "../../shared/time.ts";
import { BillById, BillRaised, BillRelieved, CreditBill, RaiseDue } from "../billing/events.ts";
import { BillTold } from "../collection/events.ts";
import { PaymentSettled, RefundApproved } from "../payments/events.ts";
import { openMinorOf, principalOpenOn } from "../penalties/events.ts";
import { deskTexts } from "./desk-texts.ts";
import { fourEyes } from "./domain.ts";
import { DueCancelled, Lapse, RestTakenBack } from "./events.ts";
import { demandAccount } from "./keeping.ts";
import { proposals } from "./proposals.ts";
import { Fee, type Names, type NewDue, type NewFee, SingleDue } from "./schema.ts";
import { idOf, unlessChanged } from "./store.ts";

// question                        key
// one due                         pk     ASSESS_DUE#<id>           sk     DUE
// all, the latest last            gsi1pk ASSESS_DUES#all           gsi1sk <raisedAt>#<id>
// whose cancellation is asked     gsi1pk ASSESS_DUES#asked         (instead, as long as it is)
const key = (id: string) => ({ pk: `ASSESS_DUE#${id}`, sk: "DUE" });
const LISTS = { all: "ASSESS_DUES#all", asked: "ASSESS_DUES#asked" } as const;
/** Waits for a second person, or for the end of what that person began. */
export const isAskedFor = ({ state }: Pick<SingleDue, "state">): boolean =>
  state === "cancel_asked" || state === "cancelling";
const itemOf = (due: SingleDue): Item => ({
  ...key(due.id),
  gsi1pk: isAskedFor(due) ? LISTS.asked : LISTS.all,
  gsi1sk: `${due.raisedAt}#${due.id}`,
  state: due.state,
  restBillId: due.reduced?.restBillId,
  restBackMinor: restBackMinorOf(due),
  due,
});
/** What was credited of the rest so far; undefined where it was never taken back. */
const restBackMinorOf = ({ reduced }: SingleDue): number | undefined => reduced?.restBack?.creditedMinor;

const CATALOGUE = "all";
export const fees = proposals("FEE", Fee, () => CATALOGUE);
export const catalogue = (here: Here): Promise<Fee[]> => fees.list(here, CATALOGUE);
export const feeItems = (here: Here): AsyncIterable<Item> => fees.items(here, CATALOGUE);

/** @throws {Fault} invalid: another currency */
export async function proposeFee(here: Here, asked: NewFee, by: string, record: (fee: Fee) => Write[] = () => []) {
  if (asked.currency !== here.city.currency)
    throw invalid("#/currency", `This city's currency is ${here.city.currency}.`);
  const now = here.clock.now();
  const proposed = { state: "proposed", proposedBy: by, proposedAt: now.toISOString() } as const;
  const fee = { id: newId("fee", now), ...asked, ...proposed };
  return fees.propose(here, fee, record(fee));
}

/** What new dues use, by code: of the approved ones the latest. */
export async function feesInUse(here: Here): Promise<Fee[]> {
  const latest = new Map<string, Fee>();
  for (const fee of await catalogue(here)) {
    const before = latest.get(fee.code);
    if (fee.state === "approved" && (!before || fee.decidedAt! > before.decidedAt!)) latest.set(fee.code, fee);
  }
  return [...latest.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}

async function find(table: Table, id: string): Promise<SingleDue | undefined> {
  const item = await table.get(key(id));
  return item && SingleDue.parse(item["due"]);
}
/** @throws {Fault} absent */
export async function dueOf(here: Here, id: string): Promise<SingleDue> {
  const found = await find(here.table, id);
  if (!found) throw absent();
  return raised(here, found);
}
export async function dueList(
  { table }: Pick<Here, "table">,
  at: { limit: number; cursor?: string | undefined; isAsked?: boolean },
) {
  const { isAsked, cursor: from, limit } = at;
  const page = { pk: LISTS[isAsked ? "asked" : "all"], index: "gsi1" as const, reverse: true, limit };
  const { items, cursor } = await table.query({ ...page, ...(from === undefined ? {} : { cursor: from }) });
  return { dues: items.map((item) => SingleDue.parse(item["due"])), ...(cursor === undefined ? {} : { next: cursor }) };
}
export async function* dueItems({ table }: Pick<Here, "table">): AsyncIterable<Item> {
  for (const pk of Object.values(LISTS)) yield* table.all({ pk, index: "gsi1" });
}

/** So many of a fee; the VAT is rounded once, half up, for all of them, and then the sum to what can be paid. */
function amountOf(netMinor: number, quantity: number, { vatBasisPoints, currency }: Fee) {
  const net = netMinor * quantity;
  const vatMinor = Number(rounded(BigInt(net) * BigInt(vatBasisPoints), 10_000n, "half_up"));
  return payable({ netMinor: net, vatMinor }, currency);
}

/**
 * Raises a fee of the catalogue, once for its id. One with a reduced amount is that at first; the rest is a bill of its
 * own once the time for it is over.
 *
 * @throws {Fault} invalid: no such fee or account; conflict: the id is another's
 */
export async function raiseDue(here: Here, asked: NewDue, by: string): Promise<{ created: boolean; due: SingleDue }> {
  const now = here.clock.now();
  const id = asked.id ?? newId("due", now);
  const before = await find(here.table, id);
  if (before) return { created: false, due: await raised(here, same(before, asked)) };
  const fee = (await feesInUse(here)).find(({ code }) => code === asked.fee);
  if (!fee) throw invalid("#/fee", "There is no approved fee under this code.");
  const { accountId, quantity, note } = asked;
  if (accountId !== undefined) await demandAccount(here, accountId, "#/accountId");
  const day = dayOf(now, here.city.timeZone);
  const whole = amountOf(fee.netMinor, quantity, fee);
  const { reduced } = fee;
  const until = reduced && dayRange(dayPlus(day, reduced.withinDays), here.city.timeZone).to;
  const due: SingleDue = {
    ...{ id, feeId: fee.id, fee: fee.code, kind: fee.kind, names: fee.names, quantity, currency: fee.currency },
    ...(accountId === undefined ? {} : { accountId }),
    ...(note === undefined ? {} : { note }),
    ...{ ...whole, totalMinor: whole.netMinor + whole.vatMinor },
    ...(reduced && until
      ? { reduced: { ...amountOf(reduced.netMinor, quantity, fee), until: until.toISOString() } }
      : {}),
    ...{ day, state: "raising", raisedBy: by, raisedAt: now.toISOString() },
  };
  try {
    await here.commit([{ put: itemOf(due), if: "absent" }, ...(until ? [planned(Lapse, id, until, {})] : [])]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return { created: false, due: await raised(here, same(await dueOf(here, id), asked)) };
  }
  return { created: true, due: await raised(here, due) };
}

function same(before: SingleDue, { fee, quantity, accountId, note }: NewDue): SingleDue {
  if (before.fee !== fee || before.quantity !== quantity || before.accountId !== accountId || before.note !== note)
    throw new Fault("conflict", "There is another due under this id.");
  return before;
}

/** Finishes a due whose raising was cut off: the bill has an id of its own, so that this may be asked again. */
async function raised(here: Here, due: SingleDue): Promise<SingleDue> {
  if (due.state !== "raising") return due;
  const { id, reduced } = due;
  const bill = await here.ask(RaiseDue, askedFor(due, `assessment:${id}`, reduced ?? due, titlesOf(due)));
  const after: SingleDue = { ...due, state: "raised", ...bill };
  try {
    await here.commit([{ put: itemOf(after), if: { state: "raising" } }]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return (await find(here.table, id)) ?? after;
  }
  return after;
}

const askedFor = (
  { accountId, kind, day, currency }: SingleDue,
  id: string,
  { netMinor, vatMinor, roundingMinor }: Pick<SingleDue, "netMinor" | "vatMinor" | "roundingMinor">,
  titles: Names,
) => ({ id, accountId, kind, titles, period: day, netMinor, vatMinor, roundingMinor, currency });
const titlesOf = ({ names, quantity }: SingleDue): Names =>
  Object.fromEntries(
    Object.entries(names).map(([lang, name]) => [lang, quantity > 1 ? `${name} × ${quantity}` : name]),
  );

const A_DAY_MS = 86_400_000;

/**
 * The time for the reduced amount is over: unless it was paid in it, the rest is due as well. That goes by the day on
 * which the payer's money came, which may be heard of later: what was raised meanwhile is taken back.
 */
export const lapsing = does(Lapse, async (here, id) => {
  const due = await dueOf(here, id);
  const { reduced, billId, state, cancellation } = due;
  if (!reduced || billId === undefined) return {};
  if (state === "cancelled") {
    // Raised at the moment of the cancellation, which could not see it: it is taken back with the rest.
    const restBillId = await restOf(here, due);
    if (restBillId !== undefined && cancellation) await credited(here, due, cancellation, restBillId);
    return {};
  }
  // Whether it is taken back is not decided yet.
  if (isAskedFor(due)) return { again: { at: new Date(here.clock.now().getTime() + A_DAY_MS), data: {} } };
  if (await isPaidInTime(here, billId, reduced.until)) {
    const restBillId = await restOf(here, due);
    const isTaken = restBillId !== undefined && (await takeBackRest(here, due, restBillId));
    // Of one that was cut off, more of the rest may be due by now than was credited then.
    return isTaken ? { again: { at: here.clock.now(), data: {} } } : {};
  }
  if (reduced.restBillId !== undefined) return {};
  const rest = {
    netMinor: due.netMinor - reduced.netMinor,
    vatMinor: due.vatMinor - reduced.vatMinor,
    roundingMinor: (due.roundingMinor ?? 0) - (reduced.roundingMinor ?? 0),
  };
  // Less than can be paid apart from it.
  if (rest.netMinor + rest.vatMinor === 0) return {};
  const bill = await here.ask(RaiseDue, askedFor(due, restAs(id), rest, titlesOf(due)));
  const after: SingleDue = { ...due, reduced: { ...reduced, restBillId: bill.billId } };
  return { writes: [{ put: itemOf(after), if: { state: "raised", restBackMinor: undefined } }] };
});

/**
 * Nothing was open of it at the end of its last day, as penalties reckon it: who paid in time may rely on it, also when
 * the money goes back later.
 * @throws {Fault} unavailable: what was told of it and the ledger differ, so something is still on its way
 */
async function isPaidInTime(here: Here, billId: string, until: string): Promise<boolean> {
  const [{ dueMinor, totalMinor }, told] = await Promise.all([
    here.ask(BillById, { billId }),
    here.ask(BillTold, { billId }).catch(absentIsNone),
  ]);
  const story = told ?? { totalMinor, moves: [] };
  if (openMinorOf(story) !== dueMinor) throw new Fault("unavailable", "Not all is told of this bill yet.");
  return principalOpenOn(story, dayOf(new Date(Date.parse(until) - 1), here.city.timeZone)) === 0;
}

/**
 * What is due of the rest is credited; what was paid of it is owed back, and credited once it was refunded.
 * @returns whether anything was credited
 */
async function takeBackRest(here: Here, due: SingleDue, restBillId: string): Promise<boolean> {
  const { id, reduced, currency, totalMinor: amountMinor } = due;
  const before = restBackMinorOf(due);
  const { creditedMinor, paidMinor: owedBackMinor } = await here.ask(CreditBill, {
    ...{ id: idOf("rlf", id, restBillId, "in time", String(before ?? 0)), billId: restBillId, amountMinor },
    reason: deskTexts.in(here.city.languages[0]!)("paidInTime"),
    ...{ askedBy: "assessment", approvedBy: "assessment" },
  });
  if (creditedMinor === 0 && owedBackMinor === (reduced!.restBack?.owedBackMinor ?? 0)) return false;
  const restBack = { creditedMinor: (before ?? 0) + creditedMinor, owedBackMinor };
  const after: SingleDue = { ...due, reduced: { ...reduced!, restBillId, restBack } };
  const fact = told(RestTakenBack, id, { dueId: id, billId: restBillId, creditedMinor, owedBackMinor, currency });
  await here.commit([{ put: itemOf(after), if: { state: "raised", restBackMinor: before } }], [fact]);
  return creditedMinor > 0;
}

/** As the bills of a due were raised. */
const OF_DUE = /^assessment:(due_[0-9A-Z]+)(:rest)?$/;
/** What is heard of a bill may have come in its days: where its due has a reduced amount, that is looked at once more. */
async function lookAgain(here: Here, { data: { billId } }: Told<{ billId?: string | undefined }>): Promise<Write[]> {
  const { raisedAs = "" } = billId === undefined ? {} : await here.ask(BillById, { billId });
  const [, id] = OF_DUE.exec(raisedAs) ?? [];
  const until = id && (await dueOf(here, id)).reduced?.until;
  // To plan it moves it: before its time it stays where it is.
  return until ? [planned(Lapse, id, new Date(Math.max(Date.parse(until), here.clock.now().getTime())), {})] : [];
}
export const dueReactions: Reaction[] = [
  on(PaymentSettled, lookAgain),
  on(BillRelieved, lookAgain),
  on(RefundApproved, lookAgain),
];

const restAs = (id: string): string => `assessment:${id}:rest`;
/** The bill of the rest, also when it was raised and could not be noted, since the due changed at that moment. */
const restOf = async (here: Here, { id, reduced }: SingleDue): Promise<string | undefined> =>
  reduced && (reduced.restBillId ?? (await here.ask(BillRaised, { id: restAs(id) })).billId);

/** Takes back what is still due of one of its bills; asked again, it is the same credit note. */
const credited = (
  here: Here,
  { id, totalMinor: amountMinor }: SingleDue,
  { reason, askedBy, askedAt, decidedBy = "" }: NonNullable<SingleDue["cancellation"]>,
  billId: string,
) =>
  here.ask(CreditBill, {
    ...{ id: idOf("rlf", id, billId, askedAt), billId, amountMinor },
    ...{ reason, askedBy, approvedBy: decidedBy },
  });

/** Asks that a due be taken back. @throws {Fault} absent; conflict: it is taken back, or asked already */
export async function askCancellation(here: Here, id: string, reason: string, by: string): Promise<SingleDue> {
  const due = await dueOf(here, id);
  if (due.state !== "raised") throw new Fault("conflict", `This due is ${due.state}.`);
  const cancellation = { reason, askedBy: by, askedAt: here.clock.now().toISOString() };
  const after: SingleDue = { ...due, state: "cancel_asked", cancellation };
  // The rest may be raised or taken back at this moment: that is not forgotten.
  const asRead = {
    ...{ state: "raised", restBackMinor: restBackMinorOf(due) },
    ...(due.reduced?.restBillId === undefined ? { restBillId: undefined } : {}),
  };
  await unlessChanged(() => here.commit([{ put: itemOf(after), if: asRead }]));
  return after;
}

/**
 * The second person's word. What is still due is credited; what was paid stays, to be given back by a refund.
 * @throws {Fault} absent; forbidden: the same person; conflict: it is not asked, or paid whole
 */
export async function decideCancellation(here: Here, id: string, agrees: boolean, by: string): Promise<SingleDue> {
  const due = await dueOf(here, id);
  const { cancellation, billId } = due;
  const isBegun = due.state === "cancelling";
  if ((due.state !== "cancel_asked" && !(isBegun && agrees)) || !cancellation || billId === undefined)
    throw new Fault("conflict", `This due is ${due.state}.`);
  fourEyes(cancellation.askedBy, by);
  const decided = isBegun
    ? cancellation
    : { ...cancellation, decidedBy: by, decidedAt: here.clock.now().toISOString() };
  if (!agrees) {
    const after: SingleDue = { ...due, state: "raised", cancellation: decided };
    await unlessChanged(() => here.commit([{ put: itemOf(after), if: { state: "cancel_asked" } }]));
    return after;
  }
  // Nobody can refuse from here on, and what is cut off is finished by the next who agrees.
  const begun: SingleDue = { ...due, state: "cancelling", cancellation: decided };
  if (!isBegun) await unlessChanged(() => here.commit([{ put: itemOf(begun), if: { state: "cancel_asked" } }]));
  const sum = { creditedMinor: 0, paidMinor: 0 };
  for (const one of [billId, await restOf(here, due)]) {
    if (one === undefined) continue;
    const { creditedMinor, paidMinor } = await credited(here, due, { decidedBy: by, ...decided }, one);
    sum.creditedMinor += creditedMinor;
    sum.paidMinor += paidMinor;
  }
  if (sum.creditedMinor === 0) {
    const { decidedBy: _by, decidedAt: _at, ...asked } = decided;
    const back: SingleDue = { ...due, state: "cancel_asked", cancellation: asked };
    await unlessChanged(() => here.commit([{ put: itemOf(back), if: { state: "cancelling" } }]));
    throw new Fault("conflict", "Nothing is due of it any more: refund what was paid.");
  }
  const after: SingleDue = { ...due, state: "cancelled", cancellation: { ...decided, ...sum } };
  const { currency, id: dueId } = due;
  const fact = told(DueCancelled, id, { dueId, billId, creditedMinor: sum.creditedMinor, currency });
  await unlessChanged(() => here.commit([{ put: itemOf(after), if: { state: "cancelling" } }], [fact]));
  return after;
}
