import { isDeepStrictEqual } from "node:util";
import { absent, absentIsNone, Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { dayPlus, monthPlus } from "../../shared/time.ts";
import { AccountById } from "../accounts/events.ts";
import {
  type FlatTariff,
  KeptFlatTariff,
  type NewSubscription,
  type ServiceKind,
  Subscription,
} from "./terms-schema.ts";

// What is billed without a meter.
//
// question                          key
// one flat tariff                   pk     FLAT_TARIFF#<id>            sk     FLAT_TARIFF
// those of a code, the latest last  gsi1pk FLAT_TARIFFS#<code>         gsi1sk <id>
// the latest of a code              pk     FLAT_CODE#<code>            sk     FLAT_CODE   (gsi1 FLAT_CODES / <code>)
// one subscription                  pk     SUBSCRIPTION#<id>           sk     SUBSCRIPTION
// those to a service, by id         gsi1pk SUBSCRIPTIONS#<kind>        gsi1sk <id>
// those of an account               pk     SUBSCRIPTIONS_OF#<account>  sk     <id>
const tariffKey = (id: string) => ({ pk: `FLAT_TARIFF#${id}`, sk: "FLAT_TARIFF" });
const codeKey = (code: string) => ({ pk: `FLAT_CODE#${code}`, sk: "FLAT_CODE" });
const key = (id: string) => ({ pk: `SUBSCRIPTION#${id}`, sk: "SUBSCRIPTION" });
const ofKey = (accountId: string, id: string) => ({ pk: `SUBSCRIPTIONS_OF#${accountId}`, sk: id });

const latestIn = (item: Item): KeptFlatTariff => KeptFlatTariff.parse(item["kept"]);
const subscriptionIn = (item: Item): Subscription => Subscription.parse(item["subscription"]);
const itemOf = (subscription: Subscription): Item => ({
  ...key(subscription.id),
  gsi1pk: `SUBSCRIPTIONS#${subscription.kind}`,
  gsi1sk: subscription.id,
  toOn: subscription.toOn ?? "",
  subscription,
});

/** The tariff that new bills of this code use. */
export async function flatTariff({ table }: Pick<Here, "table">, code: string): Promise<KeptFlatTariff | undefined> {
  const item = await table.get(codeKey(code));
  return item && latestIn(item);
}

/** Those in use, by code. */
export async function flatTariffs({ table }: Here): Promise<KeptFlatTariff[]> {
  const { items } = await table.query({ pk: "FLAT_CODES", index: "gsi1", limit: 200 });
  return items.map(latestIn);
}

/**
 * Keeps a tariff once; from here on new bills of its code use it.
 * @throws {Fault} conflict: the id holds another; invalid: other money, or the code is another service's
 */
export async function keepFlatTariff(
  here: Here,
  id: string | undefined,
  tariff: FlatTariff,
): Promise<{ created: boolean; kept: KeptFlatTariff }> {
  const { table, clock, city } = here;
  if (tariff.currency !== city.currency)
    throw invalid("#/tariff/currency", `This city's currency is ${city.currency}.`);
  const now = clock.now();
  const kept: KeptFlatTariff = { id: id ?? newId("ftr", now), tariff, enteredAt: now.toISOString() };
  const before = await table.get(codeKey(tariff.code));
  const latest = before && latestIn(before);
  if (latest && latest.tariff.kind !== tariff.kind)
    throw invalid("#/tariff/kind", `The code ${tariff.code} is for ${latest.tariff.kind}: take another code.`);
  try {
    await here.commit([
      { put: { ...tariffKey(kept.id), gsi1pk: `FLAT_TARIFFS#${tariff.code}`, gsi1sk: kept.id, kept }, if: "absent" },
      {
        put: { ...codeKey(tariff.code), gsi1pk: "FLAT_CODES", gsi1sk: tariff.code, kept, latestId: kept.id },
        if: latest ? { latestId: latest.id } : "absent",
      },
    ]);
    return { created: true, kept };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const there = await table.get(tariffKey(kept.id));
    if (!there) throw new Fault("conflict", "Somebody entered another tariff of this code meanwhile: look again.");
    if (isDeepStrictEqual(latestIn(there).tariff, tariff)) return { created: false, kept: latestIn(there) };
    throw new Fault("conflict", "There is another tariff under this id. A tariff never changes: enter a new one.");
  }
}

/** @throws {Fault} absent */
export async function subscriptionOf({ table }: Here, id: string): Promise<Subscription> {
  const item = await table.get(key(id));
  if (!item) throw absent();
  return subscriptionIn(item);
}

/**
 * An account has something without a meter from a day on.
 * @throws {Fault} invalid: no such account, or code; conflict: the id is another's
 */
export async function subscribe(
  here: Here,
  asks: NewSubscription,
  by: string,
): Promise<{ created: boolean; subscription: Subscription }> {
  const tariff = await flatTariff(here, asks.code);
  if (!tariff) throw invalid("#/code", "There is no flat tariff of this code.");
  if (!(await here.ask(AccountById, { accountId: asks.accountId }).catch(absentIsNone)))
    throw invalid("#/accountId", "No account has this id.");
  const now = here.clock.now();
  const subscription: Subscription = {
    ...asks,
    id: asks.id ?? newId("sub", now),
    kind: tariff.tariff.kind,
    enteredBy: by,
    enteredAt: now.toISOString(),
  };
  try {
    await here.commit([{ put: itemOf(subscription), if: "absent" }, { put: ofKey(asks.accountId, subscription.id) }]);
    return { created: true, subscription };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const kept = await subscriptionOf(here, subscription.id);
    const isSame = (["accountId", "code", "quantity", "fromOn", "toOn"] as const).every((f) => kept[f] === asks[f]);
    if (!isSame) throw new Fault("conflict", "There is another subscription under this id.");
    return { created: false, subscription: kept };
  }
}

/**
 * Its last day. What was billed stays.
 * @throws {Fault} absent; conflict: it ended; invalid: before it began
 */
export async function endSubscription(here: Here, id: string, toOn: string, by: string): Promise<Subscription> {
  const before = await subscriptionOf(here, id);
  if (toOn < before.fromOn) throw invalid("#/toOn", "That is before its first day.");
  if (before.toOn !== undefined && before.toOn !== toOn) throw new Fault("conflict", `It ends on ${before.toOn}.`);
  const after: Subscription = { ...before, toOn, endedBy: by };
  try {
    await here.commit([{ put: itemOf(after), if: { toOn: before.toOn ?? "" } }]);
    return after;
  } catch (error) {
    if (error instanceof ConditionFailed) throw new Fault("conflict", "Somebody ended it meanwhile: look again.");
    throw error;
  }
}

export async function subscriptionsOf({ table }: Here, accountId: string): Promise<Subscription[]> {
  const { items } = await table.query({ pk: `SUBSCRIPTIONS_OF#${accountId}`, limit: 200 });
  return (await table.getMany(items.map(({ sk }) => key(sk))))
    .map(subscriptionIn)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

export async function subscriptionsTo(
  { table }: Here,
  kind: ServiceKind,
  at: { limit: number; cursor?: string | undefined },
): Promise<{ subscriptions: Subscription[]; next?: string }> {
  const { items, cursor } = await table.query({ pk: `SUBSCRIPTIONS#${kind}`, index: "gsi1", ...at });
  return { subscriptions: items.map(subscriptionIn), ...(cursor ? { next: cursor } : {}) };
}

/** For how many of a month's days something is subscribed to; the first and the last day both count. */
export function daysIn(
  { fromOn, toOn }: Pick<Subscription, "fromOn" | "toOn">,
  month: string,
): { days: number; daysInMonth: number } {
  const last = dayPlus(`${monthPlus(month, 1)}-01`, -1);
  const daysInMonth = Number(last.slice(8));
  if (fromOn > last || (toOn !== undefined && toOn < `${month}-01`)) return { days: 0, daysInMonth };
  const from = fromOn < `${month}-01` ? 1 : Number(fromOn.slice(8));
  const to = toOn === undefined || toOn > last ? daysInMonth : Number(toOn.slice(8));
  return { days: to - from + 1, daysInMonth };
}

export async function* flatItems({ table }: Here): AsyncIterable<Item> {
  for await (const item of table.all({ pk: "FLAT_CODES", index: "gsi1" })) {
    yield item;
    yield* table.all({ pk: `FLAT_TARIFFS#${item["gsi1sk"] as string}`, index: "gsi1" });
  }
  for (const kind of Subscription.shape.kind.options)
    for await (const item of table.all({ pk: `SUBSCRIPTIONS#${kind}`, index: "gsi1" })) {
      yield item;
      const { accountId, id } = subscriptionIn(item);
      yield ofKey(accountId, id);
    }
}
