import { createPublicKey, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { billedCity, ok, paidThoughEnded, WATER } from "../billed.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

const agent = { as: "agent" as const };
const treasurer = { as: "treasurer" as const };
const administrator = { as: "administrator" as const };

interface PaymentAnswer {
  id: string;
  state: string;
  amountMinor: number;
  checkoutUrl: string;
  sessionId: string;
  parts?: { billId?: string; accountId?: string; amountMinor: number }[];
  [more: string]: unknown;
}
interface Owing {
  city: TestCity;
  account: { id: string; reference: string; number: string };
  contact: string;
  bills: { id: string; reference: string; totalMinor: number }[];
  dueMinor: number;
  /** Bills the account for another month of this use. */
  bill(month: string, litres: number): Promise<{ id: string; reference: string; totalMinor: number }>;
}

const readings = (serial: string, month: string, litres: number) => {
  const days = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();
  return Array.from({ length: days }, (_, day) => {
    const at = `${month}-${String(day + 1).padStart(2, "0")}T00:00:00.000Z`;
    return `${serial},${at},${day === 0 ? litres : 0}`;
  });
};

/** A city with one customer, and a water bill for each of these uses. */
async function owing(...litres: number[]): Promise<Owing> {
  const city = await newCity({ timeZone: "UTC", languages: ["en", "fr", "ar"] });
  const contact = `awa@${city.slug}.example`;
  const order = { number: "A00001", name: "Awa Traoré", contact };
  const account = await ok<Owing["account"]>(city.post("/v1/accounts", order, agent));
  await ok(city.post("/v1/tariffs", { tariff: { ...WATER, currency: "EUR" } }, treasurer));
  const listed = async (month: string) =>
    (await ok<{ bills: Owing["bills"] }>(city.get(`/v1/bills?month=${month}`, treasurer))).bills;
  let meters = 0;
  const run = async (month: string, uses: readonly number[]) => {
    const rows: string[] = [];
    for (const use of uses) {
      const serial = `W${meters++}`;
      await ok(city.post("/v1/meters", { serial, kind: "water", accountId: account.id, registerUnit: "L" }, agent));
      rows.push(...readings(serial, month, use));
    }
    await ok(city.upload("/v1/readings", "water.csv", `meter,time,value\n${rows.join("\n")}\n`, agent));
    const asks = { month, kind: "water", includeIncomplete: true };
    await ok(city.post("/v1/bill-runs", asks, treasurer));
    return listed(month);
  };
  const bills = litres.length === 0 ? [] : await run("2026-09", litres);
  bills.sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    ...{ city, account, contact, bills },
    dueMinor: bills.reduce((sum, { totalMinor }) => sum + totalMinor, 0),
    bill: async (month, use) => (await run(month, [use]))[0]!,
  };
}

const open = (city: TestCity, body: object, headers?: Record<string, string>) =>
  city.post("/v1/payments", body, headers ? { headers } : {});
const onPage = (url: string) =>
  fetch(url, { method: "POST", body: new URLSearchParams({ outcome: "pay" }), redirect: "manual" });
const settled = (city: TestCity, id: string) => ok<PaymentAnswer>(city.get(`/v1/payments/${id}`));
/** Opens a payment, and pays it on the provider's page. */
async function paid(city: TestCity, body: object): Promise<PaymentAnswer> {
  const { id, checkoutUrl } = await ok<PaymentAnswer>(open(city, body));
  await onPage(checkoutUrl);
  return settled(city, id);
}
const inquired = (city: TestCity, reference: string) =>
  ok<{ dueMinor: number; dues: { dueMinor: number }[] }>(city.get(`/v1/bill-inquiries/${reference}`));
const statement = (city: TestCity, id: string, as: Parameters<TestCity["get"]>[1] = treasurer) =>
  ok<{ dueMinor: number; creditMinor: number; balanceMinor: number; lines: { what: string; amountMinor: number }[] }>(
    city.get(`/v1/statements/${id}`, as),
  );
const balances = async (city: TestCity) =>
  Object.fromEntries(
    (
      await ok<{ balances: { account: string; balanceMinor: number }[] }>(city.get("/v1/ledger/balances", treasurer))
    ).balances.map(({ account, balanceMinor }) => [account, balanceMinor]),
  );
