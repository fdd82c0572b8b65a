import { startHouse } from "./local.ts";

// `npm start`: the embedded house, until Ctrl-C.
const started = performance.now();
const house = await startHouse(process.env).catch((error: Error) => {
  console.error(`Hansa cannot start: ${error.message}`);
  process.exit(1);
});
console.log(`Hansa stands at ${house.url} (${Math.round(performance.now() - started)} ms)`);

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, async () => {
    if (stopping) process.exit(1);
    stopping = true;
    await house.stop();
    process.exit(0);
  });
