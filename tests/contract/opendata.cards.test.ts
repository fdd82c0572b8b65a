import { beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

const card = { title: "Markets", licence: "CC0", source: "Made up", personal: "none" };
const full = {
  description: "Where markets are held",
  contact: "Data desk",
  email: "data@town.example",
  telephone: "+22520304050",
  frequency: "QUARTERLY",
  languages: "fr, en",
  theme: "ECON",
  keywords: "markets,food",
  area: "-4.2,5.1,-3.8,5.5",
};
const as = { as: "data_officer" } as const;

describe(`cards of datasets, ${target.name}`, () => {
  let city: TestCity;
  const publish = async (text: string, fields: Record<string, string>) => {
    const drafted = await city.upload("/v1/datasets", "a.csv", text, { ...as, fields: { ...card, ...fields } });
    expect(drafted.status, await drafted.clone().text()).toBe(201);
    const { id } = (await drafted.json()) as { id: string };
    expect((await city.post(`/v1/datasets/${id}/publish`, undefined, as)).status).toBe(200);
  };
  beforeAll(async () => {
    city = await newCity();
    await publish("name,opened\nNord,2020-02-01\nSud,2024-11-30\n", full);
  });

  // Guards against a card that one client reads and another does not.
  test("what a card says reaches every interface; what its rows say need not be said", async () => {
    const record = (await (await city.get("/ogc/collections/catalogue/items/markets")).json()) as object;
    expect(record).toMatchObject({
      time: { interval: ["2020-02-01", "2024-11-30"] },
      geometry: { type: "Polygon" },
      properties: {
        keywords: ["markets", "food"],
        resourceLanguages: [{ code: "fr" }, { code: "en" }],
        themes: [{ concepts: [{ id: "ECON" }] }],
      },
    });
    expect(JSON.stringify(record)).toContain('"emails":[{"value":"data@town.example"}]');
    const { result } = (await (await city.get("/api/3/action/package_show?id=markets")).json()) as {
      result: { tags: { name: string }[]; extras: { key: string; value: string }[] };
    };
    expect(result).toMatchObject({ maintainer: "Data desk", maintainer_email: full.email, num_tags: 2 });
    expect(result.extras).toContainEqual({ key: "temporal_start", value: "2020-02-01" });
    expect(await (await city.get("/api/3/action/tag_list")).json()).toMatchObject({ result: ["food", "markets"] });
    const page = await (await city.get("/data/markets", { headers: { Accept: "text/html" } })).text();
    expect(page).toContain('href="mailto:data@town.example"');
    expect(page).toContain('"temporalCoverage":"2020-02-01/2024-11-30"');
    expect(page).toMatch(/Renouvelé il y a .*chaque trimestre/);
    const found = (await (await city.get("/ogc/collections/catalogue/items?q=food&bbox=-4,5,-3,6")).json()) as object;
    expect(found).toMatchObject({ numberMatched: 1 });
  });

  test("a score has its reasons, and a new version goes on with what the card says", async () => {
    const { quality } = (await (await city.get("/v1/datasets/markets")).json()) as {
      quality: { score: number; reasons: { about: string; points: number; most: number; says: string }[] };
    };
    expect(quality.reasons.reduce((sum, { points }) => sum + points, 0)).toBe(quality.score);
    expect(quality.reasons.reduce((sum, { most }) => sum + most, 0)).toBe(100);
    expect(quality.score).toBe(80);
    expect(quality.reasons.find(({ points }) => points === 0)).toMatchObject({ about: "columns", most: 20 });
    await publish("name,opened\nNord,2020-02-01\n", { title: "Markets again", updates: "markets" });
    const again = (await (await city.get("/v1/datasets/markets")).json()) as { card: object };
    expect(again.card).toMatchObject({ title: "Markets again", email: full.email, keywords: ["markets", "food"] });
  });

  test.each([
    [{ email: "nobody" }, "#/email"],
    [{ telephone: "02 40" }, "#/telephone"],
    [{ frequency: "SOMETIMES" }, "#/frequency"],
    [{ languages: "klingon" }, "#/languages/0"],
    [{ theme: "LOVE" }, "#/theme"],
    [{ keywords: "k,".repeat(21) }, "#/keywords"],
    [{ from: "yesterday" }, "#/from"],
    [{ from: "2026-02-02", to: "2026-02-01" }, "#/to"],
    [{ area: "1,2,3" }, "#/area"],
    [{ area: "1,9,2,3" }, "#/area"],
  ])("what a card cannot say is refused at its field: %j", async (fields, pointer) => {
    const refused = await city.upload("/v1/datasets", "a.csv", "n\n1\n", {
      ...as,
      fields: { ...card, title: "Wrong", ...(fields as Record<string, string>) },
    });
    expect(refused.status).toBe(422);
    expect(((await refused.json()) as { errors: { pointer: string }[] }).errors[0]?.pointer).toContain(pointer);
  });
});