const proof = (city: TestCity) => ok<{ isSound: boolean; digest: string }>(city.get("/v1/ledger/proof", treasurer));
const without = ({ instance: _each, ...problem }: Record<string, unknown>) => problem;

describe(`a whole account, ${target.name}`, () => {
  test("is paid by its reference with one payment, whose receipt lists what it paid", async () => {
    const { city, account, bills, dueMinor } = await owing(5_000, 6_000, 7_000);
    const asked = await city.get(`/v1/bill-inquiries/${account.reference.toLowerCase().replaceAll("-", " ")}`);
    const text = await asked.text();
    expect(JSON.parse(text)).toMatchObject({ kind: "account", reference: account.reference, dueMinor, state: "due" });
    expect(text).not.toMatch(/Awa|A00001|acc_|bill_/);

    const payment = await paid(city, { reference: account.reference });
    expect(payment).toMatchObject({ state: "settled", amountMinor: dueMinor, accountId: account.id });
    expect(payment.parts!.map(({ billId, amountMinor }) => [billId, amountMinor])).toEqual(
      bills.map(({ id, totalMinor }) => [id, totalMinor]),
    );
    for (const { id } of bills) expect(await ok(city.get(`/v1/bills/${id}`, agent))).toMatchObject({ state: "paid" });
    expect(await inquired(city, account.reference)).toMatchObject({ dueMinor: 0, dues: [] });

    // Online, and with the city's key alone.
    const receipt = await ok<Record<string, unknown> & { parts: { reference: string; amountMinor: number }[] }>(
      city.get(`/v1/receipts/${payment.id}`),
    );
    const { signature } = receipt as unknown as { signature: string };
    expect(await ok(city.get(`/v1/receipts/${payment.id}/check?signature=${signature}`))).toMatchObject({
      isGenuine: true,
      receipt: { parts: receipt.parts },
    });
    const key = createPublicKey({ key: (await ok(city.get("/v1/receipt-key"))) as never, format: "jwk" });
    const lines = [
      "hansa-receipt/2",
      city.slug,
      payment.id,
      account.reference,
      `${dueMinor} EUR`,
      String(receipt["settledAt"]),
      ...bills.map(({ reference, totalMinor }) => `${reference} ${totalMinor}`),
    ];
    const isSigned = (said: string[]) =>
      verify(null, Buffer.from(said.join("\n")), key, Buffer.from(signature, "base64url"));
    expect([isSigned(lines), isSigned(lines.slice(0, 6))]).toEqual([true, false]);
    const page = await (await (await city.browser()).get(`/receipts/${payment.id}`)).text();
    for (const { reference } of bills) expect(page).toContain(reference);
    expect(await proof(city)).toMatchObject({ isSound: true });
  });

  // Guards against whatever a form can be made to say, and against a second charge. None of it leaves a trace.
  test("bad amounts, other money, another city's reference and a key used twice are refused", async () => {
    const { city, account, dueMinor } = await owing(5_000, 6_000);
    const { reference } = account;
    const before = await proof(city);
    for (const amountMinor of [0, -1, 1.5, 1e15, "100", null])
      expect((await open(city, { reference, amountMinor })).status, String(amountMinor)).toBe(422);
    expect((await open(city, { reference, currency: "XOF" })).status).toBe(422);
    const other = await newCity();
    const theirs = await other.get(`/v1/bill-inquiries/${reference}`);
    const nobodys = await other.get("/v1/bill-inquiries/A-0000-0000-1");
    expect([theirs.status, nobodys.status]).toEqual([404, 404]);
    expect(without((await theirs.json()) as never)).toEqual(without((await nobodys.json()) as never));
    expect((await open(other, { reference })).status).toBe(404);
    const headers = { "Idempotency-Key": "one" };
    const first = await ok<PaymentAnswer>(open(city, { reference, amountMinor: 100 }, headers));
    expect((await ok<PaymentAnswer>(open(city, { reference, amountMinor: 100 }, headers))).id).toBe(first.id);
    expect((await open(city, { reference, amountMinor: 101 }, headers)).status).toBe(409);
    // Reloaded, or tapped twice at once, it is one page.
    const twice = await Promise.all([1, 2].map(() => ok<PaymentAnswer>(open(city, { reference }))));
    expect(new Set(twice.map(({ id }) => id)).size).toBe(1);
    expect(twice[0]!.amountMinor).toBe(dueMinor);
    expect(await proof(city)).toEqual(before);
    await onPage(twice[0]!.checkoutUrl);
    await settled(city, twice[0]!.id);
    expect((await open(city, { reference })).status).toBe(409);
  });

  // Guards against a due that two payments pay.
  test("of a bill and its account one page can be paid; paid both, each due is paid once, and the rest is credit", async () => {
    const { city, account, bills, dueMinor } = await owing(5_000, 6_000);
    const first = bills[0]!;
    const one = await ok<PaymentAnswer>(open(city, { reference: first.reference }));
    const all = await ok<PaymentAnswer>(open(city, { reference: account.reference }));
    await Promise.all([onPage(one.checkoutUrl), onPage(all.checkoutUrl)]);
    await settled(city, all.id);
    expect(await balances(city)).toMatchObject({ "provider:stripe:stand_in": dueMinor });
    await paidThoughEnded(one);
    await Promise.all([settled(city, one.id), settled(city, all.id)]);
    const found = await balances(city);
    expect(Object.keys(found).filter((name) => name.startsWith("due:"))).toEqual([]);
    expect(found).toMatchObject({
      [`credit:${account.id}`]: -first.totalMinor,
      "provider:stripe:stand_in": dueMinor + first.totalMinor,
    });
    expect(await statement(city, account.id)).toMatchObject({ dueMinor: 0, creditMinor: first.totalMinor });
    expect(await proof(city)).toMatchObject({ isSound: true });
  });

  test("what is paid ahead pays the next bill at once, and goes back when two people agree", async () => {
    const { city, account, bill } = await owing();
    const asked = await city.get(`/v1/bill-inquiries/${account.reference}`);
    expect(await asked.json()).toMatchObject({ dueMinor: 0, state: "paid" });
    expect(await paid(city, { reference: account.reference, amountMinor: 5_000 })).toMatchObject({
      parts: [{ accountId: account.id, amountMinor: 5_000 }],
    });
    const next = await bill("2026-08", 5_000);
    const seen = await soon(
      () => ok<{ state: string; fromCreditMinor?: number }>(city.get(`/v1/bills/${next.id}`, agent)),
      ({ fromCreditMinor }) => fromCreditMinor !== undefined,
    );
    expect(seen).toMatchObject({ state: "paid", dueMinor: 0, fromCreditMinor: next.totalMinor });
    const left = 5_000 - next.totalMinor;
    const stands = await soon(
      () => statement(city, account.id),
      ({ lines }) => lines.length === 3,
    );
    expect(stands).toMatchObject({ dueMinor: 0, creditMinor: left, balanceMinor: -left });
    expect(stands.lines.map(({ what }) => what).sort()).toEqual(["billed", "credit_used", "credited"]);

    const ask = (body: object, as: object = agent) => city.post("/v1/refunds", body, as);
    const wanted = { accountId: account.id, reason: "Moved away" };
    expect((await ask({ ...wanted, amountMinor: left + 1 })).status).toBe(422);
    for (const amountMinor of [0, -5, 1.5]) expect((await ask({ ...wanted, amountMinor })).status).toBe(422);
    expect((await ask({ ...wanted, currency: "XOF" })).status).toBe(422);
    expect((await ask(wanted, { as: "resident" })).status).toBe(403);
    const other = await newCity();
    const theirs = await other.post("/v1/refunds", wanted, agent);
    const nobodys = await other.post("/v1/refunds", { ...wanted, accountId: other.id("acc") }, agent);
    expect([theirs.status, nobodys.status]).toEqual([404, 404]);
    expect(without((await theirs.json()) as never)).toEqual(without((await nobodys.json()) as never));
    const { id } = await ok<{ id: string }>(ask(wanted, treasurer));
    expect((await city.post(`/v1/refunds/${id}/approval`, {}, treasurer)).status).toBe(403);
    const decided = await Promise.all([1, 2].map(() => city.post(`/v1/refunds/${id}/approval`, {}, administrator)));
    // Pressed twice, it is one approval.
    expect(decided.map(({ status }) => status)).toEqual([200, 200]);
    expect((await city.post(`/v1/refunds/${id}/approval`, {}, administrator)).status).toBe(200);
    expect((await city.post(`/v1/refunds/${id}/approval`, {}, agent)).status).not.toBe(200);
    expect(await balances(city)).toMatchObject({ [`refunds_owed:${id}`]: -left });
    await ok(city.post(`/v1/refunds/${id}/payout`, { holder: "bank:main", providerRef: "T-1" }, treasurer));
    expect(await statement(city, account.id)).toMatchObject({ creditMinor: 0 });
    expect((await ask(wanted)).status).toBe(409);
    expect(await proof(city)).toMatchObject({ isSound: true });
  });

  test("a payment of several dues that is given back makes them due again, the last one first", async () => {
    const { city, account, bills, dueMinor } = await owing(5_000, 6_000);
    const [first, second] = bills;
    const payment = await paid(city, { reference: account.reference });
    const ask = (body: object) =>
      city.post(`/v1/payments/${payment.id}/refunds`, { reason: "A mistake", ...body }, agent);
    expect((await ask({ amountMinor: dueMinor + 1 })).status).toBe(422);
    const refunded = async (amountMinor: number) => {
      const { id } = await ok<{ id: string }>(ask({ amountMinor }));
      await ok(city.post(`/v1/refunds/${id}/approval`, {}, treasurer));
      await soon(
        () => ok<{ state: string }>(city.get(`/v1/refunds/${id}`, treasurer)),
        ({ state }) => state === "paid",
      );
    };
    await refunded(second!.totalMinor + 10);
    expect((await inquired(city, first!.reference)).dueMinor).toBe(10);
    expect((await inquired(city, second!.reference)).dueMinor).toBe(second!.totalMinor);
    await refunded(first!.totalMinor - 10);
    expect((await inquired(city, account.reference)).dueMinor).toBe(dueMinor);
    expect((await ask({})).status).toBe(409);
    // What the collection room counts follows.
    await soon(
      () => ok<{ totals: { openMinor: number } }>(city.get("/v1/collection/figures", treasurer)),
      ({ totals }) => totals.openMinor === dueMinor,
    );
    expect(await proof(city)).toMatchObject({ isSound: true });
  });
});

