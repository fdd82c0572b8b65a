import fc from "fast-check";
import { expect, test } from "vitest";
import { type Columns, FIELDS } from "../../shared/ledger/columns.ts";
import { openLedger, type Transfer } from "../../shared/ledger.ts";
import { memoryTable } from "./ledger.memory-table.ts";

const open = (table = memoryTable()) =>
  openLedger({ table, clock: { now: () => new Date("2026-11-25T10:00:00Z") }, tell: () => [], ring: () => {} });

const text = (maxLength: number) => fc.option(fc.string({ unit: "grapheme", maxLength }), { nil: undefined });
const transfer = fc.record({
  debit: fc.constantFrom("due:1", "due:2", "cash"),
  credit: fc.constantFrom("suspense", "vat", "revenue:water"),
  amountMinor: fc.integer({ min: 1, max: 1_000_000 }),
  currency: fc.constantFrom("EUR", "XOF"),
  code: text(10),
  memo: text(20),
}) as fc.Arbitrary<Transfer>;

/** What all have is said once where `prefersCommon`, and all else by columns. At least one column says how many. */
function columnsOf(transfers: readonly Transfer[], prefersCommon: boolean): Columns {
  const columns: Record<string, unknown> = { amountMinor: transfers.map(({ amountMinor }) => amountMinor) };
  const common: Record<string, unknown> = {};
  for (const field of FIELDS.filter((one) => one !== "amountMinor")) {
    const values = transfers.map((one) => one[field]);
    if (prefersCommon && values.every((value) => value === values[0])) common[field] = values[0];
    else columns[field] = values.map((value) => value ?? null);
  }
  return { common, ...columns };
}

// Guards against money that moves otherwise, or is proved otherwise, because a batch came as columns.
test("transfers as columns leave the same entries, balances and proof as one by one", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(transfer, { minLength: 1, maxLength: 60 }), fc.boolean(), async (transfers, common) => {
      const table = memoryTable();
      const [rows, columns] = [open(), open(table)];
      await rows.post({ id: "a", transfers });
      const sent = { id: "a", columns: columnsOf(transfers, common) };
      expect(await columns.post(sent)).toEqual({ seq: 1, isRepeated: false });
      expect(await columns.post(sent)).toEqual({ seq: 1, isRepeated: true });
      expect(await columns.entriesOf("a")).toEqual(await rows.entriesOf("a"));
      const again = open(table);
      expect((await again.at()).list("")).toEqual((await rows.at()).list(""));
      const { digest: _, ...proof } = await again.prove();
      const { digest: _other, ...expected } = await rows.prove();
      expect(proof).toEqual(expected);
      expect(proof.isSound).toBe(true);
      // Its claim is made from the journal again, whoever reads it: a repetition is known in another house, too.
      const kept: unknown[] = [];
      for await (const item of again.items()) kept.push(item);
      expect(kept).toContainEqual(await table.get({ pk: "POSTED#a", sk: "POSTED" }));
      await again.reverse({ postId: "a" });
      expect((await again.at()).list("")).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
