import { Fault } from "../../shared/errors.ts";
import { segmentsAfter } from "../../shared/ledger/journal.ts";
import { type Ledger, openLedger, type Posted, type Transfer } from "../../shared/ledger.ts";
import type { Table } from "../../shared/table.ts";
import { memoryTable } from "./ledger.memory-table.ts";
import { keptIdOf, Naive, type Op } from "./ledger.naive.ts";

// One seed is one story: several processes on one table, every single call to the table made, delayed, lost or cut by
// a crash as the seed decides; requests sent twice, late and out of order; clocks that disagree. Nothing else decides:
// the same seed is the same story, step by step.

/** A small generator of chance (splitmix32). */
function chanceOf(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let t = state ^ (state >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return ((t ^ (t >>> 15)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    next,
    below,
    pick: <T>(from: readonly T[]): T => from[below(from.length)]!,
    maybe: (probability: number) => next() < probability,
  };
}
type Chance = ReturnType<typeof chanceOf>;

const START = Date.parse("2026-01-10T20:00:00Z");
const HOUR = 3_600_000;
const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

const DEBITS = ["due:1", "due:2", "bank:1", "cash:1"] as const;
const CREDITS = ["revenue:water", "suspense", "vat", "credit:1"] as const;
const CURRENCIES = ["EUR", "XOF"] as const;

function someOps(chance: Chance): Op[] {
  const { below, pick, maybe } = chance;
  const transfer = (): Transfer => {
    const [debit, credit] = maybe(0.3) ? [pick(CREDITS), pick(DEBITS)] : [pick(DEBITS), pick(CREDITS)];
    return {
      debit,
      credit,
      amountMinor: 1 + below(40),
      currency: pick(CURRENCIES),
      ...(maybe(0.2) ? { code: "c" } : {}),
    };
  };
  const transfers = () => Array.from({ length: 1 + below(3) }, transfer);
  const ops: Op[] = [];
  const count = 8 + below(14);
  for (let i = 0; i < count; i++) {
    const id = `op-${i}`;
    const common = {
      id,
      ...(maybe(0.15) ? { on: day(START + (below(7) - 4) * 24 * HOUR) } : {}),
      ...(maybe(0.3) ? { guard: { account: pick([...DEBITS, ...CREDITS]), currency: pick(CURRENCIES) } } : {}),
    };
    const kind = chance.next();
    const reserves = ops.filter(({ what }) => what === "reserve").map((op) => op.id);
    const others = ops.map(keptIdOf);
    if (kind < 0.2) ops.push({ ...common, what: "reserve", transfers: transfers(), expiresAt: later(chance) });
    else if (kind < 0.4 && reserves.length > 0) {
      const of = pick(reserves);
      const whole = ops.find((op) => op.id === of) as Extract<Op, { what: "reserve" }>;
      const parts = whole.transfers.map(({ amountMinor }) => 1 + below(amountMinor + 1));
      ops.push(
        maybe(0.3) ? { id, what: "void", of } : { ...common, what: "settle", of, ...(maybe(0.5) ? { parts } : {}) },
      );
    } else if (kind < 0.5 && others.length > 0) ops.push({ ...common, what: "reverse", of: pick(others) });
    else if (kind < 0.57) ops.push({ id, what: "close", day: day(START + (below(6) - 4) * 24 * HOUR) });
    else if (kind < 0.7)
      ops.push({
        id,
        what: "plan",
        due: pick(["due:1", "due:2"]),
        amountMinor: 1 + below(30),
        currency: pick(CURRENCIES),
      });
    else ops.push({ ...common, what: "post", transfers: transfers() });
    const last = ops.at(-1)!;
    // Two that would move the same, and differ in what the journal does not show, cannot be told apart there.
    const twin = ops.find((op) => op !== last && op.what === last.what && keptIdOf(op) === keptIdOf(last));
    if (twin && (last.what === "reverse" || last.what === "settle")) {
      const { guard } = last;
      ops[ops.length - 1] = { ...twin, id, ...(guard ? { guard } : {}) };
    }
    // Somebody else's request under the same id.
    if (last.what === "post" && maybe(0.1)) ops.push({ ...last, transfers: transfers() });
  }
  return ops;
}
const later = ({ below }: Chance) => new Date(START + below(60) * HOUR).toISOString();

function send(ledger: Ledger, op: Op): Promise<Posted> {
  const { id, on, guard } = op;
  const also = {
    ...(on === undefined ? {} : { effectiveOn: on }),
    ...(guard === undefined ? {} : { mayNotGoBelow: [{ ...guard, minMinor: 0 }] }),
    // The caller's own item and its fact: there if, and only if, the post is.
    writes: [{ put: { pk: `EFFECT#${keptIdOf(op)}`, sk: "EFFECT" }, if: "absent" as const }],
    events: [{ subject: keptIdOf(op) }] as never,
  };
  if (op.what === "post" && Number(id.slice(-1)) % 2 === 1)
    return ledger.post({ id, columns: inColumns(op.transfers), ...also });
  if (op.what === "post") return ledger.post({ id, transfers: op.transfers, ...also });
  if (op.what === "reserve")
    return ledger.reserve({ id, transfers: op.transfers, expiresAt: new Date(op.expiresAt), ...also });
  if (op.what === "settle")
    return ledger.postReserved({
      reserveId: op.of,
      ...(op.parts === undefined ? {} : { amountsMinor: op.parts }),
      ...also,
    });
  if (op.what === "void") return ledger.voidReserved({ reserveId: op.of, ...also });
  if (op.what === "reverse") return ledger.reverse({ postId: op.of, ...also });
  if (op.what === "close") return ledger.close(op.day, also);
  const { due, amountMinor, currency } = op;
  return ledger.post({
    id,
    content: { due, amountMinor, currency },
    plan: (at) => ({
      ...also,
      transfers: [
        {
          debit: "bank:1",
          credit: at.balance(due, currency) >= amountMinor ? due : "suspense",
          amountMinor,
          currency,
        },
      ],
    }),
  });
}

const inColumns = (transfers: readonly Transfer[]) => ({
  common: {},
  debit: transfers.map(({ debit }) => debit),
  credit: transfers.map(({ credit }) => credit),
  amountMinor: transfers.map(({ amountMinor }) => amountMinor),
  currency: transfers.map(({ currency }) => currency),
  code: transfers.map(({ code }) => code),
});

type Answer = { posted: Posted } | { refused: "conflict" | "absent" } | { unknown: true } | { bug: unknown };

/** A call to the table that a process has made and the story has not let through yet. */
interface Parked {
  process: Process;
  make: () => Promise<void>;
  fail: () => void;
}
interface Process {
  ledger: Ledger;
  skewMs: number;
  isDead: boolean;
}

/** Lets everything run on that needs no further call to the table. */
const settled = () => new Promise<void>((resume) => setImmediate(resume));

/** What may be done to a ledger's table before it is opened: bugs are planted here. */
export type Spoil = (table: Table, chance: Pick<Chance, "maybe">) => Table;

export interface Told {
  seed: number;
  steps: number;
  posts: number;
  crashes: number;
  faults: number;
}

/**
 * Tells the story of one seed and checks its end.
 * @throws {Error} with the seed, what is wrong and how it came
 */
export async function story(seed: number, spoil: Spoil = (table) => table): Promise<Told> {
  const chance = chanceOf(seed);
  const { below, pick, maybe } = chance;
  const table = memoryTable(3);
  const parked: Parked[] = [];
  const trace: string[] = [];
  const told: Told = { seed, steps: 0, posts: 0, crashes: 0, faults: 0 };
  let time = START;
  let isCalm = false;
  const wrong = (what: string): never => {
    throw new Error(`seed ${seed}: ${what}\n${trace.slice(-40).join("\n")}`);
  };

  const tableOf = (process: Process): Table => {
    const call = <T>(name: string, work: () => Promise<T>): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        const lost = () => reject(new Fault("unavailable", `${name} was lost`));
        parked.push({
          process,
          async make() {
            const outcome = await work().then(
              (value) => () => resolve(value),
              (error: unknown) => () => reject(error),
            );
            // Done, but the answer gets lost.
            const isLost = !isCalm && maybe(0.06);
            if (isLost) told.faults += 1;
            if (!process.isDead) (isLost ? lost : outcome)();
          },
          // Throttled: nothing is done.
          fail: lost,
        });
      });
    const under = spoil(table, chance);
    const over: Table = {
      ...under,
      get: (key) => call("get", () => under.get(key)),
      getStanding: (key) => over.get(key),
      queryStanding: async (pk) => (await over.query({ pk })).items,
      getMany: (keys) => call("getMany", () => under.getMany(keys)),
      query: (query) => call("query", () => under.query(query)),
      put: (item) => call("put", () => under.put(item)),
      delete: (key) => call("delete", () => under.delete(key)),
      transact: (writes) => call("transact", () => under.transact(writes)),
      async *all(query) {
        let { cursor } = query;
        do {
          const page = await over.query({ ...query, cursor });
          yield* page.items;
          cursor = page.cursor;
        } while (cursor !== undefined);
      },
    };
    return over;
  };
  const newProcess = (): Process => {
    const process = { skewMs: (below(5) - 2) * 20 * 60_000, isDead: false } as Process;
    process.ledger = openLedger({
      table: tableOf(process),
      clock: { now: () => new Date(time + process.skewMs) },
      tell: (events) =>
        (events as unknown as { subject: string }[]).map(({ subject }) => ({
          put: { pk: `FACT#${subject}`, sk: "FACT" },
          if: "absent" as const,
        })),
      ring: () => {},
      checkpointEvery: 4,
      pause: async () => {},
      apartMs: 0,
    });
    return process;
  };
  const processes = [newProcess(), newProcess(), newProcess()];

  const ops = someOps(chance);
  const answers = ops.map((): Answer[] => []);
  let asking = 0;
  function request(i: number, process = pick(processes)): { answered: boolean; process: Process } {
    const state = { answered: false, process };
    asking += 1;
    send(process.ledger, ops[i]!).then(
      (posted) => answer({ posted }),
      (error: unknown) =>
        answer(
          !(error instanceof Fault)
            ? { bug: error }
            : error.kind === "conflict" || error.kind === "absent"
              ? { refused: error.kind }
              : { unknown: true },
        ),
    );
    const answer = (one: Answer) => {
      if (process.isDead) return;
      state.answered = true;
      asking -= 1;
      answers[i]!.push(one);
      trace.push(`  ${JSON.stringify(ops[i])} answered ${JSON.stringify(one)}`);
      if ("bug" in one) wrong(`${keptIdOf(ops[i]!)} failed: ${(one.bug as Error).stack}`);
    };
    trace.push(`send ${keptIdOf(ops[i]!)} to ${processes.indexOf(process)}`);
    open.push({ i, state });
    return state;
  }
  const open: { i: number; state: { answered: boolean; process: Process } }[] = [];

  function crash(n: number): void {
    told.crashes += 1;
    trace.push(`crash ${n}`);
    const dying = processes[n]!;
    dying.isDead = true;
    for (const { i, state } of open)
      if (state.process === dying && !state.answered) {
        state.answered = true;
        asking -= 1;
        answers[i]!.push({ unknown: true });
      }
    // What it had sent may still arrive.
    for (let at = parked.length - 1; at >= 0; at--)
      if (parked[at]!.process === dying && maybe(0.5)) parked.splice(at, 1);
    processes[n] = newProcess();
  }

  async function through(): Promise<void> {
    const [call] = parked.splice(below(parked.length), 1);
    if (!isCalm && maybe(0.05) && !call!.process.isDead) {
      told.faults += 1;
      call!.fail();
    } else await call!.make();
    await settled();
  }

  let failed: unknown;
  const caught = (error: unknown) => (failed ??= error);
  process.once("unhandledRejection", caught);
  try {
    // The storm: in any order, several times, late; then again whoever has no answer that counts.
    const waiting = ops.flatMap((_, i) => Array.from({ length: 1 + below(3) }, () => i));
    for (; told.steps < 2_000 && (waiting.length > 0 || asking > 0 || parked.length > 0); told.steps++) {
      const kind = chance.next();
      if (kind < 0.02) crash(below(processes.length));
      else if (kind < 0.06) time += below(3 * HOUR);
      else if (kind < 0.35 && waiting.length > 0) {
        // Mostly in order, so that what follows from something else has a chance.
        const [i] = waiting.splice(maybe(0.7) ? below(Math.min(4, waiting.length)) : below(waiting.length), 1);
        request(i!);
        await settled();
      } else if (parked.length > 0) await through();
      if (failed) throw failed;
    }
    if (told.steps === 2_000) wrong("the story does not come to an end");
    await settled();

    // Calm: each request once more, alone, until it is answered; the model says what the answer must be.
    isCalm = true;
    const model = await replayed();
    for (const [i, op] of ops.entries()) {
      const mine = pick(processes);
      const state = request(i, mine);
      for (let steps = 0; !state.answered; steps++) {
        await settled();
        if (parked.length > 0) await through();
        if (failed) throw failed;
        if (steps > 3_000) wrong(`${keptIdOf(op)} is never answered`);
      }
      while (parked.length > 0) await through();
      const now = new Date(time + mine.skewMs).toISOString();
      const at = [now, model.lastAt].sort()[1]!;
      const expected = model.naive.take(op, at, at.slice(0, 10));
      if (typeof expected !== "string") model.lastAt = at;
      const said = answers[i]!.at(-1)!;
      const got =
        "posted" in said
          ? said.posted.isRepeated
            ? "repeated"
            : "made"
          : "refused" in said
            ? said.refused
            : "unknown";
      const wanted = typeof expected === "string" ? expected : "made";
      if (got !== wanted) wrong(`${JSON.stringify(op)} is answered ${got}; the model says ${wanted}`);
    }
    await theEnd(model.naive);
  } finally {
    process.off("unhandledRejection", caught);
  }
  return told;

  /** Follows the journal with the model: each post must be one that somebody asked, and one that the model takes. */
  async function replayed(): Promise<{ naive: Naive; lastAt: string }> {
    const naive = new Naive();
    let lastAt = "";
    let lastSeq = 0;
    for await (const { seq, at, on, posts, isWhole } of segmentsAfter(table, 0)) {
      if (!isWhole || seq !== lastSeq + 1) wrong(`the journal is broken at ${seq}`);
      if (at < lastAt) wrong(`segment ${seq} runs back in time`);
      for (const post of posts) {
        const asked = ops.filter((op) => keptIdOf(op) === post.id);
        const copy = asked.map((op) => {
          const twin = new Naive();
          Object.assign(twin, structuredCopy(naive));
          return { op, outcome: twin.take(op, at, on) };
        });
        const fits = copy.find(
          ({ outcome }) =>
            typeof outcome !== "string" && JSON.stringify(outcome.made.transfers) === JSON.stringify(post.transfers),
        );
        if (!fits)
          wrong(
            `segment ${seq} has ${post.id}, which nobody asked or the model refuses: ${JSON.stringify(copy.map(({ outcome }) => outcome))}`,
          );
        naive.take(fits!.op, at, on);
        told.posts += 1;
      }
      lastAt = at;
      lastSeq = seq;
    }
    return { naive, lastAt };
  }

  async function theEnd(naive: Naive): Promise<void> {
    const proof = await openLedger({
      table,
      clock: { now: () => new Date(time) },
      tell: () => [],
      ring: () => {},
    }).prove();
    if (!proof.isSound) wrong(`the proof does not hold: ${proof.problems.join(" ")}`);
    if (Object.values(proof.sums).some((sum) => sum !== 0)) wrong("the sum is not zero");
    // Exported and brought in elsewhere, it is the same to the byte: proof, closings and balances.
    const bare = { clock: { now: () => new Date(time) }, tell: () => [], ring: () => {} };
    const elsewhere = memoryTable(3);
    for await (const item of openLedger({ table, ...bare }).items()) await elsewhere.put(item);
    const moved = openLedger({ table: elsewhere, ...bare });
    if (JSON.stringify(await moved.prove()) !== JSON.stringify(proof))
      wrong("exported and imported, its proof is another");
    for (const op of ops) {
      const [here, there] = [table, elsewhere].map((one) => one.get({ pk: `POSTED#${keptIdOf(op)}`, sk: "POSTED" }));
      if (JSON.stringify(await here) !== JSON.stringify(await there))
        wrong(`${keptIdOf(op)} is claimed otherwise elsewhere`);
    }
    const again = await replayed();
    if (JSON.stringify(sorted(again.naive.balances())) !== JSON.stringify(sorted(naive.balances())))
      wrong("the journal holds another history than was answered");
    // Every process, and a new one, has the model's balances.
    for (const one of [...processes, newProcess()]) {
      const found = one.ledger.at();
      found.catch(() => {});
      let isDone = false;
      found.finally(() => (isDone = true)).catch(() => {});
      while (!isDone) {
        await settled();
        if (parked.length > 0) await through();
      }
      const now = await found;
      const kept = Object.fromEntries(now.list("").map((it) => [`${it.account} ${it.currency}`, it.balanceMinor]));
      if (JSON.stringify(sorted(kept)) !== JSON.stringify(sorted(naive.balances())))
        wrong(`balances ${JSON.stringify(kept)}; the model has ${JSON.stringify(naive.balances())}`);
      if ((now.closedOn ?? "") !== naive.closedOn) wrong(`closed on ${now.closedOn}, the model says ${naive.closedOn}`);
    }
    for (const { on, balancesDigest } of proof.closings) {
      const closing = await openLedger({
        table,
        clock: { now: () => new Date(time) },
        tell: () => [],
        ring: () => {},
      }).closing(on);
      const kept = Object.fromEntries(closing!.balances.map((it) => [`${it.account} ${it.currency}`, it.balanceMinor]));
      if (JSON.stringify(sorted(kept)) !== JSON.stringify(sorted(naive.upTo(on))))
        wrong(`the closing of ${on} is wrong`);
      if (closing!.balancesDigest !== balancesDigest) wrong(`the closing of ${on} has two digests`);
    }
    // What was acknowledged is there; what was always refused is not; effects and facts stand and fall with the post.
    for (const [i, op] of ops.entries()) {
      const id = keptIdOf(op);
      const isKept = (await table.get({ pk: `POSTED#${id}`, sk: "POSTED" })) !== undefined;
      const effect = await table.get({ pk: `EFFECT#${id}`, sk: "EFFECT" });
      const fact = await table.get({ pk: `FACT#${id}`, sk: "FACT" });
      if (isKept !== (effect !== undefined) || isKept !== (fact !== undefined)) wrong(`${id} and its effect differ`);
      const posted = answers[i]!.filter((one) => "posted" in one);
      if (posted.length > 0 && !isKept) wrong(`${id} was acknowledged and is not there`);
      const twins = ops.flatMap((one, at) => (keptIdOf(one) === id ? answers[at]! : []));
      if (isKept && twins.every((one) => "refused" in one)) wrong(`${id} was refused, and is there`);
      const fresh = twins.filter((one) => "posted" in one && !one.posted.isRepeated);
      if (fresh.length > 1) wrong(`${id} was made ${fresh.length} times`);
    }
  }
}

const sorted = (sums: Record<string, number>) => Object.entries(sums).sort(([a], [b]) => (a < b ? -1 : 1));
const structuredCopy = (naive: Naive): object => structuredClone({ ...naive });
