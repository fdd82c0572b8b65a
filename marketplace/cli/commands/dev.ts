import { watch } from "node:fs";
import { resolve } from "node:path";
import type { Module } from "../../contract/module.ts";
import { facts, SandboxClock } from "../dev/facts.ts";
import { type SandboxCity, startSandboxCity } from "../dev/sandbox-city.ts";
import { serving } from "../dev/serving.ts";
import { type Ran, type Tell, teller, tellRun, tellServing } from "../dev/telling.ts";
import { readModule } from "../files.ts";
import { type Flags, fail } from "../output.ts";
import { Trouble } from "../trouble.ts";
import { type Command, everywhere } from "./common.ts";

const LOOKS_MS = 1_000;
/** An editor writes several times when it saves once. */
const SETTLES_MS = 200;

export const dev: Command = {
  summary: "Run a module in a sandbox city of your own, and again whenever you save it",
  args: {
    ...everywhere,
    folder: { type: "positional", description: "Where it is", default: "." },
    port: {
      type: "string",
      description: "Where the house listens (0: any free one)",
      default: "0",
      valueHint: "number",
    },
    currency: {
      type: "string",
      description: "The city’s money (default: the module’s first tariff’s, else EUR)",
      valueHint: "code",
    },
    once: {
      type: "boolean",
      description: "Let some days pass, say what happened, and end: 0, or 3 where a run was refused",
    },
  },
  examples: ["hansa dev fair-water", "hansa dev --port 4000", "hansa dev fair-water --once --json"],
  async run(args) {
    const flags = { json: args.flag("json"), quiet: args.flag("quiet") };
    const tell = teller(flags);
    const folder = resolve(args.must("folder"));
    const { module } = await readModule(folder);
    const { name } = module.manifest;
    const began = performance.now();
    const clock = new SandboxClock();
    const city = await startSandboxCity({
      port: args.must("port"),
      currency: args.text("currency") ?? currencyOf(module),
      now: clock.now,
    });
    try {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      tell(
        "started",
        { url: city.url, administrator: city.administrator },
        `Sandbox city of made-up households at ${city.url} (${seconds} s)`,
        `    staff signs in as ${city.administrator}; the code is shown`,
      );
      const serves = await serving(city, name);
      const happens = facts(city, clock, module);
      const runs = new Runs(city, tell);
      const round = async (next: Module) => {
        const install = await serves.put(next);
        tellServing(tell, next, install.version, city);
        const said = await happens.next();
        tell("facts", { said }, `… ${said}`);
        await city.settle();
        await runs.look(install.id);
        return install.id;
      };
      const id = await round(module);
      if (args.flag("once")) return ended(name, runs);
      tell("watching", { folder }, `Watching ${folder}; Ctrl-C ends it.`);
      await stay(folder, flags, {
        look: () => runs.look(id),
        saved: async () => round((await readModule(folder)).module),
      });
      return { json: { what: "ended" }, lines: ["Ended; the sandbox city is gone."] };
    } finally {
      await city.stop();
    }
  },
};

const currencyOf = ({ parts }: Module): string =>
  parts.flatMap((part) => (part.kind === "tariff" ? [part.tariff.currency] : []))[0] ?? "EUR";

function ended(name: string, { told, refused }: Runs) {
  if (refused.length > 0)
    throw new Trouble(
      "invalid",
      `${refused.length} of ${told} runs of ${name} were refused.`,
      "In a city nothing of them would have been done:",
      "Mend it and run `hansa dev` again.",
      refused.map(({ part, refused }) => ({
        at: part,
        detail: [refused?.why, refused?.scope, refused?.detail].filter(Boolean).join(" "),
      })),
    );
  return {
    json: { what: "ended", runs: told },
    lines: [`${name} runs in a sandbox city: ${told} runs, none refused.`],
  };
}

/** What its parts did, each told once. */
class Runs {
  readonly #told = new Set<string>();
  readonly refused: Ran[] = [];
  constructor(
    private readonly city: SandboxCity,
    private readonly tell: Tell,
  ) {}
  get told(): number {
    return this.#told.size;
  }
  async look(id: string): Promise<void> {
    // Its clock's evenings are due though no timer of the machine rings for them.
    await this.city.settle();
    const { runs } = await this.city.get<{ runs: Ran[] }>(`/v1/installs/${id}/effects?limit=100`);
    for (const run of runs.toReversed()) {
      const one = `${run.eventId} ${run.part}`;
      if (this.#told.has(one)) continue;
      this.#told.add(one);
      if (run.outcome === "refused") this.refused.push(run);
      tellRun(this.tell, run);
    }
  }
}

/** Until Ctrl-C: looks for runs, and at each save brings the new version in. A mistake is told, and nothing stops. */
function stay(folder: string, flags: Flags, does: { look(): Promise<void>; saved(): Promise<unknown> }): Promise<void> {
  return new Promise((done) => {
    let isBusy = false;
    let isSaved = false;
    const work = async () => {
      if (isBusy) return;
      isBusy = true;
      try {
        if (isSaved) {
          isSaved = false;
          await does.saved();
        } else await does.look();
      } catch (error) {
        fail(error, flags);
        process.exitCode = 0;
      }
      isBusy = false;
    };
    let settles: NodeJS.Timeout | undefined;
    const watcher = watch(folder, { recursive: true }, (_, file) => {
      if (file?.includes("node_modules") || file?.startsWith(".")) return;
      clearTimeout(settles);
      settles = setTimeout(() => {
        isSaved = true;
        void work();
      }, SETTLES_MS);
    });
    const looking = setInterval(work, LOOKS_MS);
    const end = () => {
      clearInterval(looking);
      clearTimeout(settles);
      watcher.close();
      done();
    };
    process.once("SIGINT", end);
    process.once("SIGTERM", end);
  });
}
