import { createPublicKey, verify } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { approvalsNeeded, asksOf } from "../../marketplace/contract/asks.ts";
import { RemotePart } from "../../marketplace/contract/hooks.ts";
import { defineModule } from "../../marketplace/contract/module.ts";
import type { Part } from "../../marketplace/contract/parts.ts";
import { hostsReached, labelOf, saysOf } from "../../marketplace/contract/says.ts";
import { deliveryLog } from "../../marketplace/installs/deliveries.ts";
import { EveningBegan } from "../../marketplace/installs/events.ts";
import { demandSameStanding, newRemoteToken, readRemoteToken } from "../../marketplace/installs/remote-token.ts";
import { runStore } from "../../marketplace/installs/run-store.ts";
import { remove, step } from "../../marketplace/installs/steps.ts";
import { installStore } from "../../marketplace/installs/store.ts";
import { webhookKey } from "../../marketplace/installs/webhook.ts";
import { deliverDue, WAITS_S } from "../../shared/courier.ts";
import { told } from "../../shared/events.ts";
import { LANGS } from "../../shared/texts.ts";
import { letRun } from "../running.ts";
import { innerHouse } from "../setup/inner.ts";

const en = (words: string) => ({ en: words });
const purpose = en("to plan the rounds");
const part = (more: object = {}): Part =>
  RemotePart.parse({
    ...{ kind: "remote", id: "rounds", title: en("Rounds") },
    on: { event: EveningBegan.type, purpose },
    effects: [{ scope: "own.rows:write", purpose }],
    address: "https://hooks.rounds.example/hansa",
    ...more,
  });
const moduleOf = (...parts: Part[]) =>
  defineModule({
    manifest: {
      ...{ contract: 1, name: "acme/rounds", version: "1.0.0", licence: "MIT" },
      ...{ title: en("Rounds"), summary: en("Rounds") },
    },
    parts: [
      ...parts,
      {
        ...{ kind: "dataset", id: "rows", title: en("Rows"), card: { description: en("Rows"), licence: "CC0-1.0" } },
        schema: { fields: [{ name: "n", type: "number" }] },
      },
    ],
  });

// Guards against a label that hides where data go, and against one person sending them there.
test("data that leave are said with their hosts, and two persons approve them whatever their class", () => {
  const module = moduleOf(part());
  expect(labelOf(module)).toBe("data_leaves");
  expect(hostsReached(module)).toEqual(["hooks.rounds.example"]);
  for (const lang of LANGS) expect(saysOf(module, lang).at(-1)).toContain("hooks.rounds.example");
  const asks = asksOf(module.parts);
  expect(asks.every((one) => one.class === "operational")).toBe(true);
  expect(approvalsNeeded(asks)).toBe(2);
  const elsewhere = asksOf([part({ address: "https://other.example/hansa" })]);
  expect(elsewhere[0]!.to).toEqual(["other.example"]);
});

test("a remote part has one public https address", () => {
  for (const address of [
    "http://hooks.rounds.example/",
    "https://10.0.0.8/",
    "https://169.254.169.254/latest",
    "https://[::1]/",
    "https://localhost/",
    "https://printer.local/",
    "https://user:secret@hooks.rounds.example/",
    "ftp://hooks.rounds.example/",
  ])
    expect(() => part({ address }), address).toThrow();
});

