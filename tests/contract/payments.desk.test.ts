import { describe, expect, test } from "vitest";
import { type BilledCity, billedCity, ok, paidThoughEnded } from "../billed.ts";
import { balances, compared, dueOf, facts, proof } from "../books.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

interface Paid {
  id: string;
  state: string;
  amountMinor: number;
  checkoutUrl: string;
  sessionId: string;
  refundedMinor?: number;
}
interface RefundAnswer {
  id: string;
  state: string;
  amountMinor: number;
}

const payOn = (url: string) =>
  fetch(url, { method: "POST", body: new URLSearchParams({ outcome: "pay" }), redirect: "manual" });
const paymentOf = (city: TestCity, id: string) => ok<Paid>(city.get(`/v1/payments/${id}`));
async function paid(city: TestCity, reference: string, more: object = {}): Promise<Paid> {
  const payment = await ok<Paid>(city.post("/v1/payments", { reference, ...more }));
  await payOn(payment.checkoutUrl);
  const settled = await paymentOf(city, payment.id);
  expect(settled.state).toBe("settled");
  return { ...settled, checkoutUrl: payment.checkoutUrl };
}
const bill = ({ bills }: BilledCity) => bills[0]!;
const HOLDER = "provider:stripe:stand_in";

const askFor = (city: TestCity, paymentId: string, body: object, as: "agent" | "treasurer" = "agent", headers = {}) =>
  city.post(`/v1/payments/${paymentId}/refunds`, body, { as, headers });
const approve = (city: TestCity, id: string, as: "treasurer" | "administrator" | "agent" = "treasurer") =>
  city.post(`/v1/refunds/${id}/approval`, undefined, { as });
const refundDone = (city: TestCity, id: string) =>
  soon(
    () => ok<RefundAnswer>(city.get(`/v1/refunds/${id}`, { as: "treasurer" })),
    ({ state }) => ["paid", "failed"].includes(state),
  );