describe(`other ways to pay an account, ${target.name}`, () => {
  test("cash at the counter, also ahead; reversed, its dues are due again", async () => {
    const { city, account, dueMinor } = await owing(5_000, 6_000);
    await ok(city.post("/v1/tills", { code: "T1", name: "Ground floor" }, treasurer));
    await ok(city.post("/v1/tills/T1/shifts", { floatMinor: 5_000 }, agent));
    const take = (body: object) =>
      city.post("/v1/tills/T1/receipts", { id: city.id("tak"), reference: account.reference, ...body }, agent);
    const receipt = await ok<{ year: string; number: number; outcome: string }>(take({ amountMinor: dueMinor + 300 }));
    expect(receipt).toMatchObject({ outcome: "settled", amountMinor: dueMinor + 300 });
    expect((await take({})).status).toBe(409);
    expect(await statement(city, account.id)).toMatchObject({ dueMinor: 0, creditMinor: 300 });
    const path = `/v1/tills/T1/receipts/${receipt.year}/${receipt.number}`;
    await ok(city.post(`${path}/reversal`, { reason: "Wrong customer" }, agent));
    await ok(city.post(`${path}/reversal/decision`, { agrees: true }, treasurer));
    expect(await statement(city, account.id)).toMatchObject({ dueMinor, creditMinor: 0 });
    expect(await proof(city)).toMatchObject({ isSound: true });
  });

  test("a third party lists the account's bills and pays one, or all of them (GSMA, GovStack)", async () => {
    const { city, account, bills, dueMinor } = await owing(5_000, 6_000);
    const key = await ok<{ id: string; secret: string }>(
      city.post(
        "/v1/keys",
        { name: "A wallet", scopes: ["billpay.bills:read", "billpay.payments:write"] },
        administrator,
      ),
    );
    const limits = { paymentLimitMinor: 1_000_000, dayLimitMinor: 2_000_000 };
    await ok(
      city.post("/v1/third-parties", { name: "A wallet", keyId: key.id, callbackHosts: [], ...limits }, treasurer),
    );
    const as = () => ({ as: { token: key.secret }, headers: { "X-CorrelationID": crypto.randomUUID() } });
    const list = (type: string, id: string) => city.get(`/v1/gsma/accounts/${type}/${id}/bills`, as());
    const listed = await ok<{ billReference: string }[]>(list("accountid", account.reference));
    expect(listed.map(({ billReference }) => billReference)).toEqual(bills.map(({ reference }) => reference));
    expect(JSON.stringify(listed)).not.toMatch(/Awa/);
    for (const [type, id] of [
      ["billreference", account.reference],
      ["accountid", bills[0]!.reference],
      ["msisdn", account.reference],
      ["accountid", "A-0000-0000-1"],
    ] as const)
      expect((await list(type, id)).status, `${type} ${id}`).toBe(404);
    const pay = (path: string, minor: number) =>
      city.post(`/v1/gsma/${path}/payments`, { amountPaid: (minor / 100).toFixed(2), currency: "EUR" }, as());
    const other = await billedCity([5_000]);
    const strange = other.bills[0]!.reference;
    expect((await pay(`accounts/accountid/${account.reference}/bills/${strange}`, 100)).status).toBe(404);
    expect((await pay(`bills/${account.reference}`, dueMinor + 1)).status).toBe(400);
    const own = `accounts/accountid/${account.reference}/bills/${bills[1]!.reference}`;
    expect((await pay(own, bills[1]!.totalMinor)).status).toBe(201);
    expect((await inquired(city, account.reference)).dueMinor).toBe(bills[0]!.totalMinor);
    const inquiry = await ok<{ billDetails: { amountonDueDate: number }[] }>(
      city.get(`/v1/govstack/bills/${account.reference}?fields=inquiry`, as()),
    );
    expect(inquiry.billDetails[0]!.amountonDueDate).toBe(bills[0]!.totalMinor);
    expect((await pay(`bills/${account.reference}`, bills[0]!.totalMinor)).status).toBe(201);
    expect(await statement(city, account.id)).toMatchObject({ dueMinor: 0, creditMinor: 0 });
    expect((await pay(`bills/${account.reference}`, 100)).status).toBe(400);
  });
});

