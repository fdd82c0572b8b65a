import type { Table } from "../table.ts";
import { Balances, readCheckpoint } from "./balances.ts";
import { claimKey, GENESIS, HEAD, type Head, LATEST_CHECKPOINT, segmentsAfter } from "./journal.ts";

/** What the journal proves by itself, without trust in any balance that was kept. The same journal, the same proof. */
export interface Proof {
  isSound: boolean;
  /** Sentences that say what is wrong, and at which segment. */
  problems: string[];
  segments: number;
  transfers: number;
  /** Per currency, what the balances of all accounts add up to, each leg counted by itself. */
  sums: Record<string, number>;
  /** Digest of the last segment: it fixes every segment before it. */
  digest: string;
}

const PROBLEMS_MAX = 50;

/** Reads every segment once: continuity, hash chain, each transfer once, sums of zero, head and checkpoint equal. */
export async function proveJournal(table: Table): Promise<Proof> {
  const problems: string[] = [];
  const found = (problem: string) => problems.length < PROBLEMS_MAX && problems.push(problem);
  const before = await table.get(HEAD);
  const checkpoint = await readCheckpoint(table);
  const balances = new Balances();
  const currencies = new Set<string>();
  const posts = new Set<string>();
  let last: Head = GENESIS;
  let transfers = 0;
  let segments = 0;
  for await (const segment of segmentsAfter(table, 0)) {
    segments += 1;
    const where = `segment ${segment.seq}`;
    if (segment.seq !== last.seq + 1) found(`${where} follows ${last.seq}: one is missing.`);
    if (segment.previous !== last.digest) found(`${where} does not continue the segment before it.`);
    if (!segment.isWhole) found(`${where} has another digest than its bytes.`);
    for (const post of segment.posts) {
      if (posts.has(post.id)) found(`${where} repeats ${post.id}.`);
      posts.add(post.id);
      for (const transfer of post.transfers) {
        transfers += 1;
        const { amountMinor, currency, debit, credit } = transfer;
        if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0 || debit === credit)
          found(`${where}: ${post.id} is no transfer.`);
        currencies.add(currency);
        balances.apply(transfer);
      }
    }
    if (segment.seq === checkpoint?.seq) {
      const same = JSON.stringify(checkpoint.balances.entries()) === JSON.stringify(balances.entries());
      if (!same || checkpoint.digest !== segment.digest) found(`The checkpoint at ${where} differs from the journal.`);
    }
    last = segment;
  }
  const latest = await table.get(LATEST_CHECKPOINT);
  if (latest && Number(latest["seq"]) <= last.seq && !checkpoint && !(await readCheckpoint(table)))
    found("The checkpoint is damaged: it is not what its digest says.");
  // Segments may have been added since the head was read; none may be missing.
  if (before && Number(before["seq"]) > last.seq) found(`The journal ends at ${last.seq}, its head is further on.`);
  if (before && Number(before["seq"]) === last.seq && before["digest"] !== last.digest)
    found("The head has another digest than the last segment.");
  if (!before && segments > 0 && (await table.get(HEAD)) === undefined) found("There are segments but no head.");
  const sums = { ...Object.fromEntries([...currencies].map((currency) => [currency, 0])), ...balances.sums() };
  for (const [currency, sum] of Object.entries(sums)) if (sum !== 0) found(`${currency} adds up to ${sum}, not to 0.`);
  return {
    isSound: problems.length === 0,
    problems,
    segments,
    transfers,
    sums,
    digest: last.digest,
  };
}

/** Was this post made, and in which segment? */
export async function findPost(table: Table, id: string): Promise<{ contentDigest: string; seq: number } | undefined> {
  const item = await table.get(claimKey(id));
  return item && { contentDigest: String(item["contentDigest"]), seq: Number(item["seq"]) };
}
