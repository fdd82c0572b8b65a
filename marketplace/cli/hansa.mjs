#!/usr/bin/env node
// The command is written in TypeScript; tsx, which lies beside it in the clone, lets Node read it from any folder.
import { register } from "tsx/esm/api";

register();
const { main } = await import("./main.ts");
await main(process.argv.slice(2));
