import { charge } from "../../functions/billing/events.ts";
import type { Sandbox } from "../../shared/ports.ts";
import { type HookPart, isHook } from "../contract/hooks.ts";
import type { Part } from "../contract/parts.ts";
import { proofMistake } from "../contract/procedure-engine.ts";
import { proofsOf as proofsOfHooks } from "../installs/trial.ts";
import type { ProofTold } from "./report.ts";

/** Until then what did not hold is tried again: a busy machine's clock is not the publisher's fault. */
const PATIENCE_MS = 5_000;

/** Every example that a module brings, worked as a city would work it. @throws {Busy} the sandbox had no turn for it */
export async function proofsOf(parts: readonly Part[], sandbox: Sandbox): Promise<ProofTold[]> {
  const began = performance.now();
  const found: ProofTold[] = [];
  for (const part of parts) {
    const told = (name: string, reason: string | undefined): ProofTold => ({
      ...{ part: part.id, name, holds: reason === undefined },
      ...(reason === undefined ? {} : { reason }),
    });
    if (isHook(part)) found.push(...(await ofHook(part, sandbox, () => performance.now() - began < PATIENCE_MS)));
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
async function ofHook(part: HookPart, sandbox: Sandbox, isPatient: () => boolean): Promise<ProofTold[]> {
  const first = await proofsOfHooks([part], sandbox);
  if (part.kind === "rule" || first.every(({ holds }) => holds) || !isPatient()) return first;
  const again = await proofsOfHooks([part], sandbox);
  return first.map((one, i) => (one.holds ? one : again[i]!));
}
