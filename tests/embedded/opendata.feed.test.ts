import { beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity } from "../city.ts";
import { type Opened, opened } from "../opened.ts";
import { TIMETABLE, timetable } from "../timetable.ts";

const as = { as: "data_officer" } as const;
const card = { licence: "CC0-1.0", source: "Made up", personal: "none" };

/** Names that look like numbers, and a line with every sign that CSV has a rule for. */
const CHANGES = {
  "stops.txt":
    'stop_id,stop_name,stop_code,stop_lat,stop_lon\n1.10,"Gare, ""Nord""",007,47.2173,-1.5417\n1.1,=Commerce,12,47.2133,-0.0000001\n',
  "routes.txt": "route_id,agency_id,route_short_name,route_type,route_color\nR1,A,1,0,000000\n",
  "stop_times.txt":
    "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT1,08:00:00,08:00:00,1.10,1\nT1,25:05:00,25:05:00,1.1,2\n",
  // It says nothing, so that nobody can publish it: the feed is whole without it.
  "transfers.txt": "from_stop_id,to_stop_id,transfer_type\n",
};
/** Places are numbers, and keep no zeros at their end; all else is as it was, sign by sign. */
const byValue = ({ rows, source }: Opened) =>
  rows.map(({ cells, ...row }) => ({
    ...row,
    cells: cells.map((cell, i) => (/_(?:lat|lon)$/.test(source.columns[i]!.name) ? Number(cell) : cell)),
  }));
const LAYERS = Object.keys(TIMETABLE).map((file) => file.replace(".txt", ""));

