import { beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

const square = (west: number, south: number, size: number) => ({
  type: "Polygon",
  coordinates: [
    [
      [west, south],
      [west + size, south],
      [west + size, south + size],
      [west, south + size],
      [west, south],
    ],
  ],
});

describe(`the map of a city, ${target.name}`, () => {
  let city: TestCity;
  let water = "";
  const publish = async (title: string, file: string, bytes: string) => {
    const fields = { title, licence: "CC0", source: "Made up", personal: "none" };
    const drafted = await city.upload("/v1/datasets", file, bytes, { as: "data_officer", fields });
    const { id } = (await drafted.json()) as { id: string };
    expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
    return id;
  };
  beforeAll(async () => {
    city = await newCity();
    const rows = Array.from({ length: 6_000 }, (_, i) =>
      [`Stop ${i}`, (-1.6 + (i % 100) / 1000).toFixed(3), (47.1 + Math.floor(i / 100) / 1000).toFixed(3), i % 10].join(
        ",",
      ),
    );
    await publish("Stops", "stops.csv", ["name,longitude,latitude,lines", ...rows].join("\n"));
    const zones = ["North <b>", "South"].map((name, i) => ({
      type: "Feature",
      properties: { name, size: i + 1 },
      geometry: square(-1.6, 47.1 + i / 50, 0.02),
    }));
    await publish("Zones", "zones.geojson", JSON.stringify({ type: "FeatureCollection", features: zones }));
    water = await publish("Water", "water.geojson", JSON.stringify(square(-1.59, 47.11, 0.005)));
    await publish("Budget", "budget.csv", "year,amount\n2026,1\n");
  });
  const ask = (path: string) => city.get(path, { as: "nobody" });
  const page = async (query: string, status = 200) => {
    const answer = await ask(`/map${query}`);
    expect(answer.status, query).toBe(status);
    return answer.text();
  };

  test("shows the layers of its address, says how many are drawn of how many, and keeps an address of its own", async () => {
    const html = await page("?layers=zones,stops&lang=en");
    expect(html).toContain("2 in view.");
    expect(html).toMatch(/5,000 of 6,000 in view are drawn/);
    expect(html.match(/<path d="M/g)!.length).toBeGreaterThan(1);
    expect(html).not.toContain("<script");
    expect(html).toMatch(/Stops: Made up\. CC0\. Version 1/);
    // Closer, there are fewer, and all of them are drawn.
    const near = /href="([^"]+)"[^>]*>Closer/.exec(html)![1]!.replaceAll("&amp;", "&");
    expect(near).toMatch(/\/map\?layers=zones,stops&at=-?\d/);
    const close = await (await fetch(new URL(near.replace(/(at=[^,]+,[^,]+),[\d.]+/, "$1,15"), city.url))).text();
    const shown = Number(/(\d+) (?:in view|visibles)/g.exec(close.slice(close.indexOf("Stops</a></h3>")))![1]);
    expect(shown).toBeGreaterThan(0);
    expect(shown).toBeLessThan(5_000);
  });

  test("colours a layer by a column, with the same figures in a table, and shows only what fits a condition", async () => {
    const html = await page(
      "?layers=stops&by.stops=lines&where.stops=lines%20%3E%204&bbox=-1.6,47.1,-1.55,47.12&lang=en",
    );
    const rows = [...html.matchAll(/<bdi>([^<]*)<\/bdi><\/td><td[^>]*>([\d,]+)<\/td>/g)].map(([, says, count]) => [
      says,
      Number(count),
    ]);
    expect(rows.map(([says]) => says)).toEqual(["5 – 5.8", "5.8 – 6.6", "6.6 – 7.4", "7.4 – 8.2", "8.2 – 9"]);
    const items = await ask(`/ogc/collections/stops/items?filter=lines>4&limit=1&bbox=${boxIn(html)}`);
    const { numberMatched } = (await items.json()) as { numberMatched: number };
    expect(rows.reduce((sum, [, count]) => sum + (count as number), 0)).toBe(numberMatched);
  });

  test("says what is at a point, pressed or written, and where a feature is", async () => {
    const html = await page("?layers=zones&point=-1.59,47.105&lang=en");
    expect(html).toContain("North &lt;b&gt;");
    expect(html).not.toContain("South</bdi>");
    const pressed = await ask("/map?layers=zones&at=-1.59,47.105,14&tool=look&click.x=360&click.y=240");
    expect(pressed.status).toBe(303);
    expect(pressed.headers.get("location")).toContain("point=-1.59,47.105");
    const written = await ask("/map?layers=stops&tool=look&what=zones/2");
    expect(written.headers.get("location")).toMatch(/layers=zones,stops&at=-1\.59,47\.13,[\d.]+&point=-1\.59,47\.13/);
    expect(await page("?layers=zones&tool=look&what=zones/99&lang=en", 400)).toContain("There is no such feature.");
    expect(await page("?layers=zones&tool=look&what=here&lang=en", 400)).toContain('id="f-what-error"');
  });

  test("measures on the ellipsoid what is pressed or written", async () => {
    const measured = await ask("/map/measure.json?points=0,0;1,0");
    expect(((await measured.json()) as { lengthM: number }).lengthM).toBeCloseTo(111_319.491, 2);
    expect(await page("?tool=measure&shape=area&points=0,0%0A1,0%0A1,1%0A0,1&lang=en")).toMatch(/12,308\.\d+ km²/);
    const pressed = await ask("/map?layers=&at=0,0,3&tool=measure&points=0,0&click.x=360&click.y=240");
    expect(pressed.headers.get("location")).toContain("points=0,0;0,0");
    expect(await page("?tool=measure&points=here&lang=en", 400)).toContain('id="f-points-error"');
  });

  test("lies on the city's own base map, which the city's staff choose", async () => {
    const put = (roles: object, as: "data_officer" | "nobody" | "resident" = "data_officer") =>
      city.put("/v1/map/base", { roles }, { as });
    expect((await put({ [water]: "water" }, "nobody")).status).toBe(401);
    expect((await put({ [water]: "water" }, "resident")).status).toBe(403);
    expect((await put({ [water]: "sea" })).status).toBe(422);
    expect((await put({ ds_none: "water" })).status).toBe(422);
    expect((await put({ [water]: "water" })).status).toBe(200);
    expect(await (await ask("/v1/map/base")).json()).toEqual({ roles: { [water]: "water" } });
    const html = await page("?layers=zones&lang=en");
    expect(html).toContain('<g fill="#b3d5e8"');
    expect(html).toContain("Water: Made up");
    expect(await page("?layers=zones&base=no")).not.toContain('<g fill="#b3d5e8"');
    const browser = await city.browser("data_officer");
    const saved = await browser.submit("/staff/map", { [water]: "" }, "/staff/map");
    expect(saved.status).toBe(303);
    expect(await (await ask("/v1/map/base")).json()).toEqual({ roles: {} });
    const other = await newCity();
    expect((await other.put("/v1/map/base", { roles: { [water]: "water" } }, { as: "data_officer" })).status).toBe(422);
  });

  test("goes along as a picture, and as one file that asks for nothing; what is too much is said", async () => {
    const picture = await ask("/map/picture.svg?layers=zones,stops");
    expect(picture.headers.get("content-type")).toContain("image/svg+xml");
    expect(await picture.text()).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    const offline = await ask("/map/offline.html?layers=zones");
    expect(offline.headers.get("content-disposition")).toContain("attachment");
    const html = await offline.text();
    expect(html).toContain('href="#zones-1"');
    expect(html).toContain('id="zones-1"');
    expect(html).toContain("North &lt;b&gt;");
    expect(html).not.toMatch(/(?:src|href)="(?!#)/);
    expect((await ask("/map/offline.html?layers=stops")).status).toBe(413);
  });

  test("moves by MapLibre only when asked, from the house itself", async () => {
    const html = await page("?layers=stops&live=1");
    const paths = [...html.matchAll(/(?:src|href)="([^"]+\/map\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    expect(paths).toHaveLength(2);
    const worker = paths[0]!.replace(/[^/]+$/, "maplibre-gl-worker.mjs");
    for (const path of [...paths, worker, worker.replace("-worker", "")]) {
      const answer = await fetch(new URL(path, city.url));
      expect([answer.status, answer.headers.get("cache-control")], path).toEqual([
        200,
        expect.stringContaining("immutable"),
      ]);
      expect((await answer.text()).length).toBeGreaterThan(1_000);
    }
    for (const path of [
      "/map/assets/0/live.mjs",
      paths[0]!.replace(/.*\/cities\/[^/]+/, "").replace(/[^/]+$/, "..%2froutes.ts"),
    ])
      expect((await ask(path)).status, path).toBe(404);
  });

  test("what is no map is refused with a sentence; another city's layer is none", async () => {
    for (const query of [
      "?layers=none",
      "?layers=budget",
      "?at=1,2",
      "?bbox=1,2,3",
      "?layers=stops&by.stops=colour",
      "?point=x",
    ])
      await page(query, 400);
    expect(await page("?layers=stops&where.stops=colour%20=%201", 400)).toContain('id="f-where.stops-error"');
    const other = await newCity();
    expect((await other.get("/map?layers=stops", { as: "nobody" })).status).toBe(400);
    expect(await (await other.get("/map?lang=en", { as: "nobody" })).text()).toContain("No dataset with places");
  });
});

/** The box that a map shows, from its link to the tiles of it. */
const boxIn = (html: string): string => /export\.pmtiles\?bbox=([^"]+)"/.exec(html)![1]!;
