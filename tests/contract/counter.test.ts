import { describe, expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { newCity, type TestCity, target } from "../city.ts";

interface ReceiptAnswer {
  label: string;
  number: number;
  year: string;
  state: string;
  amountMinor: number;
  changeMinor: number;
  paymentId: string;
  outcome: string;
  [more: string]: unknown;
}
const IBAN = "FR7630006000011234567890189";
const agent = { as: "agent" as const };
const treasurer = { as: "treasurer" as const };

const take = (city: TestCity, body: object, options: Parameters<TestCity["get"]>[1] = agent) =>
  city.post("/v1/tills/T1/receipts", body, options);
const taken = (city: TestCity, reference: string, more: object = {}) =>
  ok<ReceiptAnswer>(take(city, { id: city.id("tak"), reference, ...more }));
const balances = async (city: TestCity) =>
  Object.fromEntries(
    (
      await ok<{ balances: { account: string; balanceMinor: number }[] }>(
        city.get("/v1/ledger/balances", { as: "treasurer" }),
      )
    ).balances.map(({ account, balanceMinor }) => [account, balanceMinor]),
  );
const till = (city: TestCity) => ok<{ bookMinor: number; till: { state: string } }>(city.get("/v1/tills/T1", agent));

async function tillCity(litres: readonly number[], floatMinor = 5_000) {
  const billed = await billedCity(litres);
  await ok(billed.city.post("/v1/tills", { code: "T1", name: "Ground floor" }, treasurer));
  await ok(billed.city.post("/v1/tills/T1/shifts", { floatMinor }, agent));
  return billed;
}

describe(`cash at the counter, ${target.name}`, () => {
  test("cash pays a bill: numbered, with change, and the payment has a receipt that anyone can check", async () => {
    const { city, bills } = await tillCity([5_000, 6_000]);
    const { reference, totalMinor } = bills[0]!;
    const receipt = await taken(city, reference.toLowerCase(), { givenMinor: 10_000 });
    expect(receipt).toMatchObject({
      number: 1,
      state: "taken",
      outcome: "settled",
      amountMinor: totalMinor,
      changeMinor: 10_000 - totalMinor,
    });
    expect(receipt.label).toMatch(/^T1-\d{4}-000001$/);
    const signed = await ok<{ signature: string }>(city.get(`/v1/receipts/${receipt.paymentId}`));
    expect(await ok(city.get(`/v1/receipts/${receipt.paymentId}/check?signature=${signed.signature}`))).toMatchObject({
      isGenuine: true,
    });
    expect(await balances(city)).toMatchObject({ "cash:T1": 5_000 + totalMinor, "cash:safe": -5_000 });
    expect((await take(city, { id: city.id("tak"), reference })).status).toBe(409);
    const part = await taken(city, bills[1]!.reference, { amountMinor: 100 });
    expect(part).toMatchObject({ number: 2, amountMinor: 100, changeMinor: 0 });
    const { receipts } = await ok<{ receipts: ReceiptAnswer[] }>(city.get("/v1/tills/T1/receipts", agent));
    expect(receipts.map(({ number }) => number)).toEqual([2, 1]);
  });

  // Guards against a second press, a second window and a lost answer taking the money, or a number, twice.
  test("one id is one receipt; many at once leave numbers without a gap", async () => {
    const { city, bills } = await tillCity([5_000, 6_000, 7_000, 8_000]);
    const body = { id: city.id("tak"), reference: bills[0]!.reference };
    const same = await Promise.all(Array.from({ length: 6 }, () => ok<ReceiptAnswer>(take(city, body))));
    expect(new Set(same.map(({ label }) => label)).size).toBe(1);
    await Promise.all(
      bills.slice(1).flatMap(({ reference }) => [50, 60].map((amountMinor) => taken(city, reference, { amountMinor }))),
    );
    const { receipts } = await ok<{ receipts: ReceiptAnswer[] }>(city.get("/v1/tills/T1/receipts", agent));
    expect(receipts.map(({ number }) => number)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(receipts.every(({ state }) => state === "taken")).toBe(true);
    expect((await balances(city))["cash:T1"]).toBe(5_000 + bills[0]!.totalMinor + 330);
    for (const other of [
      { ...body, reference: bills[1]!.reference },
      { ...body, amountMinor: 5 },
    ])
      expect((await take(city, other)).status).toBe(409);
  });

  // Guards against whatever a form can be made to say; none of it draws a number or moves money.
  test("bad amounts, unknown bills, closed tills and strangers are refused", async () => {
    const { city, bills } = await tillCity([5_000]);
    const { reference, totalMinor } = bills[0]!;
    const before = await balances(city);
    const id = city.id("tak");
    for (const wrong of [
      { id, reference, amountMinor: 0 },
      { id, reference, amountMinor: -5 },
      { id, reference, amountMinor: 1.5 },
      { id, reference, amountMinor: totalMinor + 1 },
      { id, reference, amountMinor: 50, givenMinor: 49 },
      { id: "tak_x", reference },
      { id, reference, surprise: 1 },
    ])
      expect((await take(city, wrong)).status, JSON.stringify(wrong)).toBe(422);
    expect((await take(city, { id, reference: "AAAA-AAAA-A" })).status).toBe(404);
    expect((await take(city, { id, reference }, { as: "resident" })).status).toBe(403);
    expect((await take(city, { id, reference }, { as: "nobody" })).status).toBe(401);
    expect((await city.post("/v1/tills/T9/receipts", { id, reference }, agent)).status).toBe(404);
    expect((await city.post("/v1/tills", { code: "t1", name: "x" }, treasurer)).status).toBe(422);
    expect((await city.post("/v1/tills", { code: "T2", name: "x" }, agent)).status).toBe(403);
    expect((await city.post("/v1/tills", { code: "T1", name: "Other" }, treasurer)).status).toBe(409);
    expect((await city.post("/v1/tills/T1/shifts", { floatMinor: 0 }, agent)).status).toBe(409);
    expect(await balances(city)).toEqual(before);
    const { receipts } = await ok<{ receipts: ReceiptAnswer[] }>(city.get("/v1/tills/T1/receipts", agent));
    expect(receipts).toEqual([]);
    // Another city's till and receipts are not there.
    await taken(city, reference);
    const other = await newCity();
    expect((await other.get("/v1/tills/T1", agent)).status).toBe(404);
    expect((await other.get("/v1/tills/T1/receipts/2026/1", agent)).status).toBe(404);
    expect((await other.post("/v1/tills/T1/receipts", { id, reference }, agent)).status).toBe(404);
  });

  // Guards against one person alone handing money back.
  test("a receipt is reversed by two people and an entry of its own; the bill is due again", async () => {
    const { city, bills } = await tillCity([5_000]);
    const { reference, totalMinor } = bills[0]!;
    const { year, number } = await taken(city, reference);
    const at = `/v1/tills/T1/receipts/${year}/${number}/reversal`;
    expect((await city.post(`${at}/decision`, { agrees: true }, treasurer)).status).toBe(409);
    expect((await city.post(at, { reason: "" }, agent)).status).toBe(422);
    await ok(city.post(at, { reason: "Wrong bill" }, agent));
    expect((await city.post(`${at}/decision`, { agrees: true }, agent)).status).toBe(403);
    await ok(city.post(`${at}/decision`, { agrees: false }, treasurer));
    expect((await balances(city))["cash:T1"]).toBe(5_000 + totalMinor);
    await ok(city.post(at, { reason: "Wrong bill" }, agent));
    const both = await Promise.all([
      city.post(`${at}/decision`, { agrees: true }, treasurer),
      city.post(`${at}/decision`, { agrees: true }, { as: "administrator" }),
    ]);
    expect(both.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
    expect(await ok(city.get(`/v1/tills/T1/receipts/${year}/${number}`, agent))).toMatchObject({ state: "reversed" });
    expect((await balances(city))["cash:T1"]).toBe(5_000);
    const inquiry = await ok<{ dueMinor: number }>(city.get(`/v1/bill-inquiries/${reference}`));
    expect(inquiry.dueMinor).toBe(totalMinor);
    expect((await city.post(at, { reason: "Again" }, agent)).status).toBe(409);
    // The number stays: the next one follows it.
    expect((await taken(city, reference)).number).toBe(number + 1);
    expect(await ok(city.get("/v1/ledger/proof", treasurer))).toMatchObject({ isSound: true });
    const { day } = await ok<{ day: string }>(city.get(`/v1/tills/T1/receipts/${year}/${number}`, agent));
    expect(await ok(city.get(`/v1/cash-reports/${day}`, agent))).toMatchObject({
      tills: [{ till: "T1", receipts: 2, takenMinor: 2 * totalMinor, reversed: 1, reversedMinor: totalMinor }],
    });
  });

  test("a day is counted by one and signed by another; what lacks is posted, the rest goes to the bank", async () => {
    const { city, bills } = await tillCity([5_000], 200);
    const { reference, totalMinor } = bills[0]!;
    await taken(city, reference);
    // 7 less than the books say.
    const counted = { denominations: { "1": 200 + totalMinor - 7 }, note: "A coin fell" };
    expect((await city.post("/v1/tills/T1/closing", undefined, treasurer)).status).toBe(409);
    for (const wrong of [{ "0": 1 }, { "1": -1 }, { "1": 0.5 }, { x: 1 }])
      expect((await city.post("/v1/tills/T1/count", { denominations: wrong }, agent)).status).toBe(422);
    await ok(city.post("/v1/tills/T1/count", counted, agent));
    expect((await take(city, { id: city.id("tak"), reference })).status).toBe(409);
    expect((await city.post("/v1/tills/T1/closing", undefined, agent)).status).toBe(403);
    const account = await ok<{ id: string }>(city.post("/v1/bank-accounts", { name: "Main", iban: IBAN }, treasurer));
    const order = { id: city.id("dep"), amountMinor: 100, bankAccountId: account.id };
    expect((await city.post("/v1/tills/T1/deposits", order, agent)).status).toBe(409);
    const closed = await ok(city.post("/v1/tills/T1/closing", undefined, treasurer));
    expect(closed).toMatchObject({ differenceMinor: -7, expectedMinor: 200 + totalMinor, state: "closed" });
    expect(await balances(city)).toMatchObject({ "cash:T1": 193 + totalMinor, "cash_difference:T1": 7 });
    const sent = await ok<{ reference: string }>(city.post("/v1/tills/T1/deposits", order, agent));
    expect(sent.reference).toMatch(/^RF\d\dD/);
    expect(await ok(city.post("/v1/tills/T1/deposits", order, agent))).toEqual(sent);
    expect((await city.post("/v1/tills/T1/deposits", { ...order, amountMinor: 101 }, agent)).status).toBe(409);
    const tooMuch = { ...order, id: city.id("dep"), amountMinor: 1_000_000 };
    expect((await city.post("/v1/tills/T1/deposits", tooMuch, agent)).status).toBe(409);
    expect(await balances(city)).toMatchObject({ "cash:T1": 93 + totalMinor, in_transit: 100 });
    // The next float brings the rest to the safe.
    await ok(city.post("/v1/tills/T1/shifts", { floatMinor: 50 }, agent));
    expect(await till(city)).toMatchObject({ bookMinor: 50, till: { state: "open" } });
    expect(await ok(city.get("/v1/ledger/proof", treasurer))).toMatchObject({ isSound: true });
  });

  // Guards against a counter that needs a mouse, a script or a large screen.
  test("the whole errand by forms: open, find, take, count, sign", async () => {
    const { city, bills } = await billedCity([5_000]);
    const { reference, totalMinor } = bills[0]!;
    await ok(city.post("/v1/tills", { code: "T1", name: "Ground floor" }, treasurer));
    const clerk = await city.browser("agent");
    const at = "/staff/counter/T1";
    expect((await clerk.submit(`${at}/open`, { float: "20,00" }, at)).status).toBe(303);
    expect((await clerk.get(`${at}?reference=AAAA`)).status).toBe(404);
    const found = await (await clerk.get(`${at}?reference=${reference}`)).text();
    const id = /name="id" value="(tak_[^"]+)"/.exec(found)![1]!;
    const fields = { id, reference, amount: (totalMinor / 100).toFixed(2), given: "1,00" };
    const wrong = await clerk.submit(`${at}/take`, fields, at);
    // The bill is still there, with what was typed: nobody searches again while a payer waits.
    const corrected = await wrong.text();
    expect([wrong.status, corrected]).toEqual([422, expect.stringContaining('aria-invalid="true"')]);
    for (const kept of [`value="${fields.amount}"`, 'value="1,00"']) expect(corrected).toContain(kept);
    const done = await clerk.submit(`${at}/take`, { ...fields, given: "100" }, at);
    expect(done.status).toBe(303);
    const again = await clerk.submit(`${at}/take`, { ...fields, given: "100" }, at);
    expect(again.headers.get("location")).toBe(done.headers.get("location"));
    const receipt = await (
      await clerk.get(new URL(done.headers.get("location")!, city.url).pathname.replace(`/cities/${city.slug}`, ""))
    ).text();
    expect(receipt).toMatch(/T1-\d{4}-000001/);
    expect(receipt).toContain("<svg");
    const miscounted = await clerk.submit(`${at}/count`, { c5000: "7", c2000: "two", note: "torn" }, at);
    expect([miscounted.status, await miscounted.text()]).toEqual([
      422,
      expect.stringMatching(/<details open.*name="c5000"[^>]*value="7".*value="two".*value="torn"/s),
    ]);
    expect((await clerk.submit(`${at}/count`, { c2000: "٢" }, at)).status).toBe(303);
    expect((await clerk.submit(`${at}/close`, {}, at)).status).toBe(422);
    const second = await city.browser("treasurer");
    expect((await second.submit(`${at}/close`, {}, at)).status).toBe(303);
    expect((await till(city)).till.state).toBe("closed");
    expect((await second.get("/staff/counter")).status).toBe(200);
    expect((await second.get("/staff/counter/day")).status).toBe(200);
    expect((await (await city.browser("resident")).get("/staff/counter")).status).toBe(403);
  });
});
