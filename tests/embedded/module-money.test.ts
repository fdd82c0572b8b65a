import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operatorLink } from "../../functions/control/operators.ts";
import { startAllStandIns } from "../../functions/local/stand-ins.ts";
import { type LocalHouse, startHouse } from "../../functions/local.ts";
import type { StandIns } from "../../functions/payments/stand-in/hub.ts";
import { type Command, Given } from "../../marketplace/cli/commands/common.ts";
import { payouts, pledge } from "../../marketplace/cli/commands/money.ts";
import { writeProfile } from "../../marketplace/cli/config.ts";
import { canonical } from "../../marketplace/contract/canonical.ts";
import { seal } from "../../marketplace/contract/dsse.ts";
import { newKey } from "../../marketplace/contract/keys.ts";
import type { ModuleInput } from "../../marketplace/contract/module.ts";
import { sealRequest } from "../../marketplace/contract/party-request.ts";
import type { PayoutStatement } from "../../marketplace/contract/payout-statement.ts";
import { PLEDGE_TYPE } from "../../marketplace/contract/pledge.ts";
import type { Price } from "../../marketplace/contract/price.ts";
import type { CreditNote, Invoice } from "../../marketplace/money/schema.ts";
import { monthOf, monthPlus } from "../../shared/time.ts";
import { ok } from "../billed.ts";
import { camt, IBAN } from "../camt.ts";
import { newCity, operator, soon, speakTo, type TestCity } from "../city.ts";
import { market, newPublisher, type TestPublisher } from "../publisher.ts";
import { operatorToken } from "../setup/target.ts";

// A house of its own, whose clock a test may set: an invoice is of a month that is over.
const data = mkdtempSync(join(tmpdir(), "hansa-module-money-"));
let aheadMs = 0;
const now = () => new Date(Date.now() + aheadMs);
let hub: StandIns;
let house: LocalHouse;

const operatorSignsIn = async () =>
  speakTo({
    url: house.url,
    operatorToken: await operatorToken(house.url, await operatorLink(house.house, house.url)),
  });

beforeAll(async () => {
  hub = await startAllStandIns({ now, seed: 20_261_126 });
  const env = { PORT: "0", HANSA_DATA: data, HANSA_STAND_INS: hub.url, HANSA_LOG: "silent" };
  house = await startHouse(env, { now });
  speakTo({
    url: house.url,
    operatorToken: await operatorToken(house.url, await operatorLink(house.house, house.url)),
  });
});
afterAll(async () => {
  await house.stop();
  await hub.stop();
  rmSync(data, { recursive: true, force: true });
});

const treasurer = { as: "treasurer" } as const;
const admin = { as: "administrator" } as const;
const MM = "/v1/module-money";
const price = (amount: number, more: Partial<Extract<Price, { per: "once" }>> = {}): Price => ({
  per: "once",
  amounts: { EUR: amount },
  ...more,
});

/** A text alone, which costs something. */
const priced = (publisher: TestPublisher, version: string, costs?: Price, more = {}): ModuleInput => {
  const module = publisher.module(version, "1", { ...(costs ? { price: costs } : {}), ...more });
  return { ...module, parts: module.parts.slice(1) };
};
async function published(publisher: TestPublisher, ...rest: [version: string, costs?: Price, more?: object]) {
  const { status, answer, digest } = await publisher.publish(priced(publisher, ...rest));
  expect(status, JSON.stringify(answer)).toBe(201);
  return { name: `${publisher.name}/fair-water`, digest };
}

/** Takes and tries a module, and has a treasurer agree to its price. */
async function taken(city: TestCity, module: string, agrees = true): Promise<string> {
  const { id } = await ok<{ id: string }>(city.post("/v1/installs", { module }, admin));
  await ok(city.post(`/v1/installs/${id}/trials`, {}, admin));
  await ok(city.post(`/v1/installs/${id}/state`, { to: "proposed" }, admin));
  if (agrees) await ok(city.post(`${MM}/prices`, { module }, treasurer));
  return id;
}
const activated = async (city: TestCity, id: string) =>
  ok(city.post(`/v1/installs/${id}/state`, { to: "active" }, admin));

