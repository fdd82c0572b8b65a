import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testVendingKey } from "../../functions/vending/sources/sts/key.ts";
import { msgIdOf } from "../../functions/vending/sources/xmlvend/asked.ts";
import { vendingServer } from "../../functions/vending/sources/xmlvend/client.ts";
import { standIn } from "../../functions/vending/sources/xmlvend/stand-in.ts";
import type { KeyRef, MeterFacts, TokenOrder, Wanted } from "../../functions/vending/token-source.ts";
import { Fault } from "../../shared/errors.ts";
import { factoryKey, StsMeter } from "../meter/sts.ts";
import { memoryTable } from "../properties/ledger.memory-table.ts";

const NOW = "2026-11-23T12:00:00.000Z";
const KEY: KeyRef = { supplyGroup: "123456", keyRevision: 2, tariffIndex: "07", baseYear: 2014 };
const METER = { source: "sts" as const, number: "04257670465", resource: "electricity" as const, key: KEY };
type Meter = Extract<MeterFacts, { source: "sts" }>;

let orders = 0;
const orderOf = (wants: Wanted, meter: Meter = METER, at = NOW): TokenOrder => ({
  id: `order_${orders++}`,
  meter,
  wants,
  count: orders,
  at,
});
const credit = (tenths: number): Wanted => ({ kind: "credit", tenths });
const simulated = (meter: Meter = METER) =>
  new StsMeter(factoryKey(testVendingKey(meter.key), { number: meter.number, ...meter.key }), meter.resource);

/** What may happen to a request on its way. */
type Fate = "answered" | "never_heard" | "answer_lost" | "cut" | "busy";

/** A city at a stand-in, on a line that does what it is told, one fate for each request. */
function line({ isStandIn = true, app = standIn({ now: () => new Date(NOW) }), password = "secret" } = {}) {
  const table = memoryTable();
  const seen: { body: string; answer: string }[] = [];
  const fates: Fate[] = [];
  const source = vendingServer({
    url: "http://stand-in/",
    client: { clientId: "city", terminalId: "0000000000001", operator: "hansa", password },
    isStandIn,
    now: () => new Date(NOW),
    msgIdOf: (order, part) => msgIdOf(table, order, part),
    async http(_, init) {
      const fate = fates.shift() ?? "answered";
      if (fate === "never_heard") throw new TypeError("fetch failed");
      if (fate === "busy") return new Response("<html>busy</html>", { status: 503 });
      const answer = await app.request("/", init);
      const text = await answer.text();
      seen.push({ body: String(init.body), answer: text });
      if (fate === "answer_lost") throw new Fault("unavailable", "no answer");
      return new Response(fate === "cut" ? text.slice(0, text.length / 2) : text, { status: answer.status });
    },
  });
  /** How many sales the server made. */
  const sales = () => new Set(seen.flatMap(({ answer }) => answer.match(/<b:stsCipher>\d{20}/g) ?? [])).size;
  return { source, fates, seen, sales, table, app };
}

async function refusal(promise: Promise<unknown>) {
  const fault = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(fault).toBeInstanceOf(Fault);
  const { kind, message, members } = fault as Fault;
  return { kind, message, pointer: members.errors?.[0]?.pointer };
}

