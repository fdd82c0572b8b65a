import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ModuleInput } from "../../marketplace/contract/module.ts";
import { ok } from "../billed.ts";
import { newCity, soon, speakTo, type TestCity } from "../city.ts";
import { newPublisher } from "../publisher.ts";
import { type RunningHouse, runHouse } from "../setup/house.ts";

const admin = { as: "administrator" } as const;
const officer = { as: "data_officer" } as const;

interface Said {
  type: string;
  data: { meterIds: string[] };
  hansa: { isShadow: boolean; config: object; calls: { token: string; reads: string; effects: string } };
}

// The vendor's own service, and a house that is told where it stands in tests.
let house: RunningHouse;
let vendor: Server;
const heard: Said[] = [];
let status = 204;
beforeAll(async () => {
  vendor = createServer((request, answer) => {
    const parts: Buffer[] = [];
    request.on("data", (some: Buffer) => parts.push(some));
    request.on("end", () => {
      heard.push(JSON.parse(Buffer.concat(parts).toString("utf8")) as Said);
      answer.writeHead(status, status === 302 ? { location: "https://elsewhere.example/" } : {}).end();
    });
  });
  await new Promise<void>((resolve) => vendor.listen(0, "127.0.0.1", resolve));
  const { port } = vendor.address() as AddressInfo;
  house = await runHouse({ HANSA_REMOTE_STAND_IN: `http://127.0.0.1:${port}` });
  speakTo(house);
});
afterAll(async () => {
  await house.stop();
  await new Promise((resolve) => vendor.close(resolve));
});

const purpose = { en: "to find what drips" };
const FOUND = [
  { name: "meter", type: "string" },
  { name: "litres", type: "number" },
];
const moduleOf = (name: string, version = "1.0.0", fields: object[] = FOUND, more: object = {}): ModuleInput => ({
  manifest: {
    ...{ contract: 1, name, version, licence: "MIT", changes: { en: "Other columns." } },
    ...{ title: { en: "Drips" }, summary: { en: "Finds what drips." } },
  },
  parts: [
    {
      ...{ kind: "remote", id: "drips", title: { en: "Drip finder" }, address: "https://drips.example/hansa" },
      on: { event: "meters.readings_kept.v1", purpose },
      reads: [
        {
          ...{ as: "hours", scope: "meters.readings:read", about: "meterIds", grain: "hour", days: 3, until: "to" },
          where: ["<", ["field", "row", "hour"], 3],
          purpose,
        },
        {
          ...{ as: "days", scope: "meters.readings:read", about: "meterIds", grain: "day", days: 2, until: "to" },
          ...{ purpose, optional: true },
        },
      ],
      effects: [
        { scope: "own.rows:write", purpose },
        { scope: "alarms.alarms:raise", purpose },
      ],
      config: [{ name: "litres", title: { en: "Litres" }, value: 5 }],
    },
    {
      ...{ kind: "texts", id: "drip", use: "message", title: { en: "It drips" }, body: { en: "It drips." } },
    },
    {
      ...{
        kind: "dataset",
        id: "found",
        title: { en: "Found" },
        card: { description: { en: "F" }, licence: "CC0-1.0" },
      },
      schema: { fields: fields as [], primaryKey: ["meter"] },
      ...more,
    },
  ],
});

/** What a meter counted in each hour of a day. */
async function count(city: TestCity, day: string, litres: number) {
  const lines = Array.from(
    { length: 24 },
    (_, hour) => `W1,${day}T${String(hour).padStart(2, "0")}:00:00Z,${litres / 1000},m3`,
  );
  await ok(city.upload("/v1/readings", "w.csv", `meter,start,value,unit\n${lines.join("\n")}\n`, { as: "agent" }));
}

const call = (city: TestCity, what: "reads" | "effects", token: string, body: unknown) =>
  city.post(`/v1/remote/${what}`, body, { as: { token } });

