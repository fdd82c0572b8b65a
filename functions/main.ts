import { setFlagsFromString } from "node:v8";
import { everyCity } from "../shared/cities.ts";
import { makeRoom, makeRoomWhenIdle } from "../shared/memory.ts";
import { noteDemo, operatorLink, operatorSession, wantsDemo, wantsOperator } from "./control/operators.ts";
import { seedDemo } from "./local/demo.ts";
import { DEMO_CITIES } from "./local/demo-cities.ts";
import { startHouse } from "./local.ts";

// `npm start`: the embedded house, until Ctrl-C. npm scripts run on the Node that `npm ci` brought along.
if (Number(process.versions.node.split(".")[0]) < 24) {
  console.error(`Hansa needs Node 24, this is ${process.versions.node}: start it with \`npm start\`.`);
  process.exit(1);
}
// Each whole collection of the heap takes both cores of a small machine for some 60 ms, and all payments wait. Left to
// itself the heap is collected whenever it has grown by a tenth, every two seconds under load; so, when it has grown to
// three times what is in use, which is 60 MB.
setFlagsFromString("--heap-growing-percent=200");
// A person at a terminal reads what stands below; a line for each request is for a file or a journal.
const env = process.stdout.isTTY ? { HANSA_LOG: "warn", ...process.env } : process.env;
const { house, url, stop } = await startHouse(env).catch((error: Error) => {
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

const demoSlugs = DEMO_CITIES.map(({ order }) => order.slug);
if (process.env["HANSA_DEMO"] !== "no" && (await wantsDemo(house, demoSlugs))) {
  console.log("First start: making three demo cities of made-up data …");
  const { session, end } = await operatorSession(house);
  try {
    await seedDemo({ url, operatorToken: session.token, now: house.now(), say: console.log });
    await noteDemo(house);
  } catch (error) {
    console.error(`The demo cities are not complete, the next start goes on: ${(error as Error).message}`);
  }
  await end();
}

console.log(`Hansa stands at ${url} (${Math.round(performance.now())} ms)`);
if (process.env["HANSA_OPERATOR_LINK"] === "yes" || (await wantsOperator(house)))
  console.log(`Operator, sign in once: ${await operatorLink(house, url)}`);
if (process.env["HANSA_DEMO"] !== "no")
  for await (const { slug, order } of everyCity(house.control))
    if (demoSlugs.includes(slug))
      console.log(`  ${url}/cities/${slug}/  staff: ${order.administrator}; the code is shown when you sign in`);
console.log("Ctrl-C stops it; what was acknowledged is kept.");
// Modules and first cities leave much behind; whoever opens the address comes later than that takes.
makeRoom();
makeRoomWhenIdle();