describe(`the desk of payments, ${target.name}`, () => {
  // Guards against money that one person alone can send out, or that goes out twice.
  test("a refund is asked by one, approved by another, and given back by the provider once", async () => {
    const made = await billedCity([5_000]);
    const { city } = made;
    const { reference, totalMinor } = bill(made);
    const payment = await paid(city, reference);
    const asked = await ok<RefundAnswer>(askFor(city, payment.id, { amountMinor: 100, reason: "Counted wrongly" }));
    expect(asked).toMatchObject({ state: "asked", amountMinor: 100 });
    expect(await balances(city)).toMatchObject({ [HOLDER]: totalMinor });
    expect((await approve(city, asked.id, "agent")).status).toBe(403);
    const done = await ok<RefundAnswer>(approve(city, asked.id));
    expect(done.state).toBe("approved");
    expect((await approve(city, asked.id, "administrator")).status).toBe(409);
    expect((await refundDone(city, asked.id)).state).toBe("paid");
    expect(await balances(city)).toMatchObject({ [HOLDER]: totalMinor - 100 });
    expect(await dueOf(city, reference)).toBe(100);
    expect(await paymentOf(city, payment.id)).toMatchObject({ state: "settled", refundedMinor: 100 });
    const rest = await ok<RefundAnswer>(askFor(city, payment.id, { reason: "All of it" }));
    expect(rest.amountMinor).toBe(totalMinor - 100);
    await ok(approve(city, rest.id));
    expect((await refundDone(city, rest.id)).state).toBe("paid");
    expect((await paymentOf(city, payment.id)).state).toBe("refunded");
    const left = await balances(city);
    expect([left[HOLDER], left[`refunds_owed:${rest.id}`]]).toEqual([undefined, undefined]);
    expect(await dueOf(city, reference)).toBe(totalMinor);
    expect((await facts(city)).filter((type) => type === "payments.refunded.v1")).toHaveLength(2);
    expect(await proof(city)).toMatchObject({ isSound: true });
  });

  // Guards against more going back than came in. Nothing that is refused leaves a trace in the ledger.
  test("bad refunds, the asker's own approval, and one of two at once are refused", async () => {
    const made = await billedCity([5_000]);
    const { city } = made;
    const { reference, totalMinor } = bill(made);
    const payment = await paid(city, reference);
    const before = await proof(city);
    for (const wrong of [
      { amountMinor: totalMinor + 1, reason: "x" },
      { amountMinor: 0, reason: "x" },
      { amountMinor: -1, reason: "x" },
      { amountMinor: 1.5, reason: "x" },
      { amountMinor: 1e15, reason: "x" },
      { amountMinor: 1, currency: "XOF", reason: "x" },
      { amountMinor: 1 },
      { amountMinor: 1, reason: "x", surprise: true },
    ])
      expect((await askFor(city, payment.id, wrong)).status, JSON.stringify(wrong)).toBe(422);
    expect((await askFor(city, city.id("pay"), { reason: "x" })).status).toBe(404);
    const other = await newCity();
    expect((await askFor(other, payment.id, { reason: "x" })).status).toBe(404);
    const key = { "Idempotency-Key": "once" };
    const one = await ok<RefundAnswer>(askFor(city, payment.id, { amountMinor: 100, reason: "x" }, "treasurer", key));
    const again = await askFor(city, payment.id, { amountMinor: 100, reason: "x" }, "treasurer", key);
    expect(await again.json()).toEqual(one);
    expect((await askFor(city, payment.id, { amountMinor: 99, reason: "x" }, "treasurer", key)).status).toBe(409);
    expect((await approve(city, one.id, "treasurer")).status).toBe(403);
    expect((await approve(other, one.id, "administrator")).status).toBe(404);
    expect((await city.get(`/v1/refunds/${one.id}`)).status).toBe(401);
    expect(await proof(city)).toEqual(before);

    const [first, second] = await Promise.all(
      [totalMinor, totalMinor].map((amountMinor) =>
        ok<RefundAnswer>(askFor(city, payment.id, { amountMinor, reason: "Twice" })),
      ),
    );
    const answers = await Promise.all([approve(city, first!.id), approve(city, second!.id, "administrator")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const won = answers[0]!.status === 200 ? first! : second!;
    expect((await refundDone(city, won.id)).state).toBe("paid");
    expect(await dueOf(city, reference)).toBe(totalMinor);
    expect((await askFor(city, payment.id, { reason: "Once more" })).status).toBe(409);
    expect(await proof(city)).toMatchObject({ isSound: true });
  });

  // Guards against giving back a hundredfold: the amount is typed as people write it, and read back before it counts.
  test("by pages: a clerk types the amount in the main unit, checks it, and another person decides", async () => {
    const made = await billedCity([5_000]);
    const { city } = made;
    const payment = await paid(city, bill(made).reference);
    const clerk = await city.browser("agent");
    const at = `/staff/payments/of/${payment.id}`;
    const send = (fields: Record<string, string>) => clerk.submit(`${at}/refunds`, { reason: "Twice", ...fields }, at);
    const asked = async () =>
      (await ok<{ refunds: RefundAnswer[] }>(city.get("/v1/refunds", { as: "treasurer" }))).refunds;
    const read = await send({ amount: "٢٫٥٠" });
    expect(read.status).toBe(200);
    const readBack = await read.text();
    expect(readBack).toContain('name="amount" value="2.50"');
    expect(await asked()).toEqual([]);
    for (const amount of ["2.505", "0", "-1", "1,234", "99999"]) {
      const wrong = await send({ amount, sure: "yes" });
      expect(wrong.status, amount).toBe(422);
      expect(await wrong.text(), amount).toContain('href="#f-amount"');
    }
    expect(await (await send({ amount: "2,50", reason: "" })).text()).toContain('href="#f-reason"');
    expect(await asked()).toEqual([]);
    // A finger that taps twice asks once.
    const form = /name="form" value="([^"]+)"/.exec(readBack)![1]!;
    for (let tap = 0; tap < 2; tap++) expect((await send({ amount: "2,50", sure: "yes", form })).status).toBe(303);
    const [refund, ...more] = await asked();
    expect(more).toEqual([]);
    expect(refund).toMatchObject({ amountMinor: 250, state: "asked" });
    const own = await clerk.submit(`/staff/payments/refunds/${refund!.id}/approve`, {}, "/staff/payments/refunds");
    expect(own.status).toBe(403);
  });

  test("above the limit it needs an administrator, and the day has a limit of its own", async () => {
    const made = await billedCity([5_000]);
    const { city } = made;
    const payment = await paid(city, bill(made).reference);
    const limits = { refundMaxMinor: 50, refundDayMaxMinor: 150 };
    expect((await city.put("/v1/refund-limits", limits, { as: "treasurer" })).status).toBe(403);
    await ok(city.put("/v1/refund-limits", limits, { as: "administrator" }));
    const asked = await ok<RefundAnswer>(askFor(city, payment.id, { amountMinor: 100, reason: "x" }));
    expect((await approve(city, asked.id)).status).toBe(403);
    await ok(approve(city, asked.id, "administrator"));
    await refundDone(city, asked.id);
    const second = await ok<RefundAnswer>(askFor(city, payment.id, { amountMinor: 51, reason: "x" }));
    expect((await approve(city, second.id, "administrator")).status).toBe(403);
    const refused = await ok<RefundAnswer>(
      city.post(`/v1/refunds/${second.id}/refusal`, undefined, { as: "treasurer" }),
    );
    expect(refused.state).toBe("refused");
  });

  test("payments, refunds and money without a bill of a month come as CSV, in the main unit", async () => {
    const made = await billedCity([5_000]);
    const { city } = made;
    const { reference } = bill(made);
    await ok(city.put("/v1/matching-rules/current", { beyond: "suspense" }, { as: "treasurer" }));
    const part = await ok<Paid>(city.post("/v1/payments", { reference, amountMinor: 100 }));
    const payment = await paid(city, reference);
    await paidThoughEnded(part);
    await paymentOf(city, part.id);
    await ok(askFor(city, payment.id, { amountMinor: 105, reason: "=1+1" }));
    const month = new Date().toISOString().slice(0, 7);
    const rows = async (table: string, at: TestCity = city) => {
      const answer = await at.get(`/v1/payments/export?table=${table}&month=${month}`, { as: "treasurer" });
      expect(answer.headers.get("content-type")).toContain("text/csv");
      return (await answer.text()).trim().split("\r\n");
    };
    const [head, ...payments] = await rows("payments");
    expect(head).toContain("number,reference,service,period,state,amount");
    expect(payments).toHaveLength(2);
    expect(payments.find((row) => row.startsWith(payment.id))).toContain(
      `,settled,${(payment.amountMinor / 100).toFixed(2)},`,
    );
    const [, refund] = await rows("refunds");
    // A spreadsheet takes no reason for a formula.
    expect(refund).toContain(",1.05,EUR,asked,'=1+1,");
    const [, waiting] = await rows("suspense");
    expect(waiting).toContain(",overpaid,open,1.00,EUR,");
    expect(await rows("payments", await newCity())).toHaveLength(1);
    const get = (query: string, as: "treasurer" | "agent" = "treasurer") =>
      city.get(`/v1/payments/export${query}`, { as });
    for (const wrong of ["", "?table=payments", "?table=x&month=2026-10", "?table=payments&month=2026-13"])
      expect((await get(wrong)).status, wrong).toBe(422);
    expect((await get(`?table=payments&month=${month}`, "agent")).status).toBe(403);
    const browser = await city.browser("treasurer");
    const link = /href="([^"]*\/staff\/payments\/export[^"]*)"/.exec(
      await (await browser.get("/staff/payments")).text(),
    )![1]!;
    expect(await (await browser.get(link.replaceAll("&amp;", "&"))).text()).toContain(payment.id);
  });

  // Guards against one person who lifts the limit first and then gives back what it forbade.
  test("narrower limits are in force at once, wider ones when another person agrees", async () => {
    const city = await newCity();
    const limits = () => ok<Record<string, unknown>>(city.get("/v1/refund-limits", { as: "treasurer" }));
    const put = (body: object, as: "administrator" | "treasurer" = "administrator") =>
      city.put("/v1/refund-limits", body, { as });
    const decide = (what: "approval" | "refusal", as: "administrator" | "treasurer" | "agent") =>
      city.post(`/v1/refund-limits/${what}`, undefined, { as });
    expect((await put({ refundMaxMinor: 5_000, refundDayMaxMinor: 9_000 })).status).toBe(200);
    expect((await put({ refundMaxMinor: 4_000, refundDayMaxMinor: 9_000 })).status).toBe(200);
    const narrow = { refundMaxMinor: 4_000, refundDayMaxMinor: 9_000 };
    expect((await decide("approval", "treasurer")).status).toBe(409);
    for (const wide of [{ ...narrow, refundMaxMinor: 4_001 }, { refundMaxMinor: 1 }, {}]) {
      const asked = await put(wide);
      expect(asked.status, JSON.stringify(wide)).toBe(202);
      expect(await asked.json()).toMatchObject({ ...narrow, asked: { limits: wide } });
      expect((await decide("approval", "administrator")).status).toBe(403);
    }
    expect((await decide("approval", "agent")).status).toBe(403);
    expect((await put({ refundMaxMinor: -1 })).status).toBe(422);
    expect((await put({ refundMaxMinor: 1.5 })).status).toBe(422);
    expect(await ok(decide("refusal", "treasurer"))).toEqual(narrow);
    expect((await put({ refundMaxMinor: 6_000 })).status).toBe(202);
    expect(await ok(decide("approval", "treasurer"))).toEqual({ refundMaxMinor: 6_000 });
    expect(await limits()).toEqual({ refundMaxMinor: 6_000 });
    expect(await (await newCity()).get("/v1/refund-limits", { as: "treasurer" }).then((a) => a.json())).toEqual({});
    const { events } = await ok<{ events: { type: string; data: { by: string; agreedBy?: string } }[] }>(
      city.get("/v1/events", { as: "administrator" }),
    );
    const set = events.filter(({ type }) => type === "payments.limits_set.v1").map(({ data }) => data);
    expect(set).toHaveLength(3);
    expect(set.find(({ agreedBy }) => agreedBy)).toMatchObject({ refundMaxMinor: 6_000 });

    const path = "/staff/payments/limits";
    const [administrator, treasurer] = [await city.browser("administrator"), await city.browser("treasurer")];
    const wrong = await administrator.submit(path, { most: "1,234" }, path);
    expect([wrong.status, (await wrong.text()).includes('href="#f-most"')]).toEqual([422, true]);
    expect((await administrator.submit(path, { most: "99,50" }, path)).status).toBe(303);
    expect(await (await treasurer.get("/staff")).text()).toContain(path);
    // Whoever looked at one limit does not agree to another that was asked for meanwhile.
    const seen = /name="seen" value="([^"]+)"/.exec(await (await treasurer.get(path)).text())![1]!;
    expect((await put({ refundMaxMinor: 99_000_000 })).status).toBe(202);
    expect((await treasurer.submit(`${path}/approve`, { seen }, path)).status).toBe(422);
    expect((await put({ refundMaxMinor: 9_950 })).status).toBe(202);
    const again = /name="seen" value="([^"]+)"/.exec(await (await treasurer.get(path)).text())![1]!;
    expect((await treasurer.submit(`${path}/approve`, { seen: again }, path)).status).toBe(303);
    expect(await limits()).toEqual({ refundMaxMinor: 9_950 });
    expect((await treasurer.submit(path, { most: "1" }, path)).status).toBe(403);
  });

  // Guards against money that a bank took back, and that the books still show.
  test("a dispute takes the money away, and its end gives it back or makes the bill due again", async () => {
    for (const end of ["won", "lost"] as const) {
      const made = await billedCity([5_000]);
      const { city } = made;
      const { reference, totalMinor } = bill(made);
      const payment = await paid(city, reference);
      const does = (what: string) =>
        ok(
          fetch(new URL(`/stand-in/sessions/${payment.sessionId}/dispute`, payment.checkoutUrl), {
            method: "POST",
            body: JSON.stringify({ does: what }),
          }),
        );
      const until = (state: string) =>
        soon(
          () => paymentOf(city, payment.id),
          (found) => found.state === state,
        );
      await does("open");
      expect((await until("disputed")).state).toBe("disputed");
      expect(await balances(city)).toMatchObject({ [`disputed:${payment.id}`]: totalMinor });
      expect((await askFor(city, payment.id, { reason: "x" })).status).toBe(409);
      await does(end);
      expect((await until(end === "won" ? "settled" : "refunded")).state).toBe(end === "won" ? "settled" : "refunded");
      const left = await balances(city);
      expect(left[`disputed:${payment.id}`]).toBeUndefined();
      expect(left[HOLDER]).toBe(end === "won" ? totalMinor : undefined);
      expect(await dueOf(city, reference)).toBe(end === "won" ? 0 : totalMinor);
      expect(await proof(city)).toMatchObject({ isSound: true });
    }
  });

  // Guards against money that nobody can find.
  test("money without a bill is matched by a person who sees why, or given back", async () => {
    const made = await billedCity([5_000, 6_000]);
    const { city, bills } = made;
    const [one, other] = [bills[0]!, bills[1]!];
    await ok(city.put("/v1/matching-rules/current", { beyond: "suspense" }, { as: "treasurer" }));
    // Two pages for one bill: both are paid, although the first was ended.
    const part = await ok<Paid>(city.post("/v1/payments", { reference: one.reference, amountMinor: 100 }));
    await paid(city, one.reference);
    await paidThoughEnded(part);
    await paymentOf(city, part.id);
    const list = async () =>
      (
        await ok<{ suspense: { id: string; amountMinor: number; why: string }[] }>(
          city.get("/v1/suspense", { as: "treasurer" }),
        )
      ).suspense;
    const [waiting] = await list();
    expect(waiting).toMatchObject({ amountMinor: 100, why: "overpaid" });
    const id = waiting!.id;
    const found = await ok<{ suggestions: unknown[] }>(city.get(`/v1/suspense/${id}`, { as: "agent" }));
    expect(Array.isArray(found.suggestions)).toBe(true);
    const to = (reference: string) => city.post(`/v1/suspense/${id}/assignment`, { reference }, { as: "agent" });
    const before = await proof(city);
    expect((await to("AAAA-AAAA-A")).status).toBe(422);
    expect((await to(one.reference)).status).toBe(409);
    expect((await (await newCity()).get(`/v1/suspense/${id}`, { as: "treasurer" })).status).toBe(404);
    expect(await proof(city)).toEqual(before);
    const both = await Promise.all([to(other.reference), to(other.reference)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await dueOf(city, other.reference)).toBe(other.totalMinor - 100);
    expect(await list()).toEqual([]);
    expect((await balances(city))["suspense"]).toBeUndefined();

    // Once more, and back to where it came from.
    const late = await ok<Paid>(city.post("/v1/payments", { reference: other.reference, amountMinor: 50 }));
    await paid(city, other.reference);
    await paidThoughEnded(late);
    await paymentOf(city, late.id);
    const [second] = await list();
    const asked = await ok<RefundAnswer>(
      city.post(`/v1/suspense/${second!.id}/refunds`, { reason: "Paid twice" }, { as: "agent" }),
    );
    await ok(approve(city, asked.id));
    expect((await refundDone(city, asked.id)).state).toBe("paid");
    expect(await list()).toEqual([]);
    const left = await balances(city);
    expect([left["suspense"], left[`refunds_owed:${asked.id}`]]).toEqual([undefined, undefined]);
    expect(left[HOLDER]).toBe(one.totalMinor + other.totalMinor);
  });

  test("a day agrees with the provider's statement to the cent, with its fees; what was not heard of is booked", async () => {
    const made = await billedCity([5_000]);
    const { city } = made;
    const payment = await paid(city, bill(made).reference);
    const day = new Date().toISOString().slice(0, 10);
    const compare = (body: object, as: "treasurer" | "agent" = "treasurer") =>
      city.post("/v1/reconciliations", body, { as });
    const done = () => compared(city, "stand_in", day);
    const first = await done();
    expect(first).toMatchObject({
      lines: 1,
      mismatchCount: 0,
      statedMinor: payment.amountMinor,
      bookedMinor: payment.amountMinor,
    });
    const fees = first.feesMinor;
    expect(fees).toBeGreaterThan(0);
    const once = await proof(city);
    expect(await balances(city)).toMatchObject({ "fees:stripe": fees, [HOLDER]: payment.amountMinor - fees });
    await done();
    expect(await proof(city)).toEqual(once);
    expect((await compare({ account: "stand_in", day }, "agent")).status).toBe(403);
    expect((await compare({ account: "nobody", day })).status).toBe(404);
    expect((await compare({ account: "stand_in", day: "2026-13-40" })).status).toBe(422);
    expect((await compare({ account: "stand_in", day: "2999-01-01" })).status).toBe(422);
    const browser = await city.browser("treasurer");
    for (const path of ["", "/refunds", "/suspense", "/reconciliation", `/reconciliation/stand_in/${day}`, "/accounts"])
      expect((await browser.get(`/staff/payments${path}`)).status, path).toBe(200);
    const html = await (await browser.get(`/staff/payments/of/${payment.id}`)).text();
    expect(html).toContain('name="amount"');
    const { providerRef } = (await paymentOf(city, payment.id)) as unknown as { providerRef: string };
    for (const typed of [payment.id, payment.id.toLowerCase(), providerRef])
      expect(await (await browser.get(`/staff/find?q=${typed}`)).text(), typed).toContain(
        `/staff/payments/of/${payment.id}`,
      );
  });

  test("each service can have its own account; the payer sees the fee before, and pays it on top", async () => {
    const made = await billedCity([5_000]);
    const { city } = made;
    const { reference, totalMinor } = bill(made);
    const account = (id: string, body: object, as: "administrator" | "treasurer" = "administrator") =>
      city.put(`/v1/payment-accounts/${id}`, { rail: "stripe", isStandIn: true, ...body }, { as });
    const fee = { basisPoints: 200, fixedMinor: 10, borneBy: "payer" };
    expect((await account("card", { name: "Card", fee }, "treasurer")).status).toBe(403);
    expect((await account("Card!", { name: "Card", fee })).status).toBe(422);
    expect((await account("card", { name: "Card", isStandIn: false })).status).toBe(422);
    expect((await account("stand_in", { name: "Card" })).status).toBe(422);
    await ok(account("card", { name: "Card", fee, kinds: ["fine"] }));
    const kept = await ok<{ callback: string }>(account("water", { name: "Water desk", fee, kinds: ["water"] }));
    const { ways } = await ok<{ ways: { account: string; feeMinor: number; totalMinor: number }[] }>(
      city.get(`/v1/payment-ways?reference=${reference}`),
    );
    const feeMinor = Math.ceil((totalMinor * 200) / 10_000) + 10;
    expect(ways).toEqual([expect.objectContaining({ account: "water", feeMinor, totalMinor: totalMinor + feeMinor })]);
    expect((await city.post("/v1/payments", { reference, account: "card" })).status).toBe(422);
    const html = await (await city.get(`/payments/ways?reference=${reference}`)).text();
    expect(html).toContain("Water desk");
    const payment = await paid(city, reference, { account: "water", msisdn: "+221 77 000 00 01" });
    expect(JSON.stringify(payment)).not.toContain("77000");
    expect(await balances(city)).toMatchObject({
      "provider:stripe:water": totalMinor + feeMinor,
      "fees:stripe": -feeMinor,
    });
    expect(await dueOf(city, reference)).toBe(0);
    const texts = await soon(
      () => city.messages("+221770000001"),
      (found) => found.length > 0,
    );
    expect(texts[0]).toContain(`/receipts/${payment.id}`);

    // Guards against callbacks at addresses that somebody guessed.
    const right = new URL(kept.callback).pathname.replace(`/cities/${city.slug}`, "");
    const wrong = right.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    const post = (at: TestCity, path: string) =>
      at.post(path, "{}", { headers: { "Content-Type": "application/json", "Stripe-Signature": "t=1,v1=0" } });
    expect((await post(city, right)).status).toBe(401);
    expect((await post(city, wrong)).status).toBe(404);
    expect((await post(city, right.replace("/stripe/", "/gsma/"))).status).toBe(404);
    expect((await post(await newCity(), right)).status).toBe(404);
  });

  // Guards against a number that somebody read over a shoulder, or made up.
  test("a transaction number is never believed alone", async () => {
    const made = await billedCity([5_000]);
    const { city } = made;
    const payment = await ok<Paid>(city.post("/v1/payments", { reference: bill(made).reference }));
    const before = await proof(city);
    const type = (code: string) => city.post(`/v1/payments/${payment.id}/codes`, { code });
    expect((await type("PP1234567")).status).toBe(409);
    expect((await type("x")).status).toBe(422);
    expect((await city.post(`/v1/payments/${city.id("pay")}/codes`, { code: "PP1234567" })).status).toBe(404);
    expect(await proof(city)).toEqual(before);
    await payOn(payment.checkoutUrl);
    expect(await ok(type("PP1234567"))).toMatchObject({ state: "settled" });
  });
});