// Guards against a vendor who is told or does more than two persons agreed to, and against data that leave uncounted.
test("a vendor's service is told, asks back and acts within its grant alone, and everybody sees what left", async () => {
  const publisher = await newPublisher();
  const name = `${publisher.name}/drips`;
  const sent = await publisher.publish(moduleOf(name));
  expect(sent.status, JSON.stringify(sent.answer)).toBe(201);
  const [city, other] = [await newCity({ timeZone: "UTC", languages: ["en"] }), await newCity()];
  const { id: meterId } = await ok<{ id: string }>(
    city.post("/v1/meters", { serial: "W1", kind: "water", registerUnit: "m3" }, { as: "agent" }),
  );
  const shown = await ok<{ label: string; says: string[]; asks: { to?: string[] }[] }>(
    city.get(`/v1/modules/${name}`, admin),
  );
  expect(shown.label).toBe("data_leaves");
  expect(shown.says.join("\n")).toContain("drips.example may read what these meters counted, hour by hour, of 3 days");
  expect(shown.asks.some(({ to }) => to?.includes("drips.example"))).toBe(true);

  const { id } = await ok<{ id: string }>(city.post("/v1/installs", { module: name }, admin));
  const declined = { parts: ["drips", "drip", "found"], declined: ["drips/days"], config: { drips: { litres: 9 } } };
  await ok(city.put(`/v1/installs/${id}/settings`, declined, admin));
  await ok(city.post(`/v1/installs/${id}/trials`, {}, admin));
  const put = (to: string) => city.post(`/v1/installs/${id}/state`, { to }, admin);
  await ok(put("proposed"));
  expect((await put("shadow")).status).toBe(409);
  for (const as of [admin, officer]) await ok(city.post(`/v1/installs/${id}/approvals`, {}, as));
  await ok(put("shadow"));

  // In shadow it is told, and what it proposes is written down and not done.
  await count(city, "2026-11-10", 25);
  const [first] = await soon(
    async () => heard,
    (all) => all.length === 1,
  );
  expect(first!.hansa).toMatchObject({ isShadow: true, config: { litres: 9 } });
  expect(first!.data.meterIds).toEqual([meterId]);
  const row = (meter: string) => ({ scope: "own.rows:write", about: "found", fields: { meter, litres: 25 } });
  const shadow = await ok<object>(call(city, "effects", first!.hansa.calls.token, { effects: [row(meterId)] }));
  expect(shadow).toEqual({ outcome: "shadow", effects: 1 });
  const table = () => ok<{ rows: object[] }>(city.get(`/v1/installs/${id}/tables/found`, admin));
  expect((await table()).rows).toEqual([]);

  // In service.
  await ok(put("active"));
  await count(city, "2026-11-11", 30);
  const [, second] = await soon(
    async () => heard,
    (all) => all.length === 2,
  );
  const { token } = second!.hansa.calls;
  const { rows } = await ok<{ rows: { hour: number; quantity: number }[] }>(
    call(city, "reads", token, { read: "hours" }),
  );
  expect(new Set(rows.map(({ hour }) => hour))).toEqual(new Set([0, 1, 2]));
  const why = async (answer: Response) => ((await answer.json()) as { detail: string }).detail;
  const refused: [string, Response, number, RegExp][] = [
    ["declined", await call(city, "reads", token, { read: "days" }), 422, /declined/],
    ["not declared", await call(city, "reads", token, { read: "people" }), 422, /It declares hours, days/],
    [
      "another meter",
      await call(city, "effects", token, {
        effects: [{ scope: "alarms.alarms:raise", about: "mtr_01JD8Q6Z3W8M6W1YB1M0Q4S7XK", fields: { text: "drip" } }],
      }),
      422,
      /not_named/,
    ],
    [
      "not granted",
      await call(city, "effects", token, {
        effects: [{ scope: "accounts.holders:tell", about: meterId, fields: { text: "drip" } }],
      }),
      422,
      /not_granted/,
    ],
    [
      "half of it",
      await call(city, "effects", token, {
        effects: [row(meterId), { scope: "own.rows:write", about: "other", fields: {} }],
      }),
      422,
      /not_named/,
    ],
    ["another city", await call(other, "reads", token, { read: "hours" }), 401, /ten minutes/],
    ["no token", await call(city, "reads", "rt_x.y", { read: "hours" }), 401, /ten minutes/],
    ["an administrator", await city.post("/v1/remote/reads", { read: "hours" }, admin), 401, /ten minutes/],
    ["elsewhere", await city.get("/v1/installs", { as: { token } }), 401, /Sign in/],
  ];
  for (const [what, answer, wanted, says] of refused) {
    expect(answer.status, what).toBe(wanted);
    expect(await why(answer), what).toMatch(says);
  }
  expect((await table()).rows).toEqual([]);

  const effects = [row(meterId), { scope: "alarms.alarms:raise", about: meterId, fields: { text: "drip", value: 25 } }];
  expect(await ok(call(city, "effects", token, { effects }))).toEqual({ outcome: "done", effects: 2 });
  expect(await ok(call(city, "effects", token, { effects }))).toEqual({ outcome: "done", effects: 2 });
  expect((await call(city, "effects", token, { effects: [row(meterId)] })).status).toBe(409);
  expect((await table()).rows).toEqual([{ meter: meterId, litres: 25 }]);
  const { alarms } = await ok<{ alarms: object[] }>(city.get("/v1/alarms", admin));
  expect(alarms).toHaveLength(1);

  // Everybody sees where it goes and how much of it went.
  const seen = await ok<{ modules: { hosts: string[]; given: { given: { id: string; rows: number }[] }[] }[] }>(
    city.get("/v1/transparency?days=2", { as: "nobody" }),
  );
  expect(seen.modules[0]!.hosts).toEqual(["drips.example"]);
  expect(seen.modules[0]!.given.flatMap(({ given }) => given)).toMatchObject([
    { id: "drips/hours", rows: rows.length },
  ]);
  const browser = await city.browser("administrator");
  expect(await (await browser.get("/transparency?lang=en")).text()).toContain("Data leave the city, to drips.example");

  // The log, and telling again what was not taken.
  status = 302;
  await count(city, "2026-11-12", 30);
  const log = () =>
    ok<{ publicKey: string; deliveries: { state: string; toldAt: string; tries: { status: number }[] }[] }>(
      city.get(`/v1/installs/${id}/deliveries`, admin),
    );
  const { deliveries, publicKey } = await soon(log, (all) => all.deliveries[0]?.tries[0]?.status === 302);
  expect(publicKey).toMatch(/^whpk_/);
  expect(deliveries.map(({ state }) => state)).toEqual(["waiting", "delivered", "delivered"]);
  status = 204;
  const today = new Date().toISOString().slice(0, 10);
  const page = `/staff/modules/${name}/deliveries`;
  expect(await (await browser.get(`${page}?lang=en`)).text()).toContain("drips.example");
  const again = await browser.submit(page, { from: today, to: today }, page);
  expect(again.headers.get("location")).toContain("done=3");
  await soon(log, (all) => all.deliveries.every(({ state }) => state === "delivered"));
  const range = { from: "2026-11-02T00:00:00Z", to: "2026-11-01T00:00:00Z" };
  expect((await city.post(`/v1/installs/${id}/deliveries/replay`, range, admin)).status).toBe(422);
  expect((await other.get(`/v1/installs/${id}/deliveries`, admin)).status).toBe(404);
  expect((await other.post(`/v1/installs/${id}/deliveries/replay`, { ...range, to: range.from }, admin)).status).toBe(
    404,
  );

  // Once more is declined, or it is suspended, the token of before is of no use.
  const { token: last } = heard.at(-1)!.hansa.calls;
  await ok(put("suspended"));
  expect((await call(city, "reads", last, { read: "hours" })).status).toBe(401);
  expect((await city.delete(`/v1/installs/${id}`, admin)).status).toBe(204);
  expect((await city.get(`/v1/installs/${id}/deliveries`, admin)).status).toBe(404);
});

