import { z } from "zod";
import { creditorReference } from "../../shared/creditor-reference.ts";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { outside } from "../../shared/outside.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { defineTask, planned, type Ran } from "../../shared/tasks.ts";
import { dayOf } from "../../shared/time.ts";
import { DuesByReference } from "../billing/events.ts";
import { TakePayment } from "../payments/events.ts";
import type { NewThirdParty, Taken, ThirdParty } from "./schema.ts";
import { billpayStore, dayKey, refItem, takenItem } from "./store.ts";

/** Finishes what was taken, and tells whoever wanted to be told. */
export const FinishTaken = defineTask(
  "billpay.finish",
  z.object({ thirdPartyId: z.string(), correlationId: z.string() }),
);
/** Told to a third party at the address that it gave, below a host that the city has registered for it. */
export const CallBack = defineTask(
  "billpay.call_back",
  z.object({ url: z.string().max(500), method: z.enum(["PUT", "POST"]), correlationId: z.string(), body: z.unknown() }),
);
const FINISH_AFTER_MS = 60_000;
const TRIES = 20;

export const heldBy = (party: Pick<ThirdParty, "id">): string => `provider:${party.id}`;

export const addThirdParty = (here: Here, asked: NewThirdParty): Promise<ThirdParty> => {
  const now = here.clock.now();
  const id = newId("tpy", now);
  return billpayStore(here).add({
    ...asked,
    id,
    currency: here.city.currency,
    settlementReference: creditorReference(`P${id.slice(-16)}`),
    createdAt: now.toISOString(),
  });
};

/** @throws {Fault} invalid: not https, or a host that is not registered for this third party */
export function callbackOf(here: Here, party: ThirdParty, given: string | undefined): string | undefined {
  if (given === undefined || given === "") return undefined;
  const url = given.length <= 500 && URL.canParse(given) ? new URL(given) : undefined;
  const isTrial = here.city.isSynthetic && url?.protocol === "http:" && url.hostname === "localhost";
  const isGood = url && (url.protocol === "https:" || isTrial) && !url.username && !url.password;
  if (!isGood || !party.callbackHosts.includes(url.hostname) || (!isTrial && url.port !== ""))
    throw invalid("header/X-Callback-URL", "An https address at a host that the city has registered for you.");
  return url.href;
}

export interface Asked {
  correlationId: string;
  reference: string;
  /** Without it, all that is due. */
  amountMinor?: number;
  currency?: string;
  providerRef: string;
  callbackUrl?: string | undefined;
}

/**
 * Notes a payment that a third party took, once for each correlation id, within its limits.
 * @returns what stands under this id, and whether it is new
 * @throws {Fault} absent; conflict: nothing is due; invalid: other money, more than is due or than it may take;
 *         idempotency_mismatch: the id was used with other contents
 */
export async function note(here: Here, party: ThirdParty, asked: Asked): Promise<{ created: boolean; taken: Taken }> {
  const store = billpayStore(here);
  const before = await store.find(party.id, asked.correlationId);
  if (before) return { created: false, taken: same(before, asked) };
  const bill = await here.ask(DuesByReference, { reference: asked.reference });
  const currency = asked.currency ?? bill.currency;
  if (currency !== bill.currency) throw invalid("#/currency", `This ${bill.of} is in ${bill.currency}.`);
  if (bill.dueMinor <= 0) throw new Fault("conflict", `The ${bill.of} ${bill.reference} is paid; nothing is due.`);
  const amountMinor = asked.amountMinor ?? bill.dueMinor;
  if (amountMinor > bill.dueMinor) throw invalid("#/amountPaid", "More than is due.");
  if (amountMinor > party.paymentLimitMinor) throw invalid("#/amountPaid", "More than you may take at once.");
  const now = here.clock.now();
  const taken: Taken = {
    id: newId("bpp", now),
    thirdPartyId: party.id,
    correlationId: asked.correlationId,
    reference: bill.reference,
    kind: bill.kind,
    amountMinor,
    currency,
    isFull: amountMinor === bill.dueMinor,
    providerRef: asked.providerRef,
    ...(asked.callbackUrl ? { callbackUrl: asked.callbackUrl } : {}),
    state: "pending",
    createdAt: now.toISOString(),
  };
  const day = dayOf(now, here.city.timeZone);
  for (let tries = 0; tries < TRIES; tries++) {
    const sumMinor = await store.takenOn(party.id, day);
    if (sumMinor + amountMinor > party.dayLimitMinor) throw invalid("#/amountPaid", "More than you may take on a day.");
    try {
      await here.commit([
        { put: takenItem(taken), if: "absent" },
        {
          put: { ...dayKey(party.id, day), sumMinor: sumMinor + amountMinor },
          if: sumMinor === 0 ? "absent" : { sumMinor },
        },
        { put: refItem(taken), if: "absent" },
        planned(FinishTaken, taken.id, new Date(now.getTime() + (asked.callbackUrl ? 0 : FINISH_AFTER_MS)), {
          thirdPartyId: party.id,
          correlationId: asked.correlationId,
        }),
      ]);
      return { created: true, taken };
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      const twin = await store.find(party.id, asked.correlationId);
      if (twin) return { created: false, taken: same(twin, asked) };
      await new Promise((resume) => setTimeout(resume, Math.random() * 20 * (tries + 1)));
    }
  }
  throw new Fault("unavailable", "Too many at once; send it again.", { retryAfterS: 1 });
}

