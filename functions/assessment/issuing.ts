import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { labelled } from "../../shared/texts.ts";
import { RaiseDue } from "../billing/events.ts";
import { assessmentIdOf, assessmentStore, totalOf } from "./assessments.ts";
import { assess, KINDS } from "./domain.ts";
import { Assessed } from "./events.ts";
import type { Assessment, Entry, Names, Roll, Rule, Skipped } from "./schema.ts";
import { rollStore } from "./store.ts";

export interface Issue {
  roll: Roll;
  entry: Entry;
  rule: Rule;
  period: string;
  by: string;
  runId?: string;
  /** Also where nobody's account is known: a market's day. */
  mayBeNobodys?: boolean;
}

/** What became of an entry: an assessment, new or there before, or the reason why not. */
export type Issued = { assessment: Assessment; isNew: boolean } | { skipped: Skipped };

/**
 * Assesses an entry for a period and makes it due, once: the computation is kept before anything is raised, so whoever
 * is cut off is finished with the very same amounts by the next who looks.
 */
export async function issue(
  here: Here,
  { roll, entry, rule, period, by, runId, mayBeNobodys = false }: Issue,
): Promise<Issued> {
  const store = assessmentStore(here.table);
  const id = assessmentIdOf(entry.id, period);
  const before = await store.find(id);
  if (before) return { assessment: await finished(here, roll, before), isNew: false };
  const { shares, skipped } = assess(entry.kind, rule, entry.spells, period, mayBeNobodys);
  if (shares.length === 0) return { skipped: skipped[0] ?? "nothing_to_pay" };
  const assessment: Assessment = {
    ...{ id, roll: roll.code, kind: entry.kind, entryId: entry.id, number: entry.number, period, ruleId: rule.id },
    ...(runId === undefined ? {} : { runId }),
    ...{ state: "issuing", revision: 0, currency: rule.currency, mayBeNobodys },
    shares: shares.map((share) => ({ ...share, dues: [], creditedMinor: 0, owedBackMinor: 0 })),
    ...{ issuedAt: here.clock.now().toISOString(), issuedBy: by },
  };
  try {
    await here.commit([...store.firstWrites(assessment), rollStore(here.table).isAsRead(entry)]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const there = await store.find(id);
    // Changed meanwhile, its change was looked at before there was an assessment: nobody would correct this one.
    if (!there) return { skipped: "changed_since" };
    return { assessment: await finished(here, roll, there), isNew: false };
  }
  return { assessment: await finished(here, roll, assessment), isNew: true };
}

/** Makes due what was computed. Each bill has an id of its own, so that this may be asked again. */
export async function finished(here: Here, roll: Roll, assessment: Assessment): Promise<Assessment> {
  if (assessment.state === "issued") return assessment;
  const store = assessmentStore(here.table);
  const shares: Assessment["shares"] = [];
  for (const share of assessment.shares) {
    const { accountId, netMinor, vatMinor, totalMinor, lines } = share;
    const roundingMinor = lines.find(({ what }) => what === "rounding")?.amountMinor;
    const due = await raiseShare(here, roll, assessment, { accountId, netMinor, vatMinor, roundingMinor });
    shares.push({ ...share, dues: [{ ...due, totalMinor }] });
  }
  const after: Assessment = { ...assessment, state: "issued", shares };
  const { id, period, runId, currency } = after;
  const fact = {
    ...{ assessmentId: id, roll: roll.code, period, currency, totalMinor: totalOf(after) },
    billIds: shares.flatMap(({ dues }) => dues.map(({ billId }) => billId)),
    ...(runId === undefined ? {} : { runId }),
  };
  try {
    await here.commit(store.writes(assessment, after), [told(Assessed, id, fact, 1)]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return store.get(id);
  }
  return after;
}

/** `assessment:<roll>:<entry>:<period>:<payer>`: a payer's part of a period is due once; a later supplement says so. */
export async function raiseShare(
  here: Here,
  roll: Roll,
  { number, period, currency, kind }: Assessment,
  {
    accountId,
    netMinor,
    vatMinor,
    roundingMinor,
    supplement,
  }: {
    accountId: string | undefined;
    netMinor: number;
    vatMinor: number;
    roundingMinor?: number | undefined;
    supplement?: number;
  },
) {
  const raisedAs = ["assessment", roll.code, number, period, accountId?.slice(-8) ?? "-", supplement]
    .filter((part) => part !== undefined)
    .join(":");
  const due = await here.ask(RaiseDue, {
    ...{ id: raisedAs, accountId, kind: KINDS[kind].due, titles: titlesOf(roll.names, number) },
    ...{ period, netMinor, vatMinor, roundingMinor, currency },
  });
  return { raisedAs, ...due };
}

const titlesOf = (names: Names, number: string): Names =>
  Object.fromEntries(Object.entries(names).map(([lang, name]) => [lang, labelled(lang, name, number)]));
