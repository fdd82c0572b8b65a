import { describe, expect, test } from "vitest";
import { type BillAnswer, ok, readCity, twoTaps, WATER } from "../billed.ts";
import { balances, compared, dueOf, facts, proof } from "../books.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

interface Paid {
  id: string;
  state: string;
  how: string;
  provider: string;
  amountMinor: number;
  checkoutUrl: string;
  sessionId?: string;
  providerRef?: string;
  refundedMinor?: number;
}
interface Waiting {
  id: string;
  amountMinor: number;
  providerRef: string;
  why: string;
}
type Name = "daraja" | "momo";
const RAILS = {
  daraja: { country: "KE", currency: "KES", prefix: "+2547" },
  momo: { country: "CI", currency: "XOF", prefix: "+22505" },
} as const;
let telephones = Date.now() % 10_000_000;
/** A telephone that nobody else is asked on; 1 at its end refuses, 2 never answers, any other pays at once. */
const number = (rail: Name, end: number) =>
  `${RAILS[rail].prefix}${String(telephones++).padStart(7, "0").slice(-7)}${end}`;

const paymentOf = (city: TestCity, id: string) => ok<Paid>(city.get(`/v1/payments/${id}`));
const settledIn = async (city: TestCity) => (await facts(city)).filter((type) => type === "payments.settled.v1").length;
const suspense = async (city: TestCity) =>
  (await ok<{ suspense: Waiting[] }>(city.get("/v1/suspense", { as: "treasurer" }))).suspense;

/** A city that is paid by one rail, its bills in whole units, and the address at which its provider calls back. */
async function cityPaidBy(rail: Name, bills = 1, tariffMore: object = {}) {
  const { country, currency } = RAILS[rail];
  const litres = Array.from({ length: bills }, (_, i) => 5_000 + i * 1_000);
  const { city } = await readCity(litres, { country, currency });
  const rounding = { mode: "half_up", toMinor: currency === "KES" ? 100 : 1 };
  const tariff = { ...WATER, currency, fixedMinor: 30_000, rounding, ...tariffMore };
  await ok(city.post("/v1/tariffs", { tariff }, { as: "treasurer" }));
  await ok(city.post("/v1/bill-runs", { month: "2026-09", kind: "water" }, { as: "treasurer" }));
  const made = await ok<{ bills: BillAnswer[] }>(city.get("/v1/bills?month=2026-09", { as: "treasurer" }));
  const account = (id: string, more: object) =>
    ok<{ callback: string }>(
      city.put(`/v1/payment-accounts/${id}`, { isStandIn: true, ...more }, { as: "administrator" }),
    );
  const { callback } = await account("wallet", { rail, name: "Mobile money" });
  const path = new URL(callback).pathname.slice(new URL(city.url).pathname.length);
  return { city, account, bills: made.bills, callback, path, holder: `provider:${rail}:wallet` };
}
const open = (rail: Name, city: TestCity, reference: string, end: number, more: object = {}) =>
  ok<Paid>(city.post("/v1/payments", { reference, account: "wallet", msisdn: number(rail, end), ...more }));
/** Paid, and known by the number that the payer's message shows. */
async function paid(rail: Name, city: TestCity, reference: string, more: object = {}): Promise<Paid> {
  const { id } = await open(rail, city, reference, 3, more);
  return soon(
    () => paymentOf(city, id),
    ({ state, providerRef }) => state === "settled" && providerRef !== undefined,
  );
}
async function refunded(city: TestCity, id: string, body: object) {
  const asked = await ok<{ id: string }>(
    city.post(`/v1/payments/${id}/refunds`, { reason: "Counted wrongly", ...body }, { as: "agent" }),
  );
  expect((await city.post(`/v1/refunds/${asked.id}/approval`, undefined, { as: "agent" })).status).toBe(403);
  await ok(city.post(`/v1/refunds/${asked.id}/approval`, undefined, { as: "treasurer" }));
  return soon(
    () => ok<{ state: string; failure?: string }>(city.get(`/v1/refunds/${asked.id}`, { as: "treasurer" })),
    ({ state }) => ["paid", "failed"].includes(state),
  );
}

