import { z } from "zod";
import { on, type Reaction } from "../../../shared/events.ts";
import type { Here } from "../../../shared/here.ts";
import { defineTask, planned, type Ran } from "../../../shared/tasks.ts";
import { batchStore } from "../batch-store.ts";
import { MetersOfDelivery, ReadingsKept } from "../events.ts";
import type { Block } from "../packing.ts";
import { type Delivery, DeliveryId } from "../schema.ts";
import { meterStore } from "../store.ts";
import { endsOf, intervalsCame, intervalsFilled, intervalsMissing } from "./interval-gaps.ts";
import { AWAY_MAX_S, endOf, holesBetween, reachOf, type Span, without } from "./intervals.ts";

// Intervals that are missing in files, whatever their format: followed afterwards as those of batches are, by the same
// ends and holes, so that each closes what the other lacked.

const Data = z.object({ deliveryId: DeliveryId, skip: z.int() });
/** Notes which intervals a file brought; its id is the delivery's. */
export const Following = defineTask("meters.following", Data);

const AT_ONCE = 40;
const TURN_MS = 5_000;

export const fileReactions: Reaction[] = [
  on(ReadingsKept, async (here, { data: { deliveryId } }) =>
    // Of segments the compaction itself has noted it.
    (await meterStore(here).findDelivery(deliveryId))
      ? [planned(Following, deliveryId, here.clock.now(), { deliveryId, skip: 0 })]
      : [],
  ),
];

/** Some meters of a file in each turn. */
export async function follow(here: Here, _id: string, data: z.infer<typeof Data>): Promise<Ran<z.infer<typeof Data>>> {
  const { deliveryId } = data;
  const delivery = await meterStore(here).findDelivery(deliveryId);
  if (!delivery) return {};
  const untilMs = here.clock.now().getTime() + TURN_MS;
  for (let { skip } = data; ; skip += AT_ONCE) {
    const meterIds = await metersIn(here, delivery, skip);
    if (meterIds.length > 0) await followSome(here, delivery, meterIds);
    if (meterIds.length < AT_ONCE) return {};
    if (here.clock.now().getTime() >= untilMs)
      return { again: { at: here.clock.now(), data: { deliveryId, skip: skip + AT_ONCE } } };
  }
}

async function metersIn(here: Here, { id, meterCount, meters }: Delivery, skip: number): Promise<string[]> {
  if (meterCount <= 100) return meters.slice(skip, skip + AT_ONCE).flatMap(({ meterId }) => meterId ?? []);
  return (await here.ask(MetersOfDelivery, { deliveryId: id, skip, limit: AT_ONCE })).meterIds;
}

async function followSome(here: Here, delivery: Delivery, meterIds: readonly string[]): Promise<void> {
  const numbers = batchStore(here);
  await numbers.learn(meterIds);
  const spans: Span[] = [];
  for await (const [meterId, block] of meterStore(here).blocksIn(delivery, meterIds))
    spans.push(...spansOf(numbers.known.get(meterId)!.number, block));
  if (spans.length === 0) return;
  // Of files that stand from before it was noted who sends them, nobody can be asked.
  const source = delivery.sourceId ?? "";
  await intervalsCame(here, spans, () => source);
  const ids = new Map(meterIds.map((id) => [numbers.known.get(id)!.number, id]));
  const ends = await endsOf(here, [...ids.keys()]);
  for (const [meter, own] of Map.groupBy(spans, (span) => span.meter)) {
    const meterId = ids.get(meter)!;
    // What lies behind it ended there already: what is missing around it nobody else will see.
    const isOld = reachOf(own)[1] < ends.get(meter)!;
    const holes = holesBetween(isOld ? [...own, ...(await neighbours(here, meterId, meter, own))] : own);
    if (holes.length === 0) continue;
    const around = [Math.min(...holes.map(({ fromS }) => fromS)), Math.max(...holes.map(({ toS }) => toS))] as const;
    await intervalsMissing(here, without(holes, await knownIn(here, meterId, meter, ...around)), source);
    // What came between the look and the note did not find the hole: now it would.
    await intervalsFilled(here, await knownIn(here, meterId, meter, ...around));
  }
}

/** The last interval before a delivery's, and the first one behind them. */
async function neighbours(here: Here, meterId: string, meter: number, own: readonly Span[]): Promise<Span[]> {
  const [fromS, toS] = reachOf(own);
  const [before, behind] = await Promise.all([
    knownIn(here, meterId, meter, fromS - AWAY_MAX_S, fromS),
    knownIn(here, meterId, meter, toS, toS + AWAY_MAX_S),
  ]);
  const last = before.filter((span) => endOf(span) <= fromS).sort((a, b) => endOf(b) - endOf(a))[0];
  const first = behind.filter(({ atS }) => atS >= toS).sort((a, b) => a.atS - b.atS)[0];
  return [last, first].filter((span) => span !== undefined);
}

/** The runs of a block that have values. */
export function spansOf(meter: number, { startS, stepS, qualities }: Block): Span[] {
  const spans: Span[] = [];
  for (const [i, quality] of qualities.entries()) {
    if (quality.startsWith("N")) continue;
    const atS = startS + i * stepS;
    const last = spans.at(-1);
    if (last && last.atS + last.stepS * last.count! === atS) last.count! += 1;
    else spans.push({ meter, atS, stepS, count: 1 });
  }
  return spans;
}

/** Which intervals some delivery has. */
async function knownIn(here: Here, meterId: string, meter: number, fromS: number, toS: number): Promise<Span[]> {
  const counted = await meterStore(here).counted(meterId, fromS, toS);
  return counted
    .filter(({ isRegister, quality }) => !isRegister && !quality.startsWith("N"))
    .map((one) => ({ meter, atS: one.fromS, stepS: one.toS - one.fromS }));
}
