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
import { comparedInTheNight, heard, named } from "./hearing.ts";
import type { Word } from "./rail.ts";
import { type Account, Comparing, type Mismatch, Reconciliation } from "./schema.ts";
import { type Booked, paymentStore } from "./store.ts";

// question                              key
// how a day of an account compares      pk     RECONCILIATION#<account>   sk     <day>
// which days are being compared         pk     COMPARING                  sk     <account>#<day>
// all days, the latest first            gsi1pk RECONCILIATIONS            gsi1sk <day>#<account>

/** How many differences a day keeps; there may be more, and their number is kept. */
const KEPT_MAX = 100;
/** After so many lines it is said how far a day is. */
const PROGRESS_EVERY = 50;
const DAY_MS = 24 * 3_600_000;
/** A statement that is not there yet is asked for again after this, for a week. */
const AGAIN_MS = 3 * 3_600_000;
const TRIES = 56;
/** So many days are made up for; an older one that somebody has compared brings no others along. */
const CAUGHT_UP_DAYS = 7;

const itemOf = (done: Reconciliation): Item => ({
  pk: `RECONCILIATION#${done.account}`,
  sk: done.day,
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
  const item = await here.table.get({ pk: `RECONCILIATION#${account}`, sk: day });
  if (!item) throw absent();
  return Reconciliation.parse(item["done"]);
}
export const reconciliationItems = ({ table }: Here): AsyncIterable<Item> =>
  table.all({ pk: "RECONCILIATIONS", index: "gsi1" });

const comparingKey = (account: string, day: string) => ({ pk: "COMPARING", sk: `${account}#${day}` });

/** The days that are being compared now, with how far each is. */
export async function comparisons({ table }: Here): Promise<Comparing[]> {
  const { items } = await table.query({ pk: "COMPARING" });
  return items.map((item) => Comparing.parse(item["comparing"]));
}

/**
 * Has a day compared at once, by a task, as a statement may be long.
 * @throws {Fault} invalid: the provider gives no statement, the day has not begun, or it lists such a day no more
 */
export async function beginReconciling(here: Here, account: Account, day: string): Promise<Comparing> {
  await statementOf(here, account, day);
  const now = here.clock.now();
  const comparing: Comparing = { account: account.id, day, since: now.toISOString(), looked: 0 };
  await here.commit([
    { put: { ...comparingKey(account.id, day), comparing } },
    planned(ReconcileDay, `${account.id}#${day}`, now, { tries: 0 }),
  ]);
  return comparing;
}

async function statementOf(here: Here, account: Account, day: string) {
  const origin = here.settings.HANSA_ORIGIN ?? "http://localhost";
  const connection = await connect(here, account, origin);
  const { statement, statementMaxAgeMs = Number.POSITIVE_INFINITY, statesNoRefunds = false } = connection;
  if (!statement) throw invalid("#/account", "This provider gives no statement to compare with.");
  const from = new Date(`${day}T00:00:00Z`);
  if (from > here.clock.now()) throw invalid("#/day", "This day has not begun.");
  if (here.clock.now().getTime() - from.getTime() > statementMaxAgeMs)
    throw invalid("#/day", "This provider does not list a day as long ago as this.");
  return { from, statement: statement.bind(connection), statesNoRefunds };
}

/**
 * Compares what was booked on a day (UTC) with the provider's own statement, by the provider's numbers and to the
 * cent. A line that nobody had heard of is heard now: it settles its payment, or waits in suspense. Fees are booked.
 * Cut off and begun anew, it comes to the same.
 * @throws {Fault} invalid: the provider gives no statement, or the day is not over; unavailable
 */
async function reconcile(here: Here, account: Account, day: string): Promise<void> {
  const { from, statement, statesNoRefunds } = await statementOf(here, account, day);
  const to = new Date(`${dayPlus(day, 1)}T00:00:00Z`);
  const following = nextDay(here, account, day);
  if (following) await here.commit([following]);
  const since = here.clock.now().toISOString();
  const holder = heldIn({ rail: account.rail, account: account.id });
  const store = paymentStore(here);
  // What the provider counts to the day before or after is not missing.
  const around = await statement(new Date(from.getTime() - DAY_MS), new Date(to.getTime() + DAY_MS));
  const lines = around.filter(
    ({ at }) => at !== undefined && Date.parse(at) >= from.getTime() && Date.parse(at) < to.getTime(),
  );
  const mismatches: Mismatch[] = [];
  const sums = { statedMinor: 0, bookedMinor: 0, feesMinor: 0 };
  for (const [looked, line] of lines.entries()) {
    if (looked % PROGRESS_EVERY === 0) {
      const comparing: Comparing = { account: account.id, day, since, looked, lines: lines.length };
      await here.table.put({ ...comparingKey(account.id, day), comparing });
    }
    const before = await bookedAs(here, holder, line);
    if (!before) await heard(here, account, line, "statement");
    const sign = line.about === "payment" || line.says === "failed" ? 1 : -1;
    sums.statedMinor += sign * line.amountMinor;
    sums.feesMinor += await feeBooked(here, account, holder, line);
    const booked = before ?? (await bookedAs(here, holder, line));
    if (line.about === "dispute") sums.bookedMinor += sign * (booked?.amountMinor ?? 0);
    const mismatch = compared(line, booked, before === undefined);
    if (mismatch) mismatches.push(mismatch);
  }
  const stated = new Set(around.map(({ providerRef }) => providerRef));
  for (const booked of await store.bookedOn(holder, day)) {
    if (statesNoRefunds && booked.what === "refund") continue;
    sums.bookedMinor += booked.what === "refund" ? -booked.amountMinor : booked.amountMinor;
    if (stated.has(booked.ref)) continue;
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
    // A line that was heard just now is settled by this: it differs no more.
    mismatchCount: mismatches.filter(({ why }) => why !== "heard_now").length,
    heardNow: mismatches.filter(({ why }) => why === "heard_now").length,
    mismatches: mismatches.slice(0, KEPT_MAX),
  };
  const { mismatchCount: count } = done;
  const where = { account: account.id, rail: account.rail, day };
  const earlier = await reconciliationOf(here, account.id, day).catch(() => undefined);
  const isCleared = count === 0 && (earlier?.mismatchCount ?? 0) > 0;
  const events = [
    ...(count > 0 ? [told(MismatchFound, account.id, { ...where, count })] : []),
    ...(isCleared ? [told(MismatchCleared, account.id, where)] : []),
  ];
  await here.commit([{ put: itemOf(done) }, { delete: comparingKey(account.id, day) }], events);
}

/**
 * Once there is money in an account, each of its days is compared, also one on which nothing was heard of: what came in
 * then, and of which every callback was lost, is found by its statement alone. After a pause the days between follow.
 */
function nextDay(here: Here, { id, isOpen }: Account, day: string): Write | undefined {
  const [next, today] = [dayPlus(day, 1), here.clock.now().toISOString().slice(0, 10)];
  return isOpen && next <= today && next >= dayPlus(today, -CAUGHT_UP_DAYS) ? comparedInTheNight(id, next) : undefined;
}

type AsBooked = Pick<Booked, "id" | "amountMinor" | "currency">;

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
    await reconcile(here, await accountOf(here, accountId), day);
    return {};
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.kind !== "unavailable" || tries >= TRIES) {
      // Of one that gives no statement there is nothing to look after.
      const level = error.kind === "invalid" ? "info" : "error";
      here.log[level]("a day was not compared with the provider", { account: accountId, day, error });
      return { writes: [{ delete: comparingKey(accountId, day) }] };
    }
    return { again: { at: new Date(here.clock.now().getTime() + AGAIN_MS), data: { tries: tries + 1 } } };
  }
}
