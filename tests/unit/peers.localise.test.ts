import { expect, test } from "vitest";
import { localise } from "../../marketplace/peers/localise.ts";

const named = (title: string, names: Record<string, string>) => {
  const profile = { languages: [], names, hosts: {}, amounts: {} };
  const { value } = localise({ manifest: { title: { en: title } }, parts: [] }, profile, "EUR");
  return (value as { manifest: { title: { en: string } } }).manifest.title.en;
};

// Guards against bills of odd millimes from a tariff that was written in euros, and against a rounding that is lost.
test("what is usual in one money becomes what is usual in the other; a rounding of its own is asked for", () => {
  const profile = { languages: [], names: {}, hosts: {}, amounts: {} };
  const rounded = (rounding: object, currency: string) => {
    const tariff = { currency: "EUR", bands: [], rounding } as never;
    const { value, missing } = localise(
      { manifest: {}, parts: [{ kind: "tariff", id: "t", tariff }] },
      profile,
      currency,
    );
    const [part] = (value as { parts: { tariff: { rounding: object } }[] }).parts;
    return { rounding: part!.tariff.rounding, missing: missing.map(({ at }) => at) };
  };
  expect(rounded({ mode: "up" }, "TND")).toEqual({ rounding: { mode: "up", toMinor: 10 }, missing: [] });
  expect(rounded({ toMinor: 1 }, "KES")).toEqual({ rounding: { toMinor: 100 }, missing: [] });
  expect(rounded({ toMinor: 1 }, "EUR")).toEqual({ rounding: { toMinor: 1 }, missing: [] });
  expect(rounded({ toMinor: 5 }, "TND")).toEqual({
    rounding: { toMinor: 5 },
    missing: ["/parts/t/tariff/rounding/toMinor"],
  });
});

// Guards against names that hold each other: thirteen of them made a word of a whole house's memory.
test("each name is put once, the longest first, and what stands there then is left alone", () => {
  expect(named("Rome and Romeville", { Rome: "Dakar", Romeville: "Thiès" })).toBe("Dakar and Thiès");
  expect(named("ab", { a: "b", b: "a" })).toBe("ba");
  expect(named("1 $ (a.b)", { $: "$&", "a.b": "c" })).toBe("1 $& (c)");
  const growing = Object.fromEntries([..."abcdefgh"].map((one, i) => [one, "bcdefghi"[i]!.repeat(80)]));
  expect(named("aa", growing)).toBe("b".repeat(160));
});
