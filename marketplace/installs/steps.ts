import { isDeepStrictEqual } from "node:util";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { planned } from "../../shared/tasks.ts";
import { dayOf } from "../../shared/time.ts";
import type { Who } from "../../shared/who.ts";
import { type Ask, approvalsNeeded, asksOf } from "../contract/asks.ts";
import { isHook } from "../contract/hooks.ts";
import type { Module } from "../contract/module.ts";
import type { Part } from "../contract/parts.ts";
import { demandPriceAgreed } from "../money/agreeing.ts";
import { fits, fitting, grantedOf, partsInUse, resultDigest, set, tariffsIn, tryTariff } from "./domain.ts";
import { ChangeRows, Clear } from "./events.ts";
import { lostByGoingBack } from "./going-back.ts";
import {
  agreedTo,
  approve,
  approversOf,
  beginChange,
  change,
  demandApproved,
  isActive,
  isServing,
  move,
  rollBack,
  usualEnd,
} from "./life.ts";
import { type Offered, offered } from "./market.ts";
import { type CopyAt, type NotConverted, ownRows } from "./own-rows.ts";
import { refusal, refused } from "./refusals.ts";
import { demandRelease } from "./release.ts";
import type { Install, InstallSettings, SuspendedFor } from "./schema.ts";
import { demandNone, mistake } from "./setting-mistakes.ts";
import { ifBroken, installStore } from "./store.ts";
import { priceOf, proofsOf, tariffInForce, usesOf } from "./trial.ts";

// What an administrator may do with a module. Page and API come to the same steps.

const DONE = {
  proposed: "proposed",
  active: "activated",
  shadow: "shadowed",
  suspended: "suspended",
  leaving: "leaving",
} as const;
/** What may be said of a module by itself; that it is changed or gone follows from a version, or from its leaving. */
export type Step = keyof typeof DONE;

