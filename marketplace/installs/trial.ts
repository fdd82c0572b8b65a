import { charge, TariffInUse, type TariffPart } from "../../functions/billing/events.ts";
import { syntheticCity, syntheticUsage } from "../../functions/synthetic/events.ts";
import type { City, Here } from "../../shared/here.ts";
import type { Sandbox } from "../../shared/ports.ts";
import { canonical } from "../contract/canonical.ts";
import { type RunPart, runsHere } from "../contract/hooks.ts";
import type { Part } from "../contract/parts.ts";
import { configOf, type Use } from "./domain.ts";
import { answerOf } from "./running.ts";
import type { InstallSettings, ProofTrial } from "./schema.ts";

// The synthetic city of every trial: fixed, so that a trial gives the same result in every house.
const SEED = "hansa-trial-1";
const METERS = 80; // electricity and water in turn
const MONTHS = ["2025-01", "2025-07"];

const made = new Map<string, readonly Use[]>();

/** What the households of the city's synthetic copy use of this; there is none for gas. */
export function usesOf({ country, timeZone }: Pick<City, "country" | "timeZone">, kind: string): readonly Use[] {
  const key = `${country} ${timeZone} ${kind}`;
  const kept = made.get(key);
  if (kept) return kept;
  const { households } = syntheticCity({ seed: SEED, country, timeZone, households: METERS });
  const uses = households
    .filter((household) => household.kind === kind)
    .flatMap((household) =>
      MONTHS.map((month) => ({
        household: household.meterSerial,
        month,
        quantity: syntheticUsage(household, month, timeZone).total,
      })),
    );
  if (made.size > 50) made.clear();
  made.set(key, uses);
  return uses;
}

/** The tariff by which new bills for this are made today. */
export const tariffInForce = async (here: Here, kind: TariffPart["kind"]): Promise<TariffPart | undefined> =>
  (await here.ask(TariffInUse, { kind })).tariff;

/** One bill's total with VAT, in minor units, as billing itself would make it. @param quantity Wh or litres */
export const priceOf = (tariff: TariffPart, quantity: number): number => charge(tariff, quantity).totalMinor;

/** Each example of rules and programs, run as it would be in the city. Their own settings are those of the example. */
export async function proofsOf(parts: readonly Part[], sandbox: Sandbox): Promise<ProofTrial[]> {
  const found: ProofTrial[] = [];
  for (const part of parts.filter(runsHere))
    for (const proof of part.proof) found.push(await proved(part, proof, sandbox));
  return found;
}

async function proved(part: RunPart, proof: RunPart["proof"][number], sandbox: Sandbox): Promise<ProofTrial> {
  const settings: InstallSettings = { parts: [], declined: [], config: { [part.id]: proof.config } };
  const { event, reads, now } = proof;
  const answer = await answerOf(part, { event, reads, config: configOf(part, settings), now }, sandbox);
  const of = { part: part.id, name: proof.name };
  if ("refused" in answer) return { ...of, holds: false, reason: answer.refused.detail ?? answer.refused.why };
  const isSame = Buffer.from(canonical(answer.effects)).equals(canonical(proof.effects));
  return { ...of, holds: isSame, ...(isSame ? {} : { reason: JSON.stringify(answer.effects).slice(0, 300) }) };
}