/** The invoice of this month, once it is over: the house draws it up by itself. */
async function drawnAfter(city: TestCity, payer = ""): Promise<{ month: string; invoice: Invoice }> {
  await soon(
    () => ok<{ estimate: Invoice }>(city.get(`${MM}/invoices`, treasurer)),
    ({ estimate }) => estimate.lines.length > 0,
  );
  const month = monthOf(now(), "Europe/Paris");
  aheadMs = Date.parse(`${monthPlus(month, 1)}-01T06:00:00Z`) - Date.now();
  // Every session has ended by then, the operator's too.
  await operatorSignsIn();
  await house.house.deliver(city.slug);
  return {
    month,
    invoice: await ok<Invoice>(city.get(`${MM}/invoices/${month}${payer}`, { as: await signedIn(city) })),
  };
}
/** The administrator, who is no treasurer, and another treasurer whom that one let in. */
async function withSecond(city: TestCity) {
  const administrator = { token: await city.signIn(city.administrator) };
  const contact = `second@${city.slug}.example`;
  await ok(city.post("/v1/staff", { contact, roles: ["treasurer"] }, { as: administrator }));
  return { administrator, second: { as: await signedIn(city, "second") } };
}
/** A session ends after a working day: after a month one signs in anew. */
async function signedIn(city: TestCity, name = "treasurer") {
  return { token: await city.signIn(`${name}@${city.slug}.example`) };
}
/** A command of `hansa`, with the key of a party and its house in the profile. */
function typed(command: Command, { name, key }: TestPublisher, args: Record<string, string> = {}) {
  process.env["HANSA_CONFIG"] = join(data, "config");
  writeProfile("default", { key, party: name, house: house.url });
  return command.run(new Given({ profile: "default", ...args }));
}
const refusal = async (answer: Response) => ({
  status: answer.status,
  detail: ((await answer.json()) as { detail: string }).detail,
});

// Guards against a price that comes into service, or changes, without a treasurer's word.
test("a price is agreed to before a module serves, and anew where a version costs something else", async () => {
  const [city, publisher] = [await newCity({ languages: ["en", "fr", "ar"] }), await newPublisher()];
  const { name } = await published(publisher, "1.0.0", price(5_000));
  const id = await taken(city, name, false);
  const early = await refusal(await city.post(`/v1/installs/${id}/state`, { to: "active" }, admin));
  expect(early).toEqual({ status: 409, detail: expect.stringContaining("has a price to which nobody agreed yet") });
  for (const as of ["administrator", "agent", "nobody"] as const)
    expect((await city.post(`${MM}/prices`, { module: name }, { as })).status, as).toBe(as === "nobody" ? 401 : 403);
  const page = await (await (await city.browser("treasurer")).get("/staff/module-money?lang=en")).text();
  expect(page).toContain("It costs €50.00, once.");
  expect(page).toContain("Nobody agreed yet");
  const agreed = [1, 2].map(() => city.post(`${MM}/prices`, { module: name }, treasurer));
  expect((await Promise.all(agreed)).map(({ status }) => status).sort()).toEqual([200, 201]);
  await activated(city, id);

  // The same price again needs no new word; another does.
  await published(publisher, "1.0.1", price(5_000));
  await published(publisher, "1.1.0", price(6_000));
  const change = async (version: string) => {
    await ok(city.post(`/v1/installs/${id}/trials`, { version }, admin));
    return city.post(`/v1/installs/${id}/version`, { version }, admin);
  };
  expect((await change("1.0.1")).status).toBe(200);
  expect(await refusal(await change("1.1.0"))).toMatchObject({
    status: 409,
    detail: expect.stringContaining("1.1.0 has a price"),
  });
  expect((await city.post(`${MM}/prices`, { module: name, version: "1.1.0" }, treasurer)).status).toBe(201);
  expect((await change("1.1.0")).status).toBe(200);

  const { lines } = await typed(payouts, publisher);
  expect(lines[0]).toBe("No city has paid for anything of yours yet.");
  // It is said wherever somebody looks at it before it is taken.
  const listed = await (await fetch(`${house.url}/marketplace/modules/${name}?lang=fr`)).text();
  expect(listed).toMatch(/Il coûte 60,00\s€, une seule fois\./u);
  const offered = await (await (await city.browser("administrator")).get(`/staff/modules/${name}?lang=ar`)).text();
  expect(offered).toContain("مرة واحدة");
  expect(await ok(market.get(`/modules/${name}`))).toMatchObject({ versions: [{ price: price(6_000) }, {}, {}] });
});

