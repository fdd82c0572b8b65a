import { absent, Fault } from "./errors.ts";
import type { NewEvent } from "./events.ts";
import { keepCheckpoint, readCheckpoint } from "./ledger/checkpoint.ts";
import { type Closing, closingOf } from "./ledger/closings.ts";
import { type Columns, movesIn, packedColumns } from "./ledger/columns.ts";
import {
  claimItem,
  claimKey,
  digestOf,
  findPost,
  GENESIS,
  type Head,
  journalItems,
  type KeptPost,
  newSegment,
  packedPost,
  packedTransfers,
  type Special,
  segmentAt,
  segmentsAfter,
  segmentWrites,
  type Transfer,
} from "./ledger/journal.ts";
import type { Moves } from "./ledger/moves.ts";
import { type Proof, proveJournal } from "./ledger/proof.ts";
import { type Applied, Draft, State } from "./ledger/state.ts";
import { demandTransfers } from "./ledger/transfers.ts";
import { ConditionFailed, type Item, keyOf, type Table, type Write } from "./table.ts";
import { isTask } from "./tasks.ts";
import { dayOf } from "./time.ts";
import { together } from "./together.ts";

export type { Closing } from "./ledger/closings.ts";
export type { Transfer } from "./ledger/journal.ts";
export type { Proof } from "./ledger/proof.ts";
export { TRANSFERS_MAX } from "./ledger/transfers.ts";

/** What goes into the same transaction, and what must be true in it. */
export interface With {
  writes?: readonly Write[];
  events?: readonly NewEvent[];
  /**
   * Refuses the post, as `conflict`, when what is available on an account (its balance less what is reserved to leave
   * it) would fall below this, checked at the fence of the commit.
   */
  mayNotGoBelow?: readonly { account: string; currency: string; minMinor: number }[];
  /**
   * The day that it counts for (`2026-10-31`), if not the day of the commit in the city's calendar. A day of closed
   * books is refused as `conflict`.
   */
  effectiveOn?: string;
}

/** What one post changes, all of it or nothing: money, the caller's own items, and the facts that tell of it. */
export interface Posting extends With {
  transfers: readonly Transfer[];
}

/** A balance as of the commit: debits less credits, so what is owed to the city is above 0, its revenue below. */
export interface At {
  balance(account: string, currency: string): number;
  /** The balance, less what is reserved to leave the account. */
  available(account: string, currency: string): number;
}

/**
 * A request to move money. Its id is posted once for all time: the same id with the same content is answered as
 * before and moves nothing, with other content it is a `conflict`.
 */
export type Post =
  | ({ id: string } & Posting)
  /** A batch that came as columns is kept so. The same transfers one by one are other contents. */
  | ({ id: string; columns: Columns } & With)
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
  /** The day that it counts for. */
  on: string;
  seq: number;
  transfer: Transfer;
}

type Named = { account: string; currency: string };

/** The whole ledger at one point of the journal. */
export interface Snapshot extends At {
  /** Accounts whose name begins so and that are not at zero, in order of name. */
  list(prefix: string): (Named & { balanceMinor: number })[];
  /** What is reserved and not resolved yet, per account. */
  pending(prefix: string): (Named & { debitsMinor: number; creditsMinor: number })[];
  /** The last day of the closed books. */
  closedOn: string | undefined;
}

