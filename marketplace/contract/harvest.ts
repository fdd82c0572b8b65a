import { isIP } from "node:net";
import { z } from "zod";
import { isOutside } from "../../shared/outside.ts";

/** A name of the public internet: no address in figures, nothing that only a network of one's own knows. */
const isPublicHost = (host: string): boolean =>
  isIP(host.replace(/^\[|\]$/g, "")) === 0 &&
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/.test(host) &&
  !/\.(?:local|localhost|internal|intranet|lan|home|corp|private|arpa|onion)$/.test(host);

const PublicHost = z.string().refine(isPublicHost, "a host of the public internet, such as data.example.org");

export const PublicAddress = z
  .url({ protocol: /^https$/, error: "an https address" })
  .max(2_000)
  .refine((address) => {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    return url !== undefined && isOutside(url) && isPublicHost(url.hostname) && !url.username && !url.password;
  }, "an https address of a public host, without name and password");

/**
 * Where a city that has the module in service fetches a table's rows from. Data come in, none go out; the hosts that
 * are asked are these alone, and the module says them.
 */
export const Harvest = z
  .strictObject({
    /** What is at the address: a file, a collection of OGC API Features, a package of a CKAN. */
    kind: z.enum(["file", "ogc_features", "ckan"]),
    address: PublicAddress,
    /** Where else it leads: hosts that it sends on to, or that keep the files of a catalogue. */
    alsoAsks: z.array(PublicHost).max(5).default([]),
    /** Who collected it, and how. */
    source: z.string().trim().min(1).max(200),
    every: z.enum(["hour", "day", "week"]),
    /** Of the day or of Mondays, by the city's clocks. */
    at: z
      .string()
      .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "a time of day such as 04:00")
      .default("04:00"),
    /** What the file calls its columns, and the fields that they become; those of the same name need not be said. */
    columns: z
      .array(z.strictObject({ from: z.string().min(1).max(200), name: z.string().min(1).max(60) }))
      .max(100)
      .default([]),
  })
  .meta({ id: "Harvest" });
export type Harvest = z.infer<typeof Harvest>;

/** All that is asked, each once. */
export const hostsOf = ({ address, alsoAsks }: Harvest): string[] => [
  ...new Set([new URL(address).hostname, ...alsoAsks]),
];

/** What is wrong with how columns become fields. `at` is a path below the part. */
export function harvestMistakes(
  { columns }: Harvest,
  fields: readonly string[],
): { at: (string | number)[]; detail: string }[] {
  return columns.flatMap(({ from, name }, i) => {
    const at = (key: string) => ["harvest", "columns", i, key];
    if (!fields.includes(name)) return [{ at: at("name"), detail: `There is no field named ${name}.` }];
    if (columns.findIndex((one) => one.name === name) < i)
      return [{ at: at("name"), detail: `Two columns become the field ${name}.` }];
    if (columns.findIndex((one) => one.from === from) < i)
      return [{ at: at("from"), detail: `The column ${from} becomes two fields.` }];
    return [];
  });
}
