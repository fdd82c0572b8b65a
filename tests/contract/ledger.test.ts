import { describe, expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { newCity } from "../city.ts";

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
});
