import { type FunctionPart, isHook, type RulePart, type RunPart, runsHere } from "../contract/hooks.ts";
import type { Tree } from "../contract/language/index.ts";
import type { Module } from "../contract/module.ts";
import { type Found, type Outcome, pathOf } from "./report.ts";

/**
 * What is asked for and never used must not be asked for: a city would grant what nobody needs. What a vendor's own
 * service uses nobody here can see: there the city's record of what was asked says it.
 */
export function scopes({ parts }: Module): Outcome {
  const found: Found[] = parts.flatMap((part, i) => (runsHere(part) ? unused(part, i) : []));
  const asked = parts.filter(isHook).reduce((sum, part) => sum + part.reads.length + part.effects.length, 0);
  return found.length > 0 ? { verdict: "fail", found } : { verdict: "pass", values: { n: asked } };
}

function unused(part: RunPart, i: number): Found[] {
  const uses = part.kind === "rule" ? ruleUses(part) : functionUses(part);
  return [
    ...part.reads.flatMap(({ as, scope }, n) =>
      uses.read(as) ? [] : [{ at: pathOf(["parts", i, "reads", n]), what: scope }],
    ),
    ...part.effects.flatMap(({ scope }, n) =>
      uses.effect(scope) ? [] : [{ at: pathOf(["parts", i, "effects", n]), what: scope }],
    ),
  ];
}

interface Uses {
  read(as: string): boolean;
  effect(scope: string): boolean;
}

/** Of a rule all is known: what its trees speak of, and what it does. */
function ruleUses({ when, does }: RulePart): Uses {
  const trees = [when, ...does.flatMap(({ about, fields }) => [about ?? null, ...Object.values(fields)])];
  const speaksOf = (tree: Tree, as: string): boolean => {
    if (tree === null || typeof tree !== "object") return false;
    const [operator, ...given] = tree;
    return operator === "field" ? given[0] === "reads" && given[1] === as : given.some((one) => speaksOf(one, as));
  };
  return {
    read: (as) => trees.some((tree) => speaksOf(tree, as)),
    effect: (scope) => does.some((one) => one.scope === scope),
  };
}

/** Of a program: what its code names, and what its examples show it to do. */
const functionUses = ({ code, proof }: FunctionPart): Uses => ({
  read: (as) => new RegExp(`\\b${as}\\b`).test(code),
  effect: (scope) => code.includes(scope) || proof.some(({ effects }) => effects.some((one) => one.scope === scope)),
});
