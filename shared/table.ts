import {
  BatchGetItemCommand,
  type ConsumedCapacity,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, type marshallOptions, type NativeAttributeValue, unmarshall } from "@aws-sdk/util-dynamodb";
import { Fault } from "./errors.ts";
import { recordKeys } from "./key-log.ts";
import type { Standing } from "./ports.ts";
import { count } from "./tally.ts";
import { oneByOne, type Single, type Writing, type Wrote } from "./writing.ts";

export interface Key {
  pk: string;
  sk: string;
}

/** `gsi1` lists; `gsi2` is sparse and holds what falls due. `expiresAt` is in seconds since 1970 (the table's TTL). */
export interface Item extends Key {
  gsi1pk?: string;
  gsi1sk?: string;
  gsi2pk?: string;
  gsi2sk?: string;
  expiresAt?: number;
  [attribute: string]: unknown;
}

/** A condition: the item is absent, present, or its attributes equal these (an array: equal one of them). */
export type If = "absent" | "present" | Record<string, unknown>;

export type Write =
  | { put: Item; if?: If }
  | { delete: Key; if?: If }
  | { update: Key; set?: Record<string, unknown>; remove?: readonly string[]; if?: If }
  | { check: Key; if: If };

export interface Query {
  pk: string;
  index?: "gsi1" | "gsi2";
  beginsWith?: string;
  /** Sort keys from here on, and up to `to`; both inclusive. */
  from?: string;
  to?: string;
  limit?: number;
  /** As the previous answer gave it; one of another table or city is `malformed`. */
  cursor?: string;
  reverse?: boolean;
}

/** Which item a write is about. */
export const keyOf = (write: Write): Key =>
  "put" in write ? write.put : "delete" in write ? write.delete : "check" in write ? write.check : write.update;

/** A condition of a write did not hold; nothing of its transaction was written. */
export class ConditionFailed extends Error {
  override name = "ConditionFailed";
  constructor(
    /** Which of the writes. */
    readonly index: number,
    /** What stands there, where the engine says it. */
    readonly item: Item | undefined,
  ) {
    super(`the condition of write ${index} does not hold`);
  }
}

/** One owner's part of a table. Keys go in and come out without the owner's prefix; the handle alone writes it. */
export interface Table {
  /** Strongly consistent. */
  get(key: Key): Promise<Item | undefined>;
  /** The same, for what each request reads and hardly anything changes: an embedded house keeps it until it changes. */
  getStanding(key: Key): Promise<Item | undefined>;
  /** Strongly consistent, any number, in no order; what is missing is left out. */
  getMany(keys: readonly Key[]): Promise<Item[]>;
  /** Strongly consistent on the table, eventually on an index. */
  query(query: Query): Promise<{ items: Item[]; cursor?: string }>;
  /** The first items of a partition, at most 50, kept as `getStanding` keeps one: until any of it is written. */
  queryStanding(pk: string): Promise<Item[]>;
  /** Every page of a query, one item after the other. */
  all(query: Query): AsyncIterable<Item>;
  put(item: Item): Promise<void>;
  putIfAbsent(item: Item): Promise<{ created: boolean; item: Item }>;
  delete(key: Key): Promise<void>;
  /** All or nothing; at most 100 writes. @throws {ConditionFailed} */
  transact(writes: readonly Write[]): Promise<void>;
  /** Whether each write has its price: not with an engine of one's own. */
  readonly isPriced: boolean;
}

const PREFIXED = ["pk", "gsi1pk", "gsi2pk"] as const;
const MARSHALL: marshallOptions = { removeUndefinedValues: true, convertClassInstanceToMap: false };
const TRANSACT_WRITES_MAX = 100;
const STANDING_MAX = 50;
const CONFLICT_TRIES = 8;

/**
 * Fields as the engine takes them. The SDK asks the `constructor` of a value what it is; a column of somebody's file may
 * be called so, and then answers for itself. An object with such a field goes as a `Map`, which is kept as the same.
 */
const attributes = (fields: object) =>
  marshall(saysConstructor(fields) ? mapped(fields) : fields, MARSHALL) as Record<string, NativeAttributeValue>;

