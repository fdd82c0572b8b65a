import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { movable } from "../../shared/payable.ts";
import type { Item, Write } from "../../shared/table.ts";
import { planned, type Ran } from "../../shared/tasks.ts";
import { type Dues, DuesByReference } from "../billing/events.ts";
import { ENDED_MAX, goesOn, type Paying, PROMPT_MS, payableUntil, type Subject, type Turn, waitMs } from "./domain.ts";
import { EndPayment } from "./events.ts";
import { asked, ended } from "./questions.ts";
import type { KeptPayment, Way } from "./schema.ts";
import { DUES_MAX } from "./spreading.ts";
import { payingKey, paymentKey, paymentOf, paymentStore, turnKey } from "./store.ts";
import { accountOfDues, subjectOf } from "./targets.ts";

// Of one bill one payment at a time can be paid, whoever pays and by whatever way: a second one waits until the first is
// over, or the first is ended at its provider. An account as a whole and each of its bills are the same money.

/** A session that ends sooner than this is not shown to a payer any more. */
const LEFT_MS = 5 * 60_000;
/** So often a payment's turn is looked at anew, as others were opened at the same instant. */
const TURNS_MAX = 10;

export interface Wanted {
  way: Way;
  msisdn: string | undefined;
}

/**
 * The payment that stands, if it is the one that is wanted; or else a new one, once nothing else can be paid of it.
 * @param more  `create` makes it, `stillDue` throws where it is due no more
 * @throws {Fault} conflict: somebody may be paying, with until when
 */
export async function inTurn(
  here: Here,
  bill: Dues,
  more: { wanted: Wanted; isSure: boolean | undefined; create: () => KeptPayment; stillDue: () => Promise<void> },
): Promise<{ payment: KeptPayment; isNew: boolean }> {
  for (let tries = 0; tries < TURNS_MAX; tries++) {
    const turn = await turnOf(here, bill);
    const standing = turn.own.payment;
    const now = here.clock.now().getTime();
    if (standing && isSame(more.wanted, standing, now)) {
      const isSoonOver = Date.parse(standing.expiresAt) - now < LEFT_MS;
      // A page that is soon over, and cannot be ended before, is still the one to pay on.
      if (!isSoonOver || (payableUntil(standing) > now && !(await endedOrNot(here, standing))))
        return { payment: standing, isNew: false };
    }
    await freed(here, turn, more.isSure);
    if ([turn.own, ...turn.others].some(({ payment }) => payment)) await more.stillDue();
    const created = more.create();
    if (await paymentStore(here).open(created, turn)) return { payment: created, isNew: true };
  }
  throw new Fault("unavailable", "Others are paying this at this instant; send it again.", { retryAfterS: 1 });
}

/** Whether it is this payment that somebody wants, and it can be paid. */
function isSame({ way, msisdn }: Wanted, standing: KeptPayment, now: number): boolean {
  if (standing.amountMinor !== way.amountMinor || standing.account !== way.account) return false;
  if ((standing.feeMinor ?? 0) !== way.feeMinor || (way.how === "prompt" && standing.order?.msisdn !== msisdn))
    return false;
  if (standing.state === "created") return standing.order !== undefined && payableUntil(standing) > now;
  return standing.state === "pending";
}

/** What is being paid of this now, as providers say. */
async function turnOf(here: Here, found: Dues): Promise<Turn> {
  const accountId = accountOfDues(found);
  // Read before the rest: what is opened after this is noticed by it.
  const last =
    accountId === undefined
      ? undefined
      : { accountId, paymentId: (await here.table.get(turnKey(accountId)))?.["paymentId"] as string | undefined };
  const now = here.clock.now().getTime();
  const heard = async (one: Paying): Promise<Paying> => {
    const { payment } = one;
    const isOpen = payment?.state === "created" || payment?.state === "pending";
    return isOpen && Date.parse(payment.expiresAt) > now ? { ...one, payment: await asked(here, payment) } : one;
  };
  const [own, ...others] = await Promise.all((await payingOf(here, subjectsOf(found))).map(heard));
  return { own: own!, others, ...(last ? { last } : {}) };
}

/** What is asked for, and then by what else the same money is asked for. */
function subjectsOf(found: Dues): Subject[] {
  const { of, dues } = found;
  if (of === "account") return [subjectOf(found), ...dues.slice(0, DUES_MAX).map(({ billId }) => ({ billId }))];
  const accountId = accountOfDues(found);
  return [subjectOf(found), ...(accountId === undefined ? [] : [{ accountId }])];
}

