import { beforeAll, expect, test } from "vitest";
import { newCity, type TestCity } from "../city.ts";

let city: TestCity;
async function publish(csv: string, fields: Record<string, string>) {
  const card = { licence: "CC0-1.0", source: "Made up", personal: "none" };
  const drafted = await city.upload("/v1/datasets", "a.csv", csv, {
    as: "data_officer",
    fields: { ...card, ...fields },
  });
  const { id } = (await drafted.json()) as { id: string };
  expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
}
const PLACES = "name,kind,latitude,longitude\nNorth,market,47.2,-1.5\nSouth,school,47.1,-1.6\nEast,market,47.1,-1.4\n";
beforeAll(async () => {
  city = await newCity({ languages: ["en", "fr", "ar"] });
  await publish(PLACES, { title: "Places", keywords: "eau, Écoles" });
});
const get = (path: string, headers: Record<string, string> = {}) => city.get(path, { as: "nobody", headers });

// Guards against a harvester that fetches everything every night because nothing tells it that nothing has changed.
test("who has an answer already is told so, by its tag or by its moment; a publication makes them new", async () => {
  const asked = ["/ogc/collections/places/items", "/data/places/export.csv", "/dataset/places.ttl", "/catalog.ttl"];
  asked.push("/v1/datasets", "/ogc/collections/catalogue/items");
  const status = async (path: string, headers: Record<string, string>) => (await get(path, headers)).status;
  const tags = new Map<string, string>();
  for (const path of asked) {
    const { headers } = await get(path);
    const [etag, modified] = [headers.get("etag")!, headers.get("last-modified")!];
    tags.set(path, etag);
    expect(await status(path, { "If-None-Match": `"other", ${etag}` }), path).toBe(304);
    // Tags are compared weakly.
    expect(await status(path, { "If-None-Match": etag.replace("W/", "") }), path).toBe(304);
    expect(await status(path, { "If-Modified-Since": modified }), path).toBe(304);
    const before = new Date(Date.parse(modified) - 1000).toUTCString();
    for (const since of [before, "yesterday"])
      expect(await status(path, { "If-Modified-Since": since }), path).toBe(200);
    // Where both are sent, the tag decides.
    expect(await status(path, { "If-None-Match": '"other"', "If-Modified-Since": modified }), path).toBe(200);
  }
  await publish("a,b\n1,2\n", { title: "More" });
  for (const path of ["/catalog.ttl", "/v1/datasets", "/ogc/collections/catalogue/items"])
    expect(await status(path, { "If-None-Match": tags.get(path)! }), path).toBe(200);
  expect(await status("/data/places/export.csv", { "If-None-Match": tags.get("/data/places/export.csv")! })).toBe(304);
});

// Guards against a map on another site that says only that something failed.
test("a page of another site may read a refusal as it reads an answer", async () => {
  for (const [path, status] of [
    ["/ogc/collections/places/items?colour=red", 400],
    ["/ogc/collections/nowhere/items", 404],
    ["/data/places/export.csv?f.colour=red", 400],
    ["/v1/datasets/nowhere", 404],
    ["/catalog.ttl?page=0", 400],
  ] as const) {
    const answer = await get(path, { Origin: "https://elsewhere.example" });
    expect([answer.status, answer.headers.get("access-control-allow-origin")], path).toEqual([status, "*"]);
  }
});

// Guards against a file of all rows that looks like the few that were asked for.
test("an export heeds each parameter, or refuses it with a sentence", async () => {
  const asked = async (path: string) => {
    const answer = await get(`/data/places/export.${path}`);
    const refused = answer.status === 400 ? ((await answer.json()) as { detail: string }).detail : undefined;
    await (answer.bodyUsed ? undefined : answer.body?.cancel());
    return [answer.status, refused] as const;
  };
  for (const path of ["csv?version=1", "csv?q=north&f.kind=market&bbox=-2,46,-1,48&from.kind=", "parquet?version=1"])
    expect(await asked(path), path).toEqual([200, undefined]);
  for (const path of [
    "csv?zz=1",
    "geojson?colour=red",
    "xlsx?sort=name",
    "gpkg?offset=1",
    "csv?f=json",
    "parquet?zz=1",
  ])
    expect(await asked(path), path).toEqual([400, expect.stringMatching(/^The parameter \w+ is not known here\.$/)]);
  for (const query of ["f.kind=market", "q=north", "bbox=-2,46,-1,48", "from.kind=1&version=1"])
    expect(await asked(`parquet?${query}`), query).toEqual([
      400,
      "export.parquet has all rows; some of them are in export.csv, export.geojson, export.xlsx, export.gpkg.",
    ]);
});

