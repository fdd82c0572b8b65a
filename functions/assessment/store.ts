import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { absent, Fault } from "../../shared/errors.ts";
import { ConditionFailed, type Item, type Table, type Write } from "../../shared/table.ts";
import type { Fact } from "./schema.ts";
import { Change, Entry, Import, Roll, type Spell } from "./schema.ts";
import { factsOn } from "./timeline.ts";

// question                        key
// one roll                        pk     ASSESS_ROLL#<code>          sk     ROLL
// all rolls                       gsi1pk ASSESS_ROLLS                gsi1sk <code>
// one entry                       pk     ASSESS_ENTRY#<id>           sk     ENTRY             (its id is made of roll and number: so a number is one entry's)
// a roll's entries by number      gsi1pk ASSESS_ENTRIES#<roll>       gsi1sk <number>
// what changed an entry           pk     ASSESS_ENTRY#<id>           sk     CHANGE#<change>
// what an account has or had      pk     ASSESS_ENTRIES_OF#<account> sk     <entry>
// one file that was taken in      pk     ASSESS_IMPORT#<id>          sk     IMPORT
// a roll's files, latest last     gsi1pk ASSESS_IMPORTS#<roll>       gsi1sk <startedAt>#<id>
const rollKey = (code: string) => ({ pk: `ASSESS_ROLL#${code}`, sk: "ROLL" });
const entryKey = (id: string) => ({ pk: `ASSESS_ENTRY#${id}`, sk: "ENTRY" });
const importKey = (id: string) => ({ pk: `ASSESS_IMPORT#${id}`, sk: "IMPORT" });
const linkKey = (accountId: string, entryId: string) => ({ pk: `ASSESS_ENTRIES_OF#${accountId}`, sk: entryId });

const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** An id that is always the same for the same thing, so that there is one of it. */
export function idOf(kind: string, ...of: readonly string[]): string {
  const digest = createHash("sha256").update(JSON.stringify(of)).digest();
  return `${kind}_${[...digest.subarray(0, 26)].map((byte, i) => SIGNS[byte % (i === 0 ? 8 : 32)]).join("")}`;
}
export const entryIdOf = (roll: string, number: string): string => idOf("ent", roll, number);

const entryItem = (entry: Entry): Item => ({
  ...entryKey(entry.id),
  gsi1pk: `ASSESS_ENTRIES#${entry.roll}`,
  gsi1sk: entry.number,
  version: entry.version,
  entry,
});
const changeItem = (change: Change): Item => ({
  pk: `ASSESS_ENTRY#${change.entryId}`,
  sk: `CHANGE#${change.id}`,
  change,
});
const importItem = (one: Import): Item => ({
  ...importKey(one.id),
  gsi1pk: `ASSESS_IMPORTS#${one.roll}`,
  gsi1sk: `${one.startedAt}#${one.id}`,
  stage: stageOf(one),
  import: one,
});
/** What a write must find, so that of two who go on with one file each entry is counted by one. */
const stageOf = ({ state, done }: Import): string => `${state}#${done}`;
export const accountsIn = (spells: readonly Spell[]): Set<string> =>
  new Set(spells.flatMap(({ facts }) => facts.accountId ?? []));

/** What an entry must be on a day to be listed; numbers by their beginning. */
export type Filter = Partial<Record<Fact, string>> & { number?: string; isOpen?: boolean };
/** A filter that few entries pass looks at so many pages at most; the list goes on from there. */
const PAGES_MAX = 40;

