import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Home, prefixed } from "../ports.ts";
import type { Settings } from "../settings.ts";
import { localBell } from "./bell.ts";
import { folderBlobs } from "./blobs.ts";
import { smtp } from "./smtp.ts";
import { standing } from "./standing.ts";
import { fileVault } from "./vault.ts";

/** One machine: the embedded engine at AWS_ENDPOINT_URL_DYNAMODB, and a folder. */
export function localHome(settings: Settings): Home {
  // The engine is restarted by its keeper within a second: short waits, several tries.
  const client = new DynamoDBClient({ maxAttempts: 6 });
  const blobs = folderBlobs(join(settings.HANSA_DATA, "blobs"));
  const vault = fileVault(join(settings.HANSA_DATA, "master.key"));
  return {
    client: () => client,
    standing: standing(),
    cityBlobs: (slug) => prefixed(blobs, `cities/${slug}/`),
    marketBlobs: prefixed(blobs, "market/"),
    vault: () => vault,
    bell: localBell,
    carrier: settings.HANSA_MESSAGES === "smtp" ? smtp(settings) : undefined,
  };
}
