import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { answerOf, take as takeReadings } from "../batch-intake.ts";
import { batchStore } from "../batch-store.ts";
import { left, take } from "../rate.ts";
import { takeTampers } from "../tamper/taking.ts";
import { type Decoded, decoded, type Found, Undecodable } from "./decoding.ts";
import { heard } from "./gaps.ts";
import type { DeviceSettings, MappedEvent, Source, Uplink, UplinkAnswer } from "./schema.ts";
import { sourceStore } from "./store.ts";

/** Of decoders that took all the time they could get: more than that, a source's messages wait for somebody to mend it. */
const COSTLY = { burst: 10, perSecond: 0.1 };

/** Why a message cannot be kept yet, in a sentence. */
class Waits extends Error {}

export interface Taken {
  created: boolean;
  answer: UplinkAnswer;
}

/**
 * Takes a message of a device in: durable when this returns. What cannot be read yet is parked as it came, so that it
 * neither gets lost nor stands in anybody's way; its sender has nothing to mend.
 *
 * @param isAgain  somebody has mended what it waited for
 */
export async function takeUplink(here: Here, source: Source, uplink: Uplink, isAgain = false): Promise<Taken> {
  const store = sourceStore(here);
  const { delivery } = uplink;
  const [kept, parked] = await Promise.all([keptOf(here, source, delivery), store.findParked(source.id, delivery)]);
  if (kept) {
    // Its twin, or itself after a cut: its frame is counted and its parking ends, if that was not done.
    await heard(here, source, uplink);
    if (parked) await store.unpark(source.id, delivery);
    return { created: false, answer: kept };
  }
  if (parked && !isAgain) return { created: false, answer: answerOfParked(parked) };
  try {
    const { settings, heard: before } = await store.device(source.id, uplink.device);
    const said = await saidBy(here, source, uplink, settings);
    if (said && said.events.length > 0) await tamperedWith(here, said.events, uplink, settings);
    const batches = said ? batchesOf(said.readings, uplink, settings) : [];
    let [readings, receivedAt] = [0, here.clock.now().toISOString()];
    // The first one is kept last: while it is missing, the message is not taken and comes again.
    for (const batch of batches.reverse()) {
      const { answer } = await takeReadings(here, source.id, Buffer.from(JSON.stringify(batch)));
      readings += answer.readings;
      receivedAt = answer.receivedAt;
    }
    await heard(here, source, uplink);
    if (parked) await store.unpark(source.id, delivery);
    const isNew = batches.length > 0 || before?.lastAt !== uplink.at;
    return {
      created: isNew,
      answer: { delivery, state: "kept", readings, ...(batches.length > 0 ? { receivedAt } : {}) },
    };
  } catch (error) {
    const reason = reasonOf(error);
    const waiting = { delivery, at: parked?.at ?? here.clock.now().toISOString(), reason, uplink };
    await store.park(source.id, waiting);
    await heard(here, source, uplink);
    if (!parked)
      await store.refuse(source.id, { at: waiting.at, code: "parked", detail: reason, delivery, errors: [] });
    return { created: true, answer: answerOfParked(waiting) };
  }
}

const partOf = (delivery: string, i: number): string => (i === 0 ? delivery : `${delivery}.${i}`);

/** What was kept of a message before. Of several deliveries of readings the first was kept last. */
async function keptOf(here: Here, source: Source, delivery: string): Promise<UplinkAnswer | undefined> {
  const store = batchStore(here);
  const first = await store.find(source.id, delivery);
  if (!first) return undefined;
  let { readings, receivedAt } = answerOf(first);
  for (let i = 1; ; i++) {
    const more = await store.find(source.id, partOf(delivery, i));
    if (!more) return { delivery, state: "kept", readings, receivedAt };
    readings += answerOf(more).readings;
  }
}

const answerOfParked = ({ delivery, reason }: { delivery: string; reason: string }): UplinkAnswer => ({
  delivery,
  state: "parked",
  readings: 0,
  reason,
});

/** @throws what is no matter of the message: a bug, or a table that does not answer */
function reasonOf(error: unknown): string {
  if (error instanceof Waits || error instanceof Undecodable) return error.message;
  if (error instanceof Fault && error.kind === "absent") return "Its decoder is not there any more.";
  if (error instanceof Fault && error.kind !== "unavailable") return error.members.errors?.[0]?.detail ?? error.message;
  throw error;
}

/** What a message says, decoded; undefined: it carries nothing but the network's own commands. */
async function saidBy(
  here: Here,
  source: Source,
  uplink: Uplink,
  settings: DeviceSettings | undefined,
): Promise<Decoded | undefined> {
  if (uplink.payload === "" && !uplink.decoded) return undefined;
  const decoderId = settings?.decoderId ?? source.decoderId;
  if (decoderId === undefined) throw new Waits("Neither this device nor its source has a decoder.");
  const decoder = await sourceStore(here).decoder(decoderId);
  const budget = `${here.city.slug}#${source.id}#costly`;
  if (left(budget, COSTLY) < 1) throw new Waits("The decoder took too long too often. It was not run.");
  try {
    return await decoded(decoder, uplink, here.sandbox);
  } catch (error) {
    if (error instanceof Undecodable && error.isCostly) take(budget, COSTLY);
    throw error;
  }
}

/** Notes what a message tells of tampering with its meters. @throws {Waits} a channel without a meter */
async function tamperedWith(here: Here, events: MappedEvent[], uplink: Uplink, settings: DeviceSettings | undefined) {
  await takeTampers(here, {
    events: events.map(({ kind, channel }) => ({
      meter: meterOf(uplink.device, channel, settings),
      at: uplink.at,
      kind,
    })),
  });
}

/** Readings as deliveries: one for each unit and length of interval. */
function batchesOf(found: readonly Found[], uplink: Uplink, settings: DeviceSettings | undefined) {
  const groups = Map.groupBy(found, ({ field }) => `${field.unit} ${field.intervalS ?? 0}`);
  return [...groups.values()].map((group, i) => {
    const { unit, intervalS } = group[0]!.field;
    return {
      delivery: partOf(uplink.delivery, i),
      unit,
      madeAt: uplink.at,
      ...(intervalS === undefined ? {} : { interval: intervalS }),
      readings: group.map(({ field, value, atS }) => [
        meterOf(uplink.device, field.channel, settings),
        intervalS === undefined ? atS : beginOf(atS, intervalS),
        value,
      ]),
    };
  });
}

function meterOf(device: string, channel: string, settings: DeviceSettings | undefined): string {
  const meter = settings?.meters[channel] ?? (channel === "main" ? device : undefined);
  if (meter === undefined) throw new Waits(`This device has no meter for its channel ${channel}.`);
  return meter;
}

/** When the interval began that ends at a time: on the grid of its length, whatever the radio took. */
const beginOf = (endS: number, intervalS: number): number => (Math.round(endS / intervalS) - 1) * intervalS;
