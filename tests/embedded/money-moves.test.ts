import { expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { operator } from "../city.ts";
import { runHouse } from "../setup/house.ts";

// Guards against a city that loses its money's history, or its residents' receipts, when it moves to another house.
test("bills, payments, receipts and the ledger move with the city, to the same digests", async () => {
  const { city, bills } = await billedCity([5_000, 6_000]);
  const reference = bills[0]!.reference;
  const payment = await ok<{ id: string; checkoutUrl: string }>(city.post("/v1/payments", { reference }));
  await fetch(payment.checkoutUrl, {
    method: "POST",
    body: new URLSearchParams({ outcome: "pay" }),
    redirect: "manual",
  });
  expect(await ok(city.get(`/v1/payments/${payment.id}`))).toMatchObject({ state: "settled" });
  const { signature } = await ok<{ signature: string }>(city.get(`/v1/receipts/${payment.id}`));
  const bundle = await operator.get(`/control/v1/cities/${city.slug}/export`);
  expect(bundle.status).toBe(200);

  const other = await runHouse();
  try {
    const headers = { Authorization: `Bearer ${other.operatorToken}` };
    const body = await bundle.arrayBuffer();
    const taken = await fetch(`${other.url}/control/v1/cities/import`, { method: "POST", headers, body });
    expect(taken.status, await taken.clone().text()).toBe(201);
    const there = `${other.url}/cities/${city.slug}/v1`;
    const due = await Promise.all(
      bills.map(({ reference: each }) => ok<{ dueMinor: number }>(fetch(`${there}/bill-inquiries/${each}`))),
    );
    expect(due.map(({ dueMinor }) => dueMinor)).toEqual([0, bills[1]!.totalMinor]);
    expect(await ok(fetch(`${there}/receipts/${payment.id}/check?signature=${signature}`))).toMatchObject({
      isGenuine: true,
    });
    const again = await fetch(`${other.url}/control/v1/cities/${city.slug}/export`, { headers });
    expect(again.headers.get("hansa-digest")).toBe(bundle.headers.get("hansa-digest"));
    // Its journal goes on where it stopped: the other bill is paid in the new house.
    const next = await ok<{ id: string; checkoutUrl: string }>(
      fetch(`${there}/payments`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": "there" },
        body: JSON.stringify({ reference: bills[1]!.reference }),
      }),
    );
    await fetch(next.checkoutUrl, {
      method: "POST",
      body: new URLSearchParams({ outcome: "pay" }),
      redirect: "manual",
    });
    expect(await ok(fetch(`${there}/payments/${next.id}`))).toMatchObject({ state: "settled" });
  } finally {
    await other.stop();
  }
}, 60_000);
