import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { WorkDone, WorkOrdered, WorkWithdrawn } from "./events.ts";
import { type Finding, isOver, type NewOrder, type Order } from "./losses-schema.ts";
import { lossStore } from "./losses-store.ts";
import { CREW_DAYS, interventions } from "./ranking.ts";
import { networkStore } from "./store.ts";

/** What a finding must be, for the order to have found what it was sent for. */
const SOUGHT: Record<Order["kind"], readonly Finding["what"][]> = {
  leak: ["leak", "illegal_connection"],
  theft: ["tampering", "illegal_connection", "meter_fault"],
};

/** Sends a crew: once for a place until it has been there. @throws {Fault} absent: no such area or point */
export async function order(here: Here, asked: NewOrder, by: string): Promise<{ created: boolean; order: Order }> {
  const store = lossStore(here);
  const { kind, area, point, month } = asked;
  const network = networkStore(here);
  await Promise.all([network.area(area), ...(point === undefined ? [] : [network.point(point)])]);
  const ranked = (await interventions(here, month)).find(
    (one) => one.kind === kind && one.area === area && one.point === point,
  );
  const now = here.clock.now();
  const made: Order = {
    ...{ id: newId("wor", now), ...asked, state: "open", crewDays: CREW_DAYS[kind] },
    ...(ranked ? { savingMinor: ranked.lossMinor, currency: ranked.currency } : {}),
    ...{ orderedBy: by, orderedAt: now.toISOString() },
  };
  try {
    await here.commit(
      [store.openWrite(made), store.orderWrite(made)],
      [told(WorkOrdered, made.id, { orderId: made.id, kind, area, point })],
    );
    return { created: true, order: made };
  } catch (error) {
    const there = error instanceof ConditionFailed ? error.item?.["orderId"] : undefined;
    if (typeof there !== "string") throw error;
    return { created: false, order: await store.order(there) };
  }
}

/** @throws {Fault} absent; forbidden_transition: it is done, or taken back */
export async function assign(here: Here, id: string, to: string): Promise<Order> {
  const store = lossStore(here);
  const before = await store.order(id);
  if (isOver(before)) throw over(before);
  const after: Order = { ...before, state: "assigned", assignedTo: to, assignedAt: here.clock.now().toISOString() };
  return moved(after, () => here.commit([store.orderWrite(after, before.state)]));
}

/**
 * Says what a crew found: it weighs in the next ranking, and a meter that was tampered with is known for it.
 * @throws {Fault} absent; forbidden_transition: another finding is kept
 */
export async function finish(here: Here, id: string, finding: Finding, by: string): Promise<Order> {
  const store = lossStore(here);
  const before = await store.order(id);
  if (isOver(before)) {
    if (before.finding?.what === finding.what && before.finding.note === finding.note) return before;
    throw over(before);
  }
  const at = here.clock.now().toISOString();
  const after: Order = { ...before, state: "done", finding, doneBy: by, doneAt: at };
  const { kind, area, point } = after;
  const what = { orderId: id, kind, area, point, what: finding.what };
  const count = await store.found(kind);
  return moved(after, () =>
    here.commit(
      [
        store.orderWrite(after, before.state),
        store.closeWrite(after),
        store.foundWrite(kind, count, SOUGHT[kind].includes(finding.what)),
        ...(finding.what === "tampering" && point !== undefined ? [store.tamperedWrite(point, at)] : []),
      ],
      [told(WorkDone, id, what)],
    ),
  );
}

/**
 * Takes an order back, so that nobody goes and the place can be ordered anew. It weighs in no ranking.
 * @throws {Fault} absent; forbidden_transition: a crew was there
 */
export async function withdraw(here: Here, id: string, reason: string, by: string): Promise<Order> {
  const store = lossStore(here);
  const before = await store.order(id);
  if (before.state === "withdrawn" && before.withdrawnFor === reason) return before;
  if (isOver(before)) throw over(before);
  const at = here.clock.now().toISOString();
  const after: Order = { ...before, state: "withdrawn", withdrawnFor: reason, withdrawnBy: by, withdrawnAt: at };
  const { kind, area, point } = after;
  return moved(after, () =>
    here.commit(
      [store.orderWrite(after, before.state), store.closeWrite(after)],
      [told(WorkWithdrawn, id, { orderId: id, kind, area, point })],
    ),
  );
}

const over = ({ state }: Order) =>
  new Fault(
    "forbidden_transition",
    state === "done" ? "This work order is done: what was found is kept." : "This work order was taken back.",
  );

async function moved(after: Order, commit: () => Promise<void>): Promise<Order> {
  try {
    await commit();
    return after;
  } catch (error) {
    if (error instanceof ConditionFailed)
      throw new Fault("conflict", "Somebody else changed this at the same time. Look again.", {
        hindrance: "changed_meanwhile",
      });
    throw error;
  }
}
