import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { BillByReference } from "../../functions/billing/events.ts";
import { type LocalHouse, startHouse } from "../../functions/local.ts";
import { keepAccount } from "../../functions/payments/accounts.ts";
import type { Hub, Rail, Word } from "../../functions/payments/rail.ts";
import { rails } from "../../functions/payments/rails.ts";
import { payments } from "../../functions/payments/room.ts";
import { random, type StandIns, startStandIns } from "../../functions/payments/stand-in/hub.ts";
import { absent, Fault } from "../../shared/errors.ts";
import type { City, Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { answer, cityRoom } from "../../shared/room.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_123);
const CARDS = 20;
const PHONES = 20;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A rail of telephones whose callbacks nobody signs: each one is a hint alone. */
const WIRE = "orange";
interface Push {
  id: string;
  amount: number;
  currency: string;
  state: "open" | "paid" | "failed";
  ref: string;
}
const pushes = new Map<string, Push>();
function phones(hub: Hub): Hono {
  const app = new Hono();
  app.post("/push", async (c) => {
    const { id, amount, currency, msisdn, url } = (await c.req.json()) as Push & { msisdn: string; url: string };
    if (!pushes.has(id)) {
      const state = msisdn.endsWith("1") ? "failed" : msisdn.endsWith("2") ? "open" : "paid";
      pushes.set(id, { id, amount, currency, state, ref: `T${id.slice(-10)}` });
      const body = JSON.stringify({ id });
      if (state !== "open")
        hub.callBack({ url, method: "PUT", headers: { "Content-Type": "application/json" }, body }, [50]);
    }
    return c.json({ session: id });
  });
  app.get("/push/:id", (c) => {
    const found = pushes.get(c.req.param("id"));
    return found ? c.json(found) : c.json({}, 404);
  });
  return app;
}
const rail: Rail<{ secret: string }> = {
  name: WIRE,
  how: "prompt",
  settings: z.object({ secret: z.string() }),
  isLive: () => false,
  standInSettings: (secret) => ({ secret }),
  connect: (_settings, home) => {
    const reached = async (path: string, body?: object): Promise<Push> => {
      const got = await fetch(home.standIn + path, body ? { method: "POST", body: JSON.stringify(body) } : {});
      if (got.status === 404) throw absent();
      if (!got.ok) throw new Fault("unavailable", "It does not answer.");
      return (await got.json()) as Push;
    };
    const wordOf = ({ id, amount, currency, state, ref }: Push): Word => ({
      about: "payment",
      says: state,
      sessionId: id,
      ...(state === "paid" ? { providerRef: ref } : {}),
      amountMinor: state === "paid" ? amount : 0,
      currency,
    });
    return {
      takes: () => {},
      open: async ({ paymentId: id, amountMinor: amount, currency, msisdn }) => {
        await reached("/push", { id, amount, currency, msisdn, url: home.callbackUrl });
        return { sessionId: id };
      },
      ask: async (id) => wordOf(await reached(`/push/${id}`)),
      hear: async ({ body }) => {
        const { id } = JSON.parse(body) as { id: string };
        // Whoever knows the address can say so: it proves nothing.
        const says = { about: "payment", says: "paid", sessionId: id, amountMinor: 1, currency: "XOF" } as const;
        return { words: [says], isProof: false };
      },
    };
  },
};

interface Bill {
  billId: string;
  reference: string;
  totalMinor: number;
}
const bills = new Map<string, Bill>();
const billing = cityRoom("billing", {
  answers: [
    answer(BillByReference, async (here, { reference }) => {
      const bill = bills.get(reference);
      if (!bill) throw absent();
      const dueMinor = await here.ledger.balance(`due:${bill.billId}`, "XOF");
      return {
        ...bill,
        accountId: newId("acc", here.clock.now()),
        kind: "water",
        dueMinor,
        currency: "XOF",
        month: "2026-10",
        state: dueMinor <= 0 ? ("paid" as const) : ("due" as const),
      };
    }),
  ],
});

let house: LocalHouse | undefined;
let hub: StandIns | undefined;
const data = mkdtempSync(join(tmpdir(), "hansa-chaos-"));
afterAll(async () => {
  await house?.stop();
  await hub?.stop();
  rmSync(data, { recursive: true, force: true });
});

// Guards against charging twice, losing a payment, and a payment that nobody ever decides.
test(`a third of callbacks lost, some twice, all out of order, six hours of silence: all is right (SEED=${SEED})`, async () => {
  const chance = random(SEED);
  let clock = Date.now();
  const now = () => new Date(clock);
  (rails as Map<string, Rail>).set(WIRE, rail as unknown as Rail);
  hub = await startStandIns({ now, seed: SEED, more: { [WIRE]: phones } });
  const env = { PORT: "0", HANSA_DATA: data, HANSA_LOG: "silent", HANSA_STRIPE_STAND_IN: hub.url };
  house = await startHouse(env, { now, rooms: [payments, billing] });
  const slug = "storm";
  const city: City = {
    ...{ slug, name: "Storm", country: "CI", currency: "XOF", languages: ["fr", "en"], timeZone: "UTC" },
    isSynthetic: true,
    createdAt: now().toISOString(),
  };
  await house.house.makeHere(city).table.put({ pk: "CITY", sk: "CITY", city });
  const here = (await house.house.hereOf(slug)) as Here;
  const fee = { basisPoints: 0, fixedMinor: 0, borneBy: "city" as const };
  const common = { kinds: [], fee, isStandIn: true, isOpen: true, setUp: false };
  await keepAccount(here, { ...common, id: "card", name: "Card", rail: "stripe" }, house.url);
  await keepAccount(here, { ...common, id: "phone", name: "Phone", rail: WIRE }, house.url);
  for (let i = 0; i < CARDS + PHONES; i++) {
    const bill = { billId: newId("bill", now()), reference: `R${i}`, totalMinor: 500 + i };
    bills.set(bill.reference, bill);
    const transfer = { debit: `due:${bill.billId}`, credit: "revenue:water", amountMinor: 500 + i, currency: "XOF" };
    await here.ledger.post({ id: `bill:${i}`, transfers: [transfer] });
  }

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
    const phone = i >= CARDS;
    const body = {
      reference: `R${i}`,
      account: phone ? "phone" : "card",
      ...(phone ? { msisdn: `+22507000${String(100 + i)}${i % 5 === 0 ? 1 : i % 5 === 1 ? 2 : 3}` } : {}),
    };
    const tap = () =>
      fetch(`${house!.url}/cities/${slug}/v1/payments`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": `${i}-${chance()}` },
        body: JSON.stringify(body),
      });
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
  const step = async (ms: number) => {
    clock += ms;
    await house!.house.deliver(slug);
  };

  Object.assign(hub.weather, { drop: 0.3, duplicate: 0.2, shuffle: true });
  const everyone = Array.from({ length: CARDS + PHONES }, (_, i) => i).sort(() => chance() - 0.5);
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
  for (let i = 0; i < 9; i++) await step(DAY);
  for (let tries = 0; hub.underway() > 0 && tries < 100; tries++) await new Promise((wait) => setTimeout(wait, 20));
  await house.house.deliver(slug);

  const said = `SEED=${SEED}`;
  const all = new Map<string, Shown>();
  for await (const item of payments.collections["payments"]!(here))
    if (item.sk === "PAYMENT") all.set((item["payment"] as Shown).id, item["payment"] as Shown);
  expect(all.size, said).toBeGreaterThanOrEqual(known.size);
  let settled = 0;
  for (const payment of all.values()) {
    expect(["settled", "failed", "expired"], `${said} ${payment.id}`).toContain(payment.state);
    const isPaid = paidOn.has(payment.id) || pushes.get(payment.id)?.state === "paid";
    expect(payment.state === "settled", `${said} ${payment.id} ${payment.state}`).toBe(isPaid);
    if (isPaid) settled += 1;
  }
  expect(settled, said).toBeGreaterThan(5);
  const books = await here.ledger.at();
  let stated = 0;
  for (const [reference, { billId, totalMinor }] of bills) {
    const times = [...all.values()].filter((one) => one.reference === reference && one.state === "settled").length;
    expect(times, `${said} ${reference}`).toBeLessThanOrEqual(1);
    expect(books.balance(`due:${billId}`, "XOF"), `${said} ${reference}`).toBe(times === 1 ? 0 : totalMinor);
    stated += times * totalMinor;
  }
  const held = books.balance("provider:stripe:card", "XOF") + books.balance(`provider:${WIRE}:phone`, "XOF");
  expect(held + books.balance("fees:stripe", "XOF"), said).toBe(stated);
  expect(books.balance("suspense", "XOF"), said).toBe(0);
  expect(await here.ledger.prove(), said).toMatchObject({ isSound: true, sums: { XOF: 0 } });
  const told: string[] = [];
  for await (const item of here.table.all({ pk: "LOG", index: "gsi1" }))
    told.push((item["fact"] as { type: string }).type);
  expect(
    told.filter((type) => type === "payments.settled.v1"),
    said,
  ).toHaveLength(settled);
  expect(told, said).toEqual(expect.arrayContaining(["payments.provider_silent.v1", "payments.provider_back.v1"]));
  // A city in which nothing is open any more has nothing to do.
  const { items } = await here.table.query({ pk: "DUE", index: "gsi2" });
  expect(
    items.map(({ pk }) => pk).filter((pk) => pk.startsWith("TASK#payments.")),
    said,
  ).toEqual([]);
}, 60_000);
