import { absent, Fault, invalid } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { Item, Write } from "../../shared/table.ts";
import { planned, type Ran } from "../../shared/tasks.ts";
import { dayPlus } from "../../shared/time.ts";
import { accountOf, connect } from "./accounts.ts";
import { disputeBooked } from "./disputes.ts";
import { heldIn } from "./domain.ts";
import { MismatchCleared, MismatchFound, ReconcileDay } from "./events.ts";
import { filedOf, hasFile } from "./filed/stating.ts";
import { filedStore } from "./filed/store.ts";
import { comparedInTheNight, heard, named } from "./hearing.ts";
import { originFor } from "./questions.ts";
import { type AskedFor, isFiled, type Word } from "./rail.ts";
import { type Account, Comparing, type Mismatch, Reconciliation } from "./schema.ts";
import { type Booked, paymentStore } from "./store.ts";

// question                              key
// how a day of an account compares      pk     RECONCILIATION#<account>   sk     <day>
// which days are being compared         pk     COMPARING                  sk     <account>#<day>
// what a list is called that is made    pk     COMPARING_ASKED            sk     <account>#<day>
// all days, the latest first            gsi1pk RECONCILIATIONS            gsi1sk <day>#<account>

/** How many differences a day keeps; there may be more, and their number is kept. */
const KEPT_MAX = 100;
/** After so many lines it is said how far a day is. */
const PROGRESS_EVERY = 50;
const DAY_MS = 24 * 3_600_000;
/** A statement that is not there yet is asked for again after this, for a week. */
const AGAIN_MS = 3 * 3_600_000;
const TRIES = 56;
/** A provider that has been silent for a day is not waited for where a file tells enough. */
const WAITED_TRIES = 8;
/** A statement that is being made is looked for again after this, for a while. */
const MADE_SOON_MS = 60_000;
const MADE_SOON_TRIES = 10;
/** So many days are made up for; an older one that somebody has compared brings no others along. */
const CAUGHT_UP_DAYS = 7;

const doneKey = (account: string, day: string) => ({ pk: `RECONCILIATION#${account}`, sk: day });
const itemOf = (done: Reconciliation): Item => ({
  ...doneKey(done.account, done.day),
  gsi1pk: "RECONCILIATIONS",
  gsi1sk: `${done.day}#${done.account}`,
  done,
});

export async function reconciliations(here: Here, at: { limit: number; cursor?: string }) {
  const { items, cursor } = await here.table.query({ pk: "RECONCILIATIONS", index: "gsi1", reverse: true, ...at });
  return { days: items.map((item) => Reconciliation.parse(item["done"])), ...(cursor ? { next: cursor } : {}) };
}
/** @throws {Fault} absent */
export async function reconciliationOf(here: Here, account: string, day: string): Promise<Reconciliation> {
  const item = await here.table.get(doneKey(account, day));
  if (!item) throw absent();
  return Reconciliation.parse(item["done"]);
}
export const reconciliationItems = ({ table }: Here): AsyncIterable<Item> =>
  table.all({ pk: "RECONCILIATIONS", index: "gsi1" });

const askedKey = (account: string, day: string) => ({ pk: "COMPARING_ASKED", sk: `${account}#${day}` });
const comparingKey = (account: string, day: string) => ({ pk: "COMPARING", sk: `${account}#${day}` });

/** So that staff see that a day is being compared. */
export const shownAs = (comparing: Comparing): Write => ({
  put: { ...comparingKey(comparing.account, comparing.day), comparing },
});

/** The days that are being compared now, with how far each is. */
export async function comparisons({ table }: Here): Promise<Comparing[]> {
  const { items } = await table.query({ pk: "COMPARING" });
  return items.map((item) => Comparing.parse(item["comparing"]));
}

/**
 * Has a day compared at once, by a task, as a statement may be long.
 * @throws {Fault} invalid: the day has not begun, it is listed no more, or its file was not handed in
 */
