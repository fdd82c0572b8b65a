import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operatorLink } from "../../functions/control/operators.ts";
import { startAllStandIns } from "../../functions/local/stand-ins.ts";
import { type LocalHouse, startHouse } from "../../functions/local.ts";
import type { StandIns } from "../../functions/payments/stand-in/hub.ts";
import { newCity, speakTo, type TestCity } from "../city.ts";
import { json, litres, type MadeSource, newDecoder, newMeter, newSource, signed } from "../lorawan.ts";
import { operatorToken } from "../setup/target.ts";

const EUI = "0004A30B001C0530";
const MINUTE_MS = 60_000;
const SEED = 20_261_125;
let ahead = 0;
const now = () => new Date(Date.now() + ahead);
const data = mkdtempSync(join(tmpdir(), "hansa-gaps-"));
let hub: StandIns;
let house: LocalHouse;

beforeAll(async () => {
  hub = await startAllStandIns({ now, seed: SEED });
  const env = { PORT: "0", HANSA_DATA: data, HANSA_STAND_INS: hub.url, HANSA_LOG: "silent" };
  house = await startHouse(env, { now });
  const link = await operatorLink(house.house, house.url);
  speakTo({ url: house.url, operatorToken: await operatorToken(house.url, link) });
});
afterAll(async () => {
  await house.stop();
  await hub.stop();
  rmSync(data, { recursive: true, force: true });
});

const gaps = async (city: TestCity, state: string) =>
  (await json(await city.get(`/v1/readings/gaps?state=${state}`, { as: "agent" })))["gaps"] as {
    id: string;
    kind: string;
    frames: number;
    missing: [number, number][];
    device: string;
  }[];

/** A city whose water meter sends through the stand-in of the network, and the weather between them. */
async function networked(storage: boolean) {
  const city = await newCity();
  const decoderId = await newDecoder(city);
  const meter = await newMeter(city, EUI);
  const source = await newSource(city, "tts", { decoderId });
  const application = city.slug;
  const standIn = (path: string, body: object) =>
    fetch(`${hub.url}/tts${path}`, { method: "POST", body: JSON.stringify(body) });
  await standIn(`/_applications/${application}`, {
    url: city.url + source.path,
    headers: { "X-Source-Secret": source.secret },
    apiKey: "NNSXS.TEST",
  });
  if (storage) {
    const kept = await city.put(
      `/v1/readings/sources/${source.id}/storage`,
      { server: "https://eu1.cloud.thethings.example", apiKey: "NNSXS.TEST" },
      { as: "administrator" },
    );
    expect(await json(kept)).toMatchObject({ storage: { server: "https://eu1.cloud.thethings.example" } });
  }
  const beganAt = now().getTime() - 100 * MINUTE_MS;
  const send = async (frame: number, count: number) => {
    const at = new Date(beganAt + frame * MINUTE_MS).toISOString();
    const frm_payload = litres(count).toString("base64");
    const sent = await standIn(`/_uplinks/${application}`, { dev_eui: EUI, f_cnt: frame, f_port: 2, frm_payload, at });
    expect(sent.status).toBe(202);
  };
  const arrived = async () => {
    while (hub.underway() > 0) await new Promise((resume) => setTimeout(resume, 10));
  };
  return { city, meter, source, send, arrived };
}
const frames = async (city: TestCity, meter: string) => {
  const from = new Date(now().getTime() - 2 * 86_400_000).toISOString();
  const answer = await json(
    await city.get(`/v1/meters/${meter}/readings?from=${from}&grain=interval`, { as: "agent" }),
  );
  return (answer["readings"] as { quantity: number }[]).map(({ quantity }) => quantity);
};
const refused = async (city: TestCity, { id }: MadeSource) =>
  (
    (await json(await city.get(`/v1/readings/sources/${id}/refusals`, { as: "agent" })))["refusals"] as {
      code: string;
    }[]
  ).map(({ code }) => code);

