import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { bundleEntries, bundleFolder, ENTRIES, type Entry } from "../../infra/bundle.ts";
import { emulatorEnv, startEmulator } from "../../infra/local/emulator.ts";
import { freePort } from "../../shared/local/engine.ts";
import { makeTables } from "../../shared/local/tables.ts";

const run = promisify(execFile);
const RUNS = 5;

interface Figure {
  entry: Entry;
  bundleKb: number;
  loadMs: number;
  coldMs: number;
  status: unknown;
}

/**
 * Size and cold start of each entry: from the start of the process to its first answer, the median of five. The
 * question is the cheapest that reaches the table (a city that is not there), so that the figure is the entry's own.
 * This machine is not Lambda: compare entries with each other, not with AWS.
 */
export async function entryFigures(): Promise<Figure[]> {
  const sizes = bundleEntries();
  const emulator = await startEmulator(await freePort());
  try {
    const env = emulatorEnv(emulator.port);
    const client = new DynamoDBClient({
      endpoint: env["AWS_ENDPOINT_URL"],
      region: "eu-west-3",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    await makeTables(client, ["hansa-city", "hansa-control", "hansa-market"]);
    const settings = {
      ...env,
      HANSA_HOME: "aws",
      HANSA_TENANCY: "path",
      HANSA_LOG: "silent",
      HANSA_CITY_BUCKET: "none",
      HANSA_MARKET_BUCKET: "none",
      HANSA_KMS_KEY: "none",
      HANSA_DATA_ROLE: "arn:aws:iam::000000000000:role/none",
      HANSA_CITY_TABLE: "hansa-city",
    };
    const figures: Figure[] = [];
    for (const entry of ENTRIES) {
      const times: { loadedMs: number; answeredMs: number; status: unknown }[] = [];
      const { handler, event } = questionFor(entry);
      for (let i = 0; i < RUNS; i++) {
        const args = [
          join(import.meta.dirname, "cold.mjs"),
          join(bundleFolder(entry), "index.mjs"),
          handler,
          JSON.stringify(event),
          "{}",
        ];
        const { stdout } = await run(process.execPath, args, { env: { ...process.env, ...settings } });
        times.push(JSON.parse(stdout.trim().split("\n").at(-1)!));
      }
      const median = (of: (time: (typeof times)[0]) => number) =>
        Math.round(times.map(of).sort((a, b) => a - b)[Math.floor(RUNS / 2)]!);
      figures.push({
        entry,
        bundleKb: Math.round(sizes[entry] / 1024),
        loadMs: median(({ loadedMs }) => loadedMs),
        coldMs: median(({ answeredMs }) => answeredMs),
        status: times[0]?.status,
      });
    }
    return figures;
  } finally {
    await emulator.stop();
  }
}

function questionFor(entry: Entry): { handler: string; event: unknown } {
  if (entry === "react") return { handler: "handler", event: { city: "nowhere" } };
  if (entry === "sandbox")
    return {
      handler: "handler",
      event: {
        code: "function f() { return 1; }",
        name: "f",
        input: {},
        limits: { timeMs: 50, outputMax: 10, nowMs: 0 },
      },
    };
  if (entry === "courier") return { handler: "ring", event: { Records: [] } };
  if (entry === "authorizer")
    return {
      handler: "handler",
      event: {
        type: "REQUEST",
        path: "/cities/nowhere/",
        methodArn: "arn:aws:execute-api:eu-west-3:0:a/house/GET/cities/nowhere",
      },
    };
  const path =
    entry === "control" ? "/about" : entry === "market" ? "/marketplace/v1/modules" : "/cities/nowhere/v1/me";
  const event = {
    httpMethod: "GET",
    path,
    resource: "/{proxy+}",
    headers: { Host: "localhost" },
    multiValueHeaders: { Host: ["localhost"] },
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    requestContext: {
      authorizer: { city: "nowhere" },
      identity: {},
      stage: "house",
      path,
      httpMethod: "GET",
      domainName: "localhost",
    },
  };
  return { handler: "handler", event };
}
