import { describe, expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { newCity, type TestCity, target } from "../city.ts";

const treasurer = { as: "treasurer" } as const;
const agent = { as: "agent" } as const;
interface ReliefAnswer {
  id: string;
  state: string;
  amountMinor: number;
}
const billOf = (city: TestCity, id: string) =>
  ok<{ dueMinor: number; relievedMinor?: number; state: string }>(city.get(`/v1/bills/${id}`, agent));
const ask = (city: TestCity, billId: string, body: object, as: "agent" | "treasurer" = "agent") =>
  city.post(`/v1/bills/${billId}/reliefs`, body, { as });
const approve = (city: TestCity, id: string, as: "agent" | "treasurer" | "administrator" = "treasurer") =>
  city.post(`/v1/reliefs/${id}/approval`, {}, { as });
const balances = async (city: TestCity) => {
  const { balances: found } = await ok<{ balances: { account: string; balanceMinor: number }[] }>(
    city.get("/v1/ledger/balances", treasurer),
  );
  return (account: string) => found.find((one) => one.account === account)?.balanceMinor ?? 0;
};

describe(`less due than was billed, ${target.name}`, () => {
  // Guards against a clerk who lets a friend off alone.
  test("one person asks, another approves; a credit note takes its share of the VAT back", async () => {
    const { city, bills } = await billedCity([12_500]);
    const { id, totalMinor } = bills[0]!;
    const before = await balances(city);
    const asked = await ok<ReliefAnswer>(ask(city, id, { kind: "credit_note", amountMinor: 117, reason: "Leak" }));
    expect(asked).toMatchObject({ state: "asked", amountMinor: 117 });
    expect((await billOf(city, id)).dueMinor).toBe(totalMinor);
    expect((await approve(city, asked.id, "agent")).status).toBe(403);
    const own = await ok<ReliefAnswer>(ask(city, id, { kind: "write_off", reason: "Left the city" }, "treasurer"));
    expect((await approve(city, own.id)).status).toBe(403);
    expect(await ok(approve(city, asked.id))).toMatchObject({ state: "approved" });
    expect(await billOf(city, id)).toMatchObject({ dueMinor: totalMinor - 117, relievedMinor: 117, state: "due" });
    const after = await balances(city);
    // 117 of 1170 with 61 VAT: 6.1, cut down to 6.
    expect([after("vat") - before("vat"), after("revenue:water") - before("revenue:water")]).toEqual([6, 111]);
    // What was asked before is more than is due now: it is refused whole, and nothing moves.
    expect((await approve(city, own.id, "administrator")).status).toBe(409);
    expect((await ok<{ reliefs: unknown[] }>(city.get("/v1/reliefs", agent))).reliefs).toHaveLength(1);
    expect(await ok(city.post(`/v1/reliefs/${own.id}/refusal`, {}, { as: "administrator" }))).toMatchObject({
      state: "refused",
    });
    expect(await ok(city.get("/v1/ledger/proof", treasurer))).toMatchObject({ isSound: true });
  });

  test("two who approve at once relieve once; written off whole, nothing is due and nobody paid", async () => {
    const { city, bills } = await billedCity([5_000]);
    const { id, totalMinor, reference } = bills[0]!;
    const asked = await ok<ReliefAnswer>(ask(city, id, { kind: "write_off", reason: "Cannot be found" }));
    const both = await Promise.all([approve(city, asked.id), approve(city, asked.id, "administrator")]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await billOf(city, id)).toMatchObject({ dueMinor: 0, relievedMinor: totalMinor, state: "cancelled" });
    expect((await balances(city))("written_off:water")).toBe(totalMinor);
    expect((await city.post("/v1/payments", { reference }, { as: "nobody" })).status).toBe(409);
    expect((await ask(city, id, { kind: "write_off", reason: "Once more" })).status).toBe(409);
  });

  test("what is not right is refused, and another city's is absent", async () => {
    const { city, bills } = await billedCity([5_000]);
    const { id, totalMinor } = bills[0]!;
    const wrong = [
      { kind: "write_off", amountMinor: totalMinor + 1, reason: "Too much" },
      { kind: "write_off", amountMinor: 0, reason: "None" },
      { kind: "write_off", amountMinor: -5, reason: "Less than none" },
      { kind: "write_off", amountMinor: 1.5, reason: "Half a cent" },
      { kind: "gift", amountMinor: 5, reason: "Unknown" },
      { kind: "write_off", amountMinor: 5 },
    ];
    for (const body of wrong) expect((await ask(city, id, body)).status).toBe(422);
    expect(
      (await city.post(`/v1/bills/${id}/reliefs`, { kind: "write_off", reason: "Mine" }, { as: "resident" })).status,
    ).toBe(403);
    expect((await ok<{ reliefs: unknown[] }>(city.get("/v1/reliefs", agent))).reliefs).toHaveLength(0);
    const { id: relief } = await ok<ReliefAnswer>(
      ask(city, id, { kind: "write_off", amountMinor: 5, reason: "Small" }),
    );
    const other = await newCity();
    expect((await ask(other, id, { kind: "write_off", reason: "Not ours" })).status).toBe(404);
    expect((await other.get(`/v1/reliefs/${relief}`, agent)).status).toBe(404);
    expect((await approve(other, relief)).status).toBe(404);
  });

  test("by pages: an agent asks on the bill's page, a treasurer decides", async () => {
    const { city, bills } = await billedCity([5_000]);
    const { id } = bills[0]!;
    const clerk = await city.browser("agent");
    const fields = { kind: "credit_note", amount: "1,00", reason: "Wrong meter" };
    const send = (more: object) =>
      clerk.submit(`/staff/billing/bills/${id}/reliefs`, { ...fields, ...more }, `/bills/${id}`);
    // Guards against a hundredfold: the amount is read back before anything is asked for.
    const read = await send({});
    expect(read.status).toBe(200);
    const sure = await read.text();
    expect(sure).toMatch(/<strong>(€1\.00|1,00\s€)<\/strong>/u);
    expect(sure).toContain('name="amount" value="1.00"');
    expect((await ok<{ reliefs: unknown[] }>(city.get("/v1/reliefs", agent))).reliefs).toHaveLength(0);
    for (const [wrong, field] of [
      [{ reason: "" }, "reason"],
      [{ amount: "1.005" }, "amount"],
      [{ amount: "0" }, "amount"],
      [{ amount: "9 999 999" }, "amount"],
      [{ amount: "x", sure: "yes" }, "amount"],
    ] as const) {
      const answer = await send(wrong);
      expect(answer.status, JSON.stringify(wrong)).toBe(422);
      expect(await answer.text(), JSON.stringify(wrong)).toContain(`href="#f-${field}"`);
    }
    // Tapped twice, it is asked for once.
    const form = /name="form" value="([^"]+)"/.exec(sure)![1]!;
    for (const tap of await Promise.all([send({ sure: "yes", form }), send({ sure: "yes", form })]))
      expect(tap.status).toBe(303);
    expect((await ok<{ reliefs: unknown[] }>(city.get("/v1/reliefs", agent))).reliefs).toHaveLength(1);
    const treasurerSees = await city.browser("treasurer");
    const page = await (await treasurerSees.get("/staff/billing/reliefs")).text();
    const action = /staff\/billing\/reliefs\/(rlf_[0-9A-Z]+)\/approve/.exec(page)?.[1];
    expect(page).toContain("Wrong meter");
    const done = await treasurerSees.submit(`/staff/billing/reliefs/${action}/approve`, {}, "/staff/billing/reliefs");
    expect(done.status).toBe(303);
    expect((await billOf(city, id)).relievedMinor).toBe(100);
  });
});
