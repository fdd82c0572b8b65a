import { invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { ConditionFailed, type Write } from "../../../shared/table.ts";
import { meterStore } from "../store.ts";
import { correct } from "./correcting.ts";
import { changedMeanwhile, demandOpen, estimateFor, findingById, settled } from "./findings.ts";
import type { Decision, Finding } from "./schema.ts";

/**
 * What becomes of a finding: it is right as it is, an estimate takes its place, or somebody goes and looks. That it was
 * edited is told by a correction that names it.
 *
 * @param seen  when what was shown was found: something else is not decided by that
 * @throws {Fault} absent; conflict: it is settled, or has changed; invalid: it cannot be estimated
 */
export async function decide(
  here: Here,
  id: string,
  { outcome, reason, seen }: Decision & { seen?: string | undefined },
  by: string,
  also: (after: Finding) => readonly Write[] = () => [],
): Promise<Finding> {
  const finding = await findingById(here, id);
  demandOpen(finding);
  if (seen !== undefined && seen !== finding.foundAt) throw changedMeanwhile();
  const { meterId, from, to } = finding;
  if (outcome === "estimated") {
    const how = estimateFor(finding);
    if (!how)
      throw invalid("#/outcome", "A register is not estimated: say what it showed, its digits, or its exchange.");
    const meter = await meterStore(here).get(meterId);
    const asked = { kind: "estimate", from, to, reason, findingId: id, ...how } as const;
    const after = (correctionId: string, at: string): Finding =>
      settled(finding, { state: "estimated", reason, by, at, correctionId }).after;
    const made = await correct(here, meter, asked, by, (one) => also(after(one.id, one.at)));
    return after(made.id, made.at);
  }
  const { after, write } = settled(finding, { state: outcome, reason, by, at: here.clock.now().toISOString() });
  try {
    await here.commit([write, ...also(after)]);
  } catch (error) {
    if (error instanceof ConditionFailed && error.index === 0) throw changedMeanwhile();
    throw error;
  }
  return after;
}
