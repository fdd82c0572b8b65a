import { inLang } from "../../marketplace/contract/words.ts";
import { absentIsNone, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { planned } from "../../shared/tasks.ts";
import { LANGS } from "../../shared/texts.ts";
import { dayOf, dayRange } from "../../shared/time.ts";
import { BillById, CreditBill, RaiseDue } from "../billing/events.ts";
import { TakeBack } from "./events.ts";
import { opened } from "./filling.ts";
import { move, movesOf } from "./moving.ts";
import type { Case } from "./schema.ts";
import { procedureStore } from "./store.ts";

/** Makes the fee of a case due that waits for it: one bill, whoever asks how often. */
export async function billed(here: Here, id: string): Promise<Case> {
  const store = procedureStore(here);
  const kase = await store.get(id);
  const { fee, waits, since, dueOn } = kase;
  if (waits !== "payment" || !fee || fee.billId !== undefined) return kase;
  const of = await opened(here, kase);
  const lapses = movesOf(here, of, "deadline").length > 0;
  const { billId, reference } = await here.ask(RaiseDue, {
    // Of each time that it waits there is one.
    id: `procedures:${id}:${since}`,
    kind: of.definition.part.fee!.kind,
    titles: Object.fromEntries(
      LANGS.map((lang) => [lang, `${inLang(of.definition.part.fee!.title, lang)}: ${kase.reference}`.slice(0, 120)]),
    ),
    period: dayOf(new Date(since!), here.city.timeZone),
    ...{ netMinor: fee.netMinor, vatMinor: fee.vatMinor, roundingMinor: fee.roundingMinor, currency: fee.currency },
    ...(lapses && dueOn !== undefined ? { expiresAt: dayRange(dueOn, here.city.timeZone).to.toISOString() } : {}),
  });
  const after: Case = {
    ...kase,
    fee: { ...fee, billId, billReference: reference },
    revision: kase.revision + 1,
  };
  try {
    await store.commit([...store.caseWrites(kase, after), store.pointerWrite("BILL", billId, id)]);
    return after;
  } catch (error) {
    const now = await store.get(id);
    if (now.fee?.billId === billId) return now;
    // It went another way just then.
    const at = here.clock.now();
    if (now.waits !== "payment")
      await here.commit([planned(TakeBack, billId, at, { reliefId: newId("rlf", at), by: "procedures" })]);
    throw error;
  }
}

/**
 * Something happened to a bill: if it is a case's and paid, the case moves on; if it was paid and is due again, staff
 * hears of it. How it stands is read, not what was told.
 */
export async function looked(here: Here, billId: string): Promise<void> {
  const store = procedureStore(here);
  const kase = await store.by("BILL", billId).catch(absentIsNone);
  if (kase?.fee?.billId !== billId) return;
  const { state, dueMinor } = await here.ask(BillById, { billId });
  const at = here.clock.now().toISOString();
  if (kase.fee.paidAt !== undefined) {
    if (state === "paid" || state === "cancelled" || dueMinor <= 0) return;
    const { paidAt: _, ...fee } = kase.fee;
    // What was decided stands: whether the case goes back is for people to say.
    const after: Case = { ...kase, fee, unpaidSince: at, revision: kase.revision + 1 };
    await store.commit(store.caseWrites(kase, after, { at, what: "unpaid", by: "payment" }));
    return;
  }
  if (state !== "paid") return;
  const { unpaidSince, ...rest } = kase;
  const paid: Case = { ...rest, fee: { ...kase.fee, paidAt: at } };
  if (kase.waits === "payment") {
    const of = await opened(here, paid);
    const [onward] = movesOf(here, of, "payment");
    await move(here, of, { transition: onward!.id }, { as: "payment", id: "payment" });
    return;
  }
  // It came too late: staff sees it, and gives it back or lets it stand.
  const after: Case = { ...paid, revision: kase.revision + 1 };
  const what = unpaidSince === undefined ? "paid_late" : "paid_again";
  await store.commit(store.caseWrites(kase, after, { at, what, by: "payment" }));
}

/** Staff has seen that a fee is due again, and lets the case be as it is. @throws {Fault} conflict: nothing is due again */
export async function seenUnpaid(here: Here, kase: Case, by: string): Promise<Case> {
  const { unpaidSince, ...rest } = kase;
  if (unpaidSince === undefined) throw new Fault("conflict", "Its fee is not due again.");
  const after: Case = { ...rest, revision: kase.revision + 1 };
  const store = procedureStore(here);
  await store.commit(store.caseWrites(kase, after, { at: here.clock.now().toISOString(), what: "seen", by }));
  return after;
}

/** What is due for a case that went another way is due no more; what was paid stays, to be given back by a refund. */
export async function takenBack(here: Here, billId: string, reliefId: string, by: string): Promise<void> {
  const bill = await here.ask(BillById, { billId });
  if (bill.dueMinor <= 0 || bill.state === "cancelled") return;
  await here.ask(CreditBill, {
    ...{ id: reliefId, billId, amountMinor: bill.dueMinor },
    ...{ reason: "The case went another way before it was paid.", askedBy: by, approvedBy: "procedures" },
  });
}
