import { createHash } from "node:crypto";
import { Mistakes, refuseLine, rowsOf, textOf } from "../../shared/delimited.ts";
import { absent, absentIsNone, Fault } from "../../shared/errors.ts";
import { told as fact } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { does, dropped, planned } from "../../shared/tasks.ts";
import { AccountById, AccountsByNumber } from "../accounts/events.ts";
import { columnsOf, entryOf, type FileEntry } from "./csv.ts";
import { Discard, RollImported, TakeIn } from "./events.ts";
import { type Changed, changedEntry, changeWrites } from "./keeping.ts";
import type { Import, Preview, Roll } from "./schema.ts";
import { entryIdOf, rollStore } from "./store.ts";
import { sayBy } from "./typing.ts";

const FILE_MAX = 8 * 1024 * 1024;
const ROWS_MAX = 20_000;
const SHOWN_MAX = 100;
const PROBLEMS_MAX = 50;
const ACCOUNTS_AT_ONCE = 100;
/** So many entries are read at a time, and written by as few transactions as hold them. */
const AT_ONCE = 100;
const WRITES_MAX = 80;
const REQUEST_MS = 5_000;
const TURN_MS = 10_000;
const STAGED_MS = 3_600_000;

/** A file as it was read: its entries in order of number and time, so that no order of its lines decides. */
interface ReadRoll {
  entries: { number: string; lines: FileEntry[] }[];
  ignored: string[];
}

/** @throws {Fault} invalid by line, too_large */
async function readRoll(here: Here, roll: Roll, file: Uint8Array, from: string): Promise<ReadRoll> {
  if (file.length > FILE_MAX) throw new Fault("too_large", `A roll has at most ${FILE_MAX / 1024 / 1024} MB.`);
  const [head, ...rows] = rowsOf(textOf(file));
  if (!head) refuseLine(1, "The file is empty.");
  if (rows.length === 0) refuseLine(head.line, "The file has headings, but no entries.");
  if (rows.length > ROWS_MAX) refuseLine(rows[ROWS_MAX]!.line, `More than ${ROWS_MAX} entries: send them in parts.`);
  const columns = columnsOf(head, roll.kind);
  const mistakes = new Mistakes();
  const read = rows.flatMap((row) => entryOf(row, columns, here.city, from, mistakes) ?? []);
  await withAccounts(here, read, mistakes);
  const byNumber = new Map<string, FileEntry[]>();
  for (const entry of read) byNumber.set(entry.number, [...(byNumber.get(entry.number) ?? []), entry]);
  const entries = [...byNumber].map(([number, lines]) => ({ number, lines: lines.sort(byTime) }));
  for (const { number, lines } of entries)
    for (const [i, one] of lines.entries())
      if (lines[i - 1]?.from === one.from)
        mistakes.at(one.line, `${number} is on line ${lines[i - 1]!.line} for the same day already.`);
  mistakes.refuse();
  return { entries: entries.sort((a, b) => (a.number < b.number ? -1 : 1)), ignored: columns.ignored };
}

const byTime = (a: FileEntry, b: FileEntry) => (a.from === b.from ? a.line - b.line : a.from < b.from ? -1 : 1);

/** Puts the ids behind what the file calls accounts into its changes. */
async function withAccounts(here: Here, entries: readonly FileEntry[], mistakes: Mistakes): Promise<void> {
  const names = [...new Set(entries.flatMap(({ account }) => account ?? []))];
  const ids = new Map<string, string>();
  for (let at = 0; at < names.length; at += ACCOUNTS_AT_ONCE) {
    const some = names.slice(at, at + ACCOUNTS_AT_ONCE).map((name) => name.slice(0, 40));
    for (const { number, id } of await here.ask(AccountsByNumber, { numbers: some })) ids.set(number, id);
    // An export of ours names an account that has no number any more by its id.
    for (const name of some.filter((one) => one.startsWith("acc_") && !ids.has(one)))
      if (await here.ask(AccountById, { accountId: name }).catch(absentIsNone)) ids.set(name, name);
  }
  for (const { line, account, steps } of entries) {
    if (account === undefined) continue;
    const id = ids.get(account);
    const [step] = steps;
    if (id === undefined) mistakes.at(line, `account: there is no account "${account.slice(0, 40)}".`);
    else if (step && "facts" in step) step.facts = { ...step.facts, accountId: id };
  }
}

