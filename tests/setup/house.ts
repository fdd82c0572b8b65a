import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOUSE } from "../../infra/bundle.ts";
import { operatorToken } from "./target.ts";

export interface RunningHouse {
  url: string;
  operatorToken: string;
  data: string;
  process: ChildProcess;
  output(): string;
  stop(): Promise<void>;
}

const STARTS_WITHIN_MS = 60_000;
/** How `npm start` calls what `bundleHouse` made before. */
export const PROGRAM = ["--expose-gc", join(HOUSE, "main.mjs")];

/** Runs `npm start`'s program in a process of its own, on a free port and a folder of its own; no demo cities. */
export async function runHouse(env: Record<string, string> = {}): Promise<RunningHouse> {
  const data = env["HANSA_DATA"] ?? mkdtempSync(join(tmpdir(), "hansa-test-"));
  const child = spawn(process.execPath, PROGRAM, {
    env: {
      ...process.env,
      MALLOC_MMAP_THRESHOLD_: "524288",
      PORT: "0",
      HANSA_DEMO: "no",
      HANSA_LOG: "warn",
      ...env,
      HANSA_DATA: data,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const matched = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(output)?.[1];
        if (found) resolve(found);
      };
      child.stdout?.on("data", look);
      child.once("exit", (code) => reject(new Error(`the house ended with ${code}:\n${output}`)));
      setTimeout(() => reject(new Error(`the house said no ${pattern} in time:\n${output}`)), STARTS_WITHIN_MS).unref();
      look();
    });
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const url = await matched(/stands at (http:\/\/localhost:\d+)/);
  await matched(/(Ctrl-C) stops it/);
  // The link is printed until somebody has used one.
  const link = /(http:\/\/localhost:\d+\/control\/sign-in\?token=\S+)/.exec(output)?.[1];
  return {
    url,
    data,
    process: child,
    operatorToken: link ? await operatorToken(url, link) : "",
    output: () => output,
    async stop() {
      const ended = child.exitCode !== null || new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      if (!env["HANSA_DATA"]) rmSync(data, { recursive: true, force: true });
    },
  };
}
