import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection, Order, Rail } from "../../functions/payments/rail.ts";
import { GsmaSettings, gsma } from "../../functions/payments/rails/gsma/index.ts";
import { uuidOf } from "../../functions/payments/rails/wire.ts";
import { type StandIns, startStandIns } from "../../functions/payments/stand-in/hub.ts";
import { newId } from "../../shared/ids.ts";

type Seen = { method: string; path: string; headers: Headers; body: string };
let hub: StandIns;
let sent: Seen[] = [];
const clock = Date.parse("2026-11-25T12:00:00Z");
const now = () => new Date(clock);
const CALLBACK = "http://127.0.0.1:9/webhooks/gsma/wallet/secret";

beforeAll(async () => {
  hub = await startStandIns({ now });
});
afterAll(() => hub.stop());

const connect = (secret: string, more: Partial<GsmaSettings> = {}): Connection =>
  gsma.connect(
    { ...gsma.standInSettings(secret), ...more },
    { now, callbackUrl: CALLBACK, standIn: `${hub.url}/gsma` },
  );
const order = (msisdn = "+22507000003", amountMinor = 1_250, currency = "XOF"): Order => ({
  paymentId: newId("pay", now()),
  reference: "K7M2-9QXR-4",
  amountMinor,
  currency,
  title: "City · Water · K7M2-9QXR-4",
  lang: "fr",
  expiresAt: "2026-11-25T13:00:00Z",
  msisdn,
  successUrl: "http://127.0.0.1:9/back",
  cancelUrl: "http://127.0.0.1:9/cancel",
});
const call = (path: string, body: unknown) => ({
  method: "PUT",
  path,
  headers: new Headers(),
  body: typeof body === "string" ? body : JSON.stringify(body),
});

/** Somebody pays 5 francs from the menu of a wallet, without this house. */
async function menu(clientSecret: string, reference: string): Promise<{ transactionReference: string }> {
  const { partyKey: key, party: value } = gsma.standInSettings(clientSecret);
  const body = { clientSecret, reference, amount: "5", currency: "XOF", creditParty: [{ key, value }] };
  const made = await fetch(`${hub.url}/gsma/_menu`, { method: "POST", body: JSON.stringify(body) });
  expect(made.status).toBe(201);
  return (await made.json()) as { transactionReference: string };
}

/** Another program in front of the stand-in, which sees what is sent and may answer in its place. */
async function between(run: () => Promise<unknown>, instead: (seen: Seen) => Response | undefined = () => undefined) {
  const real = globalThis.fetch;
  sent = [];
  globalThis.fetch = (async (url: string, init: RequestInit = {}) => {
    // The stand-in calls back by the same way: that is not ours.
    if (!url.startsWith(hub.url)) return real(url, init);
    const path = new URL(url).pathname.replace("/gsma/v1.2/mm", "");
    const seen = {
      method: init.method ?? "GET",
      path,
      headers: new Headers(init.headers),
      body: String(init.body ?? ""),
    };
    sent.push(seen);
    return instead(seen) ?? real(url, init);
  }) as typeof fetch;
  try {
    return await run();
  } finally {
    globalThis.fetch = real;
  }
}

