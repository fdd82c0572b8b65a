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
    // Its host is made up: that it does not answer is said, and nothing else in the city waits for it.
    const failed = await soon(sources, ([one]) => one?.last !== undefined);
    expect(failed[0]!.last).toMatchObject({
      outcome: "failed",
      why: expect.stringContaining("air.lab-lagune.example"),
    });
    await put("suspended");
    await soon(sources, (found) => found.length === 0);
    await put("active");
    await soon(sources, (found) => found.length === 1);
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
