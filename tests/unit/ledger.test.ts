import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LATEST_CHECKPOINT } from "../../shared/ledger/journal.ts";
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

  test("a new process begins at the checkpoint and knows the same balances", async () => {
    const table = newTable();
    const ledger = over(table, 5);
    for (let i = 1; i <= 23; i++) await ledger.post({ id: `p${i}`, transfers: [eur(`due:${i % 4}`, "revenue", i)] });
    expect((await table.get(LATEST_CHECKPOINT))?.["seq"]).toBe(20);
    const fresh = over(table, 5);
    expect((await fresh.at()).list("")).toEqual((await ledger.at()).list(""));
    expect((await fresh.prove()).problems).toEqual([]);
  });

  // Guards against a proof that proves nothing.
  test("a changed, missing or invented entry, or a false checkpoint, is found", async () => {
    const spoil = async (change: (table: Table) => Promise<void>) => {
      const table = newTable();
      const ledger = over(table, 3);
      for (let i = 1; i <= 7; i++) await ledger.post({ id: `p${i}`, transfers: [eur("due", "revenue", i)] });
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
      await spoil((table) =>
        changed(table, { pk: "CHECKPOINT#6", sk: "000000" }, (item) => ({ ...item, entries: "[]" })),
      ),
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
});
