import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Hour,
  lowestOfNights,
  run,
  runFromTheEnd,
} from "../../marketplace/modules/clairseau-night-leaks/index.js";
import leaks from "../../marketplace/modules/clairseau-night-leaks/manifest.ts";
import { LANGS } from "../../shared/texts.ts";

// A module's own tests: its functions are called as they are, without a house.

const METER = "mtr_01JD8Q6Z3W8M6W1YB1M0Q4S7XK";
const night = (day: string, litres: readonly number[], coverage = 1) =>
  litres.map((quantity, i) => ({ meterId: METER, day, hour: 2 + i, quantity, coverage }));
const config = { litres: 10, nights: 2 };
const found = (nights: ReturnType<typeof night>) => run({ meterIds: [METER] }, { nights }, config);

test("it takes every hour of every night: one dry hour, or one that was not read, is no leak", () => {
  const [first, second] = [night("2026-11-19", [12, 12, 12]), night("2026-11-20", [12, 12, 12])];
  expect(found([...first, ...second])).toHaveLength(2);
  expect(found([...first, ...night("2026-11-20", [12, 9, 12])])).toEqual([]);
  expect(found([...first, ...night("2026-11-20", [12, 12])])).toEqual([]);
  expect(found([...first, ...night("2026-11-20", [12, 12, 12], 0.5)])).toEqual([]);
  expect(run({ meterIds: [METER, "mtr_other"] }, {}, config)).toEqual([]);
  expect(run({}, { nights: first }, config)).toEqual([]);
});

test("it says no more than a run may propose, whatever was read", () => {
  const rows = fc.array(
    fc.record({
      meterId: fc.constantFrom(...Array.from({ length: 40 }, (_, i) => `m${i}`)),
      day: fc.constantFrom("2026-11-19", "2026-11-20"),
      hour: fc.integer({ min: 2, max: 4 }),
      quantity: fc.integer({ min: 0, max: 50 }),
      coverage: fc.constantFrom(0, 1),
      accountId: fc.constantFrom("a", undefined),
    }),
    { maxLength: 300 },
  );
  fc.assert(
    fc.property(rows, (nights) => {
      const meterIds = [...new Set(nights.map(({ meterId }) => meterId))];
      const effects = run({ meterIds }, { nights: nights as Hour[] }, { litres: 1, nights: 1 });
      expect(effects.length).toBeLessThanOrEqual(20);
      expect(effects.every(({ fields }) => Number(fields["value"] ?? fields["litres_an_hour"]) >= 1)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test("nights are in their order, and a run of them ends with the last", () => {
  const nights = lowestOfNights([...night("2026-11-20", [5, 6, 7]), ...night("2026-11-19", [1, 2, 3])]);
  expect(nights).toEqual([
    { day: "2026-11-19", lowest: 1 },
    { day: "2026-11-20", lowest: 5 },
  ]);
  expect(runFromTheEnd(nights, 2)).toEqual([nights[1]]);
  expect(runFromTheEnd(nights, 6)).toEqual([]);
});

// Guards against a module that works only here: what another house gets is this text and nothing around it.
test("it imports nothing, and speaks all languages of the house", () => {
  const code = readFileSync("marketplace/modules/clairseau-night-leaks/index.js", "utf8");
  expect(code).not.toMatch(/\bimport\b|\brequire\b/);
  expect(leaks.parts.find(({ kind }) => kind === "function")).toMatchObject({
    code: code.replaceAll("export function", "function"),
  });
  for (const lang of LANGS) expect(leaks.manifest.title[lang]).toBeTruthy();
});
