import type { Here } from "../../../shared/here.ts";
import type { Item, Write } from "../../../shared/table.ts";
import { dayPlus } from "../../../shared/time.ts";
import { KeptLine, Naming, StatementFile } from "./schema.ts";

// question                              key
// what is known of an account's files   pk     FILED#<account>   sk     HEAD
// one file                              pk     FILED#<account>   sk     FILE#<id>
// an account's lines of a day (UTC)     pk     FILED#<account>   sk     LINES#<day>#<file>#<part>   (100 in an item)
// all files, the latest first           gsi1pk FILED             gsi1sk <at>#<account>#<id>
const pkOf = (account: string) => `FILED#${account}`;
const LINES_IN_AN_ITEM = 100;

/** What the files of an account have in common. */
export interface Head {
  /** Each file that was taken in makes it one more: two at once are taken one after the other. */
  version: number;
  /** The city's own number there, where its files say it. */
  wallet?: string;
  naming?: Naming;
}

const fileItem = (file: StatementFile): Item => ({
  pk: pkOf(file.account),
  sk: `FILE#${file.id}`,
  gsi1pk: "FILED",
  gsi1sk: `${file.handedInAt}#${file.account}#${file.id}`,
  file,
});

export function filedStore({ table }: Pick<Here, "table">) {
  return {
    async head(account: string): Promise<Head> {
      const item = await table.get({ pk: pkOf(account), sk: "HEAD" });
      if (!item) return { version: 0 };
      const wallet = item["wallet"] as string | undefined;
      return {
        version: Number(item["version"]),
        ...(wallet === undefined ? {} : { wallet }),
        ...(item["naming"] === undefined ? {} : { naming: Naming.parse(item["naming"]) }),
      };
    },
    async find(account: string, id: string): Promise<StatementFile | undefined> {
      const item = await table.get({ pk: pkOf(account), sk: `FILE#${id}` });
      return item && StatementFile.parse(item["file"]);
    },
    async files(at: { limit: number; cursor?: string }) {
      const { items, cursor } = await table.query({ pk: "FILED", index: "gsi1", reverse: true, ...at });
      return { files: items.map((item) => StatementFile.parse(item["file"])), ...(cursor ? { next: cursor } : {}) };
    },
    async filesOf(account: string): Promise<StatementFile[]> {
      const found: StatementFile[] = [];
      for await (const item of table.all({ pk: pkOf(account), beginsWith: "FILE#" }))
        found.push(StatementFile.parse(item["file"]));
      return found;
    },
    /** The lines of these days, both included. */
    async lines(account: string, from: string, to: string): Promise<KeptLine[]> {
      const found: KeptLine[] = [];
      const range = { from: `LINES#${from}`, to: `LINES#${dayPlus(to, 1)}` };
      for await (const item of table.all({ pk: pkOf(account), ...range }))
        for (const line of item["lines"] as unknown[]) found.push(KeptLine.parse(line));
      return found;
    },

    /** The writes that take a file in whole, if no other came between. */
    writes(file: StatementFile, lines: readonly KeptLine[], before: Head, head: Omit<Head, "version">): Write[] {
      const byDay = Map.groupBy(lines, ({ at }) => at.slice(0, 10));
      const parts = [...byDay].flatMap(([day, all]) =>
        Array.from({ length: Math.ceil(all.length / LINES_IN_AN_ITEM) }, (_, part) => ({
          pk: pkOf(file.account),
          sk: `LINES#${day}#${file.id}#${String(part).padStart(3, "0")}`,
          lines: all.slice(part * LINES_IN_AN_ITEM, (part + 1) * LINES_IN_AN_ITEM),
        })),
      );
      return [
        {
          put: { pk: pkOf(file.account), sk: "HEAD", ...head, version: before.version + 1 },
          if: before.version === 0 ? "absent" : { version: before.version },
        },
        { put: fileItem(file), if: "absent" },
        ...parts.map((put) => ({ put, if: "absent" as const })),
      ];
    },

    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      const accounts = new Set<string>();
      for await (const item of table.all({ pk: "FILED", index: "gsi1" }))
        accounts.add(StatementFile.parse(item["file"]).account);
      for (const account of [...accounts].sort()) yield* table.all({ pk: pkOf(account) });
    },
  };
}