// Guards against names that every object of the language has, and that no table here has.
test("CKAN's actions know the names of their own tables alone, and find keywords", async () => {
  const action = async (path: string) => {
    const answer = await get(`/api/3/action/${path}`);
    return [answer.status, (await answer.json()) as { error: { __type: string }; result: unknown }] as const;
  };
  for (const query of ["fq=constructor:x", "fq=__proto__:x", "sort=toString asc", 'facet.field=["constructor"]']) {
    const [status, { error }] = await action(`package_search?${query}`);
    expect([status, error.__type], query).toEqual([400, "Search Query Error"]);
  }
  expect((await action("help_show?name=constructor"))[0]).toBe(404);
  expect((await action("datastore_search"))[1].error).toEqual({
    __type: "Validation Error",
    resource_id: ["Missing value"],
  });
  for (const body of ["[]", "null", '"x"', "{"]) {
    const headers = { "Content-Type": "application/json" };
    const answer = await city.post("/api/3/action/package_show", body, { as: "nobody", headers });
    const said = (await answer.json()) as { success: boolean; error: { __type: string } };
    expect([answer.status, said.success, said.error.__type], body).toEqual([409, false, "Validation Error"]);
  }
  expect((await action("tag_list?query=eco"))[1].result).toEqual(["Écoles"]);
  expect((await action("tag_list?query=EAU&all_fields=true"))[1].result).toMatchObject([
    { name: "eau", state: "active" },
  ]);
  const searched = async (q: string) =>
    (await action(`package_search?rows=0&q=${encodeURIComponent(q)}`))[1].result as { count: number };
  expect((await searched("title:places tags:eco*")).count).toBe(1);
  expect((await searched('title:"PLACES" made')).count).toBe(1);
  expect((await searched("title:places elsewhere")).count).toBe(0);
  expect((await searched("notes:places")).count).toBe(0);
  expect((await action("package_search?q=colour:red"))[1].error.__type).toBe("Search Query Error");
  expect((await action("package_search?q=ecoles"))[1].result).toMatchObject({
    count: 1,
    results: [{ name: "places" }],
  });
});

// Guards against a link in a map program that shows a person who follows it nothing but braces.
test("what programs read of the OGC's interfaces people read as pages, without script, in their language", async () => {
  const page = async (path: string, lang = "en") => {
    const answer = await get(path, { Accept: "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": lang });
    expect([answer.status, answer.headers.get("content-type")], path).toEqual([200, "text/html; charset=UTF-8"]);
    expect(answer.headers.get("vary"), path).toContain("Accept,");
    const html = await answer.text();
    expect(html, path).not.toContain("<script");
    return html;
  };
  const at = `/cities/${city.slug}/ogc`;
  const landing = await page("/ogc");
  for (const one of ["/collections", "/conformance", "/api", "/collections/catalogue/items"])
    expect(landing).toContain(`${at}${one}"`);
  expect(landing).toContain("?f=json");
  expect(await page("/ogc", "fr")).toContain("Données ouvertes pour cartes et programmes");
  const arabic = await page("/ogc", "ar");
  expect(arabic).toContain('dir="rtl"');
  expect(arabic).toContain("البيانات المفتوحة للخرائط والبرامج");
  expect(await page("/ogc/conformance")).toContain("ogcapi-features-1/1.0/conf/html");
  expect(await page("/ogc/collections")).toContain(`${at}/collections/places"`);
  expect(await page("/ogc/collections/places")).toContain("-1.6, 47.1, -1.4, 47.2");
  expect(await page("/ogc/collections/catalogue")).toContain(`${at}/collections/catalogue/items"`);

  // A page shows the rows that are asked for, and leads on with what else was asked.
  const markets = await page("/ogc/collections/places/items?kind=market&limit=1");
  expect(markets).toContain("Places, rows 1 to 1 of 2");
  expect(markets).toContain("North");
  expect(markets).not.toContain("South");
  const next = /rel="next" href="([^"]+)"/.exec(markets)![1]!.replaceAll("&amp;", "&");
  expect(next).toContain("/items?limit=1&offset=1&kind=market");
  expect(await page(next.slice(next.indexOf("/ogc")))).toContain("East");
  const one = await page("/ogc/collections/places/items/2?crs=http://www.opengis.net/def/crs/EPSG/0/4326");
  expect(one).toContain("Point [47.1,-1.6]");
  const records = await page("/ogc/collections/catalogue/items?q=places");
  expect(records).toContain(`/cities/${city.slug}/data/places"`);
  const record = await get("/ogc/collections/catalogue/items/places", { Accept: "text/html" });
  expect([record.status, record.headers.get("location")]).toEqual([303, `/cities/${city.slug}/data/places`]);

  // Whoever does not ask for a page gets what programs read, and the way to the page in it.
  for (const path of ["/ogc/collections", "/ogc/collections/places/items?limit=1", "/ogc/collections/places/items/1"]) {
    const { links } = (await (await get(path)).json()) as { links: { rel: string; type: string; href: string }[] };
    const { href } = links.find(({ rel, type }) => rel === "alternate" && type === "text/html")!;
    const answer = await fetch(href, { headers: { Accept: "application/json" } });
    expect([answer.status, answer.headers.get("content-type")], href).toEqual([200, "text/html; charset=UTF-8"]);
  }
  const plain = await get("/ogc/collections/places/items?f=json", { Accept: "text/html" });
  expect(plain.headers.get("content-type")).toBe("application/geo+json");
  expect(await plain.text()).not.toContain("f=json&f=html");
  for (const path of [
    "/ogc?f=xml",
    "/ogc/collections/places/items?f=html&colour=red",
    "/ogc/collections/places/schema?f=html",
  ])
    expect((await get(path)).status, path).toBe(400);
  expect((await get("/ogc/collections/nowhere?f=html")).status).toBe(404);
});

