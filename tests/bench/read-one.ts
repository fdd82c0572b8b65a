import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { openSource } from "../../functions/opendata/formats/index.ts";

// One file read to its end in a process of its own, to see what that takes: `read-one.ts PATH` prints it as JSON.

const peakMb = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024;

const path = process.argv[2]!;
const handle = await open(path);
const { size } = await handle.stat();
const loadedMb = peakMb();
const started = performance.now();
const source = await openSource({
  name: path,
  size,
  async read(offset, length) {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(Math.max(0, Math.min(length, size - offset))),
      0,
      null,
      offset,
    );
    return buffer.subarray(0, bytesRead);
  },
});
let rows = 0;
for await (const batch of source.rows()) rows += batch.length;
await source.close();
await handle.close();
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
