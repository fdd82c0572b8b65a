import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { parsed } from "../../shared/http.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { CASES } from "../contract/asks.ts";
import { canonical } from "../contract/canonical.ts";
import { CONTRACT } from "../contract/manifest.ts";
import { NEED_TYPE, Need } from "../contract/need.ts";
import { OFFERED_EFFECTS, OFFERED_EVENTS, OFFERED_READS } from "../contract/offered.ts";
import { partyHere, signedHere } from "../peers/signing.ts";
import { type NewNeed, SignedNeed } from "./schema.ts";

// A city writes down what it needs and signs it; the marketplace believes the signature, whoever brings it.

// question                       key
// one need; all of the city's    pk NEEDS   sk <name>
const key = (name: string) => ({ pk: "NEEDS", sk: name });

/** All that a module may hear, read, do or ask people: what a city can be ready to grant. */
export const GRANTABLE: readonly string[] = [
  ...OFFERED_EVENTS.map(({ event }) => event.type),
  ...OFFERED_READS.map(({ scope }) => scope),
  ...OFFERED_EFFECTS.map(({ scope }) => scope),
  CASES,
];

async function signed(here: Here, need: Need, contact: string): Promise<SignedNeed> {
  const { name, state, signedAt } = need;
  const envelope = await signedHere(here, NEED_TYPE, canonical(need));
  return { name, state, signedAt, need: { ...need }, party: await partyHere(here, contact), envelope };
}

/** @throws {Fault} invalid; conflict: a need of this name is there with other contents */
export async function writeNeed(here: Here, { contact, name, ...said }: NewNeed) {
  const unknown = said.scopes.findIndex(({ scope }) => !GRANTABLE.includes(scope));
  if (unknown >= 0)
    throw new Fault("invalid", `Nothing here is called ${said.scopes[unknown]!.scope}.`, {
      errors: [{ pointer: `#/scopes/${unknown}/scope`, detail: "No room offers this." }],
    });
  const now = here.clock.now().toISOString();
  if (said.deadline <= now)
    throw new Fault("invalid", "The deadline has passed already.", {
      errors: [{ pointer: "#/deadline", detail: "It must be in the future." }],
    });
  const facts = { contract: CONTRACT, name: `${here.city.slug}/${name}`, ...said, state: "open", signedAt: now };
  const need = await signed(here, parsed(Need, facts), contact);
  const { created, item } = await here.table.putIfAbsent({ ...key(need.name), need });
  const kept = SignedNeed.parse(item["need"]);
  const timeless = (one: SignedNeed) => canonical({ ...one.need, signedAt: "", state: "" });
  if (!created && !Buffer.from(timeless(kept)).equals(timeless(need)))
    throw new Fault("conflict", `You wrote another need named ${name}. Name this one otherwise.`);
  return { created, need: kept };
}

/** Closes or withdraws it: signed anew, to be brought to the marketplace as it was. */
export async function endNeed(here: Here, name: string, to: "closed" | "withdrawn", contact: string) {
  const before = await getNeed(here, name);
  if (before.state === to) return before;
  if (before.state !== "open") throw new Fault("forbidden_transition", `This need is ${before.state}.`);
  const after = await signed(
    here,
    Need.parse({ ...before.need, state: to, signedAt: here.clock.now().toISOString() }),
    contact,
  );
  try {
    await here.table.transact([{ put: { ...key(before.name), need: after }, if: { need: before } }]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw new Fault("conflict", "Somebody else changed this at the same moment. Look again.");
  }
  return after;
}

/** @param name  without the city's  @throws {Fault} absent */
export async function getNeed(here: Here, name: string): Promise<SignedNeed> {
  const item = await here.table.get(key(`${here.city.slug}/${name}`));
  if (!item) throw absent();
  return SignedNeed.parse(item["need"]);
}

export async function ownNeeds(here: Here): Promise<SignedNeed[]> {
  const found: SignedNeed[] = [];
  for await (const item of needItems(here)) found.push(SignedNeed.parse(item["need"]));
  return found.sort((a, b) => (a.signedAt < b.signedAt ? 1 : -1));
}

export const needItems = (here: Here): AsyncIterable<Item> => here.table.all({ pk: "NEEDS" });
