import { charge } from "../../functions/billing/events.ts";
import type { Sandbox } from "../../shared/ports.ts";
import { asksOf } from "../contract/asks.ts";
import { canonical, digestOf } from "../contract/canonical.ts";
import { runsHere } from "../contract/hooks.ts";
import { compute, datasetsRead } from "../contract/indicator.ts";
import type { Module } from "../contract/module.ts";
import type { Case, Need } from "../contract/need.ts";
import { OWN_ROWS, OWN_TABLES } from "../contract/offered.ts";
import type { Part } from "../contract/parts.ts";
import { proofMistake } from "../contract/procedure-engine.ts";
import { proofsOf } from "../installs/trial.ts";

// Works a need's cases with an answer's parts. A case passes where any part of the module gives what it says.

/** So many parts of one kind are tried with a case. */
const TRIED_MAX = 5;

export interface Worked {
  case: string;
  passes: boolean;
  /** Of what does not pass: why, of the first part that was tried. */
  why?: string;
}
export interface Outcome {
  cases: Worked[];
  /** What it asks for and the city is not ready to grant. */
  beyond: string[];
  passes: boolean;
  /** Of need, module and outcome: the same in every house. */
  digest: string;
}

/** @throws {Busy} the sandbox had no turn for it */
export async function work(need: Need, { module, digest }: { module: Module; digest: string }, sandbox: Sandbox) {
  const cases: Worked[] = [];
  for (const one of need.cases) cases.push(await workCase(one, module.parts, sandbox));
  // A table of its own is nobody's but the module's.
  const granted = new Set([...need.scopes.map(({ scope }) => scope), OWN_TABLES, OWN_ROWS]);
  const beyond = [...new Set(asksOf(module.parts).flatMap((ask) => (granted.has(ask.scope) ? [] : ask.scope)))].sort();
  const passes = beyond.length === 0 && cases.every((one) => one.passes);
  const said = { need: need.name, cases: need.cases, package: digest, worked: cases, beyond };
  return { cases, beyond, passes, digest: digestOf(canonical(said)) } satisfies Outcome;
}

async function workCase(one: Case, parts: readonly Part[], sandbox: Sandbox): Promise<Worked> {
  const whys: string[] = [];
  for (const part of parts.filter((part) => fits(one, part)).slice(0, TRIED_MAX)) {
    const why = await mistake(one, part, sandbox);
    if (why === undefined) return { case: one.name, passes: true };
    whys.push(why);
  }
  return { case: one.name, passes: false, why: (whys[0] ?? "No part of the module is for this.").slice(0, 300) };
}

function fits(one: Case, part: Part): boolean {
  if (one.kind === "acts") return runsHere(part) && part.on.event === one.on;
  if (one.kind !== part.kind) return false;
  return part.kind !== "tariff" || one.kind !== "tariff" || part.tariff.kind === one.of;
}

/** What a part gives that is not what the case says; nothing where it is. */
async function mistake(one: Case, part: Part, sandbox: Sandbox): Promise<string | undefined> {
  if (one.kind === "acts" && runsHere(part)) {
    const { kind: _, on: __, ...proof } = one;
    const [told] = await proofsOf([{ ...part, proof: [proof] }], sandbox);
    return told?.holds ? undefined : (told?.reason ?? "It proposes something else.");
  }
  if (one.kind === "procedure" && part.kind === "procedure") {
    const { kind: _, ...proof } = one;
    return proofMistake(part, proof);
  }
  if (one.kind === "tariff" && part.kind === "tariff") {
    if (part.tariff.currency !== one.currency) return `It is in ${part.tariff.currency}.`;
    const total = charge(part.tariff, one.quantity).totalMinor;
    return total === one.totalMinor ? undefined : `It comes to ${total}.`;
  }
  if (one.kind === "indicator" && part.kind === "indicator") {
    const unknown = datasetsRead(part.formula).find((table) => !Object.hasOwn(one.rows, table));
    if (unknown !== undefined) return `It reads a table ${unknown}, of which the case has no rows.`;
    const value = compute(part.formula, (table) => one.rows[table] ?? []);
    return value !== undefined && Math.abs(value - one.value) <= one.tolerance ? undefined : `It comes to ${value}.`;
  }
  return "No part of the module is for this.";
}