describe("the rail of the GSMA Mobile Money API", () => {
  test("sends what the API wants: a UUID of ours, the body's hash, decimal strings, both parties", async () => {
    const asked = order("+23350000003", 1_250, "GHS");
    const connection = connect("secret-of-the-wire");
    await between(() => connection.open(asked));
    const { headers, body, path, method } = sent[0]!;
    expect([method, path]).toEqual(["POST", "/transactions/type/merchantpay"]);
    expect(JSON.parse(body)).toMatchObject({
      amount: "12.50",
      currency: "GHS",
      debitParty: [{ key: "msisdn", value: "+23350000003" }],
      creditParty: [{ key: "accountid" }],
      requestingOrganisationTransactionReference: asked.paymentId,
    });
    expect(headers.get("x-correlationid")).toBe(uuidOf("gsma", asked.paymentId));
    expect(headers.get("x-callback-url")).toBe(`${CALLBACK}/${asked.paymentId}`);
    expect(headers.get("x-date")).toBe("Wed, 25 Nov 2026 12:00:00 GMT");
    expect(headers.get("x-content-hash")).toBe(createHash("sha256").update(body).digest("hex"));
    expect(headers.get("authorization")).toMatch(/^Basic /);
  });

  test("whoever pays, refuses, or never answers: asked after by the request's state", async () => {
    const connection = connect("secret-of-three-payers");
    for (const [end, says] of [
      ["3", "paid"],
      ["1", "failed"],
      ["2", "open"],
    ] as const) {
      const asked = order(`+2250700000${end}`);
      const { sessionId, url } = await connection.open(asked);
      expect(sessionId).toMatch(/^requeststates\/[0-9a-f-]{36}$/);
      expect(url).toBeUndefined();
      const word = await connection.ask(sessionId, asked);
      expect(word).toMatchObject({ says, sessionId, paymentId: asked.paymentId, currency: "XOF" });
      expect(word.amountMinor).toBe(says === "paid" ? 1_250 : 0);
      if (says === "failed") expect(word.reason).toBe("requestDeclined");
      if (says === "open")
        await fetch(`${hub.url}/gsma/_payer/${sessionId}`, { method: "POST", body: JSON.stringify({ does: "pay" }) });
      expect((await connection.ask(sessionId, asked)).says).toBe(says === "open" ? "paid" : says);
    }
  });

  // Guards against a payer who is asked twice because an answer was lost.
  test("a repeated request is a duplicate, and what it became is looked up by its correlation id", async () => {
    const connection = connect("secret-of-the-twins");
    const asked = order();
    await connection.open(asked);
    const again = await connection.open(asked);
    expect(again.sessionId).toMatch(/^transactions\/MM/);
    expect(await connection.ask(again.sessionId, asked)).toMatchObject({ says: "paid", amountMinor: 1_250 });
    // One that is not decided yet has become nothing: it is asked after by the same id, later.
    const waiting = order("+22507000002");
    const first = await connection.open(waiting);
    const second = await connection.open(waiting);
    expect(second.sessionId).toBe(`responses/${uuidOf("gsma", waiting.paymentId)}`);
    expect(connection.alias!(waiting)).toBe(second.sessionId);
    await expect(connection.ask(second.sessionId, waiting)).rejects.toMatchObject({ kind: "absent" });
    await fetch(`${hub.url}/gsma/_payer/${first.sessionId}`, { method: "POST", body: JSON.stringify({ does: "pay" }) });
    expect(await connection.ask(second.sessionId, waiting)).toMatchObject({ says: "paid" });
    const lines = await connection.statement!(new Date(clock - 1_000), new Date(clock + 1_000));
    expect(lines).toHaveLength(2);
  });

  test("by OAuth 2 where the operator has it; wrong keys are the administrator's matter, not the payer's", async () => {
    const connection = connect("secret-of-the-token", {
      tokenUrl: "https://operator.example/token",
      apiKey: "key-12345",
    });
    const asked = order();
    await between(() => connection.open(asked));
    expect(sent.map(({ path }) => path)).toEqual(["/gsma/token", "/transactions/type/merchantpay"]);
    expect(sent[0]!.body).toBe("grant_type=client_credentials");
    expect(sent[1]!.headers.get("authorization")).toMatch(/^Bearer /);
    expect(sent[1]!.headers.get("x-api-key")).toBe("key-12345");
    const refused = () => Response.json({ errorCategory: "authorisation", errorCode: "x" }, { status: 401 });
    await between(async () => {
      await expect(connect("secret-unknown").open(order())).rejects.toMatchObject({ kind: "unavailable" });
    }, refused);
  });

  test("refusals have the field that they are about; silence is `unavailable`", async () => {
    const connection = connect("secret-of-refusals");
    const error = (errorCode: string, status = 400, errorCategory = "businessRule") =>
      between(
        () => connection.open(order()).catch((fault: unknown) => fault),
        () => Response.json({ errorCategory, errorCode, errorDescription: "No." }, { status }),
      );
    const at = (pointer: string) => ({ kind: "invalid", members: { errors: [{ pointer }] } });
    expect(await error("identifierError", 404)).toMatchObject(at("#/msisdn"));
    expect(await error("GreaterThanTransactionMaxValue")).toMatchObject(at("#/amountMinor"));
    expect(await error("lessThanTransactionMinValue")).toMatchObject(at("#/amountMinor"));
    expect(await error("currencyNotSupported")).toMatchObject(at("#/currency"));
    expect(await error("insufficientFunds")).toMatchObject({ kind: "conflict" });
    expect(await error("RequestDeclined", 401, "Authorisation")).toMatchObject({ kind: "conflict" });
    expect(await error("genericError", 503)).toMatchObject({ kind: "unavailable" });
    const { msisdn: _none, ...without } = order();
    await expect(connection.open(without)).rejects.toMatchObject(at("#/msisdn"));
    hub.weather.isAway = true;
    await expect(connection.open(order())).rejects.toMatchObject({ kind: "unavailable" });
    await expect(connection.ask("requeststates/x", order())).rejects.toMatchObject({ kind: "unavailable" });
    hub.weather.isAway = false;
    await expect(connection.ask("requeststates/x", order())).rejects.toMatchObject({ kind: "absent" });
  });

  // Guards against a payment that is called refused although the operator took it.
  test("what was taken and cannot be read is no refusal; one that is decided at once is its transaction", async () => {
    const connection = connect("secret-of-odd-answers");
    const answered = (body: unknown, status: number) =>
      between(
        () => connection.open(order()).catch((fault: unknown) => fault),
        () => Response.json(body, { status }),
      );
    for (const status of [200, 201, 202, 302, 408])
      expect(await answered({ surprise: 1 }, status), String(status)).toMatchObject({ kind: "unavailable" });
    const done = { transactionReference: "MM1", transactionStatus: "completed", amount: "1250", currency: "XOF" };
    expect(await answered(done, 201)).toEqual({ sessionId: "transactions/MM1" });
    expect(await answered(done, 200)).toEqual({ sessionId: "transactions/MM1" });
  });

  // Guards against more going back than came in, and against a refund that is sent twice.
  test("gives back by a reversal, in parts, once for each refund", async () => {
    const connection = connect("secret-of-refunds");
    const asked = order();
    const { sessionId } = await connection.open(asked);
    const { providerRef } = await connection.ask(sessionId, asked);
    const refund = {
      ...{ refundId: newId("rfd", now()), paymentId: asked.paymentId, sessionId, providerRef: providerRef! },
      ...{ amountMinor: 1_000, currency: "XOF" },
    };
    const taken = await connection.refund!(refund);
    expect(taken).toMatchObject({ about: "refund", says: "open" });
    const done = await connection.askRefund!({ ...refund, refundRef: taken.providerRef! });
    expect(done).toMatchObject({ about: "refund", says: "paid", amountMinor: 1_000, paymentId: asked.paymentId });
    const again = await connection.refund!(refund);
    expect(await connection.askRefund!({ ...refund, refundRef: again.providerRef! })).toEqual(done);
    expect(await connection.askRefund!(refund)).toEqual(done);
    const more = { ...refund, refundId: newId("rfd", now()), amountMinor: 251 };
    await expect(connection.refund!(more)).rejects.toMatchObject({ kind: "conflict" });
    await expect(connection.askRefund!(more)).rejects.toMatchObject({ kind: "absent" });
    const lines = await connection.statement!(new Date(clock - 1_000), new Date(clock + 1_000));
    expect(lines.map(({ about, says, amountMinor }) => `${about} ${says} ${amountMinor}`).sort()).toEqual([
      "payment paid 1250",
      "refund paid 1000",
    ]);
  });

  // Guards against a callback that names somebody else's transaction, and one that is believed because it came.
  test("a callback is a hint alone; what it names counts when it paid this account", async () => {
    const connection = connect("secret-of-callbacks");
    const asked = order();
    const { sessionId } = await connection.open(asked);
    const { providerRef } = await connection.ask(sessionId, asked);
    const body = {
      ...{ transactionReference: providerRef, transactionStatus: "completed", amount: "999999", currency: "XOF" },
      requestingOrganisationTransactionReference: "K7M2-9QXR-4",
    };
    const paid = await connection.hear!(call(asked.paymentId, body));
    expect(paid).toMatchObject({ isProof: false, words: [{ about: "payment", paymentId: asked.paymentId }] });
    expect(paid.words[0]!.amountMinor).toBe(0);
    const error = { errorCategory: "authorisation", errorCode: "requestDeclined" };
    expect((await connection.hear!(call(asked.paymentId, error))).words).toMatchObject([{ says: "failed" }]);
    const refund = await connection.hear!(call(`${asked.paymentId}/rfd_1`, body));
    expect(refund.words).toMatchObject([{ about: "refund", refundId: "rfd_1" }]);
    const begun = (await connection.hear!(call("", body))).words[0]!;
    expect(begun).toMatchObject({ providerRef, reference: "K7M2-9QXR-4", sessionId: providerRef });
    for (const [path, wrong] of [
      ["", "{"],
      ["", error],
      ["", { ...body, transactionReference: "../accounts" }],
      ["", { ...body, transactionReference: "requeststates/1" }],
      ["", []],
    ] as const)
      await expect(connection.hear!(call(path, wrong))).rejects.toMatchObject({ kind: "malformed" });
    // Begun from the menu of a wallet. The same client may have another account, which was not credited.
    const secret = "secret-of-callbacks";
    const about = { paymentId: "", currency: "XOF" };
    const { transactionReference } = await menu(secret, "K7M2-9QXR-4");
    const other = connect(secret, { party: "another-account" });
    await expect(other.ask(transactionReference, about)).rejects.toMatchObject({ kind: "absent" });
    const money = { says: "paid", amountMinor: 5, reference: "K7M2-9QXR-4", providerRef: transactionReference };
    expect(await connection.ask(transactionReference, about)).toMatchObject(money);
    // What a house asked for is nobody else's; should its session have been lost, its own payment is found by it.
    await expect(connection.ask(providerRef!, about)).rejects.toMatchObject({ kind: "absent" });
    await expect(connection.ask(providerRef!, order())).rejects.toMatchObject({ kind: "absent" });
    await expect(connection.ask(transactionReference, asked)).rejects.toMatchObject({ kind: "absent" });
    expect(await connection.ask(providerRef!, asked)).toMatchObject({ says: "paid", paymentId: asked.paymentId });
    expect(await other.statement!(new Date(clock - 1_000), new Date(clock + 1_000))).toEqual([]);
  });

  test("a bill that was paid from the wallet's own menu comes with the statement, over many pages", async () => {
    const secret = "secret-of-the-menu";
    for (let i = 0; i < 60; i++) await menu(secret, i === 0 ? "K7M2-9QXR-4" : `R${i}`);
    const lines = await connect(secret).statement!(new Date(clock - 1_000), new Date(clock + 1_000));
    expect(lines).toHaveLength(60);
    expect(new Set(lines.map(({ providerRef }) => providerRef)).size).toBe(60);
    expect(lines.filter(({ reference }) => reference === "K7M2-9QXR-4")).toMatchObject([
      { says: "paid", amountMinor: 5, at: "2026-11-25T12:00:00.000Z" },
    ]);
    expect(await connect(secret).statement!(new Date(clock + 1_000), new Date(clock + 2_000))).toEqual([]);
  });

  test("settings: https alone, and an account that is named; what is live says so", () => {
    const good = { ...gsma.standInSettings("a-secret-of-some-length") };
    expect(GsmaSettings.safeParse(good).success).toBe(true);
    for (const wrong of [
      { baseUrl: "http://operator.example/mm" },
      { baseUrl: "file:///etc/passwd" },
      { tokenUrl: "http://operator.example/token" },
      { party: "a/b" },
      { partyKey: "iban" },
      { environment: "sandbox" },
      { surprise: 1 },
    ])
      expect(GsmaSettings.safeParse({ ...good, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
    expect(gsma.isLive({ ...good, environment: "live" })).toBe(true);
    expect((gsma as Rail<GsmaSettings>).how).toBe("prompt");
  });

  // Guards against a house that a city's setting makes speak to its own network.
  test("an operator's address that is not public is never asked", async () => {
    for (const baseUrl of ["https://127.0.0.1/mm", "https://169.254.169.254/latest", "https://[::1]/mm"]) {
      const settings = { ...gsma.standInSettings("secret-of-inside"), baseUrl };
      const inside = gsma.connect(settings, { now, callbackUrl: CALLBACK, standIn: undefined });
      await expect(inside.open(order())).rejects.toMatchObject({ kind: "unavailable" });
    }
  });
});