// Guards against readings that a webhook lost for good, as it is tried at most once.
test("what the weather lost is told as a gap, asked of the storage, and then all of it is there, once", async () => {
  const { city, meter, source, send, arrived } = await networked(true);
  const COUNT = 40;
  await send(0, 100);
  await arrived();
  Object.assign(hub.weather, { drop: 0.3, duplicate: 0.3, shuffle: true });
  for (let frame = 1; frame < COUNT; frame++) await send(frame, 100 + frame * 3);
  await arrived();
  Object.assign(hub.weather, { drop: 0, duplicate: 0, shuffle: false });
  await send(COUNT, 100 + COUNT * 3);
  await arrived();
  const [gap, ...more] = await gaps(city, "open");
  expect(more).toEqual([]);
  expect(gap).toMatchObject({ kind: "frames", device: EUI });
  const missing = gap!.missing.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  expect(missing).toBeGreaterThan(3);
  expect(await frames(city, meter)).toHaveLength(COUNT - missing);

  // The storage is away at first: the task is tried again, and the source's report says so.
  hub.weather.isAway = true;
  ahead += 2 * MINUTE_MS;
  await house.house.deliver(city.slug);
  expect(await gaps(city, "open")).toHaveLength(1);
  expect(await refused(city, source)).toContain("backfill");
  hub.weather.isAway = false;
  ahead += MINUTE_MS;
  await house.house.deliver(city.slug);
  expect(await gaps(city, "open")).toEqual([]);
  expect(await gaps(city, "closed")).toMatchObject([{ id: gap!.id, missing: [] }]);
  expect(await frames(city, meter)).toEqual(Array(COUNT).fill(3));
  const told = await json(await city.get("/v1/events?limit=100", { as: "administrator" }));
  expect(JSON.stringify(told)).toContain("meters.gap_closed.v1");
});

test("without a storage the gap is told and stays; what comes late closes it", async () => {
  const { city, send, arrived, source, meter } = await networked(false);
  for (const frame of [0, 1, 4]) {
    await send(frame, frame * 2);
    await arrived();
  }
  ahead += 2 * MINUTE_MS;
  await house.house.deliver(city.slug);
  expect(await gaps(city, "open")).toMatchObject([{ frames: 2, missing: [[2, 3]] }]);
  for (const frame of [3, 2]) await send(frame, frame * 2);
  await arrived();
  expect(await gaps(city, "open")).toEqual([]);
  expect(await frames(city, meter)).toEqual([2, 2, 2, 2]);

  // It should speak every three hours, and does not.
  await city.put(`/v1/readings/sources/${source.id}/devices/${EUI}`, { everyS: 3 * 3_600 }, { as: "agent" });
  ahead += 30 * MINUTE_MS;
  await house.house.deliver(city.slug);
  expect(await gaps(city, "open")).toEqual([]);
  ahead += 7 * 60 * MINUTE_MS;
  await house.house.deliver(city.slug);
  expect(await gaps(city, "open")).toMatchObject([{ kind: "silence", device: EUI }]);
  await house.house.deliver(city.slug);
  await send(5, 20);
  await arrived();
  expect(await gaps(city, "open")).toEqual([]);
});

test("a program that should deliver each hour and does not is missed, until it delivers again", async () => {
  const city = await newCity();
  await newMeter(city, "W-1");
  const source = await newSource(city, "batches");
  await city.put(`/v1/readings/sources/${source.id}/devices/deliveries`, { everyS: 3_600 }, { as: "agent" });
  const send = async (delivery: string) => {
    const atS = Math.floor(now().getTime() / 1000);
    const body = JSON.stringify({ delivery, readings: [["W-1", atS, 1]] });
    const answer = await city.post(source.path, body, { headers: signed(source.secret, body, atS) });
    expect(answer.status, await answer.clone().text()).toBe(201);
  };
  await send("1");
  for (const [minutes, count] of [
    [90, 0],
    [60, 1],
  ] as const) {
    ahead += minutes * MINUTE_MS;
    await house.house.deliver(city.slug);
    expect(await gaps(city, "open")).toHaveLength(count);
  }
  await send("2");
  expect(await gaps(city, "open")).toEqual([]);
  expect(await gaps(city, "closed")).toMatchObject([{ kind: "silence", device: "deliveries" }]);
});

