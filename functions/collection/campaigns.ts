import { createHash } from "node:crypto";
import { z } from "zod";
import { Fault } from "../../shared/errors.ts";
import { type NewEvent, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { formatMoney } from "../../shared/money.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { defineTask, dropped, planned, type Ran } from "../../shared/tasks.ts";
import { dayOf } from "../../shared/time.ts";
import { AccountById, type AccountFacts } from "../accounts/events.ts";
import { BillById, kindName } from "../billing/events.ts";
import { afterQuiet, channelFor, enters, NO_YIELD, openMinorOf, stageDue, stillCounted } from "./domain.ts";
import { CampaignEnded, CampaignStarted, StageEntered } from "./events.ts";
import type { Campaign, Channel, NewCampaign, Outcome, Reminded, Tracked } from "./schema.ts";
import { collectionStore, type Kept } from "./store.ts";
import { collectionTexts } from "./texts.ts";

const At = z.object({ phase: z.enum(["count", "send"]), month: z.string().optional(), cursor: z.string().optional() });
type At = z.infer<typeof At>;
/** Walks the open bills once to count them, and once to send; its id is the campaign's. */
export const RunCampaign = defineTask("collection.campaign", At);

/** So many bills at a turn; progress is kept for each bill, so a turn that is cut off loses none. */
const COUNTED_AT_ONCE = 50;
const SENT_AT_ONCE = 20;
const TRIES = 12;

const BY_CHANNEL = { sms: 0, email: 0, letter: 0 };
const OUTCOMES = { sent: 0, unsure: 0, failed: 0, paid: 0, capped: 0, unreachable: 0 };
const NO_PREVIEW = { bills: 0, dueMinor: 0, byChannel: BY_CHANNEL, costMinor: 0, unreachable: 0, capped: 0 };

/** Asks for a campaign: it is counted first, and nothing is sent before somebody starts it. */
export async function askCampaign(
  here: Here,
  { id, stage, channels }: NewCampaign,
  askedBy: string,
): Promise<{ created: boolean; campaign: Campaign }> {
  const store = collectionStore(here);
  const now = here.clock.now();
  const { rule } = await store.rule();
  const campaign: Campaign = {
    id: id ?? newId("cmp", now),
    stage,
    channels,
    currency: here.city.currency,
    on: dayOf(now, here.city.timeZone),
    rule,
    state: "counting",
    preview: NO_PREVIEW,
    outcomes: OUTCOMES,
    sentByChannel: BY_CHANNEL,
    spentMinor: 0,
    yield: NO_YIELD,
    askedBy,
    askedAt: now.toISOString(),
  };
  try {
    await here.commit([
      store.campaignWrite(undefined, campaign),
      planned(RunCampaign, campaign.id, now, { phase: "count" }),
    ]);
    return { created: true, campaign };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const kept = await store.campaign(campaign.id);
    if (kept.stage === stage && kept.channels.join() === channels.join()) return { created: false, campaign: kept };
    throw new Fault("conflict", "There is another campaign under this id.", {
      errors: [{ pointer: "#/id", detail: "This id is another campaign's." }],
    });
  }
}

/** @param beyond  states that a campaign is in after it: it stays as it is. @throws {Fault} absent, forbidden_transition */
async function moveTo(
  here: Here,
  id: string,
  { from, beyond = [] }: { from: readonly Campaign["state"][]; beyond?: readonly Campaign["state"][] },
  make: (campaign: Campaign) => Campaign,
  also: (now: Date, campaign: Campaign) => { write: Write; event: NewEvent },
): Promise<Campaign> {
  const store = collectionStore(here);
  for (let tries = 1; ; tries++) {
    const found = await store.findCampaign(id);
    const campaign = found?.campaign ?? (await store.campaign(id));
    const after = make(campaign);
    if (after.state === campaign.state || beyond.includes(campaign.state)) return campaign;
    if (!from.includes(campaign.state))
      throw new Fault("forbidden_transition", `A campaign that is ${campaign.state} cannot become ${after.state}.`);
    try {
      const { write, event } = also(here.clock.now(), after);
      await here.commit([store.campaignWrite(found?.item, after), write], [event]);
      return after;
    } catch (error) {
      if (!(error instanceof ConditionFailed) || tries === TRIES) throw error;
    }
  }
}

/** Pressed twice, it is one start, also where the first has already done all there was to do. */
export const startCampaign = (here: Here, id: string, by: string): Promise<Campaign> =>
  moveTo(
    here,
    id,
    { from: ["ready"], beyond: ["done"] },
    (one) => ({ ...one, state: "sending", startedAt: here.clock.now().toISOString() }),
    (now, { stage, preview: { bills } }) => ({
      write: planned(RunCampaign, id, now, { phase: "send" }),
      event: told(CampaignStarted, id, { campaignId: id, stage, bills, by }),
    }),
  );

/** What is under way to one resident still goes out; nobody else gets anything. */
export const stopCampaign = (here: Here, id: string, stoppedBy: string): Promise<Campaign> =>
  moveTo(
    here,
    id,
    { from: ["counting", "ready", "sending"] },
    ({ waitsUntil: _over, ...one }) => ({ ...one, state: "stopped", endedAt: here.clock.now().toISOString() }),
    (_now, { stage, outcomes: { sent } }) => ({
      write: dropped(RunCampaign, id),
      event: told(CampaignEnded, id, { campaignId: id, stage, sent, stoppedBy }),
    }),
  );

/** One turn of a campaign. */
export async function runCampaign(here: Here, id: string, at: At): Promise<Ran<At>> {
  const store = collectionStore(here);
  const found = await store.findCampaign(id);
  if (found?.campaign.state !== (at.phase === "count" ? "counting" : "sending")) return {};
  const { campaign, item } = found;
  const months = (await store.months()).filter((month) => month <= campaign.on.slice(0, 7));
  const month = at.month ?? months[0];
  if (month === undefined) {
    if (at.phase === "send") await ended(here, id);
    return at.phase === "send" ? {} : { writes: [store.campaignWrite(item, { ...campaign, state: "ready" })] };
  }
  const limit = at.phase === "count" ? COUNTED_AT_ONCE : SENT_AT_ONCE;
  const { bills, next } = await store.openOf(month, { limit, cursor: at.cursor });
  const then = next === undefined ? months.find((one) => one > month) : month;
  const on: At | undefined =
    then === undefined ? undefined : { phase: at.phase, month: then, ...(next === undefined ? {} : { cursor: next }) };
  const again = on && { again: { at: here.clock.now(), data: on } };

  if (at.phase === "count") {
    const preview = await previewed(here, campaign, bills);
    return {
      writes: [store.campaignWrite(item, { ...campaign, ...(on ? {} : { state: "ready" }), preview })],
      ...again,
    };
  }
  for (const { billId } of bills) {
    const done = await remind(here, id, billId);
    if (done === "stopped") return {};
    if (done instanceof Date) return { ...(await waiting(here, id, done)), again: { at: done, data: at } };
  }
  if (!on) await ended(here, id);
  return { ...again };
}

/** Each bill has changed the campaign: it is read again before its end is written. */
async function ended(here: Here, id: string): Promise<void> {
  const store = collectionStore(here);
  for (let tries = 1; ; tries++) {
    const found = await store.findCampaign(id);
    if (found?.campaign.state !== "sending") return;
    const { waitsUntil: _over, ...campaign } = found.campaign;
    const { stage, outcomes } = campaign;
    const done: Campaign = { ...campaign, state: "done", endedAt: here.clock.now().toISOString() };
    try {
      return await here.commit(
        [store.campaignWrite(found.item, done)],
        [told(CampaignEnded, id, { campaignId: id, stage, sent: outcomes.sent })],
      );
    } catch (error) {
      if (!(error instanceof ConditionFailed) || tries === TRIES) throw error;
    }
  }
}

async function waiting(here: Here, id: string, until: Date): Promise<{ writes: Write[] }> {
  const store = collectionStore(here);
  const found = await store.findCampaign(id);
  if (!found) return { writes: [] };
  return { writes: [store.campaignWrite(found.item, { ...found.campaign, waitsUntil: until.toISOString() })] };
}

const isOfCampaign = (campaign: Campaign, bill: Tracked, timeZone: string): boolean =>
  bill.currency === campaign.currency && stageDue(bill, campaign.rule, campaign.on, timeZone) === campaign.stage;

async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Fault && error.kind === "absent") return undefined;
    throw error;
  }
}

