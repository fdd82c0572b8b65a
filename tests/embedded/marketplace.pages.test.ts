import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import air from "../../marketplace/modules/lab-lagune-air-quality/manifest.ts";
import { newCity, type TestCity, target } from "../city.ts";
import { published } from "../indicated.ts";
import { newPublisher } from "../publisher.ts";

const as = { as: "administrator" } as const;

describe(`a module's page, ${target.name}`, () => {
  let city: TestCity;
  let module: string;
  let install: string;
  const path = () => `/modules/${module}/air`;
  const put = async (to: string) =>
    expect((await city.post(`/v1/installs/${install}/state`, { to }, as)).status, to).toBe(200);
  const seen = async (at: string, lang = "en", from = city) => {
    const headers = { Accept: "text/html", "Accept-Language": lang };
    const answer = await from.get(at, { as: "nobody", headers });
    return { status: answer.status, html: await answer.text() };
  };

  beforeAll(async () => {
    city = await newCity({ languages: ["en", "fr", "ar"] });
    const publisher = await newPublisher();
    module = `${publisher.name}/air-quality`;
    const sent = await publisher.publish({ ...air, manifest: { ...air.manifest, name: module } });
    expect(sent.status, JSON.stringify(sent.answer)).toBe(201);
    install = ((await (await city.post("/v1/installs", { module }, as)).json()) as { id: string }).id;
    expect((await city.post(`/v1/installs/${install}/trials`, {}, as)).ok).toBe(true);
  });

  // Guards against a page that outlives its module, or comes before anybody decided on it.
  test("it is there while its module serves, and the city leads to it only then", async () => {
    const absent = await seen("/modules/nobody/nothing/air");
    expect(absent.status).toBe(404);
    await put("proposed");
    expect((await seen(path())).status).toBe(404);
    expect((await seen("/")).html).not.toContain(path());
    await put("active");
    const empty = await seen(path());
    expect(empty.status).toBe(200);
    expect(empty.html).toContain("Nothing is published for “Where it is measured” yet.");
    for (const from of ["/", "/modules"])
      expect((await seen(from)).html, from).toContain(`/cities/${city.slug}${path()}`);
    // The list goes on after a module's name, page by page.
    expect((await seen(`/modules?cursor=${encodeURIComponent(module)}`)).html).not.toContain(module);
    expect((await seen(`/modules/${module}/other`)).status).toBe(404);
    expect((await seen(path(), "en", await newCity())).status).toBe(404);
    await put("suspended");
    expect((await seen(path())).status).toBe(404);
    expect((await seen("/")).html).not.toContain(path());
    await put("active");
  });

  test("it shows what is published, in the reader's language, small, without script or outside address", async () => {
    const stations = Array.from({ length: 40 }, (_, i) => `Station ${i}`);
    const rows = stations.flatMap((name, i) =>
      ["00", "01", "02"].map((hour) => `${name},2026-01-01T${hour}:00:00Z,"2.${300 + i}, 48.${100 + i}",${i}`),
    );
    const csv = `station,measured_at,place,pm25\n${rows.join("\n")}\nlast <b>,2026-02-01T00:00:00Z,,3\n`;
    const slug = await published(city, "Dust", csv, { fills: `${module}/fine-dust` });
    const { html } = await seen(path());
    expect(html).toContain("The latest values: rows shown 12 of 121");
    // The latest first, and nothing of a publisher's or a file's is read as markup.
    const body = html.slice(html.indexOf("<main"));
    expect(body.indexOf("last &lt;b&gt;")).toBeGreaterThan(0);
    expect(body).toMatch(/<svg[^>]*aria-label="Where it is measured"/);
    expect(body).toContain("µg/m³");
    expect(body).toContain(`/cities/${city.slug}/data/${slug}`);
    const arabic = await seen(path(), "ar");
    expect(arabic.html).toMatch(/<html[^>]*dir="rtl"/);
    expect(arabic.html).toContain("آخر القيم");
    for (const page of [html, arabic.html]) {
      expect(page).not.toMatch(/<script|(?:src|href|action)="(?:https?:)?\/\//);
      expect(gzipSync(page).length).toBeLessThan(14 * 1024);
    }
  });

  test("it goes with its module", async () => {
    expect((await city.delete(`/v1/installs/${install}`, as)).ok).toBe(true);
    expect((await seen(path())).status).toBe(404);
    expect((await seen("/")).html).not.toContain(path());
  });
});