/** A city's money: an append-only journal of two-legged transfers. There is no way to change or remove an entry. */
export interface Ledger {
  /** Acknowledged means durable. @throws {Fault} conflict @throws {ConditionFailed} of the caller's own `writes` */
  post(post: Post): Promise<Posted>;
  /**
   * First phase: sets money aside until `expiresAt`. It moves nothing, but counts against `mayNotGoBelow`. Whatever
   * happens, it is free again then, without anyone's doing.
   */
  reserve(reserve: { id: string; expiresAt: Date } & Posting): Promise<Posted>;
  /**
   * Second phase: moves what was reserved, wholly or in part (`amountsMinor`, one for each of its transfers, 0 for
   * none of it); the rest is free again. A reserve is resolved once. @throws {Fault} conflict where it is not open
   */
  postReserved(of: { reserveId: string; amountsMinor?: readonly number[] } & With): Promise<Posted>;
  /** Second phase: gives a reserve up. */
  voidReserved(of: { reserveId: string } & With): Promise<Posted>;
  /**
   * Moves everything back that a post moved, by a new post: once. What a guard must hold of it is the caller's to say.
   * @throws {Fault} absent, conflict
   */
  reverse(of: { postId: string } & With): Promise<Posted>;
  /**
   * Closes the books up to and with a day that is over: its balances are fixed, and later posts for it refused.
   * @throws {Fault} conflict
   */
  close(on: string, also?: Pick<With, "writes" | "events">): Promise<Posted>;
  /** A closing with its balances, recomputed from the journal. */
  closing(on: string): Promise<(Closing & { balances: (Named & { balanceMinor: number })[] }) | undefined>;
  balance(account: string, currency: string): Promise<number>;
  /** Many at once, at one point of the journal. */
  at(): Promise<Snapshot>;
  /** What one post moved, or undefined. */
  entriesOf(postId: string): Promise<Entry[] | undefined>;
  /** The entries of an account, the oldest first. Reads the whole journal. */
  entries(account: string): AsyncIterable<Entry>;
  /** Every entry there is, in the order of the journal. */
  allEntries(): AsyncIterable<Entry>;
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
  /** The city's: in it the day of a commit is counted. */
  timeZone?: string;
  /** Turns facts into the writes that put them into the log. */
  tell: (events: readonly NewEvent[]) => Write[];
  ring: () => void;
  /** A checkpoint after so many segments; after more where there are very many balances. */
  checkpointEvery?: number;
  /** Waits before the next try after a race was lost so many times. */
  pause?: (tries: number) => Promise<void>;
  /** Where some posts wait, commits begin so far apart; 0 where time is not the real one. */
  apartMs?: number;
}

const jitter = (tries: number) =>
  new Promise<void>((resume) => setTimeout(resume, Math.random() * Math.min(200, 4 * tries ** 1.5)));

// Each commit costs its own pages and its own wait for the disk, however few posts are in it; and the more pages, the more
// often all wait while the engine copies them. So where some posts wait, but not many, the next commit begins so much later
// than the last one began, with all that come until then. One post alone waits for nothing.
const SOME = { least: 4, most: 32 };
const APART_MS = 2;

// One DynamoDB transaction has at most 100 writes, one item at most 400 KB.
const WRITES_MAX = 100;
/** Posts share a segment up to here. */
const SEGMENT_TRANSFERS_MAX = 6_000;
/** Before compression: so that no text, however little it compresses, leaves the bounds of an item. */
const SEGMENT_BYTES_MAX = 380_000;
const RESERVE_TRANSFERS_MAX = 200;
/** A checkpoint is due when there was a segment for each so many balances: then all of them together stay linear. */
const BALANCES_A_SEGMENT = 50;
const TRIES = 25;
/** So many segments are read for one page of entries, at most. */
const SEGMENTS_A_PAGE = 500;

/** What one waiting request puts into the journal. */
interface Drawing extends With, Omit<Special, "on"> {
  transfers: readonly Transfer[] | Moves;
  /** Its transfers as text, in UTF-8. */
  text: Buffer;
  /** What was asked is exactly this text. */
  isPlain?: boolean;
}

interface Waiting {
  id: string;
  contentDigest: string;
  /** May be asked several times; only the last answer stands. */
  draw: (draft: Draft) => Drawing;
  resolve: (posted: Posted) => void;
  reject: (error: unknown) => void;
}

/** A waiting post as it would be committed now. */
interface Drawn {
  waiting: Waiting;
  parts: Uint8Array[];
  /** Its claim, its writes and its facts. */
  all: Write[];
  tells: boolean;
}

/** What fits one transaction, on top of the state at the head. */
interface Drafted {
  draft: Draft;
  drawn: Drawn[];
  at: string;
  on: string;
}

