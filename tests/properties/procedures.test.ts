import fc from "fast-check";
import { expect, test } from "vitest";
import { checkModule } from "../../marketplace/contract/index.ts";
import {
  type Answers,
  failedChecks,
  feeOf,
  movesFrom,
  walk,
  wrongOf,
} from "../../marketplace/contract/procedure-engine.ts";
import stalls from "../../marketplace/modules/souk-ouvert-market-stall/manifest.ts";
import { STALL } from "../procedures.ts";

const answer = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -10, max: 400 }),
  fc.double(),
  fc.constantFrom("hot_food", "2026-12-01", "yesterday", "", "__proto__"),
  fc.array(fc.constantFrom("hot_food", "crafts", "nothing"), { maxLength: 3 }),
);
const answers = fc.dictionary(
  fc.constantFrom(...STALL.questions.map(({ id }) => id), "constructor", "other"),
  answer,
) as fc.Arbitrary<Answers>;
const terms = { prices: { metre_day: 100, power_day: 250 }, today: "2026-11-26" };

// Guards against a form that falls over what somebody sends, and against a fee that is no whole number or below nothing.
test("whatever is answered, the questions are in their order, none twice, and the fee is whole or not there", () => {
  fc.assert(
    fc.property(answers, (given) => {
      const { asked, known, open } = walk(STALL, given, terms);
      const order = asked.map((question) => STALL.questions.indexOf(question));
      expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
      expect(Object.keys(known).every((id) => asked.some((question) => question.id === id))).toBe(true);
      if (open) expect(wrongOf(STALL, given, terms)).toContain(open);
      for (const question of asked) failedChecks(question, known, terms);
      const fee = feeOf(STALL, known, terms);
      expect(fee === undefined || (Number.isSafeInteger(fee) && fee >= 0)).toBe(true);
      for (const { id } of STALL.states) movesFrom(STALL, id, known, terms);
    }),
  );
});

test("a procedure of which anything is taken away or swapped is taken whole or said to be wrong, and never falls over", () => {
  const part = stalls.parts[0] as unknown as Record<string, unknown[]>;
  const lists = ["questions", "states", "transitions", "papers", "prices", "proof"] as const;
  fc.assert(
    fc.property(fc.constantFrom(...lists), fc.nat(20), fc.constantFrom(...lists), fc.nat(20), (list, i, other, j) => {
      const changed = {
        ...part,
        [list]: part[list]!.with(i % part[list]!.length, part[other]![j % part[other]!.length]),
      };
      const less = { ...part, [list]: part[list]!.filter((_, at) => at !== i % part[list]!.length) };
      for (const one of [changed, less]) {
        const { module, mistakes } = checkModule({ ...stalls, parts: [one] });
        expect(module === undefined).toBe(mistakes.length > 0);
      }
    }),
    { numRuns: 20 },
  );
});
