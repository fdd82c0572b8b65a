import type { ProcedurePart, ProcedureState, Transition } from "../../marketplace/contract/procedure.ts";
import { daysOf, movesFrom, stateOf, walk, wrongOf } from "../../marketplace/contract/procedure-engine.ts";
import { Fault, invalid } from "../../shared/errors.ts";
import { type NewEvent, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { drawReference, newChance } from "../../shared/reference.ts";
import type { Write } from "../../shared/table.ts";
import { dropped, planned } from "../../shared/tasks.ts";
import { dayOf, dayPlus, dayRange, monthPlus } from "../../shared/time.ts";
import { removeFiles } from "./erasing.ts";
import { CaseMoved, Discard, Erase, Raise, TakeBack, Tell, TimeOver } from "./events.ts";
import { exactly, type Opened, reckon, termsOf } from "./filling.ts";
import type { Case, Did, IssuedPaper, NewMove } from "./schema.ts";
import { procedureStore } from "./store.ts";

// From the moment that a case is handed in, its procedure's table says where it may go and who may move it. Everything
// that a move brings about is one transaction: state, clock, paper, line of what happened, event and what falls due.

/** Hands in what was answered: once, however often it is asked. @throws {Fault} conflict: an answer is missing or wrong */
export async function submit(here: Here, of: Opened, by: string): Promise<Case> {
  const { kase, definition } = of;
  if (kase.state !== undefined) return kase;
  if (wrongOf(definition.part, kase.answers, termsOf(here, definition)).length > 0 || !kase.isContactAsked)
    throw new Fault("conflict", "Not all questions have an answer that can be.");
  const fee = reckon(here, of);
  const now = here.clock.now();
  const { answers, left } = parted(here, of);
  const reference = drawReference(newChance(), "C");
  const handed: Case = {
    ...{ ...kase, answers, fee, reference, code: newCode(), submittedAt: now.toISOString() },
    revision: kase.revision + 1,
  };
  const { after, writes, events } = entering(here, { kase: handed, definition }, definition.part.states[0]!, {
    did: { at: now.toISOString(), what: "submitted", by, mover: "applicant", to: definition.part.states[0]!.id },
  });
  const store = procedureStore(here);
  await store.commit(
    [
      ...store.caseWrites(kase, after.kase, after.did),
      store.pointerWrite("REF", reference, kase.id),
      dropped(Discard, kase.id),
      ...writes,
    ],
    events,
  );
  await removeFiles(here, kase.id, left);
  return after.kase;
}

/** What is handed in; and what was answered before it was asked no more, which is nobody's to read. */
function parted(here: Here, { kase, definition }: Opened): Record<"answers" | "left", Case["answers"]> {
  const { asked } = walk(definition.part, kase.answers, termsOf(here, definition));
  const answers = Object.fromEntries(asked.map(({ id }) => [id, kase.answers[id] ?? null]));
  const left = Object.fromEntries(Object.entries(kase.answers).filter(([id]) => !Object.hasOwn(answers, id)));
  return { answers, left };
}

const newCode = (): string => drawReference(newChance());

export interface Mover {
  as: Transition["by"];
  /** A person's id, or the word for who has none. */
  id: string;
}

/** What this mover may do with the case now. */
export function movesOf(here: Here, { kase, definition }: Opened, ...movers: Transition["by"][]): Transition[] {
  if (kase.state === undefined || kase.erasedAt !== undefined) return [];
  const terms = termsOf(here, definition);
  const { known } = walk(definition.part, kase.answers, terms);
  return movesFrom(definition.part, kase.state, known, terms).filter(({ by }) => movers.includes(by));
}

/**
 * Moves a case, or begins what a second member of staff must agree to.
 * @throws {Fault} forbidden_transition; invalid: no reason or no word where one is needed; conflict
 */
export async function move(here: Here, of: Opened, asked: NewMove, by: Mover): Promise<Case> {
  const { kase } = of;
  const movers: Transition["by"][] = by.as === "agent" ? ["agent", "two_agents"] : [by.as];
  const transition = movesOf(here, of, ...movers).find(({ id }) => id === asked.transition);
  if (!transition)
    throw new Fault(
      "forbidden_transition",
      `From ${kase.state ?? "a draft"} this is not possible, or not yours to do.`,
    );
  if (by.as === "agent" && kase.proposal)
    throw new Fault("forbidden_transition", "Something is waiting for a second person: agree to it or drop it first.");
  demandReasoned(transition, asked);
  if (by.as === "applicant") demandWhole(here, of, transition);
  if (transition.by !== "two_agents") return carryOut(here, of, transition, asked, by);
  const at = here.clock.now().toISOString();
  const { reason, note } = asked;
  const said = { ...(reason ? { reason } : {}), ...(note ? { note } : {}) };
  const after: Case = {
    ...kase,
    proposal: { transition: transition.id, by: by.id, at, ...said },
    revision: kase.revision + 1,
  };
  const did: Did = { at, what: "proposed", by: by.id, mover: "two_agents", transition: transition.id, ...said };
  const store = procedureStore(here);
  await store.commit(store.caseWrites(kase, after, did));
  return after;
}

/**
 * The second person's word.
 * @param seen  when what was shown was proposed: something else is not decided by that
 * @throws {Fault} forbidden: the same person; conflict: nothing waits, or something else
 */
export async function decideProposal(
  here: Here,
  of: Opened,
  agrees: boolean,
  by: string,
  seen?: string,
): Promise<Case> {
  const { proposal, ...kase } = of.kase;
  if (!proposal) throw new Fault("conflict", "Nothing waits for a second person.");
  if (seen !== undefined && seen !== proposal.at)
    throw new Fault("conflict", "Something else was proposed meanwhile. Look again, then decide.");
  if (agrees && proposal.by === by) throw new Fault("forbidden", "Another person must agree to it.");
  if (agrees) {
    const transition = movesOf(here, of, "two_agents").find(({ id }) => id === proposal.transition);
    if (!transition) throw new Fault("forbidden_transition", "This is not possible any more.");
    return carryOut(here, of, transition, proposal, { as: "two_agents", id: by });
  }
  const after: Case = { ...kase, revision: kase.revision + 1 };
  const store = procedureStore(here);
  const at = here.clock.now().toISOString();
  await store.commit(store.caseWrites(of.kase, after, { at, what: "dropped", by, transition: proposal.transition }));
  return after;
}

function demandReasoned(transition: Transition, { reason, note }: NewMove): void {
  const { reasons } = transition;
  if (reasons.length > 0 && !reasons.some(({ id }) => id === reason)) throw invalid("#/reason", "Give a reason.");
  if (reasons.length === 0 && reason !== undefined) throw invalid("#/reason", "There are no reasons to choose from.");
  if (transition.note === "required" && !note) throw invalid("#/note", "Write a word to the applicant.");
  if (transition.note === "none" && note) throw invalid("#/note", "There is no word to write here.");
}

/** What goes back to the city must be whole, and cost what it did. */
function demandWhole(here: Here, of: Opened, transition: Transition): void {
  const { kase, definition } = of;
  if (kase.waits !== "applicant" || stateOf(definition.part, transition.to)?.waits === "nobody") return;
  if (wrongOf(definition.part, kase.answers, termsOf(here, definition)).length > 0)
    throw new Fault("conflict", "Not all questions have an answer that can be.");
  if (!kase.fee || exactly(kase.fee) !== exactly(reckon(here, of)))
    throw new Fault("conflict", "These answers would change the fee. Change them back, or withdraw and apply anew.");
}

async function carryOut(here: Here, of: Opened, transition: Transition, said: NewMove, by: Mover): Promise<Case> {
  const { proposal: _, changed, unpaidSince, ...rest } = of.kase;
  // Who moves it on has seen it; what moves by itself has not.
  const isSeen = by.as === "agent" || by.as === "two_agents";
  const kase = unpaidSince === undefined || isSeen ? rest : { ...rest, unpaidSince };
  const at = here.clock.now().toISOString();
  const did: Did = {
    ...{ at, what: "moved", by: by.id, mover: by.as, transition: transition.id, from: kase.state!, to: transition.to },
    ...(said.reason ? { reason: said.reason } : {}),
    ...(said.note ? { note: said.note } : {}),
    ...(changed && changed.length > 0 ? { changed } : {}),
  };
  const isHandedBack = of.kase.waits === "applicant" && by.as === "applicant";
  const { answers, left } = isHandedBack ? parted(here, of) : { answers: kase.answers, left: {} };
  const next: Case = { ...kase, answers, revision: kase.revision + 1 };
  const state = stateOf(of.definition.part, transition.to)!;
  const { after, writes, events } = entering(here, { ...of, kase: next }, state, { did, transition, left: of.kase });
  const store = procedureStore(here);
  await store.commit([...store.caseWrites(of.kase, after.kase, after.did), ...writes], events);
  await removeFiles(here, kase.id, left);
  return after.kase;
}

interface How {
  did: Did;
  transition?: Transition;
  /** The case as it was. */
  left?: Case;
}

/** What it means to come to a state; one that waits for money that is not due, or that was paid, is passed through. */
function entering(
  here: Here,
  of: Opened,
  to: ProcedureState,
  how: How,
): {
  after: { kase: Case; did: Did };
  writes: Write[];
  events: NewEvent[];
} {
  const { part } = of.definition;
  const now = here.clock.now();
  const since = now.toISOString();
  const today = dayOf(now, here.city.timeZone);
  const { id, submittedAt } = of.kase;
  const { dueOn: _, ...rest } = of.kase;
  const deadline = part.transitions.find(({ by, from }) => by === "deadline" && from.includes(to.id));
  const dueOn = to.days === undefined ? undefined : dayPlus(today, to.days);
  const isFree = to.waits === "payment" && (rest.fee?.totalMinor === 0 || rest.fee?.paidAt !== undefined);
  const paid = isFree && part.transitions.find(({ by, from }) => by === "payment" && from.includes(to.id));
  let kase: Case = {
    ...rest,
    // Whoever waits for money anew waits for a bill of its own.
    ...(rest.fee && to.waits === "payment" && !isFree ? { fee: unbilled(rest.fee) } : {}),
    ...{ state: to.id, waits: to.waits, since },
    ...(dueOn === undefined ? {} : { dueOn }),
  };
  const papered = withPapers(here, { ...of, kase }, how.transition);
  kase = papered.kase;
  const fact = told(CaseMoved, id, {
    ...{ caseId: id, procedure: kase.procedure, to: to.id, waits: to.waits, by: how.did.mover ?? "applicant" },
    ...(how.did.from === undefined ? {} : { from: how.did.from }),
    days: Math.max(0, Math.floor((now.getTime() - Date.parse(submittedAt ?? since)) / 86_400_000)),
  });
  if (paid) {
    const did = { ...how.did, to: paid.to };
    const onward = entering(here, { ...of, kase }, stateOf(part, paid.to)!, { ...how, did, transition: paid });
    return { ...onward, writes: [...papered.writes, ...onward.writes], events: [fact, ...onward.events] };
  }
  const tell = {
    ...{ caseId: id, state: to.id },
    ...(how.transition ? { transition: how.transition.id } : {}),
    ...(how.did.reason ? { reason: how.did.reason } : {}),
    ...(how.did.note ? { note: how.did.note } : {}),
  };
  const isLeft = how.left?.waits === "payment" && how.did.mover !== "payment";
  // One that waits for its fee again gets a bill of its own: the one that is due again goes.
  const isReplaced = to.waits === "payment" && how.left?.fee?.paidAt === undefined;
  const bill = isLeft || isReplaced ? how.left?.fee?.billId : undefined;
  const erased = dayRange(`${monthPlus(today.slice(0, 7), part.keepMonths + 1)}-01`, here.city.timeZone).from;
  return {
    after: { kase, did: how.did },
    events: [fact],
    writes: [
      ...papered.writes,
      deadline && dueOn !== undefined
        ? planned(TimeOver, id, dayRange(dueOn, here.city.timeZone).to, { state: to.id, since })
        : dropped(TimeOver, id),
      to.waits === "nobody" ? planned(Erase, id, erased, {}) : dropped(Erase, id),
      ...(to.waits === "payment" ? [planned(Raise, id, now, {})] : []),
      ...(bill === undefined ? [] : [planned(TakeBack, bill, now, { reliefId: newId("rlf", now), by: how.did.by })]),
      planned(Tell, `${id}.${kase.revision}`, now, tell),
    ],
  };
}

const unbilled = ({ billId: _, billReference: _reference, ...fee }: NonNullable<Case["fee"]>) => fee;

/** The papers that a transition makes or takes back. */
function withPapers(here: Here, { kase, definition }: Opened, transition: Transition | undefined) {
  const { part } = definition;
  const today = dayOf(here.clock.now(), here.city.timeZone);
  let papers: IssuedPaper[] = kase.papers;
  const writes: Write[] = [];
  if (transition?.revokes !== undefined)
    papers = papers.map((one) =>
      one.paper === transition.revokes && one.revokedOn === undefined ? { ...one, revokedOn: today } : one,
    );
  if (transition?.issues !== undefined) {
    const issued = paperOf(here, { kase, definition }, part, transition.issues, today);
    papers = [...papers, issued];
    writes.push(procedureStore(here).pointerWrite("PAPER", issued.number, kase.id));
  }
  return { kase: { ...kase, papers }, writes };
}

function paperOf(
  here: Here,
  { kase, definition }: Opened,
  part: ProcedurePart,
  id: string,
  today: string,
): IssuedPaper {
  const paper = part.papers.find((one) => one.id === id)!;
  const terms = termsOf(here, definition);
  const { known } = walk(part, kase.answers, terms);
  const asked = paper.from === undefined ? undefined : known[paper.from];
  const from = typeof asked === "string" && asked > today ? asked : today;
  const days = daysOf(paper, known, terms);
  return {
    ...{ paper: id, number: drawReference(newChance(), "P"), code: newCode(), issuedOn: today, from },
    ...(days === undefined ? {} : { until: dayPlus(from, days - 1) }),
  };
}