/** Takes a module from the marketplace to try it. Nothing in the city's service changes. */
export async function take(here: Here, wanted: { module: string; version?: string }, by: string) {
  const store = installStore(here);
  const kept = await store.find(wanted.module);
  if (kept?.state === "leaving") throw refusal("conflict", "justLeaving");
  if (kept) return { created: false, install: kept };
  const found = await offered(here, wanted.module, wanted.version);
  await demandRelease(here, found.module);
  const now = here.clock.now();
  await store.keep(found.digest, found.envelope);
  const parts = fitting(found.module.parts, here.city.currency);
  const install: Install = {
    id: newId("ins", now),
    module: wanted.module,
    version: found.module.manifest.version,
    digest: found.digest,
    publisher: found.party.title,
    publisherKey: found.party.publicKey,
    settings: {
      ...{ parts: parts.map(({ id }) => id), declined: [], config: {} },
      ...usualEnd(asksOf(parts), now, here.city.timeZone),
    },
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
  if (!isOwn) await demandRelease(here, tried.module);
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

/** Proposes, lets run in shadow, takes into service, suspends, lets go; or stops a change. What it is already, it stays. */
export async function step(here: Here, install: Install, to: Step, by: string): Promise<Install> {
  if (install.state === to) return install;
  const store = installStore(here);
  // A copy that was changed can be put out of service, never into it.
  const isOut = to === "leaving" || to === "suspended";
  const opened = await store.open(install, install).catch((error) => leave(isOut, error));
  const parts = opened?.module.parts ?? [];
  const inUse = parts.filter(({ id }) => install.settings.parts.includes(id));
  const after = move(install, to, inUse, here.clock.now());
  if (!isOut) fits(inUse, here.city.currency);
  if (opened && (to === "shadow" || to === "active")) await demandPriceAgreed(here, install, opened.module);
  const what = install.change && to === install.change.from ? "stopped" : DONE[to];
  return store.save(install, after, { before: parts, after: parts }, { what, by });
}

/** So much goes with the request that asks for it; a module that has kept more is cleared by a task. */
const CLEARED_AT_ONCE = 2_000;

/** It leaves, and all that it kept with it. @returns whether it is gone already */
export async function remove(here: Here, install: Install, by: string): Promise<boolean> {
  const isGone = await clearedAway(here, await step(here, install, "leaving", by), by);
  // What is more than one request's work goes on by itself, at once.
  if (!isGone) await here.commit([planned(Clear, install.id, here.clock.now(), {})]);
  return isGone;
}

/** Goes on with a leaving until nothing is left; whoever was faster has done it. */
export async function clearedAway(here: Here, install: Install, by: string): Promise<boolean> {
  const store = installStore(here);
  if (!(await store.clear(install, CLEARED_AT_ONCE))) return false;
  const none = { before: [], after: [] };
  await store.save(install, { ...install, state: "gone" }, none, { what: "removed", by });
  return true;
}

/**
 * The house puts it out of service, and says why. Whoever was faster has decided.
 * @param judged  as it was when that was found
 * @throws {Fault} conflict: another version, or another grant, has taken its place, of which that was not found
 */
export async function suspend(here: Here, judged: Install, why: SuspendedFor): Promise<void> {
  const store = installStore(here);
  const install = await store.find(judged.module);
  if (!install || !["active", "shadow", "changing"].includes(install.state)) return;
  if (install.digest !== judged.digest || install.settings.until !== judged.settings.until)
    throw refusal("conflict", "faster");
  const parts = (await store.open(install, install).catch((error) => leave(true, error)))?.module.parts ?? [];
  const after = { ...move(install, "suspended", parts, here.clock.now()), suspendedFor: why };
  await store.save(install, after, { before: parts, after: parts }, { what: "suspended", by: "house", why });
}

/** Whose word counts, in the order in which it is told. */
const APPROVERS = ["administrator", "data_officer"] as const;
/** As what somebody agrees. */
export const approversRoles = (who: Who): string[] =>
  who.kind === "person" ? APPROVERS.filter((role) => who.roles.includes(role)) : [];

/**
 * One person agrees to what a version asks for: the present one, or another that was tried.
 * @param seen  what was shown, as `agreedTo` names it: more, or for longer, is not agreed to by that
 * @throws {Fault} conflict: something else is asked for by now
 */
export async function agree(
  here: Here,
  install: Install,
  version: string | undefined,
  by: string,
  roles: readonly string[] = [],
  seen?: string,
): Promise<Install> {
  const store = installStore(here);
  const own = (await store.open(install, install)).module;
  const now = here.clock.now();
  const other = version === undefined || version === install.version ? undefined : version;
  const asks = other
    ? await asksAfter(here, install, own.parts, other)
    : grantedOf(install.settings, partsInUse(own, install.settings));
  if (seen !== undefined && seen !== agreedTo(install, asks)) throw refusal("conflict", "faster");
  const after = approve(install, asks, by, now, roles);
  if (after === install) return install;
  return store.save(install, after, { before: own.parts, after: own.parts }, { what: "approved", by });
}

/** Who agreed to another version already, as far as the city's own copy and the other's package can be read. */
export async function approversOfOther(here: Here, install: Install, version: string): Promise<string[]> {
  const own = await installStore(here).open(install, install).catch(ifBroken);
  const asks = own && (await asksAfter(here, install, own.module.parts, version).catch(ifBroken));
  return asks ? approversOf(install, asks) : [];
}

/** What would be granted if this version took the place of the present one. */
async function asksAfter(here: Here, install: Install, from: readonly Part[], version: string): Promise<Ask[]> {
  const { module, digest } = await offered(here, install.module, version, install.publisherKey);
  const parts = fitting(module.parts, here.city.currency);
  const { settings } = change(install, from, { version, digest, parts }, here.clock.now());
  return grantedOf(settings, partsInUse(module, settings));
}

function leave(isLeaving: boolean, error: unknown): undefined {
  if (isLeaving) return ifBroken(error);
  throw error;
}

/** Another version: at once, or once its rows are copied for it where something of the present one writes rows. */
export async function chooseVersion(here: Here, install: Install, version: string, by: string): Promise<Install> {
  if (version === install.version) return install;
  const store = installStore(here);
  const own = await store.open(install, install);
  const found: Offered = await offered(here, install.module, version, install.publisherKey);
  const now = here.clock.now();
  const parts = fitting(found.module.parts, here.city.currency);
  const to = { version, digest: found.digest, publisherKey: found.party.publicKey, parts };
  const after = change(install, own.module.parts, to, now);
  const inUse = partsInUse(found.module, after.settings);
  fits(inUse, here.city.currency);
  if (isServing(install)) {
    demandApproved({ ...install, settings: after.settings }, grantedOf(after.settings, inUse));
    await demandPriceAgreed(here, install, found.module);
  }
  await store.keep(found.digest, found.envelope);
  if (!isServing(install) || !own.module.parts.some(isHook))
    return store.save(install, after, { before: own.module.parts, after: parts }, { what: "upgraded", by });
  const both = { before: own.module.parts, after: own.module.parts };
  const begun = await store.save(install, beginChange(install, to, by, now), both, { what: "changing", by });
  const { install: changed, at, notConverted } = await goOn(here, begun);
  if (notConverted) {
    const { key: row, table, column } = notConverted;
    throw refusal("conflict", "rowNotConverted", { row, table, column, version });
  }
  // What is more than one request's work goes on by itself, at once.
  if (at) await here.commit([planned(ChangeRows, begun.id, now, { at })]);
  return changed;
}

/** So many rows are copied in one go. */
const COPIED_AT_ONCE = 2_000;

interface GoneOn {
  install: Install;
  /** Where to go on. */
  at?: CopyAt;
  /** Why the change was given up. */
  notConverted?: NotConverted;
}

/**
 * Goes on copying rows for the version that is to come, and lets it take its place once they are all there: in one
 * transaction, so whoever looks sees the one version with its rows or the other with its own. Before the first is copied
 * all are looked at; while it is being changed nothing writes another.
 */
export async function goOn(here: Here, install: Install, at?: CopyAt): Promise<GoneOn> {
  const { change: to } = install;
  if (!to) return { install };
  const store = installStore(here);
  const [own, next] = [await store.open(install, install), await store.open(to, install)];
  const between = { older: own.module, newer: next.module };
  const notConverted = at ? undefined : await ownRows(here).notConverted(install, between);
  if (notConverted) return { install: await step(here, install, to.from as Step, to.by), notConverted };
  const left = await ownRows(here).copy(install, to.data, between, COPIED_AT_ONCE, at);
  if (left) return { install, at: left };
  const parts = fitting(next.module.parts, here.city.currency);
  const after = change(install, own.module.parts, { ...to, parts }, here.clock.now());
  const did = { what: "upgraded", by: to.by } as const;
  return { install: await store.save(install, after, { before: own.module.parts, after: parts }, did) };
}

/** @param seen  what was shown of what is lost by it, where anything is: going back on something else is refused */
export async function goBack(here: Here, install: Install, by: string, seen?: string): Promise<Install> {
  const store = installStore(here);
  const after = rollBack(install, here.clock.now());
  const lost = await lostByGoingBack(here, install);
  if (lost.isAny && lost.seen !== seen) throw refusal("conflict", "lookFirst");
  const [own, earlier] = [
    await store.open(install, install).catch((error) => leave(true, error)),
    await store.open(after, after),
  ];
  const parts = { before: own?.module.parts ?? [], after: earlier.module.parts };
  return store.save(install, after, parts, { what: "rolled_back", by });
}

export async function choose(here: Here, install: Install, settings: InstallSettings, by: string): Promise<Install> {
  if (install.state === "changing" || install.state === "leaving") throw refused("setLater", { from: install.state });
  const store = installStore(here);
  const { module } = await store.open(install, install);
  // Who says nothing of the end leaves it as it was agreed to; a later one is said.
  const until = settings.until ?? install.settings.until;
  const after = set(install, { ...settings, ...(until === undefined ? {} : { until }) }, module);
  if (isDeepStrictEqual(after.settings, install.settings)) return install;
  const isOver = until !== undefined && until < dayOf(here.clock.now(), here.city.timeZone);
  if (isOver && until !== install.settings.until) demandNone([mistake("#/until", "past")]);
  const inUse = partsInUse(module, after.settings);
  const at = (id: string) => `#/parts/${settings.parts.indexOf(id)}`;
  if (isActive(install)) fits(inUse, here.city.currency, at);
  if (isServing(install)) demandAgreed(install, after, module, at);
  return store.save(install, after, { before: module.parts, after: module.parts }, { what: "set", by });
}

/**
 * Less than was agreed to, or for a shorter time, needs no new word.
 * @param at  where a part stands in what was sent
 * @throws {Fault} forbidden_transition, with the fields by which it would get more
 */
function demandAgreed(install: Install, after: Install, module: Module, at: (id: string) => string): void {
  const asksOfIts = ({ settings }: Install) => grantedOf(settings, partsInUse(module, settings));
  const before = new Set(asksOfIts(install).map(({ id }) => id));
  const asks = asksOfIts(after);
  const more = asks.filter(({ id }) => !before.has(id));
  const isLonger = (after.settings.until ?? "9999") > (install.settings.until ?? "9999");
  if (more.length === 0 && !isLonger) return;
  const values = { needed: approvalsNeeded(asks), have: approversOf(after, asks).length };
  const where = (ask: Ask) =>
    ask.isOptional && install.settings.parts.includes(ask.part) ? "#/declined" : at(ask.part);
  demandApproved(after, asks, [
    ...(isLonger ? [mistake("#/until", "longer", values)] : []),
    ...[...new Set(more.map(where))].map((pointer) => mistake(pointer, "more", values)),
  ]);
}
