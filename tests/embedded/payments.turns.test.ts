import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operatorLink } from "../../functions/control/operators.ts";
import { startAllStandIns } from "../../functions/local/stand-ins.ts";
import { type LocalHouse, startHouse } from "../../functions/local.ts";
import type { StandIns } from "../../functions/payments/stand-in/hub.ts";
import { billedCity, ok } from "../billed.ts";
import { balances, dueOf, proof } from "../books.ts";
import { soon, speakTo, type TestCity } from "../city.ts";
import { operatorToken } from "../setup/target.ts";

// Two people pay one bill at the same moment, in a house whose clock a test may set.
let aheadMs = 0;
const now = () => new Date(Date.now() + aheadMs);
const later = (minutes: number) => {
  aheadMs += minutes * 60_000;
};
const data = mkdtempSync(join(tmpdir(), "hansa-turns-"));
let hub: StandIns;
let house: LocalHouse;
beforeAll(async () => {
  hub = await startAllStandIns({ now, seed: 20_261_126 });
  const env = { PORT: "0", HANSA_DATA: data, HANSA_STAND_INS: hub.url, HANSA_LOG: "silent" };
  house = await startHouse(env, { now });
  const link = await operatorLink(house.house, house.url);
  speakTo({ url: house.url, operatorToken: await operatorToken(house.url, link) });
});
afterAll(async () => {
  await house.stop();
  await hub.stop();
  rmSync(data, { recursive: true, force: true });
});

interface Paid {
  id: string;
  state: string;
  account: string;
  amountMinor: number;
  sessionId: string;
  checkoutUrl: string;
}
interface Refused {
  payableUntil: string;
  maySayIsSure: boolean;
}
/** A telephone that never answers (2), refuses (1), or pays at once (3). */
let telephones = 0;
const phone = (end: 1 | 2 | 3) => `+22501${String(++telephones).padStart(7, "0")}${end}`;
const onPhone = (reference: string, end: 1 | 2 | 3, more: object = {}) => ({
  ...{ reference, account: "wallet", msisdn: phone(end), ...more },
});
const byCard = (reference: string, more: object = {}) => ({ reference, account: "card", ...more });
const pay = (city: TestCity, order: object) => city.post("/v1/payments", order);
const opened = (city: TestCity, order: object) => ok<Paid>(pay(city, order));
async function refused(city: TestCity, order: object): Promise<Refused> {
  const before = now().getTime();
  const answer = await pay(city, order);
  const says = (await answer.json()) as Refused;
  expect(answer.status, JSON.stringify(says)).toBe(409);
  const waitS = Number(answer.headers.get("retry-after"));
  expect(waitS).toBeGreaterThan(0);
  expect(waitS).toBeLessThanOrEqual(Math.ceil((Date.parse(says.payableUntil) - before) / 1_000));
  return says;
}
const onPage = ({ checkoutUrl }: Paid) =>
  fetch(checkoutUrl, { method: "POST", body: new URLSearchParams({ outcome: "pay" }), redirect: "manual" });
const paymentOf = (city: TestCity, { id }: { id: string }) => ok<Paid>(city.get(`/v1/payments/${id}`));
const treasurer = { as: "treasurer" } as const;
const all = async (city: TestCity) =>
  (await ok<{ payments: Paid[] }>(city.get(`/v1/payments?month=${now().toISOString().slice(0, 7)}`, treasurer)))
    .payments;
/** The wallet's owner answers later than at once. */
const answered = ({ sessionId }: Paid) =>
  ok(fetch(`${hub.url}/gsma/_payer/${sessionId}`, { method: "POST", body: JSON.stringify({ does: "pay" }) }));

/** A city that takes cards and telephones, with bills of customers who each have an account. */
async function payersCity(bills = 1) {
  const litres = Array.from({ length: bills }, (_, i) => 5_000 + i * 1_000);
  const made = await billedCity(litres, { country: "CI", currency: "XOF", languages: ["en", "fr", "ar"] });
  const { city, accounts } = made;
  for (const [id, rail] of [
    ["card", "stripe"],
    ["wallet", "gsma"],
    ["orange", "orange"],
  ])
    await ok(city.put(`/v1/payment-accounts/${id}`, { rail, name: id, isStandIn: true }, { as: "administrator" }));
  const references = await Promise.all(
    accounts.map(
      async ({ id }) => (await ok<{ reference: string }>(city.get(`/v1/accounts/${id}`, { as: "agent" }))).reference,
    ),
  );
  const ofAccount = (accountId: string) => references[accounts.findIndex(({ id }) => id === accountId)]!;
  return { ...made, bill: made.bills[0]!, accountReference: ofAccount(made.bills[0]!.accountId), ofAccount };
}

