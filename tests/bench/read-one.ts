import { readFileSync } from "node:fs";
import { onDisk } from "../../functions/opendata/formats/bytes.ts";
import { openSource } from "../../functions/opendata/formats/index.ts";

// One file read to its end in a process of its own, to see what that takes: `read-one.ts PATH` prints it as JSON.

const peakMb = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024;

const path = process.argv[2]!;
const file = await onDisk(path, "read-me");
const { size } = file;
const loadedMb = peakMb();
const started = performance.now();
const source = await openSource(file);
let rows = 0;
for await (const batch of source.rows()) rows += batch.length;
await source.close();
await file.close();
const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    rows,
    seconds: (performance.now() - started) / 1000,
    cpuS: (user + system) / 1e6,
    bytes: size,
    ownMb: peakMb() - loadedMb,
    allMb: peakMb(),
  }),
);