export async function beginReconciling(here: Here, account: Account, day: string): Promise<Comparing> {
  const { connection } = await statementOf(here, account, day);
  if (isFiled(connection) && !(await hasFile(here, account.id, day)))
    throw invalid("#/day", "No file of this day was handed in yet.");
  const now = here.clock.now();
  const comparing: Comparing = { account: account.id, day, since: now.toISOString(), looked: 0 };
  await here.commit(beginning(comparing));
  return comparing;
}
const beginning = (comparing: Comparing): Write[] => [
  shownAs(comparing),
  planned(ReconcileDay, `${comparing.account}#${comparing.day}`, new Date(comparing.since), { tries: 0 }),
];

/** Has each day compared that a file covers, some of which were compared before. */
export async function compareFile(here: Here, id: string): Promise<Ran<Record<string, never>>> {
  const [account = "", fileId = ""] = id.split("#");
  const file = await filedStore(here).find(account, fileId);
  if (!file) return {};
  const since = here.clock.now().toISOString();
  const last = new Date(Date.parse(file.to) - 1).toISOString().slice(0, 10);
  const writes: Write[] = [];
  for (let day = file.from.slice(0, 10); day <= last; day = dayPlus(day, 1))
    writes.push(...beginning({ account, day, since, looked: 0 }));
  return { writes };
}

/** What there is to compare a day with. */
interface Statement {
  /** Of the days around it too: what the provider counts to the day before or after is not missing. */
  around: Word[];
  /** Whether it tells of such things at all. */
  states(booked: Booked): boolean;
  /** Whether it is of when this was booked: what it is not of is not missing on it. */
  covers(booked: Booked): boolean;
  outMinor?: number;
  awaitsFile?: true;
}

/** @throws {Fault} invalid: the day has not begun, or it is listed no more */
async function statementOf(here: Here, account: Account, day: string) {
  const connection = await connect(here, account, await originFor(here, account));
  const { statementMaxAgeMs = Number.POSITIVE_INFINITY, statesNoRefunds = false } = connection;
  const from = new Date(`${day}T00:00:00Z`);
  if (from > here.clock.now()) throw invalid("#/day", "This day has not begun.");
  if (here.clock.now().getTime() - from.getTime() > statementMaxAgeMs)
    throw invalid("#/day", "This provider does not list a day as long ago as this.");
  const to = new Date(`${dayPlus(day, 1)}T00:00:00Z`);
  /** @returns undefined: the provider is making it */
  const ask = async (waits: boolean): Promise<Statement | undefined> => {
    if (isFiled(connection)) return filedOf(here, account, day, waits);
    const range = [new Date(from.getTime() - DAY_MS), new Date(to.getTime() + DAY_MS)] as const;
    const around = connection.statement
      ? await connection.statement(...range)
      : await connection.statementMade!(...range, await askedFor(here, account.id, day));
    return around && { around, states: ({ what }) => !(statesNoRefunds && what === "refund"), covers: () => true };
  };
  return { from, to, connection, ask };
}

/** What the provider calls the list that it is making; forgotten with the comparison. */
async function askedFor({ table }: Here, account: string, day: string): Promise<AskedFor> {
  const key = askedKey(account, day);
  const item = await table.get(key);
  return {
    names: (item?.["names"] as Record<string, string> | undefined) ?? {},
    keep: async (names) => table.put({ ...key, names }),
  };
}

/**
 * Compares what was booked on a day (UTC) with the provider's own statement, by the provider's numbers and to the
 * cent. A line that nobody had heard of is heard now: it settles its payment, or waits in suspense. Fees are booked.
 * Cut off and begun anew, it comes to the same.
 * @returns false: the provider is still making its statement
 * @throws {Fault} invalid: the day has not begun, or is not listed any more; unavailable
 * @throws {ConditionFailed} another has compared it meanwhile, and may have seen more
 */
