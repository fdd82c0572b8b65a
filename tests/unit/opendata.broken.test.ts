import { expect, test } from "vitest";
import { BROKEN } from "../broken-files.ts";
import { opened, refusal } from "../opened.ts";

/** For the slowest of them, on a machine that is busy with other things. */
const TIME_MAX_MS = 20_000;
const MEMORY_MAX = 400 * 1024 * 1024;

async function said(bytes: Uint8Array | string): Promise<string> {
  const refused = await refusal(bytes);
  if (refused !== "it was taken") return refused;
  const { notes, wrong } = await opened(bytes);
  return [...notes, ...wrong].join(" ");
}

// Guards against files that are made to break whoever opens them, and against half of a file taken for the whole.
test.each(BROKEN)("%s", { timeout: TIME_MAX_MS }, async (_, bytes, says) => {
  const given = bytes();
  const before = process.memoryUsage().rss;
  expect(await said(given)).toMatch(says);
  expect(process.memoryUsage().rss - before).toBeLessThan(MEMORY_MAX);
});

test("each of them is broken in another way", () => {
  expect(new Set(BROKEN.map(([name]) => name)).size).toBe(BROKEN.length);
  expect(BROKEN.length).toBeGreaterThan(80);
});
