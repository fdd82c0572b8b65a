import { Temporal } from "temporal-polyfill";
import { payableUnit } from "../../shared/payable.ts";
import { rounded } from "../../shared/rounding.ts";
import { dayPlus } from "../../shared/time.ts";
import type { Amnesty, Hold, PenaltyRule } from "./schema.ts";

/** So many months of one bill, at most. */
const MONTHS_MAX = 120;
/** What could not be charged by then is never charged: nobody wakes up to the penalties of a year. */
const CATCH_UP_DAYS = 31;
const WHOLE = 10_000n;

/** Money of a bill, as it was told. `on` is the day that it counts for. */
export interface Move {
  id: string;
  amountMinor: number;
  at: string;
  on: string;
  relief?: "credit" | "write_off" | undefined;
}

/** An agreed way to pay in parts; the last parts pay what of its sum were penalties. */
export interface Plan {
  agreedAt: string;
  /** In the city's calendar. */
  agreedOn: string;
  dueMinor: number;
  penaltyMinor: number;
  parts: readonly { dueOn: string; amountMinor: number }[];
}

/** All that decides about the penalties of one bill. */
export interface Case {
  kind: string;
  currency: string;
  issuedOn: string;
  totalMinor: number;
  moves: readonly Move[];
  plan?: Plan | undefined;
  holds: Hold["periods"];
}

/** The rule that holds for a bill: the latest of its service that had begun when it was issued. */
export const ruleFor = (
  rules: readonly PenaltyRule[],
  { kind, currency, issuedOn }: Pick<Case, "kind" | "currency" | "issuedOn">,
): PenaltyRule | undefined =>
  rules
    .filter((rule) => rule.kinds.some((one) => one === kind) && rule.currency === currency && rule.fromOn <= issuedOn)
    .sort((a, b) => (a.fromOn < b.fromOn ? 1 : -1))[0];

export const dueOnOf = (rule: Pick<PenaltyRule, "dueAfterDays">, issuedOn: string): string =>
  dayPlus(issuedOn, rule.dueAfterDays);

const isOfPenalty = ({ id }: Move) => id.startsWith("penalty:") || id.startsWith("remission:");
const sum = (moves: readonly Move[]) => moves.reduce((total, { amountMinor }) => total + amountMinor, 0);

/** What was paid until the end of a day; what came back counts from the day on which it did. */
const paidBy = ({ moves }: Pick<Case, "moves">, day: string) =>
  sum(moves.filter((move) => move.relief === undefined && move.on <= day));
/** A credit note corrects the bill from its beginning; a write-off holds from its own day. */
const relievedBy = ({ moves }: Pick<Case, "moves">, day: string) =>
  sum(moves.filter((move) => !isOfPenalty(move) && (move.relief === "credit" || (move.relief && move.on <= day))));

/** What was open of the bill itself at the end of a day: what is paid counts for it first, then for its penalties. */
export const principalOpenOn = (one: Pick<Case, "totalMinor" | "moves">, day: string): number =>
  Math.max(0, one.totalMinor - relievedBy(one, day) - paidBy(one, day));

/** What was charged and not taken back, paid or not. */
export const penaltyMinorOf = ({ moves }: Pick<Case, "moves">): number => -sum(moves.filter(isOfPenalty));
export const openMinorOf = ({ totalMinor, moves }: Pick<Case, "totalMinor" | "moves">): number =>
  totalMinor - sum(moves);

/** What has to be paid by a day: the bill, or a part of it where parts were agreed. */
interface Demand {
  /** Before the number of a step. */
  id: string;
  dueOn: string;
  /** Steps from this day on are not of this demand. */
  endsOn: string | undefined;
  openOn: (day: string) => number;
}

const PART = "p";
const isOfPart = (step: string) => step.startsWith(PART);

