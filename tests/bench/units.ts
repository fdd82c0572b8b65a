import type { Item, Table, Write } from "../../shared/table.ts";

const KB = 1_024;

/** Bytes of a value, as DynamoDB counts them: its developer guide, "item sizes and formats". */
function bytesOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value === "number") return Math.ceil(String(Math.abs(value)).replace(".", "").length / 2) + 1;
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === "boolean" || value === null) return 1;
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + 1 + bytesOf(one), 3);
  return Object.entries(value as object).reduce(
    (sum, [name, one]) => sum + 1 + Buffer.byteLength(name) + bytesOf(one),
    3,
  );
}

/** Write request units of one item written alone. */
const unitsOf = (item: Item, prefix: string): number => {
  const bytes = Object.entries(item)
    .filter(([, value]) => value !== undefined)
    .reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOf(value), prefix.length);
  return Math.max(1, Math.ceil(bytes / KB));
};

export interface Counted {
  units: number;
  requests: number;
}

/**
 * The same table, with every write counted by DynamoDB's rounding rules from the bytes that are sent, beside what the
 * engine itself says. For tables without indexes on what is written.
 */
export function counting(table: Table, prefix: string, counted: Counted): Table {
  const count = (units: number) => {
    counted.units += units;
    counted.requests += 1;
  };
  const twice = (write: Write): number => {
    if ("put" in write) return 2 * unitsOf(write.put, prefix);
    throw new Error("only puts are counted here");
  };
  return {
    ...table,
    async put(item) {
      count(unitsOf(item, prefix));
      return table.put(item);
    },
    async delete(key) {
      const before = await table.get(key);
      count(before ? unitsOf(before, prefix) : 1);
      return table.delete(key);
    },
    async transact(writes) {
      count(writes.reduce((sum, write) => sum + twice(write), 0));
      return table.transact(writes);
    },
  };
}
