import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { operatorLink } from "../../functions/control/operators.ts";
import { type LocalHouse, startHouse } from "../../functions/local.ts";
import { ADDRESS } from "../../functions/opendata/use/fair.ts";
import { cityRooms, houseRooms } from "../../functions/rooms.ts";
import { serve } from "../../shared/serve.ts";
import { newCity, speakTo, type TestCity } from "../city.ts";
import { operatorToken } from "../setup/target.ts";

// A house whose clock the tests set, the last of them by days: what is counted on a day is published on the next.
const DAY_MS = 24 * 3600_000;
let ahead = 0;
const now = () => new Date(Date.now() + ahead);
const data = mkdtempSync(join(tmpdir(), "hansa-use-"));
let house: LocalHouse;

beforeAll(async () => {
  house = await startHouse({ PORT: "0", HANSA_DATA: data, HANSA_LOG: "silent" }, { now });
  const link = await operatorLink(house.house, house.url);
  speakTo({ url: house.url, operatorToken: await operatorToken(house.url, link) });
});
afterAll(async () => {
  await house.stop();
  rmSync(data, { recursive: true, force: true });
});

async function publish(city: TestCity, title: string) {
  const fields = { title, licence: "CC0-1.0", source: "Made up", personal: "none" };
  const drafted = await city.upload("/v1/datasets", "a.csv", "a,b\n1,2\n", { as: "data_officer", fields });
  const { id } = (await drafted.json()) as { id: string };
  expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
  return id;
}
const json = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;
interface Records {
  records: Record<string, unknown>[];
}

test("an address that asks too often is told when to come back, in words that its client reads; a key goes on", async () => {
  const city = await newCity();
  await publish(city, "Benches");
  const { key, secret } = await json<{ key: { id: string }; secret: string }>(
    city.post("/v1/data-keys", { name: "My map" }, { as: "resident" }),
  );
  const { app } = serve(house.house, cityRooms, houseRooms);
  const from =
    (remoteAddress: string) =>
    (path: string, headers: Record<string, string> = {}) =>
      app.request(`/cities/${city.slug}${path}`, { headers }, { incoming: { socket: { remoteAddress } } });
  const ask = from("203.0.113.9");
  const first = await ask("/ogc/conformance");
  expect(first.headers.get("ratelimit-policy")).toBe(`"address";q=${ADDRESS.burst};w=300`);
  expect(first.headers.get("ratelimit")).toMatch(new RegExp(`^"address";r=${ADDRESS.burst - 1};t=\\d+$`));
  for (let i = 1; i < ADDRESS.burst; i++) await ask("/api/3");
  // What comes back each second may have been given back while the rest was asked.
  let over = await ask("/ogc/conformance");
  for (let i = 0; over.status === 200 && i < ADDRESS.burst; i++) over = await ask("/ogc/conformance");
  expect(over.status).toBe(429);
  expect(Number(over.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(over.headers.get("content-type")).toBe("application/problem+json");
  expect(await over.json()).toMatchObject({ code: "too_many", "violated-policies": ["address"] });
  const ckan = await ask("/api/3/action/package_list");
  expect(ckan.status).toBe(429);
  expect(await ckan.json()).toMatchObject({ success: false, error: { __type: "Rate Limit Error" } });
  expect((await from("203.0.113.10")("/ogc/conformance")).status).toBe(200);

  for (const headers of [
    { "X-API-Key": secret },
    { Authorization: `Apikey ${secret}` },
    { Authorization: secret },
    { Authorization: `Bearer ${secret}` },
  ] as Record<string, string>[]) {
    const answer = await ask("/v1/datasets/benches/records", headers);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("ratelimit")).toMatch(/^"key";r=199\d+;t=\d+$/);
  }
  // A wrong key is no key, and no session either.
  const wrong = await from("203.0.113.11")("/v1/datasets/benches/records", { "X-API-Key": "od_test_nothing" });
  expect(wrong.status).toBe(401);
  const preflight = await app.request(`/cities/${city.slug}/ogc/conformance`, { method: "OPTIONS" });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-headers")).toContain("X-API-Key");
  expect(key.id).toMatch(/^dkey_/);
});

// Guards against figures of use that name a lone reader, that are added twice, or that nobody can read.
test("a day's use is an open dataset on the next day: by dataset and kind, small counts left empty, told twice it stands once", async () => {
  const city = await newCity();
  const id = await publish(city, "Benches");
  await publish(city, "Unread");
  for (let i = 0; i < 7; i++) expect((await city.get("/v1/datasets/benches/records")).status).toBe(200);
  for (let i = 0; i < 2; i++) await city.get(`/api/3/action/datastore_search?resource_id=${id}-csv`);
  for (let i = 0; i < 2; i++) expect((await city.get("/data/benches/export.csv")).status).toBe(200);
  expect((await city.get("/v1/datasets/benches/records?limit=0")).status).toBe(400);
  await city.get("/v1/datasets");
  // The first was written at once, the others wait for those that follow: the next day writes what is left.
  const here = (await house.house.hereOf(city.slug))!;
  const parts = async () => (await here.table.query({ pk: "USE" })).items;
  expect(await parts()).toHaveLength(1);
  const today = (await parts())[0]!.sk.split("#")[0]!;

  ahead += DAY_MS + 3 * 3600_000;
  await city.get("/v1/datasets/benches/records");
  expect((await parts()).map(({ sk }) => sk.split("#")[0])).toContain(today);
  await house.house.deliver(city.slug);
  const { records } = await json<Records>(city.get("/v1/datasets/dataset-use/records"));
  expect(records).toEqual([{ day: today, dataset: "benches", views: 0, downloads: null, calls: 9 }]);
  const again = await json<{ result: Records }>(
    city.get(
      `/api/3/action/datastore_search?resource_id=${(await json<{ id: string }>(city.get("/v1/datasets/dataset-use"))).id}-csv`,
    ),
  );
  expect(again.result.records).toMatchObject([{ dataset: "benches", calls: 9 }]);
  expect(await (await city.get("/data/dataset-use/export.csv")).text()).toContain(`${today},benches,0,,9`);

  // The task of the same day once more, as after a crash, and then that of the next day.
  ahead += DAY_MS;
  await city.get("/v1/datasets/benches/records");
  await house.house.deliver(city.slug);
  // The house tells what is due by itself, too: then it may still be at it.
  await vi.waitFor(async () => {
    const after = await json<Records>(city.get("/v1/datasets/dataset-use/records?dataset=benches"));
    expect(after.records).toMatchObject([
      { day: today, calls: 9 },
      { dataset: "benches", calls: null },
    ]);
  }, 10_000);
  const page = await (await city.get("/data/benches", { headers: { Accept: "text/html" } })).text();
  expect(page).toContain("/data/dataset-use");
  // Nobody can take its name.
  const fields = { title: "Dataset use", licence: "CC0-1.0", source: "Made up", personal: "none" };
  const taken = await city.upload("/v1/datasets", "a.csv", "a,b\n1,2\n", { as: "data_officer", fields });
  expect(((await taken.json()) as { slug: string }).slug).not.toBe("dataset-use");
});
