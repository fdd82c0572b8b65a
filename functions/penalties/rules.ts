import { isDeepStrictEqual } from "node:util";
import { Fault, invalid } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { payableUnit } from "../../shared/payable.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { planned } from "../../shared/tasks.ts";
import { dayOf } from "../../shared/time.ts";
import { RuleDecided } from "./events.ts";
import { LookAtAll } from "./looking.ts";
import { type NewPenaltyRule, PenaltyRule } from "./schema.ts";
import { type Book, penaltyStore } from "./store.ts";

// What being late costs: proposed by one person, decided by another, and never for bills that are there already.

const todayOf = ({ clock, city }: Here) => dayOf(clock.now(), city.timeZone);
const isPast = (): Fault =>
  invalid("#/fromOn", "A rule begins today or later: nobody is charged by what was not known.");

type Begins = Pick<PenaltyRule, "kinds" | "fromOn" | "currency">;
/** Two rules that begin on one day for one service: nobody could say which holds. */
function checkOverlap({ rules }: Book, rule: Begins): void {
  const other = rules.find(
    (one) =>
      one.fromOn === rule.fromOn &&
      one.currency === rule.currency &&
      one.kinds.some((kind) => rule.kinds.includes(kind)),
  );
  if (!other) return;
  const detail = `Another rule begins on ${other.fromOn} for ${other.kinds.join(", ")}.`;
  throw new Fault("conflict", detail, { errors: [{ pointer: "#/fromOn", detail }] });
}

/** A sum that is charged as it is said must be what is rounded to. @throws {Fault} invalid */
function demandWhole(toMinor: number, charge: NewPenaltyRule["charge"]): void {
  const [field, minor] =
    charge?.type === "fixed"
      ? (["amountMinor", charge.amountMinor] as const)
      : (["minimumMinor", charge?.minimumMinor ?? 0] as const);
  if (minor % toMinor !== 0)
    throw invalid(`#/charge/${field}`, `Penalties are rounded to ${toMinor}: say a multiple of it.`);
}

/**
 * @throws {Fault} invalid: it would begin in the past, or charges a sum that it would not round to; conflict: it
 *   overlaps, or the id is another's
 */
export async function proposeRule(
  here: Here,
  asks: NewPenaltyRule,
  by: string,
): Promise<{ created: boolean; rule: PenaltyRule }> {
  const now = here.clock.now();
  const { currency } = here.city;
  const { toMinor = payableUnit(currency), charge } = asks;
  demandWhole(toMinor, charge);
  const rule = PenaltyRule.parse({
    ...asks,
    id: asks.id ?? newId("pru", now),
    toMinor,
    currency,
    state: "proposed",
    proposedBy: by,
    proposedAt: now.toISOString(),
  });
  const store = penaltyStore(here);
  if (rule.fromOn < todayOf(here)) throw isPast();
  checkOverlap(await store.book(), rule);
  const put = await store.keepRule(rule);
  if (!put.created && !isDeepStrictEqual(askedOf(put.rule), askedOf(rule)))
    throw new Fault("conflict", "There is another rule under this id. A rule never changes: propose a new one.");
  return put;
}

const askedOf = (rule: PenaltyRule) => {
  const { state: _s, proposedBy: _b, proposedAt: _a, decidedBy: _d, decidedAt: _t, ...asked } = rule;
  return asked;
};

/**
 * The second pair of eyes. From the rule's first day on, bills that are issued follow it.
 * @throws {Fault} absent; forbidden: the same person; conflict: decided already, overlapping, or its day has passed
 */
export async function decideRule(here: Here, id: string, to: "approved" | "refused", by: string): Promise<PenaltyRule> {
  const store = penaltyStore(here);
  const rule = await store.rule(id);
  if (rule.state !== "proposed") throw new Fault("conflict", `This is ${rule.state}.`);
  const now = here.clock.now();
  const after: PenaltyRule = { ...rule, state: to, decidedBy: by, decidedAt: now.toISOString() };
  const writes: Write[] = [store.decidedRuleWrite(after)];
  if (to === "approved") {
    if (rule.proposedBy === by) throw new Fault("forbidden", "Who proposed it cannot approve it.");
    if (rule.fromOn < todayOf(here)) throw new Fault("conflict", "Its first day has passed: propose it anew.");
    const book = await store.book();
    checkOverlap(book, rule);
    writes.push(store.bookWrite({ ...book, rules: [...book.rules, after] }), planned(LookAtAll, "all", now, {}));
  }
  try {
    await here.commit(writes, [told(RuleDecided, id, { ruleId: id, to, by })]);
    return after;
  } catch (error) {
    if (error instanceof ConditionFailed)
      throw new Fault("conflict", "This was decided, or another rule approved, meanwhile: look again.");
    throw error;
  }
}
