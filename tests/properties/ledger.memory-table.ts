import { ConditionFailed, type If, type Item, type Key, keyOf, type Query, type Table } from "../../shared/table.ts";

/**
 * A table in memory with the semantics of `shared/table.ts` on one city's part, without indexes: for tests whose every
 * step must be decided by a seed. `ledger.simulation.test.ts` holds it equal to the real engine.
 *
 * @param pageMax items in one answer of a query, where the real engine has a megabyte
 */
export function memoryTable(pageMax = Number.POSITIVE_INFINITY): Table & { size(): number } {
  const items = new Map<string, Item>();
  const nameOf = ({ pk, sk }: Key) => `${pk}\0${sk}`;
  // What DynamoDB keeps: no undefined attribute, and nobody else's object.
  const kept = (item: Item): Item =>
    structuredClone(Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined))) as Item;
  const at = (key: Key) => items.get(nameOf(key));

  const table: Table & { size(): number } = {
    size: () => items.size,
    isPriced: true,
    async get(key) {
      const found = at(key);
      return found && kept(found);
    },
    getStanding: (key) => table.get(key),
    queryStanding: async (pk) => (await table.query({ pk })).items,
    async getMany(keys) {
      return keys.flatMap((key) => at(key) ?? []).map(kept);
    },
    async query({ pk, index, beginsWith, from, to, limit, cursor, reverse }: Query) {
      if (index) throw new RangeError("the table in memory has no indexes");
      if (beginsWith === undefined && from !== undefined && to !== undefined && from > to)
        throw new RangeError("a range ends before it begins");
      const after = cursor === undefined ? undefined : Buffer.from(cursor, "base64url").toString("utf8");
      const found = [...items.values()]
        .filter((item) => item.pk === pk)
        .filter(({ sk }) => beginsWith === undefined || sk.startsWith(beginsWith))
        .filter(({ sk }) => beginsWith !== undefined || from === undefined || sk >= from)
        .filter(({ sk }) => beginsWith !== undefined || to === undefined || sk <= to)
        .sort((a, b) => (a.sk < b.sk ? -1 : 1) * (reverse ? -1 : 1))
        .filter(({ sk }) => after === undefined || (reverse ? sk < after : sk > after));
      const most = Math.min(limit ?? pageMax, pageMax);
      const page = found.slice(0, most).map(kept);
      // Like the engine, it says that there may be more as soon as a page is full.
      return page.length < most || most === Number.POSITIVE_INFINITY
        ? { items: page }
        : { items: page, cursor: Buffer.from(page.at(-1)!.sk).toString("base64url") };
    },
    async *all(query) {
      let { cursor } = query;
      do {
        const page = await table.query({ ...query, cursor });
        yield* page.items;
        cursor = page.cursor;
      } while (cursor !== undefined);
    },
    async put(item) {
      items.set(nameOf(item), kept(item));
    },
    async putIfAbsent(item) {
      const before = at(item);
      if (before) return { created: false, item: kept(before) };
      items.set(nameOf(item), kept(item));
      return { created: true, item };
    },
    async delete(key) {
      items.delete(nameOf(key));
    },
    async transact(writes) {
      if (writes.length > 100) throw new RangeError(`${writes.length} writes in one transaction`);
      if (new Set(writes.map((write) => nameOf(keyOf(write)))).size < writes.length)
        throw new RangeError("one transaction touches one item twice");
      for (const [i, write] of writes.entries()) {
        const before = at(keyOf(write));
        if (!holds(write.if, before)) throw new ConditionFailed(i, before && kept(before));
      }
      for (const write of writes) {
        const key = keyOf(write);
        if ("put" in write) items.set(nameOf(key), kept(write.put));
        else if ("delete" in write) items.delete(nameOf(key));
        else if ("update" in write) {
          const next: Item = { ...(at(key) ?? { pk: key.pk, sk: key.sk }), ...write.set };
          for (const name of write.remove ?? []) delete next[name];
          items.set(nameOf(key), kept(next));
        }
      }
    },
  };
  return table;
}

function holds(condition: If | undefined, item: Item | undefined): boolean {
  if (condition === undefined) return true;
  if (condition === "absent") return item === undefined;
  if (condition === "present") return item !== undefined;
  return Object.entries(condition).every(([name, wanted]) => {
    const value = item?.[name];
    if (wanted === undefined) return value === undefined;
    return (Array.isArray(wanted) ? wanted : [wanted]).some((one) => value !== undefined && value === one);
  });
}
