import { Hono } from "hono";
import { expect, test } from "vitest";
import { rangeOf, sendKept } from "../../functions/opendata/exports/sending.ts";
import { inTurn } from "../../functions/opendata/tiles/archive.ts";
import type { CityEnv } from "../../shared/room.ts";

test("one range of a file is read; several, or what is none, ask for the whole", () => {
  for (const [header, range] of [
    ["bytes=0-0", { offset: 0, length: 1 }],
    ["bytes=2-5", { offset: 2, length: 4 }],
    ["bytes=2-", { offset: 2, length: 8 }],
    ["bytes=8-99", { offset: 8, length: 2 }],
    ["bytes=-3", { offset: 7, length: 3 }],
    ["bytes=-99", { offset: 0, length: 10 }],
    ["bytes=10-", "outside"],
    ["bytes=-0", "outside"],
    ["bytes=5-2", undefined],
    ["bytes=0-1,4-5", undefined],
    ["bytes=-", undefined],
    ["lines=0-1", undefined],
    [undefined, undefined],
  ] as const)
    expect(rangeOf(header, 10), header).toEqual(range);
});

/** A house behind a gateway that takes 1,000 bytes of an answer, or one that sends all itself. */
function house(isBounded: boolean) {
  const kept = Uint8Array.from({ length: 3_000 }, (_, i) => i % 251);
  const blobs = {
    get: async (_: string, { offset, length }: { offset: number; length: number }) =>
      kept.slice(offset, offset + length),
    ...(isBounded ? { addressOf: async (key: string) => `https://bucket.example/${key}?signed` } : {}),
  };
  const app = new Hono<CityEnv>();
  app.get("/file", (c) => {
    c.set("here", { blobs, settings: { HANSA_ANSWER_MAX: 1_000 } } as never);
    return sendKept(c, { key: "tiles/x.pmtiles", bytes: 3_000, type: "application/vnd.pmtiles", name: "x.pmtiles" });
  });
  return (headers: Record<string, string> = {}) => app.request("/file", { headers });
}

// Guards against an archive that a gateway cuts, and against readers by range that get all of it.
test("a file that is longer than an answer may be is taken from the bucket, its parts from here", async () => {
  const ask = house(true);
  for (const range of [undefined, "bytes=0-", "bytes=0-1000"]) {
    const whole = await ask(range ? { Range: range } : {});
    expect([whole.status, whole.headers.get("location"), whole.headers.get("cache-control")]).toEqual([
      302,
      "https://bucket.example/tiles/x.pmtiles?signed",
      "no-store",
    ]);
  }
  const part = await ask({ Range: "bytes=1000-1999" });
  expect([part.status, part.headers.get("content-range")]).toEqual([206, "bytes 1000-1999/3000"]);
  expect([...new Uint8Array(await part.arrayBuffer())].slice(0, 2)).toEqual([1_000 % 251, 1_001 % 251]);
  expect((await ask({ Range: "bytes=3000-" })).headers.get("content-range")).toBe("bytes */3000");
});

test("a house without a bound sends it itself; by a tag that is not the file's own nothing is put together", async () => {
  const ask = house(false);
  expect((await (await ask()).arrayBuffer()).byteLength).toBe(3_000);
  expect((await ask({ Range: "bytes=0-9", "If-Range": 'W/"x"' })).status).toBe(200);
});

// Guards against one asker who keeps everybody else from their files of tiles.
test("files of tiles are made one after the other, one at a time for each asker, and few wait", async () => {
  let going = 0;
  const ends: (() => void)[] = [];
  const make = () =>
    new Promise<void>((resolve) => {
      going += 1;
      ends.push(() => {
        going -= 1;
        resolve();
      });
    });
  const first = inTurn("one", "ada", make);
  const same = inTurn("one", "bob", make);
  await expect(inTurn("two", "ada", make)).rejects.toMatchObject({ kind: "unavailable", members: { retryAfterS: 20 } });
  const others = ["bob", "cy", "dee", "eve"].map((asker) => inTurn(`of ${asker}`, asker, make));
  await expect(inTurn("more", "flo", make)).rejects.toMatchObject({ members: { retryAfterS: 100 } });
  for (const _ of [first, ...others]) {
    await new Promise((resume) => setImmediate(resume));
    expect(going).toBe(1);
    ends.pop()!();
  }
  await Promise.all([first, same, ...others]);
  // One that fails makes room all the same.
  await expect(inTurn("two", "ada", () => Promise.reject(new Error("full")))).rejects.toThrow("full");
  await inTurn("two", "ada", async () => {});
});
