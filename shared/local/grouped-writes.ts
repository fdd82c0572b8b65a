import { type DynamoDBClient, TransactionCanceledException, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { oneByOne, type Single, type Writing, type Wrote } from "../writing.ts";

const WRITES_MAX = 100;
const BYTES_MAX = 2_000_000;
/** While the engine is at one commit, the next is made ready. */
const COMMITS_MAX = 2;

interface Waiting {
  key: string;
  single: Single;
  done: (wrote: Wrote | Promise<Wrote>) => void;
}

/**
 * Writes that are asked for while the engine is at a commit wait for it, and go together in the next: one wait for
 * the disk instead of one each. Each has its own outcome, as if it had been written alone.
 *
 * Only for an engine of our own: DynamoDB takes twice the price for a transaction.
 */
export function groupedWrites(client: DynamoDBClient): Writing {
  const alone = oneByOne(client);
  const waiting: Waiting[] = [];
  let commits = 0;
  /** Items that a commit under way is about: the next write of one waits for it, so that their order stands. */
  const busy = new Set<string>();

  async function commit(some: Waiting[]): Promise<void> {
    if (some.length === 1) return eachAlone(some);
    try {
      const answer = await client.send(
        new TransactWriteItemsCommand({
          TransactItems: some.map(({ single }) => single),
          ReturnConsumedCapacity: "TOTAL",
        }),
      );
      const units = (answer.ConsumedCapacity ?? []).reduce((sum, one) => sum + (one.CapacityUnits ?? 0), 0);
      // A transaction counts twice what each would by itself.
      for (const one of some) one.done({ units: units / 2 / some.length });
    } catch (error) {
      const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
      const isRefused = (_: Waiting, i: number) => reasons[i]?.Code === "ConditionalCheckFailed";
      const others = some.filter((one, i) => !isRefused(one, i));
      for (const [i, one] of some.entries())
        if (isRefused(one, i)) one.done({ units: 0, refusedBy: reasons[i]?.Item ?? {} });
      // Who was refused has the answer. The others were held up by that alone, or each must hear its own mistake.
      if (others.length < some.length) waiting.unshift(...others);
      else await eachAlone(some);
    }
  }
  async function eachAlone(some: Waiting[]): Promise<void> {
    const under = some.map(({ key, single }) => alone.write(key, single));
    for (const [i, { done }] of some.entries()) done(under[i]!);
    await Promise.allSettled(under);
  }

  function next(): void {
    while (waiting.length > 0 && commits < COMMITS_MAX) {
      const keys = new Set<string>();
      let bytes = 0;
      for (const { key, single } of waiting) {
        bytes += bytesOf(single);
        if (keys.size === WRITES_MAX || keys.has(key) || busy.has(key) || (keys.size > 0 && bytes > BYTES_MAX)) break;
        keys.add(key);
      }
      if (keys.size === 0) return;
      commits++;
      for (const key of keys) busy.add(key);
      void commit(waiting.splice(0, keys.size)).finally(() => {
        commits--;
        for (const key of keys) busy.delete(key);
        next();
      });
    }
  }

  return {
    isPriced: false,
    write: (key, single) =>
      new Promise((done) => {
        waiting.push({ key, single, done });
        // What is asked for in one breath goes together, even when nothing else is under way.
        if (waiting.length === 1) queueMicrotask(next);
      }),
  };
}

const bytesOf = ({ Put }: Single): number =>
  Object.values(Put?.Item ?? {}).reduce((sum, { B, S }) => sum + (B?.length ?? S?.length ?? 100), 0);
