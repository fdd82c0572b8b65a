import type { z } from "zod";
import type { Here } from "../../../shared/here.ts";
import { parsed } from "../../../shared/http.ts";
import { FileMistakes } from "../formats/mistakes.ts";
import { numberKey } from "../plan.ts";
import { meterStore } from "../store.ts";
import { readEndDeviceEvents, type Told } from "./cim-events.ts";
import { NewTamperEvents, type TamperAnswer, type TamperEvent } from "./schema.ts";
import { keepTampers } from "./store.ts";

type Answer = z.infer<typeof TamperAnswer>;

/** Takes in events in this house's own words, or in CIM's. @throws {Fault} invalid */
export function takeEvents(here: Here, file: Uint8Array): Promise<Answer> {
  const own = eventsIn(file);
  return own === undefined ? takeEndDeviceEvents(here, file) : takeTampers(here, parsed(NewTamperEvents, own));
}

/** A body in this house's own words; undefined: in CIM's, or in none. */
function eventsIn(file: Uint8Array): object | undefined {
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(file));
    return typeof body === "object" && body !== null && "events" in body ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Takes in a document of EndDeviceEvents, whole or not at all. @throws {Fault} invalid, by the path of an event */
async function takeEndDeviceEvents(here: Here, file: Uint8Array): Promise<Answer> {
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