const saysConstructor = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !ArrayBuffer.isView(value) &&
  (Object.hasOwn(value, "constructor") || Object.values(value).some(saysConstructor));

function mapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mapped);
  if (!saysConstructor(value)) return value;
  return new Map(Object.entries(value as object).map(([name, of]) => [name, mapped(of)]));
}

/** A city's own part of the city table: every key begins `CITY#<slug>#`, and no other can be written or read. */
export const cityTable = (
  client: DynamoDBClient,
  name: string,
  slug: string,
  standing?: Standing,
  writing?: Writing,
): Table => openTable(client, name, slug, `CITY#${slug}#`, standing, writing);

/** The house's own tables: who the cities are (`CONTROL#`), and the marketplace (`MARKET#`). */
export const houseTable = (
  client: DynamoDBClient,
  name: string,
  owner: "CONTROL" | "MARKET",
  standing?: Standing,
): Table => openTable(client, name, owner, `${owner}#`, standing);

const everChanging: Standing = { read: (_key, read) => read(), changing: (_keys, write) => write() };

function openTable(
  client: DynamoDBClient,
  TableName: string,
  owner: string,
  prefix: string,
  standing = everChanging,
  writing = oneByOne(client),
): Table {
  function inward<T extends Record<string, unknown>>(fields: T): T {
    const out: Record<string, unknown> = { ...fields };
    for (const name of PREFIXED) if (typeof out[name] === "string") out[name] = prefix + out[name];
    return out as T;
  }
  function outward(found: Record<string, NativeAttributeValue>): Item {
    const item = unmarshall(found) as Item;
    for (const name of PREFIXED) {
      const value = item[name];
      if (typeof value !== "string") continue;
      if (!value.startsWith(prefix)) throw new Error(`a key outside ${prefix} came back: the handle is broken`);
      item[name] = value.slice(prefix.length);
    }
    return item;
  }
  const key = ({ pk, sk }: Key) => attributes(inward({ pk, sk }));
  const standingKey = ({ pk, sk }: Key) => `${TableName} ${prefix}${pk} ${sk}`;
  const standingPartition = (pk: string) => `${TableName} ${prefix}${pk}`;
  const noted = (op: string, keys: readonly string[]) => recordKeys(owner, TableName, op, keys);
  const spent = (kind: "read" | "write", used: ConsumedCapacity | ConsumedCapacity[] | undefined) =>
    count(
      kind,
      [used ?? []].flat().reduce((sum, one) => sum + (one.CapacityUnits ?? 0), 0),
    );
  const ReturnConsumedCapacity = "TOTAL" as const;
  const written = <T>(keys: readonly Key[], write: () => Promise<T>): Promise<T> =>
    standing.changing(
      keys.flatMap((about) => [standingKey(about), standingPartition(about.pk)]),
      () => reached(write),
    );

  /** One write by itself, about the item of this key. */
  async function single(about: Key, op: "PutItem" | "DeleteItem", write: Single): Promise<Wrote> {
    noted(op, [prefix + about.pk]);
    const wrote = await written([about], () => writing.write(standingKey(about), write));
    spent("write", { CapacityUnits: wrote.units });
    return wrote;
  }

  function transactItem(write: Write): TransactWriteItem {
    const condition = expression(write.if);
    const common = { TableName, ...condition, ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const };
    if ("put" in write) return { Put: { ...common, Item: attributes(inward(write.put)) } };
    if ("delete" in write) return { Delete: { ...common, Key: key(write.delete) } };
    if ("check" in write)
      return {
        ConditionCheck: { ...common, Key: key(write.check), ConditionExpression: condition.ConditionExpression! },
      };
    const set = Object.entries(inward(write.set ?? {})).filter(([, value]) => value !== undefined);
    const names: Record<string, string> = { ...condition.ExpressionAttributeNames };
    const values: Record<string, NativeAttributeValue> = { ...condition.ExpressionAttributeValues };
    const sets = set.map(([name, value], i) => {
      names[`#s${i}`] = name;
      Object.assign(values, attributes({ [`:s${i}`]: value }));
      return `#s${i} = :s${i}`;
    });
    const removes = (write.remove ?? []).map((name, i) => {
      names[`#r${i}`] = name;
      return `#r${i}`;
    });
    const UpdateExpression = [
      ...(sets.length ? [`SET ${sets.join(", ")}`] : []),
      ...(removes.length ? [`REMOVE ${removes.join(", ")}`] : []),
    ].join(" ");
    return {
      Update: {
        ...common,
        Key: key(write.update),
        UpdateExpression,
        ExpressionAttributeNames: names,
        ...(Object.keys(values).length ? { ExpressionAttributeValues: values } : {}),
      },
    };
  }

  const table: Table = {
    isPriced: writing.isPriced,

    async get(wanted) {
      noted("GetItem", [prefix + wanted.pk]);
      const answer = await reached(() =>
        client.send(new GetItemCommand({ TableName, Key: key(wanted), ConsistentRead: true, ReturnConsumedCapacity })),
      );
      spent("read", answer.ConsumedCapacity);
      return answer.Item && outward(answer.Item);
    },

    getStanding: (wanted) => standing.read(standingKey(wanted), () => table.get(wanted)),

    async getMany(wanted) {
      const found: Item[] = [];
      for (let at = 0; at < wanted.length; at += 100) {
        const page = wanted.slice(at, at + 100);
        noted(
          "BatchGetItem",
          page.map(({ pk }) => prefix + pk),
        );
        let RequestItems:
          | Record<string, { Keys: Record<string, NativeAttributeValue>[]; ConsistentRead: boolean }>
          | undefined = {
          [TableName]: { Keys: page.map(key), ConsistentRead: true },
        };
        while (RequestItems && Object.keys(RequestItems).length > 0) {
          const answer = await reached(() =>
            client.send(new BatchGetItemCommand({ RequestItems, ReturnConsumedCapacity })),
          );
          spent("read", answer.ConsumedCapacity);
          found.push(...(answer.Responses?.[TableName] ?? []).map(outward));
          RequestItems = answer.UnprocessedKeys as typeof RequestItems;
        }
      }
      return found;
    },

    async query(query) {
      const [pkName, skName] = query.index ? [`${query.index}pk`, `${query.index}sk`] : ["pk", "sk"];
      const names: Record<string, string> = { "#pk": pkName };
      const values: Record<string, unknown> = { ":pk": prefix + query.pk };
      let condition = "#pk = :pk";
      if (query.beginsWith !== undefined) {
        condition += " AND begins_with(#sk, :from)";
        values[":from"] = query.beginsWith;
      } else if (query.from !== undefined && query.to !== undefined) {
        condition += " AND #sk BETWEEN :from AND :to";
        values[":from"] = query.from;
        values[":to"] = query.to;
      } else if (query.from !== undefined || query.to !== undefined) {
        condition += query.from !== undefined ? " AND #sk >= :from" : " AND #sk <= :from";
        values[":from"] = query.from ?? query.to;
      }
      if (":from" in values) names["#sk"] = skName;
      noted("Query", [prefix + query.pk]);
      const answer = await reached(() =>
        client.send(
          new QueryCommand({
            TableName,
            IndexName: query.index,
            KeyConditionExpression: condition,
            ExpressionAttributeNames: names,
            ExpressionAttributeValues: attributes(values),
            Limit: query.limit,
            ScanIndexForward: !query.reverse,
            ConsistentRead: !query.index,
            ExclusiveStartKey: query.cursor === undefined ? undefined : attributes(inward(opened(query.cursor))),
            ReturnConsumedCapacity,
          }),
        ),
      );
      spent("read", answer.ConsumedCapacity);
      const next = answer.LastEvaluatedKey;
      return { items: (answer.Items ?? []).map(outward), ...(next ? { cursor: sealed(outward(next)) } : {}) };
    },

    queryStanding: async (pk) => {
      const kept = await standing.read(standingPartition(pk), () => table.query({ pk, limit: STANDING_MAX }));
      return kept?.items ?? [];
    },

    async *all(query) {
      let cursor = query.cursor;
      do {
        const page = await table.query({ ...query, cursor });
        yield* page.items;
        cursor = page.cursor;
      } while (cursor !== undefined);
    },

    async put(item) {
      await single(item, "PutItem", { Put: { TableName, Item: attributes(inward(item)) } });
    },

    // One conditional put, not a transaction of one: that would cost twice the units.
    async putIfAbsent(item) {
      const { refusedBy } = await single(item, "PutItem", {
        Put: {
          TableName,
          Item: attributes(inward(item)),
          ConditionExpression: "attribute_not_exists(pk)",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        },
      });
      if (!refusedBy) return { created: true, item };
      const kept = Object.keys(refusedBy).length > 0 ? outward(refusedBy) : await table.get(item);
      if (!kept) throw new ConditionFailed(0, undefined);
      return { created: false, item: kept };
    },

    async delete(gone) {
      await single(gone, "DeleteItem", { Delete: { TableName, Key: key(gone) } });
    },

    async transact(writes) {
      if (writes.length === 0) return;
      if (writes.length > TRANSACT_WRITES_MAX) throw new RangeError(`${writes.length} writes in one transaction`);
      const TransactItems = writes.map(transactItem);
      const keys = writes.map(keyOf);
      noted(
        "TransactWriteItems",
        keys.map(({ pk }) => prefix + pk),
      );
      for (let tries = 1; ; tries++) {
        try {
          const answer = await written(keys, () =>
            client.send(new TransactWriteItemsCommand({ TransactItems, ReturnConsumedCapacity })),
          );
          spent("write", answer.ConsumedCapacity);
          return;
        } catch (error) {
          if (!(error instanceof TransactionCanceledException)) throw error;
          const reasons = error.CancellationReasons ?? [];
          const index = reasons.findIndex((reason) => reason.Code === "ConditionalCheckFailed");
          if (index >= 0) {
            const item = reasons[index]?.Item;
            throw new ConditionFailed(index, item && Object.keys(item).length > 0 ? outward(item) : undefined);
          }
          const passing = reasons.some(
            (reason) => reason.Code === "TransactionConflict" || reason.Code === "ThrottlingError",
          );
          if (!passing || tries === CONFLICT_TRIES)
            throw passing ? new Fault("unavailable", "Too much at once; try again.", { retryAfterS: 1 }) : error;
          await new Promise((resume) => setTimeout(resume, Math.random() * 10 * 2 ** tries));
        }
      }
    },
  };
  return table;
}

