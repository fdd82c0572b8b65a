import { absent, Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { does, dropped, planned } from "../../shared/tasks.ts";
import { CreditBill } from "../billing/events.ts";
import { assessmentStore } from "./assessments.ts";
import { assess, fourEyes } from "./domain.ts";
import { Adjusted, Review, Settle } from "./events.ts";
import { finished, raiseShare } from "./issuing.ts";
import { rules } from "./rules.ts";
import { Adjustment, type Assessment, type Computed, type Entry, type Roll, type Share } from "./schema.ts";
import { idOf, rollStore } from "./store.ts";

// question                        key
// one adjustment                  pk     ASSESS_ADJUSTMENT#<id>          sk     ADJUSTMENT    (one for each revision of an assessment)
// those to decide, those decided  gsi1pk ASSESS_ADJUSTMENTS#<asked|done> gsi1sk <askedAt>#<id>
const key = (id: string) => ({ pk: `ASSESS_ADJUSTMENT#${id}`, sk: "ADJUSTMENT" });
const LISTS = { asked: "ASSESS_ADJUSTMENTS#asked", done: "ASSESS_ADJUSTMENTS#done" } as const;
const itemOf = (adjustment: Adjustment): Item => ({
  ...key(adjustment.id),
  gsi1pk: adjustment.state === "asked" ? LISTS.asked : LISTS.done,
  gsi1sk: `${adjustment.askedAt}#${adjustment.id}`,
  state: adjustment.state,
  adjustment,
});
const idFor = ({ id, revision }: Assessment): string => idOf("adj", id, String(revision));

async function find({ table }: Pick<Here, "table">, id: string): Promise<Adjustment | undefined> {
  const item = await table.get(key(id));
  return item && Adjustment.parse(item["adjustment"]);
}
/** @throws {Fault} absent */
export async function adjustmentOf(here: Pick<Here, "table">, id: string): Promise<Adjustment> {
  const found = await find(here, id);
  if (!found) throw absent();
  return found;
}
/** What waits of an assessment as it stands now. */
export const pendingOf = (here: Pick<Here, "table">, assessment: Assessment) => find(here, idFor(assessment));

export async function adjustmentList(
  { table }: Pick<Here, "table">,
  at: { limit: number; cursor?: string | undefined; isDone?: boolean },
) {
  const { isDone, cursor: from, limit } = at;
  const page = { pk: LISTS[isDone ? "done" : "asked"], index: "gsi1" as const, reverse: true, limit };
  const { items, cursor } = await table.query({ ...page, ...(from === undefined ? {} : { cursor: from }) });
  const adjustments = items.map((item) => Adjustment.parse(item["adjustment"]));
  return { adjustments, ...(cursor === undefined ? {} : { next: cursor }) };
}
export async function* adjustmentItems({ table }: Pick<Here, "table">): AsyncIterable<Item> {
  for (const pk of Object.values(LISTS)) yield* table.all({ pk, index: "gsi1" });
}

/** What an entry's facts, as they are now, make another of each payer's share. */
function differencesOf(before: readonly Share[], after: readonly Computed[]): Adjustment["differences"] {
  const payers = [...new Set([...before, ...after].map(({ accountId }) => accountId))];
  const total = (shares: readonly Computed[], payer: string | undefined) =>
    shares.find(({ accountId }) => accountId === payer)?.totalMinor ?? 0;
  return payers
    .map((accountId) => ({
      ...(accountId === undefined ? {} : { accountId }),
      ...{ wasMinor: total(before, accountId), nowMinor: total(after, accountId) },
    }))
    .filter(({ wasMinor, nowMinor }) => wasMinor !== nowMinor);
}

/** Compares what was assessed of an entry with its facts, by the rule of that time; a difference waits for a second person. */
async function review(here: Here, entry: Entry, by: string): Promise<void> {
  const roll = await rollStore(here.table).roll(entry.roll);
  for (const found of await assessmentStore(here.table).ofEntry(entry.id)) {
    let assessment = await finished(here, roll, found);
    const running = await pendingOf(here, assessment);
    if (running?.state === "approved") {
      await settle(here, running);
      assessment = await assessmentStore(here.table).get(assessment.id);
    }
    await ask(here, roll, entry, assessment, by);
  }
}

async function ask(here: Here, roll: Roll, entry: Entry, assessment: Assessment, by: string): Promise<void> {
  const rule = await rules.get(here, assessment.ruleId);
  const { period, mayBeNobodys, id: assessmentId, revision, currency } = assessment;
  const { shares } = assess(entry.kind, rule, entry.spells, period, mayBeNobodys);
  const differences = differencesOf(assessment.shares, shares);
  const before = await pendingOf(here, assessment);
  // All of it as it was read: of an entry that changes meanwhile the next review knows, and what somebody decides
  // meanwhile is their answer.
  const isAsRead = rollStore(here.table).isAsRead(entry);
  const asRead = before && {
    state: before.state === "refused" ? "refused" : "asked",
    gsi1sk: `${before.askedAt}#${before.id}`,
  };
  if (differences.length === 0) {
    if (before?.state === "asked") await here.commit([{ delete: key(before.id), if: asRead }, isAsRead]);
    return;
  }
  // What was refused is not asked again, unless it is another difference by now.
  if (before?.state === "refused" && JSON.stringify(before.differences) === JSON.stringify(differences)) return;
  const asked: Adjustment = {
    ...{ id: idFor(assessment), assessmentId, roll: roll.code, number: entry.number, period, revision, currency },
    ...{ differences, shares, state: "asked", askedBy: by, askedAt: here.clock.now().toISOString() },
  };
  await here.commit([{ put: itemOf(asked), if: asRead ?? "absent" }, isAsRead]);
}

export const reviewing = does(Review, async (here, entryId, { by }) => {
  await review(here, await rollStore(here.table).get(entryId), by);
  return {};
});

const decidedAlready = () => new Fault("conflict", "This was decided or changed meanwhile: look again.");

/**
 * Whoever changed the entry since it was assessed, or corrected, has a part in the difference, whoever changed it last.
 * @throws {Fault} forbidden
 */
async function demandOther(here: Here, { assessmentId, revision, askedBy }: Adjustment, by: string): Promise<void> {
  fourEyes(askedBy, by);
  const assessment = await assessmentStore(here.table).get(assessmentId);
  const corrected = revision === 0 ? undefined : await find(here, idFor({ ...assessment, revision: revision - 1 }));
  const since = corrected?.askedAt ?? assessment.issuedAt;
  for (const change of await rollStore(here.table).changes(assessment.entryId))
    if (change.at >= since) fourEyes(change.by, by);
}

async function decide(here: Here, id: string, state: "approved" | "refused", by: string): Promise<Adjustment> {
  const before = await adjustmentOf(here, id);
  if (before.state !== "asked") throw new Fault("conflict", `This is ${before.state}.`);
  if (state === "approved") await demandOther(here, before, by);
  const now = here.clock.now();
  const after: Adjustment = { ...before, state, decidedBy: by, decidedAt: now.toISOString() };
  const work = state === "approved" ? [planned(Settle, id, now, {})] : [];
  try {
    // What was looked at is what is approved: a change meanwhile asks at another time.
    const asked = { state: "asked", gsi1sk: `${before.askedAt}#${id}` };
    await here.commit([{ put: itemOf(after), if: asked }, ...work]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw decidedAlready();
    throw error;
  }
  return after;
}

/** @throws {Fault} absent; forbidden: the same person; conflict: decided already */
export const approveAdjustment = async (here: Here, id: string, by: string): Promise<Adjustment> =>
  settle(here, await decide(here, id, "approved", by));
export const refuseAdjustment = (here: Here, id: string, by: string): Promise<Adjustment> =>
  decide(here, id, "refused", by);

export const settling = does(Settle, async (here, id) => {
  await settle(here, await adjustmentOf(here, id));
  return {};
});

/**
 * Carries out what two people agreed on, payer by payer: more is a further bill, less a credit note on what is still
 * due. Bills and credit notes have ids of their own, so that this may be asked again.
 */
async function settle(here: Here, adjustment: Adjustment): Promise<Adjustment> {
  if (adjustment.state !== "approved") return adjustment;
  const store = assessmentStore(here.table);
  const roll = await rollStore(here.table).roll(adjustment.roll);
  const before = await store.get(adjustment.assessmentId);
  if (before.revision !== adjustment.revision) return adjustmentOf(here, adjustment.id);
  const shares = new Map(before.shares.map((one) => [one.accountId, one]));
  const outcome = { raisedMinor: 0, creditedMinor: 0, owedBackMinor: 0 };
  for (const { accountId, wasMinor, nowMinor } of adjustment.differences) {
    const owner = accountId === undefined ? {} : { accountId };
    const old = shares.get(accountId) ?? { ...NOTHING, ...owner, dues: [], creditedMinor: 0, owedBackMinor: 0 };
    const computed = adjustment.shares.find((one) => one.accountId === accountId) ?? { ...NOTHING, ...owner };
    const corrected: Share = { ...old, ...computed };
    if (nowMinor > wasMinor) {
      const due = await supplement(here, roll, before, computed, nowMinor - wasMinor);
      corrected.dues = [...old.dues, due];
      outcome.raisedMinor += due.totalMinor;
    } else {
      const taken = await takeBack(here, adjustment, old, wasMinor - nowMinor);
      corrected.creditedMinor += taken.creditedMinor;
      corrected.owedBackMinor += taken.owedBackMinor;
      outcome.creditedMinor += taken.creditedMinor;
      outcome.owedBackMinor += taken.owedBackMinor;
    }
    shares.set(accountId, corrected);
  }
  const after: Assessment = { ...before, revision: before.revision + 1, shares: [...shares.values()] };
  const done: Adjustment = { ...adjustment, state: "done", outcome };
  const differenceMinor = adjustment.differences.reduce((sum, one) => sum + one.nowMinor - one.wasMinor, 0);
  const { id: assessmentId, currency } = before;
  const fact = { assessmentId, adjustmentId: adjustment.id, differenceMinor, currency };
  try {
    await here.commit(
      [
        ...store.writes(before, after),
        { put: itemOf(done), if: { state: "approved" } },
        dropped(Settle, adjustment.id),
      ],
      [told(Adjusted, assessmentId, fact, after.revision + 1)],
    );
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return adjustmentOf(here, adjustment.id);
  }
  return done;
}

const NOTHING = { parts: [], lines: [], netMinor: 0, vatMinor: 0, totalMinor: 0 };

/** A further bill of a payer; the VAT in it is its share of the payer's whole, cut down to whole minor units. */
async function supplement(here: Here, roll: Roll, before: Assessment, computed: Computed, moreMinor: number) {
  const vatMinor = Number((BigInt(moreMinor) * BigInt(computed.vatMinor)) / BigInt(computed.totalMinor));
  const { accountId } = computed;
  const amount = { accountId, vatMinor, netMinor: moreMinor - vatMinor, supplement: before.revision + 1 };
  return { ...(await raiseShare(here, roll, before, amount)), totalMinor: moreMinor };
}

/** Credit notes on a payer's bills, the latest first; what was paid of them is owed back. */
async function takeBack(
  here: Here,
  { id, askedBy, decidedBy = "", number, period }: Adjustment,
  { dues }: Share,
  lessMinor: number,
) {
  let left = lessMinor;
  let paid = 0;
  for (const { billId } of dues.toReversed()) {
    if (left === 0) break;
    const credit = await here.ask(CreditBill, {
      ...{ id: idOf("rlf", id, billId), billId, amountMinor: left },
      ...{ reason: `${number} ${period}`, askedBy, approvedBy: decidedBy },
    });
    left -= credit.creditedMinor;
    paid += credit.paidMinor;
  }
  return { creditedMinor: lessMinor - left, owedBackMinor: Math.min(left, paid) };
}
