#!/usr/bin/env node
// The command is written in TypeScript; tsx, which lies beside it in the clone, lets Node read it from any folder. The
// clone brings its own Node too: what runs programs and houses needs it where the machine's is older.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const NODE = 24;
const own = fileURLToPath(new URL("../../node_modules/node/bin/node", import.meta.url));
if (Number(process.versions.node.split(".")[0]) < NODE && existsSync(own)) {
  const child = spawn(own, process.argv.slice(1), { stdio: "inherit" });
  // Whoever ends this one means the other: it must not stay behind with its house.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("exit", (code) => process.exit(code ?? 1));
} else {
  const { register } = await import("tsx/esm/api");
  register();
  const { main } = await import("./main.ts");
  await main(process.argv.slice(2));
}
