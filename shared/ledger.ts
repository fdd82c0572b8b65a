import { Fault } from "./errors.ts";
import type { NewEvent } from "./events.ts";
import { Balances, keepCheckpoint, Layer, readCheckpoint } from "./ledger/balances.ts";
import {
  claimItem,
  claimKey,
  digestOf,
  GENESIS,
  type Head,
  journalItems,
  type KeptPost,
  newSegment,
  segmentAt,
  segmentsAfter,
  segmentWrites,
  type Transfer,
} from "./ledger/journal.ts";
import { findPost, type Proof, proveJournal } from "./ledger/proof.ts";
import { ConditionFailed, type Item, type Key, type Table, type Write } from "./table.ts";
import { isTask } from "./tasks.ts";

export type { Transfer } from "./ledger/journal.ts";
export type { Proof } from "./ledger/proof.ts";

/** What one post changes, all of it or nothing: money, the caller's own items, and the facts that tell of it. */
export interface Posting {
  transfers: readonly Transfer[];
  writes?: readonly Write[];
  events?: readonly NewEvent[];
  /** Refuses the post, as `conflict`, when a balance would fall below this, checked at the fence of the commit. */
  mayNotGoBelow?: readonly { account: string; currency: string; minMinor: number }[];
}

/** A balance as of the commit: debits less credits, so what is owed to the city is above 0, its revenue below. */
export interface At {
  balance(account: string, currency: string): number;
}

/**
 * A request to move money. Its id is posted once for all time: the same id with the same content is answered as
 * before and moves nothing, with other content it is a `conflict`.
 */
export type Post =
  | ({ id: string } & Posting)
  /** Decides by balances what to post; may be asked several times, and only the last answer stands. */
  | { id: string; content: unknown; plan: (at: At) => Posting };

export interface Posted {
  /** The segment that holds it. */
  seq: number;
  /** It was there before: nothing moved now. */
  isRepeated: boolean;
}

export interface Entry {
  /** `<post id>/<1, 2, …>`. */
  id: string;
  at: string;
  seq: number;
  transfer: Transfer;
}

/** A city's money: an append-only journal of two-legged transfers. There is no way to change or remove an entry. */
export interface Ledger {
  /** Acknowledged means durable. @throws {Fault} conflict @throws {ConditionFailed} of the caller's own `writes` */
  post(post: Post): Promise<Posted>;
  balance(account: string, currency: string): Promise<number>;
  /** Many at once, at one point of the journal. */
  at(): Promise<At & { list(prefix: string): { account: string; currency: string; balanceMinor: number }[] }>;
  /** What one post moved, or undefined. */
  entriesOf(postId: string): Promise<Entry[] | undefined>;
  /** The entries of an account, the oldest first. Reads the whole journal. */
  entries(account: string): AsyncIterable<Entry>;
  /**
   * A page of an account's entries, the oldest first. At most `limit` entries and a bounded part of the journal are
   * read, so a page may be short, even empty, and still have a `next`.
   */
  entriesPage(
    account: string,
    from: { limit: number; seq: number; skip: number },
  ): Promise<{ entries: Entry[]; next?: { seq: number; skip: number } }>;
  /** Recomputes everything from the segments alone. */
  prove(): Promise<Proof>;
  /** Every lasting item, for the city's export. */
  items(): AsyncIterable<Item>;
}

export interface LedgerDeps {
  table: Table;
  clock: { now(): Date };
  /** Turns facts into the writes that put them into the log. */
  tell: (events: readonly NewEvent[]) => Write[];
  ring: () => void;
  /** A checkpoint after so many segments. */
  checkpointEvery?: number;
}

// One DynamoDB transaction has at most 100 writes, one item at most 400 KB.
const WRITES_MAX = 100;
const TRANSFERS_MAX = 200;
const POST_BYTES_MAX = 300_000;
const TRIES = 25;
/** So many segments are read for one page of entries, at most. */
const SEGMENTS_A_PAGE = 500;
const AMOUNT_MAX = 1_000_000_000_000_000;
const ACCOUNT = /^[a-z_]+(:[A-Za-z0-9_.-]+){0,4}$/;

