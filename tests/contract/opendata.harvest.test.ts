import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";
import { asked, askedNow, card, harvested, officer, recordsOf, type StandIn, standIn, text } from "../harvested.ts";

describe(`datasets from elsewhere, ${target.name}`, () => {
  let city: TestCity;
  let there: StandIn;
  beforeAll(async () => {
    city = await newCity();
    there = await standIn();
  });
  afterAll(() => there.close());

  test("a file of several parts is fetched and read by a task, left once, and published from then on", async () => {
    const padding = "x".repeat(1_000);
    const rows = Array.from({ length: 9_000 }, (_, i) => `${i},${padding}\n`).join("");
    there.answers["/long.csv"] = text(`n,note\n${rows}`, "text/csv", '"one"');
    const order = { kind: "file", address: `${there.url}/long.csv`, card, personal: "none" };
    const first = await harvested(city, order);
    expect(first.last).toMatchObject({ outcome: "left", left: "first", rows: 9_000 });
    expect((await city.get("/v1/datasets/stops")).status).toBe(404);
    const published = await city.post(`/v1/datasets/${first.draft}/publish`, undefined, officer);
    expect(published.status, await published.clone().text()).toBe(200);
    const same = await askedNow(city, first);
    expect(same.last).toMatchObject({ outcome: "unchanged" });
    there.answers["/long.csv"] = text("n,note\n7,x\n", "text/csv", '"two"');
    const now = await askedNow(city, same);
    expect(now.last).toMatchObject({ outcome: "published", version: 2 });
    expect(await recordsOf(city, "stops")).toEqual([{ n: 7, note: "x" }]);
  });

  test("an agent looks what an address would bring, has it fetched, and sees what came, without script", async () => {
    there.answers["/trees.csv"] = text("tree,height\nTilleul,3\n");
    const browser = await city.browser("data_officer");
    const form = {
      kind: "file",
      address: `${there.url}/trees.csv`,
      every: "week",
      at: "05:00",
      publishesItself: "yes",
    };
    const at = "/staff/harvests";
    const refused = await browser.submit(`${at}/preview`, { ...form, title: "Arbres" }, at);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('href="#f-licence"');
    const whole = { ...form, title: "Arbres", licence: "CC0-1.0", source: "Parcs" };
    const gone = await browser.submit(`${at}/preview`, { ...whole, address: `${there.url}/none.csv` }, at);
    expect(await gone.text()).toContain("répond 404");
    const looked = await browser.submit(`${at}/preview`, whole, at);
    expect(looked.status).toBe(200);
    const page = await looked.text();
    expect(page).toContain("Tilleul");
    const hidden = Object.fromEntries(
      [...page.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name!, value!]),
    );
    const added = await browser.submit(at, hidden, at);
    expect(added.status).toBe(303);
    const own = added.headers.get("location")!;
    const id = /hrv_\w+/.exec(own)![0];
    await asked(city, { id });
    const shown = await (await browser.get(own)).text();
    expect(shown).toContain("un brouillon attend");
    expect(shown).toContain("personne n’en a encore regardé une version");
    expect((await browser.submit(`${at}/${id}/pause`, {}, own)).status).toBe(303);
    expect(await (await browser.get(at)).text()).toContain("en pause");
    expect((await browser.submit(`${at}/${id}/remove`, {}, own)).status).toBe(303);
    expect((await browser.get(`${at}/${id}`)).status).toBe(404);
    expect((await (await city.browser("resident")).get(at)).status).toBe(403);
  });
});
