import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Loaded {
  rps: number;
  p99Ms: number;
}

/** The client is wrk, in C: one in JavaScript took a core for itself, and was what was measured. */
export function installWrk(): void {
  if (spawnSync("wrk", ["-v"]).error === undefined) return;
  const quiet = { stdio: "ignore" as const, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  spawnSync("apt-get", ["update", "-qq"], quiet);
  if (spawnSync("apt-get", ["install", "-y", "-qq", "wrk"], quiet).status !== 0)
    throw new Error("The client is wrk: install Debian's package wrk.");
}

const ASK = `local paths, at = {}, 0
for path in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = path end
request = function() at = at % #paths + 1; return wrk.format("GET", paths[at]) end
`;
const UNITS: Record<string, number> = { us: 0.001, ms: 1, s: 1_000 };

/**
 * Requests a second and the slowest hundredth of answers, from another process' point of view, on this machine only.
 * @param addresses  of one server, asked for one after the other, and again
 * @throws {Error}   an answer was refused or did not come
 */
export async function load(addresses: string | readonly string[], seconds = 5): Promise<Loaded> {
  installWrk();
  const all = [addresses].flat().map((address) => new URL(address));
  const { origin } = all[0]!;
  if (!all.every((one) => one.origin === origin && /^http:\/\/(localhost|127\.0\.0\.1):/.test(origin)))
    throw new Error("load goes to this machine only");
  const folder = mkdtempSync(join(tmpdir(), "hansa-load-"));
  try {
    const [script, paths] = [join(folder, "ask.lua"), join(folder, "paths")];
    writeFileSync(script, ASK);
    writeFileSync(paths, all.map(({ pathname, search }) => `${pathname}${search}\n`).join(""));
    const args = ["-t1", "-c8", `-d${seconds}s`, "--latency", "-s", script, origin];
    const { stdout } = await promisify(execFile)("wrk", args, { env: { ...process.env, PATHS: paths } });
    const failed = /Non-2xx.*|Socket errors.*/.exec(stdout)?.[0];
    if (failed) throw new Error(`${origin}${all[0]!.pathname}: ${failed}`);
    const [, slowest, unit] = /99%\s+([\d.]+)(us|ms|s)\b/.exec(stdout)!;
    return { rps: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)![1]), p99Ms: Number(slowest) * UNITS[unit!]! };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A server of Node that answers what `address` answers and does nothing else: what a process here could do at most. */
export async function withBare<T>(address: string, work: (address: string) => Promise<T>): Promise<T> {
  const server: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, "bare.mjs"), address], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [port] = (await once(server.stdout!, "data")) as [Buffer];
    return await work(`http://127.0.0.1:${Number(port.toString())}/`);
  } finally {
    server.kill();
  }
}

const ROUNDS = 5;
const middle = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/**
 * Several servers in turn, each warm, so that whatever else this machine does meets all of them: what each does in the
 * middle of the rounds, and how often the first one does in a round what another does, least, in the middle and most.
 */
export async function inTurn(servers: readonly (string | readonly string[])[]) {
  const rounds: Loaded[][] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const loaded: Loaded[] = [];
    for (const addresses of servers) loaded.push(await load(addresses, 2));
    // In the first one they become warm.
    if (round > 0) rounds.push(loaded);
  }
  return servers.map((_, i) => {
    const ratios = rounds.map((all) => all[0]!.rps / all[i]!.rps).sort((a, b) => a - b);
    return {
      rps: middle(rounds.map((all) => all[i]!.rps)),
      p99Ms: middle(rounds.map((all) => all[i]!.p99Ms)),
      ratio: middle(ratios),
      least: ratios[0]!,
      most: ratios.at(-1)!,
    };
  });
}
