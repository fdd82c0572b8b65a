import { describe, expect, test } from "vitest";
import { Asker, linkedTo } from "../../functions/opendata/harvest/asking.ts";
import { openCkanCatalogue, placeOf } from "../../functions/opendata/harvest/ckan.ts";
import { openDcat } from "../../functions/opendata/harvest/dcat.ts";
import { isTooDeep } from "../../functions/opendata/harvest/nesting.ts";
import { openCollection } from "../../functions/opendata/harvest/ogc.ts";
import { readRdf } from "../../functions/opendata/harvest/rdf.ts";
import { inSlices } from "../../functions/opendata/harvest/slices.ts";
import { type StandIn, standIn, text } from "../harvested.ts";

// What a server answers that means harm, or knows no better: each ends in a sentence, and none keeps this house busy.

const bytes = (said: string) => new TextEncoder().encode(said);
const asker = new Asker({ mayBeHere: true });
async function asked<T>(answers: StandIn["answers"], ask: (url: string) => Promise<T>): Promise<T> {
  const there = await standIn(answers);
  try {
    return await ask(there.url);
  } finally {
    there.close();
  }
}

describe("catalogues from hostile servers", () => {
  // A kilobyte of brackets once filled the memory of the whole house.
  test("JSON that is nested without end is not gone into", async () => {
    const brackets = "[".repeat(50_000) + "]".repeat(50_000);
    await expect(readRdf(bytes(`{"@graph":${brackets}}`), "application/ld+json", "https://x.example/")).rejects.toThrow(
      "nested more than 50 levels deep",
    );
    expect(isTooDeep(JSON.stringify({ text: `\\"${"[".repeat(100)}` }))).toBe(false);
    expect(isTooDeep("[]".repeat(100))).toBe(false);
    const page = `{"type":"FeatureCollection","features":[${brackets}]}`;
    const collection = { "/c": text('{"links":[]}'), "/c/items": text(page) };
    await asked(collection, async (url) => {
      const opened = await openCollection(asker, `${url}/c`);
      if (opened.is !== "rows") throw new Error(opened.is);
      const read = async () => {
        for await (const _ of opened.chunks);
      };
      await expect(read()).rejects.toThrow("nested more than 50 levels deep");
    });
  });

  test("nor is XML", async () => {
    const rdf = (within: string) =>
      bytes(
        `<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="https://x.example/">${within}</r:RDF>`,
      );
    const read = (within: string) => readRdf(rdf(within), "application/rdf+xml", "https://x.example/");
    await expect(read("<r:Description><a:b>".repeat(20_000))).rejects.toThrow("nested more than 50 levels deep");
    const flat = `<r:Description a:b="1 > 0, or '/>'"/><r:Description><a:b>2</a:b></r:Description>`;
    expect(await read(flat.repeat(200))).toHaveLength(400);
  });

  test("Turtle that says more than a catalogue can is put away, and requests are answered meanwhile", async () => {
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 1);
    const many = `@prefix a: <https://x.example/>. a:a a:b a:c${",a:c".repeat(1_000_000)}.`;
    await expect(readRdf(bytes(many), "text/turtle", "https://x.example/")).rejects.toThrow("more than 1000000 things");
    clearInterval(turning);
    expect(turns).toBeGreaterThan(3);
  });

  test("what many datasets point to is looked at in part", async () => {
    const datasets = Array.from({ length: 3_000 }, (_, i) => `<d${i}> a dcat:Dataset; dcat:distribution <f>.`).join(
      "\n",
    );
    const labels = Array.from({ length: 30_000 }, (_, i) => `"${i}"`).join(",");
    const said = `@prefix dcat: <http://www.w3.org/ns/dcat#>. @prefix dct: <http://purl.org/dc/terms/>.
      ${datasets} <f> dcat:downloadURL <https://x.example/f.csv>; dct:format "CSV"; dct:title ${labels}.`;
    const opened = await asked({ "/d": text(said, "text/turtle") }, (url) => openDcat(asker, `${url}/d`, "en"));
    expect(opened).toMatchObject({ is: "catalogue", passedOver: 2_800 });
  });

  // One such address once kept a city from its whole list of sources.
  test("addresses that no source can have are passed over", async () => {
    const base = new URL("https://x.example/");
    for (const href of ["data:text/csv,a", "ftp://x.example/a.csv", "javascript:alert(1)", `/${"a".repeat(3_000)}.csv`])
      expect(linkedTo(href, base), href).toBeUndefined();
    const resources = [{ id: "r", url: "https://x.example/a.csv", format: "CSV" }];
    const results = ["good", "bad\ud800", "a".repeat(3_000)].map((name) => ({ id: name, name, resources }));
    const found = JSON.stringify({ success: true, result: { count: 3, results } });
    const opened = await asked({ "/api/3/action/package_search": text(found) }, (url) => openCkanCatalogue(asker, url));
    expect(opened).toMatchObject({ is: "catalogue", passedOver: 1 });
    expect(opened.is === "catalogue" && opened.listed.map(({ address }) => new URL(address).pathname)).toEqual([
      "/dataset/good",
      "/dataset/bad%EF%BF%BD",
    ]);
  });

  test("an address whose percent signs mean nothing is taken as it is", () => {
    expect(placeOf("https://x.example/dataset/%E0%A4%A")).toMatchObject({ package: "%E0%A4%A" });
  });
});

// Guards against a city whose sources never end their answers, and so keep every other city from asking its own.
test("one city's slow sources leave room for others", async () => {
  const stops: (() => void)[] = [];
  const endless = () => new Promise<string>((resolve) => stops.push(() => resolve("came")));
  const begun = ["a", "b", "c"].map((name) => inSlices("slow", name, endless));
  expect(await begun[2]).toEqual({ isFull: true });
  expect(await inSlices("slowly", "a", async () => "at once")).toEqual({ done: "at once" });
  for (const stop of stops) stop();
  expect(await Promise.all(begun.slice(0, 2))).toEqual([{ done: "came" }, { done: "came" }]);
});
