import type { Sandbox } from "../../shared/ports.ts";
import { type Effect, Effects, type FunctionPart, type RulePart, type RunPart } from "../contract/hooks.ts";
import { evaluate, holds } from "../contract/language/index.ts";
import type { Refused } from "./run-schema.ts";

/** All that a run depends on: the same gives the same, in every house and at any time. */
export interface RunInput {
  event: unknown;
  /** Rows by the name of the read; one that the city declined is not there. */
  reads: Record<string, readonly unknown[]>;
  config: Record<string, string | number | boolean>;
  now: string;
}

export type Answered = { effects: Effect[] } | { refused: Refused };

const OUTPUT_MAX = 64_000;
/** Behind the publisher's own code, so that their function has its four arguments. */
const CALL = "\n;function hansa$run(i) { return run(i.event, i.reads, i.config, i.now); }";

/** There was no turn for it in time: not its fault, and tried again. */
export class Busy extends Error {
  override name = "Busy";
}

/** What a rule or a function proposes. @throws {Busy} */
export const answerOf = (part: RunPart, input: RunInput, sandbox: Sandbox): Promise<Answered> | Answered =>
  part.kind === "rule" ? ruleAnswers(part, input) : codeAnswers(part, input, sandbox);

function ruleAnswers(part: RulePart, input: RunInput): Answered {
  const context = { ...input };
  if (!holds(part.when, context)) return { effects: [] };
  return {
    effects: part.does.map(({ scope, about, fields }) => {
      const id = about === undefined ? undefined : evaluate(about, context);
      const said = Object.entries(fields).flatMap(([name, tree]) => {
        const value = evaluate(tree, context);
        return value === null || typeof value === "object" ? [] : [[name, value] as const];
      });
      return { scope, ...(typeof id === "string" ? { about: id } : {}), fields: Object.fromEntries(said) };
    }),
  };
}

async function codeAnswers({ code, timeMs }: FunctionPart, input: RunInput, sandbox: Sandbox): Promise<Answered> {
  const limits = { timeMs, outputMax: OUTPUT_MAX, nowMs: Date.parse(input.now) };
  const ran = await sandbox.run(code + CALL, "hansa$run", input, limits);
  if ("refused" in ran) {
    if (ran.refused === "busy") throw new Busy(ran.detail);
    return { refused: { why: ran.refused, detail: ran.detail } };
  }
  const effects = Effects.safeParse(ran.output);
  if (effects.success) return { effects: effects.data };
  const [issue] = effects.error.issues;
  return { refused: { why: "not_effects", detail: `/${issue!.path.join("/")}: ${issue!.message}` } };
}
