import type { z } from "zod";
import type { Here } from "../../../shared/here.ts";
import { FileMistakes } from "../formats/mistakes.ts";
import { numberKey } from "../plan.ts";
import { meterStore } from "../store.ts";
import { readEndDeviceEvents, type Told } from "./cim-events.ts";
import type { NewTamperEvents, TamperAnswer, TamperEvent } from "./schema.ts";
import { keepTampers } from "./store.ts";

type Answer = z.infer<typeof TamperAnswer>;

/** Takes in a document of EndDeviceEvents, whole or not at all. @throws {Fault} invalid, by the path of an event */
export async function takeEndDeviceEvents(here: Here, file: Uint8Array): Promise<Answer> {
  const { told, ignored, mistakes } = readEndDeviceEvents(file, here.city.timeZone);
  return { ...(await take(here, told, mistakes)), ignored };
}

/** Takes in events that a program tells. @throws {Fault} invalid, by the event */
export async function takeTampers(here: Here, { events }: z.infer<typeof NewTamperEvents>): Promise<Answer> {
  const told = events.map(({ meter, at, kind }, line) => ({ names: [meter], at: new Date(at), kind, line }));
  return { ...(await take(here, told, new FileMistakes((line) => `events/${line}/meter`))), ignored: 0 };
}

async function take(
  here: Here,
  told: readonly (Omit<Told, "code"> & { code?: string })[],
  mistakes: FileMistakes,
): Promise<Pick<Answer, "kept" | "known">> {
  const meters = await meterStore(here).byNumbers(told.flatMap(({ names }) => names));
  const events = told.flatMap(({ names, at, kind, code, line }): TamperEvent[] => {
    const meter = names.map((name) => meters.get(numberKey(name))).find(Boolean);
    if (!meter) mistakes.tell(line, "event_meter", { meter: names[0]! });
    return meter ? [{ meterId: meter.id, at: at.toISOString(), kind, ...(code === undefined ? {} : { code }) }] : [];
  });
  mistakes.refuse();
  const kept = await keepTampers(here, events);
  return { kept, known: events.length - kept };
}
