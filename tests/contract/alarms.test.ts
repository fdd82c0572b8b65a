import { describe, expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

interface AlarmAnswer {
  id: string;
  kind: string;
  state: string;
  facts: Record<string, unknown>;
  seenBy?: string;
  closedBy?: string;
  note?: string;
}
const treasurer = { as: "treasurer" } as const;
const administrator = { as: "administrator" } as const;

const alarmsOf = async (city: TestCity, query = "") =>
  (await ok<{ alarms: AlarmAnswer[] }>(city.get(`/v1/alarms${query}`, treasurer))).alarms;
const kindsOf = (alarms: AlarmAnswer[]) => alarms.map(({ kind }) => kind).sort();
const ruleOf = (city: TestCity) => ok<{ refunds: object }>(city.get("/v1/alarm-rule", treasurer));
async function setRule(city: TestCity, refunds: object, more: object = {}): Promise<void> {
  const rule = await ruleOf(city);
  await ok(city.put("/v1/alarm-rule", { ...rule, ...more, refunds: { ...rule.refunds, ...refunds } }, administrator));
}

async function paid(city: TestCity, reference: string): Promise<string> {
  const { id, checkoutUrl } = await ok<{ id: string; checkoutUrl: string }>(city.post("/v1/payments", { reference }));
  await fetch(checkoutUrl, { method: "POST", body: new URLSearchParams({ outcome: "pay" }), redirect: "manual" });
  expect(await ok(city.get(`/v1/payments/${id}`))).toMatchObject({ state: "settled" });
  return id;
}
async function givenBack(city: TestCity, paymentId: string, amountMinor: number): Promise<string> {
  const asked = await ok<{ id: string }>(
    city.post(`/v1/payments/${paymentId}/refunds`, { amountMinor, reason: "Counted wrongly" }, treasurer),
  );
  await ok(city.post(`/v1/refunds/${asked.id}/approval`, undefined, administrator));
  await soon(
    () => ok<{ state: string }>(city.get(`/v1/refunds/${asked.id}`, treasurer)),
    ({ state }) => state === "paid",
  );
  return asked.id;
}

describe(`the treasurer's alarms, ${target.name}`, () => {
  // Guards against a clerk who gives the city's money to a friend, a little at a time.
  test("unusual refunds are told once each, mailed, and closed by somebody whom they are not about", async () => {
    const { city, bills } = await billedCity([5_000]);
    await setRule(city, { dayCount: 1, personWeekCount: 1, parts: 2, soonMinutes: 60 });
    const payment = await paid(city, bills[0]!.reference);
    const first = await givenBack(city, payment, 10);
    expect(
      await soon(
        () => alarmsOf(city),
        (all) => all.length === 1,
      ),
    ).toMatchObject([
      { kind: "refund_soon", state: "open", facts: { refundId: first, amountMinor: 10, currency: "EUR" } },
    ]);
    await givenBack(city, payment, 20);
    const kinds = ["refund_soon", "refund_soon", "refunds_day", "refunds_person", "refunds_repeated"];
    const open = await soon(
      () => alarmsOf(city),
      (all) => all.length === kinds.length,
    );
    expect(kindsOf(open)).toEqual(kinds);
    await givenBack(city, payment, 30);
    const later = await soon(
      () => alarmsOf(city),
      (all) => all.length === kinds.length + 1,
    );
    const day = later.find(({ kind }) => kind === "refunds_day")!;
    expect(day.id).toBe(open.find(({ kind }) => kind === "refunds_day")!.id);
    expect(day.facts).toMatchObject({ count: 3, amountMinor: 60 });
    const mails = await soon(
      () => city.messages(`treasurer@${city.slug}.example`),
      // A mail may come twice, but none is missing and none is of anything else.
      (all) => new Set(all.flatMap((text) => text.match(/\/staff\/alarms\/alm_\w+/g) ?? [])).size === later.length,
    );
    expect(mails.join("\n")).toContain(day.id);
    const { events } = await ok<{ events: { type: string }[] }>(city.get("/v1/events", administrator));
    expect(events.filter(({ type }) => type === "alarms.raised.v1")).toHaveLength(later.length);

    const person = later.find(({ kind }) => kind === "refunds_person")!;
    const close = (id: string, as: "treasurer" | "administrator", note: string) =>
      city.post(`/v1/alarms/${id}/closing`, { note }, { as });
    expect((await close(person.id, "treasurer", "That was me")).status).toBe(403);
    expect((await close(person.id, "administrator", "")).status).toBe(422);
    const seen = await ok<AlarmAnswer>(city.post(`/v1/alarms/${person.id}/seen`, undefined, treasurer));
    expect(seen.seenBy).toMatch(/^per_/);
    const closed = await ok<AlarmAnswer>(close(person.id, "administrator", "Looked at each of them"));
    expect(closed).toMatchObject({ state: "closed", note: "Looked at each of them", seenBy: seen.seenBy });
    expect((await close(person.id, "administrator", "Once more")).status).toBe(409);
    // Closed is closed for its cause: one more refund of that week does not raise it again.
    await givenBack(city, payment, 40);
    await soon(
      () => alarmsOf(city),
      (all) => all.some(({ facts }) => facts["count"] === 4),
    );
    expect(kindsOf(await alarmsOf(city))).not.toContain("refunds_person");
    expect(await alarmsOf(city, "?state=closed")).toMatchObject([{ id: person.id }]);

    const browser = await city.browser("administrator");
    expect(await (await browser.get("/staff")).text()).toContain("/staff/alarms");
    for (const path of ["", "?state=closed", `/${day.id}`, `/${person.id}`, "/rule"])
      for (const lang of ["en", "fr", "ar"]) {
        const answer = await browser.get(`/staff/alarms${path}${path.includes("?") ? "&" : "?"}lang=${lang}`);
        expect(answer.status, path).toBe(200);
        expect(await answer.text(), path).not.toMatch(/<script|undefined|\{\$/);
      }
    expect(await (await browser.get(`/staff/find?q=${day.id.toLowerCase()}`)).text()).toContain(day.id);
    const at = `/staff/alarms/${day.id}`;
    expect((await browser.submit(`${at}/seen`, {}, at)).status).toBe(303);
    expect((await browser.submit(`${at}/closing`, { note: "" }, at)).status).toBe(422);
    expect((await browser.submit(`${at}/closing`, { note: "A mistake of a run" }, at)).status).toBe(303);
    expect(kindsOf(await alarmsOf(city))).not.toContain("refunds_day");
  });

  test("a till whose cash differs at its closing is told, by the city's own threshold", async () => {
    const city = await newCity();
    await setRule(city, {}, { cashDifferenceMinor: 100, isMailed: false });
    await ok(city.post("/v1/tills", { code: "T1", name: "Ground floor" }, administrator));
    const day = async (denominations: object) => {
      await ok(city.post("/v1/tills/T1/shifts", { floatMinor: 500 }, { as: "agent" }));
      await ok(city.post("/v1/tills/T1/count", { denominations }, { as: "agent" }));
      await ok(city.post("/v1/tills/T1/closing", {}, treasurer));
    };
    await day({ "200": 2 });
    await day({ "200": 1 });
    const [alarm, ...others] = await soon(
      () => alarmsOf(city),
      (all) => all.length > 0,
    );
    expect(others).toEqual([]);
    expect(alarm).toMatchObject({ kind: "cash_difference", facts: { till: "T1", amountMinor: -300, currency: "EUR" } });
    expect((await city.messages(`treasurer@${city.slug}.example`)).join()).not.toContain("/staff/alarms/");
  });

  test("who may not is refused, another city's alarm is nobody's, and a wrong rule changes nothing", async () => {
    const [city, other] = await Promise.all([newCity(), newCity()]);
    for (const path of ["/v1/alarms", "/v1/alarm-rule", `/v1/alarms/${city.id("alm")}`]) {
      expect((await city.get(path)).status, path).toBe(401);
      expect((await city.get(path, { as: "agent" })).status, path).toBe(403);
    }
    await ok(city.post("/v1/tills", { code: "T1", name: "Ground floor" }, administrator));
    await ok(city.post("/v1/tills/T1/shifts", { floatMinor: 500 }, { as: "agent" }));
    await ok(city.post("/v1/tills/T1/count", { denominations: { "200": 1 } }, { as: "agent" }));
    await ok(city.post("/v1/tills/T1/closing", {}, treasurer));
    const [alarm] = await soon(
      () => alarmsOf(city),
      (all) => all.length > 0,
    );
    const missing = await (await city.get(`/v1/alarms/${city.id("alm")}`, treasurer)).json();
    const foreign = await other.get(`/v1/alarms/${alarm!.id}`, treasurer);
    expect(foreign.status).toBe(404);
    expect(Object.keys((await foreign.json()) as object)).toEqual(Object.keys(missing as object));
    for (const what of ["seen", "closing"])
      expect((await other.post(`/v1/alarms/${alarm!.id}/${what}`, { note: "Not mine" }, treasurer)).status).toBe(404);
    expect(await alarmsOf(other)).toEqual([]);

    const rule = await ruleOf(city);
    const put = (body: object, as: "treasurer" | "administrator" = "administrator") =>
      city.put("/v1/alarm-rule", body, { as });
    expect((await put(rule, "treasurer")).status).toBe(403);
    for (const wrong of [
      { ...rule, suspenseDays: 0 },
      { ...rule, more: 1 },
      { ...rule, refunds: { ...rule.refunds, dayCount: 1.5 } },
      { ...rule, cashDifferenceMinor: -1 },
      {},
    ])
      expect((await put(wrong)).status, JSON.stringify(wrong)).toBe(422);
    expect(await ruleOf(city)).toEqual(rule);

    const browser = await city.browser("administrator");
    const at = "/staff/alarms/rule";
    const fields = {
      ...{ dayAmount: "1 000,50", dayCount: "9", weekTimesUsual: "4", weekAtLeast: "6", personWeekCount: "7" },
      ...{ soonMinutes: "0", parts: "3", cashDifference: "0", suspenseDays: "5", perThousand: "7", atLeast: "2" },
    };
    for (const [wrong, field] of [
      [{ dayAmount: "1.005" }, "dayAmount"],
      [{ parts: "1" }, "parts"],
      [{ suspenseDays: "x" }, "suspenseDays"],
    ] as const) {
      const answer = await browser.submit(at, { ...fields, ...wrong }, at);
      expect(answer.status).toBe(422);
      expect(await answer.text()).toContain(`href="#f-${field}"`);
    }
    expect((await browser.submit(at, fields, at)).status).toBe(303);
    expect(await ruleOf(city)).toMatchObject({
      refunds: { dayAmountMinor: 100_050, dayCount: 9, soonMinutes: 0 },
      suspenseDays: 5,
      disputes: { perThousand: 7 },
      isMailed: false,
    });
  });
});
