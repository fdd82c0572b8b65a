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
/** What failed, told once more at the end: what a machine keeps of a long run is often its last lines only. */
const failures = [];

function step(name, command, args, more = {}) {
  const started = Date.now();
  console.log(`\n── ${name}`);
  // Without colours a kept log is read as it is, and is a third as long.
  const env = { ...process.env, NO_COLOR: "1", ...more };
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", env });
  console.log(`── ${name}: ${status === 0 ? "done" : "FAILED"} in ${Math.round((Date.now() - started) / 1000)} s`);
  return status === 0;
}

function check(name, command, args) {
  const passed = step(name, command, args);
  counts[passed ? "passed" : "failed"] += 1;
  if (!passed) failures.push(name);
}

/** Every file and test of a report that failed, with the first lines of why. */
function told(project, report) {
  for (const file of report.testResults) {
    const path = file.name.replace(`${root}/`, "");
    const failed = file.assertionResults.filter((test) => test.status === "failed");
    for (const test of failed)
      failures.push(`${project}: ${path} > ${test.fullName}\n${test.failureMessages.join("\n")}`);
    if (failed.length === 0 && file.status === "failed") failures.push(`${project}: ${path}\n${file.message}`);
  }
}

/** Runs a project, or once more some files of it. @returns whether it ended well, and its report if there is one */
function run(project, again = []) {
  const name = again.length > 0 ? `${project}, again` : project;
  const file = join(results, `${project}${again.length > 0 ? "-again" : ""}.json`);
  rmSync(file, { force: true });
  const args = ["--reporter=dot", "--reporter=json", `--outputFile.json=${file}`, ...again];
  const more = again.length > 0 ? { TESTS_AGAIN: "yes" } : {};
  const ended = step(name, join(root, "node_modules/.bin/vitest"), ["run", "--project", project, ...args], more);
  try {
    return { ended, report: JSON.parse(readFileSync(file, "utf8")) };
  } catch {
    return { ended }; // it did not get as far as running a test
  }
}

/** More files than these do not fail for the machine's other work. */
const AGAIN_MAX = 3;

/**
 * What waits for processes may fail because of what else the machine does: such files are run once more, alone, and
 * that is said at the end. Laws are not: what their chance found is there.
 */
function passesAgain(project, report) {
  const files = report.testResults.filter(({ status }) => status === "failed").map(({ name }) => name);
  if (files.length === 0 || files.length > AGAIN_MAX || files.some((name) => name.includes("/properties/")))
    return false;
  const again = run(project, files);
  const passed =
    again.ended && again.report?.numTotalTests > 0 && again.report.numPassedTests === again.report.numTotalTests;
  if (passed)
    failures.push(`the first time only; run again, this passed: ${files.join(" ").replaceAll(`${root}/`, "")}`);
  return passed;
}

function suite(project) {
  const { ended, report } = run(project);
  if (!report) {
    counts.failed += 1;
    failures.push(project);
    return;
  }
  const left = report.numPendingTests + report.numTodoTests;
  if (left > 0) console.log(`${left} tests of ${project} were left out: that counts as failed.`);
  counts.passed += report.numPassedTests;
  // A run that failed around its tests (set-up, an unhandled error) is a failure even if each test passed.
  const failed = report.numFailedTests + left + (!ended && report.numFailedTests === 0 ? 1 : 0);
  if (failed > 0) told(project, report);
  counts[failed > 0 && passesAgain(project, report) ? "passed" : "failed"] += failed;
}

mkdirSync(results, { recursive: true });
if (!fast) ensureTools(root);
check("types", join(root, "node_modules/.bin/tsc"), ["--noEmit"]);
check("lint", join(root, "node_modules/@biomejs/cli-linux-x64/biome"), ["check", "."]);
// The contract suite goes first: the isolation proof evaluates the policies over the keys that it used.
for (const project of fast ? ["unit"] : ["unit", "embedded", "infra", "journeys", "emulator"]) suite(project);

for (const one of failures) console.log(`\nFAILED ${one.split("\n").slice(0, 12).join("\n  ")}`);
console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
