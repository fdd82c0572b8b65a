import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { Fault, invalid } from "../../shared/errors.ts";
import { on, type Reaction, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { defineTask, planned, type Ran } from "../../shared/tasks.ts";
import { dayOf, dayPlus } from "../../shared/time.ts";
import { PenaltyRemitted } from "../billing/events.ts";
import { BillTold, OpenBills } from "../collection/events.ts";
import { isOffered, principalOpenOn, remittedOf, unpaidPenaltyOf } from "./domain.ts";
import { AmnestyDecided } from "./events.ts";
import { LookAtAll } from "./looking.ts";
import { Amnesty, type NewAmnesty } from "./schema.ts";
import { penaltyStore } from "./store.ts";

// A campaign: whoever pays the bill itself in time gets its penalties taken back.

/** Counts how many bills an amnesty is for; its id is the amnesty's. */
export const CountOffered = defineTask("penalties.count_offered", z.object({ cursor: z.string().optional() }));

const DAYS_MAX = 366;
const todayOf = ({ clock, city }: Here) => dayOf(clock.now(), city.timeZone);
const NOTHING = { bills: 0, principalMinor: 0, penaltyMinor: 0, remitMinor: 0 };

/** Two that are on at one time for one service: a bill would be promised two things. */
function checkOverlap(amnesties: readonly Amnesty[], one: Pick<Amnesty, "kinds" | "fromOn" | "toOn">): void {
  const other = amnesties.find(
    ({ kinds, fromOn, toOn }) =>
      fromOn <= one.toOn && one.fromOn <= toOn && kinds.some((kind) => one.kinds.includes(kind)),
  );
  if (!other) return;
  const detail = `Another amnesty is on from ${other.fromOn} to ${other.toOn} for ${other.kinds.join(", ")}.`;
  throw new Fault("conflict", detail, { errors: [{ pointer: "#/fromOn", detail }] });
}

const askedOf = (amnesty: Amnesty) => {
  const { state: _s, preview: _p, yield: _y, proposedBy: _b, proposedAt: _a, ...rest } = amnesty;
  const { decidedBy: _d, decidedAt: _t, ...asked } = rest;
  return asked;
};

/**
 * Proposes an amnesty: how many bills it is for is counted first, and nobody is told of it before it is approved.
 * @throws {Fault} invalid: days that have passed, or too many; conflict: it overlaps, or the id is another's
 */
export async function proposeAmnesty(
  here: Here,
  asks: NewAmnesty,
  by: string,
): Promise<{ created: boolean; amnesty: Amnesty }> {
  const now = here.clock.now();
  const store = penaltyStore(here);
  if (asks.toOn < todayOf(here)) throw invalid("#/toOn", "This day has passed in the city.");
  if (asks.toOn > dayPlus(asks.fromOn, DAYS_MAX)) throw invalid("#/toOn", "An amnesty is on for a year at most.");
  checkOverlap((await store.book()).amnesties, asks);
  const amnesty = Amnesty.parse({
    ...asks,
    id: asks.id ?? newId("amn", now),
    currency: here.city.currency,
    state: "counting",
    preview: NOTHING,
    yield: { bills: 0, collectedMinor: 0, remittedMinor: 0 },
    proposedBy: by,
    proposedAt: now.toISOString(),
  });
  try {
    await here.commit([store.amnestyWrite(amnesty, 0), planned(CountOffered, amnesty.id, now, {})]);
    return { created: true, amnesty };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const kept = (await store.amnesty(amnesty.id)).amnesty;
    if (isDeepStrictEqual(askedOf(kept), askedOf(amnesty))) return { created: false, amnesty: kept };
    throw new Fault("conflict", "There is another amnesty under this id.");
  }
}

/** A turn of counting: a page of open bills, and how far it is, kept together. */
export async function countOffered(
  here: Here,
  id: string,
  { cursor }: { cursor?: string | undefined },
): Promise<Ran<{ cursor?: string }>> {
  const store = penaltyStore(here);
  const { amnesty, version } = await store.amnesty(id);
  if (amnesty.state !== "counting") return {};
  const today = todayOf(here);
  const page = await here.ask(OpenBills, { cursor });
  const preview = { ...amnesty.preview };
  for (const story of page.bills) {
    const penaltyMinor = unpaidPenaltyOf(story);
    if (penaltyMinor === 0 || !isOffered(amnesty, story)) continue;
    preview.bills += 1;
    preview.principalMinor += principalOpenOn(story, today);
    preview.penaltyMinor += penaltyMinor;
    preview.remitMinor += remittedOf(amnesty, penaltyMinor);
  }
  const isOver = page.cursor === undefined;
  const after: Amnesty = { ...amnesty, preview, ...(isOver ? { state: "proposed" } : {}) };
  return {
    writes: [store.amnestyWrite(after, version)],
    ...(page.cursor === undefined ? {} : { again: { at: here.clock.now(), data: { cursor: page.cursor } } }),
  };
}

/**
 * The second pair of eyes. From here on it is shown on the bills that it is for.
 * @throws {Fault} absent; forbidden: the same person; conflict: decided already, still counted, overlapping, or over
 */
export async function decideAmnesty(here: Here, id: string, to: "approved" | "refused", by: string): Promise<Amnesty> {
  const store = penaltyStore(here);
  const { amnesty, version } = await store.amnesty(id);
  if (amnesty.state !== "proposed")
    throw new Fault(
      "conflict",
      amnesty.state === "counting" ? "It is still being counted." : `This is ${amnesty.state}.`,
    );
  const now = here.clock.now();
  const after: Amnesty = { ...amnesty, state: to, decidedBy: by, decidedAt: now.toISOString() };
  const writes = [store.amnestyWrite(after, version)];
  if (to === "approved") {
    if (amnesty.proposedBy === by) throw new Fault("forbidden", "Who proposed it cannot approve it.");
    if (amnesty.toOn < todayOf(here)) throw new Fault("conflict", "Its last day has passed: propose it anew.");
    const book = await store.book();
    checkOverlap(book.amnesties, amnesty);
    writes.push(
      store.bookWrite({ ...book, amnesties: [...book.amnesties, after] }),
      planned(LookAtAll, "all", now, {}),
    );
  }
  try {
    await here.commit(writes, [told(AmnestyDecided, id, { amnestyId: id, to, by })]);
    return after;
  } catch (error) {
    if (error instanceof ConditionFailed)
      throw new Fault("conflict", "This was decided, or another amnesty approved, meanwhile: look again.");
    throw error;
  }
}

/** What an amnesty brought, counted in the transaction that notes that a remission was heard of. */
export const amnestyReactions: Reaction[] = [
  on(PenaltyRemitted, async (here, { data: { billId, amnestyId, amountMinor } }) => {
    if (amnestyId === undefined) return [];
    const store = penaltyStore(here);
    const [{ amnesty, version }, story] = await Promise.all([store.amnesty(amnestyId), here.ask(BillTold, { billId })]);
    const paidMinor = story.moves.reduce(
      (sum, move) => (move.id.startsWith("paid:") && move.on >= amnesty.fromOn ? sum + move.amountMinor : sum),
      0,
    );
    const { bills, collectedMinor, remittedMinor } = amnesty.yield;
    const after = {
      bills: bills + 1,
      collectedMinor: collectedMinor + Math.min(paidMinor, story.totalMinor),
      remittedMinor: remittedMinor + amountMinor,
    };
    return [store.amnestyWrite({ ...amnesty, yield: after }, version)];
  }),
];
