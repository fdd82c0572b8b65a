import { FREQUENCIES, type Frequency, THEMES, type Theme } from "../card/schema.ts";
import { Card } from "../schema.ts";
import type { OwnCard } from "./schema.ts";

// What another catalogue says of a dataset, as far as a card of ours has room for it. Whatever does not fit is left
// out: a source that says strange things about itself may still have good data.

export interface Said {
  title?: unknown;
  description?: unknown;
  licence?: unknown;
  source?: unknown;
  contact?: unknown;
  email?: unknown;
  frequency?: unknown;
  theme?: unknown;
  keywords?: readonly unknown[];
}

const textOf = (value: unknown, most: number): string | undefined => {
  if (typeof value !== "string") return undefined;
  // Descriptions come with HTML as often as without.
  const text = value
    .slice(0, 10_000)
    .toWellFormed()
    .replaceAll(/<[^<>]{0,200}>/g, " ")
    .replaceAll(/[^\S\n]+/g, " ")
    .trim();
  return text === "" ? undefined : text.length > most ? `${text.slice(0, most - 1).toWellFormed()}…` : text;
};

const LICENCES: [pattern: RegExp, licence: (found: RegExpExecArray) => string][] = [
  [/creativecommons\.org\/publicdomain\/zero\/([\d.]+)/, ([, version]) => `CC0-${version}`],
  [
    /creativecommons\.org\/licenses\/([a-z-]+)\/([\d.]+)/,
    ([, kind, version]) => `CC-${kind!.toUpperCase()}-${version}`,
  ],
  [/opendatacommons\.org\/licenses\/odbl/, () => "ODbL-1.0"],
  [/opendatacommons\.org\/licenses\/by/, () => "ODC-By-1.0"],
  [/opendatacommons\.org\/licenses\/pddl/, () => "PDDL-1.0"],
  [/etalab/, () => "etalab-2.0"],
  [/authority\/licence\/([A-Z0-9_]+)/, ([, code]) => code!.replaceAll("_", "-")],
];

/** A licence by the name that people know it by, where it was named by its address. */
export function licenceOf(said: unknown): string | undefined {
  const text = textOf(said, 400);
  if (text === undefined) return undefined;
  for (const [pattern, name] of LICENCES) {
    const found = pattern.exec(text);
    if (found) return name(found);
  }
  return text.slice(0, 80);
}

const lastOf = (address: unknown): string =>
  String(address)
    .replace(/[/#]+$/, "")
    .replace(/^.*[/#]/, "")
    .toUpperCase();
// How other catalogues call the same: Dublin Core's codes differ from those of the EU.
const OFTEN: Record<string, Frequency> = {
  HOURLY: "CONT",
  UPDATE_CONT: "CONT",
  CONTINUOUS: "CONT",
  SEMIANNUAL: "ANNUAL_2",
};

export function cardOf(said: Said): OwnCard {
  const frequency = OFTEN[lastOf(said.frequency)] ?? lastOf(said.frequency);
  const theme = lastOf(said.theme);
  const keywords = [...new Set((said.keywords ?? []).flatMap((word) => textOf(word, 60) ?? []))].slice(0, 20);
  const found: OwnCard = {
    title: textOf(said.title, 120),
    description: textOf(said.description, 2_000),
    licence: licenceOf(said.licence),
    source: textOf(said.source, 200),
    contact: textOf(said.contact, 120),
    email: textOf(String(said.email ?? "").replace(/^mailto:/i, ""), 200),
    ...(Object.hasOwn(FREQUENCIES, frequency) ? { frequency: frequency as Frequency } : {}),
    ...(Object.hasOwn(THEMES, theme) ? { theme: theme as Theme } : {}),
    ...(keywords.length > 0 ? { keywords } : {}),
  };
  return Object.fromEntries(
    Object.entries(found).filter(
      ([name, value]) => value !== undefined && Card.shape[name as keyof OwnCard].safeParse(value).success,
    ),
  );
}

/** What the city says itself goes before what the source says. */
export const joined = (own: OwnCard, said: OwnCard): OwnCard => ({ ...said, ...own });
