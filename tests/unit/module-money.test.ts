import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BillIssued } from "../../functions/billing/events.ts";
import { read } from "../../marketplace/contract/index.ts";
import { defineModule, type ModuleInput } from "../../marketplace/contract/module.ts";
import type { Price } from "../../marketplace/contract/price.ts";
import { priceSays } from "../../marketplace/contract/price-says.ts";
import { remove } from "../../marketplace/installs/steps.ts";
import { installStore } from "../../marketplace/installs/store.ts";
import { agreePrice } from "../../marketplace/money/agreeing.ts";
import { daysServed } from "../../marketplace/money/counting.ts";
import { approve, credit } from "../../marketplace/money/deciding.ts";
import { weightsOf } from "../../marketplace/money/domain.ts";
import { drawMonth, estimateFor } from "../../marketplace/money/drawing.ts";
import { batchOf, batchPaid, pay, unchoose } from "../../marketplace/money/paying.ts";
import { HOUSE } from "../../marketplace/money/schema.ts";
import { moneyStore } from "../../marketplace/money/store.ts";
import { deliverDue, replay } from "../../shared/courier.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { monthOf, monthPlus } from "../../shared/time.ts";
import { letRun } from "../running.ts";
import { innerHouse } from "../setup/inner.ts";

const en = (words: string) => ({ en: words });
const text: ModuleInput["parts"][number] = {
  ...{ kind: "texts", id: "words", use: "lesson", title: en("Words"), body: en("Words.") },
};
const message: ModuleInput["parts"][number] = {
  ...{ kind: "texts", id: "dear", use: "message", title: en("Dear"), body: en("It is {value}.") },
};
/** It looks at three bills a day; a fourth is refused. Of none of them it has anything to say. */
const rule: ModuleInput["parts"][number] = {
  kind: "rule",
  id: "watch",
  title: en("Watch"),
  on: { event: "billing.bill_issued.v1", purpose: en("to see") },
  reads: [],
  effects: [{ scope: "alarms.alarms:raise", purpose: en("to tell") }],
  when: read("event.totalMinor > 1000"),
  does: [
    { scope: "alarms.alarms:raise", about: read("event.billId"), fields: { text: read('"dear"'), value: read("1") } },
  ],
  budget: { runsADay: 3 },
  proof: [{ name: "nothing", event: { totalMinor: 1 }, now: "2026-11-23T12:00:00Z", effects: [] }],
};
const moduleOf = (price: Price | undefined, ...parts: ModuleInput["parts"]) =>
  defineModule({
    manifest: {
      ...{
        contract: 1,
        name: "acme/watch",
        version: "1.0.0",
        title: en("Watch"),
        summary: en("Watch"),
        licence: "MIT",
      },
      ...(price ? { price } : {}),
    },
    parts,
  });

describe("what a module costs, in words", () => {
  test("each kind of price is one sentence, in the city’s money or in all", () => {
    const bands: Price = {
      per: "month",
      bands: [{ upTo: 50_000, amounts: { EUR: 2_500, XOF: 15_000 } }, { amounts: { EUR: 5_000, XOF: 30_000 } }],
    };
    expect(priceSays(bands, "en", "EUR")).toEqual([
      "It costs €25.00 for up to 50,000 people, €50.00 for more a month, by the days in which it serves.",
    ]);
    expect(priceSays(bands, "fr", "XOF")[0]).toMatch(/15\s000\sF\sCFA jusqu’à 50\s000 habitants/u);
    expect(priceSays(bands, "en", "MAD")).toEqual(["It is not sold in MAD, only in EUR and XOF."]);
    expect(priceSays({ per: "once", amounts: { TND: 1_250 }, sponsor: "bank-x" }, "en")).toEqual([
      expect.stringMatching(/^It costs TND\s1\.250, once\.$/u),
      "bank-x pays this, and not the city.",
    ]);
    expect(priceSays(undefined, "ar")).toEqual(["مجانية."]);
  });

  test.each([
    ["nothing", { per: "once", amounts: {} }],
    ["a negative price", { per: "once", amounts: { EUR: -1 } }],
    ["a fraction", { per: "use", amounts: { EUR: 0.5 } }],
    ["a huge one", { per: "use", amounts: { EUR: 10_000_000_000 } }],
    ["no currency", { per: "use", amounts: { XXX: 5 } }],
    [
      "bands in disorder",
      {
        per: "month",
        bands: [
          { upTo: 9, amounts: { EUR: 1 } },
          { upTo: 5, amounts: { EUR: 1 } },
        ],
      },
    ],
    ["no band for large cities", { per: "month", bands: [{ upTo: 9, amounts: { EUR: 1 } }] }],
    ["bands in other money", { per: "year", bands: [{ upTo: 9, amounts: { EUR: 1 } }, { amounts: { XOF: 1 } }] }],
    [
      "a reviewer who takes it all",
      { per: "once", amounts: { EUR: 1 }, reviewer: { party: "rev", basisPoints: 9_999 } },
    ],
  ])("%s is no price", (_what, price) => {
    expect(() => moduleOf(price as never, text)).toThrow();
  });
});

