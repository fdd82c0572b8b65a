import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { dayPlus, monthPlus } from "../../../shared/time.ts";
import { railOf } from "../accounts.ts";
import { heldIn, isUnsettled } from "../domain.ts";
import { askNow } from "../questions.ts";
import type { Word } from "../rail.ts";
import { type Account, type KeptPayment, PaymentId, Refund } from "../schema.ts";
import { type Booked, paymentStore } from "../store.ts";
import type { KeptLine, StatementFile } from "./schema.ts";
import { filedStore } from "./store.ts";

/**
 * A provider is asked after a payment for a week, and may tell no time of it: what was booked on one of these days may
 * have moved on another.
 */
const AROUND_DAYS = 8;
const ASKED_AT_ONCE = 10;

/** Whether a file covers some of this day. */
export async function hasFile(here: Here, account: string, day: string): Promise<boolean> {
  const range = rangeOf(day);
  return (await filedStore(here).filesOf(account)).some(({ from, to }) => from < range.to && to > range.from);
}
const rangeOf = (day: string) => ({ from: `${day}T00:00:00.000Z`, to: `${dayPlus(day, 1)}T00:00:00.000Z` });

/** Whether these files together leave nothing of a day uncovered. */
export function areWhole(files: readonly Pick<StatementFile, "from" | "to">[], day: string): boolean {
  const range = rangeOf(day);
  let reached = range.from;
  for (const { from, to } of [...files].sort((a, b) => (a.from < b.from ? -1 : 1)))
    if (from <= reached && to > reached) reached = to;
  return reached >= range.to;
}

/**
 * The statement of a day as the files of an account tell it: their lines around it, and what they cover. Payments that
 * could be what an unnamed line tells of are asked after first.
 * @param waits  for a provider that does not answer
 * @throws {Fault} unavailable: there are such payments, and the provider does not answer
 */
export async function filedOf(here: Here, account: Account, day: string, waits: boolean) {
  const store = filedStore(here);
  const files = await store.filesOf(account.id);
  const kept = await store.lines(account.id, dayPlus(day, -AROUND_DAYS), dayPlus(day, AROUND_DAYS));
  const around: Word[] = [];
  let outMinor = 0;
  for (const line of kept) {
    const word = await wordOf(here, account, line);
    if (word) around.push(word);
    else if (line.at.startsWith(day)) outMinor -= line.amountMinor;
  }
  const ofDay = around.filter(({ at = "" }) => at.startsWith(day));
  await askedFirst(here, account, ofDay).catch((error: unknown) => {
    if (waits || !(error instanceof Fault) || error.kind !== "unavailable") throw error;
    here.log.warn("open payments could not be asked after", { account: account.id, day, error });
  });
  return {
    around,
    outMinor,
    states: () => true,
    covers: ({ at }: Pick<Booked, "at">) => files.some(({ from, to }) => from <= at && at < to),
    ...(areWhole(files, day) ? {} : { awaitsFile: true as const }),
  };
}

/** @returns undefined: money that went out, and is no refund of ours */
async function wordOf(here: Here, account: Account, line: KeptLine): Promise<Word | undefined> {
  const { number: providerRef, at, amountMinor, feeMinor, reference, note } = line;
  const { currency } = here.city;
  const said = { providerRef, at, currency, sessionId: "", ...(feeMinor > 0 ? { feeMinor } : {}) };
  const isPayment = PaymentId.safeParse(reference).success;
  if (amountMinor > 0) {
    const typed = isPayment ? note : reference || note;
    return {
      ...said,
      ...{ about: "payment", says: "paid", amountMinor },
      ...(isPayment ? { paymentId: reference } : {}),
      ...(typed === "" ? {} : { reference: typed }),
      ...railOf(account).filed?.(line),
    };
  }
  const holder = heldIn({ rail: account.rail, account: account.id });
  const refundId = Refund.shape.id.safeParse(reference).data;
  if (refundId === undefined && (await paymentStore(here).booked(holder, providerRef))?.what !== "refund")
    return undefined;
  const about = { about: "refund", says: "paid", amountMinor: -amountMinor } as const;
  return { ...said, ...about, ...(refundId === undefined ? {} : { refundId }) };
}

/**
 * A line that names no payment of ours may tell of one whose callback was lost: before it is taken for unknown money,
 * the provider is asked after those that are open and of this amount.
 */
async function askedFirst(here: Here, account: Account, words: readonly Word[]): Promise<void> {
  const store = paymentStore(here);
  const holder = heldIn({ rail: account.rail, account: account.id });
  const unnamed: Word[] = [];
  for (const word of words) {
    const isNamed = word.paymentId !== undefined || word.sessionId !== "";
    if (word.about !== "payment" || isNamed || (await store.booked(holder, word.providerRef!))) continue;
    unnamed.push(word);
  }
  if (unnamed.length === 0) return;
  const days = unnamed.map(({ at = "" }) => at.slice(0, 10)).sort();
  const [first, last] = [dayPlus(days[0]!, -AROUND_DAYS), dayPlus(days.at(-1)!, 1)];
  const amounts = new Set(unnamed.map(({ amountMinor }) => amountMinor));
  const mayBe = (payment: KeptPayment) => {
    const { account: of, amountMinor, feeMinor = 0, createdAt, sessionId, alias } = payment;
    return (
      isUnsettled(payment) &&
      of === account.id &&
      amounts.has(amountMinor + feeMinor) &&
      (sessionId ?? alias) !== undefined &&
      createdAt.slice(0, 10) >= first &&
      createdAt.slice(0, 10) <= last
    );
  };
  const open: KeptPayment[] = [];
  for (let month = first.slice(0, 7); month <= last.slice(0, 7); month = monthPlus(month, 1)) {
    let cursor: string | undefined;
    do {
      const page = await store.ofMonth(month, { limit: 200, ...(cursor === undefined ? {} : { cursor }) });
      open.push(...page.payments.filter(mayBe));
      cursor = page.next;
    } while (cursor !== undefined);
  }
  for (let i = 0; i < open.length; i += ASKED_AT_ONCE)
    await Promise.all(open.slice(i, i + ASKED_AT_ONCE).map((payment) => askNow(here, payment).catch(unless)));
}
/** One that the provider does not know is not what the line tells of. */
const unless = (error: unknown): void => {
  if (!(error instanceof Fault) || error.kind === "unavailable") throw error;
};
