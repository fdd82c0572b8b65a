import { z } from "zod";
import { type Asker, type Conditions, linkedTo } from "./asking.ts";
import { cardOf } from "./cards.ts";
import { amiss, whereOf } from "./mistakes.ts";
import { bestOf, decoded, LISTED_MAX, type Opened, openFile } from "./opening.ts";
import type { Listed, OwnCard } from "./schema.ts";

// CKAN's Action API v3. Its answers are as loose as its extensions: what is not as expected is passed over.

const Text = z.string().nullish();
const Resource = z.looseObject({ id: z.string(), url: Text, format: Text, mimetype: Text, name: Text });
const Named = z.looseObject({ title: Text, name: Text, display_name: Text }).nullish();
const Package = z.looseObject({
  id: z.string(),
  name: z.string(),
  title: Text,
  notes: Text,
  license_id: Text,
  license_title: Text,
  license_url: Text,
  author: Text,
  maintainer: Text,
  maintainer_email: Text,
  organization: Named,
  tags: z.array(z.looseObject({ name: Text, display_name: Text })).nullish(),
  extras: z.array(z.looseObject({ key: z.string(), value: z.unknown() })).nullish(),
  resources: z.array(Resource).max(10_000).default([]),
});
type Package = z.infer<typeof Package>;

interface Place {
  /** `https://data.example.org`, or with a path where CKAN lies below one. */
  site: string;
  package?: string | undefined;
  resource?: string | undefined;
  organization?: string | undefined;
}

/** What an address of a CKAN names, be it of its pages or of its API. */
export function placeOf(address: string): Place {
  const url = new URL(address);
  const id = url.searchParams.get("id") ?? undefined;
  const [, below = "", action] = /^(.*?)\/api\/(?:3\/)?action(?:\/([a-z_]+))?\/?$/.exec(url.pathname) ?? [];
  if (url.pathname.includes("/api/")) {
    const site = url.origin + (action ? below : url.pathname.slice(0, url.pathname.indexOf("/api/")));
    if (action === "package_show") return { site, package: id };
    if (action === "resource_show") return { site, resource: id };
    if (action === "organization_show") return { site, organization: id };
    return { site };
  }
  const named = /^(.*?)\/(dataset|organization)(?:\/([^/]+))?(?:\/resource\/([^/]+))?(?:\/.*)?$/.exec(url.pathname);
  if (!named) return { site: url.origin + url.pathname.replace(/\/$/, "") };
  const [, path, kind, name, resource] = named.map((part) => part && decoded(part));
  const site = url.origin + (path ?? "");
  return kind === "organization" ? { site, organization: name } : { site, package: name, resource };
}

/** The answer to an action. @throws {Fault} unavailable: no success */
async function act(asker: Asker, site: string, action: string, asked: Record<string, string>): Promise<unknown> {
  const { value, url } = await asker.json(`${site}/api/3/action/${action}?${new URLSearchParams(asked)}`);
  const answer = z.looseObject({ success: z.literal(true), result: z.unknown() }).safeParse(value);
  if (answer.success) return answer.data.result;
  throw amiss("ckan.other", { where: whereOf(url), action });
}

function packageIn(value: unknown, site: string): Package {
  const found = Package.safeParse(value);
  if (found.success) return found.data;
  throw amiss("ckan.package", { where: whereOf(new URL(site)) });
}

/** One package: of its resources the one that was named, or that is best read here. */
export async function openCkan(asker: Asker, address: string, known: Conditions): Promise<Opened> {
  const { site, resource, ...at } = placeOf(address);
  const id = at.package ?? (resource && (await packageOfResource(asker, site, resource)));
  if (!id) throw amiss("ckan.address", {}, "invalid");
  const found = packageIn(await act(asker, site, "package_show", { id }), site);
  const forms = formsOf(found, site).filter((form) => resource === undefined || form.id === resource);
  const best = resource === undefined ? bestOf(forms)?.form : forms[0];
  if (!best) throw amiss("ckan.nothing", { name: found.name.slice(0, 100) }, "invalid");
  return openFile(asker, best.address, cardOfPackage(found, site), known);
}

async function packageOfResource(asker: Asker, site: string, id: string): Promise<string | undefined> {
  const found = z.looseObject({ package_id: z.string() }).safeParse(await act(asker, site, "resource_show", { id }));
  return found.data?.package_id;
}

const formsOf = ({ resources }: Package, site: string) =>
  resources.flatMap(({ id, url, format, mimetype }) => {
    const at = linkedTo(url, new URL(`${site}/`));
    return at ? [{ id, address: at.href, said: [format, mimetype].filter(Boolean).join(" ") }] : [];
  });

function cardOfPackage(found: Package, site: string): OwnCard {
  const extra = (name: string) => found.extras?.find(({ key }) => key === name)?.value;
  const theme = String(extra("theme") ?? "")
    .replaceAll(/[[\]"]/g, "")
    .split(",")[0];
  return cardOf({
    title: found.title || found.name,
    description: found.notes,
    licence: found.license_title || found.license_id || found.license_url,
    source: found.author || found.organization?.title || found.organization?.name || new URL(site).hostname,
    contact: found.maintainer,
    email: found.maintainer_email,
    frequency: extra("frequency"),
    theme,
    keywords: (found.tags ?? []).map(({ display_name, name }) => display_name || name),
  });
}

const ROWS = 100;
const PAGES_MAX = 50;

/** All packages of a CKAN, or of one of its organisations, that have a resource which can be read. */
export async function openCkanCatalogue(asker: Asker, address: string): Promise<Opened> {
  const { site, organization } = placeOf(address);
  const listed = new Map<string, Listed>();
  let passedOver = 0;
  let start = 0;
  for (let page = 0; page < PAGES_MAX; page++) {
    const result = await act(asker, site, "package_search", {
      ...{ rows: String(ROWS), start: String(start), sort: "name asc" },
      ...(organization === undefined ? {} : { fq: `organization:${JSON.stringify(organization)}` }),
    });
    const found = z.looseObject({ count: z.int(), results: z.array(z.unknown()).max(10 * ROWS) }).safeParse(result);
    if (!found.success) throw amiss("ckan.other", { where: whereOf(new URL(site)), action: "package_search" });
    const { count, results } = found.data;
    const before = listed.size + passedOver;
    for (const value of results) {
      const one = Package.safeParse(value).data;
      const best = one && bestOf(formsOf(one, site));
      const at = one && linkedTo(`${site}/dataset/${encodeURIComponent(one.name.toWellFormed())}`, new URL(site));
      if (!one || !best || !at || (listed.size >= LISTED_MAX && !listed.has(one.id))) passedOver += 1;
      else
        listed.set(one.id, {
          key: one.id,
          kind: "ckan",
          address: at.href,
          card: cardOfPackage(one, site),
          format: best.format,
        });
    }
    start += results.length;
    // A CKAN that gives the same again and again has nothing more, whatever it counts.
    if (results.length === 0 || start >= count || listed.size + passedOver === before) break;
  }
  return { is: "catalogue", listed: [...listed.values()], passedOver };
}
