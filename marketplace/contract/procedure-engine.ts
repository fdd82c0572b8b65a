import { evaluate, holds, type Shape, type Type } from "./language/index.ts";
import {
  nameOf,
  type Paper,
  type ProcedurePart,
  type ProcedureProof,
  type Question,
  type Transition,
} from "./procedure.ts";

// How a procedure goes, as plain arithmetic: a publisher's proof, a registry's check and a city's case cannot differ.

/** A file that was handed in. */
export interface Handed {
  file: string;
  name: string;
  format: string;
  bytes: number;
}
/** `null`: asked, and left out, as it may be. */
export type Answer = string | number | boolean | readonly string[] | Handed | null;
export type Answers = Readonly<Record<string, Answer>>;
export type Prices = Readonly<Record<string, number>>;

/** What answers are judged by, beside themselves. */
export interface Terms {
  prices: Prices;
  /** The day, in the city's zone. */
  today: string;
}

const TYPES: Partial<Record<Question["kind"], Type>> = {
  number: "number",
  money: "number",
  date: "moment",
  yes_no: "truth",
  several: { list: "text" },
};

/** What a condition may speak of, where these questions came before. */
export const shapeOfProcedure = (part: Pick<ProcedurePart, "prices">, before: readonly Question[]): Shape => ({
  answers: {
    type: {
      record: Object.fromEntries(
        before.map((question) => [question.id, { type: TYPES[question.kind] ?? "text", title: nameOf(question) }]),
      ),
    },
  },
  prices: {
    type: { record: Object.fromEntries(part.prices.map(({ name, title }) => [name, { type: "number", title }])) },
  },
  today: { type: "moment", title: { en: "today", fr: "aujourd’hui", ar: "اليوم" } },
});

const isHanded = (answer: Answer): answer is Handed =>
  typeof answer === "object" && answer !== null && !Array.isArray(answer);

export interface Walked {
  /** In order; what is not asked has no say, whatever was answered to it before. */
  asked: Question[];
  /** Their answers, as conditions and formulas see them. */
  known: Record<string, unknown>;
  /** The first that has no answer yet. */
  open?: Question;
}

/** Goes through the questions as an applicant does: whether one is asked hangs on what was answered before it. */
export function walk(part: Pick<ProcedurePart, "questions">, answers: Answers, { prices, today }: Terms): Walked {
  const known: Record<string, unknown> = {};
  const asked: Question[] = [];
  let open: Question | undefined;
  for (const question of part.questions) {
    if (question.when !== undefined && !holds(question.when, { answers: known, prices, today })) continue;
    asked.push(question);
    const answer = Object.hasOwn(answers, question.id) ? answers[question.id] : undefined;
    if (answer === undefined || (answer === null && !question.optional)) open ??= question;
    else if (answer !== null) known[question.id] = isHanded(answer) ? answer.name : answer;
  }
  return { asked, known, ...(open ? { open } : {}) };
}

/** Of an asked question's answer: which of its checks it fails. What is missing fails none. */
export const failedChecks = (
  question: Question,
  known: Readonly<Record<string, unknown>>,
  { prices, today }: Terms,
): Question["checks"] =>
  question.checks.filter((check) => evaluate(check.holds, { answers: known, prices, today }) === false);

/** The questions whose answers are missing or cannot be. */
export function wrongOf(part: ProcedurePart, answers: Answers, terms: Terms): Question[] {
  const { asked, known } = walk(part, answers, terms);
  return asked.filter(
    (question) =>
      (!Object.hasOwn(known, question.id) && !question.optional) || failedChecks(question, known, terms).length > 0,
  );
}

/** Before VAT, whole minor units; undefined where the formula says nothing, or nothing that can be asked for. */
export function feeOf(part: Pick<ProcedurePart, "fee">, known: Walked["known"], { prices, today }: Terms) {
  if (!part.fee) return 0;
  const value = evaluate(part.fee.amount, { answers: known, prices, today });
  if (typeof value !== "number" || value < 0) return undefined;
  const minor = Math.round(value);
  return minor <= FEE_MAX ? minor : undefined;
}
const FEE_MAX = 1_000_000_000;

export const stateOf = (part: Pick<ProcedurePart, "states">, id: string) => part.states.find((one) => one.id === id);

/** What may happen to a case in this state, whoever does it. */
export const movesFrom = (
  part: Pick<ProcedurePart, "transitions">,
  state: string,
  known: Walked["known"],
  { prices, today }: Terms,
): Transition[] =>
  part.transitions.filter(
    ({ from, when }) => from.includes(state) && (when === undefined || holds(when, { answers: known, prices, today })),
  );

/** How long a paper holds: days counted with the first; undefined for good. */
export function daysOf(paper: Paper, known: Walked["known"], { prices, today }: Terms): number | undefined {
  if (paper.days === undefined) return undefined;
  const value = evaluate(paper.days, { answers: known, prices, today });
  return typeof value === "number" ? Math.min(Math.max(Math.round(value), 1), DAYS_MAX) : 1;
}
const DAYS_MAX = 36_525;

/** What each price is in this currency; undefined where one is not known in it. */
export function pricesIn(
  part: Pick<ProcedurePart, "prices">,
  currency: string | undefined,
  set: Readonly<Record<string, unknown>> = {},
): Prices | undefined {
  const found: Record<string, number> = {};
  for (const { name, amounts } of part.prices) {
    const own = Object.hasOwn(set, name) ? set[name] : undefined;
    const price = own ?? (currency === undefined ? undefined : amounts[currency]);
    if (typeof price !== "number") return undefined;
    found[name] = price;
  }
  return found;
}

/** What an example gives that is not what it says; nothing where it holds. */
export function proofMistake(part: ProcedurePart, proof: ProcedureProof): string | undefined {
  const prices = pricesIn(part, proof.currency);
  if (!prices) return "It names a currency in which each price is known.";
  const unknown = Object.keys(proof.answers).find((id) => !part.questions.some((question) => question.id === id));
  if (unknown !== undefined) return `There is no question ${unknown}.`;
  const terms = { prices, today: proof.today };
  const wrong = wrongOf(part, proof.answers, terms).map(({ id }) => id);
  if (wrong.join() !== proof.wrong.join()) return `Wrong are: ${wrong.join(", ") || "none"}.`;
  if (wrong.length > 0)
    return proof.moves.length > 0 || proof.state !== undefined || proof.feeMinor !== undefined
      ? "What is wrong is not handed in: it has no fee, no moves and no state."
      : undefined;
  const { known } = walk(part, proof.answers, terms);
  const fee = feeOf(part, known, terms);
  if (fee === undefined) return "The fee’s formula gives nothing that can be asked for.";
  if (proof.feeMinor !== undefined && fee !== proof.feeMinor) return `The fee is ${fee}.`;
  let state = part.states[0]!.id;
  for (const id of proof.moves) {
    const move = movesFrom(part, state, known, terms).find((one) => one.id === id);
    if (!move) return `${id} is not possible in ${state}.`;
    state = move.to;
  }
  return proof.state === undefined || proof.state === state ? undefined : `It ends in ${state}.`;
}
