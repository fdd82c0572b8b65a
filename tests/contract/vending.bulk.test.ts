import { describe, expect, test } from "vitest";
import { ok } from "../billed.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";
import { agent, KEY, NUMBER, numberOf, POWER, pay, treasurer, vendingCity } from "../vended.ts";

interface Line {
  meter: { number: string };
  amountMinor: number;
  quote: { tenths: number };
  state: string;
  purchaseId?: string;
  reference?: string;
  hindrance?: string;
  tokens?: { digits: string[] }[];
}
interface Bulk {
  id: string;
  state: string;
  reference: string;
  billId: string;
  totalMinor: number;
  leftMinor: number;
  vended: number;
  lines: Line[];
}
interface Statement {
  dueMinor: number;
  creditMinor: number;
  balanceMinor: number;
  lines: { amountMinor: number }[];
}
interface Refusal {
  errors: { pointer: string; detail: string }[];
}

const SECOND = numberOf(22);
const WATER = numberOf(33);
const THEIRS = [
  { meter: NUMBER, amountMinor: 1_000 },
  { meter: SECOND, amountMinor: 700 },
];
const PATH = "/v1/prepaid/bulk-purchases";

/** A city with two meters of electricity, the second a customer's, and one of water. */
async function bulkCity(): Promise<TestCity> {
  const { city } = await vendingCity();
  await ok(city.post("/v1/tariffs", { tariff: { ...POWER, kind: "water" } }, treasurer));
  const { id: accountId } = await ok<{ id: string }>(city.post("/v1/accounts", { number: "A-1", name: "Awa" }, agent));
  for (const more of [
    { number: SECOND, resource: "electricity", accountId },
    { number: WATER, resource: "water" },
  ])
    await ok(city.post("/v1/prepaid/meters", { source: "sts", key: KEY, ...more }, agent));
  return city;
}
async function meterOf(city: TestCity, number: string) {
  const { meters } = await ok<{ meters: { id: string; accountId: string }[] }>(
    city.get(`/v1/prepaid/meters?number=${number}`, agent),
  );
  return meters[0]!;
}
const openBulk = (city: TestCity, lines: object[] = THEIRS, more: object = {}) =>
  ok<Bulk>(city.post(PATH, { lines, ...more }));
const look = (city: TestCity, { id }: { id: string }) => ok<Bulk>(city.get(`${PATH}/${id}`));
const allVended = (city: TestCity, bulk: Bulk) =>
  soon(
    () => look(city, bulk),
    ({ vended, lines }) => vended === lines.length,
  );
const digitsOf = ({ lines }: Bulk) => lines.flatMap(({ tokens = [] }) => tokens.flatMap(({ digits }) => digits));
const books = async (city: TestCity) =>
  (await ok<{ balances: { account: string }[] }>(city.get("/v1/ledger/balances", treasurer))).balances;
const pointersOf = async (answer: Promise<Response>) => {
  const refused = await answer;
  return [refused.status, ((await refused.json()) as Refusal).errors.map(({ pointer }) => pointer)];
};
const text = async (answer: Response | Promise<Response>) => (await answer).text();
const pathOf = (answer: Response) => (answer.headers.get("location") ?? "").replace(/^.*\/cities\/[^/]+/, "");

