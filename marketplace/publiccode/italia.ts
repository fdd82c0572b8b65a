import { createHash } from "node:crypto";
import type { Listing } from "../contract/index-file.ts";
import type { Party } from "../contract/party.ts";

// The house's marketplace in the shape of the Developers Italia API (developers-italia.oas.yaml), so that whoever
// harvests catalogues of public software harvests this one too. Read only: publishing is by signature.

export interface Software {
  id: string;
  url: string;
  publiccodeYml: string;
  active: boolean;
  catalogId: string;
  createdAt: string;
  updatedAt: string;
}

export interface Publisher {
  id: string;
  alternativeId: string;
  description: string;
  email: string;
  codeHosting: { url: string; group: boolean; createdAt: string; updatedAt: string }[];
  active: boolean;
  catalogId: string;
  createdAt: string;
  updatedAt: string;
}

/** The same name has the same id for ever, in every house; in the form of a UUID of version 4, which they demand. */
export function idOf(kind: "software" | "publisher" | "catalog", name: string): string {
  const hex = createHash("sha256").update(`${kind} ${name}`).digest("hex");
  const variant = (8 + (Number.parseInt(hex[16]!, 16) % 4)).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const byDate = (versions: readonly Listing[]): string[] => versions.map(({ publishedAt }) => publishedAt).sort();

export function softwareOf(
  { name, versions }: { name: string; versions: readonly Listing[] },
  of: { url: string; publiccodeYml: string; isActive: boolean; house: string },
): Software {
  const dates = byDate(versions);
  return {
    id: idOf("software", name),
    url: of.url,
    publiccodeYml: of.publiccodeYml,
    active: of.isActive,
    catalogId: idOf("catalog", of.house),
    createdAt: dates[0]!,
    updatedAt: dates.at(-1)!,
  };
}

export function publisherShape(party: Party, house: string): Publisher {
  const at = { createdAt: party.signedAt, updatedAt: party.signedAt };
  const url = party.website ?? `${house}/marketplace/parties/${party.name}`;
  return {
    id: idOf("publisher", party.name),
    alternativeId: party.name,
    description: party.title,
    email: party.contact,
    codeHosting: [{ url, group: true, ...at }],
    active: true,
    catalogId: idOf("catalog", house),
    ...at,
  };
}

/** This house is the one catalogue that it has. */
export const catalogShape = (house: string, startedAt: string) => ({
  id: idOf("catalog", house),
  name: new URL(house).host,
  alternativeId: "house",
  active: true,
  sources: [{ url: `${house}/marketplace/v1/index.json`, driver: "hansa" }],
  createdAt: startedAt,
  updatedAt: startedAt,
});

export interface Asked {
  size: number;
  after?: string | undefined;
  before?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** A page of a list as they have it: by the time of making, with cursors in Base64 that come as a query. */
export function pageOf<T extends { id: string; createdAt: string }>(all: readonly T[], asked: Asked) {
  const key = ({ createdAt, id }: T) => `${createdAt} ${id}`;
  const within = all
    .filter(({ createdAt }) => (!asked.from || createdAt > asked.from) && (!asked.to || createdAt < asked.to))
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const decoded = (cursor: string) => Buffer.from(cursor, "base64url").toString("utf8");
  const encoded = (one: T) => Buffer.from(key(one), "utf8").toString("base64url");
  const [after, before] = [asked.after && decoded(asked.after), asked.before && decoded(asked.before)];
  const rest = within.filter((one) => (!after || key(one) > after) && (!before || key(one) < before));
  const data = before ? rest.slice(-asked.size) : rest.slice(0, asked.size);
  const [first, last] = [data[0], data.at(-1)];
  const link = (name: string, one: T) => `?page[${name}]=${encoded(one)}`;
  return {
    data,
    links: {
      prev: first && first !== within[0] ? link("before", first) : null,
      next: last && last !== within.at(-1) ? link("after", last) : null,
    },
  };
}