describe(`the rule by which payments are matched, ${target.name}`, () => {
  test("is the treasurer's, is kept with its history, and each payment says by which it was spread", async () => {
    const { city, account, bills } = await owing(6_000, 5_000);
    const put = (body: unknown, as: object = treasurer) => city.put("/v1/matching-rules/current", body, as);
    expect(await ok(city.get("/v1/matching-rules/current", agent))).toMatchObject({
      version: 0,
      order: "oldest_first",
    });
    for (const wrong of [{ order: "dearest" }, { order: "by_kind" }, { kinds: ["beer"] }, { extra: 1 }, []])
      expect((await put(wrong)).status, JSON.stringify(wrong)).toBe(422);
    for (const as of ["agent", "administrator", "resident", "nobody"] as const)
      expect([401, 403], as).toContain((await put({}, { as })).status);
    expect(await ok(put({ order: "smallest_first" }))).toMatchObject({ version: 1 });
    const smallest = bills.reduce((a, b) => (a.totalMinor < b.totalMinor ? a : b));
    const payment = await paid(city, { reference: account.reference, amountMinor: smallest.totalMinor });
    expect(payment).toMatchObject({ rule: 1, parts: [{ billId: smallest.id }] });
    expect(await ok(put({ beyond: "suspense" }))).toMatchObject({ version: 2, order: "oldest_first" });
    const { rules } = await ok<{ rules: { version: number; setBy?: string }[] }>(city.get("/v1/matching-rules", agent));
    expect(rules.map(({ version, setBy }) => [version, setBy !== undefined])).toEqual([
      [2, true],
      [1, true],
      [0, false],
    ]);
    expect(await ok((await newCity()).get("/v1/matching-rules/current", treasurer))).toMatchObject({ version: 0 });

    const browser = await city.browser("treasurer");
    const path = "/staff/billing/matching";
    expect(await (await browser.get(path)).text()).toContain("the oldest first");
    const fields = { order: "by_kind", named: "in_turn", beyond: "account" };
    expect((await browser.submit(path, fields, path)).status).toBe(422);
    expect((await browser.submit(path, { ...fields, kind1: "waste", kind2: "water" }, path)).status).toBe(303);
    expect(await ok(city.get("/v1/matching-rules/current", agent))).toMatchObject({
      version: 3,
      kinds: ["waste", "water"],
    });
    const clerk = await city.browser("agent");
    expect((await clerk.submit(path, fields, path)).status).toBe(403);
  });
});

