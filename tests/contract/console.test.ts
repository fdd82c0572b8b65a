import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { camt, IBAN } from "../camt.ts";
import { type Browser, newCity, type Options, soon, target } from "../city.ts";

describe(`the staff console, ${target.name}`, () => {
  // Guards against a clerk who must know which room a number belongs to while a resident waits at the counter.
  test("any number leads to what it names, whatever its case, for those whose roles open it", async () => {
    const city = await newCity();
    const account = { number: "C-77/b", name: "Awa Traoré" };
    await city.post("/v1/accounts", account, { as: "agent" });
    const meter = { serial: "W-4711", kind: "water" };
    const { id } = (await (await city.post("/v1/meters", meter, { as: "agent" })).json()) as { id: string };
    const browsers = { agent: await city.browser("agent"), data_officer: await city.browser("data_officer") };
    const find = async (typed: string, as: keyof typeof browsers = "agent") =>
      (await browsers[as].get(`/staff/find?q=${encodeURIComponent(typed)}`)).text();
    expect(await find("c-77/B")).toContain(account.name);
    for (const typed of [" w-4711 ", id]) expect(await find(typed), typed).toContain(`/meters/${id}`);
    expect(await find("w-4711", "data_officer")).not.toContain(id);
    expect(await find("<script>alert(1)</script>")).toContain("&lt;script&gt;");
    for (const typed of ["", "CITY#x", "x".repeat(5_000), "../../staff"])
      expect(await find(typed)).toContain("/staff/find");
  });

  test("a bill's reference leads to the bill and to what was paid of it; a payment's number to the payment", async () => {
    const { city, bills } = await billedCity([12_000]);
    const { reference, id } = bills[0]!;
    const { id: payment } = (await (await city.post("/v1/payments", { reference })).json()) as { id: string };
    const browser = await city.browser("treasurer");
    const find = async (typed: string) => (await browser.get(`/staff/find?q=${encodeURIComponent(typed)}`)).text();
    const page = await find(reference.toLowerCase().replaceAll("-", " "));
    expect(page).toContain(`/bills/${id}"`);
    expect(page).toContain(`/staff/payments/of/${payment}`);
    expect(await find(payment)).toContain(`/staff/payments/of/${payment}`);
    expect((await browser.get(`/staff/payments/of/${payment}`)).status).toBe(200);
    for (const none of ["pay_none", "rfd_none", "sus_none", "bill_none", `${reference}0`])
      expect(await find(none), none).not.toContain('class="card"');
    const other = await (await newCity()).browser("treasurer");
    for (const typed of [reference, payment, id])
      expect(await (await other.get(`/staff/find?q=${typed}`)).text(), typed).not.toContain('class="card"');
  });

  // Guards against money that somebody has a number for, and nobody finds.
  test("whatever is written on a slip, a statement or a screen leads to where it is", async () => {
    const { city, bills } = await billedCity([5_000, 6_000]);
    const [{ reference, id: billId, totalMinor }] = bills as [(typeof bills)[0]];
    const treasurer = { as: "treasurer" } as const;
    const post = <T = { id: string }>(path: string, body: object, options: Options = treasurer) =>
      ok<T>(city.post(path, body, options));

    const { id: bank } = await post("/v1/bank-accounts", { name: "Main", iban: IBAN });
    await post("/v1/tills", { code: "T1", name: "Ground floor" });
    const { id: shift } = await post("/v1/tills/T1/shifts", { floatMinor: 500 }, { as: "agent" });
    const taking = city.id("tak");
    const cash = { id: taking, reference, amountMinor: 100 };
    const { label } = await post<{ label: string }>("/v1/tills/T1/receipts", cash, { as: "agent" });
    await post("/v1/tills/T1/count", { denominations: { "200": 3 } }, { as: "agent" });
    await post("/v1/tills/T1/closing", {});
    const slip = { id: city.id("dep"), amountMinor: 50, bankAccountId: bank };
    const deposit = await post<{ id: string; reference: string }>("/v1/tills/T1/deposits", slip, { as: "agent" });

    const entries = [{ amount: "2.50", text: "for the water", endToEndId: "E2E-77" }];
    const file = camt({ id: "STM/9", opening: "0.00", closing: "2.50", entries });
    const xml = { ...treasurer, headers: { "Content-Type": "application/xml" } };
    const { id: statement } = await ok<{ id: string }>(city.post(`/v1/bank-accounts/${bank}/statements`, file, xml));
    await soon(
      () => ok<{ statement: { state: string } }>(city.get(`/v1/bank-statements/${statement}`, treasurer)),
      (found) => found.statement.state === "done",
    );
    const { suspense } = await ok<{ suspense: { id: string }[] }>(city.get("/v1/suspense", treasurer));
    const payouts = [{ name: "Somebody", iban: IBAN, amountMinor: 1, text: "Refund", account: "refunds_owed:x" }];
    const order = await post<{ id: string; payouts: { endToEndId: string }[] }>("/v1/payment-orders", {
      ...{ id: city.id("ord"), bankAccountId: bank, executeOn: "2026-12-01", payouts },
    });

    const key = await ok<{ id: string; secret: string }>(
      city.post("/v1/keys", { name: "A wallet", scopes: ["billpay.payments:write"] }, { as: "administrator" }),
    );
    const party = await post<{ settlementReference: string }>("/v1/third-parties", {
      ...{ name: "A wallet", keyId: key.id, paymentLimitMinor: 1_000, dayLimitMinor: 1_000 },
    });
    const correlationId = randomUUID();
    const walletSays = { amountPaid: "1.00", currency: "EUR", requestingOrganisationTransactionReference: "WAL-9001" };
    await post(`/v1/gsma/bills/${reference}/payments`, walletSays, {
      as: { token: key.secret },
      headers: { "X-CorrelationID": correlationId },
    });

    const paid = await post<{ id: string; checkoutUrl: string }>("/v1/payments", { reference }, {});
    await fetch(paid.checkoutUrl, {
      method: "POST",
      body: new URLSearchParams({ outcome: "pay" }),
      redirect: "manual",
    });
    const { sessionId, providerRef } = await ok<{ sessionId: string; providerRef: string }>(
      city.get(`/v1/payments/${paid.id}`),
    );
    const refund = await post(`/v1/payments/${paid.id}/refunds`, { amountMinor: 100, reason: "Twice" });
    const relief = { kind: "credit_note", amountMinor: 10, reason: "Wrong meter" };
    const { id: reliefId } = await post(`/v1/bills/${bills[1]!.id}/reliefs`, relief);
    const { id: campaign } = await post("/v1/collection/campaigns", { stage: "reminder", channels: ["letter"] });
    expect(totalMinor).toBeGreaterThan(200);

    const browser = await city.browser("treasurer");
    const links = async (at: Browser, typed: string) => {
      const html = await (await at.get(`/staff/find?q=${encodeURIComponent(typed)}`)).text();
      return [...html.matchAll(/<h2><a href="[^"]*\/cities\/[^/"]+([^"]*)"/g)].map(([, path]) => path!);
    };
    const receipt = `/staff/counter/T1/receipts/${label.split("-")[1]}/${Number(label.split("-")[2])}`;
    const payment = `/staff/payments/of/${paid.id}`;
    const expected: [string, string][] = [
      [label.toLowerCase(), receipt],
      [taking, receipt],
      [shift, "/staff/counter/T1"],
      [deposit.id, "/staff/counter/T1"],
      [deposit.reference.replace(/(.{4})/g, "$1 ").trim(), "/staff/counter/T1"],
      ["STM/9", `/staff/bank/statements/${statement}`],
      [statement, `/staff/bank/statements/${statement}`],
      ["e2e-77", `/staff/bank/statements/${statement}`],
      ["B-1", `/staff/bank/statements/${statement}`],
      [order.id.toLowerCase(), `/staff/bank/orders/${order.id}`],
      [order.payouts[0]!.endToEndId, `/staff/bank/orders/${order.id}`],
      [suspense[0]!.id, `/staff/payments/suspense/${suspense[0]!.id}`],
      [party.settlementReference, "/staff/third-parties"],
      [providerRef, payment],
      [sessionId, payment],
      [refund.id, `/staff/payments/refunds/${refund.id}`],
      [reliefId.toLowerCase(), `/bills/${bills[1]!.id}`],
      [billId.toLowerCase(), `/bills/${billId}`],
      [campaign, `/staff/collection/campaigns/${campaign}`],
    ];
    const stranger = await (await newCity()).browser("treasurer");
    for (const [typed, path] of expected) {
      expect(await links(browser, typed), typed).toEqual([path]);
      expect(await links(stranger, typed), typed).toEqual([]);
    }
    for (const typed of ["WAL-9001", correlationId]) {
      const [path, ...others] = await links(browser, typed);
      expect(others, typed).toEqual([]);
      expect(path, typed).toMatch(/^\/staff\/payments\/of\/pay_/);
      expect(await (await browser.get(path!)).text()).toContain("WAL-9001");
    }

    // The payment's page tells all of it in order of time.
    const html = await (await browser.get(`${payment}?lang=en`)).text();
    const text = html.slice(html.indexOf("What happened"));
    const told = ["opened", "says: paid", "settled", "refund asked for"].map((what) => text.indexOf(`>${what}<`));
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.every((index) => index > 0)).toBe(true);
    expect(text).toContain(refund.id);
  });

  test("another city's number names nothing, and who is no member of staff is not admitted", async () => {
    const [city, other] = await Promise.all([newCity(), newCity()]);
    const meter = { serial: "W-9000", kind: "water" };
    const { id } = (await (await other.post("/v1/meters", meter, { as: "agent" })).json()) as { id: string };
    const found = await (await (await city.browser("agent")).get("/staff/find?q=W-9000")).text();
    expect(found).not.toContain(id);
    expect((await (await city.browser("resident")).get("/staff/find?q=W-9000")).status).toBe(403);
    expect((await (await city.browser()).get("/staff/find?q=W-9000")).headers.get("location")).toContain("/sign-in");
  });
});
