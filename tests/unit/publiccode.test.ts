import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { newKey, publicOf } from "../../marketplace/contract/keys.ts";
import type { Module } from "../../marketplace/contract/module.ts";
import leaks from "../../marketplace/modules/clairseau-night-leaks/manifest.ts";
import { idOf, pageOf } from "../../marketplace/publiccode/italia.ts";
import { readPubliccode } from "../../marketplace/publiccode/read.ts";
import { publiccodeOf } from "../../marketplace/publiccode/write.ts";

const party = {
  ...({ name: "clairseau", title: "Clairseau", kind: "start-up", contact: "bonjour@clairseau.example" } as const),
  ...{ publicKey: publicOf(newKey()), signedAt: "2026-11-01T00:00:00.000Z" },
};
const place = { origin: "https://house.example", publishedAt: "2026-11-20T10:00:00.000Z", usedBy: ["Abidjan"] };

test("a module is written as publiccode.yml 0.7, within the standard's bounds, and read back", () => {
  const text = publiccodeOf(leaks, party, place);
  const written = parse(text) as Record<string, unknown>;
  expect(written).toMatchObject({
    publiccodeYmlVersion: "0.7",
    name: "Leaks in the night",
    url: "https://house.example/marketplace/modules/clairseau/night-leaks",
    releaseDate: "2026-11-20",
    platforms: ["web"],
    developmentStatus: "stable",
    softwareType: "addon",
    usedBy: ["Abidjan"],
    legal: { license: "Apache-2.0" },
    maintenance: { type: "internal", contacts: [{ name: "Clairseau", email: "bonjour@clairseau.example" }] },
    localisation: { localisationReady: true, availableLanguages: ["ar", "en", "fr"] },
  });
  const described = Object.values(written["description"] as Record<string, Record<string, string | string[]>>);
  expect(described).toHaveLength(3);
  for (const { shortDescription, longDescription, features } of described) {
    expect(shortDescription!.length).toBeLessThanOrEqual(150);
    expect(longDescription!.length).toBeGreaterThanOrEqual(150);
    expect(longDescription!.length).toBeLessThanOrEqual(10_000);
    for (const feature of features!) expect(feature.length).toBeLessThanOrEqual(100);
  }
  const { known } = readPubliccode(text);
  expect(known).toMatchObject({ title: leaks.manifest.title, licence: "Apache-2.0", version: "1.0.0" });
  const early = { ...leaks, manifest: { ...leaks.manifest, version: "0.3.0" } } as Module;
  expect(parse(publiccodeOf(early, party, { ...place, usedBy: [] }))).toMatchObject({ developmentStatus: "beta" });
});

// As the standard's own repository shows one; the older says nothing of `supports`.
const MINIMAL = (version: string) => `
publiccodeYmlVersion: ${version}
name: My text editor
url: "https://example.com/mysoftware/text-editor.git"
platforms: [windows]
developmentStatus: development
softwareType: standalone/desktop
description:
  en-GB:
    shortDescription: A lightweight text editor
    longDescription: A text editor for everyday use.
    features: [Syntax highlighting]
legal: { license: AGPL-3.0-or-later }
maintenance:
  type: community
  contacts: [{ name: Margaret Hamilton }]
localisation: { localisationReady: true, availableLanguages: [en] }
`;

test("0.5 and 0.7 are read, others and broken ones are not", () => {
  for (const version of ['"0.5.0"', "0.5", '"0.7"', "0.7.0", '"0"'])
    expect(readPubliccode(MINIMAL(version)).known, version).toMatchObject({
      title: { en: "My text editor" },
      licence: "AGPL-3.0-or-later",
      source: "https://example.com/mysoftware/text-editor.git",
    });
  expect(readPubliccode(readFileSync("publiccode.yml", "utf8")).known).toMatchObject({
    title: { en: "Hansa", fr: "Hansa" },
  });
  const at = (text: string) => readPubliccode(text).mistakes.map((one) => one.at);
  expect(at(MINIMAL('"0.2"'))).toEqual(["/publiccodeYmlVersion"]);
  expect(at(MINIMAL('"0.7"').replace("legal:", "illegal:"))).toEqual(["/legal"]);
  expect(at(MINIMAL('"0.7"').replace("contacts:", "contacted:"))).toEqual(["/maintenance/contacts"]);
  expect(at("a: [")).toEqual(["/"]);
  // A file of ten lines that would become a thousand million.
  const bomb = [
    "a: &a [x,x]",
    ...Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : "a"},*${i ? `b${i - 1}` : "a"}]`),
  ];
  expect(at(bomb.join("\n"))).toEqual(["/"]);
});

test("lists are paged as the Developers Italia API does, and ids look as it demands", () => {
  const all = ["c", "a", "b", "d", "e"].map((name, i) => ({
    id: idOf("software", name),
    createdAt: `2026-11-0${i + 1}T00:00:00.000Z`,
  }));
  for (const { id } of all) expect(id).toMatch(/^[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}$/);
  const cursorOf = (link: string | null) =>
    new URLSearchParams(link!).get("page[after]") ?? new URLSearchParams(link!).get("page[before]")!;
  const seen = [];
  let page = pageOf(all, { size: 2 });
  expect(page.links.prev).toBeNull();
  for (;;) {
    seen.push(...page.data);
    if (page.links.next === null) break;
    page = pageOf(all, { size: 2, after: cursorOf(page.links.next) });
  }
  expect(seen).toEqual(all);
  expect(pageOf(all, { size: 2, before: cursorOf(page.links.prev) }).data).toEqual(all.slice(2, 4));
  expect(pageOf(all, { size: 9, from: "2026-11-02T00:00:00.000Z", to: "2026-11-04T00:00:00.000Z" }).data).toEqual([
    all[2],
  ]);
});
