import { isDeepStrictEqual } from "node:util";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import type { Who } from "../../shared/who.ts";
import type { Ask } from "../contract/asks.ts";
import type { Part } from "../contract/parts.ts";
import {
  approve,
  change,
  demandApproved,
  fits,
  fitting,
  grantedOf,
  isServing,
  move,
  partsInUse,
  resultDigest,
  rollBack,
  set,
  tariffsIn,
  tryTariff,
} from "./domain.ts";
import { type Offered, offered } from "./market.ts";
import type { Install, InstallSettings, State, SuspendedFor } from "./schema.ts";
import { installStore } from "./store.ts";
import { priceOf, proofsOf, tariffInForce, usesOf } from "./trial.ts";

// What an administrator may do with a module. Page and API come to the same steps.

const DONE = {
  proposed: "proposed",
  active: "activated",
  shadow: "shadowed",
  suspended: "suspended",
  gone: "removed",
  trial: "taken",
} as const;

/** Takes a module from the marketplace to try it. Nothing in the city's service changes. */
export async function take(here: Here, wanted: { module: string; version?: string }, by: string) {
  const store = installStore(here);
  const kept = await store.find(wanted.module);
  if (kept) return { created: false, install: kept };
  const found = await offered(here, wanted.module, wanted.version);
  const now = here.clock.now();
  await store.keep(found.digest, found.envelope);
  const install: Install = {
    id: newId("ins", now),
    module: wanted.module,
    version: found.module.manifest.version,
    digest: found.digest,
    publisher: found.party.title,
    publisherKey: found.party.publicKey,
    settings: { parts: fitting(found.module.parts, here.city.currency).map(({ id }) => id), declined: [], config: {} },
    state: "trial",
    claims: [],
    approvals: [],
    revision: 0,
    createdAt: now.toISOString(),
  };
  return store.create(install, { what: "taken", by });
}

/** Tries a version on the city's synthetic copy, whatever serves now. */
export async function tryOut(here: Here, install: Install, version: string | undefined, by: string): Promise<Install> {
  const store = installStore(here);
  const own = await store.open(install, install);
  const isOwn = version === undefined || version === install.version;
  const tried = isOwn ? own : await offered(here, install.module, version, install.publisherKey);
  // Of its own version what is in use is tried; of another what would come into use.
  const parts = isOwn ? partsInUse(tried.module, install.settings) : fitting(tried.module.parts, here.city.currency);
  fits(parts, here.city.currency);
  const tariffs = [];
  for (const part of tariffsIn(parts)) {
    const before = await tariffInForce(here, part.tariff.kind);
    tariffs.push(tryTariff(part, before, usesOf(here.city, part.tariff.kind), priceOf));
  }
  const proofs = await proofsOf(parts, here.sandbox);
  const trial = {
    version: tried.module.manifest.version,
    triedAt: here.clock.now().toISOString(),
    triedBy: by,
    tariffs,
    proofs,
    resultDigest: resultDigest(tried.digest, tariffs, proofs),
  };
  const both = { before: own.module.parts, after: own.module.parts };
  return store.save(install, { ...install, trial }, both, { what: "tried", by });
}

/** Proposes, lets run in shadow, takes into service, suspends, removes. What it is already, it stays. */
export async function step(here: Here, install: Install, to: State, by: string): Promise<Install> {
  if (install.state === to) return install;
  const store = installStore(here);
  // A copy that was changed can be put out of service, never into it.
  const isLeaving = to === "gone" || to === "suspended";
  const parts = (await store.open(install, install).catch((error) => leave(isLeaving, error)))?.module.parts ?? [];
  const inUse = parts.filter(({ id }) => install.settings.parts.includes(id));
  const after = move(install, to, inUse, here.clock.now());
  if (!isLeaving) fits(inUse, here.city.currency);
  return store.save(install, after, { before: parts, after: parts }, { what: DONE[to], by });
}