/** One file for one roll from one day on is one import. */
const importIdOf = (roll: string, file: Uint8Array, from: string): string =>
  `imp_${createHash("sha256")
    .update(JSON.stringify([roll, from]))
    .update(file)
    .digest("hex")}`;

type Outcome = { line: number } & ({ changed: Changed } | { unchanged: true } | { problem: string });

/** What some entries of a file would change now. */
async function outcomes(
  here: Here,
  roll: Roll,
  some: ReadRoll["entries"],
  by: { by: string; now: Date },
): Promise<Outcome[]> {
  const there = await rollStore(here.table).many(some.map(({ number }) => entryIdOf(roll.code, number)));
  return some.map(({ number, lines }): Outcome => {
    const { line } = lines[0]!;
    const before = there.get(entryIdOf(roll.code, number));
    const steps = lines.flatMap((one) => one.steps);
    try {
      const changed = changedEntry(roll, number, before, steps, { ...by, how: "file" });
      return changed ? { line, changed } : { line, unchanged: true };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return { line, problem: sayBy(error) };
    }
  });
}

/** Reads and checks a file and says what it would change; keeps nothing. @throws {Fault} invalid by line, too_large */
export async function previewRoll(here: Here, roll: Roll, file: Uint8Array, from: string): Promise<Preview> {
  const { entries, ignored } = await readRoll(here, roll, file, from);
  const mistakes = new Mistakes();
  const preview: Preview = {
    id: importIdOf(roll.code, file, from),
    ...{ entries: entries.length, added: 0, changed: 0, unchanged: 0 },
    ignored,
    changes: [],
  };
  for (let at = 0; at < entries.length; at += AT_ONCE)
    for (const one of await outcomes(here, roll, entries.slice(at, at + AT_ONCE), { by: "", now: here.clock.now() })) {
      if ("problem" in one) mistakes.at(one.line, one.problem);
      else if ("unchanged" in one) preview.unchanged += 1;
      else {
        const { before, after, change } = one.changed;
        preview[before ? "changed" : "added"] += 1;
        if (preview.changes.length < SHOWN_MAX)
          preview.changes.push({ number: after.number, line: one.line, isNew: !before, said: change.said });
      }
    }
  mistakes.refuse();
  return preview;
}

const blobOf = (id: string) => `assessment/files/${id}`;

/** Keeps a checked file for the hour in which somebody says yes to it. */
export async function stage(here: Here, id: string, file: Uint8Array): Promise<void> {
  await here.commit([planned(Discard, id, new Date(here.clock.now().getTime() + STAGED_MS), {})]);
  await here.blobs.put(blobOf(id), file);
}
/** @throws {Fault} absent: an hour has gone by, or there was none */
export async function staged(here: Here, id: string): Promise<Uint8Array> {
  const file = /^imp_[0-9a-f]{64}$/.test(id) ? await here.blobs.get(blobOf(id)) : undefined;
  if (!file) throw absent();
  return file;
}

/**
 * Takes a file in, or refuses it whole. What takes longer than some seconds goes on as a task. The same file for the
 * same day is the same import and gets the same answer.
 */
