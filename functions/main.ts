import { operatorLink, wantsOperator } from "./control/operators.ts";
import { startHouse } from "./local.ts";

// `npm start`: the embedded house, until Ctrl-C.
const started = performance.now();
const { house, url, stop } = await startHouse(process.env).catch((error: Error) => {
  console.error(`Hansa cannot start: ${error.message}`);
  process.exit(1);
});

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, async () => {
    if (stopping) process.exit(1);
    stopping = true;
    await stop();
    process.exit(0);
  });

console.log(`Hansa stands at ${url} (${Math.round(performance.now() - started)} ms)`);
if (process.env["HANSA_OPERATOR_LINK"] === "yes" || (await wantsOperator(house)))
  console.log(`Operator, sign in once: ${await operatorLink(house, url)}`);
console.log("Ctrl-C stops it; what was acknowledged is kept.");
