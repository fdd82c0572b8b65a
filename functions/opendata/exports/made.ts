import type { Context } from "hono";
import type { CityEnv } from "../../../shared/room.ts";
import { askerOf } from "../asking.ts";
import type { Dataset, Version } from "../schema.ts";
import { keptKey, takenFrom } from "./kept.ts";
import { type KeptFile, saved, sentTo } from "./sending.ts";
import { madeInTurn } from "./streaming.ts";

/** A file that is made for whoever asks, as its maker knows it. */
export interface MadeFile extends Pick<KeptFile, "name" | "type"> {
  dataset: Pick<Dataset, "id">;
  version: Version;
  /** What it is called while it is made and kept; and of which rows it is, if not of all. */
  extension: string;
  query?: string;
}

/**
 * Sent as it is made. Where an answer has a bound and this one is longer, whoever asks is sent to the city's bucket.
 * @throws {Fault} unavailable: it is being made, or too many are
 */
export async function sendMade(
  c: Context<CityEnv>,
  parts: AsyncGenerator<string | Uint8Array>,
  { dataset, version, extension, query = "", name, type }: MadeFile,
): Promise<Response> {
  const { here } = c.var;
  const headers = { "Content-Type": type, ...saved(name) };
  if (!here.blobs.addressOf) return c.body(madeInTurn(parts), 200, headers);
  const short = await takenFrom(here, dataset, version, extension, parts, query, askerOf(c));
  if (short) return c.body(new Uint8Array(short), 200, headers);
  return sentTo(c, keptKey(dataset, version, extension, query), { name, type });
}
