import type { z } from "zod";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import type { Module } from "../contract/module.ts";
import { checkModule, PACKAGE_MAX } from "../contract/module.ts";
import { offered } from "../installs/market.ts";
import { type Localised, localise, put } from "./localise.ts";
import { changesOf, type Json, merge, type Side } from "./merge.ts";
import { seal } from "./packaging.ts";
import type { Adoption, Difference, NewAdoptedPackage, NewAdoption, NewEdit, Profile } from "./schema.ts";
import { type Kept, peerStore } from "./store.ts";

// Another city's module becomes this one's: localised by a profile, changed by hand, and merged with what upstream
// changes later. What both began with is upstream's version as the profile has it, so a profile is no change.

const asJson = (module: Module): Json => JSON.parse(JSON.stringify(module)) as Json;
/** @throws {Fault} invalid: with these names it is more than a package may be */
function localised({ city }: Here, module: Json, profile: Profile): Localised {
  const localised = localise(module, profile, city.currency);
  if (Buffer.byteLength(JSON.stringify(localised.value)) > PACKAGE_MAX)
    throw invalid("#/profile/names", `With these names it has more than ${PACKAGE_MAX} bytes.`);
  return localised;
}

/** Takes a module from the marketplace to make it the city's own. Nothing of it serves yet. */
export async function adopt(here: Here, order: z.output<typeof NewAdoption>, by: string): Promise<Adoption> {
  const { module, digest } = await offered(here, order.module, order.version);
  const now = here.clock.now();
  const base = asJson(module);
  const adoption: Adoption = {
    id: order.id ?? newId("adp", now),
    module: order.module,
    version: module.manifest.version,
    digest,
    name: order.name,
    profile: order.profile,
    revision: 0,
    createdAt: now.toISOString(),
    changedAt: now.toISOString(),
    changedBy: by,
  };
  return peerStore(here).save({ adoption, base, own: localised(here, base, order.profile).value });
}

const next = (here: Here, adoption: Adoption, by: string, more: Partial<Adoption> = {}): Adoption => ({
  ...adoption,
  ...more,
  revision: adoption.revision + 1,
  changedAt: here.clock.now().toISOString(),
  changedBy: by,
});

/** Another profile: what was changed by hand stays, but where an amount is said anew. */
export async function localiseAs(here: Here, { adoption, base, own }: Kept, profile: Profile, by: string) {
  const [before, after] = [adoption.profile, profile].map((one) => localised(here, base, one).value);
  const isSaid = (at: string) => Object.keys(profile.amounts).some((one) => one === at || one.startsWith(`${at}/`));
  const { conflicts } = merge(before!, own, after!);
  const choices = Object.fromEntries(conflicts.map(({ at }): [string, Side] => [at, isSaid(at) ? "theirs" : "own"]));
  const { value } = merge(before!, own, after!, choices);
  return peerStore(here).save({ adoption: next(here, adoption, by, { profile }), base, own: value });
}

/** What the city, and what upstream changed since the version that was taken in, part by part. */
export async function differenceOf(here: Here, { adoption, base, own }: Kept, version?: string): Promise<Difference> {
  const upstream = await offered(here, adoption.module, version);
  const [begun, theirs] = [base, asJson(upstream.module)].map((one) => localised(here, one, adoption.profile));
  const changes = { own: changesOf(begun!.value, own), theirs: changesOf(begun!.value, theirs!.value) };
  const { conflicts } = merge(begun!.value, own, theirs!.value);
  const parts = [...new Set([...changes.own, ...changes.theirs].map(({ at }) => partOf(at)))];
  const of = <T extends { at: string }>(all: readonly T[], part: string) => all.filter(({ at }) => partOf(at) === part);
  return {
    module: adoption.module,
    base: adoption.version,
    theirs: upstream.module.manifest.version,
    parts: parts.map((part) => ({
      part,
      own: of(changes.own, part),
      theirs: of(changes.theirs, part),
      conflicts: of(conflicts, part),
    })),
    missing: theirs!.missing,
  };
}

/** `water` of `/parts/water/tariff`, else `manifest`; the whole list where its order is another. */
const partOf = (at: string): string => {
  const [, first = "", second = ""] = at.split("/");
  return first === "parts" ? second || "parts" : first;
};

/**
 * Takes in what upstream has in this version, and loses nothing of one's own.
 *
 * @throws {Fault} invalid: an amount is missing in the city's money; conflict: places at which somebody must choose
 */
export async function mergeIn(
  here: Here,
  { adoption, base, own }: Kept,
  { version, choices }: { version: string; choices: Readonly<Record<string, Side>> },
  by: string,
): Promise<Adoption> {
  const upstream = await offered(here, adoption.module, version);
  const theirs = asJson(upstream.module);
  const [before, after] = [base, theirs].map((one) => localised(here, one, adoption.profile));
  demandSaid(after!.missing);
  const { value, conflicts } = merge(before!.value, own, after!.value, choices);
  if (conflicts.length > 0)
    throw new Fault("conflict", `Both changed the same ${conflicts.length} places. Choose whose word counts.`, {
      errors: conflicts.map(({ at }) => ({ pointer: `#${at}`, detail: "The city and upstream both changed this." })),
    });
  const taken = { version: upstream.module.manifest.version, digest: upstream.digest };
  return peerStore(here).save({ adoption: next(here, adoption, by, taken), base: theirs, own: value });
}

function demandSaid(missing: readonly { at: string }[]): void {
  if (missing.length === 0) return;
  throw new Fault("invalid", `Say ${missing.length} amounts in the city’s money first.`, {
    errors: missing.map(({ at }) => ({ pointer: `#/profile/amounts/${at}`, detail: "It has no amount here yet." })),
  });
}

/** Changes one place by hand. @throws {Fault} invalid: no such place, or a mistake that was not there before */
export async function edit(
  here: Here,
  { adoption, base, own }: Kept,
  { at, value }: z.infer<typeof NewEdit>,
  by: string,
) {
  const changed = put(own, at, value as Json);
  if (changed === undefined)
    throw new Fault("invalid", `There is no place ${at}.`, {
      errors: [{ pointer: "#/at", detail: "There is no such place." }],
    });
  const known = new Set(checkModule(own).mistakes.map((one) => one.at + one.detail));
  const mistakes = checkModule(changed).mistakes.filter((one) => !known.has(one.at + one.detail));
  if (mistakes.length > 0)
    throw new Fault("invalid", mistakes[0]!.detail, {
      errors: mistakes.map((one) => ({ pointer: `#/value`, detail: `${one.at}: ${one.detail}` })),
    });
  return peerStore(here).save({ adoption: next(here, adoption, by), base, own: changed });
}

/** The adopted module as the city's own, signed by the city, with upstream's share. */
export async function packageAdopted(
  here: Here,
  { adoption, base, own }: Kept,
  { version, contact, basisPoints }: z.output<typeof NewAdoptedPackage>,
  by: string,
) {
  demandSaid(localised(here, base, adoption.profile).missing);
  const { manifest, parts } = own as { manifest: Record<string, Json>; parts: Json };
  const { module, version: upstream, digest } = adoption;
  // Where it is found and what changed is said by whoever made that, of that.
  const { source: _, website: __, changes: ___, ...said } = manifest;
  const named = { ...said, name: `${here.city.slug}/${adoption.name}`, version };
  const isBasedOn = [{ module, version: upstream, digest, basisPoints }];
  return seal(here, { manifest: { ...named, isBasedOn }, parts }, contact, by);
}