/** Turns a condition into DynamoDB's words. */
function expression(condition: If | undefined): {
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, NativeAttributeValue>;
} {
  if (condition === undefined) return {};
  if (condition === "absent") return { ConditionExpression: "attribute_not_exists(pk)" };
  if (condition === "present") return { ConditionExpression: "attribute_exists(pk)" };
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const terms = Object.entries(condition).map(([name, wanted], i) => {
    names[`#c${i}`] = name;
    if (wanted === undefined) return `attribute_not_exists(#c${i})`;
    if (!Array.isArray(wanted)) {
      values[`:c${i}`] = wanted;
      return `#c${i} = :c${i}`;
    }
    const options = wanted.map((value, j) => {
      values[`:c${i}x${j}`] = value;
      return `:c${i}x${j}`;
    });
    return `#c${i} IN (${options.join(", ")})`;
  });
  return {
    ConditionExpression: terms.join(" AND "),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length ? { ExpressionAttributeValues: attributes(values) } : {}),
  };
}

const sealed = (key: Item): string => Buffer.from(JSON.stringify(key)).toString("base64url");

function opened(cursor: string): Record<string, string> {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (typeof key === "object" && key !== null && Object.values(key).every((part) => typeof part === "string"))
      return key as Record<string, string>;
  } catch {}
  throw new Fault("malformed", "The cursor is not one that was given here.");
}

const AWAY = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "RequestLimitExceeded",
  "InternalServerError",
  "ServiceUnavailable",
  "TimeoutError",
]);

/** A table that is away or overloaded is `unavailable`: the caller tries again, nothing acknowledged is lost. */
async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { name = "", code = "", message = "" } = error as { name?: string; code?: string; message?: string };
    if (name === "ValidationException" && /exclusive ?start ?key|starting key/i.test(message))
      throw new Fault("malformed", "The cursor is not one that was given here.");
    if (AWAY.has(name) || /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND)/.test(code) || /socket hang up/.test(message))
      throw new Fault("unavailable", "The data store does not answer at the moment.", {
        retryAfterS: 2,
        cause: undefined,
      });
    throw error;
  }
}
