import { beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity } from "../city.ts";

interface Found {
  records: never;
  fields: { id: string; type: string }[];
  total?: number;
  _links: { start: string; next: string; prev?: string };
}

describe("rows by CKAN's datastore_search, as its clients ask for them", () => {
  let city: TestCity;
  let table: string;
  beforeAll(async () => {
    city = await newCity();
    table = await published(
      "Trees",
      'kind,street,age,old\noak,"rue ""A""",3,false\nelm,b,12,true\noak,b,5,false\noak,c,5,false\n',
    );
  });

  async function published(title: string, file: string): Promise<string> {
    const fields = { title, licence: "CC0-1.0", source: "Made up", personal: "none" };
    const drafted = await city.upload("/v1/datasets", "a.csv", file, { as: "data_officer", fields });
    const { id } = (await drafted.json()) as { id: string };
    expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
    return `${id}-csv`;
  }

  const at = (query: Record<string, string>) =>
    `/api/3/action/datastore_search?${new URLSearchParams({ resource_id: table, ...query })}`;
  const found = async (answer: Response | Promise<Response>): Promise<Found> => {
    const { success, result, error } = (await (await answer).json()) as {
      success: boolean;
      result: Found;
      error: object;
    };
    expect([success, error]).toEqual([true, undefined]);
    return result;
  };
  const ask = (query: Record<string, string>) => found(city.get(at(query)));
  const refused = async (query: Record<string, string>) => {
    const answer = await city.get(at(query));
    expect(answer.status).toBe(409);
    return ((await answer.json()) as { error: Record<string, unknown> }).error;
  };
  const sql = async (text: string) =>
    found(city.get(`/api/3/action/datastore_search_sql?${new URLSearchParams({ sql: text })}`));

  // Guards against a client that follows `next` and gets rows of another question.
  test("the links of a page ask the same question, by query and by body", async () => {
    const question = { filters: { kind: ["oak"] }, q: "oak", sort: "age desc, _id desc", fields: ["street", "age"] };
    const query = {
      ...question,
      filters: JSON.stringify(question.filters),
      fields: "street,age",
      records_format: "lists",
    };
    const expected = [
      ["c", 5],
      ["b", 5],
      ['rue "A"', 3],
    ];
    const follow = async (first: Found) => {
      const seen: unknown[] = [];
      let page = first;
      for (let n = 0; (page.records as unknown[]).length > 0; n++) {
        expect([n < 4, page.total]).toEqual([true, 3]);
        seen.push(...(page.records as unknown[]));
        page = await found(fetch(page._links.next));
      }
      return seen;
    };
    const first = await ask({ ...query, limit: "1" });
    expect(await follow(first)).toEqual(expected);
    const posted = { resource_id: table, ...question, records_format: "lists", limit: 1 };
    expect(await follow(await found(city.post("/api/3/action/datastore_search", posted)))).toEqual(expected);
    const second = await found(fetch(first._links.next));
    expect((await found(fetch(second._links.prev!))).records).toEqual(first.records);
    expect((await found(fetch(second._links.start))).records).toEqual(first.records);
  });

  test("a row is found by its number, in a filter and in SQL", async () => {
    const ids = async (query: Record<string, string>) =>
      ((await ask(query)).records as { _id: number }[]).map(({ _id }) => _id);
    expect(await ids({ filters: '{"_id":3}' })).toEqual([3]);
    expect(await ids({ filters: '{"_id":[4,"2",9]}', sort: "_id desc" })).toEqual([4, 2]);
    expect(await ids({ filters: '{"_id":[1,2],"kind":"oak"}' })).toEqual([1]);
    // A number that is asked for as a word is one of the table, not of the row.
    expect(await ids({ filters: '{"_id":[1,2,3]}', q: "3" })).toEqual([1]);
    const from = `FROM "${table}"`;
    expect((await sql(`SELECT _id, kind ${from} WHERE _id > 1 ORDER BY _id DESC LIMIT 2`)).records).toEqual([
      { _id: 4, kind: "oak" },
      { _id: 3, kind: "oak" },
    ]);
    expect((await sql(`SELECT kind, max(_id) AS last ${from} GROUP BY kind ORDER BY last`)).records).toEqual([
      { kind: "elm", last: 2 },
      { kind: "oak", last: 4 },
    ]);
    const all = await sql(`SELECT * ${from} WHERE _id = 2`);
    expect(all.fields[0]).toEqual({ id: "_id", type: "int" });
    expect(all.records).toEqual([{ _id: 2, kind: "elm", street: "b", age: 12, old: true }]);
  });

  test("rows come as objects, lists, CSV and TSV, none twice, with or without their total", async () => {
    const some = { fields: "_id,street,old", limit: "2" };
    expect((await ask({ ...some, records_format: "csv" })).records).toBe('1,"rue ""A""",f\n2,b,t\n');
    expect((await ask({ ...some, records_format: "tsv" })).records).toBe('1\t"rue ""A"""\tf\n2\tb\tt\n');
    expect((await ask({ ...some, records_format: "lists" })).records).toEqual([
      [1, 'rue "A"', false],
      [2, "b", true],
    ]);
    const kinds = await ask({ fields: "kind", distinct: "true", sort: "kind" });
    expect(kinds).toMatchObject({ records: [{ kind: "elm" }, { kind: "oak" }], total: 2 });
    const pairs = { fields: "kind,age", distinct: "true", sort: "age desc", filters: '{"kind":"oak"}' };
    expect(await ask({ ...pairs, records_format: "lists", offset: "1" })).toMatchObject({
      records: [["oak", 3]],
      total: 2,
    });
    expect(await ask({ distinct: "true" })).toMatchObject({ total: 4 });
    const quick = await ask({ include_total: "false" });
    expect(quick).toMatchObject({ include_total: false });
    expect(Object.keys(quick)).not.toContain("total");
  });

  test("a table that has numbers of its own by this name keeps them", async () => {
    const own = await published("Own", "_id,n\n70,1\n80,2\n");
    const { records, fields } = await ask({ resource_id: own, filters: '{"_id":80}' });
    expect(records).toEqual([{ _id: 80, n: 2 }]);
    expect(fields).toEqual([
      { id: "_id", type: "int" },
      { id: "n", type: "int" },
    ]);
    expect((await sql(`SELECT * FROM "${own}" WHERE _id < 75`)).records).toEqual([{ _id: 70, n: 1 }]);
  });

  test("what there is not is refused with its field", async () => {
    expect(await refused({ records_format: "xml" })).toMatchObject({
      records_format: [expect.stringContaining("tsv")],
    });
    expect(await refused({ fields: "colour" })).toMatchObject({ fields: [expect.stringContaining("colour")] });
    expect(await refused({ filters: '{"colour":1}' })).toMatchObject({ filters: [expect.stringContaining("colour")] });
    expect(await refused({ fields: "kind", distinct: "true", sort: "age" })).toMatchObject({
      query: expect.any(Array),
    });
  });
});