describe(`the statement of an account, ${target.name}`, () => {
  test("shows its own customer what is due, one button for all of it, and how it came to that", async () => {
    const { city, account, contact, bills, dueMinor } = await owing(5_000, 6_000);
    await paid(city, { reference: bills[0]!.reference, amountMinor: 200 });
    await soon(
      () => statement(city, account.id),
      ({ lines }) => lines.length === 3,
    );
    const mine = await city.browser({ contact });
    const path = `/bills/of/${account.id}`;
    const list = await (await mine.get("/bills")).text();
    expect(list).toContain(`/pay?reference=${account.reference}`);
    const page = await (await mine.get(path)).text();
    for (const there of [account.reference, bills[0]!.reference, bills[1]!.reference, "Payment", "Pay all of it"])
      expect(page).toContain(there);
    // Who looks for a receipt a week later finds it: from the bill to the statement to the receipt.
    expect(await (await mine.get(`/bills/${bills[0]!.id}`)).text()).toContain(`${path}"`);
    const [, receipt] = /href="[^"]*(\/receipts\/pay_[^"]+)"/.exec(page)!;
    expect((await mine.get(receipt!)).status).toBe(200);
    const csv = await mine.get(`${path}/statement.csv`);
    expect(csv.headers.get("content-type")).toMatch(/^text\/csv/);
    const rows = (await csv.text()).trim().split("\r\n");
    expect(rows).toHaveLength(4);
    expect(rows[0]).toBe("day,what,reference,service,payment,amount,within,balance,currency");
    expect(rows[3]).toContain(`,-2.00,,${((dueMinor - 200) / 100).toFixed(2)},EUR`);
    const token = await city.signIn(contact);
    expect(await statement(city, account.id, { as: { token } })).toMatchObject({ dueMinor: dueMinor - 200 });

    // Another customer, and another city's treasurer, see what they see of an account that is not there.
    const stranger = { as: { token: await city.signIn(`other@${city.slug}.example`) } };
    const other = await newCity();
    for (const where of [`/v1/statements/${account.id}`, `/v1/statements/${account.id}/csv`])
      for (const [who, as] of [
        [city, stranger],
        [other, treasurer],
      ] as const) {
        const theirs = await who.get(where, as);
        const nobodys = await who.get(where.replace(account.id, city.id("acc")), as);
        expect([theirs.status, nobodys.status]).toEqual([404, 404]);
        expect(without((await theirs.json()) as never)).toEqual(without((await nobodys.json()) as never));
      }
    expect((await city.get(`/v1/statements/${account.id}`, { as: "nobody" })).status).toBe(401);
    const elsewhere = await city.browser({ contact: `other@${city.slug}.example` });
    expect((await elsewhere.get(path)).status).toBe(404);

    for (const lang of ["en", "fr", "ar"]) {
      const anyone = await city.browser();
      const shown = await anyone.get(`/pay?reference=${account.reference}&lang=${lang}`);
      expect(shown.status).toBe(200);
      expect(await shown.text()).not.toContain("Awa");
    }
    const anyone = await city.browser();
    const to = `/pay?reference=${account.reference}`;
    const begun = await anyone.submit("/payments", { reference: account.reference }, to);
    expect(begun.status).toBe(303);
    await onPage(begun.headers.get("location")!);
    await soon(
      () => statement(city, account.id),
      (found) => found.dueMinor === 0,
    );
    expect(await (await anyone.get(to)).text()).toContain("Nothing is due");
  });
});
