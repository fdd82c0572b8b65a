import { createServer } from "node:http";
import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freePort } from "../../shared/local/engine.ts";
import { engineClient } from "../../shared/local/engine-client.ts";
import { ConditionFailed, cityTable } from "../../shared/table.ts";
import { testEngine } from "../setup/engine.ts";

let set: Awaited<ReturnType<typeof testEngine>>;
let client: DynamoDBClient;
beforeAll(async () => {
  set = await testEngine();
  client = engineClient(set.engine.endpoint);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await set.engine.stop();
});

const bytesOf = (length: number) => new Uint8Array(Array.from({ length }, (_, i) => i % 256));
const [few, many] = [bytesOf(300), bytesOf(3_000)];
const item = { pk: "A", sk: "1", é: "ü🙂", few, deep: { list: [many, { more: few }, "ü"], n: 1.5, none: null }, many };

// Guards against a client that says or hears another thing than the SDK would.
test("what one client writes the other reads, bytes at any depth", async () => {
  const direct = cityTable(client, set.tableName, "rome");
  const bySdk = cityTable(set.client, set.tableName, "rome");
  await direct.put(item);
  expect(await bySdk.get(item)).toEqual(item);
  await bySdk.transact([{ update: item, set: { few: new Uint8Array(), sets: new Set(["a"]) } }]);
  const changed = await bySdk.get(item);
  expect(await direct.get(item)).toEqual(changed);
  expect(await direct.getMany([item])).toEqual([changed]);
  const { items, cursor } = await direct.query({ pk: "A", limit: 1 });
  expect(items).toEqual([changed]);
  expect((await bySdk.query({ pk: "A", cursor })).items).toEqual([]);
  expect(await direct.get({ pk: "A", sk: "2" })).toBeUndefined();
  await direct.delete(item);
  expect(await bySdk.get(item)).toBeUndefined();
});

test("a condition that does not hold comes with what stands there", async () => {
  const table = cityTable(client, set.tableName, "naples");
  await table.put(item);
  expect(await table.putIfAbsent({ pk: "A", sk: "1" })).toEqual({ created: false, item });
  const refused = await table
    .transact([{ put: { pk: "B", sk: "1" } }, { put: { pk: "A", sk: "1" }, if: "absent" }])
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ConditionFailed);
  expect(refused).toMatchObject({ index: 1, item });
  expect(await table.get({ pk: "B", sk: "1" })).toBeUndefined();
});

test("other refusals have the name that the engine gives them", async () => {
  const Key = { pk: { S: "a" }, sk: { S: "b" } };
  await expect(client.send(new GetItemCommand({ TableName: "elsewhere", Key }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    $fault: "client",
  });
  const wrong = new QueryCommand({ TableName: set.tableName, KeyConditionExpression: "nonsense" });
  await expect(client.send(wrong)).rejects.toMatchObject({ name: "ValidationException" });
});

test("what no table asks goes by the SDK", async () => {
  for (const name of ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) vi.stubEnv(name, "embedded");
  expect((await client.send(new ScanCommand({ TableName: set.tableName, Limit: 1 }))).Count).toBe(1);
});

// Guards against a token that slows the engine, and against a payment that fails because the engine is restarted.
test("it waits for an engine that is away or in trouble, and sends it no token", async () => {
  const heard: string[] = [];
  const port = await freePort();
  const server = createServer((asked, answer) => {
    asked.setEncoding("utf8").on("data", (text: string) => heard.push(text));
    asked.on("end", () =>
      heard.length === 1 ? asked.socket.destroy() : answer.writeHead(heard.length === 2 ? 500 : 200).end("{}"),
    );
  });
  const Put = { TableName: "t", Item: { pk: { S: "é" } } };
  const away = engineClient(`http://127.0.0.1:${port}`);
  const sent = away.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }], ReturnConsumedCapacity: "TOTAL" }));
  setTimeout(() => server.listen(port, "127.0.0.1"), 20);
  expect(await sent).toEqual({});
  const body = { TransactItems: [{ Put }], ReturnConsumedCapacity: "TOTAL" };
  expect(heard.map((text) => JSON.parse(text))).toEqual([body, body, body]);
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  const gone = away.send(new PutItemCommand(Put)).catch((error: { code?: string }) => error.code);
  expect(await gone).toBe("ECONNREFUSED");
});
