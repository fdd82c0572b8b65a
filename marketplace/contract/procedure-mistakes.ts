import type { Mistake } from "./language/index.ts";
import { mistakesOf, type Shape, type Tree } from "./language/index.ts";
import type { ProcedurePart, Transition } from "./procedure.ts";
import { proofMistake, shapeOfProcedure } from "./procedure-engine.ts";

type At = (string | number)[];

/** What is wrong with a procedure beyond its schema. `at` is a path below the part. */
export function procedureMistakes(part: ProcedurePart): Mistake[] {
  const mistakes = [
    ...twice(part.questions, ["questions"], "id"),
    ...twice(part.prices, ["prices"], "name"),
    ...twice(part.states, ["states"], "id"),
    ...twice(part.transitions, ["transitions"], "id"),
    ...twice(part.papers, ["papers"], "id"),
    ...questionMistakes(part),
    ...stateMistakes(part),
    ...transitionMistakes(part),
    ...paperMistakes(part),
    ...(part.fee ? typed(part.fee.amount, whole(part), "number", ["fee", "amount"]) : []),
  ];
  // An example of what is wrong in itself says nothing more.
  if (mistakes.length > 0) return mistakes;
  return part.proof.flatMap((proof, i) => {
    const detail = proofMistake(part, proof);
    return detail === undefined ? [] : [{ at: ["proof", i], detail: `“${proof.name}” does not hold. ${detail}` }];
  });
}

const whole = (part: ProcedurePart): Shape => shapeOfProcedure(part, part.questions);

const typed = (tree: Tree, shape: Shape, type: "truth" | "number", at: At): Mistake[] =>
  mistakesOf(tree, shape, type).map((mistake) => ({ at: [...at, ...mistake.at], detail: mistake.detail }));

const twice = <K extends string>(all: readonly Record<K, string>[], at: At, name: K): Mistake[] =>
  all.flatMap((one, i) =>
    all.findIndex((other) => other[name] === one[name]) < i
      ? [{ at: [...at, i, name], detail: `${one[name]} is there twice.` }]
      : [],
  );

const questionMistakes = (part: ProcedurePart): Mistake[] =>
  part.questions.flatMap((question, i) => {
    const at: At = ["questions", i];
    const before = shapeOfProcedure(part, part.questions.slice(0, i));
    const withIt = shapeOfProcedure(part, part.questions.slice(0, i + 1));
    return [
      ...(question.when === undefined ? [] : typed(question.when, before, "truth", [...at, "when"])),
      ...question.checks.flatMap(({ holds }, n) => typed(holds, withIt, "truth", [...at, "checks", n, "holds"])),
      ...("options" in question ? twice(question.options, [...at, "options"], "id") : []),
      ...(question.kind === "number" && question.minimum > question.maximum
        ? [{ at: [...at, "minimum"], detail: "It is above the maximum." }]
        : []),
    ];
  });

function stateMistakes(part: ProcedurePart): Mistake[] {
  const reached = new Set([part.states[0]!.id]);
  // Each round reaches one more, or is the last.
  for (let before = 0; before < reached.size; ) {
    before = reached.size;
    for (const { from, to } of part.transitions) if (from.some((id) => reached.has(id))) reached.add(to);
  }
  return part.states.flatMap((state, i) => {
    const at: At = ["states", i];
    const out = part.transitions.filter(({ from }) => from.includes(state.id));
    const by = (...movers: Transition["by"][]) => out.some((one) => movers.includes(one.by));
    const wrong = (isWrong: boolean, detail: string) => (isWrong ? [{ at, detail }] : []);
    return [
      ...wrong(!reached.has(state.id), "No case ever comes here."),
      ...wrong(state.waits === "staff" && !by("agent", "two_agents"), "Staff can do nothing here."),
      ...wrong(state.waits === "applicant" && !by("applicant"), "The applicant can do nothing here."),
      ...wrong(
        state.waits === "payment" && out.filter((one) => one.by === "payment").length !== 1,
        "Exactly one transition leads on from here once it is paid.",
      ),
      ...wrong(state.waits === "payment" && !part.fee, "There is no fee to wait for."),
      ...wrong(goesRound(part, state.id), "Once it is paid a case comes back here, without end."),
      ...wrong(state.waits !== "payment" && by("payment"), "Nothing is paid here."),
      ...wrong(by("deadline") && state.days === undefined, "It needs to say after how many days."),
      ...wrong(out.filter((one) => one.by === "deadline").length > 1, "A deadline leads to one state."),
      ...wrong(state.waits === "nobody" && by("applicant"), "Here the case has come to rest."),
    ];
  });
}

/** What is paid, or costs nothing, passes through each state that waits for money: such states must lead to another. */
function goesRound({ transitions }: ProcedurePart, state: string): boolean {
  const seen = new Set<string>();
  for (let at: string | undefined = state; at !== undefined && !seen.has(at); ) {
    seen.add(at);
    at = transitions.find(({ by, from }) => by === "payment" && from.includes(at!))?.to;
    if (at === state) return true;
  }
  return false;
}

const transitionMistakes = (part: ProcedurePart): Mistake[] =>
  part.transitions.flatMap((move, i) => {
    const at: At = ["transitions", i];
    const known = (id: string) => part.states.some((state) => state.id === id);
    const paper = (id: string | undefined) => id === undefined || part.papers.some((one) => one.id === id);
    const isStaffs = move.by === "agent" || move.by === "two_agents";
    const wrong = (isWrong: boolean, where: string, detail: string) =>
      isWrong ? [{ at: [...at, where], detail }] : [];
    return [
      ...move.from.flatMap((id, n) =>
        known(id) ? [] : [{ at: [...at, "from", n], detail: `There is no state ${id}.` }],
      ),
      ...wrong(!known(move.to), "to", `There is no state ${move.to}.`),
      ...wrong(move.from.includes(move.to), "to", "It leads nowhere else."),
      ...(move.when === undefined ? [] : typed(move.when, whole(part), "truth", [...at, "when"])),
      ...wrong(
        move.when !== undefined && ["payment", "deadline"].includes(move.by),
        "when",
        "What moves by itself has no condition: a case would stand still.",
      ),
      ...wrong(!isStaffs && move.reasons.length > 0, "reasons", "Reasons are staff’s to give."),
      ...wrong(!isStaffs && move.note === "required", "note", "A word is staff’s to give."),
      ...twice(move.reasons, [...at, "reasons"], "id"),
      ...wrong(!paper(move.issues), "issues", `There is no paper ${move.issues}.`),
      ...wrong(!paper(move.revokes), "revokes", `There is no paper ${move.revokes}.`),
    ];
  });

const paperMistakes = (part: ProcedurePart): Mistake[] =>
  part.papers.flatMap((paper, i) => {
    const at: At = ["papers", i];
    const kind = (id: string) => part.questions.find((question) => question.id === id)?.kind;
    return [
      ...paper.shows.flatMap((id, n) =>
        kind(id) === undefined || kind(id) === "paper"
          ? [{ at: [...at, "shows", n], detail: `There is no answer ${id} to print.` }]
          : [],
      ),
      ...(paper.from !== undefined && kind(paper.from) !== "date"
        ? [{ at: [...at, "from"], detail: "It names a question for a day." }]
        : []),
      ...(paper.days === undefined ? [] : typed(paper.days, whole(part), "number", [...at, "days"])),
    ];
  });
