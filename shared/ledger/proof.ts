import type { Table } from "../table.ts";
import { Balances } from "./balances.ts";
import { linesOf, readCheckpoint } from "./checkpoint.ts";
import { Books, balancesDigest, type Closing } from "./closings.ts";
import {
  GENESIS,
  HEAD,
  type Head,
  type KeptPost,
  LATEST_CHECKPOINT,
  segmentAt,
  segmentsAfter,
  type Transfer,
} from "./journal.ts";
import { Draft, State } from "./state.ts";

/** What the journal proves by itself, without trust in any balance that was kept. The same journal, the same proof. */
export interface Proof {
  isSound: boolean;
  /** Sentences that say what is wrong, and at which segment. */
  problems: string[];
  segments: number;
  /** Those that moved money; reserves move none. */
  transfers: number;
  /** Per currency, what the balances of all accounts add up to, each leg counted by itself. */
  sums: Record<string, number>;
  /** Digest of the last segment: it fixes every segment before it. */
  digest: string;
  /** The closings that the journal holds, with balances recomputed. */
  closings: Closing[];
}

const PROBLEMS_MAX = 50;

/**
 * Reads every segment once: continuity, hash chain, order of time, each post once, sums of zero, each reserve resolved
 * at most once and within its bounds, each reversal the mirror of what it reverses, nothing posted into closed books,
 * head and checkpoint equal.
 */
export async function proveJournal(table: Table): Promise<Proof> {
  const problems: string[] = [];
  const found = (problem: string) => problems.length < PROBLEMS_MAX && problems.push(problem);
  const before = await table.get(HEAD);
  const checkpoint = await readCheckpoint(table);
  // Added up in the plainest way, beside the state that commits are decided by: the two must agree.
  const balances = new Balances();
  const state = new State();
  const books = new Books();
  const closings: Closing[] = [];
  const currencies = new Set<string>();
  const posts = new Map<string, number>();
  let last: Head = GENESIS;
  let transfers = 0;
  let segments = 0;
  for await (const segment of segmentsAfter(table, 0)) {
    segments += 1;
    const where = `segment ${segment.seq}`;
    if (segment.seq !== last.seq + 1) found(`${where} follows ${last.seq}: one is missing.`);
    if (segment.previous !== last.digest) found(`${where} does not continue the segment before it.`);
    if (!segment.isWhole) found(`${where} has another digest than its bytes.`);
    if (segment.at < last.at) found(`${where} is older than the segment before it.`);
    const draft = new Draft(state, segment.at, segment.on);
    for (const post of segment.posts) {
      if (posts.has(post.id)) found(`${where} repeats ${post.id}.`);
      posts.set(post.id, segment.seq);
      for (const { amountMinor, debit, credit, currency } of post.transfers) {
        if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0 || debit === credit)
          found(`${where}: ${post.id} is no transfer.`);
        currencies.add(currency);
      }
      if (post.expiresAt === undefined)
        for (const transfer of post.transfers) {
          transfers += 1;
          balances.apply(transfer);
        }
      const reserve = post.resolves === undefined ? undefined : draft.reserve(post.resolves);
      if (reserve && !isPartOf(post.transfers, reserve.transfers))
        found(`${where}: ${post.id} posts more than was reserved.`);
      if (post.reverses !== undefined && !(await isMirror(post, posts.get(post.reverses))))
        found(`${where}: ${post.id} is not the mirror of ${post.reverses}.`);
      try {
        draft.apply(post);
      } catch (error) {
        found(`${where}: ${post.id} could not be posted: ${(error as Error).message}`);
      }
      books.add(post, segment.on);
      if (post.closes !== undefined) {
        const { seq, digest, at } = segment;
        closings.push({ on: post.closes, seq, digest, at, balancesDigest: balancesDigest(books.upTo(post.closes)) });
      }
    }
    draft.commit();
    if (segment.seq === checkpoint?.seq) {
      const [kept, folded] = [checkpoint.state, state].map((one) => [...linesOf(one)].sort().join("\n"));
      if (kept !== folded || checkpoint.digest !== segment.digest)
        found(`The checkpoint at ${where} differs from the journal.`);
    }
    last = segment;
  }
  const latest = await table.get(LATEST_CHECKPOINT);
  if (
    typeof latest?.["at"] === "string" &&
    Number(latest["seq"]) <= last.seq &&
    !checkpoint &&
    !(await readCheckpoint(table))
  )
    found("The checkpoint is damaged: it is not what its digest says.");
  // Segments may have been added since the head was read; none may be missing.
  if (before && Number(before["seq"]) > last.seq) found(`The journal ends at ${last.seq}, its head is further on.`);
  if (before && Number(before["seq"]) === last.seq && before["digest"] !== last.digest)
    found("The head has another digest than the last segment.");
  if (!before && segments > 0 && (await table.get(HEAD)) === undefined) found("There are segments but no head.");
  const sums = { ...Object.fromEntries([...currencies].map((currency) => [currency, 0])), ...balances.sums() };
  for (const [currency, sum] of Object.entries(sums)) if (sum !== 0) found(`${currency} adds up to ${sum}, not to 0.`);
  if (JSON.stringify(state.posted.entries()) !== JSON.stringify(balances.entries()))
    found("The balances that commits are decided by are not what the transfers add up to.");
  const [debits, credits] = [state.debits.sums(), state.credits.sums()];
  if ([...currencies].some((currency) => (debits[currency] ?? 0) !== (credits[currency] ?? 0)))
    found("What is pending on the debit side is not what is pending on the credit side.");
  return { isSound: problems.length === 0, problems, segments, transfers, sums, digest: last.digest, closings };

  async function isMirror(post: KeptPost, seq: number | undefined): Promise<boolean> {
    const segment = seq === undefined ? undefined : await segmentAt(table, seq);
    const original = segment?.posts.find(({ id }) => id === post.reverses);
    const same = (one: Transfer, other: Transfer | undefined) =>
      one.debit === other?.credit &&
      one.credit === other.debit &&
      one.amountMinor === other.amountMinor &&
      one.currency === other.currency;
    return (
      original !== undefined &&
      original.expiresAt === undefined &&
      original.transfers.length === post.transfers.length &&
      post.transfers.every((one, i) => same(one, original.transfers[i]))
    );
  }
}

/** Is each of these one of those, in order, with at most its amount? */
function isPartOf(some: readonly Transfer[], all: readonly Transfer[]): boolean {
  let at = 0;
  return some.every(({ debit, credit, currency, amountMinor }) => {
    for (; at < all.length; at++) {
      const one = all[at]!;
      if (one.debit === debit && one.credit === credit && one.currency === currency && one.amountMinor >= amountMinor) {
        at += 1;
        return true;
      }
    }
    return false;
  });
}
