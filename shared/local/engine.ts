import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";

export interface Engine {
  endpoint: string;
  /** The engine's own process; another one after each restart. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

const RESTART_WAIT_MS = 200;
const READY_WITHIN_MS = 5_000;

/**
 * Keeps an embedded DynamoDB engine (dynoxide) running on a file: starts it, restarts it when it dies, ends it with
 * this process however this process ends.
 *
 * @param file  its database; undefined keeps everything in memory, for tests
 * @throws {Error} one sentence, when there is no engine for this platform
 */
export async function keepEngine(file: string | undefined): Promise<Engine> {
  const binary = engineBinary();
  const port = await freePort();
  let child: ChildProcess | undefined;
  let stopping = false;

  const start = (): void => {
    const args = ["serve", "--host", "127.0.0.1", "-p", String(port), ...(file ? ["--db-path", file] : [])];
    // The shell ends the engine when its standard input closes, which happens even when this process is killed.
    child = spawn("/bin/sh", ["-c", KEEPER, "hansa-engine", binary, ...args], {
      stdio: ["pipe", "pipe", "ignore"],
      detached: true,
    });
    child.once("exit", () => {
      if (!stopping) setTimeout(start, RESTART_WAIT_MS);
    });
    child.stdout?.once("data", (data: Buffer) => {
      enginePid = Number(data.toString().trim()) || undefined;
    });
  };
  let enginePid: number | undefined;
  start();
  await answering(port);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    pid: () => enginePid,
    async stop() {
      stopping = true;
      const ended = new Promise((resolve) => child?.once("exit", resolve));
      child?.stdin?.end();
      if (child?.exitCode === null) await ended;
    },
  };
}

// Prints the engine's process id, then waits for it; a watcher ends it when standard input closes.
const KEEPER = `exec 3<&0; "$@" >/dev/null & engine=$!; echo $engine; (cat <&3 >/dev/null; kill $engine 2>/dev/null) & watcher=$!; wait $engine; code=$?; kill $watcher 2>/dev/null; exit $code`;

function engineBinary(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const binary = join(folder, "dynoxide");
    if (existsSync(binary)) return binary;
  } catch {}
  throw new Error(
    `There is no table engine for ${process.platform}-${process.arch} here: install the package ${name}, or set AWS_ENDPOINT_URL_DYNAMODB to a DynamoDB-compatible server.`,
  );
}

/** A port of the loopback that is free now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

async function answering(port: number): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(socket.destroy() && true)).once("error", () =>
        resolve(false),
      );
    });
    if (open) return;
    if (Date.now() > until) throw new Error("The table engine did not start within 5 seconds.");
    await new Promise((resume) => setTimeout(resume, 10));
  }
}
