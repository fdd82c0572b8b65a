import { describe, expect, test } from "vitest";
import { billedCity, ok, twoTaps } from "../billed.ts";
import { balances, compared, dueOf, facts, proof } from "../books.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

interface Paid {
  id: string;
  state: string;
  how: string;
  provider: string;
  amountMinor: number;
  sessionId: string;
  checkoutUrl?: string;
  providerRef?: string;
  refundedMinor?: number;
}
type RailUnderTest = "gsma" | "pawapay" | "orange";

/** A number of Côte d'Ivoire: 1 at its end refuses, 2 never answers, any other pays at once. */
const numberEnding = (end: number) => `+2250701020${end === 3 ? "453" : `45${end}`}`;

const paymentOf = (city: TestCity, id: string) => ok<Paid>(city.get(`/v1/payments/${id}`));
const refundDone = (city: TestCity, id: string) =>
  soon(
    () => ok<{ state: string }>(city.get(`/v1/refunds/${id}`, { as: "treasurer" })),
    ({ state }) => ["paid", "failed"].includes(state),
  );

/** A city that is paid by one rail, with some bills and the address at which its provider calls back. */
async function cityPaidBy(rail: RailUnderTest, bills = 1) {
  const litres = Array.from({ length: bills }, (_, i) => 5_000 + i * 1_000);
  const made = await billedCity(litres, { country: "CI", currency: "XOF" });
  const account = { rail, name: "Mobile money", isStandIn: true };
  const { callback } = await ok<{ callback: string }>(
    made.city.put("/v1/payment-accounts/wallet", account, { as: "administrator" }),
  );
  const path = new URL(callback).pathname.slice(new URL(made.city.url).pathname.length);
  return { ...made, path, holder: `provider:${rail}:wallet` };
}
const open = (city: TestCity, reference: string, end: number, more: object = {}) =>
  ok<Paid>(city.post("/v1/payments", { reference, account: "wallet", msisdn: numberEnding(end), ...more }));
/** On Orange's page the payer types the number there; elsewhere the telephone has rung already. */
async function answer({ checkoutUrl }: Paid, end: number) {
  if (!checkoutUrl) return;
  const msisdn = numberEnding(end);
  await fetch(checkoutUrl, { method: "POST", body: new URLSearchParams({ msisdn }), redirect: "manual" });
}

