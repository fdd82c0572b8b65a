import { isDeepStrictEqual } from "node:util";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { AccountById } from "../accounts/events.ts";
import { readNumber } from "./domain.ts";
import type { KeyChange, Meter, MeterChange, NewMeter } from "./schema.ts";
import { isMeterNumber } from "./sources/sts/number.ts";
import { settled, vendingStore } from "./store.ts";
import type { MeterFacts } from "./token-source.ts";

function factsOf(asked: NewMeter): MeterFacts {
  const { source, resource } = asked;
  const number = readNumber(asked.number);
  if (source === "sts" && !isMeterNumber(number))
    throw invalid("#/number", "The last digit does not fit the others: one of them is wrong.");
  return source === "sts" ? { source, number, resource, key: asked.key } : { source, number, resource };
}

/** A prepaid meter and a postpaid one may be of one account: there is one for each customer. */
async function checkAccount(here: Here, accountId: string | undefined): Promise<void> {
  if (accountId === undefined) return;
  try {
    await here.ask(AccountById, { accountId });
  } catch (error) {
    if (error instanceof Fault && error.kind === "absent") throw invalid("#/accountId", "There is no such account.");
    throw error;
  }
}

/** What a meter is, once its number and its account are seen to be right. @throws {Fault} invalid */
export async function checkedMeter(here: Here, asked: NewMeter): Promise<MeterFacts> {
  const facts = factsOf(asked);
  await checkAccount(here, asked.accountId);
  return facts;
}

/**
 * Takes a meter in, once. @throws {Fault} invalid: check digit, account; conflict: the number or the id is another's
 */
export async function registered(here: Here, asked: NewMeter): Promise<{ created: boolean; meter: Meter }> {
  const store = vendingStore(here);
  const facts = await checkedMeter(here, asked);
  const { accountId, freeTenths } = asked;
  const now = here.clock.now();
  const meter: Meter = {
    id: asked.id ?? newId("ppm", now),
    facts,
    ...(accountId === undefined ? {} : { accountId }),
    freeTenths,
    state: "active",
    registeredAt: now.toISOString(),
    orders: 0,
  };
  const same = (kept: Meter | undefined) =>
    kept &&
    asked.id === kept.id &&
    isDeepStrictEqual(kept.facts, facts) &&
    kept.accountId === accountId &&
    kept.freeTenths === freeTenths;
  try {
    await here.commit(store.meterWrites(meter));
    return { created: true, meter };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const kept = (await store.readMeter(meter.id))?.is;
    if (kept && same(kept)) return { created: false, meter: kept };
    if (kept) throw new Fault("conflict", "There is another meter under this id.");
    throw new Fault("conflict", `The meter ${facts.number} is here already.`, {
      errors: [{ pointer: "#/number", detail: "This number is taken." }],
    });
  }
}

/** Changes what may change of a meter. @throws {Fault} absent, invalid; conflict: its key is being changed */
export async function changed(here: Here, id: string, change: MeterChange): Promise<Meter> {
  const store = vendingStore(here);
  const { accountId, freeTenths, state, key } = change;
  await checkAccount(here, accountId);
  return settled(async () => {
    const before = await store.meter(id);
    const { accountId: _was, ...rest } = before.is;
    const { facts, keyChange } = rest;
    if (key && facts.source !== "sts") throw invalid("#/key", "This meter has no such key.");
    if (key && facts.source === "sts" && !isDeepStrictEqual(key, facts.key) && (await isChanging(here, keyChange)))
      throw new Fault("conflict", "Tokens that change this meter's key were given out: confirm that first.");
    const after: Meter = {
      ...rest,
      facts: key && facts.source === "sts" ? { ...facts, key } : facts,
      ...(accountId === undefined ? {} : { accountId }),
      freeTenths,
      state,
    };
    await here.commit(store.meterWrites(after, before));
    return after;
  });
}

/** Its tokens are there, or on their way; those that the source refused are not. */
async function isChanging(here: Here, keyChange: KeyChange | undefined): Promise<boolean> {
  if (keyChange?.orderId === undefined || keyChange.state === "confirmed") return false;
  return (await vendingStore(here).order(keyChange.orderId)).is.state !== "failed";
}

/** Takes a meter out of service. Its purchases and tokens stay, and its count, should it come back. */
export async function removed(here: Here, id: string): Promise<void> {
  const store = vendingStore(here);
  await settled(async () => {
    const before = await store.meter(id);
    if (before.is.state === "removed") return;
    await here.commit(store.meterWrites({ ...before.is, state: "removed" }, before));
  });
}