async function payingOf({ table }: Here, subjects: readonly Subject[]): Promise<Paying[]> {
  const items = byKey(await table.getMany(subjects.map(payingKey)));
  const keyOf = (item: Item) => paymentKey(String(item["paymentId"]));
  const payments = byKey(await table.getMany([...items.values()].map(keyOf)));
  return subjects.map((subject) => {
    const item = items.get(payingKey(subject).pk);
    const payment = item && payments.get(keyOf(item).pk);
    const series =
      item?.["since"] === undefined ? undefined : { since: String(item["since"]), count: Number(item["count"]) };
    return { subject, payment: payment && paymentOf(payment), series };
  });
}
const byKey = (items: readonly Item[]) => new Map(items.map((item) => [item.pk, item]));

/**
 * Sees to it that of this money nothing else can be paid: what can be ended is ended.
 * @param isSure  the payer knows, and pays beside the other, once that has had its time
 * @throws {Fault} conflict: somebody may be paying, with until when
 */
async function freed(here: Here, { own, others }: Turn, isSure = false): Promise<void> {
  const all = [own, ...others];
  for (const one of all) {
    const { payment, series } = one;
    const now = here.clock.now();
    if (!payment || payableUntil(payment) <= now.getTime()) continue;
    if ((series?.count ?? 1) <= ENDED_MAX && (await endedOrNot(here, payment))) continue;
    // Whoever begins anew, and by whichever reference: others have waited for it since the first of them.
    const since = all.flatMap((each) => goesOn(each, now)?.since ?? []).sort()[0] ?? payment.createdAt;
    const waitedUntil = Date.parse(since) + PROMPT_MS;
    const maySayIsSure = waitedUntil <= now.getTime();
    if (isSure && maySayIsSure) continue;
    const until = payableUntil(payment);
    throw beingPaid(until, maySayIsSure, (maySayIsSure ? until : Math.min(until, waitedUntil)) - now.getTime());
  }
}

async function endedOrNot(here: Here, payment: KeptPayment): Promise<boolean> {
  try {
    return await ended(here, payment);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    here.log.warn("a payment could not be ended at its provider", { paymentId: payment.id, error });
    return false;
  }
}

/** What a payer is told who comes second: until when at most, and whether to pay all the same is possible. */
export interface BeingPaid {
  payableUntil: string;
  maySayIsSure: boolean;
}
function beingPaid(until: number, maySayIsSure: boolean, waitMs: number): Fault {
  const members: BeingPaid = { payableUntil: new Date(until).toISOString(), maySayIsSure };
  const what = `Somebody may be paying this just now, until ${members.payableUntil} at most.`;
  const how = maySayIsSure ? "Look again then, or pay beside them with `isSure`." : "Look again then.";
  return new Fault("conflict", `${what} ${how}`, { ...members, retryAfterS: Math.ceil(waitMs / 1_000) });
}
/** What a refusal says of that, if it is this one. */
export const saysBeingPaid = (error: unknown): BeingPaid | undefined =>
  error instanceof Fault && typeof error.members["payableUntil"] === "string"
    ? (error.members as unknown as BeingPaid)
    : undefined;

/** What somebody may be paying of what has this reference, each until when. @throws {Fault} absent */
export async function beingPaidNow(here: Here, { reference }: { reference: string }) {
  const found = await here.ask(DuesByReference, { reference });
  const now = here.clock.now().getTime();
  const paying = (await payingOf(here, subjectsOf(found))).flatMap(({ subject: { billId }, payment }) => {
    const until = payment ? payableUntil(payment) : 0;
    return until > now ? [{ ...(billId ? { billId } : {}), until: new Date(until).toISOString() }] : [];
  });
  return { paying };
}

/** A bill was paid: what stands of it by another way is looked at, as it may be too much by now. */
export async function overtaken(here: Here, billId: string, paidBy?: string): Promise<Write[]> {
  const standing = await paymentStore(here).payingFor({ billId });
  const now = here.clock.now();
  if (!standing || standing.id === paidBy || payableUntil(standing) <= now.getTime()) return [];
  return [planned(EndPayment, standing.id, now, { tries: 0 })];
}

/** Ends a payment of more than is due, as far as its provider can; what comes all the same is credit, or waits. */
export async function endOvertaken(
  here: Here,
  id: string,
  { tries }: { tries: number },
): Promise<Ran<{ tries: number }>> {
  const payment = await paymentStore(here).find(id);
  const now = here.clock.now().getTime();
  if (!payment || payableUntil(payment) <= now) return {};
  const { dueMinor, currency } = await here.ask(DuesByReference, { reference: payment.reference });
  if (payment.amountMinor <= movable(dueMinor, currency)) return {};
  try {
    await ended(here, payment);
    return {};
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "unavailable") throw error;
    return { again: { at: new Date(now + waitMs(tries, true)), data: { tries: tries + 1 } } };
  }
}