export function openLedger({
  table,
  clock,
  tell,
  ring,
  timeZone = "UTC",
  checkpointEvery = 200,
  pause = jitter,
  apartMs = APART_MS,
}: LedgerDeps): Ledger {
  let head: Head = GENESIS;
  let state = new State();
  let isOpened = false;
  let checkpointSeq = 0;
  let isCheckpointing = false;

  /** Never earlier than the last segment, whatever this process's clock says. */
  const nowAt = (): string => {
    const now = clock.now().toISOString();
    if (now < head.at) return head.at;
    return now;
  };
  const dayIn = newCalendar(timeZone);

  const refreshed = together(fold);

  async function fold(): Promise<void> {
    if (!isOpened) {
      const checkpoint = await readCheckpoint(table);
      if (checkpoint && checkpoint.seq > head.seq) {
        ({ state } = checkpoint);
        head = { seq: checkpoint.seq, digest: checkpoint.digest, at: checkpoint.at };
        checkpointSeq = checkpoint.seq;
      }
      isOpened = true;
    }
    for await (const segment of segmentsAfter(table, head.seq)) {
      // A commit of this process may have folded it meanwhile.
      if (segment.seq <= head.seq) continue;
      if (segment.seq !== head.seq + 1 || segment.previous !== head.digest || !segment.isWhole)
        throw new Error(`The journal is broken at segment ${segment.seq}: nothing is posted until it is mended.`);
      const draft = new Draft(state, segment.at, segment.on);
      for (const post of segment.posts) draft.apply(post);
      draft.commit();
      head = { seq: segment.seq, digest: segment.digest, at: segment.at };
    }
  }

  // Group commit: what arrives while one commit is under way goes together in the next. Nobody waits on a timer.
  const queue: Waiting[] = [];
  let isCommitting = false;

  /**
   * Answers of the last commit. They are given when the next one is on its way: the table is at that while they are
   * written and sent, where it would have nothing to do.
   */
  let owed: (() => void)[] = [];
  function answer(): void {
    const given = owed;
    owed = [];
    for (const give of given) give();
  }

  async function work(): Promise<void> {
    if (isCommitting) return;
    isCommitting = true;
    try {
      while (queue.length > 0) {
        const [waited, began] = [queue.length, performance.now()];
        await commitSome();
        const due = Math.max(checkpointEvery, state.size / BALANCES_A_SEGMENT);
        if (head.seq >= checkpointSeq + due) void checkpoint();
        const restMs = apartMs - (performance.now() - began);
        if (waited >= SOME.least && waited <= SOME.most && restMs > 0) {
          answer();
          await new Promise((resume) => setTimeout(resume, restMs));
        }
      }
    } finally {
      answer();
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
        const drafted = draw(taken, isFresh);
        if (drafted === "stale") {
          answer();
          await refreshed();
          isFresh = true;
          continue;
        }
        if (drafted.drawn.length === 0) break;
        const outcome = await committed(drafted);
        if (outcome === "done") {
          for (const { waiting } of drafted.drawn) taken.splice(taken.indexOf(waiting), 1);
          break;
        }
        if (outcome === "lost the race") {
          await pause(tries);
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
  function draw(taken: Waiting[], isFresh: boolean): Drafted | "stale" {
    const drawn: Drawn[] = [];
    const at = nowAt();
    const on = dayIn(at);
    const draft = new Draft(state, at, on);
    let writes = 2;
    let transfers = 0;
    let bytes = 0;
    // A transaction may touch an item once: of two posts that touch the same one, the later waits for the next.
    const touched = new Set<string>();
    for (const waiting of [...taken]) {
      try {
        const { id, contentDigest } = waiting;
        const drawing = waiting.draw(draft);
        const { text, effectiveOn, expiresAt, resolves, reverses, closes } = drawing;
        const own = drawing.writes ?? [];
        const facts = drawing.events?.length ? tell(drawing.events) : [];
        const size = text.length;
        if (drawn.length > 0) {
          if (writes + 1 + own.length + facts.length > WRITES_MAX) break;
          if (transfers + drawing.transfers.length > SEGMENT_TRANSFERS_MAX || bytes + size > SEGMENT_BYTES_MAX) break;
        }
        const items = [claimKey(id), ...own.map(keyOf)].map(({ pk, sk }) => `${pk} ${sk}`);
        if (new Set(items).size < items.length) throw new RangeError(`${id} writes one item twice`);
        if (items.some((item) => touched.has(item))) break;
        const kept: Applied & { contentDigest: string } = {
          id,
          contentDigest,
          transfers: drawing.transfers,
          ...(effectiveOn === undefined || effectiveOn === on ? {} : { on: effectiveOn }),
          ...(expiresAt === undefined ? {} : { expiresAt }),
          ...(resolves === undefined ? {} : { resolves }),
          ...(reverses === undefined ? {} : { reverses }),
          ...(closes === undefined ? {} : { closes }),
        };
        draft.apply(kept, () => {
          for (const { account, currency, minMinor } of drawing.mayNotGoBelow ?? [])
            if (draft.available(account, currency) < minMinor)
              throw new Fault("conflict", `The account ${account} may not go below ${minMinor} ${currency}.`);
        });
        for (const item of items) touched.add(item);
        const claim: Write = { put: claimItem(kept, head.seq + 1), if: "absent" };
        drawn.push({
          waiting,
          parts: packedPost(kept, text, drawing.isPlain === true),
          all: [claim, ...own, ...facts],
          tells: facts.length > 0 || own.some(isTask),
        });
        writes += 1 + own.length + facts.length;
        transfers += drawing.transfers.length;
        bytes += size;
      } catch (error) {
        if (!isFresh && drawn.length === 0) return "stale";
        // Decided when it is the first of a fresh draw: those before it are not committed yet.
        if (drawn.length > 0) break;
        taken.splice(taken.indexOf(waiting), 1);
        refused(waiting, error);
      }
    }
    return { draft, drawn, at, on };
  }

  /** A refusal stands only for what was not posted before: a repetition is answered, whatever the balance is now. */
  function refused(waiting: Waiting, error: unknown): void {
    answerOfClaim(waiting).then(
      (posted) => (posted ? waiting.resolve(posted) : waiting.reject(error)),
      () => waiting.reject(error),
    );
  }

  async function answerOfClaim({ id, contentDigest }: Waiting): Promise<Posted | undefined> {
    const claim = await findPost(table, id);
    if (!claim) return undefined;
    if (!claim.isOf(contentDigest)) throw new Fault("conflict", `${id} was posted before with other contents.`);
    return { seq: claim.seq, isRepeated: true };
  }

  /** @returns the one post that cannot be committed and has been answered, where that is why it failed */
  async function committed({ draft, drawn, at, on }: Drafted): Promise<"done" | "lost the race" | Waiting> {
    const from = head;
    const segment = newSegment(
      from,
      { at, on },
      drawn.map(({ parts }) => parts),
    );
    const fence = segmentWrites(from, segment);
    try {
      const done = table.transact([...fence, ...drawn.flatMap(({ all }) => all)]);
      // What is sent now leaves in the tick before.
      process.nextTick(answer);
      await done;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (error.index < fence.length) return "lost the race";
      return culprit(drawn, error, error.index - fence.length);
    }
    // A reader may have folded it already.
    if (head.seq === from.seq) {
      draft.commit();
      head = { seq: segment.seq, digest: segment.digest, at };
    }
    for (const { waiting } of drawn) owed.push(() => waiting.resolve({ seq: segment.seq, isRepeated: false }));
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

  /** Of the state as it is now, kept beside the commits that follow: nobody's payment waits for it. */
  async function checkpoint(): Promise<void> {
    if (isCheckpointing) return;
    isCheckpointing = true;
    checkpointSeq = head.seq;
    try {
      await keepCheckpoint(table, { ...head, state: state.copy() });
    } catch {
      // It only saves time; the next one is tried after as many segments again.
    } finally {
      isCheckpointing = false;
    }
  }

  function ask(id: string, contentDigest: string, drawing: (draft: Draft) => Drawing): Promise<Posted> {
    return new Promise<Posted>((resolve, reject) => {
      queue.push({ id, contentDigest, draw: drawing, resolve, reject });
      void work();
    });
  }

  async function* everyEntry(): AsyncIterable<Entry> {
    for await (const { posts, at, on, seq } of segmentsAfter(table, 0))
      for (const post of posts) yield* entriesIn(post, { at, on, seq });
  }

  return {
    async post(post) {
      checkId(post.id);
      if ("plan" in post) {
        const { id, content, plan } = post;
        return ask(id, digestOf(JSON.stringify(content)), (draft) => {
          const posting = plan({
            balance: (account, currency) => draft.balance(account, currency),
            available: (account, currency) => draft.available(account, currency),
          });
          return checked(posting);
        });
      }
      const isPlain = post.effectiveOn === undefined;
      const drawing = { ...("columns" in post ? checkedColumns(post) : checked(post)), isPlain };
      return ask(post.id, contentOf(drawing), () => drawing);
    },
    async reserve({ id, expiresAt, ...posting }) {
      checkId(id);
      if (posting.transfers.length > RESERVE_TRANSFERS_MAX)
        throw new RangeError(`a reserve has at most ${RESERVE_TRANSFERS_MAX} transfers`);
      const drawing = { ...checked(posting), expiresAt: expiresAt.toISOString() };
      return ask(id, digestOf(`reserve ${drawing.expiresAt} ${drawing.text}`), () => drawing);
    },
    async postReserved({ reserveId, amountsMinor, ...also }) {
      const content = digestOf(JSON.stringify(["post", amountsMinor ?? null, also.effectiveOn ?? null]));
      return ask(resolutionId(reserveId), content, (draft) => {
        const reserved = openReserve(draft, reserveId);
        const amounts = amountsMinor ?? reserved.map(({ amountMinor }) => amountMinor);
        if (amounts.length !== reserved.length || amounts.some((one, i) => !isPartOf(one, reserved[i]!)))
          throw new Fault(
            "conflict",
            `${reserveId} has ${reserved.length} transfers; none is posted beyond its amount.`,
          );
        const transfers = reserved.flatMap((one, i) =>
          amounts[i] === 0 ? [] : [{ ...one, amountMinor: amounts[i] as number }],
        );
        return { ...checked({ ...also, transfers }), resolves: reserveId };
      });
    },
    async voidReserved({ reserveId, ...also }) {
      return ask(resolutionId(reserveId), digestOf('["void"]'), (draft) => {
        openReserve(draft, reserveId);
        return { ...also, transfers: [], text: NO_TRANSFERS, resolves: reserveId };
      });
    },
    async reverse({ postId, ...also }) {
      const claim = await findPost(table, postId);
      if (!claim) throw absent();
      const post = (await segmentAt(table, claim.seq))?.posts.find(({ id }) => id === postId);
      if (!post) throw new Error(`the claim of ${postId} names a segment that does not hold it`);
      if (post.transfers.length === 0 || post.expiresAt !== undefined || post.reverses !== undefined)
        throw new Fault("conflict", `${postId} moved no money that can be moved back.`);
      const transfers = post.transfers.map((one) => ({ ...one, debit: one.credit, credit: one.debit }));
      const drawing = { ...checked({ ...also, transfers }), reverses: postId };
      return ask(reversalId(postId), contentOf(drawing), () => drawing);
    },
    async close(on, also = {}) {
      demandDay(on);
      return ask(closingId(on), digestOf(on), () => ({ ...also, transfers: [], text: NO_TRANSFERS, closes: on }));
    },
    async closing(on) {
      const found = await closingOf(table, on);
      return found && { ...found, balances: found.balances.list("") };
    },
    async balance(account, currency) {
      await refreshed();
      return state.posted.get(account, currency);
    },
    async at() {
      await refreshed();
      const now = state.copy();
      const at = nowAt();
      // What ran out since the last commit is free now.
      new Draft(now, at, dayIn(at)).commit();
      const { posted, debits, credits, closedOn } = now;
      return {
        balance: (account, currency) => posted.get(account, currency),
        available: (account, currency) => posted.get(account, currency) - credits.get(account, currency),
        list: (prefix) => posted.list(prefix),
        pending(prefix) {
          const keys = new Set([...debits.entries(), ...credits.entries()].map(([key]) => key));
          return [...keys]
            .filter((key) => key.startsWith(prefix))
            .sort()
            .map((key) => {
              const [account, currency] = key.split(" ") as [string, string];
              return { account, currency, debitsMinor: debits.of(key), creditsMinor: credits.of(key) };
            });
        },
        closedOn: closedOn || undefined,
      };
    },
    async entriesOf(postId) {
      const claim = await findPost(table, postId);
      const segment = claim && (await segmentAt(table, claim.seq));
      const post = segment?.posts.find(({ id }) => id === postId);
      return post && [...entriesIn(post, segment!)];
    },
    async *entries(account) {
      for await (const entry of everyEntry())
        if (entry.transfer.debit === account || entry.transfer.credit === account) yield entry;
    },
    allEntries: everyEntry,
    async entriesPage(account, { limit, seq: first, skip }) {
      const found: Entry[] = [];
      let read = 0;
      for await (const { posts, at, on, seq } of segmentsAfter(table, first - 1)) {
        // Those of the first segment that were given already.
        let passed = 0;
        for (const post of posts)
          for (const entry of entriesIn(post, { at, on, seq })) {
            if (entry.transfer.debit !== account && entry.transfer.credit !== account) continue;
            passed += 1;
            if (seq === first && passed <= skip) continue;
            if (found.length === limit) return { entries: found, next: { seq, skip: passed - 1 } };
            found.push(entry);
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

function checkId(id: string): void {
  // What the ledger itself posts is named with one.
  if (id === "" || id.length > 300 || id.includes("!")) throw new RangeError(`no id of a post: ${id}`);
}

const resolutionId = (reserveId: string) => `${reserveId}!resolved`;
const reversalId = (postId: string) => `${postId}!reversed`;
const closingId = (on: string) => `!closing:${on}`;

const isPartOf = (amountMinor: number, of: Transfer) =>
  Number.isSafeInteger(amountMinor) && amountMinor >= 0 && amountMinor <= of.amountMinor;

function openReserve(draft: Draft, id: string): readonly Transfer[] {
  const reserve = draft.reserve(id);
  if (!reserve) throw new Fault("conflict", `${id} is not reserved: it never was, it ran out, or it was resolved.`);
  return reserve.transfers;
}

/** @throws {RangeError} for what no caller may ask: a bug in a room, never the resident's mistake */
function checked(posting: Posting): Drawing {
  demandTransfers(posting.transfers);
  demandDay(posting.effectiveOn);
  return { ...posting, text: Buffer.from(packedTransfers(posting.transfers)) };
}

/** The same of columns; they themselves are let go, since many of them wait at once. */
function checkedColumns({ columns, ...also }: { columns: Columns } & With): Drawing {
  const transfers = movesIn(columns);
  demandDay(also.effectiveOn);
  return { ...also, transfers, text: Buffer.from(packedColumns(columns)) };
}

const NO_TRANSFERS = Buffer.from("[]");

function demandDay(on: string | undefined): void {
  if (on !== undefined && !isDay(on)) throw new RangeError(`${on} is no day`);
}

const contentOf = ({ text, effectiveOn }: Drawing): string =>
  digestOf(effectiveOn === undefined ? text : `${effectiveOn} ${text}`);

const isDay = (day: string): boolean =>
  /^[12][0-9]{3}-[01][0-9]-[0-3][0-9]$/.test(day) && new Date(`${day}T00:00Z`).toJSON()?.slice(0, 10) === day;

/** The day of an instant in a zone; it changes on a whole minute, so that one answer serves for it. */
function newCalendar(timeZone: string): (at: string) => string {
  let minute = "";
  let day = "";
  return (at) => {
    if (!at.startsWith(minute) || minute === "") {
      day = dayOf(new Date(at), timeZone);
      minute = at.slice(0, 17);
    }
    return day;
  };
}

/** What a post moved; a reserve moved nothing. */
function* entriesIn(post: KeptPost, { at, on, seq }: { at: string; on: string; seq: number }): Iterable<Entry> {
  if (post.expiresAt !== undefined) return;
  for (const [i, transfer] of post.transfers.entries())
    yield { id: `${post.id}/${i + 1}`, at, on: post.on ?? on, seq, transfer };
}