interface Waiting {
  post: Post;
  contentDigest: string;
  resolve: (posted: Posted) => void;
  reject: (error: unknown) => void;
}

/** A waiting post as it would be committed now. */
interface Drawn {
  waiting: Waiting;
  kept: KeptPost;
  writes: readonly Write[];
  /** Its claim, its writes and its facts. */
  all: Write[];
  tells: boolean;
}

export function openLedger({ table, clock, tell, ring, checkpointEvery = 200 }: LedgerDeps): Ledger {
  let head: Head = GENESIS;
  let balances = new Balances();
  let isOpened = false;
  let checkpointSeq = 0;

  // Folding: one at a time; whoever asks while one runs gets the next, which sees everything committed until now.
  let folding: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  function refreshed(): Promise<void> {
    next ??= folding
      .catch(() => {})
      .then(() => {
        next = undefined;
        folding = fold();
        return folding;
      });
    return next;
  }

  async function fold(): Promise<void> {
    if (!isOpened) {
      const checkpoint = await readCheckpoint(table);
      if (checkpoint && checkpoint.seq > head.seq) {
        head = { seq: checkpoint.seq, digest: checkpoint.digest };
        balances = checkpoint.balances;
        checkpointSeq = checkpoint.seq;
      }
      isOpened = true;
    }
    for await (const segment of segmentsAfter(table, head.seq)) {
      // A commit of this process may have folded it meanwhile.
      if (segment.seq <= head.seq) continue;
      if (segment.seq !== head.seq + 1 || segment.previous !== head.digest || !segment.isWhole)
        throw new Error(`The journal is broken at segment ${segment.seq}: nothing is posted until it is mended.`);
      advance(segment, segment.posts);
    }
  }

  function advance(to: Head, posts: readonly KeptPost[]): void {
    for (const post of posts) for (const transfer of post.transfers) balances.apply(transfer);
    head = { seq: to.seq, digest: to.digest };
  }

  // Group commit: what arrives while one commit is under way goes together in the next. Nobody waits on a timer.
  const queue: Waiting[] = [];
  let isCommitting = false;

  async function work(): Promise<void> {
    if (isCommitting) return;
    isCommitting = true;
    try {
      while (queue.length > 0) {
        await commitSome();
        if (head.seq >= checkpointSeq + checkpointEvery) await checkpoint();
      }
    } finally {
      isCommitting = false;
    }
  }

  /** Takes from the queue what fits one transaction, and commits it; what was refused or does not fit stays behind. */
  async function commitSome(): Promise<void> {
    const taken = queue.splice(0, WRITES_MAX);
    try {
      if (!isOpened) await refreshed();
      let isFresh = false;
      for (let tries = 1; taken.length > 0; tries++) {
        if (tries > TRIES) throw new Fault("unavailable", "The ledger is busy; send it again.", { retryAfterS: 1 });
        const drawn = draw(taken, isFresh);
        if (drawn === "stale") {
          await refreshed();
          isFresh = true;
          continue;
        }
        if (drawn.length === 0) break;
        const outcome = await committed(drawn);
        if (outcome === "done") {
          for (const { waiting } of drawn) taken.splice(taken.indexOf(waiting), 1);
          break;
        }
        if (outcome === "lost the race") {
          await new Promise((resume) => setTimeout(resume, Math.random() * Math.min(200, 4 * tries ** 1.5)));
          await refreshed();
          isFresh = true;
        } else taken.splice(taken.indexOf(outcome), 1);
      }
      // What did not fit goes first in the next commit.
      queue.unshift(...taken);
    } catch (error) {
      for (const waiting of taken) waiting.reject(error);
    }
  }

  /**
   * Draws posts on top of one another until the transaction is full. A post that is refused by what is known to be
   * fresh leaves `taken`; by what may be stale, nothing is decided.
   */
  function draw(taken: Waiting[], isFresh: boolean): Drawn[] | "stale" {
    const drawn: Drawn[] = [];
    const layer = new Layer(balances);
    let writes = 2;
    let transfers = 0;
    let bytes = 0;
    // A transaction may touch an item once: of two posts that touch the same one, the later waits for the next.
    const touched = new Set<string>();
    for (const waiting of [...taken]) {
      try {
        const { post } = waiting;
        const posting = "plan" in post ? post.plan({ balance: (a, c) => layer.get(a, c) }) : post;
        check(posting);
        const own = posting.writes ?? [];
        const facts = tell(posting.events ?? []);
        const size = JSON.stringify(posting.transfers).length;
        if (drawn.length > 0) {
          if (writes + 1 + own.length + facts.length > WRITES_MAX) break;
          if (transfers + posting.transfers.length > TRANSFERS_MAX || bytes + size > POST_BYTES_MAX) break;
        }
        const items = [claimKey(post.id), ...own.map(keyOf)].map(({ pk, sk }) => `${pk} ${sk}`);
        if (new Set(items).size < items.length) throw new RangeError(`${post.id} writes one item twice`);
        if (items.some((item) => touched.has(item))) break;
        const trial = new Layer(layer);
        for (const transfer of posting.transfers) trial.apply(transfer);
        for (const { account, currency, minMinor } of posting.mayNotGoBelow ?? [])
          if (trial.get(account, currency) < minMinor)
            throw new Fault("conflict", `The account ${account} may not go below ${minMinor} ${currency}.`);
        for (const transfer of posting.transfers) layer.apply(transfer);
        for (const item of items) touched.add(item);
        const kept = { id: post.id, contentDigest: waiting.contentDigest, transfers: [...posting.transfers] };
        const claim: Write = { put: claimItem(kept, head.seq + 1), if: "absent" };
        drawn.push({
          waiting,
          kept,
          writes: own,
          all: [claim, ...own, ...facts],
          tells: facts.length > 0 || own.some(isTask),
        });
        writes += 1 + own.length + facts.length;
        transfers += posting.transfers.length;
        bytes += size;
      } catch (error) {
        if (!isFresh && drawn.length === 0) return "stale";
        // Decided when it is the first of a fresh draw: those before it are not committed yet.
        if (drawn.length > 0) break;
        taken.splice(taken.indexOf(waiting), 1);
        refused(waiting, error);
      }
    }
    return drawn;
  }

  /** A refusal stands only for what was not posted before: a repetition is answered, whatever the balance is now. */
  function refused(waiting: Waiting, error: unknown): void {
    answerOfClaim(waiting).then(
      (posted) => (posted ? waiting.resolve(posted) : waiting.reject(error)),
      () => waiting.reject(error),
    );
  }

  async function answerOfClaim({ post, contentDigest }: Waiting): Promise<Posted | undefined> {
    const claim = await findPost(table, post.id);
    if (!claim) return undefined;
    if (claim.contentDigest !== contentDigest)
      throw new Fault("conflict", `${post.id} was posted before with other contents.`);
    return { seq: claim.seq, isRepeated: true };
  }

  /** @returns the one post that cannot be committed and has been answered, where that is why it failed */
  async function committed(drawn: Drawn[]): Promise<"done" | "lost the race" | Waiting> {
    const from = head;
    const segment = newSegment(
      from,
      clock.now().toISOString(),
      drawn.map(({ kept }) => kept),
    );
    const fence = segmentWrites(from, segment);
    try {
      await table.transact([...fence, ...drawn.flatMap(({ all }) => all)]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (error.index < fence.length) return "lost the race";
      return culprit(drawn, error, error.index - fence.length);
    }
    // A reader may have folded it already.
    if (head.seq === from.seq) advance(segment, segment.posts);
    for (const { waiting } of drawn) waiting.resolve({ seq: segment.seq, isRepeated: false });
    if (drawn.some(({ tells }) => tells)) ring();
    return "done";
  }

  /** Whose condition failed, and what that means for it. */
  async function culprit(drawn: Drawn[], error: ConditionFailed, index: number): Promise<Waiting> {
    let at = index;
    for (const { waiting, all } of drawn) {
      if (at >= all.length) {
        at -= all.length;
        continue;
      }
      try {
        const before = await answerOfClaim(waiting);
        if (before) waiting.resolve(before);
        else waiting.reject(new ConditionFailed(at - 1, error.item));
      } catch (refusal) {
        waiting.reject(refusal);
      }
      return waiting;
    }
    throw error;
  }

  async function checkpoint(): Promise<void> {
    try {
      const { seq, digest } = head;
      checkpointSeq = seq;
      await keepCheckpoint(table, { seq, digest, balances: balances.copy() });
    } catch {
      // It only saves time; the next one is tried after as many segments again.
    }
  }

  return {
    async post(post) {
      const content = "plan" in post ? post.content : post.transfers;
      const contentDigest = digestOf(JSON.stringify(content));
      return new Promise<Posted>((resolve, reject) => {
        queue.push({ post, contentDigest, resolve, reject });
        void work();
      });
    },
    async balance(account, currency) {
      await refreshed();
      return balances.get(account, currency);
    },
    async at() {
      await refreshed();
      const now = balances.copy();
      return { balance: (account, currency) => now.get(account, currency), list: (prefix) => now.list(prefix) };
    },
    async entriesOf(postId) {
      const claim = await findPost(table, postId);
      const segment = claim && (await segmentAt(table, claim.seq));
      const post = segment?.posts.find(({ id }) => id === postId);
      return post?.transfers.map((transfer, i) => ({
        id: `${postId}/${i + 1}`,
        at: segment!.at,
        seq: segment!.seq,
        transfer,
      }));
    },
    async *entries(account) {
      for await (const { posts, at, seq } of segmentsAfter(table, 0))
        for (const { id, transfers } of posts)
          for (const [i, transfer] of transfers.entries())
            if (transfer.debit === account || transfer.credit === account)
              yield { id: `${id}/${i + 1}`, at, seq, transfer };
    },
    async entriesPage(account, { limit, seq: first, skip }) {
      const found: Entry[] = [];
      let read = 0;
      for await (const { posts, at, seq } of segmentsAfter(table, first - 1)) {
        // Those of the first segment that were given already.
        let passed = 0;
        for (const { id, transfers } of posts)
          for (const [i, transfer] of transfers.entries()) {
            if (transfer.debit !== account && transfer.credit !== account) continue;
            passed += 1;
            if (seq === first && passed <= skip) continue;
            if (found.length === limit) return { entries: found, next: { seq, skip: passed - 1 } };
            found.push({ id: `${id}/${i + 1}`, at, seq, transfer });
          }
        read += 1;
        if (read === SEGMENTS_A_PAGE) return { entries: found, next: { seq: seq + 1, skip: 0 } };
      }
      return { entries: found };
    },
    prove: () => proveJournal(table),
    items: () => journalItems(table),
  };
}

const keyOf = (write: Write): Key =>
  "put" in write ? write.put : "delete" in write ? write.delete : "check" in write ? write.check : write.update;

/** @throws {RangeError} for what no caller may ask: a bug in a room, never the resident's mistake */
function check({ transfers }: Posting): void {
  if (transfers.length === 0 || transfers.length > TRANSFERS_MAX)
    throw new RangeError(`a post has 1 to ${TRANSFERS_MAX} transfers, not ${transfers.length}`);
  for (const { debit, credit, amountMinor, currency, code = "", memo = "" } of transfers) {
    if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0 || amountMinor > AMOUNT_MAX)
      throw new RangeError(`${amountMinor} is no amount`);
    if (!ACCOUNT.test(debit) || !ACCOUNT.test(credit) || debit.length > 100 || credit.length > 100)
      throw new RangeError(`no account names: ${debit}, ${credit}`);
    if (debit === credit) throw new RangeError(`${debit} cannot pay itself`);
    if (!/^[A-Z]{3}$/.test(currency)) throw new RangeError(`no currency: ${currency}`);
    if (code.length > 40 || memo.length > 100) throw new RangeError("a code has at most 40 signs, a memo 100");
  }
}
