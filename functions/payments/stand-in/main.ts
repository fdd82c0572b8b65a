import { startStandIn } from "./server.ts";

// The stand-in by itself, for a house that runs elsewhere: PORT, then HANSA_STRIPE_STAND_IN at the house.
const standIn = await startStandIn(Number(process.env["PORT"] ?? 12_111));
console.log(standIn.url);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, async () => {
    await standIn.stop();
    process.exit(0);
  });
