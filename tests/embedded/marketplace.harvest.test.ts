import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModuleInput } from "../../marketplace/contract/module.ts";
import air from "../../marketplace/modules/lab-lagune-air-quality/manifest.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";
import {
  askedNow,
  type Harvest,
  harvested,
  officer,
  publishedFirst,
  recordsOf,
  type StandIn,
  standIn,
  text,
} from "../harvested.ts";
import { newPublisher, type TestPublisher } from "../publisher.ts";

const as = { as: "administrator" } as const;

describe(`a module's data from elsewhere, ${target.name}`, () => {
  let city: TestCity;
  let publisher: TestPublisher;
  let module: string;
  let install: string;
  let there: StandIn;
  const published = (version: string, parts = air.parts as ModuleInput["parts"]) =>
    publisher.publish({ parts, manifest: { ...air.manifest, name: module, version } });
  const put = async (to: string) =>
    expect((await city.post(`/v1/installs/${install}/state`, { to }, as)).status, to).toBe(200);
  const sources = async () =>
    ((await (await city.get("/v1/harvests", officer)).json()) as { harvests: (Harvest & { fills?: string })[] })
      .harvests;

  beforeAll(async () => {
    city = await newCity();
    there = await standIn();
    publisher = await newPublisher();
    module = `${publisher.name}/air-quality`;
    expect((await published("1.1.0")).status).toBe(201);
    install = ((await (await city.post("/v1/installs", { module }, as)).json()) as { id: string }).id;
    expect((await city.post(`/v1/installs/${install}/trials`, {}, as)).ok).toBe(true);
  });
  afterAll(() => there.close());

  test("its source comes when it is put in service, and goes with it; whom it asks is said before", async () => {
    const page = await (await city.browser("administrator")).get(`/staff/modules/${module}`);
    expect((await page.text()).includes("les lignes à air.lab-lagune.example chaque heure")).toBe(true);
    await put("proposed");
    expect(await sources()).toEqual([]);
    await put("active");
    const [source] = await soon(sources, (found) => found.length > 0);
    expect(source).toMatchObject({
      kind: "file",
      address: "https://air.lab-lagune.example/pm25.csv",
      hosts: ["air.lab-lagune.example"],
      fills: `${module}/fine-dust`,
      schedule: { every: "hour" },
      corrections: {
        columns: [
          { from: "sensor", name: "station" },
          { from: "time", name: "measured_at" },
        ],
      },
      card: { title: "Poussières fines", licence: "CC-BY-4.0" },
    });
    // What it fetched, from the stand-in of its made-up host, waits for somebody as every first version does.
    const [left] = await soon(sources, ([one]) => one?.last !== undefined && !one.isRunning);
    expect(left!.last).toMatchObject({ outcome: "left", left: "first" });
    const { slug } = await publishedFirst(city, left!);
    const rows = await recordsOf(city, slug);
    expect(rows).toHaveLength(50);
    expect(rows[0]).toMatchObject({
      station: "quay",
      pm25: expect.any(Number),
      measured_at: expect.stringMatching(/Z$/),
    });
    const items = (await (await city.get(`/ogc/collections/${slug}/items?limit=1`)).json()) as {
      numberMatched: number;
      features: { geometry: object }[];
    };
    expect(items).toMatchObject({ numberMatched: 192, features: [{ geometry: { type: "Point" } }] });
    const shown = await (await city.get(`/modules/${module}/air`, { as: "nobody" })).text();
    expect(shown).toContain("ring road");
    expect(shown).toContain("<svg");
    // The same again is no new version, and what the city published stays when the source goes.
    expect((await askedNow(city, left!)).last).toMatchObject({ outcome: "unchanged" });
    await put("suspended");
    await soon(sources, (found) => found.length === 0);
    expect(await recordsOf(city, slug)).toHaveLength(50);
    await put("active");
    await soon(sources, (found) => found.length === 1);
  });

  test("a made-up host that nobody stands in for is said to be missing, in the language of whoever looks", async () => {
    const parts = (air.parts as ModuleInput["parts"]).map((part) =>
      part.kind === "dataset" && part.harvest
        ? { ...part, harvest: { ...part.harvest, address: "https://nobody.example/pm25.csv" } }
        : part,
    );
    const other = await newPublisher();
    const manifest = { ...air.manifest, name: `${other.name}/air-quality` as const };
    expect((await other.publish({ parts, manifest })).status).toBe(201);
    const elsewhere = await newCity();
    const added = await elsewhere.post("/v1/installs", { module: `${other.name}/air-quality` }, as);
    const { id } = (await added.json()) as { id: string };
    expect((await elsewhere.post(`/v1/installs/${id}/trials`, {}, as)).ok).toBe(true);
    for (const to of ["proposed", "active"])
      expect((await elsewhere.post(`/v1/installs/${id}/state`, { to }, as)).status, to).toBe(200);
    const harvests = async () =>
      ((await (await elsewhere.get("/v1/harvests", officer)).json()) as { harvests: Harvest[] }).harvests;
    const [failed] = await soon(harvests, ([one]) => one?.last !== undefined);
    expect(failed!.last).toMatchObject({ outcome: "failed", why: expect.stringContaining("nobody.example/pm25.csv") });
    const page = await (await elsewhere.browser("data_officer")).get(`/staff/harvests/${failed!.id}`);
    expect(await page.text()).toContain("il n’y a rien à cet endroit");
  });

  test("what is fetched fills its table, and its figure follows", async () => {
    const figure = async () =>
      ((await (await city.get("/v1/indicators")).json()) as { indicators: { value?: number }[] }).indicators[0]?.value;
    there.answers["/pm.csv"] = text("sensor,time,pm25\na,2026-01-01T00:00:00Z,4\nb,2026-01-01T00:00:00Z,10\n");
    const source = await harvested(city, {
      kind: "file",
      address: `${there.url}/pm.csv`,
      card: { title: "Dust", licence: "CC-BY-4.0", source: "A laboratory" },
      fills: `${module}/fine-dust`,
      columns: [
        { from: "sensor", name: "station" },
        { from: "time", name: "measured_at" },
      ],
    });
    expect(source.last).toMatchObject({ outcome: "left", left: "first" });
    await publishedFirst(city, source);
    expect(await figure()).toBe(7);
    there.answers["/pm.csv"] = text("sensor,time,pm25\na,2026-01-01T00:00:00Z,4\n");
    const now = await askedNow(city, source);
    expect(now.last).toMatchObject({ outcome: "published", version: 2 });
    expect(await figure()).toBe(4);
    // What is not as the module wants it is not published.
    there.answers["/pm.csv"] = text("sensor,time,pm25\na,2026-01-01T00:00:00Z,-4\n");
    expect((await askedNow(city, now)).last).toMatchObject({ outcome: "left", left: "mistakes" });
    expect(await figure()).toBe(4);

    expect((await city.delete(`/v1/installs/${install}`, as)).ok).toBe(true);
    await soon(sources, (found) =>
      found.every(({ fills, address }) => fills === undefined || address.startsWith(there.url)),
    );
  });
});
