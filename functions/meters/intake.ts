import type { Here } from "../../shared/here.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { planCompaction } from "./compaction.ts";
import { readMeterFile } from "./formats/file.ts";
import { fileFault } from "./formats/mistakes.ts";
import { mappingStore } from "./mapping-store.ts";
import { deliveryIdOf, opened } from "./opening.ts";
import { type Plan, planOf } from "./plan.ts";
import type { Delivery, Preview, Reading } from "./schema.ts";
import { meterStore } from "./store.ts";

export interface Looked {
  file: Uint8Array;
  deliveryId: string;
  /** What was kept of the same file before. */
  before: Delivery | undefined;
  plan: Plan;
}

/**
 * Reads and checks a file and says what it would leave behind; writes nothing.
 *
 * @throws {Fault} invalid by line, too_large
 */
export async function look(here: Here, sent: Uint8Array, options: Reading): Promise<Looked> {
  const store = meterStore(here);
  const { timeZone } = here.city;
  const { file, deliveryId, mapping } = await opening(here, sent, options);
  const { meter, unit, values, partial, register, kind } = options;
  const read = readMeterFile(file, { meter, unit, values, partial, mapping, timeZone });
  const known = await store.byNumbers(read.series.flatMap((series) => series.names));
  const plan = planOf(read, { deliveryId, known, register, kind, timeZone, now: here.clock.now() });
  return { file, deliveryId, before: await store.findDelivery(deliveryId), plan };
}

/**
 * Takes a file in whole, or refuses it whole. The same file is the same delivery and gets the same answer.
 *
 * @param by  the source, key or person that sends it: who is asked for what is missing in it
 */
export async function takeIn(
  here: Here,
  sent: Uint8Array,
  options: Reading,
  by: string,
): Promise<{ created: boolean; delivery: Delivery }> {
  for (let tries = 1; ; tries++) {
    // A delivery that stands is answered before its file is read again: its meters may be called otherwise by now.
    const { deliveryId } = await opening(here, sent, options);
    const before = await meterStore(here).findDelivery(deliveryId);
    if (before) return { created: false, delivery: before };
    const { plan } = await look(here, sent, options);
    const { id, format, ...rest } = plan.delivery;
    try {
      const kept = await meterStore(here).keep({ ...plan, delivery: { id, format, sourceId: by, ...rest } });
      // After it, as a large file may take longer than what is left of a quarter of an hour.
      await planCompaction(here);
      return kept;
    } catch (error) {
      // Somebody registered one of its meters between our look and our write: look again.
      if (!(error instanceof ConditionFailed) || tries === 3) throw error;
    }
  }
}

/** The file inside what was sent, by what it is to be read, and its id: of the file and of all that decides its meaning. */
async function opening(here: Here, sent: Uint8Array, options: Reading) {
  const file = opened(sent);
  const chosen = options.meter === undefined ? undefined : await chosenMeter(here, options.meter);
  const mapping = options.mapping === undefined ? undefined : await mappingStore(here).find(options.mapping);
  if (options.mapping !== undefined && !mapping)
    throw fileFault("invalid", "#/mapping", "no_mapping", { name: options.mapping });
  const more = [...(mapping ? [JSON.stringify(mapping)] : []), ...(options.partial ? ["partial"] : [])];
  const meaning = [chosen, options.unit, options.values, ...more];
  return { file, mapping, deliveryId: deliveryIdOf(file, meaning) };
}

export function previewOf({ plan, before }: Looked): Preview {
  const { receivedAt: _, ...delivery } = plan.delivery;
  const meters = delivery.meters.map(({ meterId, ...meter }) => (meter.isNew ? meter : { meterId, ...meter }));
  return { ...delivery, meters, isKnown: before !== undefined, days: plan.days };
}

/** The id behind a number or id, so that the same file for the same meter is one delivery whatever it is called. */
async function chosenMeter(here: Here, name: string): Promise<string> {
  const found = await meterStore(here).byNumbers([name]);
  return [...found.values()][0]?.id ?? name;
}