export async function takeRoll(here: Here, roll: Roll, file: Uint8Array, from: string, by: string) {
  const store = rollStore(here.table);
  const id = importIdOf(roll.code, file, from);
  const before = await store.findImport(id);
  // One that began in another house has left its file there: sent again, it goes on.
  if (before && (before.state === "done" || (await here.blobs.get(blobOf(id)))))
    return { created: false, taken: before };
  const preview = await previewRoll(here, roll, file, from);
  await stage(here, id, file);
  const now = here.clock.now();
  const begun: Import = {
    ...{ id, roll: roll.code, state: "running", entries: preview.entries, added: 0, changed: 0, unchanged: 0 },
    ...{ done: 0, problems: [], from, by, startedAt: now.toISOString() },
  };
  // Whoever is cut off from here on finds the task going on with it.
  try {
    await here.commit([
      store.importWrite(undefined, begun),
      planned(TakeIn, id, new Date(now.getTime() + 2 * REQUEST_MS), {}),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
  const taken = await goOn(here, id, REQUEST_MS);
  if (taken.state === "running") await here.commit([planned(TakeIn, id, here.clock.now(), {})]);
  return { created: true, taken };
}

/** Goes on with an import for about so long. Each transaction counts what it writes, so that nothing is counted twice. */
async function goOn(here: Here, id: string, forMs: number): Promise<Import> {
  const store = rollStore(here.table);
  const until = here.clock.now().getTime() + forMs;
  let taken = await store.findImport(id);
  if (!taken || taken.state === "done") return taken ?? never();
  const roll = await store.roll(taken.roll);
  const file = await staged(here, id).catch(absentIsNone);
  // Whoever went on with it at the same time was faster.
  if (!file) return (await store.findImport(id)) ?? never();
  const { entries } = await readRoll(here, roll, file, taken.from);
  while (taken.done < entries.length && here.clock.now().getTime() < until) {
    const some = entries.slice(taken.done, taken.done + AT_ONCE);
    const found = await outcomes(here, roll, some, { by: taken.by, now: here.clock.now() });
    for (const part of inTransactions(here, found)) {
      const after = counted(taken, part.outcomes);
      try {
        await here.commit([store.importWrite(taken, after), ...part.writes]);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        // Somebody changed one of these entries, or goes on with this very import: look again.
        taken = (await store.findImport(id)) ?? never();
        break;
      }
      taken = after;
    }
  }
  if (taken.done < entries.length) return taken;
  const { roll: code, added, changed, unchanged } = taken;
  const finished: Import = { ...taken, state: "done", finishedAt: here.clock.now().toISOString() };
  try {
    await here.commit(
      [store.importWrite(taken, finished), dropped(TakeIn, id), planned(Discard, id, here.clock.now(), {})],
      [fact(RollImported, id, { roll: code, importId: id, added, changed, unchanged })],
    );
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
  return finished;
}

const never = (): never => {
  throw new Error("an import is never removed");
};

function* inTransactions(here: Here, found: readonly Outcome[]): Generator<{ outcomes: Outcome[]; writes: Write[] }> {
  let part: { outcomes: Outcome[]; writes: Write[] } = { outcomes: [], writes: [] };
  for (const outcome of found) {
    const writes = "changed" in outcome ? changeWrites(here, outcome.changed) : [];
    if (part.writes.length + writes.length > WRITES_MAX && part.outcomes.length > 0) {
      yield part;
      part = { outcomes: [], writes: [] };
    }
    part.outcomes.push(outcome);
    part.writes.push(...writes);
  }
  if (part.outcomes.length > 0) yield part;
}

function counted(taken: Import, some: readonly Outcome[]): Import {
  const after = { ...taken, done: taken.done + some.length, problems: [...taken.problems] };
  for (const one of some) {
    if ("problem" in one) {
      if (after.problems.length < PROBLEMS_MAX) after.problems.push({ line: one.line, detail: one.problem });
    } else if ("unchanged" in one) after.unchanged += 1;
    else after[one.changed.before ? "changed" : "added"] += 1;
  }
  return after;
}

export const takingIn = does(TakeIn, async (here, id) => {
  const taken = await goOn(here, id, TURN_MS);
  const isLeft = taken.state === "running" && (await here.blobs.get(blobOf(id))) !== undefined;
  return isLeft ? { again: { at: here.clock.now(), data: {} } } : {};
});

export const discarding = does(Discard, async (here, id) => {
  const taken = await rollStore(here.table).findImport(id);
  if (taken?.state === "running") return { again: { at: new Date(here.clock.now().getTime() + STAGED_MS), data: {} } };
  await here.blobs.delete(blobOf(id));
  return {};
});