describe.each(["daraja", "momo"] as const)(`paid on the telephone through %s, ${target.name}`, (rail) => {
  test("who pays is receipted, who refuses and who never answers has not paid", async () => {
    const { city, bills, holder } = await cityPaidBy(rail, 3);
    const [one, two, three] = bills as [BillAnswer, BillAnswer, BillAnswer];
    const msisdn = number(rail, 3);
    const opened = await open(rail, city, one.reference, 3, { msisdn });
    expect(opened).toMatchObject({ provider: rail, how: "prompt" });
    expect(opened.checkoutUrl).toBeUndefined();
    const settled = await paymentOf(city, opened.id);
    expect(settled).toMatchObject({ state: "settled", amountMinor: one.totalMinor });
    expect(JSON.stringify(settled)).not.toContain(msisdn.slice(4));
    expect((await city.get(`/v1/receipts/${opened.id}`)).status).toBe(200);
    expect(await dueOf(city, one.reference)).toBe(0);

    const refusing = await open(rail, city, two.reference, 1);
    expect((await paymentOf(city, refusing.id)).state).toBe("failed");
    await paid(rail, city, two.reference);

    const never = { msisdn: number(rail, 2) };
    const silent = await open(rail, city, three.reference, 2, never);
    expect((await paymentOf(city, silent.id)).state).toBe("pending");
    // Reloaded, it is the same one: nobody is asked twice.
    expect((await open(rail, city, three.reference, 2, never)).id).toBe(silent.id);
    expect(await dueOf(city, three.reference)).toBe(three.totalMinor);
    expect(await balances(city)).toMatchObject({ [holder]: one.totalMinor + two.totalMinor });
    expect((await balances(city))["suspense"]).toBeUndefined();
    expect(await settledIn(city)).toBe(2);
    expect(await proof(city)).toMatchObject({ isSound: true });
  });

  // Guards against a payer whose telephone rings twice for one bill.
  test("two taps at once are one payment", async () => {
    const { city, bills, holder } = await cityPaidBy(rail);
    const { reference, totalMinor } = bills[0]!;
    const one = await twoTaps<Paid>(city, { reference, account: "wallet", msisdn: number(rail, 3) });
    await soon(
      () => paymentOf(city, one.id),
      ({ state, providerRef }) => state === "settled" && providerRef !== undefined,
    );
    expect(await balances(city)).toMatchObject({ [holder]: totalMinor });
    expect((await balances(city))["suspense"]).toBeUndefined();
    expect(await settledIn(city)).toBe(1);
  });

  test("without a script: the way with its fee, a telephone that is asked for, and an honest answer", async () => {
    const { city, bills, account } = await cityPaidBy(rail);
    const { reference, totalMinor } = bills[0]!;
    const fee = { basisPoints: 0, fixedMinor: 500, borneBy: "payer" };
    await account("wallet", { rail, name: "Mobile money", fee });
    const browser = await city.browser();
    const chosen = await browser.submit("/payments", { reference });
    expect(chosen.headers.get("location")).toContain("/payments/ways?");
    const ways = `/payments/ways?reference=${reference}`;
    const page = await (await browser.get(ways)).text();
    for (const part of ["Mobile money", 'name="msisdn"', rail === "momo" ? "500" : "5,00"])
      expect(page).toContain(part);
    for (const msisdn of ["", "12", ...(rail === "daraja" ? ["+221771234567"] : [])]) {
      const wrong = await browser.submit("/payments", { reference, account: "wallet", msisdn }, ways);
      const said = await wrong.text();
      expect([wrong.status, said.includes('href="#f-msisdn"')], msisdn).toEqual([422, true]);
      expect(said).toContain("Écrivez un numéro de téléphone que ce moyen de paiement accepte.");
    }
    // As it is written in its country.
    const msisdn = number(rail, 3).replace("+254", "0").replace("+225", "");
    const done = await browser.submit("/payments", { reference, account: "wallet", msisdn }, ways);
    expect(done.status).toBe(303);
    const shown = await browser.get(done.headers.get("location")!);
    expect(shown.headers.get("location")).toContain("/receipts/");
    expect(await balances(city)).toMatchObject({ [`provider:${rail}:wallet`]: totalMinor + 500 });
    expect(await dueOf(city, reference)).toBe(0);
    // The address of the choice, kept: the page of the reference says that it is paid.
    for (const typed of [reference, "K7M2-9QXR-4"])
      expect((await browser.get(`/payments/ways?reference=${typed}`)).headers.get("location")).toContain(
        `/pay?reference=${typed}`,
      );
  });

  // Guards against money that one person alone can send out, and that goes out twice.
  test("with four eyes a part goes back, and then the whole of another payment", async () => {
    const { city, bills, holder } = await cityPaidBy(rail, 2);
    const [one, two] = bills as [BillAnswer, BillAnswer];
    const first = await paid(rail, city, one.reference);
    expect((await refunded(city, first.id, { amountMinor: 10_000 })).state).toBe("paid");
    expect(await paymentOf(city, first.id)).toMatchObject({ state: "settled", refundedMinor: 10_000 });
    expect(await dueOf(city, one.reference)).toBe(10_000);
    const second = await paid(rail, city, two.reference);
    expect((await refunded(city, second.id, {})).state).toBe("paid");
    expect((await paymentOf(city, second.id)).state).toBe("refunded");
    expect(await balances(city)).toMatchObject({ [holder]: one.totalMinor - 10_000 });
    expect((await facts(city)).filter((type) => type === "payments.refunded.v1")).toHaveLength(2);
    // On the desk's page, to a telephone: who approves sees which.
    const msisdn = number(rail, 3);
    const agent = await city.browser("agent");
    const from = `/staff/payments/of/${first.id}`;
    const asks = { amount: "20", reason: "Moved away", msisdn };
    expect(await (await agent.submit(`${from}/refunds`, asks, from)).text()).toContain(msisdn);
    expect((await agent.submit(`${from}/refunds`, { ...asks, msisdn: "12" }, from)).status).toBe(422);
    const untold = await agent.submit(`${from}/refunds`, { ...asks, reason: "" }, from);
    expect([untold.status, (await untold.text()).includes("Remplissez ce champ.")]).toEqual([422, true]);
    expect((await agent.submit(`${from}/refunds`, { ...asks, sure: "yes" }, from)).status).toBe(303);
    const treasurer = await city.browser("treasurer");
    const page = await (await treasurer.get("/staff/payments/refunds")).text();
    expect(page).toContain(msisdn);
    // And who asks, by name.
    expect(page).toContain(`agent@${city.slug}.example`);
    expect(page).not.toContain("per_");
    const id = /refunds\/(rfd_\w+)\/approve/.exec(page)?.[1];
    await treasurer.submit(`/staff/payments/refunds/${id}/approve`, {}, "/staff/payments/refunds");
    const done = await soon(
      () => ok<{ state: string }>(city.get(`/v1/refunds/${id}`, { as: "treasurer" })),
      ({ state }) => ["paid", "failed"].includes(state),
    );
    expect(done.state).toBe("paid");
    expect(await proof(city)).toMatchObject({ isSound: true });
  });

  // Guards against whoever knows, guesses or replays the address of a callback, which nobody signs.
  test("a callback that is forged, replayed, or another city's changes nothing", async () => {
    const { city, bills, path } = await cityPaidBy(rail, 2);
    const other = await cityPaidBy(rail);
    const settled = await paid(rail, city, bills[0]!.reference);
    const waiting = await open(rail, city, bills[1]!.reference, 2);
    const [before, elsewhere] = [await proof(city), await proof(other.city)];
    const said = (of: Paid) =>
      rail === "momo"
        ? { status: "SUCCESSFUL", amount: "1", currency: "XOF", externalId: of.id, financialTransactionId: "7" }
        : {
            Body: {
              stkCallback: {
                ...{ MerchantRequestID: "1", CheckoutRequestID: of.sessionId, ResultCode: 0, ResultDesc: "Done" },
                CallbackMetadata: { Item: [{ Name: "MpesaReceiptNumber", Value: "FORGED0001" }] },
              },
            },
          };
    const at = (of: Paid) =>
      rail === "momo"
        ? `requesttopay/${of.sessionId}`
        : `stk/${Buffer.from(`["${of.id}"]`).toString("hex")}/${"0".repeat(32)}`;
    const call = (to: TestCity, base: string, of: Paid, body: object = said(of)) =>
      to.put(`${base}/${at(of)}`, body).then(({ status }) => status);
    // A hint is heard and asked after; one at an address that nobody was told is refused.
    for (let i = 0; i < 2; i++)
      for (const of of [waiting, settled]) expect(await call(city, path, of)).toBe(rail === "momo" ? 200 : 401);
    // Another city's session at this city's address, and this city's address in another city.
    expect(await call(other.city, other.path, settled)).toBe(rail === "momo" ? 200 : 401);
    expect(await call(other.city, path, settled)).toBe(404);
    const guessed = path.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    expect(await call(city, guessed, settled)).toBe(404);
    for (const [body, status] of [
      ["", rail === "momo" ? 400 : 401],
      ["[]", rail === "momo" ? 422 : 401],
    ] as const)
      expect((await city.put(`${path}/${at(settled)}`, body)).status).toBe(status);
    expect((await city.put(`${path}/nowhere`, {})).status).toBe(404);
    // Half a sign in what becomes a key: it names nothing.
    const half = { status: "SUCCESSFUL", externalId: "rfd_\ud83d" };
    const refund = await city.put(`${path}/refund/b7dad8cd-03b3-4fb1-a767-b57b5e6a0a1a`, half);
    expect(refund.status).toBe(rail === "momo" ? 200 : 404);
    expect((await paymentOf(city, waiting.id)).state).toBe("pending");
    expect([await proof(city), await proof(other.city)]).toEqual([before, elsewhere]);
    expect(await suspense(city)).toEqual([]);
    expect(await suspense(other.city)).toEqual([]);
  });
});

