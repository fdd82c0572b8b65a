import { absent, Fault } from "../../shared/errors.ts";
import { drawReference, readReference } from "../../shared/reference.ts";
import { ConditionFailed, type Item, type Table, type Write } from "../../shared/table.ts";
import { sameAccount } from "./domain.ts";
import { Account } from "./schema.ts";
import { isNamed, wordsOf } from "./words.ts";

// question                     key
// one account                  pk     ACCOUNT#<id>             sk     ACCOUNT
// all by number                gsi1pk ACCOUNTS                 gsi1sk <number>#<id>
// is this number taken         pk     ACCOUNT_NUMBER#<number>  sk     ACCOUNT_NUMBER   (guards that it is one account's)
// whose reference is this      pk     ACCOUNT_REFERENCE#<ref>  sk     ACCOUNT_REFERENCE
// the accounts of a contact    pk     ACCOUNTS_OF#<contact>    sk     <id>
// those with a word in their name   pk   ACCOUNT_WORDS         sk     <word>#<id>
// are all names noted there    pk     ACCOUNTS_WORDED          sk     ACCOUNTS_WORDED
const key = (id: string) => ({ pk: `ACCOUNT#${id}`, sk: "ACCOUNT" });
const numberKey = (number: string) => ({ pk: `ACCOUNT_NUMBER#${number.toUpperCase()}`, sk: "ACCOUNT_NUMBER" });
const referenceItem = (reference: string, accountId: string): Item => ({
  pk: `ACCOUNT_REFERENCE#${reference}`,
  sk: "ACCOUNT_REFERENCE",
  accountId,
});
const contactKey = (contact: string, id: string) => ({ pk: `ACCOUNTS_OF#${contact}`, sk: id });
const WORDS = "ACCOUNT_WORDS";
const WORDED = { pk: "ACCOUNTS_WORDED", sk: "ACCOUNTS_WORDED" };
/** What begins with a word is looked through so far: a single letter begins many names. */
const LOOKED_AT = 300;
const wordKeys = ({ id, name }: Account) => wordsOf(name).map((word) => ({ pk: WORDS, sk: `${word}#${id}` }));
const wordWrites = (account: Account): Write[] => wordKeys(account).map((put) => ({ put }));

const itemOf = (account: Account): Item => ({
  ...key(account.id),
  gsi1pk: "ACCOUNTS",
  gsi1sk: `${account.number}#${account.id}`,
  account,
});
const accountOf = (item: Item): Account => Account.parse(item["account"]);

