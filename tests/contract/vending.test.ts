import { describe, expect, test } from "vitest";
import { type BillAnswer, ok, WATER } from "../billed.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";
import {
  agent,
  bought,
  KEY,
  look,
  NUMBER,
  numberOf,
  open,
  POWER,
  type PurchaseAnswer,
  pay,
  type Sale,
  treasurer,
  until,
  vendingCity,
} from "../vended.ts";

const balances = async (city: TestCity) =>
  Object.fromEntries(
    (
      await ok<{ balances: { account: string; balanceMinor: number }[] }>(city.get("/v1/ledger/balances", treasurer))
    ).balances.map(({ account, balanceMinor }) => [account, balanceMinor]),
  );
const partsOf = ({ arrearsMinor, fixedMinor, energyMinor, vatMinor, keptMinor }: Sale) =>
  arrearsMinor + fixedMinor + energyMinor + vatMinor + keptMinor;

describe(`prepaid meters and purchases, ${target.name}`, () => {
  test("whoever has the meter's number sees what an amount buys, pays, and gets the token, also by message", async () => {
    const { city } = await vendingCity({ freeTenths: 30 });
    const quote = await ok<{ sale: Sale }>(city.get(`/v1/prepaid/quotes?meter=${NUMBER}&amountMinor=1000`));
    // 2.40 are the fixed part with VAT; 50 kWh at 0.12, then 0.24 with VAT: 6.00 for fifty, 1.44 for six, 0.16 are left.
    expect(quote.sale).toMatchObject({
      tenths: 566,
      freeTenths: 30,
      fixedMinor: 200,
      arrearsMinor: 0,
      carriedMinor: 0,
    });
    expect(partsOf(quote.sale)).toBe(1_000);

    const purchase = await bought(city, 1_000, { contact: "payer@vend.example" });
    expect(purchase.sale).toEqual(quote.sale);
    expect(purchase.tokens).toMatchObject([{ what: "credit", isTest: true }]);
    expect(purchase.tokens![0]!.digits.every((digits) => /^[0-9]{20}$/.test(digits))).toBe(true);
    const [sms] = await soon(
      () => city.messages("payer@vend.example"),
      (all) => all.length > 0,
    );
    expect(sms).toContain(purchase.tokens![0]!.digits[0]!.match(/.{4}/g)!.join(" "));
    expect(sms).toMatch(/^TEST/);

    const books = await balances(city);
    const { fixedMinor, energyMinor, vatMinor } = purchase.sale!;
    expect(books["revenue:prepaid_electricity"]).toBe(-(fixedMinor + energyMinor));
    expect(books["vat"]).toBe(-vatMinor);
    expect(books[`due:${purchase.billId}`] ?? 0).toBe(0);
    expect(books[`credit:${purchase.billId}`] ?? 0).toBe(0);

    // The next one of the month has neither the fixed part nor free units, and goes on in the upper step.
    const next = await bought(city, 480);
    expect(next.sale).toMatchObject({ tenths: 200, freeTenths: 0, fixedMinor: 0 });
    expect(next.tokens![0]!.digits).not.toEqual(purchase.tokens![0]!.digits);
  });

  // Guards against a second token for one payment, whatever is sent twice.
  test("a purchase sent twice is one, and has one token however often it is settled, asked for and printed", async () => {
    const { city, meter } = await vendingCity();
    const id = city.id("ppp");
    const [one, two] = await Promise.all([open(city, 900, { id }), open(city, 900, { id })]);
    expect(two).toEqual(one);
    expect((await city.post("/v1/prepaid/purchases", { id, meter: NUMBER, amountMinor: 901 })).status).toBe(409);
    const headers = { "Idempotency-Key": "one-intent" };
    const body = { meter: NUMBER, amountMinor: 700 };
    const [a, b] = [
      await ok<PurchaseAnswer>(city.post("/v1/prepaid/purchases", body, { headers })),
      await ok<PurchaseAnswer>(city.post("/v1/prepaid/purchases", body, { headers })),
    ];
    expect(b.id).toBe(a.id);

    await pay(city, one.reference);
    const first = await until(city, one, "vended");
    expect((await city.post("/v1/payments", { reference: one.reference })).status).toBe(409);
    const printed = await Promise.all(Array.from({ length: 4 }, () => look(city, one)));
    for (const again of printed) expect(again.tokens).toEqual(first.tokens);
    const found = await ok<PurchaseAnswer>(
      city.get(`/v1/prepaid/purchases?meter=${NUMBER}&reference=${one.reference.toLowerCase().replaceAll("-", "")}`),
    );
    expect(found).toEqual(first);
    const { orders } = await ok<{ orders: unknown[] }>(city.get(`/v1/prepaid/meters/${meter.id}/orders`, agent));
    expect(orders).toHaveLength(1);
  });

  test("many purchases of one meter at once are sold one after the other, through the steps", async () => {
    const { city, meter } = await vendingCity();
    const purchases = await Promise.all([300, 400, 500, 600].map((amount) => open(city, amount)));
    await Promise.all(purchases.map(({ reference }) => pay(city, reference)));
    const vended = await Promise.all(purchases.map((one) => until(city, one, "vended")));
    expect(new Set(vended.flatMap(({ tokens }) => tokens!.flatMap(({ digits }) => digits))).size).toBe(4);
    const tenths = vended.reduce((sum, { sale }) => sum + sale!.tenths, 0);
    // As one purchase of 18.00 would have bought: 2.40 fixed, 6.00 for fifty, 9.60 for forty.
    expect(tenths).toBe(900);
    const { bought: month } = await ok<{ bought: { tenths: number } }>(
      city.get(`/v1/prepaid/meters/${meter.id}`, agent),
    );
    expect(month.tenths).toBe(900);
  });

  // Guards against a token before all of it is paid, and against money that buys although it went back.
  test("in part paid there is no token; given back before the rest came there is none ever", async () => {
    const { city } = await vendingCity();
    const purchase = await open(city, 1_000);
    const paymentId = await pay(city, purchase.reference, 400);
    expect((await look(city, purchase)).state).toBe("quoted");
    const refund = await ok<{ id: string }>(
      city.post(`/v1/payments/${paymentId}/refunds`, { reason: "changed my mind" }, agent),
    );
    await ok(city.post(`/v1/refunds/${refund.id}/approval`, undefined, treasurer));
    expect((await look(city, purchase)).tokens).toBeUndefined();
    await pay(city, purchase.reference, 500);
    expect((await look(city, purchase)).state).toBe("quoted");
    await pay(city, purchase.reference);
    expect((await until(city, purchase, "vended")).sale?.paidMinor).toBe(1_000);
  });

  test("money that goes back after the token is flagged for the city's staff", async () => {
    const { city } = await vendingCity();
    const purchase = await open(city, 1_000);
    const paymentId = await pay(city, purchase.reference);
    const vended = await until(city, purchase, "vended");
    const refund = await ok<{ id: string }>(
      city.post(`/v1/payments/${paymentId}/refunds`, { reason: "wrong meter" }, agent),
    );
    await ok(city.post(`/v1/refunds/${refund.id}/approval`, undefined, treasurer));
    const flagged = await soon(
      () => ok<{ purchases: { id: string; wentBackAt?: string }[] }>(city.get("/v1/prepaid/waiting", agent)),
      ({ purchases }) => purchases.length > 0,
    );
    expect(flagged.purchases).toMatchObject([{ id: purchase.id, state: "vended" }]);
    expect((await look(city, purchase)).tokens).toEqual(vended.tokens);
    await ok(city.post(`/v1/prepaid/purchases/${purchase.id}/seen`, undefined, treasurer));
    expect((await ok<{ purchases: unknown[] }>(city.get("/v1/prepaid/waiting", agent))).purchases).toEqual([]);
  });

  test("a share of each purchase pays the account's oldest dues, to the cent, until there are none", async () => {
    const city = await newCity({ timeZone: "UTC" });
    await ok(city.post("/v1/tariffs", { tariff: POWER }, treasurer));
    await ok(city.post("/v1/tariffs", { tariff: { ...WATER, currency: "EUR" } }, treasurer));
    const account = await ok<{ id: string }>(city.post("/v1/accounts", { number: "A-1", name: "Awa" }, agent));
    await ok(city.post("/v1/meters", { serial: "W1", kind: "water", accountId: account.id, registerUnit: "L" }, agent));
    for (const [month, days] of [
      ["2026-08", 31],
      ["2026-09", 30],
    ] as const) {
      const rows = Array.from(
        { length: days * 24 },
        (_, hour) => `W1,${new Date(Date.parse(`${month}-01T00:00Z`) + hour * 3_600_000).toISOString()},1`,
      );
      await ok(city.upload("/v1/readings", "w.csv", `meter,time,value\n${rows.join("\n")}\n`, agent));
      await ok(city.post("/v1/bill-runs", { month, kind: "water" }, treasurer));
    }
    const bills = async () =>
      (
        await ok<{ bills: (BillAnswer & { month: string })[] }>(city.get(`/v1/bills?account=${account.id}`, treasurer))
      ).bills
        .filter(({ kind }) => kind === "water")
        .sort((a, b) => (a.month < b.month ? -1 : 1));
    const [oldest, later] = await bills();
    const owed = oldest!.dueMinor + later!.dueMinor;
    await ok(
      city.post(
        "/v1/prepaid/meters",
        { source: "sts", number: NUMBER, resource: "electricity", key: KEY, accountId: account.id },
        agent,
      ),
    );
    await ok(city.put("/v1/prepaid/rule", { arrearsBasisPoints: 3_333, arrearsAfterDays: 0 }, treasurer));

    const first = await bought(city, 1_001);
    expect(first.sale!.arrearsMinor).toBe(Math.floor((1_001 * 3_333) / 10_000));
    expect(first.sale!.arrearsMinor).toBeLessThan(oldest!.dueMinor + 1);
    expect(partsOf(first.sale!)).toBe(1_001);
    let now = await bills();
    expect(now.reduce((sum, { dueMinor }) => sum + dueMinor, 0)).toBe(owed - first.sale!.arrearsMinor);
    expect(now[1]!.dueMinor).toBe(later!.dueMinor - Math.max(0, first.sale!.arrearsMinor - oldest!.dueMinor));

    const second = await bought(city, 3_000);
    expect(second.sale!.arrearsMinor).toBe(owed - first.sale!.arrearsMinor);
    expect(second.sale!.carriedMinor).toBe(first.sale!.keptMinor);
    now = await bills();
    expect(now.map(({ state, dueMinor }) => [state, dueMinor])).toEqual([
      ["paid", 0],
      ["paid", 0],
    ]);
    expect((await bought(city, 500)).sale!.arrearsMinor).toBe(0);

    const books = await balances(city);
    expect(Object.values(books).reduce((sum, one) => sum + one, 0)).toBe(0);
    // What was collected is what came, and nothing of it is counted for two services.
    const total = (services: { collectedMinor: number }[]) =>
      services.reduce((sum, one) => sum + one.collectedMinor, 0);
    const figures = await soon(
      () =>
        ok<{ byService: { collectedMinor: number; openMinor: number }[] }>(
          city.get("/v1/collection/figures", treasurer),
        ),
      ({ byService }) => total(byService) === 4_501 && byService.every(({ openMinor }) => openMinor === 0),
    );
    expect(total(figures.byService)).toBe(4_501);
  });

  // Guards against whatever a form can be made to say; none of it leaves a bill.
  test("bad amounts, other money, wrong meters and strangers are refused", async () => {
    const { city, meter } = await vendingCity();
    for (const wrong of [
      { amountMinor: 0 },
      { amountMinor: -5 },
      { amountMinor: 1.5 },
      { amountMinor: 1e15 },
      { amountMinor: 100 },
      { amountMinor: 1_000, currency: "XOF" },
      { amountMinor: 1_000, contact: "nobody" },
      { amountMinor: 1_000, id: "ppp_x" },
      { amountMinor: 1_000, surprise: 1 },
    ])
      expect(
        (await city.post("/v1/prepaid/purchases", { meter: NUMBER, ...wrong })).status,
        JSON.stringify(wrong),
      ).toBe(422);
    const missing = numberOf(77);
    for (const path of [
      `/v1/prepaid/quotes?meter=${missing}&amountMinor=1000`,
      `/v1/prepaid/quotes?meter=x&amountMinor=1000`,
      `/v1/prepaid/purchases/${city.id("ppp")}`,
      `/v1/prepaid/purchases?meter=${NUMBER}&reference=AAAA-AAAA-A`,
    ])
      expect((await city.get(path)).status, path).toBe(404);
    expect((await city.post("/v1/prepaid/purchases", { meter: missing, amountMinor: 1_000 })).status).toBe(404);
    expect(Object.keys(await balances(city))).toEqual([]);

    const sts = { source: "sts", number: numberOf(5), resource: "water", key: KEY };
    for (const wrong of [
      { ...sts, number: "12345678901" },
      { ...sts, number: "123" },
      { ...sts, key: { ...KEY, baseYear: 2000 } },
      { ...sts, key: undefined },
      { ...sts, accountId: city.id("acc") },
      { ...sts, freeTenths: -1 },
    ])
      expect((await city.post("/v1/prepaid/meters", wrong, agent)).status, JSON.stringify(wrong)).toBe(422);
    expect((await city.post("/v1/prepaid/meters", { ...sts, number: NUMBER }, agent)).status).toBe(409);
    const own = { ...sts, id: city.id("ppm") };
    expect([
      (await city.post("/v1/prepaid/meters", own, agent)).status,
      (await city.post("/v1/prepaid/meters", own, agent)).status,
      (await city.post("/v1/prepaid/meters", { ...own, freeTenths: 5 }, agent)).status,
    ]).toEqual([201, 200, 409]);
    expect((await city.post("/v1/prepaid/meters", sts, { as: "resident" })).status).toBe(403);
    expect((await city.get("/v1/prepaid/meters")).status).toBe(401);

    await ok(city.put(`/v1/prepaid/meters/${meter.id}`, { state: "blocked" }, agent));
    expect((await city.post("/v1/prepaid/purchases", { meter: NUMBER, amountMinor: 1_000 })).status).toBe(409);
    expect((await city.delete(`/v1/prepaid/meters/${meter.id}`, agent)).status).toBe(204);
    expect((await city.post("/v1/prepaid/purchases", { meter: NUMBER, amountMinor: 1_000 })).status).toBe(404);
  });

  test("meters come in by a file, all or none, with what is wrong by line", async () => {
    const { city } = await vendingCity();
    await ok(city.post("/v1/accounts", { number: "a-7", name: "Awa" }, agent));
    const head = "account;number;resource;supply_group;key_revision;tariff_index;base_year;free_units";
    const row = (number: string, more = "electricity;123456;2;01;2014;5", of = "") => `${of};${number};${more}`;
    const send = (rows: string[], query = "") =>
      city.upload(`/v1/prepaid/meter-files${query}`, "m.csv", [head, ...rows].join("\r\n"), agent);
    const wrong = await send([
      row(numberOf(1)),
      row("123"),
      row(numberOf(2), "gas;123456;2;01;2014;5"),
      row(numberOf(1)),
      row(numberOf(4), undefined, "A-8"),
    ]);
    expect(wrong.status).toBe(422);
    const { errors } = (await wrong.json()) as { errors: { pointer: string }[] };
    expect([...new Set(errors.map(({ pointer }) => pointer))]).toEqual([
      "#/line/3",
      "#/line/4",
      "#/line/5",
      "#/line/6",
    ]);
    const list = async () => (await ok<{ meters: unknown[] }>(city.get("/v1/prepaid/meters", agent))).meters.length;
    const good = [row(numberOf(1), undefined, "A-7"), row(numberOf(2), "water;123456;2;1;2014;0,5")];
    expect(await ok(send(good, "?dryRun=yes"))).toEqual({ added: 2, there: 0 });
    expect(await list()).toBe(1);
    expect(await ok(send(good))).toEqual({ added: 2, there: 0 });
    expect(await ok(send(good))).toEqual({ added: 0, there: 2 });
    expect(await list()).toBe(3);
  });

  // Guards against whoever tries out numbers of meters, or fills a stranger's account with bills.
  test("of one meter, only so many purchases are opened in an hour", async () => {
    const { city } = await vendingCity();
    const all = await Promise.all(
      Array.from({ length: 26 }, () => city.post("/v1/prepaid/purchases", { meter: NUMBER, amountMinor: 1_000 })),
    );
    // Twelve an hour, and an hour may end in between.
    expect(all.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(24);
    const refused = all.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("another city's meter, purchase and order are as absent as none", async () => {
    const [{ city: one, meter }, other] = await Promise.all([vendingCity(), newCity()]);
    const purchase = await open(one, 1_000);
    const { orders } = await ok<{ orders: { id: string }[] }>(one.get(`/v1/prepaid/meters/${meter.id}/orders`, agent));
    expect(orders).toEqual([]);
    const bodies = await Promise.all(
      [
        `/v1/prepaid/meters/${meter.id}`,
        `/v1/prepaid/meters/${other.id("ppm")}`,
        `/v1/prepaid/purchases/${purchase.id}`,
        `/v1/prepaid/purchases/${other.id("ppp")}`,
        `/v1/prepaid/purchases?meter=${NUMBER}&reference=${purchase.reference}`,
        `/v1/prepaid/quotes?meter=${NUMBER}&amountMinor=1000`,
      ].map(async (path) => {
        const answer = await other.get(path, agent);
        const { instance: _each, ...body } = (await answer.json()) as Record<string, unknown>;
        return [answer.status, body];
      }),
    );
    for (const body of bodies) expect(body).toEqual([404, bodies[0]![1]]);
  });
});
