import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { type Base, SHARES_MAX } from "../contract/based-on.ts";
import { CONTRACT } from "../contract/manifest.ts";
import { chosen, gathered } from "./gathering.ts";
import { type Made, type NewPackage, SHARE_DEFAULT } from "./schema.ts";
import { partyHere, sealedHere } from "./signing.ts";
import { peerStore } from "./store.ts";

/** Turns what was chosen of the city's service into a module under the city's own key. */
export async function packageUp(here: Here, order: NewPackage, by: string, lang: string) {
  const { parts: ids, shares, contact, name, ...said } = order;
  const found = chosen(await gathered(here, lang), ids);
  const bases = basesOf(
    found.flatMap(({ candidate }) => candidate.from ?? []),
    shares,
  );
  const manifest = {
    contract: CONTRACT,
    name: `${here.city.slug}/${name}`,
    ...said,
    ...(bases.length > 0 ? { isBasedOn: bases } : {}),
  };
  return seal(here, { manifest, parts: found.map(({ part }) => part) }, contact, by);
}

type From = Pick<Base, "module" | "version" | "digest">;

/** Each module that parts came from, once. @throws {Fault} invalid: a share for one that is not among them */
export function basesOf(from: readonly From[], shares: Readonly<Partial<Record<string, number>>>): Base[] {
  const modules = [...new Map(from.map((one) => [one.module, one])).values()];
  const stranger = Object.keys(shares).find((module) => !modules.some((one) => one.module === module));
  if (stranger !== undefined)
    throw new Fault("invalid", `No part came from ${stranger}.`, {
      errors: [{ pointer: `#/shares/${stranger.replace("/", "~1")}`, detail: "No part came from it." }],
    });
  const usual = Math.min(SHARE_DEFAULT, Math.floor(SHARES_MAX / modules.length));
  return modules.map(({ module, version, digest }) => ({
    module,
    version,
    digest,
    basisPoints: shares[module] ?? usual,
  }));
}

/** Signs a module and keeps it. @throws {Fault} invalid, conflict */
export async function seal(
  here: Here,
  value: unknown,
  contact: string,
  by: string,
): Promise<{ created: boolean; made: Made }> {
  const { envelope, digest, module } = await sealedHere(here, value);
  const { name, version, isBasedOn = [] } = module.manifest;
  const made: Made = {
    module: name,
    version,
    digest,
    madeAt: here.clock.now().toISOString(),
    by,
    isBasedOn: isBasedOn.map((base) => ({ module: base.module, version: base.version })),
  };
  return peerStore(here).keepMade(made, { party: await partyHere(here, contact), package: envelope });
}