// Guards against a parameter that is taken and passed over: the answer looks as if nothing else were there.
test("the Explore API's catalogue and facets heed all that they are asked by, and refuse the rest", async () => {
  await publish("a,b\n1,x\n2,\n3,y\n", { title: "Écoles", source: "The school board", theme: "EDUC" });
  const ask = async (path: string, query: Record<string, string>) => {
    const answer = await get(`/api/explore/v2.1/catalog/datasets${path}?${new URLSearchParams(query)}`);
    return { status: answer.status, said: await answer.json() };
  };
  const found = async (query: Record<string, string>) => {
    const { status, said } = await ask("", query);
    expect(status, JSON.stringify(query)).toBe(200);
    const { total_count, results } = said as { total_count: number; results: { dataset_id: string }[] };
    expect(total_count).toBe(results.length);
    return results.map(({ dataset_id }) => dataset_id);
  };
  const some = (await found({ order_by: "title" })).filter((slug) => ["places", "ecoles"].includes(slug));
  expect(some).toEqual(["places", "ecoles"]);
  expect(await found({ where: 'dataset_id = "places"' })).toEqual(["places"]);
  expect(await found({ where: 'search(title, "ecole") and records_count > 2' })).toEqual(["ecoles"]);
  expect(await found({ where: '"ecoles"', order_by: "records_count desc, dataset_id" })).toEqual(["ecoles", "places"]);
  expect(await found({ refine: "publisher:The school board" })).toEqual(["ecoles"]);
  expect(await found({ refine: "keyword:eau" })).toEqual(["places"]);
  expect(await found({ where: "theme is not null", exclude: "theme:TRAN" })).toEqual(["ecoles"]);
  const chosen = await ask("", { select: "dataset_id as id", refine: "keyword:eau" });
  expect(chosen.said).toEqual({ total_count: 1, results: [{ id: "places" }] });
  for (const query of [
    { where: "colour = 1" },
    { where: "dataset_id =" },
    { refine: "colour:red" },
    { refine: "constructor:red" },
    { order_by: "colour" },
    { select: "count(*)" },
    { select: "toString" },
    { group_by: "publisher" },
  ] as Record<string, string>[])
    expect((await ask("", query)).status, JSON.stringify(query)).toBe(400);

  const counts = async (query: Record<string, string>) => {
    const { said } = await ask("/ecoles/facets", { facet: "b", ...query });
    const [{ facets }] = (said as { facets: [{ facets: { name: string; count: number }[] }] }).facets;
    return facets.map(({ name, count }) => [name, count]);
  };
  expect(await counts({ refine: "a:3" })).toEqual([["y", 1]]);
  expect(await counts({ where: "a < 3" })).toEqual([["x", 1]]);
  for (const query of [{ refine: "colour:1" }, { where: "a >" }, { group_by: "a" }] as Record<string, string>[])
    expect((await ask("/ecoles/facets", query)).status, JSON.stringify(query)).toBe(400);
  // Where nothing stands, nothing is excluded.
  expect((await ask("/ecoles/records", { exclude: "b:x" })).said).toMatchObject({ total_count: 2 });
});