test("each level gives on of what it gets, and the house and the reviewer come first", () => {
  const based = [{ party: "bert", basisPoints: 2_000, on: [{ party: "cleo", basisPoints: 5_000, on: [] }] }];
  const price: Price = { per: "once", amounts: { EUR: 1 }, reviewer: { party: "rev", basisPoints: 500 } };
  const share = weightsOf("acme/one", price, based, 500).map(({ party, weight }) => [party, weight / 10 ** 10]);
  expect(Object.fromEntries(share)).toEqual({ acme: 72, bert: 9, cleo: 9, rev: 5, [HOUSE]: 5 });
});

// Guards against a day that is paid twice, and against a month that is paid whole for an hour.
test("days in service are counted by the city’s own calendar, each once", () => {
  const at = (time: string, revision: number, terms?: string) => ({ installId: "i", at: time, revision, terms });
  const services = [
    at("2026-10-30T23:30:00.000Z", 1, "a"),
    at("2026-11-02T08:00:00.000Z", 2, undefined),
    at("2026-11-02T09:00:00.000Z", 3, "b"),
    at("2026-11-03T01:00:00.000Z", 4, undefined),
  ];
  const end = new Date("2026-12-05T00:00:00Z");
  expect(Object.fromEntries(daysServed(services, "2026-11", "UTC", end))).toEqual({ a: 1, b: 2 });
  // Half past eleven in the evening in Greenwich is the next day in Abu Dhabi.
  expect(Object.fromEntries(daysServed(services, "2026-10", "Asia/Dubai", end))).toEqual({ a: 1 });
  expect(Object.fromEntries(daysServed(services, "2026-10", "UTC", end))).toEqual({ a: 2 });
  expect(daysServed(services.slice(0, 1), "2026-11", "UTC", new Date("2026-11-04T12:00:00Z")).get("a")).toBe(4);
});

