import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { bundleHouse } from "../../infra/bundle.ts";
import { runHouse } from "./house.ts";

/** The embedded house in a process of its own, as `npm start` runs it; its keys are kept for the isolation proof. */
export default async function setup(project: TestProject) {
  const results = join(import.meta.dirname, "../results");
  mkdirSync(results, { recursive: true });
  const keyLog = join(results, `keys-${project.name}.jsonl`);
  // Some files run again add to what the whole suite used.
  if (!process.env["TESTS_AGAIN"]) rmSync(keyLog, { force: true });
  await bundleHouse();
  const house = await runHouse({ HANSA_KEY_LOG: keyLog });
  project.provide("target", { name: "embedded", url: house.url, operatorToken: house.operatorToken });
  return house.stop;
}
