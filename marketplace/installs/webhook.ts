import type { Here } from "../../shared/here.ts";

// Standard Webhooks 1.0.0 (standardwebhooks.com), with Ed25519: `v1a`. Each install has a key of its own, so that what
// was signed for one vendor is nothing to another.

const purposeOf = (installId: string): string => `webhooks/${installId}`;

/** As a receiver wants it: `whpk_` and the 32 bytes in Base64. */
export async function webhookKey(here: Here, installId: string): Promise<string> {
  const { x } = await here.secrets.publicKey(purposeOf(installId));
  return `whpk_${Buffer.from(x ?? "", "base64url").toString("base64")}`;
}

/** @param id  the same however often it is sent, without a full stop */
export async function signedHeaders(
  here: Here,
  installId: string,
  id: string,
  body: string,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(here.clock.now().getTime() / 1000));
  const signed = Buffer.from(`${id}.${timestamp}.${body}`, "utf8");
  const signature = Buffer.from(await here.secrets.sign(purposeOf(installId), signed)).toString("base64");
  return {
    "Content-Type": "application/json",
    "User-Agent": "Hansa webhooks",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1a,${signature}`,
  };
}
