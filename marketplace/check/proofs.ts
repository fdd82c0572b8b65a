import { charge } from "../../functions/billing/events.ts";
import type { Sandbox } from "../../shared/ports.ts";
import { type RunPart, runsHere } from "../contract/hooks.ts";
import type { Part } from "../contract/parts.ts";
import { proofMistake } from "../contract/procedure-engine.ts";
import { proofsOf as proofsOfHooks } from "../installs/trial.ts";
import type { ProofTold } from "./report.ts";

/** Until then what did not hold is tried again: a busy machine's clock is not the publisher's fault. */
const PATIENCE_MS = 5_000;
const TRIES = 4;

/** Every example that a module brings, worked as a city would work it. @throws {Busy} the sandbox had no turn for it */
export async function proofsOf(parts: readonly Part[], sandbox: Sandbox): Promise<ProofTold[]> {
  const began = performance.now();
  const found: ProofTold[] = [];
  for (const part of parts) {
    const told = (name: string, reason: string | undefined): ProofTold => ({
      ...{ part: part.id, name, holds: reason === undefined },
      ...(reason === undefined ? {} : { reason }),
    });
    if (runsHere(part)) found.push(...(await ofHook(part, sandbox, () => performance.now() - began < PATIENCE_MS)));
    if (part.kind === "procedure")
      found.push(...part.proof.map((proof) => told(proof.name, proofMistake(part, proof))));
    if (part.kind === "tariff")
      for (const { name, quantity, totalMinor } of part.proof ?? []) {
        const total = charge(part.tariff, quantity).totalMinor;
        found.push(told(name, total === totalMinor ? undefined : `It comes to ${total}.`));
      }
  }
  return found;
}

/** A program may be stopped by the wall's clock though it had no turn of the machine; what it answers never differs. */
async function ofHook(part: RunPart, sandbox: Sandbox, isPatient: () => boolean): Promise<ProofTold[]> {
  let found = await proofsOfHooks([part], sandbox);
  for (let tries = 1; tries < TRIES && part.kind === "function" && isPatient(); tries++) {
    if (found.every(({ holds }) => holds)) break;
    const again = await proofsOfHooks([part], sandbox);
    found = found.map((one, i) => (one.holds ? one : again[i]!));
  }
  return found;
}
