import { createHash } from "node:crypto";
import { Fault, invalid } from "../../../shared/errors.ts";
import { told } from "../../../shared/events.ts";
import type { Here } from "../../../shared/here.ts";
import { ConditionFailed } from "../../../shared/table.ts";
import { planned } from "../../../shared/tasks.ts";
import { dayOf, dayPlus, dayRange, daysBetween } from "../../../shared/time.ts";
import { connect } from "../accounts.ts";
import { heldIn, holderOf } from "../domain.ts";
import { CompareFile, StatementHandedIn } from "../events.ts";
import { originFor } from "../questions.ts";
import { isFiled } from "../rail.ts";
import { shownAs } from "../reconciling.ts";
import { refundOf } from "../refunds.ts";
import { type Account, PaymentId, Refund } from "../schema.ts";
import { paymentStore } from "../store.ts";
import { FileMistakes, isSame, type ReadLine, readFiled, refusal, wrong } from "./reading.ts";
import { KeptLine, type Naming, type StatementFile } from "./schema.ts";
import { filedStore, type Head } from "./store.ts";

/** One file covers at most so many days. */
export const DAYS_MAX = 31;

/**
 * Keeps the lines of a provider's file that are new, and has its days compared with them. The same file again changes
 * nothing; of one that is not right in every line nothing is kept.
 * @throws {Fault} too_large; invalid: the provider gives its statement by itself, or the lines that are wrong
 */
export async function takeFile(
  here: Here,
  account: Account,
  { file, naming, by }: { file: Uint8Array; naming: Naming; by: string },
): Promise<{ created: boolean; file: StatementFile }> {
  if (!(await takesFiles(here, account)))
    throw invalid("#/account", "This provider gives its statement by itself: have the day compared.");
  const store = filedStore(here);
  const id = createHash("sha256").update(`${account.id} `).update(file).digest("hex").slice(0, 32);
  const taken = await store.find(account.id, id);
  if (taken) return { created: false, file: taken };
  const before = await store.head(account.id);
  const { currency, timeZone: zone } = here.city;
  const now = here.clock.now();
  const readBy = ({ dates, ...named }: Naming) =>
    readFiled(file, { currency, zone, now, named, ...(dates ? { dates } : {}) });
  const isNamed = Object.keys(naming).length > 0;
  const known = isNamed ? naming : (before.naming ?? {});
  let lines: ReadLine[];
  try {
    lines = readBy(known);
  } catch (error) {
    // What was named for an earlier file may not be called so any more.
    if (isNamed || !before.naming || isOfLine(error)) throw error;
    lines = readBy({});
  }
  if (lines.length === 0) throw refusal("file", wrong("no_lines"));
  const wallet = await demandOurs(here, account, lines, before);
  const fresh = await newOf(here, account, lines);
  const facts = { rail: account.rail, lines: lines.length, newLines: fresh.length };
  const kept: StatementFile = {
    ...{ id, account: account.id, handedInAt: now.toISOString(), handedInBy: by },
    ...covered(lines, zone, now),
    ...facts,
  };
  const head = {
    ...(wallet === undefined ? {} : { wallet }),
    ...(Object.keys(known).length > 0 ? { naming: known } : {}),
  };
  try {
    await here.commit(
      [
        ...store.writes(kept, fresh, before, head),
        planned(CompareFile, `${account.id}#${id}`, now, {}),
        shownAs({ account: account.id, day: kept.from.slice(0, 10), since: kept.handedInAt, looked: 0 }),
      ],
      [told(StatementHandedIn, account.id, { ...facts, account: account.id, fileId: id })],
    );
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const same = await store.find(account.id, id);
    if (same) return { created: false, file: same };
    throw new Fault("conflict", "Another file of this account was handed in at the same time: hand it in again.");
  }
  return { created: true, file: kept };
}

const isOfLine = (error: unknown): boolean =>
  !(error instanceof Fault) || (error.members.errors ?? []).some(({ pointer }) => pointer.startsWith("#/line/"));

