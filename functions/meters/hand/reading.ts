import { z } from "zod";
import { Fault, invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import type { Photo } from "../../../shared/photo.ts";
import { ConditionFailed } from "../../../shared/table.ts";
import { defineTask, planned, type Ran } from "../../../shared/tasks.ts";
import { take } from "../batch-intake.ts";
import { known } from "../checks/store.ts";
import { iso, pointsOf, TOTAL_DIAL } from "../domain.ts";
import { finest } from "../exact.ts";
import { METHOD } from "../formats/nem.ts";
import type { Meter } from "../schema.ts";
import { amountOf, dialOfAmount, doubtOf, type Shown } from "./plausible.ts";
import type { Doubt, HandReading } from "./schema.ts";
import { handStore, photoKey } from "./store.ts";

/** By which these deliveries are told from what keys and sources send. */
const SOURCE = "hand";
const SAME_MOMENT_S = 5;
/** How far back tells what is usual. */
const USUAL_S = 400 * 86_400;
/** A photo settles a dispute about a bill; after that it is a picture of somebody's home. */
const PHOTO_DAYS = 400;
const DAY_MS = 86_400_000;
/** So many of a customer's readings are looked at when the staff has read. */
const SETTLED_AT_ONCE = 20;

/** NEM12: read; read by the customer; agreed upon, after the reader was asked whether it is right. */
const QUALITY = { staff: "A", customer: `S${METHOD.customerRead}`, agreed: `S${METHOD.agreedRead}` } as const;

export const RemovePhoto = defineTask("meters.remove_photo", z.object({}));

export interface Said {
  id?: string | undefined;
  value: string;
  confirmed?: string | undefined;
  at: Date;
  by: HandReading["by"];
  who: string;
  photo?: Photo | undefined;
  /** What came before is not told: it was another home's. */
  sinceS: number;
}

export type HandRead =
  | { state: "kept"; created: boolean; reading: HandReading; usedSince?: string; lastAt?: string }
  | { state: "asked"; doubt: Doubt; last?: string };

/**
 * Keeps what somebody read off a meter, once for each id. A strange value is asked about once; confirmed, it is kept
 * and marked.
 *
 * @throws {Fault} invalid: no number that can be kept exactly; conflict: another reading has this id
 */
export async function handRead(here: Here, meter: Meter, said: Said): Promise<HandRead> {
  const store = handStore(here);
  const amount = amountOf(said.value, meter);
  if (amount === undefined) throw invalid("#/value", "It has more decimals than are kept.");
  const kept = said.id === undefined ? undefined : await store.find(said.id);
  const saidS = Math.floor((kept ? Date.parse(kept.at) : said.at.getTime()) / 1000);
  const before = await shownBefore(here, meter, kept ? saidS - 1 : saidS + SAME_MOMENT_S);
  const last = before.at(-1);
  // Two people, or one who typed twice: each value has a second of its own, and the later one is the later word.
  const atS = kept || last === undefined ? saidS : Math.max(saidS, last.atS + 1);
  const mayTell = last !== undefined && last.atS >= said.sinceS;
  if (kept) {
    const same = sameAs(kept, meter, said);
    await completed(here, kept, meter);
    return { ...same, ...used() };
  }

  const doubt = doubtOf(meter.kind, before, { atS, amount });
  if (doubt && said.confirmed !== said.value)
    return { state: "asked", doubt, ...(mayTell ? { last: dialOfAmount(last.amount, meter) } : {}) };
  const { value, by, who, photo } = said;
  const reading: HandReading = {
    ...{
      id: said.id ?? newId("hnd", said.at),
      meterId: meter.id,
      at: iso(atS),
      value,
      unit: meter.registerUnit,
      by,
      who,
    },
    quality: by !== "staff" ? QUALITY.customer : doubt ? QUALITY.agreed : QUALITY.staff,
    ...(doubt ? { doubt } : {}),
    ...(photo ? { photo: { type: photo.type, bytes: photo.bytes.length } } : {}),
  };
  if (photo) await here.blobs.put(photoKey(reading.id), photo.bytes, { contentType: photo.type });
  const removal = photo ? [planned(RemovePhoto, reading.id, new Date(atS * 1000 + PHOTO_DAYS * DAY_MS), {})] : [];
  try {
    await here.commit([...store.readingWrites(reading), ...removal]);
  } catch (error) {
    // Its twin was faster: what that kept stands.
    if (!(error instanceof ConditionFailed) || said.id === undefined) throw error;
    return handRead(here, meter, said);
  }
  await completed(here, reading, meter);
  return { state: "kept", created: true, reading, ...used() };

  function used() {
    if (!mayTell || amount === undefined || amount < last.amount) return {};
    return { usedSince: dialOfAmount(amount - last.amount, meter), lastAt: iso(last.atS) };
  }
}

/** @throws {Fault} conflict */
function sameAs(reading: HandReading, meter: Meter, said: Said) {
  if (reading.meterId !== meter.id || reading.value !== said.value)
    throw new Fault("conflict", "Another reading was kept under this id. Reload the page, and type it again.");
  return { state: "kept" as const, created: false, reading };
}

/** Through the door that every reading comes by; a reading whose process died before this is completed by its twin. */
async function completed(here: Here, reading: HandReading, meter: Meter): Promise<void> {
  const { id, meterId, at, value, quality, by } = reading;
  const batch = { delivery: id, madeAt: at, readings: [[meterId, at, value, quality]] };
  await take(here, SOURCE, Buffer.from(JSON.stringify(batch)));
  if (by === "staff") await settle(here, reading, meter);
}

/** What the dial showed until then, whatever way that came; of one that was exchanged, since then. */
async function shownBefore(here: Here, meter: Meter, atS: number): Promise<Shown[]> {
  const { delivered, truth } = await known(here, meter, atS - USUAL_S, atS);
  const exchange = truth.exchanges.findLast((one) => one.channel === TOTAL_DIAL && one.atS <= atS);
  const points = pointsOf(delivered, truth)
    .flat()
    .filter((point) => point.channel === TOTAL_DIAL && point.atS <= atS && point.atS > (exchange?.atS ?? 0));
  return [...(exchange ? [{ atS: exchange.atS, ...exchange.first }] : []), ...points].map((point) => ({
    atS: point.atS,
    amount: finest(point.digits, point.exponent),
  }));
}

/**
 * A customer's value counts until the staff has read. What their reading shows to be too high is put down to it; what
 * the customer said, when, and who read it otherwise stays in the list of readings.
 */
async function settle(here: Here, reading: HandReading, meter: Meter): Promise<void> {
  const store = handStore(here);
  const amount = amountOf(reading.value, meter)!;
  const { items } = await store.ofMeter(meter.id, { limit: SETTLED_AT_ONCE });
  for (const before of items) {
    if (before.id === reading.id || before.at > reading.at) continue;
    if (before.by === "staff") break;
    if (before.setAsideBy !== undefined || amountOf(before.value, meter)! <= amount) continue;
    const instead = [[meter.id, before.at, reading.value, QUALITY.agreed]];
    const batch = { delivery: `${before.id}.${reading.id}`, madeAt: reading.at, readings: instead };
    await take(here, SOURCE, Buffer.from(JSON.stringify(batch)));
    await here.commit(store.readingWrites({ ...before, setAsideBy: reading.id }, before));
  }
}

export async function removePhoto(here: Here, id: string): Promise<Ran<object>> {
  const store = handStore(here);
  await here.blobs.delete(photoKey(id));
  const reading = await store.find(id);
  if (!reading?.photo) return {};
  const { photo: _, ...rest } = reading;
  return { writes: store.readingWrites(rest, reading) };
}
