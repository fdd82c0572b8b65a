import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { setTimeout } from "node:timers/promises";
import {
  type AttributeValue,
  BatchGetItemCommand,
  type CancellationReason,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";

/** What a table asks; whatever else is asked goes by the SDK. */
const OPERATIONS = new Map<unknown, string>([
  [BatchGetItemCommand, "BatchGetItem"],
  [DeleteItemCommand, "DeleteItem"],
  [GetItemCommand, "GetItem"],
  [PutItemCommand, "PutItem"],
  [QueryCommand, "Query"],
  [TransactWriteItemsCommand, "TransactWriteItems"],
]);

/** The engine is restarted by its keeper within a second. */
const TRIES = 6;
const FIRST_WAIT_MS = 50;

type Answer = { status: number; text: string };
type Attributes = Record<string, AttributeValue>;
interface Said {
  Item?: Attributes;
  Items?: Attributes[];
  Responses?: Record<string, Attributes[]>;
  CancellationReasons?: CancellationReason[];
  __type?: string;
  message?: string;
  Message?: string;
}

/**
 * The SDK's client for an engine on this machine, without the SDK on the way. The commands are JSON by themselves, but
 * for bytes; the SDK's signature, schemas, and layers of middleware took a third of what a payment takes of the house.
 *
 * It sends no request token either. The engine looks through the tokens of ten minutes at each transaction, so that the
 * hundred-thousandth takes several times as long as the first; and it forgets them when it dies, which is the one way
 * in which its answer is lost here. What must be once has its own condition.
 */
export function engineClient(endpoint: string): DynamoDBClient {
  const client = new DynamoDBClient({ endpoint });
  const whole = client.send.bind(client) as (command: unknown) => Promise<unknown>;
  const { hostname, port } = new URL(endpoint);
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });

  const posted = (operation: string, body: Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request(
        { agent, host: hostname, port, method: "POST", path: "/", headers: headersOf(operation, body) },
        (answer) => {
          const parts: Buffer[] = [];
          answer
            .on("data", (part: Buffer) => parts.push(part))
            .on("end", () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }))
            .on("error", reject);
        },
      );
      asked.on("error", reject);
      asked.end(body);
    });

  /** An engine that is away or in trouble is asked again. */
  async function answered(operation: string, body: Buffer): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await posted(operation, body);
        if (answer.status < 500 || tries === TRIES) return answer;
      } catch (error) {
        if (tries === TRIES) throw error;
      }
      await setTimeout(FIRST_WAIT_MS * 2 ** (tries - 1));
    }
  }

  async function direct(operation: string, input: object): Promise<unknown> {
    const { status, text } = await answered(operation, bodyOf(input));
    const said = JSON.parse(text) as Said;
    for (const item of itemsIn(said)) for (const name in item) restore(item[name]!);
    if (status === 200) return said;
    throw refusal(said, status);
  }

  client.send = ((command: { constructor: unknown; input: object }) => {
    const operation = OPERATIONS.get(command.constructor);
    return operation === undefined ? whole(command) : direct(operation, command.input);
  }) as unknown as DynamoDBClient["send"];
  return client;
}

/** The engine wants the shape of a signature, and checks none. */
const headersOf = (operation: string, body: Buffer) => ({
  authorization:
    "AWS4-HMAC-SHA256 Credential=embedded/20260101/embedded/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
  "content-length": body.length,
  "content-type": "application/x-amz-json-1.0",
  "x-amz-date": "20260101T000000Z",
  "x-amz-target": `DynamoDB_20120810.${operation}`,
});

// In a text stands nothing like it by chance, and nobody can know it.
const PLACE = `bytes of ${randomUUID()}`;
const LONG_BYTES = 1_000;

/**
 * As JSON writes it, bytes as base64, in UTF-8: to write a long text to a socket takes twice as long. Long bytes are put
 * into their places last, since JSON looks at each sign of a text, which took three times as long as the rest.
 */
function bodyOf(input: object): Buffer {
  const long: Uint8Array[] = [];
  const texts = JSON.stringify(onWire(input, long)).split(PLACE);
  return Buffer.concat(
    texts.flatMap((text, i) => {
      const bytes = long[i];
      return bytes === undefined ? [Buffer.from(text)] : [Buffer.from(text), Buffer.from(base64(bytes), "latin1")];
    }),
  );
}

const base64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");

/** Bytes as base64; where `long` ones belong, `PLACE` stands. */
function onWire(value: unknown, long: Uint8Array[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) {
    if (value.length < LONG_BYTES) return base64(value);
    long.push(value);
    return PLACE;
  }
  if (Array.isArray(value)) return value.map((one) => onWire(one, long));
  const written: Record<string, unknown> = {};
  for (const name in value) written[name] = onWire((value as Record<string, unknown>)[name], long);
  return written;
}

const itemsIn = ({ Item, Items, Responses, CancellationReasons }: Said): Attributes[] => [
  ...(Item ? [Item] : []),
  ...(Items ?? []),
  ...Object.values(Responses ?? {}).flat(),
  ...(CancellationReasons ?? []).flatMap((reason) => (reason.Item ? [reason.Item] : [])),
];

/** Makes base64 bytes again, in place. */
function restore(value: AttributeValue): void {
  if (value.B !== undefined) value.B = bytesOf(value.B);
  else if (value.BS !== undefined) value.BS = value.BS.map(bytesOf);
  else if (value.L !== undefined) value.L.forEach(restore);
  else if (value.M !== undefined) Object.values(value.M).forEach(restore);
}

function bytesOf(written: unknown): Uint8Array {
  const { buffer, byteOffset, byteLength } = Buffer.from(written as string, "base64");
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The errors of the SDK that a table tells apart; of all others the name is enough. */
function refusal(said: Said, httpStatusCode: number): Error {
  const name = said.__type?.replace(/^.*#/, "") ?? "InternalServerError";
  const about = { $metadata: { httpStatusCode }, message: said.message ?? said.Message ?? name };
  if (name === "ConditionalCheckFailedException") return new ConditionalCheckFailedException({ ...about, ...said });
  if (name === "TransactionCanceledException") return new TransactionCanceledException({ ...about, ...said });
  return new DynamoDBServiceException({ ...about, name, $fault: httpStatusCode < 500 ? "client" : "server" });
}
