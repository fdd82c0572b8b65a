import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROGRAM } from "../setup/house.ts";
import { operatorToken } from "../setup/target.ts";

// A house on a disk of six megabytes in a mount of its own, which is filled and emptied by a word on standard input.
const SMALL_DISK = `
data=$1; shift
mount -t tmpfs -o size=6m tmpfs "$data" || exit 9
"$@" </dev/null & house=$!
read -r _; cat /dev/zero > "$data/filler" 2>/dev/null; echo "the disk is full"
read -r _; rm "$data/filler"; echo "there is room"
read -r _; kill $house; wait $house
`;

// Guards against a house that breaks, lies or loses something when its disk is full.
test("on a full disk reads go on and writes are a 503 with Retry-After; with room again it works, and nothing is lost", async () => {
  const data = mkdtempSync(join(tmpdir(), "hansa-disk-"));
  const house = spawn(
    "unshare",
    ["-rm", "/bin/sh", "-c", SMALL_DISK, "small-disk", data, process.execPath, ...PROGRAM],
    {
      env: { ...process.env, HANSA_DATA: data, HANSA_DEMO: "no", HANSA_LOG: "error", PORT: "0" },
    },
  );
  let said = "";
  for (const stream of [house.stdout, house.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const heard = async (pattern: RegExp): Promise<string> => {
    for (let tries = 0; tries < 300; tries++) {
      const found = pattern.exec(said);
      if (found) return found[1] ?? "";
      if (house.exitCode !== null)
        throw new Error(`This test mounts a small disk by \`unshare -rm\`, which this machine refuses:\n${said}`);
      await new Promise((resume) => setTimeout(resume, 100));
    }
    throw new Error(`the house never said ${pattern}:\n${said}`);
  };
  try {
    const url = await heard(/stands at (http:\/\/localhost:\d+)/);
    const token = await operatorToken(url, await heard(/(http:\/\/\S+token=\S+)/));
    const addCity = (slug: string) =>
      fetch(`${url}/control/v1/cities`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
        body: JSON.stringify({
          ...{ name: slug, slug, country: "FR", currency: "EUR", languages: ["fr"], timeZone: "Europe/Paris" },
          ...{ isSynthetic: true, administrator: "a@city.example" },
        }),
      });
    expect((await addCity("before")).status).toBe(201);

    house.stdin.write("fill\n");
    await heard(/(the disk is full)/);
    for (let i = 0; i < 10; i++) {
      const refused = await addCity(`full-${i}`);
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await refused.text()).not.toMatch(/ENOSPC|sqlite|\.ts:/i);
    }
    expect((await fetch(`${url}/cities/before/`)).status).toBe(200);

    house.stdin.write("empty\n");
    await heard(/(there is room)/);
    expect((await addCity("after")).status).toBe(201);
    for (const slug of ["before", "after"]) expect((await fetch(`${url}/cities/${slug}/`)).status).toBe(200);
  } finally {
    house.stdin.end("stop\n");
    if (house.exitCode === null) await new Promise((resolve) => house.once("exit", resolve));
    rmSync(data, { recursive: true, force: true });
  }
}, 90_000);