function demandsOf(one: Case, dueOn: string): Demand[] {
  const { plan } = one;
  const whole: Demand = {
    id: "",
    dueOn,
    endsOn: plan?.agreedOn,
    openOn: (day) => principalOpenOn(one, day),
  };
  if (!plan) return [whole];
  const ofBill = plan.dueMinor - plan.penaltyMinor;
  const since = { moves: one.moves.filter(({ at }) => at >= plan.agreedAt) };
  let before = 0;
  const parts = plan.parts.map(({ dueOn: partDueOn, amountMinor }, i): Demand => {
    const from = before;
    before += amountMinor;
    const share = Math.max(0, Math.min(amountMinor, ofBill - from));
    return {
      id: `${PART}${Date.parse(plan.agreedAt).toString(36)}.${i}.`,
      dueOn: partDueOn,
      endsOn: undefined,
      openOn: (day) => {
        const covered = Math.max(0, paidBy(since, day) + relievedBy(since, day) - from);
        return Math.max(0, share - covered);
      },
    };
  });
  return [whole, ...parts];
}

/** One penalty as the rule wants it, from what is known today. */
export interface Step {
  step: string;
  /** The day that it is charged for: the first on which it is owed. */
  on: string;
  dueOn: string;
  baseMinor: number;
  amountMinor: number;
}

const monthsAfter = (day: string, months: number): string => Temporal.PlainDate.from(day).add({ months }).toString();

/**
 * Every penalty of a bill until today, those that come to nothing included. Each is reckoned in exact whole numbers and
 * rounded once; all of them together are at most the cap.
 */
export function stepsOf(rule: PenaltyRule, one: Case, today: string): Step[] {
  const { charge } = rule;
  const dueOn = dueOnOf(rule, one.issuedOn);
  if (!charge || dayPlus(dueOn, rule.graceDays) >= today) return [];
  const found: Omit<Step, "amountMinor">[] = [];
  for (const demand of demandsOf(one, dueOn)) {
    const last = dayPlus(demand.dueOn, rule.graceDays);
    for (let month = 0; month < (charge.type === "monthly" ? MONTHS_MAX : 1); month++) {
      const end = monthsAfter(last, month);
      const on = dayPlus(end, 1);
      if (on > today || (demand.endsOn !== undefined && on >= demand.endsOn)) break;
      const isHeld = one.holds.some(({ fromOn, toOn }) => fromOn <= on && (toOn === undefined || on <= toOn));
      const baseMinor = isHeld ? 0 : demand.openOn(end);
      found.push({ step: `${demand.id}${month}`, on, dueOn: demand.dueOn, baseMinor });
    }
  }
  found.sort((a, b) => (a.on === b.on ? (a.step < b.step ? -1 : 1) : a.on < b.on ? -1 : 1));

  const capMinor = capOf(rule, one, today);
  let soFar = 0;
  let isDone = false;
  return found.map((step) => {
    const isPart = isOfPart(step.step);
    const raw = isDone && (charge.type === "fixed" || isPart) ? 0 : amountOf(rule, step.baseMinor);
    // What is charged once was charged for the whole: neither the sum nor the share comes again for its parts.
    if (raw > 0 && charge.type !== "monthly" && (charge.type === "fixed" || !isPart)) isDone = true;
    const amountMinor = Math.min(raw, capMinor - soFar);
    soFar += amountMinor;
    return { ...step, amountMinor };
  });
}

/** All penalties of a bill together, cut down to what is rounded to. */
export function capOf(rule: PenaltyRule, one: Pick<Case, "totalMinor" | "moves">, today: string): number {
  const bill = BigInt(Math.max(0, one.totalMinor - relievedBy(one, today)));
  const unit = BigInt(rule.toMinor);
  return Number(((bill * BigInt(rule.capBasisPoints)) / WHOLE / unit) * unit);
}

/** The one place where a penalty is rounded: half up, to a multiple of `toMinor`. */
export function amountOf({ charge, toMinor }: Pick<PenaltyRule, "charge" | "toMinor">, baseMinor: number): number {
  if (!charge || baseMinor <= 0) return 0;
  if (charge.type === "fixed") return charge.amountMinor;
  const unit = WHOLE * BigInt(toMinor);
  const share = (2n * BigInt(baseMinor) * BigInt(charge.basisPoints) + unit) / (2n * unit);
  return Math.max(Number(share) * toMinor, charge.minimumMinor);
}

export type Action = ({ do: "charge" } & Step) | { do: "remit"; step: string; id: string; amountMinor: number };

