import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { operatorLink } from "../../functions/control/operators.ts";
import { type LocalHouse, startHouse } from "../../functions/local.ts";
import { openSigned } from "../../marketplace/contract/signed.ts";
import { partyKey } from "../../marketplace/peers/signing.ts";
import { dropDraft, getPilot } from "../../marketplace/pilots/running.ts";
import { type Pilot, PLAN_TYPE } from "../../marketplace/pilots/schema.ts";
import { dayPlus } from "../../shared/time.ts";
import { ok } from "../billed.ts";
import { cityAt, newCity, speakTo, type TestCity } from "../city.ts";
import { published } from "../indicated.ts";
import { newPublisher } from "../publisher.ts";
import { operatorToken } from "../setup/target.ts";

// Pilots take weeks: this house has a clock of its own.
let at = new Date("2026-03-01T09:00:00Z");
const data = mkdtempSync(join(tmpdir(), "hansa-pilots-"));
let house: LocalHouse;
beforeAll(async () => {
  house = await startHouse({ PORT: "0", HANSA_DATA: data, HANSA_LOG: "silent" }, { now: () => at });
});
/** Sets the clock; sessions do not last through weeks. */
async function travel(to: string) {
  at = new Date(`${to}T09:00:00Z`);
  const link = await operatorLink(house.house, house.url);
  speakTo({ url: house.url, operatorToken: await operatorToken(house.url, link) });
}
afterAll(async () => {
  await house.stop();
  rmSync(data, { recursive: true, force: true });
});

const admin = { as: "administrator" } as const;
const officer = { as: "data_officer" } as const;
const START = "2026-04-01";
const plan = (more: object = {}) => ({
  title: { en: "Night pressure", fr: "Pression la nuit" },
  question: { en: "Is less water lost when pressure is lowered at night?" },
  metric: {
    titles: { en: "Water lost in a day" },
    ...{ unit: "m³", dataset: "losses", dayColumn: "day", districtColumn: "district", better: "lower" },
    formula: "sum(row.litres of rows) / 1000",
  },
  pilotDistricts: ["North"],
  controlDistricts: ["South"],
  ...{ beforeOn: "2026-03-02", startOn: START, endOn: "2026-04-20", wanted: 3 },
  stop: { when: "above", value: 40, days: 2 },
  ...more,
});
/** Losses of both districts: the same weather, and less in the north from the start on. */
function csv(until: string, north: (day: string) => number) {
  const rows = ["day,district,litres"];
  for (let day = "2026-03-02", i = 0; day <= until; day = dayPlus(day, 1), i++) {
    const weather = (i * 7) % 5;
    rows.push(`${day},North,${(north(day) + weather) * 1000}`, `${day},South,${(15 + weather) * 1000}`);
  }
  return `${rows.join("\n")}\n`;
}
const again = (city: TestCity) => cityAt(city.slug, city.name, city.administrator);
const fixed = async (city: TestCity, more: object = {}) => {
  const { id } = await ok<Pilot>(city.post("/v1/pilots", plan(more), admin));
  await ok(city.post(`/v1/pilots/${id}/signatures`, undefined, admin));
  return ok<Pilot>(city.post(`/v1/pilots/${id}/signatures`, undefined, officer));
};

