import { expect, test } from "vitest";
import type { ModuleInput } from "../../marketplace/contract/module.ts";
import leaks from "../../marketplace/modules/clairseau-night-leaks/manifest.ts";
import { newCity, soon, type TestCity } from "../city.ts";
import { market, newPublisher } from "../publisher.ts";

const admin = { as: "administrator" } as const;
const officer = { as: "data_officer" } as const;

async function sent<T>(answer: Response | Promise<Response>, status = 200): Promise<T> {
  const given = await answer;
  expect(given.status, await given.clone().text()).toBe(status);
  return (await given.json()) as T;
}

interface Install {
  id: string;
  state: string;
  approvals: unknown[];
  suspendedFor?: string;
  trial?: { proofs: { holds: boolean; reason?: string }[] };
}
interface Seen {
  openData: object;
  modules: {
    approvals: { roles: string[] }[];
    grants: { says: string }[];
    given: { given: { times: number; rows: number }[] }[];
  }[];
}
interface Told {
  outcome: string;
  why?: string;
  scope?: string;
  rows: number;
  effects: Record<string, number>;
}

/** A household whose water meter counts so many litres in every hour of these days. */
async function meter(city: TestCity) {
  const agent = { as: "agent" } as const;
  const contact = `home@${city.slug}.example`;
  const account = await sent<{ id: string }>(
    city.post("/v1/accounts", { number: "A1", name: "Household", contact, lang: "en" }, agent),
    201,
  );
  const made = await sent<{ id: string }>(
    city.post("/v1/meters", { serial: "W1", kind: "water", accountId: account.id }, agent),
    201,
  );
  const count = async (days: readonly string[], litres: number) => {
    const lines = days.flatMap((day) =>
      Array.from({ length: 24 }, (_, hour) => `W1,${day}T${String(hour).padStart(2, "0")}:00:00Z,${litres / 1000},m3`),
    );
    await sent(city.upload("/v1/readings", "w.csv", `meter,start,value,unit\n${lines.join("\n")}\n`, agent), 201);
  };
  return { contact, id: made.id, accountId: account.id, count };
}

const runsOf = async (city: TestCity, id: string) =>
  (await sent<{ runs: Told[] }>(city.get(`/v1/installs/${id}/runs`, admin))).runs;
const tell = (city: TestCity, id: string, to: string, status = 200) =>
  sent<Install>(city.post(`/v1/installs/${id}/state`, { to }, admin), status);

async function proposed(city: TestCity, module: string): Promise<string> {
  const { id } = await sent<Install>(city.post("/v1/installs", { module }, admin), 201);
  const { trial } = await sent<Install>(city.post(`/v1/installs/${id}/trials`, {}, admin));
  expect(trial!.proofs.every(({ holds }) => holds)).toBe(true);
  await tell(city, id, "proposed");
  return id;
}

