import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { BankAccount, Line, Order, Statement } from "./schema.ts";

// question                             key
// one account of the city at a bank    pk     BANK_ACCOUNT#<id>         sk     BANK_ACCOUNT   (with its last closing balance)
// the city's accounts                  gsi1pk BANK_ACCOUNTS             gsi1sk <id>
// whose IBAN is this                   pk     BANK_IBAN#<iban>          sk     BANK_IBAN      (guards that it is kept once)
// one statement                        pk     BANK_STATEMENT#<id>       sk     STATEMENT
// its lines                            pk     BANK_STATEMENT#<id>       sk     LINES#<part>   (100 in an item)
// in which lines is this number        pk     BANK_LINE#<number>        sk     <statement>#<n>
// an account's statements              gsi1pk BANK_STATEMENTS#<account> gsi1sk <closedOn>#<id>
// was this statement taken in          pk     BANK_STATEMENT_OF#<account> sk   <the bank's id> (guards that it is taken once)
// one order of payouts                 pk     BANK_ORDER#<id>           sk     BANK_ORDER
// orders, the latest last              gsi1pk BANK_ORDERS               gsi1sk <askedAt>#<id>
// whose end-to-end id is this          pk     BANK_PAYOUT#<end-to-end>  sk     BANK_PAYOUT
// was it paid, and by which line       pk     BANK_PAID#<end-to-end>    sk     BANK_PAID      (guards that it is paid once)
const accountKey = (id: string) => ({ pk: `BANK_ACCOUNT#${id}`, sk: "BANK_ACCOUNT" });
const ibanKey = (iban: string) => ({ pk: `BANK_IBAN#${iban}`, sk: "BANK_IBAN" });
const statementKey = (id: string) => ({ pk: `BANK_STATEMENT#${id}`, sk: "STATEMENT" });
const partKey = (id: string, part: number) => ({
  pk: `BANK_STATEMENT#${id}`,
  sk: `LINES#${String(part).padStart(4, "0")}`,
});
const onceItem = (one: Statement): Item => ({
  pk: `BANK_STATEMENT_OF#${one.bankAccountId}`,
  sk: one.bankId,
  id: one.id,
});
const orderKey = (id: string) => ({ pk: `BANK_ORDER#${id}`, sk: "BANK_ORDER" });
export const payoutKey = (endToEndId: string) => ({ pk: `BANK_PAYOUT#${endToEndId}`, sk: "BANK_PAYOUT" });

const paidKey = (endToEndId: string) => ({ pk: `BANK_PAID#${endToEndId}`, sk: "BANK_PAID" });
export const paidItem = (endToEndId: string, line: string): Item => ({ ...paidKey(endToEndId), line });

export const LINES_IN_AN_ITEM = 100;

/** What the last statement left there: the next one begins with it. */
export interface Closing {
  statementId: string;
  closingMinor: number;
  closedOn: string;
}
const accountItem = (account: BankAccount, last?: Closing): Item => ({
  ...accountKey(account.id),
  gsi1pk: "BANK_ACCOUNTS",
  gsi1sk: account.id,
  account,
  ...(last ? { last } : {}),
  lastId: last?.statementId ?? "",
});
const ibanItem = ({ iban, id }: BankAccount): Item => ({ ...ibanKey(iban), id });
export const statementItem = (statement: Statement): Item => ({
  ...statementKey(statement.id),
  gsi1pk: `BANK_STATEMENTS#${statement.bankAccountId}`,
  gsi1sk: `${statement.closedOn}#${statement.id}`,
  handled: statement.handled,
  statement,
});
/** @param isNamed  it was looked up by which reference each of its credits is matched */
export const partItem = (id: string, part: number, lines: readonly Line[], isNamed?: true): Item => ({
  ...partKey(id, part),
  lines,
  isNamed,
});
/** A number of the bank's or of the payer's bank, as people copy it. */
const signsOf = (number: string): string => number.toUpperCase().replace(/\s/g, "");
const SAYS_NOTHING = new Set(["", "NOTPROVIDED", "NONREF"]);

