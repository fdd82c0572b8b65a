import { Hono } from "hono";
import { expect, test } from "vitest";
import { DuesByReference } from "../../functions/billing/events.ts";
import { accountOf, callbackPath } from "../../functions/payments/accounts.ts";
import { heard } from "../../functions/payments/hearing.ts";
import { askNow } from "../../functions/payments/questions.ts";
import { standIn as mpesa } from "../../functions/payments/rails/daraja/stand-in.ts";
import { standIn as pawapay } from "../../functions/payments/rails/pawapay/stand-in.ts";
import { approveRefund, askRefund, refundOf } from "../../functions/payments/refunds.ts";
import { payments } from "../../functions/payments/room.ts";
import type { KeptPayment } from "../../functions/payments/schema.ts";
import { type HubOptions, random } from "../../functions/payments/stand-in/hub.ts";
import { assign, suspenseList } from "../../functions/payments/suspense.ts";
import { absent } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { answer, cityRoom } from "../../shared/room.ts";
import { CITIES, type CityOfRails, type Phones, stormHouse } from "../storm.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_123);
/** So many bills are paid by card, and as many by each rail of telephones. */
const EACH = 10;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface Bill {
  billId: string;
  reference: string;
  totalMinor: number;
}
let bills = new Map<string, Bill>();
/** What happens before it is told what is due. */
let beforeTold: () => Promise<void> = async () => {};
const billing = cityRoom("billing", {
  answers: [
    // Nobody's bills: what is too much for one waits, and is seen.
    answer(DuesByReference, async (here, { reference }) => {
      await beforeTold();
      const bill = bills.get(reference);
      if (!bill) throw absent();
      const { currency } = here.city;
      const dueMinor = await here.ledger.balance(`due:${bill.billId}`, currency);
      const due = { ...bill, kind: "water", dueMinor, month: "2026-10" };
      return {
        ...due,
        of: "bill" as const,
        currency,
        creditMinor: 0,
        dues: [due],
        beyond: "suspense" as const,
        rule: 0,
        state: dueMinor <= 0 ? ("paid" as const) : ("due" as const),
      };
    }),
  ],
});

/** A city with bills that can be paid by card and by these rails. */
async function stormCity(of: CityOfRails, count: number, more: HubOptions["more"] = {}) {
  const { currency, unitMinor } = of;
  bills = new Map();
  beforeTold = async () => {};
  const storm = await stormHouse(of, { rooms: [payments, billing], seed: SEED, more });
  const here = storm.here();
  for (let i = 0; i < count; i++) {
    const amountMinor = (500 + i) * unitMinor;
    const bill = { billId: newId("bill", storm.now()), reference: `R${i}`, totalMinor: amountMinor };
    bills.set(bill.reference, bill);
    const transfer = { debit: `due:${bill.billId}`, credit: "revenue:water", amountMinor, currency };
    await here.ledger.post({ id: `bill:${i}`, transfers: [transfer] });
  }
  return { ...storm, here };
}

// Guards against money that nobody finds, as its order's answer and its callbacks were lost and its time is over; and
// against such money that cannot be given back.
test.each(
  CITIES.flatMap((city) => city.phones.map((phone) => ({ city, phone, rail: phone.rail }))).filter(
    // Of Orange's page nobody has heard then; M-Pesa has no name of ours to ask by, and lists what it took instead.
    ({ rail }) => rail === "momo" || rail === "gsma" || rail === "pawapay",
  ),
)("an order of which nothing was heard is asked after by its name there, and goes back: $rail", async (of) => {
  const { city, phone } = of;
  // pawaPay is asked first whose number it is: of it, the answer to the order alone is lost.
  let isLost = false;
  const forgetful = (of: Parameters<typeof pawapay>[0]) =>
    new Hono()
      .post("/v2/deposits", async (c, next) => {
        await next();
        if (isLost) c.res = new Response("", { status: 504 });
      })
      .route("/", pawapay(of));
  const storm = await stormCity(city, 2, { pawapay: forgetful });
  const body = (i: number, end: 1 | 2 | 3) => ({
    ...{ reference: `R${i}`, account: phone.rail, msisdn: phone.msisdn(i, end) },
  });
  // Once before, so that the stand-in knows whom to call back.
  expect((await storm.pay(body(1, 2))).status).toBe(201);
  isLost = true;
  Object.assign(storm.hub.weather, { lost: phone.rail === "pawapay" ? 0 : 1, drop: 1 });
  expect((await storm.pay(body(0, 3))).status).toBe(503);
  Object.assign(storm.hub.weather, { isAway: true, lost: 0 });
  await storm.step(2 * HOUR);
  storm.hub.weather.isAway = false;
  for (let i = 0; i < 4; i++) await storm.step(HOUR);
  const [paid] = (await storm.payments()).filter(({ reference }) => reference === "R0");
  expect(paid).toMatchObject({ state: "settled" });
  expect((await storm.here.ledger.at()).balance(`due:${bills.get("R0")!.billId}`, city.currency)).toBe(0);
  const heard = (await (await fetch(`${storm.hub.url}/${phone.rail}/_paid`)).json()) as string[];
  expect(heard).toEqual([phone.nameOf(paid!)]);
  const asked = await askRefund(storm.here, { paymentId: paid!.id }, { reason: "Paid elsewhere" }, "per_one");
  await approveRefund(storm.here, asked.id, { id: "per_another", isAdministrator: true });
  for (let i = 0; i < 4; i++) await storm.step(MINUTE);
  expect(await refundOf(storm.here, asked.id)).toMatchObject({ state: "paid" });
});

