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
import { because, type Why } from "./why.ts";

// Works a need's cases with an answer's parts. A case passes where any part of the module gives what it says.

/** So many parts of one kind are tried with a case. */
const TRIED_MAX = 5;
const WHY_MAX = 300;

/** Of what does not pass: why, of the first part that was tried. */
export interface Worked extends Partial<Why> {
  case: string;
  passes: boolean;
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
  const whys: Why[] = [];
  for (const part of parts.filter((part) => fits(one, part)).slice(0, TRIED_MAX)) {
    const why = await mistake(one, part, sandbox);
    if (why === undefined) return { case: one.name, passes: true };
    whys.push(why);
  }
  return { case: one.name, passes: false, ...(whys[0] ?? because("noPart")) };
}

function fits(one: Case, part: Part): boolean {
  if (one.kind === "acts") return runsHere(part) && part.on.event === one.on;
  if (one.kind !== part.kind) return false;
  return part.kind !== "tariff" || one.kind !== "tariff" || part.tariff.kind === one.of;
}

/** What a part gives that is not what the case says; nothing where it is. */
async function mistake(one: Case, part: Part, sandbox: Sandbox): Promise<Why | undefined> {
  if (one.kind === "acts" && runsHere(part)) {
    const { kind: _, on: __, ...proof } = one;
    const [told] = await proofsOf([{ ...part, proof: [proof] }], sandbox);
    if (told?.holds) return undefined;
    return told?.reason === undefined ? because("other") : { why: told.reason.slice(0, WHY_MAX) };
  }
  if (one.kind === "procedure" && part.kind === "procedure") {
    const { kind: _, ...proof } = one;
    const found = proofMistake(part, proof);
    return found === undefined ? undefined : { why: found.slice(0, WHY_MAX) };
  }
  if (one.kind === "tariff" && part.kind === "tariff") {
    if (part.tariff.currency !== one.currency) return because("inMoney", { currency: part.tariff.currency });
    const total = charge(part.tariff, one.quantity).totalMinor;
    return total === one.totalMinor ? undefined : because("comesTo", { amount: total, currency: one.currency });
  }
  if (one.kind === "indicator" && part.kind === "indicator") {
    const unknown = datasetsRead(part.formula).find((table) => !Object.hasOwn(one.rows, table));
    if (unknown !== undefined) return because("noRows", { table: unknown });
    const value = compute(part.formula, (table) => one.rows[table] ?? []);
    if (value !== undefined && Math.abs(value - one.value) <= one.tolerance) return undefined;
    return because("comesTo", { amount: value ?? "—" });
  }
  return because("noPart");
}
