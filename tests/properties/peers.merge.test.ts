import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Json, merge, nameIn } from "../../marketplace/peers/merge.ts";

const scalar = fc.oneof(fc.constantFrom("a", "b", "c"), fc.integer({ min: 0, max: 3 }), fc.boolean());
const { tree } = fc.letrec<{ tree: Json; part: Json }>((tie) => ({
  part: fc.record({ id: fc.constantFrom("x", "y", "z"), of: tie("tree") }) as fc.Arbitrary<Json>,
  tree: fc.oneof(
    { depthSize: "small", maxDepth: 3 },
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("p", "q", "constructor", "r/s"), tie("tree"), { maxKeys: 3 }),
    fc.uniqueArray(tie("part"), { maxLength: 3, selector: (part) => (part as { id: string }).id }),
  ) as fc.Arbitrary<Json>,
}));
const module = fc.record({
  parts: fc.uniqueArray(
    fc.record({ id: fc.constantFrom("water", "power", "words", "stall"), of: tree }) as fc.Arbitrary<{
      id: string;
      of: Json;
    }>,
    { maxLength: 4, selector: ({ id }) => id },
  ),
}) as unknown as fc.Arbitrary<Json>;

test("whoever changed nothing gets upstream’s, and an upstream that changed nothing leaves one’s own", () => {
  fc.assert(
    fc.property(module, module, (one, other) => {
      expect(merge(one, one, other)).toEqual({ value: other, conflicts: [] });
      expect(merge(one, other, one)).toEqual({ value: other, conflicts: [] });
      expect(merge(one, other, other)).toEqual({ value: other, conflicts: [] });
    }),
    { numRuns: 300 },
  );
});

/** What stands at the end of each path; a list without names is one value, and what is empty says nothing. */
function leaves(value: Json, at = ""): [at: string, value: Json][] {
  if (typeof value !== "object" || value === null) return [[at, value]];
  const key = Array.isArray(value) ? nameIn(value) : undefined;
  if (Array.isArray(value) && key === undefined) return [[at, value]];
  return Object.entries(value).flatMap(([name, one]) =>
    leaves(one as Json, `${at}/${key === undefined ? name : (one as Record<string, string>)[key]}`),
  );
}

test("one’s own change stays, and what one removed comes back only with a conflict: nothing is lost in silence", () => {
  fc.assert(
    fc.property(module, module, module, (base, own, theirs) => {
      const { value, conflicts } = merge(base, own, theirs);
      const [before, mine, after] = [base, own, value].map((tree) => new Map(leaves(tree!)));
      for (const [at, leaf] of mine!)
        if (!isDeepStrictEqual(before!.get(at), leaf)) expect(after!.get(at)).toEqual(leaf);
      const isTold = (at: string) => conflicts.some((one) => `${at}/`.startsWith(`${one.at}/`));
      const goneByMe = [...before!.keys()].filter((at) => !mine!.has(at));
      const isTheirs = (at: string) => !isDeepStrictEqual(new Map(leaves(theirs)).get(at), before!.get(at));
      for (const at of goneByMe) if (after!.has(at) && !isTheirs(at)) expect(isTold(at), at).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("of each conflict one side is chosen, and the same choices always give the same", () => {
  fc.assert(
    fc.property(module, module, module, (base, own, theirs) => {
      const { conflicts } = merge(base, own, theirs);
      const choices = (side: "own" | "theirs") => Object.fromEntries(conflicts.map(({ at }) => [at, side]));
      expect(merge(base, own, theirs, choices("own")).conflicts).toEqual([]);
      const chosen = merge(base, own, theirs, choices("theirs"));
      expect(chosen.conflicts).toEqual([]);
      expect(merge(base, own, theirs, choices("own")).value).toEqual(merge(base, own, theirs).value);
      // What is merged once has nothing left to merge.
      expect(merge(theirs, chosen.value, theirs)).toEqual({ value: chosen.value, conflicts: [] });
    }),
    { numRuns: 300 },
  );
});

test("parts are merged field by field: a price of one’s own beside a band and a language from upstream", () => {
  const part = (more: object) => ({ id: "water", names: { fr: "Eau" }, vat: 0, bands: [{ price: "1" }], ...more });
  const parts = (...all: Json[]): Json => ({ parts: all });
  const { value, conflicts } = merge(
    parts(part({}), { id: "old" }),
    parts(part({ vat: 700 }), { id: "old" }, { id: "mine" }),
    parts(part({ names: { fr: "Eau", ar: "ماء" }, vat: 700 }), { id: "theirs" }),
  );
  expect(conflicts).toEqual([]);
  expect(value).toEqual(parts(part({ names: { fr: "Eau", ar: "ماء" }, vat: 700 }), { id: "mine" }, { id: "theirs" }));
  const both = merge(parts(part({})), parts(part({ vat: 700 })), parts(part({ vat: 1_900 })));
  expect(both.conflicts).toEqual([{ at: "/parts/water/vat", base: 0, own: 700, theirs: 1_900 }]);
  expect(both.value).toEqual(parts(part({ vat: 700 })));
  const gone = merge(parts(part({})), parts(part({ vat: 700 })), parts());
  expect(gone.conflicts).toMatchObject([{ at: "/parts/water", own: { vat: 700 } }]);
  expect(merge(parts(part({})), parts(part({ vat: 700 })), parts(), { "/parts/water": "theirs" }).value).toEqual(
    parts(),
  );
});
