import type { TestProject } from "vitest/node";
import { startAllStandIns } from "../../functions/local/stand-ins.ts";
import { bootstrapLink, deploy, startEdge, startEmulator } from "../../infra/local/emulator.ts";
import { freePort } from "../../shared/local/engine.ts";
import { operatorToken } from "./target.ts";

/** The CDK app, deployed onto an emulator of its own; how long that took is printed. */
export default async function setup(project: TestProject) {
  const emulator = await startEmulator(await freePort());
  const standIn = await startAllStandIns();
  try {
    const started = Date.now();
    const port = await freePort();
    const { apiId, controlFunction } = await deploy(emulator.port, {
      origin: `http://localhost:${port}`,
      standIns: standIn.url,
    });
    const { url, server } = await startEdge(emulator.port, apiId, port);
    console.log(`deployed onto an empty emulator in ${Math.round((Date.now() - started) / 1000)} s`);
    const link = await bootstrapLink(emulator.port, controlFunction, url);
    project.provide("target", { name: "emulator", url, operatorToken: await operatorToken(url, link) });
    return async () => {
      server.closeAllConnections();
      server.close();
      await standIn.stop();
      await emulator.stop();
    };
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}
