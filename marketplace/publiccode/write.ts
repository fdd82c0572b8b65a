import semver from "semver";
import { stringify } from "yaml";
import type { Module } from "../contract/module.ts";
import type { Party } from "../contract/party.ts";
import { languagesOf, saysOf } from "../contract/says.ts";
import { inLang } from "../contract/words.ts";

// publiccode.yml 0.7, by which catalogues of public software find it. What it has no word for (what a module may do,
// what it costs, its proof) stands on the module's page, to which it leads.

const SHORT_MAX = 150;
const LONG_MIN = 150;
const LONG_MAX = 10_000;
const FEATURE_MAX = 100;

/** By kinds of parts; the words are of the standard's own list. */
const CATEGORIES: Readonly<Record<string, string>> = {
  tariff: "billing-and-invoicing",
  dataset: "data-collection",
  indicator: "data-analytics",
  procedure: "digital-citizenship",
  rule: "business-process-management",
  function: "business-process-management",
  page: "data-visualization",
  texts: "communications",
};

export interface Place {
  /** The house's address. */
  origin: string;
  publishedAt: string;
  /** Cities that agreed to be named. */
  usedBy: readonly string[];
}

/** Where a catalogue says that it is: its source, else its page here. */
export const addressOf = ({ name, source }: { name: string; source?: string | undefined }, origin: string): string =>
  source ?? `${origin}/marketplace/modules/${name}`;

/** A published version as publiccode.yml 0.7. */
export function publiccodeOf({ manifest, ...module }: Module, party: Party, place: Place): string {
  const whole: Module = { manifest, ...module };
  const page = `${place.origin}/marketplace/modules/${manifest.name}`;
  const languages = languagesOf(whole);
  const early = semver.prerelease(manifest.version) !== null || semver.major(manifest.version) === 0;
  return stringify(
    {
      publiccodeYmlVersion: "0.7",
      name: inLang(manifest.title, "en"),
      applicationSuite: "Hansa",
      url: addressOf(manifest, place.origin),
      landingURL: page,
      softwareVersion: manifest.version,
      releaseDate: place.publishedAt.slice(0, 10),
      platforms: ["web"],
      categories: [...new Set(module.parts.flatMap(({ kind }) => CATEGORIES[kind] ?? []))],
      ...(place.usedBy.length > 0 ? { usedBy: [...place.usedBy] } : {}),
      developmentStatus: early ? "beta" : "stable",
      softwareType: "addon",
      organisation: { uri: party.website ?? `${place.origin}/marketplace/parties/${party.name}`, name: party.title },
      intendedAudience: { scope: ["local-authorities"] },
      description: Object.fromEntries(languages.map((lang) => [lang, described(whole, lang, place.origin)])),
      legal: { license: manifest.licence },
      maintenance: { type: "internal", contacts: [{ name: party.title, email: party.contact }] },
      localisation: { localisationReady: true, availableLanguages: languages },
      dependsOn: { open: [{ name: "Hansa", optional: false }] },
    },
    { lineWidth: 0 },
  );
}

function described(module: Module, lang: string, origin: string) {
  const { title, summary, description } = module.manifest;
  const says = saysOf(module, lang === "fr" || lang === "ar" ? lang : "en");
  const paragraphs = [inLang(description ?? summary, lang), ...says];
  const long = paragraphs.join("\n\n");
  // The standard wants 150 letters at least; a small module may have said all with fewer.
  const more = long.length < LONG_MIN ? `\n\n${origin}/marketplace/modules/${module.manifest.name}` : "";
  return {
    localisedName: inLang(title, lang),
    shortDescription: cut(inLang(summary, lang), SHORT_MAX),
    longDescription: cut(long + more, LONG_MAX),
    features: says.map((one) => cut(one, FEATURE_MAX)),
  };
}

/** At a word's end. */
const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/\s+\S*$/, "")}…`;