/** @throws {Fault} idempotency_mismatch */
function same(taken: Taken, asked: Asked): Taken {
  const signs = (text: string) => text.toUpperCase().replace(/[^0-9A-Z]/g, "");
  const isSame =
    signs(taken.reference) === signs(asked.reference) &&
    (asked.amountMinor ?? taken.amountMinor) === taken.amountMinor &&
    (asked.currency ?? taken.currency) === taken.currency &&
    asked.providerRef === taken.providerRef;
  if (!isSame) throw new Fault("idempotency_mismatch", "This correlation id was used with another body.");
  return taken;
}

/** Settles the bill; may be asked again. */
export async function finished(here: Here, taken: Taken): Promise<Taken> {
  if (taken.state === "completed") return taken;
  const { outcome, paymentId } = await here.ask(TakePayment, {
    id: `billpay:${taken.id}`,
    reference: taken.reference,
    amountMinor: taken.amountMinor,
    currency: taken.currency,
    via: { rail: "third_party", account: taken.thirdPartyId, providerRef: taken.providerRef },
    at: taken.createdAt,
  });
  const done: Taken = {
    ...taken,
    state: "completed",
    outcome,
    ...(paymentId ? { paymentId } : {}),
    completedAt: here.clock.now().toISOString(),
  };
  try {
    await here.table.transact([{ put: takenItem(done), if: { state: "pending" } }]);
    return done;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return (await billpayStore(here).find(taken.thirdPartyId, taken.correlationId)) ?? done;
  }
}

/** @param bodyOf  how the third party's own format says it */
export async function finishTaken(
  here: Here,
  at: { thirdPartyId: string; correlationId: string },
  bodyOf: (taken: Taken) => unknown,
): Promise<Ran<typeof at>> {
  const found = await billpayStore(here).find(at.thirdPartyId, at.correlationId);
  if (!found) return {};
  const taken = await finished(here, found);
  if (!taken.callbackUrl) return {};
  const { callbackUrl: url, correlationId } = taken;
  const body = bodyOf(taken);
  return { writes: [planned(CallBack, taken.id, here.clock.now(), { url, method: "PUT", correlationId, body })] };
}

/** Tried again like a delivery while the third party does not answer with success. */
export async function callBack(
  here: Here,
  { url, method, correlationId, body }: { url: string; method: "PUT" | "POST"; correlationId: string; body?: unknown },
): Promise<Ran<never>> {
  const answer = await outside({ mayBeHere: here.city.isSynthetic, timeoutMs: 5_000 })(url, {
    method,
    headers: {
      "Content-Type": "application/json",
      "X-CorrelationID": correlationId,
      "X-Date": here.clock.now().toISOString(),
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`the callback was answered with ${answer.status}`);
  return {};
}

/** Answers the bank's line that carries a third party's settlement reference. */
export async function settles(
  here: Here,
  line: { id: string; reference: string; amountMinor: number; currency: string; bankAccountId: string },
): Promise<{ outcome: "settled" | "unknown" }> {
  const party = await billpayStore(here).bySettlement(line.reference);
  if (!party) return { outcome: "unknown" };
  const { amountMinor, currency, bankAccountId } = line;
  // What is beyond what it owes is its credit: the next payments that it takes use it up.
  await here.ledger.post({
    id: `settles:${line.id}`,
    transfers: [
      {
        debit: `bank:${bankAccountId}`,
        credit: heldBy(party),
        amountMinor,
        currency,
        code: "third_party",
        memo: line.reference,
      },
    ],
  });
  return { outcome: "settled" };
}
