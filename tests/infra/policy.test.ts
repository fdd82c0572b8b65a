import { describe, expect, test } from "vitest";
import { admitted, matches, type Statement } from "./policy.ts";

const CITY = "$" + "{aws:PrincipalTag/city}";
const keys = (condition: Statement["Condition"]): Statement[] => [
  { Effect: "Allow", Action: "dynamodb:GetItem", Resource: "*", Condition: condition! },
];
const ask = (LeadingKeys: string[] | undefined, city: string | undefined, action = "dynamodb:GetItem") => ({
  action,
  resource: "arn:aws:dynamodb:eu-west-3:1:table/t",
  context: { "dynamodb:LeadingKeys": LeadingKeys, "aws:PrincipalTag/city": city },
});

// Guards against a proof by an evaluator that is wrong itself.
describe("the evaluator judges as IAM does", () => {
  const all = keys({ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`CITY#${CITY}#*`] } });
  const some = keys({
    "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`CITY#${CITY}#*`] },
    Null: { "dynamodb:LeadingKeys": "false" },
  });

  test("a request without keys passes ForAllValues, and only Null stops it", () => {
    expect(admitted(all, ask(undefined, "rome"))).toBe(true);
    expect(admitted(all, ask([], "rome"))).toBe(true);
    expect(admitted(some, ask(undefined, "rome"))).toBe(false);
    expect(admitted(some, ask([], "rome"))).toBe(false);
    expect(admitted(some, ask(["CITY#rome#A"], "rome"))).toBe(true);
  });

  test("one foreign key among own ones is enough to refuse, and rome is not rome2", () => {
    expect(admitted(some, ask(["CITY#rome#A", "CITY#oslo#A"], "rome"))).toBe(false);
    expect(admitted(some, ask(["CITY#rome2#A"], "rome"))).toBe(false);
    expect(admitted(some, ask(["CITY#rome#A"], "rome2"))).toBe(false);
    const loose = keys({ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`CITY#${CITY}*`] } });
    expect(admitted(loose, ask(["CITY#rome2#A"], "rome"))).toBe(true); // what the `#` is there for
  });

  test("without the tag nothing matches; another action is not covered; a deny is final", () => {
    expect(admitted(some, ask(["CITY#rome#A"], undefined))).toBe(false);
    expect(admitted(some, ask(["CITY#rome#A"], "rome", "dynamodb:Scan"))).toBe(false);
    expect(
      admitted([...some, { Effect: "Deny", Action: "dynamodb:*", Resource: "*" }], ask(["CITY#rome#A"], "rome")),
    ).toBe(false);
  });

  test("wildcards are IAM's, not a regular expression's, and an unknown operator is refused loudly", () => {
    expect(matches("a.b*", "axb")).toBe(false);
    expect(matches("a?c*", "abcd")).toBe(true);
    expect(() => admitted(keys({ NumericLessThan: { x: "1" } }), ask(["k"], "rome"))).toThrow(/not known/);
  });
});