/** A city with a meter that runs the module in shadow. */
async function inShadow(name: string) {
  const city = await newCity({ timeZone: "UTC", languages: ["en"] });
  await ok(city.post("/v1/meters", { serial: "W1", kind: "water", registerUnit: "m3" }, { as: "agent" }));
  const { id } = await ok<{ id: string }>(city.post("/v1/installs", { module: name }, admin));
  const put = (to: string) => ok(city.post(`/v1/installs/${id}/state`, { to }, admin));
  await ok(city.post(`/v1/installs/${id}/trials`, {}, admin));
  await put("proposed");
  for (const as of [admin, officer]) await ok(city.post(`/v1/installs/${id}/approvals`, {}, as));
  await put("shadow");
  let day = 10;
  const tokenOfNext = async () => {
    const before = heard.length;
    await count(city, `2026-11-${day++}`, 25);
    await soon(
      async () => heard,
      (all) => all.length > before,
    );
    return heard.at(-1)!.hansa.calls.token;
  };
  const rows = async () => (await ok<{ rows: object[] }>(city.get(`/v1/installs/${id}/tables/found`, admin))).rows;
  return { city, id, put, tokenOfNext, rows };
}

// Guards against a change of version that loses what a city has, or stops with half of it changed.
test("a change of version converts rows as the version says, or names the row that it cannot and changes nothing", async () => {
  const publisher = await newPublisher();
  const name = `${publisher.name}/drips`;
  const asText = [
    { name: "meter", type: "string" },
    { name: "volume", type: "string" },
  ];
  const converts = { litres: { from: "volume" }, kind: { otherwise: "water" } };
  const asFigures = [...FOUND, { name: "kind", type: "string", constraints: { required: true } }];
  expect((await publisher.publish(moduleOf(name, "1.0.0", asText))).status).toBe(201);
  const bare = await publisher.publish(moduleOf(name, "1.1.0", asFigures));
  expect(bare).toMatchObject({ status: 422, answer: { detail: expect.stringContaining("does not fit") } });
  const { city, id, put, tokenOfNext, rows } = await inShadow(name);
  await put("active");
  const keep = async (...given: [meter: string, volume: string][]) => {
    const effects = given.map(([meter, volume]) => ({
      scope: "own.rows:write",
      about: "found",
      fields: { meter, volume },
    }));
    await ok(call(city, "effects", await tokenOfNext(), { effects }));
  };
  await keep(["A", "25"], ["B", "about 3"], ["C", "7.5"]);
  const before = await rows();
  expect((await publisher.publish(moduleOf(name, "1.1.0", asFigures, { converts }))).status).toBe(201);
  await ok(city.post(`/v1/installs/${id}/trials`, { version: "1.1.0" }, admin));
  // It asks for what was agreed to already: nobody who did is asked again.
  const console = await (await (await city.browser("administrator")).get(`/staff/modules/${name}`)).text();
  expect(console).toContain("1.1.0");
  expect(console).not.toContain("/approvals");
  const to = () => city.post(`/v1/installs/${id}/version`, { version: "1.1.0" }, admin);
  const refused = (await (await to()).json()) as { status: number; detail: string };
  expect(refused.status).toBe(409);
  expect(refused.detail).toMatch(/row B of found cannot .* 1\.1\.0.* column litres\. Nothing was changed/);
  const install = () => ok<{ version: string; state: string; change?: object }>(city.get(`/v1/installs/${id}`, admin));
  expect(await install()).toMatchObject({ version: "1.0.0", state: "active" });
  expect((await install()).change).toBeUndefined();
  expect(await rows()).toEqual(before);

  // Once it says what can be read, all of it goes on.
  await keep(["B", "3"]);
  await ok(to());
  expect(await install()).toMatchObject({ version: "1.1.0", state: "shadow" });
  const kind = "water";
  expect(await rows()).toEqual([
    { meter: "A", litres: 25, kind },
    { meter: "B", litres: 3, kind },
    { meter: "C", litres: 7.5, kind },
  ]);
  const { seen } = await ok<{ seen: string }>(city.get(`/v1/installs/${id}/rollback`, admin));
  await ok(city.post(`/v1/installs/${id}/rollback`, { seen }, admin));
  expect(await rows()).toEqual(
    before.map((row) => ("B" === (row as { meter: string }).meter ? { meter: "B", volume: "3" } : row)),
  );
});

