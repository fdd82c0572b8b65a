import { createHash, hash } from "node:crypto";
import { constants, inflateRawSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Item, Key, Table, Write } from "../table.ts";
import { type Columns, packedColumns, transfersIn } from "./columns.ts";

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

/** What a post is besides its transfers; most are nothing besides. */
export interface Special {
  /** The day that it counts for, where that is not the day of its commit. */
  on?: string;
  /** Its transfers are only reserved, until this instant: pending, they move nothing. */
  expiresAt?: string;
  /** It ends this reserve: its transfers are what was posted of it; none, and it was given up. */
  resolves?: string;
  /** It undoes this post, by the same transfers the other way round. */
  reverses?: string;
  /** It closes the books up to and with this day. */
  closes?: string;
}

/** A post as the journal keeps it. Its transfers are named `<post id>/<1, 2, …>`. */
export interface KeptPost extends Special {
  id: string;
  /** Digest of what was asked, to tell a repetition from another request under the same id. */
  contentDigest: string;
  transfers: readonly Transfer[];
}

export interface Segment {
  seq: number;
  /** Digest of the segment before; of the first one, 64 zeros. */
  previous: string;
  at: string;
  /** The city's calendar day of the commit: what its posts count for, unless they say another. */
  on: string;
  posts: KeptPost[];
  digest: string;
}

// question                          key
// how far the journal goes          pk LEDGER              sk HEAD          { seq, digest }: the fence of every commit
// segments in order                 pk JOURNAL#<block>     sk <seq>         a block holds 1,000, so no partition is endless
// was this post made, and where     pk POSTED#<post id>    sk POSTED        { posted: "<seq> <digest>" }
// balances at a segment             pk CHECKPOINT#<seq>    sk <digest>#<part>
// the latest whole checkpoint       pk LEDGER              sk CHECKPOINT    { seq, digest, parts, balancesDigest }
export const HEAD: Key = { pk: "LEDGER", sk: "HEAD" };
export const LATEST_CHECKPOINT: Key = { pk: "LEDGER", sk: "CHECKPOINT" };
export const claimKey = (postId: string): Key => ({ pk: `POSTED#${postId}`, sk: "POSTED" });
const BLOCK = 1_000;
const padded = (n: number) => n.toString().padStart(12, "0");
const blockOf = (seq: number) => Math.floor((seq - 1) / BLOCK);
const segmentKey = (seq: number): Key => ({ pk: `JOURNAL#${padded(blockOf(seq))}`, sk: padded(seq) });

export interface Head {
  seq: number;
  digest: string;
  /** When the last segment was committed: no later one says an earlier time. */
  at: string;
}
export const GENESIS: Head = { seq: 0, digest: "0".repeat(64), at: "" };

export const digestOf = (text: string | Uint8Array): string => hash("sha256", text);

const sealed = (seq: number, previous: string, at: string, body: string | Uint8Array) =>
  createHash("sha256").update(`${seq}\n${previous}\n${at}\n`).update(body).digest("hex");

type PackedTransfer = [string, string, number, string, string | null, string | null] | [string, string, number, string];

/** Lists instead of maps; what a plain request is compared by, too. */
export const packedTransfers = (transfers: readonly Transfer[]): string =>
  JSON.stringify(
    transfers.map(({ debit, credit, amountMinor, currency, code, memo }) =>
      code === undefined && memo === undefined
        ? [debit, credit, amountMinor, currency]
        : [debit, credit, amountMinor, currency, code ?? null, memo ?? null],
    ),
  );

/**
 * One post as text, in parts, its transfers as they came. The digest of a plain one is that of their text, and left
 * out: `null`. Bytes, since all that becomes of it is to be hashed and compressed.
 */
export function packedPost(post: Omit<KeptPost, "transfers">, text: Uint8Array, isPlain: boolean): Uint8Array[] {
  const { id, contentDigest, on, expiresAt, resolves, reverses, closes } = post;
  const digest = isPlain ? "null" : `"${contentDigest}"`;
  const more = JSON.stringify({ on, expiresAt, resolves, reverses, closes });
  return [Buffer.from(`[${JSON.stringify(id)},${digest},`), text, Buffer.from(more === "{}" ? "]" : `,${more}]`)];
}

type PackedPost = [string, string | null, PackedTransfer[] | Columns, Special?];

const unpackedTransfer = ([debit, credit, amountMinor, currency, code, memo]: PackedTransfer): Transfer => ({
  debit,
  credit,
  amountMinor,
  currency,
  ...(code === undefined || code === null ? {} : { code }),
  ...(memo === undefined || memo === null ? {} : { memo }),
});

