import { z } from "zod";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { defineTask, does, planned } from "../../shared/tasks.ts";
import { monthOf } from "../../shared/time.ts";
import { referenceOf } from "./domain.ts";
import type { RaiseDue } from "./events.ts";
import { isMetered, type Raised } from "./schema.ts";
import { billStore } from "./store.ts";

type Asked = z.infer<(typeof RaiseDue)["args"]>;

/** Takes a bill back that nobody paid in its time. */
const EXPIRE = defineTask("billing.expire", z.object({}));

/**
 * Makes due what another room has to be paid for: one bill for its id.
 *
 * @throws {Fault} conflict: the id was used for something else; invalid: nothing to pay, or another currency
 */
export async function raise(here: Here, asked: Asked): Promise<{ billId: string; reference: string }> {
  if (asked.currency !== here.city.currency)
    throw invalid("#/currency", `This city's currency is ${here.city.currency}.`);
  const totalMinor = asked.netMinor + asked.vatMinor;
  if (totalMinor === 0) throw invalid("#/netMinor", "There is nothing to pay: raise what is above zero.");
  const store = billStore(here);
  const now = here.clock.now();
  const billId = newId("bill", now);
  const { id: raisedAs, ...what } = asked;
  const bill: Raised = {
    id: billId,
    reference: referenceOf(billId),
    raisedAs,
    ...what,
    month: monthOf(now, here.city.timeZone),
    totalMinor,
    issuedAt: now.toISOString(),
  };
  const expiry = asked.expiresAt === undefined ? [] : [planned(EXPIRE, billId, new Date(asked.expiresAt), {})];
  if (await store.issue(bill, { also: expiry })) return { billId, reference: bill.reference };
  const before = await store.raised(raisedAs);
  if (!before || isMetered(before) || !isSame(before, bill))
    throw new Fault("conflict", "Something else was raised under this id. It is due once: take a new id.");
  return { billId: before.id, reference: before.reference };
}

/** What makes a due another one. Its titles and its expiry may be told anew, and change nothing. */
const isSame = (a: Raised, b: Raised): boolean =>
  (["accountId", "kind", "period", "netMinor", "vatMinor", "currency"] as const).every(
    (field) => a[field] === b[field],
  );

export const expiring = does(EXPIRE, async (here, billId) => {
  const store = billStore(here);
  await store.cancel(await store.get(billId), "expired", here.clock.now());
  return {};
});