export function rollStore(table: Table) {
  async function find(id: string): Promise<Entry | undefined> {
    const item = await table.get(entryKey(id));
    return item && Entry.parse(item["entry"]);
  }
  return {
    /** @throws {Fault} absent */
    async roll(code: string): Promise<Roll> {
      const item = await table.get(rollKey(code));
      if (!item) throw absent();
      return Roll.parse(item["roll"]);
    },
    async rolls(): Promise<Roll[]> {
      const found: Roll[] = [];
      for await (const item of table.all({ pk: "ASSESS_ROLLS", index: "gsi1" })) found.push(Roll.parse(item["roll"]));
      return found;
    },
    /** Keeps a roll once. @throws {Fault} conflict: the code is another's */
    async keepRoll(roll: Roll): Promise<{ created: boolean; roll: Roll }> {
      const put = await table.putIfAbsent({ ...rollKey(roll.code), gsi1pk: "ASSESS_ROLLS", gsi1sk: roll.code, roll });
      const kept = Roll.parse(put.item["roll"]);
      if (kept.kind !== roll.kind || !isDeepStrictEqual(kept.names, roll.names))
        throw new Fault("conflict", "There is another roll under this code.", {
          errors: [{ pointer: "#/code", detail: "There is another roll under this code." }],
        });
      return { created: put.created, roll: kept };
    },

    find,
    /** @throws {Fault} absent */
    async get(id: string): Promise<Entry> {
      const found = await find(id);
      if (!found) throw absent();
      return found;
    },
    async many(ids: readonly string[]): Promise<Map<string, Entry>> {
      const items = await table.getMany(ids.map(entryKey));
      const entries = items.map((item) => Entry.parse(item["entry"]));
      return new Map(entries.map((entry) => [entry.id, entry]));
    },

    /** For what is made of an entry as it was read: whoever changes it meanwhile does not see that yet. */
    isAsRead: ({ id, version }: Entry): Write => ({ check: entryKey(id), if: { version } }),
    /** An entry as it is after a change, with the change; of one that is new, without `before`. */
    writes(before: Entry | undefined, after: Entry, change: Change): Write[] {
      const [had, has] = [accountsIn(before?.spells ?? []), accountsIn(after.spells)];
      return [
        { put: entryItem(after), if: before ? { version: before.version } : "absent" },
        { put: changeItem(change), if: "absent" },
        ...[...has].filter((id) => !had.has(id)).map((id): Write => ({ put: linkKey(id, after.id) })),
        ...[...had].filter((id) => !has.has(id)).map((id): Write => ({ delete: linkKey(id, after.id) })),
      ];
    },
    async changes(entryId: string): Promise<Change[]> {
      const found: Change[] = [];
      for await (const item of table.all({ pk: `ASSESS_ENTRY#${entryId}`, beginsWith: "CHANGE#", reverse: true }))
        found.push(Change.parse(item["change"]));
      return found;
    },

    /** A roll's entries by number that are so on a day. A page may be short, and still have a next. */
    async list(
      roll: string,
      day: string,
      { number, isOpen, ...facts }: Filter,
      at: { limit: number; cursor?: string | undefined },
    ): Promise<{ entries: Entry[]; next?: string }> {
      const entries: Entry[] = [];
      let cursor = at.cursor;
      for (let pages = 0; pages < PAGES_MAX && entries.length < at.limit; pages++) {
        const page = await table.query({
          pk: `ASSESS_ENTRIES#${roll}`,
          index: "gsi1",
          limit: at.limit - entries.length,
          ...(number === undefined ? {} : { beginsWith: number.toUpperCase() }),
          ...(cursor === undefined ? {} : { cursor }),
        });
        const found = page.items.map((item) => Entry.parse(item["entry"]));
        entries.push(...found.filter((entry) => fits(entry, day, facts, isOpen)));
        cursor = page.cursor;
        if (cursor === undefined) break;
      }
      return { entries, ...(cursor === undefined ? {} : { next: cursor }) };
    },
    async *all(roll: string): AsyncIterable<Entry> {
      for await (const item of table.all({ pk: `ASSESS_ENTRIES#${roll}`, index: "gsi1" }))
        yield Entry.parse(item["entry"]);
    },
    async ofAccount(accountId: string): Promise<Entry[]> {
      const ids: string[] = [];
      for await (const item of table.all({ pk: `ASSESS_ENTRIES_OF#${accountId}` })) ids.push(item.sk);
      const found = await this.many(ids);
      return ids.flatMap((id) => found.get(id) ?? []);
    },

    async findImport(id: string): Promise<Import | undefined> {
      const item = await table.get(importKey(id));
      return item && Import.parse(item["import"]);
    },
    async imports(roll: string, limit: number): Promise<Import[]> {
      const { items } = await table.query({ pk: `ASSESS_IMPORTS#${roll}`, index: "gsi1", reverse: true, limit });
      return items.map((item) => Import.parse(item["import"]));
    },
    /** An import that has seen to so many entries more; only if nobody else went on with it. */
    importWrite: (before: Import | undefined, after: Import): Write => ({
      put: importItem(after),
      if: before ? { stage: stageOf(before) } : "absent",
    }),

    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      for await (const item of table.all({ pk: "ASSESS_ROLLS", index: "gsi1" })) {
        yield item;
        const { code } = Roll.parse(item["roll"]);
        for await (const listed of table.all({ pk: `ASSESS_ENTRIES#${code}`, index: "gsi1" })) {
          yield listed;
          const entry = Entry.parse(listed["entry"]);
          yield* table.all({ pk: listed.pk, beginsWith: "CHANGE#" });
          for (const accountId of accountsIn(entry.spells)) yield linkKey(accountId, entry.id);
        }
        yield* table.all({ pk: `ASSESS_IMPORTS#${code}`, index: "gsi1" });
      }
    },
  };
}

function fits(entry: Entry, day: string, facts: Partial<Record<Fact, string>>, isOpen: boolean | undefined): boolean {
  const here = factsOn(entry.spells, day);
  const last = entry.spells.at(-1)!;
  if (isOpen && last.to !== undefined && last.to < day) return false;
  return Object.entries(facts).every(
    ([fact, wanted]) => String(here[fact as Fact] ?? "").toLowerCase() === wanted?.toLowerCase(),
  );
}

/** @throws {Fault} conflict instead of a condition that did not hold */
export async function unlessChanged<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ConditionFailed) throw new Fault("conflict", "It was changed meanwhile; look at it again.");
    throw error;
  }
}
