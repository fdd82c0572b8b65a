import { absent, invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import { ConditionFailed } from "../../../shared/table.ts";
import { numberKey } from "../plan.ts";
import { meterStore } from "../store.ts";
import type { NewRound, Round, SkipReason, Stop } from "./schema.ts";
import { handStore } from "./store.ts";

/** @throws {Fault} invalid at `#/meters/3`: no such meter */
export async function newRound(here: Here, order: NewRound, by: string): Promise<{ created: boolean; round: Round }> {
  const found = await meterStore(here).byNumbers(order.meters);
  const meters = order.meters.map((name, i) => {
    const meter = found.get(numberKey(name));
    if (!meter) throw invalid(`#/meters/${i}`, `No meter ${name} is registered here.`);
    return meter.id;
  });
  const now = here.clock.now();
  return handStore(here).createRound({
    id: order.id ?? newId("rnd", now),
    name: order.name,
    meters: [...new Set(meters)],
    createdAt: now.toISOString(),
    createdBy: by,
  });
}

/** All stops of a round, in their order. @throws {Fault} absent */
export async function stopsOf(here: Here, id: string): Promise<{ round: Round; stops: Stop[] }> {
  const store = handStore(here);
  const round = await store.round(id);
  const [made, meters] = await Promise.all([store.stops(id), meterStore(here).findAll(round.meters)]);
  const serials = new Map(meters.map(({ id: meterId, serial }) => [meterId, serial]));
  const stops = round.meters.map(
    (meterId, i) =>
      made.get(i + 1) ?? { number: i + 1, meterId, serial: serials.get(meterId) ?? meterId, state: "open" as const },
  );
  return { round, stops };
}

/** One stop of a round. @throws {Fault} absent */
export async function stopOf(
  here: Here,
  id: string,
  number: number,
): Promise<{ round: Round; stops: Stop[]; stop: Stop }> {
  const { round, stops } = await stopsOf(here, id);
  const stop = stops[number - 1];
  if (!stop) throw absent();
  return { round, stops, stop };
}

/** What became of a stop. A meter that was skipped can be read later; one that was read is not skipped any more. */
export async function stopMade(
  here: Here,
  id: string,
  number: number,
  by: string,
  what: { readingId: string } | { reason: SkipReason },
): Promise<Stop> {
  const { stop } = await stopOf(here, id, number);
  if ("reason" in what && stop.state === "read") return stop;
  const { meterId, serial } = stop;
  const state = "reason" in what ? ("skipped" as const) : ("read" as const);
  const made: Stop = { number, meterId, serial, state, ...what, by, at: here.clock.now().toISOString() };
  try {
    await handStore(here).keepStop(id, made, stop);
    return made;
  } catch (error) {
    // Two were there at once, or one telephone sent it twice: what was read is not skipped by whoever came later.
    if (!(error instanceof ConditionFailed)) throw error;
    return stopMade(here, id, number, by, what);
  }
}
