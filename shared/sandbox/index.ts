import { type ChildProcess, fork } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sandbox } from "../ports.ts";
import type { Job, Limits, Outcome, Ran } from "./job.ts";
import { turns } from "./turns.ts";

/** At once, in one house; the rest waits its turn, and whoever has one running does not get the other process. */
const PROCESSES_MAX = 2;
const TURN_MS = 10_000;
/** An outside limit, because an interrupt alone let 50 ms become 26 s. */
const KILLED_AFTER = 4;
/** A process that nobody needs is given up after this. */
const IDLE_MS = 30_000;
/** Longer than the slowest machine needs to make a process ready. */
const START_MS = 20_000;
const NAME = /^[A-Za-z_$][\w$]*$/;

// Beside this file in the source, beside the one file of a bundle, with all that it loads.
const HERE = dirname(fileURLToPath(import.meta.url));
const isSource = import.meta.url.endsWith(".ts");
const INSIDE = join(HERE, isSource ? "inside.ts" : "sandbox-inside.mjs");
const ROOT = join(HERE, "../..");
const READS = isSource ? [`${HERE}/*`, join(ROOT, "package.json"), join(ROOT, "node_modules/*")] : [`${HERE}/*`];

/** It may read what it is made of, and nothing else: no writing, no further process, no thread, no add-on. */
export const RIGHTS: readonly string[] = ["--permission", ...READS.map((path) => `--allow-fs-read=${path}`)];

interface Process {
  child: ChildProcess;
  /** Its next word; undefined when it said nothing in time. */
  next(withinMs: number): Promise<unknown>;
  idle?: NodeJS.Timeout;
}

const idle: Process[] = [];
const turn = turns(PROCESSES_MAX, TURN_MS);

/**
 * Runs somebody else's code: no rights, no network, no files, no clock and no chance but what is given. Nothing is left
 * of it afterwards: each run has an engine's context of its own, and a process that was harmed is replaced.
 *
 * @param code   JavaScript, as a script
 * @param name   the function of it to be called
 * @param input  its one argument, as JSON carries it
 * @param whose  for whom it runs: what one has run much waits for itself, and for nobody else
 */
export async function run(code: string, name: string, input: unknown, limits: Limits, whose: string): Promise<Ran> {
  if (!NAME.test(name)) throw new RangeError(`${name} is no name of a function`);
  if (!(await turn.begin(whose))) return { refused: "busy", detail: "Too much of its own ran before it." };
  try {
    const taken = idle.pop() ?? (await started());
    clearTimeout(taken.idle);
    const job: Job = { code, name, input: JSON.stringify(input), ...limits };
    taken.child.send(job);
    const outcome = (await taken.next(limits.timeMs * KILLED_AFTER)) as Outcome | undefined;
    if (outcome === undefined || ("refused" in outcome && ["time", "memory"].includes(outcome.refused)))
      await end(taken);
    else keep(taken);
    if (outcome === undefined) return { refused: "time", detail: `It did not end within ${limits.timeMs} ms.` };
    return "output" in outcome ? { output: JSON.parse(outcome.output) } : outcome;
  } finally {
    turn.end(whose);
  }
}

/** What runs for one city, in processes of this machine. */
export const processSandbox = (city: string): Sandbox => ({
  run: (code, name, input, limits) => run(code, name, input, limits, city),
});

/** Until it is gone its memory is not free for the next one. */
function end({ child }: Process): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  // Whoever waits for it must not end before it.
  child.ref();
  child.kill("SIGKILL");
  return child.exitCode === null && child.signalCode === null ? gone : Promise.resolve();
}

function keep(one: Process): void {
  one.idle = setTimeout(() => {
    idle.splice(idle.indexOf(one), 1);
    void end(one);
  }, IDLE_MS).unref();
  idle.push(one);
}

/** A process with none of the house's settings. What the machine needs to start it at all is no secret. */
async function started(): Promise<Process> {
  const libraries = process.env["LD_LIBRARY_PATH"];
  const child = fork(INSIDE, [], {
    env: libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries },
    execArgv: [...RIGHTS, "--max-old-space-size=32"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
  });
  let tell: ((word: unknown) => void) | undefined;
  let trouble = "";
  child.stderr?.on("data", (text: Buffer) => {
    trouble = (trouble + text.toString()).slice(-2_000);
  });
  child.on("message", (word) => tell?.(word));
  child.on("error", (error) => {
    trouble = error.message;
  });
  // Of its own accord it ends only where its memory does.
  child.on("exit", () => {
    const at = idle.findIndex((one) => one.child === child);
    if (at >= 0) idle.splice(at, 1);
    tell?.({ refused: "memory", detail: "Its process ended." });
  });
  // It never keeps the house alive by itself.
  child.unref();
  child.channel?.unref();
  (child.stderr as unknown as { unref?: () => void } | null)?.unref?.();
  const one: Process = {
    child,
    next: (withinMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve(undefined), withinMs);
        tell = (word) => {
          clearTimeout(timer);
          tell = undefined;
          resolve(word);
        };
      }),
  };
  if ((await one.next(START_MS)) === "ready") return one;
  void end(one);
  throw new Error(`the sandbox did not start: ${trouble}`);
}
