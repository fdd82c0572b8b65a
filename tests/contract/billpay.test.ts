import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { camt, IBAN } from "../camt.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

const treasurer = { as: "treasurer" as const };
const SCOPES = ["billpay.bills:read", "billpay.payments:write"];

interface Wallet {
  id: string;
  secret: string;
  settlementReference: string;
}
async function wallet(city: TestCity, more: object = {}, scopes = SCOPES): Promise<Wallet> {
  const { id: keyId, secret } = await ok<{ id: string; secret: string }>(
    city.post("/v1/keys", { name: "A wallet", scopes }, { as: "administrator" }),
  );
  const order = {
    name: "A wallet",
    keyId,
    callbackHosts: ["localhost"],
    paymentLimitMinor: 1_000_000,
    dayLimitMinor: 2_000_000,
    ...more,
  };
  return { ...(await ok<Wallet>(city.post("/v1/third-parties", order, treasurer))), secret };
}
const as = ({ secret }: { secret: string }, headers: Record<string, string> = {}) => ({
  as: { token: secret },
  headers: { "X-CorrelationID": randomUUID(), ...headers },
});
const pay = (city: TestCity, by: Wallet, reference: string, amountPaid: string, headers = {}, more: object = {}) =>
  city.post(
    `/v1/gsma/bills/${reference}/payments`,
    { amountPaid, currency: "EUR", requestingOrganisationTransactionReference: "W-1", ...more },
    as(by, headers),
  );
const euros = (minor: number) => (minor / 100).toFixed(2);
const dueOf = async (city: TestCity, reference: string) =>
  (await ok<{ dueMinor: number }>(city.get(`/v1/bill-inquiries/${reference}`))).dueMinor;
const owes = async (city: TestCity, { id }: Wallet) =>
  (
    await ok<{ thirdParties: { id: string; owesMinor: number }[] }>(city.get("/v1/third-parties", treasurer))
  ).thirdParties.find((one) => one.id === id)!.owesMinor;
const proof = (city: TestCity) => ok<{ isSound: boolean; digest: string }>(city.get("/v1/ledger/proof", treasurer));

