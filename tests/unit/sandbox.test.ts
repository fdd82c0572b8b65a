import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleSandbox } from "../../infra/bundle.ts";
import { RIGHTS, run } from "../../shared/sandbox/index.ts";
import type { Ran } from "../../shared/sandbox/job.ts";
import { turns } from "../../shared/sandbox/turns.ts";

const LIMITS = { timeMs: 60, outputMax: 10_000, nowMs: Date.parse("2026-11-25T20:00:00Z") };
/** What a kill and a new process take beyond the limit, on a machine that others use. */
const SLACK_MS = 1_500;
const ran = (code: string, input: unknown = {}, limits = LIMITS): Promise<Ran> =>
  run(code, "f", input, limits, "abidjan");

async function timed(code: string): Promise<Ran> {
  const startedMs = performance.now();
  const answer = await ran(code);
  expect(performance.now() - startedMs, code).toBeLessThan(4 * LIMITS.timeMs + SLACK_MS);
  return answer;
}
/** The next run has nothing of the one before. */
const unharmed = async () =>
  expect(
    await ran("function f(i) { return { sum: i.a + i.b, text: String({}), all: JSON.stringify([1]) }; }", {
      a: 1,
      b: 2,
    }),
  ).toEqual({
    output: { sum: 3, text: "[object Object]", all: "[1]" },
  });

/** Each with the refusals that may come of it: an engine's own limit or ours, whichever is first. */
export const HOSTILE: [name: string, code: string, refusals: string[]][] = [
  ["an endless loop", "function f() { for (;;); }", ["time"]],
  ["an endless loop when it is read", "for (;;); function f() {}", ["time"]],
  ["a loop that catches its own end", "function f() { for (;;) try { for (;;); } catch {} }", ["time"]],
  ["a catastrophic pattern", "function f() { return /^(a+)+$/.test('a'.repeat(60) + 'b'); }", ["time"]],
  ["a long join", "function f() { return new Array(1e9) + ''; }", ["time", "memory"]],
  ["growing strings", "function f() { let s = 'ab'; for (;;) s += s; }", ["code", "memory", "time"]],
  ["growing lists", "function f() { const all = []; for (;;) all.push(new Array(1000).fill(1)); }", ["memory", "time"]],
  ["buffers", "function f() { const all = []; for (;;) all.push(new ArrayBuffer(1e7)); }", ["memory", "code", "time"]],
  ["deep recursion", "function f() { const g = () => 1 + g(); return g(); }", ["code", "memory"]],
  [
    "deep nesting",
    "function f() { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a; }",
    ["code", "memory", "time"],
  ],
  [
    "a flood of promises",
    "function f() { const p = () => Promise.resolve().then(p); for (;;) p(); }",
    ["time", "memory"],
  ],
  ["a giant answer", "function f() { return 'x'.repeat(20000); }", ["output"]],
  ["an answer that is a trap", "function f() { return { toJSON() { for (;;); } }; }", ["time"]],
  ["an answer that holds itself", "function f() { const a = {}; a.a = a; return a; }", ["code"]],
  ["no answer", "function f() {}", ["output"]],
  ["no function", "const g = 1;", ["code"]],
  ["no code", "function f( {", ["code"]],
  ["an error", "function f() { throw new Error('not my payload'); }", ["code"]],
  ["a thrown thing that lies", "function f() { throw { get name() { for (;;); }, message: 'x' }; }", ["time"]],
  [
    "a prototype in pieces",
    "Object.prototype.toString = () => 'mine'; JSON.stringify = () => 'mine'; Array.prototype.map = 1; function f() { throw 1; }",
    ["code"],
  ],
];