/** Who pays in parts, as was agreed, is not reminded of the rest. */
async function remindable(here: Here, billId: string) {
  const facts = await ifThere(here.ask(BillById, { billId }));
  return facts?.lateMinor === 0 ? undefined : facts;
}

const accountOf = async (here: Here, accountId: string | undefined): Promise<AccountFacts | undefined> =>
  accountId === undefined ? undefined : ifThere(here.ask(AccountById, { accountId }));

/** A resident is a contact, whatever accounts it reads; the cap knows it by a digest alone. */
const residentOf = ({ id, contact }: AccountFacts): string =>
  createHash("sha256")
    .update(contact ?? id)
    .digest("hex")
    .slice(0, 32);

async function previewed(here: Here, campaign: Campaign, bills: readonly Tracked[]): Promise<Campaign["preview"]> {
  const store = collectionStore(here);
  const preview = { ...campaign.preview, byChannel: { ...campaign.preview.byChannel } };
  for (const bill of bills) {
    if (!isOfCampaign(campaign, bill, here.city.timeZone)) continue;
    if (!(await remindable(here, bill.billId))) continue;
    const account = await accountOf(here, bill.accountId);
    const channel = account && channelFor(campaign.channels, account);
    if (!account || !channel) {
      preview.unreachable += 1;
      continue;
    }
    const { sent } = await store.resident(residentOf(account));
    if (stillCounted(sent, campaign.rule.cap, here.clock.now()).length >= campaign.rule.cap.messages) {
      preview.capped += 1;
      continue;
    }
    preview.bills += 1;
    preview.dueMinor += openMinorOf(bill);
    preview.byChannel[channel] += 1;
    preview.costMinor += campaign.rule.costMinor[channel];
  }
  return preview;
}

