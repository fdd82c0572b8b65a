import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Engine, keepEngine } from "../../shared/local/engine.ts";
import { makeTables } from "../../shared/local/tables.ts";

/** A table engine in memory with one table of the house's shape, for tests of what stands on it. */
export async function testEngine(
  tableName = "hansa-test",
  file?: string,
): Promise<{ client: DynamoDBClient; engine: Engine; tableName: string }> {
  const engine = await keepEngine(file);
  const client = new DynamoDBClient({
    endpoint: engine.endpoint,
    region: "embedded",
    credentials: { accessKeyId: "embedded", secretAccessKey: "embedded" },
    maxAttempts: 6,
  });
  await makeTables(client, [tableName]);
  return { client, engine, tableName };
}