// Guards against a pilot that is judged by what came out of it.
test("two persons fix the plan before the start, nothing of it changes, and the result is published", async () => {
  await travel("2026-03-20");
  let city = await newCity({ languages: ["en", "fr", "ar"] });
  await published(
    city,
    "Losses",
    csv("2026-03-19", () => 20),
  );
  const { id } = await ok<Pilot>(city.post("/v1/pilots", plan(), admin));
  for (const [field, wrong] of [
    ["#/metric/dataset", { metric: { ...plan().metric, dataset: "none" } }],
    ["#/metric/dayColumn", { metric: { ...plan().metric, dayColumn: "litres" } }],
    ["#/metric/formula", { metric: { ...plan().metric, formula: "count(rows) and 1" } }],
    ["#/controlDistricts", { controlDistricts: ["North"] }],
    ["#/endOn", { endOn: "2026-03-31" }],
  ] as const) {
    const refused = await city.post("/v1/pilots", plan(wrong), admin);
    expect([refused.status, ((await refused.json()) as { errors: { pointer: string }[] }).errors[0]!.pointer]).toEqual([
      422,
      field,
    ]);
  }
  await ok(city.post(`/v1/pilots/${id}/signatures`, undefined, admin));
  expect((await city.post(`/v1/pilots/${id}/signatures`, undefined, admin)).status).toBe(409);
  // A change before both have signed is another plan, to be signed anew.
  const changed = await ok<Pilot>(city.put(`/v1/pilots/${id}/plan`, plan({ wanted: 4 }), officer));
  expect(changed.signatures).toEqual([]);
  expect((await city.get(`/v1/pilots/${id}`, { as: "nobody" })).status).toBe(404);
  for (const as of ["administrator", "data_officer"] as const)
    await ok(city.post(`/v1/pilots/${id}/signatures`, undefined, { as }));
  for (const change of [
    city.put(`/v1/pilots/${id}/plan`, plan({ wanted: 1 }), admin),
    city.post(`/v1/pilots/${id}/signatures`, undefined, admin),
    city.delete(`/v1/pilots/${id}`, admin),
  ])
    expect((await change).status).toBe(409);
  const shown = await ok<Pilot>(city.get(`/v1/pilots/${id}`, { as: "nobody" }));
  const key = await partyKey((await house.house.hereOf(city.slug))!);
  const signed = await openSigned(shown.signed!, PLAN_TYPE, z.looseObject({}), key);
  expect(signed).toMatchObject({ id, city: city.slug, wanted: 4, startOn: START });
  expect(JSON.stringify(shown)).not.toContain("per_");

  // While it runs nothing is told, however well it looks.
  await travel("2026-04-15");
  city = again(city);
  await published(
    city,
    "Losses",
    csv("2026-04-14", (day) => (day < START ? 20 : 14)),
    { updates: "losses" },
  );
  expect(await ok(city.post(`/v1/pilots/${id}/looks`, undefined, admin))).toMatchObject({ state: "fixed" });
  await travel("2026-04-22");
  city = again(city);
  await published(
    city,
    "Losses",
    csv("2026-04-21", (day) => (day < START ? 20 : 14)),
    { updates: "losses" },
  );
  // It is looked at each morning.
  await travel("2026-04-23");
  await house.house.deliver(city.slug);
  const ended = await ok<Pilot>(city.get(`/v1/pilots/${id}`, { as: "nobody" }));
  expect(ended).toMatchObject({
    state: "ended",
    result: { verdict: "reached", days: { before: 30, after: 20 }, effect: -6, lastOn: "2026-04-20" },
  });
  for (const [lang, says] of [
    ["en", "What was hoped for was reached"],
    ["fr", "Ce qui était espéré est atteint"],
    ["ar", "تحقّق المأمول"],
  ])
    expect(await (await city.get(`/pilots/${id}?lang=${lang}`, { headers: { Accept: "text/html" } })).text()).toContain(
      says,
    );
  city = again(city);
  expect(await ok(city.post(`/v1/pilots/${id}/looks`, undefined, admin))).toMatchObject({ state: "ended" });
  expect((await (await newCity()).get(`/v1/pilots/${id}`, { as: "nobody" })).status).toBe(404);
  const { events } = await ok<{ events: { type: string }[] }>(city.get("/v1/events?limit=500", admin));
  const told = events.map(({ type }) => type).filter((type) => type.startsWith("pilots."));
  expect(told.sort()).toEqual(["pilots.ended.v1", "pilots.fixed.v1"]);
});

// Guards against a trial that goes on hurting people because its end is not there yet, and against a bad result that
// nobody is shown.
test("the stop rule ends a pilot at once, suspends its module, and shows a bad result too", async () => {
  await travel("2026-03-20");
  let city = await newCity();
  const publisher = await newPublisher("EUR", at);
  await publisher.publish(publisher.module("1.0.0", "1.50"));
  const module = `${publisher.name}/fair-water`;
  const install = await ok<{ id: string }>(city.post("/v1/installs", { module }, admin));
  await ok(city.post(`/v1/installs/${install.id}/trials`, {}, admin));
  for (const to of ["proposed", "active"]) await ok(city.post(`/v1/installs/${install.id}/state`, { to }, admin));
  await published(
    city,
    "Losses",
    csv("2026-03-19", () => 20),
  );
  const { id } = await fixed(city, { module });
  await travel("2026-04-06");
  city = again(city);
  await published(
    city,
    "Losses",
    csv("2026-04-05", (day) => (day < "2026-04-03" ? 20 : 60)),
    { updates: "losses" },
  );
  expect(await ok<Pilot>(city.post(`/v1/pilots/${id}/looks`, undefined, admin))).toMatchObject({
    state: "stopped",
    result: { outcome: "stopped", lastOn: "2026-04-04", verdict: "unclear", effect: 20 },
  });
  expect(await ok(city.get(`/v1/installs/${install.id}`, admin))).toMatchObject({ state: "suspended" });
});