// Guards against two telephones that ring for one bill, and a payer who is charged for what another pays.
test("as long as one telephone rings, a second payer is told until when; then it is their turn", async () => {
  const { city, bill, accountReference } = await payersCity();
  const { reference, totalMinor } = bill;
  const first = onPhone(reference, 2);
  const one = await opened(city, first);
  // Reloaded or tapped twice, it is the same payment, and nobody else's.
  expect((await opened(city, first)).id).toBe(one.id);
  for (const order of [onPhone(reference, 3), byCard(reference), onPhone(reference, 3, { amountMinor: 100 })]) {
    const says = await refused(city, order);
    expect(Date.parse(says.payableUntil) - now().getTime()).toBeLessThanOrEqual(3 * 60_000);
    // Nobody insists before the first have had their time.
    expect(says.maySayIsSure).toBe(false);
    await refused(city, { ...order, isSure: true });
  }
  // The account's reference asks for the same money.
  await refused(city, onPhone(accountReference, 3));
  expect(await all(city)).toHaveLength(1);
  later(3.1);
  const two = await opened(city, onPhone(reference, 3));
  expect(await paymentOf(city, two)).toMatchObject({ state: "settled" });
  expect(await dueOf(city, reference)).toBe(0);
  // The first telephone answers when nobody expects it any more: it is credit, and nothing is lost.
  await answered(one);
  expect(await paymentOf(city, one)).toMatchObject({ state: "settled" });
  expect(await balances(city)).toMatchObject({
    "provider:gsma:wallet": 2 * totalMinor,
    [`credit:${bill.accountId}`]: -totalMinor,
  });
  expect(await proof(city)).toMatchObject({ isSound: true });
});

test("who refuses on the telephone can pay by card at once; whose turn it was is not waited for", async () => {
  const { city, bill } = await payersCity();
  await opened(city, onPhone(bill.reference, 1));
  const card = await opened(city, byCard(bill.reference));
  expect((await onPage(card)).status).toBe(303);
  expect(await paymentOf(city, card)).toMatchObject({ state: "settled" });
});

// Guards against a page that stays open in another window, and is paid after the telephone was.
test("a page is ended at its provider before anything else is opened, by whichever reference", async () => {
  const { city, bill, accountReference } = await payersCity();
  const { reference, totalMinor } = bill;
  const left: Paid[] = [];
  for (const order of [byCard(reference), byCard(reference, { amountMinor: 100 }), byCard(accountReference)])
    left.push(await opened(city, order));
  const two = await opened(city, onPhone(reference, 2));
  for (const page of left) {
    expect((await onPage(page)).status).toBe(402);
    expect(await paymentOf(city, page)).toMatchObject({ state: "expired" });
    expect((await paymentOf(city, page)).checkoutUrl).toBeUndefined();
  }
  await answered(two);
  expect(await paymentOf(city, two)).toMatchObject({ state: "settled" });
  expect(await balances(city)).toMatchObject({ "provider:gsma:wallet": totalMinor });
  expect((await balances(city))["provider:stripe:card"]).toBeUndefined();
});

// Guards against a page that was paid a moment before it was to be ended: nothing of it was heard of yet.
test("a page that is paid already is settled by the second payer's asking, who is told that nothing is due", async () => {
  const { city, bill } = await payersCity();
  const page = await opened(city, byCard(bill.reference));
  hub.weather.drop = 1;
  try {
    await onPage(page);
    const second = await pay(city, onPhone(bill.reference, 3));
    expect(second.status).toBe(409);
    expect(await second.text()).toContain("nothing is due");
  } finally {
    hub.weather.drop = 0;
  }
  expect(await paymentOf(city, page)).toMatchObject({ state: "settled" });
  expect(await all(city)).toHaveLength(1);
});

// Guards against the instant in which both have looked and neither has opened.
test("at one instant, by bill and by account, from telephones and by card, one can be paid", async () => {
  const { city, bills, ofAccount } = await payersCity(3);
  for (const { reference, accountId } of bills) {
    const whole = ofAccount(accountId);
    const orders = [
      ...[onPhone(reference, 2), onPhone(whole, 2), onPhone(reference, 2), byCard(reference), byCard(whole)],
      ...[onPhone(whole, 2), byCard(reference, { amountMinor: 100 }), onPhone(reference, 2, { amountMinor: 100 })],
    ];
    const answers = await Promise.all(orders.map((order) => pay(city, order)));
    expect(answers.map(({ status }) => status).filter((status) => ![201, 409, 503].includes(status))).toEqual([]);
    const ours = (await all(city)).filter((one) =>
      [reference, whole].includes((one as Paid & { reference: string }).reference),
    );
    const open = ours.filter(({ state }) => state === "created" || state === "pending");
    expect(open).toHaveLength(1);
    // Whoever was opened and is no more has been ended at the provider: none of the pages takes money.
    for (const page of ours.filter(({ account, id }) => account === "card" && id !== open[0]!.id))
      expect(page).toMatchObject({ state: "expired" });
    const won = await Promise.all(
      answers.filter(({ status }) => status === 201).map((answer) => answer.json() as Promise<Paid>),
    );
    expect(won.map(({ id }) => id)).toContain(open[0]!.id);
  }
});

