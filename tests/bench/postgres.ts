import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BIN = "/usr/lib/postgresql/15/bin";

/** One command, by the unprivileged user that PostgreSQL wants. @throws {Error} with what it said */
function run(program: string, args: string[], input?: string): string {
  const isRoot = process.getuid?.() === 0;
  const command = isRoot ? ["runuser", "-u", "postgres", "--", program, ...args] : [program, ...args];
  const { status, stdout, stderr } = spawnSync(command[0]!, command.slice(1), { input, encoding: "utf8", cwd: "/" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr || stdout}`);
  return stdout;
}

/**
 * The peer: PostgreSQL 15 from Debian's packages with its own defaults (fsync on), in a cluster of its own on a Unix
 * socket. Installed here when it is missing and this is root.
 */
export function withPostgres<T>(work: (sql: (script: string) => string, folder: string) => T): T {
  if (!existsSync(BIN)) {
    const quiet = { stdio: "ignore" as const, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
    spawnSync("apt-get", ["update", "-qq"], quiet);
    if (spawnSync("apt-get", ["install", "-y", "-qq", "postgresql-15"], quiet).status !== 0)
      throw new Error("The peer is PostgreSQL 15: install Debian's package postgresql-15.");
  }
  const folder = mkdtempSync(join(tmpdir(), "hansa-pg-"));
  chmodSync(folder, 0o777);
  const cluster = join(folder, "cluster");
  run(join(BIN, "initdb"), ["-D", cluster, "-A", "trust", "-U", "postgres"]);
  run(join(BIN, "pg_ctl"), [
    "-D",
    cluster,
    "-w",
    "-l",
    join(folder, "log"),
    "-o",
    `-k ${folder} -c listen_addresses=''`,
    "start",
  ]);
  try {
    return work(
      (script) => run("psql", ["-h", folder, "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-qAt"], script),
      folder,
    );
  } finally {
    run(join(BIN, "pg_ctl"), ["-D", cluster, "-m", "immediate", "stop"]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Transactions a second by pgbench, `clients` connections, for so many seconds; each is one of these scripts. */
export function pgbench(folder: string, scripts: readonly string[], clients: number, seconds: number): number {
  const files = scripts.flatMap((script, i) => {
    const file = join(folder, `${i}.sql`);
    writeFileSync(file, script, { mode: 0o644 });
    return ["-f", file];
  });
  const size = ["-c", String(clients), "-j", "1", "-T", String(seconds)];
  const said = run(join(BIN, "pgbench"), ["-h", folder, "-U", "postgres", "-n", ...files, ...size, "postgres"]);
  const perSecond = Number(/tps = ([\d.]+) \(without/.exec(said)?.[1] ?? Number.NaN);
  if (!Number.isFinite(perSecond)) throw new Error(`pgbench said: ${said}`);
  return perSecond;
}

/**
 * Readings a second by COPY in batches, each a transaction of its own, into a table keyed by meter and time; the best of
 * these numbers of connections. A line of a batch is `meter,time,value`, the meter already a number.
 */
export function copyBatches(batches: readonly string[][], connections: readonly number[]) {
  const count = batches.reduce((sum, rows) => sum + rows.length, 0);
  return withPostgres((sql, folder) => {
    const files = batches.map((rows, i) => {
      const file = join(folder, `${i}.csv`);
      writeFileSync(file, `${rows.join("\n")}\n`, { mode: 0o644 });
      return file;
    });
    return connections.map((clients) => {
      sql(`DROP TABLE IF EXISTS readings;
CREATE TABLE readings (meter int, at int, wh bigint NOT NULL, PRIMARY KEY (meter, at)); CHECKPOINT;`);
      const commands = Array.from({ length: clients }, (_, client) => {
        const script = join(folder, `copy-${client}.sql`);
        const mine = files.filter((_, i) => i % clients === client);
        writeFileSync(script, mine.map((file) => `\\copy readings FROM '${file}' WITH (FORMAT csv)\n`).join(""), {
          mode: 0o644,
        });
        return `psql -h ${folder} -U postgres -v ON_ERROR_STOP=1 -q -f ${script} &`;
      });
      const started = performance.now();
      run("sh", ["-c", `${commands.join(" ")} wait`]);
      const seconds = (performance.now() - started) / 1000;
      if (Number(sql("SELECT count(*) FROM readings;")) !== count) throw new Error("PostgreSQL lost some");
      return { clients, perSecond: count / seconds };
    });
  });
}

/** Readings a second by COPY into a table with a primary key, and the bytes that each then takes; version beside it. */
export function copyReadings(rows: readonly string[]): { perSecond: number; bytesEach: number; version: string } {
  return withPostgres((sql, folder) => {
    const file = join(folder, "readings.csv");
    writeFileSync(file, `${rows.join("\n")}\n`, { mode: 0o644 });
    sql(
      "CREATE TABLE readings (meter text, at timestamptz, wh int NOT NULL, quality text NOT NULL, PRIMARY KEY (meter, at));",
    );
    const started = performance.now();
    sql(`\\copy readings FROM '${file}' WITH (FORMAT csv)`);
    const seconds = (performance.now() - started) / 1000;
    const [count = "0", size = "0"] = sql("SELECT count(*), pg_total_relation_size('readings') FROM readings;")
      .trim()
      .split("|");
    if (Number(count) !== rows.length) throw new Error(`PostgreSQL kept ${count} of ${rows.length} readings`);
    return {
      perSecond: rows.length / seconds,
      bytesEach: Number(size) / rows.length,
      version: sql("SHOW server_version;").trim(),
    };
  });
}

/** Payments a second as single transactions over one connection each: payment, two ledger entries, the bill. */
export function payBills(bills: number, payers: number): { perSecond: number } {
  return withPostgres((sql, folder) => {
    sql(`CREATE TABLE bills (id int PRIMARY KEY, due int NOT NULL);
         CREATE TABLE payments (id bigserial PRIMARY KEY, bill int UNIQUE NOT NULL REFERENCES bills, amount int NOT NULL, state text NOT NULL);
         CREATE TABLE entries (id bigserial PRIMARY KEY, payment bigint NOT NULL, account text NOT NULL, amount int NOT NULL);
         CREATE SEQUENCE next_bill;
         INSERT INTO bills SELECT n, 1000 FROM generate_series(1, ${bills}) n;`);
    const script = join(folder, "pay.sql");
    writeFileSync(
      script,
      `SELECT nextval('next_bill') AS bill \\gset
BEGIN;
INSERT INTO payments (bill, amount, state) VALUES (:bill, 1000, 'settled') RETURNING id AS payment \\gset
INSERT INTO entries (payment, account, amount) VALUES (:payment, 'provider', 1000), (:payment, 'due', -1000);
UPDATE bills SET due = due - 1000 WHERE id = :bill;
COMMIT;
`,
      { mode: 0o644 },
    );
    const said = run(join(BIN, "pgbench"), [
      "-h",
      folder,
      "-U",
      "postgres",
      "-n",
      "-f",
      script,
      "-c",
      String(payers),
      "-t",
      String(Math.floor(bills / payers)),
      "postgres",
    ]);
    const perSecond = Number(/tps = ([\d.]+) \(without/.exec(said)?.[1] ?? Number.NaN);
    if (!Number.isFinite(perSecond)) throw new Error(`pgbench said: ${said}`);
    return { perSecond };
  });
}
