import { z } from "zod";
import { Fault } from "../../shared/errors.ts";
import { on, type Reaction } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { defineTask, does, planned } from "../../shared/tasks.ts";
import { LANGS } from "../../shared/texts.ts";
import { monthOf, monthPlus } from "../../shared/time.ts";
import {
  CorrectionById,
  CorrectionsSince,
  MetersOfDelivery,
  ReadingsCorrected,
  ReadingsKept,
} from "../meters/events.ts";
import { adjustTexts, monthIn } from "./adjust-texts.ts";
import type { AdjustmentShown } from "./adjust-views.tsx";
import { charge } from "./charging.ts";
import { referenceOf } from "./domain.ts";
import { newReliefWrite, reliefOf, withdrawnWrite } from "./reliefs.ts";
import { usageOf } from "./run-bills.ts";
import { Adjustment, type Metered, type Raised, type Relief } from "./schema.ts";
import { billStore } from "./store.ts";
import { kindName } from "./texts.ts";

// A bill that was issued on a value which turned out to be wrong is not rewritten. What its month costs by its own
// tariff and its own terms, less what was charged for it until now, is an adjustment: more is a bill of its own, at
// once; less is a credit note that a second person approves, like every other. One that still waits is no part of what
// was charged: the next adjustment takes its place, so that whatever is decided, nothing was counted on it.
//
// question                     key
// adjustments of a bill        pk     ADJUSTMENTS#<bill>   sk <nnnn>         (its number guards that none is lost)
// all of them                  gsi1pk ADJUSTMENTS          gsi1sk <bill>#<nnnn>

const TRIES = 4;
/** So far back a month's bill is adjusted: ten years. */
const MONTHS_MAX = 120;

const itemOf = (adjustment: Adjustment, number: number): Item => {
  const sk = String(number).padStart(4, "0");
  const { billId } = adjustment;
  return { pk: `ADJUSTMENTS#${billId}`, sk, gsi1pk: "ADJUSTMENTS", gsi1sk: `${billId}#${sk}`, adjustment };
};

/** The oldest first. */
export async function adjustmentsOf({ table }: Pick<Here, "table">, billId: string): Promise<Adjustment[]> {
  const all: Adjustment[] = [];
  for await (const item of table.all({ pk: `ADJUSTMENTS#${billId}` })) all.push(Adjustment.parse(item["adjustment"]));
  return all;
}
/** With what became of each. */
export async function adjustmentsShown(here: Here, billId: string): Promise<AdjustmentShown[]> {
  return Promise.all(
    (await adjustmentsOf(here, billId)).map(async (one) => ({
      ...one,
      state: one.reliefId === undefined ? ("billed" as const) : (await reliefOf(here, one.reliefId)).state,
    })),
  );
}
export const adjustmentItems = ({ table }: Here): AsyncIterable<Item> =>
  table.all({ pk: "ADJUSTMENTS", index: "gsi1" });

/**
 * A run reads what was used and issues the bill a moment later; readings that come between the two find no bill yet, and
 * are not on it. So bills that were issued about then are looked at once more, after longer than that moment may last.
 */
const ISSUED_BY_THEN_MS = 3 * 60_000;
/** At all bills that there are; or at those alone that were being issued when it was told. */
const Look = z.enum(["first", "second"]);
type Look = z.infer<typeof Look>;
const secondLook = (here: Here): Date => new Date(here.clock.now().getTime() + ISSUED_BY_THEN_MS);

