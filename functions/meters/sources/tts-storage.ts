import { z } from "zod";
import { Fault } from "../../../shared/errors.ts";
import { outside } from "../../../shared/outside.ts";

/** Where The Things Stack keeps what it has received, and the key that opens it. */
export interface TtsStorage {
  server: string;
  apiKey: string;
  /** The stand-in of a synthetic city, on this machine. */
  isStandIn: boolean;
}

export interface Wanted {
  application: string;
  name: string;
  after: Date;
  before: Date;
}

const AT_ONCE = 200;
const PAGES_MAX = 50;
const Line = z.looseObject({ result: z.looseObject({ received_at: z.string().max(40) }) });

/**
 * What the storage integration has of one device, oldest first: lines of JSON, each with one message in it.
 * @throws {Fault} unavailable: it does not answer, or not with messages
 */
export async function* stored(
  storage: TtsStorage,
  { application, name, after, before }: Wanted,
): AsyncIterable<unknown> {
  const { server, apiKey, isStandIn } = storage;
  const http = outside({ mayBeHere: isStandIn, timeoutMs: 20_000, bytesMax: 4_000_000 });
  const path = `/api/v3/as/applications/${encodeURIComponent(application)}/devices/${encodeURIComponent(name)}/packages/storage/uplink_message`;
  let from = after.toISOString();
  for (let page = 0; page < PAGES_MAX; page++) {
    const query = new URLSearchParams({
      limit: String(AT_ONCE),
      after: from,
      before: before.toISOString(),
      order: "received_at",
    });
    const answer = await http(`${server.replace(/\/$/, "")}${path}?${query}`, {
      headers: { Authorization: `Bearer ${apiKey}`, Accept: "text/event-stream" },
    });
    if (answer.status !== 200) throw new Fault("unavailable", `The storage answered ${answer.status}.`);
    const lines = (await answer.text()).split("\n").filter((line) => line.trim() !== "");
    for (const line of lines) {
      const { result } = lineOf(line);
      from = result.received_at;
      yield result;
    }
    if (lines.length < AT_ONCE) return;
  }
}

function lineOf(line: string): z.infer<typeof Line> {
  try {
    return Line.parse(JSON.parse(line));
  } catch {
    throw new Fault("unavailable", "The storage answered what is no message.");
  }
}
