import { PutItemCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localHome, tokenless } from "../../shared/local/home.ts";
import { readSettings } from "../../shared/settings.ts";

const NAMES = ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;
const before = NAMES.map((name) => process.env[name]);
beforeAll(() => {
  for (const [i, value] of ["http://127.0.0.1:1", "embedded", "embedded", "embedded"].entries())
    process.env[NAMES[i]!] = value;
});
afterAll(() => {
  for (const [i, name] of NAMES.entries())
    if (before[i] === undefined) delete process.env[name];
    else process.env[name] = before[i];
});

// Guards against an SDK that writes its token elsewhere: each transaction would be slower than the one before it.
test("what reaches an engine of our own has no token, and is whole", async () => {
  const client = localHome(readSettings({ HANSA_DATA: "/nowhere" })).client("rome");
  const sent: { text: string; length: string }[] = [];
  client.middlewareStack.add(
    () => async (args) => {
      const { body, headers } = args.request as { body: Uint8Array; headers: Record<string, string> };
      sent.push({ text: Buffer.from(body).toString(), length: headers["content-length"]! });
      return { response: { statusCode: 200, headers: {} }, output: { $metadata: {} } };
    },
    { step: "deserialize", priority: "low" },
  );
  const Put = { TableName: "t", Item: { pk: { S: "é" } } };
  await client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }], ReturnConsumedCapacity: "TOTAL" }));
  await client.send(new PutItemCommand(Put));
  expect(sent.map(({ text }) => JSON.parse(text))).toEqual([
    { TransactItems: [{ Put }], ReturnConsumedCapacity: "TOTAL" },
    Put,
  ]);
  for (const { text, length } of sent) expect(Number(length)).toBe(Buffer.byteLength(text));
});

test("a body without a token stays as it is", () => {
  for (const text of ["", "{}", `{"a":"${"x".repeat(80)}"}`]) {
    const body = Buffer.from(text);
    expect(tokenless(body)).toBe(body);
  }
});