class Stopped extends Error {}

/**
 * Reminds of one bill, at most once whatever is run twice: the bill enters its stage and the campaign notes it before
 * the message leaves. Should the process end between the two, it stays `unsure` and is not sent again.
 * @returns an instant: it is quiet until then
 */
async function remind(here: Here, campaignId: string, billId: string): Promise<"done" | "stopped" | Date> {
  const store = collectionStore(here);
  for (let tries = 1; ; tries++) {
    const [kept, found] = await Promise.all([store.find(billId), store.findCampaign(campaignId)]);
    if (!kept || found?.campaign.state !== "sending") return kept ? "stopped" : "done";
    const { campaign } = found;
    if (!isOfCampaign(campaign, kept.bill, here.city.timeZone)) return "done";
    if (await store.reminded(campaignId, billId)) return "done";
    const planned = await plannedOf(here, campaign, kept);
    if (!planned) return "done";
    if (planned.channel !== undefined && planned.channel !== "letter") {
      const free = afterQuiet(here.clock.now(), campaign.rule.quiet, here.city.timeZone);
      if (free > here.clock.now()) return free;
    }
    try {
      await claim(here, kept, planned);
      if (planned.outcome === "unsure") await send(here, campaign, planned);
      return "done";
    } catch (error) {
      if (error instanceof Stopped) return "stopped";
      // Somebody else changed the bill, the campaign or the figures: look again.
      if (!(error instanceof ConditionFailed) || tries === TRIES) throw error;
      await new Promise((resume) => setTimeout(resume, Math.random() * 5 * tries));
    }
  }
}

type Planned = Reminded & { account?: AccountFacts; residentWrite?: Write; kind: string };