/** Each month that was billed is reckoned anew when its readings were set right, or came late. */
export const adjusting: Reaction[] = [
  on(ReadingsCorrected, async (here, { time, data: { meterId, correctionId, from, to } }) => {
    if (!monthsOver(here, from, to)) return [];
    const corrected = { meterId, from, to, at: time };
    await adjustCorrected(here, correctionId, corrected, "first");
    return [planned(AdjustCorrected, correctionId, secondLook(here), corrected)];
  }),
  on(ReadingsKept, async (here, { time, data: { deliveryId, meterIds, from, to } }) => {
    // Of the month that runs nothing is billed.
    if (!monthsOver(here, from, to)) return [];
    const range = { from, to, at: time, skip: 0 };
    // Of very many meters in parts, while other work goes on.
    if (!meterIds) return [planned(AdjustMany, deliveryId, here.clock.now(), { ...range, look: "first" })];
    await adjustLate(here, { deliveryId, at: time, look: "first" }, meterIds, from, to);
    return [planned(AdjustMany, deliveryId, secondLook(here), { ...range, meterIds, look: "second" })];
  }),
];

const AdjustCorrected = defineTask(
  "billing.adjust_corrected",
  z.object({ meterId: z.string(), from: z.iso.datetime(), to: z.iso.datetime().optional(), at: z.iso.datetime() }),
);
type Corrected = z.infer<(typeof AdjustCorrected)["data"]>;

export const adjustAgain = does(AdjustCorrected, async (here, correctionId, corrected) => {
  await adjustCorrected(here, correctionId, corrected, "second");
  return {};
});

async function adjustCorrected(here: Here, correctionId: string, { meterId, from, to, at }: Corrected, look: Look) {
  const bills = lookedAt(await billsOf(here, [meterId], from, to), at, look);
  if (bills.length === 0) return;
  const { reason, by } = await here.ask(CorrectionById, { meterId, correctionId });
  for (const bill of bills) await adjust(here, bill, async () => ({ id: correctionId, reason, by }));
}

/** Adjusts what a delivery of many meters makes another, a hundred meters a turn; and of any delivery the second look. */
export const AdjustMany = defineTask(
  "billing.adjust_many",
  z.object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    at: z.iso.datetime().optional(),
    skip: z.int(),
    /** Where they are so few that the fact named them; else the meters' room knows them. */
    meterIds: z.array(z.string()).optional(),
    look: Look.default("first"),
  }),
);
const AT_ONCE = 100;

export const adjustMany = does(AdjustMany, async (here, deliveryId, { skip, look, ...range }) => {
  const { meterIds, next } = range.meterIds
    ? { meterIds: range.meterIds, next: undefined }
    : await here.ask(MetersOfDelivery, { deliveryId, skip, limit: AT_ONCE });
  await adjustLate(here, { deliveryId, at: range.at, look }, meterIds, range.from, range.to);
  if (next !== undefined) return { again: { at: here.clock.now(), data: { ...range, skip: next, look } } };
  if (look === "second") return {};
  return { again: { at: secondLook(here), data: { ...range, skip: 0, look: "second" as const } } };
});

interface Late {
  deliveryId: string;
  /** When it was kept; a task that was planned before this was written down does not know. */
  at?: string | undefined;
  look: Look;
}
interface Why {
  id: string;
  reason: string;
  by: string;
}

async function adjustLate(here: Here, late: Late, meterIds: readonly string[], from: string, to: string) {
  const reason = adjustTexts.in(here.city.languages[0]!)("late");
  const own: Why = { id: late.deliveryId, reason, by: "meters" };
  for (const bill of lookedAt(await billsOf(here, meterIds, from, to), late.at, late.look))
    await adjust(here, bill, async (before) => (await correctedSince(here, bill, late, before)) ?? own);
}

const lookedAt = (bills: readonly Metered[], at: string | undefined, look: Look): readonly Metered[] =>
  look === "first" || at === undefined
    ? bills
    : bills.filter(({ issuedAt }) => Date.parse(issuedAt) > Date.parse(at) - ISSUED_BY_THEN_MS);

/**
 * The fact of a delivery may be told when somebody has already set its readings right: what is reckoned then is their
 * doing, with their reason, and nobody approves the credit note of an own correction because a file was told late.
 */
