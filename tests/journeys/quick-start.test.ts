import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { target } from "../city.ts";

const README = "marketplace/README.md";
const MINUTES_MAX = 10;

/** The commands of the quick start as they stand in the README, each as one would type it. */
function commands(): string[] {
  const [, section = ""] = /## Quick start[^\n]*\n([\s\S]*?)\n## /.exec(readFileSync(README, "utf8")) ?? [];
  return [...section.matchAll(/```\n([\s\S]*?)```/g)]
    .flatMap(([, block]) => block!.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "");
}

// A clone of links: what a command writes is written here, and nowhere in the project.
let clone: string;
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), "hansa-quick-start-"));
  copyFileSync("package.json", join(clone, "package.json"));
  for (const name of ["node_modules", "marketplace"]) symlinkSync(resolve(name), join(clone, name));
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

function run(command: string): Promise<{ code: number | null; said: string }> {
  const child = spawn("sh", ["-c", command], {
    cwd: clone,
    env: {
      ...process.env,
      PATH: [resolve("node_modules/.bin"), process.env["PATH"]].join(delimiter),
      HANSA_CONFIG: join(clone, "config"),
      HANSA_HOUSE: target.url,
      HANSA_TOKEN: "",
      NO_COLOR: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk));
  return new Promise((done) => child.once("close", (code) => done({ code, said })));
}

// Guards against a quick start that is neither quick nor a start.
test(
  "the README’s commands lead from nothing to a module in a sandbox city, and to one that is published",
  async () => {
    const all = commands();
    expect(all.length).toBeGreaterThanOrEqual(7);
    const said = new Map<string, string>();
    const began = performance.now();
    for (const command of all) {
      const from = performance.now();
      const ended = await run(command);
      console.log(`${((performance.now() - from) / 1000).toFixed(1)} s  ${command}`);
      expect(ended.code, `${command}\n${ended.said}`).toBe(0);
      said.set(command.split(" ").slice(0, 3).join(" "), ended.said);
    }
    const minutes = (performance.now() - began) / 60_000;
    console.log(`the quick start took ${minutes.toFixed(2)} minutes`);
    expect(said.get("npx hansa dev")).toMatch(/serves[\s\S]*bills of [\d-]+ are issued[\s\S]*runs in a sandbox city/);
    expect(said.get("npx hansa publish")).toContain("is published");
    expect(minutes).toBeLessThan(MINUTES_MAX);
    const answer = await fetch(`${target.url}/marketplace/v1/modules/my-party/fair-water`);
    expect(answer.status).toBe(200);
  },
  (MINUTES_MAX + 1) * 60_000,
);