// Guards against a portal that lists two of five files, and a document that a client must fetch the half of elsewhere.
test("each catalogue lists every file there is, and each of them is there; the interface's document stands alone", async () => {
  const files = ["csv", "geojson", "gpkg", "xlsx", "parquet"].map((one) => `/data/places/export.${one}`);
  const said = async (path: string) => (await get(path)).text();
  const { result } = JSON.parse(await said("/api/3/action/package_show?id=places")) as {
    result: { resources: { id: string; url: string; mimetype: string }[] };
  };
  expect(result.resources.map(({ url }) => url)).toEqual(files.map((path) => city.url + path));
  for (const { id, url, mimetype } of result.resources) {
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get("content-type")], url).toEqual([200, expect.stringContaining(mimetype)]);
    await answer.body?.cancel();
    expect((await get(`/api/3/action/resource_show?id=${id}`)).status).toBe(200);
  }
  const others = ["/dataset/places.ttl", "/ogc/collections/catalogue/items/places", "/data/places"];
  for (const text of await Promise.all(others.map(said))) for (const path of files) expect(text).toContain(path);
  // What has no place is listed as a table alone.
  const table = JSON.parse(await said("/api/3/action/package_show?id=more")) as typeof result & {
    result: typeof result;
  };
  expect(table.result.resources.map(({ url }) => url.split(".").at(-1))).toEqual(["csv", "xlsx", "parquet"]);

  const document = await said("/ogc/api");
  expect(document).toContain('"text/html"');
  for (const [, to] of document.matchAll(/"\$ref":"([^"]*)"/g)) expect(to).toMatch(/^#/);
});

// Guards against an order of axes that is judged as if it were another's.
test("a box in another system may go across the antimeridian, and may not be upside down", async () => {
  const EPSG = "http://www.opengis.net/def/crs/EPSG/0";
  const found = async (bbox: string, system: string) => {
    const answer = await get(`/ogc/collections/places/items?bbox=${bbox}&bbox-crs=${system}`);
    return answer.status === 200 ? ((await answer.json()) as { numberMatched: number }).numberMatched : answer.status;
  };
  expect(await found("47,170,48,-1.45", `${EPSG}/4326`)).toBe(2);
  expect(await found("48,-2,47,-1", `${EPSG}/4326`)).toBe(400);
  expect(await found("-180000,5900000,-160000,6000000", `${EPSG}/3857`)).toBe(2);
  expect(await found("-180000,6000000,-160000,5900000", `${EPSG}/3857`)).toBe(400);
});

// Guards against names of things that lead nowhere.
test("what the graphs name is there for whoever follows it, as a page or as a graph", async () => {
  const at = `/cities/${city.slug}`;
  const led = async (path: string, accept: string) => {
    const answer = await get(path, { Accept: accept });
    return [answer.status, answer.headers.get("location")];
  };
  for (const [path, page, graph] of [
    ["/catalog", "/data", "/catalog"],
    ["/dataset/places", "/data/places", "/dataset/places"],
  ] as const) {
    expect(await led(path, "text/html")).toEqual([303, at + page]);
    expect(await led(path, "*/*")).toEqual([303, at + page]);
    expect(await led(path, "application/ld+json, text/html;q=0.5")).toEqual([303, `${at}${graph}.jsonld`]);
    // The page itself sends on whoever asks it for a graph.
    expect(await led(page, "text/turtle")).toEqual([303, `${at}${graph}.ttl`]);
    expect((await get(page, { Accept: "text/html" })).headers.get("link")).toContain(`<${at}${graph}.xml>`);
  }
  for (const path of ["/dataset/nowhere", "/dataset/Places", "/dataset/places.n3"])
    expect((await get(path)).status, path).toBe(404);

  await publish("name,latitude,longitude,day\na,1,2,2026-01-05\nb,1,2,2026-03-01\n", { title: "Dated" });
  const collection = async (slug: string) =>
    (await (await get(`/ogc/collections/${slug}`)).json()) as { extent: { temporal?: { interval: string[][] } } };
  expect((await collection("dated")).extent.temporal?.interval).toEqual([
    ["2026-01-05T00:00:00Z", "2026-03-01T23:59:59Z"],
  ]);
  expect((await collection("places")).extent.temporal).toBeUndefined();
});
