import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Browser, newCity, type TestCity } from "../city.ts";

const card = { licence: "CC0-1.0", source: "Made up", personal: "none" };
async function publish(city: TestCity, file: Uint8Array | string, fields: Record<string, string>) {
  const drafted = await city.upload("/v1/datasets", "a.csv", file, {
    as: "data_officer",
    fields: { ...card, ...fields },
  });
  const { id } = (await drafted.json()) as { id: string };
  expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
  return id;
}
const text = async (answer: Promise<Response>, status = 200): Promise<string> => {
  const got = await answer;
  expect(got.status).toBe(status);
  return got.text();
};
const airports = readFileSync("node_modules/vega-datasets/data/airports.csv");

// Guards against a state of a page that nobody can send to somebody else, and calls that answer something else.
test("a dataset's rows are filtered, drawn and framed by addresses, and the calls beside them answer the same rows", async () => {
  const city = await newCity();
  await publish(city, airports, { title: "Airports", theme: "TRAN" });
  await publish(city, "a,b\n1,2\n", { title: "Écoles", theme: "EDUC" });
  const visitor = await city.browser();

  expect(await text(visitor.get("/data?theme=EDUC"))).not.toContain("/data/airports");
  const catalogue = await text(visitor.get("/data?q=ecoles"));
  expect(catalogue).toContain("/data/ecoles");
  expect(catalogue).not.toContain("/data/airports");
  expect(await text(visitor.get("/data"))).toContain("/data?theme=TRAN");

  const chosen = await visitor.get("/data/airports?column=state&value=AK&sort=-latitude");
  expect(chosen.status).toBe(303);
  const at = chosen.headers.get("location")!;
  expect(at).toContain("?f.state=AK&sort=-latitude");
  const page = await text(visitor.get(at));
  expect(page).toContain("263");
  const address = /<code>curl (?:&#39;|')(.+?)(?:&#39;|')<\/code>/.exec(page)![1]!.replaceAll("&amp;", "&");
  const answered = (await (await fetch(address)).json()) as { total: number; records: Record<string, unknown>[] };
  expect(answered.total).toBe(263);
  expect(page).toContain(String(answered.records[0]!["name"]));
  await text(visitor.get("/data/airports?f.none=1"), 400);

  // More values of a column, numbers between others, an area: by the form, which leads to an address.
  const form = new URLSearchParams({ "f.state": "AK", column: "state", value: "HI" });
  for (const [name, value] of Object.entries({
    range: "latitude",
    least: "20",
    most: "22",
    area: "-170, 15, -150, 75",
  }))
    form.set(name, value);
  const led = (await visitor.get(`/data/airports?${form}`)).headers.get("location")!;
  const few = await text(visitor.get(led));
  const links = [...few.matchAll(/href="([^"]*export\.[^"]*)"/g)].map(([, href]) => href!.replaceAll("&amp;", "&"));
  const fewCall = /<code>curl (?:&#39;|')(.+?)(?:&#39;|')<\/code>/.exec(few)![1]!.replaceAll("&amp;", "&");
  const hawaii = (await (await fetch(fewCall)).json()) as { total: number; records: Record<string, unknown>[] };
  expect(hawaii.total).toBeGreaterThan(3);
  expect(hawaii.records.every(({ state, latitude }) => state === "HI" && Number(latitude) >= 20)).toBe(true);
  const csv = await text(visitor.get(links.find((href) => href.includes("export.csv?"))!));
  expect(csv.trim().split("\r\n")).toHaveLength(hawaii.total + 1);
  for (const kind of ["geojson", "xlsx", "gpkg"])
    expect((await visitor.get(links.find((href) => href.includes(`export.${kind}?`))!)).status, kind).toBe(200);
  for (const kind of ["parquet", "pmtiles"]) expect(links.find((href) => href.endsWith(`export.${kind}`))).toBeTruthy();
  for (const [lang, says] of [
    ["en", "latitude: 20 to 22"],
    ["fr", "latitude : de 20 à 22"],
  ] as const)
    expect((await text(visitor.get(`${led}&lang=${lang}`))).replace(/[\u2066-\u2069]/g, "")).toContain(says);
  const wrong = await text(visitor.get("/data/airports?range=latitude&least=north&f.state=AK&lang=fr"), 400);
  expect(wrong).toContain("Cette colonne part d’un nombre");
  expect(wrong).toContain('value="north"');

  const drawn = await text(visitor.get("/data/airports?by=state"));
  expect(drawn).toContain("<rect");
  const asked = /<code>curl (?:&#39;|')(.+?)(?:&#39;|')<\/code>/.exec(drawn)![1]!.replaceAll("&amp;", "&");
  const grouped = (await (await fetch(asked)).json()) as { results: { state: string; value: number }[] };
  expect(grouped.results).toContainEqual({ state: "AK", value: 263 });

  for (const show of ["table", "map", "chart"]) {
    const framed = await visitor.get(`/data/airports/embed?show=${show}&f.state=AK&by=state`);
    expect(framed.headers.get("content-security-policy")).toContain("frame-ancestors *");
    const body = await framed.text();
    expect(body).not.toMatch(/<script|<form|AL</);
    expect(body).toContain("/data/airports?f.state=AK");
  }
  await text(visitor.get("/data/airports/embed?show=all"), 400);
  for (const path of ["/data/airports", "/sign-in"])
    expect((await visitor.get(path)).headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
});

const idIn = (page: string, kind: string): string => new RegExp(`id="(${kind}_[0-9A-Z]{26})"`).exec(page)![1]!;

// Guards against words of anybody that the city shows without having read them, votes that add up, and lost answers.
test("what is asked for and what was made is shown once staff have looked at it; a vote counts once, and the answer is sent", async () => {
  const [city, other] = [await newCity(), await newCity()];
  const id = await publish(city, "a,b\n1,2\n", { title: "Benches" });
  expect(id).toMatch(/^ds_/);
  const visitor = await city.browser();
  const staff = await city.browser("data_officer");
  const desk = () => text(staff.get("/staff/data-requests"));
  const submit = (of: Browser, path: string, fields: Record<string, string>) =>
    of.submit(path, fields, path.startsWith("/staff") ? "/staff/data-requests" : undefined);

  const contact = `asks@${city.slug}.example`;
  expect((await submit(visitor, "/data-requests", { title: "ab" })).status).toBe(422);
  const fields = { title: "Fountains", text: "Where they are", email: contact };
  expect((await submit(visitor, "/data-requests", fields)).status).toBe(303);
  expect(await text(visitor.get("/data-requests"))).not.toContain("Fountains");
  const request = idIn(await desk(), "dreq");
  expect((await (await city.get(`/v1/data-requests/${request}`)).json()) as object).toMatchObject({
    ...{ state: "new", title: "" },
  });
  expect((await city.post(`/v1/data-requests/${request}/votes`)).status).toBe(404);
  expect((await other.get(`/v1/data-requests/${request}`)).status).toBe(404);

  const answer = `/staff/data-requests/${request}/answer`;
  expect((await submit(staff, answer, { state: "declined" })).status).toBe(422);
  expect((await submit(staff, answer, { state: "open" })).status).toBe(303);
  expect(await city.messages(contact)).toEqual([]);
  const votes = await Promise.all([1, 2, 3].map(() => city.post(`/v1/data-requests/${request}/votes`)));
  expect(votes.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  expect((await submit(visitor, `/data-requests/${request}/vote`, {})).status).toBe(422);
  expect((await submit(staff, answer, { state: "published", dataset: "benches", answer: "Here" })).status).toBe(303);
  expect((await city.messages(contact))[0]).toContain("/data/benches");
  const { requests } = (await (await city.get("/v1/data-requests")).json()) as { requests: object[] };
  expect(requests).toMatchObject([{ title: "Fountains", votes: 1, state: "published", dataset: "benches" }]);
  expect(JSON.stringify(requests)).not.toContain(contact);

  const made = { title: "Bench map", url: "https://maps.example.org/", author: "Awa", datasets: "benches" };
  for (const wrong of [{ url: "javascript:alert(1)" }, { datasets: "none" }, { author: "" }])
    expect((await submit(visitor, "/data-reuses", { ...made, ...wrong })).status).toBe(422);
  const picture = new File([new Uint8Array(Buffer.from(PIXEL, "base64"))], "p.png", { type: "image/png" });
  expect((await visitor.submit("/data-reuses", { ...made, picture })).status).toBe(303);
  const script = new File(["<svg onload=alert(1)>"], "p.svg", { type: "image/svg+xml" });
  expect((await visitor.submit("/data-reuses", { ...made, picture: script })).status).toBe(422);
  const reuse = idIn(await desk(), "reu");
  expect(await text(visitor.get("/data-reuses"))).not.toContain("Bench map");
  await text(visitor.get(`/data-reuses/${reuse}/picture`), 404);
  expect((await submit(staff, `/staff/data-reuses/${reuse}/show`, {})).status).toBe(303);
  const shown = await visitor.get(`/data-reuses/${reuse}/picture`);
  expect([shown.status, shown.headers.get("content-type")]).toEqual([200, "image/png"]);
  for (const path of ["/data-reuses", "/data/benches"]) expect(await text(visitor.get(path))).toContain("Bench map");
  expect((await other.delete(`/v1/data-reuses/${reuse}`, { as: "data_officer" })).status).toBe(404);
  expect((await city.delete(`/v1/data-reuses/${reuse}`, { as: "data_officer" })).status).toBe(204);
  expect(await text(visitor.get("/data/benches"))).not.toContain("Bench map");
  // Nobody floods the desk.
  const sent = await Promise.all([1, 2, 3, 4, 5].map((i) => city.post("/v1/data-requests", { title: `More ${i}` })));
  expect(sent.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
});

/** A PNG of one pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
