import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Does, type Form, startingCodeOf, token } from "../../functions/vending/sources/openpaygo/code.ts";

interface Vector {
  key: string;
  startingCode: number;
  isDerived: boolean;
  does: Does;
  form: Form;
  value: number;
  count: number;
  token: string;
}
const vectors = JSON.parse(readFileSync("tests/data/openpaygo/vectors.json", "utf8")) as Vector[];

// Guards against tokens that no device of the field takes: the published library is the judge.
test("tokens are those that the published library makes, digit for digit", () => {
  expect(vectors.length).toBeGreaterThan(200);
  for (const vector of vectors) {
    const key = Buffer.from(vector.key, "hex");
    if (vector.isDerived) expect(startingCodeOf(key)).toBe(vector.startingCode);
    const { startingCode, count, does, value, form } = vector;
    expect(token({ key, startingCode }, count, does, value, form), JSON.stringify(vector)).toBe(vector.token);
  }
});
