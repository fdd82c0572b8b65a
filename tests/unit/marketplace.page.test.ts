import { expect, test } from "vitest";
import { geometryIn } from "../../functions/opendata/module-pages/showing.ts";
import { checkModule, defineModule, type ModuleInput } from "../../marketplace/contract/module.ts";
import { labelOf, languagesOf, saysOf } from "../../marketplace/contract/says.ts";
import { inLang } from "../../marketplace/contract/words.ts";
import wolof from "../../marketplace/modules/baat-yi-wolof-words/manifest.ts";
import air from "../../marketplace/modules/lab-lagune-air-quality/manifest.ts";

type Blocks = Extract<ModuleInput["parts"][number], { kind: "page" }>["blocks"];
const places = { block: "map", dataset: "fine-dust" } as const;
const table = { block: "table", dataset: "fine-dust", columns: ["station"] } as const;
const chart = { block: "chart", dataset: "fine-dust", by: "station", how: "count" } as const;

/** Where the mistakes of a page with these blocks are; the page is the module's last part. */
const mistakes = (...blocks: unknown[]) =>
  checkModule({
    ...air,
    parts: [...air.parts.filter(({ kind }) => kind !== "page"), page(...(blocks as Blocks))],
  }).mistakes.map(({ at }) => at.replace(/^\/parts\/3/, ""));
const page = (...blocks: Blocks) => ({ kind: "page" as const, id: "air", title: { en: "Air" }, blocks });

// Guards against a page that shows nothing in a city, or leads nowhere, which only a resident would notice.
test("a page speaks only of what its module has", () => {
  expect(mistakes(places, table, chart, { block: "indicator", indicator: "mean-pm25" })).toEqual([]);
  expect(mistakes({ block: "link", to: "fine-dust", label: { en: "The data" } })).toEqual([]);
  expect(mistakes({ ...table, dataset: "other" })).toEqual(["/blocks/0/dataset"]);
  expect(mistakes({ ...table, columns: ["station", "colour"] })).toEqual(["/blocks/0/columns/1"]);
  expect(mistakes({ ...table, sort: { column: "colour" } })).toEqual(["/blocks/0/sort/column"]);
  expect(mistakes({ ...places, only: { colour: "red" } })).toEqual(["/blocks/0/only/colour"]);
  expect(mistakes({ block: "indicator", indicator: "fine-dust" })).toEqual(["/blocks/0/indicator"]);
  expect(mistakes({ ...chart, by: "colour" })).toEqual(["/blocks/0/by"]);
  expect(mistakes({ ...chart, how: "mean" })).toEqual(["/blocks/0/of"]);
  expect(mistakes({ ...chart, how: "mean", of: "station" })).toEqual(["/blocks/0/of"]);
  for (const to of ["air", "lesson", "nothing"])
    expect(mistakes({ block: "link", to, label: { en: "x" } }), to).toEqual(["/blocks/0/to"]);
  expect(mistakes({ block: "link", to: "https://elsewhere.example", label: { en: "x" } })).not.toEqual([]);
});

test("a place is read as Frictionless writes it, and what is none is nowhere", () => {
  const point = (lon: number, lat: number) => ({ type: "Point", coordinates: [lon, lat] });
  expect(geometryIn("geopoint", "-17.44, 14.69")).toEqual(point(-17.44, 14.69));
  expect(geometryIn("geojson", '{"type":"Point","coordinates":[2,48]}')).toEqual(point(2, 48));
  for (const cell of ["", ",", "2", "2,", "a,b", "2,48,1", "200,95", null, 3])
    expect(geometryIn("geopoint", cell)).toBeUndefined();
  for (const cell of ["{", "null", '{"type":"Point"}']) expect(geometryIn("geojson", cell)).toBeUndefined();
});

test("a map needs a column of places", () => {
  const dataset = air.parts.find((part) => part.kind === "dataset")!;
  const fields = dataset.schema.fields.filter(({ type }) => type !== "geopoint");
  const parts = [{ ...dataset, schema: { ...dataset.schema, fields } }, page(places)];
  expect(checkModule({ ...air, parts }).mistakes.map(({ at }) => at)).toEqual(["/parts/1/blocks/0/dataset"]);
});

// Guards against a page that an old phone waits for.
test("a page is bounded in rows, letters, maps and charts", () => {
  expect(mistakes({ ...table, limit: 40 }, { ...table, limit: 20 })).toEqual([]);
  expect(mistakes({ ...table, limit: 40 }, { ...table, limit: 21 })).toEqual(["/blocks"]);
  expect(mistakes({ ...table, limit: 41 })).toEqual(["/blocks/0/limit"]);
  expect(mistakes(places, places)).toEqual(["/blocks"]);
  expect(mistakes(chart, chart)).toEqual(["/blocks"]);
  const text = (letters: number) => ({ block: "text", body: { en: "x".repeat(letters), fr: "y" } });
  expect(mistakes(text(2_990), text(2_990))).toEqual([]);
  expect(mistakes(text(3_000), text(3_000))).toEqual(["/blocks"]);
  expect(mistakes()).toEqual(["/blocks"]);
  expect(mistakes({ block: "text", body: { en: "x" }, html: "<b>" })).toEqual(["/blocks/0/html"]);
});

test("what a page shows is said before it is installed, and its words count for the module’s languages", () => {
  expect(saysOf(air, "en")).toContain(
    "It shows the public a page, “The air in your street”, with what is published of “Mean fine dust” and “Fine dust”.",
  );
  const alone = defineModule({ ...air, parts: [page({ block: "text", body: { en: "x" } })] });
  expect(saysOf(alone, "fr")[0]).toBe("Il montre au public une page, « Air ».");
  expect(languagesOf(air)).toEqual(["ar", "en", "fr"]);
  expect(languagesOf(alone)).toEqual(["en"]);
});

// Guards against a pack whose words in a further language are lost between those of the house.
test("a pack in a further language is complete in it, and says that speakers must review it", () => {
  expect(checkModule(wolof).mistakes).toEqual([]);
  expect(languagesOf(wolof)).toEqual(["ar", "en", "fr", "wo"]);
  expect(labelOf(wolof)).toBe("data_only");
  expect(inLang(wolof.manifest.description!, "fr")).toContain("n’ont pas encore relu");
  const [page] = wolof.parts;
  if (page?.kind !== "page" || page.blocks[2]?.block !== "text") throw new Error("the page is the first part");
  expect(inLang(page.blocks[2].body, "wo")).toMatch(/^Altine\n\nTalaata\n\n/);
  expect(inLang(page.blocks[2].body, "ar")).toMatch(/^Altine: الاثنين/);
});
