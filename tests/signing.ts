import { canonical } from "../marketplace/contract/canonical.ts";
import { type Envelope, seal } from "../marketplace/contract/dsse.ts";
import type { PrivateKey } from "../marketplace/contract/keys.ts";

/** Any statement, signed by any key under any type. */
export const signedBy = async (key: PrivateKey, type: string, said: unknown): Promise<Envelope> =>
  await seal(type, canonical(said), key);