test("what cannot be bought here is refused, with the reason", async () => {
  const [city, publisher, sponsor] = [await newCity(), await newPublisher(), await newPublisher()];
  const agree = async (costs: Price | undefined, more = {}) => {
    const one = await newPublisher();
    const { name } = await published(one, "1.0.0", costs, more);
    await taken(city, name, false);
    return refusal(await city.post(`${MM}/prices`, { module: name }, treasurer));
  };
  expect(await agree({ per: "once", amounts: { XOF: 5, MAD: 5 } })).toEqual({
    status: 422,
    detail: "It has no price in EUR: its publisher sells it in MAD, XOF, and nothing is converted.",
  });
  expect(await agree(undefined)).toMatchObject({ status: 409, detail: expect.stringContaining("free") });
  const bands = [{ upTo: 10, amounts: { EUR: 5 } }, { amounts: { EUR: 9 } }];
  expect(await agree({ per: "month", bands })).toMatchObject({ status: 409 });
  expect(await agree(price(5, { sponsor: sponsor.name }))).toMatchObject({
    status: 409,
    detail: expect.stringContaining("has not signed"),
  });
  const isBasedOn = [
    { module: "nobody/nothing", version: "1.0.0", digest: `sha256:${"0".repeat(64)}`, basisPoints: 5 },
  ];
  expect(await agree(price(5), { isBasedOn })).toMatchObject({
    status: 409,
    detail: expect.stringContaining("does not have"),
  });

  expect((await city.post(`${MM}/prices`, { module: `${publisher.name}/nothing` }, treasurer)).status).toBe(404);
  expect((await city.put(`${MM}/terms`, { population: -1 }, treasurer)).status).toBe(422);
  await ok(city.put(`${MM}/terms`, { population: 900, taxBasisPoints: 0 }, treasurer));
  expect((await city.put(`${MM}/terms`, {}, treasurer)).status).toBe(422);
  expect((await city.put(`${MM}/payees/x`, { name: "X" }, treasurer)).status).toBe(422);
  expect((await city.put(`${MM}/payees/acme`, { name: "Acme", iban: "FR00" }, treasurer)).status).toBe(422);
  for (const path of ["", "/approval", "/payment", "/mobile-money", "/credits"]) {
    const body = { reference: "x", rail: "card", line: 1, amountMinor: 1, reason: "why" };
    const fields = {
      "/payment": ["rail"],
      "/mobile-money": ["reference"],
      "/credits": ["line", "amountMinor", "reason"],
    };
    const sent = Object.fromEntries((fields[path as "/payment"] ?? []).map((one) => [one, body[one as "rail"]]));
    const asked = `${MM}/invoices/2026-01${path}`;
    expect((await (path === "" ? city.get(asked, treasurer) : city.post(asked, sent, treasurer))).status, path).toBe(
      404,
    );
  }
  const month = monthOf(now(), "Europe/Paris");
  expect(await refusal(await city.post(`${MM}/invoices`, { month }, treasurer))).toMatchObject({ status: 422 });
  expect(await refusal(await city.post(`${MM}/invoices`, { month: "2026-13" }, treasurer))).toMatchObject({
    status: 422,
  });
  expect(
    (await city.get("/staff/module-money/2026-01", { ...treasurer, headers: { Accept: "text/html" } })).status,
  ).not.toBe(500);
});