describe("a vending server", () => {
  test("gives credit, limits and clearings that the meter takes, and says that they are test tokens", async () => {
    const { source, seen } = line();
    const meter = simulated();
    const tokens = await source.issue(orderOf(credit(16_385)));
    expect(tokens).toMatchObject({ isTest: true, receipt: expect.stringMatching(/^TEST\//) });
    expect(tokens.digits).toHaveLength(2);
    for (const digits of tokens.digits) expect(meter.enter(digits).is).toBe("credited");
    expect(meter.credit).toBe(16_385);
    expect(seen[0]!.answer).toContain("TEST");
    meter.isTampered = true;
    for (const wants of [
      { kind: "clear_tamper" },
      { kind: "power_limit", watts: 2_300 },
      { kind: "clear_credit" },
    ] as const)
      expect(meter.enter((await source.issue(orderOf(wants))).digits[0]!).is).not.toBe("refused");
    expect([meter.credit, meter.powerLimit, meter.isTampered]).toEqual([0, 2_300, false]);
  });

  test("sells water by the cubic metre to meters of thirteen digits", async () => {
    const water = { ...METER, number: "0268999900262", resource: "water" as const };
    const { digits } = await line().source.issue(orderOf(credit(125), water));
    expect(simulated(water).enter(digits[0]!)).toEqual({ is: "credited", tenths: 125 });
  });

  // Guards against the second of two tokens of one minute, paid for and refused by the meter.
  test("two orders of one meter in one second both credit", async () => {
    const { source } = line();
    const meter = simulated();
    const all = await Promise.all([credit(10), credit(10), credit(20)].map((wants) => source.issue(orderOf(wants))));
    for (const { digits } of all) expect(meter.enter(digits[0]!).is).toBe("credited");
    expect(meter.credit).toBe(40);
  });

  // Guards against the end of 1993's identifiers, which every meter of that base date has passed.
  test("a meter of 1993 is refused credit since 24 November 2024, and moved to 2014 by a change of key", async () => {
    const { source } = line();
    const old = { ...METER, key: { ...KEY, keyRevision: 1, baseYear: 1993 as const } };
    const meter = simulated(old);
    const before = await source.issue(orderOf(credit(10), old, "2024-11-24T20:15:59Z"));
    expect(meter.enter(before.digits[0]!).is).toBe("credited");
    // The last identifier of all is given once.
    const another = source.issue(orderOf(credit(10), old, "2024-11-24T20:15:59Z"));
    expect(await refusal(another)).toMatchObject({
      kind: "conflict",
      message: expect.stringContaining("no identifier"),
    });
    expect(await refusal(source.issue(orderOf(credit(10), old, "2024-11-24T20:16:00Z")))).toMatchObject({
      kind: "invalid",
      pointer: "#/meter/key/baseYear",
      message: expect.stringContaining("2024-11-24"),
    });
    const change = await source.issue(orderOf({ kind: "key_change", to: KEY }, old));
    const sold = await source.issue(orderOf(credit(30)));
    expect(meter.enter(sold.digits[0]!).is).toBe("refused");
    expect(meter.enter(change.digits[0]!)).toEqual({ is: "half_key" });
    expect(meter.enter(change.digits[1]!)).toEqual({ is: "new_key", isRollOver: true });
    expect(meter.enter(sold.digits[0]!)).toEqual({ is: "credited", tenths: 30 });
    expect(await source.confirm(METER)).toEqual({ supplyGroup: "123456", keyRevision: 2, tariffIndex: "07" });
  });

  test.each([
    ["#/meter/number", { ...METER, number: "04257670466" }, credit(10)],
    ["#/meter/key/baseYear", { ...METER, key: { ...KEY, baseYear: 2035 as const } }, credit(10)],
    ["#/wants/tenths", METER, credit(18_201_625)],
    ["#/wants/watts", METER, { kind: "power_limit", watts: 16_385 }],
    ["#/wants/kind", { ...METER, resource: "water" as const }, { kind: "power_limit", watts: 100 }],
    ["#/wants/kind", METER, { kind: "unlock" }],
    ["#/wants/to", METER, { kind: "key_change", to: KEY }],
    ["#/wants/to/baseYear", METER, { kind: "key_change", to: { ...KEY, keyRevision: 1, baseYear: 1993 } }],
    ["#/wants/to/keyRevision", { ...METER, key: { ...KEY, baseYear: 1993 as const } }, { kind: "key_change", to: KEY }],
  ] as const)("is not even asked for what cannot be made: %s", async (pointer, meter, wants) => {
    const { source, seen } = line();
    expect(await refusal(source.issue(orderOf(wants as Wanted, meter)))).toMatchObject({ kind: "invalid", pointer });
    expect(seen).toHaveLength(0);
  });
});

describe("an answer that does not come", () => {
  // Guards against two tokens for one payment, and against a payment without one.
  test("whatever is lost on the way, one order is one token in the end", async () => {
    const fate = fc.constantFrom<Fate>("answered", "never_heard", "answer_lost", "cut", "busy");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fate, { maxLength: 14 }),
        fc.constantFrom<Wanted>(credit(123), credit(16_385), { kind: "clear_tamper" }),
        async (fates, wants) => {
          const { source, sales, ...rest } = line();
          rest.fates.push(...fates);
          const order = orderOf(wants);
          let tokens: Awaited<ReturnType<typeof source.issue>> | undefined;
          for (let tries = 0; tokens === undefined; tries++) {
            expect(tries).toBeLessThan(20);
            tokens = await source.issue(order).catch((error: unknown) => {
              expect(error).toMatchObject({ kind: "unavailable" });
              return undefined;
            });
          }
          expect(sales()).toBe(tokens.digits.length);
          const meter = simulated();
          for (const digits of tokens.digits) expect(meter.enter(digits).is).not.toBe("refused");
          expect(meter.credit).toBe(wants.kind === "credit" ? wants.tenths : 0);
          rest.fates.length = 0;
          expect(await source.issue(order)).toEqual(tokens);
          expect(sales()).toBe(tokens.digits.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  // Guards against a second token because whoever asks again says another time.
  test("an order is known by its id alone, and two of one second never share a number", async () => {
    const { source, table, sales } = line();
    const order = orderOf(credit(50));
    const tokens = await source.issue(order);
    expect(await source.issue({ ...order, at: "2026-11-23T18:00:00.000Z" })).toEqual(tokens);
    expect(sales()).toBe(1);
    const next = { ...order, id: "next" };
    const drawn = (await msgIdOf(memoryTable(), next, 0)).msgId.uniqueNumber;
    await table.put({ pk: "VENDING_MSG#20261123120000", sk: drawn });
    const { msgId, isRepeat } = await msgIdOf(table, next, 0);
    expect(isRepeat).toBe(false);
    expect(msgId.uniqueNumber).not.toBe(drawn);
    expect(await msgIdOf(table, next, 0)).toEqual({ msgId, isRepeat: true });
  });

  test("asked twice at once, an order is one token", async () => {
    const { source, sales } = line();
    const order = orderOf(credit(50));
    const [one, two] = await Promise.all([source.issue(order), source.issue(order)]);
    expect(one!.digits).toEqual(two!.digits);
    expect(sales()).toBe(1);
  });

  // Guards against giving up on a token that was made just before the server broke.
  test("a server's own breakdown is no refusal, when it recalls a token", async () => {
    const { app } = line();
    const breaking = {
      request: async (path: string, init: RequestInit) => {
        const answer = await app.request(path, init);
        if (!String(init.body).includes("creditVendReq")) return answer;
        const fault = '<b:fault xsi:type="b:SystemEx" xmlns:xsi="x" xmlns:b="b"><b:desc>broken</b:desc></b:fault>';
        const detail = `<detail><XMLVendFaultResp>${fault}</XMLVendFaultResp></detail>`;
        const text = `<Envelope><Body><Fault><faultstring>s</faultstring>${detail}</Fault></Body></Envelope>`;
        return new Response(text, { status: 500 });
      },
    };
    const { digits } = await line({ app: breaking as never }).source.issue(orderOf(credit(125)));
    expect(simulated().enter(digits[0]!)).toEqual({ is: "credited", tenths: 125 });
  });

  test("a server that forgot everything gives the same token again", async () => {
    const order = orderOf(credit(50));
    const [one, two] = [await line().source.issue(order), await line().source.issue(order)];
    expect(two.digits).toEqual(one.digits);
  });
});

describe("an answer that is not what was asked for", () => {
  /** The stand-in's answer to a sale of 12.5 kWh, changed on its way. */
  async function changed(change: (answer: string) => string, wants: Wanted = credit(125)) {
    const { app } = line();
    const forged = {
      request: async (path: string, init: RequestInit) => {
        const answer = await app.request(path, init);
        return new Response(change(await answer.text()), { status: answer.status });
      },
    };
    return refusal(line({ app: forged as never }).source.issue(orderOf(wants)));
  }

  test.each([
    ["another meter", (a: string) => a.replace('msno="04257670465"', 'msno="04155183447"')],
    ["less credit", (a: string) => a.replace('value="12.5"', 'value="12.4"')],
    ["more than tenths", (a: string) => a.replace('value="12.5"', 'value="12.55"')],
    ["no credit", (a: string) => a.replace(/<b:units [^>]*>/, "")],
    ["a short token", (a: string) => a.replace(/(<b:stsCipher>)\d/, "$1")],
    ["letters for a token", (a: string) => a.replace(/(<b:stsCipher>)\d{4}/, "$1abcd")],
    ["no token", (a: string) => a.replace(/<b:token.*<\/b:token>/, "")],
    ["two sales", (a: string) => a.replace(/(<r:tx .*<\/r:tx>)/, "$1$1")],
  ])("is a conflict: %s", async (_, change) => {
    expect((await changed(change)).kind).toBe("conflict");
  });

  test("a pair for another key is a conflict", async () => {
    const to = { ...KEY, keyRevision: 3 };
    const answer = await changed((a) => a.replace('toKRN="3"', 'toKRN="4"'), { kind: "key_change", to });
    expect(answer).toMatchObject({ kind: "conflict", message: expect.stringContaining("another key") });
  });

  // Guards against XML that grows, reads files, or answers somebody else.
  test.each([
    ["a document type", (a: string) => a.replace("?>", '?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>')],
    ["no XML", () => "OK 12345678901234567890"],
    ["nothing", () => ""],
    ["another request's", (a: string) => a.replace(/(<b:reqMsgID dateTime=")\d{4}/, "$11999")],
    ["no envelope", (a: string) => a.replaceAll("soap:Body", "soap:Bode")],
  ])("says nothing, and is asked again: %s", async (_, change) => {
    expect((await changed(change)).kind).toBe("unavailable");
  });

  test("a refusal is passed on in the server's words", async () => {
    const answer = await refusal(line().source.confirm(METER));
    expect(answer).toMatchObject({
      kind: "conflict",
      message: "The vending server refuses: This meter is not known here.",
    });
  });
});

describe("the stand-in", () => {
  const asked = async (app: ReturnType<typeof standIn>, body: string, headers = {}) => {
    const answer = await app.request("/", { method: "POST", body, headers });
    return { status: answer.status, text: await answer.text() };
  };

  test.each([
    ["no XML", () => "hello", "XMLVendSchemaEx"],
    ["a document type", (a: string) => a.replace("?>", "?><!DOCTYPE a>"), "XMLVendSchemaEx"],
    ["another password", (a: string) => a.replace("secret", "guessed"), "ClientIDAuthorisationEx"],
    ["no client", (a: string) => a.replace(/<b:clientID [^>]*>/, ""), "XMLVendSchemaEx"],
    ["an id used for another sale", (a: string) => a.replace('value="12.5"', 'value="99.9"'), "XMLVendSchemaEx"],
    ["no id", (a: string) => a.replace(/uniqueNumber="\d+"/, 'uniqueNumber="-1"'), "XMLVendSchemaEx"],
    ["a day that is none", (a: string) => a.replace(/dateTime="\d{8}/, 'dateTime="20260199'), "XMLVendSchemaEx"],
    ["an unknown request", (a: string) => a.replaceAll("creditVendReq", "freeIssueReq"), "UseCaseSupportEx"],
  ])("refuses with a fault: %s", async (_, change, reason) => {
    const { source, seen, app } = line();
    await source.issue(orderOf(credit(125)));
    const fresh = (text: string) =>
      reason === "UseCaseSupportEx" ? text.replace(/uniqueNumber="\d+"/, 'uniqueNumber="1"') : text;
    const { status, text } = await asked(app, fresh(change(seen[0]!.body)));
    expect(status).toBe(500);
    expect(text).toContain(`xsi:type="b:${reason}"`);
    expect(text).not.toContain("stsCipher");
  });

  test.each([
    ["a fraction of a tenth", (a: string) => a.replace('value="12.5"', 'value="12.55"'), "XMLVendSchemaEx"],
    ["less than nothing", (a: string) => a.replace('value="12.5"', 'value="-12.5"'), "XMLVendSchemaEx"],
    ["more than one token holds", (a: string) => a.replace('value="12.5"', 'value="1638.5"'), "STSDataEx"],
    ["a meter with a wrong check digit", (a: string) => a.replace("04257670465", "04257670464"), "STSDataEx"],
    ["a key revision of none", (a: string) => a.replace('krn="2"', 'krn="0"'), "STSDataEx"],
  ])("vends nothing for %s", async (_, change, reason) => {
    const { source, seen, app } = line();
    await source.issue(orderOf(credit(125)));
    const again = change(seen[0]!.body.replace(/uniqueNumber="\d+"/, 'uniqueNumber="1"'));
    const { status, text } = await asked(app, again);
    expect([status, text]).toEqual([500, expect.stringContaining(`xsi:type="b:${reason}"`)]);
    expect(text).not.toContain("stsCipher");
  });
});
