import { absent } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import type { Item, Write } from "../../../shared/table.ts";
import { monthRange } from "../../../shared/time.ts";
import { CORRECTION } from "../deliveries.ts";
import type { Counted, DeliveredBlock } from "../domain.ts";
import { counted } from "../domain.ts";
import { pack, unpack } from "../packing.ts";
import type { Meter } from "../schema.ts";
import { meterStore } from "../store.ts";
import { Correction } from "./schema.ts";
import { type Kept, truthOf } from "./standing.ts";
import { PLAIN, type Truth } from "./truth.ts";

// question                          key
// what was set right of a meter     pk METER#<id>   sk CORRECTION#<id>   (with the readings that it puts in, packed)

/** Everything that was ever set right of a meter, the oldest first. */
export async function correctionsOf({ table }: Pick<Here, "table">, meterId: string): Promise<Kept[]> {
  const all: Kept[] = [];
  for await (const item of table.all({ pk: `METER#${meterId}`, beginsWith: CORRECTION })) all.push(keptOf(item));
  return all;
}

/** @throws {Fault} absent */
export async function correctionById({ table }: Pick<Here, "table">, meterId: string, id: string): Promise<Correction> {
  const item = await table.get({ pk: `METER#${meterId}`, sk: CORRECTION + id });
  if (!item) throw absent();
  return keptOf(item).correction;
}

/** What was set right of these meters at or after an instant that may change a month's totals, the oldest first. */
export async function correctionsSince(
  here: Pick<Here, "table" | "city">,
  { meterIds, since, month }: { meterIds: readonly string[]; since: string; month: string },
): Promise<Correction[]> {
  const { from, to } = monthRange(month, here.city.timeZone);
  const all = await Promise.all(meterIds.map((id) => correctionsOf(here, id)));
  return all
    .flatMap((kept) => kept.map(({ correction }) => correction))
    .filter(({ at, reach, ...about }) => {
      const changes = reach ?? about;
      return (
        at >= since && Date.parse(changes.from) < to.getTime() && !(Date.parse(changes.to ?? "") <= from.getTime())
      );
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

const keptOf = (item: Item): Kept => ({
  correction: Correction.parse(item["correction"]),
  blocks: ((item["blocks"] as Uint8Array[] | undefined) ?? []).map(unpack),
});

export const correctionWrite = ({ correction, blocks }: Kept): Write => ({
  put: {
    pk: `METER#${correction.meterId}`,
    sk: CORRECTION + correction.id,
    correction,
    ...(blocks.length > 0 ? { blocks: blocks.map(pack) } : {}),
  },
  if: "absent",
});

/** All that is known of a meter in a range of time: what was delivered, and what people set right. */
export async function known(
  here: Here,
  meter: Meter,
  fromS: number,
  toS: number,
): Promise<{ delivered: DeliveredBlock[]; truth: Truth }> {
  const store = meterStore(here);
  const look = await store.look(meter.id, fromS);
  const delivered = await store.heard(meter.id, fromS, toS, look);
  return { delivered, truth: truthAs(look.corrections.map(keptOf), meter) };
}

/**
 * What counts of a meter in a range of time. The one way in which readings reach pages, bills and exports.
 *
 * @param cutsS  between which it will be added up, if so: the intervals themselves are then not told (`summed.ts`)
 */
export async function countedOf(
  here: Here,
  meter: Meter,
  fromS: number,
  toS: number,
  cutsS?: readonly number[],
): Promise<Counted[]> {
  const store = meterStore(here);
  const look = await store.look(meter.id, fromS);
  const truth = truthAs(look.corrections.map(keptOf), meter);
  return truth === PLAIN
    ? store.counted(meter.id, fromS, toS, cutsS, look)
    : counted(await store.heard(meter.id, fromS, toS, look), truth);
}

const truthAs = (corrections: readonly Kept[], meter: Meter): Truth =>
  corrections.length === 0 && meter.registerUnit !== "pulse" ? PLAIN : truthOf(corrections, meter);
