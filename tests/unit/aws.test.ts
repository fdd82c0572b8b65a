import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { schedulerBell } from "../../shared/aws/bell.ts";
import { bucketBlobs } from "../../shared/aws/blobs.ts";
import { cityCredentials } from "../../shared/aws/credentials.ts";
import { invokedSandbox } from "../../shared/aws/sandbox.ts";
import { readSettings } from "../../shared/settings.ts";

// What AWS answers where an emulator, which judges no policies, answers otherwise: stand-ins at its HTTP border.
interface Asked {
  url: URL;
  body: string;
  tenant: unknown;
}
type Answer = { status: number; body: string; type?: string; functionError?: string; errorType?: string };

let server: Server;
let asked: Asked[];
let answer: (request: Asked) => Answer;

const read = async (request: IncomingMessage) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    const one = {
      url: new URL(request.url ?? "/", "http://aws.test"),
      body: await read(request),
      tenant: request.headers["x-amz-tenant-id"],
    };
    asked.push(one);
    const { status, body, type, functionError, errorType } = answer(one);
    response
      .writeHead(status, {
        "Content-Type": type ?? "application/xml",
        ...(functionError ? { "X-Amz-Function-Error": functionError } : {}),
        ...(errorType ? { "X-Amzn-ErrorType": errorType } : {}),
      })
      .end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: "eu-west-3",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
});
afterEach(async () => {
  for (const name of ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
    delete process.env[name];
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const DENIED = { status: 403, body: "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>" };
const listOf = (...keys: string[]): Answer => ({
  status: 200,
  body: `<ListBucketResult>${keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("")}<IsTruncated>false</IsTruncated></ListBucketResult>`,
});
const blobs = () => bucketBlobs(new S3Client({ forcePathStyle: true, maxAttempts: 1 }), "house");
const isList = ({ url }: Asked) => url.searchParams.has("list-type");

// Guards against a marketplace page that breaks until the first module is there: S3 says "denied", not "missing", to
// whoever may list below a prefix only.
test("a blob that is not there is not there, though S3 says that it is denied", async () => {
  answer = (request) => (isList(request) ? listOf("market/index.json.sig") : DENIED);
  expect(await blobs().get("market/index.json")).toBeUndefined();
  expect(asked.find(isList)?.url.searchParams.get("prefix")).toBe("market/index.json");
});

test("a blob that is there and denied stays a fault, and so does a list that is denied", async () => {
  answer = (request) => (isList(request) ? listOf("market/index.json") : DENIED);
  await expect(blobs().get("market/index.json")).rejects.toThrow("Access Denied");
  answer = () => DENIED;
  await expect(blobs().get("market/index.json")).rejects.toThrow("Access Denied");
});

// Guards against half a file that looks like a whole one, and against parts that are paid for for ever.
test("a long file goes up in parts that S3 takes, a short one at once, and one that is dropped is given up", async () => {
  answer = ({ url }) => ({
    status: 200,
    body: url.searchParams.has("uploads")
      ? "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"
      : "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>",
  });
  const said = () =>
    asked.map(({ url: { searchParams: sent } }) => {
      if (sent.has("uploads")) return "begin";
      if (sent.has("partNumber")) return `part ${sent.get("partNumber")}`;
      return sent.has("uploadId") ? "end" : "whole";
    });
  const long = await blobs().begin("long");
  for (let i = 0; i < 5; i++) await long.write(new Uint8Array(3 * 1024 * 1024));
  await long.close();
  expect(said()).toEqual(["begin", "part 1", "part 2", "end"]);
  expect(asked.slice(1, 3).map(({ body }) => body.length > 5 * 1024 * 1024)).toEqual([true, true]);
  asked = [];
  const short = await blobs().begin("short");
  await short.write(new Uint8Array(10));
  await short.close();
  expect(said()).toEqual(["whole"]);
  asked = [];
  const cut = await blobs().begin("cut");
  await cut.write(new Uint8Array(9 * 1024 * 1024));
  await cut.drop();
  expect(said()).toEqual(["begin", "part 1", "end"]);
});

// Guards against a bell that rings before the delivery is due, finds nothing, and never rings again.
test("a wake-up is never before its time, whatever the part of a second", async () => {
  answer = () => ({ status: 200, body: '{"ScheduleArn":"arn"}', type: "application/json" });
  const bell = schedulerBell(readSettings({ HANSA_BELL_QUEUE: "arn:queue", HANSA_WAKE_ROLE: "arn:role" }));
  const second = Math.ceil(Date.now() / 1000) * 1000 + 60_000;
  for (const [at, expected] of [
    [second + 1, second + 1000],
    [second + 999, second + 1000],
    [second, second],
  ] as const) {
    asked = [];
    await bell.wake("rome", new Date(at));
    const { ScheduleExpression, Target } = JSON.parse(asked[0]!.body);
    expect(ScheduleExpression).toBe(`at(${new Date(expected).toISOString().slice(0, 19)})`);
    expect(Target.SqsParameters.MessageGroupId).toBe("rome");
  }
});

const session = (lastsMs: number): Answer => ({
  status: 200,
  body: `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A${asked.length}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${new Date(Date.now() + lastsMs).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  type: "text/xml",
});

test("table, blobs and secrets of a city share one session, tagged with the city", async () => {
  answer = () => session(3_600_000);
  const take = cityCredentials("arn:aws:iam::1:role/data", "rome");
  const taken = await Promise.all([take(), take(), take()]);
  expect(asked).toHaveLength(1);
  expect(new Set(taken.map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
  const sent = new URLSearchParams(asked[0]!.body);
  expect([sent.get("Tags.member.1.Key"), sent.get("Tags.member.1.Value")]).toEqual(["city", "rome"]);
});

test("a session that runs out is renewed, and one that was refused is asked for again", async () => {
  answer = () => session(60_000);
  const take = cityCredentials("arn:aws:iam::1:role/data", "rome");
  const first = await take();
  expect((await take()).accessKeyId).not.toBe(first.accessKeyId);

  answer = () => DENIED;
  const refused = cityCredentials("arn:aws:iam::1:role/data", "rome");
  await expect(refused()).rejects.toThrow();
  answer = () => session(3_600_000);
  expect((await refused()).sessionToken).toBe("t");
});

// Guards against a file that nobody looks at, and a name in the bucket that wakes another city.
test("S3's word that a file has come rings the city of its folder; what else it says rings nobody", async () => {
  answer = () => ({ status: 200, body: "{}", type: "application/json" });
  process.env["HANSA_REACT_FUNCTION"] = "react";
  const { deliver } = await import("../../functions/entries/courier.ts");
  const source = "src_01JD8Q6Z3W8M6W1YB1M0Q4S7XK";
  const keys = [
    `rome/${source}/a+b%2F.csv`,
    ...[`rome/${source}/done/a.csv`, `rome/${source}/`, `../oslo/${source}/a`, `rome/x/a.csv`, "a.csv", undefined],
  ];
  const ours = (body: unknown, messageId: string) => ({ messageId, body: JSON.stringify(body) });
  const files = { Records: keys.map((key) => ({ s3: { object: { key } } })) };
  const answered = await deliver({
    Records: [ours(files, "1"), ours({ Event: "s3:TestEvent" }, "2"), ours({ city: "oslo" }, "3")],
  } as Parameters<typeof deliver>[0]);
  expect(answered).toEqual({ batchItemFailures: [] });
  expect(asked.map(({ body }) => JSON.parse(body) as object)).toEqual(
    expect.arrayContaining([{ city: "rome", dropped: source }, { city: "oslo" }]),
  );
  expect(asked).toHaveLength(2);
});

// Guards against a city that hears of a warning only when it next uses the module.
test("the market's word that its warnings changed rings every city of the house, once", async () => {
  const page = (slugs: string[], more: object = {}) =>
    JSON.stringify({ Items: slugs.map((slug) => ({ gsi1pk: { S: "CONTROL#CITIES" }, gsi1sk: { S: slug } })), ...more });
  const type = "application/x-amz-json-1.0";
  answer = ({ body }) => {
    if (!body.includes("CONTROL#CITIES")) return { status: 200, body: "{}", type: "application/json" };
    const isSecond = body.includes("ExclusiveStartKey");
    const more = isSecond ? {} : { LastEvaluatedKey: { pk: { S: "x" } } };
    return { status: 200, body: page(isSecond ? ["oslo"] : ["rome"], more), type };
  };
  vi.resetModules();
  process.env["HANSA_REACT_FUNCTION"] = "react";
  process.env["HANSA_CONTROL_TABLE"] = "hansa-control";
  const { deliver } = await import("../../functions/entries/courier.ts");
  const bodies = ["market/advisories.json", "market/advisories.json", "market/index.json"].map((key) =>
    JSON.stringify({ source: "aws.s3", detail: { object: { key } } }),
  );
  const answered = await deliver({
    Records: bodies.map((body, i) => ({ messageId: String(i), body })),
  } as Parameters<typeof deliver>[0]);
  expect(answered).toEqual({ batchItemFailures: [] });
  const told = asked.map(({ body }) => JSON.parse(body) as object).filter((body) => "city" in body);
  expect(told).toEqual(
    expect.arrayContaining([
      { city: "rome", market: true },
      { city: "oslo", market: true },
    ]),
  );
  expect(told).toHaveLength(2);
});

// Guards against a busy city that is told ten times over for one batch, and against a lost bell of another.
test("a city that rang often is told once; where that fails, all of its bells ring again and nobody else's", async () => {
  answer = ({ body }) =>
    (JSON.parse(body) as { city: string }).city === "oslo"
      ? { status: 500, body: "{}", type: "application/json" }
      : { status: 200, body: "{}", type: "application/json" };
  vi.resetModules(); // its clients keep the address that they were made with
  process.env["HANSA_REACT_FUNCTION"] = "react";
  const { deliver } = await import("../../functions/entries/courier.ts");
  const bells = ["rome", "oslo", "rome", "oslo", "rome"].map((city) => JSON.stringify({ city }));
  const answered = await deliver({
    Records: [...bells, "no bell"].map((body, i) => ({ messageId: String(i), body })),
  } as Parameters<typeof deliver>[0]);
  expect(answered.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual(["1", "3", "5"]);
  expect(asked.filter(({ body }) => (JSON.parse(body) as { city: string }).city === "rome")).toHaveLength(1);
});

// Guards against a long export that nobody can take: whoever has the address needs no right of their own, for a while.
test("the address of a blob is signed, holds a quarter of an hour, and says what the file is called", async () => {
  const at = new URL(await blobs().addressOf!("cities/rome/x", { name: "trees.csv", type: "text/csv" }));
  expect(at.pathname).toBe("/house/cities/rome/x");
  expect(at.searchParams.get("X-Amz-Expires")).toBe("900");
  expect(at.searchParams.get("X-Amz-Signature")).toMatch(/^[0-9a-f]{64}$/);
  expect(at.searchParams.get("response-content-disposition")).toBe('attachment; filename="trees.csv"');
  expect(asked).toEqual([]);
});

describe("others' code, by the function that runs it", () => {
  const limits = { timeMs: 50, outputMax: 20, nowMs: 0 };
  const ran = (settings = readSettings({ HANSA_SANDBOX_FUNCTION: "sandbox" })) =>
    invokedSandbox(settings)("rome").run("function f() {}", "f", { a: 1 }, limits);
  const says = (body: unknown, more: Partial<Answer> = {}) => {
    answer = () => ({ status: 200, body: JSON.stringify(body), type: "application/json", ...more });
  };

  test("it is asked as the city's tenant, and its answer is the run's", async () => {
    says({ output: [1] });
    expect(await ran()).toEqual({ output: [1] });
    expect(asked.map(({ url, tenant }) => [url.pathname, tenant])).toEqual([
      ["/2015-03-31/functions/sandbox/invocations", "rome"],
    ]);
    expect(JSON.parse(asked[0]!.body)).toEqual({ code: "function f() {}", name: "f", input: { a: 1 }, limits });
    says({ refused: "time", detail: "It did not end." });
    expect(await ran()).toEqual({ refused: "time", detail: "It did not end." });
  });

  // Guards against code that has broken out there, and answers in the sandbox's place.
  test("what is no answer, or too much of one, is never taken for one", async () => {
    says({ output: "x".repeat(30) });
    expect(await ran()).toMatchObject({ refused: "output" });
    for (const body of ["x", {}, { refused: "nobody", detail: "" }, { output: 1, more: 2 }, { refused: "time" }]) {
      says(body);
      await expect(ran(), JSON.stringify(body)).rejects.toThrow();
    }
  });

  test("a function that failed is a failure of ours, one that has no room is busy, and one that is not told is named", async () => {
    says({ errorType: "Sandbox.Timedout", errorMessage: "Task timed out" }, { functionError: "Unhandled" });
    await expect(ran()).rejects.toThrow("Task timed out");
    says({}, { status: 429, errorType: "TooManyRequestsException" });
    expect(await ran()).toMatchObject({ refused: "busy" });
    await expect(ran(readSettings({}))).rejects.toThrow("HANSA_SANDBOX_FUNCTION");
  });
});