describe.each(["gsma", "pawapay", "orange"] as const)(`paid by mobile money through %s, ${target.name}`, (rail) => {
  test("who pays is receipted, who refuses and who never answers has not paid, and can pay again", async () => {
    const { city, bills, holder } = await cityPaidBy(rail, 3);
    const [one, two, three] = bills as [
      { reference: string; totalMinor: number },
      (typeof bills)[0],
      (typeof bills)[0],
    ];
    const paying = await open(city, one.reference, 3);
    expect(paying).toMatchObject({ provider: rail, how: rail === "orange" ? "page" : "prompt" });
    await answer(paying, 3);
    const settled = await paymentOf(city, paying.id);
    expect(settled).toMatchObject({ state: "settled", amountMinor: one.totalMinor });
    expect(JSON.stringify(settled)).not.toContain("0701020");
    expect((await city.get(`/v1/receipts/${paying.id}`)).status).toBe(200);
    expect(await balances(city)).toMatchObject({ [holder]: one.totalMinor });
    expect(await dueOf(city, one.reference)).toBe(0);

    const refusing = await open(city, two.reference, 1);
    await answer(refusing, 1);
    expect((await paymentOf(city, refusing.id)).state).toBe("failed");
    const again = await open(city, two.reference, 3);
    expect(again.id).not.toBe(refusing.id);
    await answer(again, 3);
    expect((await paymentOf(city, again.id)).state).toBe("settled");

    const silent = await open(city, three.reference, 2);
    await answer(silent, 2);
    expect((await paymentOf(city, silent.id)).state).toBe("pending");
    // Reloaded, it is the same one: nobody is asked twice.
    expect((await open(city, three.reference, 2)).id).toBe(silent.id);
    expect(await dueOf(city, three.reference)).toBe(three.totalMinor);
    expect((await facts(city)).filter((type) => type === "payments.settled.v1")).toHaveLength(2);
    expect(await proof(city)).toMatchObject({ isSound: true });
  });

  // Guards against a payer who taps twice, and is asked twice: the twin is a duplicate there.
  test("two taps at once are one payment", async () => {
    const { city, bills, holder } = await cityPaidBy(rail);
    const { reference, totalMinor } = bills[0]!;
    const one = await twoTaps<Paid>(city, { reference, account: "wallet", msisdn: numberEnding(3) });
    const now = await paymentOf(city, one.id);
    await answer(now, 3);
    expect((await paymentOf(city, one.id)).state).toBe("settled");
    expect(await balances(city)).toMatchObject({ [holder]: totalMinor });
    expect((await balances(city))["suspense"]).toBeUndefined();
    expect((await facts(city)).filter((type) => type === "payments.settled.v1")).toHaveLength(1);
  });

  // Guards against whoever knows, guesses or replays the address of a callback, which nobody signs.
  test("a callback that is forged, replayed, or another city's changes nothing", async () => {
    const { city, bills, path } = await cityPaidBy(rail, 2);
    const other = await cityPaidBy(rail);
    const paid = await open(city, bills[0]!.reference, 3);
    await answer(paid, 3);
    const settled = await paymentOf(city, paid.id);
    const waiting = await open(city, bills[1]!.reference, 2);
    await answer(waiting, 2);
    const [before, elsewhere] = [await proof(city), await proof(other.city)];
    const said = (of: Paid) =>
      ({
        gsma: {
          ...{ transactionReference: settled.providerRef, transactionStatus: "completed", type: "merchantpay" },
          ...{ amount: "1", currency: "XOF", requestingOrganisationTransactionReference: of.id },
        },
        pawapay: {
          ...{ depositId: of.sessionId, status: "COMPLETED", amount: "1", currency: "XOF", country: "CIV" },
          clientReferenceId: of.id,
        },
        orange: { status: "SUCCESS", notif_token: "made-up", txnid: settled.providerRef },
      })[rail];
    const below = (of: Paid) => ({ gsma: `/${of.id}`, pawapay: "", orange: `/${of.id.slice(4)}` })[rail];
    const send = (to: TestCity, at: string, body: unknown) => {
      const sent = typeof body === "string" ? body : JSON.stringify(body);
      const headers = { "Content-Type": "application/json" };
      return rail === "gsma" ? to.put(at, sent, { headers }) : to.post(at, sent, { headers });
    };
    // Replayed, and forged for who has not paid.
    for (const of of [paid, paid, waiting, waiting])
      expect((await send(city, path + below(of), said(of))).status).toBe(200);
    expect((await paymentOf(city, waiting.id)).state).toBe("pending");
    // About another city's payment, at this city's own address.
    expect((await send(other.city, other.path + below(paid), said(paid))).status).toBe(200);
    // The address itself: with another secret, at another rail, at another city.
    const last = path.at(-1) === "0" ? "1" : "0";
    for (const [to, at] of [
      [city, path.slice(0, -1) + last],
      [city, path.replace(`/${rail}/`, "/stripe/")],
      [other.city, path],
    ] as const)
      expect((await send(to, at + below(paid), said(paid))).status, at).toBe(404);
    for (const wrong of ["{", [], { surprise: 1 }])
      expect((await send(city, path, wrong)).status, JSON.stringify(wrong)).toBe(400);
    expect((await city.get(`/v1/payments/${paid.id}/witnesses`)).status).toBe(401);
    expect((await other.city.get(`/v1/payments/${paid.id}`)).status).toBe(404);
    expect(await proof(city)).toEqual(before);
    expect(await proof(other.city)).toEqual(elsewhere);
    expect((await balances(other.city))["suspense"]).toBeUndefined();
  });

  // Guards against money that one person alone can send out, and against more going back than came in.
  test("a refund needs two people, and goes back by the way it came, or by hand", async () => {
    const { city, bills, holder } = await cityPaidBy(rail);
    const { reference, totalMinor } = bills[0]!;
    const payment = await open(city, reference, 3);
    await answer(payment, 3);
    expect((await paymentOf(city, payment.id)).state).toBe("settled");
    const ask = (body: object) => city.post(`/v1/payments/${payment.id}/refunds`, body, { as: "agent" });
    expect((await ask({ amountMinor: totalMinor + 1, reason: "x" })).status).toBe(422);
    const asked = await ok<{ id: string }>(ask({ amountMinor: 100, reason: "Counted wrongly" }));
    const approve = (as: "agent" | "treasurer") => city.post(`/v1/refunds/${asked.id}/approval`, undefined, { as });
    expect((await approve("agent")).status).toBe(403);
    const approved = await ok<{ state: string }>(approve("treasurer"));
    expect(approved.state).toBe(rail === "orange" ? "to_pay_out" : "approved");
    if (rail === "orange") {
      const paidOut = { holder: "cash:till1", providerRef: "K-17" };
      await ok(city.post(`/v1/refunds/${asked.id}/payout`, paidOut, { as: "treasurer" }));
    }
    expect((await refundDone(city, asked.id)).state).toBe("paid");
    const from = rail === "orange" ? "cash:till1" : holder;
    expect(await balances(city)).toMatchObject({ [from]: rail === "orange" ? -100 : totalMinor - 100 });
    expect(await paymentOf(city, payment.id)).toMatchObject({ state: "settled", refundedMinor: 100 });
    expect(await dueOf(city, reference)).toBe(100);
    expect(await proof(city)).toMatchObject({ isSound: true });
  });

  test("the staff's page takes its account in each language, and says what is wrong with its keys", async () => {
    const city = await newCity({ country: "CI", currency: "XOF", languages: ["fr", "en", "ar"] });
    const browser = await city.browser("administrator");
    const page = "/staff/payments/accounts";
    const keys = {
      gsma: {
        ...{ baseUrl: "https://api.operator.example/v1.2/mm", clientId: "city", clientSecret: "a-secret-of-ours" },
        ...{ partyKey: "accountid", party: "4711", environment: "test" },
      },
      pawapay: { apiToken: "a-token-of-some-length", environment: "sandbox" },
      orange: { clientId: "city", clientSecret: "a-secret-of-ours", merchantKey: "abcd1234", country: "dev" },
    }[rail];
    const live = { gsma: { environment: "live" }, pawapay: { environment: "production" }, orange: { country: "ci" } }[
      rail
    ];
    const keep = (settings: unknown) =>
      browser.submit(page, { id: "wallet", name: "Wallet", rail, settings: JSON.stringify(settings) }, page);
    expect((await keep({ ...keys, ...live })).status).toBe(422);
    const wrong = await keep({ ...keys, surprise: 1 });
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain('id="f-settings-error">surprise: ');
    expect((await keep(keys)).status).toBe(303);
    expect(await ok(city.get("/v1/payment-account", { as: "administrator" }))).toMatchObject({ mode: "test" });
    for (const lang of ["fr", "en", "ar"]) {
      const html = await (await browser.get(`${page}?lang=${lang}`)).text();
      expect(html, lang).toContain(`lang="${lang}"`);
      expect(html, lang).toContain(`/webhooks/${rail}/wallet/`);
      for (const name of Object.keys(keys)) expect(html, lang).toContain(`<code>${name}</code>`);
      // Sealed, and never shown again.
      expect(html, lang).not.toContain("a-secret-of-ours");
      expect(html, lang).not.toContain("a-token-of-some-length");
    }
  });
});