// Guards against intervals that a head end lost without anybody hearing of it, and a gap that stays when they have come.
test("intervals that are missing in signed batches are a gap of their source's day, until a late batch fills it", async () => {
  const city = await newCity();
  for (const serial of ["W-1", "W-2"]) await newMeter(city, serial);
  const source = await newSource(city, "batches", { askAt: "https://head-end.example/missing" });
  const hourS = 3_600;
  const midnightS = Math.floor(now().getTime() / 86_400_000) * 86_400 - 2 * 86_400;
  const send = async (delivery: string, hours: readonly number[]) => {
    const readings = hours.flatMap((hour) => ["W-1", "W-2"].map((meter) => [meter, midnightS + hour * hourS, 1]));
    const body = JSON.stringify({ delivery, interval: hourS, readings });
    const atS = Math.floor(now().getTime() / 1000);
    const answer = await city.post(source.path, body, { headers: signed(source.secret, body, atS) });
    expect(answer.status, await answer.clone().text()).toBe(201);
    ahead += 20 * MINUTE_MS;
    await house.house.deliver(city.slug);
  };
  await send("1", [0, 1, 2]);
  expect(await gaps(city, "open")).toEqual([]);
  await send("2", [6, 7]);
  const open = await gaps(city, "open");
  const from = new Date((midnightS + 3 * hourS) * 1000).toISOString();
  expect(open).toMatchObject([{ kind: "intervals", sourceId: source.id, intervals: 6, meters: 2, from }]);
  const agent = await city.browser("agent");
  expect(await (await agent.get("/staff/meters/gaps?lang=en")).text()).toContain("Intervals: 6; meters: 2");
  ahead += 2 * MINUTE_MS;
  await house.house.deliver(city.slug);
  const page = await (await agent.get(`/staff/meters/gaps/${open[0]!.id}?lang=en`)).text();
  expect(page).toContain("W-2");
  expect(page).toContain("at its address");

  // It was asked at its address, signed as it signs, and finds the same in its list.
  const asked = await json(await fetch(`${hub.url}/tts/_asked/${source.id}`));
  const { headers, body } = asked as { headers: Record<string, string>; body: string };
  const signature = signed(source.secret, body, Number(headers["webhook-timestamp"]), headers["webhook-id"]!);
  // Ours come with one that is nobody's in front, as while a secret is replaced.
  expect(signature["webhook-signature"].split(" ")).toContain(headers["webhook-signature"]);
  const to = new Date((midnightS + 6 * hourS) * 1000).toISOString();
  const intervals = ["W-1", "W-2"].map((serial) => ({ serial, from, to, intervalS: hourS }));
  expect(JSON.parse(body)).toMatchObject({ type: "meters.missing", gap: { id: open[0]!.id }, intervals });
  const list = `/v1/readings/sources/${source.id}/missing`;
  const found = await json(await city.get(list, { headers: { "X-Source-Secret": source.secret } }));
  expect(found).toMatchObject({ requests: [{ gap: { id: open[0]!.id }, intervals, isMore: false }] });
  expect((await city.get(list, { headers: { "X-Source-Secret": "whsec_other" } })).status).toBe(401);
  const again = await city.post(`/v1/readings/gaps/${open[0]!.id}/ask`, {}, { as: "agent" });
  expect(again.status).toBe(202);

  await send("3", [4]);
  expect(await gaps(city, "open")).toMatchObject([{ id: open[0]!.id, intervals: 4 }]);
  await send("4", [3, 5]);
  expect(await gaps(city, "open")).toEqual([]);
  expect(await gaps(city, "closed")).toMatchObject([{ id: open[0]!.id, intervals: 0, meters: 0 }]);
});

test("a hole in a file is a gap of who sent it, who finds it in a list and closes it by any way", async () => {
  const city = await newCity();
  await newMeter(city, "W-1");
  const sent = async (hours: readonly number[], day = "2026-11-01") => {
    const rows = hours.map((hour) => `W-1,${day}T0${hour}:00:00Z,1`);
    const csv = ["meter,time,m3", ...rows].join("\n");
    const headers = { "Content-Type": "text/csv" };
    const answer = await city.post("/v1/readings", csv, { as: "agent", headers });
    expect(answer.status, await answer.clone().text()).toBe(201);
    await house.house.deliver(city.slug);
  };
  const requests = async () =>
    (await json(await city.get("/v1/readings/missing", { as: "agent" })))["requests"] as object[];
  await sent([0, 1, 4]);
  const missing = { serial: "W-1", from: "2026-11-01T02:00:00.000Z", to: "2026-11-01T04:00:00.000Z" };
  expect(await requests()).toMatchObject([{ intervals: [missing] }]);
  const [gap] = await gaps(city, "open");
  const other = await newCity();
  for (const path of [`/v1/readings/gaps/${gap!.id}`, `/v1/readings/gaps/${gap!.id}/missing`])
    expect((await other.get(path, { as: "agent" })).status).toBe(404);
  await sent([2, 3]);
  expect(await requests()).toEqual([]);
  const closed = await city.post(`/v1/readings/gaps/${gap!.id}/ask`, {}, { as: "agent" });
  expect(closed.status).toBe(409);

  // Two that come after a newer one, with a hole between them and another behind them.
  const missingNow = async () =>
    (await requests()).flatMap((request) => (request as { intervals: object[] }).intervals);
  const hole = (from: number, to: number) => ({
    from: `2026-10-05T0${from}:00:00.000Z`,
    to: `2026-10-05T0${to}:00:00.000Z`,
  });
  await sent([0, 1], "2026-10-05");
  expect(await missingNow()).toEqual([]);
  await sent([7, 8], "2026-10-05");
  expect(await missingNow()).toMatchObject([hole(2, 7)]);
  await sent([4, 5], "2026-10-05");
  expect(await missingNow()).toMatchObject([hole(2, 4), hole(6, 7)]);
  await sent([2, 3], "2026-10-05");
  await sent([5, 6], "2026-10-05");
  expect(await missingNow()).toEqual([]);
});

