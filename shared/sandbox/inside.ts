import variant from "@jitl/quickjs-wasmfile-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
  Scope,
} from "quickjs-emscripten-core";
import type { Job, Outcome } from "./job.ts";

// The inside of the sandbox: a process of its own, with one QuickJS in WebAssembly whose memory cannot grow. Whoever
// started it kills it when it does not answer in time.

const MEMORY_BYTES = 64 * 1024 * 1024;
const PAGE_BYTES = 65_536;
const STACK_BYTES = 256 * 1024;
const DETAIL_MAX = 300;

// Hours are UTC's in every house: the engine asks this process, and nothing else here does.
Date.prototype.getTimezoneOffset = () => 0;

const pages = MEMORY_BYTES / PAGE_BYTES;
// The library's own limit alone let 64 MiB become 2.2 GB.
const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: new (bounds: object) => never } }).WebAssembly;
const wasmMemory = new Memory({ initial: pages, maximum: pages });
// Its types are those of its CommonJS twin, whose default export is one level deeper.
const sync = variant as unknown as QuickJSSyncVariant;
const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(sync, { wasmMemory }));

/** Time and chance come from the job, so that the same input gives the same output everywhere. */
const PRELUDE = `(nowMs) => {
  const Real = Date;
  const made = (given) => (given.length === 0 ? new Real(nowMs) : new Real(...given));
  globalThis.Date = function Date(...given) {
    return new.target ? Object.setPrototypeOf(made(given), new.target.prototype) : made([]).toString();
  };
  Date.prototype = Real.prototype;
  Date.prototype.constructor = Date;
  Date.now = () => nowMs;
  Date.UTC = Real.UTC;
  Date.parse = Real.parse;
  let state = (nowMs ^ Math.floor(nowMs / 4294967296)) >>> 0;
  Math.random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  for (const name of ["performance", "WeakRef", "FinalizationRegistry"]) delete globalThis[name];
}`;

function spentMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** One run, in a runtime and context of its own. */
function run(job: Job): Outcome {
  try {
    return Scope.withScope((scope) => {
      const runtime = scope.manage(quickjs.newRuntime());
      runtime.setMaxStackSize(STACK_BYTES);
      // The thread's own time: a busy machine is not the code's fault.
      const endsAt = spentMs() + job.timeMs;
      runtime.setInterruptHandler(() => spentMs() > endsAt);
      const outcome = within(scope, scope.manage(runtime.newContext()), job);
      // What is thrown may itself be code that takes all the time there is.
      const isLate = "refused" in outcome && outcome.refused === "code" && spentMs() > endsAt;
      return isLate ? { ...outcome, refused: "time" } : outcome;
    });
  } catch (error) {
    // The engine itself gave up, at the end of its memory or of this process's stack.
    return { refused: "memory", detail: String(error).slice(0, DETAIL_MAX) };
  }
}

class Refused extends Error {
  readonly outcome: Outcome;
  constructor(outcome: Outcome) {
    super("refused");
    this.outcome = outcome;
  }
}

function within(scope: Scope, vm: QuickJSContext, { code, name, input, nowMs, outputMax }: Job): Outcome {
  const got = (result: ReturnType<QuickJSContext["evalCode"]>): QuickJSHandle => {
    if (result.error) throw new Refused(refusal(scope, vm, scope.manage(result.error)));
    return scope.manage(result.value);
  };
  const asked = (of: QuickJSHandle, what: string) => scope.manage(vm.getProp(of, what));
  try {
    // Taken before a line of the code has run, so that it cannot put anything in their place.
    const json = asked(vm.global, "JSON");
    const [parse, stringify] = [asked(json, "parse"), asked(json, "stringify")];
    got(vm.callFunction(got(vm.evalCode(PRELUDE)), vm.undefined, scope.manage(vm.newNumber(nowMs))));

    got(vm.evalCode(code, "code.js"));
    const wanted = got(vm.evalCode(`typeof ${name} === "function" ? ${name} : undefined`));
    if (vm.typeof(wanted) !== "function") return { refused: "code", detail: `There is no function ${name}.` };
    const given = got(vm.callFunction(parse, vm.undefined, scope.manage(vm.newString(input))));
    const answer = got(vm.callFunction(wanted, vm.undefined, given));
    const text = got(vm.callFunction(stringify, vm.undefined, answer));
    if (vm.typeof(text) !== "string") return { refused: "output", detail: `${name} returned nothing.` };
    if (vm.getNumber(asked(text, "length")) > outputMax)
      return { refused: "output", detail: `${name} returned more than ${outputMax} signs.` };
    return { output: vm.getString(text) };
  } catch (error) {
    if (error instanceof Refused) return error.outcome;
    throw error;
  }
}

function refusal(scope: Scope, vm: QuickJSContext, error: QuickJSHandle): Outcome {
  const read = (of: QuickJSHandle): string => (vm.typeof(of) === "string" ? vm.getString(of).slice(0, DETAIL_MAX) : "");
  const part = (name: string) => read(scope.manage(vm.getProp(error, name)));
  const detail = vm.typeof(error) === "object" ? `${part("name")}: ${part("message")}` : read(error);
  if (detail === "InternalError: interrupted") return { refused: "time", detail };
  if (detail === "InternalError: out of memory") return { refused: "memory", detail };
  return { refused: "code", detail };
}

process.on("message", (job: Job) => process.send!(run(job)));
// Once for nothing, so that no job waits for what a first run compiles.
run({ code: "function f(i) { return i; }", name: "f", input: "{}", nowMs: 0, timeMs: 1_000, outputMax: 10 });
process.send!("ready");
