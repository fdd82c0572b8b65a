import { z } from "zod";
import { Fault } from "../../shared/errors.ts";
import { on, type Reaction } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { Write } from "../../shared/table.ts";
import { defineTask, planned, type Ran } from "../../shared/tasks.ts";
import { dayOf, dayPlus, dayRange } from "../../shared/time.ts";
import { BillRelieved, ChargePenalty, PenaltiesOf, RemitPenalty } from "../billing/events.ts";
import { type BillStory, BillTold, OpenBills } from "../collection/events.ts";
import { PaymentSettled } from "../payments/events.ts";
import {
  actionsFor,
  type Case,
  type Charged,
  dueOnOf,
  openMinorOf,
  penaltyMinorOf,
  remittedOf,
  ruleFor,
  takesPart,
  unpaidPenaltyOf,
} from "./domain.ts";
import { type Book, penaltyStore } from "./store.ts";

// Looks at bills: at all that are open each day, and at one when something was heard of it.

/** Looks at all open bills, once a day; its id is `all`. */
export const LookAtAll = defineTask("penalties.look_at_all", z.object({ cursor: z.string().optional() }));
/** Looks at one bill until all that was told of it is known; its id is the bill's. */
export const LookAtBill = defineTask("penalties.look_at_bill", z.object({ tries: z.int() }));

/** At night, when what banks delivered the day before is in. */
const NIGHT_MS = 3 * 3_600_000;
const TRIES = 10;

type Facts = z.infer<typeof PenaltiesOf.answer>;

/** What is known of a bill as the rules read it. */
export function caseOf(here: Here, story: BillStory, { plan }: Pick<Facts, "plan">, holds: Case["holds"]): Case {
  const { kind, currency, issuedOn, totalMinor, moves } = story;
  const agreed = plan && { ...plan, agreedOn: dayOf(new Date(plan.agreedAt), here.city.timeZone) };
  return { kind, currency, issuedOn, totalMinor, moves, plan: agreed, holds };
}

const chargedOf = ({ penalties, remissions }: Facts): Charged[] =>
  penalties.map(({ step, amountMinor }) => {
    const back = remissions.filter((one) => one.step === step);
    const takenBackMinor = back.reduce((sum, one) => sum + one.amountMinor, 0);
    return { step, amountMinor, takenBackMinor, takenBackTimes: back.length };
  });

/**
 * Does what is to be done about one bill, as far as it can be known: where the story that was told and the ledger
 * differ, something is still on its way, and nothing is done yet.
 * @returns whether it is worth looking again
 */
export async function look(here: Here, story: BillStory, book: Book): Promise<"stale" | "acted" | "settled"> {
  const today = dayOf(here.clock.now(), here.city.timeZone);
  const { billId, currency } = story;
  const rule = ruleFor(book.rules, story);
  const mayBeLate = rule?.charge !== undefined && dueOnOf(rule, story.issuedOn) < today;
  if (!mayBeLate && penaltyMinorOf(story) === 0) return "settled";
  const facts = await here.ask(PenaltiesOf, { billId });
  if (openMinorOf(story) !== facts.dueMinor || penaltyMinorOf(story) !== facts.penaltyMinor) return "stale";
  const { hold } = await penaltyStore(here).hold(billId);
  const one = caseOf(here, story, facts, hold.periods);

  const actions = rule ? actionsFor(rule, one, chargedOf(facts), today) : [];
  let isDone = false;
  for (const action of actions) {
    if (action.do === "remit") {
      const { step, id, amountMinor } = action;
      const { remittedMinor } = await here.ask(RemitPenalty, { billId, id, why: "recomputed", step, amountMinor });
      isDone ||= remittedMinor > 0;
    } else if (rule?.charge) {
      const { do: _charge, ...step } = action;
      const { type } = rule.charge;
      const share = "basisPoints" in rule.charge ? { basisPoints: rule.charge.basisPoints } : {};
      const asked = { billId, currency, ruleId: rule.id, type, ...share, ...step };
      isDone ||= (await here.ask(ChargePenalty, asked)).outcome === "charged";
    }
  }
  if (isDone) return "acted";

  const kept = new Set(facts.remissions.map(({ amnestyId }) => amnestyId));
  const amnesty = book.amnesties.find((each) => !kept.has(each.id) && takesPart(each, one, today));
  if (!amnesty) return "settled";
  const amountMinor = remittedOf(amnesty, unpaidPenaltyOf(one));
  if (amountMinor === 0) return "settled";
  const { id: amnestyId } = amnesty;
  await here.ask(RemitPenalty, { billId, id: amnestyId, why: "amnesty", amnestyId, amountMinor });
  return "settled";
}

/** A turn: a page of open bills. One that cannot be looked at now is looked at tomorrow; nothing waits behind it. */
export async function lookAtAll(
  here: Here,
  { cursor }: { cursor?: string | undefined },
): Promise<Ran<{ cursor?: string }>> {
  const [book, page] = await Promise.all([penaltyStore(here).book(), here.ask(OpenBills, { cursor })]);
  for (const story of page.bills)
    try {
      await look(here, story, book);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      here.log.warn("penalties were not looked at", { billId: story.billId, error });
    }
  if (page.cursor !== undefined) return { again: { at: here.clock.now(), data: { cursor: page.cursor } } };
  const { timeZone } = here.city;
  const tomorrow = dayRange(dayPlus(dayOf(here.clock.now(), timeZone), 1), timeZone).from;
  return { again: { at: new Date(tomorrow.getTime() + NIGHT_MS), data: {} } };
}

export async function lookAtBill(
  here: Here,
  billId: string,
  { tries }: { tries: number },
): Promise<Ran<{ tries: number }>> {
  const story = await here.ask(BillTold, { billId }).catch((error: unknown) => {
    if (error instanceof Fault && error.kind === "absent") return undefined;
    throw error;
  });
  const outcome = story ? await look(here, story, await penaltyStore(here).book()) : "stale";
  if (outcome === "settled" || tries >= TRIES) return {};
  return { again: { at: new Date(here.clock.now().getTime() + 1_000 * 2 ** tries), data: { tries: tries + 1 } } };
}

/** Where a bill has penalties, what was heard may have been in time. */
async function lookSoon(here: Here, billId: string): Promise<Write[]> {
  const { penaltyMinor } = await here.ask(PenaltiesOf, { billId });
  return penaltyMinor > 0 ? [planned(LookAtBill, billId, here.clock.now(), { tries: 0 })] : [];
}

export const lookingReactions: Reaction[] = [
  on(PaymentSettled, (here, { data }) => lookSoon(here, data.billId)),
  on(BillRelieved, (here, { data }) => lookSoon(here, data.billId)),
];