// Guards against a vendor who was told something in shadow and has it done in service, or goes on after a suspension.
test("a token of shadow is nothing in service, and none outlives what the module was when it was given", async () => {
  const publisher = await newPublisher();
  const name = `${publisher.name}/drips`;
  expect((await publisher.publish(moduleOf(name))).status).toBe(201);
  const { city, id, put, tokenOfNext, rows } = await inShadow(name);
  const effects = [{ scope: "own.rows:write", about: "found", fields: { meter: "W1", litres: 25 } }];
  const statuses = async (token: string) => [
    (await call(city, "reads", token, { read: "hours" })).status,
    (await call(city, "effects", token, { effects })).status,
  ];
  const ofShadow = await tokenOfNext();
  expect((await call(city, "reads", ofShadow, { read: "hours" })).status).toBe(200);
  await put("active");
  expect(await statuses(ofShadow)).toEqual([401, 401]);
  const first = await tokenOfNext();
  expect((await call(city, "reads", first, { read: "hours" })).status).toBe(200);
  await put("suspended");
  expect(await statuses(first)).toEqual([401, 401]);
  await put("active");
  expect(await statuses(first)).toEqual([401, 401]);

  // What is granted is what is granted now, not when it was told.
  const last = await tokenOfNext();
  const settings = { parts: ["drips", "drip", "found"], declined: ["drips/days"], config: {} };
  await ok(city.put(`/v1/installs/${id}/settings`, settings, admin));
  expect(await statuses(last)).toEqual([401, 401]);
  expect(await rows()).toEqual([]);

  // A token whose words were changed is another city's or nobody's; to either the answer is the same as to none.
  const [, body = "", mac = ""] = /^rt_([^.]+)\.(.+)$/.exec(last) ?? [];
  const says = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as object;
  const otherInstall = Buffer.from(JSON.stringify({ ...says, install: city.id("ins") })).toString("base64url");
  const told = async (answer: Response) => {
    const { instance: _, ...problem } = (await answer.json()) as Record<string, unknown>;
    return problem;
  };
  const none = await told(await city.post("/v1/remote/reads", { read: "hours" }));
  expect(none).toMatchObject({ status: 401 });
  expect(await told(await call(city, "reads", `rt_${otherInstall}.${mac}`, { read: "hours" }))).toEqual(none);
  expect(await told(await call(await newCity(), "reads", last, { read: "hours" }))).toEqual(none);
  expect((await city.delete(`/v1/installs/${id}`, admin)).status).toBe(204);
  expect(await statuses(last)).toEqual([401, 401]);
});