// The wallet's own server: what it is told, in order.
const told: { method: string; url: string; correlationId: string; body: Record<string, unknown> }[] = [];
const server = createServer(async (request: IncomingMessage, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  told.push({
    method: request.method!,
    url: request.url!,
    correlationId: String(request.headers["x-correlationid"]),
    body: JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>,
  });
  response.end();
});
let home = "";
beforeAll(async () => {
  await new Promise<void>((resume) => server.listen(0, resume));
  home = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
const heard = async (correlationId: string) =>
  (await soon(
    async () => told.find((one) => one.correlationId === correlationId),
    (found) => found !== undefined,
  ))!;

describe(`bills paid through third parties, ${target.name}`, () => {
  test("a wallet finds a bill and pays it (GSMA 1.2); it owes the city, and its transfer settles that", async () => {
    const { city, bills } = await billedCity([5_000]);
    const { reference, totalMinor } = bills[0]!;
    const by = await wallet(city);
    const found = await city.get(`/v1/gsma/accounts/billreference/${reference}/bills`, as(by));
    expect(found.headers.get("x-records-returned-count")).toBe("1");
    expect(await found.json()).toMatchObject([
      { billReference: reference, billStatus: "unpaid", amountDue: euros(totalMinor), currency: "EUR" },
    ]);
    const part = await pay(city, by, reference, "1.00");
    expect([part.status, await part.json()]).toEqual([
      201,
      expect.objectContaining({ billPaymentStatus: "completed", paymentType: "partialpayment", amountPaid: "1.00" }),
    ]);
    const rest = await ok<{ serviceProviderPaymentReference: string }>(
      pay(city, by, reference, euros(totalMinor - 100)),
    );
    expect(await dueOf(city, reference)).toBe(0);
    const transaction = `/v1/gsma/transactions/${rest.serviceProviderPaymentReference}`;
    expect(await ok(city.get(transaction, as(by)))).toMatchObject({ transactionStatus: "completed" });
    expect(await ok<unknown[]>(city.get(`/v1/gsma/bills/${reference}/payments`, as(by)))).toHaveLength(2);
    expect(await owes(city, by)).toBe(totalMinor);
    const { id } = await ok<{ id: string }>(city.post("/v1/bank-accounts", { name: "Main", iban: IBAN }, treasurer));
    const file = camt({
      opening: "0.00",
      closing: euros(totalMinor + 5),
      entries: [{ amount: euros(totalMinor + 5), structured: by.settlementReference }],
    });
    const xml = { ...treasurer, headers: { "Content-Type": "application/xml" } };
    const statement = await ok<{ id: string }>(city.post(`/v1/bank-accounts/${id}/statements`, file, xml));
    // It paid 5 more than it owed: they stay its credit.
    await soon(
      () => owes(city, by),
      (minor) => minor === -5,
    );
    expect((await city.get(`/v1/bank-statements/${statement.id}`, treasurer)).status).toBe(200);
    expect(await proof(city)).toMatchObject({ isSound: true });
  });

  // Guards against a wallet that lost its answer and pays a bill twice.
  test("a correlation id is one payment: a repetition is duplicateRequest, and its first answer can be had", async () => {
    const { city, bills } = await billedCity([5_000]);
    const { reference } = bills[0]!;
    const by = await wallet(city);
    const id = randomUUID();
    const header = { "X-CorrelationID": id };
    const all = await Promise.all(Array.from({ length: 6 }, () => pay(city, by, reference, "1.00", header)));
    expect(all.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    const again = await pay(city, by, reference, "2.00", header);
    expect([again.status, await again.json()]).toEqual([
      409,
      expect.objectContaining({ errorCategory: "businessRule", errorCode: "duplicateRequest" }),
    ]);
    const { link } = await ok<{ link: string }>(city.get(`/v1/gsma/responses/${id}`, as(by)));
    expect(await ok(city.get(link.replace(`/cities/${city.slug}`, ""), as(by)))).toMatchObject({ amount: "1.00" });
    expect(await owes(city, by)).toBe(100);
  });

  test("with X-Callback-URL the answer comes by PUT, to a registered host alone", async () => {
    const { city, bills } = await billedCity([5_000]);
    const { reference } = bills[0]!;
    const by = await wallet(city);
    const id = randomUUID();
    const asked = await pay(city, by, reference, "1.00", { "X-CorrelationID": id, "X-Callback-URL": `${home}/told` });
    const state = (await asked.json()) as { serverCorrelationId: string };
    expect([asked.status, state]).toEqual([202, expect.objectContaining({ notificationMethod: "callback" })]);
    expect(await heard(id)).toMatchObject({
      method: "PUT",
      url: "/told",
      body: { billPaymentStatus: "completed", amountPaid: "1.00" },
    });
    expect(await ok(city.get(`/v1/gsma/requeststates/${state.serverCorrelationId}`, as(by)))).toMatchObject({
      status: "completed",
    });
    const before = await owes(city, by);
    for (const url of [
      "http://169.254.169.254/latest",
      "https://evil.example/x",
      "https://localhost.evil.example/",
      "http://127.0.0.1:1/",
      "https://user:pass@localhost/",
      "file:///etc/passwd",
      "nonsense",
    ])
      expect((await pay(city, by, reference, "1.00", { "X-Callback-URL": url })).status, url).toBe(400);
    expect(await owes(city, by)).toBe(before);
  });

  test("GovStack: inquiry, the bill marked as paid, its status; answers also to the callback", async () => {
    const { city, bills } = await billedCity([5_000]);
    const { reference, totalMinor } = bills[0]!;
    const by = await wallet(city);
    const asked = randomUUID();
    const inquiry = await city.get(
      `/v1/govstack/bills/${reference}?fields=inquiry`,
      as(by, { "X-CorrelationID": asked, "X-Callback-URL": `${home}/pbb` }),
    );
    expect([inquiry.status, await inquiry.json()]).toEqual([
      202,
      expect.objectContaining({
        code: "00",
        billId: reference,
        billDetails: [expect.objectContaining({ billStatus: "UNPAID", amountonDueDate: totalMinor })],
      }),
    ]);
    expect(await heard(asked)).toMatchObject({ method: "POST", url: `/pbb/bills/${reference}` });
    const id = randomUUID();
    const mark = () =>
      city.post(
        "/v1/govstack/billTransferRequests",
        { billInquiryRequestId: asked, billId: reference, paymentReferenceID: "P-1" },
        as(by, { "X-CorrelationID": id }),
      );
    const [first, second] = await Promise.all([mark(), mark()]);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(await first.json()).toMatchObject({ code: "00", paymentStatus: "PAID" });
    expect(await dueOf(city, reference)).toBe(0);
    expect(await owes(city, by)).toBe(totalMinor);
    expect(await ok(city.get(`/v1/govstack/transferRequests/${id}`, as(by)))).toMatchObject({ status: "ACCEPTED" });
    const missing = await city.get("/v1/govstack/bills/AAAA-AAAA-A?fields=inquiry", as(by));
    expect([missing.status, await missing.json()]).toEqual([404, expect.objectContaining({ responseCode: "01" })]);
  });

  // Guards against strangers, forged amounts, limits that are run past at once, and a look into another's payments.
  test("what is not right is refused in the standard's own words, and moves nothing", async () => {
    const { city, bills } = await billedCity([5_000, 6_000]);
    const { reference, totalMinor } = bills[0]!;
    const by = await wallet(city, { paymentLimitMinor: 300, dayLimitMinor: 500 });
    const before = await proof(city);
    for (const [amount, currency] of [
      ["0", "EUR"],
      ["0.00", "EUR"],
      ["-1", "EUR"],
      ["1.005", "EUR"],
      ["1e2", "EUR"],
      ["3.01", "EUR"],
      ["1", "XOF"],
      ["1", "XXX"],
      ["99999999999999999999", "EUR"],
    ]) {
      const answer = await pay(city, by, reference, amount!, {}, { currency });
      expect([answer.status, await answer.json()], `${amount} ${currency}`).toEqual([
        400,
        expect.objectContaining({ errorCategory: "validation", errorDateTime: expect.any(String) }),
      ]);
    }
    expect((await pay(city, by, reference, "1.00", { "X-CorrelationID": "1" })).status).toBe(400);
    const unknown = await pay(city, by, "AAAA-AAAA-A", "1.00");
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      expect.objectContaining({ errorCategory: "identification", errorCode: "identifierError" }),
    ]);
    expect((await city.get(`/v1/gsma/accounts/msisdn/${reference}/bills`, as(by))).status).toBe(404);
    expect(await proof(city)).toEqual(before);
    // The limit of a day holds for all that come at once.
    const many = await Promise.all(Array.from({ length: 6 }, () => pay(city, by, reference, "2.00")));
    expect(many.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(await owes(city, by)).toBe(400);

    const reader = await wallet(city, {}, ["billpay.bills:read"]);
    const forbidden = await pay(city, reader, reference, "1.00");
    expect([forbidden.status, await forbidden.json()]).toEqual([
      401,
      expect.objectContaining({ errorCategory: "authorisation" }),
    ]);
    // A key that nobody has registered as a third party.
    const { secret } = await ok<{ secret: string }>(
      city.post("/v1/keys", { name: "Loose", scopes: SCOPES }, { as: "administrator" }),
    );
    expect((await city.get(`/v1/gsma/bills/${reference}/payments`, as({ secret }))).status).toBe(401);
    expect((await city.get(`/v1/gsma/heartbeat`, { as: "nobody" })).status).toBe(401);
    // Another third party, and another city, see nothing of it.
    const other = await wallet(city);
    expect(await ok(city.get(`/v1/gsma/bills/${reference}/payments`, as(other)))).toEqual([]);
    const paid = (await many.find(({ status }) => status === 201)!.json()) as {
      serviceProviderPaymentReference: string;
    };
    const its = `/v1/gsma/transactions/${paid.serviceProviderPaymentReference}`;
    expect((await city.get(its, as(other))).status).toBe(404);
    const elsewhere = await newCity();
    const stranger = await wallet(elsewhere);
    expect((await elsewhere.get(its, as(stranger))).status).toBe(404);
    expect((await pay(elsewhere, stranger, reference, "1.00")).status).toBe(404);
    expect((await pay(elsewhere, by, reference, "1.00")).status).toBe(401);
    expect(totalMinor - (await dueOf(city, reference))).toBe(400);
  });

  test("third parties are registered by the treasurer, one for each key", async () => {
    const city = await newCity();
    const { keyId } = (await wallet(city)) as unknown as { keyId: string };
    const order = { name: "B", keyId, paymentLimitMinor: 1, dayLimitMinor: 1 };
    expect((await city.post("/v1/third-parties", order, treasurer)).status).toBe(409);
    expect((await city.post("/v1/third-parties", order, { as: "agent" })).status).toBe(403);
    for (const wrong of [
      { callbackHosts: ["https://x.example"] },
      { callbackHosts: ["10.0.0.1"] },
      { dayLimitMinor: 0 },
    ])
      expect((await city.post("/v1/third-parties", { ...order, ...wrong }, treasurer)).status).toBe(422);
    const page = await city.browser("treasurer");
    const at = "/staff/third-parties";
    const fields = { name: "Shop", keyId: city.id("key"), payment: "100", day: "1000,50", hosts: "api.shop.example" };
    const wrong = await page.submit(at, { ...fields, day: "x" }, at);
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('value="api.shop.example"')]);
    expect((await page.submit(at, fields, at)).status).toBe(303);
    expect(await (await page.get(at)).text()).toContain("Shop");
  });
});
