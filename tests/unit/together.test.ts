import { expect, test } from "vitest";
import { together } from "../../shared/together.ts";

// Guards against an answer that was read before its question was asked.
test("whoever asks while a reading is under way shares the next one", async () => {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const read = together(async (what) => {
    const n = begun.push(what);
    await new Promise<void>((resolve) => ends.push(resolve));
    return n;
  });
  const first = read("a");
  await Promise.resolve();
  const others = [read("a"), read("a"), read("b")];
  await Promise.resolve();
  expect(begun).toEqual(["a", "b"]);
  for (const end of ends.splice(0)) end();
  expect(await first).toBe(1);
  expect(await others[2]).toBe(2);
  await new Promise(setImmediate);
  for (const end of ends.splice(0)) end();
  expect(await Promise.all(others)).toEqual([3, 3, 2]);
  expect(begun).toEqual(["a", "b", "a"]);
});

test("a reading that fails is everybody's who shared it, and nobody's after it", async () => {
  let tries = 0;
  const read = together(async () => {
    tries += 1;
    if (tries === 1) throw new Error("away");
    return tries;
  });
  const [first, shared] = [read(), read()];
  await expect(first).rejects.toThrow("away");
  await expect(shared).rejects.toThrow("away");
  expect(await read()).toBe(2);
});
