import { describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

const card = { title: "Survey", licence: "CC0", source: "Made up" };
const as = { as: "data_officer" } as const;
interface Problem {
  errors: { pointer: string; detail: string }[];
}
interface Draft {
  id: string;
  rows: number;
  columns: { name: string; origin: string; personal: string; isProposed?: true }[];
}

const people = Array.from(
  { length: 40 },
  (_, i) => `Person ${i},${30 + (i % 4)},${i === 7 ? "judge" : "clerk"},${i % 3}`,
);
const survey = `full name,age,occupation,answer\n${people.join("\n")}\n`;

async function draftOf(city: TestCity, text: string, fields: Record<string, string>): Promise<Draft> {
  const drafted = await city.upload("/v1/datasets", "a.csv", text, { ...as, fields: { ...card, ...fields } });
  expect(drafted.status, await drafted.clone().text()).toBe(201);
  return (await drafted.json()) as Draft;
}
const refusal = async (city: TestCity, id: string): Promise<Problem["errors"]> => {
  const refused = await city.post(`/v1/datasets/${id}/publish`, undefined, as);
  expect(refused.status).toBe(422);
  return ((await refused.json()) as Problem).errors;
};

describe(`people in open data, ${target.name}`, () => {
  // Guards against people in what is public: nobody looked, a name stands there, or too few are alike.
  test("a column without a tag or with names is refused, and who stands alone is not published", async () => {
    const city = await newCity();
    const draft = await draftOf(city, survey, {});
    expect(draft.columns.map(({ personal, isProposed }) => [personal, isProposed])).toEqual([
      ["direct_identifier", true],
      ["quasi_identifier", true],
      ["quasi_identifier", true],
      ["no", true],
    ]);
    expect((await refusal(city, draft.id)).map(({ pointer }) => pointer)).toEqual(
      [0, 1, 2, 3].map((i) => `#/columns/${i}/personal`),
    );
    const at = `/v1/drafts/${draft.id}`;
    expect((await city.patch(at, { personal: "as_proposed" }, as)).status).toBe(200);
    const [named, ...others] = await refusal(city, draft.id);
    expect([named?.pointer, others]).toEqual(["#/columns/0/personal", []]);
    expect(named?.detail).toContain("full name");

    const columns = [
      { from: "full name", isLeftOut: true },
      { from: "answer", origin: "observed", personal: "no", description: "What was answered, from 0 to 2" },
    ];
    expect((await city.patch(at, { columns }, as)).status).toBe(200);
    expect((await city.post(`/v1/datasets/${draft.id}/publish`, undefined, as)).status).toBe(200);
    const { latest } = (await (await city.get("/v1/datasets/survey")).json()) as { latest: Record<string, unknown> };
    expect(latest).toMatchObject({
      rows: 39,
      columns: [{ name: "age" }, { name: "occupation" }, { name: "answer", description: columns[1]!.description }],
      protection: { k: 5, rowsWithheld: 1, cellsWithheld: 0, generalised: [] },
    });
    const csv = await (await city.get("/data/survey/export.csv")).text();
    expect(csv).not.toMatch(/Person|judge/);
    const page = await (await city.get("/data/survey", { headers: { Accept: "text/html" } })).text();
    expect(page).toContain("moins de 5 se ressemblent");

    // The next version need not be tagged again; a column that is new must be.
    const next = await draftOf(city, `age,answer,new\n${"31,2,a\n".repeat(6)}`, { title: "Next", updates: "survey" });
    expect((await refusal(city, next.id)).map(({ pointer }) => pointer)).toEqual(["#/columns/2/personal"]);
  });

  test("counts of few people are left empty, by the city's own rule; the rule is the officer's", async () => {
    const city = await newCity();
    const other = await newCity();
    expect((await city.put("/v1/people-rule", { k: 2 }, as)).status).toBe(422);
    expect((await city.put("/v1/people-rule", { k: 10 }, { as: "agent" })).status).toBe(403);
    const text = "district,inhabitants\nnorth,400\nsouth,7\nwest,0\n";
    const early = await draftOf(city, text, { personal: "as_proposed", title: "Early" });
    expect((await city.put("/v1/people-rule", { k: 10 }, as)).status).toBe(200);
    expect(await (await other.get("/v1/people-rule")).json()).toEqual({ k: 5 });
    // What was read by the laxer rule must be looked at again.
    expect(await refusal(city, early.id)).toEqual([{ pointer: "#", detail: expect.stringContaining("10") }]);
    expect((await city.patch(`/v1/drafts/${early.id}`, {}, as)).status).toBe(200);
    expect((await city.post(`/v1/datasets/${early.id}/publish`, undefined, as)).status).toBe(200);
    const { records } = (await (await city.get("/v1/datasets/early/records")).json()) as { records: unknown[] };
    expect(records).toEqual([
      { district: "north", inhabitants: 400 },
      { district: "south", inhabitants: null },
      { district: "west", inhabitants: 0 },
    ]);
  });

  test.each([
    [{ columns: "[{" }, "#/columns"],
    [{ columns: '[{"from":"age","personal":"perhaps"}]' }, "#/columns/0/personal"],
    [{ personal: "some" }, "#/personal"],
  ])("a tag that there is not is refused: %j", async (fields, pointer) => {
    const city = await shared;
    const refused = await city.upload("/v1/datasets", "a.csv", survey, { ...as, fields: { ...card, ...fields } });
    expect(refused.status).toBe(422);
    expect(((await refused.json()) as Problem).errors[0]?.pointer).toBe(pointer);
  });
  const shared = newCity();

  test("a count must be a number, and a table in which everybody stands alone is not published", async () => {
    const city = await shared;
    const counted = await draftOf(city, "group,people\na,few\n", {
      columns: '[{"from":"people","personal":"count_of_people"}]',
      personal: "none",
    });
    expect(await refusal(city, counted.id)).toMatchObject([{ pointer: "#/columns/1/personal" }]);
    // Guards against exact places of people beside their column: that none is about people is not believed then.
    const beside = await draftOf(city, `answer,lat,lon\n${"1,5.3,-4\n".repeat(6)}`, {
      columns: '[{"from":"answer","personal":"sensitive"}]',
      personal: "none",
      title: "Beside",
    });
    expect((await refusal(city, beside.id)).map(({ pointer }) => pointer)).toEqual(
      [1, 2].map((i) => `#/columns/${i}/personal`),
    );
    const fields = { ...card, title: "Alone", columns: '[{"from":"age","personal":"quasi_identifier"}]' };
    const alone = await city.upload("/v1/datasets", "a.csv", "age\n30\n31\n", { ...as, fields });
    expect(alone.status).toBe(422);
    expect(await alone.text()).toContain("fewer than 5");
  });
});
