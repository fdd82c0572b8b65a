import { expect, test } from "vitest";
import { checkModule, type Module } from "../../marketplace/contract/index.ts";
import { languagesOf, saysOf } from "../../marketplace/contract/says.ts";
import stalls from "../../marketplace/modules/souk-ouvert-market-stall/manifest.ts";

// A module's own tests: its examples are tried by the contract, so what is left is that they would be seen to fail.

const part = stalls.parts[0]!;
if (part.kind !== "procedure") throw new Error("the first part is the procedure");
const changed = (change: Partial<typeof part>): Module => ({ ...stalls, parts: [{ ...part, ...change }] });
const mistakesOf = (module: Module) => checkModule(module).mistakes.map(({ at, detail }) => `${at}: ${detail}`);

test("its examples hold, in every language, and say themselves in sentences", () => {
  expect(mistakesOf(stalls)).toEqual([]);
  expect(languagesOf(stalls)).toEqual(["ar", "en", "fr"]);
  const says = saysOf(stalls, "en").join("\n");
  expect(says).toContain("It takes applications, “Permit for a market stall”, by 11 questions.");
  expect(says).toContain("((the width in metres times the number of days) times A metre for a day) plus");
  expect(says).toContain("Two members of staff must agree on: “Refuse” and “Take the permit back”.");
  expect(says).toContain("erased 24 months");
  expect(says).toContain("It runs no program, and sends nothing out of the city.");
});

test("another price is another fee, and its example says so", () => {
  const dearer = part.prices.map((price) => ({ ...price, amounts: { XOF: 101, MAD: 200, TND: 600, EUR: 50 } }));
  expect(mistakesOf(changed({ prices: dearer }))[0]).toBe(
    "/parts/0/proof/0: “three metres for thirty days are paid by metre and day” does not hold. The fee is 9090.",
  );
});
