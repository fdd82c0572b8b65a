import { describe, expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { newCity, type TestCity } from "../city.ts";

interface EntriesAnswer {
  entries: { id: string; seq: number; debit: string; credit: string; amountMinor: number }[];
  next?: string;
}

describe("the ledger's room", () => {
  // Guards against an accountant who sees half of an account, or an entry twice.
  test("an account's entries come page by page, each once, and add up to its balance", async () => {
    const { city } = await billedCity([5_000, 9_000, 14_000]);
    const { balances } = await ok<{ balances: { account: string; balanceMinor: number }[] }>(
      city.get("/v1/ledger/balances?prefix=revenue:", { as: "treasurer" }),
    );
    const { account, balanceMinor } = balances[0]!;
    const all: EntriesAnswer["entries"] = [];
    let cursor: string | undefined;
    do {
      const at: EntriesAnswer = await ok(
        city.get(`/v1/ledger/entries?account=${account}&limit=1${cursor ? `&cursor=${cursor}` : ""}`, {
          as: "treasurer",
        }),
      );
      expect(at.entries.length).toBeLessThanOrEqual(1);
      all.push(...at.entries);
      cursor = at.next;
    } while (cursor !== undefined);
    expect(new Set(all.map(({ id }) => id)).size).toBe(3);
    const sum = all.reduce((so, one) => so + (one.debit === account ? one.amountMinor : -one.amountMinor), 0);
    expect(sum).toBe(balanceMinor);
    const page = await (await city.browser("treasurer")).get(`/staff/ledger/entries?account=${account}`);
    expect(await page.text()).toContain(all[0]!.id);
  });

  test("who may not is refused, and bad input is named", async () => {
    const city = await newCity();
    for (const path of ["/v1/ledger/proof", "/v1/ledger/balances", "/v1/ledger/entries?account=vat"]) {
      expect((await city.get(path)).status, path).toBe(401);
      expect((await city.get(path, { as: "resident" })).status, path).toBe(403);
      const key = await ok<{ secret: string }>(
        city.post("/v1/keys", { name: "books", scopes: ["ledger.entries:read"] }, { as: "administrator" }),
      );
      expect((await city.get(path, { as: { token: key.secret } })).status, path).toBe(200);
    }
    const asked = (query: string) => city.get(`/v1/ledger/entries${query}`, { as: "treasurer" });
    expect((await asked("")).status).toBe(422);
    expect((await asked("?account=a%20b")).status).toBe(422);
    expect((await asked("?account=vat&cursor=x")).status).toBe(400);
  });

  const writer = async (city: TestCity) => {
    const order = { name: "till", scopes: ["ledger.transfers:write"] };
    const { secret } = await ok<{ secret: string }>(city.post("/v1/keys", order, { as: "administrator" }));
    return (body: unknown, key = city.id("key")) =>
      city.post("/v1/ledger/transfers", body, { as: { token: secret }, headers: { "Idempotency-Key": key } });
  };
  const cash = { debit: "cash:till-1", credit: "revenue:market", amountMinor: 250, currency: "EUR", memo: "stall-7" };
  const moved = async (city: TestCity) =>
    (await ok<{ transfers: number }>(city.get("/v1/ledger/proof", { as: "treasurer" }))).transfers;

  // Guards against a batch that is posted by half, or twice when the line was cut.
  test("many transfers are one post: all or none, and once for a key", async () => {
    const city = await newCity();
    const post = await writer(city);
    const transfers = Array.from({ length: 1_000 }, (_, i) => ({ ...cash, amountMinor: i + 1 }));
    const first = await post({ transfers }, "k1");
    expect(first.status).toBe(201);
    const again = await post({ transfers }, "k1");
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
    expect(await again.json()).toEqual(await first.json());
    expect((await post({ transfers: transfers.slice(1) }, "k1")).status).toBe(409);
    expect(await moved(city)).toBe(1_000);
    const twins = await Promise.all(Array.from({ length: 8 }, () => post({ transfers: [cash] }, "k2")));
    expect(twins.map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect(await moved(city)).toBe(1_001);
    const out = { debit: "bank:1", credit: "cash:till-1", amountMinor: 1_000_000, currency: "EUR" };
    const guard = [{ account: "cash:till-1", currency: "EUR", minMinor: 0 }];
    expect((await post({ transfers: [out], mayNotGoBelow: guard })).status).toBe(409);
    expect(await moved(city)).toBe(1_001);
  });

  test("a bad transfer is refused with its place, and leaves no trace", async () => {
    const city = await newCity();
    const post = await writer(city);
    const bad: [object, string][] = [
      [{ amountMinor: 0 }, "amountMinor"],
      [{ amountMinor: -1 }, "amountMinor"],
      [{ amountMinor: 1.5 }, "amountMinor"],
      [{ amountMinor: 1e16 }, "amountMinor"],
      [{ amountMinor: "250" }, "amountMinor"],
      [{ debit: "Cash" }, "debit"],
      [{ debit: 7 }, "debit"],
      [{ credit: "cash:till-1" }, "credit"],
      [{ currency: "EURO" }, "currency"],
      [{ currency: "ZZZ" }, "currency"],
      [{ memo: "x".repeat(101) }, "memo"],
      [{ extra: 1 }, "extra"],
    ];
    for (const [change, field] of bad) {
      const answer = await post({ transfers: [cash, { ...cash, ...change }] });
      expect(answer.status, field).toBe(422);
      const { errors } = (await answer.json()) as { errors: { pointer: string }[] };
      expect(errors[0]!.pointer).toBe(`#/transfers/1/${field}`);
    }
    for (const body of [
      {},
      { transfers: [] },
      { transfers: {} },
      { transfers: [null] },
      [],
      null,
      { transfers: [cash], x: 1 },
    ])
      expect((await post(body)).status).toBe(422);
    expect((await post("{")).status).toBe(415);
    expect((await post({ transfers: Array(1_001).fill(cash) })).status).toBe(422);
    expect((await post({ transfers: [cash], effectiveOn: "2026-02-30" })).status).toBe(422);
    expect((await post({ transfers: [cash] }, "")).status).toBe(422);
    expect((await city.post("/v1/ledger/transfers", { transfers: [cash] }, { as: "treasurer" })).status).toBe(403);
    expect((await city.post("/v1/ledger/transfers", { transfers: [cash] })).status).toBe(401);
    expect(await moved(city)).toBe(0);
    const other = await newCity();
    const { secret } = await ok<{ secret: string }>(
      other.post("/v1/keys", { name: "x", scopes: ["ledger.transfers:write"] }, { as: "administrator" }),
    );
    expect((await city.post("/v1/ledger/transfers", { transfers: [cash] }, { as: { token: secret } })).status).toBe(
      401,
    );
  });
});