// Guards against whoever opens payments of somebody's bill again and again, so that they cannot pay.
test("nobody keeps others from paying for longer than one telephone rings, whatever they begin", async () => {
  const { city, bill, accountReference } = await payersCity();
  const { reference, totalMinor } = bill;
  await opened(city, onPhone(reference, 2));
  later(2.9);
  await refused(city, byCard(reference, { isSure: true }));
  later(0.2);
  // By the other reference, so that it seems to be the first of its kind.
  await opened(city, onPhone(accountReference, 2));
  expect(await refused(city, byCard(reference))).toMatchObject({ maySayIsSure: true });
  const browser = await city.browser();
  const ways = `/payments/ways?reference=${reference}`;
  const second = await browser.submit("/payments", { reference, account: "card" }, ways);
  const html = await second.text();
  expect([second.status, html.includes('name="isSure"')]).toEqual([409, true]);
  const sure = await browser.submit("/payments", { reference, account: "card", isSure: "yes" }, ways);
  expect(sure.status).toBe(303);
  await fetch(sure.headers.get("location")!, {
    method: "POST",
    body: new URLSearchParams({ outcome: "pay" }),
    redirect: "manual",
  });
  await soon(
    () => dueOf(city, reference),
    (due) => due === 0,
  );
  expect(await balances(city)).toMatchObject({ "provider:stripe:card": totalMinor });
});

// Guards against a page that is ended under its payer's hands for ever.
test("a payer's page is ended for others so often, and then stands beside theirs", async () => {
  const { city, bill } = await payersCity();
  const { reference } = bill;
  for (let part = 1; part <= 6; part++) await opened(city, byCard(reference, { amountMinor: part }));
  const mine = byCard(reference);
  await refused(city, mine);
  later(3.1);
  await refused(city, mine);
  const page = await opened(city, { ...mine, isSure: true });
  // Whoever goes on cannot end it any more.
  await refused(city, byCard(reference, { amountMinor: 1 }));
  await opened(city, byCard(reference, { amountMinor: 1, isSure: true }));
  expect((await onPage(page)).status).toBe(303);
  expect(await paymentOf(city, page)).toMatchObject({ state: "settled" });
  // After an hour it is forgotten.
  later(61);
});

// Guards against a payer who is charged for what was brought to the counter a minute before.
test("cash is taken while somebody may be paying; the page is ended, and what a telephone brings is credit", async () => {
  const { city, bills, ofAccount } = await payersCity(2);
  const [one, two] = [bills[0]!, bills[1]!];
  await ok(city.post("/v1/tills", { code: "T1", name: "Town hall" }, { as: "administrator" }));
  await ok(city.post("/v1/tills/T1/shifts", { floatMinor: 0 }, { as: "agent" }));
  const cash = (reference: string) =>
    ok(city.post("/v1/tills/T1/receipts", { id: city.id("tak"), reference }, { as: "agent" }));
  const clerk = await city.browser("agent");
  const till = (lang: string) =>
    clerk.get(`/staff/counter/T1?reference=${one.reference}&lang=${lang}`).then((answer) => answer.text());
  expect(await till("en")).not.toContain("paying this online");
  const page = await opened(city, byCard(one.reference));
  expect(await till("en")).toContain("Somebody may be paying this online until");
  expect(await till("fr")).toContain("Quelqu’un est peut-être en train de payer en ligne");
  expect(await till("ar")).toContain("قد يكون أحدهم يدفع هذا عبر الإنترنت");
  await cash(one.reference);
  await soon(
    () => paymentOf(city, page),
    ({ state }) => state === "expired",
  );
  expect((await onPage(page)).status).toBe(402);
  const asked = await opened(city, onPhone(two.reference, 2));
  await cash(two.reference);
  await answered(asked);
  expect(await paymentOf(city, asked)).toMatchObject({ state: "settled" });
  expect(await balances(city)).toMatchObject({
    "cash:T1": one.totalMinor + two.totalMinor,
    "provider:gsma:wallet": two.totalMinor,
    [`credit:${two.accountId}`]: -two.totalMinor,
  });
  expect(ofAccount(two.accountId)).toBeDefined();
  expect(await proof(city)).toMatchObject({ isSound: true });
});

