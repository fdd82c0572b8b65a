import { startAllStandIns } from "../../functions/local/stand-ins.ts";
import { bootstrapLink, deploy, startEdge, startEmulator } from "./emulator.ts";

// `npm run local`: the CDK app on the emulator, or on a LocalStack that already listens; both are left running.
const started = Date.now();
const seconds = () => `${Math.round((Date.now() - started) / 100) / 10} s`;
const emulator = await startEmulator(4566, true);
console.log(
  emulator.isOurs ? `Emulator started on port 4566 (${seconds()})` : "An emulator already listens on port 4566",
);
const port = Number(process.env["PORT"] ?? 3001);
// Its address goes with this process, as the edge does: synthetic cities are paid while it runs.
const standIn = await startAllStandIns();
const { apiId, controlFunction } = await deploy(
  emulator.port,
  { standIns: standIn.url, origin: `http://localhost:${port}` },
  (line) => console.log(line),
);
const { url } = await startEdge(emulator.port, apiId, port);
console.log(`Hansa stands at ${url} (${seconds()})`);
console.log(`Operator, sign in once: ${await bootstrapLink(emulator.port, controlFunction, url)}`);
console.log("Ctrl-C ends this address; the emulator and what is deployed on it stay.");