describe("a month of modules", () => {
  let inner: Awaited<ReturnType<typeof innerHouse>>;
  beforeAll(async () => {
    inner = await innerHouse();
  });
  afterAll(() => inner.stop());

  async function city(price: Price, ...parts: ModuleInput["parts"]) {
    const agreed = async (here: Here) => {
      await moneyStore(here).keepTerms({ population: 40_000, taxBasisPoints: 2_000 });
      await agreePrice(here, { module: "acme/watch" }, "per_t");
    };
    const run = await letRun(inner, moduleOf(price, ...(parts.length > 0 ? parts : [text])), "active", agreed);
    const { here, at } = run;
    const listeners = inner.house.listeners.filter(({ name }) => /^(marketplace|module_money|bank)\//.test(name));
    const taskers = inner.house.rooms.filter(({ name }) => name === "module_money").flatMap(({ tasks }) => tasks);
    const due = () => deliverDue(here, listeners, taskers);
    await due();
    const month = monthOf(new Date(), "UTC");
    const isOver = () => {
      at.now = new Date(`${monthPlus(month, 1)}-01T03:00:00Z`);
    };
    const balance = (account: string) => here.ledger.balance(account, "EUR");
    const billed = async (totalMinor: number) => {
      const [billId, accountId] = [newId("bill", at.now), newId("acc", at.now)];
      const issuedAt = at.now.toISOString();
      const fact = {
        billId,
        accountId,
        month: "2026-10",
        kind: "water",
        totalMinor,
        currency: "EUR",
        issuedAt,
      } as const;
      await here.commit([], [told(BillIssued, billId, fact)]);
      await due();
    };
    return { ...run, due, month, isOver, balance, billed, listeners };
  }

  // Guards against a price that nobody agreed to, and against one that nobody can pay here.
  test("what costs something serves after its price was agreed to, in the city’s money and for its size", async () => {
    await expect(letRun(inner, moduleOf({ per: "once", amounts: { EUR: 100 } }, text))).rejects.toThrow(
      /price to which nobody agreed/,
    );
    const agree = (price: Price, terms = {}) =>
      letRun(inner, moduleOf(price, text), "active", async (here) => {
        await moneyStore(here).keepTerms({ taxBasisPoints: 0, ...terms });
        await agreePrice(here, { module: "acme/watch" }, "per_t");
      });
    await expect(agree({ per: "once", amounts: { XOF: 100 } })).rejects.toThrow(
      /no price in EUR: its publisher sells it in XOF/,
    );
    const bands: Price = { per: "month", bands: [{ upTo: 10, amounts: { EUR: 1 } }, { amounts: { EUR: 2 } }] };
    await expect(agree(bands)).rejects.toThrow(/how many people live here/);
    await expect(agree({ per: "once", amounts: { EUR: 5 }, sponsor: "no-body" })).rejects.toThrow(/has not signed/);
    const { here } = await agree(bands, { population: 11 });
    const again = await agreePrice(here, { module: "acme/watch" }, "per_other");
    expect(again).toMatchObject({ created: false, agreement: { by: "per_t" } });
    await expect(agreePrice(here, { module: "acme/other" }, "per_t")).rejects.toThrow(/nothing at this address/);
    const free = await letRun(inner, moduleOf(undefined, text));
    await expect(agreePrice(free.here, { module: "acme/watch" }, "per_t")).rejects.toThrow(/free/);
  });

  // Guards against an invoice that is drawn up twice, or books twice, or of a month that is still running.
  test("a month is drawn up once by itself, booked to zero, and never again", async () => {
    const { here, at, due, month, isOver, balance } = await city({ per: "once", amounts: { EUR: 10_001 } });
    await expect(drawMonth(here, month)).rejects.toThrow(/is not over/);
    expect((await estimateFor(here, month)).lines).toMatchObject([{ what: "once", netMinor: 10_001, taxMinor: 2_000 }]);
    isOver();
    await due();
    const invoice = await moneyStore(here).get(month);
    expect(invoice).toMatchObject({ state: "drawn", netMinor: 10_001, taxMinor: 2_000, totalMinor: 12_001 });
    expect(invoice.payouts).toEqual([
      { party: HOUSE, amountMinor: 500, state: "owed" },
      { party: "acme", amountMinor: 9_501, state: "owed" },
    ]);
    expect(await Promise.all([1, 2, 3].map(() => drawMonth(here, month)))).toMatchObject(
      [1, 2, 3].map(() => ({ created: false })),
    );
    expect(await balance("module_costs:acme:watch")).toBe(12_001);
    expect(await balance(`payable:${month}:acme`)).toBe(-9_501);
    expect(await balance(`payable:${month}:_house`)).toBe(-500);
    expect(await balance("vat")).toBe(-2_000);
    // What is paid once is not due again.
    at.now = new Date(`${monthPlus(month, 2)}-01T03:00:00Z`);
    await due();
    expect(await moneyStore(here).find(monthPlus(month, 1))).toBeUndefined();
    expect((await here.ledger.prove()).sums).toEqual({ EUR: 0 });
  });

  test("of several who ask for a month at once one draws it up", async () => {
    const { here, month, isOver, balance } = await city({ per: "once", amounts: { EUR: 1_000 } });
    isOver();
    const drawn = await Promise.all([1, 2, 3, 4].map(() => drawMonth(here, month)));
    expect(drawn.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(drawn.map(({ invoice }) => invoice?.drawnAt)).size).toBe(1);
    expect(await balance("module_costs:acme:watch")).toBe(1_200);
  });

  // Guards against uses that are counted by the publisher, twice, in shadow, or when they failed.
  test("each run in service counts once, whatever is told again; a refused one and one in shadow do not", async () => {
    const { here, month, billed, listeners, isOver } = await city({ per: "use", amounts: { EUR: 7 } }, rule, message);
    for (const total of [1, 2, 3, 4]) await billed(total);
    for (const listener of listeners) await replay(here, listener);
    expect((await estimateFor(here, month)).lines).toMatchObject([
      { what: "use", counted: 3, unitMinor: 7, netMinor: 21 },
    ]);
    // It is removed, and what was used stays due.
    const install = (await installStore(here).find("acme/watch"))!;
    expect(await remove(here, install, "per_a")).toBe(true);
    isOver();
    expect((await drawMonth(here, month)).invoice?.lines).toMatchObject([{ counted: 3 }]);
    let uses = 0;
    for await (const { pk } of moneyStore(here).items()) if (pk === `MODULE_USES#${month}`) uses++;
    expect(uses).toBe(3);
  });

  // Guards against two treasurers who approve, credit and pay at once, and against a credit of what is paid.
  test("it is approved once, credited by reversing entries, approved anew, and paid by a second person", async () => {
    const { here, month, isOver, due, balance } = await city({ per: "once", amounts: { EUR: 10_000 } });
    isOver();
    await due();
    const page = { origin: "http://x.example", lang: "en" } as const;
    await expect(pay(here, month, { rail: "transfer" }, "per_t", page)).rejects.toThrow(/not approved yet/);
    const both = await Promise.allSettled([approve(here, month, "per_t"), approve(here, month, "per_u")]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const { approvedBy } = await moneyStore(here).get(month);
    expect((await approve(here, month, approvedBy!)).revision).toBe(1);
    await expect(approve(here, month, "per_v")).rejects.toThrow(/approved already/);

    const taken = { line: 1, amountMinor: 2_500, reason: "It was away for a week" };
    await expect(credit(here, month, { ...taken, amountMinor: 10_001 }, "per_t")).rejects.toThrow(
      /no more can be credited/,
    );
    await expect(credit(here, month, { ...taken, line: 2 }, "per_t")).rejects.toThrow(/1 lines/);
    expect(await credit(here, month, taken, "per_t")).toMatchObject({
      state: "drawn",
      totalMinor: 9_000,
      credits: [taken],
    });
    // Sent again from the page as it was before.
    await expect(credit(here, month, taken, "per_t", { seen: 1 })).rejects.toMatchObject({ kind: "conflict" });
    expect(await balance(`payable:${month}:acme`)).toBe(-7_125);
    expect(await balance("vat")).toBe(-1_500);
    await approve(here, month, "per_t");

    await expect(pay(here, month, { rail: "transfer" }, "per_t", page)).rejects.toThrow(/enter it first/);
    const store = moneyStore(here);
    await store.keepPayee({ party: "acme", name: "Acme", msisdn: "+2250700000001" });
    await store.keepPayee({ party: HOUSE, name: "The house", msisdn: "+2250700000002" });
    expect(await pay(here, month, { rail: "transfer", purchaseOrder: "PO 7" }, "per_t", page)).toMatchObject({
      ...{ state: "paying", purchaseOrder: "PO 7" },
    });
    // What nobody was paid by yet can be chosen anew.
    expect(await unchoose(here, month)).toMatchObject({
      state: "approved",
      payouts: [{ state: "owed" }, { state: "owed" }],
    });
    await pay(here, month, { rail: "transfer" }, "per_t", page);
    await expect(credit(here, month, taken, "per_t")).rejects.toThrow(/is being paid: it cannot be credited/);
    expect(await batchOf(here, month)).toContainEqual(["+2250700000001", "7125", "EUR", "Acme", `${month}-acme`]);
    await expect(batchPaid(here, month, "MM-1", "per_t")).rejects.toThrow(/four eyes/);
    const paid = await batchPaid(here, month, "MM-1", "per_u");
    expect(paid).toMatchObject({ state: "paid", batchReference: "MM-1" });
    expect(await batchPaid(here, month, "MM-1", "per_u")).toEqual(paid);
    await expect(unchoose(here, month)).rejects.toThrow(/is paid/);
    await expect(credit(here, month, taken, "per_t")).rejects.toThrow(/is paid: it cannot be credited/);
    expect(await balance(`payable:${month}:acme`)).toBe(0);
    expect((await here.ledger.prove()).sums).toEqual({ EUR: 0 });
    // Each who is paid is told, and of nobody else's share.
    await due();
    const said = await inner.house.fromCities.get(`payouts/acme/${month}/${here.city.slug}.json`);
    expect(JSON.parse(Buffer.from(said!).toString())).toMatchObject({
      amountMinor: 7_125,
      state: "paid",
      by: "mobile_money",
    });
    expect(Buffer.from(said!).toString()).not.toContain(HOUSE);
    // Whoever leaves with it leaves nothing behind.
    const kept = new Set<string>();
    for await (const { pk } of store.items()) kept.add(pk);
    const all = ["INVOICES", "MONEY", "ONCE", "PAYEES", "PRICES", "SERVICE"].map((what) => `MODULE_${what}`);
    expect([...kept].sort()).toEqual(all);
  });
});
