import { expect, test } from "vitest";
import { isHook } from "../../marketplace/contract/hooks.ts";
import { givenAfter, givenTo } from "../../marketplace/installs/given.ts";
import leaks from "../../marketplace/modules/clairseau-night-leaks/manifest.ts";

// Guards against a purpose that is changed after the fact, and against a count that is not of residents' data.
test("what a part was given is counted by ask and version, and only where it is about residents", () => {
  const part = leaks.parts.find(isHook)!;
  const first = givenTo(part, "1.0.0", [], { nights: [{}, {}] });
  expect(first.map(({ id, rows, times }) => [id, rows, times])).toEqual(
    expect.arrayContaining([[`${part.id}/nights`, 2, 1]]),
  );
  expect(first.every(({ class: of }) => ["household", "identity", "money"].includes(of))).toBe(true);
  const later = givenAfter(givenAfter(first, first), givenTo(part, "1.1.0", [], { nights: [{}] }));
  const nights = later.filter(({ id }) => id === `${part.id}/nights`);
  expect(nights.map(({ version, rows, times }) => [version, rows, times])).toEqual([
    ["1.0.0", 4, 2],
    ["1.1.0", 1, 1],
  ]);
});