function unpacked(body: string, at: string): { on: string; posts: KeptPost[] } {
  const read = JSON.parse(body) as { on?: string; posts: PackedPost[] } | PackedPost[];
  // The first segments ever were the list alone: what is in a journal can be read for ever.
  const { on, posts } = Array.isArray(read) ? { on: undefined, posts: read } : read;
  return {
    on: on ?? at.slice(0, 10),
    posts: posts.map(([id, contentDigest, packed, special]) => {
      const inColumns = !Array.isArray(packed);
      const transfers = inColumns ? transfersIn(packed) : packed.map(unpackedTransfer);
      const post: KeptPost = { id, contentDigest: contentDigest ?? "", transfers, ...special };
      // Hardly ever asked for: the digest of a plain post is made when it is.
      if (contentDigest === null)
        Object.defineProperty(post, "contentDigest", {
          get: () => digestOf(inColumns ? packedColumns(packed) : packedTransfers(transfers)),
        });
      return post;
    }),
  };
}

/** A segment to be written: its posts are the text that its digest is over. */
export interface NewSegment extends Omit<Segment, "on" | "posts"> {
  body: Buffer;
}

const COMMA = Buffer.from(",");

/** The next segment after `head`, of posts as `packedPost` wrote them. */
export function newSegment(
  head: Head,
  { at, on }: { at: string; on: string },
  texts: readonly (readonly Uint8Array[])[],
): NewSegment {
  const seq = head.seq + 1;
  const posts = texts.flatMap((parts, i) => (i === 0 ? parts : [COMMA, ...parts]));
  const body = Buffer.concat([Buffer.from(`{"on":"${on}","posts":[`), ...posts, Buffer.from("]}")]);
  return { seq, previous: head.digest, at, body, digest: sealed(seq, head.digest, at, body) };
}

/** The fence first, so that a lost race shows before anything else; then the segment. */
export function segmentWrites(head: Head, segment: NewSegment): Write[] {
  const { seq, digest } = segment;
  return [
    { put: { ...HEAD, seq, digest }, if: head.seq === 0 ? "absent" : { seq: head.seq, digest: head.digest } },
    { put: segmentItem(segment), if: "absent" },
  ];
}

// A call of Node's compressors leaves an object, with its output outside the heap, that no quick collection frees; when
// they are 64 MB the whole heap is collected, and all payments wait for a tenth of a second. So a few payments at once
// are kept as text, which can be read by eye too, and longer ones get no more room than they need.
const TEXT_MAX = 8_000;

export const compressed = (text: string | Buffer): string | Uint8Array =>
  text.length <= TEXT_MAX
    ? text.toString()
    : new Uint8Array(zstdCompressSync(text, { params: QUICK, chunkSize: text.length >> 1 }));
const QUICK = { [constants.ZSTD_c_compressionLevel]: 1 };

const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** Zstandard, or raw deflate as the first journals were: what is in a journal can be read for ever. */
export function expanded(kept: unknown): string {
  if (!(kept instanceof Uint8Array)) return String(kept);
  const isZstd = ZSTD.equals(kept.subarray(0, ZSTD.length));
  return (isZstd ? zstdDecompressSync(kept) : inflateRawSync(kept)).toString("utf8");
}

const segmentItem = ({ seq, previous, at, body, digest }: NewSegment): Item => ({
  ...segmentKey(seq),
  previous,
  at,
  body: compressed(body),
  digest,
});

/** What says that a post was made. One text: each attribute more costs an engine as much as half a short item does. */
export const claimItem = (post: Pick<KeptPost, "id" | "contentDigest">, seq: number): Item => ({
  ...claimKey(post.id),
  posted: `${seq} ${shortDigest(post.contentDigest)}`,
});

// Half of SHA-256 is enough: who finds two contents that it cannot tell apart has only misled themselves.
const shortDigest = (contentDigest: string): string => contentDigest.slice(0, 32);

/** Was this post made, and in which segment? */
export async function findPost(table: Table, id: string): Promise<Claim | undefined> {
  const item = await table.get(claimKey(id));
  if (!item) return undefined;
  // The first claims had two attributes.
  const [seq, digest] =
    item["posted"] === undefined
      ? [item["seq"], shortDigest(String(item["contentDigest"]))]
      : String(item["posted"]).split(" ");
  return { seq: Number(seq), isOf: (contentDigest) => shortDigest(contentDigest) === digest };
}

interface Claim {
  seq: number;
  /** Whether the post that was made is this one. */
  isOf(contentDigest: string): boolean;
}

export interface ReadSegment extends Segment {
  /** Is its digest that of its own bytes? */
  isWhole: boolean;
  /** As it is kept, byte for byte. */
  item: Item;
}

function segmentOf(item: Item): ReadSegment {
  const [at, previous, digest] = ["at", "previous", "digest"].map((name) => String(item[name]));
  const seq = Number(item.sk);
  const found = { seq, at: at!, previous: previous!, digest: digest!, item };
  try {
    const body = expanded(item["body"]);
    return { ...found, ...unpacked(body, at!), isWhole: sealed(seq, previous!, at!, body) === digest };
  } catch {
    // Bytes that cannot even be read are no segment: the proof says so, the fold stops.
    return { ...found, on: "", posts: [], isWhole: false };
  }
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
    yield segment.item;
    for (const post of segment.posts) yield claimItem(post, segment.seq);
    head = segment;
  }
  if (head.seq > 0) yield { ...HEAD, seq: head.seq, digest: head.digest };
}
