import type { Here } from "../../../shared/here.ts";
import { take as takeReadings } from "../batch-intake.ts";
import { takeIn } from "../intake.ts";
import { opened } from "../opening.ts";
import { Reading } from "../schema.ts";
import type { Source } from "../sources/schema.ts";
import { takeEvents } from "../tamper/taking.ts";

// A folder takes what the doors of HTTP take: which of them a file is for, its contents say.

const BEGINNING_BYTES = 4096;
/** A batch, and events in this house's own words, are no longer. */
const OWN_JSON_MAX = 1024 * 1024;

type Kind = "readings" | "batch" | "events";

/** @param file  unpacked */
export function kindOf(file: Uint8Array): Kind {
  const beginning = new TextDecoder().decode(file.subarray(0, BEGINNING_BYTES)).trimStart();
  if (beginning.startsWith("<")) return /<(?:[\w.-]+:)?EndDeviceEvents?[\s>]/.test(beginning) ? "events" : "readings";
  if (!beginning.startsWith("{")) return "readings";
  if (/"EndDeviceEvents?"\s*:/.test(beginning)) return "events";
  const fields = file.length > OWN_JSON_MAX ? new Set<string>() : fieldsOf(file);
  return fields.has("delivery") ? "batch" : fields.has("events") ? "events" : "readings";
}

function fieldsOf(file: Uint8Array): ReadonlySet<string> {
  try {
    return new Set(Object.keys(JSON.parse(new TextDecoder().decode(file)) as object));
  } catch {
    // The door of readings says what is wrong with it.
    return new Set();
  }
}

/** Takes a file in by its own door, and says what the report is to say. @throws {Fault} as that door does */
export async function takenBy(here: Here, source: Source, bytes: Uint8Array): Promise<object> {
  const file = opened(bytes);
  const kind = kindOf(file);
  if (kind === "events") return { state: "kept", ...(await takeEvents(here, file)) };
  const state = (created: boolean) => (created ? "kept" : "kept before");
  if (kind === "batch") {
    const { created, answer } = await takeReadings(here, source.id, file);
    return { state: state(created), ...answer };
  }
  const { created, delivery } = await takeIn(here, bytes, Reading.parse({ mapping: source.mapping }), source.id);
  const { id, readings, meterCount, errors = [] } = delivery;
  return { state: state(created), delivery: id, readings, meterCount, errors };
}