/** Whether files of this account are handed in. */
export const takesFiles = async (here: Here, account: Account): Promise<boolean> =>
  isFiled(await connect(here, account, await originFor(here, account)));

/** Whole days of the city, up to now: a file is asked for by days, and may have been made in the middle of one. */
function covered(lines: readonly ReadLine[], zone: string, now: Date): { from: string; to: string } {
  const ats = lines.map(({ at }) => at).sort();
  const range = (at: string) => dayRange(dayOf(new Date(at), zone), zone);
  const to = Math.min(now.getTime(), range(ats.at(-1)!).to.getTime());
  return { from: range(ats[0]!).from.toISOString(), to: new Date(to).toISOString() };
}

/**
 * A file of another account, another city or another house is refused, where it says whose it is.
 * @returns the city's own number at the provider, where it is known
 */
async function demandOurs(
  here: Here,
  account: Account,
  lines: readonly ReadLine[],
  { wallet: known }: Head,
): Promise<string | undefined> {
  const mistakes = new FileMistakes();
  const incoming = lines.filter(({ amountMinor }) => amountMinor > 0);
  const wallet = known ?? walletOf(incoming);
  if (wallet !== undefined)
    for (const line of incoming) {
      const said = [line.to, ...line.wallets].filter((one) => one !== "");
      if (said.length === 0 || said.includes(wallet)) continue;
      mistakes.of(line, known === undefined ? "accounts_several" : "account_other", {
        said: said[0]!,
        account: wallet,
      });
    }
  const holder = heldIn({ rail: account.rail, account: account.id });
  const isOurs = async ({ reference }: ReadLine): Promise<boolean> => {
    if (PaymentId.safeParse(reference).success) {
      const payment = await paymentStore(here).find(reference);
      return payment !== undefined && holderOf(payment) === holder;
    }
    if (!Refund.shape.id.safeParse(reference).success) return true;
    return refundOf(here, reference).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Fault && error.kind === "absent") return false;
        throw error;
      },
    );
  };
  for (let i = 0; i < lines.length && !mistakes.isFull; i += 50) {
    const some = lines.slice(i, i + 50);
    const ours = await Promise.all(some.map(isOurs));
    for (const [n, line] of some.entries())
      if (!ours[n]) mistakes.of(line, "payment_elsewhere", { said: line.reference });
  }
  mistakes.refuse();
  return wallet;
}

/** The column that names whom the money came to; else, of two that differ, the one that says the same in each line. */
function walletOf(incoming: readonly ReadLine[]): string | undefined {
  const first = incoming[0];
  if (!first) return undefined;
  if (first.to !== "") return first.to;
  const columns = first.wallets.map((_, i) => new Set(incoming.map(({ wallets }) => wallets[i] ?? "")));
  const same = columns.filter((values) => values.size === 1);
  const [only] = same.length === 1 && columns.length > 1 ? same[0]! : [];
  return only || undefined;
}

/** @throws {Fault} invalid: too many days, or an earlier file says otherwise */
async function newOf(here: Here, account: Account, lines: readonly ReadLine[]): Promise<KeptLine[]> {
  const mistakes = new FileMistakes();
  const days = lines.map(({ at }) => at.slice(0, 10)).sort();
  const [from, to] = [days[0]!, days.at(-1)!];
  // A month of the city's own begins or ends within a further day of UTC.
  if (daysBetween(from, to) > DAYS_MAX) {
    const beyond = dayPlus(from, DAYS_MAX + 1);
    mistakes.of(lines.find(({ at }) => at.slice(0, 10) >= beyond)!, "days_many", { most: String(DAYS_MAX) });
    mistakes.refuse();
  }
  const before = new Map(
    (await filedStore(here).lines(account.id, dayPlus(from, -1), dayPlus(to, 1))).map((line) => [line.number, line]),
  );
  const fresh = lines.filter((line) => {
    const kept = before.get(line.number);
    if (kept && !isSame(kept, line)) mistakes.of(line, "other_before", { number: line.number });
    return !kept;
  });
  mistakes.refuse();
  return fresh.map((line) => KeptLine.parse(line));
}
