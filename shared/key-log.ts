import { appendFileSync } from "node:fs";

// Under test, every partition key that is about to be sent is kept, so that the synthesised policies can be
// evaluated over real ones. HANSA_KEY_LOG names the file; without it nothing is kept.
const file = process.env["HANSA_KEY_LOG"];

/** One table request: its table, operation and the leading keys as sent, prefix included. */
export function recordKeys(owner: string, table: string, op: string, keys: readonly string[]): void {
  if (file) appendFileSync(file, `${JSON.stringify({ owner, table, op, keys })}\n`);
}