// Guards against a program that is missed and cannot learn what it missed, and staff who have nothing to send it.
test("who delivers with a key finds with that key what is missing of it, and staff have a text to send on", async () => {
  const city = await newCity({ languages: ["en", "fr", "ar"] });
  const agent = await city.browser("agent");
  await newMeter(city, "W-1");
  const keyFor = async (name: string, scope: string) => {
    const answer = await city.post("/v1/keys", { name, scopes: [scope] }, { as: "administrator" });
    return { headers: { Authorization: `Bearer ${(await json(answer))["secret"] as string}` } };
  };
  const head = await keyFor("Head end <A>", "meters.readings:write");
  const other = await keyFor("Head end B", "meters.readings:write");
  const reader = await keyFor("Reader", "meters.readings:read");
  const send = async (hours: readonly number[], asBatch: boolean) => {
    const times = hours.map((hour) => `2026-11-01T0${hour}:00:00Z`);
    const csv = ["meter,time,m3", ...times.map((at) => `W-1,${at},1`)].join("\n");
    const batch = { delivery: hours.join("-"), interval: 3_600, readings: times.map((at) => ["W-1", at, 1]) };
    const answer = asBatch
      ? await city.post("/v1/readings/batches", batch, head)
      : await city.post("/v1/readings", csv, { headers: { ...head.headers, "Content-Type": "text/csv" } });
    expect(answer.status, await answer.clone().text()).toBe(201);
    ahead += 20 * MINUTE_MS;
    await house.house.deliver(city.slug);
  };
  const missing = async (key: typeof head) => (await json(await city.get("/v1/readings/missing", key)))["requests"];
  await send([0, 1, 4], false);
  await send([7], true);
  const holes = [
    { serial: "W-1", from: "2026-11-01T02:00:00.000Z", to: "2026-11-01T04:00:00.000Z", intervalS: 3_600 },
    { serial: "W-1", from: "2026-11-01T05:00:00.000Z", to: "2026-11-01T07:00:00.000Z", intervalS: 3_600 },
  ];
  expect(await missing(head)).toMatchObject([{ intervals: holes, isMore: false }]);
  expect(await missing(other)).toEqual([]);
  expect((await city.get("/v1/readings/missing", reader)).status).toBe(403);

  const [gap] = await gaps(city, "open");
  expect(await (await agent.get("/staff/meters/gaps?lang=en")).text()).toContain("Head end &lt;A&gt;");
  for (const [lang, words] of [
    ["en", "Readings that you deliver with the key"],
    ["fr", "Des relevés que vous livrez avec la clé"],
    ["ar", "تنقص قراءات تسلّمونها بالمفتاح"],
  ] as const) {
    const page = await (await agent.get(`/staff/meters/gaps/${gap!.id}?lang=${lang}`)).text();
    expect(page).toContain(words);
    expect(page).toContain("/v1/readings/missing");
    expect(page).toContain(`W-1  ${holes[0]!.from} / ${holes[0]!.to}  3600 s`);
    expect(page).toContain("mailto:?subject=");
  }
  await send([2, 3], true);
  await send([5, 6], false);
  expect(await missing(head)).toEqual([]);
  expect(await (await agent.get(`/staff/meters/gaps/${gap!.id}?lang=en`)).text()).not.toContain("mailto:");
});
