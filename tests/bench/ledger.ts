import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Columns } from "../../shared/ledger/columns.ts";
import { openLedger, type Transfer } from "../../shared/ledger.ts";
import { cityTable } from "../../shared/table.ts";
import { newTally, tallied } from "../../shared/tally.ts";
import { testEngine } from "../setup/engine.ts";
import { type RunningHouse, runHouse } from "../setup/house.ts";
import type { clientOf } from "./client.ts";
import { paid } from "./paying.ts";
import { pgbench, withPostgres } from "./postgres.ts";
import { DOLLARS_PER_MILLION_WRITE_UNITS } from "./prices.ts";
import { counting } from "./units.ts";
import { Wire } from "./wire.ts";

type Note = (what: string, value: number, unit: string, more?: string) => void;
type City = Awaited<ReturnType<ReturnType<typeof clientOf>["city"]>>;

const SECONDS = Number(process.env["HANSA_BENCH_SECONDS"] ?? 8);
/** As long as what happens about once a minute counts for what it is. */
const STEADY_SECONDS = 60;
const BATCH = 200;
const COUNTERPARTIES = 1_000;
const CONNECTIONS = 64;
const WRITERS = 16;
// 50 × 3 takes a quarter of an hour on two cores; what ran is printed beside the figure.
const KILLS = Number(process.env["HANSA_BENCH_KILLS"] ?? 50);
const SEEDS = Number(process.env["HANSA_BENCH_SEEDS"] ?? 3);

/** Every transfer touches the one hot account; the other side is one of a thousand. */
let made = 0;
const transfer = (): Transfer => {
  made += 1;
  return {
    debit: "provider:bench",
    credit: `due:customer_${(made * 7_919) % COUNTERPARTIES}`,
    amountMinor: 100 + (made % 900),
    currency: "EUR",
    code: "settlement",
    // As random as an id is: what does not compress must be paid for.
    memo: `pay_01KAR${Math.random().toString(36).slice(2, 12)}${Math.random().toString(36).slice(2, 12)}`,
  };
};

const COMMON = { debit: "provider:bench", currency: "EUR", code: "settlement" };
/** A batch as columns, which is what PostgreSQL gets too. */
const columnsOf = (size: number): Columns => {
  const sent = Array.from({ length: size }, transfer);
  return {
    common: COMMON,
    credit: sent.map(({ credit }) => credit),
    amountMinor: sent.map(({ amountMinor }) => amountMinor),
    memo: sent.map(({ memo }) => memo),
  };
};
const single = () => {
  const { credit, amountMinor, memo } = transfer();
  return JSON.stringify({ common: COMMON, transfers: [{ credit, amountMinor, memo }] });
};

/** What PostgreSQL does for the same: transfers by unique id, and the balances of both sides, in one statement. */
const TABLES = `CREATE TABLE transfers (id text PRIMARY KEY, debit text NOT NULL, credit text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0), currency text NOT NULL, code text, memo text);
CREATE TABLE balances (account text, currency text, balance bigint NOT NULL, PRIMARY KEY (account, currency));`;
const SCRIPTS = 64;
/** The same transfers as ours, sent as three arrays: what a client that knows PostgreSQL does. Ids by time, as ours. */
const batchOf = (size: number) => {
  const sent = Array.from({ length: size }, transfer);
  const array = (field: "credit" | "amountMinor" | "memo") => `'{${sent.map((one) => one[field]).join(",")}}'`;
  return `\\set batch random(1, 1000000000000)
WITH given AS (
  SELECT extract(epoch FROM now()) || '-' || :batch || '-' || n AS id, credit, amount, memo
  FROM unnest(${array("credit")}::text[], ${array("amountMinor")}::bigint[], ${array("memo")}::text[])
    WITH ORDINALITY AS sent (credit, amount, memo, n)),
moved AS (
  INSERT INTO transfers SELECT id, 'provider:bench', credit, amount, 'EUR', 'settlement', memo FROM given
  ON CONFLICT (id) DO NOTHING RETURNING debit, credit, amount, currency),
legs AS (SELECT debit AS account, currency, amount FROM moved UNION ALL SELECT credit, currency, -amount FROM moved)
INSERT INTO balances SELECT account, currency, sum(amount) FROM legs GROUP BY 1, 2 ORDER BY 1
ON CONFLICT (account, currency) DO UPDATE SET balance = balances.balance + excluded.balance;
`;
};
const batchesOf = (size: number) => Array.from({ length: SCRIPTS }, () => batchOf(size));

