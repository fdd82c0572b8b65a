import { afterAll, beforeAll, expect, test } from "vitest";
import { BillById, CreditBill } from "../../functions/billing/events.ts";
import { chargeHeard } from "../../functions/payments/charging.ts";
import { TakePayment, UndoTaken } from "../../functions/payments/events.ts";
import { defineModule, type ModuleInput } from "../../marketplace/contract/module.ts";
import type { Price } from "../../marketplace/contract/price.ts";
import { remove, step, suspend } from "../../marketplace/installs/steps.ts";
import { installStore } from "../../marketplace/installs/store.ts";
import { agreePrice } from "../../marketplace/money/agreeing.ts";
import { termsOf } from "../../marketplace/money/counting.ts";
import { linesFile } from "../../marketplace/money/credit-api.ts";
import { askCredit, billBack, decideCredit, givenBack } from "../../marketplace/money/credits.ts";
import { approve } from "../../marketplace/money/deciding.ts";
import { weightsOf } from "../../marketplace/money/domain.ts";
import { batchPaid, pay } from "../../marketplace/money/paying.ts";
import { HOUSE, NewCreditNote } from "../../marketplace/money/schema.ts";
import { isOverdue, usedOf } from "../../marketplace/money/sponsors.ts";
import { moneyStore, serviceWrite } from "../../marketplace/money/store.ts";
import { taxFor } from "../../marketplace/money/tax.ts";
import { deliverDue } from "../../shared/courier.ts";
import { newId } from "../../shared/ids.ts";
import { decimalOf } from "../../shared/money.ts";
import { dayPlus, monthOf, monthPlus } from "../../shared/time.ts";
import { letRun } from "../running.ts";
import { innerHouse } from "../setup/inner.ts";

const text: ModuleInput["parts"][number] = {
  ...{ kind: "texts", id: "words", use: "lesson", title: { en: "Words" }, body: { en: "Words." } },
};
const moduleOf = (price: Price) =>
  defineModule({
    manifest: {
      ...{ contract: 1, name: "acme/watch", version: "1.0.0", title: { en: "Watch" }, summary: { en: "Watch" } },
      ...{ licence: "MIT", price },
    },
    parts: [text],
  });
const once = (amount: number): Price => ({ per: "once", amounts: { EUR: amount } });
const byMonth = (amount: number): Price => ({ per: "month", bands: [{ amounts: { EUR: amount } }] });
const page = { origin: "http://x.example", lang: "en" } as const;
const MONTH = monthOf(new Date(), "UTC");

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