// Guards against a program that acts on people before two have agreed and somebody has watched it; that keeps anything
// after it left; or whose publisher sees data.
test("a program is approved by two, watched in shadow, put into service, and leaves nothing", async () => {
  const publisher = await newPublisher();
  const name = `${publisher.name}/night-leaks`;
  expect((await publisher.publish({ ...leaks, manifest: { ...leaks.manifest, name } } as ModuleInput)).status).toBe(
    201,
  );
  const [city, other] = [await newCity({ timeZone: "UTC", languages: ["en"] }), await newCity()];
  const home = await meter(city);
  const shown = await sent<{ says: string[]; label: string; asks: { id: string }[] }>(
    city.get(`/v1/modules/${name}`, admin),
  );
  expect(shown.label).toBe("code_stays");
  expect(shown.says.join("\n")).toContain(
    "It may read what these meters counted, hour by hour, of 8 days, only where the kind of meter is “water”, the hour is at least 2, and the hour is less than 5. For what: to see whether water runs",
  );

  const id = await proposed(city, name);
  await tell(city, id, "active", 409);
  await tell(city, id, "shadow", 409);
  const agree = (as: typeof admin | typeof officer) => sent<Install>(city.post(`/v1/installs/${id}/approvals`, {}, as));
  // Whoever looked at what is asked for until a day does not agree to it for ever.
  const deciding = await city.browser("data_officer");
  const modulePage = `/staff/modules/${name}`;
  const asked = /name="seen" value="([^"]+)"/.exec(await (await deciding.get(modulePage)).text())![1]!;
  const { settings } = await sent<{ settings: { until?: string } }>(city.get(`/v1/installs/${id}`, admin));
  const until = (day: string | undefined) =>
    sent(city.put(`/v1/installs/${id}/settings`, { ...settings, until: day }, admin));
  await until("2099-12-31");
  expect((await deciding.submit(`${modulePage}/approvals`, { seen: asked }, modulePage)).status).toBe(409);
  await until(settings.until);
  expect((await agree(admin)).approvals).toHaveLength(1);
  expect((await agree(admin)).approvals).toHaveLength(1);
  await tell(city, id, "shadow", 409);
  // Who agreed is told who is missing, and has no button to agree again.
  const decided = await (await (await city.browser("administrator")).get(`/staff/modules/${name}`)).text();
  expect(decided).toContain("Another person must too");
  expect(decided).not.toContain("/approvals");
  await agree(officer);
  await tell(city, id, "shadow");
  expect((await city.post(`/v1/installs/${id}/approvals`, {}, { as: "agent" })).status).toBe(403);

  // In shadow: it is written down, and nobody hears of it.
  await home.count(["2026-11-10", "2026-11-11", "2026-11-12"], 25);
  const [watched] = await soon(
    () => runsOf(city, id),
    (runs) => runs.length > 0,
  );
  expect(watched).toMatchObject({
    outcome: "shadow",
    rows: 9,
    effects: { "alarms.alarms:raise": 1, "own.rows:write": 1, "accounts.holders:tell": 1 },
  });
  const table = `/v1/installs/${id}/tables/night-leaks`;
  expect(await sent(city.get(table, admin))).toEqual({ rows: [] });
  expect(await sent(city.get("/v1/alarms", admin))).toEqual({ alarms: [] });

  // In service: staff is alarmed, a row is kept, and the household is told once, however often it is found.
  await tell(city, id, "active");
  await home.count(["2026-11-13"], 25);
  await soon(
    () => runsOf(city, id),
    (runs) => runs.length > 1,
  );
  const { alarms } = await sent<{ alarms: { kind: string; facts: object }[] }>(city.get("/v1/alarms", admin));
  expect(alarms).toMatchObject([{ kind: "module", facts: { about: home.id, value: 25 } }]);
  expect(await sent(city.get(table, admin))).toEqual({
    rows: [{ meter: home.id, night: "2026-11-13", litres_an_hour: 25, nights: 4 }],
  });
  expect(await city.messages(home.contact)).toEqual([]);
  await home.count(["2026-11-14"], 0);
  await home.count(["2026-11-15", "2026-11-16", "2026-11-17"], 30);
  const [told] = await soon(
    () => city.messages(home.contact),
    (all) => all.length > 0,
  );
  expect(told).toContain("At least 30 litres an hour ran at your meter all night, up to November 17, 2026.");

  // What the publisher may be shown has counts, and no word of the data.
  const runs = JSON.stringify(await runsOf(city, id));
  for (const secret of [home.id, home.accountId, "litres", "value"]) expect(runs).not.toContain(secret);
  const all = await sent<{ runs: { effects: object[] }[] }>(city.get(`/v1/installs/${id}/effects`, officer));
  expect(JSON.stringify(all)).toContain(home.accountId);
  expect((await city.get(`/v1/installs/${id}/effects`, { as: "agent" })).status).toBe(403);
  const browser = await city.browser("administrator");
  expect(await (await browser.get(`/staff/modules/${name}/runs`)).text()).toContain("night-watch");
  expect(await (await browser.get(`/staff/modules/${name}`)).text()).toContain("2 persons must approve");

  // Everybody sees what it may know and what it was given, by day and for what; nobody's name, id or data.
  const seen = await city.get("/v1/transparency?days=2", { as: "nobody" });
  const text = await seen.text();
  for (const secret of [home.id, home.accountId, "per_", home.contact]) expect(text).not.toContain(secret);
  const { modules, openData } = JSON.parse(text) as Seen;
  expect(openData).toEqual({ k: 5, datasets: [] });
  expect(modules).toMatchObject([{ module: name, state: "active", label: "code_stays" }]);
  expect(modules[0]!.approvals.map(({ roles }) => roles)).toEqual([["administrator"], ["data_officer"]]);
  expect(modules[0]!.grants.map(({ says }) => says).join("\n")).toContain("of 8 days, only where the kind of meter");
  const nights = modules[0]!.given.flatMap((one) => one.given).filter(({ rows, times }) => rows > times);
  const [sum] = nights;
  expect(nights).toHaveLength(1);
  expect(sum).toMatchObject({ class: "household", grain: "hour", days: 8, purpose: { en: expect.any(String) } });
  const counted = await runsOf(city, id);
  expect([sum!.times, sum!.rows]).toEqual([counted.length, counted.reduce((rows, run) => rows + run.rows, 0)]);
  const shownToAll = await (await browser.get("/transparency?lang=en")).text();
  for (const said of ["of 8 days", "a data officer", "What it was given of residents"])
    expect(shownToAll).toContain(said);
  expect(await sent(other.get("/v1/transparency", { as: "nobody" }))).toMatchObject({ modules: [] });

  // What the city sets is kept within the module's bounds; what is not ticked is declined.
  const [page, set] = [`/staff/modules/${name}`, `/staff/modules/${name}/settings`];
  const wrong = await browser.submit(set, { parts: "night-watch", "config/night-watch/litres": "many" }, page);
  expect(wrong.status).toBe(422);
  const shownAgain = await wrong.text();
  const field = "f-config/night-watch/litres";
  expect(shownAgain).toMatch(
    new RegExp(`<input[^>]*id="${field}"[^>]*aria-describedby="${field}-error"[^>]*value="many"`),
  );
  expect(shownAgain).toContain(`href="#${field}"`);
  const refusedAt = async (settings: object, status: number) => {
    const answer = await city.put(`/v1/installs/${id}/settings`, { parts: ["night-watch"], ...settings }, admin);
    expect(answer.status).toBe(status);
    return ((await answer.json()) as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer);
  };
  const litres = { config: { "night-watch": { litres: 0 } } };
  expect(await refusedAt(litres, 422)).toEqual(["#/config/night-watch/litres"]);
  expect(await refusedAt({ until: "2099-12-31" }, 409)).toEqual(["#/until"]);
  expect(await refusedAt({ until: "2020-01-01" }, 422)).toEqual(["#/until"]);
  const soonEnds = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const longer = await browser.submit(set, { parts: "night-watch", until: "2099-12-31" }, page);
  expect(longer.status).toBe(409);
  expect(await longer.text()).toContain('aria-describedby="f-until-hint f-until-error"');
  const given = { parts: "night-watch", "config/night-watch/litres": "45", until: soonEnds };
  expect((await browser.submit(set, given, page)).status).toBe(303);
  expect(await sent(city.get(`/v1/installs/${id}`, admin))).toMatchObject({
    settings: {
      parts: ["night-watch"],
      declined: ["night-watch/accounts.holders:tell"],
      config: { "night-watch": { litres: 45 } },
      until: soonEnds,
    },
  });
  const theirs = await city.browser("data_officer");
  expect((await theirs.get(page)).status).toBe(200);
  expect((await theirs.submit(set, given, page)).status).toBe(403);

  // Another city has none of it.
  for (const path of [`/v1/installs/${id}/runs`, `/v1/installs/${id}/effects`, table])
    expect((await other.get(path, admin)).status, path).toBe(404);
  expect((await other.post(`/v1/installs/${id}/approvals`, {}, admin)).status).toBe(404);

  expect((await city.delete(`/v1/installs/${id}`, admin)).status).toBe(204);
  expect((await city.get(`/v1/installs/${id}/runs`, admin)).status).toBe(404);
  await home.count(["2026-11-18"], 40);
  const { records } = await sent<{ records: { what: string }[] }>(city.get("/v1/install-records", admin));
  expect(records.map(({ what }) => what)).toEqual([
    "removed",
    "leaving",
    "set",
    "activated",
    "shadowed",
    "approved",
    "approved",
    "set",
    "set",
    "proposed",
    "tried",
    "taken",
  ]);
});