/** So that a line is found by its numbers; derived from the lines, and the same however often it is written. */
export const lineItems = (statementId: string, lines: readonly Line[]): Item[] =>
  lines.flatMap(({ n, bankRef, endToEndId }) =>
    [...new Set([signsOf(bankRef), signsOf(endToEndId)])]
      .filter((signs) => !SAYS_NOTHING.has(signs))
      .map((signs) => ({ pk: `BANK_LINE#${signs}`, sk: `${statementId}#${n}`, statementId, n })),
  );

export const orderItem = (order: Order): Item => ({
  ...orderKey(order.id),
  gsi1pk: "BANK_ORDERS",
  gsi1sk: `${order.askedAt}#${order.id}`,
  state: order.state,
  askedBy: order.askedBy,
  order,
});
const payoutItems = (order: Order): Item[] =>
  order.payouts.map(({ endToEndId, amountMinor }) => ({ ...payoutKey(endToEndId), orderId: order.id, amountMinor }));

export function bankStore({ table }: Pick<Here, "table">) {
  async function account(id: string): Promise<{ account: BankAccount; last?: Closing }> {
    const item = await table.get(accountKey(id));
    if (!item) throw absent();
    const last = item["last"] as Closing | undefined;
    return { account: BankAccount.parse(item["account"]), ...(last ? { last } : {}) };
  }
  async function findOrder(id: string): Promise<Order | undefined> {
    const item = await table.get(orderKey(id));
    return item && Order.parse(item["order"]);
  }
  async function statement(id: string): Promise<Statement> {
    const item = await table.get(statementKey(id));
    if (!item) throw absent();
    return Statement.parse(item["statement"]);
  }
  async function part(id: string, part: number): Promise<{ lines: Line[]; isNamed: boolean } | undefined> {
    const item = await table.get(partKey(id, part));
    if (!item) return undefined;
    const lines = (item["lines"] as unknown[]).map((line) => Line.parse(line));
    return { lines, isNamed: item["isNamed"] === true };
  }
  async function lines(id: string): Promise<Line[]> {
    const all: Line[] = [];
    for await (const item of table.all({ pk: `BANK_STATEMENT#${id}`, beginsWith: "LINES#" }))
      all.push(...(item["lines"] as unknown[]).map((line) => Line.parse(line)));
    return all;
  }

  return {
    account,
    async accounts(): Promise<BankAccount[]> {
      const { items } = await table.query({ pk: "BANK_ACCOUNTS", index: "gsi1", limit: 50 });
      return items.map((item) => BankAccount.parse(item["account"]));
    },
    async byIban(iban: string): Promise<BankAccount | undefined> {
      const item = await table.get(ibanKey(iban));
      return item && (await account(item["id"] as string)).account;
    },
    /** Keeps an IBAN once. @throws {Fault} conflict: it has another name or currency */
    async addAccount(added: BankAccount): Promise<{ created: boolean; account: BankAccount }> {
      try {
        await table.transact([
          { put: ibanItem(added), if: "absent" },
          { put: accountItem(added), if: "absent" },
        ]);
        return { created: true, account: added };
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        const item = await table.get(ibanKey(added.iban));
        const kept = (await account(item?.["id"] as string)).account;
        if (kept.name !== added.name || kept.currency !== added.currency)
          throw new Fault("conflict", "This IBAN is kept under another name or currency.");
        return { created: false, account: kept };
      }
    },

    /** The writes that take a statement in whole: it follows the account's last one, and is taken once. */
    importWrites(statement: Statement, all: readonly Line[], of: { account: BankAccount; last?: Closing }): Write[] {
      const { id: statementId, closingMinor, closedOn } = statement;
      const parts = Array.from({ length: Math.ceil(all.length / LINES_IN_AN_ITEM) }, (_, part) =>
        partItem(statementId, part, all.slice(part * LINES_IN_AN_ITEM, (part + 1) * LINES_IN_AN_ITEM)),
      );
      return [
        { put: onceItem(statement), if: "absent" },
        {
          put: accountItem(of.account, { statementId, closingMinor, closedOn }),
          if: { lastId: of.last?.statementId ?? "" },
        },
        { put: statementItem(statement), if: "absent" },
        ...parts.map((put) => ({ put, if: "absent" as const })),
      ];
    },
    statement,
    async isTaken(accountId: string, bankId: string): Promise<boolean> {
      return (await table.get({ pk: `BANK_STATEMENT_OF#${accountId}`, sk: bankId })) !== undefined;
    },
    async statements(accountId: string, limit: number): Promise<Statement[]> {
      const pk = `BANK_STATEMENTS#${accountId}`;
      const { items } = await table.query({ pk, index: "gsi1", reverse: true, limit });
      return items.map((item) => Statement.parse(item["statement"]));
    },
    lines,
    part,

    /** The lines that have this number, a few of them. */
    async linesOf(number: string): Promise<{ statement: Statement; line: Line }[]> {
      const { items } = await table.query({ pk: `BANK_LINE#${signsOf(number)}`, limit: 10 });
      const found = await Promise.all(
        items.map(async (item) => {
          const [statementId, n] = [item["statementId"] as string, item["n"] as number];
          const found = await part(statementId, Math.floor((n - 1) / LINES_IN_AN_ITEM));
          const line = found?.lines.find((one) => one.n === n);
          return line && { statement: await statement(statementId), line };
        }),
      );
      return found.filter((one) => one !== undefined);
    },
    /** The statement that the bank numbers so, of whichever account. */
    async byBankId(bankId: string): Promise<Statement[]> {
      const { items } = await table.query({ pk: "BANK_ACCOUNTS", index: "gsi1", limit: 50 });
      const keys = items.map(({ gsi1sk }) => ({ pk: `BANK_STATEMENT_OF#${gsi1sk}`, sk: bankId }));
      return Promise.all((await table.getMany(keys)).map((item) => statement(item["id"] as string)));
    },

    findOrder,
    /** @throws {Fault} absent */
    async order(id: string): Promise<Order> {
      const found = await findOrder(id);
      if (!found) throw absent();
      return found;
    },
    async orders(limit: number): Promise<Order[]> {
      const { items } = await table.query({ pk: "BANK_ORDERS", index: "gsi1", reverse: true, limit });
      return items.map((item) => Order.parse(item["order"]));
    },
    /** Which of an order's payouts a statement has shown. */
    async paid(order: Order): Promise<Set<string>> {
      const found = await table.getMany(order.payouts.map(({ endToEndId }) => paidKey(endToEndId)));
      return new Set(found.map(({ pk }) => pk.slice("BANK_PAID#".length)));
    },
    orderWrites: (order: Order): Write[] =>
      [orderItem(order), ...payoutItems(order)].map((put) => ({ put, if: "absent" as const })),
    async payout(endToEndId: string): Promise<{ order: Order; amountMinor: number } | undefined> {
      const item = await table.get(payoutKey(endToEndId));
      const order = item && (await findOrder(item["orderId"] as string));
      return order && { order, amountMinor: item["amountMinor"] as number };
    },

    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      for await (const item of table.all({ pk: "BANK_ACCOUNTS", index: "gsi1" })) {
        yield item;
        yield ibanItem(BankAccount.parse(item["account"]));
        for await (const one of table.all({ pk: `BANK_STATEMENTS#${item.gsi1sk}`, index: "gsi1" })) {
          const statement = Statement.parse(one["statement"]);
          yield one;
          yield onceItem(statement);
          for await (const kept of table.all({ pk: one.pk, beginsWith: "LINES#" })) {
            yield kept;
            // Those of lines that are not matched yet are written when they are.
            yield* await table.getMany(lineItems(statement.id, kept["lines"] as Line[]));
          }
        }
      }
      for await (const item of table.all({ pk: "BANK_ORDERS", index: "gsi1" })) {
        yield item;
        const order = Order.parse(item["order"]);
        yield* payoutItems(order);
        yield* await table.getMany(order.payouts.map(({ endToEndId }) => paidKey(endToEndId)));
      }
    },
  };
}
