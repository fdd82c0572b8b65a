import { expect, test } from "vitest";
import { Looks, propose } from "../../functions/opendata/people/proposal.ts";

const proposed = (columns: Record<string, string[]>) =>
  propose(
    Object.entries(columns).map(([name, values]) => {
      const looks = new Looks();
      for (const value of values) looks.add(value);
      return { name, type: values.every((value) => /^\d+$/.test(value)) ? "integer" : "text", looks };
    }),
  ).map(({ personal }) => personal);

// Guards against a proposal that calls names of bus stops personal, and one that lets people's names through.
test.each([
  [{ name: ["Gare"], lat: ["1"], population: ["400"] }, ["no", "no", "count_of_people"]],
  [
    { name: ["Ada"], birthDate: ["1990-01-01"], postcode: ["44000"] },
    ["direct_identifier", "quasi_identifier", "quasi_identifier"],
  ],
  [{ contact: ["a@b.example", "c@d.example"], street: ["rue"] }, ["direct_identifier", "no"]],
  [{ Prénom: ["Zoé"], Revenu: ["3"], avis: ["oui"] }, ["direct_identifier", "sensitive", "no"]],
  [{ "رقم الهاتف": ["+22501020304"], الحي: ["أ"] }, ["direct_identifier", "no"]],
  [{ العمر: ["30"], الاسم: ["أ"] }, ["quasi_identifier", "direct_identifier"]],
  [{ stage: ["1"], package: ["a"], villages: ["b"] }, ["no", "no", "no"]],
])("tags are proposed by names and first values: %j", (columns, expected) => {
  expect(proposed(columns as never)).toEqual(expected);
});
