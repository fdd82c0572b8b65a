import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { absent, Fault } from "../../../shared/errors.ts";
import { originOf } from "../../../shared/http.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { numberIn, open, unchangedAbout, unchangedCatalogue } from "../asking.ts";
import { wholeFeeds } from "../card/files.ts";
import { demandKnown } from "../known.ts";
import type { Dataset } from "../schema.ts";
import { catalogue, getBySlug } from "../store.ts";
import { FORMATS, type Format, written } from "./formats.ts";
import { catalogueGraph, datasetGraph, type Places } from "./graph.ts";

const PAGE = 100;
/** Harvesters send `profiles` to every catalogue; there is one here. */
const KNOWN = ["page", "modified_since", "profiles"];

/** The catalogue as DCAT-AP 3.0.1, for national and European portals. */
export function dcatRoutes(app: CityApp): void {
  const cityOf = (c: Context<CityEnv>) => originOf(c) + c.var.here.url("");
  const places = (c: Context<CityEnv>, all: readonly Dataset[]): Places => ({
    city: cityOf(c),
    feeds: wholeFeeds(all),
  });

  for (const format of Object.keys(FORMATS) as Format[])
    app.get(`/catalog.${format}`, needs("public"), async (c) => {
      const { page: asked, modified_since: since } = knownOnly(c);
      if (since !== undefined && Number.isNaN(Date.parse(since)))
        throw new Fault("malformed", "modified_since is a date or an instant, such as 2026-11-23.");
      const datasets = await catalogue(c.var.here);
      const all = datasets.filter(
        ({ latest }) => since === undefined || Date.parse(latest.publishedAt) >= Date.parse(since),
      );
      const last = Math.max(1, Math.ceil(all.length / PAGE));
      const number = numberIn(asked, "page", 1, 1_000_000, 1);
      if (number > last) throw absent();
      const fresh = unchangedCatalogue(c, datasets);
      if (fresh) return fresh;
      const more = since === undefined ? "" : `&modified_since=${encodeURIComponent(since)}`;
      const address = (page: number) => `${cityOf(c)}/catalog.${format}?page=${page}${more}`;
      const graph = catalogueGraph(c.var.city, all.slice((number - 1) * PAGE, number * PAGE), places(c, datasets), {
        self: address(number),
        first: address(1),
        last: address(last),
        ...(number < last ? { next: address(number + 1) } : {}),
        ...(number > 1 ? { previous: address(number - 1) } : {}),
        total: all.length,
      });
      return c.body(await written(graph, format), 200, { "Content-Type": FORMATS[format] });
    });

  // What the graphs call the catalogue and its datasets are addresses: whoever follows one is led to what it names.
  app.get("/catalog", needs("public"), (c) => {
    open(c);
    return otherCatalogue(c) ?? c.redirect(c.var.here.url("/data"), 303);
  });
  app.get("/dataset/:file", needs("public"), async (c) => {
    const name = c.req.param("file");
    if (/^[a-z0-9-]{1,80}$/.test(name)) {
      const { slug } = await getBySlug(c.var.here, name);
      open(c);
      return otherFormat(c, slug) ?? c.redirect(c.var.here.url(`/data/${slug}`), 303);
    }
    const [, slug, format] = /^([a-z0-9-]{1,80})\.([a-z]{2,6})$/.exec(name) ?? [];
    if (slug === undefined || !isFormat(format)) throw absent();
    knownOnly(c);
    const dataset = await getBySlug(c.var.here, slug);
    const datasets = await catalogue(c.var.here);
    return (
      unchangedAbout(c, dataset, datasets) ??
      c.body(await written(datasetGraph(c.var.city, dataset, places(c, datasets)), format), 200, {
        "Content-Type": FORMATS[format],
      })
    );
  });
}

/** A page of a dataset says where its description for programs is, and sends whoever asks for that there. */
export const otherFormat = (c: Context<CityEnv>, slug: string) => inOtherFormats(c, `/dataset/${slug}`);
/** The same of the catalogue. */
export const otherCatalogue = (c: Context<CityEnv>) => inOtherFormats(c, "/catalog");

function inOtherFormats(c: Context<CityEnv>, path: string): Response | undefined {
  const at = (format: Format) => c.var.here.url(`${path}.${format}`);
  const formats = Object.keys(FORMATS) as Format[];
  c.header("Link", formats.map((one) => `<${at(one)}>; rel="alternate"; type="${FORMATS[one]}"`).join(", "));
  c.header("Vary", "Accept", { append: true });
  const supports = ["text/html", ...formats.map((one) => FORMATS[one])];
  const wanted = accepts(c, { header: "Accept", supports, default: "text/html" });
  const format = formats.find((one) => FORMATS[one] === wanted);
  return format && c.redirect(at(format), 303);
}

const isFormat = (name: string | undefined): name is Format => name !== undefined && Object.hasOwn(FORMATS, name);

function knownOnly(c: Context): Record<string, string> {
  const query = c.req.query();
  demandKnown(Object.keys(query), (name) => KNOWN.includes(name));
  return query;
}