/** A penalty that stands on the bill, and how much of it was taken back because it was reckoned anew, how often. */
export interface Charged {
  step: string;
  amountMinor: number;
  takenBackMinor: number;
  takenBackTimes: number;
}

/**
 * What is to be done about a bill's penalties: to charge what fell due and is not charged yet; to take back what was
 * charged too much, as is seen when the bill was relieved or a payment was heard late. What stands is never raised.
 */
export function actionsFor(rule: PenaltyRule, one: Case, charged: readonly Charged[], today: string): Action[] {
  const steps = stepsOf(rule, one, today);
  const standing = new Map(charged.map((each) => [each.step, each]));
  const actions: Action[] = [];
  let soFar = 0;
  for (const { step, amountMinor, takenBackMinor, takenBackTimes } of charged) {
    const net = amountMinor - takenBackMinor;
    const wanted = steps.find((each) => each.step === step)?.amountMinor ?? net;
    if (net > wanted)
      actions.push({ do: "remit", step, id: `${step}~${takenBackTimes + 1}`, amountMinor: net - wanted });
    soFar += Math.min(net, wanted);
  }
  const capMinor = capOf(rule, one, today);
  const isCharged = charged.some((each) => each.amountMinor > each.takenBackMinor && !isOfPart(each.step));
  for (const step of steps) {
    if (standing.has(step.step) || step.on <= dayPlus(today, -CATCH_UP_DAYS)) continue;
    // Charged for the whole before parts were agreed, a penalty that falls once does not fall on them too.
    if (isCharged && isOfPart(step.step) && rule.charge?.type !== "monthly") continue;
    const amountMinor = Math.min(step.amountMinor, capMinor - soFar);
    if (amountMinor <= 0) continue;
    soFar += amountMinor;
    actions.push({ do: "charge", ...step, amountMinor });
  }
  return actions;
}

/** Is a bill of those that an amnesty was offered for? */
export const isOffered = (
  amnesty: Pick<Amnesty, "kinds" | "currency" | "issuedBefore">,
  one: Pick<Case, "kind" | "currency" | "issuedOn">,
): boolean =>
  amnesty.kinds.some((kind) => kind === one.kind) &&
  amnesty.currency === one.currency &&
  one.issuedOn < amnesty.issuedBefore;

/**
 * What of open penalties an amnesty takes back: rounded to what can be paid, so that the rest can be, and half of that is
 * the payer's.
 */
export function remittedOf(
  { remitBasisPoints, currency }: Pick<Amnesty, "remitBasisPoints" | "currency">,
  penaltyMinor: number,
): number {
  const open = BigInt(Math.max(0, penaltyMinor));
  const unit = BigInt(payableUnit(currency));
  const back = rounded(open * BigInt(remitBasisPoints), WHOLE * unit, "half_up") * unit;
  return Number(back > open || remitBasisPoints === Number(WHOLE) ? open : back);
}

/** Penalties that are not paid: nothing of them is, as long as something of the bill itself is open. */
export const unpaidPenaltyOf = (one: Pick<Case, "totalMinor" | "moves">): number =>
  Math.max(0, Math.min(openMinorOf(one), penaltyMinorOf(one)));

/**
 * Does a bill take part: was the bill itself paid in time? By the day on which the money came, not on which it was
 * heard; who had paid the bill before is not worse off. In parts, if they were agreed in this time and each was paid by
 * its day.
 */
export function takesPart(
  amnesty: Pick<Amnesty, "kinds" | "currency" | "issuedBefore" | "fromOn" | "toOn" | "allowsInstalments">,
  one: Case,
  today: string,
): boolean {
  if (!isOffered(amnesty, one) || today < amnesty.fromOn || principalOpenOn(one, today) > 0) return false;
  if (principalOpenOn(one, amnesty.toOn) === 0) return true;
  const { plan } = one;
  if (!amnesty.allowsInstalments || !plan) return false;
  if (plan.agreedOn < amnesty.fromOn || plan.agreedOn > amnesty.toOn) return false;
  return demandsOf(one, plan.agreedOn).every(({ id, dueOn, openOn }) => !isOfPart(id) || openOn(dueOn) === 0);
}
