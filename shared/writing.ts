import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  type TransactWriteItem,
} from "@aws-sdk/client-dynamodb";

/** One write of its own, no transaction's: a put or a delete. */
export type Single = Pick<TransactWriteItem, "Put" | "Delete">;

/** What became of it: the units that it took, or what stands there and refuses it. */
export interface Wrote {
  units: number;
  refusedBy?: Record<string, AttributeValue>;
}

/** Carries single writes to the table. `key` tells which item it is about, wherever that is. */
export interface Writing {
  /** Whether each write has its price: not with an engine of one's own. */
  readonly isPriced: boolean;
  write(key: string, single: Single): Promise<Wrote>;
}

const ReturnConsumedCapacity = "TOTAL" as const;

/** Each by itself, not in a transaction of one: that would cost twice the units. */
export const oneByOne = (client: DynamoDBClient): Writing => ({
  isPriced: true,
  async write(_key, { Put, Delete }) {
    try {
      const answer = Put
        ? await client.send(new PutItemCommand({ ...Put, ReturnConsumedCapacity }))
        : await client.send(new DeleteItemCommand({ ...Delete!, ReturnConsumedCapacity }));
      return { units: answer.ConsumedCapacity?.CapacityUnits ?? 0 };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { units: 0, refusedBy: error.Item ?? {} };
    }
  },
});
