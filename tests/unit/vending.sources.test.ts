import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAllStandIns } from "../../functions/local/stand-ins.ts";
import type { StandIns } from "../../functions/payments/stand-in/hub.ts";
import { sourceFor, vendingServerOf } from "../../functions/vending/sources/index.ts";
import {
  DeviceKey,
  keepDeviceKey,
  keepStsServer,
  madeUpKey,
  StsServer,
} from "../../functions/vending/sources/settings.ts";
import { testVendingKey } from "../../functions/vending/sources/sts/key.ts";
import type { TokenOrder, Wanted } from "../../functions/vending/token-source.ts";
import type { Here } from "../../shared/here.ts";
import { PaygoDevice } from "../meter/openpaygo.ts";
import { factoryKey, StsMeter } from "../meter/sts.ts";
import { innerHouse } from "../setup/inner.ts";

const KEY = { supplyGroup: "123456", keyRevision: 2, tariffIndex: "07", baseYear: 2014 as const };
const METER = { source: "sts" as const, number: "04257670465", resource: "electricity" as const, key: KEY };
const DEVICE = { source: "openpaygo" as const, number: "PUMP-7", resource: "water" as const };
const SERVER: StsServer = {
  url: "https://vending.example/xmlvend",
  clientId: "0000000000017",
  terminalId: "counter-1",
  operator: "city",
  password: "a password of the city",
};

let inner: Awaited<ReturnType<typeof innerHouse>>;
let standIns: StandIns;
beforeAll(async () => {
  [inner, standIns] = await Promise.all([innerHouse(), startAllStandIns()]);
});
afterAll(async () => {
  await inner.stop();
  await standIns.stop();
});

function cityOf(more: { isSynthetic?: boolean; hasStandIn?: boolean } = {}): Here {
  const { here } = inner.newHere({ isSynthetic: more.isSynthetic ?? true });
  const settings = { ...here.settings, HANSA_STAND_INS: more.hasStandIn === false ? undefined : standIns.url };
  return Object.assign(here, { settings });
}
const orderOf = (id: string, wants: Wanted, meter: TokenOrder["meter"] = METER, count = 0): TokenOrder => ({
  id,
  meter,
  wants,
  count,
  at: "2026-11-23T12:00:00.000Z",
});

describe("tokens of the STS", () => {
  test("come from the house's stand-in in a synthetic city, the same for the same order", async () => {
    const source = await sourceFor(cityOf(), "sts");
    const tokens = await source.issue(orderOf("one", { kind: "credit", tenths: 255 }));
    expect(await source.issue(orderOf("one", { kind: "credit", tenths: 255 }))).toEqual(tokens);
    expect(tokens.isTest).toBe(true);
    const meter = new StsMeter(factoryKey(testVendingKey(KEY), { number: METER.number, ...KEY }), "electricity");
    expect(meter.enter(tokens.digits[0]!)).toEqual({ is: "credited", tenths: 255 });
  });

  // Guards against a city that reads of, or vends for, another city's meters.
  test("a city's requests are its own: another city has none of its meters, and no way under its name", async () => {
    const [one, other] = [cityOf(), cityOf()];
    await (await sourceFor(one, "sts")).issue(orderOf("a", { kind: "credit", tenths: 10 }));
    expect(await (await vendingServerOf(one)).confirm(METER)).toMatchObject({ supplyGroup: "123456" });
    await expect((await vendingServerOf(other)).confirm(METER)).rejects.toMatchObject({ kind: "conflict" });
    const named = Object.assign(cityOf(), { city: one.city });
    await expect((await vendingServerOf(named)).confirm(METER)).rejects.toMatchObject({
      kind: "conflict",
      message: expect.stringContaining("password"),
    });
  });

  test("while the stand-in is away, nothing is known, and asking again gives one token", async () => {
    const source = await sourceFor(cityOf(), "sts");
    const order = orderOf("away", { kind: "clear_tamper" });
    standIns.weather.isAway = true;
    await expect(source.issue(order)).rejects.toMatchObject({ kind: "unavailable" });
    standIns.weather.isAway = false;
    expect((await source.issue(order)).digits).toHaveLength(1);
  });

  test("a city without a server, and a synthetic one without a stand-in, are told so", async () => {
    await expect(sourceFor(cityOf({ isSynthetic: false }), "sts")).rejects.toMatchObject({ kind: "unavailable" });
    await expect(sourceFor(cityOf({ hasStandIn: false }), "sts")).rejects.toMatchObject({ kind: "unavailable" });
  });
});

