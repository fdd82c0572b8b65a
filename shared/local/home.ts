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
      const headers = (request as { headers: Record<string, string> }).headers;
      headers["authorization"] =
        "AWS4-HMAC-SHA256 Credential=embedded/20260101/embedded/dynamodb/aws4_request, SignedHeaders=host, Signature=0";
      headers["x-amz-date"] = "20260101T000000Z";
      return request;
    },
  },
};
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