describe(`accounts at M-Pesa and MoMo, ${target.name}`, () => {
  const key = "0123456789abcdef0123456789abcdef";
  const product = { subscriptionKey: key, apiUser: "b7dad8cd-03b3-4fb1-a767-b57b5e6a0a1a", apiKey: key };
  const SETTINGS = {
    daraja: {
      environment: "sandbox",
      ...{ consumerKey: key, consumerSecret: key, passkey: key, shortcode: "174379" },
      ...{ initiator: "testapi", securityCredential: `${key}==` },
    },
    momo: { targetEnvironment: "sandbox", collection: product },
  };

  // Guards against an administrator who cannot find out what is wrong, and against real money in a synthetic city.
  test("are entered on a page in three languages; what is wrong is named, and nothing is shown again", async () => {
    const city = await newCity({ languages: ["fr", "en", "ar"] });
    const browser = await city.browser("administrator");
    const PATH = "/staff/payments/accounts";
    for (const lang of ["fr", "en", "ar"]) {
      const html = await (await browser.get(`${PATH}?lang=${lang}`)).text();
      for (const part of ["daraja", "consumerKey", "payout.shortcode", "momo", "collection.apiUser", "mtncameroon"])
        expect(html, `${lang} ${part}`).toContain(part);
    }
    const enter = (rail: Name, settings: object) =>
      browser.submit(PATH, { id: rail, name: `By ${rail}`, rail, settings: JSON.stringify(settings) }, PATH);
    const { daraja, momo } = SETTINGS;
    for (const [rail, settings, named] of [
      ["daraja", { ...daraja, consumerKey: "" }, "consumerKey"],
      ["daraja", { ...daraja, shortcode: "12" }, "shortcode"],
      ["daraja", { ...daraja, environment: "production" }, "مفتاح تجربة"],
      ["daraja", { ...daraja, surprise: 1 }, "surprise"],
      ["momo", { ...momo, collection: { ...product, apiKey: "x" } }, "apiKey"],
      ["momo", { ...momo, targetEnvironment: "mtnghana" }, "مفتاح تجربة"],
    ] as const) {
      const refused = await enter(rail, settings);
      expect([refused.status, (await refused.text()).includes(named)], named).toEqual([422, true]);
    }
    expect(
      (await ok<{ accounts: { id: string }[] }>(city.get("/v1/payment-accounts", { as: "treasurer" }))).accounts,
    ).toMatchObject([{ id: "stand_in" }]);
    for (const rail of ["daraja", "momo"] as const) expect((await enter(rail, SETTINGS[rail])).status).toBe(303);
    const html = await (await browser.get(PATH)).text();
    expect(html).toContain("By daraja");
    expect(html).not.toContain(key);
  });
});

