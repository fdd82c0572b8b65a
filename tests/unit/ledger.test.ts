import { deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { digestOf, LATEST_CHECKPOINT } from "../../shared/ledger/journal.ts";
import { type Ledger, openLedger, type Transfer } from "../../shared/ledger.ts";
import { ConditionFailed, cityTable, type Item, type Table } from "../../shared/table.ts";
import { testEngine } from "../setup/engine.ts";

let set: Awaited<ReturnType<typeof testEngine>>;
let made = 0;
beforeAll(async () => {
  set = await testEngine();
});
afterAll(() => set.engine.stop());

const newTable = (): Table => cityTable(set.client, set.tableName, `city${made++}`);
const over = (table: Table, checkpointEvery?: number): Ledger =>
  openLedger({ table, clock: { now: () => new Date() }, tell: () => [], ring: () => {}, checkpointEvery });
const eur = (debit: string, credit: string, amountMinor: number): Transfer => ({
  debit,
  credit,
  amountMinor,
  currency: "EUR",
});

describe("a city's ledger", () => {
  // Guards against charging twice when a request is sent again.
  test("the same post moves money once, another under its id is refused", async () => {
    const ledger = over(newTable());
    const bill = { id: "bill:1", transfers: [eur("due:1", "revenue:water", 900)] };
    expect(await ledger.post(bill)).toEqual({ seq: 1, isRepeated: false });
    expect(await ledger.post(bill)).toEqual({ seq: 1, isRepeated: true });
    await expect(ledger.post({ ...bill, transfers: [eur("due:1", "revenue:water", 901)] })).rejects.toMatchObject({
      kind: "conflict",
    });
    expect(await ledger.balance("due:1", "EUR")).toBe(900);
    expect(await ledger.balance("revenue:water", "EUR")).toBe(-900);
    expect((await ledger.prove()).transfers).toBe(1);
  });

  // Guards against a payment without its state, or a state without its money.
  test("the caller's writes and the money stand or fall together", async () => {
    const table = newTable();
    const ledger = over(table);
    const post = (id: string) =>
      ledger.post({
        id,
        transfers: [eur("a", "b", 5)],
        writes: [{ put: { pk: "THING#1", sk: "THING", by: id }, if: "absent" }],
      });
    await post("one");
    await expect(post("two")).rejects.toBeInstanceOf(ConditionFailed);
    expect(await ledger.balance("a", "EUR")).toBe(5);
    expect(await table.get({ pk: "POSTED#two", sk: "POSTED" })).toBeUndefined();
  });

  // Guards against paying out more than there is when two ask at once, in two processes.
  test("a guard holds at the commit, whatever another process does meanwhile", async () => {
    const table = newTable();
    const processes = [over(table), over(table), over(table)];
    await processes[0]!.post({ id: "in", transfers: [eur("cash", "due", 100)] });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, (_, i) =>
        processes[i % 3]!.post({
          id: `out-${i}`,
          transfers: [eur("refund", "cash", 10)],
          mayNotGoBelow: [{ account: "cash", currency: "EUR", minMinor: 0 }],
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    expect(await over(table).balance("cash", "EUR")).toBe(0);
  });

  test("a plan sees the balance of the commit", async () => {
    const table = newTable();
    const [one, two] = [over(table), over(table)];
    await one.post({ id: "bill", transfers: [eur("due", "revenue", 70)] });
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        (i % 2 ? one : two).post({
          id: `pay-${i}`,
          content: { amountMinor: 10 },
          plan: (at) => ({
            transfers: [eur("cash", at.balance("due", "EUR") >= 10 ? "due" : "suspense", 10)],
          }),
        }),
      ),
    );
    expect(await one.balance("due", "EUR")).toBe(0);
    expect(await two.balance("suspense", "EUR")).toBe(-30);
  });

  test("requests that arrive together share commits", async () => {
    const ledger = over(newTable());
    await Promise.all(
      Array.from({ length: 200 }, (_, i) => ledger.post({ id: `p${i}`, transfers: [eur("a", "b", 1)] })),
    );
    const proof = await ledger.prove();
    expect(proof).toMatchObject({ isSound: true, transfers: 200, sums: { EUR: 0 } });
    expect(proof.segments).toBeLessThan(10);
  });

  /** A checkpoint is written beside the posts that follow. @returns where the latest is, from `seq` on */
  const checkpointed = (table: Table, seq: number) =>
    vi.waitFor(async () => {
      const latest = Number((await table.get(LATEST_CHECKPOINT))?.["seq"]);
      expect(latest).toBeGreaterThanOrEqual(seq);
      return latest;
    });

  test("a new process begins at the checkpoint and knows the same balances", async () => {
    const table = newTable();
    const ledger = over(table, 5);
    for (let i = 1; i <= 23; i++) await ledger.post({ id: `p${i}`, transfers: [eur(`due:${i % 4}`, "revenue", i)] });
    expect(await checkpointed(table, 15)).toBeLessThanOrEqual(23);
    const fresh = over(table, 5);
    expect((await fresh.at()).list("")).toEqual((await ledger.at()).list(""));
    expect((await fresh.prove()).problems).toEqual([]);
  });

  // Guards against checkpoints that take ever more of a city's time and money the more it is owed.
  test("of many balances a checkpoint is kept in parts, the more seldom the more there are", async () => {
    const table = newTable();
    const kept: Item[] = [];
    const watched: Table = {
      ...table,
      transact(writes) {
        for (const write of writes) if ("put" in write && write.put.sk === LATEST_CHECKPOINT.sk) kept.push(write.put);
        return table.transact(writes);
      },
    };
    const ledger = over(watched, 2);
    const dues = (from: number) => Array.from({ length: 1_000 }, (_, i) => eur(`due:bill_${from + i}`, "revenue", 1));
    for (let from = 0; from < 3_000; from += 1_000) await ledger.post({ id: `bills:${from}`, transfers: dues(from) });
    // 60 segments for 3,000 balances, where it would have been 2.
    for (let i = 0; i < 70; i++) await ledger.post({ id: `p${i}`, transfers: [eur("bank", "due:bill_0", 1)] });
    await checkpointed(table, 61);
    expect(kept.length).toBeLessThanOrEqual(3);
    expect(Number(kept.at(-1)!["parts"])).toBeGreaterThan(1);
    expect((await over(table).at()).list("")).toEqual((await ledger.at()).list(""));
    expect((await ledger.prove()).problems).toEqual([]);
  });

  // Guards against reading a whole journal because somebody else kept a checkpoint at that very moment.
  test("a checkpoint that is replaced while it is read makes room for the next", async () => {
    const table = newTable();
    const ledger = over(table, 2);
    const pay = (i: number) => ledger.post({ id: `p${i}`, transfers: [eur("due", "revenue", 1)] });
    for (let i = 1; i <= 2; i++) await pay(i);
    const first = await checkpointed(table, 2);
    const read: string[] = [];
    const fresh = over({
      ...table,
      async *all(query) {
        read.push(query.from ?? query.pk);
        if (query.pk === `CHECKPOINT#${first}`) {
          for (let i = 3; i <= 4; i++) await pay(i);
          await checkpointed(table, 4);
          await vi.waitFor(async () => expect((await table.query(query)).items).toEqual([]));
        }
        yield* table.all(query);
      },
    });
    expect(await fresh.balance("due", "EUR")).toBe(4);
    expect(read).toEqual(["CHECKPOINT#2", "CHECKPOINT#4", "000000000005"]);
  });

  // Guards against a new house that cannot begin where an older one stopped.
  test("a checkpoint as it was written before, sorted and in one part, is read", async () => {
    const table = newTable();
    const ledger = over(table);
    await ledger.post({ id: "p1", transfers: [eur("due:1", "revenue", 7)] });
    const segment = (await table.get({ pk: "JOURNAL#000000000000", sk: "000000000001" }))!;
    const entries = '["p","due:1 EUR",7]\n["p","revenue EUR",-7]\n';
    await table.put({ pk: "CHECKPOINT#1", sk: "000000", entries });
    const { digest, at } = segment;
    await table.put({ ...LATEST_CHECKPOINT, seq: 1, digest, at, parts: 1, balancesDigest: digestOf(entries) });
    const read: string[] = [];
    const fresh = over({
      ...table,
      async *all(query) {
        read.push(query.from ?? query.pk);
        yield* table.all(query);
      },
    });
    expect(await fresh.balance("due:1", "EUR")).toBe(7);
    expect(read).toEqual(["CHECKPOINT#1", "000000000002"]);
    expect((await fresh.prove()).problems).toEqual([]);
  });

  // Guards against a proof that proves nothing.
  test("a changed, missing or invented entry, or a false checkpoint, is found", async () => {
    const spoil = async (change: (table: Table) => Promise<void>) => {
      const table = newTable();
      const ledger = over(table, 3);
      for (let i = 1; i <= 7; i++) {
        await ledger.post({ id: `p${i}`, transfers: [eur("due", "revenue", i)] });
        if (i % 3 === 0) await checkpointed(table, i);
      }
      expect((await ledger.prove()).isSound).toBe(true);
      await change(table);
      return (await ledger.prove()).problems.join(" ");
    };
    const segment = (seq: number) => ({ pk: "JOURNAL#000000000000", sk: seq.toString().padStart(12, "0") });
    const changed = async (table: Table, key: { pk: string; sk: string }, by: (item: Item) => Item) =>
      table.put(by((await table.get(key))!));
    expect(
      await spoil((table) =>
        changed(table, segment(4), (item) => ({ ...item, body: String(item["body"]).replace(",4,", ",400,") })),
      ),
    ).toMatch(/segment 4 has another digest/);
    expect(await spoil((table) => table.delete(segment(4)))).toMatch(/one is missing/);
    expect(await spoil((table) => table.delete(segment(7)))).toMatch(/its head is further on/);
    expect(
      await spoil(async (table) => {
        for await (const part of table.all({ pk: "CHECKPOINT#6" })) await table.put({ ...part, entries: "[]" });
      }),
    ).toMatch(/checkpoint/i);
  });

  test("what no room may ask is refused before anything is written", async () => {
    const ledger = over(newTable());
    for (const transfer of [
      eur("a", "b", 0),
      eur("a", "b", -5),
      eur("a", "b", 0.5),
      eur("a", "b", 1e16),
      eur("a", "a", 5),
      eur("a b", "c", 5),
    ])
      await expect(ledger.post({ id: "x", transfers: [transfer] })).rejects.toBeInstanceOf(RangeError);
    expect((await ledger.prove()).segments).toBe(0);
  });

  test("a journal longer than one block is read to its end, and its items rebuild it elsewhere", async () => {
    const table = newTable();
    const ledger = over(table);
    for (let i = 1; i <= 1_005; i++) await ledger.post({ id: `p${i}`, transfers: [eur("due", "revenue", 1)] });
    expect(await over(table).prove()).toMatchObject({ isSound: true, segments: 1_005 });
    const copy = newTable();
    for await (const item of ledger.items()) await copy.put(item);
    const again = over(copy);
    expect(await again.prove()).toMatchObject({ isSound: true, digest: (await ledger.prove()).digest });
    expect((await again.post({ id: "p7", transfers: [eur("due", "revenue", 1)] })).isRepeated).toBe(true);
    expect((await again.entriesOf("p7"))?.[0]).toMatchObject({ id: "p7/1", seq: 7 });
  }, 60_000);

  // Guards against money that is promised twice, and against promises that outlive their time.
  test("what is reserved counts against the guard, is posted in part, once, and is free again when it runs out", async () => {
    const table = newTable();
    let now = Date.parse("2026-11-10T10:00:00Z");
    const open = () => openLedger({ table, clock: { now: () => new Date(now) }, tell: () => [], ring: () => {} });
    const [one, two] = [open(), open()];
    const guarded = { mayNotGoBelow: [{ account: "cash", currency: "EUR", minMinor: 0 }] };
    const reserve = (id: string, amountMinor: number) => ({
      id,
      transfers: [eur("refund", "cash", amountMinor)],
      expiresAt: new Date("2026-11-10T11:00:00Z"),
      ...guarded,
    });
    await one.post({ id: "in", transfers: [eur("cash", "due", 100)] });
    expect(await one.reserve(reserve("r1", 60))).toMatchObject({ isRepeated: false });
    expect(await two.reserve(reserve("r1", 60))).toMatchObject({ isRepeated: true });
    await expect(two.reserve(reserve("r1", 61))).rejects.toMatchObject({ kind: "conflict" });
    await expect(two.reserve(reserve("r2", 41))).rejects.toMatchObject({ kind: "conflict" });
    await two.reserve(reserve("r2", 40));
    await expect(two.post({ id: "out", transfers: [eur("refund", "cash", 1)], ...guarded })).rejects.toMatchObject({
      kind: "conflict",
    });
    const now1 = await one.at();
    expect([now1.balance("cash", "EUR"), now1.available("cash", "EUR")]).toEqual([100, 0]);
    expect(now1.pending("cash")).toEqual([{ account: "cash", currency: "EUR", debitsMinor: 0, creditsMinor: 100 }]);

    await expect(one.postReserved({ reserveId: "r1", amountsMinor: [61] })).rejects.toMatchObject({ kind: "conflict" });
    await one.postReserved({ reserveId: "r1", amountsMinor: [45], ...guarded });
    expect(await two.postReserved({ reserveId: "r1", amountsMinor: [45] })).toMatchObject({ isRepeated: true });
    await expect(two.postReserved({ reserveId: "r1" })).rejects.toMatchObject({ kind: "conflict" });
    await expect(two.voidReserved({ reserveId: "r1" })).rejects.toMatchObject({ kind: "conflict" });
    expect((await two.at()).available("cash", "EUR")).toBe(15);

    now = Date.parse("2026-11-10T11:00:00Z");
    expect((await one.at()).available("cash", "EUR")).toBe(55);
    await expect(one.postReserved({ reserveId: "r2" })).rejects.toMatchObject({ kind: "conflict" });
    await two.post({ id: "out", transfers: [eur("refund", "cash", 55)], ...guarded });
    expect((await open().at()).pending("")).toEqual([]);

    now += 1;
    await one.reserve({ ...reserve("r3", 1), expiresAt: new Date(now + 60_000), mayNotGoBelow: [] });
    await two.voidReserved({ reserveId: "r3" });
    expect(await one.voidReserved({ reserveId: "r3" })).toMatchObject({ isRepeated: true });
    await expect(one.postReserved({ reserveId: "nothing" })).rejects.toMatchObject({ kind: "conflict" });
    expect(await one.prove()).toMatchObject({ isSound: true, problems: [], transfers: 3, sums: { EUR: 0 } });
  });

  // Guards against a mistake that is mended twice, or by changing what was written.
  test("a post is reversed by a new one, once; only what moved money can be", async () => {
    const table = newTable();
    const [one, two] = [over(table), over(table)];
    await one.post({ id: "bill", transfers: [eur("due:1", "revenue", 80), eur("due:1", "vat", 20)] });
    const outcomes = await Promise.all([one.reverse({ postId: "bill" }), two.reverse({ postId: "bill" })]);
    expect(outcomes.filter(({ isRepeated }) => !isRepeated)).toHaveLength(1);
    expect((await over(table).at()).list("")).toEqual([]);
    expect(await one.entriesOf("bill")).toHaveLength(2);
    await expect(one.reverse({ postId: "nothing" })).rejects.toMatchObject({ kind: "absent" });
    await expect(one.reverse({ postId: "bill!reversed" })).rejects.toMatchObject({ kind: "conflict" });
    await one.reserve({ id: "r", transfers: [eur("a", "b", 1)], expiresAt: new Date(Date.now() + 60_000) });
    await expect(one.reverse({ postId: "r" })).rejects.toMatchObject({ kind: "conflict" });
    expect(await one.prove()).toMatchObject({ isSound: true, problems: [], transfers: 4 });
  });

  // Guards against books that change after the accountant has signed them.
  test("closed books take nothing more, and their balances come from the journal alone", async () => {
    const table = newTable();
    let now = Date.parse("2026-10-31T22:30:00Z");
    const open = (checkpointEvery?: number) =>
      openLedger({
        table,
        clock: { now: () => new Date(now) },
        timeZone: "Africa/Abidjan",
        tell: () => [],
        ring: () => {},
        checkpointEvery,
      });
    const ledger = open(3);
    await ledger.post({ id: "oct", transfers: [eur("cash", "revenue", 10)] });
    now = Date.parse("2026-11-02T08:00:00Z");
    await ledger.post({ id: "nov", transfers: [eur("cash", "revenue", 5)] });
    await ledger.post({ id: "late", transfers: [eur("cash", "revenue", 3)], effectiveOn: "2026-10-30" });
    await expect(ledger.close("2026-11-02")).rejects.toMatchObject({ kind: "conflict" });
    await ledger.close("2026-10-31");
    expect(await open().close("2026-10-31")).toMatchObject({ isRepeated: true });
    await expect(ledger.close("2026-10-30")).rejects.toMatchObject({ kind: "conflict" });
    const late = { id: "later", transfers: [eur("cash", "revenue", 7)], effectiveOn: "2026-10-31" };
    await expect(open().post(late)).rejects.toMatchObject({ kind: "conflict" });
    // What was posted before the closing is answered as before.
    expect(
      await ledger.post({ id: "late", transfers: [eur("cash", "revenue", 3)], effectiveOn: "2026-10-30" }),
    ).toMatchObject({ isRepeated: true });
    await ledger.post({ ...late, effectiveOn: "2026-11-01" });
    const closing = await open().closing("2026-10-31");
    expect(closing?.balances).toEqual([
      { account: "cash", currency: "EUR", balanceMinor: 13 },
      { account: "revenue", currency: "EUR", balanceMinor: -13 },
    ]);
    now = Date.parse("2026-12-01T08:00:00Z");
    await open(3).close("2026-11-30");
    const proof = await ledger.prove();
    expect(proof).toMatchObject({
      isSound: true,
      problems: [],
      closings: [{ on: "2026-10-31" }, { on: "2026-11-30" }],
    });
    expect(proof.closings[0]?.balancesDigest).toBe(closing?.balancesDigest);
    expect((await open().at()).closedOn).toBe("2026-11-30");
    expect((await ledger.closing("2026-11-30"))?.balances[0]?.balanceMinor).toBe(25);
  });

  test("a day is the city's own, and the journal's time never runs back", async () => {
    const table = newTable();
    let now = Date.parse("2026-10-31T23:30:00Z");
    const ledger = openLedger({
      table,
      clock: { now: () => new Date(now) },
      timeZone: "Africa/Tunis",
      tell: () => [],
      ring: () => {},
    });
    await ledger.post({ id: "a", transfers: [eur("cash", "revenue", 10)] });
    now -= 3_600_000;
    await ledger.post({ id: "b", transfers: [eur("cash", "revenue", 10)] });
    const days = await Promise.all(["a", "b"].map((id) => ledger.entriesOf(id)));
    expect(days.map((entries) => entries?.[0]?.on)).toEqual(["2026-11-01", "2026-11-01"]);
    expect((await ledger.prove()).problems).toEqual([]);
  });

  test("a long post is kept compressed, and its digest is over the plain text", async () => {
    const table = newTable();
    const ledger = over(table);
    const transfers = Array.from({ length: 1_000 }, (_, i) => ({
      ...eur("cash", `due:${i}`, i + 1),
      memo: `pay_${i}`,
    }));
    await ledger.post({ id: "many", transfers });
    const item = (await table.get({ pk: "JOURNAL#000000000000", sk: "000000000001" }))!;
    expect(item["body"]).toBeInstanceOf(Uint8Array);
    expect((item["body"] as Uint8Array).length).toBeLessThan(20_000);
    expect((await ledger.entriesOf("many"))?.at(-1)?.transfer).toEqual(transfers.at(-1));
    await table.put({ ...item, body: new Uint8Array([1, 2, 3]) });
    expect((await ledger.prove()).problems.join(" ")).toMatch(/segment 1 has another digest/);
    await expect(over(table).balance("cash", "EUR")).rejects.toThrow(/broken at segment 1/);
  });

  // Guards against a house whose money stands still after it is brought up to date.
  test("a journal and a checkpoint of the first form are read as they are", async () => {
    const table = newTable();
    const at = "2026-11-20T10:00:00.000Z";
    const previous = "0".repeat(64);
    const body = JSON.stringify([["old", "digest", [["cash", "due", 5, "EUR", null, "m"]]]]);
    const digest = digestOf(`1\n${previous}\n${at}\n${body}`);
    await table.put({ pk: "JOURNAL#000000000000", sk: "000000000001", previous, at, body, digest });
    await table.put({ pk: "LEDGER", sk: "HEAD", seq: 1, digest });
    await table.put({ pk: "POSTED#old", sk: "POSTED", contentDigest: "digest", seq: 1 });
    const entries = JSON.stringify([
      ["cash EUR", 5],
      ["due EUR", -5],
    ]);
    await table.put({ pk: "CHECKPOINT#1", sk: "000000", entries });
    await table.put({ ...LATEST_CHECKPOINT, seq: 1, digest, parts: 1, balancesDigest: digestOf(entries) });
    // The second form: raw deflate.
    const later = JSON.stringify({ on: "2026-11-20", posts: [["later", null, [["cash", "due", 2, "EUR"]]]] });
    const next = digestOf(`2\n${digest}\n${at}\n${later}`);
    const deflated = new Uint8Array(deflateRawSync(later));
    await table.put({
      ...{ pk: "JOURNAL#000000000000", sk: "000000000002", previous: digest, at },
      ...{ body: deflated, digest: next },
    });
    await table.put({ pk: "LEDGER", sk: "HEAD", seq: 2, digest: next });
    await table.put({ pk: "POSTED#later", sk: "POSTED", contentDigest: digestOf('[["cash","due",2,"EUR"]]'), seq: 2 });
    const ledger = over(table, 2);
    expect(await ledger.balance("cash", "EUR")).toBe(7);
    expect(await ledger.post({ id: "later", transfers: [eur("cash", "due", 2)] })).toMatchObject({ isRepeated: true });
    await expect(ledger.post({ id: "later", transfers: [eur("cash", "due", 3)] })).rejects.toThrow(/other contents/);
    for (const id of ["new", "newer"]) await ledger.post({ id, transfers: [eur("cash", "due", 1)] });
    expect(await over(table).balance("cash", "EUR")).toBe(9);
    expect(await ledger.entriesOf("old")).toMatchObject([{ on: "2026-11-20", transfer: { memo: "m" } }]);
    expect(await ledger.prove()).toMatchObject({ isSound: true, problems: [], segments: 4 });
  });
});
