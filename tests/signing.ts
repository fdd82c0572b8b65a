import { canonical } from "../marketplace/contract/canonical.ts";
import { type Envelope, seal } from "../marketplace/contract/dsse.ts";
import { keyIdOf, type PrivateKey, publicOf, signerOf } from "../marketplace/contract/keys.ts";

/** Any statement, signed by any key under any type. */
export const signedBy = async (key: PrivateKey, type: string, said: unknown): Promise<Envelope> =>
  seal(type, canonical(said), signerOf(key), await keyIdOf(publicOf(key)));
