import { join } from "node:path";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { type Home, prefixed, saidBy } from "../ports.ts";
import { processSandbox } from "../sandbox/index.ts";
import type { Settings } from "../settings.ts";
import { localBell } from "./bell.ts";
import { folderBlobs } from "./blobs.ts";
import { engineClient } from "./engine-client.ts";
import { groupedWrites } from "./grouped-writes.ts";
import { smtp } from "./smtp.ts";
import { standing } from "./standing.ts";
import { fileVault } from "./vault.ts";

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost)[:/]/;
// The SDK's silent logger is handed a copy of all that is sent and answered; one that cannot be told is handed nothing.
const quiet = { debug() {}, warn() {}, error() {} } as unknown as NonNullable<DynamoDBClientConfig["logger"]>;

/** One machine: the embedded engine at AWS_ENDPOINT_URL_DYNAMODB, and a folder. */
export function localHome(settings: Settings): Home {
  const endpoint = process.env["AWS_ENDPOINT_URL_DYNAMODB"] ?? "";
  const client = LOOPBACK.test(endpoint)
    ? engineClient(endpoint)
    : new DynamoDBClient({ maxAttempts: 6, logger: quiet });
  const blobs = folderBlobs(join(settings.HANSA_DATA, "blobs"));
  const drops = folderBlobs(join(settings.HANSA_DATA, "drop"));
  const vault = fileVault(join(settings.HANSA_DATA, "master.key"));
  return {
    client: () => client,
    standing: standing(),
    writing: groupedWrites(client),
    cityBlobs: (slug) => prefixed(blobs, `cities/${slug}/`),
    cityDrops: (slug) => ({ ...prefixed(drops, `${slug}/`), place: `drop/${slug}/`, rings: false }),
    marketBlobs: prefixed(blobs, "market/"),
    toMarket: (slug) => saidBy(prefixed(blobs, "said/"), slug),
    fromCities: prefixed(blobs, "said/"),
    vault: () => vault,
    sandbox: processSandbox,
    bell: localBell,
    carrier: settings.HANSA_MESSAGES === "smtp" ? smtp(settings) : undefined,
    marketRings: false,
  };
}