async function correctedSince(
  here: Here,
  bill: Metered,
  { at }: Late,
  before: readonly Adjustment[],
): Promise<Why | undefined> {
  if (at === undefined) return undefined;
  const meterIds = bill.meters?.map(({ meterId }) => meterId) ?? [bill.meterId];
  const corrections = await here.ask(CorrectionsSince, { meterIds, since: at, month: bill.month });
  const told = new Set(before.map(({ causeId }) => causeId));
  return corrections.findLast(({ id }) => !told.has(id));
}

/** The first and the last month of a range that are over; undefined: none is. */
function monthsOver(here: Here, from: string, to: string | undefined): { start: string; last: string } | undefined {
  const { timeZone } = here.city;
  const first = monthOf(new Date(from), timeZone);
  const over = monthPlus(monthOf(here.clock.now(), timeZone), -1);
  const end = to === undefined ? over : monthOf(new Date(to), timeZone);
  const last = [end, over].sort()[0]!;
  return last < first ? undefined : { start: [first, monthPlus(last, 1 - MONTHS_MAX)].sort()[1]!, last };
}

/** The bills of these meters for the months of a range that are over. */
async function billsOf(here: Here, meterIds: readonly string[], from: string, to?: string): Promise<Metered[]> {
  const months = monthsOver(here, from, to);
  if (!months) return [];
  const store = billStore(here);
  const bills = await Promise.all(meterIds.map((id) => store.ofMeter(id, months.start, months.last)));
  return bills.flat();
}

/**
 * Reckons a bill's month anew: once for a cause, however often it is told.
 *
 * @param whyOf  asked after the readings, so that whoever has changed them is known; of the adjustments until now
 */
async function adjust(
  here: Here,
  bill: Metered,
  whyOf: (before: readonly Adjustment[]) => Promise<Why>,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const before = await adjustmentsOf(here, bill.id);
    const usage = await usageOf(here, bill, bill.month);
    const why = await whyOf(before);
    if (before.some(({ causeId }) => causeId === why.id)) return;
    // Nothing is known of the month any more: what was charged stands until something is.
    if (usage.daysWithReadings === 0) return;
    const { netMinor, vatMinor, totalMinor } = charge(bill.tariff.tariff, usage.quantity, termsOfBill(bill));
    const { charged, waiting, askers } = await standingOf(here, bill, before);
    const differenceMinor = totalMinor - charged.totalMinor;
    // Nothing, or what is asked already.
    if (differenceMinor + waiting.reduce((sum, { amountMinor }) => sum + amountMinor, 0) === 0) return;
    const vat = within(vatMinor - charged.vatMinor, differenceMinor);
    const adjustment: Adjustment = {
      billId: bill.id,
      causeId: why.id,
      reason: why.reason,
      at: here.clock.now().toISOString(),
      quantityBefore: charged.quantity,
      quantity: usage.quantity,
      chargedMinor: charged.totalMinor,
      nowMinor: totalMinor,
      netMinor: differenceMinor - vat,
      vatMinor: vat,
    };
    if (netMinor + vatMinor !== totalMinor) throw new RangeError("a charge whose parts do not add up");
    // Who changed the readings is asked after them, and may have changed them between the two: what is said to be their
    // doing is reckoned by what they made of them, as it is reckoned once for them.
    const isAsRead = (await usageOf(here, bill, bill.month)).quantity === usage.quantity;
    const number = before.length + 1;
    const also = waiting.map((one) => withdrawnWrite(here, one));
    const keep = () => {
      if (differenceMinor === 0) return kept(here, also);
      if (differenceMinor > 0) return raiseMore(here, bill, adjustment, number, also);
      return askLess(here, bill, adjustment, number, also, { by: why.by, askers });
    };
    if (isAsRead && (await keep())) return;
    if (tries === TRIES) throw new Fault("unavailable", "This bill is adjusted by others at this moment.");
  }
}

/** VAT of a difference is neither against it nor more than all of it. */
const within = (vatMinor: number, totalMinor: number): number =>
  totalMinor > 0 ? Math.min(Math.max(vatMinor, 0), totalMinor) : Math.max(Math.min(vatMinor, 0), totalMinor);

