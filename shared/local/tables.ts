import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { TABLE_INDEXES, TABLE_KEYS, TABLE_TTL } from "../table-schema.ts";

/** Makes the tables that are not there yet, of the shape that CDK gives them on AWS. */
export async function makeTables(client: DynamoDBClient, names: readonly string[]): Promise<void> {
  const string = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
  const keys = (pk: string, sk: string) => [
    { AttributeName: pk, KeyType: "HASH" as const },
    { AttributeName: sk, KeyType: "RANGE" as const },
  ];
  await Promise.all(
    names.map(async (TableName) => {
      const there = await client.send(new DescribeTableCommand({ TableName })).then(
        () => true,
        (error: Error) => {
          if (error.name === "ResourceNotFoundException") return false;
          throw error;
        },
      );
      if (there) return;
      await client.send(
        new CreateTableCommand({
          TableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [TABLE_KEYS, ...TABLE_INDEXES].flatMap(({ pk, sk }) => [string(pk), string(sk)]),
          KeySchema: keys(TABLE_KEYS.pk, TABLE_KEYS.sk),
          GlobalSecondaryIndexes: TABLE_INDEXES.map(({ name, pk, sk }) => ({
            IndexName: name,
            KeySchema: keys(pk, sk),
            Projection: { ProjectionType: "ALL" as const },
          })),
        }),
      );
      await client.send(
        new UpdateTimeToLiveCommand({
          TableName,
          TimeToLiveSpecification: { AttributeName: TABLE_TTL, Enabled: true },
        }),
      );
    }),
  );
}