// Guards against money that is booked twice, as two names of one payment are heard at the same instant.
test("an order's answer that comes while its money is being booked is not forgotten over it", async () => {
  let isAnswered = () => {};
  const held = new Promise<void>((resolve) => {
    isAnswered = resolve;
  });
  const slow = (of: Parameters<typeof mpesa>[0]) =>
    new Hono()
      .use("/mpesa/stkpush/*", async (_, next) => {
        await next();
        await held;
      })
      // The answer to the order's own question is lost: that money came is told by its other name alone.
      .route(
        "/",
        mpesa({ ...of, callBack: (sent) => (sent.body.includes("stkCallback") ? undefined : of.callBack(sent)) }),
      );
  const kenya = CITIES.find(({ currency }) => currency === "KES")!;
  const [phone] = kenya.phones as [Phones];
  const storm = await stormCity(kenya, 1, { daraja: slow });
  const isPending = async () => (await storm.payments()).find(({ state }) => state === "pending");
  let asPending: KeptPayment | undefined;
  const order = storm.pay({ reference: "R0", account: phone.rail, msisdn: phone.msisdn(0, 3) });
  // By now the telephone has paid, and M-Pesa's own number of it is known, by the name that the order had.
  beforeTold = async () => {
    const paid = (await (await fetch(`${storm.hub.url}/daraja/_paid`)).json()) as string[];
    if (paid.length === 0 || asPending) return;
    isAnswered();
    while (!asPending) asPending = await isPending();
  };
  expect((await order).status).toBe(201);
  const settled = async () => (await storm.payments()).every(({ state }) => state === "settled");
  await expect.poll(settled, { timeout: 20_000 }).toBe(true);
  expect(asPending?.sessionId).toMatch(/^ws_CO_/);
  // A question that was under way meanwhile, whose answer has no number of M-Pesa's.
  await askNow(storm.here, asPending!);
  const books = await storm.here.ledger.at();
  expect(books.balance("suspense", "KES")).toBe(0);
  expect(books.balance("provider:daraja:daraja", "KES")).toBe(bills.get("R0")!.totalMinor);
  expect((await storm.payments())[0]).toMatchObject({ sessionId: asPending!.sessionId });
});

// Guards against answers of a provider that go nowhere, as no payer's order tells where the house is.
test("what came from a telephone's own menu goes back in part, and its end is heard", async () => {
  const kenya = CITIES.find(({ currency }) => currency === "KES")!;
  const [phone] = kenya.phones as [Phones];
  const storm = await stormCity(kenya, 2);
  // Once before, so that the stand-in knows whom to call back.
  expect((await storm.pay({ reference: "R1", account: phone.rail, msisdn: phone.msisdn(1, 2) })).status).toBe(201);
  const account = await accountOf(storm.here, "daraja");
  const to = new URL(storm.url).origin + (await callbackPath(storm.here, account));
  const body = JSON.stringify({ to, amount: "500", msisdn: "254712345678", reference: "R0" });
  expect((await fetch(`${storm.hub.url}/daraja/_menu`, { method: "POST", body })).status).toBe(200);
  const paid = async () =>
    (await storm.payments()).find(({ reference, state }) => reference === "R0" && state === "settled");
  await expect.poll(paid).toBeDefined();
  const asks = { amountMinor: 20_000, reason: "Paid elsewhere", msisdn: "+254712345673" };
  const { id } = await askRefund(storm.here, { paymentId: (await paid())!.id }, asks, "per_one");
  await approveRefund(storm.here, id, { id: "per_another", isAdministrator: true });
  await storm.step(0);
  await expect.poll(async () => (await refundOf(storm.here, id)).state).toBe("paid");
});

