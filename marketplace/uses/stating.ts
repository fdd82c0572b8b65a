import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { canonical } from "../contract/canonical.ts";
import type { Envelope } from "../contract/dsse.ts";
import { USE_TYPE, Use } from "../contract/use.ts";
import { runStore } from "../installs/run-store.ts";
import { installStore } from "../installs/store.ts";
import { signedHere } from "../peers/signing.ts";

const RUNS_COUNTED = 100;
const RECORDS_READ = 200;

/** What the city has had in service, whether it still has it or not. */
export async function everServed(here: Here): Promise<string[]> {
  const { records } = await installStore(here).records({ limit: RECORDS_READ });
  return [...new Set(records.filter(({ what }) => what === "activated").map(({ module }) => module))].sort();
}

/**
 * The city's word on a module, from what it has written down itself.
 *
 * @throws {Fault} absent: it has never been in service here
 */
export async function stated(
  here: Here,
  wanted: { module: string; why?: string | undefined; isWithdrawn?: boolean | undefined },
): Promise<{ use: Use; envelope: Envelope }> {
  const store = installStore(here);
  const install = await store.find(wanted.module);
  const { records } = await store.records({ ...(install ? { id: install.id } : {}), limit: RECORDS_READ });
  // The latest first: from the last time that it was taken into service.
  const own = records.filter(({ module }) => module === wanted.module);
  const [last] = own;
  const first = own.findLast(({ what, installId }) => what === "activated" && installId === last!.installId);
  if (!last || !first) throw absent();
  const ofThis = own.filter(({ installId }) => installId === last.installId);
  const removed = ofThis.find(({ what }) => what === "removed" || what === "leaving");
  const runs = install ? (await runStore(here).runs(install.id, { limit: RUNS_COUNTED })).runs : [];
  if (wanted.why && !removed)
    throw new Fault("invalid", "It still serves: a reason is given for what was removed.", {
      errors: [{ pointer: "#/why", detail: "It still serves: a reason is given for what was removed." }],
    });
  const use = Use.parse({
    ...{ contract: 1, by: here.city.slug, module: wanted.module, version: last.version, digest: last.digest },
    state: removed ? "removed" : install?.state === "suspended" ? "suspended" : "active",
    since: first.at,
    ...(removed ? { removedAt: removed.at } : {}),
    ...(wanted.why ? { why: wanted.why } : {}),
    suspensions: ofThis.filter(({ what }) => what === "suspended").length,
    ...{ runs: runs.length, refused: runs.filter(({ outcome }) => outcome === "refused").length },
    signedAt: here.clock.now().toISOString(),
    isWithdrawn: wanted.isWithdrawn ?? false,
  });
  return { use, envelope: await signedHere(here, USE_TYPE, canonical(use)) };
}
