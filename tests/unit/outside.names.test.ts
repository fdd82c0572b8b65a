import type { LookupAddress } from "node:dns";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { reach } from "../../shared/outside.ts";

// Names belong to whoever has them, and answer as he likes: here this test is he.
const { said, asked } = vi.hoisted(() => ({ said: [] as string[][], asked: [] as string[] }));
vi.mock("node:dns", async (load) => ({
  ...(await load<typeof import("node:dns")>()),
  lookup: (name: string, _: object, done: (error: null, found: LookupAddress[]) => void) => {
    asked.push(name);
    const addresses = said.length > 1 ? said.shift()! : said[0]!;
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  },
}));

let inside: Server;
let port: number;
let came = 0;
beforeAll(async () => {
  inside = createServer((socket) => {
    came += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => inside.listen(0, "127.0.0.1", resolve));
  port = (inside.address() as { port: number }).port;
});
afterAll(() => inside.close());
beforeEach(() => {
  said.length = 0;
  asked.length = 0;
  came = 0;
});

const PUBLIC = "93.184.216.34";
const ask = () => reach(`https://rebind.example:${port}/`, {}, { timeoutMs: 300 });

// Guards against a public name that stands for the house's own network, in whatever spelling, or among public ones.
test("a name that stands for an address that is not public is refused, and nothing is connected to", async () => {
  for (const addresses of [
    ...[["127.0.0.1"], ["10.0.0.8"], ["169.254.169.254"], ["::1"], ["fe80::1"], ["fd00:ec2::254"]],
    ...[["::ffff:127.0.0.1"], ["::ffff:a9fe:a9fe"], ["64:ff9b::7f00:1"], [PUBLIC, "127.0.0.1"], []],
  ]) {
    said.splice(0, said.length, addresses);
    await expect(ask(), addresses.join()).rejects.toMatchObject({ kind: "invalid", why: "inside" });
  }
  expect(came).toBe(0);
});

// Guards against a name that is public when it is looked at and stands for this machine a moment later.
test("what is connected to is the address that was looked at, however the name answers next", async () => {
  said.push([PUBLIC], ["127.0.0.1"]);
  await expect(ask()).rejects.toMatchObject({ kind: "unavailable" });
  expect(asked).toEqual(["rebind.example"]);
  expect(came).toBe(0);
});
