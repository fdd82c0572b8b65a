import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { defineTask, planned, type Ran } from "../../shared/tasks.ts";
import { isUsedUp, waitMs } from "./domain.ts";
import { checkWanted, withKeyChange } from "./engineering.ts";
import { issued, keyChangeOrder } from "./ordering.ts";
import type { Campaign, CampaignMeter, Meter, NewCampaign } from "./schema.ts";
import { minutesSince } from "./sources/sts/identifier.ts";
import { settled, vendingStore } from "./store.ts";
import type { KeyRef } from "./token-source.ts";

const At = z.object({ cursor: z.string().optional(), tries: z.int().default(0) });
type At = z.infer<typeof At>;
/** Walks the meters: once to mark those with an old key, once to have tokens made; its id is the campaign's. */
export const RunKeyCampaign = defineTask("vending.campaign", At);

const MARKED_AT_ONCE = 50;
const ISSUED_AT_ONCE = 20;

/** Is this key one that a campaign to these replaces? */
export const isOlder = (key: KeyRef, to: Pick<KeyRef, "keyRevision" | "baseYear">): boolean =>
  key.baseYear < to.baseYear || (key.baseYear === to.baseYear && key.keyRevision < to.keyRevision);

/** Begins a campaign. @throws {Fault} invalid: the new base year is over, or not come yet; conflict: the id is another's */
export async function startedCampaign(
  here: Here,
  { id, to, supplyGroup }: NewCampaign,
  startedBy: string,
): Promise<{ created: boolean; campaign: Campaign }> {
  const store = vendingStore(here);
  const now = here.clock.now();
  const key: KeyRef = { supplyGroup: "000000", tariffIndex: "00", ...to };
  if (isUsedUp(key, now) || minutesSince(to.baseYear, now) < 0)
    throw invalid("#/to/baseYear", "No tokens are made of this base year now.");
  const campaign: Campaign = {
    id: id ?? newId("kcc", now),
    to,
    ...(supplyGroup === undefined ? {} : { supplyGroup }),
    state: "listing",
    ...{ looked: 0, meters: 0, issued: 0, confirmed: 0, failed: 0, unfit: 0 },
    startedBy,
    startedAt: now.toISOString(),
  };
  try {
    await here.commit([store.campaignWrite(campaign), planned(RunKeyCampaign, campaign.id, now, { tries: 0 })]);
    return { created: true, campaign };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const { is: kept } = await store.campaign(campaign.id);
    if (isDeepStrictEqual(kept.to, to) && kept.supplyGroup === supplyGroup) return { created: false, campaign: kept };
    throw new Fault("conflict", "There is another campaign under this id.");
  }
}

/** Stops it: meters that have no tokens yet keep their key; tokens that were given out stay good. */
export async function stoppedCampaign(here: Here, id: string): Promise<Campaign> {
  const store = vendingStore(here);
  return settled(async () => {
    const before = await store.campaign(id);
    if (["stopping", "stopped"].includes(before.is.state)) return before.is;
    const after: Campaign = { ...before.is, state: "stopping" };
    await here.commit([
      store.campaignWrite(after, before),
      planned(RunKeyCampaign, id, here.clock.now(), { tries: 0 }),
    ]);
    return after;
  });
}

/** One turn; it may be run again from any state that was kept. */
export async function runKeyCampaign(here: Here, id: string, at: At): Promise<Ran<At>> {
  const { is: campaign } = await vendingStore(here).campaign(id);
  const now = here.clock.now();
  if (campaign.state === "listing") return marked(here, campaign, at);
  if (campaign.state === "issuing") return tokensMade(here, campaign, at, now);
  if (campaign.state === "stopping") return unmarked(here, campaign, at);
  return {};
}

async function marked(here: Here, { id }: Campaign, { cursor }: At): Promise<Ran<At>> {
  const store = vendingStore(here);
  const now = here.clock.now();
  const { meters, next } = await store.meters({ limit: MARKED_AT_ONCE, cursor });
  let unfit = 0;
  for (const { id: meterId } of meters) if ((await settled(() => mark(here, id, meterId))) === "unfit") unfit += 1;
  // The look at a page is counted at its end: cut off before, its meters are looked at again, and found marked.
  await changed(here, id, (campaign) => ({
    ...campaign,
    looked: campaign.looked + meters.length,
    unfit: campaign.unfit + unfit,
    ...(next === undefined && campaign.state === "listing" ? { state: "issuing" } : {}),
  }));
  return { again: { at: now, data: { tries: 0, ...(next === undefined ? {} : { cursor: next }) } } };
}

