import { parse } from "csv-parse/sync";
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
    for (const field of ["memo", "code"])
      expect((await post({ transfers: [cash, { ...cash, [field]: "half a sign \ud83d" }] })).status, field).toBe(422);
    for (const sent of [{ toString: 1 }, ["cash:t"], null, 7])
      for (const field of ["debit", "credit", "amountMinor", "currency", "memo"])
        if (field !== "amountMinor" || sent !== 7)
          expect((await post({ transfers: [{ ...cash, [field]: sent }] })).status, field).toBe(422);
    expect((await post({ transfers: [cash], common: [] })).status).toBe(422);
    // More than numbers can say exactly: all or none, here too.
    const most = { transfers: Array.from({ length: 10 }, () => ({ ...cash, amountMinor: 1e15 })) };
    expect((await post(most)).status).toBe(409);
    const out = { debit: "bank:1", credit: "cash:till-1", amountMinor: 1_000_000, currency: "EUR" };
    const guard = [{ account: "cash:till-1", currency: "EUR", minMinor: 0 }];
    expect((await post({ transfers: [out], mayNotGoBelow: guard })).status).toBe(409);
    expect(await moved(city)).toBe(1_001);
  });

  test("what all transfers have is said once, and is the same post however it is written", async () => {
    const city = await newCity();
    const post = await writer(city);
    const { debit, currency, ...own } = cash;
    const twice = { common: { debit, currency }, transfers: [own, { ...own, debit: "cash:till-2", memo: "é" }] };
    const first = await post(twice, "one");
    expect(first.status).toBe(201);
    const whole = { transfers: [cash, { ...cash, debit: "cash:till-2", memo: "é" }] };
    const again = await post(whole, "one");
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(await again.json()).toEqual(await first.json());
    const { entries } = await ok<EntriesAnswer>(
      city.get("/v1/ledger/entries?account=revenue:market", { as: "treasurer" }),
    );
    expect(entries.map((one) => one.debit)).toEqual(["cash:till-1", "cash:till-2"]);
    for (const [body, pointer] of [
      [{ common: { colour: "red" }, transfers: [cash] }, "#/common/colour"],
      [{ common: "all", transfers: [cash] }, "#/common"],
      [{ common: { debit: cash.credit }, transfers: [own] }, "#/transfers/0/credit"],
      [{ common: { memo: "m" }, transfers: [{ ...cash, memo: null }] }, "#/transfers/0/memo"],
    ] as const) {
      const answer = await post(body);
      expect(answer.status, pointer).toBe(422);
      expect(((await answer.json()) as { errors: unknown[] }).errors).toMatchObject([{ pointer }]);
    }
  });

  // Guards against a batch that is another one, or has none of its promises, because it was written another way.
  test("columns are the same post as objects: once for a key, all or none, entry for entry", async () => {
    const city = await newCity();
    const post = await writer(city);
    const credits = Array.from({ length: 200 }, (_, i) => `due:customer_${i % 50}`);
    const common = { debit: "provider:x", currency: "EUR" };
    const columns = {
      common,
      credit: credits,
      amountMinor: credits.map((_, i) => i + 1),
      memo: credits.map((_, i) => (i % 3 === 0 ? null : `é-${i}`)),
    };
    const transfers = credits.map((credit, i) => ({
      credit,
      amountMinor: i + 1,
      ...(i % 3 === 0 ? {} : { memo: `é-${i}` }),
    }));
    const first = await post(columns, "one");
    expect(first.status).toBe(201);
    const answer = await first.json();
    expect(answer).toMatchObject({ transfers: 200 });
    for (const again of [columns, { ...columns, memo: [...columns.memo] }, { common, transfers }]) {
      const said = await post(again, "one");
      expect([said.status, said.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
      expect(await said.json()).toEqual(answer);
    }
    expect((await post({ common, transfers }, "two")).status).toBe(201);
    const replayed = await post(columns, "two");
    expect([replayed.status, replayed.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
    for (const other of [
      { ...columns, amountMinor: columns.amountMinor.with(17, 99) },
      { ...columns, memo: columns.memo.with(1, null) },
      { ...columns, effectiveOn: day(3) },
      { common, transfers: transfers.slice(1) },
    ]) {
      const refused = await post(other, "one");
      expect(refused.status).toBe(409);
      expect(((await refused.json()) as { type: string }).type).toContain("idempotency_mismatch");
    }
    const { entries } = await ok<EntriesAnswer>(
      city.get("/v1/ledger/entries?account=provider:x&limit=500", { as: "treasurer" }),
    );
    expect(entries).toHaveLength(400);
    const bare = (some: EntriesAnswer["entries"]) => some.map((one) => ({ ...one, id: "", seq: 0, at: "" }));
    expect(bare(entries.slice(0, 200))).toEqual(bare(entries.slice(200)));
    const guard = [{ account: "provider:x", currency: "EUR", minMinor: 1_000_000 }];
    expect((await post({ ...columns, mayNotGoBelow: guard })).status).toBe(409);
    expect(await moved(city)).toBe(400);
    expect(await ok<{ isSound: boolean }>(city.get("/v1/ledger/proof", { as: "treasurer" }))).toMatchObject({
      isSound: true,
    });
  });

  test("a bad column is refused with its place, and leaves no trace", async () => {
    const city = await newCity();
    const post = await writer(city);
    const good = {
      common: { debit: "provider:x", currency: "EUR" },
      credit: Array.from({ length: 20 }, (_, i) => `due:${i}`),
      amountMinor: Array.from({ length: 20 }, (_, i) => i + 1),
      memo: Array(20).fill("m"),
    };
    const { common, ...own } = good;
    const bad: [object, string][] = [
      ...[0, -1, 1.5, 1e16, "250", null, {}].map((amount): [object, string] => [
        { ...good, amountMinor: good.amountMinor.with(17, amount as number) },
        "#/amountMinor/17",
      ]),
      [{ ...good, credit: good.credit.with(3, "Due") }, "#/credit/3"],
      [{ ...good, credit: good.credit.with(3, common.debit) }, "#/credit/3"],
      [{ ...good, memo: good.memo.with(19, "x".repeat(101)) }, "#/memo/19"],
      [{ ...good, memo: good.memo.with(0, "half a sign \ud83d") }, "#/memo/0"],
      [{ ...good, memo: good.memo.slice(1) }, "#/memo"],
      [{ ...good, memo: "m" }, "#/memo"],
      [{ ...good, code: [] }, "#/code"],
      [{ ...good, colour: ["red"] }, "#/colour"],
      [{ ...good, currency: Array(20).fill("EUR") }, "#/currency"],
      [{ ...own, common: { debit: "provider:x" } }, "#/common/currency"],
      [{ ...own, common: { debit: "provider:x", currency: "ZZZ" } }, "#/common/currency"],
      [{ ...own, common: { debit: "provider:x" }, currency: Array(20).fill("EUR").with(5, "ZZZ") }, "#/currency/5"],
      [{ ...own, common: { currency: "EUR" } }, "#/common/debit"],
      [{ ...own, common: { ...common, code: null } }, "#/common/code"],
      [{ ...own, common: { ...common, colour: "red" } }, "#/common/colour"],
      [{ ...own, common: [] }, "#/common"],
      [{ ...good, transfers: [cash] }, "#/credit"],
      [{ common: cash }, "#/transfers"],
      [{ common, credit: [], amountMinor: [] }, "#/credit"],
      [{ common: { ...common, amountMinor: 1 }, credit: Array(1_001).fill("due:1") }, "#/credit"],
    ];
    for (const [body, pointer] of bad) {
      const answer = await post(body);
      expect(answer.status, pointer).toBe(422);
      expect(((await answer.json()) as { errors: unknown[] }).errors).toMatchObject([{ pointer }]);
    }
    expect((await post({ ...good, effectiveOn: "2026-02-30" })).status).toBe(422);
    // More than numbers can say exactly: all or none, here too.
    expect((await post({ ...good, amountMinor: Array(20).fill(1e15) })).status).toBe(409);
    expect(await moved(city)).toBe(0);
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

  const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);

  // Guards against an export that a spreadsheet runs, that misses a line, or that nobody can hold to the journal.
  test("the accountant's export has two lines a transfer in the city's chart, no formula, and the proof", async () => {
    const city = await newCity({ timeZone: "UTC", currency: "EUR" });
    const post = await writer(city);
    await ok(
      post({
        transfers: [
          { ...cash, memo: "=1+1" },
          { debit: "due:bill-1", credit: "revenue:water", amountMinor: 1_250, currency: "TND" },
        ],
      }),
    );
    await ok(post({ transfers: [{ ...cash, amountMinor: 7 }], effectiveOn: day(40) }));
    const get = async (query: string) =>
      parse(await (await city.get(`/v1/ledger/export?${query}`, { as: "treasurer" })).text(), {
        columns: true,
      }) as Record<string, string>[];
    const rows = await get("chart=syscohada&lang=fr");
    expect(rows.map(({ row }) => row)).toEqual([...Array(6).fill("line"), "sum", "sum", "proof"]);
    expect(rows[0]).toMatchObject({ account_number: "571", account_label: "Caisse", debit: "2.50", credit: "" });
    expect(rows[0]!["memo"]).toBe("'=1+1");
    expect(rows[2]).toMatchObject({ account_number: "4111", debit: "1.250", currency: "TND" });
    expect(rows[3]).toMatchObject({ account_number: "706", credit: "1.250", against: "due:bill-1" });
    expect(rows[6]).toMatchObject({ debit: "2.57", credit: "2.57", currency: "EUR" });
    const proof = await ok<{ digest: string }>(city.get("/v1/ledger/proof", { as: "treasurer" }));
    expect(rows.at(-1)).toMatchObject({ entry: proof.digest, kind: "sound" });
    const some = await get(`chart=m57&from=${day(50)}&to=${day(30)}`);
    expect(some.map(({ row, debit }) => [row, debit])).toEqual([
      ["line", "0.07"],
      ["line", ""],
      ["sum", "0.07"],
      ["proof", ""],
    ]);
    for (const bad of ["chart=ifrs", "from=2026-13-01", `from=${day(1)}&to=${day(2)}`])
      expect((await city.get(`/v1/ledger/export?${bad}`, { as: "treasurer" })).status, bad).toBe(422);
    expect((await city.get("/v1/ledger/export", { as: "resident" })).status).toBe(403);
    const page = await (await city.browser("treasurer")).get("/staff/ledger/export?from=&to=&chart=own");
    expect([page.status, (await page.text()).split("\r\n").length]).toEqual([200, 11]);
  });

  // Guards against books that one person alone closes, or that change after they are closed.
  test("a day is closed by two people, once, and nothing counts for it afterwards", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const post = await writer(city);
    await ok(post({ transfers: [cash], effectiveOn: day(2) }));
    await ok(post({ transfers: [{ ...cash, amountMinor: 1 }] }));
    const ask = (on: string, as: "treasurer" | "administrator" = "treasurer") =>
      city.post("/v1/ledger/closings", { on }, { as });
    const approve = (on: string, as: "treasurer" | "administrator") =>
      city.post(`/v1/ledger/closings/${on}/approve`, undefined, { as });
    expect((await ask(day(0))).status).toBe(422);
    expect((await ask("yesterday")).status).toBe(422);
    expect((await approve(day(1), "administrator")).status).toBe(404);
    expect(await ok(ask(day(1)))).toMatchObject({ state: "asked" });
    expect((await approve(day(1), "treasurer")).status).toBe(403);
    expect((await city.get(`/v1/ledger/closings/${day(1)}`, { as: "treasurer" })).status).toBe(404);
    const both = await Promise.all([approve(day(1), "administrator"), approve(day(1), "administrator")]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect((await post({ transfers: [cash], effectiveOn: day(1) })).status).toBe(409);
    expect((await ask(day(2))).status).toBe(409);
    await ok(post({ transfers: [cash] }));
    const closed = await ok(city.get(`/v1/ledger/closings/${day(1)}`, { as: "treasurer" }));
    expect(closed["balances"]).toEqual([
      { account: "cash:till-1", currency: "EUR", balanceMinor: 250 },
      { account: "revenue:market", currency: "EUR", balanceMinor: -250 },
    ]);
    const proof = await ok<{ isSound: boolean; closings: object[] }>(city.get("/v1/ledger/proof", { as: "treasurer" }));
    expect(proof).toMatchObject({ isSound: true, closings: [{ balancesDigest: closed["balancesDigest"] }] });
    const other = await newCity();
    expect((await other.get(`/v1/ledger/closings/${day(1)}`, { as: "treasurer" })).status).toBe(404);
    expect((await other.post(`/v1/ledger/closings/${day(1)}/approve`, undefined, { as: "treasurer" })).status).toBe(
      404,
    );
  });

  test("the page asks for a closing and has another person approve it", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const treasurer = await city.browser("treasurer");
    const administrator = await city.browser("administrator");
    const wrong = await treasurer.submit("/staff/ledger/closings", { on: "2999-01-01" }, "/staff/ledger");
    expect(wrong.status).toBe(422);
    expect((await treasurer.submit("/staff/ledger/closings", { on: day(3) }, "/staff/ledger")).status).toBe(303);
    const action = `/staff/ledger/closings/${day(3)}/approve`;
    expect(await (await treasurer.get("/staff/ledger")).text()).not.toContain(action);
    expect(await (await administrator.get("/staff/ledger")).text()).toContain(action);
    expect((await treasurer.submit(action, {}, "/staff/ledger")).status).toBe(403);
    expect((await administrator.submit(action, {}, "/staff/ledger")).status).toBe(303);
    const { closings } = await ok<{ closings: object[] }>(city.get("/v1/ledger/closings", { as: "treasurer" }));
    expect(closings).toMatchObject([{ on: day(3), state: "closed" }]);
  });
});
