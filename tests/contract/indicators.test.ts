import { beforeAll, describe, expect, test } from "vitest";
import airQuality from "../../marketplace/modules/lab-lagune-air-quality/manifest.ts";
import { newCity, type TestCity, target } from "../city.ts";
import { newPublisher } from "../publisher.ts";

const csv = (...rows: string[]) => `station,measured_at,place,pm25\n${rows.join("\n")}\n`;

describe(`figures of a module from a city's own data, ${target.name}`, () => {
  let city: TestCity;
  let module: string;
  let table: string;
  const card = { title: "Fine dust", licence: "CC-BY-4.0", source: "City lab", personal: "none" };

  beforeAll(async () => {
    city = await newCity();
    const publisher = await newPublisher();
    module = `${publisher.name}/air-quality`;
    table = `${module}/fine-dust`;
    const manifest = { ...airQuality.manifest, name: module };
    expect((await publisher.publish({ ...airQuality, manifest })).status).toBe(201);
    const as = { as: "administrator" } as const;
    const { id } = (await (await city.post("/v1/installs", { module, version: manifest.version }, as)).json()) as {
      id: string;
    };
    expect((await city.post(`/v1/installs/${id}/trials`, {}, as)).ok).toBe(true);
    for (const to of ["proposed", "active"])
      expect((await city.post(`/v1/installs/${id}/state`, { to }, as)).status, to).toBe(200);
  });

  const send = (file: string, fields: Record<string, string> = {}) =>
    city.upload("/v1/datasets", "dust.csv", file, { as: "data_officer", fields: { ...card, fills: table, ...fields } });
  const figure = async () => {
    const { indicators } = (await (await city.get("/v1/indicators", { as: "nobody" })).json()) as {
      indicators: { id: string; value?: number; isMet?: boolean; datasets: { slug: string }[] }[];
    };
    expect(indicators).toHaveLength(1);
    return indicators[0]!;
  };

  // Guards against a figure that nobody can trace to its data, and one that is shown although there are none.
  test("an indicator has no value until a dataset fills its table, then the value of the latest version", async () => {
    expect(await figure()).toMatchObject({ id: "mean-pm25", datasets: [] });
    expect((await figure()).value).toBeUndefined();
    const drafted = await send(
      csv("a,2026-01-01T00:00:00Z,,4", "a,2026-01-01T01:00:00Z,,", "b,2026-01-01T00:00:00Z,,10"),
    );
    expect(drafted.status, await drafted.clone().text()).toBe(201);
    const { id, slug } = (await drafted.json()) as { id: string; slug: string };
    expect((await figure()).value).toBeUndefined();
    await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" });
    expect(await figure()).toMatchObject({ value: 7, isMet: false, datasets: [{ slug }] });
    // The next version fills the same table without being told.
    const next = await send(csv("a,2026-02-01T00:00:00Z,,4"), { updates: slug, fills: "" });
    await city.post(`/v1/datasets/${((await next.json()) as { id: string }).id}/publish`, undefined, {
      as: "data_officer",
    });
    expect(await figure()).toMatchObject({ value: 4, isMet: true });
    const page = await (await city.get("/indicators", { as: "nobody", headers: { Accept: "text/html" } })).text();
    expect(page).toContain("µg/m³");
    expect(page).toContain(`/data/${slug}`);
  });

  test("rows that are not as the module wants them are refused one by one, and nothing of them is kept", async () => {
    const refusals = async (file: string, fields: Record<string, string> = {}) => {
      const answer = await send(file, { title: "Other dust", ...fields });
      expect(answer.status).toBe(422);
      return ((await answer.json()) as { errors: { pointer: string; detail: string }[] }).errors;
    };
    expect(await refusals("station,pm25\na,1\n")).toEqual([
      { pointer: "#/file/column/measured_at", detail: "The column measured_at is missing." },
    ]);
    const wrong = csv(
      "a,2026-01-01T00:00:00Z,,-1",
      ",2026-01-01T01:00:00Z,,3000",
      "b,2026-01-01T02:00:00Z,,1",
      "b,2026-01-01T02:00:00Z,,2",
    );
    expect((await refusals(wrong)).map(({ pointer }) => pointer).sort()).toEqual(
      ["#/file/row/1", "#/file/row/2", "#/file/row/2", "#/file/row/4"].sort(),
    );
    expect((await refusals(csv("a,2026-01-01T00:00:00Z,,much")))[0]!.detail).toContain("wants number");
    const many = Array.from(
      { length: 200 },
      (_, i) => `a,2026-01-01T00:${String(i % 60).padStart(2, "0")}:00Z,,-${i + 1}`,
    );
    expect(await refusals(csv(...many))).toHaveLength(50);
    expect((await refusals(csv("a,2026-01-01T00:00:00Z,,1"), { fills: `${module}/none` }))[0]!.pointer).toBe("#/fills");
    const { datasets } = (await (await city.get("/v1/datasets", { as: "nobody" })).json()) as {
      datasets: { slug: string }[];
    };
    expect(datasets.map(({ slug }) => slug)).not.toContain("other-dust");
  });

  test("a city without the module has neither its figure nor its table", async () => {
    const other = await newCity();
    expect(await (await other.get("/v1/indicators", { as: "nobody" })).json()).toEqual({ indicators: [] });
    const fields = { ...card, fills: table };
    expect(
      (await other.upload("/v1/datasets", "d.csv", csv("a,2026-01-01T00:00:00Z,,1"), { as: "data_officer", fields }))
        .status,
    ).toBe(422);
  });
});