async function mark(here: Here, id: string, meterId: string): Promise<"unfit" | undefined> {
  const store = vendingStore(here);
  const [meter, campaign] = [await store.meter(meterId), await store.campaign(id)];
  const { facts, state, keyChange } = meter.is;
  // Stopped meanwhile, its meters are unmarked, or were: one that is marked now would keep the mark, and get the key.
  if (campaign.is.state !== "listing") return undefined;
  if (facts.source !== "sts" || state === "removed" || !isOlder(facts.key, campaign.is.to)) return undefined;
  if (campaign.is.supplyGroup !== undefined && facts.key.supplyGroup !== campaign.is.supplyGroup) return undefined;
  if (keyChange && keyChange.state !== "confirmed") return undefined;
  const now = here.clock.now();
  const to = { ...facts.key, ...campaign.is.to };
  let after: Meter;
  try {
    checkWanted(facts, { kind: "key_change", to }, now);
    after = withKeyChange(meter.is, to, now, id);
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "invalid") throw error;
    return "unfit";
  }
  await here.commit([
    ...store.meterWrites(after, meter),
    store.campaignMeterWrite(id, meterId),
    store.campaignWrite({ ...campaign.is, meters: campaign.is.meters + 1 }, campaign),
  ]);
  return undefined;
}

async function tokensMade(here: Here, { id }: Campaign, { cursor, tries }: At, now: Date): Promise<Ran<At>> {
  const store = vendingStore(here);
  const { meters, next } = await store.metersOfCampaign(id, { limit: ISSUED_AT_ONCE, cursor });
  const again = (from: string | undefined, after: number, more: number) => ({
    again: {
      at: new Date(now.getTime() + after),
      data: { tries: more, ...(from === undefined ? {} : { cursor: from }) },
    },
  });
  try {
    for (const meter of meters) await keyTokens(here, id, meter.id);
  } catch (error) {
    here.log.warn("a token source gave no answer", { campaignId: id, tries, error: error as Error });
    return again(cursor, waitMs(tries), tries + 1);
  }
  if (next !== undefined) return again(next, 0, 0);
  await changed(here, id, (campaign) =>
    campaign.state === "issuing" ? { ...campaign, state: "done", endedAt: now.toISOString() } : campaign,
  );
  return {};
}

async function keyTokens(here: Here, campaignId: string, meterId: string): Promise<void> {
  const store = vendingStore(here);
  const orderId = await settled(async () => {
    const meter = await store.meter(meterId);
    const { keyChange } = meter.is;
    if (keyChange?.campaignId !== campaignId || keyChange.state !== "to_do") return undefined;
    const drawn = keyChangeOrder(meter.is, here.clock.now());
    if (!drawn.order) return keyChange.orderId;
    await here.commit([...store.meterWrites(drawn.meter, meter), ...store.orderWrites(drawn.order)]);
    return drawn.order.id;
  });
  if (orderId !== undefined) await issued(here, orderId);
}

async function unmarked(here: Here, { id }: Campaign, { cursor }: At): Promise<Ran<At>> {
  const store = vendingStore(here);
  const { meters, next } = await store.metersOfCampaign(id, { limit: MARKED_AT_ONCE, cursor });
  for (const { id: meterId } of meters)
    await settled(async () => {
      const meter = await store.meter(meterId);
      const { keyChange, ...rest } = meter.is;
      if (keyChange?.campaignId !== id || keyChange.state !== "to_do" || keyChange.orderId !== undefined) return;
      await here.commit(store.meterWrites(rest, meter));
    });
  if (next !== undefined) return { again: { at: here.clock.now(), data: { tries: 0, cursor: next } } };
  await changed(here, id, (campaign) => ({ ...campaign, state: "stopped", endedAt: here.clock.now().toISOString() }));
  return {};
}

async function changed(here: Here, id: string, make: (campaign: Campaign) => Campaign): Promise<void> {
  const store = vendingStore(here);
  await settled(async () => {
    const before = await store.campaign(id);
    await here.commit([store.campaignWrite(make(before.is), before)]);
  });
}

/** The meters of a campaign with their tokens, for whoever goes and enters them. */
export async function campaignMeters(here: Here, id: string, at: { limit: number; cursor?: string | undefined }) {
  const store = vendingStore(here);
  const { meters, next } = await store.metersOfCampaign(id, at);
  const rows = await Promise.all(
    meters.map(async ({ id: meterId, facts: { number }, keyChange }): Promise<CampaignMeter[]> => {
      if (keyChange?.campaignId !== id) return [];
      const order = keyChange.orderId === undefined ? undefined : await store.readOrder(keyChange.orderId);
      return [{ meterId, number, keyChange, digits: order?.is.tokens?.digits ?? [] }];
    }),
  );
  return { meters: rows.flat(), ...(next === undefined ? {} : { next }) };
}