describe("a timetable (GTFS), published table by table", () => {
  let city: TestCity;
  let upload: string;
  beforeAll(async () => {
    city = await newCity();
    upload = await sent(timetable(CHANGES));
  });

  async function sent(bytes: Uint8Array): Promise<string> {
    const begun = await city.post("/v1/uploads", { name: "feed.zip", size: bytes.byteLength }, as);
    const { id } = (await begun.json()) as { id: string };
    const put = await fetch(`${city.url}/v1/uploads/${id}/parts/1`, {
      method: "PUT",
      headers: {
        Authorization: `Bearer ${await city.token("data_officer")}`,
        "Content-Type": "application/octet-stream",
      },
      body: bytes as NonNullable<RequestInit["body"]>,
    });
    expect(put.status).toBe(204);
    return id;
  }

  async function published(layer: string, of: string, more: Record<string, unknown> = {}): Promise<void> {
    const body = { ...card, title: layer.replace("_", " "), upload: of, hints: { layer }, ...more };
    const drafted = await city.post("/v1/drafts", body, as);
    expect(drafted.status, await drafted.clone().text()).toBe(201);
    const { id } = (await drafted.json()) as { id: string };
    const answer = await city.post(`/v1/datasets/${id}/publish`, undefined, as);
    expect(answer.status, await answer.clone().text()).toBe(200);
  }

  const gtfs = (slug: string, query = "") => city.get(`/data/${slug}/export.gtfs.zip${query}`, { as: "nobody" });
  const formats = async (slug: string) => {
    const answer = await city.get(`/api/3/action/package_show?id=${slug}`);
    const { result } = (await answer.json()) as { result: { resources: { format: string; mimetype: string }[] } };
    return result.resources.map(({ format, mimetype }) => `${format} ${mimetype}`);
  };

  // Guards against a timetable that no trip planner can use, and against values that change on their way through.
  test("all its tables are the feed again, as it was; while one of them is withheld there is none", async () => {
    const [last, ...others] = LAYERS;
    for (const layer of others) await published(layer, upload);
    const early = await gtfs("stops");
    expect(early.status).toBe(409);
    expect(await early.text()).toContain(`not public as they are in it: ${last}.txt.`);
    expect(await formats("stops")).not.toContain("GTFS application/zip");
    const before = await city.get("/dataset/stops.ttl");
    expect(await before.text()).not.toContain("file-type/GTFS");

    await published(last!, upload);
    const answer = await gtfs("stops");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/zip"]);
    const etag = answer.headers.get("etag")!;
    const bytes = new Uint8Array(await answer.arrayBuffer());
    for (const layer of LAYERS) {
      const [there, back] = [await opened(timetable(CHANGES), { layer }), await opened(bytes, { layer })];
      expect(byValue(back)).toEqual(byValue(there));
      expect(back.source.feed).toEqual({ ...there.source.feed, digest: expect.any(String) });
      expect(back.wrong).toEqual([]);
    }
    const [stops] = [(await opened(bytes)).records];
    expect(stops).toMatchObject([
      { stop_id: "1.10", stop_name: 'Gare, "Nord"', stop_code: "007" },
      { stop_id: "1.1", stop_name: "=Commerce", stop_lon: "-0.0000001" },
    ]);
    expect((await gtfs("stops", "?q=Gare")).status).toBe(400);
    const same = await city.get("/data/stops/export.gtfs.zip", { headers: { "If-None-Match": etag } });
    expect(same.status).toBe(304);

    // Whoever had a description of it before is told that there is more of it now.
    const headers = { "If-None-Match": before.headers.get("etag")! };
    const ttl = await city.get("/dataset/stops.ttl", { headers });
    expect(ttl.status).toBe(200);
    expect(await ttl.text()).toContain("file-type/GTFS");
    expect(await formats("trips")).toContain("GTFS application/zip");
    const record = (await (await city.get("/ogc/collections/catalogue/items/stops")).json()) as object;
    expect(JSON.stringify(record)).toContain("/data/stops/export.gtfs.zip");
    expect(await (await city.get("/data/stops", { headers: { Accept: "text/html" } })).text()).toContain(
      'export.gtfs.zip">GTFS</a>',
    );
    const { result } = (await (await city.get("/api/3/action/package_show?id=stops")).json()) as {
      result: { resources: { id: string; format: string }[] };
    };
    const resource = result.resources.find(({ format }) => format === "GTFS")!;
    expect((await city.get(`/api/3/action/resource_show?id=${resource.id}`)).status).toBe(200);
    expect((await (await newCity()).get("/data/stops/export.gtfs.zip")).status).toBe(404);
  });

  test("a new timetable is one only with all its tables, be some the same; the old one stays at its version", async () => {
    const next = await sent(
      timetable({ ...CHANGES, "agency.txt": TIMETABLE["agency.txt"]!.replace("Example", "New") }),
    );
    const [last, ...others] = LAYERS.toReversed();
    for (const layer of others) await published(layer, next, { updates: layer.replace("_", "-") });
    expect((await gtfs("stops")).status).toBe(409);
    expect((await gtfs("stops", "?version=1")).status).toBe(200);
    await published(last!, next, { updates: last!.replace("_", "-") });
    const { records } = await opened(new Uint8Array(await (await gtfs("stops")).arrayBuffer()), { layer: "agency" });
    expect(records).toMatchObject([{ agency_name: "New Transport" }]);

    // What is left out of a table is in no feed.
    const columns = [{ from: "stop_code", isLeftOut: true }];
    await published("stops", next, { updates: "stops", columns });
    const withheld = await gtfs("trips");
    expect(withheld.status).toBe(409);
    expect(await withheld.text()).toContain("stops.txt");
    expect(await formats("trips")).not.toContain("GTFS application/zip");
  });

  test("a table that comes from no timetable is none", async () => {
    const drafted = await city.upload("/v1/datasets", "a.csv", "n\n1\n", {
      ...as,
      fields: { ...card, title: "Plain" },
    });
    const { id } = (await drafted.json()) as { id: string };
    await city.post(`/v1/datasets/${id}/publish`, undefined, as);
    expect((await gtfs("plain")).status).toBe(404);
  });
});