/** What shall become of a bill, by how it stands in the ledger at this moment. */
async function plannedOf(here: Here, campaign: Campaign, { bill }: Kept): Promise<Planned | undefined> {
  const { billId, accountId, currency, kind } = bill;
  const now = here.clock.now();
  const facts = await remindable(here, billId);
  if (!facts) return undefined;
  const { dueMinor, reference } = facts;
  const base = { campaignId: campaign.id, billId, accountId, reference, currency, at: now.toISOString(), kind };
  if (dueMinor <= 0 || dueMinor < campaign.rule.leastMinor) return { ...base, dueMinor, outcome: "paid" };
  const account = await accountOf(here, accountId);
  const channel = account && channelFor(campaign.channels, account);
  if (!account || !channel) return { ...base, dueMinor, outcome: "unreachable" };
  const { sent, write } = await collectionStore(here).resident(residentOf(account));
  const counted = stillCounted(sent, campaign.rule.cap, now);
  if (counted.length >= campaign.rule.cap.messages) return { ...base, dueMinor, outcome: "capped" };
  const residentWrite = write([...counted, base.at]);
  const outcome = channel === "letter" ? "sent" : "unsure";
  return { ...base, dueMinor, channel, outcome, account, residentWrite };
}

const remindedOf = ({ account: _a, residentWrite: _w, kind: _k, ...reminded }: Planned): Reminded => reminded;

function counted(campaign: Campaign, outcome: Outcome, by: 1 | -1, channel?: Channel): Campaign {
  const { waitsUntil: _over, ...one } = campaign;
  const outcomes = { ...one.outcomes, [outcome]: one.outcomes[outcome] + by };
  if (outcome !== "sent" || channel === undefined) return { ...one, outcomes };
  const sentByChannel = { ...one.sentByChannel, [channel]: one.sentByChannel[channel] + by };
  return { ...one, outcomes, sentByChannel, spentMinor: one.spentMinor + by * one.rule.costMinor[channel] };
}

async function claim(here: Here, kept: Kept, planned: Planned): Promise<void> {
  const store = collectionStore(here);
  const { campaignId, billId, outcome, channel, at, residentWrite, dueMinor, currency } = planned;
  const change = (campaign: Campaign) => {
    if (campaign.state !== "sending") throw new Stopped();
    return counted(campaign, outcome, 1, channel);
  };
  const stage = (await store.campaign(campaignId)).stage;
  const after = residentWrite ? enters(kept.bill, { stage, campaignId, at }) : kept.bill;
  await here.commit(
    [
      ...(await store.writesOf([{ before: kept, after }], { campaignId, change })),
      store.remindedWrite(remindedOf(planned)),
      ...(residentWrite ? [residentWrite] : []),
    ],
    after === kept.bill ? [] : [told(StageEntered, billId, { billId, stage, campaignId, dueMinor, currency })],
  );
}

async function send(here: Here, campaign: Campaign, planned: Planned): Promise<void> {
  const { account, channel, reference, dueMinor, currency, kind } = planned;
  if (!account?.contact || !channel) return;
  const lang = account.lang ?? here.city.languages[0] ?? "en";
  const t = collectionTexts.in(lang);
  const url = `${here.settings.HANSA_ORIGIN ?? ""}${here.url(`/pay?reference=${encodeURIComponent(reference)}`)}`;
  const sum = formatMoney(dueMinor, currency, lang);
  const values = { city: here.city.name, reference, sum, service: kindName(kind, lang), url };
  const text = t(`${campaign.stage}Message`, values);
  const subject = channel === "email" ? { subject: t(`${campaign.stage}Subject`, values) } : {};
  let outcome: Outcome = "sent";
  try {
    await here.messages.send({ to: account.contact, text, lang, ...subject });
  } catch (error) {
    here.log.warn("a reminder was not sent", {
      campaignId: campaign.id,
      billId: planned.billId,
      error: error as Error,
    });
    outcome = "failed";
  }
  await decided(here, { ...remindedOf(planned), outcome });
}

/** Notes what became of a message that was under way. What cannot be noted stays `unsure`; it is not sent again. */
async function decided(here: Here, reminded: Reminded): Promise<void> {
  const store = collectionStore(here);
  const { campaignId, outcome, channel } = reminded;
  for (let tries = 1; ; tries++) {
    const found = await store.findCampaign(campaignId);
    if (!found) return;
    const after = counted(counted(found.campaign, "unsure", -1), outcome, 1, channel);
    try {
      return await here.commit([store.campaignWrite(found.item, after), store.decidedWrite(reminded)]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (error.index === 1 || tries === TRIES) return;
    }
  }
}
