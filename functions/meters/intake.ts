import { textOf } from "../../shared/delimited.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { readMeterFile } from "./csv.ts";
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
  const file = opened(sent);
  const chosen = options.meter === undefined ? undefined : await chosenMeter(here, options.meter);
  const deliveryId = deliveryIdOf(file, [chosen, options.unit, options.values]);
  const read = readMeterFile(textOf(file), {
    meter: options.meter,
    unit: options.unit,
    values: options.values,
    timeZone,
  });
  const known = await store.byNumbers(read.series.flatMap((series) => series.names));
  const { register, kind } = options;
  const plan = planOf(read, { deliveryId, known, register, kind, timeZone, now: here.clock.now() });
  return { file, deliveryId, before: await store.findDelivery(deliveryId), plan };
}

/** Takes a file in whole, or refuses it whole. The same file is the same delivery and gets the same answer. */
export async function takeIn(
  here: Here,
  sent: Uint8Array,
  options: Reading,
): Promise<{ created: boolean; delivery: Delivery }> {
  for (let tries = 1; ; tries++) {
    // A delivery that stands is answered before its file is read again: its meters may be called otherwise by now.
    const file = opened(sent);
    const chosen = options.meter === undefined ? undefined : await chosenMeter(here, options.meter);
    const before = await meterStore(here).findDelivery(deliveryIdOf(file, [chosen, options.unit, options.values]));
    if (before) return { created: false, delivery: before };
    const { plan } = await look(here, file, options);
    try {
      return await meterStore(here).keep(plan);
    } catch (error) {
      // Somebody registered one of its meters between our look and our write: look again.
      if (!(error instanceof ConditionFailed) || tries === 3) throw error;
    }
  }
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
