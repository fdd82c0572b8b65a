import { join } from "node:path";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { type Home, prefixed } from "../ports.ts";
import type { Settings } from "../settings.ts";
import { localBell } from "./bell.ts";
import { folderBlobs } from "./blobs.ts";
import { groupedWrites } from "./grouped-writes.ts";
import { smtp } from "./smtp.ts";
import { standing } from "./standing.ts";
import { fileVault } from "./vault.ts";

// An engine on this machine wants the shape of a signature and checks none; to make one took a third of a call's time.
// The SDK's silent logger is handed a copy of all that is sent and answered; one that cannot be told is handed nothing.
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost)[:/]/;
const unsigned: DynamoDBClientConfig = {
  signer: {
    sign: async (request) => {
      const sent = request as { headers: Record<string, string>; body?: unknown };
      sent.headers["authorization"] =
        "AWS4-HMAC-SHA256 Credential=embedded/20260101/embedded/dynamodb/aws4_request, SignedHeaders=host, Signature=0";
      sent.headers["x-amz-date"] = "20260101T000000Z";
      if (sent.headers["x-amz-target"]?.endsWith(".TransactWriteItems") && sent.body instanceof Uint8Array) {
        sent.body = tokenless(sent.body);
        sent.headers["content-length"] = String((sent.body as Uint8Array).length);
      }
      return request;
    },
  },
};

const TOKEN = ',"ClientRequestToken":"';
const TOKEN_AND_END = TOKEN.length + 36 + '"}'.length;
/**
 * The SDK gives each transaction a token, by which a try again is known. The engine looks through the tokens of ten
 * minutes at each transaction, so that the hundred-thousandth takes several times as long as the first; and it forgets
 * them when it dies, which is the one way in which its answer is lost here. What must be once has its own condition.
 */
export function tokenless(body: Uint8Array): Uint8Array {
  const cut = body.length - TOKEN_AND_END;
  if (cut < 0 || Buffer.from(body.buffer, body.byteOffset + cut, TOKEN.length).toString("latin1") !== TOKEN)
    return body;
  body[cut] = "}".charCodeAt(0);
  return body.subarray(0, cut + 1);
}

const quiet = { debug() {}, warn() {}, error() {} } as unknown as NonNullable<DynamoDBClientConfig["logger"]>;

/** One machine: the embedded engine at AWS_ENDPOINT_URL_DYNAMODB, and a folder. */
export function localHome(settings: Settings): Home {
  // The engine is restarted by its keeper within a second: short waits, several tries.
  const isHere = LOOPBACK.test(process.env["AWS_ENDPOINT_URL_DYNAMODB"] ?? "");
  const client = new DynamoDBClient({ maxAttempts: 6, logger: quiet, ...(isHere ? unsigned : {}) });
  const blobs = folderBlobs(join(settings.HANSA_DATA, "blobs"));
  const drops = folderBlobs(join(settings.HANSA_DATA, "drop"));
  const vault = fileVault(join(settings.HANSA_DATA, "master.key"));
  return {
    client: () => client,
    standing: standing(),
    writing: groupedWrites(client),
    cityBlobs: (slug) => prefixed(blobs, `cities/${slug}/`),
    cityDrops: (slug) => ({ ...prefixed(drops, `${slug}/`), address: `drop/${slug}/`, rings: false }),
    marketBlobs: prefixed(blobs, "market/"),
    vault: () => vault,
    bell: localBell,
    carrier: settings.HANSA_MESSAGES === "smtp" ? smtp(settings) : undefined,
  };
}