/** The house puts it out of service, and says why. Whoever was faster has decided. */
export async function suspend(here: Here, module: string, why: SuspendedFor): Promise<void> {
  const store = installStore(here);
  const install = await store.find(module);
  if (install?.state !== "active" && install?.state !== "shadow") return;
  const { parts } = (await store.open(install, install)).module;
  const after = { ...move(install, "suspended", parts, here.clock.now()), suspendedFor: why };
  await store.save(install, after, { before: parts, after: parts }, { what: "suspended", by: "house", why });
}

/** Whose word counts, in the order in which it is told. */
const APPROVERS = ["administrator", "data_officer"] as const;
/** As what somebody agrees. */
export const approversRoles = (who: Who): string[] =>
  who.kind === "person" ? APPROVERS.filter((role) => who.roles.includes(role)) : [];

/** One person agrees to what a version asks for: the present one, or another that was tried. */
export async function agree(
  here: Here,
  install: Install,
  version: string | undefined,
  by: string,
  roles: readonly string[] = [],
): Promise<Install> {
  const store = installStore(here);
  const own = (await store.open(install, install)).module;
  const now = here.clock.now();
  const other = version === undefined || version === install.version ? undefined : version;
  const asks = other
    ? await asksAfter(here, install, own.parts, other)
    : grantedOf(install.settings, partsInUse(own, install.settings));
  const after = approve(install, asks, by, now, roles);
  if (after === install) return install;
  return store.save(install, after, { before: own.parts, after: own.parts }, { what: "approved", by });
}

/** What would be granted if this version took the place of the present one. */
async function asksAfter(here: Here, install: Install, from: readonly Part[], version: string): Promise<Ask[]> {
  const { module, digest } = await offered(here, install.module, version, install.publisherKey);
  const parts = fitting(module.parts, here.city.currency);
  const { settings } = change(install, from, { version, digest, parts }, here.clock.now());
  return grantedOf(settings, partsInUse(module, settings));
}

function leave(isLeaving: boolean, error: unknown): undefined {
  if (isLeaving && error instanceof Fault && error.kind === "conflict") return undefined;
  throw error;
}

export async function chooseVersion(here: Here, install: Install, version: string, by: string): Promise<Install> {
  if (version === install.version) return install;
  const store = installStore(here);
  const own = await store.open(install, install);
  const found: Offered = await offered(here, install.module, version, install.publisherKey);
  const parts = fitting(found.module.parts, here.city.currency);
  const after = change(install, own.module.parts, { version, digest: found.digest, parts }, here.clock.now());
  const inUse = partsInUse(found.module, after.settings);
  fits(inUse, here.city.currency);
  if (isServing(install)) demandApproved(install, grantedOf(after.settings, inUse));
  await store.keep(found.digest, found.envelope);
  return store.save(install, after, { before: own.module.parts, after: parts }, { what: "upgraded", by });
}

export async function goBack(here: Here, install: Install, by: string): Promise<Install> {
  const store = installStore(here);
  const after = rollBack(install, here.clock.now());
  const [own, earlier] = [
    await store.open(install, install).catch((error) => leave(true, error)),
    await store.open(after, after),
  ];
  const parts = { before: own?.module.parts ?? [], after: earlier.module.parts };
  return store.save(install, after, parts, { what: "rolled_back", by });
}

export async function choose(here: Here, install: Install, settings: InstallSettings, by: string): Promise<Install> {
  const store = installStore(here);
  const { module } = await store.open(install, install);
  const after = set(install, settings, module);
  if (isDeepStrictEqual(after.settings, install.settings)) return install;
  const inUse = partsInUse(module, after.settings);
  if (install.state === "active") fits(inUse, here.city.currency);
  // Less than was agreed to needs no new word.
  const before = new Set(grantedOf(install.settings, partsInUse(module, install.settings)).map(({ id }) => id));
  const asks = grantedOf(after.settings, inUse);
  if (isServing(install) && asks.some(({ id }) => !before.has(id))) demandApproved(install, asks);
  return store.save(install, after, { before: module.parts, after: module.parts }, { what: "set", by });
}
