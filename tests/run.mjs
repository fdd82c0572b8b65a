// The whole proof in one command: `npm test`. With `check`: the fast part, types, lint and unit tests.
// Each step is counted; the last line says how many passed and how many failed.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureTools } from "./setup/tools.mjs";

const root = join(import.meta.dirname, "..");
const results = join(root, "tests/results");
const fast = process.argv[2] === "check";
const counts = { passed: 0, failed: 0 };

function step(name, command, args) {
  const started = Date.now();
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  console.log(`── ${name}: ${status === 0 ? "done" : "FAILED"} in ${Math.round((Date.now() - started) / 1000)} s`);
  return status === 0;
}

function check(name, command, args) {
  counts[step(name, command, args) ? "passed" : "failed"] += 1;
}

function suite(project) {
  const report = join(results, `${project}.json`);
  rmSync(report, { force: true });
  const ended = step(project, join(root, "node_modules/.bin/vitest"), [
    ...["run", "--project", project, "--reporter=dot", "--reporter=json", `--outputFile.json=${report}`],
  ]);
  let read;
  try {
    read = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    counts.failed += 1; // it did not get as far as running a test
    return;
  }
  const left = read.numPendingTests + read.numTodoTests;
  if (left > 0) console.log(`${left} tests of ${project} were left out: that counts as failed.`);
  counts.passed += read.numPassedTests;
  // A run that failed around its tests (set-up, an unhandled error) is a failure even if each test passed.
  counts.failed += read.numFailedTests + left + (!ended && read.numFailedTests === 0 ? 1 : 0);
}

mkdirSync(results, { recursive: true });
if (!fast) ensureTools(root);
check("types", join(root, "node_modules/.bin/tsc"), ["--noEmit"]);
check("lint", join(root, "node_modules/@biomejs/cli-linux-x64/biome"), ["check", "."]);
// The contract suite goes first: the isolation proof evaluates the policies over the keys that it used.
for (const project of fast ? ["unit"] : ["unit", "embedded", "infra", "journeys", "emulator"]) suite(project);

console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
