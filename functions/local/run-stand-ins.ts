import { startAllStandIns } from "./stand-ins.ts";

// The stand-ins by themselves, for a house that runs elsewhere: PORT, then HANSA_STAND_INS at the house.
const standIns = await startAllStandIns({ port: Number(process.env["PORT"] ?? 12_111) });
console.log(standIns.url);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, async () => {
    await standIns.stop();
    process.exit(0);
  });