describe("a city's own vending server", () => {
  test("is kept sealed, and is never asked at an address that is not public", async () => {
    const here = cityOf({ isSynthetic: false });
    await keepStsServer(here, SERVER);
    const item = await here.table.get({ pk: "VENDING_SOURCES", sk: "STS" });
    expect(JSON.stringify(item)).not.toContain("password of the city");
    expect(Buffer.from(item!["sealed"] as Uint8Array).toString("latin1")).not.toContain("password of the city");
    expect(await sourceFor(here, "sts")).toBeDefined();
    for (const url of ["https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/x", "https://169.254.169.254/"])
      await expect(keepStsServer(here, { ...SERVER, url })).rejects.toMatchObject({
        kind: "invalid",
        members: { errors: [{ pointer: "#/url" }] },
      });
    // A name that leads to this machine is found out when it is asked.
    await keepStsServer(here, { ...SERVER, url: "https://localhost/" });
    const source = await sourceFor(here, "sts");
    await expect(source.issue(orderOf("x", { kind: "clear_tamper" }))).rejects.toMatchObject({ kind: "invalid" });
  });

  test("is refused in a city whose people do not exist", async () => {
    await expect(keepStsServer(cityOf(), SERVER)).rejects.toMatchObject({ kind: "invalid" });
  });

  test.each([
    ["url", { url: "http://vending.example/" }],
    ["url", { url: "ftp://vending.example/" }],
    ["clientId", { clientId: "a b" }],
    ["password", { password: "" }],
    ["certificate", { certificate: "no certificate", privateKey: "no key" }],
    ["privateKey", { certificate: undefined, privateKey: "no key" }],
    ["vendingKey", { vendingKey: "0123456789abcdef" }],
  ])("is not taken with a wrong %s", (field, change) => {
    const read = StsServer.safeParse({ ...SERVER, ...change });
    expect(read.success).toBe(false);
    expect(JSON.stringify(read.error?.issues)).toContain(field);
  });
});

describe("OpenPAYGO tokens", () => {
  test("add, set and free a synthetic device, whose key is the city's own making", async () => {
    const here = cityOf();
    const source = await sourceFor(here, "openpaygo");
    const { secretKey } = await madeUpKey(here, DEVICE.number);
    const device = new PaygoDevice(secretKey);
    const issued = async (count: number, wants: Wanted) => {
      const tokens = await source.issue(orderOf(`o${count}`, wants, DEVICE, count));
      expect(tokens.isTest).toBe(true);
      return device.enter(tokens.digits[0]!);
    };
    expect(await issued(0, { kind: "credit", tenths: 30 })).toEqual({ is: "added", value: 30, left: 30 });
    expect(await issued(1, { kind: "credit", tenths: 5_000 })).toEqual({ is: "added", value: 5_000, left: 5_030 });
    expect(await issued(2, { kind: "clear_credit" })).toEqual({ is: "set", value: 0, left: 0 });
    expect(await issued(3, { kind: "sync_counter" })).toEqual({ is: "synchronised" });
    expect(await issued(4, { kind: "unlock" })).toEqual({ is: "unlocked" });
    expect((await madeUpKey(cityOf(), DEVICE.number)).secretKey).not.toBe(secretKey);
    await expect(keepDeviceKey(here, DEVICE.number, { secretKey, takesLong: false })).rejects.toMatchObject({
      kind: "invalid",
    });
  });

  test("of a real device need the key that its maker gave, and hold what it takes", async () => {
    const here = cityOf({ isSynthetic: false });
    const source = await sourceFor(here, "openpaygo");
    const order = orderOf("o", { kind: "credit", tenths: 30 }, DEVICE);
    await expect(source.issue(order)).rejects.toMatchObject({ kind: "conflict" });
    const secretKey = "a29ab82edc5fbbc41ec9530f6dac86b1";
    await keepDeviceKey(here, DEVICE.number, DeviceKey.parse({ secretKey, startingCode: 123_456_789 }));
    const { digits, isTest } = await source.issue(order);
    expect(isTest).toBe(false);
    expect(new PaygoDevice(secretKey, 123_456_789).enter(digits[0]!)).toMatchObject({ is: "added", value: 30 });
    await expect(source.issue(orderOf("p", { kind: "credit", tenths: 996 }, DEVICE))).rejects.toMatchObject({
      kind: "invalid",
      members: { errors: [{ pointer: "#/wants/tenths" }] },
    });
    await expect(source.issue(orderOf("q", { kind: "clear_tamper" }, DEVICE))).rejects.toMatchObject({
      kind: "invalid",
    });
    await expect(source.issue(orderOf("r", { kind: "credit", tenths: 1 }))).rejects.toMatchObject({ kind: "invalid" });
    expect(DeviceKey.safeParse({ secretKey: "too short" }).success).toBe(false);
  });
});