// Guards against a wallet's customer who pays what is being paid at home.
test("a third party that inquires is told that somebody may be paying, and may take the money all the same", async () => {
  const { city, bills, ofAccount } = await payersCity(2);
  const [one, two] = [bills[0]!, bills[1]!];
  const key = { name: "A wallet", scopes: ["billpay.bills:read", "billpay.payments:write"] };
  const { id: keyId, secret } = await ok<{ id: string; secret: string }>(
    city.post("/v1/keys", key, { as: "administrator" }),
  );
  const party = { name: "A wallet", keyId, callbackHosts: [], paymentLimitMinor: 1_000_000, dayLimitMinor: 2_000_000 };
  await ok(city.post("/v1/third-parties", party, treasurer));
  const by = () => ({ as: { token: secret }, headers: { "X-CorrelationID": randomUUID() } });
  const account = ofAccount(one.accountId);
  const inquired = async () => {
    const [bill] = await ok<{ metadata?: { key: string; value: string }[] }[]>(
      city.get(`/v1/gsma/accounts/billreference/${one.reference}/bills`, by()),
    );
    const [ofIts] = await ok<{ metadata?: object[] }[]>(city.get(`/v1/gsma/accounts/accountid/${account}/bills`, by()));
    const asks = `/v1/govstack/bills/${one.reference}?fields=inquiry`;
    const { reason } = await ok<{ reason: string }>(city.get(asks, by()));
    return { bill: bill!.metadata, ofIts: ofIts?.metadata, reason };
  };
  expect(await inquired()).toEqual({ bill: undefined, ofIts: undefined, reason: "" });
  const asked = await opened(city, onPhone(one.reference, 2));
  const metadata = [{ key: "beingPaidUntil", value: expect.stringMatching(/^\d{4}-.*Z$/) }];
  expect(await inquired()).toEqual({
    bill: metadata,
    ofIts: metadata,
    reason: expect.stringContaining("may be paying"),
  });
  const paid = { amountPaid: String(one.totalMinor), currency: "XOF" };
  await ok(city.post(`/v1/gsma/bills/${one.reference}/payments`, paid, by()));
  expect(await dueOf(city, one.reference)).toBe(0);
  await answered(asked);
  expect(await paymentOf(city, asked)).toMatchObject({ state: "settled" });
  expect(await balances(city)).toMatchObject({ [`credit:${one.accountId}`]: -one.totalMinor });
  // What another customer is asked for is none of this.
  expect(two.accountId).not.toBe(one.accountId);
  await opened(city, onPhone(two.reference, 2));
  expect((await inquired()).bill).toBeUndefined();
});

test("a page that cannot be ended, as its provider is away, is waited for; then the payer decides", async () => {
  const { city, bill } = await payersCity();
  await opened(city, byCard(bill.reference));
  const wanted = byCard(bill.reference, { amountMinor: 100 });
  hub.weather.isAway = true;
  try {
    expect(await refused(city, wanted)).toMatchObject({ maySayIsSure: false });
  } finally {
    hub.weather.isAway = false;
  }
  expect(await opened(city, wanted)).toMatchObject({ state: "pending" });
});

// Guards against a payer who is kept waiting for nobody, and against one of whom a lost answer says nothing.
test("a page that its provider did not give keeps nobody waiting; a telephone of which nobody knows does", async () => {
  const { city, bills } = await payersCity(2);
  const [one, two] = [bills[0]!, bills[1]!];
  // Once before, so that the token is known.
  expect(await paymentOf(city, await opened(city, onPhone(two.reference, 1)))).toMatchObject({ state: "failed" });
  try {
    hub.weather.isAway = true;
    expect((await pay(city, byCard(one.reference))).status).toBe(503);
    Object.assign(hub.weather, { isAway: false, lost: 1, drop: 1 });
    expect((await pay(city, onPhone(two.reference, 3))).status).toBe(503);
  } finally {
    Object.assign(hub.weather, { isAway: false, lost: 0, drop: 0 });
  }
  await opened(city, onPhone(one.reference, 2));
  await refused(city, byCard(two.reference));
  // It had rung, and was answered: the next question brings it.
  await soon(
    async () => {
      later(1);
      await house.house.deliver(city.slug);
      return dueOf(city, two.reference);
    },
    (due) => due === 0,
  );
  expect(await balances(city)).toMatchObject({ "provider:gsma:wallet": two.totalMinor });
});

// Orange cannot end its page: who reloads in its last minutes gets the same one, as it can still be paid.
test("a short page that nobody can end is the same payer's until its end, and the next one's after that", async () => {
  const { city, bill } = await payersCity();
  const order = { reference: bill.reference, account: "orange" };
  const page = await opened(city, order);
  later(6);
  expect((await opened(city, order)).id).toBe(page.id);
  expect(await refused(city, byCard(bill.reference))).toMatchObject({ maySayIsSure: true });
  later(4.1);
  expect((await opened(city, order)).id).not.toBe(page.id);
});