describe(`M-Pesa from the telephone's own menu, ${target.name}`, () => {
  /** The stand-in's address, which a card's page tells; the payer's menu is there. */
  async function menuOf({ city, account, bills, callback }: Awaited<ReturnType<typeof cityPaidBy>>) {
    await account("card", { rail: "stripe", name: "Card" });
    const last = bills.at(-1)!.reference;
    const { checkoutUrl } = await ok<Paid>(city.post("/v1/payments", { reference: last, account: "card" }));
    // The stand-in learns where the city is called back when a first payment is asked of it.
    await open("daraja", city, last, 2);
    return async (reference: string, amountMinor: number, more: object = {}) => {
      const amount = String(amountMinor / 100);
      const body = JSON.stringify({ to: callback, amount, msisdn: "254712345678", reference, ...more });
      const got = await fetch(new URL("/daraja/_menu", checkoutUrl), { method: "POST", body });
      return (await got.json()) as { receipt?: string; shortcode?: string; refused?: string };
    };
  }

  // Guards against a payer who pays at the kiosk, and of whom the city never hears.
  test("pays the bill whose reference was typed, once; what no bill is due is refused before it is taken", async () => {
    const made = await cityPaidBy("daraja", 2);
    const { city, bills, holder, path } = made;
    const menu = await menuOf(made);
    const [{ reference, totalMinor }] = bills as [BillAnswer];
    expect((await menu("ZZZZ-ZZZZ-Z", 10_000)).refused).toBe("C2B00012");
    expect((await menu(reference, totalMinor + 100)).refused).toBe("C2B00013");
    const { receipt, shortcode } = await menu(reference.toLowerCase().replaceAll("-", ""), totalMinor);
    await soon(
      () => dueOf(city, reference),
      (due) => due === 0,
    );
    expect((await menu(reference, 100)).refused).toBe("C2B00013");
    expect(await balances(city)).toMatchObject({ [holder]: totalMinor });
    const before = await proof(city);
    const confirmation = (more: object) =>
      city.post(`${path}/c2b/confirmation`, {
        ...{ TransID: receipt, TransAmount: `${totalMinor / 100}.00`, BusinessShortCode: shortcode },
        ...{ BillRefNumber: reference, TransTime: "20261123120000", ...more },
      });
    // Said again, made up, of another amount, or for somebody else.
    for (const [more, status] of [
      [{}, 200],
      [{ TransAmount: "999999.00" }, 200],
      [{ TransID: "MADEUP0001" }, 200],
      [{ BusinessShortCode: "600000" }, 422],
      [{ TransAmount: "-1" }, 422],
      [{ TransID: "" }, 422],
    ] as const)
      expect((await confirmation(more)).status, JSON.stringify(more)).toBe(status);
    expect(await proof(city)).toEqual(before);
    expect(await settledIn(city)).toBe(1);
    const stranger = await newCity();
    expect((await stranger.post(`${path}/c2b/confirmation`, {})).status).toBe(404);
    // The day agrees with M-Pesa's own list.
    const day = new Date().toISOString().slice(0, 10);
    const done = await compared(city, "wallet", day);
    expect(done).toMatchObject({ lines: 1, statedMinor: totalMinor, bookedMinor: totalMinor, mismatchCount: 0 });
    expect(
      (await city.post("/v1/reconciliations", { account: "wallet", day: "2026-01-01" }, { as: "treasurer" })).status,
    ).toBe(422);
  });

  // Guards against a payer who has paid, and of whom nobody told.
  test("whose confirmation was lost is found by the number in the payer's own message, which M-Pesa confirms", async () => {
    const made = await cityPaidBy("daraja", 2);
    const { city, bills, holder } = made;
    const menu = await menuOf(made);
    const [{ reference, totalMinor }] = bills as [BillAnswer];
    const { receipt } = await menu(reference, totalMinor, { isLost: true });
    const waiting = await open("daraja", city, reference, 2);
    const type = (code: string) => city.post(`/v1/payments/${waiting.id}/codes`, { code });
    expect((await type("MADEUP0001")).status).toBe(409);
    const typed = await soon(
      () => type(receipt!.toLowerCase()),
      ({ status }) => status !== 409,
    );
    expect(await ok<Paid>(typed)).toMatchObject({ state: "settled", amountMinor: totalMinor });
    expect(await dueOf(city, reference)).toBe(0);
    expect(await balances(city)).toMatchObject({ [holder]: totalMinor });
    expect(await suspense(city)).toEqual([]);
  });

  // Guards against a part that is rounded, and against cents that stay due for ever.
  test("a bill with cents is paid by M-Pesa with the next whole shilling, and no part of it is rounded", async () => {
    const { city, bills } = await cityPaidBy("daraja", 1, {
      rounding: { mode: "half_up", toMinor: 1 },
      fixedMinor: 30_001,
    });
    const { reference, totalMinor } = bills[0]!;
    expect(totalMinor % 100).not.toBe(0);
    const asks = { reference, account: "wallet", msisdn: number("daraja", 3) };
    for (const amountMinor of [10_050, totalMinor - 1])
      expect((await city.post("/v1/payments", { ...asks, amountMinor })).status).toBe(422);
    const part = await ok<Paid>(city.post("/v1/payments", { ...asks, amountMinor: 10_000 }));
    expect((await paymentOf(city, part.id)).state).toBe("settled");
    expect(await dueOf(city, reference)).toBe(totalMinor - 10_000);
    const overMinor = 100 - (totalMinor % 100);
    const rest = { amountMinor: totalMinor - 10_000 + overMinor, overMinor };
    expect(await ok(city.get(`/v1/payment-ways?reference=${reference}`))).toMatchObject({ ways: [rest] });
    const last = await ok<Paid>(city.post("/v1/payments", asks));
    expect(await paymentOf(city, last.id)).toMatchObject({ state: "settled", amountMinor: rest.amountMinor });
    expect(await dueOf(city, reference)).toBe(0);
    expect(await suspense(city)).toEqual([]);
  });
});
