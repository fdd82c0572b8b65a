import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { canonical, digestOf } from "../contract/canonical.ts";
import { type Envelope, pae } from "../contract/dsse.ts";
import { keyIdOf, PublicKey } from "../contract/keys.ts";
import { checkModule, type Module, PACKAGE_TYPE } from "../contract/module.ts";
import { PARTY_TYPE, Party } from "../contract/party.ts";

// A city signs by a key that its vault makes and keeps: nobody sees it, and it stays in its house.
const PURPOSE = "party";

/** The city's own key among parties. */
export async function partyKey({ secrets }: Here): Promise<PublicKey> {
  const { kty, crv, x } = await secrets.publicKey(PURPOSE);
  return PublicKey.parse({ kty, crv, x });
}

/** Signs bytes under their type with the city's key. */
export async function signedHere(here: Here, payloadType: string, payload: Uint8Array): Promise<Envelope> {
  const signature = await here.secrets.sign(PURPOSE, pae(payloadType, payload));
  return {
    payload: Buffer.from(payload).toString("base64"),
    payloadType,
    signatures: [{ keyid: await keyIdOf(await partyKey(here)), sig: Buffer.from(signature).toString("base64") }],
  };
}

/** The city as a party. */
export async function partyHere(here: Here, contact: string): Promise<Envelope> {
  const party = Party.parse({
    name: here.city.slug,
    title: here.city.name,
    kind: "city",
    contact,
    publicKey: await partyKey(here),
    signedAt: here.clock.now().toISOString(),
  });
  return signedHere(here, PARTY_TYPE, canonical(party));
}

/** @throws {Fault} invalid: it does not keep the contract, with each place */
export async function sealedHere(
  here: Here,
  value: unknown,
): Promise<{ envelope: Envelope; digest: string; module: Module }> {
  const { module, mistakes } = checkModule(value);
  if (!module)
    throw new Fault("invalid", `It is no module yet. ${mistakes[0]!.at}: ${mistakes[0]!.detail}`, {
      errors: mistakes.map(({ at, detail }) => ({ pointer: `#${at}`, detail })),
    });
  const bytes = canonical(module);
  return { envelope: await signedHere(here, PACKAGE_TYPE, bytes), digest: digestOf(bytes), module };
}
