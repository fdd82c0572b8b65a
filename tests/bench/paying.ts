import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { installWrk } from "./load.ts";

// Single payments by a client in C, as PostgreSQL's own is: one in JavaScript takes a core of two for itself, and what
// it waits for is counted as the house's.

/**
 * Each request has a key of its own: a UUID of version 7, or a random one. At a steady rate each is due at its time,
 * whatever the others take: of so many connections some are always free.
 */
const PAY = `local ffi = require("ffi")
ffi.cdef[[ typedef struct { long s, ns; } bench_time; int clock_gettime(int, bench_time *); ]]
local time = ffi.new("bench_time[1]")
local function ms(clock)
  ffi.C.clock_gettime(clock, time)
  return tonumber(time[0].s) * 1000 + tonumber(time[0].ns) / 1e6
end
local rate, byTime = tonumber(os.getenv("RATE")), os.getenv("KEYS") == "by time"
local bodies, at, due = {}, 0, nil
for body in io.lines(os.getenv("BODIES")) do bodies[#bodies + 1] = body end
math.randomseed(ms(0) % 2147483647)
local function hex(digits) return string.format("%0" .. digits .. "x", math.random(0, 16 ^ digits - 1)) end
if rate > 0 then
  delay = function()
    local now = ms(1)
    due = (due or now) + 1000 / rate
    return math.max(0, math.floor(due - now + 0.5))
  end
end
request = function()
  at = at % #bodies + 1
  local first = byTime and string.format("%012x", ms(0)) or hex(6) .. hex(6)
  local version = byTime and "7" or "4"
  wrk.headers["Idempotency-Key"] = first:sub(1, 8) .. "-" .. first:sub(9) .. "-" .. version .. hex(3) .. "-8" .. hex(3) .. "-" .. hex(6) .. hex(6)
  return wrk.format("POST", nil, nil, bodies[at])
end
done = function(summary, latency)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  print(string.format("%d %d %f %f %f", summary.requests, failed, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
`;

/** As many as PostgreSQL's client has. */
const CONNECTIONS = 64;
/**
 * At a steady rate of 4,000 one is free for whatever is due in 30 ms. With 512 the connections are measured: of each the
 * house keeps its last request until the next, and what is kept so long is collected with the whole heap.
 */
const CONNECTIONS_STEADY = 128;

/**
 * @param perSecond  a steady rate; 0 for as many as 64 connections take
 * @returns payments a second, and milliseconds from the sending of one to its answer
 * @throws {Error}   one was refused, or the rate could not be held
 */
export async function paid(
  url: string,
  token: string,
  bodies: readonly string[],
  { seconds, perSecond = 0, keys = "by time" }: { seconds: number; perSecond?: number; keys?: "by time" | "random" },
): Promise<{ perSecond: number; p50Ms: number; p99Ms: number }> {
  installWrk();
  const folder = mkdtempSync(join(tmpdir(), "hansa-paying-"));
  try {
    const [script, lines] = [join(folder, "pay.lua"), join(folder, "bodies")];
    writeFileSync(script, PAY);
    writeFileSync(lines, bodies.map((body) => `${body}\n`).join(""));
    const connections = perSecond > 0 ? CONNECTIONS_STEADY : CONNECTIONS;
    const headers = ["-H", `Authorization: Bearer ${token}`, "-H", "Content-Type: application/json"];
    const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", script, ...headers, url];
    const env = { ...process.env, RATE: String(perSecond), KEYS: keys, BODIES: lines };
    const { stdout } = await promisify(execFile)("wrk", args, { env });
    const [posts, failed, took, p50Ms, p99Ms] = stdout.trim().split("\n").at(-1)!.split(" ").map(Number) as [
      ...[number, number, number, number, number],
    ];
    if (failed > 0) throw new Error(`${failed} of ${posts} payments failed:\n${stdout}`);
    if (posts / took < perSecond * 0.97) throw new Error(`${Math.round(posts / took)}/s of ${perSecond}/s were sent`);
    return { perSecond: posts / took, p50Ms, p99Ms };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