/** A city that has a module in service and pays its month at the beginning of the next. */
async function serving(price: Price, sponsored?: { mostMinor: number }) {
  const module = moduleOf(price);
  const run = await letRun(inner, module, "active", async (here) => {
    const store = moneyStore(here);
    await store.keepTerms({ taxBasisPoints: 2_000 });
    await store.keepPayee({ party: "acme", name: "Acme", msisdn: "+2250700000001" });
    await store.keepPayee({ party: HOUSE, name: "The house", msisdn: "+2250700000002" });
    if (!sponsored) return agreePrice(here, { module: "acme/watch" }, "per_t");
    // As it is kept once a pledge was read.
    const install = (await installStore(here).find("acme/watch"))!;
    return store.agree({
      ...{ installId: install.id, module: "acme/watch", title: { en: "Watch" }, version: "1.0.0", price },
      ...{ terms: termsOf(module)!, weights: weightsOf("acme/watch", price, [], 500) },
      ...{ sponsoredUntil: monthPlus(MONTH, 6), sponsoredMostMinor: sponsored.mostMinor },
      ...{ at: here.clock.now().toISOString(), by: "per_t" },
    });
  });
  const { here, at } = run;
  const listeners = inner.house.listeners.filter(({ name }) => /^(marketplace|module_money|bank)\//.test(name));
  const taskers = inner.house.rooms.filter(({ name }) => name === "module_money").flatMap(({ tasks }) => tasks);
  const due = () => deliverDue(here, listeners, taskers);
  await due();
  const store = moneyStore(here);
  const isOver = async (month = MONTH) => {
    at.now = new Date(`${monthPlus(month, 1)}-01T03:00:00Z`);
    await due();
  };
  const paid = async (id: string) => {
    await approve(here, id, "per_t");
    await pay(here, id, { rail: "transfer" }, "per_t", page);
    return batchPaid(here, id, `MM ${id}`, "per_u");
  };
  const balance = (account: string) => here.ledger.balance(account, "EUR");
  const isZero = async () => expect((await here.ledger.prove()).sums).toEqual({ EUR: 0 });
  const install = async () => (await installStore(here).find("acme/watch"))!;
  return { here, at, due, store, isOver, paid, balance, isZero, install };
}
const asks = (cause: "removed" | "suspended" | "downgraded" | "disputed", units?: number) =>
  NewCreditNote.parse({ line: 1, cause, reason: "as it was", ...(units === undefined ? {} : { units }) });

// Guards against a credit that one person gives alone, or twice, or beyond what was paid, and against a number that two have.
test("what is disputed of a paid month is granted by a second person, once, and lowers the next invoice", async () => {
  const { here, store, isOver, paid, balance, isZero, due, at } = await serving(byMonth(31_000));
  // A month in which it served on every day.
  const FULL = monthPlus(MONTH, 1);
  await isOver();
  await isOver(FULL);
  const drawn = await store.get(FULL);
  const days = drawn.lines[0]!.counted;
  const credited = () => askCredit(here, FULL, asks("disputed", 1), "per_t");
  await expect(credited()).rejects.toThrow(/is not paid/);
  await paid(FULL);
  await expect(askCredit(here, FULL, asks("disputed", days + 1), "per_t")).rejects.toThrow(/are left to give back/);
  await expect(askCredit(here, FULL, { ...asks("disputed", 1), line: 9 }, "per_t")).rejects.toThrow(/has 1 lines/);
  await expect(askCredit(here, FULL, asks("removed"), "per_t")).rejects.toThrow(/never charged/);
  await expect(askCredit(here, FULL, asks("suspended"), "per_t")).rejects.toThrow(/not suspended/);
  // Of two that ask at once the second is told so, or comes after the first: no two notes have one number.
  await Promise.allSettled([credited(), credited()]);
  const [note, ...others] = await store.notesOf(FULL);
  expect(others.map(({ number }) => number)).toEqual(others.map((_, i) => `${FULL}-C${i + 2}`));
  for (const { number } of others) await decideCredit(here, number, false, "per_t");
  expect(note).toMatchObject({ number: `${FULL}-C1`, invoice: FULL, state: "asked", cause: "disputed", units: 1 });
  await expect(decideCredit(here, note!.number, true, "per_t")).rejects.toThrow(/four eyes/);
  const before = await balance("module_costs:acme:watch");
  const given = await Promise.all(
    [1, 2].map(() => decideCredit(here, note!.number, true, "per_u").catch(() => "late")),
  );
  expect(given).toContainEqual(expect.objectContaining({ state: "granted", decidedBy: "per_u" }));
  const granted = await decideCredit(here, note!.number, true, "per_u");
  await expect(decideCredit(here, note!.number, false, "per_v")).rejects.toThrow(/is granted/);
  expect(granted.shares.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(note!.amountMinor);
  expect(before - (await balance("module_costs:acme:watch"))).toBe(note!.amountMinor + note!.taxMinor);
  const [acme] = granted.back.filter(({ party }) => party === "acme");
  expect(await balance(`payable:${FULL}:acme`)).toBe(acme!.amountMinor);
  // A second one is refused; the number stays taken.
  const second = await credited();
  expect(second.number).toBe(`${FULL}-C${others.length + 2}`);
  await decideCredit(here, second.number, false, "per_t");
  await isZero();

  const next = monthPlus(FULL, 1);
  at.now = new Date(`${next}-15T03:00:00Z`);
  await isOver(next);
  const later = await store.get(next);
  expect(later.offsets).toContainEqual({ note: note!.number, party: "acme", amountMinor: acme!.amountMinor });
  expect(later.payouts.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(later.netMinor - note!.amountMinor);
  expect(await balance(`payable:${FULL}:acme`)).toBe(0);
  expect((await store.note(note!.number)).back).toContainEqual({ ...acme, offsetMinor: acme!.amountMinor });
  await paid(next);
  expect(await balance(`payable:${next}:acme`)).toBe(0);
  // Nothing of it is left to be asked for otherwise.
  await expect(billBack(here, note!.number, "acme")).rejects.toThrow(/nothing to give back/);
  await isZero();
  await due();
  const said = await inner.house.fromCities.get(`payouts/acme/${FULL}/${here.city.slug}.json`);
  expect(JSON.parse(Buffer.from(said!).toString())).toMatchObject({
    credits: [{ number: note!.number, amountMinor: acme!.amountMinor, isGivenBack: true }],
  });
});

// Guards against a module that is paid once, given back, and used on for nothing.
test("of what was paid once the rest of its year is given back when it goes, and it is due anew when it comes back", async () => {
  const { here, store, isOver, paid, balance, isZero, install } = await serving(once(36_500));
  await isOver();
  await paid(MONTH);
  await expect(askCredit(here, MONTH, asks("removed"), "per_t")).rejects.toThrow(/was not removed/);
  await expect(askCredit(here, MONTH, asks("downgraded"), "per_t")).rejects.toThrow(/No other version/);
  await remove(here, await install(), "per_a");
  const note = await askCredit(here, MONTH, asks("removed"), "per_t");
  expect(note.amountMinor).toBe(note.units * 100);
  expect(note.units).toBeLessThan(365);
  expect(note.units).toBeGreaterThan(330);
  expect(await store.wasPaidOnce("acme/watch")).toBe(true);
  await decideCredit(here, note.number, true, "per_u");
  expect(await store.wasPaidOnce("acme/watch")).toBe(false);
  await expect(askCredit(here, MONTH, asks("removed"), "per_t")).rejects.toThrow(/Nothing is left|are left/);

  // Given back by a bill instead: paid by any way by which the city is paid.
  const billed = await billBack(here, note.number, "acme");
  const { bill, amountMinor } = billed.back.find(({ party }) => party === "acme")!;
  expect(await billBack(here, note.number, "acme")).toEqual(billed);
  expect(await here.ask(BillById, { billId: bill!.billId! })).toMatchObject({ dueMinor: amountMinor });
  await givenBack(here, note.number, "acme");
  await givenBack(here, note.number, "acme");
  expect(await balance(`payable:${MONTH}:acme`)).toBe(0);
  await isZero();
});

test("the day on which it was suspended for an advisory is given back; of what was paid once, the rest with it", async () => {
  const monthly = await serving(byMonth(31_000));
  await suspend(monthly.here, await monthly.install(), "advised");
  await monthly.due();
  await monthly.isOver();
  const { lines } = await monthly.paid(MONTH);
  expect(lines[0]!.counted).toBeLessThanOrEqual(2);
  const day = await askCredit(monthly.here, MONTH, asks("suspended"), "per_t");
  expect(day.units).toBe(1);
  await decideCredit(monthly.here, day.number, true, "per_u");
  await expect(askCredit(monthly.here, MONTH, asks("suspended"), "per_t")).rejects.toThrow(/Nothing is left|are left/);
  await monthly.isZero();

  const whole = await serving(once(36_500));
  await whole.isOver();
  await whole.paid(MONTH);
  // By hand, and nobody had warned of it: that is the city's own wish.
  await step(whole.here, await whole.install(), "suspended", "per_a");
  await expect(askCredit(whole.here, MONTH, asks("suspended"), "per_t")).rejects.toThrow(/for an advisory/);
});

test("of what was paid once, an advisory gives back the day too, and a cheaper version the difference", async () => {
  const faulty = await serving(once(36_500));
  await faulty.isOver();
  await faulty.paid(MONTH);
  await suspend(faulty.here, await faulty.install(), "advised");
  const whole = await askCredit(faulty.here, MONTH, asks("suspended"), "per_t");
  expect(whole.amountMinor).toBe(whole.units * 100);
  await decideCredit(faulty.here, whole.number, true, "per_u");
  // Whoever takes it into service again pays it anew.
  expect(await faulty.store.wasPaidOnce("acme/watch")).toBe(false);

  const { here, store, isOver, paid, install, at, isZero } = await serving(once(36_500));
  await isOver();
  await paid(MONTH);
  const { id, revision } = await install();
  const [kept] = await store.agreements();
  const terms = `sha256:${"1".repeat(64)}`;
  await store.agree({ ...kept!, terms, version: "2.0.0", price: once(7_300) });
  await here.commit([serviceWrite({ installId: id, at: at.now.toISOString(), revision: revision + 1, terms })]);
  const note = await askCredit(here, MONTH, asks("downgraded"), "per_t");
  // 365.00 was paid, 73.00 it costs now: 80 for each day that is left.
  expect(note.amountMinor).toBe(note.units * 80);
  await decideCredit(here, note.number, true, "per_u");
  expect(await store.wasPaidOnce("acme/watch")).toBe(true);
  await isZero();
});

// Guards against tax that is paid to nobody, or that stays with its seller when the price is given back.
test("tax that a publisher charges is paid to it with the price, and given back with it", async () => {
  const { here, store, isOver, paid, balance, isZero } = await serving(byMonth(31_000));
  await store.keepTerms({ taxBasisPoints: 0 });
  const acme = { party: "acme", name: "Acme", msisdn: "+2250700000001", tax: { country: "FR", isExempt: false } };
  await store.keepPayee(acme);
  await isOver();
  const [line] = (await store.get(MONTH)).lines;
  expect(line).toMatchObject({ tax: { kind: "charged", basisPoints: 2_000, why: "same_country" } });
  const { payouts, totalMinor } = await paid(MONTH);
  expect(payouts.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(totalMinor);
  expect(totalMinor).toBe(line!.netMinor + line!.taxMinor);
  expect(await balance("vat")).toBe(0);
  const note = await askCredit(here, MONTH, asks("disputed", 1), "per_t");
  const { back } = await decideCredit(here, note.number, true, "per_u");
  expect(back.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(note.amountMinor + note.taxMinor);
  expect(await linesFile(here, MONTH)).toContain(`charged,20.00,-${decimalOf(note.taxMinor, "EUR")},same_country,acme`);
  await isZero();
});

// Guards against money that is paid out before it came, or of a payment that was undone, or beyond what is left to come.
test("a sponsor's month is booked when its bill is paid, taken back when that is undone, and less where less is due", async () => {
  const { here, store, due, isOver, paid, balance, isZero, at } = await serving(
    { ...byMonth(31_000), sponsor: "bank-x" },
    { mostMinor: 700_000 },
  );
  const id = `${MONTH}.bank-x`;
  await isOver();
  await due();
  const invoice = await store.get(id);
  const { bill, lines, totalMinor } = invoice;
  expect(invoice).toMatchObject({ state: "awaiting", payer: "bank-x", bill: { amountMinor: totalMinor } });
  expect(await store.find(MONTH)).toBeUndefined();
  expect(await balance(`payable:${id}:acme`)).toBe(0);
  expect(isOverdue(invoice, bill!.dueOn)).toBe(false);
  expect(isOverdue(invoice, dayPlus(bill!.dueOn, 1))).toBe(true);
  expect(usedOf([invoice], "acme/watch", "bank-x")).toBe(lines[0]!.netMinor);
  await expect(approve(here, id, "per_t")).rejects.toThrow(/not paid by its sponsor/);
  await expect(askCredit(here, id, asks("disputed", 1), "per_t")).rejects.toThrow(/is not paid/);

  const taken = {
    id: `${MONTH}:bank-x`,
    reference: bill!.reference,
    amountMinor: totalMinor,
    currency: "EUR",
  } as const;
  const now = at.now.toISOString();
  const via = { rail: "bank", account: "main", providerRef: "line-1" } as const;
  await here.ask(TakePayment, { ...taken, via, at: now });
  await due();
  expect(await store.get(id)).toMatchObject({ state: "drawn", bill: { paidAt: expect.any(String) } });
  expect(0 - (await balance(`payable:${id}:acme`)) - (await balance(`payable:${id}:_house`))).toBe(lines[0]!.netMinor);
  await here.ask(UndoTaken, { id: taken.id, at: now, reason: "The line was another's" });
  await due();
  expect(await store.get(id)).toMatchObject({ state: "awaiting" });
  expect(await balance(`payable:${id}:acme`)).toBe(0);
  await isZero();

  // The city gives something of the bill up: as much less is paid on, whichever of the two comes last.
  const relief = { id: newId("rlf", at.now), billId: bill!.billId, amountMinor: 100, reason: "A day" };
  await here.ask(CreditBill, { ...relief, askedBy: "per_a", approvedBy: "per_b" });
  await due();
  expect((await store.get(id)).netMinor).toBe(lines[0]!.netMinor - 100);
  const rest = { ...taken, id: `${taken.id}:2`, amountMinor: totalMinor - 150, via: { ...via, providerRef: "line-2" } };
  await here.ask(TakePayment, { ...rest, at: now });
  await due();
  expect(await store.get(id)).toMatchObject({ state: "awaiting" });
  const last = { ...relief, id: newId("rlf", at.now), amountMinor: 50 };
  await here.ask(CreditBill, { ...last, askedBy: "per_a", approvedBy: "per_b" });
  await due();
  expect(await store.get(id)).toMatchObject({ state: "drawn", bill: { paidAt: expect.any(String) } });
  const came = totalMinor - 150;
  const { payouts } = await paid(id);
  expect(payouts.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBeLessThanOrEqual(came);
  await isZero();

  // What is given back of it lowers what it pays next, and is not the city's to take.
  const note = await askCredit(here, id, asks("disputed", 1), "per_t");
  await decideCredit(here, note.number, true, "per_u");
  await expect(billBack(here, note.number, "acme")).rejects.toThrow(/lowers what it pays next/);
  const next = monthPlus(MONTH, 1);
  at.now = new Date(`${next}-15T03:00:00Z`);
  await isOver(next);
  await due();
  const later = await store.get(`${next}.bank-x`);
  expect(later.bill?.amountMinor).toBe(later.totalMinor - note.amountMinor);
});

// Guards against a callback about another city’s charge, or another account’s, and against one that is sent again.
test("a charge is heard of by its own account and page alone, and once", async () => {
  const { here } = inner.newHere();
  const id = "chg_01JD8Q6Z3W8M6W1YB1M0Q4S7XK";
  await here.table.put({ pk: "CHARGES", sk: id, connectedAccount: "acct_1", sessionId: "cs_1", heard: "open" });
  const word = {
    about: "payment",
    says: "paid",
    sessionId: "cs_1",
    paymentId: id,
    amountMinor: 5,
    currency: "EUR",
  } as const;
  const heard = async () => (await here.table.get({ pk: "CHARGES", sk: id }))?.["heard"];
  await chargeHeard(here, { connectedAccount: "acct_2", word });
  await chargeHeard(here, { connectedAccount: "acct_1", word: { ...word, sessionId: "cs_2" } });
  await chargeHeard(here, { connectedAccount: "acct_1", word: { ...word, paymentId: `${id.slice(0, -1)}M` } });
  await chargeHeard(here, { connectedAccount: "acct_1", word: { ...word, says: "open" } });
  expect(await heard()).toBe("open");
  await Promise.all([1, 2, 3].map(() => chargeHeard(here, { connectedAccount: "acct_1", word })));
  await chargeHeard(here, { connectedAccount: "acct_1", word: { ...word, says: "expired" } });
  expect(await heard()).toBe("paid");
});

test("tax is by data: the seller’s word, the city’s, or the table’s, and otherwise none, with the reason", () => {
  const [FR, CI, SN] = [{ country: "FR" }, { country: "CI" }, { country: "SN" }];
  const seller = (country: string, more = {}) => ({ country, isExempt: false, ...more });
  expect(taxFor(CI, undefined, 0)).toMatchObject({ kind: "none", why: "seller_unknown" });
  expect(taxFor(CI, undefined, 1_800)).toMatchObject({ kind: "reverse_charge", basisPoints: 1_800, why: "city_says" });
  expect(taxFor(CI, seller("CI"), 0)).toMatchObject({ kind: "charged", basisPoints: 1_800, why: "same_country" });
  expect(taxFor(CI, seller("CI"), 0).source).toMatch(/2025-987/);
  expect(taxFor(CI, seller("CI", { basisPoints: 900 }), 0)).toMatchObject({ basisPoints: 900, why: "seller_says" });
  expect(taxFor(CI, seller("CI", { isExempt: true }), 500)).toMatchObject({ kind: "exempt", basisPoints: 0 });
  expect(taxFor(FR, seller("CI"), 0)).toMatchObject({
    kind: "reverse_charge",
    basisPoints: 2_000,
    why: "other_country",
  });
  expect(taxFor(FR, seller("CI"), 1_000)).toMatchObject({ basisPoints: 1_000, why: "city_says" });
  expect(taxFor(SN, seller("SN"), 0)).toMatchObject({ kind: "none", why: "no_rule" });
  expect(taxFor(SN, seller("FR"), 0)).toMatchObject({ kind: "none", why: "no_rule" });
});
