import { absent, absentIsNone, Fault, invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { ConditionFailed, type Item, type Table, type Write } from "../../../shared/table.ts";
import type { Meter } from "../schema.ts";
import type { Found } from "./looking.ts";
import { Finding, RuleName } from "./schema.ts";

// question                                       key
// what was found of a meter, by day              pk     FINDINGS#<meter>          sk     <day>#<rule>
// what waits, what somebody was sent for,        gsi1pk FINDINGS#<open|sent|done> gsi1sk <day>#<meter>#<rule>
//   what is settled

const LISTS = ["open", "sent", "done"] as const;
export type List = (typeof LISTS)[number];
const listOf = (state: Finding["state"]): List => (state === "open" || state === "sent" ? state : "done");
const pkOf = (meterId: string) => `FINDINGS#${meterId}`;
const skOf = ({ day, rule }: Pick<Finding, "day" | "rule">) => `${day}#${rule}`;
export const findingIdOf = (meterId: string, { day, rule }: Pick<Finding, "day" | "rule">) =>
  `${meterId}.${day}.${rule}`;
const ID = new RegExp(`^(mtr_[0-9A-Z]{26})\\.(\\d{4}-\\d{2}-\\d{2})\\.(${RuleName.options.join("|")})$`);
const WRITES_AT_ONCE = 25;

const itemOf = (finding: Finding): Item => ({
  pk: pkOf(finding.meterId),
  sk: skOf(finding),
  gsi1pk: `FINDINGS#${listOf(finding.state)}`,
  gsi1sk: `${finding.day}#${finding.meterId}#${finding.rule}`,
  state: finding.state,
  finding,
});
const findingOf = (item: Item): Finding => Finding.parse(item["finding"]);

/** @throws {Fault} absent */
export async function findingById({ table }: Pick<Here, "table">, id: string): Promise<Finding> {
  const parts = ID.exec(id);
  const item = parts && (await table.get({ pk: pkOf(parts[1]!), sk: `${parts[2]}#${parts[3]}` }));
  if (!item) throw absent();
  return findingOf(item);
}

/** What was found of a meter from a day to a day, both included. */
export async function findingsOf(
  { table }: Pick<Here, "table">,
  meterId: string,
  from = "0",
  to = "9",
): Promise<Finding[]> {
  const all: Finding[] = [];
  for await (const item of table.all({ pk: pkOf(meterId), from, to: `${to}#~` })) all.push(findingOf(item));
  return all;
}

/** The latest day first. */
export async function findingList(
  { table }: Pick<Here, "table">,
  list: List,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ findings: Finding[]; next?: string }> {
  const { items, cursor } = await table.query({ pk: `FINDINGS#${list}`, index: "gsi1", reverse: true, ...page });
  return { findings: items.map(findingOf), ...(cursor === undefined ? {} : { next: cursor }) };
}

export async function* findingItems({ table }: Here): AsyncIterable<Item> {
  for (const list of LISTS) yield* table.all({ pk: `FINDINGS#${list}`, index: "gsi1" });
}

/**
 * Keeps what was found of a meter's days, and lets go of what is not there any more. What somebody accepted stays so
 * as long as it is the same; what was estimated or edited and is found again waits anew.
 *
 * @param from,to  the days that were looked at, both included
 */
export async function keepFindings(
  here: Here,
  meter: Meter,
  found: readonly Found[],
  [from, to]: readonly [string, string],
): Promise<void> {
  const before = new Map((await findingsOf(here, meter.id, from, to)).map((one) => [skOf(one), one]));
  const now = here.clock.now().toISOString();
  const writes: Write[] = [];
  for (const one of found) {
    const kept = before.get(skOf(one));
    before.delete(skOf(one));
    const isSame = kept && JSON.stringify(sorted(kept.facts)) === JSON.stringify(sorted(one.facts));
    if (kept && (kept.state === "sent" || ((kept.state === "open" || kept.state === "accepted") && isSame))) continue;
    const finding: Finding = {
      ...one,
      id: findingIdOf(meter.id, one),
      meterId: meter.id,
      serial: meter.serial,
      kind: meter.kind,
      state: "open",
      foundAt: now,
    };
    writes.push({ put: itemOf(finding), if: kept ? { state: kept.state } : "absent" });
  }
  for (const gone of before.values())
    if (listOf(gone.state) !== "done")
      writes.push({ put: itemOf({ ...gone, state: "gone", decidedAt: now }), if: { state: gone.state } });
  for (let at = 0; at < writes.length; at += WRITES_AT_ONCE)
    await keepAll(here.table, writes.slice(at, at + WRITES_AT_ONCE));
}

/** Where somebody decided on one of them at this moment, the others are kept alone. */
async function keepAll(table: Table, writes: readonly Write[]): Promise<void> {
  try {
    await table.transact(writes);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (writes.length > 1) for (const one of writes) await keepAll(table, [one]);
  }
}

const sorted = (facts: Finding["facts"]) => Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));

export const changedMeanwhile = () => new Fault("conflict", "This finding has changed meanwhile: look again.");

/** Says what became of a finding, as it was read: readings that come meanwhile may show more. For a transaction. */
export const settled = (
  finding: Finding,
  to: {
    state: "accepted" | "estimated" | "edited" | "sent";
    reason: string;
    by: string;
    at: string;
    correctionId?: string;
  },
): { after: Finding; write: Write } => {
  const { at: decidedAt, ...rest } = to;
  const after: Finding = { ...finding, ...rest, decidedAt };
  return { after, write: { put: itemOf(after), if: { finding } } };
};

/** @throws {Fault} conflict: it is settled */
export function demandOpen({ state }: Finding): void {
  if (listOf(state) === "done") throw new Fault("conflict", `This finding is settled: ${state}.`);
}

/** The finding that a correction names. @throws {Fault} invalid: it is not there, or another meter's */
export async function findingFor(here: Here, id: string, meterId: string): Promise<Finding> {
  const finding = id.startsWith(`${meterId}.`) ? await findingById(here, id).catch(absentIsNone) : undefined;
  if (!finding) throw invalid("#/findingId", "This meter has no such finding.");
  return finding;
}

const BY_INTERVALS: readonly RuleName[] = ["range", "negative", "spike", "zero_run", "clock_shift", "unit"];

/**
 * Whether a finding can be settled by an estimate, and whether what was delivered must go for it.
 * @returns undefined: it is about a register, of which somebody must say what it showed
 */
export const estimateFor = ({ rule }: Pick<Finding, "rule">): { anew: boolean } | undefined =>
  rule === "gap" || rule === "daylight_saving"
    ? { anew: false }
    : BY_INTERVALS.includes(rule)
      ? { anew: true }
      : undefined;
