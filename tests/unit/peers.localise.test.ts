import { expect, test } from "vitest";
import { localise } from "../../marketplace/peers/localise.ts";

const named = (title: string, names: Record<string, string>) => {
  const profile = { languages: [], names, hosts: {}, amounts: {} };
  const { value } = localise({ manifest: { title: { en: title } }, parts: [] }, profile, "EUR");
  return (value as { manifest: { title: { en: string } } }).manifest.title.en;
};

// Guards against names that hold each other: thirteen of them made a word of a whole house's memory.
test("each name is put once, the longest first, and what stands there then is left alone", () => {
  expect(named("Rome and Romeville", { Rome: "Dakar", Romeville: "Thiès" })).toBe("Dakar and Thiès");
  expect(named("ab", { a: "b", b: "a" })).toBe("ba");
  expect(named("1 $ (a.b)", { $: "$&", "a.b": "c" })).toBe("1 $& (c)");
  const growing = Object.fromEntries([..."abcdefgh"].map((one, i) => [one, "bcdefghi"[i]!.repeat(80)]));
  expect(named("aa", growing)).toBe("b".repeat(160));
});
