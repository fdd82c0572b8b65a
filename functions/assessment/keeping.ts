import { absentIsNone, Fault, invalid } from "../../shared/errors.ts";
import { told as fact, type NewEvent } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { planned } from "../../shared/tasks.ts";
import { AccountById } from "../accounts/events.ts";
import { wrongFact } from "./domain.ts";
import { EntryChanged, Review } from "./events.ts";
import type { Change, Entry, EntryChange, NewEntry, Roll } from "./schema.ts";
import { accountsIn, entryIdOf, rollStore, unlessChanged } from "./store.ts";
import { applied, sameSpells, told } from "./timeline.ts";

/** A change is one transaction, with an item for each payer that comes or goes. */
const PAYERS_MAX = 70;

export interface Changed {
  before: Entry | undefined;
  after: Entry;
  change: Change;
}

/**
 * An entry after some changes, in their order; undefined when all of that is known already.
 * @throws {Fault} invalid: what would be left is not what its kind of roll demands
 */
export function changedEntry(
  roll: Roll,
  number: string,
  before: Entry | undefined,
  steps: readonly EntryChange[],
  by: { by: string; how: Change["how"]; now: Date },
): Changed | undefined {
  const at = by.now.toISOString();
  let spells = before?.spells ?? [];
  const said: Change["said"] = [];
  for (const step of steps) {
    said.push(...told(spells, step));
    spells = applied(spells, step);
  }
  if (before && sameSpells(before.spells, spells)) return undefined;
  for (const { facts } of spells) {
    const wrong = wrongFact(roll.kind, facts);
    if (wrong) throw invalid(`#/facts/${wrong.fact}`, wrong.detail);
  }
  const payers = accountsIn(spells);
  const others = [...accountsIn(before?.spells ?? [])].filter((account) => !payers.has(account));
  if (payers.size + others.length > PAYERS_MAX)
    throw invalid("#/facts/accountId", `At most ${PAYERS_MAX} payers can be changed at once.`);
  const id = entryIdOf(roll.code, number);
  const common = { roll: roll.code, kind: roll.kind, number, spells, changedAt: at };
  return {
    before,
    after: { id, ...common, version: (before?.version ?? 0) + 1, addedAt: before?.addedAt ?? at },
    change: { id: newId("chg", by.now), entryId: id, at, by: by.by, how: by.how, said },
  };
}

/** The writes of a change. What was assessed by the facts before is looked at again, by a task. */
export function changeWrites(here: Here, { before, after, change }: Changed): Write[] {
  const review = before ? [planned(Review, after.id, here.clock.now(), { by: change.by })] : [];
  return [...rollStore(here.table).writes(before, after, change), ...review];
}

const changedEvent = ({ after, change }: Changed) =>
  fact(EntryChanged, after.id, { entryId: after.id, roll: after.roll, changeId: change.id }, after.version);

/** Puts an entry on a roll, once. @throws {Fault} invalid; conflict: there is another under its number */
export async function addEntry(here: Here, roll: Roll, asked: NewEntry, by: string) {
  const { number, from, to, facts } = asked;
  const store = rollStore(here.table);
  const steps: EntryChange[] = [{ from, ...(to === undefined ? {} : { to }), facts }];
  const changed = changedEntry(roll, number, undefined, steps, { by, how: "hand", now: here.clock.now() });
  if (!changed) throw new Error("a new entry changes nothing");
  await demandAccounts(here, changed);
  try {
    await here.commit(changeWrites(here, changed), [changedEvent(changed)]);
    return { created: true, entry: changed.after };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const kept = await store.find(changed.after.id);
    if (kept && sameSpells(kept.spells, changed.after.spells)) return { created: false, entry: kept };
    const detail = `There is an entry ${number} already: change that one.`;
    throw new Fault("conflict", detail, { errors: [{ pointer: "#/number", detail }] });
  }
}

/** What happens together with a change, or not at all. */
interface Further {
  how?: Change["how"];
  also?: readonly Write[];
  events?: readonly NewEvent[];
}

/** Changes an entry from a day on; the same once more changes nothing. @throws {Fault} absent, invalid, conflict */
export async function changeEntry(
  here: Here,
  id: string,
  asked: EntryChange,
  by: string,
  { how = "hand", also = [], events = [] }: Further = {},
): Promise<Entry> {
  const store = rollStore(here.table);
  const before = await store.get(id);
  const roll = await store.roll(before.roll);
  const changed = changedEntry(roll, before.number, before, [asked], { by, how, now: here.clock.now() });
  if (changed) await demandAccounts(here, changed);
  else if (also.length > 0) throw invalid("#/change", "Nothing of the entry would change.");
  const writes = [...(changed ? changeWrites(here, changed) : []), ...also];
  await unlessChanged(() => here.commit(writes, [...(changed ? [changedEvent(changed)] : []), ...events]));
  return changed?.after ?? before;
}

/** @throws {Fault} invalid: an account that is new to it is not there */
async function demandAccounts(here: Here, { before, after }: Changed): Promise<void> {
  const known = accountsIn(before?.spells ?? []);
  for (const accountId of accountsIn(after.spells))
    if (!known.has(accountId)) await demandAccount(here, accountId, "#/facts/accountId");
}

/** @throws {Fault} invalid: there is no such account */
export async function demandAccount(here: Here, accountId: string, pointer: string): Promise<void> {
  if (!(await here.ask(AccountById, { accountId }).catch(absentIsNone)))
    throw invalid(pointer, "There is no account with this id.");
}
