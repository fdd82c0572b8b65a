import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";

const SOUND = { isSound: true, problems: [], segments: 2, transfers: 3, sums: { EUR: 0 }, digest: "d1", closings: [] };

/** A house that answers the proof alone. */
async function withProof<T>(proof: object, work: (url: string, asked: string[]) => Promise<T>): Promise<T> {
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    answer.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(proof));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.close();
  }
}

function hansa(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["marketplace/cli/hansa.mjs", ...args], {
      env: { ...process.env, HANSA_TOKEN: "sk_test_x", HANSA_CONFIG: "/nonexistent", NO_COLOR: "1" },
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (out += data.toString()));
    child.stderr.on("data", (data: Buffer) => (err += data.toString()));
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

// Guards against a nightly check that goes green on a ledger that is not sound.
test("hansa ledger prove ends with 0 for a sound ledger and 1 for any other", async () => {
  await withProof(SOUND, async (house, asked) => {
    const said = await hansa("ledger", "prove", "--city", "rome", "--house", house);
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(said.out).toContain("The ledger of rome is sound: 3 transfers in 2 segments.");
    expect(asked).toEqual(["/cities/rome/v1/ledger/proof Bearer sk_test_x"]);
  });
  const broken = { ...SOUND, isSound: false, problems: ["segment 2 has another digest than its bytes."] };
  await withProof(broken, async (house) => {
    const said = await hansa("ledger", "prove", "--city", "rome", "--house", house, "--json");
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject({ city: "rome", isSound: false, problems: broken.problems });
    const quiet = await hansa("ledger", "prove", "--city", "rome", "--house", house);
    expect([quiet.code, quiet.out.includes("NOT sound")]).toEqual([1, true]);
  });
  expect((await hansa("ledger", "prove")).code).toBe(2);
});
