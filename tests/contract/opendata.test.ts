import { readFileSync } from "node:fs";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { feature } from "topojson-client";
import { describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

const vega = (name: string) => readFileSync(`node_modules/vega-datasets/data/${name}`);
const card = { title: "Airports", licence: "Public domain", source: "Federal agencies", personal: "none" };

interface Draft {
  id: string;
  slug: string;
  rows: number;
  places: number;
  columns: { name: string; type: string }[];
}
interface Features {
  features: { id: number; geometry: { coordinates: number[] } | null; properties: Record<string, unknown> }[];
  numberMatched: number;
  numberReturned: number;
  links: { rel: string; href: string }[];
}

async function publish(
  city: TestCity,
  filename: string,
  bytes: Uint8Array | string,
  fields: Record<string, string> = card,
) {
  const drafted = await city.upload("/v1/datasets", filename, bytes, { as: "data_officer", fields });
  expect(drafted.status, await drafted.clone().text()).toBe(201);
  const draft = (await drafted.json()) as Draft;
  const published = await city.post(`/v1/datasets/${draft.id}/publish`, undefined, { as: "data_officer" });
  expect(published.status, await published.clone().text()).toBe(200);
  return draft;
}
const json = async <T>(answer: Promise<Response>): Promise<T> => {
  const got = await answer;
  expect(
    got.status,
    await got
      .clone()
      .text()
      .then((text) => text.slice(0, 300)),
  ).toBe(200);
  return (await got.json()) as T;
};

describe(`open data, ${target.name}`, () => {
  // Guards against publishing what nobody has looked at.
  test("a draft shows its types and is public to nobody; published, it is public to all", async () => {
    const city = await newCity();
    const drafted = await city.upload("/v1/datasets", "airports.csv", vega("airports.csv"), {
      as: "data_officer",
      fields: card,
    });
    const draft = (await drafted.json()) as Draft;
    expect(draft).toMatchObject({ slug: "airports", rows: 3376, places: 3376 });
    expect(draft.columns).toContainEqual(expect.objectContaining({ name: "latitude", type: "number" }));
    expect((await city.get("/v1/datasets/airports")).status).toBe(404);
    expect((await city.get("/data/airports")).status).toBe(404);

    const [first, again] = [
      await city.post(`/v1/datasets/${draft.id}/publish`, undefined, { as: "data_officer" }),
      await city.post(`/v1/datasets/${draft.id}/publish`, undefined, { as: "data_officer" }),
    ];
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(await again.json()).toEqual(await first.json());
    const { total, records } = await json<{ total: number; records: Record<string, unknown>[] }>(
      city.get("/v1/datasets/airports/records?state=AK&limit=2"),
    );
    expect(total).toBe(263);
    expect(records).toHaveLength(2);
    const page = await (await city.get("/data/airports", { headers: { Accept: "text/html" } })).text();
    expect(page).toContain("<svg");
    expect(page).toContain("Thigpen");
    const events = await json<{ events: { type: string }[] }>(city.get("/v1/events", { as: "administrator" }));
    expect(events.events[0]?.type).toBe("opendata.dataset_published.v1");
  });

  test("OGC API Features: landing, conformance, collections, items by box and page, one item", async () => {
    const city = await newCity();
    await publish(city, "airports.csv", vega("airports.csv"));
    const landing = await json<{ links: { rel: string; href: string }[] }>(city.get("/ogc"));
    for (const rel of ["service-desc", "conformance", "data"]) {
      const href = landing.links.find((link) => link.rel === rel)!.href;
      expect((await fetch(href)).status, rel).toBe(200);
    }
    const { conformsTo } = await json<{ conformsTo: string[] }>(city.get("/ogc/conformance"));
    expect(conformsTo).toContain("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core");
    const { collections } = await json<{ collections: { id: string; extent: { spatial: { bbox: number[][] } } }[] }>(
      city.get("/ogc/collections"),
    );
    // The records of the catalogue are a collection too.
    expect(collections.map(({ id }) => id)).toEqual(["airports", "catalogue"]);

    const items = await city.get("/ogc/collections/airports/items?bbox=-123,47,-121,48&limit=5");
    expect(items.headers.get("content-type")).toMatch(/^application\/geo\+json/);
    const page = (await items.json()) as Features;
    expect(page.numberReturned).toBe(5);
    for (const { geometry } of page.features) {
      const [lon = 0, lat = 0] = geometry?.coordinates ?? [];
      expect(lon >= -123 && lon <= -121 && lat >= 47 && lat <= 48).toBe(true);
    }
    // Every feature once, by the links alone.
    const seen = page.features.map(({ id }) => id);
    let next = page.links.find(({ rel }) => rel === "next")?.href;
    while (next) {
      const more = await json<Features>(fetch(next));
      expect(more.numberMatched).toBe(page.numberMatched);
      expect(more.numberReturned).toBe(more.features.length);
      seen.push(...more.features.map(({ id }) => id));
      next = more.links.find(({ rel }) => rel === "next")?.href;
    }
    expect(new Set(seen).size).toBe(page.numberMatched);
    const one = await json<Features["features"][0]>(city.get(`/ogc/collections/airports/items/${seen[0]}`));
    expect(one.properties).toEqual(page.features[0]!.properties);
    const filtered = await json<Features>(city.get("/ogc/collections/airports/items?state=AK&limit=1"));
    expect(filtered.numberMatched).toBe(263);
  });

  test.each([
    "?colour=red",
    "?bbox=1,2,3",
    "?bbox=a,b,c,d",
    "?limit=0",
    "?limit=-1",
    "?datetime=yesterday",
    "?f=xml",
    "?offset=x",
  ])("a parameter that is not known or not valid is a 400: %s", async (query) => {
    const city = await shared;
    const answer = await city.get(`/ogc/collections/places/items${query}`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });
  const shared = newCity().then(async (city) => {
    await publish(city, "p.csv", "name,lat,lon,day\na,1,2,2026-01-01\nb,3,4,2026-02-01\n", {
      ...card,
      title: "Places",
    });
    return city;
  });

  test("time, conditional requests, other sites, downloads", async () => {
    const city = await shared;
    const when = await json<Features>(city.get("/ogc/collections/places/items?datetime=2026-01-15/.."));
    expect(when.features.map(({ properties }) => properties["name"])).toEqual(["b"]);
    const first = await city.get("/ogc/collections/places/items");
    const etag = first.headers.get("etag")!;
    expect(first.headers.get("access-control-allow-origin")).toBe("*");
    const second = await city.get("/ogc/collections/places/items", { headers: { "If-None-Match": etag } });
    expect(second.status).toBe(304);
    for (const extension of ["csv", "geojson", "xlsx", "gpkg", "parquet"]) {
      const whole = await city.get(`/data/places/export.${extension}`);
      expect([whole.status, (await whole.arrayBuffer()).byteLength > 50], extension).toEqual([200, true]);
      const again = { headers: { "If-None-Match": whole.headers.get("etag")! } };
      expect((await city.get(`/data/places/export.${extension}`, again)).status, extension).toBe(304);
    }
    const csv = await (await city.get("/data/places/export.csv")).text();
    expect(csv.replace("\uFEFF", "")).toBe("name,lat,lon,day\r\na,1,2,2026-01-01\r\nb,3,4,2026-02-01\r\n");
    const geo = await json<Features>(city.get("/data/places/export.geojson"));
    expect(geo.features[1]?.geometry?.coordinates).toEqual([4, 3]);
  });

  test("London's boroughs as GeoJSON: a map of shapes", async () => {
    const topology = JSON.parse(vega("londonBoroughs.json").toString());
    const city = await newCity();
    await publish(city, "boroughs.geojson", JSON.stringify(feature(topology, topology.objects.boroughs)), {
      ...card,
      title: "Boroughs",
    });
    const page = await (await city.get("/data/boroughs", { headers: { Accept: "text/html" } })).text();
    expect(page).toContain("<path");
    const inside = await json<Features>(city.get("/ogc/collections/boroughs/items?bbox=-0.1,51.50,-0.09,51.51"));
    expect(inside.numberMatched).toBeGreaterThan(0);
    expect(inside.numberMatched).toBeLessThan(33);
  });

  test("a new file is a new version; the old one stays as it was", async () => {
    const city = await newCity();
    await publish(city, "a.csv", "n\n1\n", { ...card, title: "Counts" });
    await publish(city, "b.csv", "n\n1\n2\n", { ...card, title: "Counts", updates: "counts" });
    const { total } = await json<{ total: number }>(city.get("/v1/datasets/counts/records"));
    expect(total).toBe(2);
    expect((await json<{ total: number }>(city.get("/v1/datasets/counts/records?version=1"))).total).toBe(1);
    expect((await city.get("/v1/datasets/counts/records?version=3")).status).toBe(404);
    const changes = await json<{ rows: object }>(city.get("/v1/datasets/counts/changes", { as: "nobody" }));
    expect(changes).toMatchObject({
      from: 1,
      to: 2,
      by: "n",
      rows: { added: 1, removed: 0, same: 1 },
      added: [{ n: 2 }],
    });
    expect((await city.get("/v1/datasets/counts/changes?from=7")).status).toBe(404);
    expect((await city.get("/v1/datasets/counts/changes?key=colour")).status).toBe(400);
    const page = await city.get("/data/counts/changes?from=1&to=2", { headers: { Accept: "text/html" } });
    expect([page.status, (await page.text()).includes("<caption")]).toEqual([200, true]);
  });

  // Guards against half a dataset, and against a refusal that does not say where.
  test.each([
    ["a,b\n1,2\n3\n", "#/line/3"],
    ['a,b\n1,"2\n', "#/line/"],
    [
      '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1e308,1]}}]}',
      "#/features/0",
    ],
    ["\u0000\u0001", "#"],
    ["", "#/file"],
  ])("a broken file is refused and nothing of it is kept: %j", async (text, pointer) => {
    const city = await shared;
    const before = await (await city.get("/v1/datasets")).text();
    const answer = await city.upload("/v1/datasets", "broken.csv", text, {
      as: "data_officer",
      fields: { ...card, title: "Broken" },
    });
    expect(answer.status).toBe(422);
    const { errors } = (await answer.json()) as { errors: { pointer: string }[] };
    expect(errors[0]?.pointer).toContain(pointer);
    expect(await (await city.get("/v1/datasets")).text()).toBe(before);
  });

  test("who may publish, and what another city sees of a draft", async () => {
    const [city, other] = [await shared, await newCity()];
    const file = "a\n1\n";
    expect((await city.upload("/v1/datasets", "a.csv", file, { as: "resident", fields: card })).status).toBe(403);
    expect((await city.upload("/v1/datasets", "a.csv", file, { fields: card })).status).toBe(401);
    const drafted = await other.upload("/v1/datasets", "a.csv", file, {
      as: "agent",
      fields: { ...card, title: "Other's" },
    });
    const { id } = (await drafted.json()) as Draft;
    const foreign = await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" });
    const missing = await city.post(`/v1/datasets/${city.id("ds")}/publish`, undefined, { as: "data_officer" });
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    const plain = async (answer: Response) => (await answer.text()).replace(/urn:request:[\w-]+/, "");
    expect(await plain(foreign)).toBe(await plain(missing));
    const taken = await city.upload("/v1/datasets", "a.csv", file, {
      as: "agent",
      fields: { ...card, title: "places" },
    });
    expect(taken.status).toBe(422);
  });

  test("an agent publishes by the pages alone", async () => {
    const city = await newCity({ languages: ["fr"] });
    const browser = await city.browser("agent");
    const file = new File(["name,lat,lon\nMarché,5.3,-4\n"], "marches.csv");
    const wrong = await browser.submit(
      "/staff/data",
      { file, title: "", licence: "CC BY 4.0", source: "Ville" },
      "/staff/data",
    );
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain('href="#f-title"');
    const drafted = await browser.submit(
      "/staff/data",
      { file, title: "Marchés", licence: "CC BY 4.0", source: "Ville" },
      "/staff/data",
    );
    expect(drafted.status).toBe(303);
    const preview = drafted.headers.get("location")!;
    expect(await (await browser.get(preview)).text()).toContain("Marché");
    // Guards against publishing what nobody has looked at for people: one button says that it is as proposed.
    const untagged = await browser.submit(`${preview}/publish`, {}, preview);
    expect(untagged.status).toBe(422);
    expect(await untagged.text()).toContain('href="#f-personal.0"');
    expect((await browser.submit(`${preview}/tags`, {}, preview)).status).toBe(303);
    const published = await browser.submit(`${preview}/publish`, {}, preview);
    expect(published.headers.get("location")).toContain("/data/marches");
    expect((await city.get("/data/marches")).status).toBe(200);
    // What is wrong is said in the city's language, whether it is the title or the file.
    const card = { title: "Marchés", licence: "CC BY 4.0", source: "Ville" };
    const taken = await browser.submit("/staff/data", { ...card, file }, "/staff/data");
    expect(await taken.text()).toContain("porte déjà ce titre");
    const damaged = new File([new Uint8Array([...Buffer.from("SQLite format 3\0"), ...new Uint8Array(100)])], "a.gpkg");
    const refused = await browser.submit("/staff/data", { ...card, title: "Autre", file: damaged }, "/staff/data");
    expect(await refused.text()).toMatch(/Le GeoPackage|Ce GeoPackage/);
  });

  // Guards against a title that ends the element in which its card stands.
  test("a dataset's page carries its card for search engines, and calls to copy that work", async () => {
    const city = await newCity();
    const title = "Stops </script><script>alert(1)</script>";
    const draft = await publish(city, "stops.csv", "name,longitude,latitude\na,1,2\nb,3,4\n", { ...card, title });
    const page = await (await city.get(`/data/${draft.slug}`, { as: "nobody" })).text();
    expect(page).not.toContain("<script>alert");
    const said = JSON.parse(/<script type="application\/ld\+json">(.*?)<\/script>/s.exec(page)![1]!);
    expect(said).toMatchObject({ "@type": "Dataset", name: title, spatialCoverage: { geo: { box: "2 1 4 3" } } });
    for (const { contentUrl } of said.distribution) expect((await fetch(contentUrl)).status, contentUrl).toBe(200);
    const call = /curl &#39;([^&]+)&#39;/.exec(page)?.[1] ?? /curl '([^']+)'/.exec(page)![1]!;
    expect(((await (await fetch(call)).json()) as { total: number }).total).toBe(2);
  });

  test("the whole dataset is read back from Parquet as it went in, places included", async () => {
    const city = await newCity();
    const rows = [
      'a "quoted", one,1.5,true,2026-01-01,2026-01-01T10:00:00Z,900719925474099,-1.5,47.25',
      "صغير,,false,,2026-06-30T23:59:59Z,2,2.25,-3.5",
      ",-0.25,,2026-12-31,,,0,0",
    ];
    const csv = `name,share,isOpen,opened,at,big,longitude,latitude\n${rows.join("\n").replace('a "quoted", one', '"a ""quoted"", one"')}\n`;
    const draft = await publish(city, "all.csv", csv, { ...card, title: "All types" });
    const answer = await city.get(`/data/${draft.slug}/export.parquet`, { as: "nobody" });
    expect(answer.headers.get("content-type")).toBe("application/vnd.apache.parquet");
    const file = await answer.arrayBuffer();
    const metadata = parquetMetadata(file);
    expect(JSON.parse(metadata.key_value_metadata!.find(({ key }) => key === "geo")!.value!)).toMatchObject({
      primary_column: "geometry",
      columns: { geometry: { encoding: "WKB", geometry_types: ["Point"], bbox: [-1.5, -3.5, 2.25, 47.25] } },
    });
    const { records } = await json<{ records: Record<string, unknown>[] }>(
      city.get(`/v1/datasets/${draft.slug}/records`),
    );
    const read = await parquetReadObjects({ file });
    expect(read).toHaveLength(records.length);
    for (const [i, record] of records.entries()) {
      const { geometry, at, big, ...same } = read[i]!;
      const { at: instant, big: number, longitude, latitude, ...expected } = record;
      expect(same).toMatchObject(expected);
      expect(at == null ? null : new Date(at as Date).getTime()).toBe(
        instant == null ? null : Date.parse(instant as string),
      );
      expect(big == null ? null : Number(big)).toBe(number ?? null);
      expect(geometry).toMatchObject({ type: "Point", coordinates: [longitude, latitude] });
    }
  });
});