// Guards against money that M-Pesa does not give back, as it is asked to reverse a part of what came.
test("a part of what came at once, and was matched to two bills, is not reversed: it needs a telephone", async () => {
  const kenya = CITIES.find(({ currency }) => currency === "KES")!;
  const storm = await stormCity(kenya, 2);
  const { here } = storm;
  const account = await accountOf(here, "daraja");
  const came = { about: "payment", says: "paid", sessionId: "", amountMinor: 120_000, currency: "KES" } as const;
  await heard(here, account, { ...came, providerRef: "SBC1DEF2GH", reference: "WATER" }, "statement");
  const waiting = async () => (await suspenseList(here, { limit: 1 })).suspense[0]!;
  const first = await assign(here, (await waiting()).id, "R0", "per_one");
  await assign(here, (await waiting()).id, "R1", "per_one");
  const orders = [{ paymentId: first.id }, { suspenseId: (await waiting()).id }];
  for (const of of orders) {
    const { id } = await askRefund(here, of, { reason: "Paid elsewhere" }, "per_one");
    await approveRefund(here, id, { id: "per_another", isAdministrator: true });
    await storm.step(0);
    await expect.poll(async () => (await refundOf(here, id)).failure).toMatch(/telephone number is needed/);
  }
});

// Guards against charging twice, losing a payment, and a payment that nobody ever decides.
test.each(CITIES)(
  `a third of callbacks lost, some twice, all out of order, answers lost, six hours of silence, a busy disk: all is right ($currency, SEED=${SEED})`,
  async (of) => {
    const { currency, phones } = of;
    const chance = random(SEED);
    const COUNT = EACH * (1 + phones.length);
    const { here, hub, disk, step, ...storm } = await stormCity(of, COUNT);

    interface Shown {
      id: string;
      state: string;
      reference: string;
      checkoutUrl?: string;
    }
    const known = new Map<string, Shown>();
    const paidOn = new Map<string, string>();
    /** A payer reloads and taps twice; what comes of it is one payment, or an honest refusal. */
    const open = async (i: number): Promise<Shown | undefined> => {
      const phone = phones[Math.floor(i / EACH) - 1];
      const body = {
        reference: `R${i}`,
        account: phone?.rail ?? "card",
        ...(phone ? { msisdn: phone.msisdn(i, i % 5 === 0 ? 1 : i % 5 === 1 ? 2 : 3) } : {}),
      };
      const tap = () => storm.pay(body);
      const answers = await Promise.all(chance() < 0.4 ? [tap(), tap()] : [tap()]);
      let shown: Shown | undefined;
      for (const got of answers) {
        const read = (await got.json()) as Shown;
        expect([201, 409, 503], JSON.stringify(read)).toContain(got.status);
        if (got.status === 201) shown = read;
      }
      if (shown) known.set(shown.id, shown);
      return shown;
    };
    /** On the page of a card: pays, is declined, or goes away. */
    const pay = async ({ id, checkoutUrl }: Shown) => {
      if (!checkoutUrl) return;
      const outcome = chance() < 0.8 ? "pay" : "decline";
      const got = await fetch(checkoutUrl, {
        method: "POST",
        body: new URLSearchParams({ outcome }),
        redirect: "manual",
      });
      if (outcome === "pay" && got.status === 303) paidOn.set(id, checkoutUrl);
    };
    Object.assign(hub.weather, { drop: 0.3, duplicate: 0.2, lost: 0.1, shuffle: true });
    disk.isBusy = true;
    const everyone = Array.from({ length: COUNT }, (_, i) => i).sort(() => chance() - 0.5);
    const third = Math.floor(everyone.length / 3);
    const early = await Promise.all(everyone.slice(0, third).map(open));
    await Promise.all(early.filter((one) => one !== undefined).map(pay));
    await step(MINUTE);
    // These have paid, or are asked on their telephone, at the moment at which the provider goes away.
    const caught = await Promise.all(everyone.slice(third, 2 * third).map(open));
    await Promise.all(caught.filter((one) => one !== undefined).map(pay));
    hub.weather.isAway = true;
    for (let i = 0; i < 18; i++) {
      await step(20 * MINUTE);
      if (i % 6 === 0)
        await Promise.all(
          everyone
            .slice(2 * third)
            .slice(0, 4)
            .map(open),
        );
    }
    hub.weather.isAway = false;
    const late = await Promise.all(everyone.slice(2 * third).map(open));
    await Promise.all(late.filter((one) => one !== undefined).map(pay));
    for (let i = 0; i < 16; i++) await step(30 * MINUTE);
    // A statement whose answer was lost is asked for again after three hours, and M-Pesa lists two days only.
    for (let i = 0; i < 16; i++) await step(3 * HOUR);
    for (let i = 0; i < 7; i++) await step(DAY);
    for (let tries = 0; hub.underway() > 0 && tries < 100; tries++) await new Promise((wait) => setTimeout(wait, 20));
    await step(0);
    disk.isBusy = false;

    const said = `SEED=${SEED}`;
    const all = new Map((await storm.payments()).map((payment) => [payment.id, payment] as const));
    const paidAt = new Map<string, string[]>();
    for (const { rail } of phones) {
      const paid = (await (await fetch(`${hub.url}/${rail}/_paid`)).json()) as string[];
      expect(paid.length, `${said} ${rail}`).toBeGreaterThan(1);
      expect(new Set(paid).size, `${said} ${rail}`).toBe(paid.length);
      paidAt.set(rail, paid);
    }
    expect(all.size, said).toBeGreaterThanOrEqual(known.size);
    let settled = 0;
    for (const payment of all.values()) {
      expect(["settled", "failed", "expired"], `${said} ${payment.id}`).toContain(payment.state);
      const name = phones.find(({ rail }) => rail === payment.provider)?.nameOf(payment);
      const isPaid = name === undefined ? paidOn.has(payment.id) : paidAt.get(payment.provider)!.includes(name);
      expect(payment.state === "settled", `${said} ${payment.provider} ${payment.id} ${payment.state}`).toBe(isPaid);
      if (isPaid) settled += 1;
    }
    expect(settled, said).toBeGreaterThan(5);
    const books = await here.ledger.at();
    let stated = 0;
    for (const [reference, { billId, totalMinor }] of bills) {
      const times = [...all.values()].filter((one) => one.reference === reference && one.state === "settled").length;
      expect(times, `${said} ${reference}`).toBeLessThanOrEqual(1);
      expect(books.balance(`due:${billId}`, currency), `${said} ${reference}`).toBe(times === 1 ? 0 : totalMinor);
      stated += times * totalMinor;
    }
    const holders = ["provider:stripe:card", ...phones.map(({ rail }) => `provider:${rail}:${rail}`)];
    const held = holders.reduce((sum, holder) => sum + books.balance(holder, currency), 0);
    // What providers say on their statements that they keep.
    const fees = ["stripe", ...phones.map(({ rail }) => rail)].map((rail) => books.balance(`fees:${rail}`, currency));
    expect(
      fees.reduce((sum, fee) => sum + fee, held),
      said,
    ).toBe(stated);
    expect(books.balance("suspense", currency), said).toBe(0);
    expect(await here.ledger.prove(), said).toMatchObject({ isSound: true, sums: { [currency]: 0 } });
    const told: string[] = [];
    for await (const item of here.table.all({ pk: "LOG", index: "gsi1" }))
      told.push((item["fact"] as { type: string }).type);
    expect(
      told.filter((type) => type === "payments.settled.v1"),
      said,
    ).toHaveLength(settled);
    expect(told, said).toEqual(expect.arrayContaining(["payments.provider_silent.v1", "payments.provider_back.v1"]));
    // A city in which nothing is open any more has nothing to do but compare its days.
    const { items } = await here.table.query({ pk: "DUE", index: "gsi2" });
    expect(
      items.map(({ pk }) => pk).filter((pk) => pk.startsWith("TASK#payments.") && !/#payments\.reconcile#/.test(pk)),
      said,
    ).toEqual([]);
  },
  120_000,
);