describe("the sandbox", () => {
  // Guards against code that takes the house's time, memory or next run.
  test.each(HOSTILE)("%s ends within its limit, and the next run is unharmed", async (_name, code, refusals) => {
    const answer = await timed(code);
    expect("refused" in answer ? answer.refused : answer).toBeOneOf(refusals);
    await unharmed();
  });

  // Guards against a figure that is another one in another house, or at another hour.
  test("time and chance come from the input alone", async () => {
    const probe = `function f() {
      const offset = new Date(2026, 6, 1).getTimezoneOffset();
      return [Date.now(), new Date().toISOString(), new Date() instanceof Date, new (new Date().constructor)().getTime(),
        Date().slice(0, 15), new Date("2026-07-01T12:00:00").getTime(), new Date(2026, 0, 1).getTime(), offset,
        Math.random(), Math.random(), typeof performance, typeof setTimeout, typeof process, typeof require, typeof fetch];
    }`;
    const first = await ran(probe);
    expect(first).toEqual(await ran(probe));
    const output = ("output" in first ? first.output : []) as unknown[];
    expect(output.slice(0, 8)).toEqual([
      LIMITS.nowMs,
      "2026-11-25T20:00:00.000Z",
      true,
      LIMITS.nowMs,
      "Wed Nov 25 2026",
      Date.parse("2026-07-01T12:00:00Z"),
      Date.parse("2026-01-01T00:00:00Z"),
      0,
    ]);
    expect(output[8]).not.toEqual(output[9]);
    expect(output.slice(10)).toEqual(Array(5).fill("undefined"));
    const later = await ran(probe, {}, { ...LIMITS, nowMs: LIMITS.nowMs + 1 });
    expect(later).not.toEqual(first);
  });

  test("what goes in comes as JSON, and what comes out is JSON", async () => {
    expect(await ran("function f(i) { return i; }", { __proto__: 1, a: [null, "é\u2028", 1.5] })).toEqual({
      output: { a: [null, "é\u2028", 1.5] },
    });
    expect(await ran("const f = ({ a }) => a.map((x) => x * 2)", { a: [1, 2] })).toEqual({ output: [2, 4] });
    await expect(run("", "f();g", {}, LIMITS, "abidjan")).rejects.toThrow(RangeError);
  });

  test("many at once wait for their turn, and all are answered", async () => {
    const codes = Array.from({ length: 40 }, (_, i) =>
      i % 10 === 0 ? "function f() { for (;;); }" : `function f() { return ${i}; }`,
    );
    const answers = await Promise.all(codes.map((code) => ran(code)));
    answers.forEach((answer, i) => {
      expect(answer).toMatchObject(i % 10 === 0 ? { refused: "time" } : { output: i });
    });
  });

  // Guards against one city's slow decoder for which the messages of all others wait.
  test("a line of one's own: who comes after a flood of somebody else's does not wait for it", async () => {
    const ended: string[] = [];
    const flood = Array.from({ length: 5 }, async () => {
      await ran("function f() { for (;;); }");
      ended.push("flood");
    });
    const calm = run("function f() { return 1; }", "f", {}, LIMITS, "nantes").then((answer) => {
      ended.push("calm");
      return answer;
    });
    expect(await calm).toEqual({ output: 1 });
    expect(ended.indexOf("calm")).toBeLessThan(3);
    await Promise.all(flood);
  });

  test("turns go round, one each", async () => {
    const turn = turns(1, 60_000);
    const order: string[] = [];
    const take = async (whose: string) => {
      expect(await turn.begin(whose)).toBe(true);
      order.push(whose);
      await Promise.resolve();
      turn.end(whose);
    };
    await Promise.all(["a", "a", "a", "b", "c", "b"].map(take));
    expect(order).toEqual(["a", "b", "c", "a", "b", "a"]);
  });

  test("who had no turn in time goes away, and holds nobody up", async () => {
    const turn = turns(1, 10);
    expect(await turn.begin("a")).toBe(true);
    expect(await Promise.all([turn.begin("a"), turn.begin("b")])).toEqual([false, false]);
    turn.end("a");
    expect(await turn.begin("b")).toBe(true);
  });

  // Guards against code that has broken out of the engine: what it then finds around it.
  test("outside of the engine there is nothing to read, write, start or know", () => {
    const folder = mkdtempSync(join(tmpdir(), "hansa-rights-"));
    try {
      const probe = join(folder, "probe.mjs");
      writeFileSync(
        probe,
        `import { readFileSync, writeFileSync } from "node:fs";
         import { spawnSync } from "node:child_process";
         import { Worker } from "node:worker_threads";
         const fails = (what) => { try { what(); return false; } catch (error) { return error.code; } };
         console.log(JSON.stringify([
           fails(() => readFileSync("/etc/hostname")),
           fails(() => readFileSync(${JSON.stringify(join(import.meta.dirname, "../../shared/secrets.ts"))})),
           fails(() => writeFileSync(${JSON.stringify(join(folder, "x"))}, "x")),
           fails(() => spawnSync("true")),
           fails(() => new Worker("1", { eval: true })),
         ]));`,
      );
      const { stdout, stderr } = spawnSync(process.execPath, [...RIGHTS, `--allow-fs-read=${probe}`, probe], {
        encoding: "utf8",
        env: {},
      });
      expect(JSON.parse(stdout || "null"), stderr).toEqual(Array(5).fill("ERR_ACCESS_DENIED"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  describe("as it is bundled", () => {
    const folder = mkdtempSync(join(tmpdir(), "hansa-sandbox-"));
    const outfile = join(folder, "index.mjs");
    beforeAll(() => {
      bundleSandbox(folder);
      const source = join(import.meta.dirname, "../../shared/sandbox/index.ts");
      buildSync({ entryPoints: [source], bundle: true, format: "esm", platform: "node", outfile });
    });
    afterAll(() => rmSync(folder, { recursive: true }));
    const printed = (program: string) => {
      const code = `const { run } = await import(${JSON.stringify(outfile)});\n${program}`;
      return spawnSync(process.execPath, ["--input-type=module", "-e", code], { cwd: folder, encoding: "utf8" });
    };

    // Guards against an inside that is beside the source and not beside the bundle of a function.
    test("it runs with nothing else beside it", () => {
      const { stdout, stderr } = printed(
        `console.log(JSON.stringify(await run("function f(i) { return i.a + 1; }", "f", { a: 1 }, ${JSON.stringify(LIMITS)}, "abidjan")));`,
      );
      expect(stdout.trim(), stderr).toBe('{"output":2}');
    });

    // Guards against a bound on the engine's memory that does not bound the process.
    test("house and inside together stay below 200 MB, whatever wants memory", () => {
      const { stdout, stderr } = printed(`
        const { readFileSync } = await import("node:fs");
        let most = 0;
        const residentOf = (pid) => {
          try { return Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync("/proc/" + pid + "/status", "utf8"))?.[1] ?? 0) * 1024; } catch { return 0; }
        };
        const look = () => {
          const inside = readFileSync("/proc/self/task/" + process.pid + "/children", "utf8").trim().split(" ").filter(Boolean);
          most = Math.max(most, [process.pid, ...inside].reduce((sum, pid) => sum + residentOf(pid), 0));
        };
        const watch = setInterval(look, 5);
        for (const code of ${JSON.stringify(HOSTILE.filter(([, , refusals]) => refusals.includes("memory")).map(([, code]) => code))})
          await run(code, "f", {}, ${JSON.stringify(LIMITS)}, "abidjan");
        clearInterval(watch);
        console.log(most);`);
      const megabytes = Number(stdout.trim()) / 1e6;
      expect(megabytes, stderr).toBeGreaterThan(30);
      expect(megabytes).toBeLessThan(200);
    });
  });
});
