import { DynamoDBClient, QueryCommand, type QueryCommandOutput } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { DynamoDBStreamEvent, SQSBatchResponse, SQSEvent } from "aws-lambda";

// The bell on AWS. Functions with a tenant each cannot have event sources, so this one stands between: it sees keys
// only (the stream carries no more), never what they hold.
const sqs = new SQSClient({});
const lambda = new LambdaClient({});
const control = new DynamoDBClient({});
/** A new fact, a task that was planned or moved, or a city that has just come in, with what it had planned elsewhere. */
const RINGS = /^CITY#([^#]+)#(EVENT#|TASK#|CITY$)/;

/** From the table's stream: each city that has a new fact rings once a batch, in its own group of the fair queue. */
export const ring = async (event: DynamoDBStreamEvent): Promise<void> => {
  const cities = new Set<string>();
  for (const { eventName, dynamodb } of event.Records) {
    const [, city, what] = RINGS.exec(dynamodb?.Keys?.["pk"]?.S ?? "") ?? [];
    if (city && (eventName === "INSERT" || (what === "TASK#" && eventName === "MODIFY"))) cities.add(city);
  }
  const entries = [...cities].map((city, i) => ({
    Id: String(i),
    MessageGroupId: city,
    MessageBody: JSON.stringify({ city }),
  }));
  for (let at = 0; at < entries.length; at += 10) {
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: process.env["HANSA_BELL_QUEUE_URL"],
        Entries: entries.slice(at, at + 10),
      }),
    );
    if (Failed.length > 0) throw new Error(`${Failed.length} rings were not taken`); // the stream tries again
  }
};

interface Bell {
  city: string;
  /** The source in whose folder a file was laid down. */
  dropped?: string;
  /** The marketplace warns of something. */
  market?: true;
}
/** `<city>/<source>/<file>`: what was put into done/ or refused/ lies deeper, and rings nobody. */
const DROPPED = /^([a-z][a-z0-9-]{2,39})\/(src_[0-9A-Z]{26})\/[^/]+$/;

const WARNED = "market/advisories.json";

/** A bell of ours, S3's word that files have come, or that the marketplace warns; its other messages ring nobody. */
async function bellsIn(body: string): Promise<Bell[]> {
  const message = JSON.parse(body) as {
    city?: string;
    Records?: { s3?: { object?: { key?: string } } }[];
    detail?: { object?: { key?: string } };
  };
  if (message.city !== undefined) return [{ city: message.city }];
  if (message.detail?.object?.key === WARNED) return (await cities()).map((city) => ({ city, market: true }));
  return (message.Records ?? []).flatMap(({ s3 }) => {
    const [, city, dropped] = DROPPED.exec(s3?.object?.key ?? "") ?? [];
    return city && dropped ? [{ city, dropped }] : [];
  });
}

/** The names of all cities of the house, and nothing else of them. */
async function cities(): Promise<string[]> {
  const found: string[] = [];
  let from: QueryCommandOutput["LastEvaluatedKey"];
  do {
    const page: QueryCommandOutput = await control.send(
      new QueryCommand({
        TableName: process.env["HANSA_CONTROL_TABLE"],
        IndexName: "gsi1",
        KeyConditionExpression: "gsi1pk = :all",
        ExpressionAttributeValues: { ":all": { S: "CONTROL#CITIES" } },
        ProjectionExpression: "gsi1pk, gsi1sk",
        ExclusiveStartKey: from,
      }),
    );
    for (const { gsi1sk } of page.Items ?? []) if (gsi1sk?.S) found.push(gsi1sk.S);
    from = page.LastEvaluatedKey;
  } while (from);
  return found;
}

/** From the queue: asks `react` to tell the city's listeners, as that city's tenant. What fails stays on the queue. */
export const deliver = async (event: SQSEvent): Promise<SQSBatchResponse> => {
  // A city that has rung several times is told once: whatever is due then is due to each of the bells.
  const bells = new Map<string, { bell: Bell; from: Set<string> }>();
  const failed = new Set<string>();
  const fail = (messageIds: Iterable<string>, error: unknown) => {
    const messages = [...messageIds];
    console.error(JSON.stringify({ level: "ERROR", message: "a city was not told", messages, error: String(error) }));
    for (const messageId of messages) failed.add(messageId);
  };
  for (const { messageId, body } of event.Records) {
    try {
      for (const bell of await bellsIn(body)) {
        const key = `${bell.city} ${bell.dropped ?? ""} ${bell.market ?? ""}`;
        const known = bells.get(key) ?? { bell, from: new Set() };
        bells.set(key, { bell, from: known.from.add(messageId) });
      }
    } catch (error) {
      fail([messageId], error);
    }
  }
  // All at once: a slow city neither delays its neighbours nor uses up the time, and so the tries, of their bells.
  await Promise.all([...bells.values()].map(({ bell, from }) => tell(bell).catch((error) => fail(from, error))));
  return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
};

async function tell(bell: Bell): Promise<void> {
  const answer = await lambda.send(
    new InvokeCommand({
      FunctionName: process.env["HANSA_REACT_FUNCTION"],
      TenantId: bell.city,
      Payload: JSON.stringify(bell),
    }),
  );
  if (answer.FunctionError) throw new Error(answer.FunctionError);
}