export function accountStore(table: Table) {
  async function find(id: string): Promise<Account | undefined> {
    const item = await table.get(key(id));
    return item && accountOf(item);
  }
  async function get(id: string): Promise<Account> {
    const found = await find(id);
    if (!found) throw absent();
    return found;
  }
  async function byNumber(number: string): Promise<Account | undefined> {
    const item = await table.get(numberKey(number));
    return item && find(item["accountId"] as string);
  }

  async function byReference(typed: string): Promise<Account | undefined> {
    const reference = readReference(typed, "A");
    const item = reference && (await table.get(referenceItem(reference, "")));
    return item ? find(item["accountId"] as string) : undefined;
  }

  return {
    get,
    find,
    byNumber,
    /** Those of these that are there, in no order. */
    async findMany(ids: readonly string[]): Promise<Account[]> {
      return (await table.getMany([...new Set(ids)].map(key))).map(accountOf);
    },
    byReference,

    /** The account with its reference: one that is older than references draws it when it is first asked for. */
    async referenced(account: Account, drawn: string): Promise<Account & { reference: string }> {
      const { reference } = account;
      if (reference !== undefined) return { ...account, reference };
      const after = { ...account, reference: drawReference(drawn, "A") };
      try {
        await table.transact([
          { put: itemOf(after), if: { account } },
          { put: referenceItem(after.reference, after.id), if: "absent" },
        ]);
        return after;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        const kept = await get(account.id);
        if (kept.reference === undefined) throw new Fault("unavailable", "It was changed meanwhile; ask again.");
        return { ...kept, reference: kept.reference };
      }
    },

    /** By number as it was asked for, whatever case it has. */
    async idsOf(numbers: readonly string[]): Promise<{ number: string; id: string }[]> {
      const keys = new Map(numbers.map((number) => [numberKey(number).pk, numberKey(number)]));
      const ids = new Map(
        (await table.getMany([...keys.values()])).map((item) => [item.pk, String(item["accountId"])]),
      );
      return numbers.flatMap((number) => {
        const id = ids.get(numberKey(number).pk);
        return id === undefined ? [] : [{ number, id }];
      });
    },

    /** Opens an account once: the first one stands. @throws {Fault} conflict: the id or the number is another's */
    async open(account: Account): Promise<{ created: boolean; account: Account }> {
      const writes: Write[] = [
        { put: itemOf(account), if: "absent" },
        { put: { ...numberKey(account.number), accountId: account.id }, if: "absent" },
        ...(account.reference ? [{ put: referenceItem(account.reference, account.id), if: "absent" as const }] : []),
        ...(account.contact ? [{ put: contactKey(account.contact, account.id) }] : []),
        ...wordWrites(account),
      ];
      try {
        await table.transact(writes);
        return { created: true, account };
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        const kept = await find(account.id);
        if (kept && sameAccount(kept, account)) return { created: false, account: kept };
        throw new Fault("conflict", kept ? "This id is another account's." : "This number is another account's.", {
          errors: [{ pointer: kept ? "#/id" : "#/number", detail: `There is an account ${account.number} already.` }],
        });
      }
    },

    /** @throws {Fault} conflict: somebody else changed it since it was read */
    async change(before: Account, after: Account): Promise<void> {
      try {
        await table.transact([
          { put: itemOf(after), if: { account: before } },
          ...(before.contact && before.contact !== after.contact
            ? [{ delete: contactKey(before.contact, before.id) }]
            : []),
          ...(after.contact && before.contact !== after.contact ? [{ put: contactKey(after.contact, after.id) }] : []),
          ...wordKeys(before)
            .filter(({ sk }) => !wordKeys(after).some((one) => one.sk === sk))
            .map((gone) => ({ delete: gone })),
          ...wordWrites(after),
        ]);
      } catch (error) {
        if (error instanceof ConditionFailed)
          throw new Fault("conflict", "It was changed meanwhile; look at it again.");
        throw error;
      }
    },

    async ofContact(contact: string): Promise<Account[]> {
      const found: Account[] = [];
      for await (const item of table.all({ pk: `ACCOUNTS_OF#${contact}` })) {
        const account = await find(item.sk);
        if (account) found.push(account);
      }
      return found;
    },

    /** Those whose names have words that begin so, by the longest of them. */
    async named(words: readonly string[], limit: number): Promise<Account[]> {
      const longest = [...words].sort((a, b) => b.length - a.length)[0];
      if (longest === undefined) return [];
      const { items } = await table.query({ pk: WORDS, beginsWith: longest, limit: LOOKED_AT });
      const ids = [...new Set(items.map(({ sk }) => sk.slice(sk.indexOf("#") + 1)))];
      const found = (await table.getMany(ids.map(key))).map(accountOf).filter(({ name }) => isNamed(name, words));
      return found.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, limit);
    },
    async areNamesNoted(): Promise<boolean> {
      return (await table.get(WORDED)) !== undefined;
    },
    /** @param areAll  the last of all accounts is among these */
    async noteNames(some: readonly Account[], areAll: boolean): Promise<void> {
      const writes = [...some.flatMap(wordWrites), ...(areAll ? [{ put: WORDED }] : [])];
      for (let at = 0; at < writes.length; at += 90) await table.transact(writes.slice(at, at + 90));
    },

    async list(at: { limit: number; cursor?: string | undefined }): Promise<{ accounts: Account[]; next?: string }> {
      const { items, cursor } = await table.query({ pk: "ACCOUNTS", index: "gsi1", ...at });
      return { accounts: items.map(accountOf), ...(cursor ? { next: cursor } : {}) };
    },

    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      for await (const item of table.all({ pk: "ACCOUNTS", index: "gsi1" })) {
        const account = accountOf(item);
        yield item;
        yield { ...numberKey(account.number), accountId: account.id };
        if (account.reference) yield referenceItem(account.reference, account.id);
        if (account.contact) yield contactKey(account.contact, account.id);
        yield* wordKeys(account);
      }
      yield* await table.getMany([WORDED]);
    },
  };
}