describe("a remote part in a city", () => {
  let inner: Awaited<ReturnType<typeof innerHouse>>;
  let server: Server;
  let answers: (status: number, headers?: Record<string, string>) => void;
  const heard: { headers: Record<string, string>; path: string; body: string }[] = [];
  beforeAll(async () => {
    inner = await innerHouse();
    let [status, headers]: [number, Record<string, string>] = [204, {}];
    answers = (next, more = {}) => {
      [status, headers] = [next, more];
    };
    server = createServer((request, answer) => {
      const parts: Buffer[] = [];
      request.on("data", (some: Buffer) => parts.push(some));
      request.on("end", () => {
        const body = Buffer.concat(parts).toString("utf8");
        heard.push({ headers: request.headers as Record<string, string>, path: request.url ?? "", body });
        answer.writeHead(status, headers).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    await inner.stop();
  });
  beforeEach(() => {
    heard.length = 0;
    answers(204);
  });

  /** A city with the module let run, whose synthetic vendor is this test's server. */
  async function city(more: object = {}, isTold = true) {
    const { here, at, id, listeners } = await letRun(inner, moduleOf(part(more)));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (isTold) Object.assign(here, { settings: { ...here.settings, HANSA_REMOTE_STAND_IN: url } });
    const taskers = inner.house.rooms.flatMap(({ tasks }) => tasks);
    const turn = () => deliverDue(here, listeners, taskers);
    const evening = async () => {
      await here.commit(
        [],
        [told(EveningBegan, "2026-11-26", { day: "2026-11-26", tomorrow: "2026-11-27", weekday: 5 })],
      );
      await turn();
    };
    const log = async () => (await deliveryLog(here).list(id, { limit: 50 })).deliveries;
    const install = async () => (await installStore(here).find("acme/rounds"))!;
    return { here, at, id, turn, evening, log, install };
  }

  // Guards against a vendor who cannot tell the city's word from a stranger's, or is told by another city's key.
  test("it is told by a Standard Webhook that its key proves, once", async () => {
    const one = await city();
    await one.evening();
    await one.turn();
    expect(heard).toHaveLength(1);
    const [{ headers, path, body }] = heard as [(typeof heard)[number]];
    expect(path).toBe("/hansa");
    const said = JSON.parse(body) as { type: string; data: object; timestamp: string; hansa: { isShadow: boolean } };
    expect(said).toMatchObject({ type: EveningBegan.type, data: { weekday: 5 }, hansa: { isShadow: false } });
    const key = await webhookKey(one.here, one.id);
    expect(key).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
    const raw = Buffer.from(key.slice("whpk_".length), "base64");
    const publicKey = createPublicKey({
      key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") },
      format: "jwk",
    });
    const [version, signature] = headers["webhook-signature"]!.split(",") as [string, string];
    expect(version).toBe("v1a");
    expect(headers["webhook-id"]).not.toContain(".");
    const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
    expect(verify(null, signed, publicKey, Buffer.from(signature, "base64"))).toBe(true);
    expect(verify(null, Buffer.from(`${signed}x`), publicKey, Buffer.from(signature, "base64"))).toBe(false);
    expect(Number(headers["webhook-timestamp"])).toBe(Math.floor(one.at.now.getTime() / 1000));
    expect(await one.log()).toMatchObject([{ state: "delivered", tries: [{ status: 204 }] }]);
    const other = await city();
    expect(await webhookKey(other.here, one.id)).not.toBe(key);
    expect(await webhookKey(one.here, other.id)).not.toBe(key);
    // What was caught on its way is not said again under another time or number.
    for (const forged of [
      `${headers["webhook-id"]}.${Number(headers["webhook-timestamp"]) + 600}.${body}`,
      `msg_other.${headers["webhook-timestamp"]}.${body}`,
    ])
      expect(verify(null, Buffer.from(forged), publicKey, Buffer.from(signature, "base64"))).toBe(false);

    // Told again by range, it has the same number, and a time of its own.
    const { toldAt } = (await one.log())[0]!;
    expect(await deliveryLog(one.here).replay(one.id, toldAt, toldAt)).toEqual({ planned: 1 });
    one.at.now = new Date(one.at.now.getTime() + 60_000);
    await one.turn();
    expect(heard[1]!.headers["webhook-id"]).toBe(headers["webhook-id"]);
    expect(heard[1]!.headers["webhook-timestamp"]).not.toBe(headers["webhook-timestamp"]);
    const later = new Date(Date.parse(toldAt) + 1_000).toISOString();
    expect(await deliveryLog(one.here).replay(one.id, later, later)).toEqual({ planned: 0 });
  });

  // Guards against data that are lost at the first trouble, and against asking for ever.
  test("what is not taken is tried again, eight times within a day, and then given up", async () => {
    const one = await city();
    answers(503);
    await one.evening();
    const began = one.at.now.getTime();
    const [{ headers }] = heard as [(typeof heard)[number]];
    for (const waitS of WAITS_S) {
      one.at.now = new Date(one.at.now.getTime() + waitS * 1_000);
      await one.turn();
    }
    // Evenings that came meanwhile are deliveries of their own.
    const delivery = (await one.log()).at(-1);
    expect(delivery).toMatchObject({ state: "parked" });
    expect(delivery!.tries.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 503));
    expect(one.at.now.getTime() - began).toBeLessThan(24 * 3_600_000);
    one.at.now = new Date(one.at.now.getTime() + 86_400_000);
    await one.turn();
    expect(heard.filter((one) => one.headers["webhook-id"] === headers["webhook-id"])).toHaveLength(8);
  });

  // Guards against a vendor that leads the city's data on to another host, or into the house's own network.
  test("a redirect is not followed, one that wants no more is asked no more, and a later time is respected", async () => {
    const one = await city();
    answers(302, { location: "http://127.0.0.1:1/" });
    await one.evening();
    expect(await one.log()).toMatchObject([{ state: "waiting", tries: [{ status: 302 }] }]);
    expect(heard).toHaveLength(1);
    answers(429, { "retry-after": "3600" });
    one.at.now = new Date(one.at.now.getTime() + 10_000);
    await one.turn();
    const [delivery] = await one.log();
    expect(Date.parse(delivery!.nextAt!) - one.at.now.getTime()).toBe(3_600_000);
    answers(410);
    one.at.now = new Date(one.at.now.getTime() + 3_600_000);
    await one.turn();
    expect(await one.log()).toMatchObject([{ state: "parked" }]);
  });

  // Guards against this machine being asked where nobody said so: by a synthetic city alone, by a setting alone.
  test("without the setting only its own host is asked, whatever it stands for", async () => {
    const one = await city({ address: `https://localhost.example/hansa` }, false);
    await one.evening();
    const [delivery] = await one.log();
    expect(delivery).toMatchObject({ state: "waiting", host: "localhost.example" });
    expect(delivery!.tries[0]!.reason).toMatch(/does not answer|no public/);
    expect(heard).toEqual([]);
    const real = await city();
    Object.assign(real.here, { city: { ...real.here.city, isSynthetic: false } });
    await real.evening();
    expect(heard).toEqual([]);
  });

  test("what is suspended is told nothing, and what leaves leaves no word of it", async () => {
    const one = await city();
    answers(503);
    await one.evening();
    await step(one.here, await one.install(), "suspended", "per_a");
    one.at.now = new Date(one.at.now.getTime() + 60_000);
    await one.turn();
    expect(heard).toHaveLength(1);
    expect(await one.log()).toMatchObject([
      { state: "parked", tries: [{ status: 503 }, { reason: "It is not in service." }] },
    ]);
    expect(await remove(one.here, await one.install(), "per_a")).toBe(true);
    expect(await one.log()).toEqual([]);
    const { items } = await one.here.table.query({ pk: "DUE", index: "gsi2", limit: 50 });
    expect(items.filter(({ pk }) => pk.includes(one.id))).toEqual([]);
  });

  // Guards against a token that outlives its ten minutes or its grant, or opens another city.
  test("a token holds for ten minutes, in its own city, for what is granted then", async () => {
    const one = await city({
      reads: [{ as: "own", scope: "own.tables:read", about: "rows", purpose, optional: true }],
    });
    const other = await city();
    const install = await one.install();
    const remote = moduleOf(
      part({ reads: [{ as: "own", scope: "own.tables:read", about: "rows", purpose, optional: true }] }),
    ).parts[0] as RemotePart;
    const { token } = await newRemoteToken(one.here, install, remote, "evt_1");
    const bearer = `Bearer ${token}`;
    const says = await readRemoteToken(one.here, bearer);
    expect(says).toMatchObject({ install: install.id, part: "rounds", event: "evt_1" });
    expect(() => demandSameStanding(says, install, remote)).not.toThrow();
    const declined = { ...install, settings: { ...install.settings, declined: ["rounds/own"] } };
    const later = new Date(one.at.now.getTime() + 1).toISOString();
    for (const changed of [
      declined,
      { ...install, state: "shadow" as const },
      { ...install, state: "suspended" as const },
      { ...install, activeSince: later },
    ])
      expect(() => demandSameStanding(says, changed, remote), changed.state).toThrow(/ten minutes/);
    await expect(readRemoteToken(other.here, bearer)).rejects.toThrow(/ten minutes/);
    for (const bad of [
      undefined,
      "",
      token,
      `Bearer ${token}x`,
      `Bearer x${token}`,
      `${bearer.slice(0, -1)}A`,
      "Bearer rt_a.b",
    ])
      if (bad !== bearer) await expect(readRemoteToken(one.here, bad), String(bad)).rejects.toThrow(/ten minutes/);
    const [head, body, mac] = [token.slice(0, 3), token.slice(3).split(".")[0]!, token.split(".")[1]!];
    const changed = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as { until: number };
    const longer = Buffer.from(JSON.stringify({ ...changed, until: changed.until + 1 })).toString("base64url");
    await expect(readRemoteToken(one.here, `Bearer ${head}${longer}.${mac}`)).rejects.toThrow(/ten minutes/);
    one.at.now = new Date(one.at.now.getTime() + 599_000);
    await readRemoteToken(one.here, bearer);
    one.at.now = new Date(one.at.now.getTime() + 2_000);
    await expect(readRemoteToken(one.here, bearer)).rejects.toThrow(/ten minutes/);
  });

  test("a budget of a day ends what it is told", async () => {
    const one = await city({ budget: { runsADay: 2, effectsADay: 1 } });
    for (let i = 0; i < 4; i++) await one.evening();
    expect(heard).toHaveLength(2);
    const { spent } = await runStore(one.here).standing(one.id, "rounds", "evt_none");
    expect(spent.runs).toBe(2);
  });
});