/** What the bill says was granted to whoever it is for: later grants are no correction of readings. */
function termsOfBill({ social, lines }: Metered) {
  const exempted = lines.flatMap(({ what, of, basisPoints, exemptionId, reason }) =>
    what === "exemption" && of && exemptionId
      ? [{ of, basisPoints: basisPoints ?? 0, exemptionId, reason: reason ?? "" }]
      : [],
  );
  return { isSocial: social !== undefined, exempted };
}

/**
 * What is charged by the bill and those of its adjustments that stand, which credit notes wait, and who asked for those
 * since the last that stands: what they had a part in is in the next difference again.
 */
async function standingOf(here: Here, bill: Metered, before: readonly Adjustment[]) {
  let { quantity, vatMinor, totalMinor } = bill;
  const waiting: Relief[] = [];
  let askers: string[] = [];
  for (const one of before) {
    const relief = one.reliefId === undefined ? undefined : await reliefOf(here, one.reliefId);
    if (relief?.state === "asked") waiting.push(relief);
    if (relief && relief.state !== "approved") {
      askers.push(relief.askedBy);
      continue;
    }
    askers = [];
    quantity = one.quantity;
    vatMinor += one.vatMinor;
    totalMinor += one.netMinor + one.vatMinor;
  }
  return { charged: { quantity, vatMinor, totalMinor }, waiting, askers };
}

/** @returns false when somebody decided about a credit note at this moment, or another adjustment came first */
async function kept(here: Here, writes: readonly Write[]): Promise<boolean> {
  try {
    await here.commit(writes);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/** More is due: a bill of its own, which says why. @returns as `kept` */
async function raiseMore(
  here: Here,
  bill: Metered,
  adjustment: Adjustment,
  number: number,
  also: readonly Write[],
): Promise<boolean> {
  const now = here.clock.now();
  const id = newId("bill", now);
  const { kind, month, accountId, currency } = bill;
  const { netMinor, vatMinor } = adjustment;
  const adjusts = { ...adjustment, reference: bill.reference, raisedBillId: id };
  const more: Raised = {
    id,
    reference: referenceOf(id),
    raisedAs: `adjustment:${bill.id}/${number}`,
    accountId,
    kind,
    titles: Object.fromEntries(
      LANGS.map((lang) => [
        lang,
        adjustTexts.in(lang)("title", { service: kindName(kind, lang), month: monthIn(month, lang) }),
      ]),
    ),
    period: month,
    month: monthOf(now, here.city.timeZone),
    currency,
    netMinor,
    vatMinor,
    totalMinor: netMinor + vatMinor,
    issuedAt: now.toISOString(),
    adjusts,
  };
  const billed: Adjustment = { ...adjustment, raisedBillId: id };
  return billStore(here).issue(more, { also: [{ put: itemOf(billed, number), if: "absent" }, ...also] });
}

/** Less is due: a credit note that waits for a second person, who has no part in it. @returns as `kept` */
async function askLess(
  here: Here,
  bill: Metered,
  adjustment: Adjustment,
  number: number,
  also: readonly Write[],
  { by, askers }: { by: string; askers: readonly string[] },
): Promise<boolean> {
  const now = here.clock.now();
  const { netMinor, vatMinor, causeId } = adjustment;
  const relief: Relief = {
    id: newId("rlf", now),
    billId: bill.id,
    reference: bill.reference,
    kind: "credit_note",
    amountMinor: -(netMinor + vatMinor),
    currency: bill.currency,
    reason: adjustment.reason,
    state: "asked",
    askedBy: by,
    askedAt: now.toISOString(),
    adjustment: { causeId, vatMinor: -vatMinor, askedBefore: [...new Set(askers)] },
  };
  const asked: Adjustment = { ...adjustment, reliefId: relief.id };
  return kept(here, [{ put: itemOf(asked, number), if: "absent" }, newReliefWrite(relief), ...also]);
}