async function reconcile(here: Here, account: Account, day: string, waits: boolean): Promise<boolean> {
  const { from, to, ask } = await statementOf(here, account, day);
  const following = nextDay(here, account, day);
  if (following) await here.commit([following]);
  const since = here.clock.now().toISOString();
  const holder = heldIn({ rail: account.rail, account: account.id });
  const store = paymentStore(here);
  const before = await here.table.get(doneKey(account.id, day));
  const statement = await ask(waits);
  if (!statement) return false;
  const { around, outMinor, awaitsFile } = statement;
  const lines = around.filter(
    ({ at }) => at !== undefined && Date.parse(at) >= from.getTime() && Date.parse(at) < to.getTime(),
  );
  const mismatches: Mismatch[] = [];
  const sums = { statedMinor: 0, bookedMinor: 0, feesMinor: 0 };
  for (const [looked, line] of lines.entries()) {
    if (looked % PROGRESS_EVERY === 0)
      await here.commit([shownAs({ account: account.id, day, since, looked, lines: lines.length })]);
    const before = await bookedAs(here, holder, line);
    if (!before) await heard(here, account, line, "statement");
    const sign = line.about === "payment" || line.says === "failed" ? 1 : -1;
    sums.statedMinor += sign * line.amountMinor;
    sums.feesMinor += await feeBooked(here, account, holder, line);
    const booked = before ?? (await bookedAs(here, holder, line));
    // What was heard of on another day counts to that of its line, as what is booked on this day does below.
    const isElsewhere = booked?.at === undefined || !booked.at.startsWith(day);
    if (booked && isElsewhere) sums.bookedMinor += sign * booked.amountMinor;
    const mismatch = compared(line, booked, before === undefined);
    if (mismatch) mismatches.push(mismatch);
  }
  const stated = new Map(around.map(({ providerRef = "", at = "" }) => [providerRef, at]));
  for (const booked of await store.bookedOn(holder, day)) {
    if (!statement.states(booked)) continue;
    const statedAt = stated.get(booked.ref);
    if (statedAt !== undefined && !statedAt.startsWith(day)) continue;
    sums.bookedMinor += booked.what === "refund" ? -booked.amountMinor : booked.amountMinor;
    if (statedAt !== undefined || !statement.covers(booked)) continue;
    const { ref, amountMinor, currency, id } = booked;
    mismatches.push({ why: "not_stated", providerRef: ref, id, oursMinor: amountMinor, currency });
  }
  const done: Reconciliation = {
    account: account.id,
    rail: account.rail,
    day,
    at: here.clock.now().toISOString(),
    lines: lines.length,
    ...sums,
    ...(outMinor === undefined ? {} : { outMinor }),
    ...(awaitsFile ? { awaitsFile } : {}),
    // A line that was heard just now is settled by this: it differs no more.
    mismatchCount: mismatches.filter(({ why }) => why !== "heard_now").length,
    heardNow: mismatches.filter(({ why }) => why === "heard_now").length,
    mismatches: mismatches.slice(0, KEPT_MAX),
  };
  const { mismatchCount: count } = done;
  const where = { account: account.id, rail: account.rail, day };
  const earlier = before && Reconciliation.parse(before["done"]);
  const isCleared = count === 0 && (earlier?.mismatchCount ?? 0) > 0;
  const events = [
    ...(count > 0 ? [told(MismatchFound, account.id, { ...where, count })] : []),
    ...(isCleared ? [told(MismatchCleared, account.id, where)] : []),
  ];
  // Of a day without money and without a file there is nothing to say.
  const isNothing = awaitsFile && lines.length === 0 && sums.bookedMinor === 0 && !earlier;
  const asRead = before ? { done: before["done"] } : ("absent" as const);
  const kept: Write[] = isNothing ? [] : [{ put: itemOf(done), if: asRead }];
  await here.commit([...kept, ...ended(account.id, day)], events);
  return true;
}
const ended = (account: string, day: string): Write[] => [
  { delete: comparingKey(account, day) },
  { delete: askedKey(account, day) },
];

