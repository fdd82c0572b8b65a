import { parse } from "yaml";
import { z } from "zod";

// What an author has said in publiccode.yml already (0.5 or 0.7) need not be said again in a manifest. The two differ
// in what we do not read: `supports` is new in 0.7, and sections of countries are on their way out.

const BYTES_MAX = 200_000;
const VERSIONS = /^0(\.5(\.\d+)?|\.7(\.\d+)?)?$/;

const text = z.string().trim().min(1);
const Described = z.looseObject({
  localisedName: text.optional(),
  shortDescription: text.max(150),
  longDescription: text.max(10_000),
  features: z.array(text).optional(),
});
const Publiccode = z.looseObject({
  // Unquoted it is a number: 0.7
  publiccodeYmlVersion: z
    .union([z.string(), z.number()])
    .transform(String)
    .refine((version) => VERSIONS.test(version), "0.5 and 0.7 are read"),
  name: text.max(200),
  url: z.url({ protocol: /^https?$/ }),
  landingURL: z.url({ protocol: /^https?$/ }).optional(),
  softwareVersion: z.coerce.string().optional(),
  platforms: z.array(text).min(1),
  categories: z.array(text).optional(),
  developmentStatus: z.enum(["concept", "development", "beta", "stable", "obsolete"]),
  softwareType: text,
  description: z
    .record(z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "a language tag"), Described)
    .refine((all) => Object.keys(all).length > 0, "at least one language"),
  legal: z.looseObject({ license: text }),
  maintenance: z
    .looseObject({
      type: z.enum(["internal", "contract", "community", "none"]),
      contacts: z.array(z.looseObject({ name: text, email: z.string().optional() })).optional(),
      contractors: z.array(z.looseObject({ name: text })).optional(),
    })
    .refine(
      ({ type, contacts }) => (type !== "internal" && type !== "community" ? true : (contacts?.length ?? 0) > 0),
      {
        error: "it names whom to ask",
        path: ["contacts"],
      },
    ),
  localisation: z.looseObject({ localisationReady: z.boolean(), availableLanguages: z.array(text).min(1) }),
});

/** Of a module's manifest what publiccode.yml knows. */
export interface Known {
  title: Record<string, string>;
  summary: Record<string, string>;
  description: Record<string, string>;
  licence: string;
  source?: string;
  website?: string;
  version?: string;
}

export type ReadPubliccode =
  | { known: Known; mistakes: [] }
  | { known?: undefined; mistakes: { at: string; detail: string }[] };

export function readPubliccode(yaml: string): ReadPubliccode {
  if (Buffer.byteLength(yaml) > BYTES_MAX)
    return { mistakes: [{ at: "/", detail: `It has more than ${BYTES_MAX} bytes.` }] };
  let value: unknown;
  try {
    // Few aliases: a short file may not become a long one.
    value = parse(yaml, { maxAliasCount: 20 });
  } catch (error) {
    return { mistakes: [{ at: "/", detail: `It is not YAML: ${(error as Error).message.split("\n")[0]}` }] };
  }
  const result = Publiccode.safeParse(value);
  if (!result.success)
    return {
      mistakes: result.error.issues
        .slice(0, 50)
        .map(({ path, message }) => ({ at: `/${path.map(String).join("/")}`, detail: message })),
    };
  const { name, url, landingURL, softwareVersion, description, legal } = result.data;
  const said = Object.entries(description).map(([tag, one]) => [langOf(tag), one] as const);
  const words = (of: (one: z.infer<typeof Described>) => string, most: number) =>
    Object.fromEntries(said.map(([lang, one]) => [lang, of(one).slice(0, most)]));
  return {
    known: {
      title: words(({ localisedName }) => localisedName ?? name, 80),
      summary: words(({ shortDescription }) => shortDescription, 300),
      description: words(({ longDescription }) => longDescription, 4_000),
      licence: legal.license,
      ...(url.startsWith("https:") ? { source: url } : {}),
      ...(landingURL?.startsWith("https:") ? { website: landingURL } : {}),
      ...(softwareVersion === undefined ? {} : { version: softwareVersion }),
    },
    mistakes: [],
  };
}

/** `en-GB` speaks to all who read English; a region of its own is kept where it says more. */
const langOf = (tag: string): string => {
  const [language = "", ...more] = tag.split("-");
  const base = language.toLowerCase();
  return ["en", "fr", "ar"].includes(base) || more.length === 0 ? base : [base, ...more].join("-");
};