// Guards against a program that takes its house's time or memory, or the run of the next one: it is not even published.
test("a program that does not end, and one that wants all memory, end in the check; the next one is unharmed", async () => {
  const publisher = await newPublisher();
  const name = `${publisher.name}/hostile`;
  const [honest, ...more] = leaks.parts;
  if (honest?.kind !== "function") throw new Error("the example has no program");
  const hostile = (id: string, code: string) => ({ ...honest, id, code, proof: honest.proof.slice(0, 1) });
  const parts = [
    hostile("endless", "function run() { for (;;); }"),
    hostile("greedy", "function run() { const all = []; for (;;) all.push(new Array(1000).fill(1)); }"),
    honest,
    ...more,
  ];
  const module = { ...leaks, manifest: { ...leaks.manifest, name }, parts } as ModuleInput;
  const { status, answer } = await publisher.publish(module);
  expect(status).toBe(422);
  const proofs = (answer["errors"] as { pointer: string; detail: string }[]).filter(({ detail }) =>
    /^proofs/.test(detail),
  );
  expect(proofs.map(({ pointer }) => pointer)).toEqual(["#/payload/parts/0/proof", "#/payload/parts/1/proof"]);
  expect(proofs[0]!.detail).toMatch(/interrupted|did not end/);
  expect(proofs[1]!.detail).toMatch(/memory|interrupted|ended|did not end/);
  const mended = { ...module, parts: [honest, ...more] } as ModuleInput;
  const published = await publisher.publish(mended);
  expect(published.status).toBe(201);
  const report = await sent<{ verdict: string; proofDigest: string; proofs: { holds: boolean }[] }>(
    market.get(`/modules/${name}/1.0.0/check`),
  );
  expect(report.proofs.map(({ holds }) => holds)).toEqual(honest.proof.map(() => true));
  expect(published.answer["check"]).toMatchObject({ proofDigest: report.proofDigest, proofs: honest.proof.length });
  expect((await market.get(`/modules/${name}/9.9.9/check`)).status).toBe(404);
});
