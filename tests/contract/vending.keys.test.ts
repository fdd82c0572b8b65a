import { describe, expect, test } from "vitest";
import { testVendingKey } from "../../functions/vending/sources/sts/key.ts";
import type { KeyRef } from "../../functions/vending/token-source.ts";
import { ok } from "../billed.ts";
import { soon, target } from "../city.ts";
import { factoryKey, StsMeter } from "../meter/sts.ts";
import { agent, bought, KEY, NUMBER, numberOf, open, treasurer, vendingCity } from "../vended.ts";

interface OrderAnswer {
  id: string;
  state: string;
  count?: number;
  tokens?: { digits: string[]; isTest: boolean };
}
interface CampaignAnswer {
  id: string;
  state: string;
  meters: number;
  issued: number;
  confirmed: number;
  failed: number;
}
const OLD = { ...KEY, keyRevision: 1, baseYear: 1993 };
const NEW = { keyRevision: 2, baseYear: 2014 };

/** The meter on the wall: it shares no code with what makes the tokens. */
const wall = (key: object, number = NUMBER) => {
  const ref = key as KeyRef;
  return new StsMeter(factoryKey(testVendingKey(ref), { number, ...ref }), "electricity");
};

describe(`keys and management of prepaid meters, ${target.name}`, () => {
  test("a meter takes what was bought once, and what staff ordered", async () => {
    const { city, meter } = await vendingCity();
    const onTheWall = wall(KEY);
    const purchase = await bought(city, 1_000);
    const [digits] = purchase.tokens![0]!.digits;
    expect(onTheWall.enter(digits!)).toEqual({ is: "credited", tenths: purchase.sale!.tenths });
    expect(onTheWall.enter(digits!)).toMatchObject({ is: "refused", because: "used" });

    const order = (wants: object, more: object = {}) =>
      city.post(`/v1/prepaid/meters/${meter.id}/orders`, { wants, reason: "asked by the customer", ...more }, agent);
    const id = city.id("tko");
    const limit = await ok<OrderAnswer>(order({ kind: "power_limit", watts: 3_000 }, { id }));
    expect(await ok(order({ kind: "power_limit", watts: 3_000 }, { id }))).toMatchObject({ id });
    expect((await order({ kind: "power_limit", watts: 2_000 }, { id })).status).toBe(409);
    const limited = await soon(
      () => ok<OrderAnswer>(city.get(`/v1/prepaid/orders/${limit.id}`, agent)),
      ({ state }) => state === "issued",
    );
    expect(onTheWall.enter(limited.tokens!.digits[0]!)).toEqual({ is: "limited", watts: 3_000 });
    for (const wrong of [
      { kind: "credit", tenths: 10 },
      { kind: "power_limit", watts: -1 },
      { kind: "unlock" },
      { kind: "key_change", to: KEY },
      { kind: "key_change", to: { ...KEY, keyRevision: 3, baseYear: 1993 } },
    ])
      expect((await order(wrong)).status, JSON.stringify(wrong)).toBe(422);
    expect(
      (await city.post(`/v1/prepaid/meters/${meter.id}/orders`, { wants: { kind: "clear_tamper" }, reason: "sun" }))
        .status,
    ).toBe(401);
    expect((await order({ kind: "clear_tamper" }, { reason: "" })).status).toBe(422);
  });

  // Guards against one person alone taking credit off a customer's meter.
  test("clearing credit needs a second person, and is made once", async () => {
    const { city, meter } = await vendingCity();
    const body = { wants: { kind: "clear_credit" }, reason: "wrong tariff index" };
    const asked = await ok<OrderAnswer>(
      city.post(`/v1/prepaid/meters/${meter.id}/orders`, body, { as: "administrator" }),
    );
    expect(asked).toMatchObject({ state: "asked" });
    expect(asked.tokens).toBeUndefined();
    const decide = (agrees: boolean, as: "administrator" | "treasurer" | "agent") =>
      city.post(`/v1/prepaid/orders/${asked.id}/decision`, { agrees }, { as });
    expect([(await decide(true, "administrator")).status, (await decide(true, "agent")).status]).toEqual([403, 403]);
    const both = await Promise.all([decide(true, "treasurer"), decide(true, "treasurer")]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const done = await soon(
      () => ok<OrderAnswer>(city.get(`/v1/prepaid/orders/${asked.id}`, agent)),
      ({ state }) => state === "issued",
    );
    const onTheWall = wall(KEY);
    onTheWall.credit = 50;
    expect(onTheWall.enter(done.tokens!.digits[0]!)).toEqual({ is: "cleared" });
    expect(onTheWall.credit).toBe(0);
    const other = await ok<OrderAnswer>(city.post(`/v1/prepaid/meters/${meter.id}/orders`, body, agent));
    expect(await ok(city.post(`/v1/prepaid/orders/${other.id}/decision`, { agrees: false }, treasurer))).toMatchObject({
      state: "refused",
    });
  });

  // Guards against credit that the meter cannot take, and against a key that is changed behind a customer's back.
  test("a meter with an old base year is sold nothing until a campaign; then its new key comes before the credit", async () => {
    const { city, meter } = await vendingCity({ key: OLD });
    const other = numberOf(99);
    await ok(
      city.post("/v1/prepaid/meters", { source: "sts", number: other, resource: "electricity", key: KEY }, agent),
    );
    expect((await city.post("/v1/prepaid/purchases", { meter: NUMBER, amountMinor: 1_000 })).status).toBe(409);
    const { meters: old } = await ok<{ meters: { id: string }[] }>(
      city.get("/v1/prepaid/meters?baseYearBelow=2014", agent),
    );
    expect(old.map(({ id }) => id)).toEqual([meter.id]);

    expect(
      (await city.post("/v1/prepaid/campaigns", { to: { keyRevision: 2, baseYear: 1993 } }, treasurer)).status,
    ).toBe(422);
    expect(
      (await city.post("/v1/prepaid/campaigns", { to: { keyRevision: 2, baseYear: 2035 } }, treasurer)).status,
    ).toBe(422);
    expect((await city.post("/v1/prepaid/campaigns", { to: NEW }, agent)).status).toBe(403);
    const id = city.id("kcc");
    expect((await city.post("/v1/prepaid/campaigns", { id, to: NEW }, treasurer)).status).toBe(201);
    expect((await city.post("/v1/prepaid/campaigns", { id, to: NEW }, treasurer)).status).toBe(200);
    const campaign = () => ok<CampaignAnswer>(city.get(`/v1/prepaid/campaigns/${id}`, agent));
    expect(await soon(campaign, ({ state }) => state === "done")).toMatchObject({ meters: 1, issued: 1, confirmed: 0 });
    const list = () =>
      ok<{ meters: { keyChange: { state: string }; digits: string[] }[] }>(
        city.get(`/v1/prepaid/campaigns/${id}/meters`, agent),
      );
    const [listed] = (await list()).meters;
    expect(listed).toMatchObject({ keyChange: { state: "issued" } });
    expect(listed!.digits).toHaveLength(2);

    const onTheWall = wall(OLD);
    const first = await bought(city, 1_000);
    expect(first.tokens!.map(({ what }) => what)).toEqual(["key_change", "credit"]);
    expect(first.tokens![0]!.digits).toEqual(listed!.digits);
    const credit = first.tokens![1]!.digits[0]!;
    expect(onTheWall.enter(credit)).toMatchObject({ is: "refused", because: "not_mine" });
    expect(first.tokens!.flatMap(({ digits }) => digits).map((digits) => onTheWall.enter(digits))).toEqual([
      { is: "half_key" },
      { is: "new_key", isRollOver: true },
      { is: "credited", tenths: first.sale!.tenths },
    ]);
    // Until somebody has seen it, the same tokens come again; nothing tells that they were entered.
    const second = await bought(city, 500);
    expect(second.tokens![0]!.digits).toEqual(listed!.digits);
    expect(onTheWall.enter(second.tokens![1]!.digits[0]!)).toMatchObject({ is: "credited" });

    expect((await city.post(`/v1/prepaid/meters/${meter.id}/key-confirmation`, undefined, agent)).status).toBe(200);
    expect((await city.post(`/v1/prepaid/meters/${meter.id}/key-confirmation`, undefined, agent)).status).toBe(200);
    expect(await campaign()).toMatchObject({ confirmed: 1 });
    const third = await bought(city, 500);
    expect(third.tokens!.map(({ what }) => what)).toEqual(["credit"]);
    expect(onTheWall.enter(third.tokens![0]!.digits[0]!)).toMatchObject({ is: "credited" });
  });

  test("another city's order and campaign are as absent as none", async () => {
    const [{ city, meter }, { city: other }] = await Promise.all([vendingCity(), vendingCity()]);
    const order = await ok<OrderAnswer>(
      city.post(`/v1/prepaid/meters/${meter.id}/orders`, { wants: { kind: "clear_tamper" }, reason: "sun" }, agent),
    );
    const campaign = await ok<CampaignAnswer>(city.post("/v1/prepaid/campaigns", { to: NEW }, treasurer));
    const purchase = await open(city, 1_000);
    const probes: [string, string, object?][] = [
      ["get", `/v1/prepaid/orders/${order.id}`],
      ["get", `/v1/prepaid/orders/${other.id("tko")}`],
      ["post", `/v1/prepaid/orders/${order.id}/decision`, { agrees: true }],
      ["post", `/v1/prepaid/orders/${order.id}/retry`],
      ["get", `/v1/prepaid/campaigns/${campaign.id}`],
      ["get", `/v1/prepaid/campaigns/${campaign.id}/meters`],
      ["post", `/v1/prepaid/campaigns/${campaign.id}/stop`],
      ["post", `/v1/prepaid/meters/${meter.id}/key-confirmation`],
      ["post", `/v1/prepaid/meters/${meter.id}/orders`, { wants: { kind: "clear_tamper" }, reason: "sun" }],
      ["get", `/v1/prepaid/meters/${meter.id}/purchases`],
      ["post", `/v1/prepaid/purchases/${purchase.id}/undo`],
      ["post", `/v1/prepaid/purchases/${purchase.id}/retry`],
      ["post", `/v1/prepaid/purchases/${purchase.id}/seen`],
    ];
    const answers = await Promise.all(
      probes.map(async ([method, path, body]) => {
        const as = { as: "administrator" as const };
        const answer = method === "get" ? await other.get(path, as) : await other.post(path, body, as);
        const { instance: _each, ...said } = (await answer.json()) as Record<string, unknown>;
        return [answer.status, said];
      }),
    );
    for (const answer of answers) expect(answer).toEqual([404, answers[0]![1]]);
  });
});