describe(`mobile money, ${target.name}`, () => {
  test("the payer chooses the wallet on a page, in each language, and is told honestly what to do", async () => {
    const { city, bills } = await billedCity([5_000, 6_000], {
      ...{ country: "CI", currency: "XOF", languages: ["fr", "en", "ar"] },
    });
    const { reference } = bills[0]!;
    for (const rail of ["gsma", "pawapay", "orange"])
      await ok(
        city.put(
          `/v1/payment-accounts/${rail}`,
          { rail, name: `By ${rail}`, isStandIn: true },
          { as: "administrator" },
        ),
      );
    const browser = await city.browser();
    const ways = `/payments/ways?reference=${reference}`;
    for (const lang of ["fr", "en", "ar"]) {
      const html = await (await browser.get(`${ways}&lang=${lang}`)).text();
      for (const name of ["By gsma", "By pawapay", "By orange", 'name="msisdn"']) expect(html, lang).toContain(name);
    }
    const submit = (account: string, msisdn: string) =>
      browser.submit("/payments", { reference, account, msisdn }, ways);
    // What is typed and cannot be used is named at its field, and nothing is opened.
    for (const [account, msisdn] of [
      ["gsma", ""],
      ["gsma", "abc"],
      ["pawapay", "+33612345678"],
    ] as const) {
      const refused = await submit(account, msisdn);
      expect(refused.status, `${account} ${msisdn}`).toBe(422);
      expect(await refused.text()).toContain("#f-msisdn");
    }
    const asked = await submit("pawapay", numberEnding(2));
    expect(asked.status).toBe(303);
    const waiting = await (await browser.get(new URL(asked.headers.get("location")!, city.url).pathname)).text();
    expect(waiting).toContain("/code");
    // As long as that telephone may answer, nothing else is opened, and whoever comes second is told so.
    for (const [lang, says] of [
      ["fr", "Quelqu’un est peut-être en train de payer"],
      ["en", "Somebody may be paying this now"],
      ["ar", "قد يكون أحدهم يدفع الآن"],
    ] as const) {
      await browser.get(`${ways}&lang=${lang}`);
      const second = await submit("orange", "");
      const html = await second.text();
      expect(second.status, lang).toBe(409);
      expect(html, lang).toContain(says);
      expect(html, lang).toContain(`href="/cities/${city.slug}/payments/ways?reference=${reference}`);
      // Not before those who were first have had their time.
      expect(html, lang).not.toContain('name="isSure"');
    }
    const other = `/payments/ways?reference=${bills[1]!.reference}`;
    const page = await browser.submit("/payments", { reference: bills[1]!.reference, account: "orange" }, other);
    expect(page.headers.get("location")).toContain("/orange/payment/pay_token/");
    // Orange's page is short-lived: who comes back later than that is given another one.
    const order = { reference: bills[1]!.reference, account: "orange" };
    const { createdAt, expiresAt } = await ok<Record<string, string>>(city.post("/v1/payments", order));
    expect(Date.parse(expiresAt!) - Date.parse(createdAt!)).toBeLessThan(11 * 60_000);
  });

  // Guards against two telephones that ring for one bill, because both payers tapped before either was seen.
  test("of two payers at one instant, by the bill and by its account, one is asked and the other is told", async () => {
    const { city, bills, holder } = await cityPaidBy("gsma");
    const { reference, accountId, totalMinor } = bills[0]!;
    const account = await ok<{ reference: string }>(city.get(`/v1/accounts/${accountId}`, { as: "agent" }));
    const answers = await Promise.all(
      [reference, account.reference].map((asked, i) =>
        city.post("/v1/payments", { reference: asked, account: "wallet", msisdn: numberEnding(i === 0 ? 3 : 2) }),
      ),
    );
    // Whoever was told may have been told that it is paid by now.
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const { id } = (await answers.find(({ status }) => status === 201)!.json()) as Paid;
    const { state } = await paymentOf(city, id);
    expect((await balances(city))[holder]).toBe(state === "settled" ? totalMinor : undefined);
    expect((await ok<{ payments: unknown[] }>(city.get("/v1/payments", { as: "treasurer" }))).payments).toHaveLength(1);
  });

  // Guards against a day that nobody can reconcile.
  test("the operator's statement agrees with the books, payment and refund, to the franc", async () => {
    const { city, bills, holder } = await cityPaidBy("gsma", 2);
    const [one, two] = [bills[0]!, bills[1]!];
    const payment = await open(city, one.reference, 3);
    await open(city, two.reference, 1);
    expect((await paymentOf(city, payment.id)).state).toBe("settled");
    const asked = await ok<{ id: string }>(
      city.post(`/v1/payments/${payment.id}/refunds`, { amountMinor: 100, reason: "x" }, { as: "agent" }),
    );
    await ok(city.post(`/v1/refunds/${asked.id}/approval`, undefined, { as: "treasurer" }));
    expect((await refundDone(city, asked.id)).state).toBe("paid");
    const before = await proof(city);
    const day = new Date().toISOString().slice(0, 10);
    const done = await compared(city, "wallet", day);
    const sum = one.totalMinor - 100;
    expect(done).toMatchObject({ lines: 2, mismatchCount: 0, heardNow: 0, statedMinor: sum, bookedMinor: sum });
    expect(await proof(city)).toEqual(before);
    expect(await balances(city)).toMatchObject({ [holder]: sum });
    // Providers that give none: nobody has handed in their file.
    for (const rail of ["momo", "orange"]) {
      const body = { rail, name: rail, isStandIn: true };
      await ok(city.put(`/v1/payment-accounts/${rail}`, body, { as: "administrator" }));
      const none = await city.post("/v1/reconciliations", { account: rail, day }, { as: "treasurer" });
      expect(none.status, rail).toBe(422);
    }
  });
});
