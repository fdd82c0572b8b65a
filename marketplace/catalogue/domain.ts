import semver from "semver";
import { absent } from "../../shared/errors.ts";
import type { Report } from "../check/report.ts";
import type { Listing } from "../contract/index-file.ts";
import { ModuleName, Version } from "../contract/manifest.ts";
import type { Module, VerifiedPackage } from "../contract/module.ts";
import { labelOf, languagesOf } from "../contract/says.ts";

/** What is shown of a published version. All of it follows from the package. */
export const listingOf = (
  { module, digest }: VerifiedPackage,
  { bytes, report, publishedAt }: { bytes: number; report: Report; publishedAt: Date },
): Listing => ({
  name: module.manifest.name,
  version: module.manifest.version,
  digest,
  publishedAt: publishedAt.toISOString(),
  title: module.manifest.title,
  summary: module.manifest.summary,
  licence: module.manifest.licence,
  languages: languagesOf(module),
  kinds: kindsOf(module),
  label: labelOf(module),
  bytes,
  ...(module.manifest.source === undefined ? {} : { source: module.manifest.source }),
  check: {
    verdict: report.verdict,
    proofDigest: report.proofDigest,
    proofs: report.proofs.length,
    lines: report.lines.map(({ check, verdict }) => ({ check, verdict })),
  },
  ...(module.manifest.price ? { price: module.manifest.price } : {}),
});

export const kindsOf = (module: Module): string[] => [...new Set(module.parts.map((part) => part.kind))].sort();

/** Versions of one module, the latest first. */
export const latestFirst = <V extends { version: string }>(versions: readonly V[]): V[] =>
  [...versions].sort((a, b) => semver.rcompare(a.version, b.version));

/** The version that a city is offered: the highest that is no pre-release, else the highest. */
export function latestOf<V extends { version: string }>(versions: readonly V[]): V | undefined {
  const sorted = latestFirst(versions);
  return sorted.find(({ version }) => semver.prerelease(version) === null) ?? sorted[0];
}

/** One listing for each module, in the order of names: no module is put before another. */
export function modulesOf(listings: readonly Listing[]): { name: string; latest: Listing; versions: Listing[] }[] {
  return [...Map.groupBy(listings, (listing) => listing.name)]
    .map(([name, versions]) => ({ name, latest: latestOf(versions)!, versions: latestFirst(versions) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const folded = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Has each of the words somewhere in its name, title, summary or kinds; accents and case do not matter. */
export function matches(listing: Listing, wanted: string): boolean {
  const text = folded(
    [listing.name, ...Object.values(listing.title), ...Object.values(listing.summary), ...listing.kinds].join(" "),
  );
  return folded(wanted)
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The module that an address names. @throws {Fault} absent: nothing can be called so */
export function moduleAt({ publisher, name, version }: { publisher: string; name: string; version?: string }): string {
  const module = ModuleName.safeParse(`${publisher}/${name}`);
  if (!module.success || !Version.optional().safeParse(version).success) throw absent();
  return module.data;
}
