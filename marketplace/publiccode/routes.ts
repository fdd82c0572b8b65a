import { z } from "zod";
import type { House } from "../../shared/compose.ts";
import { absent } from "../../shared/errors.ts";
import { originOf, parsed } from "../../shared/http.ts";
import { type HouseApp, needs } from "../../shared/room.ts";
import { latestOf, moduleAt, modulesOf } from "../catalogue/domain.ts";
import { isRunning } from "../catalogue/standing.ts";
import { catalogueStore } from "../catalogue/store.ts";
import type { Listing } from "../contract/index-file.ts";
import { useStore } from "../uses/store.ts";
import { catalogShape, idOf, pageOf, publisherShape, softwareOf } from "./italia.ts";
import { addressOf, publiccodeOf } from "./write.ts";

const cursor = z.string().min(1).max(255).optional();
const Paging = z.object({
  "page[size]": z.coerce.number().int().min(1).max(100).default(25),
  "page[after]": cursor,
  "page[before]": cursor,
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  url: z.string().min(1).max(255).optional(),
  all: z.enum(["true", "false"]).default("false"),
});

type Grouped = { name: string; versions: readonly Listing[] };

/** publiccode.yml of each module, and the marketplace in the shape of the Developers Italia API. */
export function publiccodeRoutes(app: HouseApp, house: House): void {
  const store = catalogueStore(house);
  const open = needs("public");
  const at = "/marketplace/v1";

  const uses = useStore(house, store);
  const named = async (name: string, version: string, origin: string): Promise<string> => {
    const { module, party, listing } = await store.open(name, version);
    return publiccodeOf(module, party, { origin, publishedAt: listing.publishedAt, usedBy: await citiesOf(name) });
  };
  const citiesOf = async (module: string) =>
    (await uses.list(module)).filter(({ use }) => isRunning(use)).map(({ city }) => city);
  /** Each answer opens its packages: so a page of them, and not the whole. */
  const shaped = async ({ name, versions }: Grouped, origin: string) => {
    const latest = latestOf(versions)!;
    const publiccodeYml = await named(name, latest.version, origin);
    return softwareOf(
      { name, versions },
      { url: addressOf(latest, origin), publiccodeYml, isActive: true, house: origin },
    );
  };
  const asked = (query: Record<string, string>) => {
    const {
      "page[size]": size,
      "page[after]": after,
      "page[before]": before,
      ...rest
    } = parsed(Paging, query, "query");
    return { size, after, before, ...rest };
  };

  app.get(`${at}/modules/:publisher/:name/:version/publiccode.yml`, open, async (c) => {
    const params = c.req.param();
    return c.body(await named(moduleAt(params), params.version, originOf(c)), 200, {
      "Content-Type": "application/yaml; charset=utf-8",
    });
  });

  const software = async (query: Record<string, string>, origin: string) => {
    const { url, ...page } = asked(query);
    const all = modulesOf(await store.listings())
      .filter(({ latest }) => url === undefined || addressOf(latest, origin) === url)
      .map((one) => ({
        ...one,
        id: idOf("software", one.name),
        createdAt: one.versions.map(({ publishedAt }) => publishedAt).sort()[0]!,
      }));
    const { data, links } = pageOf(all, page);
    return { data: await Promise.all(data.map((one) => shaped(one, origin))), links };
  };
  const publishers = async (query: Record<string, string>, origin: string) =>
    pageOf(
      (await store.parties()).map((party) => publisherShape(party, origin)),
      asked(query),
    );
  const catalog = async (origin: string) => {
    const dates = (await store.parties()).map(({ signedAt }) => signedAt).sort();
    return catalogShape(origin, dates[0] ?? new Date(0).toISOString());
  };
  const isHere = (id: string, origin: string) => id === "house" || id === idOf("catalog", origin);

  app.get(`${at}/software`, open, async (c) => c.json(await software(c.req.query(), originOf(c))));
  app.get(`${at}/software/:id`, open, async (c) => {
    const found = modulesOf(await store.listings()).find(({ name }) => idOf("software", name) === c.req.param("id"));
    if (!found) throw absent();
    return c.json(await shaped(found, originOf(c)));
  });
  app.get(`${at}/publishers`, open, async (c) => c.json(await publishers(c.req.query(), originOf(c))));
  app.get(`${at}/publishers/:id`, open, async (c) => {
    const id = c.req.param("id");
    const found = (await store.parties()).find(({ name }) => name === id || idOf("publisher", name) === id);
    if (!found) throw absent();
    return c.json(publisherShape(found, originOf(c)));
  });
  app.get(`${at}/catalogs`, open, async (c) => c.json(pageOf([await catalog(originOf(c))], asked(c.req.query()))));
  app.get(`${at}/catalogs/:id`, open, async (c) => {
    if (!isHere(c.req.param("id"), originOf(c))) throw absent();
    return c.json(await catalog(originOf(c)));
  });
  for (const [what, list] of Object.entries({ software, publishers }))
    app.get(`${at}/catalogs/:id/${what}`, open, async (c) => {
      if (!isHere(c.req.param("id"), originOf(c))) throw absent();
      return c.json(await list(c.req.query(), originOf(c)));
    });
}
