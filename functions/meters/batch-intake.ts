import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Item } from "../../shared/table.ts";
import { checked } from "./batch.ts";
import { bodyOf } from "./batch-body.ts";
import { frameOf, unknownNames } from "./batch-frame.ts";
import { batchStore } from "./batch-store.ts";
import { checkedTable, isAllKnown } from "./batch-table.ts";
import { countRefusal, DELIVERIES, spend } from "./batch-throttle.ts";
import { planCompaction } from "./compaction.ts";
import type { BatchAnswer } from "./schema.ts";
import { sharedRate } from "./shared-rate.ts";

const BODY_MAX = 1024 * 1024;

/**
 * Takes a batch in: checked, packed, durable and readable when this returns.
 *
 * @param source  the key or person that sends; delivery ids are its own
 * @throws {Fault} malformed, invalid, conflict, too_large, too_many
 */
export async function takeBatch(
  here: Here,
  source: string,
  body: Uint8Array,
): Promise<{ created: boolean; answer: BatchAnswer }> {
  const sender = `${here.city.slug}#${source}`;
  spend(sender);
  await sharedRate.take(here, source, DELIVERIES);
  try {
    return await take(here, source, body);
  } catch (error) {
    if (error instanceof Fault && error.kind !== "unavailable") countRefusal(sender);
    throw error;
  }
}

/** The same without a rate of its own, for whoever counts otherwise what a source may send. @throws {Fault} */
export async function take(here: Here, source: string, body: Uint8Array) {
  if (body.length > BODY_MAX) throw new Fault("too_large", "A batch has at most 1 MB. Send it in parts.");
  const store = batchStore(here);
  const { json, digest } = bodyOf(Buffer.from(body.buffer, body.byteOffset, body.byteLength), store.lists);
  const sent = frameOf(json);
  const unknown = sent.table && isAllKnown(sent.table, store.known) ? [] : unknownNames(sent, store.known);
  if (unknown.length > 0) await store.learn(unknown);
  const now = here.clock.now();
  const nowS = Math.floor(now.getTime() / 1000);
  const { columns, errors, refused, aheadOfTime } = sent.table
    ? checkedTable(sent, sent.table, store.known, nowS)
    : checked(sent, store.known, nowS);
  await planCompaction(here);
  const { created, item } = await store.keep({
    source,
    delivery: sent.delivery,
    digest,
    receivedAt: now.toISOString(),
    columns,
    report: {
      n: columns.values.length,
      ...(refused > 0 ? { refused, errors } : {}),
      ...(aheadOfTime > 0 ? { ahead: aheadOfTime } : {}),
    },
  });
  return { created, answer: answerOf(item) };
}

/** The same for each time that a delivery comes: it is made of what was kept. */
export const answerOf = (item: Item): BatchAnswer => ({
  delivery: item.sk,
  receivedAt: new Date(Number(item["at"])).toISOString(),
  readings: Number(item["n"]),
  refused: Number(item["refused"] ?? 0),
  aheadOfTime: Number(item["ahead"] ?? 0),
  errors: (item["errors"] as BatchAnswer["errors"] | undefined) ?? [],
});