test("a pilot that would begin before it is signed is not fixed, and one without data says so", async () => {
  await travel("2026-03-20");
  let city = await newCity();
  await published(
    city,
    "Losses",
    csv("2026-03-19", () => 20),
  );
  const { id } = await fixed(city, { pilotDistricts: ["Nowhere"] });
  const late = await ok<Pilot>(city.post("/v1/pilots", plan(), admin));
  await travel("2026-04-29");
  city = again(city);
  expect((await city.post(`/v1/pilots/${late.id}/signatures`, undefined, admin)).status).toBe(422);
  await house.house.deliver(city.slug);
  const { result } = await ok<Pilot>(city.get(`/v1/pilots/${id}`, { as: "nobody" }));
  expect(result).toMatchObject({ verdict: "not_reckoned", why: expect.stringContaining("before the start") });
});

test("an administrator plans and signs by forms alone", async () => {
  await travel("2026-03-20");
  const city = await newCity({ languages: ["en", "ar"] });
  await published(
    city,
    "Losses",
    csv("2026-03-19", () => 20),
  );
  const browser = await city.browser("administrator");
  const from = "/staff/pilots";
  const { metric, stop, pilotDistricts, controlDistricts, wanted, ...rest } = plan();
  const fields = {
    ...{ title: "Night pressure", question: "Less?", metric: "Lost", unit: "m³", dataset: "losses" },
    ...{ dayColumn: "day", districtColumn: "district", formula: metric.formula, better: "lower" },
    ...{ beforeOn: rest.beforeOn, startOn: rest.startOn, endOn: rest.endOn, wanted: String(wanted) },
    pilotDistricts: pilotDistricts.join("\n"),
    controlDistricts: controlDistricts.join("\n"),
    ...{ stopWhen: stop.when, stopValue: "40", stopDays: "2" },
  };
  const wrong = await browser.submit(from, { ...fields, formula: "count(rows" }, from);
  expect([wrong.status, (await wrong.text()).includes('href="#f-formula"')]).toEqual([422, true]);
  const made = await browser.submit(from, fields, from);
  expect(made.status).toBe(303);
  const page = made.headers.get("location")!;
  expect((await browser.submit(`${page}/signatures`, {}, page)).status).toBe(303);
  const twice = await browser.submit(`${page}/signatures?lang=ar`, {}, page);
  expect([twice.status, (await twice.text()).includes("لقد وقّعتها")]).toEqual([422, true]);
  const asShown = /name="seen" value="([^"]+)"/.exec(await (await browser.get(page)).text())![1]!;
  expect((await browser.submit(`${page}/plan`, { ...fields, wanted: "5" }, page)).status).toBe(303);
  // Whoever looked at the plan before does not sign the one that took its place.
  expect((await browser.submit(`${page}/signatures`, { seen: asShown }, page)).status).toBe(422);
  expect(await (await browser.get(`${page}?lang=ar`)).text()).toContain("لم يوقّع أحد");
  expect((await browser.submit(`${page}/removal`, {}, page)).status).toBe(303);
});

// Guards against a plan that two persons have signed, and that is dropped as if it were a draft.
test("a draft that is fixed at the instant at which it is dropped stays", async () => {
  await travel("2026-03-20");
  const city = await newCity();
  await published(
    city,
    "Losses",
    csv("2026-03-19", () => 20),
  );
  const { id } = await ok<Pilot>(city.post("/v1/pilots", plan(), admin));
  await ok(city.post(`/v1/pilots/${id}/signatures`, undefined, admin));
  const here = (await house.house.hereOf(city.slug))!;
  const draft = await getPilot(here, id);
  await ok(city.post(`/v1/pilots/${id}/signatures`, undefined, officer));
  await expect(dropDraft(here, draft)).rejects.toMatchObject({ kind: "conflict" });
  expect(await getPilot(here, id)).toMatchObject({ state: "fixed" });
});
