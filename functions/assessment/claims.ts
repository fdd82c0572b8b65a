import { absent, Fault, invalid } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { pendingOf } from "./adjusting.ts";
import { assessmentStore } from "./assessments.ts";
import { ClaimDecided, ClaimMade } from "./events.ts";
import { changeEntry } from "./keeping.ts";
import { Claim, type ClaimDecision } from "./schema.ts";
import { unlessChanged } from "./store.ts";

// question                        key
// one claim                       pk     ASSESS_CLAIM#<id>               sk     CLAIM
// those to decide, those decided  gsi1pk ASSESS_CLAIMS#<open|done>       gsi1sk <madeAt>#<id>
// a payer's on an assessment      pk     ASSESS_CLAIMED#<assessment>     sk     <account>     (guards that one is open at a time)
const key = (id: string) => ({ pk: `ASSESS_CLAIM#${id}`, sk: "CLAIM" });
const guardKey = ({ assessmentId, accountId }: Pick<Claim, "assessmentId" | "accountId">) => ({
  pk: `ASSESS_CLAIMED#${assessmentId}`,
  sk: accountId,
});
const LISTS = { open: "ASSESS_CLAIMS#open", done: "ASSESS_CLAIMS#done" } as const;
const itemOf = (claim: Claim): Item => ({
  ...key(claim.id),
  gsi1pk: claim.state === "open" ? LISTS.open : LISTS.done,
  gsi1sk: `${claim.madeAt}#${claim.id}`,
  state: claim.state,
  claim,
});
const guardWrite = (claim: Claim, from?: "absent" | Record<string, unknown>): Write => ({
  put: { ...guardKey(claim), claimId: claim.id, state: claim.state },
  ...(from ? { if: from } : {}),
});

/** @throws {Fault} absent */
export async function claimOf({ table }: Pick<Here, "table">, id: string): Promise<Claim> {
  const item = await table.get(key(id));
  if (!item) throw absent();
  return Claim.parse(item["claim"]);
}
export async function claimList(
  { table }: Pick<Here, "table">,
  at: { limit: number; cursor?: string | undefined; isDone?: boolean },
) {
  const { isDone, cursor: from, limit } = at;
  const page = { pk: LISTS[isDone ? "done" : "open"], index: "gsi1" as const, reverse: isDone === true, limit };
  const { items, cursor } = await table.query({ ...page, ...(from === undefined ? {} : { cursor: from }) });
  return { claims: items.map((item) => Claim.parse(item["claim"])), ...(cursor === undefined ? {} : { next: cursor }) };
}
export async function* claimItems({ table }: Pick<Here, "table">): AsyncIterable<Item> {
  for (const pk of Object.values(LISTS))
    for await (const item of table.all({ pk, index: "gsi1" })) {
      yield item;
      const guard = await table.get(guardKey(Claim.parse(item["claim"])));
      if (guard?.["claimId"] === Claim.parse(item["claim"]).id) yield guard;
    }
}
/** A payer's latest claim on an assessment. */
export async function latestClaim(here: Pick<Here, "table">, assessmentId: string, accountId: string) {
  const guard = await here.table.get(guardKey({ assessmentId, accountId }));
  return guard && claimOf(here, String(guard["claimId"]));
}

/** A payer objects to the own share. @throws {Fault} absent; conflict: there is an open one */
export async function makeClaim(here: Here, assessmentId: string, accountId: string, text: string): Promise<Claim> {
  const { entryId, roll, number, period, revision } = await assessmentStore(here.table).get(assessmentId);
  const now = here.clock.now();
  const claim: Claim = {
    ...{ id: newId("clm", now), assessmentId, entryId, accountId, roll, number, period, revision },
    ...{ text, state: "open", madeAt: now.toISOString() },
  };
  const before = await here.table.get(guardKey(claim));
  const another = () => new Fault("conflict", "An objection to this is being looked at already.");
  if (before?.["state"] === "open") throw another();
  try {
    await here.commit(
      [{ put: itemOf(claim), if: "absent" }, guardWrite(claim, before ? { claimId: before["claimId"] } : "absent")],
      [told(ClaimMade, claim.id, { claimId: claim.id, assessmentId }, 1)],
    );
  } catch (error) {
    if (error instanceof ConditionFailed) throw another();
    throw error;
  }
  return claim;
}

/**
 * Decides on a claim. It is accepted by changing the entry, with the decision or before it; what that makes another of
 * the bills is an adjustment that a second person approves.
 *
 * @throws {Fault} absent; conflict: decided already; invalid: accepted, and nothing was changed
 */
export async function decideClaim(here: Here, id: string, decision: ClaimDecision, by: string): Promise<Claim> {
  const claim = await claimOf(here, id);
  if (claim.state !== "open") throw new Fault("conflict", `This claim is ${claim.state}.`);
  const { accepts, answer, change } = decision;
  if (!accepts && change) throw invalid("#/change", "What is refused changes nothing.");
  const decidedAt = here.clock.now().toISOString();
  const after: Claim = { ...claim, state: accepts ? "accepted" : "refused", answer, decidedBy: by, decidedAt };
  const writes = [{ put: itemOf(after), if: { state: "open" } }, guardWrite(after)];
  const { entryId, assessmentId } = claim;
  const fact = told(ClaimDecided, id, { claimId: id, assessmentId, isAccepted: accepts }, 2);
  if (change) await changeEntry(here, entryId, change, by, { how: "claim", also: writes, events: [fact] });
  else {
    if (accepts && !(await isCorrected(here, claim)))
      throw invalid("#/change", "Say what is to be changed, or change the entry first.");
    await unlessChanged(() => here.commit(writes, [fact]));
  }
  return after;
}

/** Was the assessment corrected since the claim, or is it about to be? */
async function isCorrected(here: Here, { assessmentId, revision }: Claim): Promise<boolean> {
  const assessment = await assessmentStore(here.table).get(assessmentId);
  return assessment.revision > revision || (await pendingOf(here, assessment))?.state === "asked";
}
