import { createHash } from "node:crypto";
import type { Item, Key, Table, Write } from "../table.ts";

/**
 * Money that moves from one account to another: the one is debited, the other credited, with the same amount. There
 * are no other movements, so the sum over all accounts is zero by construction.
 */
export interface Transfer {
  /** The account whose balance rises: what is owed to the city, or what it has. */
  debit: string;
  /** The account whose balance falls: where it comes from. */
  credit: string;
  /** Whole minor units, above 0. */
  amountMinor: number;
  currency: string;
  /** What kind of movement it is, for the accountant: `bill`, `vat`, `settlement`. */
  code?: string;
  /** An id or a number, never a name: the journal is never changed, so nothing in it can be erased. */
  memo?: string;
}

/** A post as the journal keeps it. Its transfers are named `<post id>/<1, 2, …>`. */
export interface KeptPost {
  id: string;
  /** Digest of what was asked, to tell a repetition from another request under the same id. */
  contentDigest: string;
  transfers: Transfer[];
}

export interface Segment {
  seq: number;
  /** Digest of the segment before; of the first one, 64 zeros. */
  previous: string;
  at: string;
  posts: KeptPost[];
  digest: string;
}

// question                          key
// how far the journal goes          pk LEDGER              sk HEAD          { seq, digest }: the fence of every commit
// segments in order                 pk JOURNAL#<block>     sk <seq>         a block holds 1,000, so no partition is endless
// was this post made, and where     pk POSTED#<post id>    sk POSTED        { contentDigest, seq }
// balances at a segment             pk CHECKPOINT#<seq>    sk <part>
// the latest whole checkpoint       pk LEDGER              sk CHECKPOINT    { seq, digest, parts }
export const HEAD: Key = { pk: "LEDGER", sk: "HEAD" };
export const LATEST_CHECKPOINT: Key = { pk: "LEDGER", sk: "CHECKPOINT" };
export const claimKey = (postId: string): Key => ({ pk: `POSTED#${postId}`, sk: "POSTED" });
const BLOCK = 1_000;
const padded = (n: number) => n.toString().padStart(12, "0");
const blockOf = (seq: number) => Math.floor((seq - 1) / BLOCK);
const segmentKey = (seq: number): Key => ({ pk: `JOURNAL#${padded(blockOf(seq))}`, sk: padded(seq) });

export const GENESIS = { seq: 0, digest: "0".repeat(64) };
export type Head = typeof GENESIS;

export const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

const sealed = (seq: number, previous: string, at: string, body: string) =>
  digestOf(`${seq}\n${previous}\n${at}\n${body}`);

/** Lists instead of maps: a segment of 200 transfers then fits 30 KB, and its digest is over exactly these bytes. */
function packed(posts: readonly KeptPost[]): string {
  return JSON.stringify(
    posts.map(({ id, contentDigest, transfers }) => [
      id,
      contentDigest,
      transfers.map(({ debit, credit, amountMinor, currency, code, memo }) => [
        debit,
        credit,
        amountMinor,
        currency,
        code ?? null,
        memo ?? null,
      ]),
    ]),
  );
}

type PackedPost = [string, string, [string, string, number, string, string | null, string | null][]];

const unpacked = (body: string): KeptPost[] =>
  (JSON.parse(body) as PackedPost[]).map(([id, contentDigest, transfers]) => ({
    id,
    contentDigest,
    transfers: transfers.map(([debit, credit, amountMinor, currency, code, memo]) => ({
      debit,
      credit,
      amountMinor,
      currency,
      ...(code === null ? {} : { code }),
      ...(memo === null ? {} : { memo }),
    })),
  }));

/** The next segment after `head`. */
export function newSegment(head: Head, at: string, posts: KeptPost[]): Segment {
  const seq = head.seq + 1;
  return { seq, previous: head.digest, at, posts, digest: sealed(seq, head.digest, at, packed(posts)) };
}

/** The fence first, so that a lost race shows before anything else; then the segment. */
export function segmentWrites(head: Head, segment: Segment): Write[] {
  const { seq, digest } = segment;
  return [
    { put: { ...HEAD, seq, digest }, if: head.seq === 0 ? "absent" : { seq: head.seq, digest: head.digest } },
    { put: segmentItem(segment), if: "absent" },
  ];
}

const segmentItem = ({ seq, previous, at, posts, digest }: Segment): Item => ({
  ...segmentKey(seq),
  previous,
  at,
  body: packed(posts),
  digest,
});

export const claimItem = (post: KeptPost, seq: number): Item => ({
  ...claimKey(post.id),
  contentDigest: post.contentDigest,
  seq,
});

export interface ReadSegment extends Segment {
  /** Is its digest that of its own bytes? */
  isWhole: boolean;
}

function segmentOf(item: Item): ReadSegment {
  const [at, body, previous, digest] = ["at", "body", "previous", "digest"].map((name) => String(item[name]));
  const seq = Number(item.sk);
  return {
    seq,
    at: at!,
    previous: previous!,
    digest: digest!,
    posts: unpacked(body!),
    isWhole: sealed(seq, previous!, at!, body!) === digest,
  };
}

/** Segments in order, from the one after `seq` to the last one there is. Strongly consistent. */
export async function* segmentsAfter(table: Table, seq: number): AsyncIterable<ReadSegment> {
  for (let block = blockOf(seq + 1); ; block++) {
    let found = 0;
    for await (const item of table.all({ pk: `JOURNAL#${padded(block)}`, from: padded(seq + 1) })) {
      found += 1;
      yield segmentOf(item);
    }
    // A full block is followed by another; one that is not full is the last.
    if (found === 0 || found < (block + 1) * BLOCK - Math.max(seq, block * BLOCK)) return;
  }
}

export async function segmentAt(table: Table, seq: number): Promise<ReadSegment | undefined> {
  const item = await table.get(segmentKey(seq));
  return item && segmentOf(item);
}

/** Every lasting item of the journal, for the city's export. Checkpoints make themselves again. */
export async function* journalItems(table: Table): AsyncIterable<Item> {
  let head: Head = GENESIS;
  for await (const segment of segmentsAfter(table, 0)) {
    yield segmentItem(segment);
    for (const post of segment.posts) yield claimItem(post, segment.seq);
    head = segment;
  }
  if (head.seq > 0) yield { ...HEAD, seq: head.seq, digest: head.digest };
}