/** Posts of batches, each connection as fast as it is answered, until time is up. @returns transfers a second */
async function batched(port: number, path: string, token: string): Promise<number> {
  // Made beforehand: what is measured is the house, which has this machine's cores to itself but for the sending.
  const bodies = Array.from({ length: 256 }, () => Buffer.from(JSON.stringify(columnsOf(BATCH))));
  const until = performance.now() + SECONDS * 1000;
  let posts = 0;
  const one = async () => {
    const wire = new Wire(port);
    while (performance.now() < until) {
      const body = bodies[posts % bodies.length]!;
      const { status, body: said } = await wire.post(path, headersOf(token, timedKey()), body);
      if (status !== 201) throw new Error(`${path}: ${status} ${said}`);
      posts += 1;
    }
    wire.close();
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  return (posts * BATCH) / ((performance.now() - started) / 1000);
}

/** A UUID of version 7, as a client makes its keys that wants them to sort by time. */
function timedKey(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

const headersOf = (token: string, key: string) => ({ Authorization: `Bearer ${token}`, "Idempotency-Key": key });

/** (a), (b): the ledger over HTTP, against PostgreSQL's own way in the same minute. */
export async function ledgerSpeed(house: Pick<RunningHouse, "url">, city: City, note: Note): Promise<void> {
  const port = Number(new URL(house.url).port);
  const path = `/cities/${city.slug}/v1/ledger/transfers`;
  const { secret } = await city.post<{ secret: string }>("/v1/keys", {
    name: "bench",
    scopes: ["ledger.transfers:write"],
  });

  // Before and after PostgreSQL's turn, and the better of the two, as of its own turns: who else is busy counts less.
  const ours = () => batched(port, path, secret);
  const before = await ours();
  const theirs = withPostgres((sql, folder) => {
    sql(TABLES);
    const each = [1, 2, 4].map((clients) => pgbench(folder, batchesOf(BATCH), clients, Math.ceil(SECONDS / 2)));
    demandZero(sql);
    return Math.max(...each) * BATCH;
  });
  const batches = Math.max(before, await ours());
  const how = `${BATCH} a batch as columns, ${CONNECTIONS} connections, over HTTP with durable idempotency`;
  note("ledger: transfers on one hot account", batches, "/s", how);
  note(
    "  PostgreSQL: the same, set-based",
    theirs,
    "/s",
    "three arrays unnested, on conflict do nothing, synchronous_commit on, best of 1, 2, 4 clients; no HTTP",
  );
  note("  ratio, ours to PostgreSQL's", batches / theirs, "×", "wanted: 5");
  const address = `${house.url}${path}`;
  const bodies = Array.from({ length: 2_000 }, single);
  const { perSecond: singles } = await paid(address, secret, bodies, { seconds: SECONDS });
  note("ledger: single payments", singles, "/s", `${CONNECTIONS} connections, over HTTP`);
  const theirSingles = withPostgres((sql, folder) => {
    sql(TABLES);
    const one = pgbench(folder, batchesOf(1), CONNECTIONS, SECONDS);
    demandZero(sql);
    return one;
  });
  note("  PostgreSQL: the same, a round trip each", theirSingles, "/s", `${CONNECTIONS} connections, no HTTP`);
  note("  ratio, ours to PostgreSQL's", singles / theirSingles, "×", "wanted: 2");
  for (const { keys, perSecond, load } of [
    { keys: "by time", perSecond: singles / 2, load: "half load" },
    { keys: "random", perSecond: singles / 2, load: "half load" },
    // Half of the load that is wanted: of twice PostgreSQL's.
    { keys: "random", perSecond: theirSingles, load: "PostgreSQL's load" },
  ] as const) {
    const { p50Ms, p99Ms } = await paid(address, secret, bodies, { seconds: STEADY_SECONDS, perSecond, keys });
    const how = `${Math.round(perSecond)}/s over ${STEADY_SECONDS} s`;
    note(`ledger: single payments at ${load}, keys ${keys}: p50`, p50Ms, "ms", how);
    note("  p99", p99Ms, "ms", "at most 10");
  }
  const { isSound, transfers } = await city.get<{ isSound: boolean; transfers: number }>("/v1/ledger/proof");
  if (!isSound) throw new Error("the ledger's proof does not hold");
  note("ledger: transfers proved to add up to zero", transfers, "");
}

function demandZero(sql: (script: string) => string): void {
  const sum = sql("SELECT sum(balance) FROM balances;").trim();
  if (Number(sum) !== 0) throw new Error(`PostgreSQL's balances add up to ${sum}`);
}

/** (c): write units of posts, counted from the bytes sent by DynamoDB's rules; checkpoints and fences included. */
export async function ledgerCost(note: Note): Promise<void> {
  const set = await testEngine();
  try {
    for (const { what, size, posts, together } of [
      { what: `${BATCH} a post, one by one`, size: BATCH, posts: 1_000, together: 1 },
      { what: `${BATCH} a post, 8 at a time`, size: BATCH, posts: 1_000, together: 8 },
      { what: "single payments, one by one", size: 1, posts: 2_000, together: 1 },
      { what: "single payments, 64 at a time", size: 1, posts: 12_800, together: 64 },
    ]) {
      const counted = { units: 0, requests: 0 };
      const slug = `cost-${size}-${together}`;
      const table = counting(cityTable(set.client, set.tableName, slug), `CITY#${slug}#`, counted);
      const ledger = openLedger({ table, clock: { now: () => new Date() }, tell: () => [], ring: () => {} });
      const tally = newTally();
      await tallied(tally, async () => {
        for (let i = 0; i < posts; i += together)
          await Promise.all(
            Array.from({ length: together }, () =>
              ledger.post({
                id: `api:${randomUUID()}`,
                ...(size === 1 ? { transfers: [transfer()] } : { columns: columnsOf(size) }),
              }),
            ),
          );
      });
      const million = (units: number) => (units / (posts * size)) * DOLLARS_PER_MILLION_WRITE_UNITS;
      note(
        `ledger: writes for a million transfers, ${what}`,
        million(counted.units),
        "USD",
        `${counted.units} write units counted for ${posts * size} transfers; the engine says ${tally.writeUnits}`,
      );
    }
  } finally {
    await set.engine.stop();
  }
}

/** (d): writers that never give up, and a house that is killed again and again. */
export async function ledgerKills(
  data: string,
  note: Note,
  cityIn: (house: RunningHouse, slug: string) => Promise<City>,
): Promise<void> {
  const all = { kills: 0, acknowledged: 0, lost: 0, twice: 0, sum: 0, seconds: 0 };
  for (let seed = 1; seed <= SEEDS && KILLS > 0; seed++) {
    const started = performance.now();
    const env = { HANSA_DATA: join(data, `kills-${seed}`) };
    let house = await runHouse(env);
    const city = await cityIn(house, `kills-${seed}`);
    const { secret } = await city.post<{ secret: string }>("/v1/keys", {
      name: "b",
      scopes: ["ledger.transfers:write", "ledger.entries:read"],
    });
    const path = `/cities/${city.slug}/v1/ledger/transfers`;
    let isOver = false;
    const acknowledged: string[] = [];
    const write = async (writer: number) => {
      for (let i = 0; !isOver; i++) {
        const key = `${writer}-${i}`;
        const one = { ...transfer(), memo: key };
        for (;;) {
          const wire = new Wire(Number(new URL(house.url).port));
          const answer = await wire
            .post(path, headersOf(secret, key), JSON.stringify({ transfers: [one] }))
            .catch(() => undefined);
          wire.close();
          if (answer?.status === 201) break;
          if (answer && answer.status !== 503) throw new Error(`${key}: ${answer.status} ${answer.body}`);
          await new Promise((resume) => setTimeout(resume, 20));
        }
        acknowledged.push(key);
      }
    };
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer));
    let state = seed;
    for (let kill = 0; kill < KILLS; kill++) {
      // A small generator, so that the moments of a seed are the same in each run.
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      // Killed at work: once a round of payments is through, somewhere in the next ones.
      const before = acknowledged.length;
      for (let waits = 0; acknowledged.length < before + WRITERS && waits < 1_000; waits++)
        await new Promise((resume) => setTimeout(resume, 10));
      await new Promise((resume) => setTimeout(resume, (state >>> 16) % 200));
      const ended = new Promise((resolve) => house.process.once("exit", resolve));
      house.process.kill("SIGKILL");
      await ended;
      house = await runHouse(env);
      all.kills += 1;
    }
    isOver = true;
    await Promise.all(writers);
    const found: string[] = [];
    const headers = { Authorization: `Bearer ${secret}` };
    const ask = async <T>(at: string) =>
      (await (await fetch(`${house.url}/cities/${city.slug}${at}`, { headers })).json()) as T;
    for (let next: string | undefined = ""; next !== undefined; ) {
      const cursor: string = next ? `&cursor=${next}` : "";
      const page = await ask<{ entries: { memo: string }[]; next?: string }>(
        `/v1/ledger/entries?account=provider:bench&limit=500${cursor}`,
      );
      found.push(...page.entries.map(({ memo }) => memo));
      next = page.next;
    }
    const proof = await ask<{ isSound: boolean; problems: string[]; sums: Record<string, number> }>("/v1/ledger/proof");
    if (!proof.isSound) throw new Error(`seed ${seed}: ${proof.problems.join(" ")}`);
    const kept = new Set(found);
    all.acknowledged += acknowledged.length;
    all.lost += acknowledged.filter((key) => !kept.has(key)).length;
    all.twice += found.length - kept.size;
    all.sum += Math.abs(proof.sums["EUR"] ?? 0);
    all.seconds += (performance.now() - started) / 1000;
    await house.stop();
  }
  const ran = `${WRITERS} writers, ${all.kills} × kill -9 in ${SEEDS} seeds, ${Math.round(all.seconds)} s`;
  note("ledger under kill -9: payments acknowledged", all.acknowledged, "", ran);
  note("ledger under kill -9: lost", all.lost, "");
  note("ledger under kill -9: twice", all.twice, "");
  note("ledger under kill -9: sum over all accounts", all.sum, "");
  if (all.lost + all.twice + all.sum > 0) throw new Error("the ledger lost, doubled or invented money");
}