// Guards against money that goes to others than to those who made it, twice, or past the second person; and against a
// party that sees what another is paid.
test("a month is drawn up, approved, paid by bank and by wallet, and each party sees its own share alone", async () => {
  const [city, base, reviewer, publisher] = [
    await newCity(),
    await newPublisher(),
    await newPublisher(),
    await newPublisher(),
  ];
  const { digest } = await published(base, "1.0.0");
  const { name } = await published(
    publisher,
    "1.0.0",
    price(10_000, { reviewer: { party: reviewer.name, basisPoints: 1_000 } }),
    { isBasedOn: [{ module: `${base.name}/fair-water`, version: "1.0.0", digest, basisPoints: 2_000 }] },
  );
  await activated(city, await taken(city, name));
  const { month, invoice } = await drawnAfter(city);
  expect(invoice).toMatchObject({ state: "drawn", totalMinor: 10_000, taxMinor: 0 });
  const shares = Object.fromEntries(invoice.payouts.map(({ party, amountMinor }) => [party, amountMinor]));
  expect(shares).toEqual({ [publisher.name]: 6_800, [base.name]: 1_700, [reviewer.name]: 1_000, _house: 500 });
  const me = await signedIn(city);
  const invoices = `${MM}/invoices/${month}`;
  const as = { as: me };
  expect((await city.post(`${MM}/invoices`, { month }, as)).status).toBe(200);
  // Another city has none of it, and cannot tell that it is there.
  const other = await newCity();
  const probes: [path: string, body?: object][] = [
    [invoices],
    [`${invoices}/approval`, {}],
    [`${invoices}/payment`, { rail: "card" }],
    [`${invoices}/mobile-money`, { reference: "x" }],
    [`${invoices}/credits`, { line: 1, amountMinor: 1, reason: "why not" }],
    [`${MM}/prices`, { module: name }],
  ];
  const answers = await Promise.all(
    probes.map(async ([path, body]) => {
      const answer = await (body ? other.post(path, body, treasurer) : other.get(path, treasurer));
      const { instance: _each, ...said } = (await answer.json()) as Record<string, unknown>;
      return [answer.status, said];
    }),
  );
  for (const answer of answers) expect(answer).toEqual([404, answers[0]![1]]);

  const { administrator, second } = await withSecond(city);
  // The administrator looks on; treasurers decide.
  expect((await city.post(`${invoices}/approval`, undefined, { as: administrator })).status).toBe(403);
  const both = await Promise.all([
    city.post(`${invoices}/approval`, undefined, as),
    city.post(`${invoices}/approval`, undefined, second),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);

  const account = await ok<{ id: string }>(city.post("/v1/bank-accounts", { name: "Main", iban: IBAN }, as));
  const pay = () =>
    city.post(`${invoices}/payment`, { rail: "transfer", bankAccountId: account.id, purchaseOrder: "PO 4711" }, as);
  expect(await refusal(await pay())).toMatchObject({ status: 422, detail: expect.stringContaining("enter it first") });
  const IBANS = ["DE89370400440532013000", "NL91ABNA0417164300", "BE71096123456769"];
  for (const [i, party] of [publisher.name, base.name, "_house"].entries())
    await ok(city.put(`${MM}/payees/${party}`, { name: `Payee ${i}`, iban: IBANS[i] }, as));
  await ok(city.put(`${MM}/payees/${reviewer.name}`, { name: "Reviewer", msisdn: "+2250700000001" }, as));
  const paying = await ok<Invoice>(pay());
  expect(paying).toMatchObject({ state: "paying", rail: "transfer", purchaseOrder: "PO 4711" });
  // Approved once more it would be open to another rail, while the bank's order still pays.
  for (const who of [as, second]) expect((await city.post(`${invoices}/approval`, undefined, who)).status).toBe(409);
  expect((await city.post(`${invoices}/payment`, { rail: "card" }, as)).status).toBe(409);

  const csv = await (await city.get(`${invoices}/mobile-money.csv`, as)).text();
  expect(csv).toContain(`+2250700000001,1000,EUR,Reviewer,${month}-${reviewer.name}`);
  const batch = (who: typeof as | typeof second) => city.post(`${invoices}/mobile-money`, { reference: "OM-77" }, who);
  expect(await refusal(await batch(second))).toMatchObject({ status: 409 });
  // Who asked for the order does not agree to it.
  const decision = (who: typeof as | typeof second) =>
    city.post(`/v1/payment-orders/${paying.orderId}/decision`, { agrees: true }, who);
  expect((await decision(as)).status).toBe(403);
  expect((await decision(second)).status).toBe(200);
  await soon(
    () => ok<Invoice>(city.get(invoices, as)),
    ({ payouts }) => payouts.filter(({ state }) => state === "ordered").length === 3,
  );
  expect((await batch(as)).status).toBe(403);
  expect((await batch(second)).status).toBe(200);
  const xml = await (await city.get(`/v1/payment-orders/${paying.orderId}/file`, as)).text();
  expect(xml).toContain("PO 4711 modules");
  const entries = [...xml.matchAll(/<EndToEndId>([^<]+)<\/EndToEndId>[\s\S]*?<InstdAmt[^>]*>([^<]+)</g)].map(
    ([, endToEndId, amount]) => ({
      ...{ amount: amount!, side: "DBIT" as const, endToEndId: endToEndId! },
    }),
  );
  expect(entries.map(({ amount }) => amount).sort()).toEqual(["17.00", "5.00", "68.00"]);
  const statement = camt({ opening: "100.00", closing: "10.00", entries });
  const headers = { "Content-Type": "application/xml" };
  await ok(city.post(`/v1/bank-accounts/${account.id}/statements`, statement, { ...as, headers }));
  await soon(
    () => ok<Invoice>(city.get(invoices, as)),
    ({ state }) => state === "paid",
  );

  const told = (of: TestPublisher, key = of.key, party = of.name) =>
    sealRequest({ party, asks: "payouts", at: now().toISOString() }, key).then((request) =>
      market.post(`/parties/${of.name}/payouts`, request),
    );
  const own = await soon(
    () => told(base).then((answer) => ok<{ statements: { state: string }[]; url: string }>(answer)),
    ({ statements }) => statements[0]?.state === "paid",
  );
  expect(own.statements).toMatchObject([
    {
      ...{ city: { slug: city.slug }, month, amountMinor: 1_700, currency: "EUR", by: "bank" },
      lines: [{ module: name, role: "contributor", netMinor: 10_000, amountMinor: 1_700 }],
    },
  ]);
  expect(JSON.stringify(own.statements)).not.toContain(reviewer.name);
  expect((await told(publisher, base.key)).status).toBe(401);
  expect((await told(publisher, publisher.key, base.name)).status).toBe(401);
  expect((await told({ ...publisher, name: "nobody-here" })).status).toBe(401);
  const html = await fetch(house.url + own.url);
  expect(html.status).toBe(200);
  expect(await html.text()).toContain(city.name);
  expect((await fetch(house.url + own.url.replace(base.name, publisher.name))).status).toBe(404);
  expect((await fetch(house.url + own.url.replace(/until=\d/, "until=9"))).status).toBe(404);

  // All of it moves with the city.
  const bundle = await operator.get(`/control/v1/cities/${city.slug}/export`);
  expect(bundle.status).toBe(200);
}, 60_000);

// Guards against a double tap that takes an amount off twice: each tap had looked before the other was done.
test("a credit that is sent several times from one page is taken off once", async () => {
  const [city, publisher] = [await newCity(), await newPublisher()];
  const { name } = await published(publisher, "1.0.0", price(9_999));
  await activated(city, await taken(city, name));
  const { month } = await drawnAfter(city);
  const as = { as: await signedIn(city) };
  const desk = await city.browser({ contact: `treasurer@${city.slug}.example` });
  const at = `/staff/module-money/${month}`;
  const form = { revision: "0", line: "1", amount: "1.00", reason: "Away" };
  const taps = await Promise.all(Array.from({ length: 8 }, () => desk.submit(`${at}/credits`, form, at)));
  expect(taps.map(({ status }) => status).sort()).toEqual([303, ...Array(7).fill(422)]);
  const { credits, totalMinor } = await ok<Invoice>(city.get(`${MM}/invoices/${month}`, as));
  expect(credits).toHaveLength(1);
  expect(totalMinor).toBe(9_899);
});

// Guards against a card that pays another, more or less than is due, and against a house that holds the city's money.
test("by card each is paid on an account of their own, with exactly the house’s share kept of it", async () => {
  const [city, publisher] = [await newCity({ languages: ["en", "ar"] }), await newPublisher()];
  const { name } = await published(publisher, "1.0.0", price(9_999));
  await activated(city, await taken(city, name));
  const { month } = await drawnAfter(city);
  const as = { as: await signedIn(city) };
  const { second } = await withSecond(city);
  const invoices = `${MM}/invoices/${month}`;
  // All of it by pages, without script: what is wrong is said where it was typed, and nothing of it is kept.
  const desk = await city.browser({ contact: `treasurer@${city.slug}.example` });
  const at = `/staff/module-money/${month}`;
  const wrong = await desk.submit(
    `${at}/credits`,
    { revision: "0", line: "1", amount: "abc", reason: "Away" },
    `${at}?lang=en`,
  );
  expect(wrong.status).toBe(422);
  expect(await wrong.text()).toContain("An amount with at most 2 decimal places.");
  const stale = await desk.submit(`${at}/credits`, { revision: "7", line: "1", amount: "1", reason: "Away" }, at);
  expect(stale.status).toBe(422);
  expect((await desk.submit(`${at}/payment`, { rail: "card" }, at)).status).toBe(422);
  expect((await desk.submit("/staff/module-money/payees", { party: "acme", name: "A", iban: "FR1" }, at)).status).toBe(
    422,
  );
  expect((await desk.submit(`${at}/approval`, {}, at)).status).toBe(303);
  const arabic = await (await desk.get(`${at}?lang=ar`)).text();
  expect(arabic).toContain('dir="rtl"');
  expect(arabic).toContain("معتمدة");
  expect((await desk.get("/staff/module-money/2020-13")).status).toBe(404);
  const pay = (who: typeof as) => city.post(`${invoices}/payment`, { rail: "card" }, who);
  expect((await pay(as)).status).toBe(403);
  expect((await pay(second)).status).toBe(422);
  await ok(city.put(`${MM}/payees/${publisher.name}`, { name: "P", stripeAccount: "acct_publisher1" }, as));
  const { payouts } = await ok<Invoice>(pay(second));
  const card = payouts.find(({ party }) => party === publisher.name)?.card;
  expect(card).toMatchObject({ feeMinor: 500 });
  const shown = await (await fetch(card!.url!)).text();
  expect(shown).toContain("€99.99");
  await fetch(card!.url!, { method: "POST", body: new URLSearchParams({ outcome: "pay" }), redirect: "manual" });
  // The provider's signed word alone settles it, before anybody comes back or asks.
  await soon(
    () => ok<Invoice>(city.get(invoices, as)),
    ({ state }) => state === "paid",
  );
  const told = await fetch(`${hub.url}/stand-in/sessions/${card!.sessionId}/deliver?times=3`, { method: "POST" });
  const { deliveries } = await ok<{ deliveries: { status: number; body: string; signature: string }[] }>(told);
  expect(deliveries.map(({ status }) => status)).toEqual(deliveries.map(() => 200));
  // Whoever comes back sees it.
  const browser = await city.browser({ contact: `second@${city.slug}.example` });
  expect(await (await browser.get(`/staff/module-money/${month}?lang=en`)).text()).toContain("Paid");
  expect(await ok<Invoice>(city.get(invoices, as))).toMatchObject({
    state: "paid",
    payouts: [{ state: "paid" }, { state: "paid" }],
  });
  expect((await pay(second)).status).toBe(409);
  const { entries } = await ok<{ entries: { amountMinor: number }[] }>(
    city.get("/v1/ledger/entries?account=in_transit", as),
  );
  expect(entries.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(9_999);
}, 60_000);

// Guards against a sponsor who never said so, against a pledge that is taken for money, and against a city that is asked
// for what its sponsor pays, or that pays out what never came.
test("what a sponsor signed to pay is its own invoice: paid by the city's rails, and only then paid out", async () => {
  const [city, publisher, sponsor] = [
    await newCity({ languages: ["en", "fr", "ar"] }),
    await newPublisher(),
    await newPublisher(),
  ];
  const { name } = await published(publisher, "1.0.0", price(7_000, { sponsor: sponsor.name }));
  const until = monthPlus(monthOf(now(), "UTC"), 6);
  const pledged = async (key = sponsor.key) => {
    const pledge = { sponsor: sponsor.name, module: name, until, signedAt: now().toISOString() };
    return market.post("/pledges", await seal(PLEDGE_TYPE, canonical(pledge), key));
  };
  const id = await taken(city, name, false);
  expect((await pledged(newKey())).status).toBe(422);
  expect((await city.post(`${MM}/prices`, { module: name }, treasurer)).status).toBe(409);
  await expect(typed(pledge, sponsor, { module: name, until: "soon" })).rejects.toThrow("no pledge");
  await expect(typed(pledge, sponsor, { module: name, until, "at-most": "much" })).rejects.toThrow("no amount");
  // In other money it is worth nothing here.
  await typed(pledge, sponsor, { module: name, until, "at-most": "500000XOF" });
  expect(await refusal(await city.post(`${MM}/prices`, { module: name }, treasurer))).toEqual({
    status: 409,
    detail: `${sponsor.name} has signed to pay for this in other money, and nothing in EUR.`,
  });
  const said = await typed(pledge, sponsor, { module: name, until, "at-most": "60.00EUR,500000XOF" });
  expect(said.lines[0]).toContain(`up to ${until}`);
  await ok(city.post(`${MM}/prices`, { module: name }, treasurer));
  await activated(city, id);
  const { month, invoice } = await drawnAfter(city, `.${sponsor.name}`);
  // Ten are beyond the pledge, and nobody owes them.
  expect(invoice).toMatchObject({
    ...{ state: "awaiting", payer: sponsor.name, totalMinor: 6_000 },
    lines: [{ netMinor: 6_000, beyondPledgeMinor: 1_000, sponsor: sponsor.name }],
  });
  const as = { as: await signedIn(city) };
  const path = `${MM}/invoices/${invoice.id}`;
  const billed = await soon(
    () => ok<Invoice>(city.get(path, as)),
    ({ bill }) => bill !== undefined,
  );
  for (const does of ["approval", "payment"])
    expect((await city.post(`${path}/${does}`, does === "payment" ? { rail: "card" } : undefined, as)).status).toBe(
      409,
    );
  const off = { line: 1, amountMinor: 1, reason: "less of it" };
  const once = { ...as, headers: { "Idempotency-Key": "off" } };
  expect((await city.post(`${path}/credits`, off, once)).status).toBe(409);
  const balances = async (account: string) => {
    const { entries } = await ok<{ entries: { amountMinor: number }[] }>(
      city.get(`/v1/ledger/entries?account=${account}`, as),
    );
    return entries.length;
  };
  expect(await balances(`payable:${invoice.id}:${publisher.name}`)).toBe(0);
  const desk = await city.browser({ contact: `treasurer@${city.slug}.example` });
  const html = await (await desk.get(`/staff/module-money/${invoice.id}?lang=en`)).text();
  expect(html).toContain("Until then the module serves on, nobody is paid of it, and the city owes nothing.");
  // The pledge is used up: another price is not agreed to by it.
  await published(publisher, "1.1.0", price(9_000, { sponsor: sponsor.name }));
  expect(await refusal(await city.post(`${MM}/prices`, { module: name, version: "1.1.0" }, as))).toMatchObject({
    detail: `All that ${sponsor.name} has signed to pay for this in a city is used up.`,
  });

  // The sponsor finds what to pay where it finds what it is paid, and pays it as anybody pays the city.
  const request = async (of: TestPublisher) =>
    sealRequest({ party: of.name, asks: "payouts", at: now().toISOString() }, of.key);
  const statements = async (of: TestPublisher) =>
    (await ok<{ statements: PayoutStatement[] }>(market.post(`/parties/${of.name}/payouts`, await request(of))))
      .statements;
  const [statement] = await soon(
    () => statements(sponsor),
    (found) => (found[0]?.bills.length ?? 0) > 0,
  );
  const { reference } = billed.bill!;
  expect(statement).toMatchObject({
    ...{ month, lines: [{ role: "sponsor", amountMinor: 6_000 }] },
    bills: [{ invoice: invoice.id, amountMinor: 6_000, reference, isPaid: false }],
  });
  const { url } = await ok<{ url: string }>(market.post(`/parties/${sponsor.name}/payouts`, await request(sponsor)));
  const ownPage = await (await fetch(`${house.url}${url}&lang=fr`)).text();
  expect(ownPage).toContain(`/cities/${city.slug}/pay?reference=${reference}`);
  expect(ownPage).toContain("Ce que vous payez comme parrain");
  expect((await statements(publisher))[0]).toMatchObject({
    ...{ amountMinor: 0, sponsored: [{ sponsor: sponsor.name, amountMinor: 5_700, state: "awaiting" }] },
  });
  const { checkoutUrl } = await ok<{ checkoutUrl: string }>(city.post("/v1/payments", { reference }));
  await fetch(checkoutUrl, { method: "POST", body: new URLSearchParams({ outcome: "pay" }), redirect: "manual" });
  await soon(
    () => ok<Invoice>(city.get(path, as)),
    ({ state }) => state === "drawn",
  );
  expect(await balances(`payable:${invoice.id}:${publisher.name}`)).toBe(1);
  expect((await city.post(`${path}/approval`, undefined, as)).status).toBe(200);
  const paidSaid = await (await desk.get(`/staff/module-money/${invoice.id}?lang=fr`)).text();
  expect(paidSaid).toContain("ceux à qui est le module sont maintenant payés");
}, 60_000);

// Guards against a credit that one person gives alone, or twice, and against another city that sees it.
test("what is disputed of a paid month is given back: by rule, by two persons, on a note of its own number", async () => {
  const [city, publisher, other] = [await newCity({ languages: ["en", "ar"] }), await newPublisher(), await newCity()];
  const { name } = await published(publisher, "1.0.0", {
    per: "month",
    bands: [{ amounts: { EUR: 31_000 } }],
  });
  await activated(city, await taken(city, name));
  const { month } = await drawnAfter(city);
  const as = { as: await signedIn(city) };
  const { administrator, second } = await withSecond(city);
  const seller = { country: "FR", number: "FR00 123456789" };
  for (const [i, party] of [publisher.name, "_house"].entries())
    await ok(city.put(`${MM}/payees/${party}`, { name: "P", msisdn: `+225070000000${i}`, tax: seller }, as));
  expect((await city.put(`${MM}/payees/acme`, { name: "P", tax: { country: "France" } }, as)).status).toBe(422);
  const path = `${MM}/invoices/${month}`;
  const key = (one: string) => ({ ...as, headers: { "Idempotency-Key": one } });
  const asked = { line: 1, cause: "disputed", units: 1, reason: "It did not serve" };
  expect((await city.post(`${path}/credit-notes`, asked, key("early"))).status).toBe(409);
  await ok(city.post(`${path}/approval`, undefined, as));
  await ok(city.post(`${path}/payment`, { rail: "transfer" }, as));
  await ok(city.post(`${path}/mobile-money`, { reference: "OM-1" }, second));
  for (const wrong of [
    { ...asked, units: undefined },
    { ...asked, cause: "removed" },
    { ...asked, line: 2 },
    { ...asked, units: 400 },
  ])
    expect((await city.post(`${path}/credit-notes`, wrong, key(JSON.stringify(wrong)))).status).toBe(422);
  const twins = await Promise.all([1, 2, 3].map(() => city.post(`${path}/credit-notes`, asked, key("note"))));
  const [note] = await Promise.all(twins.map((one) => ok<CreditNote>(one)));
  expect(note).toMatchObject({ number: `${month}-C1`, invoice: month, state: "asked" });
  expect(await ok(city.get(`${path}/credit-notes`, as))).toMatchObject({ creditNotes: [{ number: note!.number }] });
  const at = `${MM}/credit-notes/${note!.number}`;
  expect((await city.post(`${at}/decision`, { agrees: true }, as)).status).toBe(403);
  expect((await city.post(`${at}/decision`, { agrees: true }, { as: administrator })).status).toBe(403);
  // Another city has none of it, and cannot tell that it is there.
  const probes: [path: string, body?: object][] = [
    [`${path}/credit-notes`],
    [`${path}/credit-notes`, asked],
    [`${path}/lines.csv`],
    [at],
    [`${at}/decision`, { agrees: true }],
    [`${at}/bills`, { party: publisher.name }],
  ];
  for (const [probe, body] of probes) {
    const answer = await (body
      ? other.post(probe, body, { ...treasurer, ...key("x"), as: "treasurer" })
      : other.get(probe, treasurer));
    expect(answer.status, probe).toBe(404);
  }
  const granted = await ok<CreditNote>(city.post(`${at}/decision`, { agrees: true }, second));
  expect(granted.shares.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(note!.amountMinor);
  const csv = await (await city.get(`${path}/lines.csv`, as)).text();
  expect(csv).toContain(`,none,0.00,0.00,seller_unknown,${publisher.name},publisher,-`);
  const back = await ok<CreditNote>(city.post(`${at}/bills`, { party: publisher.name }, as));
  const { reference } = back.back.find(({ party }) => party === publisher.name)!.bill!;
  const { checkoutUrl } = await ok<{ checkoutUrl: string }>(city.post("/v1/payments", { reference }));
  await fetch(checkoutUrl, { method: "POST", body: new URLSearchParams({ outcome: "pay" }), redirect: "manual" });
  await soon(
    () => ok<CreditNote>(city.get(at, as)),
    (now_) => now_.back.some(({ bill }) => bill?.paidAt !== undefined),
  );
  // The same by pages, without script.
  const desk = await city.browser({ contact: `treasurer@${city.slug}.example` });
  const pagePath = `/staff/module-money/${month}`;
  const html = await (await desk.get(`${pagePath}?lang=ar`)).text();
  expect(html).toContain("الإشعارات الدائنة");
  const { revision } = await ok<Invoice>(city.get(path, as));
  const fields = { line: "1", cause: "suspended", reason: "An advisory" };
  const stale = await desk.submit(`${pagePath}/credit-notes`, { ...fields, revision: "0" }, pagePath);
  expect(stale.status).toBe(422);
  const nothing = await desk.submit(
    `${pagePath}/credit-notes`,
    { ...fields, revision: String(revision) },
    `${pagePath}?lang=en`,
  );
  expect(nothing.status).toBe(422);
  expect(await nothing.text()).toContain("was not suspended for an advisory");
}, 60_000);

// Guards against one click that credits twice, and against a twin that is told of somebody else.
test("a credit that is sent twice at once is one, and both get its answer", async () => {
  const [city, publisher] = [await newCity(), await newPublisher()];
  const { name } = await published(publisher, "1.0.0", price(10_000));
  await activated(city, await taken(city, name));
  const { month } = await drawnAfter(city);
  const as = { as: await signedIn(city), headers: { "Idempotency-Key": `credit-${city.slug}` } };
  const taking = { line: 1, amountMinor: 100, reason: "A day without" };
  const twins = Array.from({ length: 6 }, () => city.post(`${MM}/invoices/${month}/credits`, taking, as));
  const answers = await Promise.all((await Promise.all(twins)).map((answer) => ok<Invoice>(Promise.resolve(answer))));
  for (const answer of answers) expect(answer).toMatchObject({ totalMinor: 9_900, revision: 1 });
});