/**
 * Once there is money in an account, each of its days is compared, also one on which nothing was heard of: what came in
 * then, and of which every callback was lost, is found by its statement alone. After a pause the days between follow.
 */
function nextDay(here: Here, { id, isOpen }: Account, day: string): Write | undefined {
  const [next, today] = [dayPlus(day, 1), here.clock.now().toISOString().slice(0, 10)];
  return isOpen && next <= today && next >= dayPlus(today, -CAUGHT_UP_DAYS) ? comparedInTheNight(id, next) : undefined;
}

/** Of a dispute, without a day of its own. */
type AsBooked = Pick<Booked, "id" | "amountMinor" | "currency"> & Partial<Pick<Booked, "at">>;

/** A payment or a refund by the provider's number; a dispute, of which one number says twice, by what it did. */
async function bookedAs(here: Here, holder: string, line: Word): Promise<AsBooked | undefined> {
  if (line.about === "dispute") {
    const payment = await named(here, holder, line);
    return payment && disputeBooked(here, payment, line);
  }
  return line.providerRef === undefined ? undefined : paymentStore(here).booked(holder, line.providerRef);
}

function compared(line: Word, booked: AsBooked | undefined, isNew: boolean): Mismatch | undefined {
  const theirs = { theirsMinor: line.amountMinor, currency: line.currency, providerRef: line.providerRef ?? "" };
  if (!booked) return { why: "not_booked", ...theirs };
  const { id, amountMinor: oursMinor } = booked;
  if (oursMinor !== line.amountMinor || booked.currency !== line.currency)
    return { why: "other_amount", id, oursMinor, ...theirs };
  return isNew ? { why: "heard_now", id, oursMinor, ...theirs } : undefined;
}

/** What the provider kept of one line, once. */
async function feeBooked(here: Here, { rail, id }: Account, holder: string, line: Word): Promise<number> {
  const { feeMinor = 0, currency, providerRef } = line;
  if (feeMinor <= 0 || providerRef === undefined) return Math.max(0, feeMinor);
  const transfer = { debit: `fees:${rail}`, credit: holder, amountMinor: feeMinor, currency, code: "provider_fee" };
  try {
    await here.ledger.post({
      id: `fee:${id}:${line.about}:${providerRef}`,
      transfers: [{ ...transfer, memo: providerRef.slice(0, 100) }],
    });
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "conflict") throw error;
    // Another fee for the same line: the first stands, and somebody looks.
    here.log.warn("a provider states another fee than before", { account: id, providerRef });
  }
  return feeMinor;
}

/** The run for one account and day: of the night, or asked for. */
export async function reconcileDay(
  here: Here,
  id: string,
  { tries }: { tries: number },
): Promise<Ran<{ tries: number }>> {
  const [accountId = "", day = ""] = id.split("#");
  try {
    if (await reconcile(here, await accountOf(here, accountId), day, tries < WAITED_TRIES)) return {};
    if (tries < TRIES) {
      const at = new Date(here.clock.now().getTime() + (tries < MADE_SOON_TRIES ? MADE_SOON_MS : AGAIN_MS));
      return { again: { at, data: { tries: tries + 1 } } };
    }
    throw new Fault("malformed", "The provider does not finish its statement.");
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.kind !== "unavailable" || tries >= TRIES) {
      // Of a day that is not listed any more there is nothing to look after.
      const level = error.kind === "invalid" ? "info" : "error";
      here.log[level]("a day was not compared with the provider", { account: accountId, day, error });
      return { writes: ended(accountId, day) };
    }
    return { again: { at: new Date(here.clock.now().getTime() + AGAIN_MS), data: { tries: tries + 1 } } };
  }
}
