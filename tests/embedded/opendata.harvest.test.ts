import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";
import {
  asked,
  askedNow,
  card,
  type Harvest,
  harvested,
  json,
  officer,
  publishedFirst,
  recordsOf,
  type StandIn,
  standIn,
  text,
} from "../harvested.ts";

describe(`datasets from elsewhere, ${target.name}`, () => {
  let city: TestCity;
  let there: StandIn;
  beforeAll(async () => {
    city = await newCity();
    there = await standIn();
  });
  afterAll(() => there.close());

  test("the first version waits for somebody; then what is new is published, and what is not makes no version", async () => {
    there.answers["/stops.csv"] = text("code,riders\nA,1\nB,2\n", "text/csv", '"one"');
    const first = await harvested(city, { kind: "file", address: `${there.url}/stops.csv`, card });
    expect(first.last).toMatchObject({ outcome: "left", left: "first" });
    expect(await city.get("/v1/datasets/stops")).toMatchObject({ status: 404 });
    const { slug } = await publishedFirst(city, first);
    expect(slug).toBe("stops");

    // Nothing is sent twice to who has it already.
    let now = await askedNow(city, first);
    expect(now.last).toMatchObject({ outcome: "unchanged" });
    expect(there.asked.at(-1)).toMatchObject({ status: 304, headers: { "if-none-match": '"one"' } });
    // The same under another name is the same.
    there.answers["/stops.csv"] = text("code,riders\nA,1\nB,2\n", "text/csv", '"two"');
    now = await askedNow(city, now);
    expect(now.last).toMatchObject({ outcome: "unchanged" });

    there.answers["/stops.csv"] = text("code,riders\nA,1\nB,2\nC,3\n");
    now = await askedNow(city, now);
    expect(now.last).toMatchObject({ outcome: "published", version: 2 });
    expect(await recordsOf(city, slug)).toHaveLength(3);

    // Guards against a column that nobody has looked at, and a row that is broken.
    there.answers["/stops.csv"] = text("code,riders,email\nA,1,a@example.org\n");
    now = await askedNow(city, now);
    expect(now).toMatchObject({ draft: now.draft, last: { outcome: "left", left: "columns" } });
    there.answers["/stops.csv"] = text("code,riders\nA,1\nB,2,9,9\n");
    now = await askedNow(city, now);
    expect(now.last).toMatchObject({ outcome: "left", left: "mistakes" });
    expect(await recordsOf(city, slug)).toHaveLength(3);

    // What somebody works on is not taken from under their hands.
    expect((await city.patch(`/v1/drafts/${now.draft}`, { leavesOutWrong: true }, officer)).status).toBe(200);
    there.answers["/stops.csv"] = text("code,riders\nA,7\n");
    now = await askedNow(city, now);
    expect(now.last).toMatchObject({ outcome: "waiting" });
    expect((await city.post(`/v1/datasets/${now.draft}/publish`, undefined, officer)).status).toBe(200);
    now = await askedNow(city, now);
    expect(now.last).toMatchObject({ outcome: "published", version: 4 });
  });

  test("what somebody corrected once is read so from then on", async () => {
    there.answers["/trees.csv"] = text('arbre,haut\nTilleul,"3,5"\n');
    const columns = [{ from: "haut", name: "height" }];
    const first = await harvested(city, {
      kind: "file",
      address: `${there.url}/trees.csv`,
      card: { ...card, title: "Trees" },
      columns,
    });
    const more = { columns: [...columns, { from: "arbre", name: "tree" }] };
    expect((await city.patch(`/v1/drafts/${first.draft}`, more, officer)).status).toBe(200);
    const { slug } = await publishedFirst(city, first);
    there.answers["/trees.csv"] = text('arbre,haut\nTilleul,"3,5"\nChêne,"12,25"\n');
    const now = await askedNow(city, first);
    expect(now.last).toMatchObject({ outcome: "published", version: 2 });
    expect((await recordsOf(city, slug))[1]).toEqual({ tree: "Chêne", height: 12.25 });
  });

  test("what somebody corrects while its source is asked is kept, and the source's answer waits", async () => {
    there.answers["/kiosks.csv"] = text("code,riders\nA,1\n");
    const order = { kind: "file", address: `${there.url}/kiosks.csv`, card: { ...card, title: "Kiosks" } };
    const first = await harvested(city, order);
    const columns = [{ from: "riders", isLeftOut: true }];
    there.answers["/kiosks.csv"] = (request, response, url) => {
      // Between the run's look at the draft and what it was sent.
      void city
        .patch(`/v1/drafts/${first.draft}`, { columns }, officer)
        .then(() => text("code,riders\nA,2\n")(request, response, url));
    };
    const now = await askedNow(city, first);
    expect(now.last).toMatchObject({ outcome: "waiting" });
    const draft = (await (await city.get(`/v1/drafts/${first.draft}`, officer)).json()) as {
      columns: { name: string }[];
    };
    expect(draft.columns.map(({ name }) => name)).toEqual(["code"]);
    // Its file is there, to be read in yet another way.
    expect((await city.patch(`/v1/drafts/${first.draft}`, { columns: [] }, officer)).status).toBe(200);
  });

  test("a source that fails is asked again later and later, and says why", async () => {
    there.answers["/away.csv"] = (_, response) => response.writeHead(503).end();
    const order = { kind: "file", address: `${there.url}/away.csv`, card: { ...card, title: "Away" } };
    let now = await harvested(city, order);
    const waits = [];
    for (let tries = 1; tries <= 2; tries++) {
      expect(now).toMatchObject({
        failures: tries,
        last: { outcome: "failed", why: expect.stringContaining("/away.csv answers 503") },
      });
      waits.push((Date.parse(now.nextAt!) - Date.parse(now.last!.endedAt)) / 60_000);
      now = await askedNow(city, now);
    }
    expect(waits.map(Math.round)).toEqual([10, 60]);
    there.answers["/away.csv"] = text("a\n1\n");
    now = await askedNow(city, now);
    expect(now).toMatchObject({ failures: 0, last: { outcome: "left" } });
    const { runs } = (await (await city.get(`/v1/harvests/${now.id}/runs`, officer)).json()) as {
      runs: { outcome: string }[];
    };
    expect(runs.map(({ outcome }) => outcome)).toEqual(["left", "failed", "failed", "failed"]);

    const paused = (await (await city.patch(`/v1/harvests/${now.id}`, { isPaused: true }, officer)).json()) as Harvest;
    expect(paused.isPaused).toBe(true);
    expect(paused.nextAt).toBeUndefined();
    expect((await city.post(`/v1/harvests/${now.id}/runs`, undefined, officer)).status).toBe(409);
    await city.patch(`/v1/harvests/${now.id}`, { isPaused: false }, officer);
    expect((await asked(city, now)).last).toMatchObject({ outcome: "unchanged" });
    expect((await city.delete(`/v1/harvests/${now.id}`, officer)).status).toBe(204);
    expect((await city.get(`/v1/harvests/${now.id}`, officer)).status).toBe(404);
  });

  test("a collection of another city of the house comes page by page, with its card", async () => {
    const other = await newCity();
    const features = Array.from({ length: 2_500 }, (_, i) => ({
      type: "Feature",
      properties: { code: `S${i}` },
      geometry: { type: "Point", coordinates: [-1.5, 47 + i / 10_000] },
    }));
    const file = JSON.stringify({ type: "FeatureCollection", features });
    const fields = { ...card, title: "Benches", description: "Where to sit", personal: "none" };
    const drafted = await other.upload("/v1/datasets", "benches.geojson", file, { ...officer, fields });
    const { id } = (await drafted.json()) as { id: string };
    expect((await other.post(`/v1/datasets/${id}/publish`, undefined, officer)).status).toBe(200);

    const first = await harvested(city, {
      kind: "ogc_features",
      address: `${other.url}/ogc/collections/benches`,
      card: { title: "Their benches", licence: card.licence, source: card.source },
      columns: [{ from: "id", isLeftOut: true }],
    });
    expect(first.last).toMatchObject({ outcome: "left", left: "first", rows: 2_500 });
    const { slug } = await publishedFirst(city, first);
    const found = (await (await city.get(`/ogc/collections/${slug}/items?limit=1&offset=2499`)).json()) as object;
    expect(found).toMatchObject({ numberMatched: 2_500, features: [{ properties: { code: "S2499" } }] });
    expect(await (await city.get(`/v1/datasets/${slug}`)).json()).toMatchObject({
      card: { description: "Where to sit" },
    });
  });

  test("the catalogue of another city of the house comes by CKAN and by DCAT, dataset by dataset", async () => {
    const other = await newCity();
    for (const title of ["Fountains", "Markets"]) {
      const fields = { ...card, title, personal: "none" };
      const drafted = await other.upload("/v1/datasets", "x.csv", "name,n\nA,1\n", { ...officer, fields });
      const { id } = (await drafted.json()) as { id: string };
      expect((await other.post(`/v1/datasets/${id}/publish`, undefined, officer)).status).toBe(200);
    }
    for (const [kind, address] of [
      ["ckan_catalogue", `${other.url}/api/3/action/package_search`],
      ["dcat", `${other.url}/catalog.ttl`],
      ["dcat", `${other.url}/catalog.jsonld`],
      ["dcat", `${other.url}/catalog.xml`],
    ] as const) {
      const answer = await city.post("/v1/harvests/preview", { kind, address, schedule: { every: "once" } }, officer);
      expect(answer.status, await answer.clone().text()).toBe(200);
      expect(await answer.json(), address).toMatchObject({
        listedInAll: 2,
        listed: [
          { title: "Fountains", format: "CSV" },
          { title: "Markets", format: "CSV" },
        ],
      });
    }
    const parent = await harvested(city, {
      kind: "ckan_catalogue",
      address: `${other.url}/api/3/action/package_search`,
      schedule: { every: "once" },
    });
    expect(parent.last).toMatchObject({ outcome: "listed", listed: 2 });
    const all = async () =>
      ((await (await city.get("/v1/harvests", officer)).json()) as { harvests: Harvest[] }).harvests.filter(
        (one) => one.parent === parent.id,
      );
    const [child] = await all();
    const come = await asked(city, { id: child!.id });
    expect(come.last).toMatchObject({ outcome: "left", left: "first" });
    expect(come.said).toMatchObject({ licence: card.licence });
    await publishedFirst(city, come);
    // What is listed twice is the same twice.
    await askedNow(city, parent);
    expect(await all()).toHaveLength(2);
    // What is listed no more rests, and comes back with its catalogue.
    const listing = (n: number) =>
      json({
        success: true,
        result: {
          count: n,
          results: ["a", "b"]
            .slice(0, n)
            .map((id) => ({ id, name: id, resources: [{ id, url: "/x.csv", format: "CSV" }] })),
        },
      });
    there.answers["/api/3/action/package_search"] = listing(2);
    const site = await harvested(city, { kind: "ckan_catalogue", address: there.url, schedule: { every: "once" } });
    const resting = async () =>
      ((await (await city.get("/v1/harvests", officer)).json()) as { harvests: Harvest[] }).harvests
        .filter((one) => one.parent === site.id && one.isUnlisted)
        .map(({ address }) => address);
    there.answers["/api/3/action/package_search"] = listing(1);
    const fewer = await askedNow(city, site);
    expect(await resting()).toEqual([`${there.url}/dataset/b`]);
    there.answers["/api/3/action/package_search"] = listing(2);
    await askedNow(city, fewer);
    expect(await resting()).toEqual([]);
    expect((await city.delete(`/v1/harvests/${parent.id}`, officer)).status).toBe(204);
    expect(await all()).toHaveLength(0);
    expect(await (await city.get("/v1/datasets")).text()).toContain(come.said!.title!);
  });

  // Guards against a source that makes the house read its own network, or that keeps it busy without end.
  test("hostile answers end with a sentence, within their bounds", async () => {
    const far = "http://169.254.169.254/latest/meta-data";
    const go = (to: string) => (_: unknown, response: import("node:http").ServerResponse) =>
      void response.writeHead(302, { Location: to }).end();
    const bomb = gzipSync(Buffer.alloc(60 * 1024 * 1024, "0,"), { level: 9 });
    const other = await standIn({ "/items": json({ type: "FeatureCollection", features: [] }) });
    let pages = 0;
    const entities = `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&b;</rdf:RDF>`;
    Object.assign(there.answers, {
      "/far": go(far),
      "/private": go("https://10.0.0.1/"),
      "/file": go("file:///etc/passwd"),
      "/round": go("/round"),
      "/bomb": (_: unknown, response: import("node:http").ServerResponse) =>
        response.writeHead(200, { "Content-Encoding": "gzip" }).end(bomb),
      "/page": text("<!DOCTYPE html><html><body>Not found</body></html>", "text/csv"),
      "/odd": (_: unknown, response: import("node:http").ServerResponse) =>
        response.writeHead(200, { "Content-Encoding": "br" }).end("x"),
      "/circle/items": json({
        features: [{ type: "Feature", properties: {}, geometry: null }],
        links: [{ rel: "next", href: "/circle/items?limit=1000" }],
      }),
      "/empty/items": (_: unknown, response: import("node:http").ServerResponse) => {
        pages += 1;
        json({ features: [], links: [{ rel: "next", href: `/empty/items?p=${pages}` }] })(
          _ as never,
          response,
          undefined as never,
        );
      },
      "/away/items": json({
        features: [{ type: "Feature", properties: { a: 1 }, geometry: null }],
        links: [{ rel: "next", href: `${other.url}/items` }],
      }),
      "/short/items": json({
        features: [{ type: "Feature", properties: { a: 1 }, geometry: null }],
        numberMatched: 9,
        links: [],
      }),
      "/circle": json({}),
      "/empty": json({}),
      "/away": json({}),
      "/short": json({}),
      "/entities.rdf": text(entities, "application/rdf+xml"),
      "/far.jsonld": json({ "@context": far, "@id": "x" }, "application/ld+json"),
      "/next.ttl": text(
        `@prefix dcat: <http://www.w3.org/ns/dcat#> . <x> a dcat:Dataset . <y> <http://www.w3.org/ns/hydra/core#next> <${far}> .`,
        "text/turtle",
      ),
    });
    const cases: [kind: string, path: string, says: RegExp][] = [
      ["file", "/far", /169\.254\.169\.254 is no public https address/],
      ["file", "/private", /10\.0\.0\.1 is no public https address/],
      ["file", "/file", /file: is no public https address/],
      ["file", "/round", /more than 5 times/],
      ["file", "/bomb", /unpacks|times its|bomb/i],
      ["file", "/page", /a page for people/],
      ["file", "/odd", /packs its answer as br/],
      ["file", "/missing", /:\d+\/missing answers 404/],
      ["ogc_features", "/circle", /in a circle/],
      ["ogc_features", "/empty", /empty pages/],
      ["ogc_features", "/away", /only the host that was entered/],
      ["ogc_features", "/short", /9 features, and gives 1/],
      ["ogc_features", "/page", /no JSON|a page for people/],
      ["ckan", "/dataset/x", /answers 404/],
      ["dcat", "/entities.rdf", /entities of its own/],
      ["dcat", "/far.jsonld", /not fetched/],
      ["dcat", "/next.ttl", /only the host that was entered/],
    ];
    for (const [kind, path, says] of cases) {
      const order = {
        kind,
        address: there.url + path,
        schedule: { every: "once" },
        ...(kind === "file" ? { card: { ...card, title: "Hostile" } } : {}),
      };
      const english = { ...officer, headers: { "Accept-Language": "en" } };
      const answer = await city.post("/v1/harvests/preview", order, english);
      expect(answer.status, path).toBe(422);
      expect(((await answer.json()) as { errors: { detail: string }[]; detail: string }).detail, path).toMatch(says);
    }
    expect(other.asked).toEqual([]);
    other.close();

    // A CKAN that has always one more.
    let n = 0;
    there.answers["/api/3/action/package_search"] = (request, response, url) => {
      const results = Array.from({ length: 100 }, () => ({
        id: `p${n++}`,
        name: `p${n}`,
        resources: [{ id: "r", url: "/x.csv", format: "CSV" }],
      }));
      json({ success: true, result: { count: 1e9, results } })(request, response, url);
    };
    const ever = await city.post(
      "/v1/harvests/preview",
      { kind: "ckan_catalogue", address: there.url, schedule: { every: "once" } },
      officer,
    );
    expect(await ever.json()).toMatchObject({ listedInAll: 200, passedOver: 4_800 });
    expect(n).toBe(5_000);
  });

  test("what is no source is refused, and another city's is not there", async () => {
    const order = {
      kind: "file",
      address: "https://example.org/x.csv",
      schedule: { every: "day" },
      card: { ...card, title: "Nobody's" },
    };
    const wrong: [change: object, pointer: string][] = [
      [{ address: "file:///etc/passwd" }, "#/address"],
      [{ address: "http://example.org/x.csv" }, "#/address"],
      [{ address: "https://192.168.1.1/x.csv" }, "#/address"],
      [{ address: "https://user:secret@example.org/x.csv" }, "#/address"],
      [{ schedule: { every: "minute" } }, "#/schedule/every"],
      [{ schedule: { every: "day", at: "25:00" } }, "#/schedule/at"],
      [{ card: {} }, "#/card/title"],
      [{ fills: "a/b/c" }, "#/fills"],
      [{ kind: "dcat", columns: [{ from: "a" }] }, "#/columns"],
      [{ more: 1 }, "#/more"],
    ];
    for (const [change, pointer] of wrong) {
      const answer = await city.post("/v1/harvests", { ...order, ...change }, officer);
      expect(answer.status, pointer).toBe(422);
      expect(await answer.json(), pointer).toMatchObject({ errors: [{ pointer }] });
    }
    // In a city that is no trial, this machine is as closed as any other network.
    const real = await newCity({ isSynthetic: false });
    expect((await real.post("/v1/harvests", { ...order, address: `${there.url}/stops.csv` }, officer)).status).toBe(
      422,
    );
    expect((await city.post("/v1/harvests", order, { as: "resident" })).status).toBe(403);
    expect((await city.post("/v1/harvests", order)).status).toBe(401);
    there.answers["/own.csv"] = text("a\n1\n");
    const own = await harvested(city, { ...order, address: `${there.url}/own.csv`, card: { ...card, title: "Own" } });
    const missing = await (await real.get(`/v1/harvests/${city.id("hrv")}`, officer)).json();
    for (const answer of [
      await real.get(`/v1/harvests/${own.id}`, officer),
      await real.patch(`/v1/harvests/${own.id}`, { isPaused: true }, officer),
      await real.delete(`/v1/harvests/${own.id}`, officer),
      await real.post(`/v1/harvests/${own.id}/runs`, undefined, officer),
      await real.get(`/v1/harvests/${own.id}/runs`, officer),
    ]) {
      expect(answer.status).toBe(404);
      const { instance: _, ...body } = (await answer.json()) as { instance: string };
      expect(body).toEqual({ ...(missing as object), instance: undefined });
    }
  });
});