describe(`prepaid credit for many meters, ${target.name}`, () => {
  // Guards against two tokens for one payment, and against money that is counted twice.
  test("one payment gives each meter its token, once, and is counted once", async () => {
    const city = await bulkCity();
    const quote = await ok<{ totalMinor: number; lines: Line[] }>(city.post(`${PATH}?dryRun=yes`, { lines: THEIRS }));
    expect([quote.totalMinor, quote.lines.length]).toEqual([1_700, 2]);
    expect(await books(city)).toEqual([]);
    const headers = { "Idempotency-Key": "one-intent" };
    const body = { lines: THEIRS, contact: "office@bulk.example" };
    const [one, two] = await Promise.all([
      ok<Bulk>(city.post(PATH, body, { headers })),
      ok<Bulk>(city.post(PATH, body, { headers })),
    ]);
    expect(two.id).toBe(one.id);
    expect(one).toMatchObject({ state: "quoted", totalMinor: 1_700, lines: quote.lines });
    expect(one.lines.map(({ state, purchaseId }) => [state, purchaseId])).toEqual([
      ["quoted", undefined],
      ["quoted", undefined],
    ]);

    await pay(city, one.reference);
    const vended = await allVended(city, one);
    expect(vended).toMatchObject({ state: "paid", leftMinor: 0 });
    expect(new Set(digitsOf(vended)).size).toBe(2);
    expect((await city.post("/v1/payments", { reference: one.reference })).status).toBe(409);
    expect((await city.post("/v1/payments", { reference: vended.lines[0]!.reference })).status).toBe(409);
    for (const again of await Promise.all([look(city, one), look(city, one)])) expect(again).toEqual(vended);
    // A tenant sees the own token by meter and reference, and nothing of the others.
    const [mine] = vended.lines;
    const own = await ok<object>(city.get(`/v1/prepaid/purchases?meter=${NUMBER}&reference=${mine!.reference}`));
    expect(own).toMatchObject({ id: mine!.purchaseId, tokens: mine!.tokens });
    expect(JSON.stringify(own)).not.toContain("ppb_");
    // A message may come twice, but each token is in one, and none is of anything else.
    const tokens = digitsOf(vended).map((digits) => digits.match(/.{4}/g)!.join(" "));
    const sent = await soon(
      () => city.messages("office@bulk.example"),
      (all) => tokens.every((token) => all.some((message) => message.includes(token))),
    );
    for (const message of sent) expect(tokens.filter((token) => message.includes(token))).toHaveLength(1);

    const accounts = (await books(city)).map(({ account }) => account);
    expect(accounts.filter((account) => account.startsWith("due:"))).toEqual([]);
    const figures = await soon(
      () =>
        ok<{ byService: { collectedMinor: number; openMinor: number }[] }>(
          city.get("/v1/collection/figures", treasurer),
        ),
      ({ byService }) =>
        byService.every(({ openMinor }) => openMinor === 0) &&
        byService.reduce((sum, { collectedMinor }) => sum + collectedMinor, 0) >= 1_700,
    );
    expect(figures.byService.reduce((sum, { collectedMinor }) => sum + collectedMinor, 0)).toBe(1_700);
    expect(await ok(city.get("/v1/ledger/proof", treasurer))).toMatchObject({ isSound: true });
  });

  // Guards against a meter that cannot be sold and keeps the others waiting, and against money that nobody gives back.
  test("one meter that is blocked meanwhile waits alone; it is undone, and its part given back", async () => {
    const city = await bulkCity();
    const bulk = await openBulk(city);
    const second = await meterOf(city, SECOND);
    const { accountId } = second;
    await ok(city.put(`/v1/prepaid/meters/${second.id}`, { state: "blocked", accountId }, agent));
    const paymentId = await pay(city, bulk.reference);
    const paid = await soon(
      () => look(city, bulk),
      ({ lines }) => lines[0]!.state === "vended" && lines[1]!.hindrance !== undefined,
    );
    const waits = paid.lines[1]!;
    expect(waits).toMatchObject({ state: "paid", hindrance: "meter_blocked" });
    const at = `/v1/prepaid/purchases/${waits.purchaseId}`;
    expect((await city.post(`${at}/undo`, undefined, agent)).status).toBe(403);
    await ok(city.post(`${at}/undo`, undefined, treasurer));
    expect(
      (await city.post(`/v1/prepaid/purchases/${paid.lines[0]!.purchaseId}/undo`, undefined, treasurer)).status,
    ).toBe(409);
    const waiting = () => ok<{ bulkPurchases: Bulk[] }>(city.get("/v1/prepaid/waiting", agent));
    const flagged = await soon(waiting, ({ bulkPurchases }) => bulkPurchases.length > 0);
    expect(flagged.bulkPurchases).toMatchObject([{ id: bulk.id, leftMinor: 700 }]);
    const staff = await city.browser("treasurer");
    expect(await text(staff.get("/staff/prepaid?lang=en"))).toContain(`/staff/prepaid/bulk/${bulk.id}`);
    expect(await text(staff.get(`/prepaid/bulk/${bulk.id}?lang=en`))).toContain("€7.00 bought nothing");

    const refund = await ok<{ id: string }>(
      city.post(`/v1/payments/${paymentId}/refunds`, { reason: "blocked", amountMinor: 700 }, agent),
    );
    await ok(city.post(`/v1/refunds/${refund.id}/approval`, undefined, treasurer));
    await soon(waiting, ({ bulkPurchases }) => bulkPurchases.length === 0);
    const done = await soon(
      () => look(city, bulk),
      ({ lines }) => lines[1]!.state === "refunded",
    );
    expect([done.leftMinor, done.vended, digitsOf(done).length]).toEqual([0, 1, 1]);
    expect((await books(city)).filter(({ account }) => /^(due|credit):bill_/.test(account))).toEqual([]);
    // The customer's statement says what happened and owes nothing.
    const statement = await soon(
      () => ok<Statement>(city.get(`/v1/statements/${second.accountId}`, treasurer)),
      ({ lines, balanceMinor }) => lines.length === 4 && balanceMinor === 0,
    );
    expect(statement).toMatchObject({ dueMinor: 0, creditMinor: 0 });
    expect(statement.lines.map(({ amountMinor }) => amountMinor)).toEqual([700, -700, 700, -700]);
    expect(await ok(city.get("/v1/ledger/proof", treasurer))).toMatchObject({ isSound: true });
  });

  // Guards against whatever an order can be made to say; none of it leaves a bill.
  test("what is wrong is said by line, all of it, and nothing is kept", async () => {
    const city = await bulkCity();
    const send = (lines: unknown, more: object = {}) => city.post(PATH, { lines, ...more });
    expect(
      await pointersOf(
        send([
          { meter: NUMBER, amountMinor: 1_000 },
          { meter: `${NUMBER.slice(0, 4)} ${NUMBER.slice(4)}`, amountMinor: 1_000 },
          { meter: numberOf(99), amountMinor: 1_000 },
          { meter: WATER, amountMinor: 1_000 },
          { meter: SECOND, amountMinor: 1 },
        ]),
      ),
    ).toEqual([422, ["#/lines/1/meter", "#/lines/2/meter", "#/lines/3/meter", "#/lines/4/amountMinor"]]);
    for (const amountMinor of [0, -5, 1.5, 1e15, "1000"])
      expect(await pointersOf(send([{ meter: NUMBER, amountMinor }])), String(amountMinor)).toEqual([
        422,
        ["#/lines/0/amountMinor"],
      ]);
    const many = Array.from({ length: 51 }, (_, i) => ({ meter: numberOf(i), amountMinor: 1_000 }));
    for (const wrong of [
      send(many),
      send([]),
      send(THEIRS, { currency: "XOF" }),
      send(THEIRS, { contact: "nobody" }),
      send(THEIRS, { id: "ppb_x" }),
      send(THEIRS, { surprise: 1 }),
      send([{ ...THEIRS[0], surprise: 1 }]),
      city.post(PATH, { lines: THEIRS }, { headers: { "Idempotency-Key": "" } }),
    ])
      expect((await wrong).status).toBe(422);
    const second = await meterOf(city, SECOND);
    await ok(city.put(`/v1/prepaid/meters/${second.id}`, { state: "blocked" }, agent));
    expect(await pointersOf(send(THEIRS))).toEqual([422, ["#/lines/1/meter"]]);
    expect(await books(city)).toEqual([]);
    expect((await ok<{ bulkPurchases: unknown[] }>(city.get(PATH, agent))).bulkPurchases).toEqual([]);

    await ok(city.put(`/v1/prepaid/meters/${second.id}`, { state: "active" }, agent));
    const headers = { "Idempotency-Key": "intent" };
    const id = city.id("ppb");
    const first = await city.post(PATH, { id, lines: THEIRS }, { headers });
    expect(first.status).toBe(201);
    expect((await city.post(PATH, { id, lines: THEIRS.slice(1) }, { headers })).status).toBe(409);
    expect((await city.post(PATH, { id, lines: THEIRS.slice(1) })).status).toBe(409);
    expect((await city.post(PATH, { id, lines: THEIRS })).status).toBe(200);
    expect((await city.get(PATH)).status).toBe(401);
    expect((await city.get(PATH, { as: "resident" })).status).toBe(403);
    expect((await city.post(`${PATH}/${id}/seen`, undefined, agent)).status).toBe(403);
    expect((await city.post(`${PATH}/${id}/seen`, undefined, treasurer)).status).toBe(409);
  });

  test("a file is an order, or says what is wrong by its lines", async () => {
    const city = await bulkCity();
    const send = (content: string, query = "", headers = {}) =>
      city.upload(`/v1/prepaid/bulk-files${query}`, "b.csv", content, { headers });
    const wrong = `meter;amount\r\n${NUMBER};10,00\r\n;5\r\n${numberOf(98)};7\r\n${SECOND};lots\r\n${NUMBER};1\r\n`;
    expect(await pointersOf(send(wrong))).toEqual([422, ["#/line/3", "#/line/4", "#/line/5", "#/line/6"]]);
    expect(await pointersOf(send(`meter,amount\n${"1,5\n".repeat(51)}`))).toEqual([422, ["#/line/52"]]);
    expect(await pointersOf(send("meter,amount\n"))).toEqual([422, ["#/line/1"]]);
    expect((await city.post("/v1/prepaid/bulk-files", new Uint8Array([1]), {})).status).toBe(415);
    const good = `amount;meter\r\n10,00;${NUMBER}\r\n7;${SECOND}\r\n`;
    expect(await ok(send(good, "?dryRun=yes"))).toMatchObject({ totalMinor: 1_700 });
    expect(await books(city)).toEqual([]);
    const headers = { "Idempotency-Key": "file" };
    const bulk = await ok<Bulk>(send(good, "", headers));
    expect(bulk).toMatchObject({ totalMinor: 1_700, state: "quoted" });
    expect((await ok<Bulk>(send(good, "", headers))).id).toBe(bulk.id);
    expect((await send(good.replace("7;", "8;"), "", headers)).status).toBe(409);
  });

  // Guards against whoever tries out a city's meters fifty at a time.
  test("only so many lines are asked about in an hour", async () => {
    const city = await bulkCity();
    const lines = Array.from({ length: 50 }, (_, i) => ({ meter: numberOf(i + 100), amountMinor: 1_000 }));
    const statuses: number[] = [];
    // Twelve times fifty lines an hour, and an hour may end in between.
    for (let i = 0; i < 26 && !statuses.includes(429); i++)
      statuses.push((await city.post(`${PATH}?dryRun=yes`, { lines })).status);
    expect(statuses.at(-1)).toBe(429);
    expect(statuses.slice(0, 12)).not.toContain(429);
  });

  test("another city's order is as absent as none", async () => {
    const [one, other] = await Promise.all([bulkCity(), newCity()]);
    const { id, billId } = await openBulk(one);
    const bodyOf = async (answer: Promise<Response>) => {
      const { instance: _each, ...body } = (await (await answer).json()) as Record<string, unknown>;
      return body;
    };
    const missing = await bodyOf(other.get(`${PATH}/${other.id("ppb")}`));
    expect(missing["status"]).toBe(404);
    expect(await bodyOf(other.get(`${PATH}/${id}`))).toEqual(missing);
    expect(await bodyOf(other.post(`${PATH}/${id}/seen`, undefined, treasurer))).toEqual(missing);
    const browser = await other.browser("agent");
    for (const path of [
      `/prepaid/bulk/${id}`,
      `/prepaid/bulk/${id}/tokens.csv`,
      `/staff/prepaid/bulk/${id}`,
      `/prepaid/of/${billId}`,
    ])
      expect((await browser.get(path)).status, path).toBe(404);
    expect((await ok<{ bulkPurchases: unknown[] }>(other.get(PATH, agent))).bulkPurchases).toEqual([]);
  });

  test("typed or as a file, checked, paid and printed, without an account and without script", async () => {
    const city = await bulkCity();
    const browser = await city.browser();
    expect(await text(browser.get("/prepaid?lang=en"))).toContain("/prepaid/bulk");
    expect(await text(browser.get("/prepaid/bulk?lang=en"))).toContain('name="lines"');
    const wrong = await browser.submit("/prepaid/bulk/check?lang=en", {
      lines: `${NUMBER};10\n${NUMBER};5\n${WATER};5\n${numberOf(97)};1\n;4`,
    });
    expect(wrong.status).toBe(422);
    const said = await wrong.text();
    for (const says of [
      "Line 2: this meter stands",
      "Line 3: electricity and water",
      "Line 4: No prepaid meter",
      "Line 5:",
    ])
      expect(said).toContain(says);
    expect(said).toContain(`${WATER};5`);
    expect((await browser.submit("/prepaid/bulk/check?lang=ar", { lines: "" })).status).toBe(422);
    const long = await browser.submit("/prepaid/bulk/check?lang=fr", { lines: "1;5\n".repeat(51) });
    expect([long.status, await long.text()]).toEqual([422, expect.stringContaining("au plus 50 lignes")]);
    for (const [lines, says] of [
      ["meter;amount", "at least one meter"],
      [`${NUMBER};10\n${SECOND};"5`, "Line 2: This line cannot be read"],
      [`${NUMBER};nothing`, "Line 1: This is no amount of money"],
    ] as const) {
      const refused = await browser.submit("/prepaid/bulk/check?lang=en", { lines });
      expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining(says)]);
    }
    const broken = await fetch(`${city.url}/prepaid/bulk/check`, {
      method: "POST",
      headers: { "Content-Type": "multipart/form-data", Origin: target.url },
      body: "nothing of the kind",
    });
    expect(broken.status).toBeLessThan(500);

    const file = new File([`meter,amount\n${NUMBER},10.00\n${SECOND},7\n`], "b.csv");
    const check = await text(browser.submit("/prepaid/bulk/check?lang=en", { file, lines: "" }));
    expect(check).toContain("€17.00");
    const hidden = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(check)?.[1] ?? "";
    const fields = { id: hidden("id"), lines: hidden("lines") };
    const bad = await browser.submit("/prepaid/bulk?lang=en", { ...fields, contact: "nobody" });
    expect([bad.status, await bad.text()]).toEqual([422, expect.stringContaining("neither a telephone")]);
    const [first, second] = [
      await browser.submit("/prepaid/bulk", fields),
      await browser.submit("/prepaid/bulk", fields),
    ];
    const at = pathOf(first);
    expect([first.status, at, pathOf(second)]).toEqual([303, `/prepaid/bulk/${fields.id}`, at]);
    const bulk = await look(city, { id: fields.id });
    expect(await text(browser.get(`${at}?lang=en`))).toContain(`/pay?reference=${bulk.reference}`);
    // It is of a day, and of no month.
    expect(await text(browser.get(`/pay?reference=${bulk.reference}&lang=en`))).toMatch(
      /Period<\/dt>\s*<dd>[A-Z][a-z]+ \d+, \d{4}/,
    );

    const paymentId = await pay(city, bulk.reference);
    const digits = digitsOf(await allVended(city, bulk)).map((each) => each.match(/.{4}/g)!.join(" "));
    expect(await text(browser.get(`/receipts/${paymentId}`))).toContain(`/prepaid/of/${bulk.billId}`);
    expect(pathOf(await browser.get(`/prepaid/of/${bulk.billId}`))).toBe(at);
    const sheets = [];
    for (const lang of ["en", "fr", "ar"]) sheets.push(await text(browser.get(`${at}?lang=${lang}`)));
    for (const page of [...sheets, await text(browser.get(`${at}/tokens.csv`))])
      for (const each of digits) expect(page).toContain(each);
    expect(sheets[0]).toContain("All meters have their token");
    const staff = await city.browser("agent");
    expect(await text(staff.get("/staff/prepaid/bulk?lang=en"))).toContain(bulk.reference);
    expect(await text(staff.get(`/staff/prepaid/bulk/${bulk.id}?lang=en`))).toContain(digits[0]);
    expect(await text(staff.get(`/staff/find?q=${bulk.reference}`))).toContain(`/staff/prepaid/bulk/${bulk.id}`);
    expect((await (await city.browser("resident")).get("/staff/prepaid/bulk")).status).toBe(403);
  });
});
